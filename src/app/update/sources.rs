//! Sources that are opened, read again, or have grown.

use super::go;
use crate::app::overlay::{Overlay, PromptKind};
use crate::app::{Effect, Model, Status};
use crate::catalog::{EntryId, Series, SeriesId, SeriesKind, SourceInfo, Steps};
use crate::document::Document;
use crate::error::Error;
use crate::text::plural;
use std::collections::BTreeMap;

/// A source was opened, or could not be.
pub(super) fn opened(model: &mut Model, result: Result<SourceInfo, Error>) -> Vec<Effect> {
    model.opening = model.opening.saturating_sub(1);
    model.jobs.progress = None;
    match result {
        Ok(info) => {
            let source = model.sources.len();
            let problems = info.problems.iter().filter(|problem| !problem.unfinished).count();
            let unfinished = info.problems.len() > problems;
            let (name, empty, growing) = (info.name.clone(), info.series.is_empty(), info.growing);
            model.sources.push(info);
            model.list.rebuild(&model.sources);
            if empty && growing {
                model.say(format!("nothing is logged to {name} yet; it is waited for"));
            } else if empty {
                model.complain(format!("{name} holds no histogram and no numbers"));
            } else if problems > 0 {
                model.complain(format!("{name}: {} while reading, ! shows them", plural(problems as u64, "problem")));
            } else if unfinished {
                model.say(format!("{name}: its last entry is not whole yet, ! shows where"));
            }
            let mut effects = vec![Effect::Recover { source }];
            if model.wanted.is_none() && !empty {
                let id = SeriesId { source, series: 0 };
                model.list.choose(id);
                effects.extend(first(model, id));
            }
            effects
        }
        Err(error) => {
            let why = error.to_string();
            model.complain(why.clone());
            // Who stops it knows why.
            if error != Error::Cancelled {
                model.unopened.push(why);
            }
            Vec::new()
        }
    }
}

/// A source was read again. How its series are looked at is kept, by their keys; nothing else that was known of it
/// holds any more. What moved is looked at where it is now.
pub(super) fn reopened(
    model: &mut Model,
    (source, result): (usize, Result<SourceInfo, Error>),
    moved: &BTreeMap<EntryId, EntryId>,
) -> Vec<Effect> {
    let info = match result {
        Ok(info) => info,
        Err(error) => {
            model.complain(error.to_string());
            return Vec::new();
        }
    };
    let Some(slot) = model.sources.get_mut(source) else { return Vec::new() };
    let name = info.name.clone();
    let before = std::mem::replace(slot, info);
    let reread = Reread { source, before: &before, now: slot, moved };
    let wanted = model.wanted.filter(|entry| entry.source == source).map(|entry| reread.goes_on_at(entry));
    let (lost, known) = reread.take_along(&mut model.documents);
    model.thumbnails.retain(|entry, _| entry.source != source);
    model.saved_as.retain(|entry, _| entry.source != source);
    // What was edited was another file's: it replaces nothing of this one without being told to, unless it is known to be
    // made of what stands there.
    model.recovery.elsewhere.retain(|entry| entry.source != source);
    let edited = model.documents.iter().filter(|(id, _)| id.source == source);
    let edited = edited.flat_map(|(id, document)| document.edited().map(|(step, _)| id.at(step)));
    let others: Vec<EntryId> = edited.filter(|entry| !known.contains_key(entry)).collect();
    model.recovery.elsewhere.extend(&others);
    model.all_steps.take_if(|over| over.of.source == source);
    model.jobs.sweep.take_if(|(_, of)| of.source == source);
    if model.next.take_if(|(entry, _)| entry.source == source).is_some() {
        model.jobs.look = None;
    }
    // What was to be edited may be another histogram now.
    model.overlays.retain(|overlay| !matches!(overlay, Overlay::Prompt(prompt) if prompt.kind == PromptKind::Edit));
    model.list.rebuild(&model.sources);
    let went = known.iter().filter(|(now, before)| now != before).count();
    let stays = |entry: &&EntryId| model.series(**entry).is_some_and(is_listed);
    let kept = others.iter().find(stays).map(|entry| {
        let at = model.name(*entry);
        format!("what was edited stays at {at}, though another histogram may stand there now; saving asks")
    });
    let told = [
        (went > 0).then(|| format!("{} went along with what moved", plural(went as u64, "edit"))),
        kept,
        (lost > 0).then(|| format!("{} went with what is gone from it", plural(lost as u64, "edited histogram"))),
    ];
    let read = Some(format!("read {name} again"));
    let said = read.into_iter().chain(told.into_iter().flatten()).collect::<Vec<_>>().join("; ");
    model.status = Status { text: said, error: lost > 0 };
    match wanted {
        Some(Some(entry)) => {
            model.list.choose(entry.series_id());
            go(model, entry)
        }
        Some(None) => {
            (model.current, model.wanted, model.jobs.load) = (None, None, None);
            model.complain(format!("{name} holds no histogram and no numbers any more"));
            Vec::new()
        }
        None => Vec::new(),
    }
}

