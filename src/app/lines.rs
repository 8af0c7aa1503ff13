//! Statistics over steps: lines of one statistic, for each run that logged the current key.

use super::over_steps::{TimeZoom, number_of, own_number};
use super::{Model, Ticket, View};
use crate::catalog::{Scalars, SeriesId, Steps};
use crate::document::{Document, StepStatistics};
use crate::hist::scale::{Scale, Ticks};
use crate::hist::{Bounded, EntryStats, Segment, Statistic};
use crate::text;
use ratatui::layout::Rect;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Maximum number of lines. More could not be distinguished.
pub const MAX_LINES: usize = 14;
/// Maximum number of steps of all lines, which limits their memory to 128 MB.
const MAX_STEPS: usize = 320_000;

/// Minimum height of the plots for scalars.
const WITH_SCALARS: u16 = 12;

/// Statistics that keys choose between. The others can be typed.
const CHOICES: [Statistic; 20] = [
    Statistic::N,
    Statistic::Nan,
    Statistic::PosInf,
    Statistic::NegInf,
    Statistic::Missing,
    Statistic::Bad,
    Statistic::Zeros,
    Statistic::Mean,
    Statistic::Std,
    Statistic::Skewness,
    Statistic::Kurtosis,
    Statistic::Min,
    Statistic::Quantile(0.01),
    Statistic::Quantile(0.5),
    Statistic::Quantile(0.99),
    Statistic::Quantile(0.999),
    Statistic::Max,
    Statistic::MeanAbs,
    Statistic::MaxAbs,
    Statistic::L2,
];

/// The lines, their statistic and their axis.
#[derive(Debug, Clone)]
pub struct StatisticLines {
    pub statistic: Statistic,
    /// The value axis is logarithmic.
    pub log: bool,
    /// The state of the list and the current series of `series`.
    of: Option<(u64, SeriesId)>,
    /// The series to draw, in the order of opening.
    series: Vec<SeriesId>,
    /// Number of series with this key.
    total: usize,
    loaded: HashMap<SeriesId, Arc<StepStatistics>>,
    /// Series that cannot be read.
    failed: HashSet<SeriesId>,
    pub(super) loading: Option<(Ticket, SeriesId)>,
    pub scalars: ScalarLines,
}

/// The scalars of the runs, which are drawn below.
#[derive(Debug, Clone, Default)]
pub struct ScalarLines {
    /// The chosen name. `None` is the default of each run.
    pub(super) wanted: Option<String>,
    /// The user hides the scalars.
    pub(super) is_hidden: bool,
    /// Scalars by source, with the number of steps of the series when they were read.
    loaded: HashMap<usize, (usize, Arc<Scalars>)>,
    pub(super) loading: Option<(Ticket, SeriesId)>,
}

impl Default for StatisticLines {
    fn default() -> Self {
        Self {
            statistic: Statistic::Std,
            log: false,
            of: None,
            series: Vec::new(),
            total: 0,
            loaded: HashMap::new(),
            failed: HashSet::new(),
            loading: None,
            scalars: ScalarLines::default(),
        }
    }
}

/// A line on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct RunLine {
    pub id: SeriesId,
    /// Name of the run or file.
    pub label: String,
    /// Step numbers and values, in increasing order of steps.
    pub points: Vec<(i64, Bounded)>,
    /// This is the current series.
    pub is_current: bool,
}

impl StatisticLines {
    /// Number of series that are drawn, and number of all series with this key.
    pub fn count(&self) -> (usize, usize) {
        (self.series.len(), self.total)
    }

    /// Returns the place of a series among those that are drawn, and their number.
    pub fn place(&self, id: SeriesId) -> (usize, usize) {
        (self.series.iter().position(|other| *other == id).unwrap_or(0), self.series.len())
    }

    /// Number of series whose statistics are loaded.
    pub fn loaded(&self) -> usize {
        self.series.iter().filter(|id| self.loaded.contains_key(id)).count()
    }

