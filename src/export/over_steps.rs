//! Draws all steps of a series: as a heat map, as percentile bands, or as ridges.
//!
//! The heat map has steps across, values upward, and dark cells for large counts. It has the colors, the extremes and the
//! marks of the screen.

mod bands;
mod ridges;

use super::canvas::{Area, Canvas, Color};
use super::chart::axis_name;
use super::figure::{Appearance, AxisNames};
use super::frame::{Frame, Labels, Places, legend_width, places, printed};
use crate::catalog::Steps;
use crate::error::Error;
use crate::hist::scale::{CountScale, Scale, step_ticks, whole_label};
use crate::hist::{Axis, ColorScale, Grid, Matrix, Normalization, OUTLYING, Segment, StepStack};
use crate::text::plural;
use crate::widget::ramp;
use std::ops::Range;
use std::sync::Arc;

/// Form of a picture of all steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepPicture {
    #[default]
    Heatmap,
    /// Intervals between percentiles, around the median.
    Bands,
    /// One outline per step or group of steps, from the first at the top.
    Ridges,
}

/// Histograms of all steps of a series, to export as a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct OverSteps {
    pub title: String,
    pub picture: StepPicture,
    pub names: AxisNames,
    pub stack: Arc<StepStack>,
    /// Numbers of the steps in `stack`.
    pub steps: Steps,
    /// Steps to draw, by index.
    pub shown: Range<usize>,
    /// Visible values. `None` shows all but far outliers.
    pub range: Option<Segment>,
    pub normalization: Normalization,
    pub colors: ColorScale,
    /// Appearance. Measure, logarithmic counts and glyphs have no effect.
    pub appearance: Appearance,
}

/// Maximum number of columns.
const COLUMNS: usize = 400;
/// Maximum number of rows.
const ROWS: usize = 120;
/// Number of colors in the scale.
const SHADES: usize = ramp::SHADES;
/// Color of a step without a histogram.
const MISSING: Color = 0xd9_d9d9;
/// Color of the marks of steps with values outside the axis.
const OUTSIDE: Color = 0xc4_7f00;
/// Width and height of these marks, in units.
const MARK: (f64, f64) = (5.0, 5.0);

impl OverSteps {
    /// Draws the picture.
    ///
    /// # Errors
    /// [`Error::Value`] if no step has a histogram, or if the size is too small.
    pub(super) fn image(&self) -> Result<Canvas, Error> {
        let core = match self.picture {
            StepPicture::Bands => self.stack.bands(),
            StepPicture::Heatmap | StepPicture::Ridges => self.stack.core(),
        };
        let view = self.range.or(core);
        let view = view.ok_or_else(|| Error::Value("no step has a histogram that can be drawn".into()))?;
        let view = if view.lo < view.hi { view } else { Segment { lo: view.lo - 0.5, hi: view.hi + 0.5 } };
        match self.picture {
            StepPicture::Heatmap => self.heat_map(view),
            StepPicture::Bands => bands::draw(self, view),
            StepPicture::Ridges => ridges::draw(self, view),
        }
    }

    fn heat_map(&self, view: Segment) -> Result<Canvas, Error> {
        let scale = self.appearance.value_scale;
        let columns = self.appearance.width.map_or(COLUMNS, |width| (usize::from(width) / 2).min(COLUMNS));
        let rows = self.appearance.height.map_or(ROWS, |height| (usize::from(height) / 4).clamp(1, ROWS));
        let matrix = self.stack.matrix(&Grid {
            normalization: self.normalization,
            ..Grid::new(self.shown.clone(), columns, rows, Axis { view, scale })
        });
        let log = self.colors.is_log(&matrix);
        let shades = ramp::shades(&ramp::ON_LIGHT, SHADES);
        let color_ticks = self.color_ticks(&matrix, log);
        let labels = Labels {
            title: &self.title,
            note: &self.note(&matrix, view),
            x: self.names.x("step"),
            y: self.names.y(&axis_name("value", scale.over(view.lo))),
            legend_width: legend_width(&color_ticks),
        };
        let y_ticks = |height: f64| places(scale.ticks(view.lo, view.hi, (height / 40.0) as usize), scale, view);
        let x_ticks = |most| self.step_ticks(most);
        let mut frame = Frame::new((self.appearance.width, self.appearance.height), &labels, y_ticks, x_ticks)?;
        cells(&mut frame, &matrix, &shades, log);
        frame.axes();
        outside(&mut frame, &matrix);
        let name = match self.normalization {
            Normalization::Step => "% of a step",
            Normalization::Counts => "count per cell",
        };
        let log = if log { ", log" } else { "" };
        frame.legend(&shades, &color_ticks, &format!("{name}{log}"));
        Ok(frame.canvas)
    }

