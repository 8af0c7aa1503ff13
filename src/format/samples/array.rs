//! Large JSON texts that are one array of numbers, parsed in chunks on all cores.

use crate::engine::Task;
use crate::error::{At, Problem};
use crate::format::chunks::{CHUNK_SIZE, ChunkPlan};
use crate::format::column::{Column, ColumnBuilder};
use crate::format::{DecodeError, Text, encoding};
use crate::hist::Number;
use crate::json::{self, Plain};

/// Reads a text that is one array of numbers within 64 bits. Returns `None` for any other text and for short ones, which
/// `document` reads.
///
/// # Errors
/// The bytes cannot be read, the numbers exceed the memory budget, or the task was cancelled.
pub fn read_array(text: &dyn Text, task: &Task) -> Result<Option<Column>, DecodeError> {
    read(text, CHUNK_SIZE, task)
}

pub(super) fn read(text: &dyn Text, size: usize, task: &Task) -> Result<Option<Column>, DecodeError> {
    let plan = ChunkPlan { separator: b',', size };
    let Some(head) = plan.first(text, &task.memory)? else { return Ok(None) };
    let start = head.strip_prefix(encoding::BOM).unwrap_or(&head);
    let start = start.get(skip_blanks(start, 0)..).and_then(|start| start.strip_prefix(b"["));
    let Some((mut all, false)) = start.and_then(elements) else { return Ok(None) };
    let (mut closed, held) = (0, task.memory.reservation());
    let take = |(numbers, ends): (ColumnBuilder, bool)| {
        held.set((all.memory() + numbers.memory()) as u64)?;
        let before = all.len() as u64;
        all.append(numbers, |problem: Problem| match problem.at {
            At::Element(index) => Problem { at: At::Element(index.iter().map(|i| i + before).collect()), ..problem },
            _ => problem,
        });
        closed += u32::from(ends);
        Ok(())
    };
    let is_array = plan.rest(text, task, |chunk| elements(chunk.bytes), take)?;
    // Only blanks may follow the closing bracket in its chunk. If one chunk has a bracket, it ends the text.
    let column = if is_array && closed == 1 { all.finish(Vec::new()) } else { None };
    // `document` locates the elements by their paths.
    let path = |at: At| At::Path(at.to_string());
    Ok(column.map(|column| Column { first: column.first.map(|at| at.map(path)), rows: None, ..column }))
}

/// Parses numbers that each end with a comma, or with the closing bracket. Returns true if the bracket was found.
fn elements(text: &[u8]) -> Option<(ColumnBuilder, bool)> {
    let mut numbers = ColumnBuilder::default();
    let (mut at, mut index) = (skip_blanks(text, 0), 0);
    while at < text.len() {
        let end = match json::plain(text, at) {
            Some((Plain::Float(x), end)) => {
                numbers.push_float(x, || At::Element(vec![index]));
                end
            }
            Some((Plain::Int(i), end)) => {
                numbers.push_i64(i);
                end
            }
            None => rare(text, at, &mut numbers, index)?,
        };
        index += 1;
        at = skip_blanks(text, end);
        let closed = *text.get(at)? == b']';
        if !closed && text.get(at) != Some(&b',') {
            return None;
        }
        at = skip_blanks(text, at + 1);
        if closed {
            return (at == text.len()).then_some((numbers, true));
        }
    }
    Some((numbers, false))
}

/// Parses a number within 64 bits in one of the rare spellings, and returns the offset of its end.
#[cold]
fn rare(text: &[u8], at: usize, numbers: &mut ColumnBuilder, index: u64) -> Option<usize> {
    let (number, end) = json::number(text, at)?;
    match number {
        Number::Float(x) => numbers.push_float(x, || At::Element(vec![index])),
        Number::Int(i) => numbers.push_i64(i64::try_from(i).ok()?),
    }
    Some(end)
}

/// Returns the offset of the first byte from `at` on that is not blank.
#[inline]
fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = text.get(at) {
        at += 1;
    }
    at
}
