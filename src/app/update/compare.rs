//! Marks, modes of comparison, and the counts of the histograms that the current one is compared with.

use crate::action::Action;
use crate::app::compare::distances::{Measured, Own};
use crate::app::compare::{CompareMode, Counted, Look, MAX_LINES, Mark, Other, Siblings, Target, Wanted};
use crate::app::effect::OtherCounted;
use crate::app::{Effect, Model, StepCursor, Ticket, View};
use crate::catalog::{EntryId, SeriesId, SeriesKind};
use crate::document::{EvaluatedHistogram, Side};
use crate::engine::{self, Task};
use crate::error::Error;
use crate::text::plural;
use std::sync::Arc;

/// Maximum size of the samples of other histograms that are kept in memory. Larger ones are read again for each count.
const MAX_KEPT_BYTES: u64 = 256 << 20;

/// Performs an action on the comparison.
pub(super) fn perform(model: &mut Model, action: Action) {
    match action {
        Action::Compare => toggle_mark(model),
        Action::CompareMode => set_mode(model, model.comparison.mode.next()),
        Action::CompareOverlay => set_mode(model, CompareMode::Overlay),
        Action::CompareMirrored => set_mode(model, CompareMode::Mirrored),
        Action::CompareDifference => set_mode(model, CompareMode::Difference),
        Action::CompareRatio => set_mode(model, CompareMode::Ratio),
        Action::MarkNext => choose_next(model),
        Action::CompareRuns => next_runs(model),
        _ => clear_marks(model),
    }
}

/// Marks the current histogram, or removes its mark.
fn toggle_mark(model: &mut Model) {
    let Some(current) = &model.current else { return };
    let (entry, content) = (current.entry, current.content.clone());
    let name = model.entry_name(entry);
    let comparison = &mut model.comparison;
    if comparison.mark(entry).is_some() {
        comparison.marks.retain(|mark| mark.entry != entry);
        let left = match comparison.marks.len() {
            0 => "nothing is marked".to_owned(),
            n => format!("{} left", plural(n as u64, "mark")),
        };
        model.notify(format!("unmarked {name}; {left}"));
        return;
    }
    let side = match Side::new(&content, None) {
        Ok(side) => side,
        Err(error) => return model.notify(format!("cannot mark this histogram: {error}")),
    };
    let is_free = |slot: &usize| comparison.marks.iter().all(|mark| mark.slot != *slot);
    let slot = (0..=comparison.marks.len()).find(is_free).unwrap_or(0);
    comparison.marks.push(Mark { entry, slot });
    comparison.others.insert(entry, Other { side: Some(side), ..Other::default() });
    let marks = comparison.marks.len();
    model.notify(match marks {
        1 => format!("marked {name}; choose another histogram to compare"),
        n if n > MAX_LINES => format!("marked {name}; {MAX_LINES} of {n} marks are drawn"),
        n => format!("marked {name}; {n} marks"),
    });
}

fn clear_marks(model: &mut Model) {
    let marks = std::mem::take(&mut model.comparison.marks).len();
    model.notify(match marks {
        0 => "nothing is marked".to_owned(),
        n => format!("{} removed", plural(n as u64, "mark")),
    });
}

fn set_mode(model: &mut Model, mode: CompareMode) {
    model.comparison.mode = mode;
    let name = mode.name();
    if !model.comparison.is_active() {
        let key = model.settings.keymap.shown(Action::Compare).into_iter().next();
        let remedy = key.map(|key| format!("; mark a histogram with {key} first")).unwrap_or_default();
        return model.notify(format!("comparison: {name}{remedy}"));
    }
    let comparison = &model.comparison;
    let with = comparison.chosen().filter(|_| mode != CompareMode::Overlay && comparison.total > 1);
    let with = with.map(|target| format!(", with {}", model.target_name(target))).unwrap_or_default();
    model.notify(format!("comparison: {name}{with}"));
}

