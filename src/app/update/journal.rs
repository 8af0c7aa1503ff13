//! Unsaved changes are kept beside while they are made, and offered when a session broke off.

use super::go;
use super::jobs::look_again;
use crate::app::overlay::{Overlay, Question};
use crate::app::{Effect, Model, RecoverableSession, first_bins};
use crate::catalog::EntryId;
use crate::document::journal::JournalEntry;
use crate::document::{BinSpec, Document, Edit, State};
use crate::text::plural;

/// What is unsaved now, if it is not what was unsaved before.
pub(super) fn keep(model: &mut Model) -> Option<Effect> {
    let unsaved = model.unsaved_entries();
    if unsaved == model.recovery.unsaved {
        return None;
    }
    model.recovery.unsaved = unsaved;
    Some(effect(model))
}

fn effect(model: &Model) -> Effect {
    Effect::JournalUnsaved { unsaved: model.recovery.unsaved.clone(), settled: model.recovery.settled.clone() }
}

/// A session that broke off has left something of a source.
pub(super) fn found(model: &mut Model, source: usize, recoverable: RecoverableSession) {
    if let Some(told) = recoverable.told.first() {
        model.complain(told.clone());
    }
    if !recoverable.entries.is_empty() {
        model.recovery.recoverable.insert(source, recoverable);
        // Beneath whatever is being typed or answered.
        model.overlays.insert(0, Overlay::Question(Question::RecoverableSession { source }));
    }
}

/// Does to a source what was done to it when the session broke off; every change can be undone.
pub(super) fn restore(model: &mut Model, source: usize) -> Vec<Effect> {
    let Some(RecoverableSession { entries, changed, files, .. }) = model.recovery.recoverable.remove(&source) else {
        return Vec::new();
    };
    let all = entries.len();
    let mut restored = Vec::new();
    for journaled in entries {
        let Some(entry) = place_of(model, source, &journaled) else { continue };
        let base = BinSpec::new(first_bins(&model.settings, journaled.kind));
        let document = model.documents.entry(entry.series_id()).or_insert_with(|| Document::new(base));
        let edit = match journaled.state {
            State { edited: None, spec } => Edit::BinSpec(spec),
            edited => {
                model.recovery.elsewhere.extend(changed.then_some(entry));
                Edit::State(edited, "restored what was unsaved".into())
            }
        };
        document.apply(entry.step, edit);
        restored.push(entry);
    }
    let mut said = format!("restored {}, u takes it back", plural(restored.len() as u64, "unsaved histogram"));
    let gone = all - restored.len();
    if gone > 0 {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        said = format!("{said}; {gone} belong to what is gone and stay in {}", files.join(", "));
    }
    model.say(said);
    // At once, also where it is left right after: what is on the screen is what would be saved.
    let mut effects = look_again(model);
    if let Some(last) =
        restored.last().filter(|last| model.current.as_ref().is_none_or(|current| current.entry != **last))
    {
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
    model.recovery.recoverable.remove(&source);
    model.say("discarded");
    vec![settle(model, source)]
}

fn settle(model: &mut Model, source: usize) -> Effect {
    model.recovery.settled.insert(source);
    model.recovery.unsaved = model.unsaved_entries();
    effect(model)
}

/// Where a change belongs in the source as it is now.
fn place_of(model: &Model, source: usize, journaled: &JournalEntry) -> Option<EntryId> {
    let all = &model.sources.get(source)?.series;
    let series = all.iter().position(|series| series.path == journaled.series && series.kind == journaled.kind)?;
    let steps = &all.get(series)?.steps;
    let same = journaled.step < steps.len() && steps.number(journaled.step) == journaled.number;
    let step = if same { journaled.step } else { journaled.number.and_then(|number| steps.find(number))? };
    Some(EntryId { source, series, step })
}
