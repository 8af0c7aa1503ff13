//! The contents of the selected branch, which the main pane shows instead of a chart.

use super::{Focus, Model};
use crate::catalog::{SeriesKind, SourceInfo};
use crate::text::{format_count, plural};
use std::collections::BTreeMap;

/// Maximum number of names.
const MAX_NAMES: usize = 200;

/// A summary of the series in a branch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// State of the list when this was computed, and the row.
    of: (u64, usize),
    pub title: String,
    /// Names and values.
    pub facts: Vec<(&'static str, String)>,
    /// The runs or the series in the branch, each with a note.
    pub names: Vec<(String, String)>,
}

/// Computes the contents if the list has the focus and a branch is selected.
pub(super) fn refresh(model: &mut Model) {
    let row = model.list.selected;
    let is_branch = model.focus == Focus::Series && model.list.series().is_none() && model.list.row(row).is_some();
    if !is_branch {
        model.contents = None;
        return;
    }
    let of = (model.list.version(), row);
    if model.contents.as_ref().is_none_or(|contents| contents.of != of) {
        model.contents = Some(contents(model, of));
    }
}

fn contents(model: &Model, of: (u64, usize)) -> Contents {
    let Some(row) = model.list.row(of.1) else { return Contents::default() };
    let mut sources: BTreeMap<usize, usize> = BTreeMap::new();
    let (mut series, mut samples, mut problems, mut edited) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut fewest, mut most) = (usize::MAX, 0);
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    let mut keys = Vec::new();
    for id in model.list.contents(of.1) {
        let Some(known) = model.series(id) else { continue };
        series += 1;
        *sources.entry(id.source).or_default() += 1;
        samples += u64::from(known.kind == SeriesKind::Samples);
        problems += known.problems.len() as u64;
        edited += u64::from(model.documents.get(&id).is_some_and(|document| !document.unsaved().is_empty()));
        let steps = known.steps.len();
        (fewest, most) = (fewest.min(steps), most.max(steps));
        if let Some((from, to)) = known.steps.number(0).zip(known.last_step()) {
            (first, last) = (first.min(from), last.max(to));
        }
        if keys.len() < MAX_NAMES {
            let note = if steps > 1 { plural(steps as u64, "step") } else { String::new() };
            keys.push((model.name(id.at(0)), note));
        }
    }
    let is_run = |source: &usize| model.sources.get(*source).is_some_and(|info| info.run.is_some());
    let runs = sources.keys().filter(|source| is_run(source)).count();
    let mut facts = vec![("series", format_count(series as f64, 0))];
    if sources.len() > 1 {
        let name = if runs == sources.len() { "runs" } else { "files" };
        facts.push((name, format_count(sources.len() as f64, 0)));
    }
    if samples > 0 && samples < series {
        facts.push(("with samples", format_count(samples as f64, 0)));
    }
    if most > 1 {
        let count = if fewest == most { most.to_string() } else { format!("{fewest} to {most} a series") };
        facts.push(("steps", count));
    }
    if first < last {
        facts.push(("from step", first.to_string()));
        facts.push(("to step", last.to_string()));
    }
    if edited > 0 {
        facts.push(("unsaved", format_count(edited as f64, 0)));
    }
    if problems > 0 {
        facts.push(("problems", format!("{} (!)", format_count(problems as f64, 0))));
    }
    let names = if sources.len() > 1 {
        let named = sources.iter().take(MAX_NAMES);
        named.map(|(source, series)| (model.label(*source).to_string(), format!("{series} series"))).collect()
    } else {
        if let (Some(info), 0) = (sources.keys().next().and_then(|source| model.sources.get(*source)), row.depth) {
            facts.extend(source_facts(info));
        }
        keys
    };
    Contents { of, title: row.label.into_owned(), facts, names }
}

/// Returns the name and the description of a source.
fn source_facts(info: &SourceInfo) -> Vec<(&'static str, String)> {
    let description = (!info.title.is_empty()).then(|| ("type", info.title.clone()));
    [Some(("path", info.name.clone())), description].into_iter().flatten().collect()
}
