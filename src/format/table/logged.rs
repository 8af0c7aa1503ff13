//! Histograms in the cells of a table, as pandas writes a W&B history to CSV.

use super::{BTreeMap, cell};
use crate::error::{At, Problem};
use crate::format::document::{JsonHistogram, JsonSeries};
use crate::format::histogram_text;

/// Names of columns that contain the step of a row, best first. W&B's web page exports `Step`.
const STEPS: [&str; 4] = ["_step", "step", "Step", "global_step"];

/// Index of the column that contains the step of each row.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepColumn(Option<usize>);

impl StepColumn {
    pub(super) fn of(names: Option<&[String]>) -> Self {
        Self(STEPS.iter().find_map(|step| names?.iter().position(|name| name == step)))
    }
}

/// The histograms of the rows so far.
#[derive(Debug)]
pub(super) struct LoggedCells {
    step_column: StepColumn,
    /// Step of the current row.
    step: Option<i64>,
    /// Histograms of the current row, by their columns.
    row: Vec<(usize, JsonHistogram)>,
    columns: BTreeMap<usize, JsonSeries>,
}

impl LoggedCells {
    pub(super) fn new(step_column: StepColumn) -> Self {
        Self { step_column, step: None, row: Vec::new(), columns: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Takes a cell that contains a histogram, and notes the step of the row. Returns false for all other cells.
    pub(super) fn take(&mut self, column: usize, cell: &[u8], at: impl Fn() -> At) -> bool {
        if self.step_column.0 == Some(column) {
            self.step = cell::step(cell);
        }
        if !cell.trim_ascii_start().starts_with(b"{") {
            return false;
        }
        let Some(read) = str::from_utf8(cell).ok().and_then(histogram_text::read) else { return false };
        let empty = || JsonSeries { path: Vec::new(), entries: Vec::new(), problems: Vec::new() };
        let series = self.columns.entry(column).or_insert_with(empty);
        let check = read.as_ref().map_err(Clone::clone).and_then(|found| found.check().map_err(|why| why.to_string()));
        if let Err(why) = check {
            series.problems.push(Problem::new(at(), why));
        }
        if let Ok(histogram) = read {
            self.row.push((column, JsonHistogram { step: None, span: 0..0, extra: Vec::new(), histogram }));
        }
        true
    }

    pub(super) fn end_row(&mut self) {
        let step = self.step.take();
        for (column, histogram) in self.row.drain(..) {
            if let Some(series) = self.columns.get_mut(&column) {
                series.entries.push(JsonHistogram { step, ..histogram });
            }
        }
    }

    /// Returns a series for each column with histograms.
    pub(super) fn into_series(self, names: &[String]) -> Vec<JsonSeries> {
        let named = |(column, series)| JsonSeries { path: names.get(column).cloned().into_iter().collect(), ..series };
        self.columns.into_iter().map(named).collect()
    }
}
