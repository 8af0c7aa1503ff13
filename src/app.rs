//! The program without a terminal: [`Model`], the messages that change it, the effects it asks for.
//!
//! `update` is pure: no input or output, no clock, it cannot fail. A failed load is a message that becomes a status line.

mod chart;
pub mod editing;
pub mod effect;
pub mod exporting;
pub mod grid;
pub mod help;
pub mod hints;
pub mod input;
pub mod list;
pub mod naming;
mod open;
pub mod over_steps;
pub mod overlay;
pub mod plot;
pub mod regions;
mod update;

pub use chart::{Chart, Cursor, Drag, Focus, Marked, Panes, Selection, View};
pub use effect::{Effect, Leftover, Message, SaveTo, Ticket, Unsaved};
pub use open::{Badge, Open};
pub use update::update;

use crate::catalog::{Content, Kind, Place, Series, SourceInfo, Stamp};
use crate::document::{Choice, Document, Lens, Policy, Shown, State};
use crate::error::Problem;
use crate::hist::scale::{counted, format_count};
use crate::hist::{Histogram, Range, Segment};
use crate::key::Key;
use crate::settings::{FirstBins, Settings};
use crate::wandb;
use editing::{Editing, Proposal};
use exporting::Exporting;
use list::List;
use over_steps::{Over, Picture};
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
    pub wanted: Option<Place>,
    /// The place on the screen.
    pub open: Option<Open>,
    /// What is being counted before it goes on the screen.
    next: Option<(Place, Content)>,
    /// Source and series that were on the screen last, also while nothing is.
    on_screen: Option<(usize, usize)>,
    /// Files of their own that places were saved as, with what was written.
    pub saved_as: BTreeMap<Place, (PathBuf, Stamp)>,
    /// An edit that is being told its numbers.
    pub editing: Option<Editing>,
    /// The places whose histograms were asked for, and what for.
    gathering: Option<(Vec<Place>, update::Wanted)>,
    /// What is being written.
    saving: BTreeMap<Ticket, Saving>,
    /// Everything is being saved, place after place.
    round: Option<update::Round>,
    /// What is being exported.
    exporting: BTreeMap<Ticket, Exporting>,
    /// Quits as soon as it is written.
    quitting: bool,
    /// What is unsaved, beside this session and of those before.
    pub kept: Kept,
    /// What was changed, by source and series.
    pub documents: BTreeMap<(usize, usize), Document>,
    /// Histograms for silhouettes in the list and pictures in the grid.
    pub sparks: HashMap<Place, Spark>,
    pub chart: Chart,
    /// All steps of the series on the screen, while something shows them.
    pub over: Option<Over>,
    pub picture: Option<Picture>,
    /// A histogram to compare with.
    pub marked: Option<Marked>,
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
    /// Lines that were accepted in prompts, the newest last.
    pub history: Vec<String>,
}

/// Something to write: what was on the screen when it was asked for, whatever is there by now.
#[derive(Debug, Clone, PartialEq)]
pub struct Saving {
    pub place: Place,
    /// How what is saved is seen; that may be changed while it is written.
    pub state: State,
    pub histogram: Arc<wandb::Histogram>,
    /// What lies outside the range and is not written.
    pub outside: f64,
    pub to: SaveTo,
}

/// What outlives a session that breaks off.
#[derive(Debug, Default)]
pub struct Kept {
    /// What was to be kept last.
    unsaved: Vec<Unsaved>,
    /// What was left by others before, by source, until it is answered for.
    pub leftover: BTreeMap<usize, Leftover>,
    /// Sources whose leftover was answered for.
    settled: BTreeSet<usize>,
    /// Places whose restored histogram was made of another file than the one that is there, which it must not replace
    /// without being told to.
    elsewhere: BTreeSet<Place>,
}

