//! Quantiles: of samples by numpy's linear method, of a histogram by interpolation inside bins.

use crate::hist::Histogram;
use crate::hist::binning::{Element, Outer};
use std::cmp::Ordering;

/// Value below which a share `p` of the total is, if counts are spread evenly inside their bins.
///
/// Returns `None` unless the total is positive. An unbounded bin gives its finite edge. Negative counts are treated as 0.
pub fn quantile_in_bins(histogram: &Histogram, p: f64) -> Option<f64> {
    let counts = || histogram.counts().as_f64().iter().map(|count| count.max(0.0));
    let total: f64 = counts().sum();
    let target = p.clamp(0.0, 1.0) * total;
    let mut below = 0.0;
    let mut last = None;
    for (count, bin) in counts().zip(histogram.edges().as_f64().windows(2)).filter(|(count, _)| *count > 0.0) {
        let (lo, hi) = (bin[0], bin[1]);
        let at = |part: f64| match (lo.is_finite(), hi.is_finite()) {
            (true, true) => lo * (1.0 - part) + hi * part,
            (true, false) => lo,
            _ => hi,
        };
        if below + count >= target {
            return Some(at((target - below) / count)).filter(|x| x.is_finite());
        }
        below += count;
        last = Some(at(1.0));
    }
    last.filter(|x| x.is_finite())
}

/// Quantile of samples without NaN, by selection instead of a full sort; NaN without samples. Reorders the samples.
pub(crate) fn quantile<T: Element>(values: &mut [T], p: f64) -> f64 {
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let rank = last as f64 * p;
    let below = (rank.floor() as usize).min(last);
    let order = |a: &T, b: &T| a.partial_cmp(b).unwrap_or(Ordering::Equal);
    let (_, a, above) = values.select_nth_unstable_by(below, order);
    let a = *a;
    let b = above.iter().copied().min_by(order).unwrap_or(a);
    between(a, b, rank - below as f64)
}

/// Interpolates like numpy, exact at both ends: `t` = 0 gives `a`, and `t` = 1 gives `b`.
pub(crate) fn between<T: Element>(a: T, b: T, t: f64) -> f64 {
    let gap = Outer { lo: a.number(), hi: b.number(), own: !T::INTEGER }.width::<T>();
    let (a, b) = (a.to_f64(), b.to_f64());
    if gap.is_infinite() {
        return a * (1.0 - t) + b * t;
    }
    if t < 0.5 { a + gap * t } else { b - gap * (1.0 - t) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    #[test]
    fn quantiles_interpolate_inside_bins() {
        let edges = Edges::from_f64(vec![0.0, 1.0, 2.0, 4.0]).unwrap();
        let histogram = Histogram::new(edges, Numbers::ints([1, 0, 1])).unwrap();
        let at = |p| quantile_in_bins(&histogram, p);
        assert_eq!([at(0.0), at(0.25), at(0.5), at(0.75), at(1.0)], [0.0, 0.5, 1.0, 3.0, 4.0].map(Some));
    }

    #[test]
    fn an_empty_histogram_has_no_quantiles() {
        let edges = Edges::from_f64(vec![0.0, 1.0]).unwrap();
        assert_eq!(quantile_in_bins(&Histogram::new(edges, Numbers::ints([0])).unwrap(), 0.5), None);
    }
}