/// Chooses the next target for modes with two sides and for edits.
fn choose_next(model: &mut Model) {
    let comparison = &model.comparison;
    let Some(chosen) = comparison.chosen() else { return model.notify("nothing else is marked") };
    let at = comparison.targets.iter().position(|target| target == chosen).map_or(0, |at| at + 1);
    let next = comparison.targets.get(at).or(comparison.targets.first()).copied();
    model.comparison.chosen = next.map(|target| target.entry);
    if let Some(target) = next {
        model.notify(format!("compared with {}", model.entry_name(target.entry)));
    }
}

/// Compares the same series of all runs: as lines at this step, then as one heat map for each run, then not. The view with one
/// heat map begins with those of all runs.
fn next_runs(model: &mut Model) {
    if std::mem::take(&mut model.comparison.maps.shown) {
        return model.notify("other runs are not compared");
    }
    let (view, has_steps) = (model.chart.view, model.step_count() > 1);
    if std::mem::take(&mut model.comparison.runs) {
        if matches!(view, View::Bars | View::Cumulative) && has_steps {
            return show_maps(model);
        }
        return model.notify("other runs are not compared");
    }
    model.comparison.runs = true;
    choose_targets(model);
    let others = model.comparison.total;
    let drawn = model.comparison.targets.len();
    if others == 0 || (view == View::Heatmap && has_steps) {
        model.comparison.runs = false;
    }
    let key = model.settings.keymap.shown(Action::ViewBars).into_iter().next();
    let is_drawn = matches!(view, View::Bars | View::Cumulative | View::Lines);
    let remedy = key.filter(|_| !is_drawn).map(|key| format!("; {key} draws them")).unwrap_or_default();
    match others {
        0 => model.notify("the list has this series only once"),
        _ if !model.comparison.runs => show_maps(model),
        n if n > drawn => model.notify(format!("compared with {drawn} of {n} others; the filter chooses which")),
        n => model.notify(format!("compared with {}{remedy}", plural(n as u64, "other"))),
    }
}

/// Shows one heat map for each run, in place of the chart.
fn show_maps(model: &mut Model) {
    if model.chart.view == View::Heatmap {
        model.chart.view = View::Bars;
    }
    model.comparison.maps.shown = true;
    model.notify("one heat map for each run, on the same axes");
}

/// Returns the series with the key of the current one, in list order.
pub(super) fn siblings(model: &mut Model, entry: EntryId) -> Vec<SeriesId> {
    let Some(path) = model.series(entry).map(|series| Arc::clone(&series.path)) else { return Vec::new() };
    let of = (model.list.version(), path);
    if let Some(known) = model.comparison.siblings.as_ref().filter(|known| known.of == of) {
        return known.ids.clone();
    }
    let all = (0..model.list.shown).filter_map(|at| model.list.series_at(at));
    let ids: Vec<SeriesId> = all.filter(|id| model.series(*id).is_some_and(|series| series.path == of.1)).collect();
    model.comparison.siblings = Some(Siblings { of, ids: ids.clone() });
    ids
}

/// Returns the entry that an edit combines with the current one: the chosen target, or else the marked histogram itself.
pub(super) fn operand(model: &Model) -> Option<EntryId> {
    let comparison = &model.comparison;
    comparison.chosen().map(|target| target.entry).or(comparison.marks.first().map(|mark| mark.entry))
}

/// Updates the targets and their counts. What needs samples or files is requested; until it arrives, the counts are
/// estimates.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    choose_targets(model);
    let mut effects = count(model);
    effects.extend(measure(model));
    effects
}

