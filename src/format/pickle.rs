//! Python pickles as plain values.
//!
//! A pickle is a program for a stack machine that may import and call any function. This reader runs the machine, but never
//! imports or calls anything: a function stays a name, and a call stays a value with the function and its arguments. All
//! protocols are read. Values are in one list and refer to each other by their positions, so that shared and recursive
//! objects cost as much as the bytes that define them.

mod input;
mod machine;
#[cfg(test)]
mod tests;

use super::DecodeError;
use crate::engine::{Budget, Reservation};
use std::borrow::Cow;

pub use input::{Input, Skip};

/// Texts and bytes up to this length are kept. Of longer ones, only the position is known.
const MAX_KEPT: u64 = 64 << 10;

/// Position of a value in its pickle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Id(u32);

/// A Python object.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Blob),
    Bytes(Blob),
    Tuple(Box<[Id]>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Set(Vec<Id>),
    Global(Box<Global>),
    Call(Box<Call>),
    /// An object that the program which wrote the pickle stores elsewhere, with the identifier that it chose.
    Persistent(Id),
    /// An integer of more than 64 bits, or an object of a registry that the pickle does not contain.
    Opaque,
}

/// Name of a class or function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Global {
    pub module: String,
    pub name: String,
}

/// The result of a call, which was not made.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub function: Id,
    /// A tuple, unless the pickle is unusual.
    pub args: Id,
    /// Arguments with names.
    pub named: Option<Id>,
    /// States that the object receives after the call.
    pub states: Vec<Id>,
    /// Items that are added to the object like to a list or a set.
    pub items: Vec<Id>,
    /// Items that are added to the object like to a dict.
    pub pairs: Vec<(Id, Id)>,
}

/// Bytes of a text or of a bytes object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Position of the first byte in the input.
    pub at: u64,
    pub len: u64,
    /// The bytes, unless there are many.
    pub bytes: Option<Box<[u8]>>,
}

/// All values of a pickle.
#[derive(Debug)]
pub struct Pickle {
    values: Vec<Value>,
    root: Id,
    references: usize,
    /// Memory of the values.
    _reserved: Reservation,
}

impl Pickle {
    /// Reads one pickle, up to its end. More data may follow it in the input.
    ///
    /// # Errors
    /// The pickle is damaged or truncated, or its values exceed the memory budget.
    pub fn read(input: &mut Input<'_>, memory: &Budget) -> Result<Self, DecodeError> {
        machine::Machine::new(input, memory).run()
    }

    pub fn root(&self) -> Id {
        self.root
    }

    /// Returns a value. All identifiers in a pickle are valid.
    pub fn get(&self, id: Id) -> &Value {
        self.values.get(id.0 as usize).unwrap_or(&Value::Opaque)
    }

    /// Returns all identifiers.
    pub fn ids(&self) -> impl Iterator<Item = Id> {
        (0..self.values.len() as u32).map(Id)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Maximum number of references to values in other values.
    pub fn references(&self) -> usize {
        self.references
    }

    /// Returns a text, if it is short enough to be kept.
    pub fn text(&self, id: Id) -> Option<Cow<'_, str>> {
        match self.get(id) {
            Value::Text(blob) => blob.bytes.as_deref().map(String::from_utf8_lossy),
            _ => None,
        }
    }

    pub fn int(&self, id: Id) -> Option<i64> {
        match self.get(id) {
            Value::Int(i) => Some(*i),
            Value::Bool(b) => Some(i64::from(*b)),
            _ => None,
        }
    }

    /// Returns the items of a tuple or a list.
    pub fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Value::Tuple(items) => Some(items),
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the module and the name of a global.
    pub fn global(&self, id: Id) -> Option<(&str, &str)> {
        match self.get(id) {
            Value::Global(global) => Some((&global.module, &global.name)),
            _ => None,
        }
    }

    /// Returns a call, the name of its function, and its arguments.
    pub fn call(&self, id: Id) -> Option<(&Call, (&str, &str), &[Id])> {
        match self.get(id) {
            Value::Call(call) => Some((call, self.global(call.function)?, self.items(call.args).unwrap_or_default())),
            _ => None,
        }
    }

    /// Returns the last value under a key of a dict.
    pub fn member(&self, dict: Id, key: &str) -> Option<Id> {
        let pairs = match self.get(dict) {
            Value::Dict(pairs) => pairs,
            Value::Call(call) => &call.pairs,
            _ => return None,
        };
        pairs.iter().rev().find(|(name, _)| self.text(*name).as_deref() == Some(key)).map(|(_, value)| *value)
    }
}

impl Id {
    /// Returns the position as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
