//! Where a text stops being JSON.

use std::fmt::{self, Write as _};

/// Why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte offset in the text that was given.
    pub byte: usize,
    /// From 1.
    pub line: u64,
    /// From 1, in characters.
    pub column: u64,
    /// Where in the document: `runs[3].grad`; empty at the root.
    pub path: String,
    /// What was expected or found.
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

/// One step on the way into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// A member of an object.
    Name(String),
    /// An element of an array, from 0.
    Index(usize),
}

/// How many characters of either end of a path are written, at the least.
const ENDS: usize = 60;

/// A path as people write it: `runs[3].grad`, with names that would be misread quoted: `runs["a.b"]`. Of a very long one
/// the middle is left out.
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

/// An error on its way out of the reader: every array and object it leaves adds its label.
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

    /// Counts lines and columns from the byte `from` on, where line number `line` starts.
    pub(super) fn locate(self, text: &[u8], from: usize, line: u64) -> SyntaxError {
        let before = &text[from.min(text.len())..self.byte.min(text.len())];
        let last = before.iter().rposition(|byte| *byte == b'\n').map_or(before, |newline| &before[newline + 1..]);
        let last = last.strip_prefix(super::reader::BOM).unwrap_or(last);
        // Every byte but UTF-8's continuations starts a character.
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
