//! Panels side by side: one small chart per series.

use super::{put, put_right, style};
use crate::app::grid::{Panel, grid, shared_axis, titles};
use crate::app::plot::{glyphs, measure};
use crate::app::{Model, Thumbnail};
use crate::hist::scale::{CountScale, fit};
use crate::hist::{Histogram, Segment};
use crate::settings::Role;
use crate::text::{self, Notation};
use crate::widget::axis::{ValueLabels, factor, value_ticks};
use crate::widget::{BarStyles, Bars};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Widget;

/// Free cells between two panels.
const GAP: u16 = 2;

pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let panels = grid(model, area).panels;
    let axis = shared_axis(model, &panels).filter(|_| model.chart.share_axis);
    let steps: Vec<String> = panels.iter().map(|panel| step(model, panel)).collect();
    // All titles are as long as the shortest room, so that they are shortened alike.
    let longest = steps.iter().map(|step| text::width(step)).max().unwrap_or(0);
    let width = panels.first().map_or(0, |panel| usize::from(panel.area.width));
    let titles = titles(&panels, width.saturating_sub(usize::from(GAP) + 2 + longest).max(4));
    for ((panel, title), step) in panels.iter().zip(titles).zip(steps) {
        draw_panel(model, panel, (&title, &step), axis, buf);
    }
}

/// Returns the step of a panel, with a space before it; empty for a series without steps.
fn step(model: &Model, panel: &Panel) -> String {
    let steps = model.series(panel.entry).map(|series| &series.steps);
    let number = steps.filter(|steps| steps.len() > 1).and_then(|steps| steps.number(panel.entry.index));
    number.map(|number| format!(" {number}")).unwrap_or_default()
}

/// Returns the style of the bars of a panel: the color of its run, if there are several.
fn bar_style(model: &Model, panel: &Panel) -> Style {
    if model.sources.len() > 1 { model.settings.theme.run(panel.entry.source) } else { style(model, Role::Bar) }
}

/// Draws the title, the bars and the value axis of a series.
fn draw_panel(model: &Model, panel: &Panel, (title, step): (&str, &str), axis: Option<Segment>, buf: &mut Buffer) {
    let area = Rect { width: panel.area.width.saturating_sub(GAP), ..panel.area };
    let role = if panel.is_earlier { Role::Approximate } else { Role::Dim };
    let x = put_right(buf, area, area.y, step, style(model, role));
    let badge = if model.edited(panel.entry).is_some() { " edited" } else { "" };
    let before = Rect { width: x.saturating_sub(area.x), ..area };
    let x = put_right(buf, before, area.y, badge, style(model, Role::Approximate));
    let room = Rect { width: x.saturating_sub(area.x), ..area };
    let several_runs = model.sources.len() > 1;
    // The title of the chosen panel is reversed, because the color of the cursor is also that of a run.
    let (sign, look) = match panel.chosen {
        true if several_runs => {
            (glyphs(model).pick("› ", "> "), bar_style(model, panel).add_modifier(Modifier::REVERSED))
        }
        true => (glyphs(model).pick("› ", "> "), style(model, Role::Cursor)),
        false if several_runs => ("", bar_style(model, panel)),
        false => ("", style(model, Role::Title)),
    };
    let x = put(buf, room, area.x, area.y, sign, look);
    put(buf, room, x, area.y, title, look);
    if area.height < 3 {
        return;
    }
    let plot = Rect { y: area.y + 1, height: area.height - 2, ..area };
    if let Some(histogram) = model.thumbnail(panel.entry) {
        bars(model, histogram, bar_style(model, panel), axis, plot, buf);
        return;
    }
    match model.thumbnails.get(&panel.entry) {
        Some(Thumbnail::Unavailable) => {
            put(buf, plot, plot.x, plot.y, "cannot be drawn", style(model, Role::Error));
        }
        _ => {
            put(buf, plot, plot.x, plot.y, "…", style(model, Role::Dim));
        }
    }
}

fn bars(model: &Model, histogram: &Histogram, bar: Style, axis: Option<Segment>, plot: Rect, buf: &mut Buffer) {
    let heights = measure(model).effective_on(histogram, model.chart.value_scale).heights(histogram);
    let mut bars = Bars::new(histogram.edges().as_f64(), &heights);
    bars.view = axis.or_else(|| fit(histogram)).unwrap_or(bars.view);
    bars.x = model.chart.value_scale;
    bars.glyphs = glyphs(model);
    if model.chart.log_counts {
        bars.y = CountScale::log(&heights);
    }
    bars.styles = BarStyles { bar, mark: style(model, Role::Approximate), ..BarStyles::default() };
    (&bars).render(plot, buf);
    let row = Rect { y: plot.bottom(), height: 1, ..plot };
    let ValueLabels { placed, power, .. } = value_ticks(&bars, &bars.columns(plot.width), row, plot);
    // A single number shows no scale; then both ends do.
    if placed.len() < 2 {
        ends(model, bars.view, row, buf);
        return;
    }
    for (placed, label) in &placed {
        put(buf, row, row.x + placed.start as u16, row.y, label, style(model, Role::Dim));
    }
    if let Some(power) = power.filter(|_| !placed.is_empty()) {
        put_right(buf, row, row.y, &factor(power, bars.glyphs), style(model, Role::Dim));
    }
}

/// Draws both ends of the value axis.
fn ends(model: &Model, view: Segment, row: Rect, buf: &mut Buffer) {
    let step = (view.hi / 2.0 - view.lo / 2.0) / 10.0;
    let texts = Notation::format_even(&[view.lo, view.hi].map(|x| (x, step)));
    let [lo, hi] = texts.as_slice() else { return };
    let x = put_right(buf, row, row.y, hi, style(model, Role::Dim));
    if row.x + (text::width(lo) as u16) < x {
        put(buf, row, row.x, row.y, lo, style(model, Role::Dim));
    }
}
