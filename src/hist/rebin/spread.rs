//! Shares of each old bin in each new bin, with bounds.

use super::mass::Mass;

/// Sum of the shares that fall into a new bin, below all of them, or above.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell<M> {
    pub(super) sum: M,
    /// Lower and upper bound on the count that the raw samples would give here.
    least: M,
    most: M,
}

impl<M: Mass> Cell<M> {
    /// Largest possible distance of the sum from the count of the raw samples.
    pub(super) fn error(&self) -> f64 {
        let (down, up) = (self.sum.distance(self.least), self.most.distance(self.sum));
        if down >= up { down } else { up }
    }

    /// Returns true if the raw samples may or may not contribute here. A sum that is not finite then has an unbounded
    /// error.
    pub(super) fn is_cut(&self) -> bool {
        (self.least == M::default()) != (self.most == M::default())
    }
}

/// Interval with open or closed ends.
#[derive(Debug, Clone, Copy)]
struct Interval {
    lo: f64,
    hi: f64,
    closed_lo: bool,
    closed_hi: bool,
}

impl Interval {
    fn contains(&self, x: f64) -> bool {
        (self.lo < x || (self.lo == x && self.closed_lo)) && (x < self.hi || (x == self.hi && self.closed_hi))
    }

    fn contains_all(&self, other: &Self) -> bool {
        (self.lo < other.lo || (self.lo == other.lo && (self.closed_lo || !other.closed_lo)))
            && (other.hi < self.hi || (other.hi == self.hi && (self.closed_hi || !other.closed_hi)))
    }

    fn overlaps(&self, other: &Self) -> bool {
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        lo < hi || (lo == hi && self.contains(lo) && other.contains(lo))
    }
}

/// Spreads counts over the cells: below the new edges, each new bin, and above.
pub(super) fn cells<M: Mass>(old: &[f64], counts: &[M], new: &[f64]) -> Vec<Cell<M>> {
    let mut cells = vec![Cell::default(); new.len() + 1];
    for (i, (pair, &count)) in old.windows(2).zip(counts).enumerate() {
        let (lo, hi) = (pair[0], pair[1]);
        // The last old bin is closed. A zero-width bin is a single value.
        let bin = Interval { lo, hi, closed_lo: true, closed_hi: lo == hi || i + 1 == counts.len() };
        let touched = new.partition_point(|edge| *edge < lo)..=new.partition_point(|edge| *edge <= hi);
        let single = single_cell(&bin, new);
        for k in touched {
            let (target, cell) = (interval(new, k), &mut cells[k]);
            let part = match single {
                Some(single) => {
                    if single == k {
                        count
                    } else {
                        M::default()
                    }
                }
                None => count.part(share(&bin, target.lo), share(&bin, target.hi)),
            };
            cell.sum = cell.sum + part;
            let (least, most) = bounds(&bin, &target, count);
            cell.least = cell.least + least;
            cell.most = cell.most + most;
        }
    }
    cells
}

/// Interval of a cell. Like numpy, bins are half-open and the last one is closed.
fn interval(new: &[f64], k: usize) -> Interval {
    let last = new.len().saturating_sub(1);
    let lo = if k == 0 { f64::NEG_INFINITY } else { new[k - 1] };
    let hi = new.get(k).copied().unwrap_or(f64::INFINITY);
    // The cell above a closed last bin excludes the last edge. A single edge has no bin to close.
    let closed_lo = k <= last || last == 0;
    let closed_hi = (k == last && k > 0) || k == new.len();
    Interval { lo, hi, closed_lo, closed_hi }
}

/// Cell that receives a bin of zero or infinite width; `None` for a bin that can be spread.
fn single_cell(bin: &Interval, new: &[f64]) -> Option<usize> {
    match (bin.lo.is_finite(), bin.hi.is_finite()) {
        _ if bin.lo == bin.hi => {
            let touched = new.partition_point(|edge| *edge < bin.lo)..=new.partition_point(|edge| *edge <= bin.lo);
            touched.into_iter().find(|k| interval(new, *k).contains(bin.lo))
        }
        (true, true) => None,
        (true, false) => Some(new.partition_point(|edge| *edge <= bin.lo)),
        (false, true) => Some(new.partition_point(|edge| *edge < bin.hi)),
        // Neither end is finite: zero is an arbitrary choice.
        (false, false) => Some(new.partition_point(|edge| *edge <= 0.0)),
    }
}

/// Share of a bin's width left of `x`, 0 to 1. Exactly 0 at or before the left end, and 1 at or after the right end.
fn share(bin: &Interval, x: f64) -> f64 {
    if x <= bin.lo {
        return 0.0;
    }
    if x >= bin.hi {
        return 1.0;
    }
    let width = bin.hi - bin.lo;
    if width.is_finite() { (x - bin.lo) / width } else { (x / 2.0 - bin.lo / 2.0) / (bin.hi / 2.0 - bin.lo / 2.0) }
}

/// Lower and upper bound on the part of a bin's count in the target interval.
fn bounds<M: Mass>(bin: &Interval, target: &Interval, count: M) -> (M, M) {
    let zero = M::default();
    match (target.contains_all(bin), target.overlaps(bin)) {
        (true, _) => (count, count),
        (false, true) if count < zero => (count, zero),
        (false, true) => (zero, count),
        (false, false) => (zero, zero),
    }
}
