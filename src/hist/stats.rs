//! Statistics: exact for samples, bounds for bins.

mod binned;
mod bounds;
mod moments;
mod named;
mod quantile;
mod scan;

pub use bounds::StatsBounds;
pub use moments::Moments;
pub use named::{Bounded, EntryStats, Omitted, Statistic, percent};
pub use quantile::quantile_in_bins;
pub(crate) use quantile::{between, quantile};
pub(crate) use scan::{Scan, ends};

use super::Histogram;

/// Counts and extremes of raw samples, from one pass before any binning.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Number of values, including NaN and infinities.
    pub n: u64,
    /// Number of NaN.
    pub nan: u64,
    /// Number of positive infinities.
    pub posinf: u64,
    /// Number of negative infinities.
    pub neginf: u64,
    /// Number of zeros of either sign.
    pub zeros: u64,
    /// Smallest finite value; NaN without one.
    pub min: f64,
    /// Largest finite value; NaN without one.
    pub max: f64,
}

/// Quantile, or bounds on it if only bins are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// Probability, 0 to 1.
    pub p: f64,
    /// Lower bound.
    pub lo: f64,
    /// Upper bound; equal to `lo` for an exact quantile.
    pub hi: f64,
}

/// Statistics of samples or of a histogram. Unknown values are NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Number of finite samples, or total count of a histogram.
    pub n: f64,
    pub mean: f64,
    /// Population standard deviation (ddof 0).
    pub std: f64,
    /// Smallest finite sample, or left edge of the first bin that is not empty.
    pub min: f64,
    /// Largest finite sample, or right edge of the last bin that is not empty.
    pub max: f64,
    /// Quantiles at the requested probabilities, by default the [`PROBABILITIES`].
    pub quantiles: Vec<Quantile>,
    /// Bounds on the fraction of zeros, from 0 to 1; equal for samples.
    pub zeros: (f64, f64),
    /// Biased, as in `scipy.stats.skew`.
    pub skewness: f64,
    /// Excess kurtosis, biased, as in `scipy.stats.kurtosis`.
    pub kurtosis: f64,
    /// Mean of the magnitudes.
    pub mean_abs: f64,
    /// Square root of the sum of squares.
    pub l2: f64,
    /// True if the moments come from samples, false if they are estimates from bin centers.
    pub exact: bool,
    /// Bounds on everything that is estimated; `None` for samples.
    pub bounds: Option<Box<StatsBounds>>,
}

/// Probabilities of the quantiles in [`Stats`].
pub const PROBABILITIES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

impl Summary {
    /// Combines the summaries of two sets of samples.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            n: self.n + other.n,
            nan: self.nan + other.nan,
            posinf: self.posinf + other.posinf,
            neginf: self.neginf + other.neginf,
            zeros: self.zeros + other.zeros,
            // `f64::min` and `f64::max` ignore NaN.
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Number of values that are neither NaN nor infinite.
    pub fn finite(&self) -> u64 {
        self.n - self.nan - self.posinf - self.neginf
    }
}

impl Stats {
    /// Exact statistics of the finite samples.
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
            skewness: moments.skewness(),
            kurtosis: moments.kurtosis(),
            mean_abs: moments.mean_abs(),
            l2: moments.l2(),
            exact: true,
            bounds: None,
        }
    }

    /// Statistics of a histogram at the [`PROBABILITIES`]: moments from bin centers, bounds from edges.
    pub fn of_histogram(histogram: &Histogram) -> Self {
        Self::of_histogram_at(histogram, &PROBABILITIES)
    }

    /// Statistics of a histogram, with these quantiles.
    pub fn of_histogram_at(histogram: &Histogram, probabilities: &[f64]) -> Self {
        binned::stats(histogram, probabilities)
    }
}

/// Divisor for numbers up to `largest` before summing their fourth powers, which prevents overflow and underflow.
fn scale(largest: f64) -> f64 {
    if largest == 0.0 || (1e-60..1e60).contains(&largest) { 1.0 } else { largest }
}

#[cfg(test)]
mod tests;
