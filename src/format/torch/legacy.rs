//! Checkpoints of PyTorch before 1.6: pickles and storages that follow each other.

use super::rebuild::{Storages, storage_id};
use super::{Checkpoint, walk, width};
use crate::engine::Budget;
use crate::format::npy::ByteOrder;
use crate::format::pickle::{Id, Input, Pickle, Value};
use crate::format::tensor::Data;
use crate::format::window::Window;
use crate::format::{DecodeError, Text};
use std::collections::HashMap;

/// The first pickle: the number 0x1950a86a20f9469cfc6c. The bytes after it belong to the second pickle.
const MAGIC: [u8; 12] = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// The only protocol number in use.
const PROTOCOL: i64 = 1001;

/// Returns true for the start of a file of this format.
pub fn is_legacy(head: &[u8]) -> bool {
    // Since protocol 4, the start and the length of a frame follow the protocol.
    let starts = |at: usize| head.get(at..).is_some_and(|rest| rest.starts_with(&MAGIC));
    head.first() == Some(&0x80) && (starts(2) || (head.get(2) == Some(&0x95) && starts(11)))
}

/// Reads the pickles, and locates the storages.
pub(super) fn read(input: &dyn Text, memory: &Budget) -> Result<Checkpoint, DecodeError> {
    let mut window = Window::whole(input);
    let mut stream = Input::new(&mut window);
    let mut next = || Pickle::read(&mut stream, memory);
    next()?;
    let protocol = next()?;
    match protocol.int(protocol.root()) {
        Some(PROTOCOL) => {}
        Some(other) => return Err(DecodeError::new(format!("the PyTorch protocol {other} is unknown"))),
        None => return Err(DecodeError::new("damaged PyTorch checkpoint: it has no protocol number")),
    }
    let system = next()?;
    let little = system.member(system.root(), "little_endian").and_then(|little| system.int(little));
    let order = if little == Some(0) { ByteOrder::Big } else { ByteOrder::Little };
    let objects = next()?;
    let keys = next()?;
    let storages = locate(&objects, &keys, &mut stream, input.len())?;
    let storage = |key: &str, _: u64| {
        let (at, bytes) =
            storages.get(key).ok_or_else(|| DecodeError::new(format!("the file has no storage {key:?}")))?;
        if at.saturating_add(*bytes) > input.len() {
            return Err(DecodeError::new(format!("the file is truncated in its storage {key:?}")));
        }
        Ok((Data::At(*at), *bytes))
    };
    let found = walk::tensors(&objects, memory, &Storages { order, inside: &Data::At, storage: &storage })?;
    Ok(Checkpoint { kind: "PyTorch (before 1.6)", ..found })
}

/// Returns the offset of the bytes of each storage and their number. Storages after a truncated one are absent.
fn locate(
    objects: &Pickle,
    keys: &Pickle,
    stream: &mut Input<'_>,
    len: u64,
) -> Result<HashMap<String, (u64, u64)>, DecodeError> {
    let mut widths = HashMap::new();
    for id in objects.ids().filter(|id| matches!(objects.get(*id), Value::Persistent(_))) {
        if let Ok(storage) = storage_id(objects, id) {
            widths.insert(storage.key.into_owned(), storage.class.map_or(1, |(name, element)| width(name, element)));
        }
    }
    let mut storages = HashMap::new();
    let keys_of =
        |id: Id| keys.items(id).ok_or_else(|| DecodeError::new("damaged PyTorch checkpoint: no list of storages"));
    for key in keys_of(keys.root())? {
        let key = match keys.get(*key) {
            Value::Int(key) => key.to_string(),
            _ => keys.text(*key).unwrap_or_default().into_owned(),
        };
        let Some(width) = widths.get(&key) else {
            return Err(DecodeError::new(format!("the type of the storage {key:?} is not known")));
        };
        let Ok(count) = stream.array().map(u64::from_le_bytes) else { break };
        let (at, bytes) = (stream.position(), count.saturating_mul(*width));
        storages.insert(key, (at, bytes));
        if at.saturating_add(bytes) > len {
            break;
        }
        stream.skip(bytes)?;
    }
    Ok(storages)
}
