//! Selection of series and steps, and their names in messages.

use super::args::{Nan, Select, Step};
use super::exit::report;
use super::{progress, warnings};
use crate::catalog::{Content, SourceInfo, SourceNames, Steps};
use crate::document::{BinSpec, EvaluatedHistogram, Policy, evaluate, evaluate_as_numpy};
use crate::engine::Budget;
use crate::error::Error;
use crate::hist::{self, Bins};
use crate::source::{self, Attempt, Input, Source, Task};
use std::ops::Range;
use std::sync::Arc;

/// Remedy for an invalid histogram in a file.
const REPAIR: &str = "; open it in rebin and press r to repair it";

/// Returns the names of the sources that these inputs open, so that each can be printed with a name that no other has.
pub(super) fn names(inputs: &[Input]) -> SourceNames {
    let source = |input: &Input| {
        // A single source needs no other name.
        let run = if inputs.len() > 1 { source::run_name(input) } else { None };
        SourceInfo { name: input.name(), run, ..SourceInfo::default() }
    };
    SourceNames::of(&inputs.iter().map(source).collect::<Vec<_>>())
}

/// Opens an input and reports its problems. Reports an input that cannot be opened, and returns `None`.
pub(super) fn open(input: &Input) -> Option<Arc<dyn Source>> {
    match source::open(input, &progress::opening(&input.name())) {
        Ok(source) => {
            warnings::report_problems(source.info());
            Some(source)
        }
        Err(error) => {
            report(&error.to_string());
            None
        }
    }
}

/// Opens one of several inputs, for [`source::in_order`].
pub(super) fn open_in_batch(input: &Input, memory: &Budget) -> (Result<Arc<dyn Source>, Error>, Attempt) {
    let task = Task { memory: memory.clone(), ..progress::opening(&input.name()) };
    let opened = source::open(input, &task);
    let attempt = match (&opened, input) {
        // A pipe cannot be read twice.
        (_, Input::Stdin) => Attempt::Final,
        (Ok(_), _) => Attempt::Done,
        (Err(_), _) => Attempt::Failed,
    };
    (opened, attempt)
}

/// Returns the indices of the series that match a key, or of all series.
///
/// # Errors
/// [`Error::Select`] if no series matches; an error for an invalid glob.
pub(super) fn matching(info: &SourceInfo, key: Option<&str>) -> Result<Vec<usize>, Error> {
    let found = source::find(info, key)?.series;
    if let (true, Some(key)) = (found.is_empty(), key) {
        return Err(source::no_series(info, key));
    }
    Ok(found)
}

/// Returns the index of the only series that matches a key.
///
/// # Errors
/// [`Error::Select`] if no series or several match; [`Error::Read`] if the source is empty.
pub(super) fn single(info: &SourceInfo, key: Option<&str>) -> Result<usize, Error> {
    let found = matching(info, key)?;
    match (found.as_slice(), key) {
        ([one], _) => Ok(*one),
        ([], _) => Err(empty_source(info)),
        (several, None) => {
            let (n, names) = (several.len(), source::listed_keys(info, several));
            Err(Error::Select(format!("{} contains {n} series; choose one with --key: {names}", info.name)))
        }
        (several, Some(key)) => {
            let (n, names) = (several.len(), source::listed_keys(info, several));
            Err(Error::Select(format!("'{key}' matches {n} series in {}; choose one: {names}", info.name)))
        }
    }
}

/// Error for a source without series.
pub(super) fn empty_source(info: &SourceInfo) -> Error {
    Error::read(info.name.clone(), "it contains no histograms or numbers")
}

/// Returns the selected series and entries. Reports each series without the selected step, and returns true if there are
/// any.
pub(super) fn selected(info: &SourceInfo, select: &Select) -> Result<(Vec<(usize, usize)>, bool), Error> {
    let (selected, missing) = selection(info, select)?;
    for error in &missing {
        report(&error.to_string());
    }
    Ok((selected, !missing.is_empty()))
}

/// Series and entries, by index, and an error for each series without the selected step.
pub(super) type Selection = (Vec<(usize, usize)>, Vec<Error>);

/// Returns the selected series and entries.
///
/// # Errors
/// Those of [`matching`]; [`Error::Read`] if the source is empty.
pub(super) fn selection(info: &SourceInfo, select: &Select) -> Result<Selection, Error> {
    let found = matching(info, select.key.as_deref())?;
    if found.is_empty() {
        return Err(empty_source(info));
    }
    let (mut selected, mut missing) = (Vec::new(), Vec::new());
    for index in found {
        match entries(info, index, select.step) {
            Ok(entries) => selected.extend(entries.map(|entry| (index, entry))),
            Err(error) => missing.push(error),
        }
    }
    Ok((selected, missing))
}

