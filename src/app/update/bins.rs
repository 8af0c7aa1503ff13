//! Changing bins, and the cursor on them.

use super::jobs::{cursor_at, highest, look_again};
use crate::app::{Effect, Model, Selection};
use crate::document::{Edit, State};
use crate::hist::{Bins, MAX_BINS, Rule, Segment};

/// Applies an edit to the document on the screen and looks at it again.
pub(super) fn edit(model: &mut Model, edit: Edit) -> Vec<Effect> {
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Vec::new() };
    // What was chosen last is not on the screen yet: a change of what still is would not be meant.
    let another = model.wanted.is_some_and(|wanted| wanted.series_id() != entry.series_id());
    if another && model.jobs.load.or(model.jobs.look).is_some() {
        model.say("still reading the chosen series");
        return Vec::new();
    }
    let Some(document) = model.documents.get_mut(&entry.series_id()) else { return Vec::new() };
    if document.apply(entry.step, edit) { look_again(model) } else { Vec::new() }
}

/// Asks for `n` bins, held within 1 … 512.
pub(super) fn set(model: &mut Model, n: usize) -> Vec<Effect> {
    model.status = crate::app::Status::default();
    edit(model, Edit::Bins(Some(Bins::Count(n.clamp(1, MAX_BINS)))))
}

/// So many bins more or fewer.
pub(super) fn step(model: &mut Model, by: isize) -> Vec<Effect> {
    let now = model.bins();
    let next = now.saturating_add_signed(by).clamp(1, MAX_BINS);
    // As logged there may be more than can be chosen.
    if now > 0 && (next == now || (by > 0 && next < now)) {
        model.say(if by > 0 { "512 bins is the most that can be chosen" } else { "1 bin is the least" });
        return Vec::new();
    }
    set(model, next)
}

/// The next or previous of numpy's rules.
pub(super) fn rule(model: &mut Model, by: isize) -> Vec<Effect> {
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
    let Some(rule) = Rule::ALL.get(next as usize) else { return Vec::new() };
    model.say(format!("rule {}", rule.name()));
    edit(model, Edit::Bins(Some(Bins::Rule(*rule))))
}

/// Back to the bins and the range it was opened with. Can be undone.
pub(super) fn original(model: &mut Model) -> Vec<Effect> {
    let Some(base) = model.document().map(|document| document.base().clone()) else { return Vec::new() };
    model.chart.selection = None;
    let name = format!("original: {base}");
    model.say(name.clone());
    edit(model, Edit::State(State::of_source(base), name))
}

/// Where the cursor can be sent.
#[derive(Debug, Clone, Copy)]
pub(super) enum To {
    By(isize),
    First,
    Last,
    Highest,
    Bin(usize),
}

/// Moves the bin cursor.
pub(super) fn cursor(model: &mut Model, to: To) {
    let now = model.cursor_bin();
    let Some(shown) = model.shown() else { return };
    let last = shown.histogram.bins().saturating_sub(1);
    let bin = match to {
        To::By(by) => now.map_or(0, |bin| bin.saturating_add_signed(by)),
        To::First => 0,
        To::Last => last,
        To::Highest => highest(&shown.histogram).unwrap_or(0),
        To::Bin(bin) => bin,
    };
    model.chart.cursor = cursor_at(&shown.histogram, bin.min(last));
    extend_selection(model);
}

/// Begins a selection at the cursor.
pub(super) fn begin_selection(model: &mut Model) {
    model.chart.selection =
        model.chart.cursor.map(|anchor| Selection { anchor, range: Segment { lo: anchor.value, hi: anchor.value } });
    extend_selection(model);
}

/// Lets the selection reach from where it began to the cursor.
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