    /// Returns true while a series is being read.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Returns the ticket of the running load.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.loading.or(self.scalars.loading).map(|(ticket, _)| ticket)
    }

    /// Forgets the statistics of a source that was reloaded.
    pub(super) fn forget(&mut self, source: usize) {
        self.loaded.retain(|id, _| id.source != source);
        self.failed.retain(|id| id.source != source);
        self.scalars.loaded.remove(&source);
        self.of = None;
    }

    /// Stores loaded statistics. Without them, the series is not loaded again.
    pub(super) fn store(&mut self, id: SeriesId, loaded: Option<StepStatistics>) {
        match loaded {
            Some(loaded) => _ = self.loaded.insert(id, Arc::new(loaded)),
            None => _ = self.failed.insert(id),
        }
    }

    /// Tries again to load what could not be read.
    pub(super) fn retry(&mut self) {
        self.failed.clear();
    }
}

impl ScalarLines {
    /// Stores the scalars of the source of a series that has this number of steps.
    pub(super) fn store(&mut self, id: SeriesId, steps: usize, scalars: Scalars) {
        self.loaded.insert(id.source, (steps, Arc::new(scalars)));
    }

    /// Chooses a scalar, or hides all of them.
    pub(super) fn choose(&mut self, wanted: Option<String>, is_hidden: bool) {
        (self.wanted, self.is_hidden) = (wanted, is_hidden);
        self.loaded.clear();
    }

    /// Names of the scalars of all runs that were read.
    pub(super) fn names(&self) -> BTreeSet<&str> {
        self.loaded.values().flat_map(|(_, scalars)| scalars.names.iter().map(String::as_str)).collect()
    }
}

/// Returns the next series from whose source scalars are read: after all statistics, the current one first.
pub(super) fn next_scalars(model: &Model) -> Option<SeriesId> {
    let current = model.current.as_ref()?.entry.series_id();
    let (lines, scalars) = (&model.lines, &model.lines.scalars);
    if !is_shown(model) || lines.loading.is_some() || scalars.loading.is_some() || scalars.is_hidden {
        return None;
    }
    let is_missing = |id: &SeriesId| {
        let steps = model.series(*id).map_or(0, |series| series.steps.len());
        // A growing log is read again once a tenth was added.
        scalars.loaded.get(&id.source).is_none_or(|(known, _)| steps > known + known / 10)
    };
    std::iter::once(&current).chain(&lines.series).copied().find(is_missing)
}

/// Returns the scalars of the runs, as lines. Empty if they are hidden, or if no run has any.
pub fn scalar_lines(model: &Model) -> Vec<RunLine> {
    let (lines, scalars) = (&model.lines, &model.lines.scalars);
    let current = model.current.as_ref().map(|current| current.entry.series_id());
    let line = |id: &SeriesId| {
        let (_, found) = scalars.loaded.get(&id.source).filter(|(_, found)| !found.points.is_empty())?;
        let points = found.points.iter().map(|(step, value)| (*step, Bounded::exact(*value))).collect();
        Some(RunLine { id: *id, label: found.name.clone(), points, is_current: current == Some(*id) })
    };
    let found = lines.series.iter().filter(|_| !scalars.is_hidden);
    found.filter_map(line).collect()
}

/// Returns true if the screen shows the lines.
pub(super) fn is_shown(model: &Model) -> bool {
    model.chart.view == View::Lines && !model.series_table.is_open && model.step_count() > 1
}

/// Chooses the series to draw: the current one, and those with its key in other runs that the list shows.
pub(super) fn refresh(model: &mut Model) {
    let Some(current) = model.current.as_ref().map(|current| current.entry.series_id()) else { return };
    let of = Some((model.list.version(), current));
    if !is_shown(model) || model.lines.of == of {
        return;
    }
    let Some(path) = model.series(current).map(|series| Arc::clone(&series.path)) else { return };
    let same =
        |id: &SeriesId| model.series(*id).is_some_and(|series| Arc::ptr_eq(&series.path, &path) || series.path == path);
    let in_source = |source: usize| {
        let here = SeriesId { source, ..current };
        if source == current.source || same(&here) {
            return Some(here);
        }
        let series = model.sources.get(source)?.series.len();
        (0..series).map(|series| SeriesId { source, series }).find(same)
    };
    let found: Vec<SeriesId> = (0..model.sources.len())
        .filter_map(in_source)
        .filter(|id| *id == current || model.list.ordinal(*id).is_some())
        .collect();
    let mut steps = 0;
    let fits = |id: &&SeriesId| {
        steps += model.series(**id).map_or(0, |series| series.steps.len());
        **id == current || steps <= MAX_STEPS
    };
    let others = found.iter().filter(|id| **id != current);
    let mut series: Vec<SeriesId> =
        std::iter::once(&current).chain(others).take_while(fits).take(MAX_LINES).copied().collect();
    series.sort_unstable();
    let lines = &mut model.lines;
    lines.loaded.retain(|id, _| series.contains(id));
    (lines.total, lines.series, lines.of) = (found.len(), series, of);
}

