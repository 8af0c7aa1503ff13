//! A histogram with what is known of how far its counts may be off.

use super::rebin::{Rounding, rebin};
use super::{Edges, Histogram};

/// Counts that may be estimates, and what lies outside of their bins.
#[derive(Debug, Clone, PartialEq)]
pub struct UncertainHistogram {
    pub histogram: Histogram,
    /// The largest possible distance of each count from the count that the raw samples would give, treated the same way;
    /// a negative count is taken for so many negative samples.
    ///
    /// A sample may sit on the closed right end of a range, so a range that ends elsewhere than the old one is never
    /// certain of its last bin.
    pub max_error: Vec<f64>,
    /// What lies left of the first edge (estimated, like the counts).
    pub below: f64,
    /// What lies right of the last edge.
    pub above: f64,
}

impl UncertainHistogram {
    /// Counts that are certain, with nothing outside.
    pub fn certain(histogram: Histogram) -> Self {
        Self { max_error: vec![0.0; histogram.bins()], histogram, below: 0.0, above: 0.0 }
    }

    /// Whether every count is certain.
    pub fn exact(&self) -> bool {
        self.max_error.iter().all(|error| *error == 0.0)
    }

    /// Spread over other edges as [`rebin`] does it. What was in doubt stays in doubt, wherever it goes.
    #[must_use]
    pub fn rebin(&self, edges: &Edges, rounding: Rounding) -> Self {
        let mut new = rebin(&self.histogram, edges, rounding);
        new.below += self.below;
        new.above += self.above;
        let (old, at) = (self.histogram.edges().as_f64(), edges.as_f64());
        let (last_old, last_new) = (self.histogram.bins().wrapping_sub(1), edges.bins().wrapping_sub(1));
        let doubts = self.max_error.iter().zip(old.windows(2)).enumerate().filter(|(_, (error, _))| **error != 0.0);
        for (i, (error, from)) in doubts {
            for (k, (doubt, bin)) in new.max_error.iter_mut().zip(at.windows(2)).enumerate() {
                // Half-open but for the last ones and those without width: bins that only meet share nothing.
                let after = bin[0] > from[1] || (bin[0] == from[1] && from[0] < from[1] && i != last_old);
                let before = bin[1] < from[0] || (bin[1] == from[0] && bin[0] < bin[1] && k != last_new);
                *doubt += if after || before { 0.0 } else { *error };
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::Numbers;

    #[test]
    fn doubt_goes_wherever_the_counts_may_go() {
        let edges = |at: &[f64]| Edges::from_f64(at.to_vec()).unwrap();
        let histogram = Histogram::new(edges(&[0.0, 1.0, 2.0, 3.0]), Numbers::ints([4, 6, 2])).unwrap();
        let source =
            UncertainHistogram { max_error: vec![0.0, 2.0, 0.0], below: 1.0, ..UncertainHistogram::certain(histogram) };
        let merged = source.rebin(&edges(&[0.0, 2.0, 3.0]), Rounding::Integers);
        assert_eq!((merged.max_error, merged.below), (vec![2.0, 0.0], 1.0));
        let cut = source.rebin(&edges(&[0.0, 0.5, 3.0]), Rounding::Integers);
        assert_eq!(cut.max_error, [2.0, 4.0]);
    }
}
