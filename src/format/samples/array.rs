//! A large JSON text that is one array of numbers, read in pieces on all cores.

use crate::engine::Cancel;
use crate::format::chunks::{Cut, PIECE};
use crate::format::column::{Builder, Column};
use crate::format::{DecodeError, Text, encoding};
use crate::hist::Number;
use crate::json::{self, Plain};

/// The numbers of a text that is nothing but an array of numbers within 64 bits; `None` for every other text and for
/// short ones, which `document` reads.
///
/// # Errors
/// Bytes that cannot be read, and being cancelled.
pub fn read_array(text: &dyn Text, cancel: &Cancel) -> Result<Option<Column>, DecodeError> {
    read(text, PIECE, cancel)
}

pub(super) fn read(text: &dyn Text, size: usize, cancel: &Cancel) -> Result<Option<Column>, DecodeError> {
    let cut = Cut { separator: b',', size };
    let Some(head) = cut.first(text)? else { return Ok(None) };
    let start = head.strip_prefix(encoding::BOM).unwrap_or(&head);
    let start = start.get(blanks(start, 0)..).and_then(|start| start.strip_prefix(b"["));
    let Some((mut all, false)) = start.and_then(elements) else { return Ok(None) };
    let mut closed = 0;
    let take = |(numbers, ends)| {
        all.append(numbers, |problem| problem);
        closed += u32::from(ends);
    };
    let is_array = cut.rest(text, cancel, |piece| elements(piece.bytes), take)?;
    // A piece that holds the bracket has nothing but blanks behind it, and so has the text.
    if is_array && closed == 1 { Ok(all.finish(Vec::new())) } else { Ok(None) }
}

/// Numbers with a comma behind each, or the last of them and the closing bracket; whether there was one.
fn elements(text: &[u8]) -> Option<(Builder, bool)> {
    let mut numbers = Builder::default();
    let mut at = blanks(text, 0);
    while at < text.len() {
        let end = match json::plain(text, at) {
            Some((Plain::Float(x), end)) => {
                numbers.push_f64(x);
                end
            }
            Some((Plain::Int(i), end)) => {
                numbers.push_i64(i);
                end
            }
            None => rare(text, at, &mut numbers)?,
        };
        at = blanks(text, end);
        let closed = *text.get(at)? == b']';
        if !closed && text.get(at) != Some(&b',') {
            return None;
        }
        at = blanks(text, at + 1);
        if closed {
            return (at == text.len()).then_some((numbers, true));
        }
    }
    Some((numbers, false))
}

/// Takes a number of which there are few, within 64 bits, and returns the offset behind it.
#[cold]
fn rare(text: &[u8], at: usize, numbers: &mut Builder) -> Option<usize> {
    let (number, end) = json::number(text, at)?;
    match number {
        Number::Float(x) => numbers.push_f64(x),
        Number::Int(i) => numbers.push_i64(i64::try_from(i).ok()?),
    }
    Some(end)
}

/// Where what is not blank comes next.
#[inline]
fn blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}
