//! Rules for data that is only available as bins: numpy's formulas on estimates from the bins.

use super::Rule;
use crate::hist::{Edges, Histogram, MAX_BINS, Rounding, Segment, quantile_in_bins, rebin, uniform_edges};

/// Number of bins that a rule gives, estimated from a histogram: at least 1, saturated at `u64::MAX`.
///
/// Standard deviation and skewness come from bin centers, and quartiles are interpolated inside bins. `stone`
/// redistributes the counts.
pub fn rule_bins_of_histogram(histogram: &Histogram, rule: Rule) -> u64 {
    let Some(estimates) = Estimates::of(histogram) else { return 1 };
    let width = estimates.width(histogram, rule);
    if width > 0.0 { (((estimates.hi - estimates.lo) / width).ceil() as u64).max(1) } else { 1 }
}

/// Inputs of the formulas.
struct Estimates {
    n: f64,
    lo: f64,
    hi: f64,
    std: f64,
    skewness: f64,
}

impl Estimates {
    /// Returns `None` unless the total is positive and the range is finite and not empty.
    fn of(histogram: &Histogram) -> Option<Self> {
        let edges = histogram.edges();
        let at = edges.as_f64();
        let counts = histogram.counts().as_f64();
        let Segment { lo, hi } = Segment::of_finite(at)?;
        let n: f64 = counts.iter().filter(|count| **count > 0.0).sum();
        if !(n > 0.0 && hi > lo && (hi - lo).is_finite()) {
            return None;
        }
        let centers = at.windows(2).map(|pair| pair[0].max(lo) / 2.0 + pair[1].min(hi) / 2.0);
        let weighted: Vec<(f64, f64)> = centers.zip(counts.iter().copied()).filter(|(_, count)| *count > 0.0).collect();
        let moment = |about: f64, power: i32| {
            weighted.iter().map(|(x, count)| (x - about).powi(power) * (count / n)).sum::<f64>()
        };
        let mean = moment(0.0, 1);
        let std = moment(mean, 2).sqrt();
        let skewness = if std > 0.0 { moment(mean, 3) / std.powi(3) } else { 0.0 };
        Some(Self { n, lo, hi, std, skewness })
    }

    fn width(&self, histogram: &Histogram, rule: Rule) -> f64 {
        let (n, span) = (self.n, self.hi - self.lo);
        match rule {
            Rule::Sqrt => span / n.sqrt(),
            Rule::Sturges => span / (n.log2() + 1.0),
            Rule::Rice => span / (2.0 * n.cbrt()),
            Rule::Scott => (24.0 * std::f64::consts::PI.sqrt() / n).cbrt() * self.std,
            Rule::Doane if n > 2.0 && self.std > 0.0 => {
                let spread = (6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0))).sqrt();
                span / (1.0 + n.log2() + (1.0 + self.skewness.abs() / spread).log2())
            }
            Rule::Doane => 0.0,
            Rule::Fd => {
                let quartile = |p| quantile_in_bins(histogram, p).unwrap_or(f64::NAN);
                2.0 * (quartile(0.75) - quartile(0.25)) / n.cbrt()
            }
            Rule::Auto => {
                let width = |rule| self.width(histogram, rule);
                width(Rule::Fd).max(width(Rule::Sqrt) / 2.0).min(width(Rule::Sturges))
            }
            Rule::Stone => self.stone(histogram),
        }
    }

    /// Width for the number of bins with the smallest estimated loss; the first of several.
    fn stone(&self, histogram: &Histogram) -> f64 {
        let most = (self.n.sqrt() as usize).clamp(100, MAX_BINS);
        let loss = |bins: usize, edges: Edges| {
            let spread = rebin(histogram, &edges, Rounding::Fractional).histogram;
            let squares: f64 = spread.counts().as_f64().iter().map(|count| (count / self.n).powi(2)).sum();
            (2.0 - (self.n + 1.0) * squares) * bins as f64
        };
        let losses = (1..=most).filter_map(|n| Some((n, loss(n, uniform_edges(self.lo, self.hi, n).ok()?))));
        let best = losses.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(1, |(n, _)| n);
        (self.hi - self.lo) / best as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Bins, Samples, histogram, rule_bins};

    /// Approximately normal samples: sums of twelve uniform numbers.
    fn samples() -> Samples {
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        Samples::F64((0..5000).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect())
    }

    #[test]
    fn rules_give_nearly_the_same_for_fine_bins_and_samples() {
        let samples = samples();
        let fine = histogram(&samples, &Bins::Count(512), None).unwrap();
        for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Stone) {
            let (bins, exact) = (rule_bins_of_histogram(&fine, rule) as f64, rule_bins(&samples, rule, None).unwrap());
            assert!((bins - exact as f64).abs() <= exact as f64 * 0.05 + 1.0, "{}: {bins} for {exact}", rule.name());
        }
    }

    #[test]
    fn an_empty_histogram_gives_one_bin() {
        let empty = histogram(&Samples::F64(vec![]), &Bins::Count(4), None).unwrap();
        assert!(Rule::ALL.into_iter().all(|rule| rule_bins_of_histogram(&empty, rule) == 1));
    }
}
