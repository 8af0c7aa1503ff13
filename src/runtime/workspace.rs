//! Effects that read, count or write. They block and need no terminal, so tests run them directly.

mod opening;
mod recovery;
mod reopen;
mod rows;
mod save;
mod search;

use super::journals::Journals;
use crate::app::{Effect, Message, OtherCounted, Ticket};
use crate::catalog::{Content, EntryId, SeriesId};
use crate::document::journal::Version;
use crate::document::save::SpanChange;
use crate::document::{BinSpec, EvaluatedHistogram, Policy, Side, StepStatistics, evaluate, evaluate_entries};
use crate::engine::{Upcoming, changes, count, distances, rule_bins};
use crate::error::Error;
use crate::hist::{Bins, Edges, Histogram, Rounding, StepStack, UncertainHistogram};
use crate::source::{Input, Source, Task};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Maximum number of bytes to read for a thumbnail.
const MAX_THUMBNAIL_BYTES: u64 = 64 << 20;
/// Number of bins in a thumbnail of raw samples.
const THUMBNAIL_BINS: usize = 32;

/// The open sources, and the changes that were saved to their files.
#[derive(Default)]
pub struct Workspace {
    sources: Mutex<Vec<(Input, Arc<dyn Source>)>>,
    /// Changes of files since they were read, by source. The changes of one source are locked during its save, so only
    /// another save or a reload of that source may wait for them.
    changes: Mutex<HashMap<usize, Arc<Mutex<Vec<SpanChange>>>>>,
    /// Folders and files that were opened, for the search for more.
    searched: Mutex<opening::Searched>,
    /// Called when a pipe has delivered data.
    notify: Option<Arc<dyn Fn() + Send + Sync>>,
    /// Versions of the files at the time they were read, by source.
    versions: Mutex<HashMap<usize, Version>>,
    /// Searches that can be continued, by source.
    searches: Mutex<search::Searches>,
    /// `None` if unsaved edits are not journaled.
    journals: Mutex<Option<Journals>>,
}

impl Workspace {
    /// Creates a workspace that journals unsaved edits in a directory.
    pub fn with_journals(directory: PathBuf) -> Self {
        Self { journals: Mutex::new(Some(Journals::new(directory))), ..Self::default() }
    }

    /// Sets a function that is called when a pipe has delivered data, so that the caller can [refresh](Self::refresh).
    pub(super) fn with_notify(self, notify: impl Fn() + Send + Sync + 'static) -> Self {
        Self { notify: Some(Arc::new(notify)), ..self }
    }

