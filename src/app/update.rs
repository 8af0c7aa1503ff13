//! The update function: a message in, effects out.

mod action;
mod advice;
mod bins;
mod changes;
mod compare;
mod editing;
mod export;
mod findings;
mod history;
mod jobs;
mod journal;
mod keys;
mod lines;
mod mouse;
mod navigate;
mod prompt;
mod quantiles;
mod quit;
mod range;
mod run_maps;
mod save;
mod save_all;
mod series;
mod series_table;
mod sources;
mod steps;
#[cfg(test)]
mod tests;
mod time;
mod values;

pub(super) use editing::Operands;
pub(super) use save_all::SaveAll;

use super::list::Node;
use super::over_steps;
use super::overlay::{Overlay, PromptKind};
use super::regions::regions;
use super::series_table as table;
use super::{Effect, Message, Model, Thumbnail, Ticket, View, contents, grid};
use crate::catalog::EntryId;

/// If more thumbnails than this are in memory, those off the screen are dropped.
const MAX_THUMBNAILS: usize = 4096;

/// Applies a message to the model and returns the effects for the runtime.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Key(key) => keys::key(model, key),
        Message::Mouse(mouse) => mouse::mouse(model, mouse),
        Message::Paste(text) => keys::paste(model, &text),
        Message::Resize(size) => {
            model.size = size;
            Vec::new()
        }
        Message::Found(inputs) => {
            model.opening += inputs;
            Vec::new()
        }
        Message::FolderSearched(left_out) => sources::searched(model, left_out),
        Message::NothingFound => {
            model.is_demo = true;
            model.report_error("this directory contains nothing to open; showing the demo");
            Vec::new()
        }
        Message::Opened(results) => sources::opened(model, results),
        Message::Reopened { source, result, moved } => sources::reopened(model, source, result, &moved),
        Message::Loaded { ticket, entry, result } => jobs::loaded(model, ticket, entry, result),
        Message::Counted { ticket, result } => jobs::counted(model, ticket, result),
        Message::RunStepsLoaded { ticket, results } => run_maps::loaded(model, ticket, results),
        Message::DistancesMeasured { ticket, result } => compare::measured(model, ticket, result),
        Message::ChangesMeasured { ticket, changes } => changes::measured(model, ticket, changes),
        Message::OthersCounted { ticket, results } => compare::counted(model, ticket, results),
        Message::StatisticsComputed { ticket, stats, lattice } => {
            jobs::statistics_computed(model, ticket, *stats, lattice)
        }
        Message::ValuesFound { ticket, values } => {
            values::found(model, ticket, values);
            Vec::new()
        }
        Message::RuleApplied { ticket, rule, bins } => advice::found(model, ticket, rule, bins),
        Message::QuantilesFound { ticket, quantiles } => quantiles::found(model, ticket, quantiles),
        Message::HistogramsLoaded { ticket, result } => editing::histograms_loaded(model, ticket, result),
        Message::AllStepsLoaded { ticket, series, result } => steps::all_steps_loaded(model, ticket, series, result),
        Message::StepStatisticsLoaded { ticket, series, result } => {
            lines::loaded(model, ticket, series, result);
            Vec::new()
        }
        Message::ScalarsLoaded { ticket, series, result } => {
            lines::scalars_loaded(model, ticket, series, result);
            Vec::new()
        }
        Message::RowsLoaded { ticket, rows } => {
            table::rows_loaded(model, ticket, rows);
            Vec::new()
        }
        Message::Grown { source, info } => sources::grown(model, source, info),
        Message::Searched { source, result } => findings::searched(model, source, result),
        Message::ThumbnailLoaded { entry, histogram } => {
            model.thumbnails.insert(entry, histogram.map_or(Thumbnail::Unavailable, Thumbnail::Ready));
            Vec::new()
        }
        Message::Saved { ticket, result } => save::saved(model, ticket, result),
        Message::Exported { ticket, result } => export::exported(model, ticket, result),
        Message::Completed { typed, paths } => prompt::completed(model, &typed, paths),
        Message::Recovered { sessions } => {
            for (source, session) in sessions {
                journal::recovered(model, source, session);
            }
            Vec::new()
        }
        Message::Progress(progress) => {
            if model.awaits(progress.ticket) {
                model.jobs.progress = Some(progress);
            }
            Vec::new()
        }
        Message::TimerElapsed(ticket) => steps::timer_elapsed(model, ticket),
        Message::Failed { ticket, error } => {
            jobs::failed(model, ticket, &error);
            Vec::new()
        }
        Message::Reloaded(summary) => {
            if !model.status.error {
                model.notify(summary);
            }
            Vec::new()
        }
        Message::Notice(text) => {
            model.report_error(text);
            Vec::new()
        }
    };
    // Closing the prompt of an edit cancels the edit.
    let is_edit = |overlay: &Overlay| matches!(overlay, Overlay::Prompt(prompt) if prompt.kind == PromptKind::Edit);
    model.editing.take_if(|_| !model.overlays.iter().any(is_edit));
    effects.extend(save_all::advance(model));
    request_visible(model, &mut effects);
    effects.extend(journal::write_changes(model));
    effects
}

