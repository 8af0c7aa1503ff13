//! `rebin ls`: lists series as a table or as JSON.

use super::args::LsColumn;
use super::exit::{Failure, report};
use super::json::{self, JsonArray, NULL, number, object};
use super::table::{Align, Table};
use super::{args, inputs_with_warnings, progress, warnings};
use crate::catalog::{Content, Series, SeriesKind, SourceInfo};
use crate::engine::Budget;
use crate::error::{At, Error, Problem};
use crate::hist::Number;
use crate::source::{self, Attempt, Input, NO_KEY, Source, Task, in_order};
use crate::text::{self, Notation, edge_resolution, format_count, json_string, natural_order};
use std::cmp::Ordering;
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
#[derive(Default)]
struct Listed {
    /// Lines for stderr.
    reports: Vec<String>,
    lines: Vec<Line>,
    is_run: bool,
    failed: bool,
    /// True if a series matches the key.
    found: bool,
    /// Error if none does.
    missing: Option<Error>,
}

/// A series as it is printed.
struct Line {
    /// `None` without an order, and for the problems of a source, which come last.
    sort: Option<SortKey>,
    text: LineText,
}

enum LineText {
    Object(String),
    Cells(Box<[String; HEAD.len()]>),
}

/// Value in the column by which the list is sorted.
enum SortKey {
    Name(String),
    /// NaN if it is unknown.
    Number(f64),
}

impl SortKey {
    /// Order of names, and from the largest number to the smallest. Unknown numbers are last.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Name(a), Self::Name(b)) => natural_order(a, b),
            (Self::Number(a), Self::Number(b)) => a.is_nan().cmp(&b.is_nan()).then(b.total_cmp(a)),
            _ => Ordering::Equal,
        }
    }
}

/// Output of the list, in the order of the sources or sorted.
struct Output {
    objects: Option<JsonArray>,
    table: Table,
    has_runs: bool,
    /// Lines to sort, if there is an order.
    unsorted: Option<Vec<Line>>,
}

impl Output {
    fn push(&mut self, line: Line) -> Result<(), Failure> {
        match &mut self.unsorted {
            Some(lines) => lines.push(line),
            None => self.print(&line)?,
        }
        Ok(())
    }

