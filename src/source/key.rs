//! Which series of a source a key stands for, as people type it.

use crate::catalog::{Series, SourceInfo};
use crate::error::Error;
use crate::pattern::{Pattern, Syntax, is_glob};
use crate::text;

/// How an empty key is printed.
pub const NO_KEY: &str = "\"\"";

/// The series that a key stands for.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Positions in the source; none if there is no such series.
    pub series: Vec<usize>,
    /// Whether a glob matched them, so that they may be several.
    pub by_glob: bool,
}

/// Finds what has this very name, else these very labels, else what a glob matches; all series without a key.
///
/// # Errors
/// Not a glob, though it looks like one.
pub fn find(info: &SourceInfo, key: Option<&str>) -> Result<Found, Error> {
    let found = |is: &dyn Fn(&Series) -> bool| -> Vec<usize> {
        info.series.iter().enumerate().filter(|(_, series)| is(series)).map(|(index, _)| index).collect()
    };
    let Some(wanted) = key else { return Ok(Found { series: found(&|_| true), by_glob: false }) };
    // What `ls` prints is what can be typed.
    let mut series = found(&|series| typed_as(&series.key(), wanted));
    if series.is_empty() && wanted.starts_with('[') {
        let labels = serde_json::from_str::<Vec<String>>(wanted).ok();
        series = found(&|series| labels.as_ref() == Some(&series.path) || typed_as(&labels_text(series), wanted));
    }
    let by_glob = series.is_empty() && is_glob(wanted);
    if by_glob {
        let pattern = Pattern::new(wanted, Syntax::Glob);
        let pattern = pattern.map_err(|why| Error::Select(format!("'{wanted}' is not a glob: {why}")))?;
        series = found(&|series| pattern.matches(&series.key()));
    }
    Ok(Found { series, by_glob })
}

/// Whether a name was typed, as it is or as it is printed.
fn typed_as(name: &str, wanted: &str) -> bool {
    name == wanted || text::visible(name) == wanted || (name.is_empty() && wanted == NO_KEY)
}

/// The labels of a key as JSON, which names a series even where another one has the same key.
pub fn labels_text(series: &Series) -> String {
    serde_json::Value::from(series.path.clone()).to_string()
}
