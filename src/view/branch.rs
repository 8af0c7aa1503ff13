//! The main pane while a branch of the list is selected: what the branch contains.

use super::{pane, put, put_right, style};
use crate::app::contents::Contents;
use crate::app::regions::Regions;
use crate::app::{Focus, Model};
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

pub(super) fn draw(model: &Model, contents: &Contents, regions: &Regions, buf: &mut Buffer) {
    let focused = super::focused(model, Focus::Chart, true);
    let inner = pane(model, regions.main, regions.bordered, &contents.title, focused, buf);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let column = contents.facts.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0) as u16 + 2;
    let mut y = inner.y;
    for (name, value) in contents.facts.iter().take(usize::from(inner.height)) {
        put(buf, inner, inner.x, y, name, style(model, Role::Dim));
        let room = usize::from(inner.width.saturating_sub(column));
        put(buf, inner, inner.x + column, y, &text::clip_middle(&text::visible(value), room), style(model, Role::Text));
        y += 1;
    }
    let list = Rect { y: y + 1, height: inner.bottom().saturating_sub(y + 1), ..inner };
    let rows = usize::from(list.height);
    // The last line counts the names that do not fit.
    let shown = if contents.names.len() > rows { rows.saturating_sub(1) } else { contents.names.len() };
    let notes = contents.names.iter().map(|(_, note)| text::width(note)).max().unwrap_or(0) + 1;
    let names: Vec<&str> = contents.names.iter().map(|(name, _)| name.as_str()).collect();
    let names = text::shorten(&names, usize::from(list.width).saturating_sub(notes));
    for (y, (name, (_, note))) in (list.y..list.bottom()).zip(names.iter().zip(&contents.names).take(shown)) {
        let line = Rect { y, height: 1, ..list };
        let x = put_right(buf, line, y, &format!(" {note}"), style(model, Role::Dim));
        let room = Rect { width: x - line.x, ..line };
        put(buf, room, line.x, y, name, style(model, Role::Text));
    }
    if shown < contents.names.len() && list.height > 0 {
        let more = format!("and {} more", contents.names.len() - shown);
        put(buf, list, list.x, list.bottom() - 1, &more, style(model, Role::Dim));
    }
}
