//! Results of background jobs: loaded contents, counts and statistics.

use super::{changes, compare, findings, finish, finish_named, lines, quantiles, run_maps, steps};
use crate::action::Action;
use crate::app::{Current, Cursor, Effect, Model, Ticket, series_table};
use crate::catalog::{Content, EntryId};
use crate::document::{
    Basis, BinSpec, Certainty, Edit, EvaluatedHistogram, State, estimate_from_table, evaluate, evaluate_edited,
    is_instant,
};
use crate::engine::Task;
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{self, Bins, EntryStats, Histogram, Lattice, Rounding};
use std::sync::Arc;

/// Receives a content. Logged bins are shown at once; samples are counted first.
pub(super) fn loaded(model: &mut Model, ticket: Ticket, entry: EntryId, result: Result<Content, Error>) -> Vec<Effect> {
    if !finish(&mut model.jobs.load, ticket) {
        return Vec::new();
    }
    (model.jobs.progress, model.jobs.table) = (None, None);
    match result {
        Ok(content) => {
            findings::loaded(model, entry, &content);
            model.open_document(entry.series_id(), &content);
            show(model, entry, content)
        }
        Err(error) => {
            load_failed(model, &error);
            Vec::new()
        }
    }
}

/// Reports a failed load. Only a cancelled one resets the request: after any other error the next move starts from the
/// unreadable step, so that the user can get past it.
fn load_failed(model: &mut Model, error: &Error) {
    model.jobs.progress = None;
    if *error == Error::Cancelled {
        reset_request(model);
    }
    model.report_failure(error);
}

/// Reports a job that ended without a result.
pub(super) fn failed(model: &mut Model, ticket: Ticket, error: &Error) {
    if finish(&mut model.jobs.load, ticket) {
        return load_failed(model, error);
    }
    if finish(&mut model.jobs.count, ticket) {
        return count_failed(model, error);
    }
    if finish(&mut model.jobs.distances, ticket) {
        return compare::measuring_failed(model, error);
    }
    if let Some((_, series)) = model.jobs.run_steps.take_if(|(newest, _)| *newest == ticket) {
        return run_maps::failed(model, &series, error);
    }
    if finish(&mut model.jobs.changes, ticket) {
        return changes::failed(model, error);
    }
    if finish(&mut model.jobs.others, ticket) {
        return compare::failed(model, error);
    }
    if let Some((_, series)) = model.jobs.all_steps.take_if(|(newest, _)| *newest == ticket) {
        return steps::all_steps_failed(model, series, error);
    }
    let is_cancelled = *error == Error::Cancelled;
    if lines::failed(model, ticket, error) {
        return;
    }
    if series_table::failed(model, ticket, is_cancelled) {
        if !is_cancelled {
            model.report_failure(error);
        }
        return;
    }
    let statistics = finish(&mut model.jobs.statistics, ticket);
    if statistics && *error == Error::Cancelled {
        model.jobs.statistics_cancelled = true;
        let key = model.settings.keymap.shown(Action::PaneStatistics).into_iter().next();
        let remedy = key.map(|key| format!("; press {key} to compute them")).unwrap_or_default();
        return model.notify(format!("statistics cancelled{remedy}"));
    }
    let quantiles = finish(&mut model.jobs.quantiles, ticket);
    if quantiles {
        // A cancelled or failed search is not repeated by itself.
        let current = model.current.as_ref();
        model.quantiles.retain(|p| current.is_some_and(|current| current.quantile(*p).is_some()));
        model.quantile_to_find = None;
    }
    let other = finish(&mut model.jobs.histograms, ticket) || finish(&mut model.jobs.trim, ticket) || quantiles;
    let other = other || finish_named(&mut model.jobs.values, ticket).is_some();
    let write = model.saving.remove(&ticket).is_some() || model.exporting.remove(&ticket).is_some();
    if statistics || other || write {
        model.report_failure(error);
    }
}

/// Resets the request and the selection in the list to the entry on the screen.
fn reset_request(model: &mut Model) {
    model.requested = model.current.as_ref().map(|current| current.entry);
    if let Some(entry) = model.requested {
        model.list.choose(entry.series_id());
    }
}

