//! `wandb.Histogram`.

use crate::hist::{self, Numbers};

/// How a logged histogram was written, so that it can be put back in the same shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// `{"_type": "histogram", "values": […], "bins": […]}`.
    #[default]
    Wandb,
    /// `{"_type": "trackio.histogram", "bins": […], "values": […]}`.
    Trackio,
    /// `{"_type": "histogram", "values": […], "packedBins": {"min": m, "size": s, "count": n}}`.
    Packed,
    /// numpy's pair `[counts, edges]`.
    Pair,
}

/// A W&B histogram as it is written: two lists of numbers that fit in length. As in Python nothing else is checked:
/// edges may decrease or be NaN. [`Histogram::to_hist`] is where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    values: Numbers,
    bins: Numbers,
    form: Form,
    artifact_source: Option<String>,
}

impl Histogram {
    /// `Histogram.MAX_LENGTH`.
    pub const MAX_LENGTH: usize = hist::MAX_BINS;
    /// Python's default `num_bins`.
    pub const DEFAULT_BINS: usize = 64;
}
