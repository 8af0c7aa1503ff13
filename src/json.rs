//! JSON as Python and W&B write it: bare `NaN`, `Infinity`, `-Infinity`, big integers, a byte-order mark; everything
//! else strict, with the line, the column and the path of an error, and the byte range of every value.
//!
//! A leaf: `wandb` builds values from this tree and `format` finds them in it, so it belongs to neither. Not here:
//! writing JSON (`wandb` has Python's text) and splitting JSONL into lines (`format::document`).

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

/// How deep arrays and objects may be nested; what is deeper is an error rather than an overflowing stack.
pub const MAX_DEPTH: usize = 256;

/// A value with the bytes it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub span: Range<usize>,
    pub node: Node,
}

/// A JSON value. Arrays of numbers alone are kept compactly.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// A non-empty array of nothing but numbers; boxed, since most nodes of a big document are single values.
    Numbers(Box<Numbers>),
    Array(Vec<Item>),
    /// In file order; duplicate names are kept, look-ups take the last, as Python does.
    Object(Vec<Member>),
}

/// A member of an object; `span` covers name, colon and value.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: String,
    pub span: Range<usize>,
    pub value: Item,
}

/// What a reader tells now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Bytes of the text that were read since.
    pub read: usize,
    /// Bytes of memory that the values read since take; fewer than 0 where some were given up.
    pub held: isize,
}

/// Who is told how far reading is, and stops it by returning false.
pub type Watch<'w> = &'w dyn Fn(Told) -> bool;

/// The number that starts at `at`, and the offset behind it; `None` where none does.
pub fn number(text: &[u8], at: usize) -> Option<(Number, usize)> {
    number::read(text, at).ok()
}

/// Reads one value and everything up to the end of the text.
///
/// # Errors
/// The first violation, located.
pub fn parse(text: &[u8]) -> Result<Item, SyntaxError> {
    let (item, end) = parse_prefix(text, 0)?;
    parse_end(text, end).map(|()| item)
}

/// Makes sure that nothing but blanks stands between `from` and the end of the text.
///
/// # Errors
/// What stands there, located.
pub fn parse_end(text: &[u8], from: usize) -> Result<(), SyntaxError> {
    Reader::new(text, from).end().map_err(|failure| failure.locate(text, 0, 1))
}

/// Reads the one value of a line: the bytes `span` of the text, known to be line number `line`.
///
/// # Errors
/// The first violation, located in the whole text without looking at the lines before.
pub fn parse_line(text: &[u8], span: Range<usize>, line: u64) -> Result<Item, SyntaxError> {
    parse_line_watched(text, span, line, &|_| true)
}

/// As [`parse_line`], watched.
///
/// # Errors
/// As [`parse_line`], and having been stopped.
pub fn parse_line_watched(text: &[u8], span: Range<usize>, line: u64, watch: Watch) -> Result<Item, SyntaxError> {
    let text = text.get(..span.end).unwrap_or(text);
    let mut reader = Reader::new(text, span.start).watched(watch);
    let item = reader.whole().and_then(|item| reader.end().map(|()| item));
    item.map_err(|failure| failure.locate(text, span.start, line))
}

/// Reads one value that starts at or after `from` and returns it with the offset behind it.
///
/// # Errors
/// The first violation, located in the whole text.
pub fn parse_prefix(text: &[u8], from: usize) -> Result<(Item, usize), SyntaxError> {
    parse_prefix_watched(text, from, &|_| true)
}

/// As [`parse_prefix`], watched.
///
/// # Errors
/// As [`parse_prefix`], and having been stopped.
pub fn parse_prefix_watched(text: &[u8], from: usize, watch: Watch) -> Result<(Item, usize), SyntaxError> {
    let mut reader = Reader::new(text, from).watched(watch);
    match reader.whole() {
        Ok(item) => Ok((item, reader.at())),
        Err(failure) => Err(failure.locate(text, 0, 1)),
    }
}

impl Node {
    /// A member by name: the last of that name, as Python's `json` keeps.
    pub fn get(&self, name: &str) -> Option<&Item> {
        match self {
            Self::Object(members) => members.iter().rev().find(|m| m.name == name).map(|m| &m.value),
            _ => None,
        }
    }

    /// What it is, for sentences: `a string`, `an array` …
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
