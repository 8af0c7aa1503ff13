//! Saving everything that is not on disk: place after place is shown and saved as if it had been asked for there, so that
//! names can be given and questions answered. What goes into the files that it came from is written in the end, each of
//! them once.

use super::action::perform;
use super::{go, save};
use crate::action::Action;
use crate::app::{Effect, Model, Saving};
use crate::catalog::EntryId;
use crate::text::plural;

/// What is still to be saved.
#[derive(Debug)]
pub(in crate::app) struct SaveAll {
    left: Vec<EntryId>,
    /// What is being shown, in order to save it.
    saving: Option<EntryId>,
    /// What goes into files that are written in the end.
    gathered: Vec<Saving>,
    /// How many there were.
    all: usize,
    /// Where to go back to.
    from: Option<EntryId>,
    quits: bool,
}

impl SaveAll {
    /// Has something written in the end, in place of what was to be written of the same place.
    pub(super) fn gather(&mut self, saving: Saving) {
        self.gathered.retain(|earlier| earlier.entry != saving.entry);
        self.gathered.push(saving);
    }
}

/// Begins, and quits in the end if that is wanted.
pub(super) fn begin(model: &mut Model, quits: bool) -> Vec<Effect> {
    let mut left = model.unsaved();
    if left.is_empty() {
        model.say("nothing to save: everything is on disk as it is shown here");
        return Vec::new();
    }
    left.reverse();
    (model.playing, model.following) = (false, false);
    let (all, from) = (left.len(), model.wanted);
    model.saving_all = Some(SaveAll { left, saving: None, gathered: Vec::new(), all, from, quits });
    Vec::new()
}

/// Goes on, once nothing is waited for.
pub(super) fn go_on(model: &mut Model) -> Vec<Effect> {
    let busy = !model.overlays.is_empty() || !model.saving.is_empty() || model.jobs.load.or(model.jobs.look).is_some();
    let Some(round) = model.saving_all.as_mut().filter(|_| !busy) else { return Vec::new() };
    let shown = model.current.as_ref().map(|current| current.entry);
    match round.saving.take() {
        Some(entry) if shown == Some(entry) => {
            let effects = save::save(model);
            let stuck = effects.is_empty() && model.overlays.is_empty();
            // What cannot be saved keeps nothing else from being saved.
            return if stuck { go_on(model) } else { effects };
        }
        // It could not be shown, or someone went elsewhere: what was gathered so far is written, and that is all.
        Some(_) if round.gathered.is_empty() => {
            model.saving_all = None;
            return Vec::new();
        }
        Some(_) => {
            round.left.clear();
            round.from = None;
        }
        None => {}
    }
    if let Some(entry) = round.left.pop() {
        round.saving = Some(entry);
        return if shown == Some(entry) { go_on(model) } else { go(model, entry) };
    }
    if !round.gathered.is_empty() {
        let gathered = std::mem::take(&mut round.gathered);
        return save::unless_lost(model, gathered);
    }
    let Some(round) = model.saving_all.take() else { return Vec::new() };
    let unsaved = model.unsaved().len();
    if round.all > 1 {
        let saved = plural(round.all.saturating_sub(unsaved) as u64, "histogram");
        model.say(match unsaved {
            0 => format!("saved {saved}"),
            unsaved => format!("saved {saved}, {unsaved} still unsaved"),
        });
    }
    if round.quits && unsaved == 0 {
        return perform(model, Action::Quit);
    }
    match round.from {
        Some(from) if shown != Some(from) => go(model, from),
        _ => Vec::new(),
    }
}

/// What could not be saved ends it.
pub(super) fn stop(model: &mut Model) {
    model.saving_all = None;
}
