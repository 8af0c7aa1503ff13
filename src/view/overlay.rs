//! Windows on top of the screen: help, problems, palette, export formats, edit history.
//!
//! Not here: prompts and questions, which are in the last line (`view::footer`).

use super::{findings, pane, put, put_right, style};
use crate::action::Action;
use crate::app::exporting::{ExportKind, title};
use crate::app::help_search::{HelpLine, help_entries, help_lines};
use crate::app::input::Input;
use crate::app::menu::{Menu, menu};
use crate::app::overlay::Overlay;
use crate::app::palette::{PaletteKind, palette_items};
use crate::app::plot::glyphs;
use crate::app::regions::{history_frame, window_frame};
use crate::app::values::ValueList;
use crate::app::{Model, advice, help};
use crate::hist::edit::Combination;
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::{Clear, Widget};

/// Draws the topmost overlay. Returns the position of the terminal's cursor if text is being typed in it.
pub(super) fn draw(model: &Model, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    if let Some(menu) = menu(model) {
        sequence(model, &menu, area, buf);
    }
    match model.overlays.last()? {
        Overlay::Page { page: shown, top } => {
            let lines = help::lines(*shown, model);
            let second = lines.iter().filter(|(_, rest)| !rest.is_empty()).map(|(first, _)| text::width(first)).max();
            let second = second.map_or(0, |second| second + 2);
            page(model, area, &PageContent { title: help::title(*shown), lines: &lines, top: *top, second }, buf);
            None
        }
        Overlay::Palette { kind, input, selected } => {
            let title = match kind {
                PaletteKind::Commands => "commands",
                PaletteKind::Operand(Combination::Add) => "add which series?",
                PaletteKind::Operand(Combination::Subtract) => "subtract which series?",
                PaletteKind::Operand(Combination::Average) => "average with which series?",
            };
            let found = palette_items(model, *kind, input.text());
            let inner = window(model, window_frame(area, 64, found.len().max(1) as u16 + 1), title, buf);
            let (before, after) = input.split();
            let x = put(buf, inner, inner.x, inner.y, &format!(": {before}"), style(model, Role::Text));
            put(buf, inner, x, inner.y, after, style(model, Role::Text));
            let rest = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
            let lines = found.iter().map(|line| (line.keys.as_str(), line.text.as_str()));
            choices(model, rest, lines, *selected, 12, buf);
            if found.is_empty() {
                let what = if *kind == PaletteKind::Commands { "no command matches" } else { "no series matches" };
                put(buf, rest, rest.x, rest.y, what, style(model, Role::Dim));
            }
            let top = (selected + 1).saturating_sub(usize::from(rest.height));
            for (y, line) in (rest.y..rest.bottom()).zip(found.iter().skip(top)) {
                let needed = text::width(&line.text) + text::width(&line.example) + 16;
                if needed <= usize::from(rest.width) {
                    put_right(buf, rest, y, &line.example, style(model, Role::Dim));
                }
            }
            Some((x.min(inner.right().saturating_sub(1)), inner.y))
        }
        Overlay::Help { input, selected } => Some(help_window(model, input, *selected, area, buf)),
        Overlay::Export { selected } => {
            let kinds = ExportKind::all(model);
            let inner = window(model, window_frame(area, 58, kinds.len() as u16), title(model), buf);
            let lines = kinds.iter().map(|kind| (kind.format.name(), kind.help(model)));
            choices(model, inner, lines, *selected, 6, buf);
            None
        }
        Overlay::History { selected } => {
            let lines = help::history(model);
            let (frame, _) = history_frame(area, &lines, *selected);
            let inner = window(model, frame, "edit history", buf);
            let lines = lines.iter().map(|(sign, name)| (sign.as_str(), name.as_str()));
            choices(model, inner, lines, *selected, 12, buf);
            None
        }
        Overlay::Findings { selected, waiting, .. } => {
            findings::draw(model, findings::Shown { selected: *selected, waiting: *waiting }, area, buf);
            None
        }
        Overlay::Adviser { selected } => {
            adviser(model, *selected, area, buf);
            None
        }
        Overlay::Values(list) => {
            values(model, list, area, buf);
            None
        }
        Overlay::Prompt(_) | Overlay::Question(_) => None,
    }
}

