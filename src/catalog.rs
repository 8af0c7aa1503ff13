//! What can be opened, as plain values: sources, their series, steps, and the content of one place.
//!
//! No input or output here: `source` fills these in, `app` and `view` read them.

use crate::engine::Population;
use crate::error::Problem;
use crate::wandb;
use std::hash::{DefaultHasher, Hasher as _};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// One histogram or array among everything that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntryId {
    /// Index of the source in the order of opening.
    pub source: usize,
    /// Index of the series in its source.
    pub series: usize,
    /// Index of the step in its series (a position, not the logged step number).
    pub step: usize,
}

/// One series among everything that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesId {
    /// Index of the source in the order of opening.
    pub source: usize,
    /// Index of the series in its source.
    pub series: usize,
}

impl SeriesId {
    /// One of its steps, by position.
    pub fn at(self, step: usize) -> EntryId {
        EntryId { source: self.source, series: self.series, step }
    }
}

impl EntryId {
    /// The series that it is a step of.
    pub fn series_id(self) -> SeriesId {
        SeriesId { source: self.source, series: self.series }
    }
}

impl From<EntryId> for SeriesId {
    fn from(entry: EntryId) -> Self {
        entry.series_id()
    }
}

/// What kind of content a series has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesKind {
    /// Already binned.
    Histogram,
    /// Raw samples.
    Samples,
}

/// The steps of a series, in order of logging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Steps {
    /// The logged step numbers.
    Known(Vec<i64>),
    /// So many entries without a step number.
    Unknown(usize),
}

/// One series: everything logged under one key.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The unjoined labels of the key; empty for the root of a document or an array file.
    pub path: Vec<String>,
    pub kind: SeriesKind,
    pub steps: Steps,
    /// What was wrong with this series' entries, each located.
    pub problems: Vec<Problem>,
}

/// What is known of a source once it is opened.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SourceInfo {
    /// As the user typed it: a path, `-`, or `demo`.
    pub name: String,
    /// One line on what it is: `W&B run brave-fog-3 · project mnist · finished · lr=0.1`, `npy float32 (1000, 64)`; may be empty.
    pub title: String,
    /// What more it says of itself, as names and values: who logged it, when, its configuration.
    pub details: Vec<(String, String)>,
    /// Whether more may still be logged to it.
    pub growing: bool,
    /// Whether several files are one here, each of whose problems is of interest.
    pub is_pool: bool,
    /// Whether some of these files are left out.
    pub incomplete: bool,
    pub series: Vec<Series>,
    /// Problems that belong to the source as a whole.
    pub problems: Vec<Problem>,
}

/// The content of one place.
#[derive(Debug, Clone)]
pub enum Content {
    Logged(Logged),
    Raw(Arc<Population>),
}

/// A logged histogram, where it came from and what was wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Logged {
    pub histogram: Arc<wandb::Histogram>,
    /// Where it can be written back in place; `None` for read-only logs.
    pub origin: Option<FileSpan>,
}

/// A byte range of a text file that holds one histogram, and how to know whether the file is still the one that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSpan {
    pub path: PathBuf,
    /// The bytes of the value (an object, or a pair) in the file as it was read.
    pub span: Range<usize>,
    /// Members of the object besides `_type`, `values` and `bins`: the bytes of each `"name": value`, kept on rewriting.
    pub extra: Vec<Range<usize>>,
    pub stamp: Stamp,
}

/// What a file looked like when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Length in bytes.
    pub len: u64,
    /// A 64-bit hash of the whole content.
    pub hash: u64,
}

impl Stamp {
    /// Of a file's whole content. Comparable within one run of the program only.
    pub fn of(content: &[u8]) -> Self {
        Stamping::default().and(content)
    }
}

/// The stamp of a file that grows.
#[derive(Debug, Clone, Default)]
pub struct Stamping {
    len: u64,
    hasher: DefaultHasher,
}

impl Stamping {
    /// Goes on with more of the content.
    pub fn add(&mut self, more: &[u8]) {
        self.hasher.write(more);
        self.len += more.len() as u64;
    }

    /// The stamp of what there was so far with this behind it.
    pub fn and(&self, rest: &[u8]) -> Stamp {
        let mut whole = self.clone();
        whole.add(rest);
        Stamp { len: whole.len, hash: whole.hasher.finish() }
    }
}

impl Content {
    pub fn kind(&self) -> SeriesKind {
        match self {
            Self::Logged(_) => SeriesKind::Histogram,
            Self::Raw(_) => SeriesKind::Samples,
        }
    }
}

impl SourceInfo {
    /// A series' name for people: its key, or the source's name where the key is empty.
    pub fn name_of(&self, series: usize) -> String {
        let key = self.series.get(series).map(Series::key).unwrap_or_default();
        // Of one series in several files, the source's name says both.
        let alone = self.is_pool && self.series.len() == 1;
        if key.is_empty() || alone { self.name.clone() } else { key }
    }

    /// Whether every place of an earlier state of the source is still what it was.
    pub fn continues(&self, before: &Self) -> bool {
        let same = |(old, new): (&Series, &Series)| {
            (&old.path, old.kind) == (&new.path, new.kind)
                && match (&old.steps, &new.steps) {
                    (Steps::Known(old), Steps::Known(new)) => new.starts_with(old),
                    (old, new) => old.len() <= new.len(),
                }
        };
        before.series.len() <= self.series.len() && before.series.iter().zip(&self.series).all(same)
    }
}

impl Series {
    /// The key as W&B shows it: labels joined with `.`.
    pub fn key(&self) -> String {
        self.path.join(".")
    }

    /// The number of its last step, where it is known.
    pub fn last_step(&self) -> Option<i64> {
        self.steps.number(self.steps.len().checked_sub(1)?)
    }
}

impl Steps {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Known(at) => at.len(),
            Self::Unknown(n) => *n,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The logged step number of an entry, where it is known.
    pub fn number(&self, index: usize) -> Option<i64> {
        match self {
            Self::Known(at) => at.get(index).copied(),
            Self::Unknown(_) => None,
        }
    }

    /// The entry for a step number: the last one logged under it, or the position itself where steps are not known.
    pub fn find(&self, number: i64) -> Option<usize> {
        match self {
            Self::Known(at) => at.iter().rposition(|step| *step == number),
            Self::Unknown(n) => usize::try_from(number).ok().filter(|index| index < n),
        }
    }
}
