//! Percentile bands over steps.

use super::{Canvas, stack};
use crate::app::over_steps::BANDS;
use crate::app::plot::glyphs;
use crate::settings::Role;
use crate::widget::heat::rows_per_cell;
use ratatui::buffer::Buffer;
use ratatui::style::Style;

/// Intensities of the interval of all values, of the three bands, and of the median.
const LEVELS: [f64; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
const SHADES: [&str; 6] = [" ", "·", "░", "▒", "▓", "━"];
const SHADES_ASCII: [&str; 6] = [" ", "'", ".", ":", "*", "="];

/// Draws the bands as colors between quantiles, on top of the interval of all values, and the median as a line.
pub(super) fn draw(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (matrix, plot, view) = (canvas.matrix, canvas.layout.plot, canvas.layout.view);
    let Some(stack) = stack(canvas.model) else { return };
    let scale = canvas.model.chart.value_scale;
    let glyphs = glyphs(canvas.model);
    let rows = usize::from(plot.height * rows_per_cell(canvas.colors, glyphs));
    let mut cells = vec![None; matrix.columns.len() * rows];
    for (column, (cells, steps)) in cells.chunks_mut(rows.max(1)).zip(&matrix.columns).enumerate() {
        let Some(extent) = stack.span_of(steps.clone()) else { continue };
        cells.fill(Some(0.0));
        let row = |position: f64| ((position * rows as f64) as usize).min(rows.saturating_sub(1));
        let mut fill = |lo: f64, hi: f64, level: f64| {
            for cell in cells.iter_mut().take(row(hi) + 1).skip(row(lo)) {
                *cell = Some(level);
            }
        };
        if extent.lo <= view.hi && extent.hi >= view.lo {
            let ends = [extent.lo, extent.hi].map(|end| scale.position(end, view.lo, view.hi));
            fill(ends[0], ends[1], LEVELS[0]);
        }
        for (level, (lo, hi)) in LEVELS[1..].iter().zip(BANDS) {
            if let (Some(lo), Some(hi)) = (matrix.quantile(column, lo), matrix.quantile(column, hi)) {
                fill(lo, hi, *level);
            }
        }
        if let Some(median) = matrix.quantile(column, 0.5) {
            fill(median, median, LEVELS[4]);
        }
    }
    canvas.heat(&cells, rows, glyphs.pick(&SHADES, &SHADES_ASCII), buf);
}

/// Returns the parts of the legend: a symbol with its style, and its meaning.
pub(super) fn legend(canvas: &Canvas<'_>) -> [(&'static str, Style, &'static str); 5] {
    let glyphs = glyphs(canvas.model);
    let names = ["all", "87 %", "68 %", "middle 38 %", "median"];
    let mut parts = [0, 1, 2, 3, 4].map(|level| {
        let symbol = glyphs.pick(SHADES, SHADES_ASCII)[level + 1];
        if canvas.colors.is_empty() {
            return (symbol, canvas.style(Role::Bar), names[level]);
        }
        let style = Style::new().fg(canvas.colors.plain.at(LEVELS[level]));
        (glyphs.pick("■", symbol), style, names[level])
    });
    parts.reverse();
    parts
}
