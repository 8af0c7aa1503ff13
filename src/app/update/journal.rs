//! Crash recovery: unsaved changes go to a journal, and those of an earlier session can be restored.

use super::jobs::refresh;
use super::load;
use crate::app::overlay::Overlay;
use crate::app::{Effect, Model, Question, RecoverableSession, first_bins};
use crate::catalog::EntryId;
use crate::document::journal::JournalEntry;
use crate::document::{BinSpec, Document, Edit, State};
use crate::text::plural;

/// Writes the unsaved changes to the journal, if they have changed since the last write.
pub(super) fn write_changes(model: &mut Model) -> Option<Effect> {
    let unsaved = model.unsaved_entries();
    if unsaved == model.recovery.journaled {
        return None;
    }
    model.recovery.journaled = unsaved;
    Some(write(model))
}

fn write(model: &Model) -> Effect {
    Effect::JournalUnsaved { unsaved: model.recovery.journaled.clone(), settled: model.recovery.settled.clone() }
}

/// Asks whether to restore the unsaved changes of an earlier session.
pub(super) fn recovered(model: &mut Model, source: usize, session: RecoverableSession) {
    if let Some(notice) = session.notices.first() {
        model.report_error(notice.clone());
    }
    if !session.entries.is_empty() {
        model.recovery.sessions.insert(source, session);
        // Below other overlays, so that it does not interrupt typing.
        model.overlays.insert(0, Overlay::Question(Question::RecoverableSession { source }));
    }
}

/// Restores the unsaved changes of an earlier session. Each of them can be undone.
pub(super) fn restore(model: &mut Model, source: usize) -> Vec<Effect> {
    let Some(RecoverableSession { entries, changed, files, .. }) = model.recovery.sessions.remove(&source) else {
        return Vec::new();
    };
    let all = entries.len();
    let mut restored = Vec::new();
    for journaled in entries {
        let Some(entry) = find_entry(model, source, &journaled) else { continue };
        let base = BinSpec::new(first_bins(&model.settings, journaled.kind));
        let document = model.documents.entry(entry.series_id()).or_insert_with(|| Document::new(base));
        let edit = match journaled.state {
            State { edited: None, spec } => Edit::BinSpec(spec),
            edited => {
                model.recovery.stale.extend(changed.then_some(entry));
                Edit::State(edited, "restored unsaved changes".into())
            }
        };
        document.apply(entry.index, edit);
        restored.push(entry);
    }
    let mut notice = format!("restored {}; press u to undo", plural(restored.len() as u64, "histogram"));
    let unmatched = all - restored.len();
    if unmatched > 0 {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let files = files.join(", ");
        notice = format!("{notice}. {unmatched} no longer match this file and remain in {files}");
    }
    model.notify(notice);
    // Refresh even if another entry is loaded next: a save must write what the screen shows.
    let mut effects = refresh(model);
    if let Some(last) =
        restored.last().filter(|last| model.current.as_ref().is_none_or(|current| current.entry != **last))
    {
        model.list.choose(last.series_id());
        effects.extend(load(model, *last));
    }
    if unmatched == 0 {
        effects.push(mark_settled(model, source));
    }
    effects
}

/// Discards the unsaved changes of an earlier session.
pub(super) fn discard(model: &mut Model, source: usize) -> Vec<Effect> {
    model.recovery.sessions.remove(&source);
    model.notify("discarded the unsaved changes of the earlier session");
    vec![mark_settled(model, source)]
}

/// Deletes the earlier session of a source from the journal.
fn mark_settled(model: &mut Model, source: usize) -> Effect {
    model.recovery.settled.insert(source);
    model.recovery.journaled = model.unsaved_entries();
    write(model)
}

/// Finds the entry of a journaled change in the source: by its position if the step there is the same, or else by step.
fn find_entry(model: &Model, source: usize, journaled: &JournalEntry) -> Option<EntryId> {
    let all = &model.sources.get(source)?.series;
    let series = all.iter().position(|series| series.path == journaled.series && series.kind == journaled.kind)?;
    let steps = &all.get(series)?.steps;
    let same = journaled.index < steps.len() && steps.number(journaled.index) == journaled.step;
    let index = if same { journaled.index } else { journaled.step.and_then(|number| steps.find(number))? };
    Some(EntryId { source, series, index })
}
