//! Division of lines with histograms of several runs into the lines of each run.

use super::{JsonDocument, JsonLayout, Root, Watch, find};
use crate::engine::{Budget, LimitExceeded};
use crate::error::{At, Problem};
use crate::format::table_runs::{RunColumns, RunLabel, TableRuns, describes_rows};
use crate::hist::number_text;
use crate::json::{Item, Node};
use crate::text::plural;

/// The lines of several runs.
#[derive(Debug)]
pub struct DividedLines {
    /// Lines of each run, by the position of the run.
    pub documents: Vec<(u32, JsonDocument)>,
    /// Problems of the whole text.
    pub problems: Vec<Problem>,
}

/// Returns true for lines with histograms that name more than one run and steps.
pub fn has_runs(document: &JsonDocument) -> bool {
    let is_candidate = document.layout == JsonLayout::Lines && !document.scattered && !document.series.is_empty();
    let mut names = document.roots.iter().filter(|_| is_candidate).filter_map(|root| run_of(&root.item));
    names.next().is_some_and(|first| names.any(|other| other != first))
}

/// Divides lines into the lines of each run. Runs that are not in `runs` are added to it. Members that describe the rows are
/// removed.
///
/// # Errors
/// The runs exceed the memory budget.
pub fn divide(
    document: JsonDocument,
    runs: &mut TableRuns,
    memory: &Budget,
    watch: Watch,
) -> Result<DividedLines, LimitExceeded> {
    let held = memory.reserve(0)?;
    let mut roots: Vec<Vec<Root>> = Vec::new();
    let mut without = 0;
    for mut root in document.roots {
        let (id, name) = run_of(&root.item).unwrap_or_default();
        let Some(run) = runs.position(id.as_deref(), name.as_deref(), &held)? else {
            without += 1;
            continue;
        };
        if let Node::Object(members) = &mut root.item.node {
            members.retain(|member| !describes_rows(&member.name));
        }
        let run = run as usize;
        if roots.len() <= run {
            roots.resize_with(run + 1, Vec::new);
        }
        roots[run].push(root);
    }
    held.keep();
    let mut problems = document.problems;
    if without > 0 {
        problems.push(Problem::new(At::Whole, format!("{} without a run left out", plural(without, "row"))));
    }
    // A save cannot replace histograms of one run without moving those of the others.
    let of_run = |roots| JsonDocument { scattered: true, ..find(JsonLayout::Lines, roots, false, watch) };
    let documents = (0..).zip(roots).filter(|(_, roots)| !roots.is_empty());
    Ok(DividedLines { documents: documents.map(|(run, roots)| (run, of_run(roots))).collect(), problems })
}

/// Returns true for a row of a run.
pub fn is_of_run(row: &Item, run: &RunLabel) -> bool {
    let key = if run.id.is_empty() { &run.name } else { &run.id };
    run_of(row).and_then(|(id, name)| id.or(name)).as_ref() == Some(key)
}

/// Returns the id and the name of the run of a row with a step.
fn run_of(row: &Item) -> Option<(Option<String>, Option<String>)> {
    let Node::Object(members) = &row.node else { return None };
    let position = |name: &str| members.iter().rposition(|member| member.name == name);
    let RunColumns { id, name, .. } = RunColumns::find(position)?;
    let text = |member: usize| match &members.get(member)?.value.node {
        Node::Text(text) => Some(text.clone()),
        Node::Number(number) => Some(number_text(*number)),
        _ => None,
    };
    Some((text(id), if id == name { None } else { text(name) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_divided_by_their_runs() {
        let row = |run: &str, step: u32, count: u32| {
            format!(
                "{{\"run\": \"{run}\", \"step\": {step}, \"w\": {{\"_type\": \"histogram\", \"values\": [{count}], \"bins\": [0, 1]}}, \"loss\": 0.5}}\n"
            )
        };
        let text = row("a", 0, 1) + &row("b", 0, 2) + &row("a", 5, 3) + "{\"loss\": 1}\n";
        let document = super::super::read(text.as_bytes()).unwrap();
        assert!(has_runs(&document));
        let mut runs = TableRuns::default();
        let divided = divide(document, &mut runs, &Budget::default(), &|_| true).unwrap();
        let [(0, a), (1, b)] = divided.documents.as_slice() else { panic!("two runs") };
        assert_eq!((a.series[0].steps(), b.series[0].steps()), (Some(vec![0, 5]), Some(vec![0])));
        assert_eq!(divided.problems[0].message, "1 row without a run left out");
        let one = super::super::read(row("a", 0, 1).as_bytes()).unwrap();
        assert!(!has_runs(&one));
    }
}
