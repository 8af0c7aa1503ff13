//! The plotted histogram: heights, axes and geometry, shared by drawing and the mouse.

use super::regions::Regions;
use super::{Model, View, over_steps};
use crate::hist::scale::CountScale;
use crate::hist::{MAX_BINS, Measure, Segment};
use crate::widget::{self, Slider};

/// Bar heights over edges, with their scales.
#[derive(Debug, Clone)]
pub struct Plot {
    pub edges: Vec<f64>,
    pub heights: Vec<f64>,
    /// Edges and heights of the reference histogram.
    pub reference: Option<(Vec<f64>, Vec<f64>)>,
    /// The measure of the heights. Counts become densities if bin widths differ.
    pub measure: Measure,
    x: crate::hist::scale::Scale,
    y: CountScale,
    view: Segment,
    cursor: Option<usize>,
    selected: std::ops::Range<usize>,
    glyphs: widget::Glyphs,
    /// Name of the heights, unless they are counts on a linear axis.
    title: Option<String>,
}

/// Plots the current histogram; `None` if it has no bins.
pub fn plot(model: &Model) -> Option<Plot> {
    let shown = model.shown()?;
    let histogram = &shown.histogram;
    // A zoomed range overrides the shared axis.
    let zoomed = model.spec().is_some_and(|spec| spec.range.is_some());
    let shared = model.chart.share_axis && !zoomed;
    let view = over_steps::axis(model).filter(|_| shared).or_else(|| model.visible())?;
    if histogram.bins() == 0 {
        return None;
    }
    let reference = model.reference.as_ref().map(|reference| &reference.shown.histogram);
    // Counts in bins of other widths would draw the narrower distribution lower. Densities compare.
    let other_edges = reference.is_some_and(|other| other.edges() != histogram.edges());
    let measure = match measure(model).effective(histogram) {
        Measure::Count | Measure::Probability if other_edges => Measure::Density,
        measure => measure,
    };
    let heights = measure.heights(histogram);
    // The preview of an edit is compared with the histogram before the edit.
    let before = model.editing.as_ref().filter(|_| model.proposal().is_some());
    let before = before.map(|editing| &editing.base.histogram);
    let reference = before.or(reference).map(|other| (other.edges().as_f64().to_vec(), measure.heights(other)));
    let y = if model.chart.log_counts { CountScale::log(&heights) } else { CountScale::Linear };
    let title = match (measure, model.chart.log_counts) {
        (Measure::Count, false) => None,
        (measure, false) => Some(measure.name().to_owned()),
        (measure, true) => Some(format!("{}, logarithmic", measure.name())),
    };
    Some(Plot {
        title,
        edges: histogram.edges().as_f64().to_vec(),
        heights,
        reference,
        measure,
        x: model.chart.value_scale,
        y,
        view,
        cursor: model.cursor_bin(),
        selected: model.selected_bins().map_or(0..0, |(first, last)| first..last + 1),
        glyphs: glyphs(model),
    })
}

/// Returns the chosen measure. On logarithmic axes, the cumulative view shows the share above each bin: there, all shares
/// below would be nearly 1.
pub fn measure(model: &Model) -> Measure {
    match (model.chart.view, model.chart.log_counts) {
        (View::Cumulative, false) => Measure::Cumulative,
        (View::Cumulative, true) => Measure::Tail,
        _ => model.chart.measure,
    }
}

/// Returns the glyph set for widgets.
pub fn glyphs(model: &Model) -> widget::Glyphs {
    model.settings.glyphs
}

impl Plot {
    /// Returns the chart widget, without styles.
    pub fn chart(&self) -> widget::Chart<'_> {
        let mut bars = widget::Bars::new(&self.edges, &self.heights);
        (bars.x, bars.y, bars.view) = (self.x, self.y, self.view);
        (bars.cursor, bars.selected, bars.glyphs) = (self.cursor, self.selected.clone(), self.glyphs);
        bars.reference = self.reference.as_ref().map(|(edges, heights)| (edges.as_slice(), heights.as_slice()));
        widget::Chart { bars, title: self.title.as_deref(), styles: widget::ChartStyles::default() }
    }

    /// Returns the value at the middle of a screen column. Columns outside the plot are clamped to it.
    pub fn value_at(&self, regions: &Regions, column: u16) -> Option<f64> {
        let area = self.chart().layout(regions.chart).plot;
        if area.is_empty() {
            return None;
        }
        let at = column.clamp(area.x, area.right() - 1) - area.x;
        let position = (f64::from(at) + 0.5) / f64::from(area.width);
        Some(self.x.value(position, self.view.lo, self.view.hi))
    }

    /// Returns the bin at a screen column. Columns outside the plot are clamped to it.
    pub fn bin_at(&self, regions: &Regions, column: u16) -> Option<usize> {
        let chart = self.chart();
        let area = chart.layout(regions.chart).plot;
        if area.is_empty() {
            return None;
        }
        let columns = chart.bars.columns(area.width);
        let at = column.clamp(area.x, area.right() - 1) - area.x;
        let bins = columns.bins_at(at);
        // If bins share a column, the highest is the one on the screen.
        let height = |bin: &usize| self.heights.get(*bin).map_or(0.0, |height| height.abs());
        bins.max_by(|a, b| height(a).total_cmp(&height(b)))
    }
}

/// Returns the first visible bin of a table with `rows` rows, which keeps the cursor in the middle.
pub fn table_top(model: &Model, rows: usize) -> usize {
    let bins = model.shown().map_or(0, |shown| shown.histogram.bins());
    model.cursor_bin().unwrap_or(0).saturating_sub(rows / 2).min(bins.saturating_sub(rows))
}

/// Returns the bin at a screen row of the table. The first row is the heading.
pub fn table_bin_at(model: &Model, regions: &Regions, row: u16) -> Option<usize> {
    let line = usize::from(row.checked_sub(regions.chart.y + 1)?);
    let bin = table_top(model, usize::from(regions.chart.height.saturating_sub(1))) + line;
    (bin < model.shown()?.histogram.bins()).then_some(bin)
}

/// Returns the bin slider.
pub fn bin_slider(model: &Model) -> Slider<'static> {
    slider(model, "bins", model.bins(), MAX_BINS)
}

/// Returns the step slider, whose values are positions from 1; `None` for a series with one step. Its ends show the
/// logged step numbers.
pub fn step_slider(model: &Model) -> Option<Slider<'static>> {
    let entry = model.requested?;
    let steps = model.series(entry)?.steps.len();
    let series = model.series(entry)?;
    let ends = series.steps.number(0).zip(series.steps.number(steps.saturating_sub(1)));
    (steps > 1).then(|| Slider { ends, ..slider(model, "step", entry.index + 1, steps) })
}

fn slider(model: &Model, label: &'static str, value: usize, max: usize) -> Slider<'static> {
    Slider { label, value, min: 1, max, ends: None, glyphs: glyphs(model), styles: widget::SliderStyles::default() }
}
