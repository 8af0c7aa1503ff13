//! Messages, which report what happened, and effects, which request what the runtime should do. Both are plain values.

use super::changes::Request;
use super::findings::SearchResult;
use super::series_table::{LoadedRows, RowRequest};
use super::{JobProgress, PendingExport, PendingSave};
use crate::catalog::{Content, EntryId, Scalars, SeriesId, SeriesKind, SourceInfo, Stamp};
use crate::document::journal::JournalEntry;
use crate::document::save::Lost;
use crate::document::{BinSpec, Change, Common, EvaluatedHistogram, Policy, Side, StepStatistics};
use crate::engine::{self, BinValues, Span};
use crate::error::Error;
use crate::findings::Limits;
use crate::hist::{Edges, EntryStats, Histogram, Lattice, Quantile, Rule, Segment, StepStack, UncertainHistogram};
use crate::key::{Key, Mouse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The number of a job. A result whose ticket is not the newest of its kind is outdated and discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

impl Ticket {
    /// The ticket of opening the inputs, which happens only once.
    pub const OPENING: Self = Self(0);
    /// The ticket of the search for what needs attention.
    pub const SEARCH: Self = Self(u64::MAX);
}

/// An event: input from the user, or the result of an effect.
#[derive(Debug)]
pub enum Message {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
    Resize(super::Size),
    /// More inputs were found, which will be opened.
    Found(usize),
    /// A folder was searched. The texts name what was left out.
    FolderSearched(Vec<String>),
    /// Inputs were opened, or opening them failed.
    Opened(Vec<Result<Arc<SourceInfo>, Error>>),
    /// The search found nothing to open, so the demo is open instead.
    NothingFound,
    /// A source was reloaded.
    Reopened {
        source: usize,
        result: Result<Arc<SourceInfo>, Error>,
        /// Old and new entries of histograms that were recognized by their content.
        moved: BTreeMap<EntryId, EntryId>,
    },
    Loaded {
        ticket: Ticket,
        entry: EntryId,
        result: Result<Content, Error>,
    },
    Counted {
        ticket: Ticket,
        result: Result<EvaluatedHistogram, Error>,
    },
    RunStepsLoaded {
        ticket: Ticket,
        results: Vec<(SeriesId, Result<StepStack, Error>)>,
    },
    DistancesMeasured {
        ticket: Ticket,
        result: Result<engine::Comparison, Error>,
    },
    ChangesMeasured {
        ticket: Ticket,
        /// The change of each step.
        changes: Vec<f64>,
    },
    /// Other histograms were counted in the bins of the current one.
    OthersCounted {
        ticket: Ticket,
        results: Vec<OtherCounted>,
    },
    StatisticsComputed {
        ticket: Ticket,
        stats: Box<EntryStats>,
        /// The grid that contains all samples, if there is one.
        lattice: Option<Lattice>,
    },
    ValuesFound {
        ticket: Ticket,
        values: BinValues,
    },
    RuleApplied {
        ticket: Ticket,
        rule: Rule,
        bins: Result<u64, Error>,
    },
    QuantilesFound {
        ticket: Ticket,
        quantiles: Vec<Quantile>,
    },
    HistogramsLoaded {
        ticket: Ticket,
        result: Result<Vec<UncertainHistogram>, Error>,
    },
    AllStepsLoaded {
        ticket: Ticket,
        series: SeriesId,
        result: Result<StepStack, Error>,
    },
    /// The statistics of all steps of a series.
    StepStatisticsLoaded {
        ticket: Ticket,
        series: SeriesId,
        result: Result<StepStatistics, Error>,
    },
    /// The scalars of the run of a series.
    ScalarsLoaded {
        ticket: Ticket,
        series: SeriesId,
        result: Result<Scalars, Error>,
    },
    /// Rows of the table of all series, which may be only some of those that were requested.
    RowsLoaded {
        ticket: Ticket,
        rows: LoadedRows,
    },
    /// A source has grown: the earlier series may have more steps, and new series follow them.
    Grown {
        source: usize,
        info: Arc<SourceInfo>,
    },
    /// Results of the search in a source, complete or so far.
    Searched {
        source: usize,
        result: SearchResult,
    },
    ThumbnailLoaded {
        entry: EntryId,
        /// `None` if the entry has no histogram.
        histogram: Option<Histogram>,
    },
    Saved {
        ticket: Ticket,
        result: Result<Saved, Error>,
    },
    Exported {
        ticket: Ticket,
        result: Result<Exported, Error>,
    },
    /// Paths that start with the typed text.
    Completed {
        typed: String,
        paths: Vec<String>,
    },
    /// The journal has unsaved changes for sources, from sessions that crashed or that still run.
    Recovered {
        /// The sources with their sessions.
        sessions: Vec<(usize, RecoverableSession)>,
    },
    Progress(JobProgress),
    /// The timer of [`Effect::StartTimer`] has elapsed.
    TimerElapsed(Ticket),
    /// A job ended without a result: it was cancelled before it started, or it failed.
    Failed {
        ticket: Ticket,
        error: Error,
    },
    /// All sources were reloaded, with a summary.
    Reloaded(String),
    /// Any other notice for the user.
    Notice(String),
}

/// A histogram that was counted in the bins of another one.
#[derive(Debug)]
pub struct OtherCounted {
    pub entry: EntryId,
    /// Bins were added so that nothing is outside.
    pub extend: bool,
    pub result: Result<(Side, Common), Error>,
}

/// The result of a save.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub path: PathBuf,
    /// The stamp of a separate file; `None` if the histogram was written into the file it was read from.
    pub stamp: Option<Stamp>,
    /// Attributes of the replaced file that could not be kept.
    pub lost: Vec<Lost>,
}