/// Brings the screen up to date after a message: scrolls the list, and requests the thumbnails and steps that are visible.
fn request_visible(model: &mut Model, effects: &mut Vec<Effect>) {
    over_steps::refresh(model);
    contents::refresh(model);
    super::findings::refresh(model);
    effects.extend(compare::refresh(model));
    effects.extend(changes::refresh(model));
    let regions = regions(model);
    let statistics = regions.is_some_and(|regions| regions.has_statistics());
    effects.extend(jobs::request_statistics(model, statistics));
    effects.extend(quantiles::request(model, statistics));
    effects.extend(series_table::request_rows(model));
    effects.extend(lines::request(model));
    let Some(regions) = regions else { return };
    effects.extend(run_maps::refresh(model, &regions));
    if over_steps::needed(model, &regions) {
        effects.extend(steps::load_all_steps(model));
        over_steps::prepare(model, &regions);
    }
    let mut visible: Vec<EntryId> = Vec::new();
    if let Some(rows) = regions.rows() {
        let height = usize::from(rows.height);
        model.list.scroll_into_view(height);
        let shown = model.list.top..model.list.len().min(model.list.top + height);
        let leaves = shown.filter_map(|row| match model.list.row(row)?.node {
            Node::Leaf(id) => model.last_step(id),
            Node::Branch { .. } => None,
        });
        visible.extend(leaves);
    }
    if model.chart.view == View::Grid && !model.series_table.is_open {
        visible.extend(grid::grid(model, regions.chart).panels.iter().map(|panel| panel.entry));
    }
    // Limits the memory for thumbnails. Dropped ones are requested again when they become visible.
    if model.thumbnails.len() > MAX_THUMBNAILS {
        model.thumbnails.retain(|entry, _| visible.contains(entry));
    }
    for entry in visible {
        model.thumbnails.entry(entry).or_insert_with(|| {
            effects.push(Effect::LoadThumbnail(entry));
            Thumbnail::Requested
        });
    }
}

/// Requests the content of an entry. The screen does not change until it is loaded.
fn load(model: &mut Model, entry: EntryId) -> Vec<Effect> {
    let ticket = model.jobs.ticket();
    model.jobs.load = Some(ticket);
    model.jobs.progress = None;
    model.requested = Some(entry);
    vec![Effect::Load { ticket, entry }]
}

/// Takes the name of a job if this is its ticket. Returns `None` if the ticket is outdated.
fn finish_named(job: &mut Option<(Ticket, String)>, ticket: Ticket) -> Option<String> {
    job.take_if(|(newest, _)| *newest == ticket).map(|(_, name)| name)
}

/// Clears the job if this is its ticket. Returns false if the ticket is outdated.
fn finish(job: &mut Option<Ticket>, ticket: Ticket) -> bool {
    let is_newest = *job == Some(ticket);
    if is_newest {
        *job = None;
    }
    is_newest
}
