//! Distributed checkpoints: a folder with a `.metadata` file, and files with pieces of tensors, each a checkpoint of its own.

use super::type_named;
use crate::engine::{Budget, Reservation};
use crate::error::{At, Problem};
use crate::format::element::ElementType;
use crate::format::pickle::{Id, Input, Pickle};
use crate::format::window::Window;
use crate::format::{DecodeError, Problems, Text};
use std::collections::HashMap;

/// The tensors of a distributed checkpoint.
#[derive(Debug)]
pub struct Metadata {
    pub tensors: Vec<Sharded>,
    pub problems: Vec<Problem>,
    /// Memory of the lists.
    pub reserved: Reservation,
}

/// A tensor in pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct Sharded {
    pub name: String,
    pub dtype: &'static str,
    pub element: ElementType,
    pub shape: Vec<usize>,
    /// In the order of their positions.
    pub pieces: Vec<Piece>,
}

/// Part of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Indices of the first element.
    pub start: Vec<usize>,
    pub shape: Vec<usize>,
    /// Path of the file, relative to the folder.
    pub file: String,
    /// Bytes of the checkpoint with the piece.
    pub offset: u64,
    pub len: u64,
}

/// Bytes of memory for a piece and for a tensor, without names.
const PIECE: usize = 300;

impl Metadata {
    /// Reads the `.metadata` file.
    ///
    /// # Errors
    /// The file is damaged, or exceeds the memory budget.
    pub fn read(input: &dyn Text, memory: &Budget) -> Result<Self, DecodeError> {
        let pickle = Pickle::read(&mut Input::new(&mut Window::whole(input)), memory)?;
        let (root, missing) = (pickle.root(), || DecodeError::new("the metadata of the checkpoint lacks its tensors"));
        let entries = attribute(&pickle, root, "state_dict_metadata").ok_or_else(missing)?;
        let places = attribute(&pickle, root, "storage_data").ok_or_else(missing)?;
        let mut files = HashMap::new();
        for (key, place) in pairs(&pickle, places) {
            let name = attribute(&pickle, key, "fqn").and_then(|name| pickle.text(name));
            // The index of a piece is missing if the tensor has one only.
            let start = attribute(&pickle, key, "offset").and_then(|id| lengths(&pickle, id));
            if let Some(name) = name {
                files.insert((name.into_owned(), start), place);
            }
        }
        let reserved = memory.reservation();
        let (mut tensors, mut problems) = (Vec::new(), Problems::default());
        for (key, value) in pairs(&pickle, entries) {
            let Some(name) = pickle.text(key) else { continue };
            let Some(chunks) = attribute(&pickle, value, "chunks") else { continue };
            let count = pickle.items(chunks).map_or(0, <[Id]>::len);
            reserved.grow(((count + 1) * (PIECE + 2 * name.len())) as u64)?;
            match sharded(&pickle, &name, value, chunks, &files) {
                Ok(tensor) => tensors.push(tensor),
                Err(why) => problems.push(Problem::new(At::Path(name.into_owned()), format!("left out: {why}"))),
            }
        }
        Ok(Self { tensors, problems: problems.to_vec(), reserved })
    }
}

/// Reads the description of a tensor and of its pieces.
fn sharded(
    pickle: &Pickle,
    name: &str,
    value: Id,
    chunks: Id,
    files: &HashMap<(String, Option<Vec<usize>>), Id>,
) -> Result<Sharded, DecodeError> {
    let invalid = || DecodeError::new("the metadata of the tensor is invalid");
    let shape = attribute(pickle, value, "size").and_then(|id| lengths(pickle, id)).ok_or_else(invalid)?;
    let properties = attribute(pickle, value, "properties").ok_or_else(invalid)?;
    // The state of the properties is a tuple, or a dict in older versions.
    let state = pickle.call(properties).and_then(|(call, ..)| call.states.last().copied()).ok_or_else(invalid)?;
    let dtype = pickle.items(state).and_then(|items| items.first().copied());
    let dtype = dtype.or_else(|| attribute(pickle, properties, "dtype")).and_then(|id| pickle.global(id));
    let (_, dtype) = dtype.ok_or_else(invalid)?;
    let unknown = || DecodeError::new(format!("the type torch.{dtype} is not read"));
    let (dtype, element) = type_named(dtype).ok_or_else(unknown)?;
    let element = element.ok_or_else(|| DecodeError::new(format!("{dtype} values are not counted")))?;
    let mut pieces = Vec::new();
    for chunk in pickle.items(chunks).ok_or_else(invalid)? {
        let part = |name: &str| attribute(pickle, *chunk, name).and_then(|id| lengths(pickle, id)).ok_or_else(invalid);
        let (start, part) = (part("offsets")?, part("sizes")?);
        let place = files.get(&(name.to_owned(), Some(start.clone()))).or_else(|| files.get(&(name.to_owned(), None)));
        let place = *place.ok_or_else(|| DecodeError::new(format!("no file has its piece at {start:?}")))?;
        let number = |name: &str| attribute(pickle, place, name).and_then(|id| u64::try_from(pickle.int(id)?).ok());
        let file = attribute(pickle, place, "relative_path").and_then(|id| pickle.text(id)).ok_or_else(invalid)?;
        let (offset, len) = number("offset").zip(number("length")).ok_or_else(invalid)?;
        // Pieces with other steps than storing, for example compression.
        if attribute(pickle, place, "transform_descriptors")
            .and_then(|id| pickle.items(id))
            .is_some_and(|all| !all.is_empty())
        {
            return Err(DecodeError::new("its pieces are compressed or encrypted"));
        }
        let fits = start.len() == shape.len()
            && part.len() == shape.len()
            && start
                .iter()
                .zip(&part)
                .zip(&shape)
                .all(|((start, n), length)| start.checked_add(*n).is_some_and(|end| end <= *length));
        if !fits {
            return Err(DecodeError::new(format!("its piece at {start:?} is not inside the shape {shape:?}")));
        }
        pieces.push(Piece { start, shape: part, file: file.into_owned(), offset, len });
    }
    pieces.sort_by(|a, b| a.start.cmp(&b.start));
    let elements = |shape: &[usize]| shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
    let sum = pieces.iter().try_fold(0_usize, |n, piece| n.checked_add(elements(&piece.shape)?));
    if sum.is_none() || sum != elements(&shape) {
        return Err(DecodeError::new(format!("its pieces do not fill the shape {shape:?}")));
    }
    Ok(Sharded { name: name.to_owned(), dtype, element, shape, pieces })
}

/// Returns an attribute of an object of a data class.
fn attribute(pickle: &Pickle, object: Id, name: &str) -> Option<Id> {
    let (call, ..) = pickle.call(object)?;
    call.states.iter().rev().find_map(|state| pickle.member(*state, name))
}

fn pairs(pickle: &Pickle, dict: Id) -> Vec<(Id, Id)> {
    use crate::format::pickle::Value;
    match pickle.get(dict) {
        Value::Dict(pairs) => pairs.clone(),
        Value::Call(call) => call.pairs.clone(),
        _ => Vec::new(),
    }
}

/// Returns the lengths of a `torch.Size`, which is the call of a tuple.
fn lengths(pickle: &Pickle, id: Id) -> Option<Vec<usize>> {
    let id = pickle.call(id).and_then(|(_, _, args)| args.first().copied()).unwrap_or(id);
    pickle.items(id)?.iter().map(|id| usize::try_from(pickle.int(*id)?).ok()).collect()
}
