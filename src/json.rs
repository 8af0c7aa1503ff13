//! Reader for JSON as Python and W&B write it: it accepts `NaN`, `Infinity`, `-Infinity`, big integers and a byte-order
//! mark, and is strict otherwise. Errors have a line, a column and a path. Every value has its byte range.
//!
//! `wandb` builds values from this tree and `format` searches it. Not here: writing JSON (`hist` formats numbers like
//! Python, `wandb` and `format` build the text) and splitting JSONL into lines (`format::document`).

mod error;
mod number;
mod reader;
mod string;
#[cfg(test)]
mod tests;

use crate::hist::{Number, Numbers};
use reader::Reader;
use std::ops::Range;

pub use error::{Label, SyntaxError, path_text};
pub use number::{Plain, plain, signed};

/// Maximum nesting of arrays and objects. Deeper nesting is an error, which prevents a stack overflow.
pub const MAX_DEPTH: usize = 256;

/// Value with its byte range in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub span: Range<usize>,
    pub node: Node,
}

/// JSON value. Arrays that contain only numbers are stored compactly.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// Array of one or more numbers and nothing else. Boxed, because most nodes of a large document are single values.
    Numbers(Box<Numbers>),
    /// Any other array.
    Array(Vec<Item>),
    /// Object, in file order. Duplicate names are kept; lookups return the last one, like Python.
    Object(Vec<Member>),
}

/// Member of an object. `span` covers name, colon and value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: String,
    pub span: Range<usize>,
    pub value: Item,
}

/// Progress since the last call of a [`Watch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadProgress {
    /// Bytes of the text that were read.
    pub read: usize,
    /// Change of the memory for the values, in bytes; negative if values were freed.
    pub held: isize,
}

/// Callback that receives the progress of reading. Returning false cancels reading.
pub type Watch<'w> = &'w dyn Fn(ReadProgress) -> bool;

/// Reads the number at `at` and returns it with the offset after it; `None` if `at` does not start a number.
pub fn number(text: &[u8], at: usize) -> Option<(Number, usize)> {
    number::read(text, at).ok()
}

/// Reads a text that contains exactly one value.
///
/// # Errors
/// The first syntax error, with its location.
pub fn parse(text: &[u8]) -> Result<Item, SyntaxError> {
    let (item, end) = parse_prefix(text, 0)?;
    parse_end(text, end).map(|()| item)
}

/// Checks that only whitespace follows from `from` to the end of the text.
///
/// # Errors
/// The first other character, with its location.
pub fn parse_end(text: &[u8], from: usize) -> Result<(), SyntaxError> {
    Reader::new(text, from).end().map_err(|failure| failure.locate(text, 0, 1))
}

/// Reads the one value of a line: the bytes `span` of the text, which are line number `line`.
///
/// # Errors
/// The first syntax error, located in the full text without scanning the lines before.
pub fn parse_line(text: &[u8], span: Range<usize>, line: u64) -> Result<Item, SyntaxError> {
    parse_line_watched(text, span, line, &|_| true)
}

/// Reads like [`parse_line`] and reports progress to `watch`.
///
/// # Errors
/// The errors of [`parse_line`], and cancellation by `watch`.
pub fn parse_line_watched(text: &[u8], span: Range<usize>, line: u64, watch: Watch) -> Result<Item, SyntaxError> {
    let text = text.get(..span.end).unwrap_or(text);
    let mut reader = Reader::new(text, span.start).watched(watch);
    let item = reader.root().and_then(|item| reader.end().map(|()| item));
    item.map_err(|failure| failure.locate(text, span.start, line))
}

/// Reads one value that starts at or after `from` and returns it with the offset after it.
///
/// # Errors
/// The first syntax error, located in the full text.
pub fn parse_prefix(text: &[u8], from: usize) -> Result<(Item, usize), SyntaxError> {
    parse_prefix_watched(text, from, &|_| true)
}

/// Reads like [`parse_prefix`] and reports progress to `watch`.
///
/// # Errors
/// The errors of [`parse_prefix`], and cancellation by `watch`.
pub fn parse_prefix_watched(text: &[u8], from: usize, watch: Watch) -> Result<(Item, usize), SyntaxError> {
    let mut reader = Reader::new(text, from).watched(watch);
    match reader.root() {
        Ok(item) => Ok((item, reader.at())),
        Err(failure) => Err(failure.locate(text, 0, 1)),
    }
}

impl Node {
    /// Member with this name, the last one as in Python's `json`; `None` without it, or if the value is not an object.
    pub fn get(&self, name: &str) -> Option<&Item> {
        match self {
            Self::Object(members) => members.iter().rev().find(|m| m.name == name).map(|m| &m.value),
            _ => None,
        }
    }

    /// Type of the value for messages, such as `a string` or `an array`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::Numbers(_) | Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}
