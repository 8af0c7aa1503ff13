//! The state of the application. `view` reads it, `update` changes it.

mod queries;

use super::advice::Advice;
use super::changes::ChangeStrip;
use super::compare::Comparison;
use super::contents::Contents;
use super::editing::PendingEdit;
use super::findings::Findings;
use super::lines::StatisticLines;
use super::list::List;
use super::over_steps::{AllSteps, HeatmapCache};
use super::overlay::Overlay;
use super::series_table::SeriesTable;
use super::{
    Current, Drag, Focus, Jobs, Panes, PendingExport, PendingSave, RecoverableSession, RememberedViews, StepCursor,
    Ticket, ViewState, update,
};
use crate::catalog::{Content, EntryId, SeriesId, SeriesKind, SourceInfo, SourceNames, Stamp};
use crate::document::Document;
use crate::error::Error;
use crate::hist::{Bins, Histogram};
use crate::key::Key;
use crate::settings::{ListOrder, Settings};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

/// Number of messages to keep.
const MAX_MESSAGES: usize = 100;

/// Columns and rows of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// The state of the application.
#[derive(Debug)]
pub struct Model {
    pub size: Size,
    pub settings: Settings,
    pub sources: Vec<Arc<SourceInfo>>,
    /// Short names of the sources. Ask [`Model::label`].
    pub(super) names: SourceNames,
    pub list: List,
    /// The entry that was requested last. It becomes `current` once its histogram is ready.
    pub requested: Option<EntryId>,
    /// The entry on the screen.
    pub current: Option<Current>,
    /// The loaded entry that replaces `current` once it is counted.
    pub(super) to_count: Option<(EntryId, Content)>,
    /// The series that was shown last, even if `current` is empty now.
    pub(super) last_series: Option<SeriesId>,
    /// The separate files that entries were saved to, with stamps of the written content.
    pub saved_files: BTreeMap<EntryId, (PathBuf, Stamp)>,
    /// The edit whose arguments are being typed.
    pub editing: Option<PendingEdit>,
    /// The histograms that an edit waits for.
    pub(super) operands: Option<update::Operands>,
    /// Saves in progress.
    pub(super) saving: BTreeMap<Ticket, Vec<PendingSave>>,
    /// The running "save all", which saves one entry after another.
    pub(super) save_all: Option<update::SaveAll>,
    /// Exports in progress.
    pub(super) exporting: BTreeMap<Ticket, PendingExport>,
    /// Quit as soon as all saves and exports are complete.
    pub(super) quitting: bool,
    pub recovery: Recovery,
    /// The edits and the undo history of each series.
    pub documents: BTreeMap<SeriesId, Document>,
    /// Findings of all sources.
    pub findings: Findings,
    /// The way series are looked at, in this session and in earlier ones.
    pub remembered: RememberedViews,
    pub thumbnails: HashMap<EntryId, Thumbnail>,
    /// Statistics over steps.
    pub lines: StatisticLines,
    /// The table of all series.
    pub series_table: SeriesTable,
    pub chart: ViewState,
    /// All steps of the current series, loaded when a view needs them.
    pub all_steps: Option<AllSteps>,
    pub heatmap: Option<HeatmapCache>,
    /// The histograms that the current one is compared with.
    pub comparison: Comparison,
    /// Choices of each rule, while the adviser is open.
    pub advice: Option<Advice>,
    /// The strip of changes over steps.
    pub strip: ChangeStrip,
    pub panes: Panes,
    pub focus: Focus,
    /// The first line of the statistics pane, if the pane is too small for all.
    pub statistics_top: usize,
    /// Probabilities of the quantiles that the user requested.
    pub(super) quantiles: Vec<f64>,
    /// The quantile that the cursor goes to once it is known.
    pub(super) quantile_to_find: Option<f64>,
    /// Open overlays; the last one is on top.
    pub overlays: Vec<Overlay>,
    pub status: Status,
    /// Recent messages of the status line, the newest last.
    pub messages: VecDeque<Status>,
    /// The keys of an unfinished sequence.
    pub pending_keys: Vec<Key>,
    /// The selected entry of the menu that an unfinished sequence opens.
    pub menu_selected: usize,
    /// The contents of the selected branch of the list.
    pub contents: Option<Contents>,
    pub jobs: Jobs,
    /// Steps are played one after another.
    pub playing: bool,
    pub following: Following,
    /// The position in time of all series.
    pub step_cursor: StepCursor,
    /// The target of the current mouse drag.
    pub drag: Option<Drag>,
    /// Number of inputs that are still being opened.
    pub opening: usize,
    /// The demo is open because nothing else could be opened.
    pub is_demo: bool,
    /// Descriptions of what was left out of folders.
    pub left_out: Vec<String>,
    /// Errors of the inputs that could not be opened.
    pub open_errors: Vec<Error>,
    /// Lines accepted in prompts, the newest last.
    pub prompt_history: Vec<String>,
}

