//! What counting found, without the samples: a table that can be written down, added to others and looked at again.

mod check;

use super::table::Union;
use super::tables::is_counts_only;
use super::{OutOfRange, Population, Task};
use crate::error::Error;
use crate::hist::{DType, Moments, Number, Outer, Range, Summary, Uniform, typed};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The counts between the edges of all histograms with 1 … 512 bins over a range, and what else adds up.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeableCounts {
    pub dtype: DType,
    /// From the first to the last edge.
    pub range: Range,
    /// Whether the range is that of the samples, and they are floats: numpy then computes edges in their own type.
    pub own: bool,
    pub summary: Summary,
    /// From the smallest to the largest finite value.
    pub ends: Option<Range>,
    pub moments: Moments,
    pub outside: OutOfRange,
    /// How many samples lie from each edge up to the next; at the last, how many lie on it.
    pub counts: Vec<u64>,
}

impl MergeableCounts {
    /// Adds what was counted elsewhere between the same edges. Everything but the moments adds up exactly, these up to
    /// rounding.
    ///
    /// # Errors
    /// One sentence if it was counted in a type with other edges or in another range, or is more than can be counted.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        self.merge_named(other, ["some", "some"])
    }

    /// [`MergeableCounts::merge`], with the names of what was counted for the sentence.
    pub(super) fn merge_named(&mut self, other: &Self, names: [&str; 2]) -> Result<(), Error> {
        if let Some(why) = self.differs(other, names) {
            return Err(Error::Value(why));
        }
        // Every other count is part of this one.
        if self.summary.n.checked_add(other.summary.n).is_none() {
            let (with, most) = (names[1], u64::MAX);
            return Err(Error::Value(format!(
                "with {with} there are more values than {most}, the most that a sum holds"
            )));
        }
        self.dtype = self.dtype.promoted(other.dtype);
        self.moments = self.moments.merge(other.moments);
        self.summary = self.summary.merge(&other.summary);
        self.ends = self.ends.into_iter().chain(other.ends).reduce(Range::union);
        self.outside.below += other.outside.below;
        self.outside.above += other.outside.above;
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }

    /// The outermost edges.
    pub(super) fn outer(&self) -> Outer {
        Outer { lo: self.range.lo, hi: self.range.hi, own: self.own }
    }

    /// Why counts do not lie between the same edges, if so.
    fn differs(&self, other: &Self, [a, b]: [&str; 2]) -> Option<String> {
        let dtype = self.dtype.promoted(other.dtype);
        if !(self.is_same_in(dtype) && other.is_same_in(dtype)) {
            let (one, another) = (self.dtype.name(), other.dtype.name());
            return Some(format!(
                "{a} was counted as {one} and {b} as {another}, whose edges differ; count all of it in one type"
            ));
        }
        let alike = typed!(dtype, T => self.outer().is_like::<T>(&other.outer()));
        if alike && self.counts.len() == other.counts.len() {
            return None;
        }
        let (one, another) = (text(self.range), text(other.range));
        let [this, that] = [self, other].map(|one| (one.range.lo.as_f64(), one.range.hi.as_f64()));
        if this == that && self.own != other.own {
            let (own, typed, range) = if self.own { (a, b, other.range) } else { (b, a, self.range) };
            let (lo, hi, dtype) = (end(range.lo), end(range.hi), self.dtype.name());
            return Some(format!(
                "{own} was counted over the range of its own values, in {dtype}, and {typed} over the same range as it was \
                 typed, whose edges are rounded otherwise; count all of it with --range={lo},{hi}"
            ));
        }
        Some(format!("{a} was counted over {one} and {b} over {another}; count all of it with the same --range LO,HI"))
    }

    /// Whether it would have been counted in this type as it was: integers in a wider type of integers are, where their
    /// edges are the same.
    fn is_same_in(&self, dtype: DType) -> bool {
        let union = |dtype| typed!(dtype, T => Union::new::<T>(self.outer()));
        self.dtype == dtype || (!dtype.is_float() && union(self.dtype).is_same_as(&union(dtype)))
    }

    /// A number that only the very same counts have, short of one chance in 2⁶⁴.
    pub(super) fn digest(&self) -> u64 {
        let Self { summary, outside, counts, .. } = self;
        let mut hasher = DefaultHasher::new();
        counts.hash(&mut hasher);
        (summary.n, summary.nan, summary.posinf, summary.neginf, summary.zeros).hash(&mut hasher);
        (outside.below, outside.above).hash(&mut hasher);
        let floats = [summary.min, summary.max, self.moments.mean(), self.moments.std()];
        floats.map(f64::to_bits).hash(&mut hasher);
        hasher.finish()
    }
}

impl Population {
    /// Counts between the edges of all histograms over a range; `None` is the range of all finite samples.
    ///
    /// # Errors
    /// numpy's conditions of a range, [`Error::Cancelled`], and whatever a stream cannot read.
    pub fn partial(&self, range: Option<Range>, task: &Task) -> Result<MergeableCounts, Error> {
        let outer = self.outer(range)?;
        // A range that cannot hold a single bin has no edges to count between.
        typed!(self.dtype(), T => Uniform::<T>::new(&outer, 1).map(drop))?;
        self.tabulate(range, task)?;
        let table = self.tables().of(outer).ok_or_else(|| is_counts_only(self))?;
        Ok(MergeableCounts {
            dtype: self.dtype(),
            range: Range { lo: outer.lo, hi: outer.hi },
            own: outer.own,
            summary: *self.summary(),
            ends: self.range(),
            moments: self.moments(task)?,
            outside: table.outside(),
            counts: table.between(),
        })
    }
}

/// `[0, 1]`.
pub(super) fn text(range: Range) -> String {
    format!("[{}, {}]", end(range.lo), end(range.hi))
}

/// As Python writes it.
fn end(number: Number) -> String {
    match number {
        Number::Int(i) => i.to_string(),
        Number::Float(x) => crate::hist::python_repr(x),
    }
}
