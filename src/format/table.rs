//! Numbers in text: comma, semicolon, bar, tab or blank separated, with or without a row of names.
//!
//! What separates the cells and whether the first row names the columns is found from the start of the text (`sniff`).
//! A row or cell that does not fit is located and counted, never dropped silently. A large text without quotes is read in
//! pieces, on all cores, by the same rules. Not here: fixed-width text, hex floats and digits with underscores, which
//! pandas does not read either.

mod cell;
mod parts;
mod rows;
mod sniff;

use super::column::{Builder, Column, LOCATED, shown};
use super::{DecodeError, Text, encoding};
use crate::engine::Cancel;
use crate::error::{At, Problem};
use crate::hist::Number;
use crate::text::plural;
use cell::Cell;
use rows::{Cells, Rows};
use sniff::Shape;
use std::collections::HashSet;

pub use sniff::Delimiter;

/// More columns than this are refused, since each costs memory whatever it holds.
const MAX_COLUMNS: usize = 100_000;

/// Rows between two looks at whether to go on.
const PATIENCE: u64 = 4096;

/// The columns of a text that hold numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub delimiter: Delimiter,
    /// Columns with at least one number, in the order of the text.
    pub columns: Vec<Column>,
    /// Rows of data, the row of names not among them.
    pub rows: u64,
    /// What was wrong with the text as a whole, and the first rows of a wrong length.
    pub problems: Vec<Problem>,
}

/// Reads a whole text.
///
/// # Errors
/// A text without a single number, or with too many columns; whatever error when it was cancelled.
pub fn read(bytes: &[u8], cancel: &Cancel) -> Result<Table, DecodeError> {
    let (text, problems) = encoding::decode(bytes);
    let Shape { delimiter, names, above, problem } = sniff::shape(&text);
    let mut reader = Reader::new(delimiter, names.as_deref());
    reader.problems = problems.into_iter().chain(problem).collect();
    reader.widen(names.as_ref().map_or(0, Vec::len), 1)?;
    let mut rows = Rows::new(&text, delimiter);
    rows.skip_names(above);
    if names.is_none() && rows.is_single() {
        reader.line(rows.next().map(|row| (row.line, row.cells)));
    } else {
        reader.read(&mut rows, cancel)?;
    }
    reader.problems.extend(rows.problems());
    reader.finish()
}

/// Reads a text that need not be in memory, on all cores; `None` where only [`read`] can tell what it holds: short
/// texts, texts with quotes, rows that become wider as they go.
///
/// # Errors
/// As [`read`], and bytes that cannot be read.
pub fn read_in_parts(text: &dyn Text, cancel: &Cancel) -> Result<Option<Table>, DecodeError> {
    parts::read(text, super::chunks::PIECE, cancel)
}

/// What was read so far.
struct Reader<'n> {
    delimiter: Delimiter,
    names: Option<&'n [String]>,
    columns: Vec<Builder>,
    /// Whether the next row says how many columns there are.
    first: bool,
    rows: u64,
    /// Rows with more or fewer cells than columns.
    odd_rows: u64,
    problems: Vec<Problem>,
}

impl<'n> Reader<'n> {
    fn new(delimiter: Delimiter, names: Option<&'n [String]>) -> Self {
        let (columns, problems) = (Vec::new(), Vec::new());
        Self { delimiter, names, columns, first: names.is_none(), rows: 0, odd_rows: 0, problems }
    }

    fn read(&mut self, rows: &mut Rows<'_>, cancel: &Cancel) -> Result<(), DecodeError> {
        loop {
            cancel.check().map_err(|stop| DecodeError::new(stop.to_string()))?;
            if rows.pass(|text, at| self.plain(text, at)) {
                continue;
            }
            let Some(row) = rows.next() else { return Ok(()) };
            self.row(row.line, row.cells)?;
        }
    }

    /// Takes rows that are nothing but numbers and delimiters, which most rows are, and returns how many there were and
    /// where the next one starts. All others are left to [`Self::row`], which would find the same numbers.
    fn plain(&mut self, text: &[u8], mut at: usize) -> (u64, usize) {
        let mut rows = 0;
        while !self.first
            && rows < PATIENCE
            && let Some(next) = self.plain_row(text, at)
        {
            at = next;
            rows += 1;
        }
        self.rows += rows;
        (rows, at)
    }

    #[inline]
    fn plain_row(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        let delimiter = self.delimiter.byte().unwrap_or(b' ');
        let width = self.columns.len();
        for (i, column) in self.columns.iter_mut().enumerate() {
            let Some((number, next)) = plain_cell(text, at, (i + 1 < width).then_some(delimiter)) else {
                self.columns.iter_mut().take(i).for_each(Builder::pop);
                return None;
            };
            match number {
                Cell::Int(i) => column.push_i64(i),
                Cell::Float(x) => column.push_f64(x),
                _ => {}
            }
            at = next;
        }
        (width > 0).then_some(at)
    }

