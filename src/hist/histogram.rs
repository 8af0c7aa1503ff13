//! Histogram: edges with counts.

use super::binning::Real;
use super::rules::pairwise_sum;
use super::{DType, Edges, Error, Number, Numbers};
use half::f16;

/// Maximum number of bins in a histogram: W&B's `Histogram.MAX_LENGTH`.
pub const MAX_BINS: usize = 512;

/// Histogram with one count per bin. Counts may be negative or fractional, for weights, densities and differences.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    edges: Edges,
    counts: Numbers,
}

impl Histogram {
    /// Creates a histogram from edges and one count per bin.
    ///
    /// # Errors
    /// [`Error::Lengths`] unless there is exactly one more edge than counts, or both are empty.
    pub fn new(edges: Edges, counts: Numbers) -> Result<Self, Error> {
        if counts.len() != edges.bins() || (edges.as_f64().is_empty() && !counts.is_empty()) {
            return Err(Error::Lengths { counts: counts.len(), edges: edges.as_f64().len() });
        }
        Ok(Self { edges, counts })
    }

    /// Creates a histogram from counts that are known to match the edges.
    pub(super) fn from_parts(edges: Edges, counts: Numbers) -> Self {
        debug_assert_eq!(counts.len(), edges.bins());
        Self { edges, counts }
    }

    /// Edges of the bins.
    pub fn edges(&self) -> &Edges {
        &self.edges
    }

    /// Counts as given to [`Histogram::new`]; integers stay integers.
    pub fn counts(&self) -> &Numbers {
        &self.counts
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        self.counts.len()
    }

    /// Sum of all counts.
    pub fn total(&self) -> Number {
        self.counts.total()
    }

    /// Densities like numpy's `density=True`: count / width / total. NaN or infinite if the total is zero.
    ///
    /// numpy computes widths in the type of the edges, given here. For bins that it chose itself, this is the type of
    /// the samples if they are floats.
    pub fn density(&self, edges: DType) -> Vec<f64> {
        let total = match self.total() {
            Number::Int(total) => total as f64,
            Number::Float(_) => pairwise_sum(self.counts.as_f64()),
        };
        let widths = self.edges.as_f64().windows(2).map(|pair| match (pair[1] - pair[0], edges) {
            (width, DType::F32) => f64::from(width as f32),
            (width, DType::F16) => <f16 as Real>::from_f64(width).into(),
            (width, _) => width,
        });
        self.counts.as_f64().iter().zip(widths).map(|(count, width)| count / width / total).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn densities_round_widths_like_numpy() {
        // numpy 2.4: np.histogram(a, 1, density=True), where `a` has `count` values of a type, from end to end.
        let cases = [
            ([-19024.0, 20864.0], 1000, DType::F16, 2.508_025_682_182_985_5e-5),
            ([-0.699_553_012_847_900_4, 1.480_488_896_369_934], 5, DType::F32, 0.458_706_803_045_312_5),
            ([-0.699_553_012_847_900_4, 1.480_488_896_369_934], 5, DType::F64, 0.458_706_777_962_257),
        ];
        for (ends, count, dtype, density) in cases {
            let edges = Edges::from_f64(ends.to_vec()).unwrap();
            let histogram = Histogram::new(edges, Numbers::ints([count])).unwrap();
            assert_eq!(histogram.density(dtype), [density], "{}", dtype.name());
        }
    }
}
