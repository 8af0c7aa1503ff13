//! What the model is asked: whoever draws, and `update` itself, read it through these. Nothing here changes it.

use super::editing::Proposal;
use super::overlay::{Prompt, Writing};
use super::{Badge, Current, JobProgress, Jobs, Model, Thumbnail, Ticket, Unsaved, first_bins};
use crate::catalog::{Content, EntryId, Series, SeriesId};
use crate::document::{BinSpec, Document, EvaluatedHistogram, Policy, State};
use crate::error::{At, Problem};
use crate::hist::{Bins, Histogram, Segment, UncertainHistogram};
use crate::text::{format_count, plural};
use crate::wandb;
use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

impl Model {
    /// A series, or that of a place, if there is such a one.
    pub fn series(&self, id: impl Into<SeriesId>) -> Option<&Series> {
        let id = id.into();
        self.sources.get(id.source)?.series.get(id.series)
    }

    /// The last step of a series.
    pub fn last_step(&self, id: SeriesId) -> Option<EntryId> {
        Some(id.at(self.series(id)?.steps.len().checked_sub(1)?))
    }

    /// The document of what is on the screen.
    pub fn document(&self) -> Option<&Document> {
        let entry = self.current.as_ref()?.entry;
        self.documents.get(&entry.series_id())
    }

    /// The histogram on the screen: while an edit is told its numbers, what would come of it.
    pub fn shown(&self) -> Option<&Arc<EvaluatedHistogram>> {
        self.proposal().map(|proposal| &proposal.shown).or(self.current.as_ref()?.shown.as_ref().ok())
    }

    /// The silhouette of a place, if it is known: as it was edited, or as the source holds it.
    pub fn silhouette(&self, entry: EntryId) -> Option<&Histogram> {
        if let Some(edited) = self.edited(entry) {
            return Some(&edited.histogram);
        }
        match self.thumbnails.get(&entry)? {
            Thumbnail::Ready(histogram) => Some(histogram),
            Thumbnail::Requested | Thumbnail::Unavailable => None,
        }
    }

    /// What stands in place of the source's histogram since it was edited.
    pub fn edited(&self, entry: EntryId) -> Option<&UncertainHistogram> {
        self.documents.get(&entry.series_id())?.edited().find(|(step, _)| *step == entry.step)?.1.edited.as_deref()
    }

    /// What is wrong with the histogram on the screen as it was logged, put right.
    pub fn repair(&self) -> Option<wandb::Repair> {
        let current = self.current.as_ref().filter(|current| current.state.edited.is_none())?;
        match &current.content {
            Content::Logged(logged) => logged.histogram.repair(),
            Content::Raw(_) => None,
        }
    }

