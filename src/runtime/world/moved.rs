//! Where the histograms of a source stand after it was read again, told by what they hold.

use crate::catalog::{Content, Kind, Place, Steps};
use crate::source::{Source, Work};
use std::collections::{BTreeMap, HashMap};

/// Where each histogram stands now that only its position names, and that no other is like in either state of the source.
/// All that can be read of the old state is in memory.
pub(super) fn moved(source: usize, before: &dyn Source, now: &dyn Source, work: &Work) -> BTreeMap<Place, Place> {
    let (before, mut now) = (alone(source, before, work), alone(source, now, work));
    before.into_iter().filter_map(|(what, old)| Some((old?, now.remove(&what)??))).collect()
}

/// A key without the positions in it, and the text of a histogram.
type What = (Vec<String>, String);

/// The place of each of them; none for what stands at several.
fn alone(index: usize, source: &dyn Source, work: &Work) -> HashMap<What, Option<Place>> {
    let mut places = HashMap::new();
    for (series, info) in source.info().series.iter().enumerate() {
        let (Kind::Histogram, Steps::Unknown(steps)) = (info.kind, &info.steps) else { continue };
        let name = |label: &String| if label.parse::<usize>().is_ok() { String::new() } else { label.clone() };
        let path: Vec<String> = info.path.iter().map(name).collect();
        for step in 0..*steps {
            if let Ok(Content::Logged(logged)) = source.load(series, step, work) {
                let place = Place { source: index, series, step };
                let what = (path.clone(), logged.histogram.to_json());
                places.entry(what).and_modify(|place| *place = None).or_insert(Some(place));
            }
        }
    }
    places
}
