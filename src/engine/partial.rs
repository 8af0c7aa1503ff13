//! What counting found, without the samples: a table that can be written down, added to others and looked at again.

use super::tables::only_counted;
use super::{Outside, Population, Work};
use crate::error::Error;
use crate::hist::{DType, Moments, Number, Range, Summary, Uniform, typed};

/// The counts between the edges of all histograms with 1 … 512 bins over a range, and what else adds up.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    pub dtype: DType,
    /// From the first to the last edge.
    pub range: Range,
    /// Whether the range is that of the samples, and they are floats: numpy then computes edges in their own type.
    pub own: bool,
    pub summary: Summary,
    /// From the smallest to the largest finite value.
    pub ends: Option<Range>,
    pub moments: Moments,
    pub outside: Outside,
    /// How many samples lie from each edge up to the next; at the last, how many lie on it.
    pub counts: Vec<u64>,
}

impl Partial {
    /// Adds what was counted elsewhere between the same edges. Everything but the moments adds up exactly, these up to
    /// rounding.
    ///
    /// # Errors
    /// One sentence if it was counted in another type or range.
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if self.dtype != other.dtype {
            let (a, b) = (self.dtype.name(), other.dtype.name());
            return Err(Error::Value(format!("some was counted as {a} and some as {b}, whose edges differ")));
        }
        let same = (self.range, self.own) == (other.range, other.own) && self.counts.len() == other.counts.len();
        if !same {
            let [a, b] = [self.range, other.range].map(text);
            return Err(Error::Value(format!(
                "some was counted over {a} and some over {b}; count all of it with the same --range LO,HI"
            )));
        }
        self.moments = self.moments.merge(other.moments);
        self.summary = self.summary.merge(&other.summary);
        self.ends = self.ends.into_iter().chain(other.ends).reduce(Range::union);
        self.outside.below += other.outside.below;
        self.outside.above += other.outside.above;
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        Ok(())
    }
}

impl Population {
    /// Counts between the edges of all histograms over a range; `None` is the range of all finite samples.
    ///
    /// # Errors
    /// numpy's conditions of a range, [`Error::Cancelled`], and whatever a stream cannot read.
    pub fn partial(&self, range: Option<Range>, work: &Work) -> Result<Partial, Error> {
        let outer = self.outer(range)?;
        // A range that cannot hold a single bin has no edges to count between.
        typed!(self.dtype(), T => Uniform::<T>::new(&outer, 1).map(drop))?;
        self.tabulate(range, work)?;
        let table = self.tables().of(outer).ok_or_else(|| only_counted(self))?;
        Ok(Partial {
            dtype: self.dtype(),
            range: Range { lo: outer.lo, hi: outer.hi },
            own: outer.own,
            summary: *self.summary(),
            ends: self.range(),
            moments: self.moments(work)?,
            outside: table.outside(),
            counts: table.between(),
        })
    }
}

/// `[0, 1]`.
pub(super) fn text(range: Range) -> String {
    let end = |number: Number| match number {
        Number::Int(i) => i.to_string(),
        Number::Float(x) => crate::hist::python_repr(x),
    };
    format!("[{}, {}]", end(range.lo), end(range.hi))
}