/// Returns the next series to load, with its statistics so far: the current one first.
pub(super) fn next_load(model: &Model) -> Option<(SeriesId, Arc<StepStatistics>)> {
    let current = model.current.as_ref()?.entry.series_id();
    let lines = &model.lines;
    if !is_shown(model) || lines.loading.is_some() {
        return None;
    }
    let is_missing = |id: &SeriesId| {
        let steps = model.series(*id).map_or(0, |series| series.steps.len());
        let loaded = lines.loaded.get(id);
        let is_complete = loaded.is_some_and(|all| all.len() == steps && all.contains(lines.statistic));
        steps > 0 && !is_complete && !lines.failed.contains(id)
    };
    let mut all = std::iter::once(&current).chain(&lines.series);
    let id = *all.find(|id| is_missing(id))?;
    Some((id, lines.loaded.get(&id).cloned().unwrap_or_default()))
}

/// Returns the statistics that keys choose between: those that any drawn series has.
pub(super) fn choices(model: &Model) -> Vec<Statistic> {
    let known = |statistic: &Statistic| model.lines.loaded.values().any(|all| all.knows(*statistic));
    let chosen = model.lines.statistic;
    CHOICES.into_iter().filter(|statistic| known(statistic) || *statistic == chosen).collect()
}

/// Returns the lines, in the order of opening.
pub fn run_lines(model: &Model) -> Vec<RunLine> {
    let current = model.current.as_ref().map(|current| current.entry.series_id());
    let line = |id: &SeriesId| {
        Some(RunLine {
            id: *id,
            label: model.label(id.source).to_string(),
            points: points(model, *id)?,
            is_current: current == Some(*id),
        })
    };
    model.lines.series.iter().filter_map(line).collect()
}

/// Returns the steps of a series with their values.
fn points(model: &Model, id: SeriesId) -> Option<Vec<(i64, Bounded)>> {
    let (all, statistic) = (model.lines.loaded.get(&id)?, model.lines.statistic);
    let steps = &model.series(id)?.steps;
    let mut points: Vec<(i64, Bounded)> =
        all.values(statistic).enumerate().map(|(index, value)| (own_number(steps, index), value)).collect();
    let probabilities: Vec<f64> = statistic.probability().into_iter().collect();
    for (index, state) in model.documents.get(&id).into_iter().flat_map(Document::edited) {
        if let (Some(edited), Some(point)) = (&state.edited, points.get_mut(index)) {
            point.1 = statistic.of(&EntryStats::of_histogram(&edited.histogram, &probabilities));
        }
    }
    // A run that was restarted logs steps again.
    if !points.is_sorted_by_key(|(step, _)| *step) {
        points.sort_by_key(|(step, _)| *step);
    }
    Some(points)
}

/// The areas and axes of the view.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub plot: Rect,
    /// The labels left of the plot.
    pub gutter: Rect,
    /// The row of step numbers.
    pub labels: Rect,
    /// The row of names.
    pub legend: Option<Rect>,
    /// The first and the last step.
    pub x: Segment,
    pub axis: ValueAxis,
    /// The scalars below.
    pub scalars: Option<ScalarLayout>,
}

/// The areas and the axis of the scalars.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarLayout {
    /// The row of their name.
    pub title: Rect,
    pub plot: Rect,
    pub gutter: Rect,
    pub axis: ValueAxis,
}

/// A value axis.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    pub range: Segment,
    pub scale: Scale,
    pub ticks: Ticks,
}

