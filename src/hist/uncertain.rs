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

    /// Upper bound, per bin, on the distance between the density that the counts give and the density of the raw samples:
    /// count / width / total, both in the bins. Infinite if the total may be zero.
    pub fn density_errors(&self) -> Vec<f64> {
        let counts = self.histogram.counts().as_f64();
        let total = |sign: f64| -> f64 {
            counts.iter().zip(&self.max_error).map(|(count, error)| bound(*count, sign * error)).sum()
        };
        let (sum, least, most): (f64, _, _) = (counts.iter().sum(), total(-1.0), total(1.0));
        let bins = self.histogram.edges().as_f64().windows(2).zip(counts).zip(&self.max_error);
        bins.map(|((edges, count), error)| {
            let (low, high) = (bound(*count, -error), bound(*count, *error));
            // The share of a bin is largest if the other bins have as few samples as possible.
            let (low_total, high_total) = (low + (most - high), high + (least - low));
            let share = count / sum;
            let distance = (share - low / low_total).max(high / high_total - share);
            if low_total > 0.0 && high_total > 0.0 && distance.is_finite() {
                distance / (edges[1] - edges[0])
            } else {
                f64::INFINITY
            }
        })
        .collect()
    }
}

/// A count changed by its error. A count that is not negative stays so.
fn bound(count: f64, change: f64) -> f64 {
    if count >= 0.0 { (count + change).max(0.0) } else { count + change }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    #[test]
    fn the_error_of_a_density_covers_all_counts_within_their_errors() {
        let edges = Edges::from_f64(vec![0.0, 1.0, 3.0, 3.5]).unwrap();
        let with = |counts: [f64; 3]| Histogram::new(edges.clone(), Numbers::floats(counts.to_vec())).unwrap();
        let density = |counts: [f64; 3]| {
            let total: f64 = counts.iter().sum();
            [counts[0] / total, counts[1] / total / 2.0, counts[2] / total / 0.5]
        };
        let (counts, max_error) = ([4.0, 2.0, 10.0], vec![1.0, 3.0, 0.0]);
        let uncertain = UncertainHistogram { max_error, ..UncertainHistogram::certain(with(counts)) };
        let (errors, estimate) = (uncertain.density_errors(), density(counts));
        let mut largest = [0.0_f64; 3];
        for (a, b) in (0..=20).flat_map(|a| (0..=50).map(move |b| (f64::from(a) / 10.0, f64::from(b) / 10.0))) {
            for (bin, truth) in density([3.0 + a, b, 10.0]).iter().enumerate() {
                largest[bin] = largest[bin].max((truth - estimate[bin]).abs());
            }
        }
        for (error, largest) in errors.iter().zip(largest) {
            assert!(*error >= largest - 1e-12 && *error <= largest + 1e-3, "{error} for {largest}");
        }
        assert_eq!(UncertainHistogram::certain(with(counts)).density_errors(), [0.0; 3]);
    }
}
