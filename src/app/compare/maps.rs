//! One heat map for each run, over the same steps, on one value axis and one color scale.

use super::Comparison;
use crate::app::{Model, StepCursor};
use crate::catalog::SeriesId;
use crate::hist::{Axis, Grid, Matrix, Normalization, Segment, StepStack};
use crate::widget::heat::rows_per_cell;
use ratatui::layout::Rect;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Smallest height of a map, with its title.
const SMALLEST: u16 = 4;
/// Width of the value labels.
const GUTTER: u16 = 10;

/// The heat maps of runs.
#[derive(Debug, Default)]
pub struct RunMaps {
    /// The maps replace the chart.
    pub shown: bool,
    /// All steps of the runs on the screen.
    pub(in crate::app) stacks: BTreeMap<SeriesId, Arc<StepStack>>,
    /// Why the steps of a run could not be read.
    pub errors: BTreeMap<SeriesId, String>,
    /// The maps on the screen.
    pub panels: Vec<RunMap>,
    /// Number of runs with this series.
    pub total: usize,
    /// The value axis of all maps.
    pub view: Option<Segment>,
    /// The first and the last step of all maps.
    pub steps: Option<(i64, i64)>,
    computed: Option<Inputs>,
}

/// A heat map of a run.
#[derive(Debug, Clone)]
pub struct RunMap {
    pub id: SeriesId,
    pub area: Rect,
    /// The part of the area with cells; `None` until the steps are read.
    pub plot: Option<Rect>,
    pub matrix: Option<Arc<Matrix>>,
    /// The column of the step on the screen.
    pub marker: Option<usize>,
}

/// A series with the histograms of its steps.
type Loaded = (SeriesId, Arc<StepStack>);

/// Everything that the matrices depend on.
#[derive(Debug, Clone)]
struct Inputs {
    stacks: Vec<Loaded>,
    area: Rect,
    axis: Option<Axis>,
    normalization: Normalization,
    halves: u16,
}

impl PartialEq for Inputs {
    fn eq(&self, other: &Self) -> bool {
        let same = |((a, x), (b, y)): (&Loaded, &Loaded)| a == b && Arc::ptr_eq(x, y);
        self.stacks.len() == other.stacks.len()
            && self.stacks.iter().zip(&other.stacks).all(same)
            && (self.area, self.axis, self.normalization, self.halves)
                == (other.area, other.axis, other.normalization, other.halves)
    }
}

impl Comparison {
    /// Returns the series to draw as maps in an area: the page of runs that contains the current one.
    pub(in crate::app) fn page(ids: &[SeriesId], current: SeriesId, area: Rect) -> Vec<SeriesId> {
        let most = usize::from(area.height.saturating_sub(2) / SMALLEST).max(1);
        let at = ids.iter().position(|id| *id == current).unwrap_or(0);
        ids.iter().skip(at / most * most).take(most).copied().collect()
    }
}

/// Lays the maps out and computes their matrices, unless they are cached.
pub(in crate::app) fn prepare(model: &mut Model, ids: &[SeriesId], total: usize, area: Rect) {
    let number = |model: &Model, id: SeriesId, index: usize| {
        model.series(id).and_then(|series| series.steps.number(index)).unwrap_or(index as i64)
    };
    let maps = &model.comparison.maps;
    let stack = |id: &SeriesId| maps.stacks.get(id).cloned();
    let loaded: Vec<Loaded> = ids.iter().filter_map(|id| Some((*id, stack(id)?))).collect();
    let zoomed = model.spec().and_then(|spec| spec.range);
    let zoomed = zoomed.map(|range| Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() });
    let extent = |stack: &StepStack| if model.chart.share_axis { stack.span() } else { stack.core() };
    let view = zoomed.or_else(|| loaded.iter().filter_map(|(_, stack)| extent(stack)).reduce(Segment::union));
    let view = view.map(|view| if view.lo < view.hi { view } else { Segment { lo: view.lo - 0.5, hi: view.hi + 0.5 } });
    let ends = loaded.iter().filter(|(_, stack)| !stack.is_empty());
    let ends = ends.map(|(id, stack)| (number(model, *id, 0), number(model, *id, stack.len() - 1)));
    let steps = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let halves = rows_per_cell(model.settings.theme.heat(), model.settings.glyphs);
    let scale = model.chart.value_scale;
    let axis = view.map(|view| Axis { view, scale });
    let normalization = model.chart.normalization;
    let inputs = Inputs { stacks: loaded.clone(), area, axis, normalization, halves };
    let is_computed = model.comparison.maps.computed.as_ref() == Some(&inputs);
    let height = (area.height.saturating_sub(2)) / (ids.len() as u16).max(1);
    let mut panels: Vec<RunMap> = Vec::new();
    for (slot, id) in (0..).zip(ids) {
        let area = Rect { y: area.y + slot * height, height, ..area };
        let known = model.comparison.maps.panels.get(usize::from(slot)).filter(|panel| is_computed && panel.id == *id);
        let mut panel = known.cloned().unwrap_or(RunMap { id: *id, area, plot: None, matrix: None, marker: None });
        let found = loaded.iter().find(|(of, _)| of == id).filter(|_| known.is_none());
        if let (Some((_, stack)), Some(axis), Some((first, last))) = (found, axis, steps) {
            let gutter = GUTTER.min(area.width / 3);
            let width = f64::from(area.width - gutter);
            let cell = |at: i64| ((at - first) as f64 / ((last - first) as f64).max(1.0) * width).round() as u16;
            let (left, right) = (cell(number(model, *id, 0)), cell(number(model, *id, stack.len().saturating_sub(1))));
            let right = right.max(left + 1).min(area.width - gutter);
            let left = left.min(right.saturating_sub(1));
            let plot = Rect {
                x: area.x + gutter + left,
                y: area.y + 1,
                width: right - left,
                height: area.height.saturating_sub(1),
            };
            let rows = usize::from(plot.height * halves);
            let grid = Grid { normalization, ..Grid::new(0..stack.len(), usize::from(plot.width), rows, axis) };
            panel.plot = Some(plot);
            panel.matrix = Some(Arc::new(stack.matrix(&grid)));
        }
        panels.push(panel);
    }
    if !is_computed {
        // One color scale for all maps.
        let largest =
            panels.iter().filter_map(|panel| panel.matrix.as_ref()).map(|matrix| matrix.max).fold(0.0, f64::max);
        for matrix in panels.iter_mut().filter_map(|panel| panel.matrix.as_mut()) {
            *matrix = Arc::new(Matrix { max: largest, ..Matrix::clone(matrix) });
        }
    }
    let cursor = model
        .current
        .as_ref()
        .and_then(|current| Some(StepCursor::at(&model.series(current.entry)?.steps, current.entry.index)));
    for panel in &mut panels {
        let index = model.series(panel.id).and_then(|series| cursor?.index_in(&series.steps));
        panel.marker = panel.matrix.as_ref().zip(index).and_then(|(matrix, index)| matrix.column_of(index));
    }
    let maps = &mut model.comparison.maps;
    (maps.panels, maps.total, maps.view, maps.steps, maps.computed) = (panels, total, view, steps, Some(inputs));
}
