//! Selecting bins, and setting the range: zoom, pan, trim.

use super::bins::{self, edit};
use crate::app::zoom::{self, Zoom};
use crate::app::{Cursor, Effect, Model, ZoomAnchor};
use crate::catalog::Content;
use crate::document::Edit;
use crate::hist::{Number, Quantile, Range, Segment, quantile_in_bins};

/// Starts a selection at the cursor, or clears it.
pub(super) fn select(model: &mut Model) {
    if model.chart.selection.take().is_none() {
        bins::begin_selection(model);
        model.notify("selecting bins: ←/→ extend, z zooms, Esc clears");
    }
}

/// Zooms to the selected bins, or to half of the visible range around the bars near the cursor.
pub(super) fn zoom(model: &mut Model) -> Vec<Effect> {
    let Some((first, last)) = model.selected_bins() else {
        return show_zoom(model, zoom::at_cursor(model));
    };
    model.chart.selection = None;
    let Some(shown) = model.shown() else { return Vec::new() };
    let edges = shown.histogram.edges();
    match edges.bin(first).zip(edges.bin(last)) {
        Some((first, last)) => set(model, Segment { lo: first.lo, hi: last.hi }),
        None => Vec::new(),
    }
}

/// Zooms around a value of the axis. Factors below 1 zoom in.
pub(super) fn zoom_at(model: &mut Model, value: f64, factor: f64) -> Vec<Effect> {
    show_zoom(model, zoom::at_value(model, value, factor))
}

/// Shows a zoomed range. The cursor stays on the bars that the zoom is centered on.
fn show_zoom(model: &mut Model, zoom: Result<Zoom, &'static str>) -> Vec<Effect> {
    model.chart.selection = None;
    let Zoom { range, mass } = match zoom {
        Ok(zoom) => zoom,
        Err(why) => {
            model.notify(why);
            return Vec::new();
        }
    };
    let Some(range) = range else { return reset(model) };
    if let (Some(bin), Some(cursor)) = (mass, model.chart.cursor) {
        let outside = !(bin.lo..=bin.hi).contains(&cursor.value);
        let cursor = if outside { Cursor { value: bin.center(), ..cursor } } else { cursor };
        model.chart.cursor = Some(cursor);
        model.chart.zoom_anchor = Some(ZoomAnchor { cursor: cursor.value, bin });
    }
    set(model, range)
}

/// Sets the range, if it is finite and not empty.
fn set(model: &mut Model, range: Segment) -> Vec<Effect> {
    if !(range.lo < range.hi && range.lo.is_finite() && range.hi.is_finite()) {
        model.report_error("cannot zoom in further");
        return Vec::new();
    }
    model.notify("zoomed; press Z for the full range");
    edit(model, Edit::Range(Some(Range { lo: Number::Float(range.lo), hi: Number::Float(range.hi) })))
}

/// Resets the range to the full range.
pub(super) fn reset(model: &mut Model) -> Vec<Effect> {
    model.notify("full range");
    model.chart.selection = None;
    edit(model, Edit::Range(None))
}

/// Returns the full range: of the finite samples, or of the finite edges.
pub(super) fn full_range(model: &Model) -> Option<Segment> {
    let current = model.current.as_ref()?;
    if let Some(edited) = &current.state.edited {
        return Segment::of_finite(edited.histogram.edges().as_f64());
    }
    match &current.content {
        Content::Raw(population) => {
            let summary = population.summary();
            Some(Segment { lo: summary.min, hi: summary.max }).filter(|all| all.lo <= all.hi)
        }
        Content::Logged(logged) => Segment::of_finite(logged.histogram.bins().as_f64()),
    }
}

/// Pans a zoomed range by quarters of its width, within the full range.
pub(super) fn pan(model: &mut Model, quarters: f64) -> Vec<Effect> {
    let zoomed = model.spec().and_then(|spec| spec.range);
    let (Some(range), Some(all)) = (zoomed, full_range(model)) else {
        model.notify("the full range is shown; press z to zoom in first");
        return Vec::new();
    };
    let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
    let by = (hi / 4.0 - lo / 4.0) * quarters;
    // Stop at the ends of the data. A typed range may already extend past them.
    let by = if by < 0.0 { by.max((all.lo - lo).min(0.0)) } else { by.min((all.hi - hi).max(0.0)) };
    if by == 0.0 {
        model.notify("already at the end of the data");
        return Vec::new();
    }
    set(model, Segment { lo: lo + by, hi: hi + by })
}

/// Sets a typed range. Integers stay integers.
pub(super) fn set_typed(model: &mut Model, range: Range) -> Vec<Effect> {
    model.chart.selection = None;
    edit(model, Edit::Range(Some(range)))
}

/// Zooms to the range between two quantiles. Those of raw samples are computed in the background.
pub(super) fn trim(model: &mut Model, lo: f64, hi: f64) -> Vec<Effect> {
    let Some(current) = &model.current else { return Vec::new() };
    let base = match (&current.state.edited, &current.content) {
        (Some(edited), _) => Some(edited.histogram.clone()),
        (None, Content::Logged(logged)) => logged.histogram.to_hist().ok(),
        (None, Content::Raw(_)) => None,
    };
    match &current.content {
        Content::Raw(_) if base.is_none() => {
            let content = current.content.clone();
            let ticket = model.jobs.ticket();
            model.jobs.trim = Some(ticket);
            vec![Effect::FindQuantiles { ticket, content, probabilities: vec![lo, hi] }]
        }
        _ => {
            let Some(base) = base else { return Vec::new() };
            match (quantile_in_bins(&base, lo), quantile_in_bins(&base, hi)) {
                (Some(lo), Some(hi)) => set(model, Segment { lo, hi }),
                _ => Vec::new(),
            }
        }
    }
}

/// Zooms to the range between the quantiles that were found.
pub(super) fn trim_found(model: &mut Model, quantiles: &[Quantile]) -> Vec<Effect> {
    match quantiles {
        [lo, hi] => set(model, Segment { lo: lo.lo, hi: hi.hi }),
        _ => Vec::new(),
    }
}
