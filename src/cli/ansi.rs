//! Conversion of a buffer to text, plain or with escape sequences for its styles.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// Returns the rows without trailing blanks, each followed by a line feed.
pub(super) fn text(buf: &Buffer, colored: bool) -> String {
    let width = usize::from(buf.area.width).max(1);
    buf.content.chunks(width).fold(String::new(), |out, row| out + &line(row, colored) + "\n")
}

fn line(row: &[Cell], colored: bool) -> String {
    // A wide character also covers the next cell, whose own content is not drawn.
    let mut covered = 0;
    let mut cells: Vec<&Cell> = Vec::new();
    for cell in row {
        if covered == 0 {
            cells.push(cell);
        }
        covered = covered.max(crate::text::width(cell.symbol())).saturating_sub(1);
    }
    let end = cells.iter().rposition(|cell| cell.symbol() != " ").map_or(0, |last| last + 1);
    let mut out = String::new();
    let mut current = String::new();
    for cell in &cells[..end] {
        // The style of a blank is invisible.
        if colored && cell.symbol() != " " {
            let style = sgr(cell);
            if style != current {
                let _ = write!(out, "\x1b[0{style}m");
                current = style;
            }
        }
        out.push_str(cell.symbol());
    }
    if !current.is_empty() {
        out.push_str("\x1b[0m");
    }
    out
}

/// SGR parameters of a cell's style, for use after a reset.
fn sgr(cell: &Cell) -> String {
    let modifiers =
        [(Modifier::BOLD, ";1"), (Modifier::DIM, ";2"), (Modifier::UNDERLINED, ";4"), (Modifier::REVERSED, ";7")];
    let set = modifiers.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier));
    let mut style: String = set.map(|(_, code)| *code).collect();
    style += &color(cell.fg, 30);
    style += &color(cell.bg, 40);
    style
}

/// SGR parameters of a color. `base` is 30 for the foreground, 40 for the background.
fn color(color: Color, base: u8) -> String {
    let plain = |n: u8| format!(";{}", base + n);
    let bright = |n: u8| format!(";{}", base + 60 + n);
    match color {
        Color::Reset => String::new(),
        Color::Black => plain(0),
        Color::Red => plain(1),
        Color::Green => plain(2),
        Color::Yellow => plain(3),
        Color::Blue => plain(4),
        Color::Magenta => plain(5),
        Color::Cyan => plain(6),
        Color::Gray => plain(7),
        Color::DarkGray => bright(0),
        Color::LightRed => bright(1),
        Color::LightGreen => bright(2),
        Color::LightYellow => bright(3),
        Color::LightBlue => bright(4),
        Color::LightMagenta => bright(5),
        Color::LightCyan => bright(6),
        Color::White => bright(7),
        Color::Indexed(n) => format!(";{};5;{n}", base + 8),
        Color::Rgb(r, g, b) => format!(";{};2;{r};{g};{b}", base + 8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn styles_are_written_when_they_change() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 2));
        buf.set_string(0, 0, "ab", Style::new().fg(Color::Red));
        buf.set_string(3, 0, "c", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        buf.set_string(0, 1, "重み", Style::new());
        assert_eq!(text(&buf, false), "ab c\n重み\n");
        assert_eq!(text(&buf, true), "\x1b[0;31mab \x1b[0;1;31mc\x1b[0m\n重み\n");
    }
}
