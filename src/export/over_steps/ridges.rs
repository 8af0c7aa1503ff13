//! Draws ridges: the outline of each step or group of steps, from the first at the top.

use super::{Canvas, OverSteps};
use crate::error::Error;
use crate::export::canvas::INK;
use crate::export::chart::axis_name;
use crate::export::frame::{Frame, Labels, Places, places};
use crate::hist::scale::whole_label;
use crate::hist::{Axis, Combine, Grid, Segment};
use crate::widget::ramp;

/// Maximum number of ridges.
const RIDGES: usize = 24;
/// Height of a picture per ridge, in units.
const ROOM: u16 = 16;
/// Points of an outline.
const POINTS: usize = 240;
/// Height of the highest ridge, in distances between two baselines.
const HEIGHT: f64 = 2.5;

pub(super) fn draw(over: &OverSteps, view: Segment) -> Result<Canvas, Error> {
    let scale = over.appearance.value_scale;
    let most = over.appearance.height.map_or(RIDGES, |height| usize::from((height / ROOM).max(1)).min(RIDGES));
    let axis = Axis { view, scale };
    let grid = Grid {
        combine: Combine::Average,
        normalization: over.normalization,
        ..Grid::new(over.shown.clone(), most, POINTS, axis)
    };
    let matrix = over.stack.matrix(&grid);
    let log = over.colors.is_log(&matrix) && over.appearance.log_counts;
    let n = matrix.columns.len().max(1) as f64;
    // The first ridge needs space above its baseline.
    let spacing = 1.0 / (n - 1.0 + HEIGHT);
    let baseline = |ridge: usize| (n - 1.0 - ridge as f64) * spacing;
    let last_step = |ridge: usize| matrix.columns.get(ridge).map_or(0, |steps| steps.end.saturating_sub(1));
    let names: Places =
        (0..matrix.columns.len()).map(|ridge| (baseline(ridge), whole_label(over.number(last_step(ridge))))).collect();
    let labels = Labels {
        title: &over.title,
        note: &over.note(&matrix, view),
        x: over.names.x(&axis_name("value", scale.over(view.lo))),
        y: over.names.y("step"),
        legend_width: 0.0,
    };
    let x_ticks = |most| places(scale.ticks(view.lo, view.hi, most), scale, view);
    let mut frame = Frame::new((over.appearance.width, over.appearance.height), &labels, |_| names, x_ticks)?;
    let shades = ramp::shades(&ramp::ON_LIGHT, matrix.columns.len().max(2));
    for ridge in 0..matrix.columns.len() {
        let cells = matrix.column(ridge);
        if cells.iter().all(Option::is_none) {
            continue;
        }
        let base = baseline(ridge);
        let point = |(row, cell): (usize, &Option<f64>)| {
            let height = matrix.intensity(cell.unwrap_or(0.0), log) * HEIGHT * spacing;
            (frame.x((row as f64 + 0.5) / matrix.rows as f64), frame.y(base + height))
        };
        let outline: Vec<(f64, f64)> = cells.iter().enumerate().map(point).collect();
        let (left, right, y) = (frame.left, frame.right, frame.y(base));
        let corners = [(left, y)].into_iter().chain(outline.iter().copied()).chain([(right, y)]).collect();
        frame.canvas.shape(corners, shades.get(ridge).copied().unwrap_or(INK));
        frame.canvas.line(outline, INK, 0.8);
    }
    frame.axes();
    Ok(frame.canvas)
}
