//! Edges with counts.

use super::rules::pairwise_sum;
use super::{Edges, Error, Number, Numbers};

/// The most bins a histogram may have: W&B's `Histogram.MAX_LENGTH`.
pub const MAX_BINS: usize = 512;

/// A histogram: one count a bin. Counts may be negative or fractional (weights, densities, differences).
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    edges: Edges,
    counts: Numbers,
}

impl Histogram {
    /// Puts counts on edges.
    ///
    /// # Errors
    /// [`Error::Lengths`] unless there is one more edge than counts (or none of both).
    pub fn new(edges: Edges, counts: Numbers) -> Result<Self, Error> {
        if counts.len() != edges.bins() || (edges.as_f64().is_empty() && !counts.is_empty()) {
            return Err(Error::Lengths { counts: counts.len(), edges: edges.as_f64().len() });
        }
        Ok(Self { edges, counts })
    }

    /// Of a count for every bin.
    pub(super) fn of(edges: Edges, counts: Numbers) -> Self {
        debug_assert_eq!(counts.len(), edges.bins());
        Self { edges, counts }
    }

    pub fn edges(&self) -> &Edges {
        &self.edges
    }

    /// Counts as they were given, integers kept.
    pub fn counts(&self) -> &Numbers {
        &self.counts
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.counts.len()
    }

    /// The sum of all counts.
    pub fn total(&self) -> Number {
        self.counts.total()
    }

    /// numpy's `density=True`: counts over widths (in `f64`) over the total; NaN where the total is zero.
    pub fn density(&self) -> Vec<f64> {
        let total = match self.total() {
            Number::Int(total) => total as f64,
            Number::Float(_) => pairwise_sum(self.counts.as_f64()),
        };
        let widths = self.edges.as_f64().windows(2).map(|pair| pair[1] - pair[0]);
        self.counts.as_f64().iter().zip(widths).map(|(count, width)| count / width / total).collect()
    }
}
