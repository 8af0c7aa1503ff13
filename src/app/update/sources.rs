//! Sources: opened, reloaded, or grown.

use super::{compare, findings, load, steps};
use crate::app::overlay::{Overlay, PromptKind};
use crate::app::{Effect, Following, Model, Status};
use crate::catalog::{EntryId, Series, SeriesId, SeriesKind, SourceInfo, Steps};
use crate::document::Document;
use crate::error::Error;
use crate::text::plural;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adds opened sources, and reports why others could not be opened. The work is proportional to the batch, except for one
/// update of the list.
pub(super) fn opened(model: &mut Model, results: Vec<Result<Arc<SourceInfo>, Error>>) -> Vec<Effect> {
    model.opening = model.opening.saturating_sub(results.len());
    model.jobs.progress = None;
    let first = model.sources.len();
    for result in results {
        match result {
            Ok(info) => {
                report(model, &info);
                model.names.add(&info);
                model.sources.push(info);
            }
            Err(error) => {
                model.report_error(error.to_string());
                // The user cancelled it and needs no reminder.
                if error != Error::Cancelled {
                    model.open_errors.push(error);
                }
            }
        }
    }
    if model.sources.len() == first {
        return Vec::new();
    }
    model.list.opened(&model.sources);
    let mut effects = vec![Effect::Recover { sources: first..model.sources.len() }];
    // The first series in the list, which is not always the one that was logged first.
    let shown_now = model.list.series_at(0).filter(|_| model.requested.is_none());
    if let Some(id) = shown_now {
        model.list.choose(id);
        effects.extend(steps::show_series(model, id));
    }
    // What is logged while the log is being opened is shown, too.
    let shown = model.requested.and_then(|entry| model.sources.get(entry.source));
    let follows = match (shown_now, shown) {
        (Some(_), Some(shown)) => shown.growing,
        (None, Some(shown)) if shown.growing => false,
        _ => model.sources.iter().skip(first).any(|source| source.growing),
    };
    if follows && model.following == Following::Off {
        model.following = Following::Waiting;
    }
    effects.extend(findings::search(model, first..model.sources.len(), true));
    effects
}

/// Reports what the search in a folder has left out.
pub(super) fn searched(model: &mut Model, left_out: Vec<String>) -> Vec<Effect> {
    model.opening = model.opening.saturating_sub(1);
    if let Some(first) = left_out.first().filter(|_| !model.status.error) {
        model.notify(first.clone());
    }
    model.left_out.extend(left_out);
    Vec::new()
}

/// Reports what is unusual about an opened source.
fn report(model: &mut Model, info: &SourceInfo) {
    let name = &info.name;
    let problems = info.problems.iter().filter(|problem| !problem.unfinished).count();
    if info.series.is_empty() && info.growing {
        model.notify(format!("waiting for data in {name}"));
    } else if info.series.is_empty() {
        model.report_error(format!("{name} does not contain a histogram or numbers"));
    } else if problems > 0 {
        let problems = plural(problems as u64, "problem");
        model.report_error(format!("{name}: {problems} while reading; press ! for details"));
    }
}

