//! Saving the current histogram: target, questions, result.

use super::quit;
use crate::app::effect::Saved;
use crate::app::overlay::{Overlay, Prompt, PromptKind};
use crate::app::{Effect, Model, PendingSave, PendingWrite, Question, SaveTo, Ticket};
use crate::catalog::Content;
use crate::error::Error;
use crate::text::{format_count, plural};
use crate::wandb;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Returns the histogram that a save writes: the original if nothing was changed, or else the one on the screen. It is
/// reduced to the most bins that W&B accepts.
pub(super) fn histogram(model: &Model) -> Option<Arc<wandb::Histogram>> {
    let current = model.current.as_ref()?;
    let histogram = match &current.content {
        Content::Logged(logged) if is_untouched(model) => {
            logged.histogram.check().ok()?;
            wandb::Histogram::clone(&logged.histogram)
        }
        _ => wandb::Histogram::from_hist(&model.shown()?.histogram).ok()?,
    };
    Some(Arc::new(histogram.reduced()))
}

/// Returns the target of a save without a prompt; `None` if the user must enter a file name.
fn target(model: &Model) -> Option<SaveTo> {
    let current = model.current.as_ref()?;
    if let Some((path, stamp)) = model.saved_files.get(&current.entry) {
        return Some(SaveTo::SavedFile { path: path.clone(), stamp: *stamp });
    }
    let Content::Logged(logged) = &current.content else { return None };
    let origin = logged.origin.clone()?;
    Some(if is_untouched(model) { SaveTo::Restore { origin } } else { SaveTo::InPlace { origin } })
}

/// Returns true if the document has no changes to the current entry.
fn is_untouched(model: &Model) -> bool {
    model.state().is_none_or(|state| state.is_original())
}

/// Returns true if the file already contains the current state of the entry.
fn is_on_disk(model: &Model) -> bool {
    let (Some(current), Some(document)) = (&model.current, model.document()) else { return false };
    document.is_on_disk(current.entry.index)
}

/// Saves to the known target, or asks for a file name.
pub(super) fn save(model: &mut Model) -> Vec<Effect> {
    match target(model) {
        Some(_) if is_on_disk(model) => {
            model.notify("nothing to save: the file is up to date");
            Vec::new()
        }
        Some(to) if is_stale(model, &to) => {
            model.overlays.push(Overlay::Question(Question::StaleEdit(to)));
            Vec::new()
        }
        Some(to) => save_to(model, to),
        None => save_as(model),
    }
}

/// Returns true if the save would overwrite a version of the file that is newer than the edit.
fn is_stale(model: &Model, to: &SaveTo) -> bool {
    let entry = model.current.as_ref().map(|current| current.entry);
    let edited = model.state().is_some_and(|state| state.edited.is_some());
    matches!(to, SaveTo::InPlace { .. }) && edited && entry.is_some_and(|entry| model.recovery.stale.contains(&entry))
}

/// Saves to a target. Asks first if the save must reduce the number of bins.
pub(super) fn save_to(model: &mut Model, to: SaveTo) -> Vec<Effect> {
    if model.reduction().is_none() || matches!(to, SaveTo::Restore { .. }) {
        return write(model, to);
    }
    model.overlays.push(Overlay::Question(Question::Reduce(to)));
    Vec::new()
}

/// Returns the target for a typed path. The file that the histogram was read from is changed in place, not replaced.
pub(super) fn target_for(model: &Model, path: PathBuf) -> SaveTo {
    let origin = match model.current.as_ref().map(|current| &current.content) {
        Some(Content::Logged(logged)) => logged.origin.clone().filter(|origin| origin.path == path),
        _ => None,
    };
    origin.map_or(SaveTo::NewFile { path, overwrite: false }, |origin| SaveTo::InPlace { origin })
}

/// Asks for a file name.
pub(super) fn save_as(model: &mut Model) -> Vec<Effect> {
    if model.shown().is_none() {
        model.notify("nothing to save");
        return Vec::new();
    }
    model.playing = false;
    model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::SaveAs, "")));
    Vec::new()
}

/// Writes the current histogram, or collects it for "save all".
pub(super) fn write(model: &mut Model, to: SaveTo) -> Vec<Effect> {
    if model.current.as_ref().is_some_and(|current| current.counting) {
        model.notify("still counting; save again when the badge is exact");
        return Vec::new();
    }
    let content = match (&to, model.current.as_ref().map(|current| &current.content)) {
        // Restore the original even if it is malformed.
        (SaveTo::Restore { .. }, Some(Content::Logged(logged))) => Some((Arc::clone(&logged.histogram), 0.0)),
        _ => histogram(model).zip(model.shown().map(|shown| shown.below + shown.above)),
    };
    let Some((histogram, out_of_range)) = content else {
        model.notify("no histogram to save");
        return Vec::new();
    };
    let (Some(current), Some(state)) = (&model.current, model.state()) else { return Vec::new() };
    let save = PendingSave { entry: current.entry, state, histogram, out_of_range, to };
    match &mut model.save_all {
        // All saves into this file are written together.
        Some(save_all) if matches!(save.to, SaveTo::InPlace { .. } | SaveTo::Restore { .. }) => {
            save_all.collect(save);
            Vec::new()
        }
        _ => confirm_loss(model, vec![save]),
    }
}

/// Writes the saves. Asks first if one of them deletes out-of-range counts from its file.
pub(super) fn confirm_loss(model: &mut Model, pending: Vec<PendingSave>) -> Vec<Effect> {
    if !pending.iter().any(|save| deletes_counts(model, save)) {
        return start_all(model, pending);
    }
    model.overlays.push(Overlay::Question(Question::OutOfRange(pending)));
    Vec::new()
}

