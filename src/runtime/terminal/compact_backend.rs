//! A ratatui backend that writes few bytes per frame, for slow connections.
//!
//! Bars and their outlines share rows, so writing row by row would change colors at nearly every cell. This backend sets
//! each style once and moves the cursor down the side of a shape with short sequences. Not here: which cells changed
//! (ratatui compares buffers).

use crossterm::cursor::{MoveLeft, MoveRight, MoveTo};
use crossterm::queue;
use crossterm::style::{Attribute, ContentStyle, Print, SetAttribute, SetStyle};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, IntoCrossterm, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier, Style};
use std::io::{self, Write};

/// Moves one row down. In raw mode the column stays the same.
const DOWN: &[u8] = b"\n";
/// Moves one cell to the left.
const BACK: &[u8] = b"\x08";
/// Number of [`BACK`]s up to which they are shorter than a cursor sequence.
const MAX_BACKS: u16 = 4;

/// Position and symbol of a cell.
type Symbol<'a> = (Position, &'a str);

/// ratatui's crossterm backend, except that it writes cells style by style.
#[derive(Debug)]
pub struct CompactBackend<W: Write>(CrosstermBackend<W>);

impl<W: Write> CompactBackend<W> {
    /// Writes to `writer`. Does not change the mode of any terminal.
    pub fn new(writer: W) -> Self {
        Self(CrosstermBackend::new(writer))
    }

    /// Moves the cursor. `from` is its position, if known.
    fn move_cursor(&mut self, from: Option<Position>, to: Position) -> io::Result<()> {
        let Some(at) = from.filter(|at| (at.y..=at.y + 1).contains(&to.y)) else {
            return queue!(self.0, MoveTo(to.x, to.y));
        };
        if at.y < to.y {
            self.0.write_all(DOWN)?;
        }
        match to.x.abs_diff(at.x) {
            0 => Ok(()),
            right if at.x < to.x => queue!(self.0, MoveRight(right)),
            left @ ..=MAX_BACKS => (0..left).try_for_each(|_| self.0.write_all(BACK)),
            left => queue!(self.0, MoveLeft(left)),
        }
    }
}

impl<W: Write> Backend for CompactBackend<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let mut groups: Vec<(Style, Vec<Symbol>)> = Vec::new();
        let (mut last, mut right) = (0, 0);
        for (x, y, cell) in content {
            let (style, symbol) = (cell.style(), (Position { x, y }, cell.symbol()));
            right = right.max(x);
            let group = match groups.get(last) {
                Some((other, _)) if symbol.1 == " " && is_same_blank(style, *other) => Some(last),
                _ => groups.iter().position(|(other, _)| *other == style),
            };
            last = group.unwrap_or(groups.len());
            match groups.get_mut(last) {
                Some((_, symbols)) => symbols.push(symbol),
                None => groups.push((style, vec![symbol])),
            }
        }
        let mut cursor = None;
        for (style, symbols) in groups {
            queue!(self.0, SetAttribute(Attribute::Reset), SetStyle(without_reset_colors(style)))?;
            for (at, symbol) in by_distance(&symbols) {
                self.move_cursor(cursor, at)?;
                queue!(self.0, Print(symbol))?;
                // Terminals disagree about how far other symbols move the cursor,
                let narrow = symbol.is_ascii() || symbol.chars().all(|c| ('\u{2500}'..='\u{28ff}').contains(&c));
                // and about its position after the last column.
                let known = narrow && symbol.chars().count() == 1 && at.x < right;
                cursor = known.then_some(Position { x: at.x + 1, y: at.y });
            }
        }
        queue!(self.0, SetAttribute(Attribute::Reset))
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.0.clear()
    }

    fn clear_region(&mut self, region: ClearType) -> io::Result<()> {
        self.0.clear_region(region)
    }

    fn size(&self) -> io::Result<Size> {
        self.0.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.0.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.0)
    }
}

/// Reorders symbols so that cursor moves are short: a run of adjacent symbols is followed by the nearest run in the same
/// row or the row below. The input must be in row order.
fn by_distance<'a>(symbols: &[Symbol<'a>]) -> Vec<Symbol<'a>> {
    let mut runs: Vec<&[Symbol]> = symbols.chunk_by(|(a, _), (b, _)| (a.x + 1, a.y) == (b.x, b.y)).collect();
    let mut ordered = Vec::with_capacity(symbols.len());
    let mut next = 0;
    while !runs.is_empty() {
        let run = runs.remove(next);
        ordered.extend_from_slice(run);
        let Some((end, _)) = run.last() else { break };
        let start = |run: &[Symbol]| run.first().map_or(*end, |(at, _)| *at);
        let first = runs.partition_point(|run| start(run).y < end.y);
        let near = runs.iter().map(|run| start(run)).enumerate().skip(first).take_while(|(_, at)| at.y <= end.y + 1);
        next = near.min_by_key(|(_, at)| at.x.abs_diff(end.x + 1)).map_or(0, |(i, _)| i);
    }
    ordered
}

