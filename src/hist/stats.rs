//! Statistics: exact from samples, bounded from bins.

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

/// The statistics pane's content.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// Number of samples, or the total count of a histogram.
    pub n: f64,
    pub mean: f64,
    pub std: f64,
    pub min: f64,
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
    /// One pass over the samples (two for the deviation, so that large offsets lose nothing).
    pub fn of(samples: &Samples) -> Self {
        let _ = samples;
        todo!()
    }
}

impl Stats {
    /// Exact, over the finite samples. Quantiles by numpy's linear method.
    pub fn of_samples(samples: &Samples, summary: &Summary) -> Self {
        let _ = (samples, summary);
        todo!()
    }

    /// From bins: centres for mean and deviation, bin edges as bounds of quantiles and zeros.
    pub fn of_histogram(histogram: &Histogram) -> Self {
        let _ = histogram;
        todo!()
    }
}
