//! Moving between steps, playing and following them, and loading all of them for the views over steps.

use super::load;
use crate::app::over_steps::AllSteps;
use crate::app::{Effect, Following, Model, StepCursor, Ticket};
use crate::catalog::{EntryId, SeriesId};
use crate::error::Error;
use crate::hist::StepStack;
use std::sync::Arc;

/// Milliseconds between two steps during playback.
const PLAYBACK_DELAY: u64 = 150;

/// Returns the entry that moves start from, and the number of its steps. It is the requested entry, so that a held key
/// keeps moving while steps load.
fn origin(model: &Model) -> Option<(EntryId, usize)> {
    let entry = model.requested?;
    Some((entry, model.series(entry)?.steps.len()))
}

/// Shows a series at the chosen step. If the series was not logged at it, a notice names the step that is shown.
pub(super) fn show_series(model: &mut Model, id: SeriesId) -> Vec<Effect> {
    let entry = model.entry_at_cursor(id).unwrap_or(id.at(0));
    if let Some(chosen) = model.missing_step(entry) {
        let shown = model.series(id).and_then(|series| series.steps.number(entry.index)).unwrap_or_default();
        let nearest = if shown < chosen { "nearest earlier step" } else { "first step" };
        model.notify(format!("no step {chosen} in this series; showing its {nearest}, {shown}"));
    } else if model.status.text.is_empty()
        && let Some(notice) = model.finding_notice(id)
    {
        model.notify(notice);
    }
    load(model, entry)
}

/// Shows an entry that the user did not choose in the list. All series follow to its step.
pub(super) fn show_entry(model: &mut Model, entry: EntryId) -> Vec<Effect> {
    if let Some(series) = model.series(entry).filter(|series| series.steps.len() > 1) {
        model.step_cursor = StepCursor::at(&series.steps, entry.index);
    }
    model.list.choose(entry.series_id());
    load(model, entry)
}

/// Goes to a step by its index, or to the last step if the index is too large. All series follow.
fn go_to(model: &mut Model, index: usize) -> Vec<Effect> {
    let Some((entry, steps)) = origin(model) else { return Vec::new() };
    let index = index.min(steps.saturating_sub(1));
    // The single entry of an array or a file has no place in time.
    if let Some(series) = model.series(entry).filter(|_| steps > 1) {
        let follows = model.following == Following::On && index + 1 == steps;
        model.step_cursor = if follows { StepCursor::Newest } else { StepCursor::at(&series.steps, index) };
    }
    if index == entry.index { Vec::new() } else { load(model, EntryId { index, ..entry }) }
}

/// Goes to a step that the user chose. This stops playback, and following unless the step is the newest.
pub(super) fn jump(model: &mut Model, index: usize) -> Vec<Effect> {
    model.playing = false;
    if origin(model).is_none_or(|(_, steps)| index + 1 < steps) {
        model.following = Following::Off;
    }
    go_to(model, index)
}

/// Goes to the newest step, of this series and of every series that is chosen later.
pub(super) fn go_to_newest(model: &mut Model) -> Vec<Effect> {
    let effects = move_by(model, isize::MAX);
    model.step_cursor = StepCursor::Newest;
    effects
}

/// Moves by a number of steps. At either end, a notice says so.
pub(super) fn move_by(model: &mut Model, by: isize) -> Vec<Effect> {
    let Some((entry, steps)) = origin(model) else { return Vec::new() };
    model.playing = false;
    if by <= 0 {
        model.following = Following::Off;
    }
    if steps < 2 {
        model.notify("this series has only one step");
        return Vec::new();
    }
    let next = entry.index.saturating_add_signed(by).min(steps - 1);
    if next == entry.index {
        model.notify(if by > 0 { "already at the last step" } else { "already at the first step" });
    }
    go_to(model, next)
}

/// Goes to a logged step, or to the nearest one if that step was not logged.
///
/// # Errors
/// The series has no steps.
pub(super) fn go_to_number(model: &mut Model, number: i64) -> Result<Vec<Effect>, String> {
    let steps = model.requested.and_then(|entry| Some(&model.series(entry)?.steps));
    let nearest = steps.and_then(|steps| Some((steps.nearest(number)?, steps)));
    let Some((index, steps)) = nearest else { return Err("this series has no steps".into()) };
    let found = steps.number(index).unwrap_or(index as i64);
    let several = steps.len() > 1;
    let effects = jump(model, index);
    // Another series may have been logged at exactly this step.
    if several {
        model.step_cursor = StepCursor::At(number);
    }
    if found != number {
        model.notify(format!("no step {number}; showing the nearest, {found}"));
    }
    Ok(effects)
}

