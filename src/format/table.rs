//! Tables of numbers in text, separated by commas, semicolons, bars, tabs or blanks, with or without column names.
//!
//! `sniff` detects the delimiter and the column names from the start of the text. Rows and cells that do not fit are
//! located and counted, never dropped silently. Large texts without quotes are read in chunks on all cores, by the same
//! rules. Not here: fixed-width text, hexadecimal floats and digits with underscores, which pandas does not read either.

mod cell;
mod delimiter;
mod logged;
mod parts;
mod rows;
mod separators;
mod sniff;

use super::column::{Column, ColumnBuilder, LOCATED, quoted};
use super::document::JsonSeries;
use super::names::unique;
use super::samples::BOOKKEEPING;
use super::spelling::{self, Spelling};
use super::table_runs::{self, RunColumns, TableRuns};
use super::{DecodeError, Text, encoding};
use crate::engine::{Reservation, Task};
use crate::error::{At, Problem};
use crate::hist::Number;
use crate::text::plural;
use cell::{Cell, Notation};
use logged::{LoggedCells, StepColumn};
use rows::{Row, Rows};
use separators::{Decimal, Evidence};
use sniff::TableLayout;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub use delimiter::Delimiter;

/// Maximum number of columns. Each needs memory even if it is empty.
const MAX_COLUMNS: usize = 100_000;

/// Rows between two checks for cancellation.
const CANCEL_INTERVAL: u64 = 4096;

/// Cells between two checks of the memory budget.
const MEMORY_INTERVAL: u64 = 1 << 15;

/// Bytes of memory for the names of a column, in addition to its cells.
const NAMES: usize = 400;

/// The columns of numbers in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub delimiter: Delimiter,
    /// Columns with at least one number, in the order of the text.
    pub columns: Vec<Column>,
    /// Columns of histograms, in the order of the text.
    pub histograms: Vec<JsonSeries>,
    /// Rows of data, without the column names.
    pub rows: u64,
    /// Problems of the text, and the first rows with a different number of cells.
    pub problems: Vec<Problem>,
}

/// Reads a text.
///
/// # Errors
/// The text has no column of numbers or too many columns, the numbers exceed the memory budget, or the task was cancelled.
pub fn read(bytes: &[u8], task: &Task) -> Result<Table, DecodeError> {
    let (text, problems) = encoding::decode(bytes);
    let copied = if matches!(text, Cow::Owned(_)) { text.len() as u64 } else { 0 };
    let _copied = task.memory.reserve(copied)?;
    let TableLayout { delimiter, names, header, notations, problem } = sniff::layout(&text);
    let mut reader = Reader::new(delimiter, names.as_deref(), &notations, task);
    reader.problems = problems.into_iter().chain(problem).collect();
    reader.widen(names.as_ref().map_or(0, Vec::len), 1)?;
    let mut rows = Rows::new(&text, delimiter);
    rows.skip_names(header);
    if names.is_none() && rows.is_single() {
        reader.line(rows.next())?;
    } else {
        reader.read(&mut rows, task)?;
    }
    reader.problems.extend(rows.problems());
    reader.finish()
}

/// Reads a text on all cores, without loading it into memory. Returns `None` for texts that only [`read`] can handle:
/// short ones, and texts with quotes or with later rows that have more columns.
///
/// # Errors
/// Those of [`read`]. Also, the bytes cannot be read.
pub fn read_in_parts(text: &dyn Text, task: &Task) -> Result<Option<Table>, DecodeError> {
    parts::read(text, super::chunks::CHUNK_SIZE, task)
}

/// A table of several runs, each as a table of its own.
#[derive(Debug)]
pub struct RunTables {
    pub runs: TableRuns,
    /// Table of each run; `None` for a run without histograms and numbers.
    pub tables: Vec<Option<Table>>,
    /// Problems of the whole text.
    pub problems: Vec<Problem>,
}

