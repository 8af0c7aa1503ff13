//! Integers and quantized values: numbers that are all on a grid of equally spaced points.

use super::{Edges, Range, Segment};
use crate::text::format_value;

/// Largest number of points between the smallest and the largest value.
const MAX_POINTS: f64 = 1e6;

/// Equally spaced points that contain all values of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice {
    /// A point; zero if it is one of them.
    pub offset: f64,
    /// Distance of two neighbors, positive.
    pub step: f64,
}

impl Lattice {
    /// Finds the coarsest grid of some distinct values in increasing order. `tolerance` bounds the rounding error of each
    /// value. `None` for fewer than three values, or if the grid is so fine that any value would be near it.
    ///
    /// ```
    /// use rebin::hist::Lattice;
    ///
    /// let lattice = Lattice::find(&[-0.02, 0.01, 0.05, 0.06], 1e-16).expect("multiples");
    /// assert_eq!(lattice, Lattice { offset: 0.0, step: 0.01 });
    /// ```
    pub fn find(values: &[f64], tolerance: f64) -> Option<Self> {
        let (first, last) = (*values.first()?, *values.last()?);
        if values.iter().all(|x| x.fract() == 0.0 && x.abs() < 9e15) {
            return Self::of_integers(values);
        }
        if values.len() < 3 {
            return None;
        }
        let span = last - first;
        let differences = || values.windows(2).map(|pair| pair[1] - pair[0]).filter(|d| *d > 2.0 * tolerance);
        let is_coarse = |step: f64| step >= 64.0 * tolerance && span / step <= MAX_POINTS;
        let mut step = differences().fold(f64::INFINITY, f64::min);
        for difference in differences() {
            if !is_coarse(step) {
                return None;
            }
            step = common(difference, step, tolerance);
        }
        // The distance of far points gives more digits.
        let mut most = 0.0;
        for x in values {
            let count = ((x - first) / step).round();
            if ((x - first) - count * step).abs() > step / 4.0 {
                return None;
            }
            if count > most {
                (step, most) = ((x - first) / count, count);
            }
        }
        let step = simplest(step, 2.0 * tolerance / most);
        let from_zero = (first / step).round();
        let error = 4.0 * tolerance + from_zero.abs() * tolerance / most;
        let offset = if (first - from_zero * step).abs() <= error { 0.0 } else { simplest(first, tolerance) };
        let found = Self { offset, step };
        (is_coarse(step) && values.iter().all(|x| found.contains(*x, tolerance))).then_some(found)
    }

    /// The grid of whole numbers.
    fn of_integers(values: &[f64]) -> Option<Self> {
        let first = *values.first()? as i64;
        let step = values.iter().fold(0, |step, x| greatest_common_divisor(step, *x as i64 - first));
        // Two values are always on a grid of their distance.
        let step = if values.len() < 3 { 1 } else { step.max(1) };
        Some(Self { offset: (first % step) as f64, step: step as f64 })
    }

    /// Returns true if a value is on the grid, up to its rounding error.
    pub fn contains(&self, x: f64, tolerance: f64) -> bool {
        let place = (x - self.offset) / self.step;
        (place - place.round()).abs() * self.step <= 8.0 * tolerance + self.step * 1e-9
    }

    /// Number of points from the one nearest to `lo` to the one nearest to `hi`.
    pub fn points(&self, lo: f64, hi: f64) -> u64 {
        (((hi - lo) / self.step).round().max(0.0) as u64).saturating_add(1)
    }

    /// Smallest and largest number of points in the bins between two values, if bins have different numbers of points. Such
    /// bins show a comb that is not in the data. `None` if all have equally many, or more than twenty each, where one more is invisible.
    pub fn combing(&self, edges: &Edges, values: Segment) -> Option<(u64, u64)> {
        let at = edges.as_f64();
        // Number of points less than an edge, of a grid that continues on both sides of the values.
        let below = |x: f64| ((x - values.lo) / self.step - 1e-6).ceil();
        let (first, last) = (at.partition_point(|x| *x <= values.lo), at.partition_point(|x| *x < values.hi));
        let inner = at.get(first.saturating_sub(1)..(last + 1).min(at.len()))?;
        let is_last = last + 1 >= at.len();
        let count = |(i, pair): (usize, &[f64])| {
            // The last bin is closed.
            let is_closed = is_last && i + 2 == inner.len();
            let end = if is_closed { pair[1] + self.step * 1e-3 } else { pair[1] };
            (below(end) - below(pair[0])) as u64
        };
        let counts: Vec<u64> = inner.windows(2).enumerate().map(count).collect();
        let (least, most) = (*counts.iter().min()?, *counts.iter().max()?);
        (counts.len() > 1 && least < most && least < 20).then_some((least, most))
    }

    /// Bins with equally many points each, nearest to `bins` in number: their number, their range between points, and the
    /// number of points in each. At most `most` bins.
    pub fn bins(&self, values: Segment, bins: usize, most: usize) -> (usize, Range, u64) {
        let points = self.points(values.lo, values.hi);
        let per_bin =
            ((points as f64 / bins.max(1) as f64).round() as u64).max(points.div_ceil(most.max(1) as u64)).max(1);
        let n = points.div_ceil(per_bin);
        let lo = values.lo - self.step / 2.0;
        let hi = lo + n as f64 * per_bin as f64 * self.step;
        let [lo, hi] = [lo, hi].map(|end| simplest(end, self.step * 1e-3));
        (n as usize, Range::floats(lo, hi), per_bin)
    }

