//! Finding series by key and step, and reading them.

use super::args::Step;
use crate::catalog::{Content, Series, SourceInfo, Steps};
use crate::error::Error;
use crate::hist;
use crate::source::{self, labels_text};
use std::collections::HashMap;
use std::ops::Range;

/// How many names an error lists.
const LISTED: usize = 5;

/// The series that a key stands for, all of them without one.
///
/// # Errors
/// No such series, or not a glob.
pub(super) fn matching(info: &SourceInfo, key: Option<&str>) -> Result<Vec<usize>, Error> {
    let found = source::find(info, key)?.series;
    if let (true, Some(wanted)) = (found.is_empty(), key) {
        let every: Vec<usize> = (0..info.series.len()).collect();
        let held = if every.is_empty() { "nothing".into() } else { listed(info, &every) };
        return Err(Error::Select(format!("{} has no series '{wanted}'; it holds {held}", info.name)));
    }
    Ok(found)
}

/// What `--key` takes for each series: its key, or its labels where another one has the same key.
pub(super) fn keys(info: &SourceInfo) -> Vec<String> {
    let keys: Vec<String> = info.series.iter().map(Series::key).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for key in &keys {
        *times.entry(key).or_default() += 1;
    }
    let shared = |key: &String| times.get(key.as_str()).is_some_and(|times| *times > 1);
    let names = keys.iter().zip(&info.series);
    names.map(|(key, series)| if shared(key) { labels_text(series) } else { key.clone() }).collect()
}

/// The one series that a key stands for.
///
/// # Errors
/// None or several.
pub(super) fn single(info: &SourceInfo, key: Option<&str>) -> Result<usize, Error> {
    let found = matching(info, key)?;
    match (found.as_slice(), key) {
        ([one], _) => Ok(*one),
        ([], _) => Err(nothing(info)),
        (several, None) => {
            let (n, names) = (several.len(), listed(info, several));
            Err(Error::Select(format!("{} holds {n} series; choose one with --key KEY: {names}", info.name)))
        }
        (several, Some(key)) => {
            let (n, names) = (several.len(), listed(info, several));
            Err(Error::Select(format!("'{key}' stands for {n} series of {}; choose one: {names}", info.name)))
        }
    }
}

/// A source without a series.
pub(super) fn nothing(info: &SourceInfo) -> Error {
    Error::read(info.name.clone(), "it holds no histogram and no numbers")
}

/// The first few names.
fn listed(info: &SourceInfo, series: &[usize]) -> String {
    let keys = keys(info);
    let named = series.iter().filter_map(|index| keys.get(*index));
    let mut names: Vec<String> = named.take(LISTED).map(|key| format!("'{key}'")).collect();
    if series.len() > LISTED {
        names.push("…".into());
    }
    names.join(", ")
}

/// The entries of a series that a step stands for.
///
/// # Errors
/// No such step.
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
    let none = Steps::Unknown(0);
    let steps = info.series.get(index).map_or(&none, |series| &series.steps);
    let last = steps.len().saturating_sub(1);
    let ends = match steps {
        Steps::Known(_) => (steps.number(0), steps.number(last)),
        Steps::Unknown(0) => (None, None),
        Steps::Unknown(_) => (Some(0), i64::try_from(last).ok()),
    };
    let known = match ends {
        (Some(first), Some(last)) if first == last => format!("the only one is {first}"),
        (Some(first), Some(last)) => format!("they are from {first} to {last}"),
        _ => "there are none".into(),
    };
    Error::Select(format!("{}: there is no step {number}; {known}", place(info, index)))
}

/// A series with the file it is in.
pub(super) fn place(info: &SourceInfo, series: usize) -> String {
    let name = info.name_of(series);
    if name == info.name { name } else { format!("{}: {name}", info.name) }
}

/// An error of an entry with the file, the series and the step, and what can be done about it.
pub(super) fn located(info: &SourceInfo, series: usize, entry: Option<usize>, error: Error) -> Error {
    let remedy = match &error {
        // These name what cannot be read or written.
        Error::Read { .. } | Error::Entry { .. } | Error::Write { .. } | Error::Cancelled => return error,
        Error::Hist(hist::Error::TooManyBins(_)) => " Ask for fewer bins with --bins, or give a wider --range LO,HI",
        other if other.to_string() == hist::Error::EdgesNotMonotonic.to_string() => {
            "; give others with --edges, or repair them in rebin with r"
        }
        _ => "",
    };
    let several = info.series.get(series).is_some_and(|series| series.steps.len() > 1);
    let entry = entry.filter(|_| several);
    let step = entry.map_or_else(String::new, |entry| format!(" step {}", step_name(info, series, entry)));
    Error::Value(format!("{}{step}: {error}{remedy}", place(info, series)))
}

/// A histogram that is broken as it was logged.
///
/// # Errors
/// What is wrong with it, and the remedy.
pub(super) fn check(content: &Content) -> Result<(), Error> {
    let Content::Logged(logged) = content else { return Ok(()) };
    let told = |why| Error::Value(format!("{why}; open the file with rebin, where r repairs it"));
    logged.histogram.check().map_err(told)
}

/// An entry for people: its series, and its step where there are several.
pub(super) fn entry_name(info: &SourceInfo, series: usize, entry: usize) -> String {
    let steps = info.series.get(series).map_or(0, |series| series.steps.len());
    let name = info.name_of(series);
    if steps > 1 { format!("{name} step {}", step_name(info, series, entry)) } else { name }
}

/// The step's number, or its position where it has none, as `--step` takes it.
pub(super) fn step_name(info: &SourceInfo, series: usize, entry: usize) -> String {
    let number = info.series.get(series).and_then(|series| Steps::number(&series.steps, entry));
    number.map_or_else(|| entry.to_string(), |number| number.to_string())
}
