//! Views over steps: heat map, ridges, percentile bands.

use super::{put, put_right, style};
use crate::app::over_steps::{AllSteps, Layout, axis, layout, stack, step_name, view};
use crate::app::plot::glyphs;
use crate::app::{Model, View};
use crate::hist::scale::CountScale;
use crate::hist::{Matrix, Normalization, Segment};
use crate::settings::Role;
use crate::text::{self, format_value};
use crate::widget::{BarStyles, Bars, Heat};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// Quantiles of the bands, from the outermost inward. As in TensorBoard, they are the quantiles of a normal distribution
/// at 1.5, 1 and 0.5 standard deviations.
const BANDS: [(f64, f64); 3] = [(0.0668, 0.9332), (0.1587, 0.8413), (0.3085, 0.6915)];

/// Draws a view over steps. `kind` is one of [`View::Heatmap`], [`View::Ridge`] and [`View::Bands`].
pub(super) fn draw(model: &Model, kind: View, area: Rect, buf: &mut Buffer) {
    let (Some(layout), Some(cache)) = (layout(model, kind, area), &model.heatmap) else {
        let words = if stack(model).is_some() { "no data in this range" } else { "reading all steps …" };
        put(buf, area, area.x + 1, area.y, words, style(model, Role::Dim));
        return;
    };
    let matrix = cache.matrix.as_ref();
    match kind {
        View::Ridge => ridge(model, matrix, &layout, buf),
        View::Bands => {
            value_axis(model, &layout, buf);
            bands(model, matrix, &layout, buf);
            step_axis(model, matrix, &layout, buf);
        }
        _ => {
            value_axis(model, &layout, buf);
            heat(model, matrix, &layout, buf);
            step_axis(model, matrix, &layout, buf);
        }
    }
    if let Some(row) = layout.legend {
        let words = match kind {
            View::Bands => format!("median; shades: middle 38, 68 and 87 %{}", edited(model)),
            View::Ridge => format!("{}{}", steps_per_row(matrix), edited(model)),
            _ => heat_legend(model, matrix),
        };
        let now = now(model).map(|step| format!("step {}", step_name(model, step))).unwrap_or_default();
        let x = put(buf, row, layout.plot.x, row.y, &now, style(model, Role::Cursor)) + 2;
        // Drop parts that do not fit, from the end.
        let room = Rect { x, width: row.right().saturating_sub(x), ..row };
        let mut words = words.as_str();
        while text::width(words) > usize::from(room.width) {
            words = words.rsplit_once([',', ';']).map_or("", |(kept, _)| kept);
        }
        put_right(buf, room, row.y, words, style(model, Role::Dim));
    }
}

/// Returns the number of edited steps, such as `, 2 steps edited`, or an empty string.
fn edited(model: &Model) -> String {
    model.all_steps.as_ref().map(AllSteps::edited_note).unwrap_or_default()
}

/// Index of the current step.
fn now(model: &Model) -> Option<usize> {
    Some(model.requested?.index)
}

/// Maximum number of steps that share a column of the matrix.
fn max_steps_per_column(matrix: &Matrix) -> usize {
    matrix.columns.iter().map(ExactSizeIterator::len).max().unwrap_or(1)
}

fn steps_per_row(matrix: &Matrix) -> String {
    match max_steps_per_column(matrix) {
        1 => "1 step per row".into(),
        most => format!("up to {most} steps per row, averaged"),
    }
}

/// Legend of a heat map: the value of the darkest color, and deviations from one step per column.
fn heat_legend(model: &Model, matrix: &Matrix) -> String {
    let shared = match max_steps_per_column(matrix) {
        1 => String::new(),
        most => format!(", up to {most} steps per column (averaged)"),
    };
    let outliers = if view(model) == axis(model) { "" } else { "; outliers not shown" };
    let scale = if model.chart.log_counts { "log" } else { "linear" };
    let (max, unit) = match model.chart.normalization {
        Normalization::Step => (format!("{:.1} %", matrix.max * 100.0), "of each step"),
        Normalization::Counts => (format_value(matrix.max, matrix.max / 1e3), "per cell"),
    };
    format!("color: 0 to {max} {unit}, {scale}{}{shared}{outliers}", edited(model))
}

