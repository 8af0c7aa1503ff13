//! ONNX models: the initializers of a graph, which are its weights.
//!
//! A model is a protobuf message. It is walked field by field, and the bytes of tensors are only located: they can be
//! counted in place, in the model or in the file with external data that a tensor names. Not here: paths (`source`),
//! strings, complex numbers, sparse tensors, and the tensors of `Constant` nodes.

mod tensor;
#[cfg(test)]
mod tests;
mod wire;

use super::names::unique;
use super::{DecodeError, Problems};
use crate::engine::{Budget, Reservation};
use crate::error::{At, Problem};
use std::collections::HashSet;
use std::io::{Read, Seek};
use std::ops::Range;
use tensor::Entry;
use wire::{Value, Wire};

pub use tensor::{Data, External, Tensor, read_data};

/// End of the names of ONNX models.
pub const SUFFIX: &str = ".onnx";

/// Maximum depth of graphs inside nodes.
const MAX_DEPTH: usize = 64;

/// Bytes of memory for a tensor, in addition to its name and shape.
const PER_TENSOR: u64 = 512;

/// Numbers and wire types of the fields of `ModelProto`.
const MODEL_FIELDS: [(u64, u64); 12] =
    [(1, 0), (2, 2), (3, 2), (4, 2), (5, 0), (6, 2), (7, 2), (8, 2), (14, 2), (20, 2), (25, 2), (26, 2)];

/// The weights of a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// In the order of the file.
    pub tensors: Vec<Tensor>,
    /// Names and values of the description.
    pub details: Vec<(String, String)>,
    /// Tensors that cannot be read.
    pub problems: Vec<Problem>,
}

/// Returns true if a file starts like a model: a version, and then fields of a model up to its graph.
pub fn starts_like_model(head: &[u8]) -> bool {
    let mut wire = Wire::new(head, 0);
    // Fields may extend past the head.
    let end = u64::MAX;
    let Ok(Some((1, Value::Varint(1..=99)))) = wire.field(end) else { return false };
    while let Ok(Some((number, value))) = wire.field(end) {
        let kind = if matches!(value, Value::Varint(_)) { 0 } else { 2 };
        if !MODEL_FIELDS.contains(&(number, kind)) {
            return false;
        }
        match value {
            Value::Bytes(_) if number == 7 => return true,
            Value::Bytes(range) => {
                let Some(rest) = usize::try_from(range.end).ok().and_then(|end| head.get(end..)) else { return false };
                wire = Wire::new(rest, range.end);
            }
            _ => {}
        }
    }
    false
}

impl Model {
    /// Finds the weights in a model of `len` bytes.
    ///
    /// # Errors
    /// The message is damaged before its first tensor, or its tensors exceed the memory budget.
    pub fn read(input: impl Read + Seek, len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let mut walk = Walk {
            wire: Wire::new(input, 0),
            found: Self::default(),
            problems: Problems::default(),
            names: HashSet::new(),
            held: memory.reservation(),
            constants: 0,
            has_graph: false,
        };
        let ended = walk.model(len);
        memory.check()?;
        let Walk { mut found, mut problems, has_graph, constants, held, .. } = walk;
        match ended {
            Err(why) if found.tensors.is_empty() => {
                return Err(DecodeError::new(format!("not a complete ONNX model: {why}")));
            }
            Err(why) => problems.push(Problem::new(At::Whole, format!("the rest of the model is missing: {why}"))),
            Ok(()) if !has_graph => return Err(DecodeError::new("not an ONNX model: it has no graph")),
            Ok(()) => {}
        }
        let names = unique(found.tensors.iter().map(|tensor| tensor.name.clone()));
        found.tensors.iter_mut().zip(names).for_each(|(tensor, name)| tensor.name = name);
        if constants > 0 {
            found.details.push(("tensors in Constant nodes, not shown".to_owned(), constants.to_string()));
        }
        found.problems = problems.to_vec();
        held.keep();
        Ok(found)
    }
}

/// State of a walk through a model.
struct Walk<R> {
    wire: Wire<R>,
    found: Model,
    problems: Problems,
    names: HashSet<String>,
    held: Reservation,
    constants: u64,
    has_graph: bool,
}

