//! Conversion of text to UTF-8, or to any encoding that agrees with ASCII.

use crate::error::{At, Problem};
use crate::text::plural;
use memchr::memchr;
use std::borrow::Cow;

/// The byte-order mark of UTF-8.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Returns true if text starts with a byte-order mark of UTF-16.
pub fn is_utf16(text: &[u8]) -> bool {
    matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Removes a byte-order mark, converts UTF-16 to UTF-8 and the line ends of classic Mac OS (`\r`) to `\n`.
///
/// A problem reports text that is not UTF-8.
pub fn decode(bytes: &[u8]) -> (Cow<'_, [u8]>, Vec<Problem>) {
    let (text, problems) = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] | rest => {
            (Cow::Borrowed(rest), latin1(rest, bytes.len() - rest.len()).into_iter().collect())
        }
    };
    if memchr(b'\n', &text).is_some() || memchr(b'\r', &text).is_none() {
        return (text, problems);
    }
    (text.iter().map(|b| if *b == b'\r' { b'\n' } else { *b }).collect(), problems)
}

/// Returns a problem if text at this byte offset is not UTF-8.
///
/// This is not an error: numbers are the same in every encoding that agrees with ASCII, only names depend on it.
pub(super) fn latin1(text: &[u8], offset: usize) -> Option<Problem> {
    let error = str::from_utf8(text).err()?;
    Some(Problem::new(At::Byte((offset + error.valid_up_to()) as u64), "not UTF-8; names are read as Latin-1"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'static, [u8]>, Vec<Problem>) {
    let (units, remainder) = bytes.as_chunks::<2>();
    let mut text = String::new();
    let mut invalid = 0_u64;
    for c in char::decode_utf16(units.iter().map(|pair| unit(*pair))) {
        invalid += u64::from(c.is_err());
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut problems = Vec::new();
    if invalid > 0 {
        problems.push(Problem::new(At::Whole, plural(invalid, "invalid UTF-16 character")));
    }
    if !remainder.is_empty() {
        problems.push(Problem::new(At::Byte(bytes.len() as u64 + 1), "the last UTF-16 character is truncated"));
    }
    (Cow::Owned(text.into_bytes()), problems)
}

/// Decodes a cell as UTF-8, or else as Latin-1, where each byte is the character with that number.
pub(super) fn text(cell: &[u8]) -> String {
    let cell = cell.trim_ascii();
    str::from_utf8(cell).map_or_else(|_| cell.iter().map(|b| char::from(*b)).collect(), str::to_owned)
}