/// Draws the heat map.
fn heat(model: &Model, matrix: &Matrix, layout: &Layout, buf: &mut Buffer) {
    let cells: Vec<Option<f64>> =
        matrix.cells.iter().map(|cell| cell.map(|mass| matrix.intensity(mass, model.chart.log_counts))).collect();
    let heat = Heat {
        cells: &cells,
        rows: matrix.rows,
        marker: now(model).and_then(|step| matrix.column_of(step)),
        marker_style: style(model, Role::Cursor),
        ramp: &[style(model, Role::Bar)],
        glyphs: glyphs(model),
    };
    (&heat).render(layout.plot, buf);
}

/// Draws the labels of a vertical value axis.
fn value_axis(model: &Model, layout: &Layout, buf: &mut Buffer) {
    let Some(view) = view(model) else { return };
    let height = layout.gutter.height;
    let mut free = layout.gutter.bottom();
    for (at, label) in &layout.values.at {
        let position = model.chart.value_scale.position(*at, view.lo, view.hi);
        let up = ((position * f64::from(height)) as u16).min(height.saturating_sub(1));
        let y = layout.gutter.bottom() - 1 - up;
        let room = Rect { width: layout.gutter.width.saturating_sub(1), ..layout.gutter };
        if y < free && text::width(label) <= usize::from(room.width) {
            put_right(buf, room, y, label, style(model, Role::Dim));
            free = y;
        }
    }
}

/// Returns the x of the first cell that shows a column of the matrix.
fn cell_of(matrix: &Matrix, column: usize, plot: Rect) -> u16 {
    // Round up, because the cells of a heat map round down to find their columns.
    plot.x + (column * usize::from(plot.width)).div_ceil(matrix.columns.len().max(1)) as u16
}

/// Draws the numbers of the first, the last and some steps between them, and a mark for each step with NaN or infinities.
fn step_axis(model: &Model, matrix: &Matrix, layout: &Layout, buf: &mut Buffer) {
    let plot = layout.plot;
    let last = matrix.columns.last().map_or(0, |steps| steps.end.saturating_sub(1));
    let row = layout.labels;
    let name = step_name(model, last);
    let end = put_right(buf, row, row.y, &name, style(model, Role::Dim));
    let mut free = plot.x;
    for column in (0..matrix.columns.len().saturating_sub(1)).step_by((matrix.columns.len() / 8).max(1)) {
        let x = cell_of(matrix, column, plot);
        let name = step_name(model, matrix.columns[column].start);
        if x >= free && x + text::width(&name) as u16 + 1 < end {
            free = put(buf, row, x, row.y, &name, style(model, Role::Dim)) + 2;
        }
    }
    let (Some(strip), Some(stack)) = (layout.strip, stack(model)) else { return };
    for (column, steps) in matrix.columns.iter().enumerate() {
        if steps.clone().any(|index| !stack.is_drawable(index)) {
            let to = cell_of(matrix, column + 1, plot).max(cell_of(matrix, column, plot) + 1);
            for x in cell_of(matrix, column, plot)..to {
                put(buf, strip, x, strip.y, "!", style(model, Role::Error));
            }
        }
    }
    if let Some(first) = (0..stack.len()).find(|index| !stack.is_drawable(*index)) {
        let words = format!(" NaN or inf from step {} ", step_name(model, first));
        put_right(
            buf,
            Rect { x: row.x, width: end.saturating_sub(row.x + 1), ..row },
            row.y,
            &words,
            style(model, Role::Error),
        );
    }
}