/// Counts the targets in the bins of the current histogram.
fn count(model: &mut Model) -> Vec<Effect> {
    let comparison = &mut model.comparison;
    let is_used = |entry: &EntryId| {
        comparison.targets.iter().any(|target| target.entry == *entry)
            || comparison.marks.iter().any(|mark| mark.entry == *entry)
    };
    comparison.others.retain(|entry, _| is_used(entry));
    let current = model.current.as_ref();
    let shown = current.and_then(|current| Some((current.shown.as_ref().ok()?.clone(), current.counting)));
    let Some((shown, counting)) = shown.filter(|_| !model.comparison.targets.is_empty()) else {
        return stop(model);
    };
    // A zoomed range shows a part of all distributions.
    let extend = model.spec().is_none_or(|spec| spec.range.is_none());
    let entries: Vec<EntryId> = model.comparison.targets.iter().map(|target| target.entry).collect();
    let mut wanted = Vec::new();
    for entry in entries {
        let edited = model.documents.get(&entry.series_id()).and_then(|document| document.state(entry.index).edited);
        let other = model.comparison.others.entry(entry).or_default();
        set_edited(other, edited.map(Side::Bins));
        if count_now(other, &shown, extend) {
            wanted.push(entry);
        }
    }
    if wanted.is_empty() {
        return stop(model);
    }
    // The edges of an estimate may change once the samples of the current histogram are counted.
    if counting {
        return Vec::new();
    }
    let is_same = |running: &Wanted| Arc::ptr_eq(&running.of, &shown) && running.entries == wanted;
    if model.jobs.others.is_some() && model.comparison.running.as_ref().is_some_and(is_same) {
        return Vec::new();
    }
    let ticket = model.jobs.ticket();
    model.jobs.others = Some(ticket);
    let others = wanted.iter().map(|entry| (*entry, model.comparison.others.get(entry).and_then(|o| o.side.clone())));
    let others = others.collect();
    let edges = shown.histogram.edges().clone();
    model.comparison.running = Some(Wanted { of: shown, entries: wanted });
    vec![Effect::CountOthers { ticket, others, edges, extend }]
}

/// Measures the distances from the targets: at once between bins, by a worker if samples are involved.
fn measure(model: &mut Model) -> Vec<Effect> {
    let entry = model.current.as_ref().filter(|_| !model.comparison.targets.is_empty()).map(|current| current.entry);
    let edited = |model: &Model, entry: EntryId| {
        let document = model.documents.get(&entry.series_id());
        document.and_then(|document| document.state(entry.index).edited).map(Side::Bins)
    };
    let before = model.comparison.own.take();
    model.comparison.own = entry
        .zip(model.current.as_ref())
        .and_then(|(entry, current)| Own::new(&current.content, edited(model, entry), before));
    let Some(own) = model.comparison.own.as_ref().map(|own| own.side.clone()) else {
        model.comparison.measuring = None;
        return model.jobs.distances.take().map(Effect::Cancel).into_iter().collect();
    };
    let comparison = &mut model.comparison;
    let mut wanted = None;
    for target in &comparison.targets {
        let Some(other) = comparison.others.get_mut(&target.entry).filter(|other| other.error.is_none()) else {
            continue;
        };
        let from = other.side().cloned();
        let is_known = |measured: &Measured| {
            measured.own.is_same(&own)
                && match (&measured.from, &from) {
                    (Some(a), Some(b)) => a.is_same(b),
                    (a, b) => a.is_none() && b.is_none(),
                }
        };
        if other.measured.as_ref().is_some_and(is_known) {
            continue;
        }
        if let (Side::Bins(_), Some(Side::Bins(_))) = (&own, &from) {
            let found = from.as_ref().map(|from| {
                engine::distances(from.for_distances(), own.for_distances(), &Task::default())
                    .map_err(|error| error.to_string())
            });
            other.measured = found.map(|result| Measured { own: own.clone(), from, result });
            continue;
        }
        other.measured = None;
        wanted = wanted.or(Some((target.entry, from)));
    }
    let Some((entry, from)) = wanted else {
        comparison.measuring = None;
        return model.jobs.distances.take().map(Effect::Cancel).into_iter().collect();
    };
    let is_running = comparison.measuring.as_ref().is_some_and(|(running, side, other)| {
        let same_other = match (other, &from) {
            (Some(a), Some(b)) => a.is_same(b),
            (a, b) => a.is_none() && b.is_none(),
        };
        *running == entry && side.is_same(&own) && same_other
    });
    if is_running && model.jobs.distances.is_some() {
        return Vec::new();
    }
    let ticket = model.jobs.ticket();
    model.jobs.distances = Some(ticket);
    model.comparison.measuring = Some((entry, own.clone(), from.clone()));
    vec![Effect::MeasureDistances { ticket, from: entry, other: from, own }]
}