/// Mode in which the newest step is shown as soon as it is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Following {
    #[default]
    Off,
    /// On since a growing log was opened at its newest step. Nothing was logged since.
    Waiting,
    On,
}

/// Crash recovery: the unsaved changes of this session and of earlier ones.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Series with unsaved changes in the journal.
    pub(super) journaled: BTreeSet<SeriesId>,
    /// The journal must be written again, because a source was settled.
    pub(super) rewrite: bool,
    /// Earlier sessions by source, until the user restores or discards them.
    pub sessions: BTreeMap<usize, RecoverableSession>,
    /// Sources whose earlier session was restored or discarded.
    pub(super) settled: BTreeSet<usize>,
    /// Entries whose edit was made from another version of the file. Saving asks before it overwrites that file.
    pub(super) stale: BTreeSet<EntryId>,
}

/// A small histogram for the list or the grid.
#[derive(Debug, Clone, PartialEq)]
pub enum Thumbnail {
    Requested,
    Ready(Histogram),
    Unavailable,
}

/// The status line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Status {
    pub text: String,
    pub error: bool,
}

impl Model {
    /// Creates a model without sources, while `opening` inputs are being opened.
    pub fn new(size: Size, settings: Settings, opening: usize) -> Self {
        Self {
            list: List::new(settings.order == ListOrder::Natural),
            size,
            settings,
            sources: Vec::new(),
            names: SourceNames::default(),
            requested: None,
            current: None,
            to_count: None,
            last_series: None,
            saved_files: BTreeMap::new(),
            editing: None,
            operands: None,
            saving: BTreeMap::new(),
            save_all: None,
            exporting: BTreeMap::new(),
            quitting: false,
            recovery: Recovery::default(),
            documents: BTreeMap::new(),
            findings: Findings::default(),
            remembered: RememberedViews::default(),
            thumbnails: HashMap::new(),
            lines: StatisticLines::default(),
            series_table: SeriesTable::default(),
            chart: ViewState::default(),
            all_steps: None,
            heatmap: None,
            comparison: Comparison::default(),
            advice: None,
            strip: ChangeStrip::default(),
            panes: Panes::default(),
            focus: Focus::Chart,
            statistics_top: 0,
            quantiles: Vec::new(),
            quantile_to_find: None,
            overlays: Vec::new(),
            status: Status::default(),
            messages: VecDeque::new(),
            pending_keys: Vec::new(),
            menu_selected: 0,
            contents: None,
            jobs: Jobs::default(),
            playing: false,
            following: Following::Off,
            step_cursor: StepCursor::Newest,
            drag: None,
            opening,
            is_demo: false,
            left_out: Vec::new(),
            open_errors: Vec::new(),
            prompt_history: Vec::new(),
        }
    }

    /// Replaces all sources with one, for printing it. `names` are the names of all sources that are printed.
    pub fn print_source(&mut self, info: Arc<SourceInfo>, names: SourceNames) {
        (self.sources, self.names) = (vec![info], names);
    }

    /// Shows a notice in the status line.
    pub fn notify(&mut self, text: impl Into<String>) {
        self.show(Status { text: text.into(), error: false });
    }

    /// Shows an error in the status line.
    pub fn report_error(&mut self, text: impl Into<String>) {
        self.show(Status { text: text.into(), error: true });
    }

    fn show(&mut self, status: Status) {
        if !status.text.is_empty() && self.messages.back() != Some(&status) {
            if self.messages.len() == MAX_MESSAGES {
                self.messages.pop_front();
            }
            self.messages.push_back(status.clone());
        }
        self.status = status;
    }

    /// Reports why a job failed. A cancelled job is not an error.
    pub(super) fn report_failure(&mut self, error: &Error) {
        match error {
            Error::Cancelled => self.notify("cancelled"),
            error => self.report_error(error.to_string()),
        }
    }
}

/// Returns the initial bins for a kind of content; `None` keeps the logged bins.
pub fn first_bins(settings: &Settings, kind: SeriesKind) -> Option<Bins> {
    match kind {
        SeriesKind::Histogram => None,
        SeriesKind::Samples => Some(settings.bins.clone()),
    }
}
