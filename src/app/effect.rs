//! What happens to the program, and what it asks the world to do. Plain values.

use super::exporting::Exporting;
use super::{JobProgress, Saving};
use crate::catalog::{Content, EntryId, FileSpan, SeriesId, SeriesKind, SourceInfo, Stamp};
use crate::document::journal::JournalEntry;
use crate::document::save::Lost;
use crate::document::{BinSpec, EvaluatedHistogram, Policy, State};
use crate::error::Error;
use crate::hist::{Edges, Histogram, Range, Stats, StepStack, UncertainHistogram};
use crate::key::{Key, Mouse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Tells an answer to the newest question from an answer to an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

impl Ticket {
    /// Of the opening of inputs, which nobody asks for twice.
    pub const OPENING: Self = Self(0);
}

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    Key(Key),
    Mouse(Mouse),
    Paste(String),
    Resize(super::Size),
    /// An input was opened, or could not be.
    Opened(Result<SourceInfo, Error>),
    /// A source was read again; its places are new. Some of its histograms are known by what they hold, and where they
    /// stand now.
    Reopened {
        source: usize,
        result: Result<SourceInfo, Error>,
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
    StatisticsComputed {
        ticket: Ticket,
        stats: Stats,
    },
    /// The quantiles that were asked for.
    QuantilesFound {
        ticket: Ticket,
        lo: f64,
        hi: f64,
    },
    /// The histograms that were asked for.
    HistogramsLoaded {
        ticket: Ticket,
        result: Result<Vec<UncertainHistogram>, Error>,
    },
    /// All steps of a series.
    AllStepsLoaded {
        ticket: Ticket,
        of: SeriesId,
        result: Result<StepStack, Error>,
    },
    /// A source has more than it had: its series are those of before, with more steps, and perhaps new ones behind.
    Grown {
        source: usize,
        info: SourceInfo,
    },
    /// A histogram for a silhouette.
    ThumbnailLoaded {
        entry: EntryId,
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
    /// Paths that continue what was typed.
    Completed {
        typed: String,
        paths: Vec<String>,
    },
    /// A session that broke off has left something of a source, or another one has something unsaved.
    Recovered {
        source: usize,
        recoverable: RecoverableSession,
    },
    Progress(JobProgress),
    /// The time asked for by [`Effect::StartTimer`] has passed.
    TimerElapsed(Ticket),
    /// Work that was asked for ended without its answer: it was cancelled before it began, or it broke off.
    Failed {
        ticket: Ticket,
        error: Error,
    },
    /// Something the user should know that no other message carries.
    Notice(String),
}

/// What was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Saved {
    pub path: PathBuf,
    /// Of a file of its own; `None` where it was written into the file that it came from.
    pub own: Option<Stamp>,
    /// What the file had and could not keep.
    pub lost: Vec<Lost>,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub path: PathBuf,
    pub bytes: usize,
    /// What the file had and could not keep.
    pub lost: Vec<Lost>,
}

/// A place that was changed and not saved, and how it is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsaved {
    pub entry: EntryId,
    /// The unjoined labels of the series' key.
    pub series: Vec<String>,
    pub kind: SeriesKind,
    /// The logged step number, where it is known.
    pub number: Option<i64>,
    pub state: State,
}

/// What a session that broke off has left of a source.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RecoverableSession {
    pub entries: Vec<JournalEntry>,
    /// Whether the source's file is another than the one that was changed.
    pub changed: bool,
    /// Where it is kept.
    pub files: Vec<PathBuf>,
    /// What else there is to say.
    pub told: Vec<String>,
}

/// Something the runtime should do.
#[derive(Debug)]
pub enum Effect {
    /// Read the content of a place; a newer load makes this one void.
    Load {
        ticket: Ticket,
        entry: EntryId,
    },
    /// Count raw samples; a newer look makes this one void.
    Count {
        ticket: Ticket,
        content: Content,
        spec: BinSpec,
        policy: Policy,
    },
    /// Count raw samples between the edges of all histograms over a range, so that later looks at it are lookups. Has no
    /// answer; a newer one makes this one void.
    BuildTable {
        content: Content,
        range: Option<Range>,
    },
    /// Statistics of raw samples.
    ComputeStatistics {
        ticket: Ticket,
        content: Content,
    },
    /// Two quantiles of raw samples.
    FindQuantiles {
        ticket: Ticket,
        content: Content,
        lo: f64,
        hi: f64,
    },
    /// The histograms of all steps of a series, of which the first are known; a newer sweep makes this one void.
    LoadAllSteps {
        ticket: Ticket,
        of: SeriesId,
        known: Arc<StepStack>,
    },
    /// The histograms of some places, samples counted between these edges.
    LoadHistograms {
        ticket: Ticket,
        entries: Vec<EntryId>,
        edges: Edges,
        policy: Policy,
    },
    /// A histogram for a silhouette.
    LoadThumbnail(EntryId),
    /// Write one histogram, or several into the one file that they came from: all of these or none.
    Save {
        ticket: Ticket,
        savings: Vec<Saving>,
    },
    /// Make a file of what was shown. An existing one is refused unless it should be overwritten.
    Export {
        ticket: Ticket,
        exporting: Exporting,
    },
    /// Read a source again.
    Reopen {
        source: usize,
    },
    /// Keep what is unsaved, all of it, where it outlives this program, and forget what was left of these sources. A
    /// newer one makes this one void.
    JournalUnsaved {
        unsaved: Vec<Unsaved>,
        settled: BTreeSet<usize>,
    },
    /// Find what a session that broke off has left of a source.
    Recover {
        source: usize,
    },
    /// List the paths that continue `typed`.
    Complete {
        typed: String,
    },
    /// Put a text on the terminal's clipboard.
    Copy(String),
    /// Put the screen's chart, as plain text, on the clipboard.
    CopyChart,
    /// Send [`Message::TimerElapsed`] after so many milliseconds.
    StartTimer {
        ticket: Ticket,
        milliseconds: u64,
    },
    /// Stop a job; its answer is not wanted any more.
    Cancel(Ticket),
    Redraw,
    Suspend,
    Quit,
}

/// Where a histogram is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveTo {
    /// Into the file it was read from, replacing it alone.
    InPlace { origin: FileSpan },
    /// The text that was replaced there, byte for byte: what is saved is the histogram as it was read.
    Back { origin: FileSpan },
    /// A file of its own. An existing one is refused unless `overwrite`.
    File { path: PathBuf, overwrite: bool },
    /// The file it was saved as before, if that still holds what was written.
    Again { path: PathBuf, stamp: Stamp },
}

impl SaveTo {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::InPlace { origin } | Self::Back { origin } => &origin.path,
            Self::File { path, .. } | Self::Again { path, .. } => path,
        }
    }
}

impl Effect {
    /// The ticket of work that will be answered.
    pub fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Load { ticket, .. }
            | Self::Count { ticket, .. }
            | Self::ComputeStatistics { ticket, .. }
            | Self::LoadAllSteps { ticket, .. }
            | Self::LoadHistograms { ticket, .. }
            | Self::FindQuantiles { ticket, .. }
            | Self::Save { ticket, .. }
            | Self::Export { ticket, .. }
            | Self::StartTimer { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}
