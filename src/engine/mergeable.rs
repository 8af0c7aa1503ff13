//! Counts without their samples, as stored in count files: they can be merged with each other and opened again.

mod check;
mod sum;

use super::table::EdgeUnion;
use super::{OutOfRange, Population, Task};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{DType, Moments, Outer, Range, Summary, Uniform, number_repr, wide};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

pub use sum::CountsSum;

/// Counts between the edges of all histograms with 1 to 512 bins over a range, and other additive statistics.
///
/// ```
/// use rebin::engine::{Population, Task, count};
/// use rebin::hist::{Bins, Range, Samples};
///
/// let (task, range) = (Task::default(), Some(Range::floats(0.0, 4.0)));
/// let counts = |samples: &[f64]| Population::new(Samples::F64(samples.to_vec())).mergeable_counts(range, &task);
/// let mut sum = counts(&[0.5, 1.5])?;
/// sum.merge(&counts(&[1.5, 9.0])?)?;
/// assert_eq!(sum.outside.above, 1);
///
/// let merged = Population::from_counts(&sum)?;
/// let histogram = count(&merged, &Bins::Count(4), range, &task)?;
/// assert_eq!(histogram.counts().as_f64(), [1.0, 2.0, 0.0, 0.0]);
/// # Ok::<(), rebin::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MergeableCounts {
    pub dtype: DType,
    /// Range from the first to the last edge.
    pub range: Range,
    /// True if the range is that of the samples and they are floats: numpy then computes edges in their own type.
    pub own: bool,
    pub summary: Summary,
    /// Range from the smallest to the largest finite sample.
    pub ends: Option<Range>,
    pub moments: Moments,
    pub outside: OutOfRange,
    /// Number of empty cells, such as nulls.
    pub missing: u64,
    /// Number of cells that are not numbers.
    pub bad: u64,
    /// Number of samples from each edge up to the next. The last element counts samples equal to the last edge.
    pub counts: Vec<u64>,
    /// Identifiers of what was counted, to detect counts that would be added twice. Empty if unknown.
    pub parts: Vec<u64>,
}