/// Shows a content with the bins and edits of its document. If that needs a count, requests the count first.
fn show(model: &mut Model, entry: EntryId, content: Content) -> Vec<Effect> {
    let Some(state) = model.documents.get(&entry.series_id()).map(|d| d.state(entry.index)) else {
        return Vec::new();
    };
    let State { spec, edited } = state;
    if edited.is_none() && !is_instant(&content, &spec) {
        let ticket = model.jobs.ticket();
        model.jobs.count = Some(ticket);
        model.to_count = Some((entry, content.clone()));
        return vec![Effect::Count { ticket, content, spec, policy: model.policy() }];
    }
    let shown = match &edited {
        Some(edited) => evaluate_edited(edited, &spec, model.policy()),
        None => evaluate(&content, &spec, model.policy(), &Task::default()),
    };
    model.to_count = None;
    let mut effects: Vec<Effect> = model.jobs.count.take().map(Effect::Cancel).into_iter().collect();
    match (&content, edited) {
        (_, Some(edited)) => {
            let stats = Some(EntryStats::of_histogram(&edited.histogram, &model.probabilities()));
            set_current(model, entry, content, shown, stats);
        }
        (Content::Logged(logged), None) => {
            let histogram = logged.histogram.to_hist().ok();
            let stats = histogram.map(|histogram| EntryStats::of_histogram(&histogram, &model.probabilities()));
            set_current(model, entry, content, shown, stats);
        }
        (Content::Raw(_), None) => effects.extend(show_counted(model, entry, content, shown)),
    }
    effects
}

/// Shows the current content again after its document has changed.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    let Some((entry, content)) = model.current.as_ref().map(|current| (current.entry, current.content.clone())) else {
        return Vec::new();
    };
    if model.to_count.as_ref().is_some_and(|(next, _)| *next != entry) {
        reset_request(model);
    }
    if model.state().is_some_and(|state| state.edited.is_none() && !is_instant(&content, &state.spec)) {
        preview(model);
    }
    show(model, entry, content)
}

