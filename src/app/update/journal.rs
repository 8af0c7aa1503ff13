//! Crash recovery: unsaved changes go to a journal, and those of an earlier session can be restored.

use super::jobs::refresh;
use super::steps;
use crate::app::overlay::Overlay;
use crate::app::{Effect, JournalUpdate, Model, Question, RecoverableSession, first_bins};
use crate::catalog::{SeriesId, SourceInfo};
use crate::document::journal::{JournalEntry, count_edited};
use crate::document::{BinSpec, Change, Document, NewChanges, Replay};
use crate::text::plural;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Appends new changes to the journal. Replaces the journal if it contains changes that no longer apply.
pub(super) fn write_changes(model: &mut Model) -> Option<Effect> {
    let (mut replace, mut later) = (std::mem::take(&mut model.recovery.rewrite), Vec::new());
    for (id, document) in &mut model.documents {
        let Some(changes) = document.take_changes() else { continue };
        let is_journaled = model.recovery.journaled.contains(id);
        match (document.has_unsaved(), changes) {
            (true, NewChanges::Later(changes)) if is_journaled => later.push((*id, changes)),
            (false, _) if !is_journaled => {}
            _ => replace = true,
        }
    }
    if !replace && later.is_empty() {
        return None;
    }
    if replace {
        later.clear();
        for (id, document) in &mut model.documents {
            if document.has_unsaved() {
                later.push((*id, document.all_changes()));
            }
        }
        model.recovery.journaled = later.iter().map(|(id, _)| *id).collect();
    }
    let changes = later.into_iter().flat_map(|(id, changes)| model.for_journal(id, changes)).collect();
    Some(Effect::Journal(JournalUpdate { changes, replace, settled: model.recovery.settled.clone() }))
}

/// Asks whether to restore the unsaved changes of an earlier session.
pub(super) fn recovered(model: &mut Model, source: usize, session: RecoverableSession) {
    if let Some(notice) = session.notices.first() {
        model.report_error(notice.clone());
    }
    if count_edited(&session.entries) == 0 {
        // Bins and range alone are not work.
        if !session.entries.is_empty() {
            mark_settled(model, source);
        }
    } else {
        model.recovery.sessions.insert(source, session);
        // Below other overlays, so that it does not interrupt typing.
        model.overlays.insert(0, Overlay::Question(Question::RecoverableSession { source }));
    }
}

/// Restores the unsaved changes of an earlier session with their history. Each of them can be undone.
pub(super) fn restore(model: &mut Model, source: usize) -> Vec<Effect> {
    let Some(RecoverableSession { entries, changed, files, .. }) = model.recovery.sessions.remove(&source) else {
        return Vec::new();
    };
    let (mut restored, mut unmatched, mut last) = (BTreeSet::new(), BTreeSet::new(), None);
    let mut replays: BTreeMap<SeriesId, Replay> = BTreeMap::new();
    for journaled in &entries {
        let Some(series) = find_series(model, source, journaled) else {
            if let Change::Edit { index, .. } = journaled.change {
                unmatched.insert((&journaled.series, index));
            }
            continue;
        };
        let base = BinSpec::new(first_bins(&model.settings, journaled.kind));
        let document = model.documents.entry(series).or_insert_with(|| Document::new(base));
        let index = match &journaled.change {
            Change::Edit { index, state, .. } => {
                let found = find_index(&model.sources, series, *index, journaled.step);
                if let Some(entry) = found.map(|index| series.at(index)) {
                    model.recovery.stale.extend((changed && state.edited.is_some()).then_some(entry));
                    restored.insert(entry);
                    last = Some(entry);
                } else {
                    unmatched.insert((&journaled.series, *index));
                }
                found
            }
            Change::Position(_) => None,
        };
        replays.entry(series).or_insert_with(|| Replay::new(document)).apply(document, &journaled.change, index);
    }
    restored.retain(|entry| model.documents.get(&entry.series_id()).is_some_and(|it| it.is_unsaved(entry.index)));
    let mut notice = format!("restored {}; press u to undo", plural(restored.len() as u64, "histogram"));
    let unmatched = unmatched.len();
    if unmatched > 0 {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let files = files.join(", ");
        notice = format!("{notice}. {unmatched} no longer match this file and remain in {files}");
    }
    model.notify(notice);
    // Refresh even if another entry is loaded next: a save must write what the screen shows.
    let mut effects = refresh(model);
    if let Some(last) = last.filter(|last| model.current.as_ref().is_none_or(|current| current.entry != *last)) {
        effects.extend(steps::show_entry(model, last));
    }
    if unmatched == 0 {
        mark_settled(model, source);
    }
    effects
}

/// Discards the unsaved changes of an earlier session.
pub(super) fn discard(model: &mut Model, source: usize) -> Vec<Effect> {
    model.recovery.sessions.remove(&source);
    model.notify("discarded the unsaved changes of the earlier session");
    mark_settled(model, source);
    Vec::new()
}

/// Deletes the earlier session of a source from the journal.
fn mark_settled(model: &mut Model, source: usize) {
    model.recovery.settled.insert(source);
    model.recovery.rewrite = true;
}

fn find_series(model: &Model, source: usize, journaled: &JournalEntry) -> Option<SeriesId> {
    let all = &model.sources.get(source)?.series;
    let series =
        all.iter().position(|series| series.path[..] == journaled.series[..] && series.kind == journaled.kind)?;
    Some(SeriesId { source, series })
}

/// Finds the entry of a journaled change: by its position if the step there is the same, or else by step.
fn find_index(sources: &[Arc<SourceInfo>], id: SeriesId, index: usize, step: Option<i64>) -> Option<usize> {
    let steps = &sources.get(id.source)?.series.get(id.series)?.steps;
    let same = index < steps.len() && steps.number(index) == step;
    if same { Some(index) } else { step.and_then(|number| steps.find(number)) }
}
