//! Draws percentile bands: intervals around the median that contain given shares of each step.

use super::{Canvas, Color, OverSteps};
use crate::error::Error;
use crate::export::canvas::INK;
use crate::export::chart::axis_name;
use crate::export::frame::{Frame, Labels, Places, legend_width, places};
use crate::hist::{Axis, Combine, Grid, Matrix, Segment};
use crate::widget::ramp;

/// Maximum number of columns.
const COLUMNS: usize = 400;
/// Rows of the grid in which percentiles are found.
const ROWS: usize = 2000;
/// Outer percentiles of the bands, as on the screen, and their names.
const BANDS: [(f64, f64, &str); 3] = [(0.0668, 0.9332, "87 %"), (0.1587, 0.8413, "68 %"), (0.3085, 0.6915, "38 %")];
/// Positions of the colors of all values and of the bands on the color ramp.
const SHADES: [f64; 4] = [0.0, 0.25, 0.5, 0.75];

/// Lower and upper end of a band, as positions along the value axis; `None` without values.
type Ends = Option<(f64, f64)>;

pub(super) fn draw(over: &OverSteps, view: Segment) -> Result<Canvas, Error> {
    let scale = over.appearance.value_scale;
    let columns = over.appearance.width.map_or(COLUMNS, |width| (usize::from(width) / 2).min(COLUMNS));
    let axis = Axis { view, scale };
    let grid = Grid { combine: Combine::Average, ..Grid::new(over.shown.clone(), columns, ROWS, axis) };
    let matrix = over.stack.matrix(&grid);
    let ramp = ramp::shades(&ramp::ON_LIGHT, 101);
    let shade = |at: f64| ramp.get((at * 100.0) as usize).copied().unwrap_or(INK);
    let colors: Vec<Color> = SHADES.iter().map(|at| shade(*at)).chain([INK]).collect();
    let names = ["all"].into_iter().chain(BANDS.map(|(.., name)| name)).chain(["median"]);
    let middle = |index: usize| (index as f64 + 0.5) / colors.len() as f64;
    let legend: Places = names.enumerate().map(|(index, name)| (middle(index), name.to_owned())).collect();
    let labels = Labels {
        title: &over.title,
        note: &over.note(&matrix, view),
        x: over.names.x("step"),
        y: over.names.y(&axis_name("value", scale.over(view.lo))),
        legend_width: legend_width(&legend),
    };
    let y_ticks = |height: f64| places(scale.ticks(view.lo, view.hi, (height / 40.0) as usize), scale, view);
    let mut frame =
        Frame::new((over.appearance.width, over.appearance.height), &labels, y_ticks, |most| over.step_ticks(most))?;
    let all = |column: usize| {
        let span = over.stack.span_of(matrix.columns.get(column)?.clone())?;
        let at = |x: f64| scale.position(x, view.lo, view.hi).clamp(0.0, 1.0);
        (span.lo <= view.hi && span.hi >= view.lo).then(|| (at(span.lo), at(span.hi)))
    };
    fill(&mut frame, &matrix, shade(SHADES[0]), all);
    for ((lo, hi, _), at) in BANDS.into_iter().zip(&SHADES[1..]) {
        fill(&mut frame, &matrix, shade(*at), |column| matrix.quantile(column, lo).zip(matrix.quantile(column, hi)));
    }
    median(&mut frame, &matrix);
    frame.axes();
    frame.legend(&colors, &legend, "share of the values");
    Ok(frame.canvas)
}

/// Fills a band, with gaps at columns without values.
fn fill(frame: &mut Frame, matrix: &Matrix, color: Color, ends: impl Fn(usize) -> Ends) {
    let n = matrix.columns.len().max(1) as f64;
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    for column in 0..=matrix.columns.len() {
        match (column < matrix.columns.len()).then(|| ends(column)).flatten() {
            Some((lo, hi)) => {
                // A band reaches over the whole column, so that a single step is visible.
                for x in [column as f64 / n, (column + 1) as f64 / n] {
                    lower.push((frame.x(x), frame.y(lo)));
                    upper.push((frame.x(x), frame.y(hi)));
                }
            }
            None if !lower.is_empty() => {
                let corners = lower.drain(..).chain(upper.drain(..).rev()).collect();
                frame.canvas.shape(corners, color);
            }
            None => {}
        }
    }
}

/// Draws the median as a line, with gaps at columns without values.
fn median(frame: &mut Frame, matrix: &Matrix) {
    let n = matrix.columns.len().max(1) as f64;
    let mut points: Vec<(f64, f64)> = Vec::new();
    for column in 0..=matrix.columns.len() {
        match matrix.quantile(column, 0.5).filter(|_| column < matrix.columns.len()) {
            Some(at) => {
                let y = frame.y(at);
                points.extend([(frame.x(column as f64 / n), y), (frame.x((column + 1) as f64 / n), y)]);
            }
            None if !points.is_empty() => frame.canvas.line(std::mem::take(&mut points), INK, 1.5),
            None => {}
        }
    }
}
