//! The strip below the chart: the distance of each step from the first, the previous or a chosen one.

use super::Model;
use super::over_steps::{self, shown_steps, step_name};
use super::regions::Regions;
use crate::engine::Since;
use crate::hist::{ChangeMeasure, StepStack};
use crate::text::format_digits;
use ratatui::layout::Rect;
use std::ops::Range;
use std::sync::Arc;

/// State of the strip.
#[derive(Debug, Default)]
pub struct ChangeStrip {
    /// The step that all steps are compared with; `None` hides the strip.
    pub since: Option<StripSince>,
    pub measure: ChangeMeasure,
    /// The changes that were computed last.
    pub changes: Option<Changes>,
    /// The running computation.
    pub(super) wanted: Option<Request>,
    /// The last jump: its rank, from 0.
    pub(super) rank: usize,
    /// A jump waits for the changes.
    pub(super) is_jump_pending: bool,
    /// The computation was cancelled or failed.
    pub(super) failed: Option<Request>,
}

/// The step that the strip compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripSince {
    First,
    Previous,
    /// A step number, or an index in a series without numbers.
    Chosen(i64),
}

/// Inputs of the changes.
#[derive(Debug, Clone)]
pub struct Request {
    pub stack: Arc<StepStack>,
    pub since: Since,
    pub measure: ChangeMeasure,
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.stack, &other.stack) && (self.since, self.measure) == (other.since, other.measure)
    }
}

/// The changes of all steps of a series.
#[derive(Debug)]
pub struct Changes {
    pub(super) request: Request,
    /// The change of each step; NaN if it is unknown.
    pub values: Vec<f64>,
    /// The steps with a larger change than their neighbors, the largest first.
    pub peaks: Vec<usize>,
}

impl Changes {
    pub(super) fn new(request: Request, values: Vec<f64>) -> Self {
        let peaks = peaks(&values);
        Self { request, values, peaks }
    }
}

/// Returns the steps with a change that is larger than that of one neighbor, and not smaller than that of the other. The
/// largest is first.
fn peaks(values: &[f64]) -> Vec<usize> {
    let known: Vec<(usize, f64)> = values.iter().copied().enumerate().filter(|(_, value)| !value.is_nan()).collect();
    let value = |at: Option<usize>| at.and_then(|at| known.get(at)).map_or(0.0, |(_, value)| *value);
    let is_peak = |at: &usize| {
        let here = value(Some(*at));
        here > value(at.checked_sub(1)) && here >= value(Some(at + 1))
    };
    let mut peaks: Vec<(usize, f64)> =
        (0..known.len()).filter(is_peak).filter_map(|at| known.get(at).copied()).collect();
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
    peaks.into_iter().map(|(step, _)| step).collect()
}

impl Model {
    /// Returns the changes that the strip shows, once they are computed.
    pub fn changes(&self) -> Option<&Changes> {
        let request = request(self)?;
        self.strip.changes.as_ref().filter(|changes| changes.request == request)
    }

    /// Returns the name of the step that the strip compares with.
    pub fn since_name(&self) -> Option<String> {
        Some(match self.strip.since? {
            StripSince::First => "the first step".into(),
            StripSince::Previous => "the previous step".into(),
            StripSince::Chosen(number) => format!("step {number}"),
        })
    }
}

/// Returns the inputs of the changes on the screen.
pub(super) fn request(model: &Model) -> Option<Request> {
    let since = model.strip.since?;
    let current = model.current.as_ref()?.entry;
    let all_steps = model.all_steps.as_ref().filter(|all_steps| all_steps.series == current.series_id())?;
    let steps = &model.series(current)?.steps;
    let since = match since {
        StripSince::First => Since::First,
        StripSince::Previous => Since::Previous,
        StripSince::Chosen(number) => Since::Step(steps.at_or_before(number).unwrap_or(0)),
    };
    Some(Request { stack: Arc::clone(&all_steps.shown), since, measure: model.strip.measure })
}

/// Returns the cells of the strip and the steps that each shows. They are below those of the view over steps, if there is
/// one.
pub fn cells(model: &Model, regions: &Regions) -> Option<(Rect, Vec<Range<usize>>)> {
    let strip = regions.changes?;
    let row = Rect { y: strip.bottom() - 1, height: 1, ..strip };
    let below = over_steps::area(model, regions).and_then(|(kind, area)| {
        let layout = over_steps::layout(model, kind, area).filter(|_| kind != super::View::Ridge)?;
        let columns = &model.heatmap.as_ref()?.matrix.columns;
        let width = usize::from(layout.plot.width);
        let column = |cell: usize| columns.get(cell * columns.len() / width.max(1)).cloned();
        let cells: Option<Vec<Range<usize>>> = (0..width).map(column).collect();
        Some((Rect { x: layout.plot.x, width: layout.plot.width, ..row }, cells?))
    });
    below.or_else(|| {
        let area = Rect { x: row.x + 1, width: row.width.saturating_sub(2), ..row };
        let (steps, width) = (shown_steps(model), usize::from(area.width).max(1));
        let cell = |cell: usize| {
            let start = steps.start + cell * steps.len() / width;
            let end = steps.start + (cell + 1) * steps.len() / width;
            start..end.max(start + 1).min(steps.end.max(start + 1))
        };
        Some((area, (0..width).map(cell).collect()))
    })
}

/// Returns the step with the largest change at a column of the screen.
pub(super) fn step_at(model: &Model, regions: &Regions, x: u16) -> Option<usize> {
    let (area, cells) = cells(model, regions)?;
    let changes = model.changes()?;
    let steps = cells.get(usize::from(x.checked_sub(area.x)?))?.clone();
    let value = |step: &usize| changes.values.get(*step).copied().filter(|value| !value.is_nan()).unwrap_or(-1.0);
    steps.max_by(|a, b| value(a).total_cmp(&value(b)))
}

/// Describes the strip, such as `W1 / pooled std since the first step · largest 3.42 at step 710`.
pub fn title(model: &Model) -> Option<String> {
    let since = model.since_name()?;
    let name = model.strip.measure.name();
    let Some(changes) = model.changes() else { return Some(format!("{name} since {since} · computing …")) };
    Some(match changes.peaks.first() {
        Some(step) => {
            let value = changes.values.get(*step).copied().unwrap_or(f64::NAN);
            format!("{name} since {since} · largest {} at step {}", number(value), step_name(model, *step))
        }
        None => format!("{name} since {since} · no change"),
    })
}

/// Formats a change with three digits.
pub(super) fn number(value: f64) -> String {
    if value.is_finite() { format_digits(value, 3) } else { "∞".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_are_larger_than_their_neighbors() {
        let nan = f64::NAN;
        assert_eq!(peaks(&[nan, 1.0, 3.0, 2.0, nan, 2.5, 0.0, 9.0]), [7, 2, 5]);
        // Of a plateau, only the first step is a peak.
        assert_eq!(peaks(&[0.0, 2.0, 2.0, 2.0]), [1]);
        assert!(peaks(&[nan, 0.0, 0.0]).is_empty());
    }
}
