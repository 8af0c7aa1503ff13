//! Saving what is shown, and the answers to it.

use super::action::perform;
use super::save_all;
use crate::action::Action;
use crate::app::overlay::{Overlay, Prompt, PromptKind, Question, Writing};
use crate::app::{Effect, Model, SaveTo, Saving, Ticket, effect::Saved};
use crate::catalog::Content;
use crate::error::Error;
use crate::text::{format_count, plural};
use crate::wandb;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// What would be written: the histogram on the screen, in its original numbers where nothing was changed, with as many
/// bins as W&B takes.
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

/// Where the shown histogram can be saved without asking for a name.
fn target(model: &Model) -> Option<SaveTo> {
    let current = model.current.as_ref()?;
    if let Some((path, stamp)) = model.saved_as.get(&current.entry) {
        return Some(SaveTo::Again { path: path.clone(), stamp: *stamp });
    }
    let Content::Logged(logged) = &current.content else { return None };
    let origin = logged.origin.clone()?;
    Some(if is_untouched(model) { SaveTo::Back { origin } } else { SaveTo::InPlace { origin } })
}

/// Whether what is shown is what the source holds, as it is.
fn is_untouched(model: &Model) -> bool {
    model.state().is_none_or(|state| state.is_original())
}

/// Whether the place on the screen is on disk as it is shown.
fn is_on_disk(model: &Model) -> bool {
    let (Some(current), Some(document)) = (&model.current, model.document()) else { return false };
    document.is_on_disk(current.entry.step)
}

/// Saves where it came from, or asks for a name.
pub(super) fn save(model: &mut Model) -> Vec<Effect> {
    match target(model) {
        Some(_) if is_on_disk(model) => {
            model.say("nothing to save: it is on disk as it is shown here");
            Vec::new()
        }
        Some(to) if is_of_another_file(model, &to) => {
            model.overlays.push(Overlay::Question(Question::StaleEdit(to)));
            Vec::new()
        }
        Some(to) => into(model, to),
        None => save_as(model),
    }
}

/// Whether what is shown was edited before the file that it would go into became what it is.
fn is_of_another_file(model: &Model, to: &SaveTo) -> bool {
    let entry = model.current.as_ref().map(|current| current.entry);
    let edited = model.state().is_some_and(|state| state.edited.is_some());
    matches!(to, SaveTo::InPlace { .. })
        && edited
        && entry.is_some_and(|entry| model.recovery.elsewhere.contains(&entry))
}

/// Saves there, once it is known that bins will be joined if they must be.
pub(super) fn into(model: &mut Model, to: SaveTo) -> Vec<Effect> {
    if model.reduction().is_none() || matches!(to, SaveTo::Back { .. }) {
        return write(model, to);
    }
    model.overlays.push(Overlay::Question(Question::Reduce(to)));
    Vec::new()
}

/// Where a typed name leads: the document that the histogram is part of is not replaced as a whole.
pub(super) fn named(model: &Model, path: PathBuf) -> SaveTo {
    let origin = match model.current.as_ref().map(|current| &current.content) {
        Some(Content::Logged(logged)) => logged.origin.clone().filter(|origin| origin.path == path),
        _ => None,
    };
    origin.map_or(SaveTo::File { path, overwrite: false }, |origin| SaveTo::InPlace { origin })
}

/// Asks for a name.
pub(super) fn save_as(model: &mut Model) -> Vec<Effect> {
    if model.shown().is_none() {
        model.say("there is nothing to save");
        return Vec::new();
    }
    model.playing = false;
    model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::SaveAs, "")));
    Vec::new()
}

/// Writes the shown histogram.
pub(super) fn write(model: &mut Model, to: SaveTo) -> Vec<Effect> {
    if model.current.as_ref().is_some_and(|current| current.counting) {
        model.say("still counting: save again when the bins are exact");
        return Vec::new();
    }
    let what = match (&to, model.current.as_ref().map(|current| &current.content)) {
        // What was read goes back even if it is broken.
        (SaveTo::Back { .. }, Some(Content::Logged(logged))) => Some((Arc::clone(&logged.histogram), 0.0)),
        _ => histogram(model).zip(model.shown().map(|shown| shown.below + shown.above)),
    };
    let Some((histogram, outside)) = what else {
        model.say("what is shown here is no histogram that could be saved");
        return Vec::new();
    };
    let (Some(current), Some(state)) = (&model.current, model.state()) else { return Vec::new() };
    let saving = Saving { entry: current.entry, state, histogram, outside, to };
    match &mut model.saving_all {
        // Together with whatever else goes into that file.
        Some(round) if matches!(saving.to, SaveTo::InPlace { .. } | SaveTo::Back { .. }) => {
            round.gather(saving);
            Vec::new()
        }
        _ => unless_lost(model, vec![saving]),
    }
}

/// Has it written, once it is known what the files that it came from would lose.
pub(super) fn unless_lost(model: &mut Model, savings: Vec<Saving>) -> Vec<Effect> {
    if !savings.iter().any(|saving| loses(model, saving)) {
        return start_all(model, savings);
    }
    model.overlays.push(Overlay::Question(Question::TrimPolicy(savings)));
    Vec::new()
}

