//! The plotted histogram: heights, axes and geometry, shared by drawing and the mouse.

use super::compare::{CompareMode, Lines, Look, lines};
use super::regions::{self, Regions};
use super::{Model, View, over_steps};
use crate::hist::scale::CountScale;
use crate::hist::{MAX_BINS, Measure, Segment};
use crate::widget::{self, Outline, Slider};
use ratatui::layout::Rect;

/// Bar heights over edges, with their scales.
#[derive(Debug, Clone)]
pub struct Plot {
    pub edges: Vec<f64>,
    pub heights: Vec<f64>,
    /// The histogram before the edit that is being typed: its edges and heights.
    pub before: Option<(Vec<f64>, Vec<f64>)>,
    /// The comparison with other histograms.
    pub lines: Option<Lines>,
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
    /// Number of lines for the legend of the comparison.
    legend: u16,
    /// Number of bins that the comparison adds on the left, and on both sides.
    left: usize,
    added: usize,
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
    // The preview of an edit is compared with the histogram before the edit.
    let before = model.editing.as_ref().filter(|_| model.proposal().is_some()).map(|editing| &editing.base.histogram);
    let lines = if before.is_none() { lines(model, measure(model)) } else { None };
    // Counts in bins of other widths would draw the narrower distribution lower. Densities compare.
    let other_edges = before.is_some_and(|before| before.edges() != histogram.edges());
    let own_measure = match measure(model).effective_on(histogram, model.chart.value_scale) {
        Measure::Count | Measure::Probability if other_edges => Measure::Density,
        measure => measure,
    };
    let before = before.map(|before| (before.edges().as_f64().to_vec(), own_measure.heights(before)));
    let (edges, heights, measure, left) = match &lines {
        Some(lines) => (lines.edges.clone(), lines.heights.clone(), lines.measure, lines.left),
        None => (histogram.edges().as_f64().to_vec(), own_measure.heights(histogram), own_measure, 0),
    };
    let occupied = lines.as_ref().and_then(|lines| lines.occupied).filter(|_| !zoomed);
    let view = occupied.map_or(view, |occupied| occupied.union(view));
    let mode = lines.as_ref().map_or(CompareMode::Overlay, |lines| lines.mode);
    let log = model.chart.log_counts && mode != CompareMode::Ratio;
    let y = match mode {
        CompareMode::Ratio => CountScale::Ratio,
        _ if log => CountScale::log(&heights),
        _ => CountScale::Linear,
    };
    let name = match mode {
        CompareMode::Ratio => Some("ratio of shares, logarithmic".to_owned()),
        CompareMode::Difference => Some(format!("difference of {}", measure.name())),
        _ if lines.as_ref().is_some_and(|lines| lines.is_forced) => Some("probability, because n differs".to_owned()),
        _ => (measure != Measure::Count || log).then(|| measure.name().to_owned()),
    };
    let title = name.map(|name| if log { format!("{name}, logarithmic") } else { name });
    Some(Plot {
        title,
        before,
        legend: lines.as_ref().map_or(0, |_| legend_height(model)),
        lines,
        left,
        added: edges.len().saturating_sub(1 + histogram.bins()),
        edges,
        heights,
        measure,
        x: model.chart.value_scale,
        y,
        view,
        cursor: model.cursor_bin().map(|bin| bin + left),
        selected: model.selected_bins().map_or(0..0, |(first, last)| first + left..last + 1 + left),
        glyphs: glyphs(model),
    })
}

/// Number of lines for the legend: one for each histogram, at most a quarter of the chart.
fn legend_height(model: &Model) -> u16 {
    let height = regions::regions(model).map_or(0, |regions| regions.chart.height);
    let lines = if model.comparison.mode == CompareMode::Overlay { model.comparison.targets.len() } else { 1 };
    if height < 6 { 0 } else { (lines as u16).min(height / 4).max(1) }
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

/// Symbols of lines, in Unicode and in ASCII, so that they differ without colors, too.
const SYMBOLS: [(&str, &str); 8] =
    [("─", "~"), ("═", "%"), ("•", "o"), ("┄", ","), ("×", "x"), ("○", "@"), ("+", "&"), ("◆", "$")];

/// Returns the symbol of a line.
pub fn symbol(look: Look) -> (&'static str, &'static str) {
    let (Look::Mark(at) | Look::Run(at)) = look;
    SYMBOLS[at % SYMBOLS.len()]
}

impl Plot {
    /// Returns the name of the heights.
    pub fn name(&self) -> String {
        self.title.clone().unwrap_or_else(|| self.measure.name().to_owned())
    }

    /// Returns the visible part of the value axis.
    pub fn view(&self) -> Segment {
        self.view
    }

    /// Returns the part of the chart's area without the legend.
    pub fn area(&self, chart: Rect) -> Rect {
        let legend = self.legend.min(chart.height);
        Rect { y: chart.y + legend, height: chart.height - legend, ..chart }
    }

    /// Returns the area of the legend of the comparison.
    pub fn legend(&self, chart: Rect) -> Rect {
        Rect { height: self.legend.min(chart.height), ..chart }
    }

    /// Returns the chart widget, without styles.
    pub fn chart(&self) -> widget::Chart<'_> {
        let mut bars = widget::Bars::new(&self.edges, &self.heights);
        (bars.x, bars.y, bars.view) = (self.x, self.y, self.view);
        (bars.cursor, bars.selected, bars.glyphs) = (self.cursor, self.selected.clone(), self.glyphs);
        bars.outlines.extend(self.before.iter().map(|(edges, heights)| Outline::new(edges, heights)));
        if let Some(lines) = &self.lines {
            let mut others = lines.others.iter().map(|line| Outline {
                symbol: symbol(line.look),
                connected: true,
                ..Outline::new(&self.edges, &line.heights)
            });
            if lines.mode == CompareMode::Mirrored {
                bars.hanging = others.next();
            } else {
                bars.outlines.extend(others);
            }
        }
        widget::Chart { bars, title: self.title.as_deref(), styles: widget::ChartStyles::default() }
    }

    /// Returns the value at the middle of a screen column. Columns outside the plot are clamped to it.
    pub fn value_at(&self, regions: &Regions, column: u16) -> Option<f64> {
        let area = self.chart().layout(self.area(regions.chart)).plot;
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
        let area = chart.layout(self.area(regions.chart)).plot;
        if area.is_empty() {
            return None;
        }
        let columns = chart.bars.columns(area.width);
        let at = column.clamp(area.x, area.right() - 1) - area.x;
        let bins = columns.bins_at(at);
        // If bins share a column, the highest is the one on the screen.
        let height = |bin: &usize| self.heights.get(*bin).map_or(0.0, |height| height.abs());
        let bin = bins.max_by(|a, b| height(a).total_cmp(&height(b)))?;
        // Bins that were added for the comparison belong to the outermost one.
        let own = self.edges.len().checked_sub(1 + self.added)?;
        Some(bin.saturating_sub(self.left).min(own.checked_sub(1)?))
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
