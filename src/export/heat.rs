//! Draws all steps of a series as a heat map: steps across, values upward, dark cells for large counts.

use super::canvas::{Area, Canvas, Color};
use super::chart::axis_name;
use super::figure::Appearance;
use super::frame::{Frame, Labels, Places, legend_width, places, printed};
use crate::catalog::Steps;
use crate::error::Error;
use crate::hist::scale::{CountScale, Scale, Ticks, ticks};
use crate::hist::{Axis, Grid, Matrix, Normalization, Segment, StepStack};
use std::sync::Arc;

/// Histograms of all steps of a series, to export as a heat map.
#[derive(Debug, Clone, PartialEq)]
pub struct OverSteps {
    pub title: String,
    pub stack: Arc<StepStack>,
    /// Numbers of the steps in `stack`.
    pub steps: Steps,
    /// Visible values. `None` shows all but far outliers.
    pub range: Option<Segment>,
    pub normalization: Normalization,
    /// Appearance. Measure and glyphs have no effect.
    pub appearance: Appearance,
}

/// Maximum number of columns.
const COLUMNS: usize = 400;
/// Maximum number of rows.
const ROWS: usize = 120;
/// Number of colors in the scale.
const SHADES: usize = 32;
/// Color of a step without a histogram.
const MISSING: Color = 0xd9_d9d9;
/// Colors from small to large counts. The lightest is visible on white paper.
const RAMP: [Color; 5] = [0xd9_e8f5, 0x9f_c3e2, 0x5f_94c5, 0x2c_629f, 0x0a_2c5e];

impl OverSteps {
    /// Draws the heat map.
    ///
    /// # Errors
    /// [`Error::Value`] if no step has a histogram, or if the size is too small.
    pub(super) fn image(&self) -> Result<Canvas, Error> {
        let view = self.range.or_else(|| self.stack.core());
        let view = view.ok_or_else(|| Error::Value("no step has a histogram that can be drawn".into()))?;
        let view = if view.lo < view.hi { view } else { Segment { lo: view.lo - 0.5, hi: view.hi + 0.5 } };
        let scale = self.appearance.value_scale;
        let columns = self.appearance.width.map_or(COLUMNS, |width| (usize::from(width) / 2).min(COLUMNS));
        let rows = self.appearance.height.map_or(ROWS, |height| (usize::from(height) / 4).clamp(1, ROWS));
        let matrix = self.stack.matrix(&Grid {
            normalization: self.normalization,
            ..Grid::new(0..self.stack.len(), columns, rows, Axis { view, scale })
        });
        let color_ticks = self.color_ticks(&matrix);
        let labels = Labels {
            title: &self.title,
            note: &self.note(&matrix, view),
            x: "step".into(),
            y: axis_name("value", scale.over(view.lo)),
            legend_width: legend_width(&color_ticks),
        };
        let y_ticks = |height: f64| places(scale.ticks(view.lo, view.hi, (height / 40.0) as usize), scale, view);
        let x_ticks = |most| self.step_ticks(most);
        let mut frame = Frame::new((self.appearance.width, self.appearance.height), &labels, y_ticks, x_ticks)?;
        cells(&mut frame, &matrix, self.appearance.log_counts);
        frame.axes();
        let shades: Vec<Color> = (1..=SHADES).map(shade).collect();
        let name = match self.normalization {
            Normalization::Step => "% of each step",
            Normalization::Counts => "count per cell",
        };
        let log = if self.appearance.log_counts { ", log scale" } else { "" };
        frame.legend(&shades, &color_ticks, &format!("{name}{log}"));
        Ok(frame.canvas)
    }

