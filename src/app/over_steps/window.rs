//! The zoom of the step axis, which all views over steps share. It is a range of step numbers, so that it stays in place
//! when another series is chosen.

use super::{shown_steps, steps::number};
use crate::app::Model;
use crate::hist::ColorScale;
use std::ops::Range;

/// A range of step numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepWindow {
    pub first: i64,
    pub last: i64,
}

/// Options of the views over steps. None of them is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeZoom {
    /// The steps to show. `None` shows all.
    pub window: Option<StepWindow>,
    pub selection: Option<StepSelection>,
    /// The steps where the mouse button was pressed.
    pub(in crate::app) pressed: Option<StepWindow>,
    pub colors: ColorScale,
    /// The step that was current when the window was last moved to it.
    followed: Option<i64>,
}

/// A selection of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepSelection {
    pub anchor: StepWindow,
    /// The other end. `None` is the current step.
    pub head: Option<StepWindow>,
}

/// Minimum number of steps in a window.
const FEWEST: usize = 2;

impl StepWindow {
    /// Returns true if the window contains a step.
    pub fn contains(self, step: i64) -> bool {
        (self.first..=self.last).contains(&step)
    }

    /// Returns the smallest window that contains both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

impl TimeZoom {
    /// Returns the selected steps.
    pub fn selected(&self, model: &Model) -> Option<StepWindow> {
        let StepSelection { anchor, head } = self.selection?;
        let now = number(model, model.requested?.index);
        Some(anchor.union(head.unwrap_or(StepWindow { first: now, last: now })))
    }
}

/// Returns the selected steps of the current series, by index.
pub fn window_of_selection(model: &Model) -> Option<Range<usize>> {
    let selected = model.chart.time.selected(model)?;
    let shown = shown_steps(model);
    let is_inside = |index: &usize| selected.contains(number(model, *index));
    Some(shown.clone().find(is_inside)?..shown.clone().rfind(is_inside)? + 1)
}

/// Returns the window of a range of steps, given by index.
pub(in crate::app) fn window_of(model: &Model, steps: &Range<usize>) -> StepWindow {
    let last = steps.end.saturating_sub(1).max(steps.start);
    StepWindow { first: number(model, steps.start), last: number(model, last) }
}

/// Shows a range of steps, given by index and clamped to the steps of the series.
fn show(model: &mut Model, start: usize, len: usize) {
    let all = super::count(model);
    let len = len.max(FEWEST);
    let start = start.min(all.saturating_sub(len));
    model.chart.time.window = (len < all).then(|| window_of(model, &(start..start + len)));
}

/// Multiplies the number of shown steps by `factor`. The step `at`, given by index, stays in its place.
pub(in crate::app) fn zoom(model: &mut Model, factor: f64, at: usize) {
    let shown = shown_steps(model);
    let at = if shown.contains(&at) { at } else { usize::midpoint(shown.start, shown.end) };
    let scaled = shown.len() as f64 * factor;
    // Each zoom changes at least one step.
    let len = if factor < 1.0 {
        (scaled.round() as usize).min(shown.len().saturating_sub(1))
    } else {
        (scaled.round() as usize).max(shown.len() + 1)
    };
    let len = len.max(FEWEST);
    // Rounded down, so that the window contains the step.
    let before = (at - shown.start).saturating_mul(len) / shown.len().max(1);
    show(model, at.saturating_sub(before), len);
}

/// Moves the window by a part of its length.
pub(in crate::app) fn pan(model: &mut Model, by: f64) {
    let shown = shown_steps(model);
    let distance = (shown.len() as f64 * by.abs()).round().max(1.0) as usize;
    let start = if by < 0.0 { shown.start.saturating_sub(distance) } else { shown.start.saturating_add(distance) };
    show(model, start, shown.len());
}

/// Moves the window so that it contains the current step, if that has changed.
pub(super) fn follow_step(model: &mut Model) {
    let Some(window) = model.chart.time.window else { return };
    // Another series that is still loading has other step numbers.
    let current = model.current.as_ref().map(|current| current.entry.series_id());
    let now = model.requested.filter(|entry| current == Some(entry.series_id()) && super::is_ready(model));
    let Some(index) = now.map(|entry| entry.index) else { return };
    let now = number(model, index);
    if model.chart.time.followed.replace(now) == Some(now) || window.contains(now) {
        return;
    }
    let shown = shown_steps(model);
    let start = if index < shown.start { index } else { (index + 1).saturating_sub(shown.len()) };
    show(model, start, shown.len());
}