/// Draws the bands as shades between quantiles, and the median as a line.
fn bands(model: &Model, matrix: &Matrix, layout: &Layout, buf: &mut Buffer) {
    let plot = layout.plot;
    let marks = glyphs(model).pick(["░", "▒", "▓", "━", "│"], [".", ":", "*", "=", "|"]);
    let row = |position: f64| {
        plot.bottom() - 1 - ((position * f64::from(plot.height)) as u16).min(plot.height.saturating_sub(1))
    };
    let current = now(model).and_then(|step| matrix.column_of(step));
    for column in 0..matrix.columns.len() {
        let from = cell_of(matrix, column, plot);
        let to = cell_of(matrix, column + 1, plot).max(from + 1).min(plot.right());
        let chosen = current == Some(column);
        let role = if chosen { Role::Cursor } else { Role::Bar };
        let mut fill = |y: u16, mark: &str, role: Role| {
            for x in from..to {
                put(buf, plot, x, y, mark, style(model, role));
            }
        };
        if chosen {
            (plot.y..plot.bottom()).for_each(|y| fill(y, marks[4], Role::Cursor));
        }
        for (mark, (lo, hi)) in marks.iter().zip(BANDS) {
            if let (Some(lo), Some(hi)) = (matrix.quantile(column, lo), matrix.quantile(column, hi)) {
                (row(hi)..=row(lo)).for_each(|y| fill(y, mark, role));
            }
        }
        if let Some(median) = matrix.quantile(column, 0.5) {
            fill(row(median), marks[3], Role::Title);
        }
    }
}

/// Draws bars for each step or group of steps, the first at the top.
fn ridge(model: &Model, matrix: &Matrix, layout: &Layout, buf: &mut Buffer) {
    let Some(view) = view(model) else { return };
    let plot = layout.plot;
    let current = now(model).and_then(|step| matrix.column_of(step));
    let edges: Vec<f64> = (0..=matrix.rows).map(|edge| edge as f64).collect();
    let rows = (plot.y..plot.bottom()).step_by(2);
    for (y, (column, steps)) in rows.zip(matrix.columns.iter().enumerate()) {
        let chosen = current == Some(column);
        let masses: Vec<f64> = matrix.column(column).iter().map(|cell| cell.unwrap_or(0.0)).collect();
        let mut bars = Bars::new(&edges, &masses);
        bars.view = Segment { lo: 0.0, hi: matrix.rows as f64 };
        bars.range = Some(Segment { lo: 0.0, hi: matrix.max });
        bars.glyphs = glyphs(model);
        if model.chart.log_counts {
            bars.y = CountScale::Log { unit: matrix.max / 1e3 };
        }
        let bar = style(model, if chosen { Role::Cursor } else { Role::Bar });
        bars.styles = BarStyles { bar, ..BarStyles::default() };
        let height = 2.min(plot.bottom() - y);
        (&bars).render(Rect { y, height, ..plot }, buf);
        let label = if chosen { style(model, Role::Cursor) } else { style(model, Role::Dim) };
        let gutter = Rect { width: layout.gutter.width.saturating_sub(1), ..layout.gutter };
        put_right(buf, gutter, y + height - 1, &step_name(model, steps.end - 1), label);
    }
    value_labels(model, layout, view, buf);
}

/// Draws the labels of a horizontal value axis.
fn value_labels(model: &Model, layout: &Layout, view: Segment, buf: &mut Buffer) {
    let plot = layout.plot;
    let mut free = layout.labels.x;
    let dim: Style = style(model, Role::Dim);
    for (at, label) in &layout.values.at {
        let position = model.chart.value_scale.position(*at, view.lo, view.hi);
        let middle = plot.x + ((position * f64::from(plot.width)) as u16).min(plot.width.saturating_sub(1));
        let x = middle.saturating_sub(text::width(label) as u16 / 2);
        if x >= free && x + text::width(label) as u16 <= plot.right() {
            free = put(buf, layout.labels, x, layout.labels.y, label, dim) + 2;
        }
    }
}
