//! `numpy.histogram` (2.4), bit for bit, for every numeric data type.

use super::{Edges, Error, Histogram, Number, Numbers, Rule, Samples};

/// What `bins` may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// So many bins of equal width. Negative and zero are numpy's error.
    Count(i64),
    /// As many as a rule says.
    Rule(Rule),
    /// Explicit edges; integers stay integers in the result.
    Edges(Numbers),
}

/// numpy's `range=(lo, hi)` in Python numbers: integers and floats are treated differently, as numpy does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub lo: Number,
    pub hi: Number,
}

/// `numpy.histogram(samples, bins, range)`.
///
/// # Errors
/// numpy's, in its words and order.
pub fn histogram(samples: &Samples, bins: &Bins, range: Option<Range>) -> Result<Histogram, Error> {
    let _ = (samples, bins, range);
    todo!()
}

/// `n` bins of equal width over `[lo, hi]` in `f64`, as `numpy.linspace` places them (no fused multiply-add).
///
/// # Errors
/// [`Error::BinsNotPositive`] and [`Error::TooManyBins`] when two edges would fall together.
pub fn uniform_edges(lo: f64, hi: f64, n: usize) -> Result<Edges, Error> {
    let _ = (lo, hi, n);
    todo!()
}