/// Shows an estimate while samples are counted: a redistribution of the last exact counts.
fn preview(model: &mut Model) {
    let Some(spec) = model.spec().cloned() else { return };
    let Some(current) = &mut model.current else { return };
    let (Content::Raw(population), Ok(last)) = (&current.content, &current.shown) else { return };
    current.counting = true;
    // An edited histogram cannot be redistributed into an estimate of the samples. It stays until they are counted.
    if current.state.edited.is_some() {
        return;
    }
    // Always start from an exact histogram: estimates of estimates would drift.
    let base = current.exact.get_or_insert_with(|| last.clone()).clone();
    let Some(Bins::Count(n)) = spec.bins else { return };
    let summary = population.summary();
    let (lo, hi) = spec.range.map_or((summary.min, summary.max), |r| (r.lo.as_f64(), r.hi.as_f64()));
    let (lo, hi) = if lo == hi { (lo - 0.5, hi + 0.5) } else { (lo, hi) };
    let edges = match spec.spacing {
        Scale::Linear => hist::uniform_edges(lo, hi, n).ok(),
        _ => population.edges(n, spec.span()).ok().flatten(),
    };
    if let Some(edges) = edges {
        if let Some(shown) = estimate_from_table(population, &edges) {
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

/// Receives a count of samples.
pub(super) fn counted(model: &mut Model, ticket: Ticket, result: Result<EvaluatedHistogram, Error>) -> Vec<Effect> {
    if !finish(&mut model.jobs.count, ticket) {
        return Vec::new();
    }
    // If the samples can no longer be read, the last histogram stays on the screen.
    if let Err(error @ (Error::Cancelled | Error::Read { .. })) = &result {
        count_failed(model, error);
        return Vec::new();
    }
    let Some((entry, content)) = model.to_count.take() else { return Vec::new() };
    show_counted(model, entry, content, result)
}

/// Restores the last exact histogram and its bins after a failed count.
fn count_failed(model: &mut Model, error: &Error) {
    (model.to_count, model.jobs.progress) = (None, None);
    if let Some(current) = &mut model.current {
        current.counting = false;
        if let Some(exact) = current.exact.take() {
            current.shown = Ok(exact);
        }
        // The header must show the bin count of the restored histogram.
        if let Some(document) = model.documents.get_mut(&current.entry.series_id()) {
            let name = current.state.to_string();
            document.apply(current.entry.index, Edit::State(current.state.clone(), name));
        }
    }
    reset_request(model);
    model.report_failure(error);
}

/// Shows counted samples, and requests the table for later counts.
fn show_counted(
    model: &mut Model,
    entry: EntryId,
    content: Content,
    result: Result<EvaluatedHistogram, Error>,
) -> Vec<Effect> {
    // Reloaded samples may have changed, even in the same entry.
    let current = model.current.take_if(|current| same_samples(&current.content, &content));
    let outdated = if current.is_none() { model.jobs.statistics.take() } else { None };
    model.jobs.statistics_cancelled = false;
    let current = current.filter(|current| current.state.edited.is_none());
    let lattice = current.as_ref().and_then(|current| current.lattice);
    let stats = current.and_then(|current| current.stats);
    let spec = model.documents.get(&entry.series_id()).map(|document| document.spec(entry.index));
    let span = spec.map(BinSpec::span).unwrap_or_default();
    let table = (model.jobs.table != Some((entry, span))).then(|| {
        model.jobs.table = Some((entry, span));
        Effect::BuildTable { content: content.clone(), span }
    });
    set_current(model, entry, content, result, stats);
    if let Some(current) = &mut model.current {
        current.lattice = lattice;
    }
    table.into_iter().chain(outdated.map(Effect::Cancel)).collect()
}

/// Requests the statistics of the current samples while their pane is visible, and cancels them while it is hidden.
pub(super) fn request_statistics(model: &mut Model, visible: bool) -> Option<Effect> {
    if !visible {
        return model.jobs.statistics.take().map(Effect::Cancel);
    }
    let current = model.current.as_ref().filter(|current| current.stats.is_none() && current.shown.is_ok())?;
    if !matches!(current.content, Content::Raw(_)) || model.jobs.statistics.is_some() || model.jobs.statistics_cancelled
    {
        return None;
    }
    let content = current.content.clone();
    let (ticket, probabilities) = (model.jobs.ticket(), model.probabilities());
    model.jobs.statistics = Some(ticket);
    Some(Effect::ComputeStatistics { ticket, content, probabilities })
}

fn same_samples(a: &Content, b: &Content) -> bool {
    matches!((a, b), (Content::Raw(a), Content::Raw(b)) if Arc::ptr_eq(a, b))
}

/// Puts a histogram on the screen.
fn set_current(
    model: &mut Model,
    entry: EntryId,
    content: Content,
    shown: Result<EvaluatedHistogram, Error>,
    stats: Option<EntryStats>,
) {
    let is_new_series = model.last_series != Some(entry.series_id());
    model.last_series = Some(entry.series_id());
    if is_new_series {
        (model.chart.selection, model.chart.cursor) = (None, None);
        model.apply_scales(entry.series_id());
    }
    let shown = shown.map(Arc::new).map_err(|error| error.to_string());
    if let Ok(shown) = &shown {
        if let Some(notice) = &shown.notice {
            model.notify(notice.clone());
        }
        if model.chart.cursor.is_none() {
            model.chart.cursor = highest(&shown.histogram).and_then(|bin| cursor_at(&shown.histogram, bin));
        }
    }
    // Quantiles of one entry must not set the range of another.
    if model.current.as_ref().is_some_and(|current| current.entry != entry) {
        (model.jobs.trim, model.jobs.quantiles, model.quantile_to_find) = (None, None, None);
        model.jobs.values = None;
    }
    if stats.is_some() {
        model.jobs.statistics = None;
    }
    let state = model.documents.get(&entry.series_id()).map(|document| document.state(entry.index));
    let state = state.unwrap_or_else(|| State::of_source(model.first_spec(&content)));
    model.current = Some(Current::new(entry, content, shown, state, stats));
    quantiles::go_to_found(model);
}

/// Receives the statistics of the current samples.
pub(super) fn statistics_computed(
    model: &mut Model,
    ticket: Ticket,
    stats: EntryStats,
    lattice: Option<Lattice>,
) -> Vec<Effect> {
    if finish(&mut model.jobs.statistics, ticket)
        && let Some(current) = &mut model.current
    {
        (current.stats, current.lattice) = (Some(stats), lattice);
        let found = std::mem::take(&mut current.quantiles);
        current.add_quantiles(found);
    }
    quantiles::go_to_found(model);
    Vec::new()
}

/// Returns the bin with the largest count; the first one if several share it.
pub(super) fn highest(histogram: &Histogram) -> Option<usize> {
    let counts = histogram.counts().as_f64().iter().enumerate().rev();
    counts.max_by(|a, b| a.1.total_cmp(b.1)).map(|(bin, _)| bin)
}

/// Returns a cursor on a bin: at its center, or at its finite edge if the other is infinite.
pub(super) fn cursor_at(histogram: &Histogram, bin: usize) -> Option<Cursor> {
    let center = histogram.edges().bin(bin)?.center();
    Some(Cursor { value: if center.is_nan() { 0.0 } else { center }, bin })
}