/// The result of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub path: PathBuf,
    /// Size of the file.
    pub bytes: usize,
    /// Attributes of the replaced file that could not be kept.
    pub lost: Vec<Lost>,
}

/// An unsaved change, as it goes to the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsaved {
    pub series_id: SeriesId,
    /// The unjoined labels of the series' key.
    pub series: Vec<String>,
    pub kind: SeriesKind,
    /// The logged step of the edited entry, if known.
    pub number: Option<i64>,
    pub change: Change,
}

/// Changes for the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalUpdate {
    pub changes: Vec<Unsaved>,
    /// True to replace the journal, false to append to it.
    pub replace: bool,
    /// Sources whose earlier sessions were restored or discarded.
    pub settled: BTreeSet<usize>,
}

impl JournalUpdate {
    /// Combines this update with the one that follows it.
    #[must_use]
    pub fn followed_by(mut self, later: Self) -> Self {
        self.settled.extend(&later.settled);
        if later.replace {
            return Self { settled: self.settled, ..later };
        }
        self.changes.extend(later.changes);
        self
    }
}

/// Unsaved changes of an earlier session for one source.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecoverableSession {
    pub entries: Vec<JournalEntry>,
    /// The file has changed since these edits were made.
    pub changed: bool,
    /// Some changes in the journal are damaged. `entries` contains the others.
    pub damaged: bool,
    /// The journal files.
    pub files: Vec<PathBuf>,
    /// Notices for the user, such as journals that could not be read.
    pub notices: Vec<String>,
}

