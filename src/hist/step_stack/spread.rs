//! Mass of one histogram by row.

use super::Axis;
use crate::hist::scale::Scale;
use crate::hist::{Histogram, Segment};

/// Interval from the first to the last finite edge of the bins that are not empty.
pub(super) fn occupied(histogram: &Histogram) -> Option<Segment> {
    let bins = histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64());
    let finite = bins.filter(|(edges, count)| **count != 0.0 && edges[0].is_finite() && edges[1].is_finite());
    // TensorBoard's outermost buckets reach to the largest float. On such an axis, the other bins would be invisible.
    let huge = |x: f64| x.abs() >= f64::MAX;
    let seen = finite.map(|(edges, _)| {
        let lo = if huge(edges[0]) { edges[1] } else { edges[0] };
        Segment { lo, hi: if huge(edges[1]) { lo } else { edges[1] } }
    });
    seen.reduce(Segment::union)
}

/// Values below and above which a share `tail` of the finite mass is, interpolated in bins; `None` without mass.
pub(super) fn percentiles(histogram: &Histogram, tail: f64) -> Option<Segment> {
    let bins = || {
        let bins = histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64());
        let bins = bins.map(|(edges, count)| (edges[0], edges[1], *count));
        bins.filter(|(lo, hi, count)| *count > 0.0 && count.is_finite() && lo.abs().max(hi.abs()) < f64::MAX)
    };
    let target = bins().map(|(.., count)| count).sum::<f64>() * tail;
    // Returns the share of the bin that precedes the target, if the bin reaches it.
    let reach = |passed: &mut f64, count: f64| {
        let before = *passed;
        *passed += count;
        (*passed >= target).then(|| ((target - before) / count).clamp(0.0, 1.0))
    };
    let (mut below, mut above) = (0.0, 0.0);
    let lo = bins().find_map(|(lo, hi, count)| reach(&mut below, count).map(|part| lo + (hi - lo) * part))?;
    let hi = bins().rev().find_map(|(lo, hi, count)| reach(&mut above, count).map(|part| hi - (hi - lo) * part))?;
    Some(Segment { lo, hi })
}

/// Mapping of values to rows.
pub(super) struct Mapping {
    axis: Axis,
    rows: f64,
    /// Rows per value on a linear axis of finite length, which needs no further checks.
    per_value: Option<f64>,
}

impl Mapping {
    pub(super) fn new(axis: Axis, rows: usize) -> Self {
        let rows = rows as f64;
        let per_value = Some(rows / axis.view.width());
        let per_value = per_value.filter(|factor| axis.scale == Scale::Linear && *factor > 0.0 && factor.is_finite());
        Self { axis, rows, per_value }
    }

    /// Row of a value, counted from the bottom.
    fn row(&self, x: f64) -> f64 {
        let view = self.axis.view;
        match self.per_value {
            Some(factor) => ((x - view.lo) * factor).clamp(0.0, self.rows),
            None => self.axis.scale.position(x, view.lo, view.hi) * self.rows,
        }
    }
}

/// Adds a histogram's mass, times `unit`, to the rows that its bins cover. Returns the counts below and above the axis.
pub(super) fn spread(histogram: &Histogram, mapping: &Mapping, unit: f64, mass: &mut [f64]) -> (f64, f64) {
    let view = mapping.axis.view;
    let row = |x: f64| mapping.row(x);
    let last = mass.len().saturating_sub(1);
    let edges = histogram.edges().as_f64();
    let (mut below, mut above) = (0.0, 0.0);
    // The right edge of a bin is the left edge of the next one.
    let mut known = edges.first().map_or((f64::NAN, 0.0), |edge| (*edge, row(*edge)));
    for (edges, count) in edges.windows(2).zip(histogram.counts().as_f64()) {
        let (lo, hi) = (edges[0], edges[1]);
        if *count == 0.0 || !count.is_finite() || lo.is_nan() || hi.is_nan() {
            continue;
        }
        if hi < view.lo || (hi == view.lo && lo < hi) {
            below += count;
            continue;
        }
        if lo > view.hi || (lo == view.hi && lo < hi) {
            above += count;
            continue;
        }
        let from = if known.0 == lo { known.1 } else { row(lo) };
        let to = row(hi);
        known = (hi, to);
        if to - from <= 1e-9 {
            if let Some(cell) = mass.get_mut((from as usize).min(last)) {
                *cell += count * unit;
            }
            continue;
        }
        // A bin that crosses the end of the view contributes only its share inside, by value.
        let width = hi - lo;
        let share = |part: f64| if width.is_finite() { part / width } else { 1.0 };
        let inside = share(hi.min(view.hi) - lo.max(view.lo));
        if lo < view.lo && width.is_finite() {
            below += count * share(view.lo - lo);
        }
        if hi > view.hi && width.is_finite() {
            above += count * share(hi - view.hi);
        }
        let density = count * unit * inside / (to - from);
        let end = (to.ceil() as usize).min(last + 1);
        let Some((first, others)) = mass.get_mut(from as usize..end).and_then(<[f64]>::split_first_mut) else {
            continue;
        };
        *first += density * (to.min(from.floor() + 1.0) - from);
        if let Some((top, whole)) = others.split_last_mut() {
            *top += density * (to - (end - 1) as f64);
            for cell in whole {
                *cell += density;
            }
        }
    }
    (below, above)
}
