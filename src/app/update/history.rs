//! Undo, redo, and the edit history.

use super::jobs::refresh;
use super::steps;
use crate::app::overlay::Overlay;
use crate::app::{Effect, Model, help};
use crate::document::{Document, HistoryMove};
use crate::key::{Code, Key};

/// Undoes the last change.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    walk(model, "undone", Document::undo, "nothing to undo")
}

/// Redoes the last undone change.
pub(super) fn redo(model: &mut Model) -> Vec<Effect> {
    walk(model, "redone", Document::redo, "nothing to redo")
}

/// Undoes or redoes a change, and goes to the step that it changed.
fn walk(
    model: &mut Model,
    did: &str,
    change: impl FnOnce(&mut Document) -> Option<HistoryMove>,
    nothing: &str,
) -> Vec<Effect> {
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Vec::new() };
    let Some(document) = model.documents.get_mut(&entry.series_id()) else { return Vec::new() };
    let Some(HistoryMove { description: said, index: step }) = change(document) else {
        model.notify(nothing);
        return Vec::new();
    };
    model.notify(format!("{did}: {said}"));
    match step.filter(|step| *step != entry.index) {
        Some(step) => steps::jump(model, step),
        None => refresh(model),
    }
}

/// Opens the edit history at the current change.
pub(super) fn open(model: &mut Model) {
    match model.document().map(|document| document.history().position()) {
        Some(selected) => model.overlays.push(Overlay::History { selected }),
        None => model.notify("nothing is open"),
    }
}

/// Handles a key in the edit history.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let last = model.document().map_or(0, |document| document.history().edits().count());
    let Some(Overlay::History { selected }) = model.overlays.last_mut() else { return Vec::new() };
    *selected = match key.code {
        Code::Up | Code::Char('k') => selected.saturating_sub(1),
        Code::Down | Code::Char('j') => *selected + 1,
        Code::PageUp => selected.saturating_sub(10),
        Code::PageDown => *selected + 10,
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => last,
        Code::Enter => {
            let selected = *selected;
            return go_to(model, selected);
        }
        Code::Esc | Code::Char('q' | 'H') => {
            model.overlays.pop();
            return Vec::new();
        }
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            return Vec::new();
        }
        _ => *selected,
    }
    .min(last);
    Vec::new()
}

/// Undoes or redoes up to a position in the history, and goes to the step of that change.
pub(super) fn go_to(model: &mut Model, position: usize) -> Vec<Effect> {
    model.overlays.pop();
    let Some(entry) = model.current.as_ref().map(|current| current.entry) else { return Vec::new() };
    let Some(document) = model.documents.get_mut(&entry.series_id()) else { return Vec::new() };
    let done = document.go_to(position);
    let made = position.checked_sub(1).and_then(|last| document.history().edits().nth(last)).map(|entry| entry.index);
    let step = made.or(done.as_ref().and_then(|done| done.index)).filter(|step| *step != entry.index);
    match help::history(model).into_iter().nth(position) {
        Some((_, name)) if done.is_some() || step.is_some() => model.notify(format!("went to: {name}")),
        _ => model.notify("already at this change"),
    }
    match step {
        Some(step) => steps::jump(model, step),
        None if done.is_some() => refresh(model),
        None => Vec::new(),
    }
}
