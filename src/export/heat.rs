//! All steps of a series as one picture: steps across, values upward, the darker the more.

use super::Format;
use super::canvas::{Area, Canvas, Color, png, svg};
use super::chart::named;
use super::figure::Appearance;
use super::frame::{Around, Frame, Places, legend_width, places, printed};
use crate::catalog::Steps;
use crate::error::Error;
use crate::hist::scale::{CountScale, Scale, Ticks, ticks};
use crate::hist::{Matrix, Normalization, Segment, StepStack};
use std::sync::Arc;

/// The histograms of a series, to export as one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct OverSteps {
    pub title: String,
    pub sweep: Arc<StepStack>,
    pub steps: Steps,
    /// The values that are shown; nearly all that there are where it is `None`.
    pub range: Option<Segment>,
    pub normal: Normalization,
    pub look: Appearance,
}

/// The most columns and rows: more would be finer than the eye.
const COLUMNS: usize = 400;
const ROWS: usize = 120;
/// Colours of the scale.
const SHADES: usize = 32;
/// A step without a histogram.
const MISSING: Color = 0xd9_d9d9;
/// From the faint end, which white paper still shows, to the dark one.
const RAMP: [Color; 5] = [0xd9_e8f5, 0x9f_c3e2, 0x5f_94c5, 0x2c_629f, 0x0a_2c5e];

impl OverSteps {
    /// The content of a file.
    ///
    /// # Errors
    /// [`Error::Value`] where there is nothing to draw, or for a format that is no picture.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, Error> {
        match format {
            Format::Svg => Ok(svg(&self.picture()?).into_bytes()),
            Format::Png => png(&self.picture()?),
            _ => {
                Err(Error::Value(format!("all steps at once can be a picture (svg, png), not {}", format.extension())))
            }
        }
    }

    fn picture(&self) -> Result<Canvas, Error> {
        let view = self.range.or_else(|| self.sweep.core());
        let view = view.ok_or_else(|| Error::Value("no step holds a histogram that can be drawn".into()))?;
        let view = if view.lo < view.hi { view } else { Segment { lo: view.lo - 0.5, hi: view.hi + 0.5 } };
        let scale = self.look.value_scale;
        let columns = self.look.width.map_or(COLUMNS, |width| (usize::from(width) / 2).min(COLUMNS));
        let rows = self.look.height.map_or(ROWS, |height| (usize::from(height) / 4).clamp(1, ROWS));
        let matrix = self.sweep.matrix(columns, rows, (view, scale), self.normal);
        let colours = self.colours(&matrix);
        let around = Around {
            title: &self.title,
            note: &self.note(&matrix, view),
            across: "step".into(),
            upward: named("value", scale.over(view.lo)),
            beside: legend_width(&colours),
        };
        let upward = |height: f64| places(scale.ticks(view.lo, view.hi, (height / 40.0) as usize), scale, view);
        let across = |most| self.step_places(most);
        let mut frame = Frame::new((self.look.width, self.look.height), &around, upward, across)?;
        cells(&mut frame, &matrix, self.look.log_counts);
        frame.axes();
        let shades: Vec<Color> = (1..=SHADES).map(shade).collect();
        let name = match self.normal {
            Normalization::Step => "% of a step's total",
            Normalization::Counts => "count in a cell",
        };
        let log = if self.look.log_counts { ", log scale" } else { "" };
        frame.legend(&shades, &colours, &format!("{name}{log}"));
        Ok(frame.canvas)
    }

    /// How many steps, and what is not in the picture.
    fn note(&self, matrix: &Matrix, view: Segment) -> String {
        let mut parts = vec![crate::text::plural(self.sweep.len() as u64, "step")];
        let most = matrix.columns.iter().map(ExactSizeIterator::len).max().unwrap_or(1);
        if most > 1 {
            parts.push(format!("up to {most} a column, averaged"));
        }
        let missing = (0..self.sweep.len()).filter(|step| self.sweep.get(*step).is_none()).count();
        let odd = (0..self.sweep.len()).filter(|step| self.sweep.odd(*step)).count() - missing;
        let told = [(missing, "without a histogram (grey)"), (odd, "with NaN or inf")];
        parts.extend(told.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")));
        if self.sweep.span().is_some_and(|span| span.lo < view.lo || span.hi > view.hi) {
            parts.push("outliers beyond the axis left out".into());
        }
        parts.join(" · ")
    }

    /// Ticks of the steps: round numbers where steps are evenly apart, else numbers of some columns.
    fn step_places(&self, most: usize) -> Places {
        let last = self.steps.len().saturating_sub(1);
        let number = |index: usize| self.steps.number(index).unwrap_or(index as i64 + 1);
        // The middle of a step's column.
        let middle = |index: f64| (index + 0.5) / (last + 1) as f64;
        let stride = if last == 0 { 0 } else { number(1).saturating_sub(number(0)) };
        let even = (1..=last).all(|index| number(index).checked_sub(number(index - 1)) == Some(stride));
        if even && stride > 0 {
            let at = |tick: f64| (tick - number(0) as f64) / stride as f64;
            let (from, to) = (number(0) as f64, number(last) as f64);
            // There is no half a step.
            let whole = |ticks: &Ticks| ticks.at.iter().all(|(tick, _)| tick.fract() == 0.0);
            let round = (1..=most).rev().map(|most| ticks(from, to, most)).find(whole).unwrap_or_default();
            return round.at.into_iter().map(|(tick, label)| (middle(at(tick)), printed(&label))).collect();
        }
        let shown = most.min(last + 1);
        let chosen = (0..shown).map(|i| if shown > 1 { i * last / (shown - 1) } else { 0 });
        chosen.map(|index| (middle(index as f64), printed(&number(index).to_string()))).collect()
    }

    /// Ticks of the colours.
    fn colours(&self, matrix: &Matrix) -> Places {
        let unit = if self.normal == Normalization::Step { 100.0 } else { 1.0 };
        let max = if matrix.max > 0.0 { matrix.max * unit } else { 1.0 };
        let rise = if self.look.log_counts { CountScale::Log { unit: max / 1e3 } } else { CountScale::Linear };
        let place = |at: f64| Scale::Linear.position(rise.length(at), 0.0, rise.length(max));
        rise.ticks(0.0, max, 6).at.into_iter().map(|(at, label)| (place(at), label)).collect()
    }
}

/// The cells as one path a colour, cells above each other that look the same as one rectangle.
fn cells(frame: &mut Frame, matrix: &Matrix, log: bool) {
    let mut tiles: Vec<Vec<Area>> = vec![Vec::new(); SHADES + 2];
    // On whole pixels, so that nothing shines through between neighbours.
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

/// The shade of a cell: 0 for nothing, `SHADES + 1` for no histogram.
fn level(matrix: &Matrix, cell: Option<f64>, log: bool) -> usize {
    match cell {
        None => SHADES + 1,
        Some(mass) if mass > 0.0 => ((matrix.intensity(mass, log) * SHADES as f64).ceil() as usize).clamp(1, SHADES),
        Some(_) => 0,
    }
}

/// The colour of a shade from 1 to [`SHADES`].
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
