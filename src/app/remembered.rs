//! The way series are looked at: scales while rebin runs, and bins, range and scales between sessions.

use super::Model;
use crate::catalog::{Content, SeriesId};
use crate::document::Document;
use crate::document::views::{Scales, SeriesView, ViewKey, Views};
use crate::hist::{Range, Segment};
use std::collections::BTreeMap;

/// The views of this session and of earlier ones.
#[derive(Debug, Clone, Default)]
pub struct RememberedViews {
    earlier: Views,
    /// The working directory, in which relative names of sources are found.
    directory: String,
    /// Scales that were chosen for a series. Every other series is drawn with the current ones.
    scales: BTreeMap<SeriesId, Scales>,
}

impl RememberedViews {
    /// Uses the views of earlier sessions.
    pub fn new(earlier: Views, directory: String) -> Self {
        Self { earlier, directory, scales: BTreeMap::new() }
    }
}

impl Model {
    /// Creates the document of a series that is shown for the first time, with the bins and the range of the last session.
    pub(super) fn open_document(&mut self, id: SeriesId, content: &Content) {
        if self.documents.contains_key(&id) {
            return;
        }
        let base = self.first_spec(content);
        let earlier = self.earlier_view(id);
        if let Some(scales) = earlier.and_then(|view| view.scales) {
            self.remembered.scales.insert(id, scales);
        }
        let document = match self.earlier_view(id).and_then(|view| view.spec.clone()) {
            Some(mut spec) => {
                spec.range = spec.range.filter(|range| overlaps(*range, content));
                if spec.range.is_some() {
                    self.notify("zoomed as in the last session; press Z for the full range");
                }
                Document::with_view(base, spec)
            }
            None => Document::new(base),
        };
        self.documents.insert(id, document);
    }

    fn earlier_view(&self, id: SeriesId) -> Option<&SeriesView> {
        self.remembered.earlier.get(&self.view_key(id)?)
    }

    /// Returns the name of a series between sessions; `None` if its source has no path.
    fn view_key(&self, id: SeriesId) -> Option<ViewKey> {
        let source = self.sources.get(id.source).filter(|source| !source.is_pool && source.name != "-")?;
        let name = source.name.strip_prefix("./").unwrap_or(&source.name);
        let directory = &self.remembered.directory;
        let source = if name.starts_with('/') { name.to_owned() } else { format!("{directory}/{name}") };
        Some(ViewKey { source, series: self.series(id)?.path.to_vec() })
    }

    /// Remembers the current scales for the series on the screen.
    pub(super) fn remember_scales(&mut self) {
        if let Some(current) = &self.current {
            self.remembered.scales.insert(current.entry.series_id(), self.chart.scales());
        }
    }

    /// Applies the scales that were chosen for a series.
    pub(super) fn apply_scales(&mut self, id: SeriesId) {
        if let Some(scales) = self.remembered.scales.get(&id) {
            self.chart.set_scales(*scales);
        }
    }

    /// Lists the views of the series that were shown, to keep them for the next session. A default view removes an
    /// earlier one.
    pub fn views_to_keep(&self) -> Vec<(ViewKey, SeriesView)> {
        let view = |(id, document): (&SeriesId, &Document)| {
            let key = self.view_key(*id)?;
            let spec = Some(document.view()).filter(|spec| *spec != document.base()).cloned();
            let view = SeriesView { spec, scales: self.remembered.scales.get(id).copied() };
            let is_new = self.remembered.earlier.get(&key).map_or(view != SeriesView::default(), |old| *old != view);
            is_new.then_some((key, view))
        };
        self.documents.iter().filter_map(view).collect()
    }
}

/// Returns true if a range contains some of the values. The file may have changed since the last session.
fn overlaps(range: Range, content: &Content) -> bool {
    let values = match content {
        Content::Raw(population) => {
            let summary = population.summary();
            Some(Segment { lo: summary.min, hi: summary.max })
        }
        Content::Logged(logged) => Segment::of_finite(logged.histogram.bins().as_f64()),
    };
    values.is_some_and(|values| range.lo.as_f64() <= values.hi && values.lo <= range.hi.as_f64())
}