/// Starts or stops playback.
pub(super) fn play(model: &mut Model) -> Vec<Effect> {
    let Some((entry, steps)) = origin(model) else { return Vec::new() };
    if steps < 2 {
        model.notify("this series has only one step");
        return Vec::new();
    }
    model.playing = !model.playing;
    if !model.playing {
        model.jobs.timer = None;
        return Vec::new();
    }
    let mut effects = vec![start_timer(model)];
    // At the end, playback starts over.
    if entry.index + 1 == steps {
        effects.append(&mut go_to(model, 0));
    }
    effects
}

fn start_timer(model: &mut Model) -> Effect {
    let ticket = model.jobs.ticket();
    model.jobs.timer = Some(ticket);
    Effect::StartTimer { ticket, milliseconds: PLAYBACK_DELAY }
}

/// Advances playback.
pub(super) fn timer_elapsed(model: &mut Model, ticket: Ticket) -> Vec<Effect> {
    if model.jobs.timer != Some(ticket) || !model.playing {
        return Vec::new();
    }
    let Some((entry, steps)) = origin(model) else { return Vec::new() };
    // Playback waits for a step that is still loading.
    let loading = model.jobs.load.is_some();
    let mut effects = if loading { Vec::new() } else { go_to(model, entry.index.saturating_add(1)) };
    model.playing = model.requested.is_some_and(|entry| entry.index + 1 < steps);
    if model.playing {
        effects.push(start_timer(model));
    }
    effects
}

/// Starts or stops following the newest step.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    if model.following == Following::On {
        model.following = Following::Off;
        model.notify("no longer following new steps");
        return Vec::new();
    }
    model.following = Following::On;
    model.notify("following the newest step");
    let effects = go_to(model, usize::MAX);
    model.step_cursor = StepCursor::Newest;
    effects
}

/// Loads all steps of the current series, unless they are loaded or being loaded.
pub(super) fn load_all_steps(model: &mut Model) -> Option<Effect> {
    let series = model.current.as_ref()?.entry.series_id();
    let steps = model.series(series)?.steps.len();
    // If the series has grown, the stack of the earlier steps stays in use until the new one is loaded.
    let loaded = model.all_steps.as_ref().filter(|all_steps| all_steps.series == series);
    let is_complete = loaded.is_some_and(|all_steps| all_steps.logged.len() == steps);
    let is_loading = model.jobs.all_steps.is_some_and(|(_, loading)| loading == series);
    if is_complete || is_loading {
        return None;
    }
    // A stack without a span comes from a failed load and contains nothing to reuse.
    let known = loaded.filter(|all_steps| all_steps.logged.len() < steps && all_steps.logged.span().is_some());
    let known = known.map(|all_steps| Arc::clone(&all_steps.logged)).unwrap_or_default();
    let ticket = model.jobs.ticket();
    model.jobs.all_steps = Some((ticket, series));
    Some(Effect::LoadAllSteps { ticket, series, known })
}

/// Receives all steps of a series.
pub(super) fn all_steps_loaded(
    model: &mut Model,
    ticket: Ticket,
    series: SeriesId,
    result: Result<StepStack, Error>,
) -> Vec<Effect> {
    if model.jobs.all_steps.take_if(|(newest, _)| *newest == ticket).is_none() {
        return Vec::new();
    }
    match result {
        Ok(steps) => {
            (model.all_steps, model.heatmap) = (Some(AllSteps::new(series, Arc::new(steps))), None);
        }
        Err(error) => all_steps_failed(model, series, &error),
    }
    Vec::new()
}

/// Stores an empty stack after a failed load, so that the load is not repeated after every message.
pub(super) fn all_steps_failed(model: &mut Model, series: SeriesId, error: &Error) {
    let steps = model.last_step(series).map_or(0, |last| last.index + 1);
    (model.all_steps, model.heatmap) = (Some(AllSteps::new(series, Arc::new(StepStack::new(vec![None; steps])))), None);
    model.report_failure(error);
}
