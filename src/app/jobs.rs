//! Running background jobs and their progress.

use super::{Model, Ticket};
use crate::catalog::{Content, EntryId, SeriesId};
use crate::engine::Span;

/// The newest job of each kind. Results of older jobs are discarded.
#[derive(Debug, Default)]
pub struct Jobs {
    last: u64,
    pub load: Option<Ticket>,
    pub count: Option<Ticket>,
    /// The count of other histograms in the bins of the current one.
    pub others: Option<Ticket>,
    /// The distances of the current histogram from another one.
    pub distances: Option<Ticket>,
    /// All steps of other runs, and the runs.
    pub(super) run_steps: Option<(Ticket, Vec<SeriesId>)>,
    /// The changes over steps.
    pub changes: Option<Ticket>,
    pub statistics: Option<Ticket>,
    /// The user cancelled the statistics of the current samples.
    pub(super) statistics_cancelled: bool,
    /// The search for the quantiles that become the range.
    pub trim: Option<Ticket>,
    /// The search for the quantiles that the user requested.
    pub quantiles: Option<Ticket>,
    /// The search for the values of a bin, and the name of the bin.
    pub values: Option<(Ticket, String)>,
    pub histograms: Option<Ticket>,
    /// The load of all steps, and its series.
    pub all_steps: Option<(Ticket, SeriesId)>,
    /// The timer that advances playback.
    pub timer: Option<Ticket>,
    /// The entry and the span of the count table that was requested last.
    pub(super) table: Option<(EntryId, Span)>,
    /// The latest progress of a job that the screen waits for.
    pub progress: Option<JobProgress>,
}

/// Progress of a long job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobProgress {
    pub ticket: Ticket,
    /// Bytes read, or bin counts tried.
    pub done: u64,
    /// 0 if unknown.
    pub total: u64,
    /// Seconds since the job started.
    pub seconds: f64,
    /// The job searches for the best bin count; `done` and `total` count the candidates, not bytes.
    pub searching: bool,
}

impl Jobs {
    /// Returns a ticket that no other job has.
    pub fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }

    /// Returns the job that produces the requested histogram: a count, or else a load.
    pub fn count_or_load(&self) -> Option<Ticket> {
        self.count.or(self.load)
    }
}

impl Model {
    /// Returns the progress of the job that the screen waits for, if that job is slow enough to report any.
    pub fn progress(&self) -> Option<JobProgress> {
        self.jobs.progress.filter(|progress| self.awaits(progress.ticket))
    }

    /// Returns the size in bytes of the samples that a job counts or summarizes. Each pass over them reads this much.
    pub fn pass_size(&self, ticket: Ticket) -> Option<u64> {
        let current = self.current.as_ref().map(|current| &current.content);
        let content = match ticket {
            _ if self.jobs.count == Some(ticket) => self.to_count.as_ref().map(|(_, content)| content),
            _ if [self.jobs.statistics, self.jobs.quantiles].contains(&Some(ticket)) => current,
            _ => None,
        };
        match content? {
            Content::Raw(population) => Some(population.len() * population.dtype().bytes() as u64),
            Content::Logged(_) => None,
        }
        .filter(|bytes| *bytes > 0)
    }

    /// Returns true if the screen shows the progress of this job.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        let Jobs { load, count, others, distances, statistics, quantiles, .. } = &self.jobs;
        let opening = (self.opening > 0).then_some(Ticket::OPENING);
        let (rows, lines) = (self.series_table.ticket(), self.lines.ticket());
        let values = self.jobs.values.as_ref().map(|(ticket, _)| *ticket);
        [*load, *count, *others, *distances, *statistics, *quantiles, values, opening, rows, lines]
            .contains(&Some(ticket))
    }
}