impl MergeableCounts {
    /// Adds counts between the same edges. All fields add up exactly, except that moments are rounded.
    ///
    /// # Errors
    /// The edges differ because of another type or range, both counts have a part in common, or the sum has more than
    /// [`u64::MAX`] samples.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        let names = ["one part", "another part"];
        if !other.is_empty() && self.parts.iter().any(|part| other.parts.contains(part)) {
            return Err(Self::counted_twice(names));
        }
        self.merge_named(other, names)
    }

    /// Adds counts of other parts. Error messages use the two names.
    pub(super) fn merge_named(&mut self, other: &Self, names: [&str; 2]) -> Result<(), Error> {
        if let Some(why) = self.incompatibility(other, names) {
            return Err(Error::Value(why));
        }
        // No other sum can overflow, since every other count is a part of one of these.
        let cells = |one: &Self| one.summary.n.checked_add(one.missing)?.checked_add(one.bad);
        if cells(self).zip(cells(other)).and_then(|(a, b)| a.checked_add(b)).is_none() {
            let (name, max) = (names[1], u64::MAX);
            return Err(Error::Value(format!("adding {name} exceeds the maximum of {max} values")));
        }
        // A part without samples can be added any number of times.
        if !other.is_empty() {
            self.parts.extend(&other.parts);
        }
        (self.missing, self.bad) = (self.missing + other.missing, self.bad + other.bad);
        self.dtype = self.dtype.promoted(other.dtype);
        self.moments = self.moments.merge(other.moments);
        self.summary = self.summary.merge(&other.summary);
        self.ends = self.ends.into_iter().chain(other.ends).reduce(Range::union);
        self.outside.below += other.outside.below;
        self.outside.above += other.outside.above;
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }

    /// Returns true if nothing was counted, not even a cell without a value.
    pub(super) fn is_empty(&self) -> bool {
        self.summary.n == 0 && self.missing == 0 && self.bad == 0
    }

    pub(super) fn counted_twice([one, another]: [&str; 2]) -> Error {
        Error::Value(format!(
            "{one} and {another} count the same file or part, which would be added twice; leave one out"
        ))
    }

    /// The outermost edges.
    pub(super) fn outer(&self) -> Outer {
        Outer { lo: self.range.lo, hi: self.range.hi, own: self.own }
    }

    /// Explains why the edges of two counts differ; `None` if they are equal.
    pub(super) fn incompatibility(&self, other: &Self, [a, b]: [&str; 2]) -> Option<String> {
        let dtype = self.dtype.promoted(other.dtype);
        if !(self.has_same_edges_in(dtype) && other.has_same_edges_in(dtype)) {
            let (one, another) = (self.dtype.name(), other.dtype.name());
            return Some(format!(
                "{a} was counted as {one} and {b} as {another}, which have different edges; count both as the same type"
            ));
        }
        let alike = wide!(dtype, T => self.outer().is_like::<T>(&other.outer()));
        if alike && self.counts.len() == other.counts.len() {
            return None;
        }
        let (one, another) = (self.range, other.range);
        let [this, that] = [self, other].map(|one| (one.range.lo.as_f64(), one.range.hi.as_f64()));
        if this == that && self.own != other.own {
            let (own, wide, range) = if self.own { (a, b, other.range) } else { (b, a, self.range) };
            let (lo, hi, dtype) = (number_repr(range.lo), number_repr(range.hi), self.dtype.name());
            return Some(format!(
                "{own} was counted over the range of its own values, with {dtype} edges, and {wide} over the same range \
                 given by --range, with edges that round differently; count both with --range={lo},{hi}"
            ));
        }
        Some(format!("{a} was counted over {one} and {b} over {another}; count both with the same --range LO,HI"))
    }

    /// Returns true if the samples would have the same counts in `dtype`. Integers have the same counts in a wider
    /// integer type if its edges are the same.
    fn has_same_edges_in(&self, dtype: DType) -> bool {
        let union = |dtype| wide!(dtype, T => EdgeUnion::new::<T>(self.outer(), Scale::Linear));
        self.dtype == dtype || (!dtype.is_float() && union(self.dtype).is_same_as(&union(dtype)))
    }

    /// Hash that is equal for equal counts. Different counts collide with a probability of 2⁻⁶⁴.
    pub(super) fn digest(&self) -> u64 {
        // SipHash of all counts would take longer than adding them.
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let Self { summary, outside, counts, .. } = self;
        let mut hasher = DefaultHasher::new();
        counts.iter().fold(0, |hash: u64, n| (hash.rotate_left(23) ^ n).wrapping_mul(FACTOR)).hash(&mut hasher);
        (self.missing, self.bad).hash(&mut hasher);
        (summary.n, summary.nan, summary.posinf, summary.neginf, summary.zeros).hash(&mut hasher);
        (outside.below, outside.above).hash(&mut hasher);
        let floats = [summary.min, summary.max, self.moments.mean(), self.moments.std()];
        floats.map(f64::to_bits).hash(&mut hasher);
        hasher.finish()
    }
}

impl Population {
    /// Counts between the edges of all histograms with 1 to 512 bins over a range. `None` is the range of all finite
    /// samples.
    ///
    /// # Errors
    /// A range that numpy rejects, [`Error::Cancelled`], or a stream that cannot be read.
    pub fn mergeable_counts(&self, range: Option<Range>, task: &Task) -> Result<MergeableCounts, Error> {
        let outer = self.outer(range)?;
        // A range too narrow for a single bin has no edges to count between.
        wide!(self.dtype(), T => Uniform::<T>::new(&outer, 1).map(drop))?;
        self.tabulate(range, task)?;
        let table = self.tables().of(outer, Scale::Linear).ok_or_else(|| self.needs_samples())?;
        Ok(MergeableCounts {
            dtype: self.dtype(),
            range: Range { lo: outer.lo, hi: outer.hi },
            own: outer.own,
            summary: *self.summary(),
            ends: self.range(),
            moments: self.moments(task)?,
            outside: table.out_of_range(),
            missing: self.missing(),
            bad: self.bad(),
            counts: table.between(),
            parts: self.counted_parts().to_vec(),
        })
    }
}
