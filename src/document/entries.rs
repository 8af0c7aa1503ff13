//! Evaluation of many entries of one series.

use super::{BinSpec, Policy, evaluate};
use crate::catalog::Content;
use crate::engine::{Progress, Task};
use crate::error::Error;
use crate::hist::Histogram;
use std::ops::Range;

/// Loads entries of a series and evaluates each with the same spec.
///
/// `entries` are indices in the series. The result has `None` for entries that cannot be read or evaluated. Progress
/// counts entries.
///
/// # Errors
/// Only [`Error::Cancelled`].
pub fn evaluate_entries(
    entries: Range<usize>,
    load: impl Fn(usize, &Task) -> Result<Content, Error>,
    spec: &BinSpec,
    policy: Policy,
    task: &Task,
) -> Result<Vec<Option<Histogram>>, Error> {
    task.progress.set_total(entries.len() as u64);
    let each = Task { progress: Progress::default(), ..task.clone() };
    let evaluate = |index: usize| {
        task.cancel.check()?;
        let evaluated = load(index, &each).and_then(|content| evaluate(&content, spec, policy, &each));
        task.progress.add(1);
        match evaluated {
            Err(Error::Cancelled) => Err(Error::Cancelled),
            evaluated => Ok(evaluated.ok().map(|evaluated| evaluated.histogram)),
        }
    };
    entries.map(evaluate).collect()
}
