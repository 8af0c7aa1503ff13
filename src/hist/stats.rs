//! Statistics: exact from samples, bounded from bins.

mod binned;
mod moments;
mod quantile;
mod scan;

pub use moments::Moments;
pub(crate) use quantile::{between, quantile};
pub(crate) use scan::{Scan, ends};

use super::Histogram;

/// What one pass over raw samples tells, before any binning.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// All values, NaN and infinities included.
    pub n: u64,
    pub nan: u64,
    pub posinf: u64,
    pub neginf: u64,
    /// Values equal to zero, of either sign.
    pub zeros: u64,
    /// Smallest finite value; NaN when there is none.
    pub min: f64,
    /// Largest finite value; NaN when there is none.
    pub max: f64,
}

/// A quantile, or the interval that must contain it when only bins are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The probability, 0…1.
    pub p: f64,
    pub lo: f64,
    pub hi: f64,
}

/// The statistics pane's content. What cannot be known is NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Number of finite samples, or the total count of a histogram.
    pub n: f64,
    pub mean: f64,
    pub std: f64,
    /// Smallest finite sample, or the left edge of the first bin that holds anything.
    pub min: f64,
    /// Largest finite sample, or the right edge of the last bin that holds anything.
    pub max: f64,
    /// p 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99. `lo == hi` when exact.
    pub quantiles: Vec<Quantile>,
    /// Fraction of zeros: exact from samples (`lo == hi`), bounds from bins.
    pub zeros: (f64, f64),
    /// Whether mean and std are of the samples (true) or estimated from bin centres (false).
    pub exact: bool,
}

/// The probabilities that [`Stats`] reports.
pub const PROBABILITIES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

impl Summary {
    /// Of both lots of samples.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            n: self.n + other.n,
            nan: self.nan + other.nan,
            posinf: self.posinf + other.posinf,
            neginf: self.neginf + other.neginf,
            zeros: self.zeros + other.zeros,
            // Of a number and NaN, the number.
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Values that are neither NaN nor infinite.
    pub fn finite(&self) -> u64 {
        self.n - self.nan - self.posinf - self.neginf
    }
}

impl Stats {
    /// Exact, over the finite samples.
    pub(crate) fn of_samples(summary: &Summary, moments: &Moments, quantiles: Vec<Quantile>) -> Self {
        let n = summary.finite() as f64;
        let zeros = summary.zeros as f64 / n;
        Self {
            n,
            mean: moments.mean(),
            std: moments.std(),
            min: summary.min,
            max: summary.max,
            quantiles,
            zeros: (zeros, zeros),
            exact: true,
        }
    }

    /// From bins: centres for mean and deviation, bin edges as bounds of quantiles and zeros.
    pub fn of_histogram(histogram: &Histogram) -> Self {
        binned::stats(histogram)
    }
}

/// What to divide by before squaring or adding up numbers of this size, so that nothing overflows or vanishes.
fn scale(largest: f64) -> f64 {
    if largest == 0.0 || (1e-100..1e100).contains(&largest) { 1.0 } else { largest }
}

#[cfg(test)]
mod tests;
