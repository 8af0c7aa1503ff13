//! Syntax errors with their location.

use std::fmt::{self, Write as _};

/// Syntax error in a JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset in the text.
    pub byte: usize,
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
    /// Path in the document, such as `runs[3].grad`; empty at the root.
    pub path: String,
    /// Description of the error.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, ", in {}", self.path)?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Element of a path into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// Name of an object's member.
    Name(String),
    /// Index of an array's element, from 0.
    Index(usize),
}

/// Number of characters to keep at each end of a long path.
const ENDS: usize = 60;

/// Formats a path like `runs[3].grad`. Ambiguous names are quoted, like `runs["a.b"]`. Long paths are shortened in the
/// middle.
pub fn path_text<'a>(labels: impl IntoIterator<Item = &'a Label>) -> String {
    let mut text = String::new();
    for label in labels {
        // Writing to a string cannot fail.
        let _ = match label {
            Label::Index(index) => write!(text, "[{index}]"),
            Label::Name(name) if name.is_empty() || name.contains(['.', '[', ']', '"', '\\', ' ']) => {
                write!(text, "[{name:?}]")
            }
            Label::Name(name) if text.is_empty() => text.write_str(name),
            Label::Name(name) => write!(text, ".{name}"),
        };
    }
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if let Some(end) = starts.len().checked_sub(ENDS).filter(|end| *end > ENDS) {
        text.replace_range(starts[ENDS]..starts[end], "…");
    }
    text
}

/// Error inside the reader. Every enclosing array and object adds a label.
#[derive(Debug)]
pub(super) struct Failure {
    byte: usize,
    message: String,
    /// Innermost first.
    labels: Vec<Label>,
}

impl Failure {
    pub(super) fn new(byte: usize, message: impl Into<String>) -> Self {
        Self { byte, message: message.into(), labels: Vec::new() }
    }

    pub(super) fn inside(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    /// Finds line and column. Line number `line` starts at byte `from`.
    pub(super) fn locate(self, text: &[u8], from: usize, line: u64) -> SyntaxError {
        let before = &text[from.min(text.len())..self.byte.min(text.len())];
        let last = before.iter().rposition(|byte| *byte == b'\n').map_or(before, |newline| &before[newline + 1..]);
        let last = last.strip_prefix(super::reader::BOM).unwrap_or(last);
        // Every byte except UTF-8 continuation bytes starts a character.
        let characters = last.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        SyntaxError {
            byte: self.byte,
            line: line + before.split(|byte| *byte == b'\n').skip(1).count() as u64,
            column: characters as u64 + 1,
            path: path_text(self.labels.iter().rev()),
            message: self.message,
        }
    }
}
