//! Views over steps (heat map, ridges, bands): their data, layout and mouse targets.

mod steps;
mod window;

pub use steps::{number_of, own_number, shown_steps, step_name, step_name_of, step_range_text, step_ticks};
pub use window::{StepSelection, StepWindow, TimeZoom, window_of_selection};
pub(super) use window::{pan, window_of, zoom};

use super::regions::Regions;
use super::{Model, View, lines};
use crate::catalog::SeriesId;
use crate::document::Document;
use crate::hist::scale::Ticks;
use crate::hist::{Axis, Combine, Grid, Matrix, OUTLYING, Segment, StepStack, UncertainHistogram};
use crate::text;
use crate::text::plural;
use crate::widget::heat::rows_per_cell;
use ratatui::layout::Rect;
use std::ops::Range;
use std::sync::Arc;

/// Rows of the matrix that bands are computed from, more than any screen has.
const BAND_ROWS: usize = 512;

/// Quantiles of the bands, from the outermost inward. As in TensorBoard, they are the quantiles of a normal distribution
/// at 1.5, 1 and 0.5 standard deviations.
pub const BANDS: [(f64, f64); 3] = [(0.0668, 0.9332), (0.1587, 0.8413), (0.3085, 0.6915)];

/// Height of a ridge, in lines.
pub const RIDGE_HEIGHT: u16 = 2;

/// The histograms of all steps of a series.
#[derive(Debug, Clone)]
pub struct AllSteps {
    pub series: SeriesId,
    /// The histograms as logged.
    pub logged: Arc<StepStack>,
    /// The histograms as drawn, with the edits of the document.
    pub shown: Arc<StepStack>,
    /// The edited steps in `shown`.
    edits: Vec<Edited>,
}

/// The index of a step and its edited histogram.
type Edited = (usize, Arc<UncertainHistogram>);

impl AllSteps {
    /// Creates the stack as logged, without edits.
    pub fn new(series: SeriesId, logged: Arc<StepStack>) -> Self {
        Self { series, shown: Arc::clone(&logged), logged, edits: Vec::new() }
    }

    /// Returns `2 steps edited`, or `None` without edits.
    pub fn edited_note(&self) -> Option<String> {
        let n = self.edits.len() as u64;
        (n > 0).then(|| format!("{} edited", plural(n, "step")))
    }
}

/// The matrix of the view on the screen, with the inputs it was computed from.
#[derive(Debug, Clone)]
pub struct HeatmapCache {
    series: SeriesId,
    grid: Grid,
    pub matrix: Arc<Matrix>,
}

/// The layout of a view over steps. Heat maps and bands have steps to the right and values upward. Ridges have values to
/// the right and steps downward.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub plot: Rect,
    /// The labels left of the plot.
    pub gutter: Rect,
    /// The row that marks steps with NaN or infinities, if any step has them.
    pub strip: Option<Rect>,
    /// The row of labels below the plot.
    pub labels: Rect,
    /// The row of the legend.
    pub legend: Option<Rect>,
    /// The value axis.
    pub view: Segment,
    /// Ticks of the value axis.
    pub values: Ticks,
}

/// Returns true if the screen needs all steps of the current series: for a view over steps, or for a shared axis.
pub(super) fn needed(model: &Model, regions: &Regions) -> bool {
    let shows_stack = model.chart.view.over_steps() && model.chart.view != View::Lines;
    model.step_count() > 1
        && (regions.heatmap.is_some() || shows_stack || model.chart.share_axis || model.strip.since.is_some())
}

/// Returns all steps of the current series, once they are loaded.
pub fn stack(model: &Model) -> Option<&StepStack> {
    let entry = model.current.as_ref()?.entry;
    model.all_steps.as_ref().filter(|steps| steps.series == entry.series_id()).map(|steps| steps.shown.as_ref())
}

/// Number of steps that views over steps can show.
pub fn count(model: &Model) -> usize {
    if model.chart.view == View::Lines { model.step_count() } else { stack(model).map_or(0, StepStack::len) }
}

/// Returns true if the view over steps on the screen has its steps.
pub(super) fn is_ready(model: &Model) -> bool {
    if model.chart.view == View::Lines { model.step_count() > 1 } else { stack(model).is_some() }
}