    fn print(&mut self, line: &Line) -> Result<(), Failure> {
        match (&line.text, &mut self.objects) {
            (LineText::Object(object), Some(objects)) => objects.push(object)?,
            (LineText::Cells(cells), _) => self.table.push(&cells[..]),
            (LineText::Object(_), None) => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Failure> {
        if let Some(mut lines) = self.unsorted.take() {
            lines.sort_by(|a, b| match (&a.sort, &b.sort) {
                (Some(a), Some(b)) => a.compare(b),
                (a, b) => a.is_none().cmp(&b.is_none()),
            });
            lines.iter().try_for_each(|line| self.print(line))?;
        }
        match self.objects {
            Some(objects) => objects.finish(),
            None if self.table.is_empty() => Ok(()),
            None => {
                if !self.has_runs {
                    self.table.hide("run");
                }
                self.table.print()
            }
        }
    }
}

/// Lists all sources that can be read, and reports the others. Reads them on all cores.
pub(super) fn ls(args: &args::Ls) -> Result<(), Failure> {
    let (mut failed, mut found, mut missing, mut result) = (false, args.key.is_none(), None, Ok(()));
    let mut output = Output {
        objects: args.json.then(JsonArray::default),
        table: Table::new(&HEAD),
        has_runs: false,
        unsorted: args.sort.map(|_| Vec::new()),
    };
    let inputs = inputs_with_warnings(&args.paths);
    let several = inputs.len() > 1;
    in_order(
        inputs.into_iter(),
        None,
        |input, memory| match input {
            // A pipe cannot be read twice.
            Input::Stdin => (listed(input, args, several, &Budget::default()).0, Attempt::Final),
            input => listed(input, args, several, memory),
        },
        |listed| {
            let Some(listed) = listed else { return ControlFlow::Continue(()) };
            listed.reports.iter().for_each(|line| report(line));
            (failed, found) = (failed | listed.failed, found | listed.found);
            missing = listed.missing;
            output.has_runs |= listed.is_run;
            result = listed.lines.into_iter().try_for_each(|line| output.push(line));
            if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    result?;
    output.finish()?;
    if let (false, false, Some(key)) = (found, failed, &args.key) {
        let of_one = missing.filter(|_| !several);
        return Err(of_one.unwrap_or_else(|| Error::Select(format!("no source has a series '{key}'"))).into());
    }
    if failed { Err(Failure::Reported) } else { Ok(()) }
}

/// Opens an input and describes its series, with the limit of a budget for each of them.
fn listed(input: &Input, args: &args::Ls, several: bool, memory: &Budget) -> (Listed, Attempt) {
    let mut listed = Listed::default();
    let failed = |error: &Error| Listed { reports: vec![error.to_string()], failed: true, ..Listed::default() };
    let opening = Task { memory: memory.clone(), ..progress::opening(&input.name()) };
    let source = match source::open(input, &opening) {
        Ok(source) => source,
        Err(error) => return (failed(&error), Attempt::Failed),
    };
    let mut attempt = Attempt::Done;
    let info = source.info();
    let selected = match source::find(info, args.key.as_deref()) {
        Ok(found) => found.series,
        Err(error) => return (failed(&error), Attempt::Final),
    };
    listed.found = !selected.is_empty();
    listed.missing = args.key.as_deref().filter(|_| !listed.found).map(|key| source::no_series(info, key));
    listed.is_run = info.run.is_some() && listed.found;
    let problem = |problem: &Problem| format!("{}: {}", info.name, warnings::describe(problem));
    listed.reports.extend(info.problems.iter().map(problem));
    let keys = source::keys(info);
    for (done, index) in selected.iter().copied().enumerate() {
        let (Some(series), Some(key)) = (info.series.get(index), keys.get(index)) else { continue };
        // Of several files that are read at the same time, only the names are reported.
        let task = if several { Task::default() } else { progress::reading(done, selected.len()) };
        let task = Task { memory: memory.limit().into(), ..task };
        let row = row(&*source, index, series, &task);
        if row.problems.len() > series.problems.len() || task.memory.check().is_err() {
            attempt = Attempt::Failed;
        }
        let text = if args.json { LineText::Object(row.to_json()) } else { LineText::Cells(Box::new(row.cells(key))) };
        listed.lines.push(Line { sort: args.sort.map(|column| row.sort_key(column)), text });
    }
    if args.json && !info.problems.is_empty() {
        listed.lines.push(Line { sort: None, text: LineText::Object(source_problems(info)) });
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

    fn sort_key(&self, column: LsColumn) -> SortKey {
        let end = |end: Option<Number>| SortKey::Number(end.map_or(f64::NAN, Number::as_f64));
        let count = |n: u64| SortKey::Number(n as f64);
        match column {
            LsColumn::Source => SortKey::Name(self.info.name.clone()),
            LsColumn::Run => SortKey::Name(self.info.run.as_ref().map(|run| run.name.clone()).unwrap_or_default()),
            LsColumn::Key => SortKey::Name(self.series.key()),
            LsColumn::Kind => SortKey::Name(self.kind().into()),
            LsColumn::Steps => count(self.series.steps.len() as u64),
            LsColumn::Bins => SortKey::Number(self.bins.map_or(f64::NAN, |bins| bins as f64)),
            LsColumn::Total => end(self.total),
            LsColumn::Min => end(self.ends.map(|(min, _)| min)),
            LsColumn::Max => end(self.ends.map(|(_, max)| max)),
            LsColumn::Nan => count(self.nan),
            LsColumn::Posinf => count(self.posinf),
            LsColumn::Neginf => count(self.neginf),
            LsColumn::Missing => count(self.missing),
            LsColumn::Bad => count(self.bad),
            LsColumn::Problems => count(self.problems.len() as u64),
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