impl<R: Read + Seek> Walk<R> {
    fn model(&mut self, end: u64) -> Result<(), DecodeError> {
        while let Some((number, value)) = self.wire.field(end)? {
            match (number, value) {
                (1, Value::Varint(version)) => self.detail("IR version", version.to_string()),
                (2, Value::Bytes(range)) => self.detail_text("producer", range, end)?,
                (3, Value::Bytes(range)) => self.detail_text("producer version", range, end)?,
                (6, Value::Bytes(range)) => self.detail_text("description", range, end)?,
                (7, Value::Bytes(range)) => {
                    self.has_graph = true;
                    self.graph(range, 0)?;
                }
                (_, value) => self.skip(value)?,
            }
        }
        Ok(())
    }

    fn graph(&mut self, graph: Range<u64>, depth: usize) -> Result<(), DecodeError> {
        if depth == MAX_DEPTH {
            let why = format!("a graph inside {MAX_DEPTH} others was left out");
            self.problems.push(Problem::new(At::Byte(graph.start), why));
            return self.wire.seek(graph.end);
        }
        while let Some((number, value)) = self.wire.field(graph.end)? {
            match (number, value) {
                (1, Value::Bytes(range)) => self.nested(range, &[(5, Part::Attribute)], depth)?,
                (2, Value::Bytes(range)) if depth == 0 => self.detail_text("graph", range, graph.end)?,
                (5, Value::Bytes(range)) => self.initializer(range, depth)?,
                (15, Value::Bytes(range)) => self.sparse(range)?,
                (_, value) => self.skip(value)?,
            }
        }
        Ok(())
    }

    /// Walks through a message, and visits some of its messages.
    fn nested(&mut self, message: Range<u64>, parts: &[(u64, Part)], depth: usize) -> Result<(), DecodeError> {
        while let Some((number, value)) = self.wire.field(message.end)? {
            let part = parts.iter().find(|(field, _)| *field == number).map(|(_, part)| part);
            match (part, value) {
                (Some(Part::Attribute), Value::Bytes(range)) => {
                    let inside = [(5, Part::Constant), (6, Part::Graph), (11, Part::Graph)];
                    self.nested(range, &inside, depth)?;
                }
                (Some(Part::Graph), Value::Bytes(range)) => self.graph(range, depth + 1)?,
                (Some(Part::Constant), value) => {
                    self.constants += 1;
                    self.skip(value)?;
                }
                (_, value) => self.skip(value)?,
            }
        }
        Ok(())
    }

    /// Adds an initializer. The graphs inside nodes, such as the branches of an `If`, may repeat names.
    fn initializer(&mut self, message: Range<u64>, depth: usize) -> Result<(), DecodeError> {
        let (start, end) = (message.start, message.end);
        let entry = Entry::read(&mut self.wire, message, &self.held)?;
        self.wire.seek(end)?;
        let name = entry.name.clone();
        self.held.grow(PER_TENSOR + 4 * name.len() as u64)?;
        if !self.names.insert(name.clone()) && depth == 0 {
            let why = "skipped: an earlier initializer has the same name";
            self.problems.push(Problem::new(At::Path(name), why));
            return Ok(());
        }
        match entry.check(start..end) {
            Ok(tensor) => self.found.tensors.push(tensor),
            Err(why) => self.problems.push(Problem::new(At::Path(name), format!("skipped: {why}"))),
        }
        Ok(())
    }

    /// Names a sparse initializer as left out. Its name is that of its values.
    fn sparse(&mut self, message: Range<u64>) -> Result<(), DecodeError> {
        let mut name = String::new();
        while let Some((number, value)) = self.wire.field(message.end)? {
            match (number, value) {
                (1, Value::Bytes(range)) => {
                    let end = range.end;
                    name = Entry::read(&mut self.wire, range, &self.held)?.name;
                    self.wire.seek(end)?;
                }
                (_, value) => self.skip(value)?,
            }
        }
        self.problems.push(Problem::new(At::Path(name), "skipped: a sparse tensor"));
        Ok(())
    }

    fn skip(&mut self, value: Value) -> Result<(), DecodeError> {
        match value {
            Value::Bytes(range) => self.wire.seek(range.end),
            _ => Ok(()),
        }
    }

    fn detail(&mut self, name: &str, value: String) {
        if !value.is_empty() && self.found.details.iter().all(|(known, _)| known != name) {
            self.found.details.push((name.to_owned(), value));
        }
    }

    fn detail_text(&mut self, name: &str, range: Range<u64>, end: u64) -> Result<(), DecodeError> {
        let to = range.end;
        let text = tensor::text(&mut self.wire, range, end, &self.held)?;
        self.detail(name, text);
        self.wire.seek(to)
    }
}

/// Messages inside a node.
#[derive(Debug, Clone, Copy)]
enum Part {
    Attribute,
    Graph,
    Constant,
}
