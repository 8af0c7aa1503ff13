//! Edges that are equally spaced on a logarithmic or symlog axis.

use super::binning::BIN_LIMIT;
use super::scale::{Scale, unit};
use super::{
    Edges, Error, Histogram, Rounding, Rule, Segment, python_repr, rebin, rule_bins_of_histogram, uniform_edges,
};

/// Edges of `n` bins over `[lo, hi]` that are equally spaced on an axis with this scale. The outer edges are `lo` and `hi`.
///
/// - [`Scale::Linear`] gives [`uniform_edges`].
/// - [`Scale::Log`] gives `numpy.geomspace(lo, hi, n + 1)`, up to the last bit of numpy's `power`. The range must be positive.
/// - [`Scale::Symlog`] gives equally spaced values of `sign(x)·ln(1 + |x|/u)`, where `u` is one thousandth of the largest
///   magnitude, as on the axis.
///
/// If `lo == hi`, the range is widened by one half on both sides; for [`Scale::Log`], it is halved and doubled.
///
/// # Errors
/// Those of [`uniform_edges`], and [`Error::NotPositive`] for [`Scale::Log`].
///
/// # Examples
/// ```
/// use rebin::hist::scale::Scale;
/// use rebin::hist::spaced_edges;
///
/// let edges = spaced_edges(Scale::Log, 0.001, 1000.0, 6)?;
/// assert_eq!(edges.as_f64(), [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]);
/// # Ok::<(), rebin::hist::Error>(())
/// ```
pub fn spaced_edges(scale: Scale, lo: f64, hi: f64, n: usize) -> Result<Edges, Error> {
    if n < 1 {
        return Err(Error::BinsNotPositive);
    }
    if n > BIN_LIMIT {
        return Err(Error::BinLimit { bins: n as u64, limit: BIN_LIMIT });
    }
    if lo > hi {
        return Err(Error::RangeReversed);
    }
    if !(lo.is_finite() && hi.is_finite()) {
        return Err(Error::RangeNotFinite(python_repr(lo), python_repr(hi)));
    }
    if scale == Scale::Log && lo <= 0.0 {
        return Err(Error::NotPositive);
    }
    let (lo, hi) = match scale {
        Scale::Log if lo == hi => ((lo / 2.0).max(f64::from_bits(1)), (hi * 2.0).min(f64::MAX)),
        Scale::Symlog if lo == hi => (lo - 0.5, hi + 0.5),
        _ => (lo, hi),
    };
    let inner = match scale {
        Scale::Linear => return uniform_edges(lo, hi, n),
        Scale::Log => {
            let (from, to) = (lo.log10(), hi.log10());
            let step = (to - from) / n as f64;
            (1..n).map(|i| 10_f64.powf(i as f64 * step + from)).collect::<Vec<f64>>()
        }
        Scale::Symlog => {
            let transform = Transform::new(scale, lo, hi);
            let (from, to) = (transform.apply(lo), transform.apply(hi));
            let step = (to - from) / n as f64;
            // A sum that should be zero is often only nearly zero.
            let snapped = |at: f64| if at.abs() < step * 1e-9 { 0.0 } else { at };
            (1..n).map(|i| transform.invert(snapped(i as f64 * step + from))).collect()
        }
    };
    let edges: Vec<f64> = [lo].into_iter().chain(inner).chain([hi]).collect();
    if edges.windows(2).any(|pair| pair[0].partial_cmp(&pair[1]) != Some(std::cmp::Ordering::Less)) {
        return Err(Error::TooManyBins(n));
    }
    Edges::from_f64(edges)
}

/// Monotone map of values to an axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Transform {
    scale: Scale,
    unit: f64,
}

impl Transform {
    /// Map for an axis from `lo` to `hi`.
    pub(crate) fn new(scale: Scale, lo: f64, hi: f64) -> Self {
        Self { scale, unit: unit(lo, hi) }
    }

    /// Place of a value on the axis; not finite if the axis does not contain the value.
    pub(crate) fn apply(self, x: f64) -> f64 {
        match self.scale {
            Scale::Linear => x,
            Scale::Log => x.log10(),
            Scale::Symlog => (x.abs() / self.unit).ln_1p().copysign(x),
        }
    }

    /// Value at a place.
    fn invert(self, at: f64) -> f64 {
        match self.scale {
            Scale::Linear => at,
            Scale::Log => 10_f64.powf(at),
            Scale::Symlog => (at.abs().exp_m1() * self.unit).copysign(at) + 0.0,
        }
    }
}

/// Range of the bins of a histogram on an axis: all bins, or for [`Scale::Log`] those with positive edges. `None` without
/// any.
pub fn spaced_range(scale: Scale, edges: &[f64]) -> Option<Segment> {
    let positive = if scale == Scale::Log { edges.partition_point(|edge| *edge <= 0.0) } else { 0 };
    Segment::of_finite(edges.get(positive..)?)
}

