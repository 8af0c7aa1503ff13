//! The program without a terminal: [`Model`], the messages that change it, the effects it asks for.
//!
//! `update` is pure: no input or output, no clock, it cannot fail. A failed load is a message that becomes a status line.

mod chart;
mod current;
pub mod editing;
pub mod effect;
pub mod exporting;
pub mod grid;
pub mod help;
pub mod hints;
pub mod input;
pub mod list;
pub mod naming;
pub mod over_steps;
pub mod overlay;
pub mod plot;
mod queries;
pub mod regions;
mod update;

pub use chart::{Cursor, Drag, Focus, Panes, Reference, Selection, View, ViewState};
pub use current::{Badge, Current};
pub use effect::{Effect, Message, RecoverableSession, SaveTo, Ticket, Unsaved};
pub use update::update;

use crate::catalog::{Content, EntryId, SeriesId, SeriesKind, SourceInfo, Stamp};
use crate::document::{Document, State};
use crate::hist::{Bins, Histogram, Range};
use crate::key::Key;
use crate::settings::Settings;
use crate::wandb;
use editing::Editing;
use exporting::Exporting;
use list::List;
use over_steps::{AllSteps, HeatmapCache};
use overlay::Overlay;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// Columns and rows of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u16,
    pub height: u16,
}

/// Everything the program knows. `view` reads it, `update` changes it.
#[derive(Debug)]
pub struct Model {
    pub size: Size,
    pub settings: Settings,
    pub sources: Vec<SourceInfo>,
    pub list: List,
    /// The place that was asked for last; shown once it is loaded.
    pub wanted: Option<EntryId>,
    /// The place on the screen.
    pub current: Option<Current>,
    /// What is being counted before it goes on the screen.
    next: Option<(EntryId, Content)>,
    /// The series that was on the screen last, also while nothing is.
    on_screen: Option<SeriesId>,
    /// Files of their own that places were saved as, with what was written.
    pub saved_as: BTreeMap<EntryId, (PathBuf, Stamp)>,
    /// An edit that is being told its numbers.
    pub editing: Option<Editing>,
    /// The places whose histograms were asked for, and what for.
    gathering: Option<(Vec<EntryId>, update::Wanted)>,
    /// What is being written.
    saving: BTreeMap<Ticket, Vec<Saving>>,
    /// Everything is being saved, place after place.
    saving_all: Option<update::SaveAll>,
    /// What is being exported.
    exporting: BTreeMap<Ticket, Exporting>,
    /// Quits as soon as it is written.
    quitting: bool,
    /// What is unsaved, beside this session and of those before.
    pub recovery: Recovery,
    /// What was changed.
    pub documents: BTreeMap<SeriesId, Document>,
    /// Histograms for silhouettes in the list and pictures in the grid.
    pub thumbnails: HashMap<EntryId, Thumbnail>,
    pub chart: ViewState,
    /// All steps of the series on the screen, while something shows them.
    pub all_steps: Option<AllSteps>,
    pub heatmap: Option<HeatmapCache>,
    /// A histogram to compare with.
    pub reference: Option<Reference>,
    pub panes: Panes,
    pub focus: Focus,
    pub overlays: Vec<Overlay>,
    pub status: Status,
    /// Keys of a sequence that has begun.
    pub keys: Vec<Key>,
    pub jobs: Jobs,
    pub playing: bool,
    /// Whether the newest step is gone to as soon as it is logged.
    pub following: bool,
    /// What the mouse is dragging.
    pub drag: Option<Drag>,
    /// How many inputs are still being opened.
    pub opening: usize,
    /// Why inputs could not be opened, in sentences.
    pub unopened: Vec<String>,
    /// Lines that were accepted in prompts, the newest last.
    pub history: Vec<String>,
}

/// Something to write: what was on the screen when it was asked for, whatever is there by now.
#[derive(Debug, Clone, PartialEq)]
pub struct Saving {
    pub entry: EntryId,
    /// How what is saved is seen; that may be changed while it is written.
    pub state: State,
    pub histogram: Arc<wandb::Histogram>,
    /// What lies outside the range and is not written.
    pub outside: f64,
    pub to: SaveTo,
}

/// What outlives a session that breaks off.
#[derive(Debug, Default)]
pub struct Recovery {
    /// What was to be kept last.
    unsaved: Vec<Unsaved>,
    /// What was left by others before, by source, until it is answered for.
    pub recoverable: BTreeMap<usize, RecoverableSession>,
    /// Sources whose leftover was answered for.
    settled: BTreeSet<usize>,
    /// Places whose restored histogram was made of another file than the one that is there, which it must not replace
    /// without being told to.
    elsewhere: BTreeSet<EntryId>,
}

/// A row's silhouette: asked for, known, or not to be had.
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

/// Work under way.
#[derive(Debug, Default)]
pub struct Jobs {
    last: u64,
    pub load: Option<Ticket>,
    pub look: Option<Ticket>,
    /// The place and the range that a table was asked for last.
    prepared: Option<(EntryId, Option<Range>)>,
    pub describe: Option<Ticket>,
    pub trim: Option<Ticket>,
    pub gather: Option<Ticket>,
    /// The sweep under way, and of which series.
    pub sweep: Option<(Ticket, SeriesId)>,
    pub wake: Option<Ticket>,
    /// Progress of the load or count that is shown: done, total, units a second.
    pub progress: Option<JobProgress>,
}

/// How far a long piece of work is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobProgress {
    pub ticket: Ticket,
    pub done: u64,
    /// 0 when it is not known.
    pub total: u64,
    /// Seconds since it began.
    pub seconds: f64,
    /// Whether numbers of bins are tried, and no bytes are read.
    pub tries: bool,
}

impl Model {
    /// Nothing open yet; `opening` inputs are on their way.
    pub fn new(size: Size, settings: Settings, opening: usize) -> Self {
        Self {
            size,
            settings,
            sources: Vec::new(),
            list: List::default(),
            wanted: None,
            current: None,
            next: None,
            on_screen: None,
            saved_as: BTreeMap::new(),
            editing: None,
            gathering: None,
            saving: BTreeMap::new(),
            saving_all: None,
            exporting: BTreeMap::new(),
            quitting: false,
            recovery: Recovery::default(),
            documents: BTreeMap::new(),
            thumbnails: HashMap::new(),
            chart: ViewState::default(),
            all_steps: None,
            heatmap: None,
            reference: None,
            panes: Panes::default(),
            focus: Focus::Chart,
            overlays: Vec::new(),
            status: Status::default(),
            keys: Vec::new(),
            jobs: Jobs::default(),
            playing: false,
            following: false,
            drag: None,
            opening,
            unopened: Vec::new(),
            history: Vec::new(),
        }
    }

    /// Sets the status line.
    pub fn say(&mut self, text: impl Into<String>) {
        self.status = Status { text: text.into(), error: false };
    }

    /// Sets the status line to something that went wrong.
    pub fn complain(&mut self, text: impl Into<String>) {
        self.status = Status { text: text.into(), error: true };
    }
}

/// The bins that content of a kind is first looked at with.
pub fn first_bins(settings: &Settings, kind: SeriesKind) -> Option<Bins> {
    match kind {
        SeriesKind::Histogram => None,
        SeriesKind::Samples => Some(settings.bins.clone()),
    }
}

impl Jobs {
    /// A number that no other job has.
    pub fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}
