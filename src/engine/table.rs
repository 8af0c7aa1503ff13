//! Every histogram with equally spaced bins over one range at once.
//!
//! The edges of all histograms with 1 to 512 bins are about 84,000 numbers. One pass counts the samples between them, and
//! the counts of any histogram are sums of these. The edges equal numpy's bit for bit, and every sample is compared with
//! them, so that the counts equal those of [`super::count()`]. The table leaves out numbers of bins for which numpy's
//! formula contradicts its own edges. That happens in ranges of a few rounding steps.

mod grid;
mod union;

use super::{MergeableCounts, OutOfRange, Population, Task};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{DType, Edges, Element, Histogram, KeyGrid, Numbers, Outer, Summary, between, wide};
use grid::Grid;
pub(super) use union::EdgeUnion;

/// Blocks in a chunk, whose counts are `u32`: few enough not to overflow.
const CHUNK: u64 = 32;

/// Binary logarithm of the cells in which spaced edges are searched.
const KEY_BITS: u32 = 18;

/// Counts that are not exact.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeEstimate {
    pub counts: Vec<f64>,
    /// Maximum error of each count.
    pub max_error: Vec<f64>,
    pub below: f64,
    pub above: f64,
}

/// Bounds of the number of samples below a value, and an estimate that assumes evenly distributed samples.
struct CountBounds {
    min: f64,
    max: f64,
    estimate: f64,
}

impl CountBounds {
    fn exact(n: f64) -> Self {
        Self { min: n, max: n, estimate: n }
    }

    fn is_exact(&self) -> bool {
        self.min == self.max
    }
}

/// Counts between all edges over one range. About 2 MB.
#[derive(Debug)]
pub(super) struct CountTable {
    union: EdgeUnion,
    /// Number of samples in range below each edge, then of all samples in range.
    below: Vec<u64>,
    out_of_range: OutOfRange,
}

/// Counts blocks of samples between all edges over one range.
#[derive(Debug)]
pub(super) struct Tabulator {
    union: EdgeUnion,
    grid: Grid,
    /// Search of spaced edges; `None` for bins of equal width.
    keys: Option<KeyGrid>,
}

impl Tabulator {
    pub(super) fn new<T: Element>(outer: Outer, spacing: Scale) -> Self {
        let union = EdgeUnion::new::<T>(outer, spacing);
        let grid = Grid::new(union.edges());
        let keys = if spacing == Scale::Linear { None } else { KeyGrid::new(union.edges(), KEY_BITS) };
        Self { union, grid, keys }
    }

    pub(super) fn outer(&self) -> Outer {
        self.union.outer()
    }

    /// Sums of no counts.
    pub(super) fn zeros(&self) -> Vec<u64> {
        vec![0; self.grid.slots()]
    }

    /// Adds the samples of a block to counts, which are empty at first.
    pub(super) fn tally<T: Element>(&self, block: &[T], counts: &mut Vec<u32>) {
        counts.resize(self.grid.slots(), 0);
        match &self.keys {
            Some(keys) => tally_spaced(keys, block, counts),
            None => self.grid.tally(block, T::keep(self.outer().lo, self.outer().hi), counts),
        }
    }

    /// Builds the table from the sums of all counts.
    pub(super) fn finish<T: Element>(self, counts: &[u64], summary: &Summary) -> CountTable {
        let (first, inside, last) = match counts {
            [first, inside @ .., last] => (*first, inside, *last),
            _ => (0, counts, 0),
        };
        let (first, last) = self.outer().sides::<T>((first, last));
        let out_of_range = OutOfRange {
            below: first.saturating_sub(summary.nan + summary.neginf),
            above: last.saturating_sub(summary.posinf),
        };
        CountTable { below: running_sums(inside), union: self.union, out_of_range }
    }
}

/// Adds the counts of some blocks to the sums of all.
pub(super) fn add_counts<C: Copy + Into<u64>>(sums: &mut [u64], counts: &[C]) {
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += (*count).into());
}

