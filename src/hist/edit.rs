//! Edits of a histogram. Each is a pure function that returns the new histogram, with bounds on its errors, and a summary.
//!
//! Edits to counts are treated as intentional and exact: counts that were cleared, set or smoothed are certain. Only
//! counts that are spread inside a bin become assemble, because the positions of their samples are unknown. Integers
//! stay integers if the arithmetic allows it. Numbers that change together keep one type, like an array: if one becomes
//! a float, all do.

mod arithmetic;
mod bins;
mod combine;
mod counts;
#[cfg(test)]
mod tests;

pub use combine::Combination;

use super::format_number;
use super::{Edges, Error, Histogram, Number, Numbers, Rounding, UncertainHistogram};
use crate::text::{format_value, plural};
use bins::{EdgeMove, Trim};
use std::sync::Arc;

/// Adjacent bins, by index from 0, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub first: usize,
    pub last: usize,
}

/// Handling of the counts next to an edge that moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountPolicy {
    /// Counts stay in their bins, which then cover different values.
    KeepInBin,
    /// Counts stay at their values and are redistributed between the bins.
    Redistribute,
}

/// Handling of the counts outside a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrimPolicy {
    /// Keeps the numbers of counts below and above.
    Keep,
    /// Discards them.
    Drop,
}

/// Edit of a histogram.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Sets the count of each bin.
    Set(Span, Number),
    /// Sets the counts to zero.
    Clear(Span),
    /// Multiplies the counts.
    Scale(Span, Number),
    /// Merges the bins into one.
    Merge(Span),
    /// Splits each bin into this number of bins of equal width.
    Split(Span, usize),
    /// Moves the edge with this index between its neighbors.
    MoveEdge { edge: usize, to: Number, counts: CountPolicy },
    /// Cuts the bins to a range of values.
    Trim { lo: f64, hi: f64, outside: TrimPolicy },
    /// Cuts the bins to the range between two quantiles, given as probabilities.
    TrimQuantiles { lo: f64, hi: f64, outside: TrimPolicy },
    /// Multiplies all values by a positive number.
    ScaleAxis(Number),
    /// Adds a number to all values.
    ShiftAxis(Number),
    /// Divides all counts by their sum.
    Normalize,
    /// Rounds all counts to integers by largest remainder, which keeps the total within rounding.
    Round,
    /// Spreads each count evenly over this number of bins around it, mirrored at the ends.
    Smooth(usize),
    /// Adds, subtracts or averages with another histogram.
    Combine { how: Combination, other: Arc<UncertainHistogram>, name: String },
    /// Replaces the histogram by the sum of several histograms.
    Sum { parts: Vec<Arc<UncertainHistogram>>, name: String },
}

/// Result of an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct EditOutcome {
    pub histogram: UncertainHistogram,
    /// Summary in the past tense, such as `merged bins 3–7 into one of 604`.
    pub summary: String,
}

impl Change {
    /// Applies the edit. `rounding` applies to integer counts that are redistributed.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, also if the edit would change nothing.
    pub fn apply(&self, to: &UncertainHistogram, rounding: Rounding) -> Result<EditOutcome, Error> {
        let (mut histogram, summary) = match self {
            Self::Set(span, count) => counts::set(to, *span, *count),
            Self::Clear(span) => counts::clear(to, *span),
            Self::Scale(span, factor) => counts::scale(to, *span, *factor),
            Self::Normalize => counts::normalize(to),
            Self::Round => counts::round(to),
            Self::Smooth(width) => counts::smooth(to, *width),
            Self::Merge(span) => bins::merge(to, *span),
            Self::Split(span, parts) => bins::split(to, *span, *parts, rounding),
            Self::MoveEdge { edge, to: value, counts } => {
                bins::move_edge(to, EdgeMove { edge: *edge, to: *value, counts: *counts }, rounding)
            }
            Self::Trim { lo, hi, outside } => bins::trim(to, Trim { lo: *lo, hi: *hi, outside: *outside }, rounding),
            Self::TrimQuantiles { lo, hi, outside } => {
                bins::trim_quantiles(to, Trim { lo: *lo, hi: *hi, outside: *outside }, rounding)
            }
            Self::ScaleAxis(factor) => bins::scale_axis(to, *factor),
            Self::ShiftAxis(by) => bins::shift_axis(to, *by),
            Self::Combine { how, other, name } => combine::combine(to, other, *how, name, rounding),
            Self::Sum { parts, name } => combine::sum(parts, name, rounding),
        }?;
        let outside = |of: &UncertainHistogram| [of.below, of.above].map(f64::to_bits);
        if histogram.histogram == to.histogram && outside(&histogram) == outside(to) {
            return Err(refused("this changes nothing"));
        }
        // Zero times an infinite error, or the difference of two, is NaN: the error is then unbounded.
        histogram.max_error.iter_mut().filter(|error| error.is_nan()).for_each(|error| *error = f64::INFINITY);
        Ok(EditOutcome { histogram, summary })
    }
}

impl Span {
    /// Name with positions from 1: `bin 3` or `bins 3–7`.
    fn name(self) -> String {
        let (first, last) = (self.first + 1, self.last + 1);
        if first == last { format!("bin {first}") } else { format!("bins {first}–{last}") }
    }

    /// Checks that the bins exist.
    fn check(self, of: &UncertainHistogram) -> Result<Self, Error> {
        let bins = of.histogram.bins();
        let exists = self.first <= self.last && self.last < bins;
        let why = || refused(format!("{} out of range: the histogram has {}", self.name(), plural(bins as u64, "bin")));
        exists.then_some(self).ok_or_else(why)
    }

    fn contains(self, bin: usize) -> bool {
        (self.first..=self.last).contains(&bin)
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::Refused(why.into())
}

/// Error of an arithmetic overflow.
fn overflow() -> Error {
    refused("the numbers would become too large")
}

/// Builds a result from parts that match in length. Takes the counts outside the bins from `like`.
fn assemble(
    edges: Edges,
    counts: Numbers,
    max_error: Vec<f64>,
    like: &UncertainHistogram,
) -> Result<UncertainHistogram, Error> {
    let histogram = Histogram::new(edges, counts)?;
    Ok(UncertainHistogram { histogram, max_error, below: like.below, above: like.above })
}

/// Number in a sentence: integers in full, floats like [`short_value`].
fn short_number(number: Number) -> String {
    match number {
        Number::Int(_) => format_number(number, 0),
        Number::Float(x) => short_value(x),
    }
}

/// Value in a sentence, with at most six digits.
fn short_value(x: f64) -> String {
    format_value(format!("{x:.5e}").parse().unwrap_or(x), 0.0)
}