/// Draws the menu of keys that can continue the typed sequence: short names, and the description of the selected entry.
fn sequence(model: &Model, menu: &Menu, area: Rect, buf: &mut Buffer) {
    let typed: Vec<String> = model.pending_keys.iter().map(ToString::to_string).collect();
    let selected = model.menu_selected.min(menu.entries.len().saturating_sub(1));
    let description = menu.entry(selected).filter(|_| menu.described).map(Action::help);
    // The width of the window does not depend on the selection.
    let widest = menu.entries.iter().map(|(_, action)| text::width(action.help())).max().unwrap_or(0) as u16;
    let width = (menu.columns * menu.width).max(if menu.described { widest } else { 0 });
    let height = menu.rows + if menu.described { 2 } else { 0 };
    let inner = window(model, window_frame(area, width, height), &format!("{} …", typed.join(" ")), buf);
    for (index, (keys, action)) in (0..).zip(&menu.entries) {
        let column = inner.x + index / menu.rows * menu.width;
        let y = inner.y + index % menu.rows;
        let at = Rect { x: column, width: menu.width.saturating_sub(1), ..inner }.intersection(inner);
        let chosen = usize::from(index) == selected;
        let role = if chosen { Role::Focus } else { Role::Text };
        let mut name = style(model, role);
        if chosen {
            name = name.add_modifier(Modifier::REVERSED);
        }
        let x = put(buf, at, at.x, y, keys, style(model, Role::Focus));
        put(buf, at, x + 1, y, action.brief(), name);
    }
    if let Some(words) = description {
        put(buf, inner, inner.x, inner.y + menu.rows + 1, words, style(model, Role::Dim));
    }
}

/// Draws the help: the typed words, and below them the lines that contain them. Returns the position of the cursor.
fn help_window(model: &Model, input: &Input, selected: usize, area: Rect, buf: &mut Buffer) -> (u16, u16) {
    let lines = help_lines(model, input.text());
    // The size of the window does not depend on the typed words.
    let all = help_lines(model, "");
    let keys = help_entries(&all).map(|(_, entry)| text::width(&entry.keys)).max().unwrap_or(0);
    let keys = keys.min(usize::from(area.width) / 3);
    let widest = help_entries(&all).map(|(_, entry)| text::width(entry.help)).max().unwrap_or(0) + keys + 4;
    let inner = window(model, window_frame(area, widest as u16, all.len() as u16 + 1), "help", buf);
    let (before, after) = input.split();
    let x = put(buf, inner, inner.x, inner.y, &format!("/ {before}"), style(model, Role::Text));
    let end = put(buf, inner, x, inner.y, after, style(model, Role::Text));
    if input.text().is_empty() {
        put(buf, inner, end + 1, inner.y, "type to search", style(model, Role::Dim));
    }
    let rest = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    if lines.is_empty() {
        put(buf, rest, rest.x, rest.y, "no key matches", style(model, Role::Dim));
    }
    let entry = help_entries(&lines).nth(selected);
    let (at, runs) = entry.map_or((0, false), |(at, entry)| (at, entry.action.is_some()));
    let top = (at + 1).saturating_sub(usize::from(rest.height));
    for (y, (index, line)) in (rest.y..rest.bottom()).zip(lines.iter().enumerate().skip(top)) {
        match line {
            HelpLine::Heading(title) => _ = put(buf, rest, rest.x, y, title, style(model, Role::Title)),
            HelpLine::Entry(entry) => {
                let chosen = index == at;
                let sign = if chosen { glyphs(model).pick("›", ">") } else { " " };
                let (left, right) = if chosen { (Role::Focus, Role::Focus) } else { (Role::Text, Role::Dim) };
                put(buf, rest, rest.x, y, sign, style(model, Role::Focus));
                let column = Rect { width: (keys as u16 + 2).min(rest.width), ..rest };
                put(buf, column, rest.x + 2, y, &entry.keys, style(model, left));
                put(buf, rest, rest.x + keys as u16 + 3, y, entry.help, style(model, right));
            }
        }
    }
    let count = help_entries(&lines).count();
    let enter = if runs { ", Enter runs it" } else { "" };
    let words = format!(" {} of {count}{enter}, Esc closes ", (selected + 1).min(count));
    let border = Rect { x: inner.x, y: inner.bottom(), width: inner.width, height: 1 };
    put_right(buf, border, inner.bottom(), &words, style(model, Role::Dim));
    (x.min(inner.right().saturating_sub(1)), inner.y)
}

