//! One heat map for each run.

use super::{put, put_right, style};
use crate::app::Model;
use crate::app::plot::glyphs;
use crate::hist::Normalization;
use crate::hist::scale::{lay_out, whole_label, whole_ticks};
use crate::settings::Role;
use crate::text::{self, Notation, format_digits};
use crate::widget::Heat;
use crate::widget::heat::shades;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

/// Draws the maps, their step axis and the legend.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let maps = &model.comparison.maps;
    let current = model.current.as_ref().map(|current| current.entry.series_id());
    let colors = model.settings.theme.heat();
    let first = maps.panels.iter().find_map(|panel| panel.matrix.as_ref());
    let log = first.is_some_and(|matrix| model.chart.time.colors.is_log(matrix));
    for panel in &maps.panels {
        let name = model.label(panel.id.source).to_string();
        let mut look = model.settings.theme.run(panel.id.source);
        let mut x = panel.area.x;
        if Some(panel.id) == current {
            look = look.add_modifier(Modifier::REVERSED);
            x = put(buf, panel.area, x, panel.area.y, glyphs(model).pick("› ", "> "), style(model, Role::Focus));
        }
        put(buf, panel.area, x, panel.area.y, &name, look);
        let (Some(plot), Some(matrix)) = (panel.plot, &panel.matrix) else {
            let words = maps.errors.get(&panel.id).map_or("reading all steps …", String::as_str);
            put(buf, panel.area, panel.area.x + 2, panel.area.y + 1, words, style(model, Role::Dim));
            continue;
        };
        let cells = matrix.intensities(log);
        let heat = Heat {
            marker: panel.marker,
            marker_style: style(model, Role::Cursor),
            style: style(model, Role::Bar),
            missing: style(model, Role::Dim),
            shades: shades(glyphs(model)),
            glyphs: glyphs(model),
            ..Heat::new(&cells, matrix.rows, colors)
        };
        (&heat).render(plot, buf);
        ends(model, panel.area, plot, buf);
    }
    steps(model, area, buf);
    legend(model, area, log, buf);
}

/// Draws both ends of the value axis at the left of a map.
fn ends(model: &Model, area: Rect, plot: Rect, buf: &mut Buffer) {
    let Some(view) = model.comparison.maps.view else { return };
    let step = (view.hi / 2.0 - view.lo / 2.0) / 50.0;
    let labels = Notation::format_even(&[(view.lo, step), (view.hi, step)]);
    let gutter = Rect { width: gutter(model).saturating_sub(1), ..area };
    let rows = [plot.bottom().saturating_sub(1), plot.y];
    for (label, y) in labels.iter().zip(rows).skip(usize::from(plot.height < 2)) {
        if text::width(label) <= usize::from(gutter.width) {
            put_right(buf, gutter, y, label, style(model, Role::Dim));
        }
    }
}

/// Width of the value labels.
fn gutter(model: &Model) -> u16 {
    let plots = model.comparison.maps.panels.iter().filter_map(|panel| Some((panel.area, panel.plot?)));
    plots.map(|(area, plot)| plot.x - area.x).min().unwrap_or(0)
}

/// Draws the step axis, which all maps share.
fn steps(model: &Model, area: Rect, buf: &mut Buffer) {
    let Some((first, last)) = model.comparison.maps.steps else { return };
    let gutter = gutter(model);
    let row = Rect { y: area.bottom().saturating_sub(2), height: 1, ..area };
    let width = f64::from(area.width - gutter);
    let ticks = whole_ticks(first, last, (usize::from(area.width) / 12).max(2));
    let place = |at: i64| {
        let cell = (at - first) as f64 / ((last - first) as f64).max(1.0) * width;
        usize::from(gutter) + (cell as usize).min(usize::from(area.width - gutter).saturating_sub(1))
    };
    let labels: Vec<String> = ticks.iter().map(|at| whole_label(*at)).collect();
    let marks: Vec<(usize, usize)> =
        ticks.iter().zip(&labels).map(|(at, label)| (place(*at), text::width(label))).collect();
    for placed in lay_out(&marks, usize::from(area.width), 2) {
        if let Some(label) = labels.get(placed.tick) {
            put(buf, row, row.x + placed.start as u16, row.y, label, style(model, Role::Dim));
        }
    }
}

/// Draws the color scale, which all maps share.
fn legend(model: &Model, area: Rect, log: bool, buf: &mut Buffer) {
    let maps = &model.comparison.maps;
    let row = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    let Some(matrix) = maps.panels.iter().find_map(|panel| panel.matrix.as_ref()) else { return };
    let (unit, name) = match model.chart.normalization {
        Normalization::Step => (100.0, "% of a step"),
        Normalization::Counts => (1.0, "per cell"),
    };
    let colors = model.settings.theme.heat();
    let symbols = shades(glyphs(model));
    let mut x = put(buf, row, row.x, row.y, "0 ", style(model, Role::Dim));
    for cell in 1..=8_u8 {
        let intensity = f64::from(cell) / 8.0;
        let (symbol, look) = if colors.is_empty() {
            let level = (intensity * 4.0).ceil() as usize;
            (symbols.get(level).copied().unwrap_or("#"), style(model, Role::Bar))
        } else {
            (symbols.last().copied().unwrap_or("#"), Style::new().fg(colors.plain.at(intensity)))
        };
        x = put(buf, row, x, row.y, symbol, look);
    }
    let log = if log { ", log" } else { "" };
    let words = format!(" {} {name}{log}", format_digits(matrix.max * unit, 3));
    x = put(buf, row, x, row.y, &words, style(model, Role::Dim));
    let shown = maps.panels.len();
    if maps.total > shown {
        let rest = Rect { x: x + 2, width: row.right().saturating_sub(x + 2), ..row };
        put_right(buf, rest, row.y, &format!("{shown} of {} runs", maps.total), style(model, Role::Dim));
    }
}