/// Replaces a source after a reload. Documents are kept by key, or follow the histograms that moved. Everything else that
/// was derived from the old content is dropped.
pub(super) fn reopened(
    model: &mut Model,
    source: usize,
    result: Result<Arc<SourceInfo>, Error>,
    moved: &BTreeMap<EntryId, EntryId>,
) -> Vec<Effect> {
    let info = match result {
        Ok(info) => info,
        Err(error) => {
            model.report_error(error.to_string());
            return Vec::new();
        }
    };
    let Some(slot) = model.sources.get_mut(source) else { return Vec::new() };
    let name = info.name.clone();
    model.names.remove(slot);
    model.names.add(&info);
    let before = std::mem::replace(slot, info);
    let reload = Reload { source, before: &before, after: slot, moved };
    let requested = model.requested.filter(|entry| entry.source == source).map(|entry| reload.next_entry(entry));
    let marks: BTreeMap<EntryId, Option<EntryId>> = {
        let of_source = model.comparison.marks.iter().filter(|mark| mark.entry.source == source);
        of_source.map(|mark| (mark.entry, reload.new_entry(mark.entry))).collect()
    };
    let Relocated { lost, known } = reload.relocate(&mut model.documents);
    let lost_marks = compare::relocate(model, source, |entry| marks.get(&entry).copied().flatten());
    model.thumbnails.retain(|entry, _| entry.source != source);
    model.series_table.forget(|entry| entry.source == source);
    model.lines.forget(source);
    model.findings.forget(source);
    model.saved_files.retain(|entry, _| entry.source != source);
    // Edits were made from the old version of the file. Saving asks before it overwrites the new version, unless the
    // edited histogram was recognized in it.
    model.recovery.stale.retain(|entry| entry.source != source);
    let edited = model.documents.iter().filter(|(id, _)| id.source == source);
    let edited = edited.flat_map(|(id, document)| document.edited().map(|(index, _)| id.at(index)));
    let stale: Vec<EntryId> = edited.filter(|entry| !known.contains_key(entry)).collect();
    model.recovery.stale.extend(&stale);
    model.all_steps.take_if(|all_steps| all_steps.series.source == source);
    model.jobs.all_steps.take_if(|(_, series)| series.source == source);
    if model.to_count.take_if(|(entry, _)| entry.source == source).is_some() {
        model.jobs.count = None;
    }
    // The histogram of a pending edit may have changed.
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Prompt(prompt) if prompt.kind == PromptKind::Edit));
    model.list.changed(&model.sources, source);
    let moved = known.iter().filter(|(after, before)| after != before).count();
    let ambiguous = stale.iter().find(|entry| model.series(**entry).is_some_and(is_identified_by_position));
    let notes = [
        Some(format!("reloaded {name}")),
        (moved > 0).then(|| format!("{} moved to new positions", plural(moved as u64, "edit"))),
        ambiguous.map(|entry| {
            let name = model.name(*entry);
            format!("the edit stays at {name}, which may be a different histogram now; saving will ask")
        }),
        (lost_marks > 0).then(|| {
            let marks = plural(lost_marks as u64, "mark");
            format!("{marks} removed because the histogram is gone")
        }),
        (lost > 0).then(|| {
            let edits = plural(lost as u64, "edit");
            format!("{edits} discarded because the histogram is gone")
        }),
    ];
    let text = notes.into_iter().flatten().collect::<Vec<_>>().join("; ");
    if lost + lost_marks > 0 {
        model.report_error(text);
    } else {
        model.notify(text);
    }
    let mut effects = match requested {
        Some(Some(entry)) => {
            model.list.choose(entry.series_id());
            load(model, entry)
        }
        Some(None) => {
            (model.current, model.requested, model.jobs.load) = (None, None, None);
            model.report_error(format!("{name} no longer contains a histogram or numbers"));
            Vec::new()
        }
        None => Vec::new(),
    };
    effects.extend(findings::search(model, [source], true));
    effects
}

/// Returns true if only positions identify the histograms of a series, as in a list without step numbers.
fn is_identified_by_position(series: &Series) -> bool {
    let position = series.path.last().is_some_and(|label| label.parse::<usize>().is_ok());
    matches!(series.steps, Steps::Unknown(steps) if position || steps > 1)
}

/// A source before and after a reload.
struct Reload<'r> {
    source: usize,
    before: &'r SourceInfo,
    after: &'r SourceInfo,
    /// Old and new entries of histograms that were recognized by their content.
    moved: &'r BTreeMap<EntryId, EntryId>,
}

/// The result of relocating documents.
struct Relocated {
    /// Number of edited histograms that were discarded.
    lost: usize,
    /// New and old entries of edited histograms whose original was recognized by its content.
    known: BTreeMap<EntryId, EntryId>,
}

