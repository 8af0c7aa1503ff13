//! Distances between the histograms of two steps, fast enough for every step of a long run.

use super::Histogram;

/// Distance of a step from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChangeMeasure {
    /// Wasserstein-1 distance, divided by the pooled standard deviation.
    #[default]
    Wasserstein,
    /// Kolmogorov–Smirnov statistic.
    KolmogorovSmirnov,
}

impl ChangeMeasure {
    /// Returns a short name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wasserstein => "W1 / pooled std",
            Self::KolmogorovSmirnov => "KS",
        }
    }

    /// Returns the next measure.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Wasserstein => Self::KolmogorovSmirnov,
            Self::KolmogorovSmirnov => Self::Wasserstein,
        }
    }
}

/// Histogram of a step with the numbers that each of its distances needs.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'h> {
    histogram: &'h Histogram,
    total: f64,
    variance: f64,
}

impl<'h> Measured<'h> {
    /// `None` for a histogram without values, or with negative counts or infinite edges.
    pub fn new(histogram: &'h Histogram) -> Option<Self> {
        let total: f64 = histogram.counts().as_f64().iter().sum();
        let is_valid = histogram.counts().as_f64().iter().all(|count| *count >= 0.0);
        let is_finite = histogram.edges().as_f64().iter().all(|edge| edge.is_finite());
        (is_valid && is_finite && total > 0.0 && total.is_finite()).then(|| Self {
            histogram,
            total,
            variance: variance(histogram, total),
        })
    }

    /// Estimates the distance from another step, with the mass of each bin spread evenly over it.
    pub fn distance(&self, other: &Self, measure: ChangeMeasure) -> f64 {
        let (w1, ks) = gaps(self, other);
        match measure {
            ChangeMeasure::KolmogorovSmirnov => ks,
            ChangeMeasure::Wasserstein if w1 == 0.0 => 0.0,
            ChangeMeasure::Wasserstein => w1 / f64::midpoint(self.variance, other.variance).sqrt(),
        }
    }
}

/// Variance, with the mass of each bin spread evenly over it.
fn variance(histogram: &Histogram, total: f64) -> f64 {
    let bins = || histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64());
    let center = |edges: &[f64]| f64::midpoint(edges[0], edges[1]);
    let mean = bins().map(|(edges, count)| count / total * center(edges)).sum::<f64>();
    bins()
        .map(|(edges, count)| count / total * ((center(edges) - mean).powi(2) + (edges[1] - edges[0]).powi(2) / 12.0))
        .sum()
}

/// Walk along a cumulative distribution that is linear in each bin.
struct Walk<'h> {
    edges: &'h [f64],
    counts: &'h [f64],
    total: f64,
    /// Number of edges that were passed.
    passed: usize,
    /// Count below the last passed edge.
    below: f64,
}

impl<'h> Walk<'h> {
    fn new(of: &Measured<'h>) -> Self {
        let (edges, counts) = (of.histogram.edges().as_f64(), of.histogram.counts().as_f64());
        Self { edges, counts, total: of.total, passed: 0, below: 0.0 }
    }

    fn next_edge(&self) -> Option<f64> {
        self.edges.get(self.passed).copied()
    }

    /// Value just below `x`, which is not beyond the next edge.
    fn value(&self, x: f64) -> f64 {
        let Some(bin) = self.passed.checked_sub(1) else { return 0.0 };
        let (Some(lo), Some(hi), Some(count)) = (self.edges.get(bin), self.edges.get(bin + 1), self.counts.get(bin))
        else {
            return 1.0;
        };
        let part = if lo < hi { ((x - lo) / (hi - lo)).clamp(0.0, 1.0) } else { 0.0 };
        (self.below + count * part) / self.total
    }

    /// Passes all edges up to `x`.
    fn pass(&mut self, x: f64) {
        while self.next_edge().is_some_and(|edge| edge <= x) {
            if let Some(count) = self.passed.checked_sub(1).and_then(|bin| self.counts.get(bin)) {
                self.below += count;
            }
            self.passed += 1;
        }
    }
}

/// Wasserstein-1 distance and Kolmogorov–Smirnov statistic.
fn gaps(a: &Measured<'_>, b: &Measured<'_>) -> (f64, f64) {
    let (mut a, mut b) = (Walk::new(a), Walk::new(b));
    let (mut w1, mut ks) = (0.0, 0.0_f64);
    let mut before: Option<(f64, f64)> = None;
    while let Some(x) = a.next_edge().into_iter().chain(b.next_edge()).reduce(f64::min) {
        let gap = a.value(x) - b.value(x);
        if let Some((start, from)) = before {
            w1 += (x - start) * mean_magnitude(from, gap);
            ks = ks.max(gap.abs());
        }
        a.pass(x);
        b.pass(x);
        let after = a.value(x) - b.value(x);
        ks = ks.max(after.abs());
        before = Some((x, after));
    }
    (w1, ks)
}

/// Mean of the magnitude of a line from `from` to `to`.
pub(super) fn mean_magnitude(from: f64, to: f64) -> f64 {
    if from * to >= 0.0 { (from + to).abs() / 2.0 } else { (from * from + to * to) / (2.0 * (from - to).abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Distances, Distribution, Edges, Numbers};
    use proptest::prelude::*;

    fn histogram(edges: &[f64], counts: &[f64]) -> Histogram {
        Histogram::new(Edges::from_f64(edges.to_vec()).unwrap(), Numbers::floats(counts.to_vec())).unwrap()
    }

    #[test]
    fn shifts_are_multiples_of_the_standard_deviation() {
        let (a, b) = (histogram(&[0.0, 1.0], &[5.0]), histogram(&[1.0, 2.0], &[7.0]));
        let (a, b) = (Measured::new(&a).unwrap(), Measured::new(&b).unwrap());
        assert!((a.distance(&b, ChangeMeasure::Wasserstein) - 12_f64.sqrt()).abs() < 1e-12);
        assert_eq!(a.distance(&b, ChangeMeasure::KolmogorovSmirnov), 1.0);
        assert_eq!(a.distance(&a, ChangeMeasure::Wasserstein), 0.0);
        assert!(Measured::new(&histogram(&[0.0, 1.0], &[0.0])).is_none());
        assert!(Measured::new(&histogram(&[0.0, 1.0, 2.0], &[3.0, -1.0])).is_none());
    }

    fn bins() -> impl Strategy<Value = Histogram> {
        let bin = (0_u8..4, prop_oneof![Just(0.0), 0.0..50.0_f64]);
        (-3.0..3.0_f64, prop::collection::vec(bin, 1..12)).prop_map(|(start, bins)| {
            let mut edges = vec![start.round()];
            edges.extend(bins.iter().scan(start.round(), |x, (width, _)| {
                *x += f64::from(*width) / 2.0;
                Some(*x)
            }));
            histogram(&edges, &bins.iter().map(|(_, count)| *count).collect::<Vec<_>>())
        })
    }

    proptest! {
        #[test]
        fn distances_equal_those_with_bounds(a in bins(), b in bins()) {
            let (Some(x), Some(y)) = (Measured::new(&a), Measured::new(&b)) else { return Ok(()) };
            let full = Distances::new(Distribution::Bins(&a), Distribution::Bins(&b));
            let (w1, ks) = gaps(&x, &y);
            prop_assert!((w1 - full.w1.value).abs() < 1e-9, "{w1} {:?}", full.w1);
            prop_assert!((ks - full.ks.value).abs() < 1e-9, "{ks} {:?}", full.ks);
        }
    }
}
