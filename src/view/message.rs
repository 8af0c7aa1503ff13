//! Sentences at the foot of the screen: what does not fit into the last line takes lines above it, so that a remedy, an
//! answer or what an edit would do is never out of sight.

use super::{put, style};
use crate::app::Model;
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The most lines that are taken; what is longer loses its beginning.
const LINES: usize = 6;

/// Words that stay together, each with its role, so many cells behind what is before them.
struct Piece {
    words: Vec<(String, Role)>,
    gap: u16,
}

/// Draws a sentence, and keys with what they mean behind it, in the last line of an area and in as many above as it takes.
pub(super) fn draw(
    model: &Model,
    screen: Rect,
    (words, role, answers): (&str, Role, &[(&str, &str)]),
    buf: &mut Buffer,
) {
    // One cell is left free at both sides.
    let room = screen.width.saturating_sub(2).max(1);
    let words = text::visible(words);
    let broken = words
        .split(' ')
        .flat_map(|word| pieces(word, room))
        .map(|(word, gap)| Piece { words: vec![(word, role)], gap });
    let answers = answers.iter().map(|(key, meaning)| Piece {
        words: vec![((*key).into(), Role::Focus), ((*meaning).into(), Role::Text)],
        gap: 2,
    });
    let mut lines = vec![Vec::new()];
    let mut x = 0;
    for Piece { words, gap } in broken.chain(answers) {
        let width = words.iter().map(|(word, _)| text::width(word) as u16 + 1).sum::<u16>().saturating_sub(1);
        if x > 0 && x + gap + width > room {
            lines.push(Vec::new());
            x = 0;
        }
        x += if x > 0 { gap } else { 0 };
        for (word, role) in words {
            let behind = x + text::width(&word) as u16 + 1;
            if let Some(line) = lines.last_mut() {
                line.push((x, word, role));
            }
            x = behind;
        }
        x -= 1;
    }
    let lines = lines.split_off(lines.len().saturating_sub(LINES.min(usize::from(screen.height))));
    let top = screen.bottom() - lines.len() as u16;
    for (y, line) in (top..).zip(lines) {
        let area = Rect { y, height: 1, ..screen };
        for position in area.positions() {
            if let Some(cell) = buf.cell_mut(position) {
                cell.reset();
            }
        }
        for (x, word, role) in line {
            put(buf, area, screen.x + 1 + x, y, &word, style(model, role));
        }
    }
}

/// A word in parts that fit into a line, each with the gap before it.
fn pieces(word: &str, room: u16) -> Vec<(String, u16)> {
    let mut pieces = vec![(String::new(), 1)];
    for c in word.chars() {
        let full = pieces.last().is_some_and(|(piece, _)| text::width(piece) + 2 > usize::from(room));
        if full {
            pieces.push((String::new(), 0));
        }
        if let Some((piece, _)) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces
}