    /// A text of one line without names is one series, not a table of one row.
    fn line(&mut self, row: Option<(u64, Cells<'_>)>) {
        let mut column = Builder::default();
        if let Some((line, cells)) = row {
            for (i, cell) in cells.enumerate() {
                push(&mut column, self.delimiter, cell, || At::Cell { line, column: i.to_string() });
                self.rows += 1;
            }
        }
        self.columns = vec![column];
    }

    fn row(&mut self, line: u64, cells: Cells<'_>) -> Result<(), DecodeError> {
        let first = std::mem::take(&mut self.first);
        let width = self.columns.len();
        let mut found = 0;
        let mut extra = 0;
        for cell in cells {
            if found >= self.columns.len() {
                // A delimiter at the end of a line opens no column.
                if !first && cell.trim_ascii().is_empty() {
                    extra += 1;
                    continue;
                }
                self.widen(found + extra + 1, line)?;
                self.columns.iter_mut().skip(found).take(extra).for_each(|empty| empty.push_missing(1));
                found += extra;
                extra = 0;
            }
            let (names, delimiter) = (self.names, self.delimiter);
            if let Some(column) = self.columns.get_mut(found) {
                push(column, delimiter, cell, || At::Cell { line, column: name(names, found) });
            }
            found += 1;
        }
        for absent in self.columns.iter_mut().skip(found) {
            absent.push_missing(1);
        }
        self.rows += 1;
        if found != width && !first {
            self.odd_rows += 1;
            if self.odd_rows <= LOCATED as u64 {
                let cells = plural(found as u64, "cell");
                self.problems.push(Problem::new(At::Line(line), format!("{cells} instead of {width}")));
            }
        }
        Ok(())
    }

    /// Cells beyond the last column open columns of their own, empty in the rows before.
    fn widen(&mut self, width: usize, line: u64) -> Result<(), DecodeError> {
        if width > MAX_COLUMNS {
            return Err(DecodeError::new(format!(
                "line {line} has more than {MAX_COLUMNS} columns; write the numbers on a line each, or as .npy"
            )));
        }
        while self.columns.len() < width {
            let mut column = Builder::default();
            column.push_missing(self.rows);
            self.columns.push(column);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Table, DecodeError> {
        if self.odd_rows > LOCATED as u64 {
            let more = self.odd_rows - LOCATED as u64;
            self.problems.push(Problem::new(At::Whole, format!("{more} more rows of another length")));
        }
        let alone = self.names.is_none() && self.columns.len() == 1;
        let names = unique((0..self.columns.len()).map(|i| name(self.names, i)));
        if self.columns.iter().all(Builder::is_hardly_numbers) {
            return Err(DecodeError::new("it is text without a column of numbers"));
        }
        for (column, name) in self.columns.iter().zip(&names) {
            if let Some(Problem { at, message, .. }) = column.refused() {
                self.problems.push(Problem::new(at.clone(), format!("the column '{name}' is left out: {message}")));
            }
        }
        let columns: Vec<Column> = (self.columns.into_iter().zip(names))
            .filter_map(|(column, name)| column.finish(if alone { Vec::new() } else { vec![name] }))
            .collect();
        Ok(Table { delimiter: self.delimiter, columns, rows: self.rows, problems: self.problems })
    }
}

/// The number at `at` with what must follow it, a delimiter or else the end of the line, and where the next cell starts.
#[inline]
fn plain_cell(text: &[u8], at: usize, delimiter: Option<u8>) -> Option<(Cell, usize)> {
    let (number, end) = cell::number(text, at)?;
    let next = match (text.get(end), delimiter) {
        (Some(byte), Some(delimiter)) if *byte == delimiter => end + 1,
        (Some(b'\n'), None) => end + 1,
        (Some(b'\r'), None) if text.get(end + 1) == Some(&b'\n') => end + 2,
        (None, None) => end,
        _ => return None,
    };
    Some((number, next))
}

fn push(column: &mut Builder, delimiter: Delimiter, cell: &[u8], at: impl FnOnce() -> At) {
    match cell::read(cell, delimiter) {
        Cell::Int(i) => column.push_i64(i),
        Cell::Float(x) => column.push_f64(x),
        Cell::Wide(i) => column.push(Number::Int(i), at),
        Cell::Huge(x) => column.push_rounded(x, at),
        Cell::Missing => column.push_missing(1),
        Cell::Text => {
            column.push_bad(|| Problem::new(at(), format!("{} is not a number", shown(&encoding::text(cell)))));
        }
    }
}

/// A column's name: from the row of names, else its position from 0.
fn name(names: Option<&[String]>, index: usize) -> String {
    let given = names.and_then(|names| names.get(index)).filter(|name| !name.is_empty());
    given.map_or_else(|| index.to_string(), String::clone)
}

/// Tells columns of one name apart as pandas does: `a`, `a.1`, `a.2`.
fn unique(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut repeats = std::collections::HashMap::<String, usize>::new();
    names
        .map(|name| {
            let mut free = name.clone();
            while !taken.insert(free.clone()) {
                let n = repeats.entry(name.clone()).or_insert(0);
                *n += 1;
                free = format!("{name}.{n}");
            }
            free
        })
        .collect()
}

#[cfg(test)]
mod tests;
