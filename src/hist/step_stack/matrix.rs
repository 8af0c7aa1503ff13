//! Mass of steps by column and row.

use super::{Axis, Normalization};
use crate::hist::scale::CountScale;
use std::ops::Range;

/// Scale of the colors of a [`Matrix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorScale {
    /// Logarithmic if half of the cells that are not empty are below a thirtieth of the largest, else linear.
    #[default]
    Auto,
    Linear,
    Log,
}

impl ColorScale {
    /// Returns true if the colors of a matrix are logarithmic.
    pub fn is_log(self, matrix: &Matrix) -> bool {
        match self {
            Self::Auto => matrix.spans_magnitudes,
            Self::Linear => false,
            Self::Log => true,
        }
    }

    /// Returns the next scale: after [`ColorScale::Auto`] the other one of a matrix, then the same one, then `Auto`.
    #[must_use]
    pub fn next(self, matrix: &Matrix) -> Self {
        match (self, matrix.spans_magnitudes) {
            (Self::Auto, true) | (Self::Log, false) => Self::Linear,
            (Self::Auto, false) | (Self::Linear, true) => Self::Log,
            (Self::Linear, false) | (Self::Log, true) => Self::Auto,
        }
    }
}

/// Size and meaning of a [`Matrix`].
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Steps to show, by index.
    pub steps: Range<usize>,
    /// Maximum number of columns.
    pub columns: usize,
    pub rows: usize,
    pub axis: Axis,
    pub normalization: Normalization,
    pub combine: Combine,
}

/// Combination of steps that share a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Combine {
    /// A cell has the largest mass of any step, so that a few unusual steps among thousands are visible.
    #[default]
    Largest,
    /// A cell has the average mass, so that a column is a distribution.
    Average,
}

/// Mass by column (one or several steps) and row (values, upward).
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Cells by column, each column from the lowest value up; `None` if no step of the column has a histogram.
    pub cells: Vec<Option<f64>>,
    /// Number of rows.
    pub rows: usize,
    /// Largest cell.
    pub max: f64,
    /// Steps of each column, by index.
    pub columns: Vec<Range<usize>>,
    /// Mass outside the axis, by column.
    pub outside: Vec<Outside>,
    /// True if linear colors would hide half of the cells.
    pub spans_magnitudes: bool,
}

/// Largest share of a step of a column that is outside the axis.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outside {
    pub below: f64,
    pub above: f64,
    /// Step with the largest share outside, by index.
    pub step: Option<usize>,
    largest: f64,
}

/// Share of a step outside the axis from which the whole step is an outlier, not a few of its values.
pub const OUTLYING: f64 = 0.01;

/// A cell is small if the largest cell is this many times as large.
const SMALL: f64 = 30.0;

impl Grid {
    /// Grid of the largest shares of each step.
    pub fn new(steps: Range<usize>, columns: usize, rows: usize, axis: Axis) -> Self {
        let (normalization, combine) = (Normalization::default(), Combine::default());
        Self { steps, columns, rows, axis, normalization, combine }
    }
}

impl Outside {
    /// Adds the shares of a step.
    pub(super) fn add(&mut self, step: usize, below: f64, above: f64) {
        (self.below, self.above) = (self.below.max(below), self.above.max(above));
        if below + above > self.largest {
            (self.largest, self.step) = (below + above, Some(step));
        }
    }

    /// Returns true if a step has at least this share of its mass outside the axis.
    pub fn reaches(&self, share: f64) -> bool {
        self.largest >= share
    }
}

impl Matrix {
    pub(super) fn new(cells: Vec<Option<f64>>, rows: usize, columns: Vec<Range<usize>>, outside: Vec<Outside>) -> Self {
        let mut present: Vec<f64> = cells.iter().flatten().copied().filter(|mass| *mass > 0.0).collect();
        let max = present.iter().copied().fold(0.0, f64::max);
        let middle = present.len() / 2;
        let spans_magnitudes = middle > 0 && *present.select_nth_unstable_by(middle, f64::total_cmp).1 < max / SMALL;
        Self { cells, rows, max, columns, outside, spans_magnitudes }
    }

    /// Rows of a column.
    pub fn column(&self, column: usize) -> &[Option<f64>] {
        self.cells.get(column * self.rows..(column + 1) * self.rows).unwrap_or_default()
    }

    /// Scale of the intensities: linear, or logarithmic over three decades below the largest cell.
    pub fn scale(&self, log: bool) -> CountScale {
        if log && self.max > 0.0 { CountScale::Log { unit: self.max / 1e3 } } else { CountScale::Linear }
    }

    /// Returns the intensity of a cell with this mass, from 0 to 1.
    pub fn intensity(&self, mass: f64, log: bool) -> f64 {
        let scale = self.scale(log);
        scale.length(mass) / scale.length(self.max).max(f64::MIN_POSITIVE)
    }

    /// Returns the intensities of all cells, from 0 to 1.
    pub fn intensities(&self, log: bool) -> Vec<Option<f64>> {
        self.cells.iter().map(|cell| cell.map(|mass| self.intensity(mass, log))).collect()
    }

    /// Steps of all columns, by index.
    pub fn steps(&self) -> Range<usize> {
        match (self.columns.first(), self.columns.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        }
    }

    /// Maximum number of steps in a column.
    pub fn most_steps(&self) -> usize {
        self.columns.iter().map(ExactSizeIterator::len).max().unwrap_or(1)
    }

    /// Column of a step, by index.
    pub fn column_of(&self, step: usize) -> Option<usize> {
        let column = self.columns.partition_point(|steps| steps.end <= step);
        self.columns.get(column)?.contains(&step).then_some(column)
    }

    /// Position from 0 (bottom) to 1 (top) below which a share `p` of a column's mass is; `None` without mass.
    pub fn quantile(&self, column: usize, p: f64) -> Option<f64> {
        let mass: Vec<f64> = self.column(column).iter().map(|cell| cell.unwrap_or(0.0).max(0.0)).collect();
        let target = mass.iter().sum::<f64>() * p;
        let mut below = 0.0;
        for (row, here) in mass.iter().enumerate().filter(|(_, here)| **here > 0.0) {
            if below + here >= target {
                return Some((row as f64 + ((target - below) / here).clamp(0.0, 1.0)) / self.rows as f64);
            }
            below += here;
        }
        mass.iter().rposition(|here| *here > 0.0).map(|row| (row + 1) as f64 / self.rows as f64)
    }
}