/// Whether the file that it came from has what is left out, and would not have it any more.
fn loses(model: &Model, saving: &Saving) -> bool {
    let document = model.documents.get(&saving.entry.series_id());
    matches!(saving.to, SaveTo::InPlace { .. })
        && saving.outside != 0.0
        && !document.is_some_and(|document| document.was_saved_without(saving.entry.step))
}

/// Has it written, what goes into one file at once.
pub(super) fn start_all(model: &mut Model, savings: Vec<Saving>) -> Vec<Effect> {
    let mut files: BTreeMap<(usize, PathBuf), Vec<Saving>> = BTreeMap::new();
    for saving in savings {
        files.entry((saving.entry.source, saving.to.path().to_owned())).or_default().push(saving);
    }
    files.into_values().flat_map(|savings| start(model, savings)).collect()
}

/// Has it written, into one file.
pub(super) fn start(model: &mut Model, savings: Vec<Saving>) -> Vec<Effect> {
    let ticket = model.jobs.ticket();
    model.saving.insert(ticket, savings.clone());
    model.say("saving …");
    vec![Effect::Save { ticket, savings }]
}

/// Has it written over a file, whatever is in it.
pub(super) fn over(model: &mut Model, path: PathBuf, saving: Saving) -> Vec<Effect> {
    start(model, vec![Saving { to: SaveTo::File { path, overwrite: true }, ..saving }])
}

/// Asks what a file is to be called that something is saved in which could not be saved elsewhere.
pub(super) fn ask_name_for(model: &mut Model, saving: Saving) {
    let writing = Some(Writing::Save(Box::new(saving)));
    model.overlays.push(Overlay::Prompt(Prompt { writing, ..Prompt::new(PromptKind::SaveAs, "") }));
}

/// It was written, or not.
pub(super) fn saved(model: &mut Model, ticket: Ticket, result: Result<Saved, Error>) -> Vec<Effect> {
    let Some(savings) = model.saving.remove(&ticket) else { return Vec::new() };
    match result {
        Ok(saved) => {
            note(model, &savings, &saved);
            let quits = model.saving.is_empty() && std::mem::take(&mut model.quitting);
            if quits { perform(model, Action::Quit) } else { Vec::new() }
        }
        Err(error) => {
            model.quitting = false;
            model.say("not saved");
            match (error, &savings[..]) {
                (Error::Exists { .. }, [saving]) => {
                    let (path, writing) = (saving.to.path().to_owned(), Writing::Save(Box::new(saving.clone())));
                    model.overlays.push(Overlay::Question(Question::Exists { path, writing }));
                }
                // What is broken goes nowhere else.
                (error @ Error::Changed { .. }, _) if savings.iter().all(|saving| saving.histogram.check().is_ok()) => {
                    let over = if let [saving] = &savings[..] { whole_file(&saving.to) } else { None };
                    model.overlays.push(Overlay::Question(Question::Changed { savings, error, over }));
                }
                (error, _) => {
                    save_all::stop(model);
                    model.complain(error.to_string());
                }
            }
            Vec::new()
        }
    }
}

/// Remembers what is on disk now, and says so.
fn note(model: &mut Model, savings: &[Saving], saved: &Saved) {
    let what = match savings {
        [one] => plural(one.histogram.values().len() as u64, "bin"),
        several => plural(several.len() as u64, "histogram"),
    };
    let mut said = format!("saved {what} to {}", saved.path.display());
    if let [Saving { to: SaveTo::Back { .. }, .. }] = savings {
        said.push_str(", byte for byte as it was read");
    }
    let outside: f64 = savings.iter().map(|saving| saving.outside).sum();
    if outside != 0.0 {
        let _ = write!(said, "; {} outside the range are not in it", format_count(outside, 1));
    }
    for lost in &saved.lost {
        let _ = write!(said, "; {lost}");
    }
    // What another file of the same round was refused for stays in sight.
    if !model.status.error {
        model.say(said);
    }
    for Saving { entry, state, .. } in savings {
        model.recovery.elsewhere.remove(entry);
        if let Some(stamp) = saved.own {
            model.saved_as.insert(*entry, (saved.path.clone(), stamp));
        }
        if let Some(document) = model.documents.get_mut(&entry.series_id()) {
            document.mark_saved(entry.step, state.clone());
        }
    }
}

/// The file that can be written anew after it has changed: only one that holds nothing but the histogram.
fn whole_file(to: &SaveTo) -> Option<PathBuf> {
    /// A byte-order mark before it, a line end behind it.
    const AROUND: u64 = 3;
    match to {
        SaveTo::InPlace { origin } => {
            let alone = origin.stamp.len.saturating_sub(origin.span.len() as u64) <= AROUND && origin.extra.is_empty();
            alone.then(|| origin.path.clone())
        }
        SaveTo::Back { .. } => None,
        SaveTo::Again { path, .. } | SaveTo::File { path, .. } => Some(path.clone()),
    }
}
