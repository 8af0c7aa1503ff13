//! Text for terminals: escaping of control characters, shortening and wrapping by display cells, number formatting.
//!
//! All text that does not come from this program passes through [`visible`] before it is printed. Not here: styles and
//! widgets.

mod names;
mod numbers;

pub use names::{natural_order, shorten};
pub use numbers::{
    Notation, edge_resolution, format_count, format_digits, format_short, format_value, plural, statistic_resolution,
    typed_resolution,
};
pub(crate) use numbers::{factored, group, number, plain, uniform};

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Replacement for the omitted part of a text; one cell wide.
pub const ELLIPSIS: char = '…';

/// Escapes every character that a terminal would interpret, or that would change or hide the characters around it.
/// Control characters become their pictures (`␛`), all others their numbers (`\u{202e}`).
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

/// Returns true for control characters, line and paragraph separators, direction marks, and zero-width characters except
/// combining marks and emoji variation selectors.
fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{13430}'..='\u{1343f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Returns a text as a JSON string. Characters that [`visible`] escapes are written as `\u` escapes, so that the JSON has
/// the same value and is safe to print.
pub fn json_string(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    if !quoted.chars().any(unprintable) {
        return quoted;
    }
    let mut out = String::with_capacity(quoted.len() + 16);
    for c in quoted.chars() {
        if unprintable(c) {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Width of a text in terminal cells.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Shortens a text to at most `cells` by replacing its end with an ellipsis. Never cuts a wide character in half, so the
/// result may be one cell shorter.
pub fn clip(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    match cells.checked_sub(1) {
        Some(room) => Cow::Owned(format!("{}{ELLIPSIS}", head(text, room))),
        None => Cow::Borrowed(""),
    }
}

/// Wraps a text between words into lines of at most `cells`. A longer word gets a line to itself. All lines have the
/// indentation of the first.
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

/// Shortens a text to at most `cells` by replacing its middle with an ellipsis. Suits paths, whose end matters most.
pub fn clip_middle(text: &str, cells: usize) -> Cow<'_, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    match cells.checked_sub(1) {
        Some(room) => Cow::Owned(format!("{}{ELLIPSIS}{}", head(text, room / 2), tail(text, room - room / 2))),
        None => Cow::Borrowed(""),
    }
}

/// Longest start of a text that fits in `cells`, with the combining marks of its last character.
fn head(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut before = 0;
    for (at, c) in text.char_indices() {
        let cells_of_c = cells_of(c, before);
        used += cells_of_c;
        if used > cells {
            return text[..at].trim_end();
        }
        before = cells_of_c;
    }
    text
}

/// Longest end of a text that fits in `cells` and does not start with a combining mark.
pub fn tail(text: &str, cells: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        // The previous character is not known yet, so an emoji selector counts as widening it.
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

/// Cells that a character adds after a character of `before` cells. The emoji selector widens a narrow character.
fn cells_of(c: char, before: usize) -> usize {
    if c == '\u{fe0f}' { usize::from(before == 1) } else { c.width().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_wrapped_between_words() {
        assert_eq!(wrap("  one two three", 9), ["  one two", "  three"]);
        assert_eq!(wrap("a verylongword b", 6), ["a", "verylongword", "b"]);
        assert_eq!(wrap("", 6), [""; 0]);
    }

    #[test]
    fn control_characters_are_escaped() {
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
    fn json_strings_escape_what_a_terminal_would_interpret() {
        let cases = [
            ("plain/häß 重み \"q\"", r#""plain/häß 重み \"q\"""#),
            ("\u{7f}\u{9b}31m\u{202e}\u{200b}", r#""\u007f\u009b31m\u202e\u200b""#),
            ("\u{e0001}", r#""\udb40\udc01""#),
        ];
        for (text, json) in cases {
            assert_eq!(json_string(text), json);
        }
    }

    #[test]
    fn clipping_counts_cells_and_keeps_wide_characters_whole() {
        let cases =
            [("gradient", 8, "gradient"), ("gradient", 5, "grad…"), ("重み行列", 6, "重み…"), ("重み", 3, "重…")];
        for (text, cells, clipped) in cases {
            assert_eq!(clip(text, cells), clipped);
        }
        assert_eq!((clip("ab", 1), clip("ab", 0)), ("…".into(), "".into()));
    }

    #[test]
    fn clipping_the_middle_keeps_the_end() {
        assert_eq!(clip_middle("runs/offline-run-1/grad.npy", 15), "runs/of…rad.npy");
        assert_eq!(clip_middle("層/重み/勾配", 8), "層/…勾配");
        assert_eq!(clip_middle("runs", 4), "runs");
    }

    proptest! {
        #[test]
        fn clipped_text_fits(text in "\\PC{0,30}|[a重\u{301}❤\u{fe0f}]{0,20}", cells in 0..20_usize) {
            prop_assert!(width(&clip(&text, cells)) <= cells);
            prop_assert!(width(&clip_middle(&text, cells)) <= cells);
        }

        #[test]
        fn json_strings_have_the_same_value_and_nothing_invisible(text in any::<String>()) {
            let json = json_string(&text);
            prop_assert!(!json.chars().any(unprintable));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn visible_text_has_no_control_characters(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(|c| c.is_control() || unprintable(c)));
        }
    }
}