impl Reload<'_> {
    /// Returns the new index of the series with the same key and kind.
    fn same_series(&self, series: usize) -> Option<usize> {
        let old = self.before.series.get(series)?;
        self.after.series.iter().position(|new| new.path == old.path && new.kind == old.kind)
    }

    /// Returns the new entry of a histogram: recognized by its content, or else by its key and step.
    fn new_entry(&self, entry: EntryId) -> Option<EntryId> {
        if let Some(moved) = self.moved.get(&entry) {
            return Some(*moved);
        }
        let series = self.same_series(entry.series)?;
        let (before, after) = (&self.before.series.get(entry.series)?.steps, &self.after.series.get(series)?.steps);
        let index = match before.number(entry.index) {
            Some(number) => after.find(number)?,
            None => Some(entry.index).filter(|index| *index < after.len())?,
        };
        Some(EntryId { series, index, ..entry })
    }

    /// Returns the entry to show in place of an old one: the same histogram, or else a nearby one. `None` if the source is
    /// empty.
    fn next_entry(&self, entry: EntryId) -> Option<EntryId> {
        let last = self.after.series.len().checked_sub(1)?;
        let moved = self.moved.get(&entry).copied();
        let entry = moved.unwrap_or_else(|| {
            let series = self.same_series(entry.series).unwrap_or(entry.series.min(last));
            EntryId { series, ..entry }
        });
        let steps = self.after.series.get(entry.series)?.steps.len();
        Some(EntryId { index: entry.index.min(steps.saturating_sub(1)), ..entry })
    }

    /// Moves the documents to the new positions of their histograms.
    fn relocate(&self, documents: &mut BTreeMap<SeriesId, Document>) -> Relocated {
        let (mut lost, mut known) = (0, BTreeMap::new());
        let all = std::mem::take(documents).into_iter();
        let (of_this, others): (Vec<_>, Vec<_>) = all.partition(|(id, _)| id.source == self.source);
        documents.extend(others);
        let mut found = Vec::new();
        for (id, mut document) in of_this {
            let edits = document.edited().count();
            let is_single = self.before.series.get(id.series).is_some_and(|series| series.steps.len() == 1);
            let moved_to = if is_single { self.new_entry(id.at(0)).map(EntryId::series_id) } else { None };
            let Some(to) = moved_to.or_else(|| self.same_series(id.series).map(|series| SeriesId { series, ..id }))
            else {
                lost += edits;
                continue;
            };
            let moved =
                document.edited().filter_map(|(index, _)| Some((*self.moved.get(&id.at(index))?, id.at(index))));
            known.extend(moved.filter(|(after, _)| after.series_id() == to));
            let new_index =
                |index| self.new_entry(id.at(index)).filter(|after| after.series_id() == to).map(|after| after.index);
            lost += document.relocate(new_index);
            found.push(((edits > 0, self.moved.contains_key(&id.at(0))), to, document));
        }
        // If two documents move to the same series, keep the edited one, and prefer one recognized by content.
        found.sort_by_key(|(rank, ..)| *rank);
        for (_, to, document) in found {
            lost += documents.insert(to, document).map_or(0, |other| other.edited().count());
        }
        Relocated { lost, known }
    }
}

/// Updates a source that has grown. Goes to the newest step while following.
pub(super) fn grown(model: &mut Model, source: usize, info: Arc<SourceInfo>) -> Vec<Effect> {
    if source >= model.sources.len() {
        return Vec::new();
    }
    // The single entry of a growing list was seen with fewer values.
    let restart = info.series.iter().any(|series| series.kind == SeriesKind::Samples && series.steps.len() == 1);
    let mut effects = show_grown(model, source, info);
    effects.extend(findings::search(model, [source], restart));
    effects
}

fn show_grown(model: &mut Model, source: usize, info: Arc<SourceInfo>) -> Vec<Effect> {
    let Some(slot) = model.sources.get_mut(source) else { return Vec::new() };
    if slot.run != info.run {
        model.names.remove(slot);
        model.names.add(&info);
    }
    *slot = info;
    // Samples grow within a single step.
    let grows = |entry: &EntryId| {
        let series = model.sources[source].series.get(entry.series);
        entry.source == source && series.is_some_and(|series| series.kind == SeriesKind::Samples)
    };
    model.series_table.forget(grows);
    model.list.changed(&model.sources, source);
    model.comparison.maps.errors.retain(|id, _| id.source != source);
    compare::grown(model, source);
    match model.requested {
        Some(entry) if model.following != Following::Off && entry.source == source => {
            model.following = Following::On;
            let Some(series) = model.series(entry) else { return Vec::new() };
            let (last, kind) = (series.steps.len().saturating_sub(1), series.kind);
            // Samples grow within a single step.
            if last == entry.index && kind == SeriesKind::Histogram {
                return Vec::new();
            }
            load(model, EntryId { index: last, ..entry })
        }
        None if !model.sources[source].series.is_empty() => {
            model.status = Status::default();
            steps::show_series(model, SeriesId { source, series: 0 })
        }
        None if !model.sources[source].growing => {
            model.report_error(format!("{} ended without a histogram or numbers", model.sources[source].name));
            Vec::new()
        }
        _ => Vec::new(),
    }
}
