//! `rebin ls`: lists series as a table or as JSON.

use super::exit::{Failure, report};
use super::json::{self, JsonArray, NULL, number, object};
use super::table::{Align, Table};
use super::{args, inputs_with_warnings, progress, series, warnings};
use crate::catalog::{Content, Series, SeriesKind, SourceInfo};
use crate::engine::Budget;
use crate::error::{At, Error, Problem};
use crate::hist::Number;
use crate::source::{self, Attempt, Input, NO_KEY, Source, Task, in_order};
use crate::text::{self, Notation, edge_resolution, format_count, json_string};
use std::ops::ControlFlow;

/// Columns of the table.
const HEAD: [(&str, Align); 10] = [
    ("source", Align::Left),
    ("run", Align::Left),
    ("key", Align::Left),
    ("kind", Align::Left),
    ("steps", Align::Right),
    ("bins", Align::Right),
    ("total", Align::Right),
    ("min", Align::Right),
    ("max", Align::Right),
    ("notes", Align::Left),
];

/// A series, described by its last step.
struct Row<'a> {
    info: &'a SourceInfo,
    series: &'a Series,
    bins: Option<usize>,
    total: Option<Number>,
    /// Number of values that are neither NaN nor infinite.
    finite: Option<u64>,
    ends: Option<(Number, Number)>,
    nan: u64,
    posinf: u64,
    neginf: u64,
    /// Number of empty cells.
    missing: u64,
    /// Number of cells that are not numbers.
    bad: u64,
    problems: Vec<Problem>,
}

/// A listed source.
struct Listed {
    /// Lines for stderr.
    reports: Vec<String>,
    lines: Lines,
    is_run: bool,
    failed: bool,
}

/// Series of a source, as they are printed.
enum Lines {
    Objects(Vec<String>),
    Rows(Vec<[String; HEAD.len()]>),
}

