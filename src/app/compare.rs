//! Comparison of the current histogram with others: marks, and the same series of other runs.
//!
//! The others are drawn in the bins of the current one, so that heights compare.

pub mod distances;
mod lines;
pub mod maps;

pub use lines::{Line, Lines, lines, outside_text};

use super::Model;
use crate::catalog::{EntryId, SeriesId};
use crate::document::{Common, EvaluatedHistogram, Side};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Maximum number of histograms that are drawn over the current one.
pub const MAX_LINES: usize = 40;

/// Way to draw a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CompareMode {
    /// The others are lines over the bars.
    #[default]
    Overlay,
    /// The chosen one hangs from the axis.
    Mirrored,
    /// Current minus the chosen one.
    Difference,
    /// Shares of the current one as multiples of those of the chosen one.
    Ratio,
}

impl CompareMode {
    /// All modes, in the order of `compare-mode`.
    pub const ALL: [Self; 4] = [Self::Overlay, Self::Mirrored, Self::Difference, Self::Ratio];

    /// Returns the name for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Overlay => "overlay",
            Self::Mirrored => "mirrored",
            Self::Difference => "difference",
            Self::Ratio => "ratio",
        }
    }

    /// Returns the sign between both sides of a title.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Overlay | Self::Mirrored => "vs.",
            Self::Difference => "−",
            Self::Ratio => "÷",
        }
    }

    /// Returns the mode after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|mode| *mode == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// Color and shape of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The color of a mark, by its slot.
    Mark(usize),
    /// The color of a run, by its source.
    Run(usize),
}

/// A marked histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    pub entry: EntryId,
    /// Number of its color and shape, which no other mark has.
    pub slot: usize,
}

/// A histogram that the current one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub entry: EntryId,
    pub look: Look,
}

/// State of the comparison.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Marks in the order in which they were made.
    pub marks: Vec<Mark>,
    pub mode: CompareMode,
    /// The mark that was chosen for modes with two sides and for edits.
    pub(super) chosen: Option<EntryId>,
    /// The histograms to draw. Computed after each message.
    pub targets: Vec<Target>,
    /// Number of histograms to compare with, including those that are not drawn.
    pub total: usize,
    /// Data of the marks and the targets.
    pub(super) others: BTreeMap<EntryId, Other>,
    /// The running count, and what it counts.
    pub(super) running: Option<Wanted>,
    /// One heat map for each run.
    pub maps: maps::RunMaps,
    /// The same series of other runs is drawn, too.
    pub runs: bool,
    /// The series of other runs with the same key, in list order.
    pub(super) siblings: Option<Siblings>,
    /// The current histogram, for distances.
    pub(super) own: Option<distances::Own>,
    /// The target and both sides of the running measurement.
    pub(super) measuring: Option<(EntryId, Side, Option<Side>)>,
}

/// Data of another histogram.
#[derive(Debug, Clone, Default)]
pub(super) struct Other {
    /// Its content; `None` until it is loaded, and for large samples that are read each time.
    pub(super) side: Option<Side>,
    /// The edited histogram that replaces its content.
    pub(super) edited: Option<Side>,
    pub(super) counted: Option<Counted>,
    /// The last exact counts of samples, from which estimates start.
    pub(super) exact: Option<Arc<Common>>,
    pub(super) error: Option<String>,
    /// The distances of the current histogram from it.
    pub(super) measured: Option<distances::Measured>,
}

/// A histogram in the bins of the current one.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    /// The current histogram.
    pub(super) of: Arc<EvaluatedHistogram>,
    /// Bins were added so that nothing is outside.
    pub(super) extend: bool,
    pub(super) common: Arc<Common>,
    /// The counts are an estimate while the samples are counted.
    pub(super) pending: bool,
}

/// Histograms that a running count counts.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) of: Arc<EvaluatedHistogram>,
    pub(super) entries: Vec<EntryId>,
}

/// Series with the same key.
#[derive(Debug, Clone)]
pub(super) struct Siblings {
    /// Version of the list, and the key.
    pub(super) of: (u64, Arc<[String]>),
    pub(super) ids: Vec<SeriesId>,
}

impl Other {
    /// Returns what is compared: the edited histogram, or else the content.
    pub(super) fn side(&self) -> Option<&Side> {
        self.edited.as_ref().or(self.side.as_ref())
    }
}

impl Comparison {
    /// Returns true if something is marked or compared.
    pub fn is_active(&self) -> bool {
        !self.marks.is_empty() || !self.targets.is_empty()
    }

    /// Returns the mark of an entry.
    pub fn mark(&self, entry: EntryId) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.entry == entry)
    }

    /// Returns the counts of a target in the bins of the current histogram.
    pub fn common(&self, entry: EntryId) -> Option<&Common> {
        Some(&self.others.get(&entry)?.counted.as_ref()?.common)
    }

    /// Returns true if the counts of a target are an estimate until its samples are counted.
    pub fn is_pending(&self, entry: EntryId) -> bool {
        self.others.get(&entry).and_then(|other| other.counted.as_ref()).is_none_or(|counted| counted.pending)
    }

    /// Returns why a target cannot be compared.
    pub fn error(&self, entry: EntryId) -> Option<&str> {
        self.others.get(&entry)?.error.as_deref()
    }

    /// Returns the target of modes with two sides: the chosen one, or else the first. The series of a run stays chosen at
    /// other steps.
    pub fn chosen(&self) -> Option<&Target> {
        let targets = || self.targets.iter();
        let run = |id: SeriesId| {
            targets().find(|target| matches!(target.look, Look::Run(_)) && target.entry.series_id() == id)
        };
        let same = targets().find(|target| Some(target.entry) == self.chosen);
        same.or_else(|| run(self.chosen?.series_id())).or(self.targets.first())
    }
}

impl Model {
    /// Returns the title of a comparison: what differs between both sides, then what they share. `None` without one.
    pub fn comparison_title(&self) -> Option<String> {
        let comparison = &self.comparison;
        let current = self.entry_name(self.current.as_ref()?.entry);
        let (chosen, others) = (comparison.chosen()?, comparison.total.saturating_sub(1));
        let is_list = comparison.mode == CompareMode::Overlay && others > 0;
        if !is_list {
            return Some(current.versus(comparison.mode.sign(), &self.entry_name(chosen.entry)));
        }
        Some(format!("{current} vs. {} others", comparison.total))
    }

    /// Returns the name of a target: what differs from the current histogram.
    pub fn target_name(&self, target: &Target) -> String {
        let name = self.entry_name(target.entry);
        self.current
            .as_ref()
            .map_or_else(|| name.to_string(), |current| name.differing(&self.entry_name(current.entry)))
    }
}
