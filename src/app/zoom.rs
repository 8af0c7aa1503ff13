//! Zooming: the range to show next. No zoom leads to a chart without bars.

use super::{Current, Model};
use crate::catalog::Content;
use crate::hist::scale::{self, Scale};
use crate::hist::{self, Histogram, Range, Segment};
use std::borrow::Cow;

/// A zoom: the new range, and the bin that it is centered on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Zoom {
    /// `None` is the full range.
    pub(super) range: Option<Segment>,
    /// The bin that keeps the zoom from losing all values.
    pub(super) mass: Option<Segment>,
}

/// The bin that the last zoom was centered on, and the cursor at that time. While the cursor stays there, the next zoom
/// follows the highest bar inside this bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZoomAnchor {
    pub(super) cursor: f64,
    pub(super) bin: Segment,
}

/// Zooms to half of the visible range, around the bin under the cursor or the nearest one that is not empty.
///
/// # Errors
/// A sentence that explains why this is the smallest range.
pub(super) fn at_cursor(model: &Model) -> Result<Zoom, &'static str> {
    let (view, histogram) = model.visible().zip(base(model)).ok_or(NOTHING)?;
    let cursor = model.chart.cursor.map_or(view.center(), |cursor| cursor.value);
    let anchor = model.chart.zoom_anchor.filter(|anchor| anchor.cursor == cursor);
    let inside = anchor.and_then(|anchor| highest_in(&histogram, anchor.bin));
    let mass = inside.or_else(|| nearest(&histogram, view, cursor)).ok_or(NOTHING)?;
    let scale = model.chart.value_scale;
    let middle = scale.position(mass.center(), view.lo, view.hi).clamp(0.25, 0.75);
    let [lo, hi] = [middle - 0.25, middle + 0.25].map(|at| scale.value(at, view.lo, view.hi));
    checked(model, view, Segment { lo, hi }, mass)
}

/// Zooms by a factor and keeps a value at its place on the screen. Factors below 1 zoom in.
///
/// # Errors
/// A sentence that explains why this is the smallest range.
pub(super) fn at_value(model: &Model, value: f64, factor: f64) -> Result<Zoom, &'static str> {
    let (view, histogram) = model.visible().zip(base(model)).ok_or(NOTHING)?;
    let full = full(model).ok_or(NOTHING)?;
    let value = value.clamp(view.lo, view.hi);
    let range = match model.chart.value_scale.over(full.lo) {
        Scale::Linear => {
            let end = |end: f64| value + (end - value) * factor;
            Segment { lo: end(view.lo).max(full.lo.min(view.lo)), hi: end(view.hi).min(full.hi.max(view.hi)) }
        }
        scale => {
            let at = |x: f64| scale.position(x, full.lo, full.hi);
            let end = |end: f64| scale.value(at(value) + (at(end) - at(value)) * factor, full.lo, full.hi);
            Segment { lo: end(view.lo), hi: end(view.hi) }
        }
    };
    if factor > 1.0 {
        let is_full = range.lo <= full.lo && range.hi >= full.hi;
        return Ok(Zoom { range: Some(range).filter(|_| !is_full), mass: None });
    }
    checked(model, view, range, nearest(&histogram, view, value).ok_or(NOTHING)?)
}

const NOTHING: &str = "nothing to zoom in to";

/// Extends a range so that it contains the whole bin `mass`, whose values may be anywhere inside it.
fn checked(model: &Model, view: Segment, range: Segment, mass: Segment) -> Result<Zoom, &'static str> {
    let current = model.current.as_ref().ok_or(NOTHING)?;
    let is_logged = is_logged(current);
    // A bin of the file that is already cut by the view stays cut. Its counts are spread evenly.
    let within = Segment { lo: mass.lo.max(view.lo), hi: mass.hi.min(view.hi) };
    let mass = if is_logged && within.lo <= within.hi { within } else { mass };
    let range = range.union(mass);
    // NaN is not narrower, either.
    let is_narrower = range.lo < range.hi && range.lo.is_finite() && range.hi.is_finite();
    if !is_narrower || range.hi / 2.0 - range.lo / 2.0 > (view.hi / 2.0 - view.lo / 2.0) * (1.0 - 1e-9) {
        return Err(match is_logged {
            true => "cannot zoom in further: the bins of the file are not narrower",
            false if model.bins() < 8 => "cannot zoom in further with so few bins; press + for more",
            false => "cannot zoom in further",
        });
    }
    let numpy = Range::floats(range.lo, range.hi);
    let has_edges = match &current.content {
        Content::Raw(population) if !is_logged => population.edges(model.bins().max(1), Some(numpy)).is_ok(),
        // Bins without width have no parts to show.
        _ if base(model).and_then(|base| base.edges().within(range.lo, range.hi)).is_none() => false,
        _ => hist::uniform_edges(range.lo, range.hi, model.bins().max(1)).is_ok(),
    };
    if has_edges { Ok(Zoom { range: Some(range), mass: Some(mass) }) } else { Err("cannot zoom in further") }
}

