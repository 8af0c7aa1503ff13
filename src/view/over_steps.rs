//! Views over steps: heat map, ridges, percentile bands.

mod axes;
mod bands;
mod legend;
mod ridge;

use super::{put, style};
use crate::app::over_steps::{Layout, layout, log_colors, outlying, shown_steps, stack, step_range_text};
use crate::app::plot::glyphs;
use crate::app::{Model, View};
use crate::hist::{Matrix, Outside, StepStack};
use crate::settings::Role;
use crate::widget::heat::shades;
use crate::widget::{Heat, HeatColors};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// A view over steps: the state and the colors that it is drawn with.
#[derive(Clone, Copy)]
struct Canvas<'a> {
    model: &'a Model,
    matrix: &'a Matrix,
    layout: &'a Layout,
    colors: &'a HeatColors,
    /// True if the colors are logarithmic.
    log: bool,
    kind: View,
}

/// Draws a view over steps. `kind` is one of [`View::Heatmap`], [`View::Ridge`], [`View::Bands`] and
/// [`View::Lines`].
pub(super) fn draw(model: &Model, kind: View, area: Rect, buf: &mut Buffer) {
    draw_with(model, kind, area, model.settings.theme.heat(), buf);
}

/// Draws a view over steps in shades, for copies as text.
pub(super) fn draw_in_shades(model: &Model, kind: View, area: Rect, buf: &mut Buffer) {
    draw_with(model, kind, area, &HeatColors::default(), buf);
}

fn draw_with(model: &Model, kind: View, area: Rect, colors: &HeatColors, buf: &mut Buffer) {
    if kind == View::Lines {
        return super::lines::draw(model, area, buf);
    }
    let (Some(layout), Some(cache)) = (layout(model, kind, area), &model.heatmap) else {
        let words = if stack(model).is_some() { "no data in this range" } else { "reading all steps …" };
        put(buf, area, area.x + 1, area.y, words, style(model, Role::Dim));
        return;
    };
    let matrix = cache.matrix.as_ref();
    let log = log_colors(model, matrix);
    let canvas = Canvas { model, matrix, layout: &layout, colors, log, kind };
    match kind {
        View::Ridge => {
            ridge::draw(&canvas, buf);
            axes::values_below(&canvas, buf);
        }
        View::Bands => {
            bands::draw(&canvas, buf);
            axes::outside(&canvas, buf);
        }
        _ => {
            heat(&canvas, buf);
            axes::outside(&canvas, buf);
        }
    }
    if kind != View::Ridge {
        axes::values_left(&canvas, buf);
        axes::steps(&canvas, buf);
    }
    legend::draw(&canvas, buf);
}

/// Returns the name of a view with, if they are zoomed, its steps.
pub(super) fn title(model: &Model, name: &str) -> String {
    let steps = shown_steps(model);
    let all = stack(model).map_or(0, StepStack::len);
    if steps.len() < all {
        format!("{name} over steps {}", step_range_text(model, &steps))
    } else {
        format!("{name} over steps")
    }
}

/// Returns the title of the pane below the chart.
pub(super) fn pane_title(model: &Model) -> String {
    let steps = shown_steps(model);
    let all = stack(model).map_or(0, StepStack::len);
    if steps.len() < all { format!("steps {}", step_range_text(model, &steps)) } else { "steps".into() }
}

impl Canvas<'_> {
    /// Returns true if a column is marked because a step of it is outside the value axis.
    fn is_outlying(&self, outside: &Outside) -> bool {
        outside.reaches(outlying(self.kind))
    }

    /// Index of the current step.
    fn now(&self) -> Option<usize> {
        Some(self.model.requested?.index)
    }

    /// Column of the current step.
    fn current_column(&self) -> Option<usize> {
        self.matrix.column_of(self.now()?)
    }

    fn style(&self, role: Role) -> Style {
        style(self.model, role)
    }

    /// Returns the x of the first cell that shows a column of the matrix.
    fn cell_of(&self, column: usize) -> u16 {
        let plot = self.layout.plot;
        // Round up, because the cells of a heat map round down to find their columns.
        plot.x + (column * usize::from(plot.width)).div_ceil(self.matrix.columns.len().max(1)) as u16
    }

    /// Draws cells with these intensities over the plot.
    fn heat(&self, cells: &[Option<f64>], rows: usize, shades: &[&str], buf: &mut Buffer) {
        let heat = Heat {
            marker: self.current_column(),
            marker_style: self.style(Role::Cursor),
            style: self.style(Role::Bar),
            missing: self.style(Role::Dim),
            shades,
            glyphs: glyphs(self.model),
            ..Heat::new(cells, rows, self.colors)
        };
        (&heat).render(self.layout.plot, buf);
    }
}

/// Draws the heat map.
fn heat(canvas: &Canvas<'_>, buf: &mut Buffer) {
    let cells = canvas.matrix.intensities(canvas.log);
    canvas.heat(&cells, canvas.matrix.rows, shades(glyphs(canvas.model)), buf);
}
