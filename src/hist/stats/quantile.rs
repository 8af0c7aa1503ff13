//! Quantiles by numpy's linear method, by selection instead of a full sort.

use crate::hist::binning::{Element, Outer};
use std::cmp::Ordering;

/// One quantile of samples without NaN; NaN of none. Reorders the samples.
pub(crate) fn quantile<T: Element>(values: &mut [T], p: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let place = last as f64 * p;
    let below = (place.floor() as usize).min(last);
    let order = |a: &T, b: &T| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    let (_, a, above) = values.select_nth_unstable_by(below, order);
    let a = *a;
    let b = above.iter().copied().min_by(order).unwrap_or(a);
    between(a, b, place - below as f64)
}

/// numpy's interpolation, which is exact at both ends.
pub(crate) fn between<T: Element>(a: T, b: T, t: f64) -> f64 {
    let gap = Outer { lo: a.number(), hi: b.number(), own: !T::INTEGER }.width::<T>();
    let (a, b) = (a.to_f64(), b.to_f64());
    if gap.is_infinite() {
        return a * (1.0 - t) + b * t;
    }
    if t < 0.5 { a + gap * t } else { b - gap * (1.0 - t) }
}
