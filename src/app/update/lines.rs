//! The view of statistics over steps: choosing the statistic and loading.

use crate::action::Action;
use crate::app::lines::{self, choices};
use crate::app::{Effect, Model, Ticket, View};
use crate::catalog::{Scalars, SeriesId};
use crate::document::StepStatistics;
use crate::error::Error;
use crate::hist::Statistic;

/// Chooses the next statistic, or the previous one.
pub(super) fn next_statistic(model: &mut Model, by: isize) {
    if model.chart.view != View::Lines {
        let key = model.settings.keymap.shown(Action::ViewLines).into_iter().next();
        let key = key.map(|key| format!("; press {key} first")).unwrap_or_default();
        return model.notify(format!("this key chooses a statistic over steps{key}"));
    }
    let all = choices(model);
    let at = all.iter().position(|statistic| *statistic == model.lines.statistic).unwrap_or(0) as isize;
    let next = all[(at + by).rem_euclid(all.len() as isize) as usize];
    set(model, next);
}

fn set(model: &mut Model, statistic: Statistic) {
    model.lines.statistic = statistic;
    model.lines.retry();
    model.notify(format!("{statistic} over steps"));
}

/// Chooses a typed statistic, and shows it.
///
/// # Errors
/// Explains which names exist.
pub(super) fn choose_statistic(model: &mut Model, name: &str) -> Result<Vec<Effect>, String> {
    let statistic = Statistic::parse(name.trim())
        .ok_or("enter a statistic of rebin stats, such as mean, std, max_abs, or a quantile such as p99.9")?;
    model.chart.view = View::Lines;
    set(model, statistic);
    Ok(Vec::new())
}

/// Switches between a linear and a logarithmic value axis.
pub(super) fn switch_scale(model: &mut Model) {
    model.lines.log = !model.lines.log;
    model.notify(if model.lines.log { "values on a logarithmic axis" } else { "values on a linear axis" });
}

/// Requests the statistics of the next series. Stops the load if the view is not on the screen.
pub(super) fn request(model: &mut Model) -> Option<Effect> {
    if !lines::is_shown(model) {
        let running = model.lines.loading.take().or(model.lines.scalars.loading.take());
        return running.map(|(ticket, _)| Effect::Cancel(ticket));
    }
    lines::refresh(model);
    let Some((series, known)) = lines::next_load(model) else {
        let series = lines::next_scalars(model)?;
        let ticket = model.jobs.ticket();
        model.lines.scalars.loading = Some((ticket, series));
        return Some(Effect::LoadScalars { ticket, series, wanted: model.lines.scalars.wanted.clone() });
    };
    let ticket = model.jobs.ticket();
    model.lines.loading = Some((ticket, series));
    Some(Effect::LoadStepStatistics { ticket, series, known, quantile: model.lines.statistic.probability() })
}

/// Receives the statistics of a series.
pub(super) fn loaded(model: &mut Model, ticket: Ticket, series: SeriesId, result: Result<StepStatistics, Error>) {
    if model.lines.loading.take_if(|(newest, _)| *newest == ticket).is_none() {
        return;
    }
    match result {
        Ok(statistics) => model.lines.store(series, Some(statistics)),
        Err(error) => {
            model.lines.store(series, None);
            model.report_failure(&error);
        }
    }
}

/// Receives the scalars of a run.
pub(super) fn scalars_loaded(model: &mut Model, ticket: Ticket, series: SeriesId, result: Result<Scalars, Error>) {
    if model.lines.scalars.loading.take_if(|(newest, _)| *newest == ticket).is_none() {
        return;
    }
    let steps = model.series(series).map_or(0, |series| series.steps.len());
    match result {
        Ok(scalars) => model.lines.scalars.store(series, steps, scalars),
        Err(error) => {
            model.lines.scalars.store(series, steps, Scalars::default());
            model.report_failure(&error);
        }
    }
}

/// Chooses the scalar that is drawn below, and shows it. `none` hides the scalars.
///
/// # Errors
/// Lists the names if the runs have no scalar of this name.
pub(super) fn choose_scalar(model: &mut Model, name: &str) -> Result<Vec<Effect>, String> {
    const LISTED: usize = 8;
    let name = name.trim();
    let names = model.lines.scalars.names();
    if name.is_empty() || !(name == "none" || names.is_empty() || names.contains(name)) {
        let more = if names.len() > LISTED { ", …" } else { "" };
        let list = names.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
        return Err(format!("enter the name of a scalar, or none: {list}{more}"));
    }
    model.chart.view = View::Lines;
    let is_hidden = name == "none";
    model.lines.scalars.choose(Some(name.to_owned()).filter(|_| !is_hidden), is_hidden);
    Ok(Vec::new())
}

/// Receives the failure of a load. Returns false if the ticket is not that of a load.
pub(super) fn failed(model: &mut Model, ticket: Ticket, error: &Error) -> bool {
    if let Some((_, series)) = model.lines.scalars.loading.take_if(|(newest, _)| *newest == ticket) {
        let steps = model.series(series).map_or(0, |series| series.steps.len());
        model.lines.scalars.store(series, steps, Scalars::default());
        model.report_failure(error);
        return true;
    }
    let Some((_, series)) = model.lines.loading.take_if(|(newest, _)| *newest == ticket) else { return false };
    model.lines.store(series, None);
    model.report_failure(error);
    true
}
