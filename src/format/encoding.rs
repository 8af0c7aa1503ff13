//! Text as bytes of UTF-8 or of anything that agrees with ASCII, whatever it came in.

use crate::error::{At, Problem};
use memchr::memchr;
use std::borrow::Cow;

/// UTF-8's byte-order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether text starts as UTF-16 does.
pub fn is_utf16(text: &[u8]) -> bool {
    matches!(text, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

/// Takes a byte-order mark off, turns UTF-16 into UTF-8 and the line ends of old Macs into today's, and says where text
/// is not UTF-8.
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

/// Numbers read the same in every encoding that agrees with ASCII; only names depend on it, so this is no error.
pub(super) fn latin1(text: &[u8], offset: usize) -> Option<Problem> {
    let bad = str::from_utf8(text).err()?;
    Some(Problem::new(At::Byte((offset + bad.valid_up_to()) as u64), "not UTF-8; names are read as Latin-1"))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (Cow<'static, [u8]>, Vec<Problem>) {
    let (units, odd) = bytes.as_chunks::<2>();
    let mut text = String::new();
    let mut bad = 0_u64;
    for c in char::decode_utf16(units.iter().map(|pair| unit(*pair))) {
        bad += u64::from(c.is_err());
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut problems = Vec::new();
    if bad > 0 {
        problems.push(Problem::new(At::Whole, format!("{bad} broken UTF-16 characters")));
    }
    if !odd.is_empty() {
        problems.push(Problem::new(At::Byte(bytes.len() as u64 + 1), "the last UTF-16 character is cut in half"));
    }
    (Cow::Owned(text.into_bytes()), problems)
}

/// A cell for people: UTF-8, else Latin-1, in which every byte is the character of that number.
pub(super) fn text(cell: &[u8]) -> String {
    let cell = cell.trim_ascii();
    str::from_utf8(cell).map_or_else(|_| cell.iter().map(|b| char::from(*b)).collect(), str::to_owned)
}
