//! Ticks at round numbers.

use crate::text::{factored, number, plain, uniform};

/// Ticks of an axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ticks {
    /// Values, increasing, with their labels. All labels have the digits that the spacing needs.
    pub at: Vec<(f64, String)>,
}

impl Ticks {
    /// Returns the labels as multiples of a power of ten, and its exponent: `-1.25 0 1.25` and -4. `None` if the axis needs
    /// no factor.
    pub fn factored(&self) -> Option<(i32, Vec<String>)> {
        factored(&self.at.iter().map(|(x, _)| *x).collect::<Vec<_>>())
    }
}

/// Returns round ticks in `[lo, hi]`, spaced by 1, 2, 2.5 or 5 times a power of ten. Uses the finest spacing that gives
/// at most `most` ticks. Returns no ticks if the range is empty, reversed or not finite.
pub fn ticks(lo: f64, hi: f64, most: usize) -> Ticks {
    if !(lo < hi && lo.is_finite() && hi.is_finite()) || most == 0 {
        return Ticks::default();
    }
    let parts = most as f64;
    let width = if (hi - lo).is_finite() { (hi - lo) / parts } else { hi / parts - lo / parts };
    // Not finer than the spacing of floats at the larger end.
    let largest = lo.abs().max(hi.abs());
    let spacing = largest - largest.next_down();
    let finest = width.max(spacing).clamp(f64::from_bits(1), f64::MAX);
    let numbers = steps(finest).find_map(|step| multiples(lo, hi, step, most)).unwrap_or_default();
    let labels = uniform(&numbers);
    let mut at: Vec<(f64, String)> =
        numbers.iter().map(|(n, exponent)| number(*n, *exponent).clamp(lo, hi)).zip(labels).collect();
    at.dedup_by(|a, b| a.0 == b.0);
    Ticks { at }
}

/// Returns ticks at decades from `unit` outward, mirrored around zero, and at zero if the range contains it. Adds 2 and 5
/// between decades if at most `most` ticks result, and skips decades if there are too many. Falls back to even spacing.
pub(super) fn decades(lo: f64, hi: f64, unit: f64, most: usize) -> Ticks {
    if !(lo < hi && lo.is_finite() && hi.is_finite() && unit > 0.0) || most == 0 {
        return Ticks::default();
    }
    let outward = |limit: f64, digits: &[i128], stride: usize| -> Vec<(i128, i32)> {
        if limit < unit {
            return Vec::new();
        }
        let (first, last) = (unit.log10().floor() as i32, limit.log10().ceil() as i32);
        let on = |decade: i32| ((last - decade).unsigned_abs() as usize).is_multiple_of(stride);
        let all =
            (first..=last).filter(|decade| on(*decade)).flat_map(|decade| digits.iter().map(move |n| (*n, decade)));
        // The unit may be slightly below a decade after rounding.
        all.filter(|(n, decade)| (unit * (1.0 - 1e-12)..=limit).contains(&number(*n, *decade))).collect()
    };
    let choose = |digits: &[i128], stride: usize| {
        let negative = outward(-lo, digits, stride).into_iter().rev().map(|(n, decade)| (-n, decade));
        let zero = (lo <= 0.0 && hi >= 0.0).then_some((0, 0));
        let within = |(n, decade): &(i128, i32)| (lo..=hi).contains(&number(*n, *decade));
        negative.chain(zero).chain(outward(hi, digits, stride)).filter(within).collect::<Vec<_>>()
    };
    let fitting = std::iter::once(choose(&[1, 2, 5], 1)).chain((1..=640).map(|stride| choose(&[1], stride)));
    match fitting.into_iter().find(|numbers| numbers.len() <= most) {
        Some(numbers) if numbers.len() >= 2 => {
            let labels = decade_labels(&numbers);
            Ticks { at: numbers.into_iter().map(|(n, decade)| number(n, decade)).zip(labels).collect() }
        }
        _ => ticks(lo, hi, most),
    }
}

/// Labels of decades: plain if all are between a thousandth and a million, else all with exponents, so that they compare.
/// Zero and one are always plain.
fn decade_labels(numbers: &[(i128, i32)]) -> Vec<String> {
    let is_plain = numbers.iter().all(|(n, decade)| *n == 0 || (-3..=6).contains(decade));
    let label = |(n, decade): &(i128, i32)| match (n, decade) {
        (0, _) => "0".to_owned(),
        (n, 0) if n.abs() == 1 => n.to_string(),
        (n, decade) if is_plain => plain(*n, *decade).unwrap_or_default(),
        (n, decade) => format!("{n}e{decade}"),
    };
    numbers.iter().map(label).collect()
}

/// Spacings `n · 10^exponent` from `finest` upward, over four decades.
fn steps(finest: f64) -> impl Iterator<Item = (i128, i32)> {
    let start = finest.log10().floor() as i32 - 1;
    (start..start + 5)
        .flat_map(|e| [(1, e), (2, e), (25, e - 1), (5, e)])
        .filter(move |(n, e)| number(*n, *e) >= finest * (1.0 - 1e-9) && number(*n, *e).is_finite())
}

/// Multiples of a step in `[lo, hi]`; `None` if there are more than `most`. Ends that miss a multiple only by rounding
/// (0.1 + 0.2) include it.
fn multiples(lo: f64, hi: f64, (n, exponent): (i128, i32), most: usize) -> Option<Vec<(i128, i32)>> {
    let step = number(n, exponent);
    let (first, last) = ((lo / step - 1e-6).ceil() as i128, (hi / step + 1e-6).floor() as i128);
    let fits = usize::try_from(last - first + 1).is_ok_and(|count| count <= most);
    fits.then(|| (first..=last).map(|k| (k * n, exponent)).collect())
}
