//! What lies over the screen: help, problems, the palette. Prompts and questions are in the last line.

use super::{pane, put, style};
use crate::app::exporting::Kind;
use crate::app::overlay::{Overlay, palette};
use crate::app::plot::glyphs;
use crate::app::{Model, help};
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

/// Draws the topmost overlay; returns the place of the terminal's cursor while something is typed in it.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    match model.overlays.last()? {
        Overlay::Page { page: shown, top } => {
            let lines = help::lines(*shown, model);
            let second = lines.iter().filter(|(_, rest)| !rest.is_empty()).map(|(first, _)| text::width(first)).max();
            page(model, area, help::title(*shown), &lines, (*top, second.map_or(0, |second| second + 2)), buf);
            None
        }
        Overlay::Palette { input, selected } => {
            let found = palette(input.text());
            let inner = window(model, area, 64, found.len() as u16 + 1, "what to do", buf);
            let (before, after) = input.split();
            let x = put(buf, inner, inner.x, inner.y, &format!(": {before}"), style(model, Role::Text));
            put(buf, inner, x, inner.y, after, style(model, Role::Text));
            let rows = usize::from(inner.height.saturating_sub(1));
            let top = (selected + 1).saturating_sub(rows);
            for (y, (index, action)) in (inner.y + 1..inner.bottom()).zip(found.iter().enumerate().skip(top)) {
                let role = if index == *selected { Role::Focus } else { Role::Text };
                sign(model, inner, y, index == *selected, buf);
                let keys = model.settings.keymap.shown(*action).join(" ");
                put(buf, inner, inner.x + 2, y, &keys, style(model, Role::Dim));
                put(buf, inner, inner.x + 14, y, action.help(), style(model, role));
            }
            Some((x.min(inner.right().saturating_sub(1)), inner.y))
        }
        Overlay::Export { selected } => {
            let kinds = Kind::all(model);
            let inner = window(model, area, 58, kinds.len() as u16, "export as", buf);
            let top = (selected + 1).saturating_sub(usize::from(inner.height));
            for (y, (index, kind)) in (inner.y..inner.bottom()).zip(kinds.iter().enumerate().skip(top)) {
                let role = if index == *selected { Role::Focus } else { Role::Text };
                sign(model, inner, y, index == *selected, buf);
                put(buf, inner, inner.x + 2, y, kind.format.extension(), style(model, role));
                put(buf, inner, inner.x + 8, y, kind.help(), style(model, role));
            }
            None
        }
        Overlay::Prompt(_) | Overlay::Question(_) => None,
    }
}

/// Points at the row that is chosen.
fn sign(model: &Model, area: Rect, y: u16, chosen: bool, buf: &mut Buffer) {
    if chosen {
        put(buf, area, area.x, y, glyphs(model).pick("›", ">"), style(model, Role::Focus));
    }
}

/// Lines in a window: a first column, the second beginning at a column of its own.
fn page(
    model: &Model,
    area: Rect,
    title: &str,
    lines: &[(String, String)],
    (top, second): (usize, usize),
    buf: &mut Buffer,
) {
    let widest = lines.iter().map(|(a, b)| if b.is_empty() { text::width(a) } else { second + text::width(b) }).max();
    let inner = window(model, area, widest.unwrap_or(0) as u16, lines.len() as u16, title, buf);
    let top = top.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (y, (first, rest)) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        let heading = !first.starts_with(' ') && rest.is_empty() && second > 0;
        let role = if heading { Role::Title } else { Role::Text };
        let x = put(buf, inner, inner.x, y, first, style(model, role));
        let x = x.max(inner.x + (second as u16).min(inner.width / 2)) + u16::from(x > inner.x + second as u16);
        put(buf, inner, x, y, rest, style(model, Role::Dim));
    }
    if top + usize::from(inner.height) < lines.len() || top > 0 {
        let more =
            format!(" {}–{} of {}, ↑/↓ ", top + 1, (top + usize::from(inner.height)).min(lines.len()), lines.len());
        let more = if model.settings.glyphs == crate::settings::Glyphs::Ascii { " up/down " } else { &more };
        let frame = Rect { x: inner.x, y: inner.bottom(), width: inner.width, height: 1 };
        super::put_right(buf, frame, inner.bottom(), more, style(model, Role::Dim));
    }
}

/// An empty window in the middle of the screen with room for so much, or as much of it as there is.
fn window(model: &Model, area: Rect, width: u16, height: u16, title: &str, buf: &mut Buffer) -> Rect {
    let width = width.saturating_add(4).max(24).min(area.width);
    let height = height.saturating_add(2).min(area.height.saturating_sub(2)).max(3);
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width,
        height: height.min(area.height),
    };
    Clear.render(frame, buf);
    let inner = pane(model, frame, true, title, true, buf);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}