    /// Performs an effect. Returns `None` if it has no result, or if it is not an effect of the workspace.
    pub fn perform(&self, effect: Effect, task: &Task) -> Option<Message> {
        Some(match effect {
            Effect::Load { ticket, entry } => self.load_to_rebin(ticket, entry, task),
            Effect::Count { ticket, content, spec, policy } => {
                Message::Counted { ticket, result: evaluate(&content, &spec, policy, task) }
            }
            Effect::CountOthers { ticket, others, edges, extend } => {
                self.count_others(ticket, others, &edges, extend, task)
            }
            Effect::MeasureDistances { ticket, from, other, own } => {
                let other = other.map_or_else(|| Side::new(&self.load(from, task)?, None), Ok);
                let found = other.and_then(|other| distances(other.for_distances(), own.for_distances(), task));
                unless_cancelled(ticket, found, |result| Message::DistancesMeasured { ticket, result })
            }
            Effect::LoadRunSteps { ticket, series } => self.load_run_steps(ticket, series, task),
            Effect::MeasureChanges { ticket, request } => {
                match changes(&request.stack, request.since, request.measure, task) {
                    Ok(changes) => Message::ChangesMeasured { ticket, changes },
                    Err(error) => Message::Failed { ticket, error },
                }
            }
            Effect::BuildTable { content: Content::Raw(population), span } => {
                // On failure, the next evaluation counts without a table and reports the error.
                let _ = population.prepare(span, task);
                return None;
            }
            Effect::ComputeStatistics { ticket, content, probabilities } => {
                let lattice = || match &content {
                    Content::Raw(population) => population.lattice(task),
                    Content::Logged(_) => Ok(None),
                };
                match content.stats(&probabilities, task).and_then(|stats| Ok((Box::new(stats), lattice()?))) {
                    Ok((stats, lattice)) => Message::StatisticsComputed { ticket, stats, lattice },
                    Err(error) => Message::Failed { ticket, error },
                }
            }
            Effect::FindValues { ticket, content: Content::Raw(population), bin, closed, limit } => {
                match population.values_in(bin, closed, limit, task) {
                    Ok(values) => Message::ValuesFound { ticket, values },
                    Err(error) => Message::Failed { ticket, error },
                }
            }
            Effect::ApplyRule { ticket, content: Content::Raw(population), rule, span } => {
                Message::RuleApplied { ticket, rule, bins: rule_bins(&population, rule, span, task) }
            }
            Effect::FindQuantiles { ticket, content: Content::Raw(population), probabilities } => {
                match population.quantiles(&probabilities, task) {
                    Ok(quantiles) => Message::QuantilesFound { ticket, quantiles },
                    Err(error) => Message::Failed { ticket, error },
                }
            }
            Effect::LoadHistograms { ticket, entries, edges, policy } => {
                let load = |entry: &EntryId| self.load_histogram(*entry, &edges, policy, task);
                Message::HistogramsLoaded { ticket, result: entries.iter().map(load).collect() }
            }
            Effect::LoadAllSteps { ticket, series, known } => {
                Message::AllStepsLoaded { ticket, series, result: self.load_all_steps(series, &known, task) }
            }
            Effect::LoadThumbnail(entry) => {
                Message::ThumbnailLoaded { entry, histogram: self.load_thumbnail(entry, task) }
            }
            Effect::LoadStepStatistics { ticket, series, known, quantile } => {
                let result = self.load_step_statistics(series, &known, quantile, task);
                Message::StepStatisticsLoaded { ticket, series, result }
            }
            Effect::LoadScalars { ticket, series, wanted } => {
                let source = self.source(series.source);
                let result = source.and_then(|source| source.scalars(wanted.as_deref(), task));
                Message::ScalarsLoaded { ticket, series, result }
            }
            Effect::LoadRows { ticket, rows } => match self.load_rows(&rows, task) {
                Ok(rows) => Message::RowsLoaded { ticket, rows },
                Err(error) => Message::Failed { ticket, error },
            },
            Effect::Search { source, restart, limits } => {
                self.search(source, restart, limits, task, &mut |_| ControlFlow::Continue(()))
            }
            Effect::Save { ticket, pending } => Message::Saved { ticket, result: self.save(&pending) },
            Effect::Export { ticket, pending } => Message::Exported { ticket, result: save::export(&pending) },
            Effect::Reopen { source } => {
                let (result, moved) = match self.reopen(source, task) {
                    Ok((info, moved)) => (Ok(info), moved),
                    Err(error) => (Err(error), BTreeMap::new()),
                };
                Message::Reopened { source, result, moved }
            }
            Effect::Journal(update) => Message::Notice(self.write_journal(&update)?),
            Effect::Recover { sources } => {
                let session = |source| Some((source, self.recover(source)?));
                let sessions: Vec<_> = sources.filter_map(session).collect();
                if sessions.is_empty() {
                    return None;
                }
                Message::Recovered { sessions }
            }
            Effect::Complete { typed } => {
                let paths = save::completions(&typed);
                Message::Completed { typed, paths }
            }
            _ => return None,
        })
    }

    /// Counts other histograms between edges.
    fn count_others(
        &self,
        ticket: Ticket,
        others: Vec<(EntryId, Option<Side>)>,
        edges: &Edges,
        extend: bool,
        task: &Task,
    ) -> Message {
        let mut results = Vec::new();
        for (entry, side) in others {
            let side = side.map_or_else(|| Side::new(&self.load(entry, task)?, None), Ok);
            let result = side.and_then(|side| {
                let common = side.between(edges, extend, task)?;
                Ok((side, common))
            });
            if let Err(Error::Cancelled) = result {
                return Message::Failed { ticket, error: Error::Cancelled };
            }
            results.push(OtherCounted { entry, extend, result });
        }
        Message::OthersCounted { ticket, results }
    }

    /// Loads all steps of several series.
    fn load_run_steps(&self, ticket: Ticket, series: Vec<(SeriesId, Arc<StepStack>)>, task: &Task) -> Message {
        let mut results = Vec::new();
        for (id, known) in series {
            let result = self.load_all_steps(id, &known, task);
            if let Err(Error::Cancelled) = result {
                return Message::Failed { ticket, error: Error::Cancelled };
            }
            results.push((id, result));
        }
        Message::RunStepsLoaded { ticket, results }
    }

    /// Files and directories of the sources that may grow.
    pub fn watched(&self) -> Vec<PathBuf> {
        self.sources().iter().filter_map(|(_, source)| Some(source.watched()?.to_owned())).collect()
    }

    /// Reads what was logged to the first `sources` sources since they were read. Returns a message for each that changed.
    ///
    /// A source that cannot be read now stays unchanged. Loading its content reports the error.
    pub fn refresh(&self, sources: usize, task: &Task) -> Vec<Message> {
        let opened: Vec<_> = self.sources().iter().take(sources).map(|(_, source)| Arc::clone(source)).collect();
        let refresh = |(source, old): (usize, Arc<dyn Source>)| {
            old.info().growing.then_some(())?;
            let new = old.refresh(task).ok().flatten()?;
            let info = Arc::clone(new.info());
            let mut sources = self.sources();
            // A save or a reload may have replaced the source in the meantime.
            let (_, slot) = sources.get_mut(source).filter(|(_, now)| Arc::ptr_eq(now, &old))?;
            *slot = new;
            if info == *old.info() {
                None
            } else if info.continues(old.info()) {
                Some(Message::Grown { source, info })
            } else {
                Some(Message::Reopened { source, result: Ok(info), moved: BTreeMap::new() })
            }
        };
        opened.into_iter().enumerate().filter_map(refresh).collect()
    }

