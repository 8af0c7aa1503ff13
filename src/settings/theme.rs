//! Theme: a style for each of a dozen roles, reduced to the colors that the terminal supports.

use super::file::{Located, Mistakes, Section};
use crate::widget::ramp::{Palette, Rgb, rgb_of_xterm};
use crate::widget::{Ground, HeatColors};
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

/// Color depth of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// No colors: `NO_COLOR` is set, or the terminal does not support any.
    None,
    Ansi16,
    Ansi256,
    /// 24-bit colors.
    True,
}

/// Purpose of a part of the screen, which decides its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Text,
    /// Labels and other secondary text.
    Dim,
    Title,
    /// Borders and axes.
    Border,
    /// The pane, list row or prompt that has the focus.
    Focus,
    Bar,
    /// The bin, step or row under the cursor.
    Cursor,
    /// Selected bins.
    Selection,
    /// Outline of the histogram before an edit.
    Reference,
    /// Badges of counts that are certain.
    Exact,
    /// Badges of counts that are estimates, and unsaved changes.
    Approximate,
    /// Errors, problems and non-finite values.
    Error,
}

impl Role {
    /// All roles with their names in the settings file, in the order of declaration.
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

/// Style of a role as written in a settings file.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum StyleSetting {
    Color(String),
    Number(u8),
    /// Colors of a ramp. Precedes the table, which would accept a list, too.
    Ramp(Vec<String>),
    Table(StyleTable),
}

/// Long form of a style.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the settings file")]
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StyleTable {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    reverse: bool,
    underline: bool,
}

/// Colors of runs: those of Okabe and Ito that are bright enough on both dark and light ground. They differ for color-blind
/// people, too.
const RUNS: [Color; 7] = [
    Color::Rgb(0x56, 0xb4, 0xe9),
    Color::Rgb(0xe6, 0x9f, 0x00),
    Color::Rgb(0x00, 0x9e, 0x73),
    Color::Rgb(0xcc, 0x79, 0xa7),
    Color::Rgb(0xd5, 0x5e, 0x00),
    Color::Rgb(0x00, 0x72, 0xb2),
    Color::Rgb(0xc8, 0xb9, 0x32),
];

/// Colors of runs on terminals with 16 colors.
const RUNS_16: [Color; 7] =
    [Color::Cyan, Color::Yellow, Color::Green, Color::Magenta, Color::Red, Color::Blue, Color::Gray];

/// Colors of marks: those of runs, without the one that resembles the bars, and the one of the cursor last.
const MARKS: [usize; 6] = [4, 3, 2, 6, 5, 1];

/// Styles of all roles, reduced to the color depth of the terminal.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: [Style; Role::ALL.len()],
    depth: Depth,
    ground: Ground,
    /// The user's colors of heat maps, from small to large.
    ramp: Option<Vec<Rgb>>,
    heat: HeatColors,
}

/// Name of the colors of heat maps in the settings file.
const HEAT: &str = "heat";

impl Theme {
    /// Creates a theme without colors. With [`Depth::None`], bold, underline and reverse mark the important roles.
    pub(super) fn new(depth: Depth) -> Self {
        let styles = [Style::new(); Role::ALL.len()];
        let mut theme = Self { styles, depth, ground: Ground::default(), ramp: None, heat: HeatColors::default() };
        theme.set_ground(Ground::default());
        if depth == Depth::None {
            theme.styles[Role::Cursor as usize] = Style::new().add_modifier(Modifier::REVERSED);
            theme.styles[Role::Selection as usize] = Style::new().add_modifier(Modifier::UNDERLINED);
            for role in [Role::Title, Role::Focus, Role::Error] {
                theme.styles[role as usize] = Style::new().add_modifier(Modifier::BOLD);
            }
        }
        theme
    }

    /// Returns the style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Returns the style of a run, by its position among the open sources. Colors repeat after seven runs.
    pub fn run(&self, index: usize) -> Style {
        let at = index % RUNS.len();
        match self.depth {
            Depth::None => Style::new(),
            Depth::Ansi16 => Style::new().fg(RUNS_16[at]),
            depth => Style::new().fg(reduce_color(RUNS[at], depth)),
        }
    }

    /// Returns the style of a mark, by its slot. Colors repeat after six marks.
    pub fn mark(&self, slot: usize) -> Style {
        self.run(MARKS[slot % MARKS.len()])
    }

    /// Returns the color depth that the styles were reduced to.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Returns the colors of heat maps; none if the terminal has no colors.
    pub fn heat(&self) -> &HeatColors {
        &self.heat
    }

    /// Chooses the colors of heat maps for a background.
    pub(super) fn set_ground(&mut self, ground: Ground) {
        self.ground = ground;
        let palette = match self.depth {
            Depth::None => return,
            Depth::Ansi16 => Palette::Named,
            Depth::Ansi256 => Palette::Xterm,
            Depth::True => Palette::True,
        };
        self.heat = HeatColors::new(palette, ground, self.ramp.as_deref());
    }

