//! Mass of one histogram by row.

use super::Axis;
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
        bins.filter(|(edges, count)| **count > 0.0 && edges.iter().all(|edge| edge.abs() < f64::MAX))
    };
    let target = bins().map(|(_, count)| count).filter(|count| count.is_finite()).sum::<f64>() * tail;
    let inside = |below: f64, count: f64| if count > 0.0 { ((target - below) / count).clamp(0.0, 1.0) } else { 0.0 };
    let mut below = 0.0;
    let lo = bins().find_map(|(edges, count)| {
        let found = below + count >= target;
        let at = edges[0] + (edges[1] - edges[0]) * inside(below, *count);
        below += count;
        found.then_some(at)
    })?;
    let mut above = 0.0;
    let bins: Vec<_> = bins().collect();
    let hi = bins.into_iter().rev().find_map(|(edges, count)| {
        let found = above + count >= target;
        let at = edges[1] - (edges[1] - edges[0]) * inside(above, *count);
        above += count;
        found.then_some(at)
    })?;
    Some(Segment { lo, hi })
}

/// Adds a histogram's mass, times `unit`, to the rows that its bins cover. Returns the counts below and above the axis.
pub(super) fn spread(histogram: &Histogram, Axis { view, scale }: Axis, unit: f64, mass: &mut [f64]) -> (f64, f64) {
    let rows = mass.len() as f64;
    let row = |x: f64| scale.position(x, view.lo, view.hi) * rows;
    let last = mass.len().saturating_sub(1);
    let edges = histogram.edges().as_f64();
    let (mut below, mut above) = (0.0, 0.0);
    // The right edge of a bin is the left edge of the next one.
    let mut known = edges.first().map_or((f64::NAN, 0.0), |edge| (*edge, row(*edge)));
    for (edges, count) in edges.windows(2).zip(histogram.counts().as_f64()) {
        let (lo, hi) = (edges[0], edges[1]);
        if *count == 0.0 || !count.is_finite() {
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
        for (index, cell) in mass.iter_mut().enumerate().take((to.ceil() as usize).min(last + 1)).skip(from as usize) {
            let overlap = to.min((index + 1) as f64) - from.max(index as f64);
            *cell += density * overlap.max(0.0);
        }
    }
    (below, above)
}