/// Returns true if counts come from stored bins, so that no other bins have certain counts.
fn is_logged(current: &Current) -> bool {
    matches!(current.content, Content::Logged(_)) || current.state.edited.is_some()
}

/// The histogram whose counts are certain: of logged bins the original, of samples the last that was counted.
fn base(model: &Model) -> Option<Cow<'_, Histogram>> {
    let current = model.current.as_ref()?;
    if let Some(edited) = &current.state.edited {
        return Some(Cow::Borrowed(&edited.histogram));
    }
    match &current.content {
        Content::Logged(logged) => logged.histogram.to_hist().ok().map(Cow::Owned),
        Content::Raw(_) => {
            let exact = current.exact.as_ref().or(current.shown.as_ref().ok())?;
            Some(Cow::Borrowed(&exact.histogram))
        }
    }
}

/// Returns the range that contains all values.
fn full(model: &Model) -> Option<Segment> {
    let current = model.current.as_ref()?;
    match &current.content {
        Content::Raw(population) if current.state.edited.is_none() => {
            let summary = population.summary();
            Some(Segment { lo: summary.min, hi: summary.max }).filter(|all| all.lo < all.hi)
        }
        _ => scale::fit(base(model)?.as_ref()),
    }
}

/// Returns the bins that are not empty, with their counts. Infinite ends are replaced by the finite ones.
fn bins(histogram: &Histogram) -> impl Iterator<Item = (Segment, f64)> {
    let finite = |(pair, count): (&[f64], &f64)| {
        let (lo, hi) = (pair[0], pair[1]);
        let bin = Segment { lo: if lo.is_finite() { lo } else { hi }, hi: if hi.is_finite() { hi } else { lo } };
        (*count != 0.0 && bin.lo.is_finite()).then_some((bin, *count))
    };
    histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64()).filter_map(finite)
}

/// Returns the highest bin inside a range. Bins that only touch the range are not inside.
fn highest_in(histogram: &Histogram, range: Segment) -> Option<Segment> {
    let inside = bins(histogram).filter(|(bin, _)| bin.lo < range.hi && bin.hi > range.lo);
    inside.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).map(|(bin, _)| bin)
}

/// Returns the visible bin that is not empty and nearest to a value; of several that contain it, the highest.
fn nearest(histogram: &Histogram, view: Segment, value: f64) -> Option<Segment> {
    let visible = bins(histogram).filter(|(bin, _)| bin.lo <= view.hi && bin.hi >= view.lo);
    let distance = |bin: &Segment| (bin.lo - value).max(value - bin.hi).max(0.0);
    let closest =
        visible.min_by(|a, b| distance(&a.0).total_cmp(&distance(&b.0)).then(b.1.abs().total_cmp(&a.1.abs())));
    closest.map(|(bin, _)| bin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    fn histogram(edges: &[f64], counts: &[f64]) -> Histogram {
        Histogram::new(Edges::from_f64(edges.to_vec()).unwrap(), Numbers::floats(counts.to_vec())).unwrap()
    }

    #[test]
    fn empty_bins_are_skipped() {
        let spike = histogram(&[0.0, 1.0, 2.0, 3.0, 4.0], &[5.0, 0.0, 0.0, 9.0]);
        let view = Segment { lo: 0.0, hi: 4.0 };
        assert_eq!(nearest(&spike, view, 1.4), Some(Segment { lo: 0.0, hi: 1.0 }));
        assert_eq!(nearest(&spike, view, 2.6), Some(Segment { lo: 3.0, hi: 4.0 }));
        assert_eq!(nearest(&spike, Segment { lo: 2.5, hi: 4.0 }, 0.0), Some(Segment { lo: 3.0, hi: 4.0 }));
        assert_eq!(highest_in(&spike, view), Some(Segment { lo: 3.0, hi: 4.0 }));
        assert_eq!(highest_in(&spike, Segment { lo: 1.0, hi: 3.0 }), None);
    }

    #[test]
    fn a_spike_at_an_edge_belongs_to_the_higher_bin() {
        let both = histogram(&[0.0, 1.0, 2.0], &[2.0, 90.0]);
        assert_eq!(nearest(&both, Segment { lo: 0.0, hi: 2.0 }, 1.0), Some(Segment { lo: 1.0, hi: 2.0 }));
    }
}