/// A request to the runtime.
#[derive(Debug)]
pub enum Effect {
    /// Load the content of an entry. Replaces an earlier load.
    Load {
        ticket: Ticket,
        entry: EntryId,
    },
    /// Count raw samples. Replaces an earlier count.
    Count {
        ticket: Ticket,
        content: Content,
        spec: BinSpec,
        policy: Policy,
    },
    /// Count other histograms in the bins of the current one. Those without a side are loaded first. Replaces an earlier
    /// count of others.
    CountOthers {
        ticket: Ticket,
        others: Vec<(EntryId, Option<Side>)>,
        edges: Edges,
        /// Add bins so that nothing is outside.
        extend: bool,
    },
    /// Measure the distances of the current histogram from another one, which is loaded if it is `None`. Replaces an
    /// earlier measurement.
    MeasureDistances {
        ticket: Ticket,
        from: EntryId,
        other: Option<Side>,
        own: Side,
    },
    /// Load the histograms of all steps of several series. Replaces an earlier load.
    LoadRunSteps {
        ticket: Ticket,
        /// The series, with the first steps that are loaded already.
        series: Vec<(SeriesId, Arc<StepStack>)>,
    },
    /// Measure the changes over all steps. Replaces an earlier measurement.
    MeasureChanges {
        ticket: Ticket,
        request: Request,
    },
    /// Build the table of counts for every bin count over a range, which turns later counts into lookups. Sends no
    /// message. Replaces an earlier build.
    BuildTable {
        content: Content,
        span: Span,
    },
    /// Compute statistics of raw samples, with these quantiles.
    ComputeStatistics {
        ticket: Ticket,
        content: Content,
        probabilities: Vec<f64>,
    },
    /// Find the values of a bin of raw samples. `closed` includes its right edge.
    FindValues {
        ticket: Ticket,
        content: Content,
        bin: Segment,
        closed: bool,
        limit: usize,
    },
    /// Compute the number of bins that a rule gives for raw samples.
    ApplyRule {
        ticket: Ticket,
        content: Content,
        rule: Rule,
        span: Span,
    },
    /// Find quantiles of raw samples.
    FindQuantiles {
        ticket: Ticket,
        content: Content,
        probabilities: Vec<f64>,
    },
    /// Load the histograms of all steps of a series. Replaces an earlier load of all steps.
    LoadAllSteps {
        ticket: Ticket,
        series: SeriesId,
        /// The first steps, which are loaded already.
        known: Arc<StepStack>,
    },
    /// Load the histograms of several entries. Samples are counted with these edges.
    LoadHistograms {
        ticket: Ticket,
        entries: Vec<EntryId>,
        edges: Edges,
        policy: Policy,
    },
    LoadThumbnail(EntryId),
    /// Compute the statistics of all steps of a series. Replaces an earlier load of step statistics.
    LoadStepStatistics {
        ticket: Ticket,
        series: SeriesId,
        /// The statistics of the first steps.
        known: Arc<StepStatistics>,
        /// The probability of a quantile that is not computed by default.
        quantile: Option<f64>,
    },
    /// Search a source for what needs attention. Continues the last search, unless it has to start again.
    Search {
        source: usize,
        restart: bool,
        limits: Limits,
    },
    /// Read the scalars of the run of a series. Replaces an earlier load of step statistics or scalars.
    LoadScalars {
        ticket: Ticket,
        series: SeriesId,
        wanted: Option<String>,
    },
    /// Compute rows of the table of all series, in this order, for a moment. Replaces an earlier load of rows.
    LoadRows {
        ticket: Ticket,
        rows: Vec<RowRequest>,
    },
    /// Write one histogram, or several into the file that all of them were read from. Writes all of them or none.
    Save {
        ticket: Ticket,
        pending: Vec<PendingSave>,
    },
    /// Write an export. Fails if the file exists, unless it may be overwritten.
    Export {
        ticket: Ticket,
        pending: PendingExport,
    },
    /// Reload a source.
    Reopen {
        source: usize,
    },
    /// Reload all sources whose files have changed, and open new files in the open folders.
    Reload,
    /// Write unsaved changes to the journal of this session, and delete the earlier sessions of the settled sources.
    Journal(JournalUpdate),
    /// Look in the journal for unsaved changes to these sources.
    Recover {
        sources: std::ops::Range<usize>,
    },
    /// List the paths that start with `typed`.
    Complete {
        typed: String,
    },
    /// Copy a text to the clipboard.
    Copy(String),
    /// Copy the chart as plain text to the clipboard.
    CopyChart,
    /// Send [`Message::TimerElapsed`] after a delay.
    StartTimer {
        ticket: Ticket,
        milliseconds: u64,
    },
    /// Stop a job.
    Cancel(Ticket),
    Redraw,
    Suspend,
    Quit,
}

impl Effect {
    /// Returns the ticket of an effect that is answered with a message.
    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Load { ticket, .. }
            | Self::Count { ticket, .. }
            | Self::CountOthers { ticket, .. }
            | Self::MeasureDistances { ticket, .. }
            | Self::MeasureChanges { ticket, .. }
            | Self::LoadRunSteps { ticket, .. }
            | Self::ComputeStatistics { ticket, .. }
            | Self::LoadAllSteps { ticket, .. }
            | Self::LoadHistograms { ticket, .. }
            | Self::LoadRows { ticket, .. }
            | Self::LoadStepStatistics { ticket, .. }
            | Self::LoadScalars { ticket, .. }
            | Self::FindQuantiles { ticket, .. }
            | Self::FindValues { ticket, .. }
            | Self::ApplyRule { ticket, .. }
            | Self::Save { ticket, .. }
            | Self::Export { ticket, .. }
            | Self::StartTimer { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}
