//! Text from files on its way to a terminal: what would be obeyed or hidden is made visible, what is too long is
//! shortened by display cells.
//!
//! Everything that is printed and was not written by this program passes through [`visible`] first. Nothing here knows
//! styles or widgets.

mod numbers;

pub use numbers::{format_among, format_count, format_place, format_short, format_value, plural};
pub(crate) use numbers::{group, number, shorter, uniform};

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands for the part that was left out; one cell wide.
pub const ELLIPSIS: char = '…';

/// The text with every character visible that a terminal would obey, or that would change or hide the characters around
/// it: controls as their pictures (`␛`), everything else by its number (`\u{202e}`).
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unprintable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\0'..=' ' if c != ' ' => out.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => out.push('␡'),
            c if unprintable(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Controls, line and paragraph separators, direction marks, and characters without width other than combining marks
/// (and the variation selectors of emoji).
fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Cells that a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, or as much of its start as fits in so many cells together with an ellipsis. A wide character is never
/// halved: the result may be a cell shorter than it could be.
pub fn clip(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    match cells.checked_sub(1) {
        Some(room) => Cow::Owned(format!("{}{ELLIPSIS}", start(text, room))),
        None => Cow::Borrowed(""),
    }
}

/// A text in lines of at most so many cells, broken between words; a longer word has a line of its own. All lines begin as
/// far in as the first.
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let words = text.trim_start_matches(' ');
    let indent = &text[..text.len() - words.len()];
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= cells => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    lines
}

/// The text, or its start and its end around an ellipsis: for paths, whose end says most.
pub fn clip_middle(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    match cells.checked_sub(1) {
        Some(room) => Cow::Owned(format!("{}{ELLIPSIS}{}", start(text, room / 2), end(text, room - room / 2))),
        None => Cow::Borrowed(""),
    }
}

/// The longest start that takes at most so many cells, with the marks that belong to its last character.
fn start(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut before = 0;
    for (at, c) in text.char_indices() {
        let taken = cells_of(c, before);
        used += taken;
        if used > cells {
            return text[..at].trim_end();
        }
        before = taken;
    }
    text
}

/// The longest end that takes at most so many cells and does not begin with a mark of a character left out.
pub fn end(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        // Counted as if widened by a selector, since what stands before is not yet known.
        used += cells_of(c, 1);
        if used > cells {
            break;
        }
        if cells_of(c, 0) > 0 {
            from = at;
        }
    }
    &text[from..]
}

/// Cells that a character adds after one of `before` cells: the emoji selector widens a narrow one.
fn cells_of(c: char, before: usize) -> usize {
    if c == '\u{fe0f}' { usize::from(before == 1) } else { c.width().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sentences_are_broken_between_words() {
        assert_eq!(wrap("  one two three", 9), ["  one two", "  three"]);
        assert_eq!(wrap("a verylongword b", 6), ["a", "verylongword", "b"]);
        assert_eq!(wrap("", 6), [""; 0]);
    }

    #[test]
    fn nothing_is_left_to_obey() {
        let cases = [
            ("plain/häß 重み", "plain/häß 重み"),
            ("\x1b[31mred\x07\0", "␛[31mred␇␀"),
            ("a\tb\r\nc\x7f", "a␉b␍␊c␡"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("gra\u{202e}d", "gra\\u{202e}d"),
            ("a\u{200b}b\u{feff}\u{2028}", "a\\u{200b}b\\u{feff}\\u{2028}"),
        ];
        for (text, shown) in cases {
            assert_eq!(visible(text), shown);
        }
        assert!(matches!(visible("borrowed"), Cow::Borrowed(_)));
    }

    #[test]
    fn clips_by_cells_and_never_halves_a_wide_character() {
        let cases =
            [("gradient", 8, "gradient"), ("gradient", 5, "grad…"), ("重み行列", 6, "重み…"), ("重み", 3, "重…")];
        for (text, cells, clipped) in cases {
            assert_eq!(clip(text, cells), clipped);
        }
        assert_eq!((clip("ab", 1), clip("ab", 0)), ("…".into(), "".into()));
    }

    #[test]
    fn paths_keep_their_end() {
        assert_eq!(clip_middle("runs/offline-run-1/grad.npy", 15), "runs/of…rad.npy");
        assert_eq!(clip_middle("層/重み/勾配", 8), "層/…勾配");
        assert_eq!(clip_middle("runs", 4), "runs");
    }

    proptest! {
        #[test]
        fn what_was_clipped_fits(text in "\\PC{0,30}|[a重\u{301}❤\u{fe0f}]{0,20}", cells in 0..20_usize) {
            prop_assert!(width(&clip(&text, cells)) <= cells);
            prop_assert!(width(&clip_middle(&text, cells)) <= cells);
        }

        #[test]
        fn visible_text_holds_no_controls(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(|c| c.is_control() || unprintable(c)));
        }
    }
}
