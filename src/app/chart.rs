//! View options: the view, scales, panes, cursor and selection. None of them is saved.

use super::ZoomAnchor;
use super::over_steps::TimeZoom;
use crate::document::views::Scales;
use crate::hist::scale::Scale;
use crate::hist::{Edges, Measure, Normalization, Segment};

/// The view options of the chart. The cursor and the selection are values, so that they stay in place when bins change.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewState {
    pub view: View,
    pub measure: Measure,
    pub log_counts: bool,
    pub value_scale: Scale,
    /// The normalization of each step in views over steps.
    pub normalization: Normalization,
    /// All steps of a series share one value axis.
    pub share_axis: bool,
    /// The steps and the colors of views over steps.
    pub time: TimeZoom,
    pub cursor: Option<Cursor>,
    pub selection: Option<Selection>,
    pub zoom_anchor: Option<ZoomAnchor>,
    /// Columns and rows of panels that the user chose.
    pub grid: GridSize,
}

/// Columns and rows of panels side by side; `None` for as many as fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GridSize {
    pub columns: Option<u16>,
    pub rows: Option<u16>,
}

/// A selection from the anchor to the cursor. If the bins change, it selects the bins that overlap its range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    pub anchor: Cursor,
    pub range: Segment,
}

/// A cursor position. The bin distinguishes zero-width bins at the same value; it is ignored once it no longer contains
/// the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cursor {
    pub value: f64,
    pub bin: usize,
}

impl Cursor {
    /// Returns the bin under the cursor; for a value outside the edges, the nearest bin.
    pub fn on(self, edges: &Edges) -> Option<usize> {
        let span = edges.span()?;
        let same = edges.bin(self.bin).is_some_and(|bin| (bin.lo..=bin.hi).contains(&self.value));
        if same { Some(self.bin) } else { edges.find(self.value.clamp(span.lo, span.hi)) }
    }
}

/// The view in the main pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Bars,
    /// Steps run to the right, values upward.
    Heatmap,
    /// One row of bars per step.
    Ridge,
    /// Quantiles over steps.
    Bands,
    Cumulative,
    Table,
    /// All series in a grid.
    Grid,
    /// A statistic over steps, with a line for each run.
    Lines,
}

impl View {
    /// All views, in the order of `view-next`.
    pub const ALL: [Self; 8] =
        [Self::Bars, Self::Heatmap, Self::Ridge, Self::Bands, Self::Cumulative, Self::Table, Self::Grid, Self::Lines];

    /// Returns true if the view shows all steps of a series.
    pub fn over_steps(self) -> bool {
        matches!(self, Self::Heatmap | Self::Ridge | Self::Bands | Self::Lines)
    }
}

/// Pane visibility, as chosen by the user; `None` lets the screen size decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    pub series: Option<bool>,
    pub statistics: Option<bool>,
    pub steps: Option<bool>,
    /// Width of the list, with its border.
    pub list_width: Option<u16>,
}

/// The pane that receives the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Series,
    Chart,
    Statistics,
}

/// The target of a mouse drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drag {
    Slider,
    Selection,
    Steps,
    /// A range of steps in a view over steps.
    StepRange,
    /// The border of the list.
    ListBorder,
}

impl ViewState {
    /// Returns the scales of the axes.
    pub fn scales(&self) -> Scales {
        Scales { values: self.value_scale, log_counts: self.log_counts, measure: self.measure }
    }

    /// Sets the scales of the axes.
    pub fn set_scales(&mut self, Scales { values, log_counts, measure }: Scales) {
        (self.value_scale, self.log_counts, self.measure) = (values, log_counts, measure);
    }
}

impl Default for ViewState {
    fn default() -> Self {
        Self {
            view: View::Bars,
            measure: Measure::Count,
            log_counts: false,
            value_scale: Scale::Linear,
            normalization: Normalization::Step,
            share_axis: false,
            time: TimeZoom::default(),
            cursor: None,
            selection: None,
            zoom_anchor: None,
            grid: GridSize::default(),
        }
    }
}