/// Reads a table with histograms of several runs. Returns `None` for other tables.
///
/// # Errors
/// The columns exceed the memory budget, or the task was cancelled.
pub fn read_runs(bytes: &[u8], task: &Task) -> Result<Option<RunTables>, DecodeError> {
    let (text, mut problems) = encoding::decode(bytes);
    let TableLayout { delimiter, names, header, notations, problem } = sniff::layout(&text);
    let Some(names) = names else { return Ok(None) };
    let position = |name: &str| names.iter().position(|column| column == name);
    let Some(RunColumns { id, name, .. }) = RunColumns::find(position) else { return Ok(None) };
    let copied = if matches!(text, Cow::Owned(_)) { text.len() as u64 } else { 0 };
    let _copied = task.memory.reserve(copied)?;
    let (mut runs, held) = (TableRuns::default(), task.memory.reservation());
    let (mut readers, mut without): (Vec<Reader>, u64) = (Vec::new(), 0);
    let mut rows = Rows::new(&text, delimiter);
    rows.skip_names(header);
    let mut number = 0;
    while let Some(row) = rows.next() {
        number += 1;
        if number % CANCEL_INTERVAL == 0 {
            task.cancel.check().map_err(|stop| DecodeError::new(stop.to_string()))?;
        }
        let cells: Vec<&[u8]> = row.cells.collect();
        let text = |column: usize| cells.get(column).map(|cell| encoding::text(cell.trim_ascii()));
        let [own, other] = [text(id), text(name).filter(|_| id != name)];
        let Some(run) = runs.position(own.as_deref(), other.as_deref(), &held)? else {
            without += 1;
            continue;
        };
        if run as usize == readers.len() {
            let mut reader = Reader::new(delimiter, Some(&names), &notations, task);
            reader.widen(names.len(), 1)?;
            readers.push(reader);
        }
        if let Some(reader) = readers.get_mut(run as usize) {
            reader.row(row.line, cells.into_iter())?;
            if reader.unchecked >= MEMORY_INTERVAL {
                reader.reserve()?;
            }
        }
    }
    held.keep();
    if readers.iter().all(|reader| reader.logged.is_empty()) {
        return Ok(None);
    }
    problems.extend(problem.into_iter().chain(rows.problems()));
    if without > 0 {
        problems.push(Problem::new(At::Whole, format!("{} without a run left out", plural(without, "row"))));
    }
    let tables = readers.into_iter().map(|reader| reader.finish_run().ok()).collect();
    Ok(Some(RunTables { runs, tables, problems }))
}

/// Collects the columns row by row.
struct Reader<'n> {
    delimiter: Delimiter,
    names: Option<&'n [String]>,
    /// The notation of each column of the sample, and of further ones.
    notations: &'n [Notation],
    further: Notation,
    columns: Vec<ColumnBuilder>,
    /// The first guess or contradiction in each column.
    doubts: BTreeMap<usize, Problem>,
    logged: LoggedCells,
    /// True if the next row determines the number of columns.
    first: bool,
    rows: u64,
    /// Rows with more or fewer cells than columns.
    ragged_rows: u64,
    problems: Vec<Problem>,
    /// Cells since the last check of the memory budget.
    unchecked: u64,
    /// Memory of the columns.
    held: Reservation,
}

impl<'n> Reader<'n> {
    fn new(delimiter: Delimiter, names: Option<&'n [String]>, notations: &'n [Notation], task: &Task) -> Self {
        Self {
            delimiter,
            names,
            notations,
            further: Notation::of(delimiter),
            columns: Vec::new(),
            doubts: BTreeMap::new(),
            logged: LoggedCells::new(StepColumn::of(names)),
            first: names.is_none(),
            rows: 0,
            ragged_rows: 0,
            problems: Vec::new(),
            unchecked: 0,
            held: task.memory.reservation(),
        }
    }

    fn read(&mut self, rows: &mut Rows<'_>, task: &Task) -> Result<(), DecodeError> {
        loop {
            task.cancel.check().map_err(|stop| DecodeError::new(stop.to_string()))?;
            if self.unchecked >= MEMORY_INTERVAL {
                self.reserve()?;
            }
            if rows.bypass(|text, at| self.plain(text, at)) {
                continue;
            }
            let Some(row) = rows.next() else { return self.reserve() };
            self.row(row.line, row.cells)?;
        }
    }

    /// Reserves the memory of the columns.
    fn reserve(&mut self) -> Result<(), DecodeError> {
        self.unchecked = 0;
        let memory: usize = self.columns.iter().map(|column| NAMES + column.memory()).sum();
        Ok(self.held.set(memory as u64)?)
    }

    /// Parses rows that consist only of numbers and delimiters, as most rows do. Returns the number of rows and the
    /// offset of the next one. [`Self::row`] parses all other rows, and would find the same numbers in these.
    fn plain(&mut self, text: &[u8], mut at: usize) -> (u64, usize) {
        let mut rows = 0;
        let most = CANCEL_INTERVAL.min(1 + MEMORY_INTERVAL / self.columns.len().max(1) as u64);
        // A point may separate thousands.
        let plain = !self.first && !self.notations.iter().any(|notation| notation.decimal == Decimal::Comma);
        while plain
            && rows < most
            && let Some(next) = self.plain_row(text, at)
        {
            at = next;
            rows += 1;
        }
        self.rows += rows;
        self.unchecked += rows * self.columns.len() as u64;
        (rows, at)
    }