impl CountTable {
    /// Counts all samples in one pass.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub(super) fn build<T: Element>(
        population: &Population,
        outer: Outer,
        spacing: Scale,
        task: &Task,
    ) -> Result<Self, Error> {
        let tabulator = Tabulator::new::<T>(outer, spacing);
        let mut sums = tabulator.zeros();
        let visit = |counts: &mut Vec<u32>, block: &[T]| tabulator.tally(block, counts);
        population.pass(CHUNK, task, visit, |counts| add_counts(&mut sums, &counts))?;
        Ok(tabulator.finish::<T>(&sums, population.summary()))
    }

    /// Builds the table of a count file.
    ///
    /// # Errors
    /// The number of counts differs from the number of edges of the range.
    pub(super) fn from_counts<T: Element>(counts: &MergeableCounts) -> Result<Self, Error> {
        let union = EdgeUnion::new::<T>(counts.outer(), Scale::Linear);
        if union.edges().len() != counts.counts.len() {
            let (n, expected) = (counts.counts.len(), union.edges().len());
            return Err(Error::Value(format!("{n} counts do not match the {expected} edges of the range")));
        }
        Ok(Self { below: running_sums(&counts.counts), union, out_of_range: counts.outside })
    }

    pub(super) fn out_of_range(&self) -> OutOfRange {
        self.out_of_range
    }

    /// Number of samples from each edge up to the next.
    pub(super) fn between(&self) -> Vec<u64> {
        self.below.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Bounds of a quantile. There are two samples, since numpy interpolates between two ranks.
    pub(super) fn quantile_bounds(&self, p: f64, summary: &Summary, dtype: DType) -> (f64, f64) {
        let Some(last) = summary.finite().checked_sub(1) else { return (f64::NAN, f64::NAN) };
        let position = last as f64 * p;
        let (below, above) =
            [position.floor(), position.ceil()].map(|rank| self.rank_bounds(rank as u64, summary, dtype)).into();
        if below.0 == below.1 && above.0 == above.1 {
            let exact = between(below.0, above.0, position.fract());
            return (exact, exact);
        }
        (below.0, above.1)
    }

    /// Bounds of the finite sample with this rank.
    fn rank_bounds(&self, rank: u64, summary: &Summary, dtype: DType) -> (f64, f64) {
        let edges = self.union.edges();
        let (first, last) =
            (edges.first().copied().unwrap_or(summary.min), edges.last().copied().unwrap_or(summary.max));
        let Some(inside) = rank.checked_sub(self.out_of_range.below) else {
            return (summary.min, first.min(summary.max));
        };
        let right = self.below.partition_point(|below| *below <= inside);
        let Some(lo) = right.checked_sub(1).and_then(|at| edges.get(at)).copied() else {
            return (last.max(summary.min), summary.max);
        };
        let hi = edges.get(right).copied();
        // The largest integer below an edge is known. Large ones are not exact as floats.
        let is_integer = wide!(dtype, T => T::INTEGER) && lo.abs().max(hi.unwrap_or(lo).abs()) < 2_f64.powi(53);
        let (lo, hi) = match hi {
            Some(hi) if is_integer => (lo.ceil(), hi.ceil() - 1.0),
            hi => (lo, hi.unwrap_or(lo)),
        };
        (lo.max(summary.min), hi.min(summary.max))
    }

    /// Counts between other edges. Counts are exact if the table or the range of all samples determines them. Otherwise
    /// they assume that samples are evenly distributed between two edges of the table.
    pub(super) fn estimate(&self, edges: &Edges, summary: &Summary, dtype: DType) -> RangeEstimate {
        let known = self.union.edges();
        let below = |i: usize| (self.out_of_range.below + self.below.get(i).or(self.below.last()).unwrap_or(&0)) as f64;
        let all = summary.finite() as f64;
        // Larger integers are not exact as floats, so comparing them with an edge here is not reliable.
        let sure = |x: f64| !matches!(dtype, DType::I64 | DType::U64) || x.abs() <= 2_f64.powi(53);
        // Number of samples less than x.
        let below_open = |x: f64| {
            let right = known.partition_point(|edge| *edge <= x);
            let left = right.checked_sub(1).and_then(|left| known.get(left));
            match (left, known.get(right)) {
                _ if sure(x) && x <= summary.min => CountBounds::exact(0.0),
                _ if sure(x) && x > summary.max => CountBounds::exact(all),
                (Some(lo), _) if sure(x) && *lo == x => CountBounds::exact(below(right - 1)),
                (Some(lo), Some(hi)) => {
                    let (min, max) = (below(right - 1), below(right));
                    let share = ((x - lo) / (hi - lo)).clamp(0.0, 1.0);
                    CountBounds { min, max, estimate: min + (max - min) * share }
                }
                (None, _) => CountBounds { min: 0.0, max: below(0), estimate: below(0) },
                (Some(_), None) => CountBounds { min: below(right), max: all, estimate: below(right) },
            }
        };
        // Number of samples less than or equal to x, since the last bin includes its right edge.
        let below_closed = |x: f64| {
            let (at, open) = (known.partition_point(|edge| *edge < x), below_open(x));
            let next = known.get(at + 1).copied();
            let integer = wide!(dtype, T => T::INTEGER);
            // No other integer is less than the next edge.
            let alone = integer && next.is_some_and(|next| next <= x + 1.0);
            match known.get(at) {
                _ if sure(x) && x >= summary.max => CountBounds::exact(all),
                _ if sure(x) && x == 0.0 && open.is_exact() => CountBounds::exact(open.min + summary.zeros as f64),
                _ if !open.is_exact() => open,
                _ if integer && x.fract() != 0.0 => open,
                Some(edge) if *edge == x && (next.is_none() || alone) => CountBounds::exact(below(at + 1)),
                Some(edge) if *edge == x => CountBounds { max: below(at + 1), ..open },
                _ => open,
            }
        };
        let last = edges.bins();
        let up_to = |(k, x): (usize, &f64)| if k == last { below_closed(*x) } else { below_open(*x) };
        let bounds: Vec<CountBounds> = edges.as_f64().iter().enumerate().map(up_to).collect();
        let bins = bounds.windows(2).map(|pair| {
            let (lo, hi) = (&pair[0], &pair[1]);
            let estimate = (hi.estimate - lo.estimate).round().max(0.0);
            let (least, most) = ((hi.min - lo.max).max(0.0), hi.max - lo.min);
            (estimate, (estimate - least).max(most - estimate))
        });
        let (counts, max_error) = bins.unzip();
        RangeEstimate {
            counts,
            max_error,
            below: bounds.first().map_or(0.0, |first| first.estimate.round()),
            above: bounds.last().map_or(0.0, |last| (all - last.estimate).round()),
        }
    }

    /// Outer edges of the range.
    pub(super) fn outer(&self) -> Outer {
        self.union.outer()
    }

    /// Axis on which the bins are equally wide.
    pub(super) fn spacing(&self) -> Scale {
        self.union.spacing()
    }

    /// Returns true if [`CountTable::histogram`] returns a result for `n` bins, including numpy's errors.
    pub(super) fn knows(&self, n: usize) -> bool {
        self.union.positions(n).is_some()
    }

    /// Returns the histogram with `n` bins, and the number of out-of-range samples. `None` for a number of bins that the
    /// table leaves out.
    pub(super) fn histogram(&self, n: usize) -> Option<Result<(Histogram, OutOfRange), Error>> {
        let positions = self.union.positions(n)?;
        let histogram = self.union.edges_of(n).and_then(|edges| Histogram::new(edges, self.counts(positions)));
        Some(histogram.map(|histogram| (histogram, self.out_of_range)).map_err(Error::from))
    }

    /// Counts between some of the edges. The last bin is closed and extends to the end of the range.
    fn counts(&self, positions: &[u32]) -> Numbers {
        let total = self.below.last().copied().unwrap_or(0);
        let below = |position: &u32| self.below.get(*position as usize).copied().unwrap_or(total);
        let inner = positions.split_last().map_or(&[][..], |(_, inner)| inner);
        let ends = inner.iter().skip(1).map(below).chain([total]);
        Numbers::ints(inner.iter().map(below).zip(ends).map(|(from, to)| i128::from(to - from)))
    }
}

/// Counts samples like [`Grid::tally`], between edges that are compared in `f64`, as numpy does with explicit edges.
fn tally_spaced<T: Element>(keys: &KeyGrid, block: &[T], counts: &mut [u32]) {
    let ((lo, hi), above) = (keys.ends(), counts.len() - 1);
    for x in block {
        let x = x.to_f64();
        let slot = if x >= lo && x <= hi { keys.edges_up_to(x) } else { above * usize::from(x > hi) };
        counts[slot] += 1;
    }
}

/// Sums of all elements before each element, then of all elements.
fn running_sums(counts: &[u64]) -> Vec<u64> {
    let sums = counts.iter().scan(0_u64, |sum, count| {
        *sum = sum.saturating_add(*count);
        Some(*sum)
    });
    [0].into_iter().chain(sums).collect()
}

#[cfg(test)]
mod tests;
