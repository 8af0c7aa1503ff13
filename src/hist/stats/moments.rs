//! Moments of samples: mean, standard deviation, skewness, kurtosis and mean magnitude, computed in blocks and merged.

use super::scale;
use crate::hist::binning::Element;
use fearless_simd::f64x8;
use fearless_simd::prelude::*;

/// Values that are added side by side.
const LANES: usize = 8;

/// Number and moments of finite values. Moments of two sets can be merged, up to rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    /// Mean of the magnitudes; NaN if it is unknown.
    mean_abs: f64,
    /// Sums of powers of the deviations from the mean; NaN if they are unknown.
    powers: Powers,
    /// Divisor of the deviations, which prevents overflow and underflow of their powers.
    unit: f64,
}

/// Sums of the second, third and fourth powers of deviations.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Powers {
    second: f64,
    third: f64,
    fourth: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self { n: 0, mean: f64::NAN, mean_abs: f64::NAN, powers: Powers::default(), unit: 1.0 }
    }
}

impl Moments {
    /// Creates moments of `n` values from their mean and population standard deviation. The others are unknown.
    pub fn new(n: u64, mean: f64, std: f64) -> Self {
        let unit = scale(std);
        let powers = Powers { second: (std / unit).powi(2) * n as f64, third: f64::NAN, fourth: f64::NAN };
        Self { n, mean, mean_abs: f64::NAN, powers, unit }
    }

    /// Adds the other moments, as [`Moments::mean_abs`], [`Moments::skewness`] and [`Moments::kurtosis`] returned them. NaN
    /// for the last two means that all values are equal.
    #[must_use]
    pub fn with_shape(self, mean_abs: f64, skewness: f64, kurtosis: f64) -> Self {
        let (n, deviation) = (self.n as f64, self.deviation());
        let (third, fourth) = if self.is_constant() {
            (0.0, n * deviation.powi(4))
        } else {
            (skewness * n * deviation.powi(3), (kurtosis + 3.0) * n * deviation.powi(4))
        };
        Self { mean_abs, powers: Powers { third, fourth, ..self.powers }, ..self }
    }

    /// Moments of the finite values in a block. All of them must be within `[lo, hi]`; the bounds may be wider than the
    /// block. Two passes keep precision for values with a large offset.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller compiles it once per instruction set")]
    pub(crate) fn of<S: Simd, T: Element>(simd: S, block: &[T], (lo, hi): (f64, f64)) -> Self {
        let width = hi - lo;
        let (center, unit) = (lo / 2.0 + hi / 2.0, if width.is_finite() { scale(width) } else { hi / 2.0 - lo / 2.0 });
        let largest = scale(lo.abs().max(hi.abs()));
        let splat = f64x8::<S>::splat;
        let (center_lanes, unit_lanes, largest_lanes) = (splat(simd, center), splat(simd, unit), splat(simd, largest));
        let (mut all, mut magnitudes) = (splat(simd, 0.0), splat(simd, 0.0));
        let (chunks, rest) = block.as_chunks::<LANES>();
        for chunk in chunks {
            let x = T::load_f64(simd, chunk);
            all += (x - center_lanes) / unit_lanes;
            magnitudes += (x / largest_lanes).abs();
        }
        let (mut all, mut magnitudes) = (total(all), total(magnitudes));
        for x in rest {
            all += (x.to_f64() - center) / unit;
            magnitudes += (x.to_f64() / largest).abs();
        }
        if !all.is_finite() {
            return Self::of_finite(simd, block, (lo, hi));
        }
        if block.is_empty() {
            return Self::default();
        }
        let n = block.len() as f64;
        let mean = all / n;
        let mean_lanes = splat(simd, mean);
        let [mut second, mut third, mut fourth] = [splat(simd, 0.0); 3];
        for chunk in chunks {
            let deviation = (T::load_f64(simd, chunk) - center_lanes) / unit_lanes - mean_lanes;
            let square = deviation * deviation;
            second += square;
            third += square * deviation;
            fourth += square * square;
        }
        let (mut second, mut third, mut fourth) = (total(second), total(third), total(fourth));
        for x in rest {
            let deviation = (x.to_f64() - center) / unit - mean;
            let square = deviation * deviation;
            second += square;
            third += square * deviation;
            fourth += square * square;
        }
        Self {
            n: block.len() as u64,
            // Rounding can move the mean slightly out of the range.
            mean: (center + mean * unit).max(lo).min(hi),
            mean_abs: (magnitudes / n * largest).min(lo.abs().max(hi.abs())),
            powers: Powers { second, third, fourth },
            unit,
        }
    }

    /// Moments of the finite values of a block that also contains others.
    #[inline(never)]
    fn of_finite<S: Simd, T: Element>(simd: S, block: &[T], ends: (f64, f64)) -> Self {
        let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
        if finite.len() < block.len() { Self::of(simd, &finite, ends) } else { Self::default() }
    }

