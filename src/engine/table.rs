//! Every uniform histogram over one range at once.
//!
//! The edges of all histograms with 1 … 512 bins are about 84,000 numbers. One pass counts the samples between them, and
//! the counts of any histogram are sums of those. Edges are numpy's own, bit for bit, and every sample is compared with
//! them, so that the counts are what [`super::count()`] finds. A number of bins for which numpy's formula contradicts its
//! own edges (ranges of a few rounding steps) is not in the table.

mod grid;
mod union;

use super::{MergeableCounts, OutOfRange, Population, Task};
use crate::error::Error;
use crate::hist::{DType, Edges, Element, Histogram, Numbers, Outer, Summary, typed};
use grid::Grid;
pub(super) use union::Union;

/// Blocks that are counted before others are added to them: few enough for `u32`.
const PIECE: u64 = 32;

/// Counts that are not exact.
#[derive(Debug, Clone, PartialEq)]
pub struct RangeEstimate {
    pub counts: Vec<f64>,
    /// How far each of them may be off.
    pub max_error: Vec<f64>,
    pub below: f64,
    pub above: f64,
}

/// How many samples lie below a value: at least, at most, and if they lay evenly.
struct Bounds {
    least: f64,
    most: f64,
    even: f64,
}

impl Bounds {
    fn is_known(&self) -> bool {
        self.least == self.most
    }
}

/// The counts between all edges over one range. About 2 MB.
#[derive(Debug)]
pub(super) struct Table {
    union: Union,
    /// How many of the samples within the range lie below each edge; behind the last, how many there are.
    below: Vec<u64>,
    outside: OutOfRange,
}

impl Table {
    /// Counts all samples.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and whatever a stream cannot read.
    pub(super) fn build<T: Element>(population: &Population, outer: Outer, task: &Task) -> Result<Self, Error> {
        let union = Union::new::<T>(outer);
        let grid = Grid::new(union.edges());
        let keep = T::keep(outer.lo, outer.hi);
        let visit = |counts: &mut Vec<u32>, block: &[T]| {
            counts.resize(grid.slots(), 0);
            grid.tally(block, keep, counts);
        };
        let mut slots = vec![0; grid.slots()];
        population.pass(PIECE, task, visit, |counts: Vec<u32>| {
            slots.iter_mut().zip(counts).for_each(|(slot, count)| *slot += u64::from(count));
        })?;
        let (first, inside, last) = match slots.as_slice() {
            [first, inside @ .., last] => (*first, inside, *last),
            _ => (0, slots.as_slice(), 0),
        };
        let below = sums(inside);
        let (first, last) = outer.sides::<T>((first, last));
        let summary = population.summary();
        let outside = OutOfRange {
            below: first.saturating_sub(summary.nan + summary.neginf),
            above: last.saturating_sub(summary.posinf),
        };
        Ok(Self { union, below, outside })
    }

    /// As it was written down.
    pub(super) fn from_counts<T: Element>(outer: Outer, partial: &MergeableCounts) -> Result<Self, Error> {
        let union = Union::new::<T>(outer);
        if union.edges().len() != partial.counts.len() {
            let (n, expected) = (partial.counts.len(), union.edges().len());
            return Err(Error::Value(format!("it holds {n} counts where its range has {expected} edges")));
        }
        Ok(Self { below: sums(&partial.counts), union, outside: partial.outside })
    }

    /// What lies outside the range.
    pub(super) fn outside(&self) -> OutOfRange {
        self.outside
    }

