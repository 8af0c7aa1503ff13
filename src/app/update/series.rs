//! Moving between series and steps, folding, playing.

use super::go;
use super::sources::first;
use crate::app::list::Node;
use crate::app::regions::regions;
use crate::app::{Effect, Focus, Model, Ticket};
use crate::catalog::EntryId;

/// Milliseconds between two steps while playing.
const PLAY: u64 = 150;

/// Moves the choice in the list and shows the series it falls on. Only where the list has the focus does the choice stop
/// at branches, which can be folded there.
pub(super) fn step(model: &mut Model, by: isize) -> Vec<Effect> {
    if model.focus == Focus::Series {
        model.list.step(by);
    } else {
        model.list.step_to_series(by);
    }
    show_chosen(model)
}

/// A page of the list.
pub(super) fn page(model: &mut Model, by: isize) -> Vec<Effect> {
    let rows = regions(model).and_then(|regions| regions.rows());
    let height = rows.map_or(10, |rows| rows.height.max(2) - 1);
    step(model, by * height as isize)
}

/// Shows the chosen series, if a series is chosen and it is not the one that was asked for last.
pub(super) fn show_chosen(model: &mut Model) -> Vec<Effect> {
    match model.list.series() {
        Some(id) if model.wanted.map(EntryId::series_id) != Some(id) => {
            model.playing = false;
            first(model, id)
        }
        _ => Vec::new(),
    }
}

/// Enter: folds a branch, or goes from the list to the chart.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    if matches!(model.list.rows.get(model.list.selected), Some(row) if matches!(row.node, Node::Branch { .. })) {
        model.list.toggle(&model.sources);
        return Vec::new();
    }
    model.focus = Focus::Chart;
    show_chosen(model)
}

/// The place that steps count from: what was asked for last, so that held keys move on.
fn here(model: &Model) -> Option<(EntryId, usize)> {
    let entry = model.wanted?;
    Some((entry, model.series(entry)?.steps.len()))
}

/// Goes to a step by position.
fn to_step(model: &mut Model, index: usize) -> Vec<Effect> {
    let Some((entry, steps)) = here(model) else { return Vec::new() };
    let step = index.min(steps.saturating_sub(1));
    if step == entry.step { Vec::new() } else { go(model, EntryId { step, ..entry }) }
}

/// Goes to a step that was pointed at: playing stops, and so does following unless it is the newest.
pub(super) fn jump(model: &mut Model, index: usize) -> Vec<Effect> {
    model.playing = false;
    model.following &= here(model).is_some_and(|(_, steps)| index + 1 >= steps);
    to_step(model, index)
}

/// Goes so many steps on or back; says so at an end.
pub(super) fn by_steps(model: &mut Model, by: isize) -> Vec<Effect> {
    let Some((entry, steps)) = here(model) else { return Vec::new() };
    (model.playing, model.following) = (false, model.following && by > 0);
    if steps < 2 {
        model.say("this series has one step");
        return Vec::new();
    }
    let next = entry.step.saturating_add_signed(by).min(steps - 1);
    if next == entry.step {
        model.say(if by > 0 { "this is the last step" } else { "this is the first step" });
    }
    to_step(model, next)
}

/// Goes to a logged step number.
///
/// # Errors
/// One sentence when there is no such step.
pub(super) fn to_number(model: &mut Model, number: i64) -> Result<Vec<Effect>, String> {
    let steps = model.wanted.and_then(|entry| Some(model.series(entry)?.steps.clone()));
    let Some(steps) = steps.filter(|steps| !steps.is_empty()) else { return Err("there are no steps".into()) };
    match steps.find(number) {
        Some(index) => Ok(jump(model, index)),
        None => {
            let ends = steps.number(0).zip(steps.number(steps.len() - 1));
            let (first, last) = ends.unwrap_or((0, steps.len() as i64 - 1));
            Err(format!("there is no step {number}; steps run from {first} to {last}"))
        }
    }
}

/// Starts or stops playing.
pub(super) fn play(model: &mut Model) -> Vec<Effect> {
    let Some((entry, steps)) = here(model) else { return Vec::new() };
    if steps < 2 {
        model.say("this series has one step");
        return Vec::new();
    }
    model.playing = !model.playing;
    if !model.playing {
        model.jobs.wake = None;
        return Vec::new();
    }
    let mut effects = vec![wake(model)];
    // From the end it starts over.
    if entry.step + 1 == steps {
        effects.append(&mut to_step(model, 0));
    }
    effects
}

/// Follows the newest step, or stays.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    model.following = !model.following;
    if !model.following {
        model.say("staying at this step");
        return Vec::new();
    }
    model.say("following the newest step");
    to_step(model, usize::MAX)
}

fn wake(model: &mut Model) -> Effect {
    let ticket = model.jobs.ticket();
    model.jobs.wake = Some(ticket);
    Effect::StartTimer { ticket, milliseconds: PLAY }
}

/// Time for the next step.
pub(super) fn woke(model: &mut Model, ticket: Ticket) -> Vec<Effect> {
    if model.jobs.wake != Some(ticket) || !model.playing {
        return Vec::new();
    }
    let Some((entry, steps)) = here(model) else { return Vec::new() };
    // A step that is still loading is waited for.
    let mut effects = if model.jobs.load.is_some() { Vec::new() } else { to_step(model, entry.step.saturating_add(1)) };
    model.playing = model.wanted.is_some_and(|entry| entry.step + 1 < steps);
    if model.playing {
        effects.push(wake(model));
    }
    effects
}