    /// Combines the moments of two sets of values.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.n == 0 || other.n == 0 {
            return if self.n == 0 { other } else { self };
        }
        let unit = self.unit.max(other.unit);
        let n = self.n + other.n;
        // Shares of both sets, and the distance of their means.
        let (p, q) = (self.n as f64 / n as f64, other.n as f64 / n as f64);
        let distance = other.mean / unit - self.mean / unit;
        let (a, b) = (self.powers.scaled(self.unit / unit), other.powers.scaled(other.unit / unit));
        // The pairwise update of Pébay, "Formulas for robust, one-pass parallel computation" (2008).
        let between = distance * distance * p * other.n as f64;
        let second = a.second + b.second + between;
        let third = a.third + b.third + between * distance * (p - q) + 3.0 * distance * (p * b.second - q * a.second);
        let fourth = a.fourth
            + b.fourth
            + between * distance * distance * (p * p - p * q + q * q)
            + 6.0 * distance * distance * (p * p * b.second + q * q * a.second)
            + 4.0 * distance * (p * b.third - q * a.third);
        Self {
            n,
            mean: self.mean + distance * q * unit,
            mean_abs: self.mean_abs * p + other.mean_abs * q,
            powers: Powers { second, third, fourth },
            unit,
        }
    }

    /// Mean; NaN without values.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Mean of the magnitudes; NaN without values, or if it is unknown.
    pub fn mean_abs(&self) -> f64 {
        self.mean_abs
    }

    /// Population standard deviation (ddof 0); NaN without values.
    pub fn std(&self) -> f64 {
        self.deviation() * self.unit
    }

    /// Square root of the sum of squares; 0 without values.
    pub fn l2(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.mean.hypot(self.std()) * (self.n as f64).sqrt() }
    }

    /// Skewness as in `scipy.stats.skew`: biased. NaN if all values are equal, or if it is unknown.
    pub fn skewness(&self) -> f64 {
        if self.is_constant() { f64::NAN } else { self.powers.third / self.n as f64 / self.deviation().powi(3) }
    }

    /// Excess kurtosis as in `scipy.stats.kurtosis`: biased. NaN if all values are equal, or if it is unknown.
    pub fn kurtosis(&self) -> f64 {
        if self.is_constant() { f64::NAN } else { self.powers.fourth / self.n as f64 / self.deviation().powi(4) - 3.0 }
    }

    /// Standard deviation in units.
    fn deviation(&self) -> f64 {
        (self.powers.second / self.n as f64).sqrt()
    }

    /// Returns true if rounding hides the shape, by the limit of `scipy.stats`.
    fn is_constant(&self) -> bool {
        self.n == 0 || self.std() <= f64::EPSILON * self.mean.abs()
    }
}

impl Powers {
    /// Converts to a unit that is `1 / ratio` times as large.
    fn scaled(self, ratio: f64) -> Self {
        let Self { second, third, fourth } = self;
        Self { second: second * ratio.powi(2), third: third * ratio.powi(3), fourth: fourth * ratio.powi(4) }
    }
}

/// Adds all lanes, in the same order with any instruction set.
#[inline(always)]
#[expect(clippy::inline_always, reason = "vectors are passed in registers only within one instruction set")]
fn total<S: Simd>(lanes: f64x8<S>) -> f64 {
    lanes.as_slice().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fearless_simd::{Level, dispatch};

    fn in_block(values: &[f64], ends: (f64, f64)) -> Moments {
        dispatch!(Level::new(), simd => Moments::of(simd, values, ends))
    }

    fn of(values: &[f64]) -> Moments {
        let (lo, hi) = values.iter().fold((f64::MAX, f64::MIN), |(lo, hi), x| (x.min(lo), x.max(hi)));
        in_block(values, (lo, hi))
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
        let parts = values.chunks(333).map(|part| in_block(part, ends)).fold(Moments::default(), Moments::merge);
        assert!((parts.mean() - (1e9 + 0.5)).abs() < 1e-6 && (parts.std() - 0.5).abs() < 1e-9);
        let whole = in_block(&values, ends);
        assert_eq!((whole.mean(), whole.std()), (1e9 + 0.5, 0.5));
        let rebuilt = Moments::new(100_000, whole.mean(), whole.std());
        assert_eq!((rebuilt.mean(), rebuilt.std()), (1e9 + 0.5, 0.5));
    }

    #[test]
    fn moments_are_rebuilt_from_their_values() {
        let (one, other) = (of(&[1.0, 2.0, 2.0, 9.0]), of(&[-3.0, 0.5]));
        for part in [one, other, of(&[7.0; 5])] {
            let rebuilt = Moments::new(part.n, part.mean(), part.std());
            assert!(rebuilt.kurtosis().is_nan() && rebuilt.mean_abs().is_nan(), "unknown");
            let rebuilt = rebuilt.with_shape(part.mean_abs(), part.skewness(), part.kurtosis());
            for (a, b) in [(part.merge(one), rebuilt.merge(one)), (part.merge(other), rebuilt.merge(other))] {
                for value in [Moments::mean, Moments::std, Moments::mean_abs, Moments::skewness, Moments::kurtosis] {
                    assert!((value(&a) - value(&b)).abs() < 1e-12, "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn values_that_are_not_finite_are_ignored() {
        let mixed = in_block(&[f64::NAN, 1.0, f64::INFINITY, 3.0], (1.0, 3.0));
        assert_eq!((mixed.mean(), mixed.std()), (2.0, 1.0));
        let none = in_block(&[f64::NAN], (0.0, 0.0));
        assert!(none.mean().is_nan() && none.std().is_nan());
    }
}
