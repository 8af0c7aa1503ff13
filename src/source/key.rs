//! Lookup of series by key, as typed on the command line.

use crate::catalog::{Series, SourceInfo};
use crate::error::Error;
use crate::pattern::{Pattern, is_glob};
use crate::text;

/// Printed form of an empty key.
pub const NO_KEY: &str = "\"\"";

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

/// Labels of a key as JSON. They identify a series even if another one has the same key.
pub fn labels_text(series: &Series) -> String {
    serde_json::Value::from(&series.path[..]).to_string()
}
