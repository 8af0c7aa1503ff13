//! The index of a log: its series, and the record of each of their entries.

use crate::engine::{ALLOCATION, Budget};
use std::collections::HashMap;

/// The bytes of a record in its file.
///
/// A log may have millions of entries, so this has only 16 bytes. An entry and its step take 24.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSpan {
    /// Byte offset of the record in its file.
    pub at: u64,
    /// Length in bytes, including the framing.
    pub len: u32,
    /// Number of the file in the source.
    pub file: u32,
}

/// The value of an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EntryKind {
    #[default]
    Histogram,
    /// A list of samples.
    List,
}

/// The entries of one series, in the order in which they were logged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeriesIndex {
    /// Labels of the key, not joined.
    pub path: Vec<String>,
    pub kind: EntryKind,
    /// The logged step of each entry. If `stepless`, the position of the entry instead.
    pub steps: Vec<i64>,
    /// The record of each entry.
    pub entries: Vec<RecordSpan>,
    /// True if some entry was logged without a step.
    pub stepless: bool,
}

impl SeriesIndex {
    /// Bytes of memory, approximately.
    pub fn memory(&self) -> u64 {
        let labels: usize = self.path.iter().map(|label| 3 * (label.len() + ALLOCATION)).sum();
        (SERIES + labels + ENTRY * self.entries.len()) as u64
    }
}

/// All series of a log, ordered by their first entry. Looks a series up by its labels without allocating.
#[derive(Debug, Clone, Default)]
pub struct SeriesMap {
    series: Vec<SeriesIndex>,
    by_path: HashMap<Box<[u8]>, usize>,
    /// The largest step of any entry.
    latest: Option<i64>,
    /// Buffer for the encoded path of a lookup.
    path: Vec<u8>,
    /// Memory of the series and entries. Once it is exceeded, they are not added any more.
    memory: Budget,
}

/// Bytes of memory of a series without labels, here and in its description.
const SERIES: usize = 400;

/// Bytes of memory of an entry, here and in its description.
const ENTRY: usize = size_of::<RecordSpan>() + 2 * size_of::<i64>();

impl SeriesMap {
    /// Creates an empty index within a memory budget.
    pub(super) fn within(memory: Budget) -> Self {
        Self { memory, ..Self::default() }
    }

    pub fn series(&self) -> &[SeriesIndex] {
        &self.series
    }

    /// Returns the index of the series with these labels.
    pub(super) fn find<'l>(&self, kind: EntryKind, labels: impl Iterator<Item = &'l [u8]>) -> Option<usize> {
        let mut path = Vec::with_capacity(self.path.capacity());
        encode(&mut path, kind, labels);
        self.by_path.get(&path[..]).copied()
    }

    /// Adds an entry to the series with these labels. Returns false if the record is already its last entry.
    pub(super) fn push<'l>(
        &mut self,
        kind: EntryKind,
        labels: impl Iterator<Item = &'l [u8]> + Clone,
        step: Option<i64>,
        record: RecordSpan,
    ) -> bool {
        encode(&mut self.path, kind, labels.clone());
        let known = self.by_path.get(&self.path[..]).copied();
        let labels_len = labels.clone().map(|label| 3 * (label.len() + ALLOCATION) + 2 * size_of::<String>());
        let new = if known.is_none() { SERIES + labels_len.sum::<usize>() } else { 0 };
        match self.memory.reserve((ENTRY + new) as u64) {
            Ok(reserved) => reserved.keep(),
            Err(_) => return true,
        }
        let index = known.unwrap_or_else(|| {
            let path = labels.map(|label| String::from_utf8_lossy(label).into_owned()).collect();
            self.series.push(SeriesIndex { path, kind, ..SeriesIndex::default() });
            self.by_path.insert(self.path.as_slice().into(), self.series.len() - 1);
            self.series.len() - 1
        });
        let series = &mut self.series[index];
        if series.entries.last() == Some(&record) {
            return false;
        }
        self.latest = self.latest.max(step);
        series.stepless |= step.is_none();
        series.steps.push(step.unwrap_or(series.entries.len() as i64));
        series.entries.push(record);
        true
    }

    /// Removes the entries from `step` on, and the series that become empty. Returns the number of removed entries.
    pub(super) fn purge_from(&mut self, step: i64) -> usize {
        if self.latest < Some(step) {
            return 0;
        }
        self.latest = step.checked_sub(1);
        let mut purged = 0;
        for series in &mut self.series {
            let before = series.entries.len();
            let mut steps = series.steps.iter();
            series.entries.retain(|_| steps.next().is_some_and(|at| *at < step));
            series.steps.retain(|at| *at < step);
            purged += before - series.entries.len();
        }
        let mut remaining = 0;
        let new_indices: Vec<_> = self
            .series
            .iter()
            .map(|series| {
                remaining += usize::from(!series.entries.is_empty());
                (!series.entries.is_empty()).then(|| remaining - 1)
            })
            .collect();
        self.by_path.retain(|_, index| match new_indices[*index] {
            Some(new) => {
                *index = new;
                true
            }
            None => false,
        });
        self.series.retain(|series| !series.entries.is_empty());
        purged
    }
}

/// Encodes the kind and the labels of a series without ambiguity.
fn encode<'l>(path: &mut Vec<u8>, kind: EntryKind, labels: impl Iterator<Item = &'l [u8]>) {
    path.clear();
    path.push(kind as u8);
    for label in labels {
        path.extend((label.len() as u64).to_le_bytes());
        path.extend(label);
    }
}
