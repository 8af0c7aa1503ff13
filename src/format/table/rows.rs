//! Iterators over the rows of a text and the cells of a row. Cells of a text without quotes are not copied.

use super::delimiter::Delimiter;
use crate::error::{At, Problem};
use crate::format::spelling;
use crate::text::plural;
use csv::{ByteRecord, ByteRecordIter};
use memchr::{memchr, memchr_iter, memmem};
use std::io;

/// Bytes that contain any error of a spreadsheet and the delimiter after it.
const MAX_ERROR: usize = 20;

/// Iterates over the rows of a text. Skips blank lines, comments (`#`) and a declaration of the delimiter.
pub(super) struct Rows<'a> {
    text: &'a [u8],
    delimiter: Delimiter,
    /// Byte offset and line number at which the search for the next row starts.
    at: usize,
    line: u64,
    quoted: Option<Quoted<'a>>,
    comments: Option<Comments>,
}

/// The position of the column names in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderPosition {
    None,
    /// In the first row.
    Row,
    /// In a comment on the first line.
    Comment,
}

/// The skipped comment lines of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comments {
    pub(super) lines: u64,
    pub(super) first_line: u64,
}

struct Quoted<'a> {
    reader: csv::Reader<io::Cursor<&'a [u8]>>,
    record: ByteRecord,
    /// True if the reader itself skips lines that start with `#`. It would also skip rows that start with `#N/A`, and does not
    /// skip a declaration.
    skips_comments: bool,
}

impl<'a> Quoted<'a> {
    fn new(text: &'a [u8], delimiter: u8) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        let skips_comments = !(declared_delimiter(text).is_some()
            || starts_with_error(text)
            || memmem::find_iter(text, b"\n#").any(|at| starts_with_error(text.get(at + 1..).unwrap_or_default())));
        // Skipping a comment discards the buffer.
        let capacity = if skips_comments { 1 << 16 } else { 1 << 12 };
        builder.delimiter(delimiter).comment(skips_comments.then_some(b'#')).has_headers(false).flexible(true);
        let reader = builder.buffer_capacity(capacity).from_reader(io::Cursor::new(text));
        Self { reader, record: ByteRecord::new(), skips_comments }
    }
}

/// One row, and the number of the line on which it starts.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) cells: Cells<'a>,
}

/// The cells of a row, in order, without quotes but with the blanks around them.
pub(super) enum Cells<'a> {
    Delimited { rest: Option<&'a [u8]>, delimiter: u8 },
    Blanks { rest: &'a [u8] },
    Quoted(ByteRecordIter<'a>),
}

impl<'a> Rows<'a> {
    pub(super) fn new(text: &'a [u8], delimiter: Delimiter) -> Self {
        // Without quotes, each line is a row.
        let plain = memchr(b'"', text).is_none();
        Self {
            quoted: delimiter.byte().filter(|_| !plain).map(|byte| Quoted::new(text, byte)),
            ..Self::plain(text, delimiter)
        }
    }

    /// Iterates over a text without quotes.
    pub(super) fn plain(text: &'a [u8], delimiter: Delimiter) -> Self {
        Self { text, delimiter, at: 0, line: 1, quoted: None, comments: None }
    }

    /// Returns true if exactly one row is left. Does not advance.
    pub(super) fn is_single(&self) -> bool {
        let mut ahead = Rows::new(self.text.get(self.at..).unwrap_or_default(), self.delimiter);
        ahead.next().is_some() && ahead.next().is_none()
    }

    pub(super) fn next(&mut self) -> Option<Row<'_>> {
        let skipped_comments = self.skip();
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        if let Some(quoted) = &mut self.quoted {
            if skipped_comments && !quoted.skips_comments {
                let mut position = csv::Position::new();
                position.set_byte(self.at as u64).set_line(line);
                quoted.reader.seek(position).ok()?;
            }
            if !quoted.reader.read_byte_record(&mut quoted.record).unwrap_or(false) {
                return None;
            }
            let position = quoted.reader.position();
            (self.at, self.line) = (position.byte() as usize, position.line());
            return Some(Row { line, cells: Cells::Quoted(quoted.record.iter()) });
        }
        let rest = self.text.get(self.at..)?;
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let row = rest.get(..end)?;
        self.at += end + 1;
        self.line += 1;
        let row = row.strip_suffix(b"\r").unwrap_or(row);
        let cells = match self.delimiter.byte() {
            Some(delimiter) => Cells::Delimited { rest: Some(row), delimiter },
            None => Cells::Blanks { rest: without_comment(row) },
        };
        Some(Row { line, cells })
    }

    /// Skips the column names.
    pub(super) fn skip_names(&mut self, header: HeaderPosition) {
        match header {
            HeaderPosition::None => {}
            HeaderPosition::Row => _ = self.next(),
            HeaderPosition::Comment => self.at = memchr(b'\n', self.text).unwrap_or(self.text.len()),
        }
    }

    /// Lets `read` parse rows by itself: it gets the text and the byte offset of the next row, and returns the number of
    /// rows it parsed and the offset after them. Returns true if it parsed any. Does nothing in a text with quotes.
    pub(super) fn bypass(&mut self, read: impl FnOnce(&[u8], usize) -> (u64, usize)) -> bool {
        if self.quoted.is_some() {
            return false;
        }
        self.skip();
        let (rows, next) = read(self.text, self.at);
        self.at = next;
        self.line += rows;
        rows > 0
    }

    /// Returns the number of lines before the next row.
    pub(super) fn lines(&self) -> u64 {
        self.line - 1
    }

    pub(super) fn comments(&self) -> Option<Comments> {
        self.comments
    }

    /// Adds the comments of the text that follows this one.
    pub(super) fn add_comments(&mut self, more: Comments) {
        self.comments.get_or_insert(Comments { lines: 0, ..more }).lines += more.lines;
    }

    /// Skips line ends, blank lines, comments and a declaration up to the first byte of a row. Returns true if there were
    /// comments or a declaration.
    fn skip(&mut self) -> bool {
        let mut comments = false;
        if self.at == 0 && declared_delimiter(self.text) == Some(self.delimiter) {
            comments = true;
            self.at = memchr(b'\n', self.text).unwrap_or(self.text.len());
        }
        while let Some((first, _)) = self.text.get(self.at..).and_then(<[u8]>::split_first) {
            match first {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                }
                b'\r' => self.at += 1,
                b' ' | b'\t' if self.delimiter == Delimiter::Blanks => self.at += 1,
                b'#' if !starts_with_error(self.text.get(self.at..).unwrap_or_default()) => {
                    comments = true;
                    self.comments.get_or_insert(Comments { lines: 0, first_line: self.line }).lines += 1;
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    self.at += memchr(b'\n', rest).unwrap_or(rest.len());
                }
                _ => break,
            }
        }
        comments
    }

    /// Returns the problems of the text after the last row: skipped comments, and a quote that is not closed.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        // Comments are usual in blank-separated text, but in a CSV such a line may be data.
        if let Some(comments) = self.comments.filter(|_| self.delimiter != Delimiter::Blanks) {
            let lines = plural(comments.lines, "line");
            problems.push(Problem::new(At::Line(comments.first_line), format!("skipped {lines} starting with #")));
        }
        if let Some(quoted) = &self.quoted
            && let Some(start) = quoted.record.position()
            && let Some(last) = self.text.get(start.byte() as usize..)
            && memchr_iter(b'"', last).count() % 2 == 1
        {
            problems.push(Problem::new(At::Line(start.line()), "the quote that opens here is not closed"));
        }
        problems
    }
}

