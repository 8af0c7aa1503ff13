//! A large JSON text that is one array of numbers, read in pieces on all cores.

use crate::engine::Cancel;
use crate::format::column::{Builder, Column};
use crate::format::pieces::{Cut, PIECE, Piece};
use crate::format::{Refusal, Text, encoding};
use crate::hist::Number;
use crate::json;

/// The numbers of a text that is nothing but an array of numbers within 64 bits; `None` for every other text and for
/// short ones, which `document` reads.
///
/// # Errors
/// Bytes that cannot be read, and being cancelled.
pub fn read_array(text: &dyn Text, cancel: &Cancel) -> Result<Option<Column>, Refusal> {
    read(text, PIECE, cancel)
}

pub(super) fn read(text: &dyn Text, size: usize, cancel: &Cancel) -> Result<Option<Column>, Refusal> {
    let cut = Cut { separator: b',', size };
    let Some(head) = cut.first(text)? else { return Ok(None) };
    let start = head.strip_prefix(encoding::BOM).unwrap_or(&head);
    let start = start.get(blanks(start, 0)..).and_then(|start| start.strip_prefix(b"["));
    let Some((numbers, false)) = start.and_then(elements) else { return Ok(None) };
    let make = |piece: Piece<'_>| elements(piece.bytes);
    let Some(pieces) = cut.rest(text, cancel, make)? else { return Ok(None) };
    // A piece that holds the bracket has nothing but blanks behind it, and so has the text.
    if pieces.iter().filter(|(_, closed)| *closed).count() != 1 {
        return Ok(None);
    }
    let mut all = numbers;
    for (numbers, _) in pieces {
        all.append(numbers, |problem| problem);
    }
    Ok(all.finish(Vec::new()))
}

/// Numbers with a comma behind each, or the last of them and the closing bracket; whether there was one.
fn elements(text: &[u8]) -> Option<(Builder, bool)> {
    let mut numbers = Builder::default();
    let mut at = blanks(text, 0);
    while at < text.len() {
        let (number, end) = json::number(text, at)?;
        match number {
            Number::Float(x) => numbers.push_f64(x),
            Number::Int(i) => numbers.push_i64(i64::try_from(i).ok()?),
        }
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

/// Where what is not blank comes next.
fn blanks(text: &[u8], from: usize) -> usize {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    from + text.iter().skip(from).take_while(blank).count()
}