    /// How many samples lie from each edge up to the next.
    pub(super) fn between(&self) -> Vec<u64> {
        self.below.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Where the sample of a quantile must lie, if it lies within the range: numpy interpolates between two ranks.
    pub(super) fn bounds(&self, p: f64, summary: &Summary) -> (f64, f64) {
        let place = summary.finite().saturating_sub(1) as f64 * p;
        let edges = self.union.edges();
        let cell = |rank: f64| {
            let rank = (rank as u64).checked_sub(self.outside.below)?;
            let at = self.below.partition_point(|below| *below <= rank).checked_sub(1)?;
            let lo = *edges.get(at)?;
            Some((lo.max(summary.min), edges.get(at + 1).copied().unwrap_or(lo).min(summary.max)))
        };
        let outside = (summary.min, summary.max);
        (cell(place.floor()).unwrap_or(outside).0, cell(place.ceil()).unwrap_or(outside).1)
    }

    /// Counts between other edges: as they are where the table or the ends of all samples tell, and else as if samples lay
    /// evenly between the edges of the table.
    pub(super) fn estimate(&self, edges: &Edges, (summary, dtype): (&Summary, DType)) -> RangeEstimate {
        let known = self.union.edges();
        let below = |i: usize| (self.outside.below + self.below.get(i).or(self.below.last()).unwrap_or(&0)) as f64;
        let everything = summary.finite() as f64;
        // Beyond, integers are compared otherwise than their edges here.
        let sure = |x: f64| !matches!(dtype, DType::I64 | DType::U64) || x.abs() <= 2_f64.powi(53);
        let exactly = |n: f64| Bounds { least: n, most: n, even: n };
        let open = |x: f64| {
            let right = known.partition_point(|edge| *edge <= x);
            let left = right.checked_sub(1).and_then(|left| known.get(left));
            match (left, known.get(right)) {
                _ if sure(x) && x <= summary.min => exactly(0.0),
                _ if sure(x) && x > summary.max => exactly(everything),
                (Some(lo), _) if sure(x) && *lo == x => exactly(below(right - 1)),
                (Some(lo), Some(hi)) => {
                    let (least, most) = (below(right - 1), below(right));
                    let share = ((x - lo) / (hi - lo)).clamp(0.0, 1.0);
                    Bounds { least, most, even: least + (most - least) * share }
                }
                (None, _) => Bounds { least: 0.0, most: below(0), even: below(0) },
                (Some(_), None) => Bounds { least: below(right), most: everything, even: below(right) },
            }
        };
        // The last bin also holds what lies on its right edge.
        let closed = |x: f64| {
            let (at, before) = (known.partition_point(|edge| *edge < x), open(x));
            let next = known.get(at + 1).copied();
            let integer = typed!(dtype, T => T::INTEGER);
            // No integer lies between a whole number and an edge within the next one.
            let alone = integer && next.is_some_and(|next| next <= x + 1.0);
            match known.get(at) {
                _ if sure(x) && x >= summary.max => exactly(everything),
                _ if sure(x) && x == 0.0 && before.is_known() => exactly(before.least + summary.zeros as f64),
                _ if !before.is_known() => before,
                _ if integer && x.fract() != 0.0 => before,
                Some(edge) if *edge == x && (next.is_none() || alone) => exactly(below(at + 1)),
                Some(edge) if *edge == x => Bounds { most: below(at + 1), ..before },
                _ => before,
            }
        };
        let last = edges.bins();
        let upto = |(k, x): (usize, &f64)| if k == last { closed(*x) } else { open(*x) };
        let all: Vec<Bounds> = edges.as_f64().iter().enumerate().map(upto).collect();
        let pairs = || all.windows(2).map(|pair| (&pair[0], &pair[1]));
        RangeEstimate {
            counts: pairs().map(|(lo, hi)| (hi.even - lo.even).round().max(0.0)).collect(),
            max_error: pairs().map(|(lo, hi)| (hi.most - hi.least) + (lo.most - lo.least)).collect(),
            below: all.first().map_or(0.0, |first| first.even.round()),
            above: all.last().map_or(0.0, |last| (everything - last.even).round()),
        }
    }

    /// The range it is of.
    pub(super) fn outer(&self) -> Outer {
        self.union.outer()
    }

    /// Whether it answers for `n` bins, be it with an error.
    pub(super) fn knows(&self, n: usize) -> bool {
        self.union.places(n).is_some()
    }

    /// The histogram with `n` bins and what it leaves out; `None` for a number of bins that the table does not hold.
    pub(super) fn histogram(&self, n: usize) -> Option<Result<(Histogram, OutOfRange), Error>> {
        let places = self.union.places(n)?;
        let histogram = self.union.edges_of(n).and_then(|edges| Histogram::new(edges, self.counts(places)));
        Some(histogram.map(|histogram| (histogram, self.outside)).map_err(Error::from))
    }

    /// The counts between some of the edges. The last bin is closed and reaches to the end of the range.
    fn counts(&self, places: &[u32]) -> Numbers {
        let total = self.below.last().copied().unwrap_or(0);
        let below = |place: &u32| self.below.get(*place as usize).copied().unwrap_or(total);
        let inner = places.split_last().map_or(&[][..], |(_, inner)| inner);
        let ends = inner.iter().skip(1).map(below).chain([total]);
        Numbers::ints(inner.iter().map(below).zip(ends).map(|(from, to)| i128::from(to - from)))
    }
}

/// How many there are before each, and behind the last.
fn sums(counts: &[u64]) -> Vec<u64> {
    let sums = counts.iter().scan(0_u64, |sum, count| {
        *sum = sum.saturating_add(*count);
        Some(*sum)
    });
    [0].into_iter().chain(sums).collect()
}

#[cfg(test)]
mod tests;