/// Whether nothing but positions names its histograms.
fn is_listed(series: &Series) -> bool {
    let position = series.path.last().is_some_and(|label| label.parse::<usize>().is_ok());
    matches!(series.steps, Steps::Unknown(steps) if position || steps > 1)
}

/// A source before and after it was read again.
struct Reread<'r> {
    source: usize,
    before: &'r SourceInfo,
    now: &'r SourceInfo,
    moved: &'r BTreeMap<EntryId, EntryId>,
}

impl Reread<'_> {
    /// The series under the same key.
    fn same(&self, series: usize) -> Option<usize> {
        let old = self.before.series.get(series)?;
        self.now.series.iter().position(|new| new.path == old.path && new.kind == old.kind)
    }

    /// Where what stood at a place is now: known by what it holds, or by its key and its step.
    fn now(&self, entry: EntryId) -> Option<EntryId> {
        if let Some(now) = self.moved.get(&entry) {
            return Some(*now);
        }
        let series = self.same(entry.series)?;
        let (before, after) = (&self.before.series.get(entry.series)?.steps, &self.now.series.get(series)?.steps);
        let step = match before.number(entry.step) {
            Some(number) => after.find(number)?,
            None => Some(entry.step).filter(|step| *step < after.len())?,
        };
        Some(EntryId { series, step, ..entry })
    }

    /// Where to look at instead of a place; `None` where there is nothing any more.
    fn goes_on_at(&self, entry: EntryId) -> Option<EntryId> {
        let last = self.now.series.len().checked_sub(1)?;
        let moved = self.moved.get(&entry).copied();
        let entry = moved.unwrap_or_else(|| {
            let series = self.same(entry.series).unwrap_or(entry.series.min(last));
            EntryId { series, ..entry }
        });
        let steps = self.now.series.get(entry.series)?.steps.len();
        Some(EntryId { step: entry.step.min(steps.saturating_sub(1)), ..entry })
    }

    /// Puts documents where what they are of is now. Returns how many edited histograms are lost, and of which it is known
    /// what they were made of: where that is now, and where it was.
    fn take_along(&self, documents: &mut BTreeMap<SeriesId, Document>) -> (usize, BTreeMap<EntryId, EntryId>) {
        let (mut lost, mut known) = (0, BTreeMap::new());
        let all = std::mem::take(documents).into_iter();
        let (of_this, others): (Vec<_>, Vec<_>) = all.partition(|(id, _)| id.source == self.source);
        documents.extend(others);
        let mut found = Vec::new();
        for (id, mut document) in of_this {
            let edits = document.edited().count();
            let alone = self.before.series.get(id.series).is_some_and(|series| series.steps.len() == 1);
            let first = if alone { self.now(id.at(0)).map(EntryId::series_id) } else { None };
            let Some(to) = first.or_else(|| self.same(id.series).map(|series| SeriesId { series, ..id })) else {
                lost += edits;
                continue;
            };
            let moved = document.edited().filter_map(|(step, _)| Some((*self.moved.get(&id.at(step))?, id.at(step))));
            known.extend(moved.filter(|(now, _)| now.series_id() == to));
            let step = |step| self.now(id.at(step)).filter(|now| now.series_id() == to).map(|now| now.step);
            lost += document.reread(step);
            found.push(((edits > 0, self.moved.contains_key(&id.at(0))), to, document));
        }
        // Of two for one place what was edited counts, and most of all what is known to be made of it.
        found.sort_by_key(|(rank, ..)| *rank);
        for (_, to, document) in found {
            lost += documents.insert(to, document).map_or(0, |other| other.edited().count());
        }
        (lost, known)
    }
}

/// Goes to the last step of a series.
pub(super) fn first(model: &mut Model, id: SeriesId) -> Vec<Effect> {
    let steps = model.series(id).map_or(0, |series| series.steps.len());
    go(model, id.at(steps.saturating_sub(1)))
}

/// A source has grown: what is shown stays, the newest step is gone to while following.
pub(super) fn grown(model: &mut Model, source: usize, info: SourceInfo) -> Vec<Effect> {
    let Some(slot) = model.sources.get_mut(source) else { return Vec::new() };
    *slot = info;
    model.list.rebuild(&model.sources);
    match model.wanted {
        Some(entry) if model.following && entry.source == source => {
            let Some(series) = model.series(entry) else { return Vec::new() };
            let (last, kind) = (series.steps.len().saturating_sub(1), series.kind);
            // Samples get more within their one step.
            if last == entry.step && kind == SeriesKind::Histogram {
                return Vec::new();
            }
            go(model, EntryId { step: last, ..entry })
        }
        None if !model.sources[source].series.is_empty() => {
            model.status = Status::default();
            first(model, SeriesId { source, series: 0 })
        }
        None if !model.sources[source].growing => {
            model.complain(format!("{} ended without a histogram or numbers", model.sources[source].name));
            Vec::new()
        }
        _ => Vec::new(),
    }
}
