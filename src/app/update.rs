//! One message in, a changed model and effects out.

mod action;
mod bins;
mod editing;
mod export;
mod history;
mod jobs;
mod journal;
mod keys;
mod mouse;
mod prompt;
mod range;
mod save;
mod save_all;
mod series;
mod sources;
mod sweep;
#[cfg(test)]
mod tests;

pub(super) use editing::Wanted;
pub(super) use save_all::SaveAll;

use super::list::Node;
use super::over_steps;
use super::overlay::{Overlay, PromptKind};
use super::regions::regions;
use super::{Effect, Message, Model, Thumbnail, Ticket, View, grid};
use crate::catalog::EntryId;

/// How many silhouettes are kept.
const SPARKS: usize = 4096;

/// Takes one message in.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = match message {
        Message::Key(key) => keys::key(model, key),
        Message::Mouse(mouse) => mouse::mouse(model, mouse),
        Message::Paste(text) => keys::paste(model, &text),
        Message::Resize(size) => {
            model.size = size;
            Vec::new()
        }
        Message::Opened(result) => sources::opened(model, result),
        Message::Reopened { source, result, moved } => sources::reopened(model, (source, result), &moved),
        Message::Loaded { ticket, entry, result } => jobs::loaded(model, ticket, entry, result),
        Message::Counted { ticket, result } => jobs::looked(model, ticket, result),
        Message::StatisticsComputed { ticket, stats } => jobs::described(model, ticket, stats),
        Message::QuantilesFound { ticket, lo, hi } => range::trimmed(model, ticket, lo, hi),
        Message::HistogramsLoaded { ticket, result } => editing::gathered(model, ticket, result),
        Message::AllStepsLoaded { ticket, of, result } => sweep::swept(model, ticket, of, result),
        Message::Grown { source, info } => sources::grown(model, source, info),
        Message::ThumbnailLoaded { entry, histogram } => {
            model.thumbnails.insert(entry, histogram.map_or(Thumbnail::Unavailable, Thumbnail::Ready));
            Vec::new()
        }
        Message::Saved { ticket, result } => save::saved(model, ticket, result),
        Message::Exported { ticket, result } => export::exported(model, ticket, result),
        Message::Completed { typed, paths } => prompt::completed(model, &typed, paths),
        Message::Recovered { source, recoverable } => {
            journal::found(model, source, recoverable);
            Vec::new()
        }
        Message::Progress(progress) => {
            if model.waits_for(progress.ticket) {
                model.jobs.progress = Some(progress);
            }
            Vec::new()
        }
        Message::TimerElapsed(ticket) => series::woke(model, ticket),
        Message::Failed { ticket, error } => jobs::failed(model, ticket, &error),
        Message::Notice(text) => {
            model.complain(text);
            Vec::new()
        }
    };
    // An edit lasts as long as its prompt.
    let prompted = |overlay: &Overlay| matches!(overlay, Overlay::Prompt(prompt) if prompt.kind == PromptKind::Edit);
    model.editing.take_if(|_| !model.overlays.iter().any(prompted));
    effects.extend(save_all::go_on(model));
    settle(model, &mut effects);
    effects.extend(journal::keep(model));
    effects
}

/// What follows from any change: the list is scrolled, silhouettes of its rows and steps of pictures are asked for.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    over_steps::refresh(model);
    let Some(regions) = regions(model) else { return };
    if over_steps::wanted(model, &regions) {
        effects.extend(sweep::sweep(model));
        over_steps::prepare(model, &regions);
    }
    let mut wanted: Vec<EntryId> = Vec::new();
    if let Some(rows) = regions.rows() {
        let height = usize::from(rows.height);
        model.list.scroll_into_view(height);
        let leaves = model.list.rows.iter().skip(model.list.top).take(height).filter_map(|row| match row.node {
            Node::Leaf(id) => model.last_step(id),
            Node::Branch { .. } => None,
        });
        wanted.extend(leaves);
    }
    if model.chart.view == View::Grid {
        wanted.extend(grid::cells(model, regions.chart).iter().map(|cell| cell.entry));
    }
    // What was seen long ago is asked for again, rather than kept for as long as the program runs.
    if model.thumbnails.len() > SPARKS {
        model.thumbnails.retain(|entry, _| wanted.contains(entry));
    }
    for entry in wanted {
        model.thumbnails.entry(entry).or_insert_with(|| {
            effects.push(Effect::LoadThumbnail(entry));
            Thumbnail::Requested
        });
    }
}

/// Asks for the content of a place; what is on the screen stays until it is there.
fn go(model: &mut Model, entry: EntryId) -> Vec<Effect> {
    let ticket = model.jobs.ticket();
    model.jobs.load = Some(ticket);
    model.jobs.progress = None;
    model.wanted = Some(entry);
    vec![Effect::Load { ticket, entry }]
}

/// Whether an answer is to the newest question; clears the question if so.
fn answers(question: &mut Option<Ticket>, ticket: Ticket) -> bool {
    let newest = *question == Some(ticket);
    if newest {
        *question = None;
    }
    newest
}
