//! Answers of work that was asked for: contents, counts, statistics.

use super::{answers, sweep};
use crate::app::{Cursor, Effect, Model, Open, Ticket};
use crate::catalog::{Content, Place};
use crate::document::{
    Basis, Certainty, Choice, Document, Edit, Shown, State, estimated, is_instant, look, look_at_edited,
};
use crate::engine::Work;
use crate::error::Error;
use crate::hist::{self, Histogram, Rounding, Stats};
use std::sync::Arc;

/// A content is there: logged bins are shown at once, samples are counted first.
pub(super) fn loaded(model: &mut Model, ticket: Ticket, place: Place, result: Result<Content, Error>) -> Vec<Effect> {
    if !answers(&mut model.jobs.load, ticket) {
        return Vec::new();
    }
    (model.jobs.progress, model.jobs.prepared) = (None, None);
    match result {
        Ok(content) => {
            let first = model.first_lens(&content);
            model.documents.entry(place.series_id()).or_insert_with(|| Document::new(first));
            show(model, place, content)
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
    model.wanted = model.open.as_ref().map(|open| open.place);
    if let Some(place) = model.wanted {
        model.list.choose(place.series_id());
    }
}

/// Shows a content as its document says: at once where that is only arithmetic or looking up, else after counting.
fn show(model: &mut Model, place: Place, content: Content) -> Vec<Effect> {
    let Some(state) = model.documents.get(&place.series_id()).map(|d| d.state(place.step)) else {
        return Vec::new();
    };
    let State { lens, edited } = state;
    if edited.is_none() && !is_instant(&content, &lens) {
        let ticket = model.jobs.ticket();
        model.jobs.look = Some(ticket);
        model.next = Some((place, content.clone()));
        return vec![Effect::Look { ticket, content, lens, policy: model.policy() }];
    }
    let shown = match &edited {
        Some(edited) => look_at_edited(edited, &lens, model.policy()),
        None => look(&content, &lens, model.policy(), &Work::default()),
    };
    model.next = None;
    let mut effects: Vec<Effect> = model.jobs.look.take().map(Effect::Cancel).into_iter().collect();
    match (&content, edited) {
        (_, Some(edited)) => {
            let stats = Some(Stats::of_histogram(&edited.histogram));
            put(model, place, content, shown, stats);
        }
        (Content::Logged(logged), None) => {
            let stats = logged.histogram.to_hist().ok().map(|histogram| Stats::of_histogram(&histogram));
            put(model, place, content, shown, stats);
        }
        (Content::Raw(_), None) => effects.extend(counted(model, place, content, shown)),
    }
    effects
}

/// Looks again at what is open, after its lens changed.
pub(super) fn look_again(model: &mut Model) -> Vec<Effect> {
    let Some((place, content)) = model.open.as_ref().map(|open| (open.place, open.content.clone())) else {
        return Vec::new();
    };
    if model.next.as_ref().is_some_and(|(next, _)| *next != place) {
        stay(model);
    }
    if model.state().is_some_and(|state| state.edited.is_none() && !is_instant(&content, &state.lens)) {
        preview(model);
    }
    show(model, place, content)
}

/// While samples are counted, a redistribution of the last exact counts stands in, marked as such.
fn preview(model: &mut Model) {
    let Some(lens) = model.lens().cloned() else { return };
    let Some(open) = &mut model.open else { return };
    let (Content::Raw(population), Ok(last)) = (&open.content, &open.shown) else { return };
    open.counting = true;
    // What was edited says nothing of the samples; it stays until they are counted.
    if open.state.edited.is_some() {
        return;
    }
    // Always from an exact histogram: a stand-in for a stand-in would drift.
    let base = open.exact.get_or_insert_with(|| last.clone()).clone();
    let Choice::Count(n) = lens.bins else { return };
    let summary = population.summary();
    let (lo, hi) = lens.range.map_or((summary.min, summary.max), |r| (r.lo.as_f64(), r.hi.as_f64()));
    let (lo, hi) = if lo == hi { (lo - 0.5, hi + 0.5) } else { (lo, hi) };
    if let Ok(edges) = hist::uniform_edges(lo, hi, n) {
        if let Some(shown) = estimated(population, &edges) {
            open.shown = Ok(Arc::new(shown));
            return;
        }
        let rebinned = hist::rebin(&base.histogram, &edges, Rounding::Integers);
        open.shown = Ok(Arc::new(Shown {
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
pub(super) fn looked(model: &mut Model, ticket: Ticket, result: Result<Shown, Error>) -> Vec<Effect> {
    if !answers(&mut model.jobs.look, ticket) {
        return Vec::new();
    }
    // What cannot be read any more leaves what was open as it was.
    if let Err(error @ (Error::Cancelled | Error::Read { .. })) = &result {
        return not_counted(model, error);
    }
    let Some((place, content)) = model.next.take() else { return Vec::new() };
    counted(model, place, content, result)
}

/// Samples were not counted: what was counted last comes back, with the bins it has.
fn not_counted(model: &mut Model, error: &Error) -> Vec<Effect> {
    (model.next, model.jobs.progress) = (None, None);
    if let Some(open) = &mut model.open {
        open.counting = false;
        if let Some(exact) = open.exact.take() {
            open.shown = Ok(exact);
        }
        // The number of bins that is told must be the number that is shown.
        if let Some(document) = model.documents.get_mut(&open.place.series_id()) {
            let name = open.state.to_string();
            document.apply(open.place.step, Edit::State(open.state.clone(), name));
        }
    }
    stay(model);
    tell(model, error)
}

/// Shows samples that are counted, and asks for what comes next: their statistics, and a table for the next look.
fn counted(model: &mut Model, place: Place, content: Content, result: Result<Shown, Error>) -> Vec<Effect> {
    // Samples that were read again are others, even in the same place.
    let open = model.open.take_if(|open| same_samples(&open.content, &content));
    let coming = open.is_some() && model.jobs.describe.is_some();
    let stats = open.filter(|open| open.state.edited.is_none()).and_then(|open| open.stats);
    let describe = (stats.is_none() && !coming).then(|| {
        let ticket = model.jobs.ticket();
        model.jobs.describe = Some(ticket);
        Effect::Describe { ticket, content: content.clone() }
    });
    let range = model.documents.get(&place.series_id()).and_then(|document| document.lens(place.step).range);
    let prepare = (model.jobs.prepared != Some((place, range))).then(|| {
        model.jobs.prepared = Some((place, range));
        Effect::Prepare { content: content.clone(), range }
    });
    put(model, place, content, result, stats);
    prepare.into_iter().chain(describe).collect()
}

fn same_samples(a: &Content, b: &Content) -> bool {
    matches!((a, b), (Content::Raw(a), Content::Raw(b)) if Arc::ptr_eq(a, b))
}

/// Puts a histogram on the screen.
fn put(model: &mut Model, place: Place, content: Content, shown: Result<Shown, Error>, stats: Option<Stats>) {
    let another = model.on_screen != Some(place.series_id());
    model.on_screen = Some(place.series_id());
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
    if model.open.as_ref().is_some_and(|open| open.place != place) {
        model.jobs.trim = None;
    }
    if stats.is_some() {
        model.jobs.describe = None;
    }
    let state = model.documents.get(&place.series_id()).map(|document| document.state(place.step));
    let state = state.unwrap_or_else(|| State::of_source(model.first_lens(&content)));
    model.open = Some(Open { place, content, shown, state, stats, counting: false, exact: None });
}

/// Quantiles of samples are there.
pub(super) fn described(model: &mut Model, ticket: Ticket, stats: Stats) -> Vec<Effect> {
    if answers(&mut model.jobs.describe, ticket)
        && let Some(open) = &mut model.open
    {
        open.stats = Some(stats);
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
