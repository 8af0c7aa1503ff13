//! Finding series by key and step, and reading them.

use super::typed::{Select, Step};
use crate::catalog::{Content, Series, SourceInfo, Steps};
use crate::error::Error;
use crate::pattern::{Pattern, Syntax, is_glob};
use crate::source::{Source, Work};
use crate::text;

/// How many names an error lists.
const LISTED: usize = 5;

/// The series that a key stands for, all of them without one: what has this very name, else what a glob matches.
///
/// # Errors
/// No such series, or not a glob.
pub(super) fn matching(info: &SourceInfo, key: Option<&str>) -> Result<Vec<usize>, Error> {
    let all = || info.series.iter().map(Series::key).enumerate();
    let Some(wanted) = key else { return Ok(all().map(|(index, _)| index).collect()) };
    // What `ls` prints is what can be typed.
    let named = |key: &str| key == wanted || text::visible(key) == wanted;
    let mut found: Vec<usize> = all().filter(|(_, key)| named(key)).map(|(index, _)| index).collect();
    if found.is_empty() && is_glob(wanted) {
        let pattern = Pattern::new(wanted, Syntax::Glob);
        let pattern = pattern.map_err(|why| Error::Select(format!("'{wanted}' is not a glob: {why}")))?;
        found = all().filter(|(_, key)| pattern.matches(key)).map(|(index, _)| index).collect();
    }
    if found.is_empty() {
        let every: Vec<usize> = (0..info.series.len()).collect();
        let held = if every.is_empty() { "nothing".into() } else { names(info, &every) };
        return Err(Error::Select(format!("{} has no series '{wanted}'; it holds {held}", info.name)));
    }
    Ok(found)
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
            let (n, names) = (several.len(), names(info, several));
            Err(Error::Select(format!("{} holds {n} series; choose one with --key KEY: {names}", info.name)))
        }
        (several, Some(key)) => {
            let (n, names) = (several.len(), names(info, several));
            Err(Error::Select(format!("'{key}' stands for {n} series of {}; choose one: {names}", info.name)))
        }
    }
}

/// A source without a series.
pub(super) fn nothing(info: &SourceInfo) -> Error {
    Error::read(info.name.clone(), "it holds no histogram and no numbers")
}

/// The first few names.
fn names(info: &SourceInfo, series: &[usize]) -> String {
    let keys = series.iter().filter_map(|index| info.series.get(*index)).map(Series::key);
    let mut names: Vec<String> = keys.take(LISTED).map(|key| format!("'{key}'")).collect();
    if series.len() > LISTED {
        names.push("…".into());
    }
    names.join(", ")
}

/// The entry of a step.
///
/// # Errors
/// No such step.
fn entry(steps: &Steps, step: Step) -> Result<usize, Error> {
    let last = steps.len().saturating_sub(1);
    match step {
        Step::First => Ok(0),
        Step::Last => Ok(last),
        Step::Number(number) => steps.find(number).ok_or_else(|| {
            let ends = match steps {
                Steps::Known(_) => (steps.number(0), steps.number(last)),
                Steps::Unknown(_) => (Some(0), i64::try_from(last).ok()),
            };
            let known = match ends {
                (Some(first), Some(last)) if first == last => format!("the only one is {first}"),
                (Some(first), Some(last)) => format!("they are from {first} to {last}"),
                _ => "there are none".into(),
            };
            Error::Select(format!("there is no step {number}; {known}"))
        }),
    }
}

/// Reads a series at the step that was asked for; returns the entry with its content.
///
/// # Errors
/// No such step, or what makes it unreadable.
pub(super) fn load(source: &dyn Source, index: usize, select: &Select) -> Result<(usize, Content), Error> {
    let series = source.info().series.get(index);
    let step = series.map_or(Ok(0), |series| entry(&series.steps, select.step))?;
    let content = source.load(index, step, &Work::default())?;
    Ok((step, content))
}

/// A series for people: its key, or the name of its source where that is empty.
pub(super) fn name(info: &SourceInfo, index: usize) -> String {
    let key = info.series.get(index).map(Series::key).unwrap_or_default();
    if key.is_empty() { info.name.clone() } else { key }
}