/// Number of bins that a rule gives on an axis, estimated from a histogram like [`rule_bins_of_histogram`]: the rule is
/// applied to the places of the values on the axis.
pub fn spaced_rule_bins(histogram: &Histogram, rule: Rule, scale: Scale, range: Segment) -> u64 {
    transformed(histogram, scale, range).map_or(1, |histogram| rule_bins_of_histogram(&histogram, rule))
}

/// Histogram whose edges are the places of the edges on an axis. Counts out of the range are left out.
fn transformed(histogram: &Histogram, scale: Scale, range: Segment) -> Option<Histogram> {
    let transform = Transform::new(scale, range.lo, range.hi);
    let edges = histogram.edges().within(range.lo, range.hi)?;
    let inside = rebin(histogram, &edges, Rounding::Fractional).histogram;
    let places = edges.as_f64().iter().map(|edge| transform.apply(*edge)).collect();
    Histogram::new(Edges::from_f64(places).ok()?, inside.counts().clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::Numbers;

    #[test]
    fn edges_are_equally_spaced_on_the_axis() {
        for (lo, hi) in [(1e-6, 1.0), (3.0, 5.0), (1e-300, 1e300), (1e-300, 1.0), (-0.11, 9.0), (-2.0, 2.0), (0.0, 7.0)]
        {
            for scale in [Scale::Log, Scale::Symlog].into_iter().filter(|scale| *scale == Scale::Symlog || lo > 0.0) {
                for n in [1, 2, 7, 64, 511, 512] {
                    let edges = spaced_edges(scale, lo, hi, n).unwrap();
                    assert_eq!((edges.as_f64()[0], edges.as_f64()[n]), (lo, hi));
                    for (i, edge) in edges.as_f64().iter().enumerate() {
                        let position = scale.position(*edge, lo, hi);
                        assert!(
                            (position - i as f64 / n as f64).abs() < 1e-9,
                            "{scale:?} [{lo}, {hi}] {i}: {position}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn symmetric_ranges_have_an_edge_at_zero() {
        for n in (2..=512).step_by(2) {
            assert_eq!(spaced_edges(Scale::Symlog, -0.3, 0.3, n).unwrap().as_f64()[n / 2].to_bits(), 0);
        }
    }

    #[test]
    fn invalid_ranges_are_rejected() {
        let log = |lo, hi, n| spaced_edges(Scale::Log, lo, hi, n).map(|edges| edges.as_f64().to_vec());
        assert_eq!(log(0.0, 1.0, 4), Err(Error::NotPositive));
        assert_eq!(log(2.0, 1.0, 4), Err(Error::RangeReversed));
        assert_eq!(log(1.0, 2.0, 0), Err(Error::BinsNotPositive));
        assert_eq!(log(1.0, 1.0_f64.next_up(), 4), Err(Error::TooManyBins(4)));
        assert!(matches!(log(1.0, f64::INFINITY, 4), Err(Error::RangeNotFinite(..))));
        assert_eq!(log(4.0, 4.0, 1), Ok(vec![2.0, 8.0]));
        assert_eq!(log(f64::MAX, f64::MAX, 1), Ok(vec![f64::MAX / 2.0, f64::MAX]));
        assert_eq!(log(5e-324, 5e-324, 1), Ok(vec![5e-324, 1e-323]));
        assert_eq!(spaced_edges(Scale::Symlog, 1e26, 1e26, 1), Err(Error::TooManyBins(1)), "like numpy's 1e26 ± 0.5");
        assert_eq!(spaced_edges(Scale::Symlog, 0.0, 0.0, 2).unwrap().as_f64(), [-0.5, 0.0, 0.5]);
        assert_eq!(spaced_edges(Scale::Linear, 0.0, 1.0, 2).unwrap(), uniform_edges(0.0, 1.0, 2).unwrap());
    }

    #[test]
    fn bins_that_the_axis_does_not_contain_are_left_out() {
        let edges = Edges::from_f64(vec![-1.0, 0.0, 1.0, 10.0, 100.0]).unwrap();
        let histogram = Histogram::new(edges, Numbers::ints([5, 4, 3, 2])).unwrap();
        let range = spaced_range(Scale::Log, histogram.edges().as_f64()).unwrap();
        assert_eq!((range.lo, range.hi), (1.0, 100.0));
        let logs = transformed(&histogram, Scale::Log, range).unwrap();
        assert_eq!((logs.edges().as_f64(), logs.counts().as_f64()), (&[0.0, 1.0, 2.0][..], &[3.0, 2.0][..]));
        assert_eq!(spaced_range(Scale::Log, &[-2.0, -1.0]), None);
    }
}
