//! Changing the bins, the bin cursor and the selection.

use super::jobs::{cursor_at, highest, refresh};
use super::range;
use crate::app::{Effect, Model, Selection};
use crate::document::{Edit, State};
use crate::hist::scale::Scale;
use crate::hist::{Bins, MAX_BINS, Rule, Segment};

/// Applies an edit to the current document and refreshes the screen.
pub(super) fn edit(model: &mut Model, edit: Edit) -> Vec<Effect> {
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Vec::new() };
    // While another series loads, the user expects edits to apply to it, not to the series on the screen.
    let another = model.requested.is_some_and(|requested| requested.series_id() != entry.series_id());
    if another && model.jobs.count_or_load().is_some() {
        model.notify("still loading the selected series");
        return Vec::new();
    }
    let Some(document) = model.documents.get_mut(&entry.series_id()) else { return Vec::new() };
    if document.apply(entry.index, edit) { refresh(model) } else { Vec::new() }
}

/// Sets the number of bins, clamped to 1–512.
pub(super) fn set(model: &mut Model, n: usize) -> Vec<Effect> {
    model.status = crate::app::Status::default();
    edit(model, Edit::Bins(Some(Bins::Count(n.clamp(1, MAX_BINS)))))
}

/// Increases or decreases the number of bins.
pub(super) fn change_by(model: &mut Model, by: isize) -> Vec<Effect> {
    let now = model.bins();
    let next = now.saturating_add_signed(by).clamp(1, MAX_BINS);
    // A logged histogram can have more than the maximum.
    if now > 0 && (next == now || (by > 0 && next < now)) {
        model.notify(if by > 0 { "512 bins is the maximum" } else { "1 bin is the minimum" });
        return Vec::new();
    }
    set(model, next)
}

/// Chooses the next or the previous of numpy's bin rules.
pub(super) fn cycle_rule(model: &mut Model, by: isize) -> Vec<Effect> {
    let now = model.spec().and_then(|spec| match spec.bins {
        Some(Bins::Rule(rule)) => Rule::ALL.iter().position(|known| *known == rule),
        _ => None,
    });
    let count = Rule::ALL.len() as isize;
    let next = match now {
        Some(at) => (at as isize + by).rem_euclid(count),
        None if by > 0 => 0,
        None => count - 1,
    };
    Rule::ALL.get(next as usize).map_or_else(Vec::new, |rule| set_rule(model, *rule))
}

/// Chooses one of numpy's bin rules.
pub(super) fn set_rule(model: &mut Model, rule: Rule) -> Vec<Effect> {
    model.notify(format!("bin rule: {}", rule.name()));
    edit(model, Edit::Bins(Some(Bins::Rule(rule))))
}

/// Spaces the bins equally on another axis, and shows that axis: first on the current axis, then on the next one.
pub(super) fn cycle_spacing(model: &mut Model) -> Vec<Effect> {
    let Some(now) = model.spec().map(|spec| spec.spacing) else { return Vec::new() };
    let Some(values) = range::full_range(model) else { return Vec::new() };
    let axis = model.chart.value_scale.over(values.lo);
    let all = if values.lo > 0.0 { [Scale::Log, Scale::Symlog] } else { [Scale::Symlog, Scale::Log] };
    let order: Vec<Scale> = all.into_iter().filter(|scale| *scale == Scale::Symlog || values.hi > 0.0).collect();
    let next = match order.iter().position(|scale| *scale == now) {
        // The bins do not fit the axis yet.
        None if order.contains(&axis) => axis,
        None => order.first().copied().unwrap_or_default(),
        Some(at) => order.get(at + 1).copied().unwrap_or_default(),
    };
    model.chart.value_scale = next;
    model.remember_scales();
    let name = next.name();
    model.notify(match next {
        Scale::Log if values.lo <= 0.0 => format!("{name} bins: values up to zero are below the bins"),
        _ => format!("{name} bins, equally wide on a {name} axis"),
    });
    edit(model, Edit::Spacing(next))
}

/// Restores the bins and the range after opening, and the axis if it was that of the spaced bins. Undo restores the bins.
pub(super) fn reset(model: &mut Model) -> Vec<Effect> {
    let Some(base) = model.document().map(|document| document.base().clone()) else { return Vec::new() };
    model.chart.selection = None;
    let spacing = model.spec().map(|spec| spec.spacing).filter(|spacing| *spacing != base.spacing);
    if spacing == Some(model.chart.value_scale) {
        model.chart.value_scale = base.spacing;
        model.remember_scales();
    }
    let name = format!("reset to {base}");
    model.notify(name.clone());
    edit(model, Edit::State(State::of_source(base), name))
}

/// A move of the bin cursor.
#[derive(Debug, Clone, Copy)]
pub(super) enum CursorMove {
    By(isize),
    First,
    Last,
    Highest,
    Bin(usize),
}

/// Moves the bin cursor.
pub(super) fn move_cursor(model: &mut Model, to: CursorMove) {
    let now = model.cursor_bin();
    let Some(shown) = model.shown() else { return };
    let last = shown.histogram.bins().saturating_sub(1);
    let bin = match to {
        CursorMove::By(by) => now.map_or(0, |bin| bin.saturating_add_signed(by)),
        CursorMove::First => 0,
        CursorMove::Last => last,
        CursorMove::Highest => highest(&shown.histogram).unwrap_or(0),
        CursorMove::Bin(bin) => bin,
    };
    model.chart.cursor = cursor_at(&shown.histogram, bin.min(last));
    extend_selection(model);
}

/// Starts a selection at the cursor.
pub(super) fn begin_selection(model: &mut Model) {
    model.chart.selection =
        model.chart.cursor.map(|anchor| Selection { anchor, range: Segment { lo: anchor.value, hi: anchor.value } });
    extend_selection(model);
}

/// Extends the selection from its anchor to the cursor.
fn extend_selection(model: &mut Model) {
    let (Some(selection), Some(cursor)) = (model.chart.selection, model.cursor_bin()) else { return };
    let Some(edges) = model.shown().map(|shown| shown.histogram.edges()) else { return };
    let Some(anchor) = selection.anchor.on(edges) else { return };
    let ends = edges.bin(anchor.min(cursor)).zip(edges.bin(anchor.max(cursor)));
    if let Some((first, last)) = ends {
        let range = Segment { lo: first.lo, hi: last.hi };
        model.chart.selection = Some(Selection { range, ..selection });
    }
}
