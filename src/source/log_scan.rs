//! The pass over a log in the order of its file: which entries come next, and the entries that the pass could not read.

use super::{Scan, Source, Task};
use crate::engine::Reservation;
use crate::error::Error;
use crate::format::DecodeError;
use crate::format::series::SeriesIndex;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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

    /// Returns true if several threads decode the records faster than one.
    pub(super) fn is_worth_threads(&self) -> bool {
        self.bytes >= FULL / 8
    }

    pub(super) fn records(&self) -> &[(u64, Vec<u8>)] {
        &self.records
    }
}

/// Applies `work` to all records, on several threads if that pays.
pub(super) fn on_all_cores<T: Sync, B: Default, R: Send>(
    records: &[T],
    pays: bool,
    work: impl Fn(&T, &mut B) -> R + Sync,
) -> Vec<R> {
    let threads = if pays { thread::available_parallelism().map_or(1, usize::from).min(records.len()) } else { 1 };
    let next = AtomicUsize::new(0);
    let worker = || {
        let (mut buffers, mut results) = (B::default(), Vec::new());
        while let Some((at, record)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, records.get(at)?)))
        {
            results.push((at, work(record, &mut buffers)));
        }
        results
    };
    let mut results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
