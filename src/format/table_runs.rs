//! The runs in a table of several runs, such as an export of Trackio: the columns that name the run and the step of a row.

use crate::engine::{ALLOCATION, LimitExceeded, Reservation};
use crate::format::names::unique;
use std::collections::HashMap;

/// Columns with the id or the name of a run, best first.
const IDS: [&str; 3] = ["run_id", "run_name", "run"];
const NAMES: [&str; 3] = ["run_name", "run", "run_id"];

/// Columns with the step of a row, best first. W&B's web page exports `Step`.
const STEPS: [&str; 4] = ["_step", "step", "Step", "global_step"];

/// Other columns that describe a row of a run.
const OTHERS: [&str; 4] = ["id", "log_id", "space_id", "timestamp"];

/// Positions of the columns that describe the rows of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RunColumns {
    pub(super) id: usize,
    pub(super) name: usize,
    pub(super) step: usize,
}

/// The runs of a table, in the order of their first rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRuns {
    labels: Vec<RunLabel>,
    /// Positions of the runs with an id, by their ids.
    by_id: HashMap<String, u32>,
    /// Positions of the runs without an id, by their names.
    by_name: HashMap<String, u32>,
}

/// Name and id of a run. The id is empty if it is the name, or unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLabel {
    pub name: String,
    pub id: String,
}

impl RunColumns {
    /// Finds the columns. Returns `None` for a table without runs or without steps.
    pub(super) fn find(position: impl Fn(&str) -> Option<usize>) -> Option<Self> {
        let first = |names: &[&str]| names.iter().find_map(|name| position(name));
        Some(Self { id: first(&IDS)?, name: first(&NAMES)?, step: first(&STEPS)? })
    }
}

impl TableRuns {
    /// Returns the position of a run, which may be new. `None` without an id and a name. New runs are charged to `held`.
    pub(super) fn position(
        &mut self,
        id: Option<&str>,
        name: Option<&str>,
        held: &Reservation,
    ) -> Result<Option<u32>, LimitExceeded> {
        let [id, name] = [id, name].map(|text| text.filter(|text| !text.is_empty()));
        let Some(key) = id.or(name) else { return Ok(None) };
        let positions = if id.is_some() { &mut self.by_id } else { &mut self.by_name };
        if let Some(position) = positions.get(key) {
            return Ok(Some(*position));
        }
        let name = name.unwrap_or(key);
        held.grow((4 * (size_of::<RunLabel>() + ALLOCATION) + 2 * (key.len() + name.len())) as u64)?;
        let position = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        positions.insert(key.to_owned(), position);
        let id = id.filter(|id| *id != name).unwrap_or_default().to_owned();
        self.labels.push(RunLabel { name: name.to_owned(), id });
        Ok(Some(position))
    }

    pub fn labels(&self) -> &[RunLabel] {
        &self.labels
    }
}

/// Returns a distinct name for each run: its name, or its id if the name is not unique.
pub fn distinct_names(labels: &[RunLabel]) -> Vec<String> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for RunLabel { name, id } in labels {
        *times.entry(name).or_default() += 1;
        if id != name && !id.is_empty() {
            *times.entry(id).or_default() += 1;
        }
    }
    let is_unique = |name: &str| times.get(name) == Some(&1);
    let distinct = |RunLabel { name, id }: &RunLabel| {
        let use_name = !name.is_empty() && (is_unique(name) || id.is_empty());
        if use_name { name } else { id }.clone()
    };
    unique(labels.iter().map(distinct))
}

/// Returns true for a column that describes the rows of runs.
pub fn describes_rows(column: &str) -> bool {
    [&IDS[..], &STEPS, &OTHERS].iter().any(|names| names.contains(&column))
}

/// Describes the rows of a run that repeat a step.
pub fn repeated_steps(rows: usize) -> Option<String> {
    match rows {
        0 => None,
        1 => Some("1 row repeats the step of an earlier one; rebin shows both".to_owned()),
        _ => Some(format!("{rows} rows repeat the step of an earlier one; rebin shows all of them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Budget;

    #[test]
    fn runs_are_named_by_their_names_if_these_are_unique() {
        let held = Budget::default().reservation();
        let mut runs = TableRuns::default();
        let rows = [
            (Some("x1"), Some("a")),
            (Some("x2"), Some("b")),
            (Some("x3"), Some("a")),
            (Some("x1"), Some("a")),
            (None, Some("c")),
            (None, None),
            (Some(""), Some("c")),
            (Some("d"), Some("d")),
        ];
        let positions = rows.map(|(id, name)| runs.position(id, name, &held).unwrap());
        assert_eq!(positions, [Some(0), Some(1), Some(2), Some(0), Some(3), None, Some(3), Some(4)]);
        assert_eq!(distinct_names(runs.labels()), ["x1", "b", "x3", "c", "d"]);
    }

    #[test]
    fn a_table_of_runs_has_a_run_and_a_step_column() {
        let find = |columns: &[&str]| RunColumns::find(|name| columns.iter().position(|column| *column == name));
        assert_eq!(find(&["step", "run", "w"]), Some(RunColumns { id: 1, name: 1, step: 0 }));
        assert_eq!(find(&["run_name", "run_id", "_step"]), Some(RunColumns { id: 1, name: 0, step: 2 }));
        assert!(find(&["run", "w"]).is_none() && find(&["step", "w"]).is_none());
    }
}
