//! Pictures over steps: which matrix of mass they need, where they lie, what a click in them means.

use super::regions::Regions;
use super::{Model, View};
use crate::catalog::SeriesId;
use crate::document::Document;
use crate::hist::scale::{Scale, Ticks};
use crate::hist::{Matrix, Normalization, Segment, StepStack, UncertainHistogram};
use crate::text;
use crate::text::{format_value, plural};
use ratatui::layout::Rect;
use std::sync::Arc;

/// Rows of the matrix that quantiles are read from: finer than any screen.
const BAND_ROWS: usize = 512;

/// The histograms of a series over all its steps.
#[derive(Debug, Clone)]
pub struct AllSteps {
    pub of: SeriesId,
    /// As the source holds them.
    pub sweep: Arc<StepStack>,
    /// As they are drawn: steps that were edited as they were edited.
    pub shown: Arc<StepStack>,
    /// What stands in place of the source's histograms.
    edits: Vec<Edited>,
}

/// A step, and its histogram as it was edited.
type Edited = (usize, Arc<UncertainHistogram>);

impl AllSteps {
    /// What the source holds.
    pub fn new(of: SeriesId, sweep: Arc<StepStack>) -> Self {
        Self { of, shown: Arc::clone(&sweep), sweep, edits: Vec::new() }
    }

    /// `, 2 steps edited`; empty where none is.
    pub fn edited(&self) -> String {
        match self.edits.len() {
            0 => String::new(),
            n => format!(", {} edited", plural(n as u64, "step")),
        }
    }
}

/// A matrix that was computed for a picture, kept until the picture needs another.
#[derive(Debug, Clone)]
pub struct HeatmapCache {
    key: Key,
    pub matrix: Arc<Matrix>,
}

/// What a matrix depends on, besides the sweep.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    of: SeriesId,
    steps: usize,
    columns: usize,
    rows: usize,
    view: Segment,
    scale: Scale,
    normal: Normalization,
}

/// Where the parts of a picture over steps lie. Heat maps and bands have steps across and values upward; ridges have
/// values across and steps downward.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub plot: Rect,
    /// Labels left of the plot.
    pub gutter: Rect,
    /// The row that marks steps with NaN or infinities, if there are any.
    pub strip: Option<Rect>,
    /// The row of labels beneath.
    pub labels: Rect,
    /// The row that tells the scale.
    pub legend: Option<Rect>,
    /// Ticks of the value axis.
    pub values: Ticks,
}

/// Whether pictures over the steps of what is open are on the screen, or its axis is shared by all steps.
pub fn wanted(model: &Model, regions: &Regions) -> bool {
    let Some(current) = &model.current else { return false };
    let steps = model.series(current.entry).map_or(0, |series| series.steps.len());
    steps > 1 && (regions.over.is_some() || model.chart.view.over_steps() || model.chart.same_axis)
}

/// The sweep of what is on the screen, once it is there.
pub fn stack(model: &Model) -> Option<&StepStack> {
    let entry = model.current.as_ref()?.entry;
    model.all_steps.as_ref().filter(|over| over.of == entry.series_id()).map(|over| over.shown.as_ref())
}

/// The values that pictures over steps show: the range that is zoomed to, or where nearly everything is.
pub fn view(model: &Model) -> Option<Segment> {
    range(model, StepStack::core)
}

/// The axis that all steps share: the range that is zoomed to, or everything.
pub fn axis(model: &Model) -> Option<Segment> {
    range(model, StepStack::span)
}

fn range(model: &Model, whole: impl Fn(&StepStack) -> Option<Segment>) -> Option<Segment> {
    let zoomed = model.spec().and_then(|spec| spec.range);
    let view = match zoomed {
        Some(range) => Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() },
        None => whole(stack(model)?)?,
    };
    Some(if view.lo < view.hi { view } else { Segment { lo: view.lo - 0.5, hi: view.hi + 0.5 } })
}

/// The area of the picture over steps that is on the screen, and how it is drawn there.
pub fn area(model: &Model, regions: &Regions) -> Option<(View, Rect)> {
    if model.chart.view.over_steps() {
        return Some((model.chart.view, regions.chart));
    }
    let pane = regions.over?;
    Some((View::Heatmap, if regions.boxed { super::regions::inside(pane) } else { pane }))
}