/// Returns true if the file contains out-of-range counts that the save would delete.
fn deletes_counts(model: &Model, save: &PendingSave) -> bool {
    let document = model.documents.get(&save.entry.series_id());
    matches!(save.to, SaveTo::InPlace { .. })
        && save.out_of_range != 0.0
        && !document.is_some_and(|document| document.was_saved_without(save.entry.index))
}

/// Writes the saves, those for the same file together.
pub(super) fn start_all(model: &mut Model, pending: Vec<PendingSave>) -> Vec<Effect> {
    let mut files: BTreeMap<(usize, PathBuf), Vec<PendingSave>> = BTreeMap::new();
    for save in pending {
        files.entry((save.entry.source, save.to.path().to_owned())).or_default().push(save);
    }
    files.into_values().flat_map(|pending| start(model, pending)).collect()
}

/// Writes saves into one file, after those that are still being written into it.
pub(super) fn start(model: &mut Model, pending: Vec<PendingSave>) -> Vec<Effect> {
    /// Maximum number of saves that wait for one file.
    const MAX_WAITING: usize = 8;
    let Some(path) = pending.first().map(|save| save.to.path()) else { return Vec::new() };
    let earlier = model.saving.values().filter(|saves| saves.first().is_some_and(|save| save.to.path() == path));
    if earlier.clone().next_back() == Some(&pending) || earlier.count() >= MAX_WAITING {
        model.notify(format!("still saving {} …", path.display()));
        return Vec::new();
    }
    let ticket = model.jobs.ticket();
    model.saving.insert(ticket, pending.clone());
    model.notify("saving …");
    vec![Effect::Save { ticket, pending }]
}

/// Overwrites a file with a save.
pub(super) fn overwrite(model: &mut Model, path: PathBuf, save: PendingSave) -> Vec<Effect> {
    start(model, vec![PendingSave { to: SaveTo::NewFile { path, overwrite: true }, ..save }])
}

/// Asks for another file name for a save that its target refused.
pub(super) fn prompt_name_for(model: &mut Model, save: PendingSave) {
    let pending = Some(PendingWrite::Save(Box::new(save)));
    model.overlays.push(Overlay::Prompt(Prompt { pending, ..Prompt::new(PromptKind::SaveAs, "") }));
}

/// Reports the result of a save, or asks what to do if the file exists or has changed.
pub(super) fn saved(model: &mut Model, ticket: Ticket, result: Result<Saved, Error>) -> Vec<Effect> {
    let Some(pending) = model.saving.remove(&ticket) else { return Vec::new() };
    match result {
        Ok(saved) => {
            record_saved(model, &pending, &saved);
            let quit_now = model.saving.is_empty() && std::mem::take(&mut model.quitting);
            if quit_now { quit::request(model) } else { Vec::new() }
        }
        Err(error) => {
            model.quitting = false;
            model.notify("not saved");
            match (error, &pending[..]) {
                (Error::Exists { .. }, [save]) => {
                    let (path, pending) = (save.to.path().to_owned(), PendingWrite::Save(Box::new(save.clone())));
                    model.overlays.push(Overlay::Question(Question::Exists { path, pending }));
                }
                // A malformed histogram is only restored, never written to another file.
                (error @ Error::Changed { .. }, _) if pending.iter().all(|save| save.histogram.check().is_ok()) => {
                    let overwrite = if let [save] = &pending[..] { sole_content_of(&save.to) } else { None };
                    model.overlays.push(Overlay::Question(Question::Changed { pending, error, overwrite }));
                }
                (error, _) => {
                    model.save_all = None;
                    model.report_error(error.to_string());
                }
            }
            Vec::new()
        }
    }
}

/// Marks the entries as saved and reports the save.
fn record_saved(model: &mut Model, pending: &[PendingSave], saved: &Saved) {
    let what = match pending {
        [one] => plural(one.histogram.values().len() as u64, "bin"),
        several => plural(several.len() as u64, "histogram"),
    };
    let mut notice = format!("saved {what} to {}", saved.path.display());
    if let [PendingSave { to: SaveTo::Restore { .. }, .. }] = pending {
        notice.push_str(", byte for byte as it was read");
    }
    let out_of_range: f64 = pending.iter().map(|save| save.out_of_range).sum();
    if out_of_range != 0.0 {
        let _ = write!(notice, "; left out {} out-of-range counts", format_count(out_of_range, 1));
    }
    for lost in &saved.lost {
        let _ = write!(notice, "; {lost}");
    }
    // An error of another file in the same "save all" stays visible.
    if !model.status.error {
        model.notify(notice);
    }
    for PendingSave { entry, state, .. } in pending {
        model.recovery.stale.remove(entry);
        if let Some(stamp) = saved.stamp {
            model.saved_files.insert(*entry, (saved.path.clone(), stamp));
        }
        if let Some(document) = model.documents.get_mut(&entry.series_id()) {
            document.mark_saved(entry.index, state.clone());
        }
    }
}

/// Returns the file of a target if it contains only the histogram, so that it can be overwritten after a change.
fn sole_content_of(to: &SaveTo) -> Option<PathBuf> {
    /// Bytes of a byte-order mark before the histogram and of a line end after it.
    const AROUND: u64 = 3;
    match to {
        SaveTo::InPlace { origin } => {
            let alone = origin.stamp.len.saturating_sub(origin.span.len() as u64) <= AROUND && origin.extra.is_empty();
            alone.then(|| origin.path.clone())
        }
        SaveTo::Restore { .. } => None,
        SaveTo::SavedFile { path, .. } | SaveTo::NewFile { path, .. } => Some(path.clone()),
    }
}
