//! Statistics of a histogram: estimates from bin centers, bounds from edges.
//!
//! Negative counts (differences) have a mean but no ranks, so quantiles and zeros are NaN. A total of zero also gives NaN.

use super::{PROBABILITIES, Quantile, Stats, scale};
use crate::hist::{Histogram, Segment};

/// Bin that is not empty.
struct Bin {
    segment: Segment,
    count: f64,
}

pub(super) fn stats(histogram: &Histogram) -> Stats {
    let total = histogram.total().as_f64();
    let counts = histogram.counts().as_f64().iter().enumerate().filter(|(_, count)| **count != 0.0);
    let bins: Vec<Bin> =
        counts.filter_map(|(k, count)| Some(Bin { segment: histogram.edges().bin(k)?, count: *count })).collect();
    let ordered = bins.iter().all(|bin| bin.count > 0.0) && total > 0.0 && total.is_finite();
    let (mean, std) = moments(&bins, total);
    let quantile = |p: &f64| {
        let bounds = if ordered { bounds(&bins, total, *p, histogram.counts().all_ints()) } else { None };
        let Segment { lo, hi } = bounds.unwrap_or(Segment { lo: f64::NAN, hi: f64::NAN });
        Quantile { p: *p, lo, hi }
    };
    Stats {
        n: total,
        mean,
        std,
        min: bins.first().map_or(f64::NAN, |bin| bin.segment.lo),
        max: bins.last().map_or(f64::NAN, |bin| bin.segment.hi),
        quantiles: PROBABILITIES.iter().map(quantile).collect(),
        zeros: if ordered { zeros(histogram, total) } else { (f64::NAN, f64::NAN) },
        exact: false,
    }
}

/// Mean and standard deviation, with every count at its bin's center. NaN if a bin is unbounded.
fn moments(bins: &[Bin], total: f64) -> (f64, f64) {
    let unbounded = bins.iter().any(|bin| bin.segment.lo.is_infinite() || bin.segment.hi.is_infinite());
    if total == 0.0 || !total.is_finite() || unbounded {
        return (f64::NAN, f64::NAN);
    }
    let unit = scale(bins.iter().map(|bin| bin.segment.center().abs()).fold(0.0, f64::max));
    let share = |bin: &Bin| bin.count / total;
    let mean: f64 = bins.iter().map(|bin| bin.segment.center() / unit * share(bin)).sum();
    let square = |bin: &Bin| (bin.segment.center() / unit - mean).powi(2) * share(bin);
    let variance: f64 = bins.iter().map(square).sum();
    // Negative counts can give a negative variance, whose square root is NaN.
    (mean * unit, variance.sqrt() * unit)
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
