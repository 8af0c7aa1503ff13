//! `rebin check`: findings and failed assertions, one sentence each, or as JSON.

mod assertion;

pub(super) use assertion::Assertion;

use super::environment::Environment;
use super::exit::{Failure, print, report};
use super::json::{self, JsonArray, NULL, object};
use super::{args, inputs_with_warnings, progress, series};
use crate::catalog::SourceInfo;
use crate::engine::Budget;
use crate::error::{Error, Problem};
use crate::findings::{Finding, Kind, Limits};
use crate::hist::Number;
use crate::settings::Depth;
use crate::source::{self, Attempt, Input, NO_KEY, Scan, Source, Task, in_order};
use crate::text::{json_string, plural, visible};
use std::io::{self, IsTerminal as _};
use std::ops::ControlFlow;

/// Everything found in one source.
struct Checked {
    /// Lines for stderr.
    reports: Vec<String>,
    /// Sentences or JSON objects.
    lines: Vec<String>,
    series: usize,
    failed: bool,
}

/// Options of the check of one source.
struct Options<'a> {
    args: &'a args::Check,
    limits: Limits,
    /// Files read at the same time do not report the progress of each.
    several: bool,
}

/// Prints all findings. Fails if there are any.
pub(super) fn check(args: &args::Check, environment: &Environment) -> Result<(), Failure> {
    let inputs = inputs_with_warnings(&args.paths);
    let limits = environment.settings_with_warnings(Depth::None).findings;
    let options = Options { args, limits, several: inputs.len() > 1 };
    let (mut failed, mut found, mut series, mut sources) = (false, 0, 0, 0);
    let mut objects = JsonArray::default();
    let mut result = Ok(());
    in_order(
        inputs.into_iter(),
        None,
        |input, memory| match input {
            // A pipe cannot be read twice.
            Input::Stdin => (checked(input, &options, &Budget::default()).0, Attempt::Final),
            input => checked(input, &options, memory),
        },
        |checked| {
            let Some(checked) = checked else { return ControlFlow::Continue(()) };
            checked.reports.iter().for_each(|line| report(line));
            (failed, sources) = (failed | checked.failed, sources + 1);
            (found, series) = (found + checked.lines.len(), series + checked.series);
            result = if args.json {
                checked.lines.iter().try_for_each(|object| objects.push(object))
            } else if checked.lines.is_empty() {
                Ok(())
            } else {
                print(format!("{}\n", checked.lines.join("\n")).as_bytes())
            };
            if result.is_err() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    result?;
    if args.json {
        objects.finish()?;
    } else if found == 0 && !failed && io::stdout().is_terminal() {
        let (series, sources) = (format!("{series} series"), plural(sources, "source"));
        print(format!("no findings in {series} of {sources}\n").as_bytes())?;
    }
    if failed || found > 0 { Err(Failure::Reported) } else { Ok(()) }
}

/// Opens an input and checks its series, within a budget.
fn checked(input: &Input, options: &Options<'_>, memory: &Budget) -> (Checked, Attempt) {
    let mut checked = Checked { reports: Vec::new(), lines: Vec::new(), series: 0, failed: false };
    let opening = Task { memory: memory.clone(), ..progress::opening(&input.name()) };
    let source = match source::open(input, &opening) {
        Ok(source) => source,
        Err(error) => {
            let info = SourceInfo { name: input.name(), run: source::run_name(input), ..SourceInfo::default() };
            checked.lines.push(Line::of_source(&info, reason(&error)).print(options.args.json));
            return (checked, Attempt::Failed);
        }
    };
    let info = source.info();
    let selected = match series::selected(info, &options.args.select) {
        Ok((selected, missing)) => {
            checked.failed |= missing;
            selected
        }
        // An empty source has nothing to check.
        Err(_) if info.series.is_empty() && options.args.select.key.is_none() => Vec::new(),
        Err(error) => {
            checked.reports.push(error.to_string());
            checked.failed = true;
            return (checked, Attempt::Done);
        }
    };
    let mut attempt = Attempt::Done;
    if let Err(error) = add_all(&*source, &selected, options, memory, &mut checked) {
        checked.reports.push(error.to_string());
        (checked.failed, attempt) = (true, Attempt::Failed);
    }
    (checked, attempt)
}

/// Adds the findings and the failed assertions of a source.
fn add_all(
    source: &dyn Source,
    selected: &[(usize, usize)],
    options: &Options<'_>,
    memory: &Budget,
    checked: &mut Checked,
) -> Result<(), Error> {
    let (info, json) = (source.info(), options.args.json);
    let mut series: Vec<usize> = selected.iter().map(|(series, _)| *series).collect();
    series.dedup();
    checked.series = series.len();
    let task = |done| {
        let task = if options.several { Task::default() } else { progress::reading(done, series.len()) };
        Task { memory: memory.limit().into(), ..task }
    };
    let keys = source::keys(info);
    let mut lines: Vec<Line<'_>> = Vec::new();
    if options.args.select.key.is_none() {
        let problems =
            info.problems.iter().filter(|problem| !(problem.unfinished || problem.has_finding || problem.is_notice()));
        lines.extend(problems.map(|problem| Line::of_source(info, problem.to_string())));
    }
    let mut scan = Scan::new(options.limits.clone()).only(series.iter().copied());
    source.scan(&mut scan, &task(0), &mut |_| ())?;
    let mut found = scan.findings(info);
    for (done, index) in series.iter().copied().enumerate() {
        let of_series = |finding| Line {
            info,
            series: Some((index, keys.get(index).map_or("", String::as_str))),
            finding,
            bounds: None,
        };
        let mut all = found.remove(&index).unwrap_or_default();
        all.extend(unread(info, index, &all, &options.limits));
        lines.extend(all.into_iter().map(of_series));
        let entries = selected.iter().filter(|(series, _)| *series == index).map(|(_, entry)| *entry);
        let failed = assertion::failures(source, index, entries, &options.args.assertions, &task(done))?;
        lines.extend(failed.into_iter().map(|(finding, bounds)| Line { bounds, ..of_series(finding) }));
    }
    checked.lines.extend(lines.iter().map(|line| line.print(json)));
    Ok(())
}

/// Problems of the entries of a series that are not among its findings.
fn unread(info: &SourceInfo, series: usize, found: &[Finding], limits: &Limits) -> Option<Finding> {
    let is_new = |problem: &&Problem| {
        let is_found = |finding: &Finding| {
            let note = finding.note.as_deref().unwrap_or_default();
            finding.kind == Kind::Unreadable && (note.contains(&problem.message) || problem.message.contains(note))
        };
        !(problem.unfinished || problem.is_notice() || found.iter().any(is_found))
    };
    let mut problems = info.series.get(series)?.problems.iter().filter(is_new);
    let first = problems.next().filter(|_| !limits.off.contains(&Kind::Unreadable))?;
    let times = 1 + problems.count() as u64;
    let note = Some(first.to_string().into());
    Some(Finding { kind: Kind::Unreadable, index: 0, times, value: f64::NAN, limit: f64::NAN, note })
}

/// A finding for printing.
struct Line<'a> {
    info: &'a SourceInfo,
    /// Index and key of the series; `None` for the source itself.
    series: Option<(usize, &'a str)>,
    finding: Finding,
    /// Bounds of the value, if it comes from bins.
    bounds: Option<(f64, f64)>,
}

impl Line<'_> {
    fn of_source(info: &SourceInfo, why: String) -> Line<'_> {
        let (kind, note) = (Kind::Unreadable, Some(why.into()));
        let finding = Finding { kind, index: 0, times: 1, value: f64::NAN, limit: f64::NAN, note };
        Line { info, series: None, finding, bounds: None }
    }

    fn step(&self) -> Option<i64> {
        self.info.series.get(self.series?.0)?.steps.number(self.finding.index)
    }

    fn print(&self, json: bool) -> String {
        if json { self.to_json() } else { self.to_text() }
    }

    fn to_json(&self) -> String {
        let number = |x: f64| {
            json::number(Some(if x.fract() == 0.0 && x.abs() < 9e15 {
                Number::Int(x as i128)
            } else {
                Number::Float(x)
            }))
        };
        let key = self.series.and_then(|(series, _)| self.info.series.get(series)).map(crate::catalog::Series::key);
        let mut members = vec![
            ("source", json_string(&self.info.name)),
            ("run", json::run(self.info)),
            ("key", key.map_or(NULL.into(), |key| json_string(&key))),
            ("step", self.step().map_or(NULL.into(), |step| step.to_string())),
            ("kind", json_string(self.finding.kind.name())),
            ("value", number(self.finding.value)),
            ("limit", number(self.finding.limit)),
            ("message", json_string(&self.finding.message())),
        ];
        members.extend(self.bounds.map(|(lo, hi)| ("bounds", format!("[{}, {}]", number(lo), number(hi)))));
        object(&members)
    }

    /// A sentence: `hot (run.wandb): gradients/layer5.weight, step 710: 4,093 values, …`.
    fn to_text(&self) -> String {
        let run = self.info.run.as_ref().map(|run| format!("{} ", visible(&run.name))).unwrap_or_default();
        let name = visible(&self.info.name);
        let source = if run.is_empty() { name.into_owned() } else { format!("{run}({name})") };
        let place = match self.series {
            None => String::new(),
            Some((_, "")) => format!(" {NO_KEY},"),
            Some((_, key)) => format!(" {},", visible(key)),
        };
        let step = self.step().map_or(String::new(), |step| format!(" step {step},"));
        let place = format!("{place}{step}");
        let message = self.finding.message();
        format!("{source}:{} {}: {}", place.trim_end_matches(','), self.finding.kind.name(), visible(&message))
    }
}

/// Returns the reason why a source cannot be opened.
fn reason(error: &Error) -> String {
    match error {
        Error::Read { why, .. } => why.clone(),
        other => other.to_string(),
    }
}