    // Poisoned locks are safe to use: every change under a lock is a single assignment.
    fn sources(&self) -> MutexGuard<'_, Vec<(Input, Arc<dyn Source>)>> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changes(&self, source: usize) -> Arc<Mutex<Vec<SpanChange>>> {
        Arc::clone(self.changes.lock().unwrap_or_else(PoisonError::into_inner).entry(source).or_default())
    }

    fn source(&self, index: usize) -> Result<Arc<dyn Source>, Error> {
        let found = self.sources().get(index).map(|(_, source)| Arc::clone(source));
        found.ok_or_else(|| Error::Select("the source is not open anymore".into()))
    }

    fn load(&self, entry: EntryId, task: &Task) -> Result<Content, Error> {
        self.source(entry.source)?.load(entry.series, entry.index, task)
    }

    /// Loads an entry for a user who can choose any number of bins.
    fn load_to_rebin(&self, ticket: Ticket, entry: EntryId, task: &Task) -> Message {
        let result = self.load(entry, &Task { upcoming: Upcoming::AllHistograms, ..task.clone() });
        Message::Loaded { ticket, entry, result }
    }

    /// Returns `None` if the entry cannot be drawn, or if reading it would take too long.
    fn load_thumbnail(&self, entry: EntryId, task: &Task) -> Option<Histogram> {
        // Scrolling through the list must not read a checkpoint completely.
        if self.source(entry.source).ok()?.weight(entry.series) > MAX_THUMBNAIL_BYTES {
            return None;
        }
        match self.load(entry, task) {
            Ok(Content::Logged(logged)) => logged.histogram.to_hist().ok(),
            Ok(Content::Raw(population)) => count(&population, &Bins::Count(THUMBNAIL_BINS), None, task).ok(),
            Err(_) => None,
        }
    }

    /// Loads a histogram for arithmetic: a logged one with its own bins, samples counted between `edges`.
    fn load_histogram(
        &self,
        entry: EntryId,
        edges: &Edges,
        policy: Policy,
        task: &Task,
    ) -> Result<UncertainHistogram, Error> {
        let content = self.load(entry, task)?;
        let bins = match &content {
            Content::Logged(_) => None,
            Content::Raw(_) => Some(Bins::Edges(edges.numbers().clone())),
        };
        let EvaluatedHistogram { histogram, below, above, .. } = evaluate(&content, &BinSpec::new(bins), policy, task)?;
        Ok(UncertainHistogram { below, above, ..UncertainHistogram::certain(histogram) })
    }

    /// Computes the statistics of the entries of a series that `known` does not contain.
    fn load_step_statistics(
        &self,
        SeriesId { source, series }: SeriesId,
        known: &StepStatistics,
        quantile: Option<f64>,
        task: &Task,
    ) -> Result<StepStatistics, Error> {
        let source = self.source(source)?;
        let entries = source.info().series.get(series).map_or(0, |series| series.steps.len());
        let load = |index: usize, task: &Task| source.load(series, index, task);
        StepStatistics::load(known, entries, load, quantile, task)
    }

    /// Loads the entries of a series that `known` does not contain: logged histograms with their own bins, samples with
    /// the default number of bins.
    fn load_all_steps(
        &self,
        SeriesId { source, series }: SeriesId,
        known: &StepStack,
        task: &Task,
    ) -> Result<StepStack, Error> {
        let source = self.source(source)?;
        let entries = source.info().series.get(series).map_or(0, |series| series.steps.len());
        let load = |index: usize, task: &Task| source.load(series, index, task);
        // Nothing is redistributed or computed by a rule here, so the policy has no effect.
        let policy = Policy { rounding: Rounding::Integers, cap_rules: true };
        Ok(known.with_appended(evaluate_entries(known.len()..entries, load, &BinSpec::AS_STORED, policy, task)?))
    }
}

/// Creates the message of a result; a cancelled job has failed.
fn unless_cancelled<T>(
    ticket: Ticket,
    result: Result<T, Error>,
    message: impl FnOnce(Result<T, Error>) -> Message,
) -> Message {
    match result {
        Err(Error::Cancelled) => Message::Failed { ticket, error: Error::Cancelled },
        result => message(result),
    }
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace")
            .field("sources", &self.sources().iter().map(|(input, _)| input).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
