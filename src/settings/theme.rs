//! A dozen roles instead of a colour per widget, resolved for what the terminal can show.

use super::file::{self, Mistakes, Placed};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// `NO_COLOR`, or a terminal that knows none.
    None,
    Ansi16,
    Ansi256,
    True,
}

/// What a piece of the screen means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Text,
    Dim,
    Title,
    Border,
    Focus,
    Bar,
    Cursor,
    Selection,
    Reference,
    Exact,
    Approximate,
    Error,
}

impl Role {
    const ALL: [(Self, &'static str); 12] = [
        (Self::Text, "text"),
        (Self::Dim, "dim"),
        (Self::Title, "title"),
        (Self::Border, "border"),
        (Self::Focus, "focus"),
        (Self::Bar, "bar"),
        (Self::Cursor, "cursor"),
        (Self::Selection, "selection"),
        (Self::Reference, "reference"),
        (Self::Exact, "exact"),
        (Self::Approximate, "approximate"),
        (Self::Error, "error"),
    ];
}

/// A role as a settings file writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Entry {
    Color(String),
    Number(u8),
    Table(Table),
}

/// The long form of a role.
#[expect(clippy::struct_excessive_bools, reason = "the keys of a settings file, each on or off")]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Table {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    reverse: bool,
    underline: bool,
}

/// Styles of all roles, ready for the terminal.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
    depth: Depth,
}

impl Theme {
    /// No colours yet; without colours, what matters is told apart by bold, underline and reverse.
    pub(super) fn new(depth: Depth) -> Self {
        let mut theme = Self { styles: [Style::new(); Role::ALL.len()], depth };
        if depth == Depth::None {
            theme.styles[Role::Cursor as usize] = Style::new().add_modifier(Modifier::REVERSED);
            theme.styles[Role::Selection as usize] = Style::new().add_modifier(Modifier::UNDERLINED);
            for role in [Role::Title, Role::Focus, Role::Error] {
                theme.styles[role as usize] = Style::new().add_modifier(Modifier::BOLD);
            }
        }
        theme
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// How many colours it was made for.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    pub(super) fn set(&mut self, entries: &file::Table<Entry>, depth: Depth, mistakes: &mut Mistakes<'_>) {
        for (name, Placed { at, value: entry }) in entries {
            let Some((role, _)) = Role::ALL.iter().find(|(_, known)| known == name) else {
                mistakes.add(*at, format!("theme: '{name}' is not a role"));
                continue;
            };
            match style(entry) {
                Ok(style) if depth != Depth::None => self.styles[*role as usize] = reduce(style, depth),
                Ok(_) => {}
                Err(error) => mistakes.add(*at, format!("theme: {name}: {error}")),
            }
        }
    }
}

fn style(entry: &Entry) -> Result<Style, String> {
    let table = match entry {
        Entry::Number(n) => return Ok(Style::new().fg(Color::Indexed(*n))),
        Entry::Color(name) => return Ok(paint(Style::new(), color(name)?, Style::fg)),
        Entry::Table(table) => table,
    };
    let mut style = Style::new();
    if let Some(name) = &table.fg {
        style = paint(style, color(name)?, Style::fg);
    }
    if let Some(name) = &table.bg {
        style = paint(style, color(name)?, Style::bg);
    }
    let flags = [
        (table.bold, Modifier::BOLD),
        (table.dim, Modifier::DIM),
        (table.reverse, Modifier::REVERSED),
        (table.underline, Modifier::UNDERLINED),
    ];
    Ok(flags.iter().filter(|(set, _)| *set).fold(style, |style, (_, modifier)| style.add_modifier(*modifier)))
}

/// Sets a colour unless it is the terminal's default.
fn paint(style: Style, color: Option<Color>, set: impl Fn(Style, Color) -> Style) -> Style {
    color.map_or(style, |color| set(style, color))
}

/// A colour by name; `None` is the terminal's default.
fn color(name: &str) -> Result<Option<Color>, String> {
    if name == "default" {
        return Ok(None);
    }
    let parsed = name.replace("bright-black", "dark-gray").replace("bright-", "light-").parse::<Color>();
    parsed.map(Some).map_err(|_| format!("'{name}' is not a colour"))
}

fn reduce(style: Style, depth: Depth) -> Style {
    let map = |color: Option<Color>| color.map(|color| reduce_color(color, depth));
    Style { fg: map(style.fg), bg: map(style.bg), ..style }
}

/// The nearest colour that the terminal has.
fn reduce_color(color: Color, depth: Depth) -> Color {
    match (color, depth) {
        (Color::Rgb(r, g, b), Depth::Ansi256) => Color::Indexed(nearest_256(r, g, b)),
        (Color::Rgb(r, g, b), Depth::Ansi16) => nearest_16(r, g, b),
        (Color::Indexed(n), Depth::Ansi16) if n >= 16 => {
            let (r, g, b) = rgb_of_256(n);
            nearest_16(r, g, b)
        }
        _ => color,
    }
}

/// Levels of the 6×6×6 colour cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn rgb_of_256(n: u8) -> (u8, u8, u8) {
    if n >= 232 {
        let grey = 8 + (n - 232) * 10;
        return (grey, grey, grey);
    }
    let n = n.saturating_sub(16);
    (CUBE[usize::from(n / 36)], CUBE[usize::from(n / 6 % 6)], CUBE[usize::from(n % 6)])
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> i32 {
    let square = |a: u8, b: u8| (i32::from(a) - i32::from(b)).pow(2);
    square(a.0, b.0) + square(a.1, b.1) + square(a.2, b.2)
}

fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    (16..=255).min_by_key(|n| distance(rgb_of_256(*n), (r, g, b))).unwrap_or(7)
}

fn nearest_16(r: u8, g: u8, b: u8) -> Color {
    // Hue decides, not distance: pastel colours would otherwise all become grey.
    let (low, high) = (r.min(g).min(b), r.max(g).max(b));
    if high - low < 32 {
        return if high > 192 {
            Color::White
        } else if high > 64 {
            Color::DarkGray
        } else {
            Color::Black
        };
    }
    let middle = low + (high - low) / 2;
    match (r > middle, g > middle, b > middle) {
        (true, true, false) => Color::Yellow,
        (true, false, true) => Color::Magenta,
        (false, true, true) => Color::Cyan,
        (true, false, false) => Color::Red,
        (false, true, false) => Color::Green,
        _ => Color::Blue,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_down_the_ladder() {
        let bar = Color::Rgb(0x5f, 0xaf, 0xd7);
        assert_eq!(reduce_color(bar, Depth::True), bar);
        assert_eq!(reduce_color(bar, Depth::Ansi256), Color::Indexed(74));
        assert_eq!(reduce_color(bar, Depth::Ansi16), Color::Cyan);
        assert_eq!(reduce_color(Color::Rgb(0xff, 0xaf, 0), Depth::Ansi16), Color::Yellow);
        assert_eq!(reduce_color(Color::Rgb(0x87, 0xd7, 0x87), Depth::Ansi16), Color::Green);
    }

    #[test]
    fn without_colours_the_cursor_is_still_seen() {
        let theme = Theme::new(Depth::None);
        assert_eq!(theme.style(Role::Cursor), Style::new().add_modifier(Modifier::REVERSED));
    }
}