/// Lists all sources that can be read, and reports the others. Reads them on all cores.
pub(super) fn ls(args: &args::Ls) -> Result<(), Failure> {
    let mut failed = false;
    let mut objects = JsonArray::default();
    let mut table = Table::new(&HEAD);
    let (mut is_empty, mut has_runs, mut result) = (true, false, Ok(()));
    let inputs = inputs_with_warnings(&args.paths);
    let several = inputs.len() > 1;
    in_order(
        inputs.into_iter(),
        None,
        |input, memory| match input {
            // A pipe cannot be read twice.
            Input::Stdin => (listed(input, args.json, several, &Budget::default()).0, Attempt::Final),
            input => listed(input, args.json, several, memory),
        },
        |listed| {
            let Some(listed) = listed else { return ControlFlow::Continue(()) };
            listed.reports.iter().for_each(|line| report(line));
            failed |= listed.failed;
            has_runs |= listed.is_run;
            match listed.lines {
                Lines::Objects(all) => result = all.iter().try_for_each(|object| objects.push(object)),
                Lines::Rows(rows) => {
                    is_empty &= rows.is_empty();
                    for row in &rows {
                        table.push(row);
                    }
                }
            }
            if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    result?;
    if args.json {
        objects.finish()?;
    } else if !is_empty {
        if !has_runs {
            table.hide("run");
        }
        table.print()?;
    }
    if failed { Err(Failure::Reported) } else { Ok(()) }
}

/// Opens an input and describes its series, with the limit of a budget for each of them.
fn listed(input: &Input, json: bool, several: bool, memory: &Budget) -> (Listed, Attempt) {
    let mut listed = Listed {
        reports: Vec::new(),
        lines: if json { Lines::Objects(Vec::new()) } else { Lines::Rows(Vec::new()) },
        is_run: false,
        failed: false,
    };
    let opening = Task { memory: memory.clone(), ..progress::opening(&input.name()) };
    let source = match source::open(input, &opening) {
        Ok(source) => source,
        Err(error) => {
            return (Listed { reports: vec![error.to_string()], failed: true, ..listed }, Attempt::Failed);
        }
    };
    let mut attempt = Attempt::Done;
    let info = source.info();
    listed.is_run = info.run.is_some() && !info.series.is_empty();
    let problem = |problem: &Problem| format!("{}: {}", info.name, warnings::describe(problem));
    listed.reports.extend(info.problems.iter().map(problem));
    for (index, (series, key)) in info.series.iter().zip(series::keys(info)).enumerate() {
        // Of several files that are read at the same time, only the names are reported.
        let task = if several { Task::default() } else { progress::reading(index, info.series.len()) };
        let task = Task { memory: memory.limit().into(), ..task };
        let row = row(&*source, index, series, &task);
        if row.problems.len() > series.problems.len() || task.memory.check().is_err() {
            attempt = Attempt::Failed;
        }
        match &mut listed.lines {
            Lines::Objects(objects) => objects.push(row.to_json()),
            Lines::Rows(rows) => rows.push(row.cells(&key)),
        }
    }
    if let Lines::Objects(objects) = &mut listed.lines
        && !info.problems.is_empty()
    {
        objects.push(source_problems(info));
    }
    (listed, attempt)
}

fn row<'a>(source: &'a dyn Source, index: usize, series: &'a Series, task: &Task) -> Row<'a> {
    let mut row = Row {
        info: source.info(),
        series,
        bins: None,
        total: None,
        finite: None,
        ends: None,
        nan: 0,
        posinf: 0,
        neginf: 0,
        missing: 0,
        bad: 0,
        problems: series.problems.clone(),
    };
    match source.load(index, series.steps.len().saturating_sub(1), task) {
        Ok(Content::Logged(logged)) if logged.histogram.check().is_err() => {}
        Ok(Content::Logged(logged)) => {
            let (values, bins) = (logged.histogram.values(), logged.histogram.bins());
            row.bins = Some(values.len());
            row.total = Some(values.total());
            row.ends = bins.get(0).zip(bins.get(bins.len().saturating_sub(1)));
        }
        Ok(Content::Raw(population)) => {
            let summary = population.summary();
            row.total = Some(Number::Int(summary.n.into()));
            row.finite = Some(summary.finite());
            row.ends = population.range().map(|range| (range.lo, range.hi));
            (row.nan, row.posinf, row.neginf) = (summary.nan, summary.posinf, summary.neginf);
            (row.missing, row.bad) = (population.missing(), population.bad());
            let new = population.problems().iter().filter(|problem| !series.problems.contains(problem));
            row.problems.extend(new.cloned());
        }
        Err(error) => {
            let (at, why) = match error {
                Error::Read { why, .. } => (At::Whole, why),
                Error::Entry { at, why, .. } => (at, why),
                other => (At::Whole, other.to_string()),
            };
            row.problems.push(Problem::new(at, why));
        }
    }
    row
}

impl Row<'_> {
    fn kind(&self) -> &'static str {
        match self.series.kind {
            SeriesKind::Histogram => "histogram",
            SeriesKind::Samples => "samples",
        }
    }

    /// Cells of the table.
    fn cells(&self, key: &str) -> [String; HEAD.len()] {
        let ends = self.ends.map(|(lo, hi)| (lo.as_f64(), hi.as_f64()));
        let width = ends.map_or(0.0, |(lo, hi)| (hi - lo).abs() / 1e3);
        let both = ends.into_iter().flat_map(|(lo, hi)| [lo, hi]);
        let notation = Notation::of(both.map(|x| (x, edge_resolution(x, width))));
        let end = |x: Option<f64>| x.map_or("-".into(), |x| notation.format(x, edge_resolution(x, width)));
        let omitted = [(self.nan, "NaN"), (self.posinf, "+inf"), (self.neginf, "-inf"), (self.missing, "missing")];
        let problems = self.problems.len() as u64;
        let notes = omitted.into_iter().chain([(problems, if problems == 1 { "problem" } else { "problems" })]);
        let notes: Vec<String> = notes.filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        [
            text::visible(&self.info.name).into_owned(),
            self.info.run.as_ref().map(|run| text::visible(&run.name).into_owned()).unwrap_or_default(),
            if key.is_empty() { NO_KEY.into() } else { text::visible(key).into_owned() },
            self.kind().into(),
            self.series.steps.len().to_string(),
            self.bins.map_or("-".into(), |n| n.to_string()),
            self.finite.map(|n| n as f64).or(self.total.map(Number::as_f64)).map_or("-".into(), |n| format_count(n, 2)),
            end(ends.map(|(lo, _)| lo)),
            end(ends.map(|(_, hi)| hi)),
            notes.join(", "),
        ]
    }

    fn to_json(&self) -> String {
        let steps = &self.series.steps;
        let step = |index| steps.number(index).map_or(NULL.into(), |step| step.to_string());
        let path: Vec<String> = self.series.path.iter().map(|label| json_string(label)).collect();
        let (min, max) = self.ends.unzip();
        let mut members = vec![
            ("source", json_string(&self.info.name)),
            ("run", json::run(self.info)),
            ("key", json_string(&self.series.key())),
            ("path", format!("[{}]", path.join(", "))),
            ("kind", json_string(self.kind())),
            ("steps", steps.len().to_string()),
            ("first_step", step(0)),
            ("last_step", step(steps.len().saturating_sub(1))),
            ("bins", self.bins.map_or(NULL.into(), |n| n.to_string())),
            ("total", number(self.total)),
            ("min", number(min)),
            ("max", number(max)),
            ("nan", self.nan.to_string()),
            ("posinf", self.posinf.to_string()),
            ("neginf", self.neginf.to_string()),
        ];
        let cells = [("missing", self.missing), ("bad", self.bad)];
        members.extend(cells.into_iter().filter(|(_, n)| *n > 0).map(|(name, n)| (name, n.to_string())));
        members.push(("problems", problems(&self.problems)));
        object(&members)
    }
}

/// JSON object with the problems of a source.
fn source_problems(info: &SourceInfo) -> String {
    object(&[("source", json_string(&info.name)), ("run", json::run(info)), ("problems", problems(&info.problems))])
}

fn problems(problems: &[Problem]) -> String {
    let problem = |p: &Problem| object(&[("at", json_string(&p.at.to_string())), ("message", json_string(&p.message))]);
    let all: Vec<String> = problems.iter().map(problem).collect();
    format!("[{}]", all.join(", "))
}
