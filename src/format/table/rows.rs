//! The rows of a text and the cells of a row, without a copy where nothing is quoted.

use super::Delimiter;
use super::sniff::Above;
use crate::error::{At, Problem};
use csv::{ByteRecord, ByteRecordIter};
use memchr::{memchr, memchr_iter};

/// Walks over the rows of a text; blank lines and comments (`#`) are none.
pub(super) struct Rows<'a> {
    text: &'a [u8],
    delimiter: Delimiter,
    /// Where the next row starts at the earliest, and on which line that is.
    at: usize,
    line: u64,
    quoted: Option<Quoted<'a>>,
    /// How many lines were taken for comments, and the first of them.
    comments: Option<(u64, u64)>,
}

struct Quoted<'a> {
    reader: csv::Reader<&'a [u8]>,
    record: ByteRecord,
}

impl<'a> Quoted<'a> {
    fn new(text: &'a [u8], delimiter: u8) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(delimiter).comment(Some(b'#')).has_headers(false).flexible(true).buffer_capacity(1 << 16);
        Self { reader: builder.from_reader(text), record: ByteRecord::new() }
    }
}

/// One row, and the line it starts on.
pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) cells: Cells<'a>,
}

/// The cells of a row, in order; quotes are taken off, blanks around are not.
pub(super) enum Cells<'a> {
    Delimited { rest: Option<&'a [u8]>, delimiter: u8 },
    Blanks { rest: &'a [u8] },
    Quoted(ByteRecordIter<'a>),
}

impl<'a> Rows<'a> {
    pub(super) fn new(text: &'a [u8], delimiter: Delimiter) -> Self {
        // Without quotes a row is a line.
        let plain = memchr(b'"', text).is_none();
        Self {
            quoted: delimiter.byte().filter(|_| !plain).map(|byte| Quoted::new(text, byte)),
            ..Self::plain(text, delimiter)
        }
    }

    /// Of a text that is known to have no quotes.
    pub(super) fn plain(text: &'a [u8], delimiter: Delimiter) -> Self {
        Self { text, delimiter, at: 0, line: 1, quoted: None, comments: None }
    }

    /// Whether exactly one row is left; does not move on.
    pub(super) fn is_single(&self) -> bool {
        let mut ahead = Rows::new(self.text.get(self.at..).unwrap_or_default(), self.delimiter);
        ahead.next().is_some() && ahead.next().is_none()
    }

    pub(super) fn next(&mut self) -> Option<Row<'_>> {
        self.skip();
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        if let Some(quoted) = &mut self.quoted {
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
            None => Cells::Blanks { rest: memchr(b'#', row).and_then(|end| row.get(..end)).unwrap_or(row) },
        };
        Some(Row { line, cells })
    }

    /// Moves behind the names of the columns; a comment on the first line is no row.
    pub(super) fn skip_names(&mut self, above: Above) {
        match above {
            Above::Nothing => {}
            Above::Row => _ = self.next(),
            Above::Comment => self.at = memchr(b'\n', self.text).unwrap_or(self.text.len()),
        }
    }

    /// Hands the text and where the next row starts to `take`, which returns how many rows it took and where the one behind
    /// them starts. Whether it took any; rows with quotes are not handed out.
    pub(super) fn pass(&mut self, take: impl FnOnce(&[u8], usize) -> (u64, usize)) -> bool {
        if self.quoted.is_some() {
            return false;
        }
        self.skip();
        let (rows, next) = take(self.text, self.at);
        self.at = next;
        self.line += rows;
        rows > 0
    }

    /// How many lines the rows so far took.
    pub(super) fn lines(&self) -> u64 {
        self.line - 1
    }

    /// How many comments there are, and the line of the first of them.
    pub(super) fn comments(&self) -> Option<(u64, u64)> {
        self.comments
    }

    /// Adds the comments of the text behind this one.
    pub(super) fn add_comments(&mut self, (n, first): (u64, u64)) {
        self.comments.get_or_insert((0, first)).0 += n;
    }

    /// Moves over line ends, blank lines and comments to the first byte of a row.
    fn skip(&mut self) {
        while let Some((first, _)) = self.text.get(self.at..).and_then(<[u8]>::split_first) {
            match first {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                }
                b'\r' => self.at += 1,
                b' ' | b'\t' if self.delimiter == Delimiter::Blanks => self.at += 1,
                b'#' => {
                    self.comments.get_or_insert((0, self.line)).0 += 1;
                    let rest = self.text.get(self.at..).unwrap_or_default();
                    self.at += memchr(b'\n', rest).unwrap_or(rest.len());
                }
                _ => break,
            }
        }
    }

    /// What was left out, and a quote that swallowed the end of the text; asked for behind the last row.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        // In blank-separated text a comment is what everyone expects; in a CSV it could be meant as data.
        if let Some((n, first)) = self.comments.filter(|_| self.delimiter != Delimiter::Blanks) {
            problems.push(Problem::new(At::Line(first), format!("lines that start with # are left out: {n}")));
        }
        if let Some(quoted) = &self.quoted
            && let Some(start) = quoted.record.position()
            && let Some(last) = self.text.get(start.byte() as usize..)
            && memchr_iter(b'"', last).count() % 2 == 1
        {
            problems.push(Problem::new(At::Line(start.line()), "a quote that opens here is never closed"));
        }
        problems
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
                let end = row.iter().position(u8::is_ascii_whitespace).unwrap_or(row.len());
                let (cell, tail) = row.split_at(end);
                *rest = tail;
                (!cell.is_empty()).then_some(cell)
            }
            Self::Quoted(cells) => cells.next(),
        }
    }
}
