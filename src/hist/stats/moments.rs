//! Mean and standard deviation of samples, computed in blocks and merged.

use super::scale;
use crate::hist::binning::Element;

/// Number of independent accumulators, which the processor updates in parallel.
const LANES: usize = 8;

/// Number, mean and standard deviation of finite values. Moments of two sets can be merged, up to rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    /// Sum of the squared deviations from the mean, in units of `unit`².
    squares: f64,
    /// Divisor that prevents overflow and underflow of the squares.
    unit: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { n: 0, mean: f64::NAN, squares: 0.0, unit: 1.0 }
    }
}

impl Moments {
    /// Creates moments of `n` values from their mean and population standard deviation.
    pub fn new(n: u64, mean: f64, std: f64) -> Self {
        let unit = scale(std);
        Self { n, mean, squares: (std / unit).powi(2) * n as f64, unit }
    }

    /// Moments of the finite values in a block. All of them must be within `[lo, hi]`; the bounds may be wider than the
    /// block. Two passes keep precision for values with a large offset.
    pub(crate) fn of<T: Element>(block: &[T], (lo, hi): (f64, f64)) -> Self {
        let width = hi - lo;
        let (center, unit) = (lo / 2.0 + hi / 2.0, if width.is_finite() { scale(width) } else { hi / 2.0 - lo / 2.0 });
        let all = sum(block, |x| (x - center) / unit);
        if !all.is_finite() {
            let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
            return if finite.len() < block.len() { Self::of(&finite, (lo, hi)) } else { Self::default() };
        }
        if block.is_empty() {
            return Self::default();
        }
        let n = block.len() as f64;
        let mean = all / n;
        let squares = sum(block, |x| ((x - center) / unit - mean).powi(2));
        // Rounding can move the mean slightly out of the range.
        Self { n: block.len() as u64, mean: (center + mean * unit).max(lo).min(hi), squares, unit }
    }

    /// Combines the moments of two sets of values.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.n == 0 || other.n == 0 {
            return if self.n == 0 { other } else { self };
        }
        let unit = self.unit.max(other.unit);
        let (n, a, b) = (self.n + other.n, self.n as f64, other.n as f64);
        let difference = other.mean / unit - self.mean / unit;
        let scaled = |of: Self| of.squares * (of.unit / unit).powi(2);
        let squares = scaled(self) + scaled(other) + difference * difference * (a / n as f64) * b;
        Self { n, mean: self.mean + difference * (b / n as f64) * unit, squares, unit }
    }

    /// Mean; NaN without values.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Population standard deviation (ddof 0); NaN without values.
    pub fn std(&self) -> f64 {
        (self.squares / self.n as f64).sqrt() * self.unit
    }
}

fn sum<T: Element>(values: &[T], term: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += term(x.to_f64());
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|x| term(x.to_f64())).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Moments {
        let (lo, hi) = values.iter().fold((f64::MAX, f64::MIN), |(lo, hi), x| (x.min(lo), x.max(hi)));
        Moments::of(values, (lo, hi))
    }

    #[test]
    fn huge_and_tiny_values_neither_overflow_nor_underflow() {
        let huge = of(&[-f64::MAX, f64::MAX, f64::MAX, f64::MAX]);
        assert_eq!(huge.mean(), f64::MAX / 2.0);
        assert!((huge.std() / f64::MAX - 0.75_f64.sqrt()).abs() < 1e-15);
        let halves = of(&[-f64::MAX, f64::MAX]).merge(of(&[f64::MAX, f64::MAX]));
        assert!((halves.std() / huge.std() - 1.0).abs() < 1e-15 && (halves.mean() / huge.mean() - 1.0).abs() < 1e-15);
        let tiny = of(&[-1e-250, 1e-250]);
        assert!((tiny.std() / 1e-250 - 1.0).abs() < 1e-12);
        let constant = of(&[0.1; 701]);
        assert_eq!((constant.mean(), constant.std()), (0.1, 0.0));
    }

    #[test]
    fn large_offsets_keep_precision_in_any_split() {
        let values: Vec<f64> = (0..100_000).map(|i| 1e9 + f64::from(i % 2)).collect();
        let ends = (1e9, 1e9 + 1.0);
        let parts = values.chunks(333).map(|part| Moments::of(part, ends)).fold(Moments::default(), Moments::merge);
        assert!((parts.mean() - (1e9 + 0.5)).abs() < 1e-6 && (parts.std() - 0.5).abs() < 1e-9);
        let whole = Moments::of(&values, ends);
        assert_eq!((whole.mean(), whole.std()), (1e9 + 0.5, 0.5));
        let rebuilt = Moments::new(100_000, whole.mean(), whole.std());
        assert_eq!((rebuilt.mean(), rebuilt.std()), (1e9 + 0.5, 0.5));
    }

    #[test]
    fn values_that_are_not_finite_are_ignored() {
        let mixed = Moments::of(&[f64::NAN, 1.0, f64::INFINITY, 3.0], (1.0, 3.0));
        assert_eq!((mixed.mean(), mixed.std()), (2.0, 1.0));
        let none = Moments::of(&[f64::NAN], (0.0, 0.0));
        assert!(none.mean().is_nan() && none.std().is_nan());
    }
}
