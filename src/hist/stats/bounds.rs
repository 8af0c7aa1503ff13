//! Bounds on the statistics of values that are known only by their bins.
//!
//! Each value may be anywhere in its bin. Mean, magnitude, standard deviation and extremes get the tightest bounds for
//! fractional counts. Skewness and kurtosis get bounds that are valid, but not the tightest.

use super::binned::Bin;
use super::scale;
use crate::hist::Segment;

/// Bounds on statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatsBounds {
    pub mean: Segment,
    pub std: Segment,
    pub skewness: Segment,
    pub kurtosis: Segment,
    pub min: Segment,
    pub max: Segment,
    pub mean_abs: Segment,
    pub l2: Segment,
}

/// Nothing is known.
pub(super) const UNKNOWN: Segment = Segment { lo: f64::NAN, hi: f64::NAN };

impl StatsBounds {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self {
        mean: UNKNOWN,
        std: UNKNOWN,
        skewness: UNKNOWN,
        kurtosis: UNKNOWN,
        min: UNKNOWN,
        max: UNKNOWN,
        mean_abs: UNKNOWN,
        l2: UNKNOWN,
    };

    /// Bounds for bins in increasing order, with positive counts. A bin without an end leaves all but the extremes unknown.
    pub(super) fn of(bins: &[Bin], total: f64) -> Self {
        let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return Self::UNKNOWN };
        // The smallest value is anywhere in the first bin, and the largest anywhere in the last.
        let extremes = Self { min: first.segment, max: last.segment, ..Self::UNKNOWN };
        // All edges are divided by this before they are raised to a power.
        let unit = scale(first.segment.lo.abs().max(last.segment.hi.abs()));
        if !unit.is_finite() {
            return extremes;
        }
        let scaled = |bin: &Bin| Bin {
            segment: Segment { lo: bin.segment.lo / unit, hi: bin.segment.hi / unit },
            count: bin.count / total,
        };
        let bins: Vec<Bin> = bins.iter().map(scaled).collect();
        let average = |of: &dyn Fn(&Segment) -> (f64, f64)| {
            bins.iter().fold(Segment { lo: 0.0, hi: 0.0 }, |sum, bin| {
                let (lo, hi) = of(&bin.segment);
                Segment { lo: sum.lo + bin.count * lo, hi: sum.hi + bin.count * hi }
            })
        };
        let mean = average(&|bin| (bin.lo, bin.hi));
        let squares = average(&|bin| (nearest(bin, 0.0).powi(2), farthest(bin, 0.0).powi(2)));
        let std = Segment {
            lo: least_square(&bins, mean, |bin, center| center.clamp(bin.lo, bin.hi)).sqrt(),
            hi: least_square(&bins, mean, |bin, center| if center > bin.center() { bin.lo } else { bin.hi }).sqrt(),
        };
        let third = average(&|bin| ((bin.lo - mean.hi).powi(3), (bin.hi - mean.lo).powi(3)));
        let fourth = average(&|bin| {
            let nearest = (bin.lo - mean.hi).max(mean.lo - bin.hi).max(0.0);
            (nearest.powi(4), (bin.hi - mean.lo).max(mean.hi - bin.lo).powi(4))
        });
        let kurtosis = quotient(fourth, std, 4);
        let times = |Segment { lo, hi }: Segment, by: f64| Segment { lo: lo * by, hi: hi * by };
        Self {
            mean: times(mean, unit),
            std: times(std, unit),
            skewness: quotient(third, std, 3),
            // No distribution has a kurtosis below 1.
            kurtosis: Segment { lo: kurtosis.lo.max(1.0) - 3.0, hi: kurtosis.hi - 3.0 },
            mean_abs: times(average(&|bin| (nearest(bin, 0.0), farthest(bin, 0.0))), unit),
            l2: times(Segment { lo: squares.lo.sqrt(), hi: squares.hi.sqrt() }, unit * total.sqrt()),
            ..extremes
        }
    }
}

/// Distance of the nearest value of a bin.
fn nearest(bin: &Segment, from: f64) -> f64 {
    (bin.lo - from).max(from - bin.hi).max(0.0)
}

/// Distance of the farthest value of a bin.
fn farthest(bin: &Segment, from: f64) -> f64 {
    (bin.hi - from).abs().max((bin.lo - from).abs())
}

/// Minimum over all centers of the mean squared distance to the values that `value` chooses in the bins. It is convex.
///
/// The nearest values give the smallest variance, and the farthest the largest: at the optimum, the values of
/// the bin around the center are divided between its ends.
fn least_square(bins: &[Bin], within: Segment, value: impl Fn(&Segment, f64) -> f64) -> f64 {
    let mean = |center: f64, term: fn(f64) -> f64| -> f64 {
        bins.iter().map(|bin| bin.count * term(center - value(&bin.segment, center))).sum()
    };
    let Segment { mut lo, mut hi } = within;
    loop {
        let center = lo / 2.0 + hi / 2.0;
        if center <= lo || center >= hi {
            return mean(center, |distance| distance * distance);
        }
        if mean(center, |distance| distance) < 0.0 { lo = center } else { hi = center }
    }
}

/// Bounds on a moment divided by a power of the standard deviation. Unbounded if the deviation may be zero.
fn quotient(moment: Segment, std: Segment, power: i32) -> Segment {
    let (small, large) = (std.lo.powi(power), std.hi.powi(power));
    let lo = if moment.lo < 0.0 { moment.lo / small } else { moment.lo / large };
    let hi = if moment.hi > 0.0 { moment.hi / small } else { moment.hi / large };
    if small > 0.0 { Segment { lo, hi } } else { Segment { lo: f64::NEG_INFINITY, hi: f64::INFINITY } }
}
