//! The runs in a table of several runs, such as an export of Trackio: the columns that name the run of each row.

use super::{BatchVisitor, Batches, Projection, cell};
use crate::engine::Budget;
use crate::format::DecodeError;
use crate::hist::number_text;
use crate::json::Node;
use arrow_schema::Schema;
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

/// Columns that describe a row of a run.
pub(super) const COLUMNS: [&str; 6] = ["run_id", "run_name", "run", "step", "id", "log_id"];

/// Columns with the id or the name of a run, best first.
const IDS: [&str; 3] = ["run_id", "run_name", "run"];
const NAMES: [&str; 3] = ["run_name", "run", "run_id"];

/// Columns with the step of a row.
const STEPS: [&str; 2] = ["_step", "step"];

/// The runs of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRuns {
    /// Name and id of each run, in the order of their first rows. The id is empty if it is the name.
    pub names: Vec<(String, String)>,
    /// Position of the run of each row; `None` for a row without a run.
    pub of_rows: Vec<Option<u32>>,
}

impl TableRuns {
    /// Reads the runs of a table with steps; `None` for other tables.
    pub(super) fn read(schema: &Schema, file: &impl Batches, memory: &Budget) -> Result<Option<Self>, DecodeError> {
        let position = |name: &&str| schema.fields().iter().position(|field| field.name() == name);
        let (Some(id), Some(name), Some(_)) =
            (IDS.iter().find_map(position), NAMES.iter().find_map(position), STEPS.iter().find_map(position))
        else {
            return Ok(None);
        };
        memory.reserve(file.rows().saturating_mul(size_of::<Option<u32>>() as u64))?.keep();
        let mut roots = vec![id, name];
        roots.sort_unstable();
        roots.dedup();
        let mut runs = Self { names: Vec::new(), of_rows: Vec::new() };
        let mut positions: HashMap<String, u32> = HashMap::new();
        let [id, name] = [id, name].map(|root| roots.iter().position(|other| *other == root));
        let held = memory.reserve(0)?;
        file.read(&Projection { roots, below: Vec::new() }, &mut |batch| {
            let text = |column: Option<usize>, row| match cell::node(batch.columns().get(column?)?, row)? {
                Node::Text(text) => Some(text).filter(|text| !text.is_empty()),
                Node::Number(number) => Some(number_text(number)),
                _ => None,
            };
            for row in 0..batch.num_rows() {
                let (own, name) = (text(id, row), text(name, row));
                let Some(key) = own.clone().or_else(|| name.clone()) else {
                    runs.of_rows.push(None);
                    continue;
                };
                let position = match positions.get(&key) {
                    Some(position) => *position,
                    None => {
                        held.grow(400 + 6 * key.len() as u64)?;
                        let position = u32::try_from(runs.names.len()).unwrap_or(u32::MAX);
                        let name = name.unwrap_or_else(|| key.clone());
                        let id = own.filter(|own| *own != name).unwrap_or_default();
                        runs.names.push((name, id));
                        positions.insert(key, position);
                        position
                    }
                };
                runs.of_rows.push(Some(position));
            }
            Ok(ControlFlow::Continue(()))
        })?;
        held.keep();
        Ok((!runs.names.is_empty()).then_some(runs))
    }

    /// Returns the ranges of the rows of a run.
    pub fn rows(&self, run: u32) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for (row, _) in (0..).zip(&self.of_rows).filter(|(_, other)| **other == Some(run)) {
            match ranges.last_mut() {
                Some(last) if last.end == row => last.end += 1,
                _ => ranges.push(row..row + 1),
            }
        }
        ranges
    }
}

/// Returns true for a skipped column that only describes rows, such as `timestamp (Utf8)`.
pub(super) fn describes_rows(column: &str) -> bool {
    let name = column.split(" (").next().unwrap_or(column);
    COLUMNS.contains(&name) || ["timestamp", "space_id"].contains(&name)
}

/// Some rows of a file.
#[derive(Debug)]
pub struct OnlyRows<'f, F> {
    pub file: &'f F,
    /// Ascending ranges.
    pub rows: &'f [Range<u64>],
}

impl<F: Batches> Batches for OnlyRows<'_, F> {
    fn rows(&self) -> u64 {
        self.rows.iter().map(|rows| rows.end - rows.start).sum()
    }

    fn groups(&self) -> usize {
        1
    }

    fn read_groups(
        &self,
        groups: Range<usize>,
        projection: &Projection,
        each: BatchVisitor<'_>,
    ) -> Result<(), DecodeError> {
        if groups.is_empty() {
            return Ok(());
        }
        let (mut first, mut next) = (0, 0);
        self.file.read(projection, &mut |batch| {
            let end = first + batch.num_rows() as u64;
            while let Some(rows) = self.rows.get(next).filter(|rows| rows.start < end) {
                let (from, to) = (rows.start.max(first), rows.end.min(end));
                if from < to && each(&batch.slice((from - first) as usize, (to - from) as usize))?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                if rows.end > end {
                    break;
                }
                next += 1;
            }
            first = end;
            let is_done = next == self.rows.len();
            Ok(if is_done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    }
}
