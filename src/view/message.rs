//! Messages at the bottom of the screen. Long ones wrap onto lines above the last, so that remedies and answers are
//! always visible.

use super::{put, style};
use crate::app::Model;
use crate::settings::Role;
use crate::text;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Maximum number of lines. Longer messages lose their beginning.
const MAX_LINES: usize = 6;

/// A message, and the keys that answer it.
pub(super) struct Message<'a> {
    pub(super) text: &'a str,
    pub(super) role: Role,
    /// Keys and their meanings.
    pub(super) answers: &'a [(&'a str, &'a str)],
}

/// Words that stay on one line, each with its role.
struct Group {
    words: Vec<(String, Role)>,
    /// Free cells before the group.
    gap: u16,
}

/// Draws a message in the last lines of an area: as many as it needs, up to [`MAX_LINES`].
pub(super) fn draw(model: &Model, screen: Rect, message: &Message<'_>, buf: &mut Buffer) {
    // One cell on each side stays free.
    let room = screen.width.saturating_sub(2).max(1);
    let words = text::visible(message.text);
    let broken = words
        .split(' ')
        .flat_map(|word| split_word(word, room))
        .map(|(word, gap)| Group { words: vec![(word, message.role)], gap });
    let answers = message.answers.iter().map(|(key, meaning)| Group {
        words: vec![((*key).into(), Role::Focus), ((*meaning).into(), Role::Text)],
        gap: 2,
    });
    let mut lines = vec![Vec::new()];
    let mut x = 0;
    for Group { words, gap } in broken.chain(answers) {
        let width = words.iter().map(|(word, _)| text::width(word) as u16 + 1).sum::<u16>().saturating_sub(1);
        if x > 0 && x + gap + width > room {
            lines.push(Vec::new());
            x = 0;
        }
        x += if x > 0 { gap } else { 0 };
        for (word, role) in words {
            let next = x + text::width(&word) as u16 + 1;
            if let Some(line) = lines.last_mut() {
                line.push((x, word, role));
            }
            x = next;
        }
        x -= 1;
    }
    let lines = lines.split_off(lines.len().saturating_sub(MAX_LINES.min(usize::from(screen.height))));
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

/// Splits a word into parts that fit into a line, each with the gap before it.
fn split_word(word: &str, room: u16) -> Vec<(String, u16)> {
    let mut parts = vec![(String::new(), 1)];
    for c in word.chars() {
        let full = parts.last().is_some_and(|(part, _)| text::width(part) + 2 > usize::from(room));
        if full {
            parts.push((String::new(), 0));
        }
        if let Some((part, _)) = parts.last_mut() {
            part.push(c);
        }
    }
    parts
}
