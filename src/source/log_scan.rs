//! The pass over a log in the order of its file: which entries come next, and the entries that the pass could not read.

use super::{Scan, Source, Task};
use crate::error::Error;
use crate::format::series::SeriesIndex;

/// Returns the byte offset of the first record in a file with an entry that was not seen.
pub(super) fn first_unseen(scan: &Scan, series: &[SeriesIndex], file: u32) -> Option<u64> {
    let wanted = series.iter().enumerate().filter(|(index, _)| scan.wants(*index));
    let unseen = wanted.filter_map(|(index, series)| {
        let rest = series.entries.get(scan.seen(index)..)?;
        rest.iter().find(|entry| entry.file == file).map(|entry| entry.at)
    });
    unseen.min()
}

/// Returns true if the next entry of a series is in the record of a file at this offset. Loads the entries before it, which
/// the pass could not read.
///
/// # Errors
/// [`Error::Cancelled`].
pub(super) fn catch_up(
    source: &impl Source,
    scan: &mut Scan,
    series: &[SeriesIndex],
    index: usize,
    (file, at): (u32, u64),
    task: &Task,
) -> Result<bool, Error> {
    if !scan.wants(index) {
        return Ok(false);
    }
    let unseen = series.get(index).and_then(|series| series.entries.get(scan.seen(index)..)).unwrap_or_default();
    // A record that the index does not have was logged later, or was replaced.
    let Some(missed) = unseen.iter().position(|next| (next.file, next.at) == (file, at)) else { return Ok(false) };
    for _ in 0..missed {
        scan.load_next(source, index, task)?;
    }
    Ok(true)
}

/// Loads the entries that the pass did not see.
///
/// # Errors
/// [`Error::Cancelled`].
pub(super) fn rest(
    source: &impl Source,
    scan: &mut Scan,
    task: &Task,
    pulse: &mut dyn FnMut(&Scan),
) -> Result<(), Error> {
    let series = source.info().series.iter().map(|series| series.steps.len()).enumerate();
    for (index, entries) in series.collect::<Vec<_>>() {
        while scan.wants(index) && scan.seen(index) < entries {
            scan.load_next(source, index, task)?;
        }
    }
    pulse(scan);
    Ok(())
}
