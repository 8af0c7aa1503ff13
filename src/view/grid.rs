//! Grid view: one small chart per series.

use super::{put, put_right, style};
use crate::app::grid::{Cell, cells, shared_axis};
use crate::app::plot::glyphs;
use crate::app::{Model, Thumbnail};
use crate::hist::scale::CountScale;
use crate::hist::{Histogram, Measure, Segment};
use crate::settings::Role;
use crate::text;
use crate::text::Notation;
use crate::widget::{BarStyles, Bars};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let cells = cells(model, area);
    let axis = shared_axis(model, &cells).filter(|_| model.chart.share_axis);
    for cell in &cells {
        draw_cell(model, cell, axis, buf);
    }
}

/// Draws the title, the bars and both ends of the value axis of a series.
fn draw_cell(model: &Model, cell: &Cell, axis: Option<Segment>, buf: &mut Buffer) {
    let area = Rect { width: cell.area.width.saturating_sub(1), ..cell.area };
    let role = if cell.chosen { Role::Cursor } else { Role::Title };
    let steps = model.series(cell.entry).map(|series| &series.steps);
    let step = steps.filter(|steps| steps.len() > 1).and_then(|steps| steps.number(cell.entry.index));
    let step = step.map(|step| format!(" {step}")).unwrap_or_default();
    let x = put_right(buf, area, area.y, &step, style(model, Role::Dim));
    let badge = if model.edited(cell.entry).is_some() { " edited" } else { "" };
    let before = Rect { width: x.saturating_sub(area.x), ..area };
    let x = put_right(buf, before, area.y, badge, style(model, Role::Approximate));
    let name = text::visible(&model.name(cell.entry)).into_owned();
    let room = Rect { width: x.saturating_sub(area.x), ..area };
    let name = text::clip_middle(&name, usize::from(room.width)).into_owned();
    put(buf, room, area.x, area.y, &name, style(model, role));
    if area.height < 3 {
        return;
    }
    let plot = Rect { y: area.y + 1, height: area.height - 2, ..area };
    if let Some(histogram) = model.thumbnail(cell.entry) {
        bars(model, histogram, cell.chosen, axis, plot, buf);
        return;
    }
    match model.thumbnails.get(&cell.entry) {
        Some(Thumbnail::Unavailable) => {
            put(buf, plot, plot.x, plot.y, "cannot be drawn", style(model, Role::Error));
        }
        _ => {
            put(buf, plot, plot.x, plot.y, "…", style(model, Role::Dim));
        }
    }
}

fn bars(model: &Model, histogram: &Histogram, chosen: bool, axis: Option<Segment>, plot: Rect, buf: &mut Buffer) {
    let measure = Measure::Count.effective(histogram);
    let heights = measure.heights(histogram);
    let mut bars = Bars::new(histogram.edges().as_f64(), &heights);
    bars.view = axis.unwrap_or(bars.view);
    bars.x = model.chart.value_scale;
    bars.glyphs = glyphs(model);
    if model.chart.log_counts {
        bars.y = CountScale::log(&heights);
    }
    let bar = style(model, if chosen { Role::Cursor } else { Role::Bar });
    bars.styles = BarStyles { bar, mark: style(model, Role::Approximate), ..BarStyles::default() };
    (&bars).render(plot, buf);
    let ends = Rect { y: plot.bottom(), height: 1, ..plot };
    let step = bars.view.width() / 100.0;
    let values = [bars.view.lo, bars.view.hi].map(|x| (x, step));
    let texts = Notation::format_even(&values);
    let [lo, hi] = texts.as_slice() else { return };
    let x = put_right(buf, ends, ends.y, hi, style(model, Role::Dim));
    if ends.x + (text::width(lo) as u16) < x {
        put(buf, ends, ends.x, ends.y, lo, style(model, Role::Dim));
    }
}
