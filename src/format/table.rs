//! Numbers in text: comma, semicolon, tab or blank separated, with or without a row of names.
//!
//! What separates the cells and whether the first row names the columns is found from the start of the text (`sniff`).
//! A row or cell that does not fit is located and counted, never dropped silently. Not here: fixed-width text, hex
//! floats and digits with underscores, which pandas does not read either.

mod cell;
mod rows;
mod sniff;

use super::column::{Builder, Column, LOCATED, shown};
use super::{Refusal, encoding};
use crate::engine::Cancel;
use crate::error::{At, Problem};
use crate::hist::Number;
use crate::hist::scale::counted;
use cell::Cell;
use rows::{Cells, Rows};
use sniff::Above;
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
pub fn read(bytes: &[u8], cancel: &Cancel) -> Result<Table, Refusal> {
    let (text, mut problems) = encoding::decode(bytes);
    let shape = sniff::shape(&text);
    problems.extend(shape.problem);
    let mut reader =
        Reader { delimiter: shape.delimiter, names: shape.names, columns: Vec::new(), rows: 0, odd_rows: 0, problems };
    reader.widen(reader.names.as_ref().map_or(0, Vec::len), 1)?;
    let mut rows = Rows::new(&text, shape.delimiter);
    match shape.above {
        Above::Nothing => {}
        Above::Row => _ = rows.next(),
        Above::Comment => rows.skip_line(),
    }
    if reader.names.is_none() && rows.is_single() {
        reader.line(rows.next().map(|row| (row.line, row.cells)));
    } else {
        while let Some(row) = rows.next() {
            if reader.rows.is_multiple_of(PATIENCE) {
                cancel.check().map_err(|stop| Refusal::new(stop.to_string()))?;
            }
            reader.row(row.line, row.cells)?;
        }
    }
    reader.problems.extend(rows.problems());
    reader.finish()
}

struct Reader {
    delimiter: Delimiter,
    names: Option<Vec<String>>,
    columns: Vec<Builder>,
    rows: u64,
    /// Rows with more or fewer cells than columns.
    odd_rows: u64,
    problems: Vec<Problem>,
}

impl Reader {
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

    fn row(&mut self, line: u64, cells: Cells<'_>) -> Result<(), Refusal> {
        let first = self.names.is_none() && self.rows == 0;
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
            let (names, delimiter) = (&self.names, self.delimiter);
            if let Some(column) = self.columns.get_mut(found) {
                push(column, delimiter, cell, || At::Cell { line, column: name(names.as_deref(), found) });
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
                let cells = counted(found as u64, "cell");
                self.problems.push(Problem::new(At::Line(line), format!("{cells} instead of {width}")));
            }
        }
        Ok(())
    }

    /// Cells beyond the last column open columns of their own, empty in the rows before.
    fn widen(&mut self, width: usize, line: u64) -> Result<(), Refusal> {
        if width > MAX_COLUMNS {
            return Err(Refusal::new(format!(
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

    fn finish(mut self) -> Result<Table, Refusal> {
        if self.odd_rows > LOCATED as u64 {
            let more = self.odd_rows - LOCATED as u64;
            self.problems.push(Problem::new(At::Whole, format!("{more} more rows of another length")));
        }
        let alone = self.names.is_none() && self.columns.len() == 1;
        let names = self.names.as_deref();
        let names = unique((0..self.columns.len()).map(|i| name(names, i)));
        let columns: Vec<Column> = (self.columns.into_iter().zip(names))
            .filter_map(|(column, name)| column.finish(if alone { Vec::new() } else { vec![name] }))
            .collect();
        if columns.is_empty() {
            return Err(Refusal::new("it is text without a column of numbers"));
        }
        Ok(Table { delimiter: self.delimiter, columns, rows: self.rows, problems: self.problems })
    }
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
