//! Splits a screen into the pieces of a picture.

use crate::glyphs;
use crate::palette::{Palette, mix};
use std::collections::BTreeSet;
use vt100::{Cell, Screen};

/// Size of a cell in pixels. Eighths are whole numbers in both directions.
pub(crate) const WIDTH: usize = 8;
pub(crate) const HEIGHT: usize = 16;

/// A rectangle in pixels: left, top, width, height.
pub(crate) type Rect = [usize; 4];

/// A part of a screen. Words sort in reading order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// The background of a cell.
    Background(u32, Rect),
    /// A filled part of a block, a line or a dot.
    Shape(u32, Rect),
    /// A stroke along SVG path data.
    Stroke(u32, String),
    /// Text on one line.
    Word(Word),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    /// Top of the cells.
    pub(crate) y: usize,
    /// Left side of the first cell.
    pub(crate) x: usize,
    pub(crate) cells: usize,
    pub(crate) text: String,
    pub(crate) style: Style,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Style {
    pub(crate) colour: u32,
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    pub(crate) underline: bool,
}

/// Returns all pieces of a screen.
pub(crate) fn pieces(screen: &Screen, palette: &Palette) -> BTreeSet<Piece> {
    let (rows, columns) = (screen.size().0.get(), screen.size().1.get());
    let mut pieces = BTreeSet::new();
    for row in 0..rows {
        let mut word = Word::default();
        for column in 0..columns {
            let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else { continue };
            let (x, y) = corner(row, column);
            let cells = if cell.is_wide() { 2 } else { 1 };
            let (style, background) = look(cell, palette);
            if background != palette.background {
                pieces.insert(Piece::Background(background, [x, y, cells * WIDTH, HEIGHT]));
            }
            let text = cell.contents();
            let glyph = text.chars().next().and_then(|c| glyphs::draw(c, style.colour, background, [x, y]));
            let ascii = glyph.is_none() && text.len() == 1 && text != " ";
            if !ascii || word.style != style {
                finish(&mut word, &mut pieces);
            }
            if ascii {
                if word.cells == 0 {
                    word = Word { y, x, style, ..Word::default() };
                }
                word.text.push_str(text);
                word.cells += 1;
            } else if glyph.is_none() && !text.trim().is_empty() {
                // The font may lack this character. As a word of its own, a substitute stays in its cell.
                pieces.insert(Piece::Word(Word { y, x, cells, text: text.to_owned(), style }));
            }
            pieces.extend(glyph.into_iter().flatten());
        }
        finish(&mut word, &mut pieces);
    }
    if !screen.hide_cursor() {
        let (row, column) = screen.cursor_position();
        let (x, y) = corner(row, column);
        let frame = format!("M{x}.5 {y}.5h{}v{}h-{}z", WIDTH - 1, HEIGHT - 1, WIDTH - 1);
        pieces.insert(Piece::Stroke(palette.foreground, frame));
    }
    pieces
}

fn corner(row: u16, column: u16) -> (usize, usize) {
    (usize::from(column) * WIDTH, usize::from(row) * HEIGHT)
}

/// Moves a word that is not empty into the pieces.
fn finish(word: &mut Word, pieces: &mut BTreeSet<Piece>) {
    if word.cells > 0 {
        pieces.insert(Piece::Word(std::mem::take(word)));
    }
}

/// Returns the style of a cell and its background.
fn look(cell: &Cell, palette: &Palette) -> (Style, u32) {
    let mut colour = palette.colour(cell.fgcolor(), palette.foreground);
    let mut background = palette.colour(cell.bgcolor(), palette.background);
    if cell.inverse() {
        std::mem::swap(&mut colour, &mut background);
    }
    if cell.dim() {
        colour = mix(colour, background, 45);
    }
    (Style { colour, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }, background)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::DARK;

    fn screen(output: &str) -> BTreeSet<Piece> {
        let mut parser = vt100::Parser::new(2.try_into().unwrap(), 20.try_into().unwrap(), 0);
        parser.process(b"\x1b[?25l");
        parser.process(output.as_bytes());
        pieces(parser.screen(), &DARK)
    }

    fn word(x: usize, text: &str, colour: u32) -> Piece {
        let style = Style { colour, ..Style::default() };
        Piece::Word(Word { y: 0, x, cells: text.chars().count(), text: text.into(), style })
    }

    #[test]
    fn words_end_at_spaces_styles_and_glyphs() {
        let (plain, red) = (DARK.foreground, DARK.named[1]);
        let words: Vec<_> =
            screen("ab c\x1b[31md\x1b[m█é").into_iter().filter(|p| matches!(p, Piece::Word(_))).collect();
        assert_eq!(words, [word(0, "ab", plain), word(24, "c", plain), word(32, "d", red), word(48, "é", plain)]);
    }

    #[test]
    fn reversed_cells_have_a_background() {
        let pieces = screen("\x1b[7mx");
        assert!(pieces.contains(&Piece::Background(DARK.foreground, [0, 0, WIDTH, HEIGHT])));
        assert!(pieces.contains(&word(0, "x", DARK.background)));
    }
}