/// A row's silhouette: asked for, known, or not to be had.
#[derive(Debug, Clone, PartialEq)]
pub enum Spark {
    Asked,
    Known(Histogram),
    Nothing,
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
    prepared: Option<(Place, Option<Range>)>,
    pub describe: Option<Ticket>,
    pub trim: Option<Ticket>,
    pub gather: Option<Ticket>,
    /// The sweep under way, and of which source and series.
    pub sweep: Option<(Ticket, (usize, usize))>,
    pub wake: Option<Ticket>,
    /// Progress of the load or count that is shown: done, total, units a second.
    pub progress: Option<Progress>,
}

/// How far a long piece of work is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub ticket: Ticket,
    pub done: u64,
    /// 0 when it is not known.
    pub total: u64,
    /// Seconds since it began.
    pub seconds: f64,
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
            open: None,
            next: None,
            on_screen: None,
            saved_as: BTreeMap::new(),
            editing: None,
            gathering: None,
            saving: BTreeMap::new(),
            round: None,
            exporting: BTreeMap::new(),
            quitting: false,
            kept: Kept::default(),
            documents: BTreeMap::new(),
            sparks: HashMap::new(),
            chart: Chart::default(),
            over: None,
            picture: None,
            marked: None,
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
            history: Vec::new(),
        }
    }

    /// The series of a place.
    pub fn series(&self, place: Place) -> Option<&Series> {
        self.sources.get(place.source)?.series.get(place.series)
    }

    /// The last step of a series.
    pub fn last_step(&self, source: usize, series: usize) -> Option<Place> {
        let steps = &self.sources.get(source)?.series.get(series)?.steps;
        Some(Place { source, series, step: steps.len().checked_sub(1)? })
    }

    /// The document of what is on the screen.
    pub fn document(&self) -> Option<&Document> {
        let place = self.open.as_ref()?.place;
        self.documents.get(&(place.source, place.series))
    }

    /// The histogram on the screen: while an edit is told its numbers, what would come of it.
    pub fn shown(&self) -> Option<&Arc<Shown>> {
        self.proposal().map(|proposal| &proposal.shown).or(self.open.as_ref()?.shown.as_ref().ok())
    }

    /// The silhouette of a place, if it is known: as it was edited, or as the source holds it.
    pub fn silhouette(&self, place: Place) -> Option<&Histogram> {
        let document = self.documents.get(&(place.source, place.series));
        let mut edited = document.into_iter().flat_map(Document::edited).filter(|(step, _)| *step == place.step);
        let edited = edited.next().and_then(|(_, state)| state.edited.as_ref());
        edited.map(|edited| &edited.histogram).or(match self.sparks.get(&place)? {
            Spark::Known(histogram) => Some(histogram),
            Spark::Asked | Spark::Nothing => None,
        })
    }

    /// What is wrong with the histogram on the screen as it was logged, put right.
    pub fn repair(&self) -> Option<wandb::Repair> {
        let open = self.open.as_ref().filter(|open| open.state.edited.is_none())?;
        match &open.content {
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
            None => self.open.as_ref().map_or(Badge::Nothing, Open::badge),
        }
    }

    /// Whether the newest step is followed of a source that may still grow.
    pub fn is_live(&self) -> bool {
        let source = self.open.as_ref().and_then(|open| self.sources.get(open.place.source));
        self.following && source.is_some_and(|source| source.growing)
    }

    /// How what is on the screen is to be seen.
    pub fn state(&self) -> Option<State> {
        Some(self.document()?.state(self.open.as_ref()?.place.step))
    }

    /// The lens over what is on the screen.
    pub fn lens(&self) -> Option<&Lens> {
        Some(self.document()?.lens(self.open.as_ref()?.place.step))
    }

    /// The places that were changed and are not on disk as they are seen.
    pub fn unsaved(&self) -> Vec<Place> {
        let places = |(&(source, series), document): (&(usize, usize), &Document)| {
            document.unsaved().into_iter().map(move |step| Place { source, series, step })
        };
        self.documents.iter().flat_map(places).collect()
    }

    /// Those places, and how they are seen.
    pub fn unsaved_places(&self) -> Vec<Unsaved> {
        let one = |place: Place| {
            let series = self.series(place)?;
            let state = self.documents.get(&(place.source, place.series))?.state(place.step);
            let number = series.steps.number(place.step);
            Some(Unsaved { place, series: series.path.clone(), kind: series.kind, number, state })
        };
        self.unsaved().into_iter().filter_map(one).collect()
    }

    /// What the domain is asked to do where there is a choice.
    pub fn policy(&self) -> Policy {
        Policy { rounding: self.settings.rounding, cap_rules: true }
    }

    /// The lens a series of this content is opened with.
    pub fn first_lens(&self, content: &Content) -> Lens {
        Lens::new(first_bins(&self.settings, content.kind()))
    }

    /// The number of bins that was asked for, or that is shown: what the header says and the slider marks.
    pub fn bins(&self) -> usize {
        match self.lens().map(|lens| &lens.bins) {
            Some(Choice::Count(n)) if self.editing.is_none() => *n,
            _ => self.shown().map_or(0, |shown| shown.histogram.bins()),
        }
    }

    /// That what is shown has more bins than are saved, in words.
    pub fn reduction(&self) -> Option<String> {
        let (bins, most) = (self.bins(), wandb::Histogram::MAX_LENGTH);
        (bins > most).then(|| format!("{} are saved as {most}", counted(bins as u64, "bin")))
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
        let Some(open) = &self.open else { return String::new() };
        let mut parts: Vec<(&str, f64)> = Vec::new();
        if let Content::Raw(population) = &open.content {
            let summary = population.summary();
            parts.extend([("nan", summary.nan), ("+inf", summary.posinf), ("-inf", summary.neginf)].map(as_f64));
            parts.extend([("missing", population.missing()), ("no number", population.bad())].map(as_f64));
        }
        if let Ok(shown) = &open.shown {
            parts.extend([("below", shown.below), ("above", shown.above)]);
        }
        let told = parts.iter().filter(|(_, count)| *count != 0.0);
        told.map(|(name, count)| format!("{name} {}", format_count(*count, 1))).collect::<Vec<_>>().join("  ")
    }

    /// A series' name for people: its key, or the source's name where the key is empty.
    pub fn name(&self, place: Place) -> String {
        let key = self.series(place).map(Series::key).unwrap_or_default();
        let Some(source) = self.sources.get(place.source) else { return key };
        // Of several files as one, the source's name says both.
        if key.is_empty() || source.pooled { source.name.clone() } else { key }
    }

    /// A series' name and the step, where it has one.
    pub fn place_name(&self, place: Place) -> String {
        let step = self.series(place).and_then(|series| series.steps.number(place.step));
        step.map_or_else(|| self.name(place), |step| format!("{} step {step}", self.name(place)))
    }

    /// Problems of the shown series, its samples and its source, in that order.
    pub fn problems(&self) -> Vec<&Problem> {
        let Some(open) = &self.open else {
            return self.sources.iter().flat_map(|s| &s.problems).collect();
        };
        let series = self.series(open.place).map(|series| series.problems.as_slice()).unwrap_or_default();
        let samples = match &open.content {
            Content::Raw(population) => population.problems(),
            Content::Logged(_) => &[],
        };
        let source = self.sources.get(open.place.source).map(|s| s.problems.as_slice()).unwrap_or_default();
        [series, samples, source].into_iter().flatten().collect()
    }

    /// The work that is waited for, if it takes long enough to be shown.
    pub fn progress(&self) -> Option<Progress> {
        let waits = self.opening > 0 || self.jobs.load.or(self.jobs.look).is_some();
        self.jobs.progress.filter(|_| waits)
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

fn as_f64((name, count): (&str, u64)) -> (&str, f64) {
    (name, count as f64)
}

/// The bins that content of a kind is first looked at with.
pub fn first_bins(settings: &Settings, kind: Kind) -> Choice {
    match (kind, settings.bins) {
        (Kind::Histogram, _) => Choice::Logged,
        (Kind::Samples, FirstBins::Count(n)) => Choice::Count(n),
        (Kind::Samples, FirstBins::Rule(rule)) => Choice::Rule(rule),
    }
}

impl Jobs {
    /// A number that no other job has.
    pub fn ticket(&mut self) -> Ticket {
        self.last += 1;
        Ticket(self.last)
    }
}