    /// What would come of the edit that is being told its numbers.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.editing.as_ref()?.proposal.as_ref()
    }

    /// How honest what is on the screen is.
    pub fn badge(&self) -> Badge {
        match self.proposal() {
            Some(proposal) if proposal.estimate.exact() => Badge::Preview,
            Some(_) => Badge::PreviewAbout,
            None => self.current.as_ref().map_or(Badge::Nothing, Current::badge),
        }
    }

    /// Whether the newest step is followed of a source that may still grow.
    pub fn is_live(&self) -> bool {
        let source = self.current.as_ref().and_then(|current| self.sources.get(current.entry.source));
        self.following && source.is_some_and(|source| source.growing)
    }

    /// How what is on the screen is to be seen.
    pub fn state(&self) -> Option<State> {
        Some(self.document()?.state(self.current.as_ref()?.entry.step))
    }

    /// The lens over what is on the screen.
    pub fn spec(&self) -> Option<&BinSpec> {
        Some(self.document()?.spec(self.current.as_ref()?.entry.step))
    }

    /// The places that were changed and are not on disk as they are seen.
    pub fn unsaved(&self) -> Vec<EntryId> {
        let entries = |(id, document): (&SeriesId, &Document)| {
            let id = *id;
            document.unsaved().into_iter().map(move |step| id.at(step))
        };
        self.documents.iter().flat_map(entries).collect()
    }

    /// Those places, and how they are seen.
    pub fn unsaved_entries(&self) -> Vec<Unsaved> {
        let one = |entry: EntryId| {
            let series = self.series(entry)?;
            let state = self.documents.get(&entry.series_id())?.state(entry.step);
            let number = series.steps.number(entry.step);
            Some(Unsaved { entry, series: series.path.clone(), kind: series.kind, number, state })
        };
        self.unsaved().into_iter().filter_map(one).collect()
    }

    /// What the domain is asked to do where there is a choice.
    pub fn policy(&self) -> Policy {
        Policy { rounding: self.settings.rounding, cap_rules: true }
    }

    /// The lens a series of this content is opened with.
    pub fn first_spec(&self, content: &Content) -> BinSpec {
        BinSpec::new(first_bins(&self.settings, content.kind()))
    }

    /// The number of bins that was asked for, or that is shown: what the header says and the slider marks.
    pub fn bins(&self) -> usize {
        match self.spec().map(|spec| &spec.bins) {
            Some(Some(Bins::Count(n))) if self.editing.is_none() => *n,
            _ => self.shown().map_or(0, |shown| shown.histogram.bins()),
        }
    }

    /// That what is shown has more bins than are saved, in words.
    pub fn reduction(&self) -> Option<String> {
        let (bins, most) = (self.bins(), wandb::Histogram::MAX_LENGTH);
        (bins > most).then(|| format!("{} are saved as {most}", plural(bins as u64, "bin")))
    }

    /// What is left out, because it is outside the range, of the histogram that a name is asked for.
    pub fn outside(&self, prompt: &Prompt) -> f64 {
        match (&prompt.writing, self.shown()) {
            (Some(Writing::Save(saving)), _) => saving.outside,
            (_, Some(shown)) => shown.below + shown.above,
            _ => 0.0,
        }
    }

    /// The file of its own that what is on the screen was saved as, and is saved in from then on.
    pub fn own_file(&self) -> Option<&Path> {
        let (path, _) = self.saved_as.get(&self.current.as_ref()?.entry)?;
        Some(path)
    }

    /// The bin under the cursor.
    pub fn cursor_bin(&self) -> Option<usize> {
        self.chart.cursor?.on(self.shown()?.histogram.edges())
    }

    /// The selected bins, first and last.
    pub fn selected_bins(&self) -> Option<(usize, usize)> {
        let selection = self.chart.selection?;
        let edges = self.shown()?.histogram.edges();
        let (anchor, cursor) = (selection.anchor.on(edges)?, self.cursor_bin()?);
        let (first, last) = (anchor.min(cursor), anchor.max(cursor));
        let Segment { lo, hi } = selection.range;
        if edges.bin(first)?.lo == lo && edges.bin(last)?.hi == hi {
            return Some((first, last));
        }
        // Other bins than those it was made of: all that reach into it.
        let at = edges.as_f64();
        let first = at.partition_point(|edge| *edge <= lo).saturating_sub(1).min(edges.bins().checked_sub(1)?);
        let last = at.partition_point(|edge| *edge < hi).saturating_sub(1);
        Some((first, last.clamp(first, edges.bins() - 1)))
    }

    /// The chart's axis.
    pub fn visible(&self) -> Option<Segment> {
        Segment::visible(self.shown()?.histogram.edges().as_f64())
    }

    /// What is not in the picture: NaN, infinities, cells without a number, what lies outside the range. Empty when
    /// nothing is.
    pub fn left_out(&self) -> String {
        let Some(current) = &self.current else { return String::new() };
        let mut parts: Vec<(&str, f64)> = Vec::new();
        if let Content::Raw(population) = &current.content {
            let summary = population.summary();
            parts.extend([("nan", summary.nan), ("+inf", summary.posinf), ("-inf", summary.neginf)].map(as_f64));
            parts.extend([("missing", population.missing()), ("no number", population.bad())].map(as_f64));
        }
        if let Ok(shown) = &current.shown {
            parts.extend([("below", shown.below), ("above", shown.above)]);
        }
        let told = parts.iter().filter(|(_, count)| *count != 0.0);
        told.map(|(name, count)| format!("{name} {}", format_count(*count, 1))).collect::<Vec<_>>().join("  ")
    }

    /// A series' name for people: its key, or the source's name where the key is empty.
    pub fn name(&self, entry: EntryId) -> String {
        self.sources.get(entry.source).map(|source| source.name_of(entry.series)).unwrap_or_default()
    }

    /// A series' name and the step, where it has one.
    pub fn entry_name(&self, entry: EntryId) -> String {
        let step = self.series(entry).and_then(|series| series.steps.number(entry.step));
        step.map_or_else(|| self.name(entry), |step| format!("{} step {step}", self.name(entry)))
    }

    /// What is wrong with what is shown, then problems of its series, its samples and its source.
    pub fn problems(&self) -> Vec<Cow<'_, Problem>> {
        let Some(current) = &self.current else {
            return self.sources.iter().flat_map(|s| &s.problems).map(Cow::Borrowed).collect();
        };
        let series = self.series(current.entry).map(|series| series.problems.as_slice()).unwrap_or_default();
        let (samples, wrong) = match &current.content {
            Content::Raw(population) => (population.problems(), None),
            Content::Logged(logged) => (&[][..], logged.histogram.to_hist().err()),
        };
        let source = self.sources.get(current.entry.source).map(|s| s.problems.as_slice()).unwrap_or_default();
        // Histograms of logs are looked at when they are shown, those of texts when these are read.
        let wrong = wrong.map(|wrong| wrong.to_string());
        let wrong = wrong.filter(|wrong| !series.iter().any(|problem| problem.message.contains(wrong)));
        let wrong = wrong.map(|wrong| Cow::Owned(Problem::new(At::Path(self.entry_name(current.entry)), wrong)));
        wrong.into_iter().chain([series, samples, source].into_iter().flatten().map(Cow::Borrowed)).collect()
    }

    /// The work that is waited for, if it takes long enough to be shown.
    pub fn progress(&self) -> Option<JobProgress> {
        self.jobs.progress.filter(|progress| self.waits_for(progress.ticket))
    }

    /// Whether it is told how far this work is.
    pub(super) fn waits_for(&self, ticket: Ticket) -> bool {
        let Jobs { load, look, describe, .. } = &self.jobs;
        let opening = (self.opening > 0).then_some(Ticket::OPENING);
        [*load, *look, *describe, opening].contains(&Some(ticket))
    }
}

fn as_f64((name, count): (&str, u64)) -> (&str, f64) {
    (name, count as f64)
}
