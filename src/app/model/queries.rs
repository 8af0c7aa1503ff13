//! Read-only queries over [`Model`], used by `view` and `update`.

use super::{Following, Model, Thumbnail, first_bins};
use crate::app::editing::Proposal;
use crate::app::overlay::Prompt;
use crate::app::{Badge, Current, PendingWrite, Unsaved};
use crate::catalog::{Content, EntryId, Series, SeriesId, SourceLabel};
use crate::document::{BinSpec, Change, Document, EvaluatedHistogram, Policy, State};
use crate::error::{At, Problem};
use crate::hist::{Bins, Histogram, PROBABILITIES, Segment, UncertainHistogram, scale};
use crate::text::{format_count, plural};
use crate::wandb;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

impl Model {
    /// Returns a series by its id, or the series of an entry.
    pub fn series(&self, id: impl Into<SeriesId>) -> Option<&Series> {
        let id = id.into();
        self.sources.get(id.source)?.series.get(id.series)
    }

    /// Returns the number of steps in the current series; 0 if nothing is open.
    pub fn step_count(&self) -> usize {
        let series = self.current.as_ref().and_then(|current| self.series(current.entry));
        series.map_or(0, |series| series.steps.len())
    }

    /// Returns the last entry of a series.
    pub fn last_step(&self, id: SeriesId) -> Option<EntryId> {
        Some(id.at(self.series(id)?.steps.len().checked_sub(1)?))
    }

    /// Returns the document of the current series.
    pub fn document(&self) -> Option<&Document> {
        let entry = self.current.as_ref()?.entry;
        self.documents.get(&entry.series_id())
    }

    /// Returns the histogram on the screen; while an edit is typed, its preview.
    pub fn shown(&self) -> Option<&Arc<EvaluatedHistogram>> {
        self.proposal().map(|proposal| &proposal.shown).or(self.current.as_ref()?.shown.as_ref().ok())
    }

    /// Returns the edited histogram of an entry, or else its loaded thumbnail.
    pub fn thumbnail(&self, entry: EntryId) -> Option<&Histogram> {
        if let Some(edited) = self.edited(entry) {
            return Some(&edited.histogram);
        }
        match self.thumbnails.get(&entry)? {
            Thumbnail::Ready(histogram) => Some(histogram),
            Thumbnail::Requested | Thumbnail::Unavailable => None,
        }
    }

    /// Returns the edited histogram that replaces an entry's original.
    pub fn edited(&self, entry: EntryId) -> Option<&UncertainHistogram> {
        let mut edited = self.documents.get(&entry.series_id())?.edited();
        edited.find(|(index, _)| *index == entry.index)?.1.edited.as_deref()
    }

    /// Returns the repair of the current histogram, if it was logged malformed and can be repaired.
    pub fn repair(&self) -> Option<wandb::Repair> {
        let current = self.current.as_ref().filter(|current| current.state.edited.is_none())?;
        match &current.content {
            Content::Logged(logged) => logged.histogram.repair(),
            Content::Raw(_) => None,
        }
    }

