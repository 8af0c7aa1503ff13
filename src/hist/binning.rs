//! `numpy.histogram` (2.4), bit for bit, for every numeric data type.
//!
//! Differences: numpy fails on an index if the distance of a value from the first edge overflows its type, or if rounding
//! puts a value past the last bin. Here such values are compared with the edges. Uniform edges that are not finite,
//! explicit edges that are NaN, and inner edges that are infinite are rejected.

mod element;
mod explicit;
mod key_grid;
mod outer;
mod uniform;

pub(crate) use element::{Element, Real};
pub(crate) use key_grid::KeyGrid;
pub(crate) use outer::Outer;

use super::samples::each_wide;
use super::{DType, Edges, Error, Histogram, Numbers, Range, Rule, Samples, rules};
use explicit::Explicit;
pub(super) use uniform::BIN_LIMIT;
pub(crate) use uniform::Uniform;

/// numpy's `bins` argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Bins {
    /// Number of bins of equal width. Zero is an error, as in numpy.
    Count(usize),
    /// Number of bins chosen by a rule.
    Rule(Rule),
    /// Explicit edges. Integer edges stay integers in the result.
    Edges(Numbers),
}

/// Counts samples like `numpy.histogram(samples, bins, range)`.
///
/// # Errors
/// numpy's conditions, in its words and order, or [`Error::BinLimit`].
///
/// # Examples
/// ```
/// use rebin::hist::{Bins, Range, Samples, histogram};
///
/// let samples = Samples::F64(vec![0.5, 1.5, 1.75, 3.0]);
/// let counted = histogram(&samples, &Bins::Count(3), Some(Range::floats(0.0, 3.0)))?;
/// assert_eq!(counted.edges().as_f64(), [0.0, 1.0, 2.0, 3.0]);
/// assert_eq!(counted.counts().as_f64(), [1.0, 2.0, 1.0]);
/// # Ok::<(), rebin::hist::Error>(())
/// ```
pub fn histogram(samples: &Samples, bins: &Bins, range: Option<Range>) -> Result<Histogram, Error> {
    each_wide!(samples, values => {
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

/// Edges of `n` bins of equal width over `[lo, hi]` in `f64`, placed like `numpy.linspace` (no fused multiply-add). If
/// `lo == hi`, the range is widened by one half on both sides.
///
/// # Errors
/// [`Error::BinsNotPositive`], numpy's errors for the range, and [`Error::TooManyBins`] if two edges would be equal.
pub fn uniform_edges(lo: f64, hi: f64, n: usize) -> Result<Edges, Error> {
    if n < 1 {
        return Err(Error::BinsNotPositive);
    }
    Uniform::<f64>::new(&Outer::given(Range::floats(lo, hi))?, n)?.edges()
}

/// Outer edges: the given range, or else the range of the samples.
pub(super) fn outer<T: Element>(values: &[T], range: Option<Range>) -> Result<Outer, Error> {
    match range {
        Some(range) => Outer::given(range),
        None => Outer::detect(values),
    }
}

/// Chosen bins, ready to count samples of type `T` in any number of blocks.
#[derive(Debug, Clone)]
pub(crate) enum Counter<T: Element> {
    Uniform(Uniform<T>),
    Explicit(Explicit),
}

impl<T: Element> Counter<T> {
    /// Counter for `n` bins of equal width.
    pub(crate) fn uniform(n: u64, outer: &Outer) -> Result<Self, Error> {
        Uniform::new(outer, usize::try_from(n).unwrap_or(usize::MAX)).map(Self::Uniform)
    }

    /// Counter for explicit edges.
    pub(crate) fn explicit(edges: &Numbers, dtype: DType) -> Result<Self, Error> {
        Explicit::new::<T>(edges, dtype == DType::U64).map(Self::Explicit)
    }

    /// Length of the counts for [`Counter::tally`]: the number of bins plus two, for samples below the first edge (and
    /// NaN) and for samples above the last.
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

    /// Returns true if infinite samples can fall into a bin. Also true without bins, where infinite samples cannot be
    /// classified as below or above.
    pub(crate) fn counts_infinities(&self) -> bool {
        let infinite = |edges: Edges| edges.bins() == 0 || edges.as_f64().iter().any(|edge| edge.is_infinite());
        self.edges().is_ok_and(infinite)
    }

    pub(crate) fn edges(&self) -> Result<Edges, Error> {
        match self {
            Self::Uniform(uniform) => uniform.edges(),
            Self::Explicit(explicit) => Ok(explicit.edges().clone()),
        }
    }

    /// Numbers of samples below the bins (including NaN) and above them.
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

    /// Histogram of the tallied counts.
    pub(crate) fn finish(&self, counts: &[u64]) -> Result<Histogram, Error> {
        let bins = self.slots() - 2;
        Histogram::new(self.edges()?, Numbers::ints(counts.iter().take(bins).map(|n| i128::from(*n))))
    }
}
