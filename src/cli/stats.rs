//! `rebin stats`: statistics of series as a table, JSON or CSV, one row per series and step.

use super::args::{self, StatsFormat};
use super::exit::{Failure, print, report};
use super::json::{self, JsonArray, NULL, object};
use super::series::Selection;
use super::table::{Align, Table};
use super::{inputs_with_warnings, progress, series, warnings};
use crate::catalog::{Series, SourceInfo};
use crate::engine::Budget;
use crate::error::Error;
use crate::hist::{Bounded, EntryStats, Number, Omitted, Quantile, Segment, Stats, StatsBounds, percent};
use crate::source::{self, Attempt, Input, NO_KEY, Source, Task, in_order};
use crate::text::{format_count, format_value, json_string, visible};
use crate::wandb::number_text;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Probabilities of the quantiles without `--quantile`.
const QUANTILES: [f64; 9] = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999];
/// Those of them in the table.
const IN_TABLE: [f64; 3] = [0.01, 0.5, 0.99];

/// Most rows that are computed together with the opening of their source.
const FEW: usize = 64;

/// The statistics of one entry.
struct Row<'a> {
    info: &'a SourceInfo,
    series: &'a Series,
    step: Option<i64>,
    stats: Stats,
    /// Point estimates of the quantiles.
    quantiles: Vec<f64>,
    /// Values that are not numbers; `None` for bins, which do not contain them.
    omitted: Option<Omitted>,
}

/// Options of all rows.
struct Request<'a> {
    args: &'a args::Stats,
    probabilities: &'a [f64],
    /// Probabilities of the quantiles in the table.
    shown: &'a [f64],
}

/// An opened source, and its rows if they are few.
struct Opened {
    source: Result<Arc<dyn Source>, Error>,
    selection: Selection,
    rows: Option<Vec<Result<Line, Error>>>,
}

/// A row as it is printed, and a warning about it.
struct Line {
    text: LineText,
    is_run: bool,
    warning: Option<String>,
}

enum LineText {
    Text(String),
    Cells(Vec<String>),
}

