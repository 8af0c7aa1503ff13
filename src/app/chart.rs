//! How things are shown: views, scales, panes, the cursor. None of it could be saved.

use crate::document::EvaluatedHistogram;
use crate::hist::scale::Scale;
use crate::hist::{Edges, Measure, Normalization, Segment};
use std::sync::Arc;

/// How the chart is drawn. The cursor and the selection are values, so that they stay where they are when bins change.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewState {
    pub view: View,
    pub measure: Measure,
    pub log_counts: bool,
    pub value_scale: Scale,
    /// Whether steps are made comparable in pictures over steps.
    pub normal: Normalization,
    /// Whether all steps of a series share one value axis.
    pub same_axis: bool,
    pub cursor: Option<Cursor>,
    pub selection: Option<Selection>,
}

/// Selected values: the bins from where it began to the cursor, which stay selected by value when bins change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Selection {
    pub anchor: Cursor,
    pub range: Segment,
}

/// A value, and the bin it stands for as long as that bin holds it: bins without width can then be told apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cursor {
    pub value: f64,
    pub bin: usize,
}

impl Cursor {
    /// The bin it is on; a cursor outside is on the nearest bin.
    pub fn on(self, edges: &Edges) -> Option<usize> {
        let span = edges.span()?;
        let still = edges.bin(self.bin).is_some_and(|bin| (bin.lo..=bin.hi).contains(&self.value));
        if still { Some(self.bin) } else { edges.find(self.value.clamp(span.lo, span.hi)) }
    }
}

/// What the main pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    Bars,
    /// Steps across, values upward.
    Heatmap,
    /// A row of bars a step, one beneath the other.
    Ridge,
    /// Quantiles over steps.
    Bands,
    Cumulative,
    Table,
    /// All series side by side.
    Grid,
}

impl View {
    /// In the order in which the interface steps through them.
    pub const ALL: [Self; 7] =
        [Self::Bars, Self::Heatmap, Self::Ridge, Self::Bands, Self::Cumulative, Self::Table, Self::Grid];

    /// Whether it shows all steps of a series at once.
    pub fn over_steps(self) -> bool {
        matches!(self, Self::Heatmap | Self::Ridge | Self::Bands)
    }
}

/// A histogram that was marked, with what it is called.
#[derive(Debug, Clone)]
pub struct Reference {
    pub name: String,
    pub shown: Arc<EvaluatedHistogram>,
}

/// Which panes are shown: as the size allows, or as the user said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    pub series: Option<bool>,
    pub statistics: Option<bool>,
    pub steps: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Series,
    Chart,
}

/// What a mouse button that is held down moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drag {
    Slider,
    Selection,
    Steps,
}

impl Default for ViewState {
    fn default() -> Self {
        Self {
            view: View::Bars,
            measure: Measure::Count,
            log_counts: false,
            value_scale: Scale::Linear,
            normal: Normalization::Step,
            same_axis: false,
            cursor: None,
            selection: None,
        }
    }
}
