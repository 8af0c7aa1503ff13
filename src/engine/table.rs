//! Every uniform histogram over one range at once.
//!
//! The edges of all histograms with 1 … 512 bins are about 84,000 numbers. One pass counts the samples between them, and
//! the counts of any histogram are sums of those. Edges are numpy's own, bit for bit, and every sample is compared with
//! them, so that the counts are what [`super::count()`] finds. A number of bins for which numpy's formula contradicts its
//! own edges (ranges of a few rounding steps) is not in the table.

mod grid;
mod union;

use super::{Outside, Population, Work};
use crate::error::Error;
use crate::hist::{Element, Histogram, Numbers, Outer};
use grid::Grid;
use union::Union;

/// Blocks that are counted before others are added to them: few enough for `u32`.
const PIECE: u64 = 32;

/// The counts between all edges over one range. About 2 MB.
#[derive(Debug)]
pub(super) struct Table {
    union: Union,
    /// How many of the samples within the range lie below each edge; behind the last, how many there are.
    below: Vec<u64>,
    outside: Outside,
}

impl Table {
    /// Counts all samples.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and whatever a stream cannot read.
    pub(super) fn build<T: Element>(population: &Population, outer: Outer, work: &Work) -> Result<Self, Error> {
        let union = Union::new::<T>(outer);
        let grid = Grid::new(union.edges());
        let keep = T::keep(outer.lo, outer.hi);
        let visit = |counts: &mut Vec<u32>, block: &[T]| {
            counts.resize(grid.slots(), 0);
            grid.tally(block, keep, counts);
        };
        let mut slots = vec![0; grid.slots()];
        population.pass(PIECE, work, visit, |counts: Vec<u32>| {
            slots.iter_mut().zip(counts).for_each(|(slot, count)| *slot += u64::from(count));
        })?;
        let (first, inside, last) = match slots.as_slice() {
            [first, inside @ .., last] => (*first, inside, *last),
            _ => (0, slots.as_slice(), 0),
        };
        let mut sum = 0;
        let sums = inside.iter().map(|count| {
            sum += count;
            sum
        });
        let below = [0].into_iter().chain(sums).collect();
        let (first, last) = outer.sides::<T>((first, last));
        let summary = population.summary();
        let outside = Outside {
            below: first.saturating_sub(summary.nan + summary.neginf),
            above: last.saturating_sub(summary.posinf),
        };
        Ok(Self { union, below, outside })
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
    pub(super) fn histogram(&self, n: usize) -> Option<Result<(Histogram, Outside), Error>> {
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

#[cfg(test)]
mod tests;
