//! Tables with aligned columns.

use super::exit::{Failure, print};
use super::json::BLOCK;
use crate::text;
use std::fmt::Write as _;

/// A column of a table.
#[derive(Debug)]
struct Column {
    name: String,
    align: Align,
    width: usize,
    is_hidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Table that is printed once its column widths are known.
pub(super) struct Table {
    columns: Vec<Column>,
    /// Cells of each row, separated by tabs, which cells do not contain. A list may have many rows.
    rows: Vec<String>,
}

impl Table {
    /// Creates a table with a heading.
    pub(super) fn new(columns: &[(&str, Align)]) -> Self {
        let column = |(name, align): &(&str, Align)| Column {
            name: (*name).to_owned(),
            align: *align,
            width: 0,
            is_hidden: false,
        };
        let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut table = Self { columns: columns.iter().map(column).collect(), rows: Vec::new() };
        table.push(&names);
        table
    }

    /// Returns true if there is only the heading.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() <= 1
    }

    /// Leaves a column out.
    pub(super) fn hide(&mut self, name: &str) {
        self.columns.iter_mut().filter(|column| column.name == name).for_each(|column| column.is_hidden = true);
    }

    /// Adds a row with one cell for each column.
    pub(super) fn push(&mut self, cells: &[String]) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.width = column.width.max(text::width(cell));
        }
        self.rows.push(cells.join("\t"));
    }

    pub(super) fn print(self) -> Result<(), Failure> {
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            let cells = row.split('\t').zip(&self.columns).filter(|(_, column)| !column.is_hidden);
            for (at, (cell, column)) in cells.enumerate() {
                let blanks = column.width - text::width(cell);
                let gap = if at == 0 { "" } else { "  " };
                // Writing to a string cannot fail.
                let _ = match column.align {
                    Align::Right => write!(line, "{gap}{:blanks$}{cell}", ""),
                    Align::Left => write!(line, "{gap}{cell}{:blanks$}", ""),
                };
            }
            out += line.trim_end();
            out.push('\n');
            if out.len() >= BLOCK {
                print(out.as_bytes())?;
                out.clear();
            }
        }
        print(out.as_bytes())
    }
}