/// Returns the delimiter that a first line such as `sep=;` declares for Excel.
pub(super) fn declared_delimiter(text: &[u8]) -> Option<Delimiter> {
    let (byte, tail) = text.strip_prefix(b"sep=")?.split_first()?;
    let usual = [Delimiter::Tab, Delimiter::Semicolon, Delimiter::Bar, Delimiter::Comma];
    let is_alone = tail.is_empty() || tail.starts_with(b"\n") || tail.starts_with(b"\r\n");
    usual.into_iter().find(|delimiter| is_alone && delimiter.byte() == Some(*byte))
}

/// Returns true if the first cell is an error of a spreadsheet, such as `#N/A`.
fn starts_with_error(row: &[u8]) -> bool {
    let row = row.get(..MAX_ERROR).unwrap_or(row);
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'#' | b'/' | b'!' | b'?' | b'_');
    let end = row.iter().position(|b| !is_letter(b)).unwrap_or(row.len());
    row.starts_with(b"#") && row.get(..end).and_then(|name| str::from_utf8(name).ok()).is_some_and(spelling::is_error)
}

/// Returns a row of blank-separated cells without the comment at its end. A `#` inside a value such as `1.#INF` or `#N/A`
/// does not start a comment.
fn without_comment(row: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(at) = row.get(from..).and_then(|rest| memchr(b'#', rest)).map(|at| from + at) {
        let start = row.iter().take(at).rposition(u8::is_ascii_whitespace).map_or(0, |blank| blank + 1);
        let end = row.iter().skip(at).position(u8::is_ascii_whitespace).map_or(row.len(), |length| at + length);
        if start < from || row.get(start..end).and_then(spelling::read).is_none() {
            return row.get(..at).unwrap_or(row);
        }
        from = end;
    }
    row
}

/// Splits a row of blank-separated cells after a first cell in quotes, such as the names that R writes.
fn quoted_cell(row: &[u8]) -> Option<(&[u8], &[u8])> {
    let inside = row.strip_prefix(b"\"")?;
    let mut from = 0;
    loop {
        let end = from + memchr(b'"', inside.get(from..)?)?;
        let tail = inside.get(end + 1..)?;
        match tail.first() {
            // Two quotes stand for one.
            Some(b'"') => from = end + 2,
            Some(next) if !next.is_ascii_whitespace() => return None,
            _ => return Some((inside.get(..end)?, tail)),
        }
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        match self {
            Self::Delimited { rest, delimiter } => {
                let row = (*rest)?;
                let end = memchr(*delimiter, row);
                *rest = end.and_then(|end| row.get(end + 1..));
                end.map_or(Some(row), |end| row.get(..end))
            }
            Self::Blanks { rest } => {
                let row = rest.trim_ascii_start();
                if let Some((cell, tail)) = quoted_cell(row) {
                    *rest = tail;
                    return Some(cell);
                }
                let end = row.iter().position(u8::is_ascii_whitespace).unwrap_or(row.len());
                let (cell, tail) = row.split_at(end);
                *rest = tail;
                (!cell.is_empty()).then_some(cell)
            }
            Self::Quoted(cells) => cells.next(),
        }
    }
}