/// Prints the statistics of all selected entries, and reports the entries without any. Reads sources on all cores, and the
/// entries of a large source.
pub(super) fn stats(args: &args::Stats) -> Result<(), Failure> {
    let probabilities = if args.quantiles.is_empty() { QUANTILES.to_vec() } else { args.quantiles.clone() };
    let shown = if args.quantiles.is_empty() { IN_TABLE.to_vec() } else { args.quantiles.clone() };
    let request = Request { args, probabilities: &probabilities, shown: &shown };
    let mut output = match args.format() {
        StatsFormat::Json => Output::Json(JsonArray::default()),
        StatsFormat::Csv => Output::Csv { text: csv_head(&probabilities) },
        StatsFormat::Table => Output::Table { rows: Vec::new(), shown: shown.clone(), has_runs: false },
    };
    let inputs = inputs_with_warnings(&args.paths);
    let several = inputs.len() > 1;
    let (mut failed, mut result) = (false, Ok(()));
    in_order(
        inputs.into_iter(),
        None,
        |input, memory| match input {
            // A pipe cannot be read twice.
            Input::Stdin => (opened(input, &request, several, &Budget::default()).0, Attempt::Final),
            input => opened(input, &request, several, memory),
        },
        |opened| {
            let Some(Opened { source, selection: (selected, missing), rows }) = opened else {
                return ControlFlow::Continue(());
            };
            if let Ok(source) = &source {
                warnings::report_problems(source.info());
                failed |= source.info().incomplete;
            }
            missing.iter().chain(source.as_ref().err()).for_each(|error| report(&error.to_string()));
            failed |= source.is_err() || !missing.is_empty();
            let push = |line: Result<Line, Error>| {
                match line {
                    Ok(line) => result = output.push(line),
                    Err(error) => {
                        report(&error.to_string());
                        failed = true;
                    }
                }
                if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            match (source, rows) {
                (_, Some(rows)) => rows.into_iter().try_for_each(push),
                (Ok(source), None) => rows_of(&*source, &selected, &request, push),
                (Err(_), None) => ControlFlow::Continue(()),
            }
        },
    );
    result?;
    output.finish()?;
    if failed { Err(Failure::Reported) } else { Ok(()) }
}

/// Opens an input. Also computes its rows if it is one of several and has only a few.
fn opened(input: &Input, request: &Request<'_>, several: bool, memory: &Budget) -> (Opened, Attempt) {
    let opening = Task { memory: memory.clone(), ..progress::opening(&input.name()) };
    let source = match source::open(input, &opening) {
        Ok(source) => source,
        Err(error) => {
            let opened = Opened { source: Err(error), selection: Selection::default(), rows: None };
            return (opened, Attempt::Failed);
        }
    };
    let selection = series::selection(source.info(), &request.args.select);
    let selection = selection.unwrap_or_else(|error| (Vec::new(), vec![error]));
    let mut attempt = Attempt::Done;
    let rows = (several && selection.0.len() <= FEW).then(|| {
        let rows = selection.0.iter().map(|entry| {
            let task = Task { memory: memory.limit().into(), ..Task::default() };
            let line = line(&*source, *entry, request, &task);
            if line.is_err() || task.memory.check().is_err() {
                attempt = Attempt::Failed;
            }
            line
        });
        rows.collect()
    });
    (Opened { source: Ok(source), selection, rows }, attempt)
}

/// Computes the rows of a source on all cores.
fn rows_of(
    source: &dyn Source,
    selected: &[(usize, usize)],
    request: &Request<'_>,
    mut push: impl FnMut(Result<Line, Error>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let (all, mut done, mut flow) = (selected.len(), 0, ControlFlow::Continue(()));
    in_order(
        selected.iter().copied(),
        None,
        |entry, memory| {
            let task = if all == 1 { progress::reading(0, 1) } else { Task::default() };
            let line = line(source, *entry, request, &Task { memory: memory.clone(), ..task });
            let attempt = if line.is_err() { Attempt::Failed } else { Attempt::Done };
            (line, attempt)
        },
        |line| {
            done += 1;
            progress::series(done, all);
            flow = line.map_or(ControlFlow::Continue(()), &mut push);
            flow
        },
    );
    flow
}

/// Computes and formats the row of an entry.
fn line(
    source: &dyn Source,
    (index, entry): (usize, usize),
    request: &Request<'_>,
    task: &Task,
) -> Result<Line, Error> {
    let info = source.info();
    let line = || {
        let content = source.load(index, entry, task)?;
        series::check(&content)?;
        let warning = warnings::skipped(info, index, &content);
        let series = info.series.get(index).ok_or_else(|| series::empty_source(info))?;
        let step = series.steps.number(entry);
        let EntryStats { stats, quantiles, omitted } = content.stats(request.probabilities, task)?;
        let row = Row { info, series, step, stats, quantiles, omitted };
        let text = match request.args.format() {
            StatsFormat::Json => LineText::Text(row.to_json()),
            StatsFormat::Csv => LineText::Text(row.to_csv()),
            StatsFormat::Table => LineText::Cells(row.cells(request.shown)),
        };
        Ok(Line { text, is_run: info.run.is_some(), warning })
    };
    line().map_err(|error| series::located(info, index, Some(entry), error))
}

/// Moments and extremes by name.
fn moments(stats: &Stats) -> [(&'static str, f64); 8] {
    [
        ("mean", stats.mean),
        ("std", stats.std),
        ("skewness", stats.skewness),
        ("kurtosis", stats.kurtosis),
        ("min", stats.min),
        ("max", stats.max),
        ("mean_abs", stats.mean_abs),
        ("l2", stats.l2),
    ]
}

/// Bounds of [`moments`].
fn bounds(bounds: &StatsBounds) -> [(&'static str, Segment); 8] {
    [
        ("mean", bounds.mean),
        ("std", bounds.std),
        ("skewness", bounds.skewness),
        ("kurtosis", bounds.kurtosis),
        ("min", bounds.min),
        ("max", bounds.max),
        ("mean_abs", bounds.mean_abs),
        ("l2", bounds.l2),
    ]
}

impl Row<'_> {
    /// Number of zeros, if it is known.
    fn zeros(&self) -> Option<f64> {
        let (lo, hi) = self.zero_counts();
        (lo == hi).then_some(lo)
    }

    /// Bounds on the number of zeros.
    fn zero_counts(&self) -> (f64, f64) {
        let count = |share: f64| (share * self.stats.n).round();
        match &self.omitted {
            Some(omitted) => (omitted.zeros as f64, omitted.zeros as f64),
            None => (count(self.stats.zeros.0), count(self.stats.zeros.1)),
        }
    }

    /// Names and JSON texts of everything before the moments.
    fn head(&self) -> Vec<(&'static str, String)> {
        let kind = if self.omitted.is_some() { "samples" } else { "histogram" };
        let omitted = |of: fn(&Omitted) -> u64| self.omitted.as_ref().map_or(NULL.into(), |o| of(o).to_string());
        vec![
            ("source", json_string(&self.info.name)),
            ("run", json::run(self.info)),
            ("key", json_string(&self.series.key())),
            ("step", self.step.map_or(NULL.into(), |step| step.to_string())),
            ("kind", json_string(kind)),
            ("n", count(self.stats.n)),
            ("nan", omitted(|o| o.nan)),
            ("posinf", omitted(|o| o.posinf)),
            ("neginf", omitted(|o| o.neginf)),
            ("missing", omitted(|o| o.missing)),
            ("bad", omitted(|o| o.bad)),
            ("zeros", self.zeros().map_or(NULL.into(), count)),
        ]
    }

    /// Bounds of the moments; `None` if everything is exact. Counts have exact moments, but quantiles with bounds.
    fn bounds(&self) -> Option<[(&'static str, Segment); 8]> {
        let are_exact = self.stats.quantiles.iter().all(|q| q.lo == q.hi || q.lo.is_nan());
        match &self.stats.bounds {
            Some(known) => Some(bounds(known)),
            None if are_exact => None,
            None => Some(moments(&self.stats).map(|(name, x)| (name, Segment { lo: x, hi: x }))),
        }
    }

    fn to_json(&self) -> String {
        let mut members = self.head();
        members.extend(moments(&self.stats).map(|(name, x)| (name, float(x))));
        let named = |of: &dyn Fn(usize, &Quantile) -> String| {
            let all = self.stats.quantiles.iter().enumerate().map(|(at, q)| (q.p.to_string(), of(at, q)));
            let all: Vec<(String, String)> = all.collect();
            object(&all.iter().map(|(p, text)| (p.as_str(), text.clone())).collect::<Vec<_>>())
        };
        members.push(("quantiles", named(&|at, _| float(self.quantiles.get(at).copied().unwrap_or(f64::NAN)))));
        if let Some(known) = self.bounds() {
            let pair = |lo: f64, hi: f64| format!("[{}, {}]", float(lo), float(hi));
            let mut all: Vec<_> = known.into_iter().map(|(name, s)| (name, pair(s.lo, s.hi))).collect();
            let (lo, hi) = self.zero_counts();
            all.push(("zeros", format!("[{}, {}]", count(lo), count(hi))));
            all.push(("quantiles", named(&|_, q| pair(q.lo, q.hi))));
            members.push(("bounds", object(&all)));
        }
        object(&members)
    }

    /// A line of CSV. Unknown values are empty.
    fn to_csv(&self) -> String {
        let text = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let known = |text: String| if text == NULL { String::new() } else { text };
        let mut cells: Vec<String> = self.head().into_iter().map(|(_, text)| known(text)).collect();
        let run = self.info.run.as_ref().map_or(String::new(), |run| text(&run.name));
        let names = [text(&self.info.name), run, text(&self.series.key())];
        cells.splice(..3, names);
        cells.extend(moments(&self.stats).map(|(_, x)| known(float(x))));
        cells.extend(self.quantiles.iter().map(|x| known(float(*x))));
        let moments = self.bounds().map(|known| known.map(|(_, s)| (s.lo, s.hi)));
        let (of_moments, of_quantiles): (Vec<_>, Vec<_>) = match moments {
            Some(moments) => (moments.to_vec(), self.stats.quantiles.iter().map(|q| (q.lo, q.hi)).collect()),
            None => (vec![(f64::NAN, f64::NAN); 8], vec![(f64::NAN, f64::NAN); self.quantiles.len()]),
        };
        cells.extend(
            of_moments.into_iter().chain(of_quantiles).flat_map(|(lo, hi)| [known(float(lo)), known(float(hi))]),
        );
        cells.join(",") + "\n"
    }

    /// Cells of the table.
    fn cells(&self, shown: &[f64]) -> Vec<String> {
        let key = self.series.key();
        let share = match self.stats.zeros {
            _ if self.stats.n == 0.0 => String::new(),
            (lo, hi) if lo == hi => format!("{:.1} %", lo * 100.0),
            (lo, hi) => format!("{:.1}–{:.1} %", lo * 100.0, hi * 100.0),
        };
        let omitted = |of: fn(&Omitted) -> u64| self.omitted.as_ref().map_or("-".into(), |o| of(o).to_string());
        let bounds = self.bounds();
        let moment = |name: &str| {
            let x = moments(&self.stats).into_iter().find(|(known, _)| *known == name).map_or(f64::NAN, |(_, x)| x);
            let within = bounds.and_then(|all| all.into_iter().find(|(known, _)| *known == name)).map(|(_, s)| s);
            self.cell(x, within)
        };
        let quantile = |p: &f64| {
            let found = self.stats.quantiles.iter().position(|q| q.p == *p);
            let within = found.and_then(|at| self.stats.quantiles.get(at)).filter(|_| bounds.is_some());
            let x = found.and_then(|at| self.quantiles.get(at)).copied().unwrap_or(f64::NAN);
            self.cell(x, within.map(|q| Segment { lo: q.lo, hi: q.hi }))
        };
        let mut cells = vec![
            visible(&self.info.name).into_owned(),
            self.info.run.as_ref().map(|run| visible(&run.name).into_owned()).unwrap_or_default(),
            if key.is_empty() { NO_KEY.into() } else { visible(&key).into_owned() },
            self.step.map_or("-".into(), |step| step.to_string()),
            format_count(self.stats.n, 2),
            omitted(|o| o.nan),
            omitted(|o| o.posinf + o.neginf),
            share,
        ];
        cells.extend(["mean", "std", "skewness", "kurtosis", "min"].map(moment));
        cells.extend(shown.iter().map(quantile));
        cells.push(moment("max"));
        cells
    }

    /// A number with the digits that are known. Estimates begin with `≈`.
    fn cell(&self, x: f64, within: Option<Segment>) -> String {
        let value = within.map_or_else(|| Bounded::exact(x), |Segment { lo, hi }| Bounded { at: x, lo, hi });
        let sign = if value.lo < value.hi { "≈ " } else { "" };
        value.known(self.stats.std).map_or("-".into(), |(x, step)| format!("{sign}{}", format_value(x, step)))
    }
}

fn csv_head(probabilities: &[f64]) -> String {
    let head = ["source", "run", "key", "step", "kind", "n", "nan", "posinf", "neginf", "missing", "bad", "zeros"];
    let moments = ["mean", "std", "skewness", "kurtosis", "min", "max", "mean_abs", "l2"];
    let quantiles: Vec<String> = probabilities.iter().map(|p| format!("q{p}")).collect();
    let values = moments.iter().map(|name| (*name).to_owned()).chain(quantiles);
    let values: Vec<String> = values.collect();
    let ends = values.iter().flat_map(|name| [format!("{name}_lo"), format!("{name}_hi")]);
    let all: Vec<String> = head.iter().map(|name| (*name).to_owned()).chain(values.clone()).chain(ends).collect();
    all.join(",") + "\n"
}

/// JSON text of a statistic; null if it is unknown or not finite.
fn float(x: f64) -> String {
    json::number(Some(Number::Float(x)))
}

/// JSON text of a count, which may be fractional in a histogram.
fn count(n: f64) -> String {
    if n.fract() == 0.0 && n.abs() < 9e15 { format!("{n}") } else { number_text(Number::Float(n)) }
}

enum Output {
    Json(JsonArray),
    Csv { text: String },
    Table { rows: Vec<Vec<String>>, shown: Vec<f64>, has_runs: bool },
}

impl Output {
    fn push(&mut self, line: Line) -> Result<(), Failure> {
        if let Some(warning) = &line.warning {
            report(warning);
        }
        match (self, line.text) {
            (Self::Json(objects), LineText::Text(object)) => objects.push(&object)?,
            (Self::Csv { text }, LineText::Text(line)) => {
                text.push_str(&line);
                if text.len() >= json::BLOCK {
                    print(text.as_bytes())?;
                    text.clear();
                }
            }
            (Self::Table { rows, has_runs, .. }, LineText::Cells(cells)) => {
                *has_runs |= line.is_run;
                rows.push(cells);
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Json(objects) => objects.finish(),
            Self::Csv { text } => print(text.as_bytes()),
            Self::Table { rows, .. } if rows.is_empty() => Ok(()),
            Self::Table { rows, shown, has_runs } => {
                let names = ["step", "n", "nan", "inf", "zeros", "mean", "std", "skew", "kurtosis", "min"];
                let quantiles: Vec<String> = shown.iter().map(|p| format!("p{}", percent(*p))).collect();
                let numbers = names.into_iter().chain(quantiles.iter().map(String::as_str)).chain(["max"]);
                let texts = ["source", "run", "key"].into_iter().map(|name| (name, Align::Left));
                let mut table = Table::new(&texts.chain(numbers.map(|name| (name, Align::Right))).collect::<Vec<_>>());
                if !has_runs {
                    table.hide("run");
                }
                for row in rows {
                    table.push(&row);
                }
                table.print()
            }
        }
    }
}
