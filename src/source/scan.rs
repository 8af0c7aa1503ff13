//! One pass over all entries of a source, which applies the rules of [`findings`](crate::findings).
//!
//! Logs are read once in the order of the file. Everything else is loaded entry by entry. A pass can be continued when the
//! source has grown.

use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo, Steps};
use crate::engine::Reservation;
use crate::error::Error;
use crate::findings::{Finding, Limits, StepSummary, Watch};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of memory for a series, without what grows with its steps.
const SERIES: u64 = 600;

/// A pass over the entries of a source.
#[derive(Debug, Default)]
pub struct Scan {
    limits: Limits,
    /// Maximum number of bytes of samples to read for a series, and in total. `None` reads everything.
    most: Option<(u64, u64)>,
    /// Bytes of samples that were read.
    read: u64,
    series: Vec<Scanned>,
    /// Series whose samples are too large to be read without a request.
    skipped: Vec<usize>,
    /// The series to read; `None` for all.
    only: Option<BTreeSet<usize>>,
    memory: Option<Reservation>,
}

/// The state of one series.
#[derive(Debug, Default)]
struct Scanned {
    watch: Watch,
    /// Number of entries that were seen.
    seen: usize,
}

impl Scan {
    /// Creates a pass that reads everything.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Skips series with more bytes of samples than `series`, and all after `total` bytes.
    #[must_use]
    pub fn with_most(self, series: u64, total: u64) -> Self {
        Self { most: Some((series, total)), ..self }
    }

    /// Reads only some series.
    #[must_use]
    pub fn only(self, series: impl Iterator<Item = usize>) -> Self {
        Self { only: Some(series.collect()), ..self }
    }

    /// Returns true if a series is read.
    pub(super) fn wants(&self, series: usize) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&series))
    }

    /// Returns the number of entries of a series that were seen.
    pub fn seen(&self, series: usize) -> usize {
        self.series.get(series).map_or(0, |series| series.seen)
    }

    /// Returns the number of series that were not read because their samples are large.
    pub fn skipped(&self) -> usize {
        self.skipped.len()
    }

    /// Returns the findings so far, by series.
    pub fn findings(&self, info: &SourceInfo) -> BTreeMap<usize, Vec<Finding>> {
        let mut all = BTreeMap::new();
        for (index, scanned) in self.series.iter().enumerate() {
            let is_single = info.series.get(index).is_some_and(|series| !has_steps(series));
            let found = scanned.watch.findings(is_single, &self.limits);
            if !found.is_empty() {
                all.insert(index, found);
            }
        }
        all
    }

    /// Makes room for the series of a source.
    pub(super) fn begin(&mut self, info: &SourceInfo, task: &Task) -> Result<(), Error> {
        if self.series.len() < info.series.len() {
            let more = SERIES * (info.series.len() - self.series.len()) as u64;
            let memory = self.memory.get_or_insert_with(|| task.memory.reservation());
            memory.grow(more).map_err(|why| Error::read(info.name.clone(), why))?;
            self.series.resize_with(info.series.len(), Scanned::default);
        }
        Ok(())
    }

    /// Adds the next entry of a series. `None` is one that no rule applies to.
    pub(super) fn add(&mut self, series: usize, summary: Option<&StepSummary>) {
        if let Some(scanned) = self.series.get_mut(series) {
            if let Some(summary) = summary {
                scanned.watch.add(scanned.seen, summary, &self.limits);
            }
            scanned.seen += 1;
        }
    }

    /// Loads the next entry of a series and adds it.
    ///
    /// # Errors
    /// [`Error::Cancelled`]. Entries that cannot be read become findings.
    pub(super) fn load_next(
        &mut self,
        source: &(impl Source + ?Sized),
        series: usize,
        task: &Task,
    ) -> Result<(), Error> {
        task.cancel.check()?;
        let Some(described) = source.info().series.get(series) else { return Ok(()) };
        let seen = self.seen(series);
        // Each entry may use the whole limit.
        let task = Task { memory: task.memory.limit().into(), ..task.clone() };
        let summary = source.load(series, seen, &task).and_then(|content| summary(&content, described, &task));
        match summary {
            Ok(summary) => self.add(series, summary.as_ref()),
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            Err(error) => {
                if let Some(scanned) = self.series.get_mut(series) {
                    scanned.watch.add_unreadable(seen, &reason(error));
                    scanned.seen += 1;
                }
            }
        }
        Ok(())
    }
}

/// Loads all entries that were not seen, series by series.
pub(super) fn entry_by_entry(
    source: &(impl Source + ?Sized),
    scan: &mut Scan,
    task: &Task,
    pulse: &mut dyn FnMut(&Scan),
) -> Result<(), Error> {
    let info = source.info();
    scan.begin(info, task)?;
    for (index, series) in info.series.iter().enumerate() {
        let weight = source.weight(index);
        if !scan.wants(index) {
            continue;
        }
        if scan.seen(index) < series.steps.len() && !scan.may_read(index, weight) {
            continue;
        }
        while scan.seen(index) < series.steps.len() {
            scan.load_next(source, index, task)?;
        }
        pulse(scan);
    }
    Ok(())
}

impl Scan {
    /// Returns true if a series may be read, and counts its bytes.
    fn may_read(&mut self, series: usize, bytes: u64) -> bool {
        let may = self.most.is_none_or(|(one, all)| bytes <= one && self.read + bytes <= all);
        if may {
            self.read += bytes;
        } else if !self.skipped.contains(&series) {
            self.skipped.push(series);
        }
        may
    }
}

/// Summarizes an entry. `None` if no rule applies to it, such as a difference with negative counts.
///
/// # Errors
/// The entry is malformed, or its samples cannot be read.
pub(super) fn summary(content: &Content, series: &Series, task: &Task) -> Result<Option<StepSummary>, Error> {
    match content {
        Content::Logged(logged) => {
            logged.histogram.check().map_err(|why| Error::Value(why.to_string()))?;
            let (edges, counts) = (logged.histogram.bins().as_f64(), logged.histogram.values().as_f64());
            match StepSummary::of_bins(edges, counts, None) {
                Some(summary) => Ok(Some(summary)),
                None => Ok(logged.histogram.to_hist().map(|_| None)?),
            }
        }
        Content::Raw(population) => {
            let samples = population.summary();
            let spread = if has_steps(series) && !population.is_counts_only() && samples.finite() > 0 {
                let stats = population.stats_at(&StepSummary::probabilities(), task)?;
                Some((stats.std, stats.quantiles.iter().map(|quantile| quantile.lo).collect()))
            } else {
                None
            };
            Ok(Some(StepSummary::of_population(population, spread)))
        }
    }
}

/// Returns true if entries of a series are compared with each other.
fn has_steps(series: &Series) -> bool {
    matches!(&series.steps, Steps::Known(_)) || series.steps.len() > 1
}

/// Returns the reason of an error, without the name of the file.
fn reason(error: Error) -> String {
    match error {
        Error::Read { why, .. } => why,
        Error::Entry { at, why, .. } => format!("{at}: {why}"),
        other => other.to_string(),
    }
}
