//! The search for what needs attention, and the list of its results.

use super::steps;
use crate::app::findings::{FindingRow, SearchResult, SearchState};
use crate::app::overlay::Overlay;
use crate::app::regions::page_height;
use crate::app::{Effect, Focus, Model, Ticket};
use crate::catalog::{Content, EntryId};
use crate::findings::{StepSummary, Watch};
use crate::key::{Code, Key};
use crate::settings::Match;

/// Searches sources, unless the user has stopped the search.
pub(super) fn search(model: &mut Model, sources: impl IntoIterator<Item = usize>, restart: bool) -> Vec<Effect> {
    let sources: Vec<(usize, bool)> = sources.into_iter().map(|source| (source, restart)).collect();
    for (source, restart) in &sources {
        model.findings.start(*source, *restart);
    }
    if model.findings.is_stopped() { Vec::new() } else { effects(model, sources) }
}

fn effects(model: &Model, sources: Vec<(usize, bool)>) -> Vec<Effect> {
    let limits = &model.settings.findings;
    let effect = |(source, restart)| Effect::Search { source, restart, limits: limits.clone() };
    sources.into_iter().map(effect).collect()
}

/// Stops the search. Opening the list continues it.
pub(super) fn stop(model: &mut Model) -> Vec<Effect> {
    model.findings.stopped = true;
    let key = model.settings.keymap.shown(crate::action::Action::Problems).into_iter().next();
    let key = key.map(|key| format!("; press {key} to continue")).unwrap_or_default();
    model.notify(format!("stopped searching for problems{key}"));
    vec![Effect::Cancel(Ticket::SEARCH)]
}

/// Receives the results in a source.
pub(super) fn searched(model: &mut Model, source: usize, result: SearchResult) -> Vec<Effect> {
    if result.state == SearchState::Stopped {
        model.findings.interrupt(source);
    } else {
        model.findings.set(source, result);
    }
    let waits = matches!(model.overlays.last(), Some(Overlay::Findings { waiting: true, .. }));
    if waits && !model.findings.is_searching() {
        crate::app::findings::refresh(model);
        return go(model, 0);
    }
    Vec::new()
}

/// Applies the rules to an array that was read for the screen, which the search may have left out because it is large.
pub(super) fn loaded(model: &mut Model, entry: EntryId, content: &Content) {
    let Content::Raw(population) = content else { return };
    if model.series(entry).is_none_or(|series| series.steps.len() != 1) {
        return;
    }
    let mut watch = Watch::default();
    watch.add(entry.index, &StepSummary::of_population(population, None), &model.settings.findings);
    let found = watch.findings(true, &model.settings.findings);
    model.findings.add_loaded(entry.series_id(), found);
}

/// Opens the list, and continues a search that was stopped.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    model.overlays.push(Overlay::Findings { selected: 0, touched: false, waiting: false });
    if !model.findings.is_stopped() {
        return Vec::new();
    }
    let sources = model.findings.resume();
    effects(model, sources)
}

/// Handles a key in the list.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let page = page_height(model).saturating_sub(4).max(1);
    let last = model.findings.rows().len().saturating_sub(1);
    let closes = model.settings.keymap.look_up(&[key]) == Match::Action(crate::action::Action::Problems);
    let searching = model.findings.is_searching();
    let Some(Overlay::Findings { selected, touched, waiting }) = model.overlays.last_mut() else { return Vec::new() };
    let to = match key.code {
        Code::Up | Code::Char('k') => selected.saturating_sub(1),
        Code::Down | Code::Char('j') => *selected + 1,
        Code::PageUp => selected.saturating_sub(page),
        Code::PageDown | Code::Char(' ') => *selected + page,
        Code::Home | Code::Char('g') => 0,
        Code::End | Code::Char('G') => last,
        // While the search runs, the first row is not yet the worst.
        Code::Enter if searching && !*touched && !*waiting => {
            *waiting = true;
            return Vec::new();
        }
        Code::Enter => {
            let row = *selected;
            return go(model, row);
        }
        Code::Esc | Code::Char('q') => {
            model.overlays.pop();
            return Vec::new();
        }
        Code::Char('c') if key.mods.ctrl => {
            model.overlays.pop();
            return Vec::new();
        }
        _ if closes => {
            model.overlays.pop();
            return Vec::new();
        }
        _ => return Vec::new(),
    };
    (*selected, *touched, *waiting) = (to.min(last), true, false);
    Vec::new()
}

/// Opens the series of a row at its step and closes the list, or expands a group.
pub(super) fn go(model: &mut Model, row: usize) -> Vec<Effect> {
    let Some(row) = model.findings.rows().get(row).cloned() else {
        if let Some(Overlay::Findings { waiting, .. }) = model.overlays.last_mut() {
            *waiting = false;
        }
        return Vec::new();
    };
    let entry = match row {
        FindingRow::Finding { entry, .. } => entry,
        FindingRow::Problem { of: Ok(id), .. } => id.at(0),
        FindingRow::More { group, .. } => {
            model.findings.expand(group);
            return Vec::new();
        }
        FindingRow::Problem { of: Err(_), .. } | FindingRow::Note(_) => return Vec::new(),
    };
    model.overlays.pop();
    model.focus = Focus::Chart;
    model.playing = false;
    let cells = model.finding_cells(&row);
    let effects = steps::show_entry(model, entry);
    model.notify(format!("{}: {}", cells.kind, cells.message));
    effects
}
