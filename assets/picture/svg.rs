//! A terminal's screen as SVG. Every cell sits exactly on a grid; blocks, lines and dots are shapes, so that no font
//! decides how a chart looks. Other characters are text in whatever monospace font the reader has.

use std::collections::BTreeMap;
use std::fmt::Write;
use vt100::{Cell, Color, Screen};

/// A cell in pixels: eighths in both directions are whole numbers.
const WIDTH: usize = 8;
const HEIGHT: usize = 16;
/// Around the screen.
const MARGIN: usize = 12;

/// What the sixteen named colours look like, and those of an unstyled cell.
#[derive(Debug)]
pub(crate) struct Palette {
    pub(crate) foreground: u32,
    pub(crate) background: u32,
    pub(crate) named: [u32; 16],
}

/// On a dark ground.
pub(crate) const DARK: Palette = Palette {
    foreground: 0xd6_d9e0,
    background: 0x14_161b,
    named: [
        0x14_161b, 0xe0_6c75, 0x98_c379, 0xe5_c07b, 0x61_afef, 0xc6_78dd, 0x56_b6c2, 0xab_b2bf, //
        0x5c_6370, 0xef_8a91, 0xb0_d695, 0xf2_d39b, 0x86_c5f5, 0xd7_9ae8, 0x7f_cdd6, 0xf2_f4f8,
    ],
};

/// On a light ground.
pub(crate) const LIGHT: Palette = Palette {
    foreground: 0x2b_303b,
    background: 0xfa_fafa,
    named: [
        0x2b_303b, 0xb8_2f38, 0x3f_7d22, 0x96_6a00, 0x1f_62b8, 0x8a_2fa8, 0x0b_7285, 0x8a_919c, //
        0x5c_6370, 0xd1_4550, 0x55_9a34, 0xb3_8211, 0x3a_7fd6, 0xa5_4cc4, 0x17_8fa5, 0xfa_fafa,
    ],
};

/// The parts of a picture: filled shapes and strokes by colour, and text in reading order.
#[derive(Debug, Default)]
struct Layers {
    grounds: BTreeMap<u32, String>,
    shapes: BTreeMap<u32, String>,
    strokes: BTreeMap<u32, String>,
    text: String,
}

/// Draws the screen.
pub(crate) fn draw(screen: &Screen, palette: &Palette, title: &str) -> String {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let mut layers = Layers::default();
    for row in 0..rows {
        let mut word = Word::default();
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
            let (x, y) = (usize::from(column) * WIDTH, usize::from(row) * HEIGHT);
            let look = Look::of(cell, palette);
            let cells = if cell.is_wide() { 2 } else { 1 };
            if look.background != palette.background {
                rect(layers.grounds.entry(look.background).or_default(), [x, y, cells * WIDTH, HEIGHT]);
            }
            let text = cell.contents();
            let drawn = text.chars().next().is_some_and(|c| shape(&mut layers, c, look, x, y));
            let plain = !drawn && text.len() == 1 && text != " ";
            if !plain || word.look != Some(look) {
                word.flush(&mut layers.text);
            }
            if plain {
                word.push(text, look, x, y);
            } else if !drawn && !text.trim().is_empty() {
                // A glyph from who knows which font: centred on its cell.
                let middle = x + cells * WIDTH / 2;
                let attributes = format!(r#"x="{middle}" text-anchor="middle""#);
                look.write(&mut layers.text, &attributes, y, text);
            }
        }
        word.flush(&mut layers.text);
    }
    if !screen.hide_cursor() {
        let (row, column) = screen.cursor_position();
        let frame = layers.strokes.entry(palette.foreground).or_default();
        let (x, y) = (usize::from(column) * WIDTH, usize::from(row) * HEIGHT);
        write(frame, format_args!("M{x}.5 {y}.5h{}v{}h-{}z", WIDTH - 1, HEIGHT - 1, WIDTH - 1));
    }
    page(&layers, palette, title, [usize::from(columns) * WIDTH, usize::from(rows) * HEIGHT])
}

