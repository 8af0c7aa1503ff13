//! Answers of work that was asked for: contents, counts, statistics.

use super::{answers, sweep};
use crate::app::{Current, Cursor, Effect, Model, Ticket};
use crate::catalog::{Content, EntryId};
use crate::document::{
    Basis, Certainty, Document, Edit, EvaluatedHistogram, State, estimated, is_instant, look, look_at_edited,
};
use crate::engine::Task;
use crate::error::Error;
use crate::hist::{self, Bins, Histogram, Rounding, Stats};
use std::sync::Arc;

/// A content is there: logged bins are shown at once, samples are counted first.
pub(super) fn loaded(model: &mut Model, ticket: Ticket, entry: EntryId, result: Result<Content, Error>) -> Vec<Effect> {
    if !answers(&mut model.jobs.load, ticket) {
        return Vec::new();
    }
    (model.jobs.progress, model.jobs.prepared) = (None, None);
    match result {
        Ok(content) => {
            let first = model.first_spec(&content);
            model.documents.entry(entry.series_id()).or_insert_with(|| Document::new(first));
            show(model, entry, content)
        }
        Err(error) => not_loaded(model, &error),
    }
}

/// A content did not come. One that cannot be read is stepped over by the next step; a cancelled one was not wanted.
fn not_loaded(model: &mut Model, error: &Error) -> Vec<Effect> {
    model.jobs.progress = None;
    if *error == Error::Cancelled {
        stay(model);
    }
    tell(model, error)
}

/// Says what went wrong.
pub(super) fn tell(model: &mut Model, error: &Error) -> Vec<Effect> {
    match error {
        Error::Cancelled => model.say("cancelled"),
        error => model.complain(error.to_string()),
    }
    Vec::new()
}

/// Work ended without its answer: what waited for it goes on without.
pub(super) fn failed(model: &mut Model, ticket: Ticket, error: &Error) -> Vec<Effect> {
    if answers(&mut model.jobs.load, ticket) {
        return not_loaded(model, error);
    }
    if answers(&mut model.jobs.look, ticket) {
        return not_counted(model, error);
    }
    if let Some((_, of)) = model.jobs.sweep.take_if(|(newest, _)| *newest == ticket) {
        return sweep::not_swept(model, of, error);
    }
    let gathered = answers(&mut model.jobs.gather, ticket);
    let described = answers(&mut model.jobs.describe, ticket);
    if described && *error == Error::Cancelled {
        model.say("the statistics were left; other bins ask for them again");
        return Vec::new();
    }
    let trimmed = answers(&mut model.jobs.trim, ticket);
    let written = model.saving.remove(&ticket).is_some() || model.exporting.remove(&ticket).is_some();
    if gathered || described || trimmed || written { tell(model, error) } else { Vec::new() }
}

/// What is on the screen stays there, whatever else was wanted.
fn stay(model: &mut Model) {
    model.wanted = model.current.as_ref().map(|current| current.entry);
    if let Some(entry) = model.wanted {
        model.list.choose(entry.series_id());
    }
}

/// Shows a content as its document says: at once where that is only arithmetic or looking up, else after counting.
fn show(model: &mut Model, entry: EntryId, content: Content) -> Vec<Effect> {
    let Some(state) = model.documents.get(&entry.series_id()).map(|d| d.state(entry.step)) else {
        return Vec::new();
    };
    let State { spec, edited } = state;
    if edited.is_none() && !is_instant(&content, &spec) {
        let ticket = model.jobs.ticket();
        model.jobs.look = Some(ticket);
        model.next = Some((entry, content.clone()));
        return vec![Effect::Count { ticket, content, spec, policy: model.policy() }];
    }
    let shown = match &edited {
        Some(edited) => look_at_edited(edited, &spec, model.policy()),
        None => look(&content, &spec, model.policy(), &Task::default()),
    };
    model.next = None;
    let mut effects: Vec<Effect> = model.jobs.look.take().map(Effect::Cancel).into_iter().collect();
    match (&content, edited) {
        (_, Some(edited)) => {
            let stats = Some(Stats::of_histogram(&edited.histogram));
            put(model, entry, content, shown, stats);
        }
        (Content::Logged(logged), None) => {
            let stats = logged.histogram.to_hist().ok().map(|histogram| Stats::of_histogram(&histogram));
            put(model, entry, content, shown, stats);
        }
        (Content::Raw(_), None) => effects.extend(show_counted(model, entry, content, shown)),
    }
    effects
}

/// Looks again at what is open, after its lens changed.
pub(super) fn look_again(model: &mut Model) -> Vec<Effect> {
    let Some((entry, content)) = model.current.as_ref().map(|current| (current.entry, current.content.clone())) else {
        return Vec::new();
    };
    if model.next.as_ref().is_some_and(|(next, _)| *next != entry) {
        stay(model);
    }
    if model.state().is_some_and(|state| state.edited.is_none() && !is_instant(&content, &state.spec)) {
        preview(model);
    }
    show(model, entry, content)
}

