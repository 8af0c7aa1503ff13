//! Where the histograms of a source stand after it was read again, told by what they hold.

use crate::catalog::{Content, EntryId, SeriesKind, Steps};
use crate::source::{Source, Task};
use std::collections::{BTreeMap, HashMap};

/// Where each histogram stands now that only its position names, and that no other is like in either state of the source.
/// All that can be read of the old state is in memory.
pub(super) fn moved(source: usize, before: &dyn Source, now: &dyn Source, task: &Task) -> BTreeMap<EntryId, EntryId> {
    let (before, mut now) = (alone(source, before, task), alone(source, now, task));
    before.into_iter().filter_map(|(what, old)| Some((old?, now.remove(&what)??))).collect()
}

/// A key without the positions in it, and the text of a histogram.
type What = (Vec<String>, String);

/// The place of each of them; none for what stands at several.
fn alone(index: usize, source: &dyn Source, task: &Task) -> HashMap<What, Option<EntryId>> {
    let mut entries = HashMap::new();
    for (series, info) in source.info().series.iter().enumerate() {
        let (SeriesKind::Histogram, Steps::Unknown(steps)) = (info.kind, &info.steps) else { continue };
        let name = |label: &String| if label.parse::<usize>().is_ok() { String::new() } else { label.clone() };
        let path: Vec<String> = info.path.iter().map(name).collect();
        for step in 0..*steps {
            if let Ok(Content::Logged(logged)) = source.load(series, step, task) {
                let entry = EntryId { source: index, series, step };
                let what = (path.clone(), logged.histogram.to_json());
                entries.entry(what).and_modify(|entry| *entry = None).or_insert(Some(entry));
            }
        }
    }
    entries
}
