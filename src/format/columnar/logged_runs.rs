//! The run and the step of each row in a table of several runs.

use super::{Batches, Projection, cell};
use crate::engine::Budget;
use crate::format::DecodeError;
use crate::format::table_runs::{RunColumns, TableRuns};
use crate::hist::number_text;
use crate::json::Node;
use arrow_schema::Schema;
use std::ops::ControlFlow;

/// Marks a row without a run.
pub const NO_RUN: u32 = u32::MAX;

/// The runs of a table, and the run and the step of each row.
#[derive(Debug)]
pub struct RowRuns {
    pub runs: TableRuns,
    /// Position of the run of each row, or [`NO_RUN`].
    pub of_rows: Vec<u32>,
    pub steps: Vec<Option<i64>>,
}

/// Reads the runs of a table with steps; `None` for other tables. Their memory stays reserved.
pub(super) fn read(schema: &Schema, file: &impl Batches, memory: &Budget) -> Result<Option<RowRuns>, DecodeError> {
    let position = |name: &str| schema.fields().iter().position(|field| field.name() == name);
    let Some(RunColumns { id, name, step }) = RunColumns::find(position) else { return Ok(None) };
    let row = (size_of::<u32>() + size_of::<Option<i64>>()) as u64;
    let held = memory.reserve(file.rows().saturating_mul(row))?;
    let mut roots = vec![id, name];
    roots.sort_unstable();
    roots.dedup();
    let [id, name] = [id, name].map(|root| roots.iter().position(|other| *other == root));
    let (mut runs, mut of_rows) = (TableRuns::default(), Vec::new());
    file.read(&Projection { roots, below: Vec::new() }, &mut |batch| {
        let text = |column: Option<usize>, row| match cell::node(batch.columns().get(column?)?, row)? {
            Node::Text(text) => Some(text),
            Node::Number(number) => Some(number_text(number)),
            _ => None,
        };
        for row in 0..batch.num_rows() {
            let own = text(id, row);
            let other = if id == name { None } else { text(name, row) };
            of_rows.push(runs.position(own.as_deref(), other.as_deref(), &held)?.unwrap_or(NO_RUN));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    held.keep();
    if runs.labels().is_empty() {
        return Ok(None);
    }
    let steps = super::steps(step, file)?;
    Ok(Some(RowRuns { runs, of_rows, steps }))
}
