//! Statistics: exact from samples, bounded from bins.

mod binned;
mod quantile;
mod scan;

pub(crate) use quantile::{between, quantile, quantiles};
pub(crate) use scan::{Around, BLOCK, Scan, ends};

use super::binning::Element;
use super::samples::each;
use super::{Histogram, Samples};

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
    /// Mean of the finite values; NaN when there is none.
    pub mean: f64,
    /// Population standard deviation (ddof 0) of the finite values.
    pub std: f64,
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
    /// One pass over the samples, and one for the deviation, so that large offsets lose nothing.
    pub fn of(samples: &Samples) -> Self {
        each!(samples, values => {
            let scan = values.chunks(BLOCK).map(Scan::of).fold(Scan::default(), Scan::merge);
            let around = Around::of(&scan);
            let spread = values.chunks(BLOCK).map(|block| around.visit(block)).sum();
            scan.summary(&around, spread)
        })
    }

    /// Values that are neither NaN nor infinite.
    pub fn finite(&self) -> u64 {
        self.n - self.nan - self.posinf - self.neginf
    }
}

impl Stats {
    /// Exact, over the finite samples. Quantiles by numpy's linear method.
    pub fn of_samples(samples: &Samples, summary: &Summary) -> Self {
        Self::of_summary(summary, &Self::quantiles_of(samples, &PROBABILITIES))
    }

    /// Exact, with the quantiles of [`PROBABILITIES`].
    pub(crate) fn of_summary(summary: &Summary, at: &[f64]) -> Self {
        let n = summary.finite() as f64;
        let quantiles = PROBABILITIES.iter().zip(at).map(|(p, x)| Quantile { p: *p, lo: *x, hi: *x }).collect();
        let zeros = summary.zeros as f64 / n;
        Self {
            n,
            mean: summary.mean,
            std: summary.std,
            min: summary.min,
            max: summary.max,
            quantiles,
            zeros: (zeros, zeros),
            exact: true,
        }
    }

    /// The values at some increasing probabilities, exactly, over the finite samples; NaN when there is none.
    pub fn quantiles_of(samples: &Samples, probabilities: &[f64]) -> Vec<f64> {
        each!(samples, values => {
            let mut finite: Vec<_> = values.iter().copied().filter(|x| Element::is_finite(*x)).collect();
            quantiles(&mut finite, probabilities)
        })
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