    /// Returns the preview of the edit that is being typed.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.editing.as_ref()?.proposal.as_ref()
    }

    /// Returns the accuracy badge of the histogram on the screen.
    pub fn badge(&self) -> Badge {
        match self.proposal() {
            Some(proposal) if proposal.estimate.exact() => Badge::Preview,
            Some(_) => Badge::PreviewAbout,
            None => self.current.as_ref().map_or(Badge::Nothing, Current::badge),
        }
    }

    /// Returns true if the newest step is followed and the current source may still grow.
    pub fn is_live(&self) -> bool {
        let source = self.current.as_ref().and_then(|current| self.sources.get(current.entry.source));
        self.following == Following::On && source.is_some_and(|source| source.growing)
    }

    /// Returns the document state of the current entry.
    pub fn state(&self) -> Option<State> {
        Some(self.document()?.state(self.current.as_ref()?.entry.index))
    }

    /// Returns the chosen bins and range of the current entry.
    pub fn spec(&self) -> Option<&BinSpec> {
        Some(self.document()?.spec(self.current.as_ref()?.entry.index))
    }

    /// Lists the entries with unsaved changes.
    pub fn unsaved(&self) -> Vec<EntryId> {
        let entries = |(id, document): (&SeriesId, &Document)| {
            let id = *id;
            document.unsaved().into_iter().map(move |index| id.at(index))
        };
        self.documents.iter().flat_map(entries).collect()
    }

    /// Files of running saves and exports.
    pub(in crate::app) fn writing(&self) -> impl Iterator<Item = &Path> {
        let saves = self.saving.values().filter_map(|pending| Some(pending.first()?.to.path()));
        saves.chain(self.exporting.values().map(|pending| pending.path.as_path()))
    }

    /// Describes the saves and exports that are still running, for a session that ends without waiting for them.
    pub fn unwritten(&self) -> Vec<String> {
        let saves = self.saving.values().filter_map(|pending| {
            let path = pending.first()?.to.path().display();
            let kept = if self.settings.keep_unsaved { "; open the source again to recover the changes" } else { "" };
            Some(format!("did not wait until {path} was saved{kept}"))
        });
        let exports = self.exporting.values();
        let exports = exports.map(|pending| format!("did not wait until {} was exported", pending.path.display()));
        saves.chain(exports).collect()
    }

    /// Lists all unsaved changes, for the last journal of the session.
    pub fn unsaved_changes(&self) -> Vec<Unsaved> {
        let unsaved = self.documents.iter().filter(|(_, document)| document.has_unsaved());
        unsaved.flat_map(|(id, document)| self.for_journal(*id, document.clone().all_changes())).collect()
    }

    /// Describes changes of a series for the journal.
    pub(in crate::app) fn for_journal(&self, id: SeriesId, changes: Vec<Change>) -> Vec<Unsaved> {
        let Some(series) = self.series(id) else { return Vec::new() };
        let describe = |change| {
            let number = if let Change::Edit { index, .. } = &change { series.steps.number(*index) } else { None };
            Unsaved { series_id: id, series: series.path.to_vec(), kind: series.kind, number, change }
        };
        changes.into_iter().map(describe).collect()
    }

    /// Returns the probabilities of all quantiles to show: the usual ones, and those that the user requested.
    pub fn probabilities(&self) -> Vec<f64> {
        let mut all: Vec<f64> = PROBABILITIES.iter().chain(&self.quantiles).copied().collect();
        all.sort_unstable_by(f64::total_cmp);
        all.dedup();
        all
    }

    /// Returns the policy for evaluating histograms, from the settings.
    pub fn policy(&self) -> Policy {
        Policy { rounding: self.settings.rounding, cap_rules: true }
    }

    /// Returns the bins and range that a new document of this content starts with.
    pub fn first_spec(&self, content: &Content) -> BinSpec {
        BinSpec::new(first_bins(&self.settings, content.kind()))
    }

    /// Returns the bin count for the header and the slider: the chosen count, or else the count on the screen.
    pub fn bins(&self) -> usize {
        match self.spec().map(|spec| &spec.bins) {
            Some(Some(Bins::Count(n))) if self.editing.is_none() => *n,
            _ => self.shown().map_or(0, |shown| shown.histogram.bins()),
        }
    }

    /// Describes the reduction to the most bins that W&B accepts; `None` if saving needs no reduction.
    pub fn reduction(&self) -> Option<String> {
        let (bins, most) = (self.bins(), wandb::Histogram::MAX_LENGTH);
        (bins > most).then(|| format!("{} will be saved as {most}", plural(bins as u64, "bin")))
    }

    /// Returns the entry that a file-name prompt saves: the pending one, or else the current one.
    pub fn entry_to_save(&self, prompt: &Prompt) -> Option<EntryId> {
        match &prompt.pending {
            Some(PendingWrite::Save(save)) => Some(save.entry),
            _ => self.current.as_ref().map(|current| current.entry),
        }
    }

    /// Returns the out-of-range count that the save of a file-name prompt leaves out.
    pub fn out_of_range(&self, prompt: &Prompt) -> f64 {
        match (&prompt.pending, self.shown()) {
            (Some(PendingWrite::Save(save)), _) => save.out_of_range,
            (_, Some(shown)) => shown.below + shown.above,
            _ => 0.0,
        }
    }

    /// Returns the separate file that the current entry was saved to, which later saves write to as well.
    pub fn saved_file(&self) -> Option<&Path> {
        let (path, _) = self.saved_files.get(&self.current.as_ref()?.entry)?;
        Some(path)
    }

    /// Returns the bin under the cursor.
    pub fn cursor_bin(&self) -> Option<usize> {
        self.chart.cursor?.on(self.shown()?.histogram.edges())
    }

    /// Returns the first and the last selected bin.
    pub fn selected_bins(&self) -> Option<(usize, usize)> {
        let selection = self.chart.selection?;
        let edges = self.shown()?.histogram.edges();
        let (anchor, cursor) = (selection.anchor.on(edges)?, self.cursor_bin()?);
        let (first, last) = (anchor.min(cursor), anchor.max(cursor));
        let Segment { lo, hi } = selection.range;
        if edges.bin(first)?.lo == lo && edges.bin(last)?.hi == hi {
            return Some((first, last));
        }
        // The bins have changed since the selection: select every bin that overlaps its range.
        let at = edges.as_f64();
        let first = at.partition_point(|edge| *edge <= lo).saturating_sub(1).min(edges.bins().checked_sub(1)?);
        let last = at.partition_point(|edge| *edge < hi).saturating_sub(1);
        Some((first, last.clamp(first, edges.bins() - 1)))
    }

    /// Returns the value axis of the chart: a zoomed range, or else the bins that are not empty. It includes the selected
    /// bins, and all bins during an edit.
    pub fn visible(&self) -> Option<Segment> {
        let histogram = &self.shown()?.histogram;
        let edges = histogram.edges();
        let zoomed = self.spec().is_some_and(|spec| spec.range.is_some());
        if zoomed || self.editing.is_some() {
            return scale::view(edges.as_f64());
        }
        let selected = self.selected_bins().and_then(|(first, last)| edges.bin(first).zip(edges.bin(last)));
        let selected = selected.map(|(first, last)| Segment { lo: first.lo, hi: last.hi });
        let finite = |range: &Segment| range.lo.is_finite() && range.hi.is_finite();
        scale::fit(histogram).into_iter().chain(selected.filter(finite)).reduce(Segment::union)
    }

    /// Lists what the chart does not show: NaN, infinities, cells without a number, and out-of-range counts. Empty if the
    /// chart shows everything.
    pub fn not_shown(&self) -> String {
        let Some(current) = &self.current else { return String::new() };
        let mut parts: Vec<(&str, f64)> = Vec::new();
        if let Content::Raw(population) = &current.content {
            let summary = population.summary();
            let not_finite = [("nan", summary.nan), ("+inf", summary.posinf), ("-inf", summary.neginf)];
            let skipped = [("missing", population.missing()), ("non-numeric", population.bad())];
            parts.extend(not_finite.into_iter().chain(skipped).map(|(name, count)| (name, count as f64)));
        }
        if let Ok(shown) = &current.shown {
            parts.extend([("below range", shown.below), ("above range", shown.above)]);
        }
        let parts = parts.iter().filter(|(_, count)| *count != 0.0);
        parts.map(|(name, count)| format!("{name} {}", format_count(*count, 1))).collect::<Vec<_>>().join("  ")
    }

    /// Returns the short name of a source, which no other open source has: the name of its run, or the end of its path.
    pub fn label(&self, source: usize) -> SourceLabel {
        self.sources.get(source).map(|info| self.names.label(source, info)).unwrap_or_default()
    }

    /// Returns the short name of the source of a series, if it says more than the name of the series: the source is a run,
    /// or one of several sources.
    pub fn source_label(&self, id: impl Into<SeriesId>) -> Option<SourceLabel> {
        let id = id.into();
        let info = self.sources.get(id.source)?;
        let is_named = info.name_of(id.series) != info.name;
        (is_named && (info.run.is_some() || self.names.len() > 1)).then(|| self.label(id.source))
    }

    /// Returns the display name of a series: its key, or the name of the source if the key is empty.
    pub fn name(&self, entry: EntryId) -> String {
        self.sources.get(entry.source).map(|source| source.name_of(entry.series)).unwrap_or_default()
    }

    /// Returns the display name of a series with its run or file, such as `base · layer0.weight`.
    pub fn full_name(&self, entry: EntryId) -> String {
        let name = self.name(entry);
        self.source_label(entry).map_or_else(|| name.clone(), |label| format!("{label} · {name}"))
    }

    /// Lists the problems of the current histogram, its series, its samples and its source, in this order. If nothing is
    /// open, lists the problems of all sources.
    pub fn problems(&self) -> Vec<Cow<'_, Problem>> {
        let Some(current) = &self.current else {
            return self.sources.iter().flat_map(|s| &s.problems).map(Cow::Borrowed).collect();
        };
        let series = self.series(current.entry).map(|series| series.problems.as_slice()).unwrap_or_default();
        let (samples, malformed) = match &current.content {
            Content::Raw(population) => (population.problems(), None),
            Content::Logged(logged) => (&[][..], logged.histogram.to_hist().err()),
        };
        let source = self.sources.get(current.entry.source).map(|s| s.problems.as_slice()).unwrap_or_default();
        // Reading a text file already reports its malformed histograms; those of logs are first checked here.
        let malformed = malformed.map(|error| error.to_string());
        let malformed = malformed.filter(|error| !series.iter().any(|problem| problem.message.contains(error)));
        let malformed = malformed
            .map(|error| Cow::Owned(Problem::new(At::Path(self.entry_name(current.entry).to_string()), error)));
        // The series of a text already has the problems of its cells.
        let samples = samples.iter().filter(|problem| !series.contains(problem));
        malformed.into_iter().chain(series.iter().chain(samples).chain(source).map(Cow::Borrowed)).collect()
    }
}