fn page(layers: &Layers, palette: &Palette, title: &str, [width, height]: [usize; 2]) -> String {
    let (w, h) = (width + 2 * MARGIN, height + 2 * MARGIN);
    let mut out = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img">
<title>{}</title>
<rect width="{w}" height="{h}" rx="6" fill="#{:06x}"/>
<g transform="translate({MARGIN} {MARGIN})" shape-rendering="crispEdges">
"##,
        escape(title),
        palette.background
    );
    for (colour, path) in layers.grounds.iter().chain(&layers.shapes) {
        write(&mut out, format_args!("<path fill=\"#{colour:06x}\" d=\"{path}\"/>\n"));
    }
    for (colour, path) in &layers.strokes {
        write(&mut out, format_args!("<path fill=\"none\" stroke=\"#{colour:06x}\" d=\"{path}\"/>\n"));
    }
    write(
        &mut out,
        format_args!(
            "</g>\n<g transform=\"translate({MARGIN} {MARGIN})\" font-size=\"13.3\" xml:space=\"preserve\" \
             font-family=\"'JetBrains Mono','DejaVu Sans Mono',ui-monospace,Menlo,Consolas,monospace\">\n{}</g>\n</svg>\n",
            layers.text
        ),
    );
    out
}

/// How a cell's text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    foreground: u32,
    background: u32,
    bold: bool,
    italic: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &Cell, palette: &Palette) -> Self {
        let mut foreground = colour(cell.fgcolor(), palette, palette.foreground);
        let mut background = colour(cell.bgcolor(), palette, palette.background);
        if cell.inverse() {
            std::mem::swap(&mut foreground, &mut background);
        }
        if cell.dim() {
            foreground = mix(foreground, background, 45);
        }
        Self { foreground, background, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
    }

    fn write(self, out: &mut String, attributes: &str, y: usize, text: &str) {
        let mut style = String::new();
        for (on, attribute) in [
            (self.bold, " font-weight=\"bold\""),
            (self.italic, " font-style=\"italic\""),
            (self.underline, " text-decoration=\"underline\""),
        ] {
            style.push_str(if on { attribute } else { "" });
        }
        let (y, fill, text) = (y + 12, self.foreground, escape(text));
        write(out, format_args!("<text {attributes} y=\"{y}\" fill=\"#{fill:06x}\"{style}>{text}</text>\n"));
    }
}

/// A run of ASCII characters of one look, set as one text of a fixed length.
#[derive(Debug, Default)]
struct Word {
    look: Option<Look>,
    text: String,
    x: usize,
    y: usize,
}

impl Word {
    fn push(&mut self, text: &str, look: Look, x: usize, y: usize) {
        if self.text.is_empty() {
            (self.look, self.x, self.y) = (Some(look), x, y);
        }
        self.text.push_str(text);
    }

