//! Saving all unsaved entries. Each one is shown and saved in turn, so that prompts and questions refer to the histogram
//! on the screen. Saves into the files that entries were read from are collected, and each file is written once at the end.

use super::{load, quit, save};
use crate::app::{Effect, Following, Model, PendingSave};
use crate::catalog::EntryId;
use crate::text::plural;

/// A running "save all".
#[derive(Debug)]
pub(in crate::app) struct SaveAll {
    /// Entries to save, the next one last.
    remaining: Vec<EntryId>,
    /// The entry that is being loaded in order to save it.
    loading: Option<EntryId>,
    /// Saves that are written together at the end.
    collected: Vec<PendingSave>,
    /// Number of entries at the start.
    total: usize,
    /// The entry to return to at the end.
    return_to: Option<EntryId>,
    then_quit: bool,
}

impl SaveAll {
    /// Collects a save for the end. It replaces an earlier save of the same entry.
    pub(super) fn collect(&mut self, save: PendingSave) {
        self.collected.retain(|earlier| earlier.entry != save.entry);
        self.collected.push(save);
    }
}

/// Starts to save all unsaved entries, and quits at the end if `then_quit` is true and everything was saved.
pub(super) fn start(model: &mut Model, then_quit: bool) -> Vec<Effect> {
    let mut remaining = model.unsaved();
    if remaining.is_empty() {
        model.notify("nothing to save");
        return Vec::new();
    }
    remaining.reverse();
    (model.playing, model.following) = (false, Following::Off);
    let (total, return_to) = (remaining.len(), model.requested);
    let collected = Vec::new();
    model.save_all = Some(SaveAll { remaining, loading: None, collected, total, return_to, then_quit });
    Vec::new()
}

/// Saves the next entry, unless a job or an overlay is pending.
pub(super) fn advance(model: &mut Model) -> Vec<Effect> {
    let busy = !model.overlays.is_empty() || model.jobs.count_or_load().is_some();
    let Some(save_all) = model.save_all.as_mut().filter(|_| !busy) else { return Vec::new() };
    let shown = model.current.as_ref().map(|current| current.entry);
    match save_all.loading.take() {
        Some(entry) if shown == Some(entry) => {
            let mut effects = save::save(model);
            // Neither an entry that cannot be saved nor a save that takes long may block the others.
            if model.overlays.is_empty() {
                effects.extend(advance(model));
            }
            return effects;
        }
        // The entry could not be shown, or the user went elsewhere: write only what was collected so far.
        Some(_) if save_all.collected.is_empty() => {
            model.save_all = None;
            return Vec::new();
        }
        Some(_) => {
            save_all.remaining.clear();
            save_all.return_to = None;
        }
        None => {}
    }
    if let Some(entry) = save_all.remaining.pop() {
        save_all.loading = Some(entry);
        return if shown == Some(entry) { advance(model) } else { load(model, entry) };
    }
    if !save_all.collected.is_empty() {
        let collected = std::mem::take(&mut save_all.collected);
        return save::confirm_loss(model, collected);
    }
    // A save that takes long must not delay those of other entries, only the summary.
    if !model.saving.is_empty() {
        return Vec::new();
    }
    let Some(save_all) = model.save_all.take() else { return Vec::new() };
    let unsaved = model.unsaved().len();
    if save_all.total > 1 {
        let saved = plural(save_all.total.saturating_sub(unsaved) as u64, "histogram");
        model.notify(match unsaved {
            0 => format!("saved {saved}"),
            unsaved => format!("saved {saved}; {unsaved} still unsaved"),
        });
    }
    if save_all.then_quit && unsaved == 0 {
        return quit::request(model);
    }
    match save_all.return_to {
        Some(entry) if shown != Some(entry) => load(model, entry),
        _ => Vec::new(),
    }
}