    /// Sets the styles of the named roles. Without colors, only checks them.
    pub(super) fn set(&mut self, settings: &Section<StyleSetting>, depth: Depth, mistakes: &mut Mistakes<'_>) {
        for (name, Located { at, value: setting }) in settings {
            if name == HEAT {
                match parse_ramp(setting) {
                    Ok(ramp) => self.ramp = ramp,
                    Err(error) => mistakes.add(*at, format!("theme.{HEAT}: {error}")),
                }
                self.set_ground(self.ground);
                continue;
            }
            let Some((role, _)) = Role::ALL.iter().find(|(_, known)| known == name) else {
                mistakes.add(*at, format!("theme: unknown role '{name}'"));
                continue;
            };
            match parse_style(setting) {
                Ok(style) if depth != Depth::None => self.styles[*role as usize] = reduce(style, depth),
                Ok(_) => {}
                Err(error) => mistakes.add(*at, format!("theme.{name}: {error}")),
            }
        }
    }
}

fn parse_style(setting: &StyleSetting) -> Result<Style, String> {
    let table = match setting {
        StyleSetting::Number(n) => return Ok(Style::new().fg(Color::Indexed(*n))),
        StyleSetting::Color(name) => return Ok(set_color(Style::new(), parse_color(name)?, Style::fg)),
        StyleSetting::Table(table) => table,
        StyleSetting::Ramp(_) => return Err("expected a color, not a list".into()),
    };
    let mut style = Style::new();
    if let Some(name) = &table.fg {
        style = set_color(style, parse_color(name)?, Style::fg);
    }
    if let Some(name) = &table.bg {
        style = set_color(style, parse_color(name)?, Style::bg);
    }
    let flags = [
        (table.bold, Modifier::BOLD),
        (table.dim, Modifier::DIM),
        (table.reverse, Modifier::REVERSED),
        (table.underline, Modifier::UNDERLINED),
    ];
    Ok(flags.iter().filter(|(set, _)| *set).fold(style, |style, (_, modifier)| style.add_modifier(*modifier)))
}

/// Parses the colors of a ramp. An empty list, `None`, chooses the built-in colors.
fn parse_ramp(setting: &StyleSetting) -> Result<Option<Vec<Rgb>>, String> {
    let StyleSetting::Ramp(names) = setting else {
        return Err("expected a list of colors such as [\"#1b3763\", \"#e6f3ff\"]".into());
    };
    let rgb = |name: &String| match parse_color(name)? {
        Some(Color::Rgb(r, g, b)) => Ok(u32::from_be_bytes([0, r, g, b])),
        _ => Err(format!("'{name}' is not a color such as \"#1b3763\"")),
    };
    let colors = names.iter().map(rgb).collect::<Result<Vec<Rgb>, String>>()?;
    match colors.len() {
        0 => Ok(None),
        1 => Err("expected at least two colors".into()),
        _ => Ok(Some(colors)),
    }
}

/// Sets a color unless it is the terminal's default.
fn set_color(style: Style, color: Option<Color>, set: impl Fn(Style, Color) -> Style) -> Style {
    color.map_or(style, |color| set(style, color))
}

/// Parses a color. `None` is the terminal's default.
fn parse_color(name: &str) -> Result<Option<Color>, String> {
    if name == "default" {
        return Ok(None);
    }
    let parsed = name.replace("bright-black", "dark-gray").replace("bright-", "light-").parse::<Color>();
    parsed.map(Some).map_err(|_| format!("'{name}' is not a color"))
}

fn reduce(style: Style, depth: Depth) -> Style {
    let map = |color: Option<Color>| color.map(|color| reduce_color(color, depth));
    Style { fg: map(style.fg), bg: map(style.bg), ..style }
}

/// Returns the nearest color that the terminal supports.
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

/// Red, green and blue of an indexed color from 16 on.
fn rgb_of_256(n: u8) -> (u8, u8, u8) {
    let [_, r, g, b] = rgb_of_xterm(n).to_be_bytes();
    (r, g, b)
}

fn distance(a: (u8, u8, u8), b: (u8, u8, u8)) -> i32 {
    let square = |a: u8, b: u8| (i32::from(a) - i32::from(b)).pow(2);
    square(a.0, b.0) + square(a.1, b.1) + square(a.2, b.2)
}

fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    (16..=255).min_by_key(|n| distance(rgb_of_256(*n), (r, g, b))).unwrap_or(7)
}

fn nearest_16(r: u8, g: u8, b: u8) -> Color {
    // Compare hues: by distance, all pastel colors would become gray.
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
    fn colors_are_reduced_to_the_depth() {
        let bar = Color::Rgb(0x5f, 0xaf, 0xd7);
        assert_eq!(reduce_color(bar, Depth::True), bar);
        assert_eq!(reduce_color(bar, Depth::Ansi256), Color::Indexed(74));
        assert_eq!(reduce_color(bar, Depth::Ansi16), Color::Cyan);
        assert_eq!(reduce_color(Color::Rgb(0xff, 0xaf, 0), Depth::Ansi16), Color::Yellow);
        assert_eq!(reduce_color(Color::Rgb(0x87, 0xd7, 0x87), Depth::Ansi16), Color::Green);
    }

    #[test]
    fn runs_have_distinct_colors_at_every_depth() {
        for depth in [Depth::Ansi16, Depth::Ansi256, Depth::True] {
            let theme = Theme { depth, ..Theme::new(Depth::None) };
            let colors: std::collections::HashSet<_> = (0..RUNS.len()).map(|run| theme.run(run).fg).collect();
            assert_eq!(colors.len(), RUNS.len(), "{depth:?}");
        }
        assert_eq!(Theme::new(Depth::None).run(3), Style::new());
    }

    #[test]
    fn the_cursor_is_visible_without_colors() {
        let theme = Theme::new(Depth::None);
        assert_eq!(theme.style(Role::Cursor), Style::new().add_modifier(Modifier::REVERSED));
    }
}