/// Returns the value range of a view over steps: the zoomed range, or else the full range if the axis is shared. Without
/// either, the range of nearly all values, for bands of nearly all bands.
pub fn view(model: &Model, kind: View) -> Option<Segment> {
    match kind {
        _ if model.chart.share_axis => range(model, StepStack::span),
        View::Bands => range(model, StepStack::bands),
        _ => range(model, StepStack::core),
    }
}

/// Returns the shared axis of all steps: the zoomed range, or else the full range.
pub fn axis(model: &Model) -> Option<Segment> {
    range(model, StepStack::span)
}

fn range(model: &Model, default: impl Fn(&StepStack) -> Option<Segment>) -> Option<Segment> {
    let zoomed = model.spec().and_then(|spec| spec.range);
    let view = match zoomed {
        Some(range) => Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() },
        None => default(stack(model)?)?,
    };
    Some(if view.lo < view.hi { view } else { Segment { lo: view.lo - 0.5, hi: view.hi + 0.5 } })
}

/// Share of a step outside the value axis from which the step is marked as an outlier. Bands ignore values outside the
/// outermost band.
pub fn outlying(kind: View) -> f64 {
    if kind == View::Bands { BANDS[0].0 } else { OUTLYING }
}

/// Returns true if the colors of the view over steps are logarithmic.
pub fn log_colors(model: &Model, matrix: &Matrix) -> bool {
    model.chart.time.colors.is_log(matrix)
}

/// Returns the kind and the area of the view over steps on the screen.
pub fn area(model: &Model, regions: &Regions) -> Option<(View, Rect)> {
    if model.chart.view.over_steps() {
        return Some((model.chart.view, regions.chart));
    }
    let pane = regions.heatmap?;
    Some((View::Heatmap, if regions.bordered { super::regions::inside(pane) } else { pane }))
}

/// Lays out a view in an area.
pub fn layout(model: &Model, kind: View, area: Rect) -> Option<Layout> {
    let view = view(model, kind)?;
    let strip = stack(model)?.first_not_drawable().is_some() && kind != View::Ridge;
    let legend = area.height >= 5;
    let below = 1 + u16::from(legend) + u16::from(strip);
    let height = area.height.checked_sub(below).filter(|height| *height > 0)?;
    let scale = model.chart.value_scale;
    let (values, widest) = if kind == View::Ridge {
        let ticks = scale.ticks(view.lo, view.hi, usize::from(area.width / 12).max(2));
        let width = |index: usize| text::width(&step_name(model, index));
        let steps = shown_steps(model);
        (ticks, width(steps.end.saturating_sub(1)).max(width(steps.start)))
    } else {
        let ticks = scale.ticks(view.lo, view.hi, usize::from(height / 2).max(2));
        let widest = ticks.at.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0);
        (ticks, widest)
    };
    let gutter = (widest as u16 + 1).min(area.width / 3);
    let row = |y: u16| Rect { x: area.x, y: area.y + y, width: area.width, height: 1 };
    let plot = Rect { x: area.x + gutter, width: area.width - gutter, height, ..area };
    Some(Layout {
        plot,
        gutter: Rect { width: gutter, height, ..area },
        strip: strip.then(|| Rect { x: plot.x, width: plot.width, ..row(height) }),
        labels: row(height + u16::from(strip)),
        legend: legend.then(|| row(area.height - 1)),
        view,
        values,
    })
}

/// Applies the edits of the document, if they have changed.
pub(super) fn refresh(model: &mut Model) {
    let Some(all_steps) = &mut model.all_steps else { return };
    let edited = model.documents.get(&all_steps.series).into_iter().flat_map(Document::edited);
    let edits: Vec<_> = edited.filter_map(|(index, state)| Some((index, state.edited.clone()?))).collect();
    let same = |((a, x), (b, y)): (&Edited, &Edited)| a == b && Arc::ptr_eq(x, y);
    if edits.len() == all_steps.edits.len() && edits.iter().zip(&all_steps.edits).all(same) {
        return;
    }
    let logged = &all_steps.logged;
    let replacements = edits.iter().map(|(index, estimate)| (*index, estimate.histogram.clone()));
    all_steps.shown = if edits.is_empty() { Arc::clone(logged) } else { Arc::new(logged.with_replaced(replacements)) };
    all_steps.edits = edits;
    model.heatmap = None;
}