    #[inline]
    fn plain_row(&mut self, text: &[u8], mut at: usize) -> Option<usize> {
        let delimiter = self.delimiter.byte().unwrap_or(b' ');
        let width = self.columns.len();
        for (i, column) in self.columns.iter_mut().enumerate() {
            let Some((number, next)) = plain_cell(text, at, (i + 1 < width).then_some(delimiter)) else {
                self.columns.iter_mut().take(i).for_each(ColumnBuilder::pop);
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

    /// Reads a text of one line without column names as one series, instead of a table with one row.
    fn line(&mut self, row: Option<Row<'_>>) -> Result<(), DecodeError> {
        let mut column = ColumnBuilder::default();
        if let Some(Row { line, cells }) = row {
            for (i, cell) in cells.enumerate() {
                let notation = self.notations.get(i).unwrap_or(&self.further);
                let doubt = push(&mut column, notation, cell, || At::Cell { line, column: i.to_string() });
                if let Some(doubt) = doubt {
                    self.doubts.entry(0).or_insert(doubt);
                }
                self.rows += 1;
                if self.rows.is_multiple_of(MEMORY_INTERVAL) {
                    self.held.set(column.memory() as u64)?;
                }
            }
        }
        self.columns = vec![column];
        self.reserve()
    }

    fn row<'c>(&mut self, line: u64, cells: impl Iterator<Item = &'c [u8]>) -> Result<(), DecodeError> {
        let first = std::mem::take(&mut self.first);
        let width = self.columns.len();
        let mut found = 0;
        let mut extra = 0;
        for cell in cells {
            if found >= self.columns.len() {
                // A delimiter at the end of a line does not start another column.
                if !first && cell.trim_ascii().is_empty() {
                    extra += 1;
                    continue;
                }
                self.widen(found + extra + 1, line)?;
                self.columns.iter_mut().skip(found).take(extra).for_each(|empty| empty.push_missing(1));
                found += extra;
                extra = 0;
            }
            let names = self.names;
            let at = || At::Cell { line, column: name(names, found) };
            if let Some(column) = self.columns.get_mut(found)
                && !self.logged.take(found, cell, at)
            {
                let notation = self.notations.get(found).unwrap_or(&self.further);
                if let Some(doubt) = push(column, notation, cell, at) {
                    self.doubts.entry(found).or_insert(doubt);
                }
            }
            found += 1;
        }
        for absent in self.columns.iter_mut().skip(found) {
            absent.push_missing(1);
        }
        self.rows += 1;
        self.logged.end_row();
        self.unchecked += found.max(width) as u64;
        if found != width && !first {
            self.ragged_rows += 1;
            if self.ragged_rows <= LOCATED as u64 {
                let cells = plural(found as u64, "cell");
                self.problems.push(Problem::new(At::Line(line), format!("{cells} instead of {width}")));
            }
        }
        Ok(())
    }

    /// Adds columns for the cells after the last column. They are empty in the rows before.
    fn widen(&mut self, width: usize, line: u64) -> Result<(), DecodeError> {
        if width > MAX_COLUMNS {
            return Err(DecodeError::new(format!(
                "line {line} has more than {MAX_COLUMNS} columns; write one number per line, or a .npy file"
            )));
        }
        let more = width.saturating_sub(self.columns.len());
        self.held.grow((more * (NAMES + ColumnBuilder::default().memory())) as u64)?;
        while self.columns.len() < width {
            let mut column = ColumnBuilder::default();
            column.push_missing(self.rows);
            self.columns.push(column);
            self.unchecked += MEMORY_INTERVAL / 64;
        }
        Ok(())
    }

    /// Returns the table of one run, with its histograms in the order of their steps and without columns that describe the
    /// rows.
    fn finish_run(mut self) -> Result<Table, DecodeError> {
        self.reserve()?;
        let describes_rows = |path: &[String]| path.first().is_some_and(|name| table_runs::describes_rows(name));
        // Text in these columns is not a problem.
        for (column, name) in self.columns.iter_mut().zip(self.names.unwrap_or_default()) {
            if table_runs::describes_rows(name) {
                *column = ColumnBuilder::default();
            }
        }
        let mut table = self.finish()?;
        table.columns.retain(|column| !describes_rows(&column.path));
        for series in &mut table.histograms {
            if series.steps().is_none() {
                continue;
            }
            series.entries.sort_by_key(|entry| entry.step);
            let repeated = series.entries.windows(2).filter(|pair| pair[0].step == pair[1].step).count();
            series.problems.extend(table_runs::repeated_steps(repeated).map(|why| Problem::new(At::Whole, why)));
        }
        Ok(table)
    }

    fn finish(mut self) -> Result<Table, DecodeError> {
        if self.ragged_rows > LOCATED as u64 {
            let more = plural(self.ragged_rows - LOCATED as u64, "more row");
            self.problems.push(Problem::new(At::Whole, format!("{more} with a different number of cells")));
        }
        let is_single = self.names.is_none() && self.columns.len() == 1;
        let names = unique((0..self.columns.len()).map(|i| name(self.names, i)));
        if self.logged.is_empty() && self.columns.iter().all(ColumnBuilder::is_hardly_numbers) {
            return Err(DecodeError::new("text without a column of numbers"));
        }
        let histograms = self.logged.into_series(&names);
        let is_logged = |name: &String| histograms.iter().any(|series| series.path.first() == Some(name));
        for (column, name) in self.columns.iter().zip(&names).filter(|(_, name)| !is_logged(name)) {
            if let Some(Problem { at, message, .. }) = column.rejected() {
                self.problems.push(Problem::new(at.clone(), format!("skipped column '{name}': {message}")));
            }
        }
        let describes_rows = |name: &String| !histograms.is_empty() && BOOKKEEPING.contains(&name.as_str());
        let mut columns = Vec::new();
        for (i, (column, name)) in self.columns.into_iter().zip(names).enumerate() {
            if describes_rows(&name) {
                continue;
            }
            if let Some(mut column) = column.finish(if is_single { Vec::new() } else { vec![name] }) {
                column.problems.extend(self.doubts.remove(&i));
                columns.push(column);
            }
        }
        let (delimiter, rows, problems) = (self.delimiter, self.rows, self.problems);
        Ok(Table { delimiter, columns, histograms, rows, problems })
    }
}

/// Parses the number at `at`, which the delimiter or else the end of the line must follow. Returns it with the offset of
/// the next cell.
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

/// Adds a cell to a column. Returns a problem if the meaning of its separators was guessed, or contradicts the column.
fn push(column: &mut ColumnBuilder, notation: &Notation, cell: &[u8], at: impl Fn() -> At) -> Option<Problem> {
    let (read, evidence) = cell::read(cell, notation);
    match read {
        Cell::Int(i) => column.push_i64(i),
        Cell::Float(x) => column.push_float(x, &at),
        Cell::Wide(i) => column.push(Number::Int(i), &at),
        Cell::Huge(x) => column.push_rounded(x, &at),
        Cell::Missing => column.push_missing(1),
        Cell::Text => {
            column.push_bad(|| {
                let why = why_not(cell.trim_ascii(), notation);
                Problem::new(at(), format!("{} {why}", quoted(&encoding::text(cell.trim_ascii()))))
            });
            return None;
        }
    }
    let doubt = doubt(evidence?, notation)?;
    let value = match read {
        Cell::Int(i) => i.to_string(),
        Cell::Float(x) => x.to_string(),
        _ => return None,
    };
    let text = quoted(&encoding::text(cell.trim_ascii()));
    Some(Problem::new(at(), format!("{text} is read as {value}; {doubt}")))
}

/// Returns why a cell is not a number.
fn why_not(cell: &[u8], notation: &Notation) -> String {
    if spelling::read(cell) == Some(Spelling::Ambiguous) {
        return "is an infinity or NaN, shortened by the program that wrote it".to_owned();
    }
    if let Some(Evidence::Ambiguous(_)) = separators::read(cell).map(|number| number.evidence) {
        return "is not a number: the comma may be a decimal comma or separate thousands".to_owned();
    }
    match &notation.unit {
        Some(unit) if cell.first().is_some_and(u8::is_ascii_digit) => {
            format!("is not a number in the unit of its heading, {unit}")
        }
        _ => "is not a number".to_owned(),
    }
}

/// Returns why the meaning of the separators of a number is in doubt.
fn doubt(evidence: Evidence, notation: &Notation) -> Option<&'static str> {
    match (evidence, notation.decimal) {
        (Evidence::Blank, _) => Some("a blank separates thousands"),
        (Evidence::Ambiguous(_), Decimal::Comma) if notation.guessed => Some("other columns have decimal commas"),
        (Evidence::Ambiguous(b','), Decimal::Point) if notation.guessed => Some("other columns have decimal points"),
        (Evidence::Ambiguous(b','), Decimal::Either) => Some("the comma may also separate thousands"),
        (Evidence::DecimalPoint, Decimal::Comma) => Some("other numbers of the column have decimal commas"),
        (Evidence::DecimalComma, Decimal::Point) => Some("other numbers of the column have decimal points"),
        _ => None,
    }
}

/// Returns the name of a column, or its position from 0 if it has none.
fn name(names: Option<&[String]>, index: usize) -> String {
    let given = names.and_then(|names| names.get(index)).filter(|name| !name.is_empty());
    given.map_or_else(|| index.to_string(), String::clone)
}

#[cfg(test)]
mod tests;
