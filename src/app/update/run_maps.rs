//! The heat maps of runs: what they need is loaded, and they are laid out.

use super::compare::siblings;
use crate::app::compare::{Comparison, maps};
use crate::app::over_steps::AllSteps;
use crate::app::regions::Regions;
use crate::app::{Effect, Model, Ticket, View};
use crate::catalog::SeriesId;
use crate::error::Error;
use crate::hist::StepStack;
use std::sync::Arc;

/// Requests the steps of the runs on the screen, and computes their maps.
pub(super) fn refresh(model: &mut Model, regions: &Regions) -> Vec<Effect> {
    let is_drawn = model.comparison.maps.shown && matches!(model.chart.view, View::Bars | View::Cumulative);
    let Some(current) = model.current.as_ref().map(|current| current.entry).filter(|_| is_drawn) else {
        if !model.comparison.maps.shown {
            model.comparison.maps = maps::RunMaps::default();
        }
        return model.jobs.run_steps.take().map(|(ticket, _)| Effect::Cancel(ticket)).into_iter().collect();
    };
    let ids = siblings(model, current);
    let page = Comparison::page(&ids, current.series_id(), regions.chart);
    // The steps of the current series may be loaded for another view.
    let own = model.all_steps.as_ref().map(|AllSteps { series, shown, .. }| (*series, Arc::clone(shown)));
    let steps = |model: &Model, id: SeriesId| model.series(id).map_or(0, |series| series.steps.len());
    let stacks = &mut model.comparison.maps.stacks;
    stacks.retain(|id, _| page.contains(id));
    if let Some((id, stack)) = own.filter(|(id, _)| page.contains(id)) {
        stacks.insert(id, stack);
    }
    let is_missing = |id: &&SeriesId| {
        let maps = &model.comparison.maps;
        let known = maps.stacks.get(id).map_or(0, |stack| stack.len());
        known < steps(model, **id) && !maps.errors.contains_key(id)
    };
    let missing: Vec<SeriesId> = page.iter().filter(is_missing).copied().collect();
    maps::prepare(model, &page, ids.len(), regions.chart);
    if missing.is_empty() || model.jobs.run_steps.as_ref().is_some_and(|(_, running)| *running == missing) {
        return Vec::new();
    }
    let ticket = model.jobs.ticket();
    let known = |id: &SeriesId| model.comparison.maps.stacks.get(id).cloned().unwrap_or_default();
    let series = missing.iter().map(|id| (*id, known(id))).collect();
    model.jobs.run_steps = Some((ticket, missing));
    vec![Effect::LoadRunSteps { ticket, series }]
}

/// Receives the steps of runs.
pub(super) fn loaded(
    model: &mut Model,
    ticket: Ticket,
    results: Vec<(SeriesId, Result<StepStack, Error>)>,
) -> Vec<Effect> {
    if model.jobs.run_steps.take_if(|(newest, _)| *newest == ticket).is_none() {
        return Vec::new();
    }
    for (id, result) in results {
        match result {
            Ok(stack) => _ = model.comparison.maps.stacks.insert(id, Arc::new(stack)),
            Err(error) => _ = model.comparison.maps.errors.insert(id, error.to_string()),
        }
    }
    Vec::new()
}

/// Reports steps that could not be loaded. They are not requested again.
pub(super) fn failed(model: &mut Model, series: &[SeriesId], error: &Error) {
    let words = if *error == Error::Cancelled { "cancelled".to_owned() } else { error.to_string() };
    for id in series {
        model.comparison.maps.errors.insert(*id, words.clone());
    }
    model.report_failure(error);
}