/// Draws a list to choose from, in two columns, scrolled to the selected line. `second` is the width of the first column.
fn choices<'l>(
    model: &Model,
    area: Rect,
    lines: impl Iterator<Item = (&'l str, &'l str)>,
    selected: usize,
    second: u16,
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

/// Draws what each rule would choose.
fn adviser(model: &Model, selected: usize, area: Rect, buf: &mut Buffer) {
    let lines = advice::choices(model);
    let widest = lines.iter().map(|(_, _, words)| text::width(words)).max().unwrap_or(0) as u16 + 12;
    let warning = advice::warning(model).map(|warning| format!(" · {}", warning.what)).unwrap_or_default();
    let title = format!("bins{warning}");
    let inner = window(model, window_frame(area, widest.max(40), lines.len() as u16), &title, buf);
    let lines = lines.iter().map(|(_, name, words)| (name.as_str(), words.as_str()));
    choices(model, inner, lines, selected, 10, buf);
    let border = Rect { x: inner.x, y: inner.bottom(), width: inner.width, height: 1 };
    put_right(buf, border, inner.bottom(), " Enter applies, Esc closes ", style(model, Role::Dim));
}

/// Draws the values of a bin with their places.
fn values(model: &Model, list: &ValueList, area: Rect, buf: &mut Buffer) {
    let value = list.lines.iter().map(|(value, _)| text::width(value)).max().unwrap_or(0) as u16;
    let place = list.lines.iter().map(|(_, place)| text::width(place)).max().unwrap_or(0) as u16;
    let title = list.title();
    let width = (value + place + 4).max(text::width(&title) as u16 + 2).max(52);
    let inner = window(model, window_frame(area, width, list.lines.len() as u16), &title, buf);
    let column = Rect { width: value.min(inner.width), ..inner };
    for (y, (value, place)) in (inner.y..inner.bottom()).zip(list.lines.iter().skip(list.top)) {
        put_right(buf, column, y, value, style(model, Role::Text));
        put(buf, inner, column.right() + 2, y, place, style(model, Role::Dim));
    }
    let border = Rect { x: inner.x, y: inner.bottom(), width: inner.width, height: 1 };
    let words = format!(" {} ", list.position(usize::from(inner.height)));
    put_right(buf, border, inner.bottom(), &words, style(model, Role::Dim));
}

/// Content of a window with text in two columns.
struct PageContent<'a> {
    title: &'a str,
    lines: &'a [(String, String)],
    /// First line on the screen.
    top: usize,
    /// Cell where the second column starts.
    second: usize,
}

/// Draws a page, and its position if it is longer than the window.
fn page(model: &Model, area: Rect, page: &PageContent<'_>, buf: &mut Buffer) {
    let PageContent { title, lines, top, second } = *page;
    let widest = lines.iter().map(|(a, b)| if b.is_empty() { text::width(a) } else { second + text::width(b) }).max();
    let widest = widest.unwrap_or(0).max(text::width(title) + 2);
    let inner = window(model, window_frame(area, widest as u16, lines.len() as u16), title, buf);
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
        let border = Rect { x: inner.x, y: inner.bottom(), width: inner.width, height: 1 };
        put_right(buf, border, inner.bottom(), &more, style(model, Role::Dim));
    }
}

/// Clears a frame and draws its border. Returns the inner area.
pub(super) fn window(model: &Model, frame: Rect, title: &str, buf: &mut Buffer) -> Rect {
    Clear.render(frame, buf);
    let inner = pane(model, frame, true, title, true, buf);
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}
