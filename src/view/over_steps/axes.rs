//! Axes of views over steps: values, steps, and marks for mass outside the value axis.

use super::Canvas;
use crate::app::View;
use crate::app::over_steps::{step_ticks, window_of_selection};
use crate::app::plot::glyphs;
use crate::hist::scale::lay_out;
use crate::settings::Role;
use crate::text;
use crate::view::{put, put_right};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Free cells between two labels.
const GAP: usize = 2;

/// Draws the labels of a vertical value axis.
pub(super) fn values_left(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (layout, view) = (canvas.layout, canvas.layout.view);
    let height = layout.gutter.height;
    let mut free = layout.gutter.bottom();
    for (at, label) in &layout.values.at {
        let position = canvas.model.chart.value_scale.position(*at, view.lo, view.hi);
        let up = ((position * f64::from(height)) as u16).min(height.saturating_sub(1));
        let y = layout.gutter.bottom() - 1 - up;
        let room = Rect { width: layout.gutter.width.saturating_sub(1), ..layout.gutter };
        if y < free && text::width(label) <= usize::from(room.width) {
            put_right(buf, room, y, label, canvas.style(Role::Dim));
            free = y;
        }
    }
}

/// Draws the labels of a horizontal value axis.
pub(super) fn values_below(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (layout, view, plot) = (canvas.layout, canvas.layout.view, canvas.layout.plot);
    let mut free = layout.labels.x;
    for (at, label) in &layout.values.at {
        let position = canvas.model.chart.value_scale.position(*at, view.lo, view.hi);
        let middle = plot.x + ((position * f64::from(plot.width)) as u16).min(plot.width.saturating_sub(1));
        let x = middle.saturating_sub(text::width(label) as u16 / 2);
        if x >= free && x + text::width(label) as u16 <= plot.right() {
            free = put(buf, layout.labels, x, layout.labels.y, label, canvas.style(Role::Dim)) + GAP as u16;
        }
    }
}

/// Draws round step numbers, the current step below its column, and a mark for each step with NaN or infinities.
pub(super) fn steps(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (matrix, plot, row) = (canvas.matrix, canvas.layout.plot, canvas.layout.labels);
    let offset = plot.x - row.x;
    let cells = usize::from(row.width);
    let middle = |column: usize| {
        let (from, to) = (canvas.cell_of(column), canvas.cell_of(column + 1));
        usize::from((from + to.max(from + 1) - 1) / 2 - plot.x + offset)
    };
    let shown = matrix.steps();
    // The label of the current step has priority.
    let now = canvas.now().filter(|now| shown.contains(now));
    let now = now
        .and_then(|now| Some((middle(matrix.column_of(now)?), step_ticks(canvas.model, &(now..now + 1), 1).pop()?.1)));
    let taken = now.as_ref().and_then(|(cell, label)| {
        let start = lay_out(&[(*cell, text::width(label))], cells, GAP).first()?.start;
        Some(start..start + text::width(label))
    });
    let laid = |most: usize| {
        let ticks = step_ticks(canvas.model, &shown, most);
        let marks: Vec<(usize, usize)> = ticks
            .iter()
            .filter_map(|(index, label)| Some((middle(matrix.column_of(*index)?), text::width(label))))
            .collect();
        let placed = lay_out(&marks, cells, GAP);
        (ticks, placed)
    };
    let most = (usize::from(plot.width) / 8).clamp(2, 12);
    let complete = (2..=most).rev().map(laid).find(|(ticks, placed)| ticks.len() == placed.len());
    let (ticks, placed) = complete.unwrap_or_else(|| laid(2));
    for place in placed {
        let Some((_, label)) = ticks.get(place.tick) else { continue };
        let end = place.start + text::width(label);
        let is_free = taken.as_ref().is_none_or(|taken| end < taken.start || place.start > taken.end);
        if is_free {
            put(buf, row, row.x + place.start as u16, row.y, label, canvas.style(Role::Dim));
        }
    }
    selection(canvas, buf);
    if let (Some(taken), Some((_, label))) = (taken, now) {
        put(buf, row, row.x + taken.start as u16, row.y, &label, canvas.style(Role::Cursor));
    }
    not_drawable(canvas, buf);
}

/// Draws a line below the selected steps.
fn selection(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let Some(steps) = window_of_selection(canvas.model) else { return };
    let columns = canvas.matrix.columns.iter().enumerate();
    let selected = columns.filter(|(_, column)| column.start < steps.end && column.end > steps.start);
    let line = glyphs(canvas.model).pick("━", "=");
    for (column, _) in selected {
        let to = canvas.cell_of(column + 1).max(canvas.cell_of(column) + 1);
        for x in canvas.cell_of(column)..to {
            put(buf, canvas.layout.labels, x, canvas.layout.labels.y, line, canvas.style(Role::Selection));
        }
    }
}

/// Marks steps without finite counts and edges.
fn not_drawable(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (Some(strip), Some(stack)) = (canvas.layout.strip, super::stack(canvas.model)) else { return };
    for (column, steps) in canvas.matrix.columns.iter().enumerate() {
        if steps.clone().any(|index| !stack.is_drawable(index)) {
            let to = canvas.cell_of(column + 1).max(canvas.cell_of(column) + 1);
            for x in canvas.cell_of(column)..to {
                put(buf, strip, x, strip.y, "!", canvas.style(Role::Error));
            }
        }
    }
}

/// Marks columns with mass outside the value axis: `▲` at the top and `▼` at the bottom. Heat maps mark steps with
/// only a little mass outside with small triangles, unless these are the rule.
pub(super) fn outside(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let (plot, glyphs) = (canvas.layout.plot, glyphs(canvas.model));
    let much = (glyphs.pick("▲", "^"), glyphs.pick("▼", "v"), Role::Approximate);
    let little = (glyphs.pick("▴", "'"), glyphs.pick("▾", "."), Role::Dim);
    // Marks at most columns would hide the others.
    let touched = canvas.matrix.outside.iter().filter(|outside| outside.reaches(f64::MIN_POSITIVE)).count();
    let is_rare = canvas.kind == View::Heatmap && touched * 2 <= canvas.matrix.outside.len();
    for (column, outside) in canvas.matrix.outside.iter().enumerate() {
        let (top, bottom, role) = match canvas.is_outlying(outside) {
            true => much,
            false if is_rare => little,
            false => continue,
        };
        let ends = [(outside.above, plot.y, top), (outside.below, plot.bottom().saturating_sub(1), bottom)];
        for (_, y, mark) in ends.into_iter().filter(|(share, ..)| *share > 0.0) {
            let to = canvas.cell_of(column + 1).max(canvas.cell_of(column) + 1).min(plot.right());
            for x in canvas.cell_of(column)..to {
                put(buf, plot, x, y, mark, canvas.style(role));
            }
        }
    }
}
