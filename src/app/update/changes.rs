//! The strip of changes, and jumps to the largest of them.

use super::{finish, steps};
use crate::action::Action;
use crate::app::changes::{Changes, StripSince, number, request, step_at};
use crate::app::over_steps::step_name;
use crate::app::regions::Regions;
use crate::app::{Effect, Model, Ticket};
use crate::error::Error;

/// Shows the strip: since the first step, the previous step, the step on the screen, or not at all.
pub(super) fn cycle(model: &mut Model) {
    if model.step_count() < 2 {
        return model.notify("this series has only one step");
    }
    model.strip.since = match model.strip.since {
        None => Some(StripSince::First),
        Some(StripSince::First) => Some(StripSince::Previous),
        Some(StripSince::Previous) => {
            let now = model.requested.and_then(|entry| {
                let steps = &model.series(entry)?.steps;
                Some(steps.number(entry.index).unwrap_or(entry.index as i64))
            });
            now.map(StripSince::Chosen)
        }
        Some(StripSince::Chosen(_)) => None,
    };
    let name = model.strip.measure.name();
    let words = model.since_name().map_or("changes hidden".to_owned(), |since| format!("{name} since {since}"));
    model.notify(words);
}

/// Shows the next measure of changes.
pub(super) fn next_measure(model: &mut Model) {
    model.strip.measure = model.strip.measure.next();
    model.notify(format!("changes: {}", model.strip.measure.name()));
}

/// Goes to the largest change; from there, to the next largest. Computes the changes first if necessary.
pub(super) fn jump(model: &mut Model) -> Vec<Effect> {
    if model.step_count() < 2 {
        model.notify("this series has only one step");
        return Vec::new();
    }
    if model.strip.since.is_none() {
        model.strip.since = Some(StripSince::Previous);
    }
    if model.changes().is_none() {
        model.strip.is_jump_pending = true;
        model.strip.failed = None;
        model.notify("computing the changes …");
        return Vec::new();
    }
    go(model)
}

/// Goes to the next peak.
fn go(model: &mut Model) -> Vec<Effect> {
    model.strip.is_jump_pending = false;
    let Some(changes) = model.changes() else { return Vec::new() };
    let now = model.requested.map(|entry| entry.index);
    let at_last = changes.peaks.get(model.strip.rank).copied();
    let count = changes.peaks.len();
    let rank = if now.is_some() && now == at_last { (model.strip.rank + 1) % count.max(1) } else { 0 };
    let Some(step) = changes.peaks.get(rank).copied() else {
        model.notify("no step differs");
        return Vec::new();
    };
    let value = changes.values.get(step).copied().unwrap_or(f64::NAN);
    let (name, since) = (model.strip.measure.name(), model.since_name().unwrap_or_default());
    model.strip.rank = rank;
    let effects = steps::jump(model, step);
    let words = format!(
        "change {} of {count}: step {}, {name} {} since {since}",
        rank + 1,
        step_name(model, step),
        number(value)
    );
    model.notify(words);
    effects
}

/// Goes to the step under the pointer.
pub(super) fn click(model: &mut Model, regions: &Regions, x: u16) -> Vec<Effect> {
    step_at(model, regions, x).map_or_else(Vec::new, |step| steps::jump(model, step))
}

/// Requests the changes that the strip shows, unless they are known.
pub(super) fn refresh(model: &mut Model) -> Vec<Effect> {
    let Some(wanted) = request(model) else {
        model.strip.wanted = None;
        return model.jobs.changes.take().map(Effect::Cancel).into_iter().collect();
    };
    let is_known = model.changes().is_some() || model.strip.failed.as_ref() == Some(&wanted);
    if is_known || model.strip.wanted.as_ref() == Some(&wanted) {
        return Vec::new();
    }
    let ticket = model.jobs.ticket();
    model.jobs.changes = Some(ticket);
    model.strip.wanted = Some(wanted.clone());
    vec![Effect::MeasureChanges { ticket, request: wanted }]
}

/// Receives the changes, and performs the jump that waited for them.
pub(super) fn measured(model: &mut Model, ticket: Ticket, values: Vec<f64>) -> Vec<Effect> {
    if !finish(&mut model.jobs.changes, ticket) {
        return Vec::new();
    }
    let Some(request) = model.strip.wanted.take() else { return Vec::new() };
    model.strip.changes = Some(Changes::new(request, values));
    if model.strip.is_jump_pending { go(model) } else { Vec::new() }
}

/// Reports changes that could not be computed.
pub(super) fn failed(model: &mut Model, error: &Error) {
    model.strip.failed = model.strip.wanted.take();
    model.strip.is_jump_pending = false;
    model.report_failure(error);
}

/// Performs an action on the changes.
pub(super) fn perform(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::ChangeStrip => cycle(model),
        Action::ChangeMeasure => next_measure(model),
        _ => return jump(model),
    }
    Vec::new()
}
