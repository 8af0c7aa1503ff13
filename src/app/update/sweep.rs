//! All steps of a series, for the pictures over them.

use super::jobs::tell;
use crate::app::over_steps::AllSteps;
use crate::app::{Effect, Model, Ticket};
use crate::catalog::SeriesId;
use crate::error::Error;
use crate::hist::StepStack;
use std::sync::Arc;

/// Asks for all steps of what is open, unless they are there or on their way.
pub(super) fn sweep(model: &mut Model) -> Option<Effect> {
    let entry = model.current.as_ref()?.entry;
    let of = entry.series_id();
    let steps = model.series(entry)?.steps.len();
    // A picture of fewer steps stays until the one with those logged since is there.
    let over = model.all_steps.as_ref().filter(|over| over.of == of);
    let there = over.is_some_and(|over| over.sweep.len() == steps);
    // What broke off before is not known.
    let known = over.filter(|over| over.sweep.len() < steps && over.sweep.span().is_some());
    let known = known.map(|over| Arc::clone(&over.sweep)).unwrap_or_default();
    let coming = model.jobs.sweep.is_some_and(|(_, coming)| coming == of);
    if there || coming {
        return None;
    }
    let ticket = model.jobs.ticket();
    model.jobs.sweep = Some((ticket, of));
    Some(Effect::LoadAllSteps { ticket, of, known })
}

/// All steps of a series are there.
pub(super) fn swept(model: &mut Model, ticket: Ticket, of: SeriesId, result: Result<StepStack, Error>) -> Vec<Effect> {
    if model.jobs.sweep.take_if(|(newest, _)| *newest == ticket).is_none() {
        return Vec::new();
    }
    match result {
        Ok(sweep) => {
            (model.all_steps, model.heatmap) = (Some(AllSteps::new(of, Arc::new(sweep))), None);
            Vec::new()
        }
        Err(error) => not_swept(model, of, &error),
    }
}

/// Nothing is known over the steps. That is kept as an answer, or it would be asked for again and again.
pub(super) fn not_swept(model: &mut Model, of: SeriesId, error: &Error) -> Vec<Effect> {
    let steps = model.last_step(of).map_or(0, |last| last.step + 1);
    (model.all_steps, model.heatmap) = (Some(AllSteps::new(of, Arc::new(StepStack::new(vec![None; steps])))), None);
    tell(model, error)
}