/// Lays a picture out in an area.
pub fn layout(model: &Model, kind: View, area: Rect) -> Option<Layout> {
    let view = view(model)?;
    let sweep = stack(model)?;
    let strip = (0..sweep.len()).any(|step| sweep.odd(step)) && kind != View::Ridge;
    let legend = area.height >= 5;
    let beneath = 1 + u16::from(legend) + u16::from(strip);
    let height = area.height.checked_sub(beneath).filter(|height| *height > 0)?;
    let scale = model.chart.value_scale;
    let (values, widest) = if kind == View::Ridge {
        let ticks = scale.ticks(view.lo, view.hi, usize::from(area.width / 12).max(2));
        let number = |step: usize| text::width(&step_name(model, step));
        (ticks, number(sweep.len().saturating_sub(1)).max(number(0)))
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
        values,
    })
}

/// Takes over what was edited since.
pub(super) fn refresh(model: &mut Model) {
    let Some(over) = &mut model.all_steps else { return };
    let edited = model.documents.get(&over.of).into_iter().flat_map(Document::edited);
    let edits: Vec<_> = edited.filter_map(|(step, state)| Some((step, state.edited.clone()?))).collect();
    let same = |((a, x), (b, y)): (&Edited, &Edited)| a == b && Arc::ptr_eq(x, y);
    if edits.len() == over.edits.len() && edits.iter().zip(&over.edits).all(same) {
        return;
    }
    let others = edits.iter().map(|(step, estimate)| (*step, estimate.histogram.clone()));
    over.shown = if edits.is_empty() { Arc::clone(&over.sweep) } else { Arc::new(over.sweep.with(others)) };
    over.edits = edits;
    model.heatmap = None;
}

/// Computes the matrix that the picture on the screen needs, unless it is there already.
pub(super) fn prepare(model: &mut Model, regions: &Regions) {
    let found = area(model, regions).and_then(|(kind, area)| Some((kind, layout(model, kind, area)?, view(model)?)));
    let (Some((kind, layout, view)), Some(over)) = (found, &model.all_steps) else { return };
    let (width, height) = (usize::from(layout.plot.width), usize::from(layout.plot.height));
    let (columns, rows) = match kind {
        // Each ridge is two rows high.
        View::Ridge => ((height / 2).max(1), width),
        View::Bands => (width, BAND_ROWS),
        _ => (width, height),
    };
    let (scale, normal) = (model.chart.value_scale, model.chart.normal);
    let key = Key { of: over.of, steps: over.shown.len(), columns, rows, view, scale, normal };
    if model.heatmap.as_ref().is_none_or(|picture| picture.key != key) {
        let matrix = Arc::new(over.shown.matrix(columns, rows, (view, scale), normal));
        model.heatmap = Some(HeatmapCache { key, matrix });
    }
}

/// The step at a cell of the picture on the screen: of several that share it, the last.
pub fn step_at(model: &Model, regions: &Regions, x: u16, y: u16) -> Option<usize> {
    let (kind, area) = area(model, regions)?;
    let plot = layout(model, kind, area)?.plot;
    if plot.is_empty() || !area.contains((x, y).into()) {
        return None;
    }
    let columns = &model.heatmap.as_ref()?.matrix.columns;
    let (at, cells) = if kind == View::Ridge {
        (y.clamp(plot.y, plot.bottom() - 1) - plot.y, columns.len() as u16 * 2)
    } else {
        (x.clamp(plot.x, plot.right() - 1) - plot.x, plot.width)
    };
    let column = usize::from(at) * columns.len() / usize::from(cells.max(1));
    columns.get(column.min(columns.len().saturating_sub(1))).map(|steps| steps.end - 1)
}

/// A step as people call it: its logged number, or its position from 1.
pub fn step_name(model: &Model, step: usize) -> String {
    let steps = model.current.as_ref().and_then(|current| model.series(current.entry)).map(|series| &series.steps);
    match steps.and_then(|steps| steps.number(step)) {
        Some(number) => number.to_string(),
        None => (step + 1).to_string(),
    }
}

/// The largest cell, how many steps share a column, how many were edited: what a heat map must say of itself.
pub fn legend(model: &Model, matrix: &Matrix) -> String {
    let most = matrix.columns.iter().map(ExactSizeIterator::len).max().unwrap_or(1);
    let shared = if most > 1 { format!(", up to {most} steps a column, averaged") } else { String::new() };
    let beyond = if view(model) == axis(model) { "" } else { ", outliers beyond" };
    let color = if model.chart.log_counts { "log" } else { "linear" };
    let edited = model.all_steps.as_ref().map(AllSteps::edited).unwrap_or_default();
    match model.chart.normal {
        Normalization::Step => format!("0 … {:.1} % of a step, {color}{edited}{shared}{beyond}", matrix.max * 100.0),
        Normalization::Counts => {
            let most = format_value(matrix.max, matrix.max / 1e3);
            format!("0 … {most} a cell, {color}{edited}{shared}{beyond}")
        }
    }
}
