//! Statistics of a histogram: estimates from bin centers, bounds from edges.
//!
//! Negative counts (differences) have a mean but no ranks, so quantiles, zeros and bounds are NaN. A total of zero also gives NaN.

use super::bounds::{StatsBounds, UNKNOWN};
use super::{Quantile, Stats, scale};
use crate::hist::{Histogram, Segment};

/// Bin that is not empty.
pub(super) struct Bin {
    pub(super) segment: Segment,
    pub(super) count: f64,
}

pub(super) fn stats(histogram: &Histogram, probabilities: &[f64]) -> Stats {
    let total = histogram.total().as_f64();
    let counts = histogram.counts().as_f64().iter().enumerate().filter(|(_, count)| **count != 0.0);
    let bins: Vec<Bin> =
        counts.filter_map(|(k, count)| Some(Bin { segment: histogram.edges().bin(k)?, count: *count })).collect();
    let ordered = bins.iter().all(|bin| bin.count > 0.0) && total > 0.0 && total.is_finite();
    let quantile = |p: &f64| {
        let bounds = if ordered { bounds(&bins, total, *p, histogram.counts().all_ints()) } else { None };
        let Segment { lo, hi } = bounds.unwrap_or(UNKNOWN);
        Quantile { p: *p, lo, hi }
    };
    Stats {
        n: total,
        min: bins.first().map_or(f64::NAN, |bin| bin.segment.lo),
        max: bins.last().map_or(f64::NAN, |bin| bin.segment.hi),
        quantiles: probabilities.iter().map(quantile).collect(),
        zeros: if ordered { zeros(histogram, total) } else { (f64::NAN, f64::NAN) },
        bounds: Some(Box::new(if ordered { StatsBounds::of(&bins, total) } else { StatsBounds::UNKNOWN })),
        ..estimates(&bins, total)
    }
}

/// Moments with every count at its bin's center. NaN if a bin is unbounded.
fn estimates(bins: &[Bin], total: f64) -> Stats {
    let unbounded = bins.iter().any(|bin| bin.segment.lo.is_infinite() || bin.segment.hi.is_infinite());
    let known = total != 0.0 && total.is_finite() && !unbounded;
    let unit = scale(bins.iter().map(|bin| bin.segment.center().abs()).fold(0.0, f64::max));
    let average = |of: &dyn Fn(f64) -> f64| -> f64 {
        let terms = bins.iter().map(|bin| of(bin.segment.center() / unit) * (bin.count / total));
        if known { terms.sum() } else { f64::NAN }
    };
    let mean = average(&|x| x);
    let power = |power: i32| average(&|x| (x - mean).powi(power));
    // Negative counts can give a negative variance, whose square root is NaN.
    let deviation = power(2).sqrt();
    let shape = |moment: f64| if deviation == 0.0 { f64::NAN } else { moment };
    Stats {
        n: total,
        mean: mean * unit,
        std: deviation * unit,
        min: f64::NAN,
        max: f64::NAN,
        quantiles: Vec::new(),
        zeros: (f64::NAN, f64::NAN),
        skewness: shape(power(3) / deviation.powi(3)),
        kurtosis: shape(power(4) / deviation.powi(4) - 3.0),
        mean_abs: average(&f64::abs) * unit,
        l2: average(&|x| x * x).sqrt() * unit * total.sqrt(),
        exact: false,
        bounds: None,
    }
}

/// Edges that bound the quantile. numpy interpolates between two samples with neighboring ranks.
fn bounds(bins: &[Bin], total: f64, p: f64, integers: bool) -> Option<Segment> {
    let mut sum = 0.0;
    let cumulative: Vec<f64> = bins
        .iter()
        .map(|bin| {
            sum += bin.count;
            sum
        })
        .collect();
    let (left, right) = if integers {
        let rank = (total - 1.0).max(0.0) * p;
        (cumulative.partition_point(|sum| *sum <= rank.floor()), cumulative.partition_point(|sum| *sum <= rank.ceil()))
    } else {
        // Fractional weights have no ranks: find where the cumulative share passes p.
        (cumulative.partition_point(|sum| *sum < total * p), cumulative.partition_point(|sum| *sum <= total * p))
    };
    let last = bins.len().checked_sub(1)?;
    Some(Segment { lo: bins[left.min(last)].segment.lo, hi: bins[right.min(last)].segment.hi })
}

/// Bounds on the fraction of zeros: a zero-width bin at zero contains only zeros, and the bin around zero may contain any
/// number.
fn zeros(histogram: &Histogram, total: f64) -> (f64, f64) {
    let around = histogram.edges().find(0.0);
    let (mut certain, mut possible) = (0.0, 0.0);
    for (k, count) in histogram.counts().as_f64().iter().enumerate() {
        let point = histogram.edges().bin(k).is_some_and(|bin| bin.lo == 0.0 && bin.hi == 0.0);
        certain += if point { *count } else { 0.0 };
        possible += if point || around == Some(k) { *count } else { 0.0 };
    }
    (certain / total, possible / total)
}
