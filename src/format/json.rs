//! JSON as Python and W&B write it: bare `NaN`, `Infinity`, `-Infinity`, big integers, a byte-order mark; everything
//! else strict, with the line, the column and the path of an error, and the byte range of every value.

use crate::hist::{Number, Numbers};
use std::ops::Range;

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
    /// A non-empty array of nothing but numbers.
    Numbers(Numbers),
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

/// Reads one value and everything up to the end of the text.
///
/// # Errors
/// The first violation, located.
pub fn parse(text: &[u8]) -> Result<Item, SyntaxError> {
    let _ = text;
    todo!()
}

/// Reads one value that starts at or after `from` and returns it with the offset behind it.
///
/// # Errors
/// The first violation, located in the whole text.
pub fn parse_prefix(text: &[u8], from: usize) -> Result<(Item, usize), SyntaxError> {
    let _ = (text, from);
    todo!()
}

impl Node {
    /// A member by name: the last of that name, as Python's `json` keeps.
    pub fn get(&self, name: &str) -> Option<&Item> {
        match self {
            Self::Object(members) => members.iter().rev().find(|m| m.name == name).map(|m| &m.value),
            _ => None,
        }
    }
}
