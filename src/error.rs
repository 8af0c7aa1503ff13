//! Errors of the library, with messages that the user can act on.
//!
//! [`Error`] ends an operation. [`Problem`] is recoverable: it has a location and is shown with the data that was
//! readable. Messages may contain control characters of file names; the code that prints them escapes these.

use std::fmt;
use std::io;
use std::path::Path;

/// Error of the library. `Display` is a full sentence without the program's name.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A source cannot be read at all. `why` has the location inside it and the remedy.
    #[error("cannot read {what}: {why}")]
    Read { what: String, why: String },
    /// An entry of a log cannot be read.
    #[error("cannot read {what}: {at}, under '{key}': {why}")]
    Entry { what: String, at: At, key: String, why: String },
    /// A file cannot be written. Its previous content is unchanged.
    #[error("cannot write {what}: {why}")]
    Write { what: String, why: String },
    /// The file has changed since it was read. Nothing was written.
    #[error("cannot write {what}: the file has changed since it was read; reload it or save under another name")]
    Changed { what: String },
    /// The file exists, and overwriting was not requested. Nothing was written.
    #[error("cannot write {what}: file exists; choose another name or pass --force")]
    Exists { what: String },
    /// Condition of numpy or W&B, in their words.
    #[error("{0}")]
    Value(String),
    /// Invalid bins or edit; in numpy's words for numpy's conditions.
    #[error(transparent)]
    Hist(#[from] crate::hist::Error),
    /// A requested key or step does not exist or is ambiguous.
    #[error("{0}")]
    Select(String),
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Error {
    /// Creates an [`Error::Read`].
    pub fn read(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::Read { what: what.into(), why: why.to_string() }
    }

    /// Creates an [`Error::Read`] for a file, with the path that the user typed.
    pub fn read_file(path: &Path, why: impl fmt::Display) -> Self {
        Self::read(path.display().to_string(), why)
    }

    /// Creates an [`Error::Write`] for a file.
    pub fn write_file(path: &Path, why: impl fmt::Display) -> Self {
        Self::Write { what: path.display().to_string(), why: why.to_string() }
    }
}

/// Returns the reason of a failed operation without the number of the error, such as `No space left on device`.
pub fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => text.trim_end_matches(&format!(" (os error {number})")).to_owned(),
        None => text,
    }
}

/// Location of a [`Problem`] in a source. Lines, columns, rows and blocks count from 1, bytes from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// Byte offset in the file.
    Byte(u64),
    /// Line of a text file.
    Line(u64),
    /// Line and column (in characters) of a text file.
    LineColumn(u64, u64),
    /// Row and column of a table. `line` is the line of the file on which the row starts.
    Cell { line: u64, column: String },
    /// Row of a table without lines. If a row has several values, `value` is the position of one, also from 1.
    Row { row: u64, value: Option<u64> },
    /// Path in a document, such as `runs[3].grad`.
    Path(String),
    /// Indices of an array element, as in numpy.
    Element(Vec<u64>),
    /// Entire source.
    Whole,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(n) => write!(f, "byte {n}"),
            Self::Line(n) => write!(f, "line {n}"),
            Self::LineColumn(line, column) => write!(f, "line {line}, column {column}"),
            Self::Cell { line, column } => write!(f, "line {line}, column '{column}'"),
            Self::Row { row, value: None } => write!(f, "row {row}"),
            Self::Row { row, value: Some(value) } => write!(f, "row {row}, value {value}"),
            Self::Path(path) => f.write_str(path),
            Self::Element(indices) => write!(f, "{indices:?}"),
            Self::Whole => f.write_str("file"),
        }
    }
}

/// Part of a source that cannot be used. Problems are always counted and reported, never dropped silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub at: At,
    pub message: String,
    /// True if this is the end of a file that is still being written, which is not an error yet.
    pub unfinished: bool,
    /// True if a rule finds it, too, when it sees the entry.
    pub has_finding: bool,
}

impl Problem {
    /// Creates a problem.
    pub fn new(at: At, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), unfinished: false, has_finding: false }
    }

    /// Creates a problem for the end of a file that is still being written.
    pub fn unfinished(at: At, message: impl Into<String>) -> Self {
        Self { unfinished: true, ..Self::new(at, message) }
    }
}

impl Problem {
    /// Returns true if nothing is damaged: rebin leaves out what has no numbers, or rounds numbers that it cannot represent.
    pub fn is_notice(&self) -> bool {
        let message = &self.message;
        ["skipped column", "skipped lists", "skipped: not", "rounded to", "flattened into"]
            .iter()
            .any(|words| message.contains(words))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.message)
    }
}
