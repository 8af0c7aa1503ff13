//! Draws the model. Drawing never changes the model and never fails.

mod branch;
mod changes;
mod chart;
mod compare;
mod findings;
mod footer;
mod grid;
mod header;
mod lines;
mod list;
mod message;
mod over_steps;
mod overlay;
mod plain;
mod run_maps;
mod series_table;
mod statistics;
mod table;

pub use crate::app::help::{Binding, bindings};
pub use plain::plain_chart;

use crate::app::regions::{SMALLEST, regions};
use crate::app::{Focus, Model, View};
use crate::settings::Role;
use crate::text;
use crate::widget::Glyphs;
use crate::widget::glyphs::ascii_replacement;
use ratatui::Frame;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::border;
use ratatui::widgets::{Block, Borders, Clear, Widget};

/// Draws the screen, and places the terminal's cursor if text is being typed.
pub fn draw(model: &Model, frame: &mut Frame) {
    let area = frame.area();
    let cursor = render(model, area, frame.buffer_mut());
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the screen into a buffer. Returns the position of the terminal's cursor if text is being typed.
pub fn render(model: &Model, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let cursor = compose(model, area, buf);
    if model.settings.glyphs == Glyphs::Ascii {
        replace_non_ascii(area, buf);
    }
    cursor
}

/// Replaces all characters that are not ASCII, including those in text from files. Unknown ones become `?`.
fn replace_non_ascii(area: Rect, buf: &mut Buffer) {
    for position in area.positions() {
        let Some(cell) = buf.cell_mut(position) else { continue };
        if !cell.symbol().is_ascii() {
            cell.set_char(ascii_replacement(cell.symbol()).unwrap_or('?'));
        }
    }
}

/// Draws the screen. Texts may contain characters that are not ASCII.
fn compose(model: &Model, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let Some(regions) = regions(model) else {
        let words = format!("rebin needs {} × {}", SMALLEST.0, SMALLEST.1);
        put(buf, area, area.x, area.y, &words, Style::new());
        return None;
    };
    header::draw(model, regions.header, buf);
    if let Some(pane) = regions.series {
        list::draw(model, pane, &regions, buf);
    }
    match &model.contents {
        _ if model.series_table.is_open => series_table::draw(model, &regions, buf),
        Some(contents) => branch::draw(model, contents, &regions, buf),
        None => chart::draw(model, &regions, buf),
    }
    if let Some(pane) = regions.statistics {
        statistics::draw(model, pane, &regions, buf);
    }
    statistics::draw_summary(model, regions.summary, buf);
    if let Some(area) = regions.heatmap {
        let title = over_steps::pane_title(model);
        let inner = pane(model, area, regions.bordered, &title, false, buf);
        over_steps::draw(model, View::Heatmap, inner, buf);
    }
    changes::draw(model, &regions, buf);
    footer::sliders(model, &regions, buf);
    let cursor = footer::draw(model, regions.footer, buf);
    overlay::draw(model, area, buf).or(cursor)
}

/// Returns the chart on the screen as plain text, for the clipboard.
pub fn chart_text(model: &Model) -> String {
    let Some(regions) = regions(model) else { return String::new() };
    let area = Rect { height: regions.chart.height + regions.info.height, ..regions.chart };
    let mut buf = Buffer::empty(Rect::new(0, 0, model.size.width, model.size.height));
    chart::draw(model, &regions, &mut buf);
    if model.chart.view.over_steps() && model.step_count() > 1 {
        Clear.render(regions.chart, &mut buf);
        over_steps::draw_in_shades(model, model.chart.view, regions.chart, &mut buf);
    }
    let row = |y: u16| {
        let line: String = (area.x..area.right()).filter_map(|x| buf.cell((x, y))).map(Cell::symbol).collect();
        line.trim_end().to_owned()
    };
    // A shell that receives the text would interpret control characters.
    let title = text::visible(&header::title(model)).into_owned();
    std::iter::once(title).chain((area.y..area.bottom()).map(row)).collect::<Vec<_>>().join("\n")
}

/// Returns the style of a role.
fn style(model: &Model, role: Role) -> Style {
    model.settings.theme.style(role)
}

/// Writes text, which may come from a file: escapes control characters and clips it at the right side of the area.
///
/// Returns the column after the text.
fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, words: &str, style: Style) -> u16 {
    if x >= area.right() || y >= area.bottom() || y < area.y {
        return x;
    }
    let clean = text::visible(words);
    let clipped = text::clip(&clean, usize::from(area.right() - x));
    buf.set_stringn(x, y, &clipped, usize::from(area.right() - x), style).0
}

/// Writes text at the right side of an area. Returns the column of its first cell.
fn put_right(buf: &mut Buffer, area: Rect, y: u16, words: &str, style: Style) -> u16 {
    let clean = text::visible(words);
    let width = text::width(&clean).min(usize::from(area.width)) as u16;
    let x = area.right() - width;
    put(buf, area, x, y, &clean, style);
    x
}

/// Draws the border and the title of a pane, unless the screen is too small for borders. Returns the inner area.
fn pane(model: &Model, area: Rect, boxed: bool, title: &str, focused: bool, buf: &mut Buffer) -> Rect {
    if !boxed {
        return area;
    }
    let ascii = model.settings.glyphs == Glyphs::Ascii;
    let set = if ascii { ASCII } else { border::PLAIN };
    let role = if focused { Role::Focus } else { Role::Border };
    let block = Block::new().borders(Borders::ALL).border_set(set).border_style(style(model, role));
    let inner = block.inner(area);
    block.render(area, buf);
    if !title.is_empty() && area.width > 4 {
        let room = Rect { x: area.x + 2, width: area.width - 4, height: 1, ..area };
        let clean = text::visible(title);
        let clipped = text::clip(&clean, usize::from(room.width.saturating_sub(2)));
        put(buf, room, room.x, room.y, &format!(" {clipped} "), style(model, Role::Title));
    }
    inner
}

/// Borders in ASCII.
const ASCII: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Returns true if a pane has the focus and another pane could have it.
fn focused(model: &Model, focus: Focus, has_choice: bool) -> bool {
    has_choice && model.focus == focus && model.overlays.is_empty()
}

#[cfg(test)]
mod tests;