/// Returns true if a blank looks the same in both styles. The foreground color of a blank is invisible.
fn is_same_blank(a: Style, b: Style) -> bool {
    let lined = Modifier::REVERSED | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
    a.bg == b.bg && !(a.add_modifier | b.add_modifier).intersects(lined)
}

/// Removes the colors that the preceding reset has already set.
fn without_reset_colors(style: Style) -> ContentStyle {
    let set = |color: Option<Color>| color.filter(|color| *color != Color::Reset);
    Style { fg: set(style.fg), bg: set(style.bg), underline_color: None, ..style }.into_crossterm()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    /// Draws lines and returns the bytes, with `^` for escape characters.
    fn bytes(lines: &[(&str, u16, u16, Style)]) -> String {
        let empty = Buffer::empty(Rect::new(0, 0, 40, 4));
        let mut full = empty.clone();
        for (text, x, y, style) in lines {
            full.set_string(*x, *y, text, *style);
        }
        let mut bytes = Vec::new();
        CompactBackend::new(&mut bytes).draw(empty.diff(&full).into_iter()).unwrap();
        String::from_utf8(bytes).unwrap().replace('\u{1b}', "^")
    }

    #[test]
    fn each_style_is_set_once_and_cursor_moves_are_short() {
        let (red, blue) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue).bold());
        let lines = [
            ("██", 0, 0, red),
            ("▁", 2, 0, blue),
            ("█", 9, 0, red),
            ("▂", 2, 1, blue),
            ("x", 4, 1, red),
            ("█", 9, 1, red),
            ("█", 9, 2, red),
            ("│", 8, 3, blue),
            ("│", 30, 3, red),
        ];
        assert_eq!(
            bytes(&lines),
            "^[0m^[38;5;1m^[1;1H██\n^[2Cx^[4C█\n\u{8}█\n^[20C│^[1;10H█^[0m^[38;5;4m^[1m^[8D▁\n\u{8}▂^[4;9H│^[0m",
        );
    }

    #[test]
    fn a_blank_joins_the_previous_style_if_it_looks_the_same() {
        let (red, lined) = (Style::new().fg(Color::Red), Style::new().underlined());
        let mut old = Buffer::empty(Rect::new(0, 0, 4, 1));
        let mut new = old.clone();
        old.set_string(0, 0, "████", red);
        new.set_string(0, 0, "▁  ", red);
        new.set_string(1, 0, " ", Style::new());
        new.set_string(2, 0, " ", lined);
        let mut bytes = Vec::new();
        CompactBackend::new(&mut bytes).draw(old.diff(&new).into_iter()).unwrap();
        let text = String::from_utf8(bytes).unwrap().replace('\u{1b}', "^");
        assert_eq!(text, "^[0m^[38;5;1m^[1;1H▁ ^[0m^[38;5;1m^[4m ^[0m ^[0m");
    }

    #[test]
    fn after_a_symbol_of_uncertain_width_the_position_is_absolute() {
        assert_eq!(bytes(&[("é漢é", 0, 0, Style::new())]), "^[0m^[1;1Hé^[1;2H漢^[1;4Hé^[0m");
    }

    proptest! {
        #[test]
        fn a_terminal_shows_the_drawn_cells(
            frames in prop::collection::vec(prop::collection::vec((0..12_u16, 0..6_u16, 0..5_usize, 0..3_u8), 0..60), 2)
        ) {
            let area = Rect::new(0, 0, 12, 6);
            let mut terminal = vt100::Parser::new(6.try_into().unwrap(), 12.try_into().unwrap(), 0);
            let mut old = Buffer::empty(area);
            for cells in frames {
                let mut new = Buffer::empty(area);
                for (x, y, symbol, color) in cells {
                    let symbol = ["█", "▂", " ", "é", "x"][symbol];
                    new.set_string(x, y, symbol, Style::new().fg(Color::Indexed(color)));
                }
                let mut bytes = Vec::new();
                CompactBackend::new(&mut bytes).draw(old.diff(&new).into_iter()).unwrap();
                terminal.process(&bytes);
                for (x, y) in (0..area.width).flat_map(|x| (0..area.height).map(move |y| (x, y))) {
                    let shown = terminal.screen().cell(y, x).unwrap();
                    let drawn = &new[(x, y)];
                    let text = if shown.contents().is_empty() { " " } else { shown.contents() };
                    prop_assert_eq!(text, drawn.symbol());
                    let color = match drawn.fg { Color::Indexed(i) => vt100::Color::Idx(i), _ => vt100::Color::Default };
                    prop_assert!(text == " " || shown.fgcolor() == color);
                }
                old = new;
            }
        }
    }
}
