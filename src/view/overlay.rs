//! What lies over the screen: help, problems, the palette. Prompts and questions are in the last line.

use super::{pane, put, style};
use crate::app::exporting::{ExportKind, title};
use crate::app::overlay::{Offer, Overlay, frame, history_frame, offered};
use crate::app::plot::glyphs;
use crate::app::{Model, help};
use crate::hist::edit::How;
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

/// Draws the topmost overlay; returns the place of the terminal's cursor while something is typed in it.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    if model.overlays.is_empty() && !model.keys.is_empty() {
        sequence(model, area, buf);
    }
    match model.overlays.last()? {
        Overlay::Page { page: shown, top } => {
            let lines = help::lines(*shown, model);
            let second = lines.iter().filter(|(_, rest)| !rest.is_empty()).map(|(first, _)| text::width(first)).max();
            page(model, area, help::title(*shown), &lines, (*top, second.map_or(0, |second| second + 2)), buf);
            None
        }
        Overlay::Palette { offer, input, selected } => {
            let title = match offer {
                Offer::Actions => "what to do",
                Offer::Operand(How::Add) => "add which series?",
                Offer::Operand(How::Subtract) => "subtract which series?",
                Offer::Operand(How::Average) => "average with which series?",
            };
            let found = offered(model, *offer, input.text());
            let inner = window(model, (area, 64, found.len() as u16 + 1), title, buf);
            let (before, after) = input.split();
            let x = put(buf, inner, inner.x, inner.y, &format!(": {before}"), style(model, Role::Text));
            put(buf, inner, x, inner.y, after, style(model, Role::Text));
            let rest = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
            let lines = found.iter().map(|line| (line.keys.as_str(), line.words.as_str()));
            choices(model, rest, lines, (*selected, 12), buf);
            Some((x.min(inner.right().saturating_sub(1)), inner.y))
        }
        Overlay::Export { selected } => {
            let kinds = ExportKind::all(model);
            let inner = window(model, (area, 58, kinds.len() as u16), title(model), buf);
            let lines = kinds.iter().map(|kind| (kind.format.extension(), kind.help()));
            choices(model, inner, lines, (*selected, 6), buf);
            None
        }
        Overlay::History { selected } => {
            let lines = help::history(model);
            let (frame, _) = history_frame(area, &lines, *selected);
            let inner = inside(model, frame, "changes", buf);
            let lines = lines.iter().map(|(sign, name)| (sign.as_str(), name.as_str()));
            choices(model, inner, lines, (*selected, 12), buf);
            None
        }
        Overlay::Prompt(_) | Overlay::Question(_) => None,
    }
}

/// The keys that can follow those of a sequence that has begun: in one column or two, in more where they would not fit.
fn sequence(model: &Model, area: Rect, buf: &mut Buffer) {
    const COLUMN: u16 = 54;
    let found = model.settings.keymap.following(&model.keys);
    let room = (area.width.saturating_sub(4), area.height.saturating_sub(4).max(1));
    let count = found.len() as u16;
    let columns = (room.0 / COLUMN).clamp(1, 2).max(count.div_ceil(room.1)).max(1);
    let (rows, width) = (count.div_ceil(columns), (room.0 / columns).min(COLUMN));
    let typed: Vec<String> = model.keys.iter().map(ToString::to_string).collect();
    let inner = window(model, (area, columns * width, rows), &format!("{} …", typed.join(" ")), buf);
    for (index, (keys, action)) in (0..count).zip(&found) {
        let at =
            Rect { x: inner.x + index / rows * width, width: width.saturating_sub(1), ..inner }.intersection(inner);
        let words = if width < 30 { action.brief() } else { action.help() };
        let x = put(buf, at, at.x, inner.y + index % rows, keys, style(model, Role::Focus));
        put(buf, at, x + 1, inner.y + index % rows, words, style(model, Role::Text));
    }
}

/// Lines to choose from, in two columns, the chosen one in view.
fn choices<'l>(
    model: &Model,
    area: Rect,
    lines: impl Iterator<Item = (&'l str, &'l str)>,
    (selected, second): (usize, u16),
    buf: &mut Buffer,
) {
    let top = (selected + 1).saturating_sub(usize::from(area.height));
    for (y, (index, (first, words))) in (area.y..area.bottom()).zip(lines.enumerate().skip(top)) {
        let chosen = index == selected;
        let sign = glyphs(model).pick("›", ">");
        let role = if chosen { Role::Focus } else { Role::Text };
        put(buf, area, area.x, y, if chosen { sign } else { " " }, style(model, role));
        put(buf, Rect { width: area.width.min(second), ..area }, area.x + 2, y, first, style(model, Role::Dim));
        put(buf, area, area.x + second + 2, y, words, style(model, role));
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
    let inner = window(model, (area, widest.unwrap_or(0) as u16, lines.len() as u16), title, buf);
    let top = top.min(lines.len().saturating_sub(usize::from(inner.height)));
    for (y, (first, rest)) in (inner.y..inner.bottom()).zip(lines.iter().skip(top)) {
        let heading = !first.starts_with(' ') && rest.is_empty() && second > 0;
        let role = if heading { Role::Title } else { Role::Text };
        let x = put(buf, inner, inner.x, y, first, style(model, role));
        let x = (x + 1).max(inner.x + (second as u16).min(inner.width / 2));
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
fn window(model: &Model, (area, width, height): (Rect, u16, u16), title: &str, buf: &mut Buffer) -> Rect {
    inside(model, frame(area, width, height), title, buf)
}

/// Clears a frame and draws its border; returns the room in it.
fn inside(model: &Model, frame: Rect, title: &str, buf: &mut Buffer) -> Rect {
    Clear.render(frame, buf);
    let inner = pane(model, frame, true, title, true, buf);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}