impl ValueAxis {
    /// Creates an axis that contains all finite values. `None` without any.
    pub fn of(values: impl Iterator<Item = f64>, log: bool, height: u16) -> Option<Self> {
        let ends = values.filter(|x| x.is_finite()).map(|x| Segment { lo: x, hi: x });
        let Segment { lo, hi } = ends.reduce(Segment::union)?;
        let pad = if lo < hi { 0.0 } else { (lo.abs() / 10.0).max(1e-12) };
        let range = Segment { lo: lo - pad, hi: hi + pad };
        let scale = if log { Scale::Log } else { Scale::Linear };
        let ticks = scale.ticks(range.lo, range.hi, usize::from(height / 2).max(2));
        Some(Self { range, scale, ticks })
    }

    /// Width of the labels.
    fn width(&self) -> u16 {
        self.ticks.at.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) as u16
    }
}

/// Returns the first and the last step on the screen: the zoomed window, or else all steps of all lines.
pub fn step_range(model: &Model, lines: &[RunLine]) -> Option<Segment> {
    let TimeZoom { window, .. } = model.chart.time;
    let all = || {
        let ends = lines.iter().filter_map(|line| Some((line.points.first()?.0, line.points.last()?.0)));
        ends.reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
    };
    let (first, last) = window.map(|window| (window.first, window.last)).or_else(all)?;
    Some(Segment { lo: first as f64, hi: last as f64 })
}

/// Lays the view out. `None` without values or without room.
pub fn layout(model: &Model, lines: &[RunLine], scalars: &[RunLine], area: Rect) -> Option<Layout> {
    let x = step_range(model, lines)?;
    let legend = area.height >= 5;
    let height = area.height.checked_sub(1 + u16::from(legend)).filter(|height| *height > 0)?;
    let axis = |lines: &[RunLine], height: u16| {
        let shown = lines.iter().flat_map(|line| &line.points);
        let shown = shown.filter(|(step, _)| (x.lo..=x.hi).contains(&(*step as f64))).map(|(_, value)| value.at);
        ValueAxis::of(shown, model.lines.log, height)
    };
    // The name of the scalars takes a row.
    let below = if height >= WITH_SCALARS { height * 3 / 10 } else { 0 };
    let scalar_axis = if below > 0 { axis(scalars, below) } else { None };
    let all = height;
    let height = if scalar_axis.is_some() { height - below - 1 } else { height };
    let axis = axis(lines, height)?;
    let widest = scalar_axis.as_ref().map_or(0, ValueAxis::width).max(axis.width());
    let gutter = (widest + 1).min(area.width / 3);
    let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    Some(Layout {
        plot: Rect { x: area.x + gutter, width: area.width - gutter, height, ..area },
        gutter: Rect { width: gutter, height, ..area },
        labels: row(all),
        legend: legend.then(|| row(area.height - 1)),
        x,
        axis,
        scalars: scalar_axis.map(|axis| ScalarLayout {
            title: row(height),
            plot: Rect { x: area.x + gutter, y: area.y + height + 1, width: area.width - gutter, height: below },
            gutter: Rect { y: area.y + height + 1, width: gutter, height: below, ..area },
            axis,
        }),
    })
}

/// Returns the index of the step of the current series that is nearest to a column of the plot.
pub(super) fn index_at(model: &Model, area: Rect, column: u16) -> Option<usize> {
    let lines = run_lines(model);
    let Layout { plot, x, .. } = layout(model, &lines, &scalar_lines(model), area)?;
    if plot.is_empty() {
        return None;
    }
    let cell = column.clamp(plot.x, plot.right() - 1) - plot.x;
    let step = Scale::Linear.value((f64::from(cell) + 0.5) / f64::from(plot.width), x.lo, x.hi);
    let entry = model.current.as_ref()?.entry;
    nearest(&model.series(entry)?.steps, step)
}

/// Returns the index of the step that is nearest to a number.
fn nearest(steps: &Steps, number: f64) -> Option<usize> {
    let distance = |index: &usize| (own_number(steps, *index) as f64 - number).abs();
    (0..steps.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Returns the current step as a number.
pub fn current_step(model: &Model) -> Option<i64> {
    Some(number_of(model, model.requested?))
}