    /// Describes the grid: `integers`, `multiples of 0.25` or `0.1 + multiples of 0.25`.
    pub fn describe(&self) -> String {
        let text = |x: f64| format_value(x, 0.0);
        match (self.offset, self.step) {
            (0.0, 1.0) => "integers".into(),
            (0.0, step) => format!("multiples of {}", text(step)),
            (offset, step) => format!("{} + multiples of {}", text(offset), text(step)),
        }
    }
}

/// Common divisor of two distances, up to rounding.
fn common(a: f64, b: f64, tolerance: f64) -> f64 {
    let count = (a / b).round();
    let (mut a, mut b) = (b, (a - count * b).abs());
    // Each multiple adds the error of the divisor.
    let mut error = 4.0 * tolerance * (count + 1.0);
    while b > error {
        let count = (a / b).round();
        (a, b) = (b, (a - count * b).abs());
        error *= 2.0;
    }
    a
}

fn greatest_common_divisor(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Shortest decimal number within a distance.
fn simplest(x: f64, distance: f64) -> f64 {
    let rounded = (0..16).map(|digits| format!("{x:.digits$e}").parse().unwrap_or(x));
    rounded.into_iter().find(|short: &f64| (short - x).abs() <= distance).unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::uniform_edges;

    fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        values
    }

    fn chance(n: usize) -> impl Iterator<Item = f64> {
        (0..n).scan(7_u64, |state, _| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((*state >> 11) as f64 / (1_u64 << 53) as f64)
        })
    }

    #[test]
    fn quantized_values_are_found() {
        let found = |values: Vec<f64>, tolerance| Lattice::find(&sorted(values), tolerance);
        let on = |offset, step| Some(Lattice { offset, step });
        // int8 weights, as f32 and with an offset.
        let weights = chance(500).map(|x| f64::from(((x * 255.0).floor() as f32 - 128.0) * 0.007_812_5)).collect();
        assert_eq!(found(weights, 1e-7), on(0.0, 0.007_812_5));
        let scaled: Vec<f64> = chance(500).map(|x| f64::from((x * 255.0).floor() as f32 * 0.003_17_f32)).collect();
        assert!((found(scaled, 1e-7).unwrap().step - 0.003_17).abs() < 1e-9);
        assert_eq!(found(chance(300).map(|x| (x * 100.0).round() / 100.0).collect(), 2e-16), on(0.0, 0.01));
        assert_eq!(
            found(chance(300).map(|x| (x * 1e4).round() / 10.0 + 0.05).collect(), 4e-13),
            on(0.05, 0.1).map(|lattice| Lattice {
                offset: found(chance(300).map(|x| (x * 1e4).round() / 10.0 + 0.05).collect(), 4e-13).unwrap().offset,
                ..lattice
            })
        );
        assert_eq!(found(chance(300).map(|x| (x * 512.0).floor()).collect(), 1e-13), on(0.0, 1.0));
        assert_eq!(found(chance(300).map(|x| (x * 50.0).floor() * 3.0 + 1.0).collect(), 1e-13), on(1.0, 3.0));
        assert_eq!(found(vec![0.0, 7.0], 1e-15), on(0.0, 1.0));
    }

    #[test]
    fn other_values_are_not_on_a_grid() {
        for n in [3, 5, 20, 100, 5000] {
            assert_eq!(Lattice::find(&sorted(chance(n)), 2e-16), None, "{n}");
            let narrow = sorted(chance(n).map(|x| f64::from(x as f32)));
            assert_eq!(Lattice::find(&narrow, 2e-7), None, "{n} of f32");
        }
        assert_eq!(Lattice::find(&[0.5, 0.7], 1e-16), None);
        assert_eq!(Lattice::find(&[], 1e-16), None);
        let lattice = Lattice { offset: 0.0, step: 0.01 };
        assert!(lattice.contains(0.07, 1e-17) && !lattice.contains(0.075, 1e-17));
    }

    /// Bins that cut across the grid have unequal numbers of points.
    #[test]
    fn combing_bins_are_replaced_by_bins_between_points() {
        let (lattice, values) = (Lattice { offset: 0.0, step: 1.0 }, Segment { lo: 0.0, hi: 255.0 });
        let combing = |lo, hi, n| lattice.combing(&uniform_edges(lo, hi, n).unwrap(), values);
        assert_eq!(combing(0.0, 255.0, 100), Some((2, 3)));
        assert_eq!(combing(0.0, 255.0, 400), Some((0, 1)));
        assert_eq!(combing(-0.5, 255.5, 64), None);
        assert_eq!(combing(0.0, 255.0, 7), None, "one more of 36 is invisible");
        assert_eq!(lattice.bins(values, 64, 512), (64, Range::floats(-0.5, 255.5), 4));
        assert_eq!(lattice.bins(values, 512, 512), (256, Range::floats(-0.5, 255.5), 1));
        let (n, range, points) = lattice.bins(Segment { lo: 0.0, hi: 1000.0 }, 512, 512);
        assert_eq!((n, range, points), (501, Range::floats(-0.5, 1001.5), 2));
        let edges = uniform_edges(-0.5, 1001.5, 501).unwrap();
        assert_eq!(lattice.combing(&edges, Segment { lo: 0.0, hi: 1000.0 }), None);
        assert_eq!(lattice.describe(), "integers");
        assert_eq!(Lattice { offset: 0.0, step: 0.25 }.describe(), "multiples of 0.25");
        assert_eq!(Lattice { offset: 0.1, step: 0.25 }.describe(), "0.1 + multiples of 0.25");
    }
}
