//! Ridges: bars for each step or group of steps, the first at the top.

use super::Canvas;
use crate::app::over_steps::{RIDGE_HEIGHT, step_name};
use crate::app::plot::glyphs;
use crate::hist::Segment;
use crate::settings::Role;
use crate::view::{put, put_right};
use crate::widget::{BarStyles, Bars};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

/// Draws the ridges, their step numbers, and marks for mass outside the value axis.
pub(super) fn draw(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (model, matrix, plot) = (canvas.model, canvas.matrix, canvas.layout.plot);
    let current = canvas.current_column();
    let edges: Vec<f64> = (0..=matrix.rows).map(|edge| edge as f64).collect();
    let rows = (plot.y..plot.bottom()).step_by(usize::from(RIDGE_HEIGHT));
    let glyphs = glyphs(model);
    let gutter = Rect { width: canvas.layout.gutter.width.saturating_sub(1), ..canvas.layout.gutter };
    for (y, (column, steps)) in rows.zip(matrix.columns.iter().enumerate()) {
        let chosen = current == Some(column);
        let masses: Vec<f64> = matrix.column(column).iter().map(|cell| cell.unwrap_or(0.0)).collect();
        let mut bars = Bars::new(&edges, &masses);
        bars.view = Segment { lo: 0.0, hi: matrix.rows as f64 };
        bars.range = Some(Segment { lo: 0.0, hi: matrix.max });
        bars.glyphs = glyphs;
        bars.y = matrix.scale(canvas.log);
        let bar = canvas.style(if chosen { Role::Cursor } else { Role::Bar });
        bars.styles = BarStyles { bar, ..BarStyles::default() };
        let area = Rect { y, height: RIDGE_HEIGHT.min(plot.bottom() - y), ..plot };
        (&bars).render(area, buf);
        color(canvas, area, &masses, chosen, buf);
        let label = canvas.style(if chosen { Role::Cursor } else { Role::Dim });
        let step = canvas.now().filter(|_| chosen).unwrap_or(steps.end - 1);
        let line = area.bottom() - 1;
        put_right(buf, gutter, line, &step_name(model, step), label);
        let Some(outside) = matrix.outside.get(column).filter(|outside| canvas.is_outlying(outside)) else { continue };
        let marks =
            [(outside.below, area.x, glyphs.pick("◂", "<")), (outside.above, area.right() - 1, glyphs.pick("▸", ">"))];
        for (_, x, mark) in marks.into_iter().filter(|(share, ..)| *share > 0.0) {
            put(buf, area, x, line, mark, canvas.style(Role::Approximate));
        }
    }
}

/// Colors bars by their height.
fn color(canvas: &Canvas<'_>, area: Rect, masses: &[f64], chosen: bool, buf: &mut Buffer) {
    if canvas.colors.is_empty() {
        return;
    }
    let colors = if chosen { &canvas.colors.marked } else { &canvas.colors.plain };
    for (column, mass) in area.columns().zip(masses) {
        let front = colors.at(canvas.matrix.intensity(*mass, canvas.log));
        for cell in column.positions() {
            if let Some(cell) = buf.cell_mut(cell) {
                cell.set_fg(front).set_bg(colors.ground);
            }
        }
    }
}
