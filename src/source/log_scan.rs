//! The pass over a log in the order of its file: which entries come next, and the entries that the pass could not read.

use super::{Scan, Source, Task};
use crate::engine::Reservation;
use crate::error::Error;
use crate::format::DecodeError;
use crate::format::series::SeriesIndex;

/// Bytes of records that are decoded together, if the memory limit allows it.
const FULL: u64 = 8 << 20;

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

/// Records that were read and are not decoded yet, each with its byte offset.
pub(super) struct WaitingRecords {
    records: Vec<(u64, Vec<u8>)>,
    bytes: u64,
    /// Bytes after which the records are decoded.
    full: u64,
    held: Reservation,
}

impl WaitingRecords {
    pub(super) fn new(task: &Task) -> Self {
        // Some are read, some wait, and some are decoded.
        let full = FULL.min(task.memory.limit().0 / 16);
        Self { records: Vec::new(), bytes: 0, full, held: task.memory.reservation() }
    }

    /// Copies a record. The memory for it is reserved.
    pub(super) fn add(&mut self, at: u64, record: &[u8]) -> Result<(), DecodeError> {
        self.held.grow(record.len() as u64)?;
        self.bytes += record.len() as u64;
        self.records.push((at, record.to_vec()));
        Ok(())
    }

    /// Returns true if the records should be decoded before more are read.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= self.full
    }

    pub(super) fn records(&self) -> &[(u64, Vec<u8>)] {
        &self.records
    }
}