    /// Describes the steps, and data that the picture does not show.
    fn note(&self, matrix: &Matrix, view: Segment) -> String {
        let steps = matrix.steps();
        let all = self.stack.len();
        let mut parts = vec![if steps.len() < all {
            let [first, last] = [steps.start, steps.end - 1].map(|index| whole_label(self.number(index)));
            format!("steps {first}–{last} ({} of {all})", steps.len())
        } else {
            plural(all as u64, "step")
        }];
        let most = matrix.most_steps();
        if most > 1 {
            let group = match self.picture {
                StepPicture::Heatmap => "columns: largest of up to",
                StepPicture::Bands => "columns: average of up to",
                StepPicture::Ridges => "ridges: average of up to",
            };
            parts.push(format!("{group} {}", plural(most as u64, "step")));
        }
        let missing = steps.clone().filter(|step| self.stack.get(*step).is_none()).count();
        let non_finite = steps.clone().filter(|index| !self.stack.is_drawable(*index)).count() - missing;
        let gaps = [(missing, "without a histogram (gray)"), (non_finite, "with NaN or inf")];
        parts.extend(gaps.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
        let has_marks = self.picture == StepPicture::Heatmap;
        if has_marks && matrix.outside.iter().any(|outside| outside.reaches(OUTLYING)) {
            parts.push("▲▼ steps with values outside".into());
        } else if self.stack.span_of(steps).is_some_and(|span| span.lo < view.lo || span.hi > view.hi) {
            parts.push("a few values are outside".into());
        }
        parts.join(" · ")
    }

    /// Number of a step, or else its position from 1.
    fn number(&self, index: usize) -> i64 {
        self.steps.number(index).unwrap_or(index as i64 + 1)
    }

    /// Ticks at round step numbers.
    fn step_ticks(&self, most: usize) -> Places {
        let n = self.shown.len().max(1) as f64;
        // Center of the step's column.
        let middle = |index: usize| ((index - self.shown.start) as f64 + 0.5) / n;
        let ticks = step_ticks(&self.shown, |index| self.number(index), most);
        ticks.into_iter().map(|(index, label)| (middle(index), printed(&label))).collect()
    }

    /// Ticks of the color scale.
    fn color_ticks(&self, matrix: &Matrix, log: bool) -> Places {
        let unit = if self.normalization == Normalization::Step { 100.0 } else { 1.0 };
        let max = if matrix.max > 0.0 { matrix.max * unit } else { 1.0 };
        let scale = if log { CountScale::Log { unit: max / 1e3 } } else { CountScale::Linear };
        let place = |at: f64| Scale::Linear.position(scale.length(at), 0.0, scale.length(max));
        scale.ticks(0.0, max, 6).at.into_iter().map(|(at, label)| (place(at), label)).collect()
    }
}

/// Draws the cells: one path per color, in which vertical runs of cells are one rectangle.
fn cells(frame: &mut Frame, matrix: &Matrix, shades: &[Color], log: bool) {
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
        let color = level.checked_sub(1).and_then(|level| shades.get(level)).copied();
        frame.canvas.tiles(areas, color.unwrap_or(MISSING));
    }
}

/// Marks columns whose steps have values outside the axis, with triangles that point to these values.
fn outside(frame: &mut Frame, matrix: &Matrix) {
    let columns = matrix.columns.len().max(1) as f64;
    let mut last = [f64::NEG_INFINITY; 2];
    for (column, outside) in matrix.outside.iter().enumerate().filter(|(_, outside)| outside.reaches(OUTLYING)) {
        let x = frame.x((column as f64 + 0.5) / columns);
        let ends = [(outside.above, frame.top + MARK.1, -MARK.1), (outside.below, frame.bottom - MARK.1, MARK.1)];
        for ((share, y, tip), last) in ends.into_iter().zip(&mut last) {
            // Marks do not overlap.
            if share > 0.0 && x - *last >= MARK.0 {
                let half = MARK.0 / 2.0;
                frame.canvas.shape(vec![(x - half, y), (x + half, y), (x, y + tip)], OUTSIDE);
                *last = x;
            }
        }
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
