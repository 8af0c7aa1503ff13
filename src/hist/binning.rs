//! `numpy.histogram` (2.4), bit for bit, for every numeric data type.
//!
//! Where numpy fails on an index or returns NaN edges (a range wider than the largest float, integers beyond 2⁵³ that
//! round past the last bin), a clear error or the last bin comes back instead. Explicit edges that are NaN or infinite
//! inside are refused.

mod element;
mod explicit;
mod outer;
mod uniform;

pub(crate) use element::{Element, Real};
pub(crate) use outer::Outer;

use super::samples::each;
use super::{DType, Edges, Error, Histogram, Number, Numbers, Rule, Samples, rules};
use explicit::Explicit;
use std::cmp::Ordering;
pub(crate) use uniform::Uniform;

/// What `bins` may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// The number of bins, all of equal width. Zero is an error, as in numpy.
    Count(usize),
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

impl Range {
    /// A range of Python floats.
    pub fn floats(lo: f64, hi: f64) -> Self {
        Self { lo: Number::Float(lo), hi: Number::Float(hi) }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let first = |a: Number, b: Number, order| if b.compare(a) == Some(order) { b } else { a };
        Self { lo: first(self.lo, other.lo, Ordering::Less), hi: first(self.hi, other.hi, Ordering::Greater) }
    }
}

/// `numpy.histogram(samples, bins, range)`.
///
/// # Errors
/// numpy's, in its words and order; [`Error::BeyondMost`].
pub fn histogram(samples: &Samples, bins: &Bins, range: Option<Range>) -> Result<Histogram, Error> {
    each!(samples, values => {
        let n = match bins {
            Bins::Edges(_) => 0,
            Bins::Count(n) if *n < 1 => return Err(Error::BinsNotPositive),
            Bins::Count(n) => *n as u64,
            Bins::Rule(rule) => rules::bins_of(values, *rule, &outer(values, range)?)?,
        };
        let counter = match bins {
            Bins::Edges(edges) => Counter::explicit(edges, samples.dtype())?,
            _ => Counter::uniform(n, &outer(values, range)?)?,
        };
        let mut counts = vec![0; counter.slots()];
        counter.tally(values, &mut counts);
        counter.finish(&counts)
    })
}

/// `n` bins of equal width over `[lo, hi]` in `f64`, as `numpy.linspace` places them (no fused multiply-add); a range
/// of no width is widened by one half on either side.
///
/// # Errors
/// [`Error::BinsNotPositive`], numpy's errors of the range, and [`Error::TooManyBins`] when two edges would fall together.
pub fn uniform_edges(lo: f64, hi: f64, n: usize) -> Result<Edges, Error> {
    if n < 1 {
        return Err(Error::BinsNotPositive);
    }
    Uniform::<f64>::new(&Outer::asked(Range::floats(lo, hi))?, n)?.edges()
}

/// The range that was asked for, or that the samples span.
pub(super) fn outer<T: Element>(values: &[T], range: Option<Range>) -> Result<Outer, Error> {
    match range {
        Some(range) => Outer::asked(range),
        None => Outer::detect(values),
    }
}

/// Bins that are chosen, ready to count samples of type `T` in any number of blocks.
#[derive(Debug, Clone)]
pub(crate) enum Counter<T: Element> {
    Uniform(Uniform<T>),
    Explicit(Explicit),
}

impl<T: Element> Counter<T> {
    /// So many bins of equal width.
    pub(crate) fn uniform(n: u64, outer: &Outer) -> Result<Self, Error> {
        Uniform::new(outer, usize::try_from(n).unwrap_or(usize::MAX)).map(Self::Uniform)
    }

    /// Bins between edges.
    pub(crate) fn explicit(edges: &Numbers, dtype: DType) -> Result<Self, Error> {
        Explicit::new::<T>(edges, dtype == DType::U64).map(Self::Explicit)
    }

    /// How long the counts of [`Counter::tally`] are: two more than there are bins, for what is below all (and NaN), and
    /// above.
    pub(crate) fn slots(&self) -> usize {
        match self {
            Self::Uniform(uniform) => uniform.bins() + 2,
            Self::Explicit(explicit) => explicit.edges().bins() + 2,
        }
    }

    /// Adds a block of samples to the counts.
    pub(crate) fn tally(&self, block: &[T], counts: &mut [u64]) {
        match self {
            Self::Uniform(uniform) => uniform.tally(block, counts),
            Self::Explicit(explicit) => explicit.tally(block, counts),
        }
    }

    /// Whether infinities fall into a bin, or cannot be told to be above where there is none.
    pub(crate) fn endless(&self) -> bool {
        let endless = |edges: Edges| edges.bins() == 0 || edges.as_f64().iter().any(|edge| edge.is_infinite());
        self.edges().is_ok_and(endless)
    }

    pub(crate) fn edges(&self) -> Result<Edges, Error> {
        match self {
            Self::Uniform(uniform) => uniform.edges(),
            Self::Explicit(explicit) => Ok(explicit.edges().clone()),
        }
    }

    /// What was counted below the bins, NaN included, and above.
    pub(crate) fn outside(&self, counts: &[u64]) -> (u64, u64) {
        let outside = match counts {
            [.., below, above] => (*below, *above),
            _ => (0, 0),
        };
        match self {
            Self::Uniform(uniform) => uniform.outer().sides::<T>(outside),
            Self::Explicit(_) => outside,
        }
    }

    /// The histogram of what was counted.
    pub(crate) fn finish(&self, counts: &[u64]) -> Result<Histogram, Error> {
        let bins = self.slots() - 2;
        Histogram::new(self.edges()?, Numbers::ints(counts.iter().take(bins).map(|n| i128::from(*n))))
    }
}