    fn flush(&mut self, out: &mut String) {
        if let Some(look) = self.look.take() {
            let attributes = format!(r#"x="{}" textLength="{}""#, self.x, self.text.len() * WIDTH);
            look.write(out, &attributes, self.y, &self.text);
            self.text.clear();
        }
    }
}

/// Draws a block, a line or a Braille pattern; false when the character is none of these.
fn shape(layers: &mut Layers, c: char, look: Look, x: usize, y: usize) -> bool {
    let (half, middle) = (WIDTH / 2, HEIGHT / 2);
    let code = c as usize;
    let out = layers.shapes.entry(look.foreground).or_default();
    match c {
        '▀' => rect(out, [x, y, WIDTH, middle]),
        '▁'..='█' => rect(out, [x, y + HEIGHT - (code - 0x2580) * 2, WIDTH, (code - 0x2580) * 2]),
        '▉'..='▏' => rect(out, [x, y, 0x2590 - code, HEIGHT]),
        '▐' => rect(out, [x + half, y, half, HEIGHT]),
        '▔' => rect(out, [x, y, WIDTH, 2]),
        '▕' => rect(out, [x + WIDTH - 1, y, 1, HEIGHT]),
        '░' | '▒' | '▓' => {
            let paper = [75, 50, 25][code - 0x2591];
            let shade = mix(look.foreground, look.background, paper);
            rect(layers.shapes.entry(shade).or_default(), [x, y, WIDTH, HEIGHT]);
        }
        '▖'..='▟' => {
            // Upper left, upper right, lower left, lower right, from bit 0.
            let quarters = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14][code - 0x2596];
            for bit in (0..4).filter(|bit| quarters >> bit & 1 == 1) {
                rect(out, [x + bit % 2 * half, y + bit / 2 * middle, half, middle]);
            }
        }
        '⠀'..='⣿' => {
            const DOTS: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
            for (_, (dx, dy)) in DOTS.iter().enumerate().filter(|(bit, _)| code >> bit & 1 == 1) {
                rect(out, [x + 1 + dx * 4, y + 1 + dy * 4, 2, 2]);
            }
        }
        '╭' | '╮' | '╯' | '╰' => {
            let side = if matches!(c, '╭' | '╰') { x + WIDTH } else { x };
            let end = if matches!(c, '╭' | '╮') { y + HEIGHT } else { y };
            let (cx, cy) = (x + half, y + middle);
            let path = layers.strokes.entry(look.foreground).or_default();
            write(path, format_args!("M{cx}.5 {end}Q{cx}.5 {cy}.5 {side} {cy}.5"));
        }
        _ => {
            let Some((lines, arms)) = ARMS.iter().find(|(lines, _)| lines.contains(c)) else { return false };
            // Thin lines are one pixel from the centre on, heavy ones two around it.
            let thick = if lines.starts_with(c) { 1 } else { 2 };
            let (cx, cy) = (x + half, y + middle);
            let (top, left) = (cy + 1 - thick, cx + 1 - thick);
            let sides = [
                [x, top, half + 1, thick],
                [cx, top, half, thick],
                [left, y, thick, middle + 1],
                [left, cy, thick, middle],
            ];
            sides.into_iter().zip(arms).filter(|(_, arm)| **arm == 1).for_each(|(side, _)| rect(out, side));
        }
    }
    true
}

/// Box-drawing characters, thin and heavy, and which arms they have: left, right, up, down.
const ARMS: [(&str, [usize; 4]); 15] = [
    ("─━", [1, 1, 0, 0]),
    ("│┃", [0, 0, 1, 1]),
    ("┌┏", [0, 1, 0, 1]),
    ("┐┓", [1, 0, 0, 1]),
    ("└┗", [0, 1, 1, 0]),
    ("┘┛", [1, 0, 1, 0]),
    ("├┣", [0, 1, 1, 1]),
    ("┤┫", [1, 0, 1, 1]),
    ("┬┳", [1, 1, 0, 1]),
    ("┴┻", [1, 1, 1, 0]),
    ("┼╋", [1, 1, 1, 1]),
    ("╴╸", [1, 0, 0, 0]),
    ("╶╺", [0, 1, 0, 0]),
    ("╵╹", [0, 0, 1, 0]),
    ("╷╻", [0, 0, 0, 1]),
];

fn rect(path: &mut String, [x, y, width, height]: [usize; 4]) {
    write(path, format_args!("M{x} {y}h{width}v{height}h-{width}z"));
}

/// The colour as 0xRRGGBB; numbers above 15 are xterm's cube and greys.
fn colour(colour: Color, palette: &Palette, unstyled: u32) -> u32 {
    match colour {
        Color::Default => unstyled,
        Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
        Color::Idx(index @ 0..=15) => palette.named[usize::from(index)],
        Color::Idx(index @ 16..=231) => {
            let level = |i: u8| if i == 0 { 0 } else { 55 + 40 * i };
            let cube = index - 16;
            u32::from_be_bytes([0, level(cube / 36), level(cube / 6 % 6), level(cube % 6)])
        }
        Color::Idx(index) => u32::from(8 + 10 * (index - 232)) * 0x01_0101,
    }
}

/// `percent` of `b` in `a`, channel by channel.
fn mix(a: u32, b: u32, percent: u32) -> u32 {
    let channel = |shift: u32| {
        let mixed = (a >> shift & 255) * (100 - percent) + (b >> shift & 255) * percent;
        (mixed / 100) << shift
    };
    channel(16) | channel(8) | channel(0)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = out.write_fmt(text);
}