/// Returns the indices of the entries at a step.
///
/// # Errors
/// [`Error::Select`] if the series has no such step.
pub(super) fn entries(info: &SourceInfo, index: usize, step: Step) -> Result<Range<usize>, Error> {
    let Some(steps) = info.series.get(index).map(|series| &series.steps) else { return Ok(0..0) };
    let last = steps.len().saturating_sub(1);
    let one = |entry| Ok(entry..entry + 1);
    match step {
        Step::First => one(0),
        Step::Last => one(last),
        Step::All => Ok(0..steps.len()),
        Step::Number(number) => steps.find(number).map_or_else(|| Err(no_step(info, index, number)), one),
    }
}

fn no_step(info: &SourceInfo, index: usize, number: i64) -> Error {
    let empty = Steps::Unknown(0);
    let steps = info.series.get(index).map_or(&empty, |series| &series.steps);
    let last = steps.len().saturating_sub(1);
    let ends = match steps {
        Steps::Known(_) => (steps.number(0), steps.number(last)),
        Steps::Unknown(0) => (None, None),
        Steps::Unknown(_) => (Some(0), i64::try_from(last).ok()),
    };
    let available = match ends {
        (Some(first), Some(last)) if first == last => format!("the only step is {first}"),
        (Some(first), Some(last)) => format!("steps range from {first} to {last}"),
        _ => "the series is empty".into(),
    };
    Error::Select(format!("{}: step {number} does not exist; {available}", qualified_name(info, index)))
}

/// Name of a series with its source.
pub(super) fn qualified_name(info: &SourceInfo, series: usize) -> String {
    let name = info.name_of(series);
    if name == info.name { name } else { format!("{}: {name}", info.name) }
}

/// Remedy if numpy makes no bin over a range. Follows a sentence that ends with a period.
pub(super) const OTHER_RANGE: &str = " Use another range (--range)";

/// Adds the source, the series, the step and a remedy to an error of an entry.
pub(super) fn located(info: &SourceInfo, series: usize, entry: Option<usize>, error: Error) -> Error {
    let remedy = match &error {
        // These errors already name their file.
        Error::Read { .. } | Error::Entry { .. } | Error::Write { .. } | Error::Cancelled => return error,
        // numpy's message ends with a period.
        Error::Hist(hist::Error::TooManyBins(1)) => OTHER_RANGE,
        Error::Hist(hist::Error::TooManyBins(_)) => " Use fewer bins (--bins) or another range (--range)",
        // Only edges from a file: the ones on the command line have been checked.
        Error::Hist(hist::Error::EdgesNotMonotonic | hist::Error::EdgeNan(_) | hist::Error::EdgeInfinite(_)) => REPAIR,
        Error::Hist(hist::Error::RuleTooLarge { .. }) => "; use --bins N or --range LO,HI",
        Error::Hist(hist::Error::DataNotFinite(..)) => "; leave NaN and infinite values out with --nan omit",
        _ => "",
    };
    let several = info.series.get(series).is_some_and(|series| series.steps.len() > 1);
    let entry = entry.filter(|_| several);
    let step = entry.map_or_else(String::new, |entry| format!(" step {}", step_name(info, series, entry)));
    Error::Value(format!("{}{step}: {error}{remedy}", qualified_name(info, series)))
}

/// Evaluates a content. Like numpy, counts infinite samples between edges that extend to infinity.
///
/// # Errors
/// Those of [`evaluate`]; numpy's error for NaN and infinite samples if `nan` requests it.
pub(super) fn evaluated(
    content: &Content,
    spec: &BinSpec,
    policy: Policy,
    nan: Nan,
    task: &Task,
) -> Result<EvaluatedHistogram, Error> {
    match (nan, &spec.bins) {
        (Nan::Omit, Some(Bins::Edges(_))) | (Nan::Error, _) => evaluate_as_numpy(content, spec, policy, task),
        (Nan::Omit, _) => evaluate(content, spec, policy, task),
    }
}

/// Returns an error if a logged histogram is invalid as it is stored in the file.
///
/// # Errors
/// [`Error::Value`] with W&B's reason and the remedy.
pub(super) fn check(content: &Content) -> Result<(), Error> {
    let Content::Logged(logged) = content else { return Ok(()) };
    let error = |why| Error::Value(format!("{why}{REPAIR}"));
    logged.histogram.check().map_err(error)
}

/// Name of an entry: its series, and its step if there are several.
pub(super) fn entry_name(info: &SourceInfo, series: usize, entry: usize) -> String {
    let steps = info.series.get(series).map_or(0, |series| series.steps.len());
    let name = info.name_of(series);
    if steps > 1 { format!("{name} step {}", step_name(info, series, entry)) } else { name }
}

/// The `--step` argument for an entry: its step number, else its index.
pub(super) fn step_name(info: &SourceInfo, series: usize, entry: usize) -> String {
    let number = info.series.get(series).and_then(|series| Steps::number(&series.steps, entry));
    number.map_or_else(|| entry.to_string(), |number| number.to_string())
}