    /// Describes the steps, and data that the heat map does not show.
    fn note(&self, matrix: &Matrix, view: Segment) -> String {
        let mut parts = vec![crate::text::plural(self.stack.len() as u64, "step")];
        let most = matrix.columns.iter().map(ExactSizeIterator::len).max().unwrap_or(1);
        if most > 1 {
            parts.push(format!("up to {most} steps per column (averaged)"));
        }
        let missing = (0..self.stack.len()).filter(|step| self.stack.get(*step).is_none()).count();
        let non_finite = (0..self.stack.len()).filter(|index| !self.stack.is_drawable(*index)).count() - missing;
        let gaps = [(missing, "without a histogram (gray)"), (non_finite, "with NaN or inf")];
        parts.extend(gaps.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
        if self.stack.span().is_some_and(|span| span.lo < view.lo || span.hi > view.hi) {
            parts.push("outliers not shown".into());
        }
        parts.join(" · ")
    }

    /// Ticks of the steps: round numbers if the steps are evenly spaced, else the numbers of some columns.
    fn step_ticks(&self, most: usize) -> Places {
        let last = self.steps.len().saturating_sub(1);
        let number = |index: usize| self.steps.number(index).unwrap_or(index as i64 + 1);
        // Center of the step's column.
        let middle = |index: f64| (index + 0.5) / (last + 1) as f64;
        let stride = if last == 0 { 0 } else { number(1).saturating_sub(number(0)) };
        let even = (1..=last).all(|index| number(index).checked_sub(number(index - 1)) == Some(stride));
        if even && stride > 0 {
            let at = |tick: f64| (tick - number(0) as f64) / stride as f64;
            let (from, to) = (number(0) as f64, number(last) as f64);
            // A step has no fractions.
            let whole = |ticks: &Ticks| ticks.at.iter().all(|(tick, _)| tick.fract() == 0.0);
            let round = (1..=most).rev().map(|most| ticks(from, to, most)).find(whole).unwrap_or_default();
            return round.at.into_iter().map(|(tick, label)| (middle(at(tick)), printed(&label))).collect();
        }
        let shown = most.min(last + 1);
        let chosen = (0..shown).map(|i| if shown > 1 { i * last / (shown - 1) } else { 0 });
        chosen.map(|index| (middle(index as f64), printed(&number(index).to_string()))).collect()
    }

    /// Ticks of the color scale.
    fn color_ticks(&self, matrix: &Matrix) -> Places {
        let unit = if self.normalization == Normalization::Step { 100.0 } else { 1.0 };
        let max = if matrix.max > 0.0 { matrix.max * unit } else { 1.0 };
        let scale = if self.appearance.log_counts { CountScale::Log { unit: max / 1e3 } } else { CountScale::Linear };
        let place = |at: f64| Scale::Linear.position(scale.length(at), 0.0, scale.length(max));
        scale.ticks(0.0, max, 6).at.into_iter().map(|(at, label)| (place(at), label)).collect()
    }
}

/// Draws the cells: one path per color, in which vertical runs of cells are one rectangle.
fn cells(frame: &mut Frame, matrix: &Matrix, log: bool) {
    let mut tiles: Vec<Vec<Area>> = vec![Vec::new(); SHADES + 2];
    // Align cells to pixels, so that no background is visible between them.
    let snap = |x: f64| (x * 2.0).round() / 2.0;
    let columns = matrix.columns.len().max(1) as f64;
    for column in 0..matrix.columns.len() {
        let (left, right) = (snap(frame.x(column as f64 / columns)), snap(frame.x((column + 1) as f64 / columns)));
        let levels: Vec<usize> = matrix.column(column).iter().map(|cell| level(matrix, *cell, log)).collect();
        let mut row = 0;
        for run in levels.chunk_by(|a, b| a == b) {
            let (low, high) = (row as f64 / matrix.rows as f64, (row + run.len()) as f64 / matrix.rows as f64);
            let (top, bottom) = (snap(frame.y(high)), snap(frame.y(low)));
            if run[0] > 0 {
                tiles[run[0]].push([left, top, right - left, bottom - top]);
            }
            row += run.len();
        }
    }
    for (level, areas) in tiles.into_iter().enumerate().filter(|(_, areas)| !areas.is_empty()) {
        frame.canvas.tiles(areas, if level > SHADES { MISSING } else { shade(level) });
    }
}

/// Returns the shade of a cell: 0 for an empty cell, 1 to [`SHADES`] for a count, `SHADES + 1` for a missing histogram.
fn level(matrix: &Matrix, cell: Option<f64>, log: bool) -> usize {
    match cell {
        None => SHADES + 1,
        Some(mass) if mass > 0.0 => ((matrix.intensity(mass, log) * SHADES as f64).ceil() as usize).clamp(1, SHADES),
        Some(_) => 0,
    }
}

/// Returns the color of a shade from 1 to [`SHADES`].
fn shade(level: usize) -> Color {
    let at = (level.saturating_sub(1)) as f64 / (SHADES - 1) as f64 * (RAMP.len() - 1) as f64;
    let below = (at as usize).min(RAMP.len() - 2);
    let part = at - below as f64;
    let mix = |shift: u32| {
        let channel = |color: Color| f64::from(color >> shift & 0xff);
        let mixed = channel(RAMP[below]) * (1.0 - part) + channel(RAMP[below + 1]) * part;
        (mixed.round() as u32) << shift
    };
    mix(16) | mix(8) | mix(0)
}
