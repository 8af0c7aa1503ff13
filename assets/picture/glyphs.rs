//! Blocks, lines and Braille patterns as shapes, so that no font decides how a chart looks.

use crate::cells::{HEIGHT, Piece, Rect, WIDTH};
use crate::palette::mix;

const HALF: usize = WIDTH / 2;
const MIDDLE: usize = HEIGHT / 2;

/// Draws a character in the cell at `[x, y]`. Returns `None` if the character is text.
pub(crate) fn draw(c: char, colour: u32, background: u32, [x, y]: [usize; 2]) -> Option<Vec<Piece>> {
    let code = c as usize;
    let mut colour = colour;
    let rects: Vec<Rect> = match c {
        '▀' => vec![[x, y, WIDTH, MIDDLE]],
        '▁'..='█' => vec![[x, y + HEIGHT - (code - 0x2580) * 2, WIDTH, (code - 0x2580) * 2]],
        '▉'..='▏' => vec![[x, y, 0x2590 - code, HEIGHT]],
        '▐' => vec![[x + HALF, y, HALF, HEIGHT]],
        '▔' => vec![[x, y, WIDTH, 2]],
        '▕' => vec![[x + WIDTH - 1, y, 1, HEIGHT]],
        '░' | '▒' | '▓' => {
            colour = mix(colour, background, [75, 50, 25][code - 0x2591]);
            vec![[x, y, WIDTH, HEIGHT]]
        }
        '▖'..='▟' => {
            // Bits from the lowest: upper left, upper right, lower left, lower right.
            let quarters = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14][code - 0x2596];
            let quarter = |bit: usize| [x + bit % 2 * HALF, y + bit / 2 * MIDDLE, HALF, MIDDLE];
            (0..4).filter(|bit| quarters >> bit & 1 == 1).map(quarter).collect()
        }
        '⠀'..='⣿' => {
            const DOTS: [(usize, usize); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
            let dots = DOTS.iter().enumerate().filter(|(bit, _)| code >> bit & 1 == 1);
            dots.map(|(_, (column, row))| [x + 1 + column * 4, y + 1 + row * 4, 2, 2]).collect()
        }
        '╭' | '╮' | '╯' | '╰' => return Some(vec![Piece::Stroke(colour, corner(c, x, y))]),
        _ => {
            let (lines, arms) = ARMS.iter().find(|(lines, _)| lines.contains(c))?;
            let thickness = if lines.starts_with(c) { 1 } else { 2 };
            line(*arms, thickness, x, y)
        }
    };
    Some(rects.into_iter().map(|rect| Piece::Shape(colour, rect)).collect())
}

/// A quarter of a rounded corner, as path data.
fn corner(c: char, x: usize, y: usize) -> String {
    let side = if matches!(c, '╭' | '╰') { x + WIDTH } else { x };
    let end = if matches!(c, '╭' | '╮') { y + HEIGHT } else { y };
    let (cx, cy) = (x + HALF, y + MIDDLE);
    format!("M{cx}.5 {end}Q{cx}.5 {cy}.5 {side} {cy}.5")
}

/// Lines from the centre of a cell. A thin line covers the pixel right and below of the centre, a heavy one two pixels.
fn line(arms: [usize; 4], thickness: usize, x: usize, y: usize) -> Vec<Rect> {
    let (cx, cy) = (x + HALF, y + MIDDLE);
    let (top, left) = (cy + 1 - thickness, cx + 1 - thickness);
    let sides = [
        [x, top, HALF + 1, thickness],
        [cx, top, HALF, thickness],
        [left, y, thickness, MIDDLE + 1],
        [left, cy, thickness, MIDDLE],
    ];
    sides.into_iter().zip(arms).filter(|(_, arm)| *arm == 1).map(|(side, _)| side).collect()
}

/// Box-drawing characters, thin and heavy, with their arms: left, right, up, down.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Rectangles of a character in the first cell.
    fn rects(c: char) -> Vec<Rect> {
        let pieces = draw(c, 0, 0, [0, 0]).unwrap();
        pieces
            .into_iter()
            .map(|piece| match piece {
                Piece::Shape(_, rect) => rect,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn blocks_fill_their_part_of_the_cell() {
        assert_eq!(rects('▂'), [[0, 12, 8, 4]]);
        assert_eq!(rects('█'), [[0, 0, 8, 16]]);
        assert_eq!(rects('▌'), [[0, 0, 4, 16]]);
        assert_eq!(rects('▞'), [[4, 0, 4, 8], [0, 8, 4, 8]]);
        assert_eq!(rects('⠉'), [[1, 1, 2, 2], [5, 1, 2, 2]]);
    }

    #[test]
    fn lines_meet_at_the_edges_of_cells() {
        assert_eq!(rects('└'), [[4, 8, 4, 1], [4, 0, 1, 9]]);
        assert_eq!(rects('━'), [[0, 7, 5, 2], [4, 7, 4, 2]]);
    }

    #[test]
    fn letters_are_text() {
        assert_eq!(draw('a', 0, 0, [0, 0]), None);
    }
}