/// Receives the distances from a target.
pub(super) fn measured(model: &mut Model, ticket: Ticket, result: Result<engine::Comparison, Error>) -> Vec<Effect> {
    if super::finish(&mut model.jobs.distances, ticket) {
        store(model, result.map_err(|error| error.to_string()));
    }
    Vec::new()
}

/// Reports a measurement that failed or was cancelled.
pub(super) fn measuring_failed(model: &mut Model, error: &Error) {
    store(model, Err(if *error == Error::Cancelled { "cancelled".to_owned() } else { error.to_string() }));
    model.report_failure(error);
}

fn store(model: &mut Model, result: Result<engine::Comparison, String>) {
    let Some((entry, own, from)) = model.comparison.measuring.take() else { return };
    if let Some(other) = model.comparison.others.get_mut(&entry) {
        other.measured = Some(Measured { own, from, result });
    }
}

/// Cancels the running count.
fn stop(model: &mut Model) -> Vec<Effect> {
    model.comparison.running = None;
    model.jobs.others.take().map(Effect::Cancel).into_iter().collect()
}

/// Computes what the current histogram is compared with: the marks, and the same series of other runs at this step.
fn choose_targets(model: &mut Model) {
    let current = model.current.as_ref().map(|current| current.entry);
    let marks = model.comparison.marks.iter().filter(|mark| Some(mark.entry) != current);
    let mut targets: Vec<Target> =
        marks.map(|mark| Target { entry: mark.entry, look: Look::Mark(mark.slot) }).collect();
    let mut total = targets.len();
    if let Some(current) = current.filter(|_| model.comparison.runs) {
        let ids = siblings(model, current);
        // Of many runs, those next to the current one in the list are drawn.
        let at = ids.iter().position(|id| *id == current.series_id()).unwrap_or(0);
        let first = at / MAX_LINES * MAX_LINES;
        let cursor = model.series(current).map(|series| StepCursor::at(&series.steps, current.index));
        for id in ids.iter().skip(first).take(MAX_LINES).filter(|id| **id != current.series_id()) {
            let index = model.series(*id).and_then(|series| cursor?.index_in(&series.steps));
            let entry = index.map(|index| id.at(index));
            targets.extend(entry.map(|entry| Target { entry, look: Look::Run(id.source) }));
        }
        total += ids.len().saturating_sub(1);
    }
    model.comparison.total = total;
    model.comparison.targets = targets.into_iter().take(MAX_LINES).collect();
}

/// Replaces the edited histogram, and drops the counts of the earlier one.
fn set_edited(other: &mut Other, edited: Option<Side>) {
    let is_same = match (&other.edited, &edited) {
        (None, None) => true,
        (Some(Side::Bins(old)), Some(Side::Bins(new))) => Arc::ptr_eq(old, new),
        _ => false,
    };
    if !is_same {
        (other.edited, other.counted) = (edited, None);
    }
}

