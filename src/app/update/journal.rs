//! Unsaved changes are kept beside while they are made, and offered when a session broke off.

use super::go;
use super::jobs::look_again;
use crate::app::overlay::{Overlay, Question};
use crate::app::{Effect, Leftover, Model, first_bins};
use crate::catalog::Place;
use crate::document::journal::Entry;
use crate::document::{Document, Edit, Lens, State};
use crate::hist::scale::counted;

/// What is unsaved now, if it is not what was unsaved before.
pub(super) fn keep(model: &mut Model) -> Option<Effect> {
    let unsaved = model.unsaved_places();
    if unsaved == model.kept.unsaved {
        return None;
    }
    model.kept.unsaved = unsaved;
    Some(effect(model))
}

fn effect(model: &Model) -> Effect {
    Effect::Keep { unsaved: model.kept.unsaved.clone(), settled: model.kept.settled.clone() }
}

/// A session that broke off has left something of a source.
pub(super) fn found(model: &mut Model, source: usize, leftover: Leftover) {
    if let Some(told) = leftover.told.first() {
        model.complain(told.clone());
    }
    if !leftover.entries.is_empty() {
        model.kept.leftover.insert(source, leftover);
        // Beneath whatever is being typed or answered.
        model.overlays.insert(0, Overlay::Question(Question::Leftover { source }));
    }
}

/// Does to a source what was done to it when the session broke off; every change can be undone.
pub(super) fn restore(model: &mut Model, source: usize) -> Vec<Effect> {
    let Some(Leftover { entries, changed, files, .. }) = model.kept.leftover.remove(&source) else { return Vec::new() };
    let all = entries.len();
    let mut restored = Vec::new();
    for entry in entries {
        let Some(place) = place_of(model, source, &entry) else { continue };
        let base = Lens::new(first_bins(&model.settings, entry.kind));
        let document = model.documents.entry(place.series_id()).or_insert_with(|| Document::new(base));
        let edit = match entry.state {
            State { edited: None, lens } => Edit::Lens(lens),
            edited => {
                model.kept.elsewhere.extend(changed.then_some(place));
                Edit::State(edited, "restored what was unsaved".into())
            }
        };
        document.apply(place.step, edit);
        restored.push(place);
    }
    let mut said = format!("restored {}, u takes it back", counted(restored.len() as u64, "unsaved histogram"));
    let gone = all - restored.len();
    if gone > 0 {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        said = format!("{said}; {gone} belong to what is gone and stay in {}", files.join(", "));
    }
    model.say(said);
    // At once, also where it is left right after: what is on the screen is what would be saved.
    let mut effects = look_again(model);
    if let Some(last) = restored.last().filter(|last| model.open.as_ref().is_none_or(|open| open.place != **last)) {
        model.list.choose(last.series_id());
        effects.extend(go(model, *last));
    }
    if gone == 0 {
        effects.push(settle(model, source));
    }
    effects
}

/// Forgets what was left of a source.
pub(super) fn discard(model: &mut Model, source: usize) -> Vec<Effect> {
    model.kept.leftover.remove(&source);
    model.say("discarded");
    vec![settle(model, source)]
}

fn settle(model: &mut Model, source: usize) -> Effect {
    model.kept.settled.insert(source);
    model.kept.unsaved = model.unsaved_places();
    effect(model)
}

/// Where a change belongs in the source as it is now.
fn place_of(model: &Model, source: usize, entry: &Entry) -> Option<Place> {
    let all = &model.sources.get(source)?.series;
    let series = all.iter().position(|series| series.path == entry.series && series.kind == entry.kind)?;
    let steps = &all.get(series)?.steps;
    let same = entry.step < steps.len() && steps.number(entry.step) == entry.number;
    let step = if same { entry.step } else { entry.number.and_then(|number| steps.find(number))? };
    Some(Place { source, series, step })
}
