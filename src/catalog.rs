//! Plain data about open sources: their series, steps and entries, and the content of an entry.
//!
//! Not here: reading. `source` creates these values, `app` and `view` use them.

mod names;
mod scalars;
mod stamp;

pub use names::{RunName, SourceLabel, SourceNames};
pub use scalars::{ScalarCollector, Scalars};
pub use stamp::{Stamp, StampHasher};

use crate::engine::{Population, Task};
use crate::error::{Error, Problem};
use crate::hist::EntryStats;
use crate::wandb;
use std::cmp::Reverse;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Position of one histogram or array among everything open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId {
    /// Index of the source, in the order of opening.
    pub source: usize,
    /// Index of the series in its source.
    pub series: usize,
    /// Index of the entry in its series. Not the logged step number.
    pub index: usize,
}

/// Position of one series among everything open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId {
    /// Index of the source, in the order of opening.
    pub source: usize,
    /// Index of the series in its source.
    pub series: usize,
}

impl SeriesId {
    /// Returns one of its entries, by position.
    pub fn at(self, index: usize) -> EntryId {
        EntryId { source: self.source, series: self.series, index }
    }
}

impl EntryId {
    /// Returns the series of the entry.
    pub fn series_id(self) -> SeriesId {
        SeriesId { source: self.source, series: self.series }
    }
}

impl From<EntryId> for SeriesId {
    fn from(entry: EntryId) -> Self {
        entry.series_id()
    }
}

/// Kind of content in a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesKind {
    /// Logged histograms.
    Histogram,
    /// Raw samples.
    Samples,
}

/// Steps of a series, in order of logging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Steps {
    /// The logged step numbers, shared by series that were logged together.
    Known(Arc<[i64]>),
    /// Number of entries, logged without step numbers.
    Unknown(usize),
}

/// Everything logged under one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Labels of the key, not joined. Empty for the root of a document or of an array file. Shared by runs that log the
    /// same keys.
    pub path: Arc<[String]>,
    pub kind: SeriesKind,
    pub steps: Steps,
    /// Problems in the entries of this series, each with its location.
    pub problems: Vec<Problem>,
}

/// Description of an open source.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceInfo {
    /// Name as the user typed it: a path, `-`, or `demo`.
    pub name: String,
    /// Name of the run that it contains; `None` for plain files.
    pub run: Option<RunName>,
    /// Description in one line: `W&B run brave-fog-3 · project mnist · finished · lr=0.1`, `npy float32 (1000, 64)`. May
    /// be empty.
    pub title: String,
    /// Further details as names and values, for example the start time and the configuration of a run.
    pub details: Vec<(String, String)>,
    /// True if more may be logged to it.
    pub growing: bool,
    /// True if it combines several files. Then every problem is reported, not only the first.
    pub is_pool: bool,
    /// True if some of these files were skipped.
    pub incomplete: bool,
    pub series: Vec<Series>,
    /// Problems of the source itself, not of one series.
    pub problems: Vec<Problem>,
    /// NaN and infinities in the series that were read on opening, each at the first one.
    pub non_finite: Vec<Problem>,
}

/// Content of one entry.
#[derive(Debug, Clone)]
pub enum Content {
    Logged(Logged),
    Raw(Arc<Population>),
}

/// Logged histogram and its position in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    pub histogram: Arc<wandb::Histogram>,
    /// Bytes that a save replaces; `None` for read-only logs.
    pub origin: Option<FileSpan>,
}

/// Bytes of one histogram in a text file, and a stamp to check that the file is unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSpan {
    pub path: PathBuf,
    /// Bytes of the value (an object, or a pair) in the file as it was read.
    pub span: Range<usize>,
    /// Bytes of each `"name": value` of the object other than `_type`, `values` and `bins`. A save keeps them.
    pub extra: Vec<Range<usize>>,
    pub stamp: Stamp,
}

impl Content {
    pub fn kind(&self) -> SeriesKind {
        match self {
            Self::Logged(_) => SeriesKind::Histogram,
            Self::Raw(_) => SeriesKind::Samples,
        }
    }

