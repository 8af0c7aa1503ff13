//! What can go wrong, as sentences a person can act on, and what went slightly wrong without stopping the reading.
//!
//! [`Error`] ends an operation; [`Problem`] is recoverable, located, and shown beside whatever could be read.
//! Nothing here formats for a terminal: control characters are made visible where text is printed.

use std::fmt;
use std::path::Path;

/// The one error of the library. Its `Display` is a full sentence without the program's name in front.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A source could not be read at all. `why` names the place inside it and the remedy.
    #[error("cannot read {what}: {why}")]
    Read { what: String, why: String },
    /// An entry of a log could not be read: where in the file, and under which key.
    #[error("cannot read {what}: {at}, under '{key}': {why}")]
    Entry { what: String, at: At, key: String, why: String },
    /// A target could not be written; what was there before is untouched.
    #[error("cannot write {what}: {why}")]
    Write { what: String, why: String },
    /// The file holds something else than when it was read; nothing was written.
    #[error("cannot write {what}: it has changed since it was read; reload it or save under another name")]
    Changed { what: String },
    /// There is such a file already, and overwriting was not asked for; nothing was written.
    #[error("cannot write {what}: it exists already; choose another name or ask to overwrite it (--force)")]
    Exists { what: String },
    /// numpy's or W&B's own condition, in their own words.
    #[error("{0}")]
    Value(String),
    /// Bins that cannot be made; in numpy's words where the condition is numpy's.
    #[error(transparent)]
    Hist(#[from] crate::hist::Error),
    /// What was asked for does not exist or is not unique (a key, a step).
    #[error("{0}")]
    Select(String),
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// A source that cannot be read.
    pub fn read(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::Read { what: what.into(), why: why.to_string() }
    }

    /// A file that cannot be read, named as the user typed it.
    pub fn read_file(path: &Path, why: impl fmt::Display) -> Self {
        Self::read(path.display().to_string(), why)
    }

    /// A file that cannot be written.
    pub fn write_file(path: &Path, why: impl fmt::Display) -> Self {
        Self::Write { what: path.display().to_string(), why: why.to_string() }
    }
}

/// Where in a source a [`Problem`] sits. Lines, columns, rows and blocks count from 1, bytes from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// A byte offset in the file.
    Byte(u64),
    /// A line of a text file.
    Line(u64),
    /// A line and a column (in characters) of a text file.
    LineColumn(u64, u64),
    /// A data row and a column name of a table; the line in the file is where the row starts.
    Cell { line: u64, column: String },
    /// A path inside a document, such as `runs[3].grad`.
    Path(String),
    /// The source as a whole.
    Whole,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(n) => write!(f, "byte {n}"),
            Self::Line(n) => write!(f, "line {n}"),
            Self::LineColumn(line, column) => write!(f, "line {line}, column {column}"),
            Self::Cell { line, column } => write!(f, "line {line}, column '{column}'"),
            Self::Path(path) => f.write_str(path),
            Self::Whole => f.write_str("file"),
        }
    }
}

/// Something a source holds that could not be taken as it stands: located, counted, never dropped silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: At,
    pub message: String,
    /// Nothing is wrong yet: this is the end of something that is still being written.
    pub unfinished: bool,
}

impl Problem {
    pub fn new(at: At, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), unfinished: false }
    }

    /// The end of something that is still being written.
    pub fn unfinished(at: At, message: impl Into<String>) -> Self {
        Self { unfinished: true, ..Self::new(at, message) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}
