//! Large texts, read in chunks on all cores and merged as if they had been read at once.

use super::rows::{Comments, Rows};
use super::sniff::{self, TableLayout};
use super::{LOCATED, Reader, Table, encoding};
use crate::engine::Task;
use crate::error::{At, Problem};
use crate::format::chunks::{Chunk, ChunkPlan};
use crate::format::{DecodeError, Text};
use memchr::{memchr, memchr_iter};

/// The parsed rows of a chunk.
struct Part<'n> {
    reader: Reader<'n>,
    /// Number of lines.
    lines: u64,
    comments: Option<Comments>,
    /// Present if the chunk is not UTF-8.
    not_utf8: Option<Problem>,
}

pub(super) fn read(text: &dyn Text, size: usize, task: &Task) -> Result<Option<Table>, DecodeError> {
    let plan = ChunkPlan { separator: b'\n', size };
    let Some(head) = plan.first(text, &task.memory)? else { return Ok(None) };
    let mark = if head.starts_with(encoding::BOM) { encoding::BOM.len() } else { 0 };
    let start = head.get(mark..).unwrap_or_default();
    // If a row does not end before the second line, chunks may not end where rows do.
    if encoding::is_utf16(&head) || memchr(b'"', start).is_some() || memchr_iter(b'\n', start).nth(1).is_none() {
        return Ok(None);
    }
    let TableLayout { delimiter, names, header, notations, problem } = sniff::layout(start);
    let mut reader = Reader::new(delimiter, names.as_deref(), &notations, task);
    reader.widen(names.as_ref().map_or(0, Vec::len), 1)?;
    let mut rows = Rows::plain(start, delimiter);
    rows.skip_names(header);
    if names.is_none() && rows.is_single() {
        return Ok(None);
    }
    reader.read(&mut rows, task)?;
    let width = reader.columns.len();
    if reader.first || !reader.logged.is_empty() {
        return Ok(None);
    }
    let parse = |chunk: Chunk<'_>| {
        if memchr(b'"', chunk.bytes).is_some() {
            return None;
        }
        let mut reader = Reader { first: false, ..Reader::new(delimiter, names.as_deref(), &notations, task) };
        reader.widen(width, 1).ok()?;
        let mut rows = Rows::plain(chunk.bytes, delimiter);
        reader.read(&mut rows, task).ok()?;
        let not_utf8 = encoding::latin1(chunk.bytes, chunk.at as usize);
        let (lines, comments) = (rows.lines(), rows.comments());
        (reader.columns.len() == width && reader.logged.is_empty()).then_some(Part {
            reader,
            lines,
            comments,
            not_utf8,
        })
    };
    let mut not_utf8 = encoding::latin1(start, mark);
    let mut lines = rows.lines();
    let take = |part: Part<'_>| {
        reader.append(part.reader, lines);
        if let Some(comments) = part.comments {
            rows.add_comments(Comments { first_line: comments.first_line + lines, ..comments });
        }
        lines += part.lines;
        not_utf8 = not_utf8.take().or(part.not_utf8);
        reader.reserve()
    };
    if !plan.rest(text, task, parse, take)? {
        task.memory.check()?;
        return Ok(None);
    }
    let ragged = std::mem::take(&mut reader.problems);
    reader.problems = not_utf8.into_iter().chain(problem).chain(ragged).chain(rows.problems()).collect();
    reader.finish().map(Some)
}

impl Reader<'_> {
    /// Appends the rows of a part that starts after `lines` lines.
    fn append(&mut self, part: Reader<'_>, lines: u64) {
        let relocate = |problem: Problem| {
            let at = match problem.at {
                At::Line(line) => At::Line(line + lines),
                At::Cell { line, column } => At::Cell { line: line + lines, column },
                at => at,
            };
            Problem { at, ..problem }
        };
        for (mine, theirs) in self.columns.iter_mut().zip(part.columns) {
            mine.append(theirs, relocate);
        }
        for (column, doubt) in part.doubts {
            self.doubts.entry(column).or_insert_with(|| relocate(doubt));
        }
        self.rows += part.rows;
        self.ragged_rows += part.ragged_rows;
        let room = LOCATED.saturating_sub(self.problems.len());
        self.problems.extend(part.problems.into_iter().take(room).map(relocate));
    }
}
