//! Selecting, zooming, panning and trimming the range of values.

use super::answers;
use super::bins::{self, edit};
use crate::app::{Effect, Model, Ticket};
use crate::catalog::Content;
use crate::document::Edit;
use crate::hist::{Number, Range, Segment, quantile_in_bins};

/// Starts a selection at the cursor, or drops it.
pub(super) fn select(model: &mut Model) {
    if model.chart.selection.take().is_none() {
        bins::begin_selection(model);
        model.say("selecting bins: ←/→ to extend, z zooms, Esc drops the selection");
    }
}

/// Zooms to the selected bins, or to half of what is shown around the cursor.
pub(super) fn zoom(model: &mut Model) -> Vec<Effect> {
    let Some(shown) = model.shown() else { return Vec::new() };
    let edges = shown.histogram.edges();
    let range = if let Some((first, last)) = model.selected_bins() {
        edges.bin(first).zip(edges.bin(last)).map(|(first, last)| Segment { lo: first.lo, hi: last.hi })
    } else {
        let cursor = model.chart.cursor.map(|cursor| cursor.value);
        model.visible().map(|all| {
            // The widest range is wider than the largest number.
            let quarter = all.hi / 4.0 - all.lo / 4.0;
            let middle = cursor.unwrap_or(all.centre()).max(all.lo + quarter).min(all.hi - quarter);
            Segment { lo: middle - quarter, hi: middle + quarter }
        })
    };
    model.chart.selection = None;
    match range {
        Some(range) => set(model, range),
        None => Vec::new(),
    }
}

/// Sets the range, if it is one.
fn set(model: &mut Model, range: Segment) -> Vec<Effect> {
    if !(range.lo < range.hi && range.lo.is_finite() && range.hi.is_finite()) {
        model.complain("the range is too narrow to zoom into");
        return Vec::new();
    }
    model.say("zoomed, Z shows the full range");
    edit(model, Edit::Range(Some(Range { lo: Number::Float(range.lo), hi: Number::Float(range.hi) })))
}

/// The full range again.
pub(super) fn full(model: &mut Model) -> Vec<Effect> {
    model.say("full range");
    model.chart.selection = None;
    edit(model, Edit::Range(None))
}

/// Everything there is to see: finite samples, or logged bins of finite extent.
fn everything(model: &Model) -> Option<Segment> {
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

/// Moves a zoomed range by quarters of its width, staying inside.
pub(super) fn pan(model: &mut Model, quarters: f64) -> Vec<Effect> {
    let zoomed = model.spec().and_then(|spec| spec.range);
    let (Some(range), Some(all)) = (zoomed, everything(model)) else {
        model.say("the full range is shown: zoom in first (z)");
        return Vec::new();
    };
    let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
    let wanted = (hi / 4.0 - lo / 4.0) * quarters;
    // Past an end that is already shown there is nothing to see.
    let by = if wanted < 0.0 { wanted.max((all.lo - lo).min(0.0)) } else { wanted.min((all.hi - hi).max(0.0)) };
    if by == 0.0 {
        model.say("the end of the data");
        return Vec::new();
    }
    set(model, Segment { lo: lo + by, hi: hi + by })
}

/// Sets a typed range, integers kept as such.
pub(super) fn typed(model: &mut Model, range: Range) -> Vec<Effect> {
    model.chart.selection = None;
    edit(model, Edit::Range(Some(range)))
}

/// Asks for the values at two quantiles, or computes them from bins.
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
            vec![Effect::FindQuantiles { ticket, content, lo, hi }]
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

/// The values at the quantiles are known.
pub(super) fn trimmed(model: &mut Model, ticket: Ticket, lo: f64, hi: f64) -> Vec<Effect> {
    if answers(&mut model.jobs.trim, ticket) { set(model, Segment { lo, hi }) } else { Vec::new() }
}