/// Computes the matrix of the view on the screen, unless it is cached.
pub(super) fn prepare(model: &mut Model, regions: &Regions) {
    window::follow_step(model);
    if model.chart.view == View::Lines {
        return;
    }
    let found = area(model, regions).and_then(|(kind, area)| Some((kind, layout(model, kind, area)?)));
    let (Some((kind, layout)), Some(all_steps)) = (found, &model.all_steps) else { return };
    let (width, height) = (usize::from(layout.plot.width), layout.plot.height);
    let halves = rows_per_cell(model.settings.theme.heat(), model.settings.glyphs);
    let (columns, rows) = match kind {
        View::Ridge => (usize::from(height / RIDGE_HEIGHT).max(1), width),
        View::Bands => (width, BAND_ROWS),
        _ => (width, usize::from(height * halves)),
    };
    let grid = Grid {
        steps: shown_steps(model),
        columns,
        rows,
        axis: Axis { view: layout.view, scale: model.chart.value_scale },
        normalization: model.chart.normalization,
        combine: if kind == View::Bands { Combine::Average } else { Combine::Largest },
    };
    let series = all_steps.series;
    if model.heatmap.as_ref().is_none_or(|cache| (cache.series, &cache.grid) != (series, &grid)) {
        let matrix = Arc::new(all_steps.shown.matrix(&grid));
        model.heatmap = Some(HeatmapCache { series, grid, matrix });
    }
}

/// Returns the steps at a screen cell, by index, and the column of the matrix that shows them.
fn column_at(model: &Model, regions: &Regions, x: u16, y: u16) -> Option<(usize, Range<usize>)> {
    let (kind, area) = area(model, regions)?;
    if kind == View::Lines {
        let index = if area.contains((x, y).into()) { lines::index_at(model, area, x)? } else { return None };
        return Some((0, index..index + 1));
    }
    let plot = layout(model, kind, area)?.plot;
    if plot.is_empty() || !area.contains((x, y).into()) {
        return None;
    }
    let columns = &model.heatmap.as_ref()?.matrix.columns;
    let (at, cells) = if kind == View::Ridge {
        (y.clamp(plot.y, plot.bottom() - 1) - plot.y, columns.len() as u16 * RIDGE_HEIGHT)
    } else {
        (x.clamp(plot.x, plot.right() - 1) - plot.x, plot.width)
    };
    let column = usize::from(at) * columns.len() / usize::from(cells.max(1));
    let column = column.min(columns.len().saturating_sub(1));
    Some((column, columns.get(column)?.clone()))
}

/// Returns the steps at a screen cell, by index.
pub fn steps_at(model: &Model, regions: &Regions, x: u16, y: u16) -> Option<Range<usize>> {
    column_at(model, regions, x, y).map(|(_, steps)| steps)
}

/// Returns the index of the step at a screen cell. If several steps share the cell, this is the one with the largest
/// share outside the axis if that is marked, or else the last one.
pub fn index_at(model: &Model, regions: &Regions, x: u16, y: u16) -> Option<usize> {
    let (kind, _) = area(model, regions)?;
    let (column, steps) = column_at(model, regions, x, y)?;
    if kind == View::Lines {
        return Some(steps.start);
    }
    let outside = model.heatmap.as_ref()?.matrix.outside.get(column)?;
    outside.step.filter(|_| outside.reaches(outlying(kind))).or(steps.end.checked_sub(1))
}

/// Returns true if the view on the screen marks a step because of its values outside the axis.
pub(super) fn is_outlying(model: &Model, index: usize) -> bool {
    let Some(cache) = model.heatmap.as_ref().filter(|_| model.chart.view != View::Lines) else { return false };
    let kind = if model.chart.view.over_steps() { model.chart.view } else { View::Heatmap };
    let mut marked = cache.matrix.outside.iter().filter(|outside| outside.reaches(outlying(kind)));
    marked.any(|outside| outside.step == Some(index))
}
