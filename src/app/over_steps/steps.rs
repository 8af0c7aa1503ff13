//! Numbers, names and ticks of steps.

use crate::app::Model;
use crate::catalog::{EntryId, Steps};
use crate::hist::scale::{self, whole_label};
use std::ops::Range;

/// Returns the display name of a step of the current series: its logged number, or else its position from 1.
pub fn step_name(model: &Model, index: usize) -> String {
    number(model, index).to_string()
}

/// Returns the display name of the step of an entry; `None` for a series with one step.
pub fn step_name_of(model: &Model, entry: EntryId) -> Option<String> {
    let steps = model.series(entry).map(|series| &series.steps).filter(|steps| steps.len() > 1)?;
    Some(own_number(steps, entry.index).to_string())
}

/// Returns the number of a step, or else its position from 1.
pub(super) fn number(model: &Model, index: usize) -> i64 {
    model.current.as_ref().map_or(index as i64 + 1, |current| number_of(model, current.entry.series_id().at(index)))
}

/// Returns the number of the step of an entry, or else its position from 1.
pub fn number_of(model: &Model, entry: EntryId) -> i64 {
    model.series(entry).map_or(entry.index as i64 + 1, |series| own_number(&series.steps, entry.index))
}

/// Returns the number of a step of a series, or else its position from 1.
pub fn own_number(steps: &Steps, index: usize) -> i64 {
    steps.number(index).unwrap_or(index as i64 + 1)
}

/// Returns the steps that views over steps show, by index: those in the zoomed window, or all if it contains none.
pub fn shown_steps(model: &Model) -> Range<usize> {
    let all = 0..super::count(model);
    let Some(window) = model.chart.time.window else { return all };
    let is_inside = |index: &usize| window.contains(number(model, *index));
    match (all.clone().find(is_inside), all.clone().rfind(is_inside)) {
        (Some(first), Some(last)) => first..last + 1,
        _ => all,
    }
}

/// Returns the first and the last step of a range, such as `2,500–5,000`.
pub fn step_range_text(model: &Model, steps: &Range<usize>) -> String {
    let last = steps.end.saturating_sub(1).max(steps.start);
    format!("{}–{}", whole_label(number(model, steps.start)), whole_label(number(model, last)))
}

/// Returns at most `most` round step numbers among the shown steps: the index of the first step that reaches each, and its
/// label.
pub fn step_ticks(model: &Model, steps: &Range<usize>, most: usize) -> Vec<(usize, String)> {
    scale::step_ticks(steps, |index| number(model, index), most)
}
