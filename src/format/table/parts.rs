//! A large text in parts that end where rows do, read on all cores and put together as if it had been read at once.

use super::rows::Rows;
use super::sniff::{self, Shape};
use super::{LOCATED, Reader, Table, encoding};
use crate::engine::Cancel;
use crate::error::{At, Problem};
use crate::format::chunks::{Cut, Piece};
use crate::format::{DecodeError, Text};
use memchr::{memchr, memchr_iter};

/// What was made of a part.
struct Part<'n> {
    reader: Reader<'n>,
    lines: u64,
    comments: Option<(u64, u64)>,
    /// That it is not UTF-8.
    problem: Option<Problem>,
}

pub(super) fn read(text: &dyn Text, size: usize, cancel: &Cancel) -> Result<Option<Table>, DecodeError> {
    let cut = Cut { separator: b'\n', size };
    let Some(head) = cut.first(text)? else { return Ok(None) };
    let mark = if head.starts_with(encoding::BOM) { encoding::BOM.len() } else { 0 };
    let start = head.get(mark..).unwrap_or_default();
    // A row must end before the second line, or what comes is not cut where rows end.
    if encoding::is_utf16(&head) || memchr(b'"', start).is_some() || memchr_iter(b'\n', start).nth(1).is_none() {
        return Ok(None);
    }
    let Shape { delimiter, names, above, problem } = sniff::shape(start);
    let mut reader = Reader::new(delimiter, names.as_deref());
    reader.widen(names.as_ref().map_or(0, Vec::len), 1)?;
    let mut rows = Rows::plain(start, delimiter);
    rows.skip_names(above);
    if names.is_none() && rows.is_single() {
        return Ok(None);
    }
    reader.read(&mut rows, cancel)?;
    let width = reader.columns.len();
    if reader.first {
        return Ok(None);
    }
    let make = |piece: Piece<'_>| {
        if memchr(b'"', piece.bytes).is_some() {
            return None;
        }
        let mut reader = Reader { first: false, ..Reader::new(delimiter, names.as_deref()) };
        reader.columns.resize_with(width, Default::default);
        let mut rows = Rows::plain(piece.bytes, delimiter);
        reader.read(&mut rows, cancel).ok()?;
        let problem = encoding::latin1(piece.bytes, piece.at as usize);
        let (lines, comments) = (rows.lines(), rows.comments());
        (reader.columns.len() == width).then_some(Part { reader, lines, comments, problem })
    };
    let mut not_utf8 = encoding::latin1(start, mark);
    let mut lines = rows.lines();
    let take = |part: Part<'_>| {
        reader.append(part.reader, lines);
        if let Some((n, first)) = part.comments {
            rows.add_comments((n, first + lines));
        }
        lines += part.lines;
        not_utf8 = not_utf8.take().or(part.problem);
    };
    if !cut.rest(text, cancel, make, take)? {
        return Ok(None);
    }
    let odd = std::mem::take(&mut reader.problems);
    reader.problems = not_utf8.into_iter().chain(problem).chain(odd).chain(rows.problems()).collect();
    reader.finish().map(Some)
}

impl Reader<'_> {
    /// Adds the rows of a part that starts behind so many lines.
    fn append(&mut self, part: Reader<'_>, lines: u64) {
        let moved = |problem: Problem| {
            let at = match problem.at {
                At::Line(line) => At::Line(line + lines),
                At::Cell { line, column } => At::Cell { line: line + lines, column },
                at => at,
            };
            Problem { at, ..problem }
        };
        for (mine, theirs) in self.columns.iter_mut().zip(part.columns) {
            mine.append(theirs, moved);
        }
        self.rows += part.rows;
        self.odd_rows += part.odd_rows;
        let room = LOCATED.saturating_sub(self.problems.len());
        self.problems.extend(part.problems.into_iter().take(room).map(moved));
    }
}
