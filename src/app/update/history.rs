//! Undo, redo, and the list of all changes.

use super::jobs::look_again;
use super::series;
use crate::app::overlay::Overlay;
use crate::app::{Effect, Model, help};
use crate::document::{Document, Done};
use crate::key::{Code, Key};

/// Undo.
pub(super) fn undo(model: &mut Model) -> Vec<Effect> {
    walk(model, "undone", Document::undo, "nothing to undo")
}

/// Redo.
pub(super) fn redo(model: &mut Model) -> Vec<Effect> {
    walk(model, "redone", Document::redo, "nothing to redo")
}

/// Goes through the history, and to the step that the change is to be seen at.
fn walk(model: &mut Model, did: &str, way: impl FnOnce(&mut Document) -> Option<Done>, nothing: &str) -> Vec<Effect> {
    let Some(entry) = model.current.as_ref().map(|open| open.entry) else { return Vec::new() };
    let Some(document) = model.documents.get_mut(&entry.series_id()) else { return Vec::new() };
    let Some(Done { said, step }) = way(document) else {
        model.say(nothing);
        return Vec::new();
    };
    model.say(format!("{did}: {said}"));
    match step.filter(|step| *step != entry.step) {
        Some(step) => series::jump(model, step),
        None => look_again(model),
    }
}

/// Opens the list of changes, with the newest that is done chosen.
pub(super) fn open(model: &mut Model) {
    match model.document().map(|document| document.history().position()) {
        Some(selected) => model.overlays.push(Overlay::History { selected }),
        None => model.say("nothing is open"),
    }
}

/// A key while the list is open.
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
            return go(model, selected);
        }
        _ => {
            model.overlays.pop();
            return Vec::new();
        }
    }
    .min(last);
    Vec::new()
}

/// Undoes or redoes until so many changes are done, and goes to where the last of them was made.
pub(super) fn go(model: &mut Model, position: usize) -> Vec<Effect> {
    model.overlays.pop();
    let Some(entry) = model.current.as_ref().map(|open| open.entry) else { return Vec::new() };
    let Some(document) = model.documents.get_mut(&entry.series_id()) else { return Vec::new() };
    let done = document.go_to(position);
    let made = position.checked_sub(1).and_then(|last| document.history().edits().nth(last)).map(|entry| entry.step);
    let step = made.or(done.as_ref().and_then(|done| done.step)).filter(|step| *step != entry.step);
    match help::history(model).into_iter().nth(position) {
        Some((_, name)) if done.is_some() || step.is_some() => model.say(format!("went to: {name}")),
        _ => model.say("this is where it is"),
    }
    match step {
        Some(step) => series::jump(model, step),
        None if done.is_some() => look_again(model),
        None => Vec::new(),
    }
}
