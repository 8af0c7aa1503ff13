//! Saving what is shown, and the answers to it.

use super::answers;
use crate::app::overlay::{Overlay, Prompt, PromptKind, Question};
use crate::app::{Effect, Model, SaveTo, Saving, Ticket, effect::Saved};
use crate::catalog::Content;
use crate::document::Choice;
use crate::error::Error;
use crate::wandb;
use std::path::PathBuf;
use std::sync::Arc;

/// What would be written: the histogram on the screen, in its original numbers where nothing was changed.
pub(super) fn histogram(model: &Model) -> Option<Arc<wandb::Histogram>> {
    let open = model.open.as_ref()?;
    let untouched = model
        .document()
        .is_none_or(|document| document.lens().bins == Choice::Logged && document.lens().range.is_none());
    match &open.content {
        Content::Logged(logged) if untouched => Some(logged.histogram.clone()),
        _ => wandb::Histogram::from_hist(&model.shown()?.histogram).ok().map(Arc::new),
    }
}

/// Where the shown series can be saved without asking for a name.
fn target(model: &Model) -> Option<SaveTo> {
    let open = model.open.as_ref()?;
    if let Some((path, stamp)) = model.saved_as.get(&(open.place.source, open.place.series)) {
        return Some(SaveTo::Again { path: path.clone(), stamp: *stamp });
    }
    match &open.content {
        Content::Logged(logged) => Some(SaveTo::InPlace { origin: logged.origin.clone()? }),
        Content::Raw(_) => None,
    }
}

/// Saves where it came from, or asks for a name.
pub(super) fn save(model: &mut Model) -> Vec<Effect> {
    if model.open.is_none() {
        model.say("there is nothing to save");
        return Vec::new();
    }
    match target(model) {
        None => save_as(model),
        Some(_) if model.document().is_some_and(|document| !document.unsaved()) => {
            model.say("nothing to save: it is on disk as it is shown here");
            Vec::new()
        }
        Some(to) => write(model, to),
    }
}

/// Asks for a name.
pub(super) fn save_as(model: &mut Model) -> Vec<Effect> {
    if model.shown().is_none() {
        model.say("there is nothing to save");
        return Vec::new();
    }
    model.overlays.push(Overlay::Prompt(Prompt::new(PromptKind::SaveAs, "")));
    Vec::new()
}

/// Writes the shown histogram.
pub(super) fn write(model: &mut Model, to: SaveTo) -> Vec<Effect> {
    if model.open.as_ref().is_some_and(|open| open.counting) {
        model.say("still counting: save again when the bins are exact");
        return Vec::new();
    }
    let (Some(histogram), Some(place)) = (histogram(model), model.open.as_ref().map(|open| open.place)) else {
        return Vec::new();
    };
    let ticket = model.jobs.ticket();
    model.jobs.save = Some(ticket);
    model.saving = model.document().map(|document| Saving { place, lens: document.lens().clone(), to: to.clone() });
    model.say("saving …");
    vec![Effect::Save { ticket, place, histogram, to }]
}

/// It was written, or not.
pub(super) fn saved(model: &mut Model, ticket: Ticket, result: Result<Saved, Error>) -> Vec<Effect> {
    if !answers(&mut model.jobs.save, ticket) {
        return Vec::new();
    }
    let saving = model.saving.take();
    match result {
        Ok(saved) => {
            let at = (saved.place.source, saved.place.series);
            if !saved.in_place {
                model.saved_as.insert(at, (saved.path.clone(), saved.stamp));
            }
            // Bins that were changed while it was being written are not what is on disk.
            if let (Some(document), Some(saving)) = (model.documents.get_mut(&at), saving)
                && *document.lens() == saving.lens
            {
                document.mark_saved();
            }
            let outside = model.shown().map_or(0.0, |shown| shown.below + shown.above);
            let bins = if saved.bins == 1 { "1 bin".into() } else { format!("{} bins", saved.bins) };
            let rest = if outside == 0.0 {
                String::new()
            } else {
                let outside = crate::hist::scale::format_count(outside, 1);
                format!("; {outside} outside the range are not in it")
            };
            model.say(format!("saved {bins} to {}{rest}", saved.path.display()));
        }
        Err(error) => match (error, saving.map(|saving| (saving.place, saving.to))) {
            (Error::Exists { .. }, Some((_, SaveTo::File { path, .. }))) => {
                model.overlays.push(Overlay::Question(Question::Exists { path }));
            }
            (error @ Error::Changed { .. }, Some((place, to))) => {
                model.overlays.push(Overlay::Question(Question::Changed { place, error, over: whole_file(&to) }));
            }
            (error, _) => model.complain(error.to_string()),
        },
    }
    Vec::new()
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
        SaveTo::Again { path, .. } | SaveTo::File { path, .. } => Some(path.clone()),
    }
}
