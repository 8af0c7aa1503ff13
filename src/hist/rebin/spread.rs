//! Which part of each old bin falls where, and what is certain of it.

use super::mass::Mass;

/// What comes to lie in a new bin, or outside of all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cell<M> {
    pub(super) sum: M,
    /// The least and the most that samples in the old bins can come to here.
    least: M,
    most: M,
}

impl<M: Mass> Cell<M> {
    /// How far the sum can be from the samples' count.
    pub(super) fn error(&self) -> f64 {
        let (down, up) = (self.sum.distance(self.least), self.most.distance(self.sum));
        if down >= up { down } else { up }
    }

    /// Whether the samples can come to something here or to nothing: then a sum that is no finite number can be off by
    /// any distance.
    pub(super) fn is_cut(&self) -> bool {
        (self.least == M::default()) != (self.most == M::default())
    }
}

/// A set of values between two ends, each of which may or may not belong to it.
#[derive(Debug, Clone, Copy)]
struct Interval {
    lo: f64,
    hi: f64,
    closed_lo: bool,
    closed_hi: bool,
}

impl Interval {
    fn holds(&self, x: f64) -> bool {
        (self.lo < x || (self.lo == x && self.closed_lo)) && (x < self.hi || (x == self.hi && self.closed_hi))
    }

    fn holds_all(&self, other: &Self) -> bool {
        (self.lo < other.lo || (self.lo == other.lo && (self.closed_lo || !other.closed_lo)))
            && (other.hi < self.hi || (other.hi == self.hi && (self.closed_hi || !other.closed_hi)))
    }

    fn meets(&self, other: &Self) -> bool {
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        lo < hi || (lo == hi && self.holds(lo) && other.holds(lo))
    }
}

/// Spreads counts over everything below the new edges, each new bin, and everything above.
pub(super) fn cells<M: Mass>(old: &[f64], counts: &[M], new: &[f64]) -> Vec<Cell<M>> {
    let mut cells = vec![Cell::default(); new.len() + 1];
    for (i, (pair, &count)) in old.windows(2).zip(counts).enumerate() {
        let (lo, hi) = (pair[0], pair[1]);
        // The last old bin is closed, and one without width is its value.
        let bin = Interval { lo, hi, closed_lo: true, closed_hi: lo == hi || i + 1 == counts.len() };
        let touched = new.partition_point(|edge| *edge < lo)..=new.partition_point(|edge| *edge <= hi);
        let whole = home(&bin, new);
        for k in touched {
            let (place, cell) = (interval(new, k), &mut cells[k]);
            let part = match whole {
                Some(home) => {
                    if home == k {
                        count
                    } else {
                        M::default()
                    }
                }
                None => count.part(share(&bin, place.lo), share(&bin, place.hi)),
            };
            cell.sum = cell.sum + part;
            let (least, most) = bounds(&bin, &place, count);
            cell.least = cell.least + least;
            cell.most = cell.most + most;
        }
    }
    cells
}

/// The values that belong to a cell: numpy's half-open bins, the last one closed.
fn interval(new: &[f64], k: usize) -> Interval {
    let last = new.len().saturating_sub(1);
    let lo = if k == 0 { f64::NEG_INFINITY } else { new[k - 1] };
    let hi = new.get(k).copied().unwrap_or(f64::INFINITY);
    // What is above a closed last bin does not begin with its edge; a single edge closes nothing.
    let closed_lo = k <= last || last == 0;
    let closed_hi = (k == last && k > 0) || k == new.len();
    Interval { lo, hi, closed_lo, closed_hi }
}

/// The one cell that takes a bin which has no width, or an infinite one; `None` for a bin that can be spread.
fn home(bin: &Interval, new: &[f64]) -> Option<usize> {
    match (bin.lo.is_finite(), bin.hi.is_finite()) {
        _ if bin.lo == bin.hi => {
            let touched = new.partition_point(|edge| *edge < bin.lo)..=new.partition_point(|edge| *edge <= bin.lo);
            touched.into_iter().find(|k| interval(new, *k).holds(bin.lo))
        }
        (true, true) => None,
        (true, false) => Some(new.partition_point(|edge| *edge <= bin.lo)),
        (false, true) => Some(new.partition_point(|edge| *edge < bin.hi)),
        // Without a finite end, zero is as good as any value.
        (false, false) => Some(new.partition_point(|edge| *edge <= 0.0)),
    }
}

/// The share of a bin's width that lies left of `x`: 0…1, exactly 0 and 1 at and beyond its ends.
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

/// The least and the most of a count that can be in a place.
fn bounds<M: Mass>(bin: &Interval, place: &Interval, count: M) -> (M, M) {
    let none = M::default();
    match (place.holds_all(bin), place.meets(bin)) {
        (true, _) => (count, count),
        (false, true) if count < none => (count, none),
        (false, true) => (none, count),
        (false, false) => (none, none),
    }
}
