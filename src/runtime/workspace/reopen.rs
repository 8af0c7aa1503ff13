//! Reloading a source, and matching its old entries to the new ones.

use super::{Workspace, recovery};
use crate::catalog::{Content, EntryId, SeriesKind, SourceInfo, Steps};
use crate::error::Error;
use crate::source::{self, Source, Task};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

impl Workspace {
    /// Reloads a source. Returns its description and the new positions of entries that have moved.
    pub(super) fn reopen(
        &self,
        index: usize,
        task: &Task,
    ) -> Result<(Arc<SourceInfo>, BTreeMap<EntryId, EntryId>), Error> {
        let opened = self.sources().get(index).map(|(input, source)| (input.clone(), Arc::clone(source)));
        let (input, before) = opened.ok_or_else(|| Error::Select("the source is not open anymore".into()))?;
        let version = recovery::version(&input);
        let source = source::open(&input, task)?;
        let info = Arc::clone(source.info());
        let moved = match_entries(index, &*before, &*source, task);
        // Waits for a running save, whose spans belong to the old state of the file.
        let changes = self.changes(index);
        let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = self.sources().get_mut(index) {
            slot.1 = source;
        }
        changes.clear();
        self.remember_version(index, version);
        Ok((info, moved))
    }
}

/// Maps old entries to new ones by content.
///
/// Covers only histograms of series without step numbers, whose index is their only name, and only those that occur once
/// in both states. The old state must be in memory.
fn match_entries(source: usize, before: &dyn Source, after: &dyn Source, task: &Task) -> BTreeMap<EntryId, EntryId> {
    let (before, mut after) = (unique_entries(source, before, task), unique_entries(source, after, task));
    before.into_iter().filter_map(|(key, old)| Some((old?, after.remove(&key)??))).collect()
}

/// Labels of a series without the numeric ones, and the JSON text of a histogram.
type HistogramKey = (Vec<String>, String);

/// Maps histograms to their entries, or to `None` if several entries have the same histogram.
fn unique_entries(source_index: usize, source: &dyn Source, task: &Task) -> HashMap<HistogramKey, Option<EntryId>> {
    let mut entries = HashMap::new();
    for (series, info) in source.info().series.iter().enumerate() {
        let (SeriesKind::Histogram, Steps::Unknown(count)) = (info.kind, &info.steps) else { continue };
        let name = |label: &String| if label.parse::<usize>().is_ok() { String::new() } else { label.clone() };
        let path: Vec<String> = info.path.iter().map(name).collect();
        for index in 0..*count {
            if let Ok(Content::Logged(logged)) = source.load(series, index, task) {
                let entry = EntryId { source: source_index, series, index };
                let key = (path.clone(), logged.histogram.to_json());
                entries.entry(key).and_modify(|entry| *entry = None).or_insert(Some(entry));
            }
        }
    }
    entries
}