/// Counts a histogram in the bins of the current one, if that needs no samples. Otherwise estimates it, and returns true.
fn count_now(other: &mut Other, shown: &Arc<EvaluatedHistogram>, extend: bool) -> bool {
    let is_current = |counted: &Counted| Arc::ptr_eq(&counted.of, shown) && counted.extend == extend;
    if other.error.is_some() || other.counted.as_ref().is_some_and(|counted| is_current(counted) && !counted.pending) {
        return false;
    }
    let edges = shown.histogram.edges();
    let counted = |common, pending| Some(Counted { of: Arc::clone(shown), extend, common: Arc::new(common), pending });
    match other.side() {
        Some(side) if side.is_instant() => {
            match side.between(edges, extend, &Task::default()) {
                Ok(common) => other.counted = counted(common, false),
                Err(error) => other.error = Some(error.to_string()),
            }
            false
        }
        _ => {
            // Estimates start from exact counts, so that they do not drift.
            if let Some(last) = other.exact.as_ref().filter(|_| !other.counted.as_ref().is_some_and(is_current)) {
                other.counted = counted(last.estimate(edges, extend), true);
            }
            true
        }
    }
}

/// Receives the counts of other histograms.
pub(super) fn counted(model: &mut Model, ticket: Ticket, results: Vec<OtherCounted>) -> Vec<Effect> {
    if !super::finish(&mut model.jobs.others, ticket) {
        return Vec::new();
    }
    let Some(Wanted { of, .. }) = model.comparison.running.take() else { return Vec::new() };
    for OtherCounted { entry, extend, result } in results {
        let kept: u64 = model.comparison.others.values().filter_map(|other| other.side.as_ref()).map(size).sum();
        let Some(other) = model.comparison.others.get_mut(&entry) else { continue };
        match result {
            Ok((side, common)) => {
                let common = Arc::new(common);
                other.exact = matches!(side, Side::Samples(_)).then(|| Arc::clone(&common));
                if other.edited.is_none() {
                    other.counted = Some(Counted { of: Arc::clone(&of), extend, common, pending: false });
                }
                if other.side.is_none() && kept + size(&side) <= MAX_KEPT_BYTES {
                    other.side = Some(side);
                }
            }
            Err(error) => other.error = Some(error.to_string()),
        }
    }
    Vec::new()
}

/// Bytes that a histogram occupies if it is kept.
fn size(side: &Side) -> u64 {
    match side {
        Side::Bins(_) => 0,
        Side::Samples(population) => population.in_memory(),
    }
}

/// Reports a count that failed or was cancelled. It is not repeated until something changes.
pub(super) fn failed(model: &mut Model, error: &Error) {
    let words = if *error == Error::Cancelled { "cancelled".to_owned() } else { error.to_string() };
    for entry in model.comparison.running.take().into_iter().flat_map(|running| running.entries) {
        if let Some(other) = model.comparison.others.get_mut(&entry) {
            other.error = Some(words.clone());
        }
    }
    model.report_failure(error);
}

/// Moves the marks of a reloaded source to the new positions of their histograms. Returns the number of lost marks.
pub(super) fn relocate(model: &mut Model, source: usize, new_entry: impl Fn(EntryId) -> Option<EntryId>) -> usize {
    let comparison = &mut model.comparison;
    comparison.others.retain(|entry, _| entry.source != source);
    comparison.maps.stacks.retain(|id, _| id.source != source);
    comparison.maps.errors.retain(|id, _| id.source != source);
    let before = comparison.marks.len();
    let moved = |entry: EntryId| if entry.source == source { new_entry(entry) } else { Some(entry) };
    comparison.marks = std::mem::take(&mut comparison.marks)
        .into_iter()
        .filter_map(|mark| Some(Mark { entry: moved(mark.entry)?, ..mark }))
        .collect();
    comparison.chosen = comparison.chosen.and_then(moved);
    before - comparison.marks.len()
}

/// Drops the samples of a source that has grown.
pub(super) fn grown(model: &mut Model, source: usize) {
    let series = model.sources.get(source).map(|info| info.series.as_slice()).unwrap_or_default();
    model.comparison.others.retain(|entry, _| {
        let kind = series.get(entry.series).map(|series| series.kind);
        entry.source != source || kind == Some(SeriesKind::Histogram)
    });
}
