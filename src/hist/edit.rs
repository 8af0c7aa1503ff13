//! Edits of a histogram: each is a pure function to another one, with what is certain of it and a sentence on what it did.
//!
//! What is done to counts is taken for meant: cleared, set or smoothed counts are certain. In doubt is only what is spread
//! inside a bin, since nobody knows where in it the samples lie. Integers stay integers where the arithmetic allows it, and
//! numbers that change together stay of one kind, as arrays have it: all are floats where one becomes one.

mod arithmetic;
mod bins;
mod combine;
mod counts;
#[cfg(test)]
mod tests;

pub use combine::How;

use super::format_number;
use super::{Edges, Error, Histogram, Number, Numbers, Rounding, UncertainHistogram};
use crate::text::format_value;
use std::sync::Arc;

/// Bins next to each other, by index from 0, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub first: usize,
    pub last: usize,
}

/// What becomes of counts when an edge between them moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CountPolicy {
    /// Each stays with its bin, which covers other values now.
    Stay,
    /// They are spread over the values that they had.
    Spread,
}

/// What becomes of counts outside of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrimPolicy {
    /// They are told as below and above.
    Count,
    /// They are forgotten.
    Drop,
}

/// An edit.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Gives each of the bins this count.
    Set(Span, Number),
    /// Empties the bins.
    Clear(Span),
    /// Multiplies the bins' counts.
    Scale(Span, Number),
    /// Makes one bin of several.
    Merge(Span),
    /// Makes so many bins of equal width of each.
    Split(Span, usize),
    /// Moves the edge with this index between its neighbours.
    MoveEdge { edge: usize, to: Number, counts: CountPolicy },
    /// Leaves the values between two.
    Trim { lo: f64, hi: f64, outside: TrimPolicy },
    /// Leaves the values between two quantiles.
    TrimQuantiles { lo: f64, hi: f64, outside: TrimPolicy },
    /// Multiplies all values by a positive number.
    ScaleAxis(Number),
    /// Adds to all values.
    ShiftAxis(Number),
    /// Makes the counts sum to one.
    Normalise,
    /// Makes all counts whole, by largest remainder, and keeps their total as near as whole numbers can.
    Round,
    /// Spreads each count evenly over so many bins around its own; at the ends it is thrown back.
    Smooth(usize),
    /// Adds, subtracts or averages with another histogram, which is called so.
    Combine { how: How, other: Arc<UncertainHistogram>, name: String },
    /// The sum of several histograms, which are called so, in place of what is there.
    Sum { parts: Vec<Arc<UncertainHistogram>>, name: String },
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct EditOutcome {
    pub estimate: UncertainHistogram,
    /// What was done: `merged bins 3–7 into one of 604`.
    pub said: String,
}

impl Change {
    /// Applies itself; `rounding` is for integers that are spread.
    ///
    /// # Errors
    /// [`Error::Refused`] with a sentence on what cannot be done, or that nothing would change.
    pub fn apply(&self, to: &UncertainHistogram, rounding: Rounding) -> Result<EditOutcome, Error> {
        let (mut estimate, said) = match self {
            Self::Set(span, count) => counts::set(to, *span, *count),
            Self::Clear(span) => counts::clear(to, *span),
            Self::Scale(span, factor) => counts::scale(to, *span, *factor),
            Self::Normalise => counts::normalise(to),
            Self::Round => counts::round(to),
            Self::Smooth(width) => counts::smooth(to, *width),
            Self::Merge(span) => bins::merge(to, *span),
            Self::Split(span, parts) => bins::split(to, *span, *parts, rounding),
            Self::MoveEdge { edge, to: value, counts } => bins::move_edge(to, (*edge, *value, *counts), rounding),
            Self::Trim { lo, hi, outside } => bins::trim(to, (*lo, *hi, *outside), rounding),
            Self::TrimQuantiles { lo, hi, outside } => bins::trim_quantiles(to, (*lo, *hi, *outside), rounding),
            Self::ScaleAxis(factor) => bins::scale_axis(to, *factor),
            Self::ShiftAxis(by) => bins::shift_axis(to, *by),
            Self::Combine { how, other, name } => combine::combine(to, (*how, other, name), rounding),
            Self::Sum { parts, name } => combine::sum(parts, name, rounding),
        }?;
        let outside = |of: &UncertainHistogram| [of.below, of.above].map(f64::to_bits);
        if estimate.histogram == to.histogram && outside(&estimate) == outside(to) {
            return Err(refused("this changes nothing"));
        }
        // Nothing of an infinite doubt, or one infinite doubt less another, may be as large as ever.
        estimate.max_error.iter_mut().filter(|error| error.is_nan()).for_each(|error| *error = f64::INFINITY);
        Ok(EditOutcome { estimate, said })
    }
}

impl Span {
    /// As people count: `bin 3`, `bins 3–7`.
    fn name(self) -> String {
        let (first, last) = (self.first + 1, self.last + 1);
        if first == last { format!("bin {first}") } else { format!("bins {first}–{last}") }
    }

    /// # Errors
    /// Bins that are not there.
    fn check(self, of: &UncertainHistogram) -> Result<Self, Error> {
        let there = self.first <= self.last && self.last < of.histogram.bins();
        there.then_some(self).ok_or_else(|| refused(format!("there are {} bins", of.histogram.bins())))
    }

    fn holds(self, bin: usize) -> bool {
        (self.first..=self.last).contains(&bin)
    }
}

fn refused(why: impl Into<String>) -> Error {
    Error::Refused(why.into())
}

/// Said of arithmetic that left what numbers can hold.
fn too_large() -> Error {
    refused("the numbers would become too large")
}

/// A histogram of parts that fit, with what is known of it.
fn estimate(
    edges: Edges,
    counts: Numbers,
    max_error: Vec<f64>,
    like: &UncertainHistogram,
) -> Result<UncertainHistogram, Error> {
    let histogram = Histogram::new(edges, counts)?;
    Ok(UncertainHistogram { histogram, max_error, below: like.below, above: like.above })
}

/// A number in a sentence: integers whole, others with the digits that tell them.
fn told(number: Number) -> String {
    match number {
        Number::Int(_) => format_number(number, 0),
        Number::Float(x) => told_value(x),
    }
}

/// A value in a sentence, with at most six digits.
fn told_value(x: f64) -> String {
    format_value(format!("{x:.5e}").parse().unwrap_or(x), 0.0)
}