/// While samples are counted, a redistribution of the last exact counts stands in, marked as such.
fn preview(model: &mut Model) {
    let Some(spec) = model.spec().cloned() else { return };
    let Some(current) = &mut model.current else { return };
    let (Content::Raw(population), Ok(last)) = (&current.content, &current.shown) else { return };
    current.counting = true;
    // What was edited says nothing of the samples; it stays until they are counted.
    if current.state.edited.is_some() {
        return;
    }
    // Always from an exact histogram: a stand-in for a stand-in would drift.
    let base = current.exact.get_or_insert_with(|| last.clone()).clone();
    let Some(Bins::Count(n)) = spec.bins else { return };
    let summary = population.summary();
    let (lo, hi) = spec.range.map_or((summary.min, summary.max), |r| (r.lo.as_f64(), r.hi.as_f64()));
    let (lo, hi) = if lo == hi { (lo - 0.5, hi + 0.5) } else { (lo, hi) };
    if let Ok(edges) = hist::uniform_edges(lo, hi, n) {
        if let Some(shown) = estimated(population, &edges) {
            current.shown = Ok(Arc::new(shown));
            return;
        }
        let rebinned = hist::rebin(&base.histogram, &edges, Rounding::Integers);
        current.shown = Ok(Arc::new(EvaluatedHistogram {
            histogram: rebinned.histogram,
            certainty: Certainty::Approximate {
                from: base.histogram.bins(),
                of: Basis::Logged,
                max_error: rebinned.max_error,
            },
            below: base.below + rebinned.below,
            above: base.above + rebinned.above,
            notice: None,
        }));
    }
}

/// Samples are counted.
pub(super) fn looked(model: &mut Model, ticket: Ticket, result: Result<EvaluatedHistogram, Error>) -> Vec<Effect> {
    if !answers(&mut model.jobs.look, ticket) {
        return Vec::new();
    }
    // What cannot be read any more leaves what was open as it was.
    if let Err(error @ (Error::Cancelled | Error::Read { .. })) = &result {
        return not_counted(model, error);
    }
    let Some((entry, content)) = model.next.take() else { return Vec::new() };
    show_counted(model, entry, content, result)
}

/// Samples were not counted: what was counted last comes back, with the bins it has.
fn not_counted(model: &mut Model, error: &Error) -> Vec<Effect> {
    (model.next, model.jobs.progress) = (None, None);
    if let Some(current) = &mut model.current {
        current.counting = false;
        if let Some(exact) = current.exact.take() {
            current.shown = Ok(exact);
        }
        // The number of bins that is told must be the number that is shown.
        if let Some(document) = model.documents.get_mut(&current.entry.series_id()) {
            let name = current.state.to_string();
            document.apply(current.entry.step, Edit::State(current.state.clone(), name));
        }
    }
    stay(model);
    tell(model, error)
}

/// Shows samples that are counted, and asks for what comes next: their statistics, and a table for the next look.
fn show_counted(
    model: &mut Model,
    entry: EntryId,
    content: Content,
    result: Result<EvaluatedHistogram, Error>,
) -> Vec<Effect> {
    // Samples that were read again are others, even in the same place.
    let current = model.current.take_if(|current| same_samples(&current.content, &content));
    let coming = current.is_some() && model.jobs.describe.is_some();
    let stats = current.filter(|current| current.state.edited.is_none()).and_then(|current| current.stats);
    let describe = (stats.is_none() && !coming).then(|| {
        let ticket = model.jobs.ticket();
        model.jobs.describe = Some(ticket);
        Effect::ComputeStatistics { ticket, content: content.clone() }
    });
    let range = model.documents.get(&entry.series_id()).and_then(|document| document.spec(entry.step).range);
    let prepare = (model.jobs.prepared != Some((entry, range))).then(|| {
        model.jobs.prepared = Some((entry, range));
        Effect::BuildTable { content: content.clone(), range }
    });
    put(model, entry, content, result, stats);
    prepare.into_iter().chain(describe).collect()
}

fn same_samples(a: &Content, b: &Content) -> bool {
    matches!((a, b), (Content::Raw(a), Content::Raw(b)) if Arc::ptr_eq(a, b))
}

/// Puts a histogram on the screen.
fn put(
    model: &mut Model,
    entry: EntryId,
    content: Content,
    shown: Result<EvaluatedHistogram, Error>,
    stats: Option<Stats>,
) {
    let another = model.on_screen != Some(entry.series_id());
    model.on_screen = Some(entry.series_id());
    if another {
        (model.chart.selection, model.chart.cursor) = (None, None);
    }
    let shown = shown.map(Arc::new).map_err(|error| error.to_string());
    if let Ok(shown) = &shown {
        if let Some(notice) = &shown.notice {
            model.say(notice.clone());
        }
        if model.chart.cursor.is_none() {
            model.chart.cursor = highest(&shown.histogram).and_then(|bin| cursor_at(&shown.histogram, bin));
        }
    }
    // What is known of one place says nothing of another.
    if model.current.as_ref().is_some_and(|current| current.entry != entry) {
        model.jobs.trim = None;
    }
    if stats.is_some() {
        model.jobs.describe = None;
    }
    let state = model.documents.get(&entry.series_id()).map(|document| document.state(entry.step));
    let state = state.unwrap_or_else(|| State::of_source(model.first_spec(&content)));
    model.current = Some(Current { entry, content, shown, state, stats, counting: false, exact: None });
}

/// Quantiles of samples are there.
pub(super) fn described(model: &mut Model, ticket: Ticket, stats: Stats) -> Vec<Effect> {
    if answers(&mut model.jobs.describe, ticket)
        && let Some(current) = &mut model.current
    {
        current.stats = Some(stats);
    }
    Vec::new()
}

/// The bin with the largest count; the first of several.
pub(super) fn highest(histogram: &Histogram) -> Option<usize> {
    let counts = histogram.counts().as_f64().iter().enumerate().rev();
    counts.max_by(|a, b| a.1.total_cmp(b.1)).map(|(bin, _)| bin)
}

/// The cursor on a bin, at a value that stands for it: its centre, or its finite edge.
pub(super) fn cursor_at(histogram: &Histogram, bin: usize) -> Option<Cursor> {
    let centre = histogram.edges().bin(bin)?.centre();
    Some(Cursor { value: if centre.is_nan() { 0.0 } else { centre }, bin })
}