    /// Computes all statistics, with these quantiles. For samples, this makes several passes.
    ///
    /// # Errors
    /// A malformed histogram, a stream that cannot be read, or [`Error::Cancelled`].
    pub fn stats(&self, probabilities: &[f64], task: &Task) -> Result<EntryStats, Error> {
        match self {
            Self::Logged(logged) => Ok(EntryStats::of_histogram(&logged.histogram.to_hist()?, probabilities)),
            Self::Raw(population) => population.entry_stats(probabilities, task),
        }
    }
}

impl SourceInfo {
    /// Returns the display name of a series: its key, or the name of the source if the key is empty.
    pub fn name_of(&self, series: usize) -> String {
        let key = self.series.get(series).map(Series::key).unwrap_or_default();
        // The name of a pool with one series already contains the key.
        let alone = self.is_pool && self.series.len() == 1;
        if key.is_empty() || alone { self.name.clone() } else { key }
    }

    /// Returns true if all entries of an earlier state of the source keep their positions.
    pub fn continues(&self, before: &Self) -> bool {
        let same = |(old, new): (&Series, &Series)| {
            (&old.path, old.kind) == (&new.path, new.kind)
                && match (&old.steps, &new.steps) {
                    (Steps::Known(old), Steps::Known(new)) => new.starts_with(&old[..]),
                    (old, new) => old.len() <= new.len(),
                }
        };
        before.series.len() <= self.series.len() && before.series.iter().zip(&self.series).all(same)
    }
}

impl Series {
    /// Creates a series of logged histograms.
    pub fn histograms(path: impl Into<Arc<[String]>>, steps: Steps, problems: Vec<Problem>) -> Self {
        Self { path: path.into(), kind: SeriesKind::Histogram, steps, problems }
    }

    /// Creates a series with one array of raw samples.
    pub fn samples(path: impl Into<Arc<[String]>>, problems: Vec<Problem>) -> Self {
        Self { path: path.into(), kind: SeriesKind::Samples, steps: Steps::Unknown(1), problems }
    }

    /// Returns the key like W&B shows it: its labels joined with `.`.
    pub fn key(&self) -> String {
        self.path.join(".")
    }

    /// Returns the last step number, if step numbers are known.
    pub fn last_step(&self) -> Option<i64> {
        self.steps.number(self.steps.len().checked_sub(1)?)
    }
}

impl Steps {
    /// Number of entries.
    pub fn len(&self) -> usize {
        match self {
            Self::Known(at) => at.len(),
            Self::Unknown(n) => *n,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the logged step number of an entry, if step numbers are known.
    pub fn number(&self, index: usize) -> Option<i64> {
        match self {
            Self::Known(at) => at.get(index).copied(),
            Self::Unknown(_) => None,
        }
    }

    /// Returns the index of the entry whose step number is nearest; of two that are equally near, the smaller number.
    /// `None` without entries.
    pub fn nearest(&self, number: i64) -> Option<usize> {
        let distance = |index: usize| {
            let step = self.number(index).unwrap_or(index as i64);
            (step.abs_diff(number), step > number, Reverse(index))
        };
        (0..self.len()).min_by_key(|index| distance(*index))
    }

    /// Returns the index of the last entry whose step number is at most `number`; `None` if all are larger. Without step
    /// numbers, the number is the index.
    pub fn at_or_before(&self, number: i64) -> Option<usize> {
        match self {
            // A run that was restarted can log a step twice, so the numbers may decrease.
            Self::Known(at) => at.iter().rposition(|step| *step <= number),
            Self::Unknown(n) => usize::try_from(number).ok()?.min(n.checked_sub(1)?).into(),
        }
    }

    /// Returns the index of the last entry logged under a step number. Without step numbers, the number is the index.
    pub fn find(&self, number: i64) -> Option<usize> {
        match self {
            Self::Known(at) => at.iter().rposition(|step| *step == number),
            Self::Unknown(n) => usize::try_from(number).ok().filter(|index| index < n),
        }
    }
}
