//! Lookup of series by key, as typed on the command line.

use crate::catalog::{Series, SourceInfo};
use crate::error::Error;
use crate::pattern::{Pattern, is_glob};
use crate::text;
use std::collections::HashMap;

/// Printed form of an empty key.
pub const NO_KEY: &str = "\"\"";

/// Maximum number of keys in an error message.
const MAX_LISTED: usize = 5;

/// Series that match a key.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyMatches {
    /// Indices of the series in the source. Empty if no series matches.
    pub series: Vec<usize>,
    /// True if the key was used as a glob, so that several series are intended.
    pub by_glob: bool,
}

/// Finds the series with this exact key, or else with these exact labels, or else the matches of a glob. Without a key,
/// finds all series.
///
/// # Errors
/// The key looks like a glob, but is malformed.
pub fn find(info: &SourceInfo, key: Option<&str>) -> Result<KeyMatches, Error> {
    let filter = |matches: &dyn Fn(&Series) -> bool| -> Vec<usize> {
        info.series.iter().enumerate().filter(|(_, series)| matches(series)).map(|(index, _)| index).collect()
    };
    let Some(key) = key else { return Ok(KeyMatches { series: filter(&|_| true), by_glob: false }) };
    let mut series = filter(&|series| is_typed(&series.key(), key));
    if series.is_empty() && key.starts_with('[') {
        let labels = serde_json::from_str::<Vec<String>>(key).ok();
        series = filter(&|series| labels.as_deref() == Some(&series.path[..]) || is_typed(&labels_text(series), key));
    }
    let by_glob = series.is_empty() && is_glob(key);
    if by_glob {
        let pattern = Pattern::glob(key);
        let pattern = pattern.map_err(|why| Error::Select(format!("'{key}' is not a valid glob: {why}")))?;
        series = filter(&|series| pattern.matches(&series.key()));
    }
    Ok(KeyMatches { series, by_glob })
}

/// Returns true if a name was typed verbatim, or in its printed form, which users copy from the output of `ls`.
fn is_typed(name: &str, typed: &str) -> bool {
    name == typed || text::visible(name) == typed || (name.is_empty() && typed == NO_KEY)
}

/// Returns the `--key` argument for each series: its key, or its labels if several series have that key.
pub fn keys(info: &SourceInfo) -> Vec<String> {
    let keys: Vec<String> = info.series.iter().map(Series::key).collect();
    let mut times: HashMap<&str, usize> = HashMap::new();
    for key in &keys {
        *times.entry(key).or_default() += 1;
    }
    let is_shared = |key: &String| times.get(key.as_str()).is_some_and(|times| *times > 1);
    let series = keys.iter().zip(&info.series);
    series.map(|(key, series)| if is_shared(key) { labels_text(series) } else { key.clone() }).collect()
}

/// Lists the keys of the first few of these series.
pub fn listed_keys(info: &SourceInfo, series: &[usize]) -> String {
    let keys = keys(info);
    let named = series.iter().filter_map(|index| keys.get(*index));
    let mut names: Vec<String> = named.take(MAX_LISTED).map(|key| format!("'{key}'")).collect();
    if series.len() > MAX_LISTED {
        names.push("…".into());
    }
    names.join(", ")
}

/// Creates the error for a key that no series of a source has. It names the available keys.
pub fn no_series(info: &SourceInfo, key: &str) -> Error {
    let available = match &info.series[..] {
        [] => "it is empty".to_owned(),
        [only] if only.key().is_empty() => "its only series has no key, so omit --key".to_owned(),
        all => format!("available: {}", listed_keys(info, &(0..all.len()).collect::<Vec<_>>())),
    };
    Error::Select(format!("{} has no series '{key}'; {available}", info.name))
}

/// Labels of a key as JSON. They identify a series even if another one has the same key.
pub fn labels_text(series: &Series) -> String {
    serde_json::Value::from(&series.path[..]).to_string()
}
