//! A histogram with bounds on the errors of its counts.

use super::Histogram;

/// Histogram whose counts may be estimates, and the counts outside its bins.
#[derive(Debug, Clone, PartialEq)]
pub struct UncertainHistogram {
    pub histogram: Histogram,
    /// Upper bound, per bin, on the distance to the count that the raw samples would give after the same edits. A
    /// negative count is treated as that number of negative samples.
    ///
    /// A sample may be exactly on the closed right end of a range. If the range changes, the count of the last bin is
    /// therefore never certain.
    pub max_error: Vec<f64>,
    /// Count below the first edge, an estimate like the counts.
    pub below: f64,
    /// Count above the last edge, an estimate like the counts.
    pub above: f64,
}

impl UncertainHistogram {
    /// Creates a histogram with exact counts and nothing outside its bins.
    pub fn certain(histogram: Histogram) -> Self {
        Self { max_error: vec![0.0; histogram.bins()], histogram, below: 0.0, above: 0.0 }
    }

    /// Returns true if every count is exact.
    pub fn exact(&self) -> bool {
        self.max_error.iter().all(|error| *error == 0.0)
    }
}
