//! PyTorch checkpoints: what `torch.save` wrote since version 0.1.10, and TorchScript archives.
//!
//! The pickle of a checkpoint is read as [plain values](super::pickle), in which a few names of torch and numpy are known.
//! The bytes of tensors stay in the file. Not here: quantized and sparse tensors, which are listed as left out.

mod distributed;
mod legacy;
mod numpy;
mod parameters;
mod rebuild;
mod walk;

use super::archive::{self, Member};
use super::element::ElementType;
use super::npy::ByteOrder;
use super::pickle::{Input, Pickle};
use super::tensor::{Data, Tensor};
use super::window::Window;
use super::{DecodeError, Text};
use crate::engine::{Budget, Reservation};
use crate::error::Problem;
use crate::hist::DType;
use std::io::{Read, Seek};
use zip::ZipArchive;

pub use distributed::{Metadata, Piece, Sharded};
pub use legacy::is_legacy;
pub use walk::labels;

/// Name of the pickle in an archive.
const PICKLE: &str = "data.pkl";

/// Name of the pickle with the constants of a TorchScript archive, and of the folder with their storages.
const CONSTANTS: &str = "constants";

/// Start of a zip archive.
const ZIP: &[u8] = b"PK\x03\x04";

/// A checkpoint.
#[derive(Debug)]
pub struct Checkpoint {
    /// Kind of the file, for its description.
    pub kind: &'static str,
    /// In the order of the pickle.
    pub tensors: Vec<Tensor>,
    /// Numbers and texts near the root, such as the epoch.
    pub details: Vec<(String, String)>,
    /// Tensors that are left out.
    pub problems: Vec<Problem>,
    /// Memory of the lists.
    pub reserved: Vec<Reservation>,
}

/// Element types: the class of their typed storage without `Storage`, names of the type in torch, and the type here; `None`
/// if the elements cannot be counted.
const TYPES: [(&str, &[&str], Option<ElementType>); 21] = [
    ("Double", &["float64", "double"], Some(ElementType::Plain(DType::F64))),
    ("Float", &["float32", "float"], Some(ElementType::Plain(DType::F32))),
    ("Half", &["float16", "half"], Some(ElementType::Plain(DType::F16))),
    ("BFloat16", &["bfloat16"], Some(ElementType::Bf16)),
    ("Long", &["int64", "long"], Some(ElementType::Plain(DType::I64))),
    ("Int", &["int32", "int"], Some(ElementType::Plain(DType::I32))),
    ("Short", &["int16", "short"], Some(ElementType::Plain(DType::I16))),
    ("Char", &["int8"], Some(ElementType::Plain(DType::I8))),
    ("Byte", &["uint8"], Some(ElementType::Plain(DType::U8))),
    ("Bool", &["bool"], Some(ElementType::Plain(DType::Bool))),
    ("UInt64", &["uint64"], Some(ElementType::Plain(DType::U64))),
    ("UInt32", &["uint32"], Some(ElementType::Plain(DType::U32))),
    ("UInt16", &["uint16"], Some(ElementType::Plain(DType::U16))),
    ("Float8_e5m2", &["float8_e5m2"], Some(ElementType::F8(super::element::Float8::E5M2))),
    ("Float8_e4m3fn", &["float8_e4m3fn"], Some(ElementType::F8(super::element::Float8::E4M3))),
    ("Float8_e5m2fnuz", &["float8_e5m2fnuz"], Some(ElementType::F8(super::element::Float8::E5M2Fnuz))),
    ("Float8_e4m3fnuz", &["float8_e4m3fnuz"], Some(ElementType::F8(super::element::Float8::E4M3Fnuz))),
    ("Float8_e8m0fnu", &["float8_e8m0fnu"], Some(ElementType::F8(super::element::Float8::E8M0))),
    ("ComplexFloat", &["complex64", "cfloat"], None),
    ("ComplexDouble", &["complex128", "cdouble"], None),
    ("ComplexHalf", &["complex32", "chalf"], None),
];

/// Returns true if the start of a file is that of a checkpoint, or of an archive that may be one.
pub fn may_be_checkpoint(head: &[u8]) -> bool {
    head.starts_with(ZIP) || is_legacy(head)
}

/// Returns true if an archive is a checkpoint with tensors, or damaged; `None` if it is not a checkpoint.
pub fn may_have_tensors<R: Read + Seek>(reader: R) -> Option<bool> {
    let Ok(archive) = archive::open(reader, &Budget::default()) else { return Some(true) };
    let root = root(&archive)?;
    let starts = ["data/", "constants/"].map(|folder| format!("{root}{folder}"));
    Some(archive.file_names().flatten().any(|name| starts.iter().any(|start| name.starts_with(start))))
}

/// Reads the pickle of a checkpoint, and locates its tensors.
///
/// # Errors
/// The file is not a checkpoint, is damaged, or exceeds the memory budget.
pub fn read(input: &dyn Text, memory: &Budget) -> Result<Checkpoint, DecodeError> {
    let mut head = [0; 64];
    let n = input.read(0, &mut head)?;
    if is_legacy(head.get(..n).unwrap_or_default()) {
        return legacy::read(input, memory);
    }
    let archive = archive::open(Window::whole(input), memory)?;
    let Some(root) = root(&archive) else {
        return Err(DecodeError::new("the archive is not a PyTorch checkpoint: it has no data.pkl"));
    };
    read_archive(input, &archive, &root, memory)
}

/// Returns the name of the folder in which the pickle of a checkpoint is, with a slash unless it is empty; `None` if an
/// archive is not a checkpoint.
pub fn root<R: Read + Seek>(archive: &ZipArchive<R>) -> Option<String> {
    let names = archive.file_names().flatten().filter(|name| name == PICKLE || name.ends_with("/data.pkl"));
    let first = names.min_by_key(|name| name.matches('/').count())?;
    first.strip_suffix(PICKLE).map(str::to_owned)
}

/// Reads a checkpoint whose archive is open.
///
/// # Errors
/// Those of [`read`].
pub fn read_archive<R: Read + Seek>(
    input: &dyn Text,
    archive: &ZipArchive<R>,
    root: &str,
    memory: &Budget,
) -> Result<Checkpoint, DecodeError> {
    let member = |name: &str| Member::find(archive, &format!("{root}{name}")).transpose();
    if member(PICKLE)?.is_none() {
        return Err(DecodeError::new("the archive has no data.pkl"));
    }
    let order = match member("byteorder")? {
        None => ByteOrder::Little,
        Some(member) => {
            let mut text = Vec::new();
            member.reader(input)?.take(16).read_to_end(&mut text)?;
            match text.trim_ascii() {
                b"little" => ByteOrder::Little,
                b"big" => ByteOrder::Big,
                other => {
                    let other = String::from_utf8_lossy(other);
                    return Err(DecodeError::new(format!("its byte order {other:?} is neither little nor big")));
                }
            }
        }
    };
    // Reads the pickle of a folder, whose storages are in that folder.
    let read = |folder: &str, file: Member| {
        let mut reader = file.reader(input)?;
        let pickle = Pickle::read(&mut Input::new(&mut *reader), memory);
        let pickle = pickle.map_err(|why| DecodeError::new(format!("{folder}.pkl: {why}")))?;
        // Bytes inside a pickle that is not compressed are read in place.
        let at = if file.deflated { None } else { Some(file.span(input)?.start) };
        let inside = |offset: u64| at.map_or(Data::Inside(file, offset), |at| Data::At(at + offset));
        let storage = |key: &str, _: u64| {
            let found = member(&format!("{folder}/{key}"))?;
            let found = found.ok_or_else(|| DecodeError::new(format!("the archive has no member {folder}/{key}")))?;
            Ok((Data::Member(found), found.size))
        };
        walk::tensors(&pickle, memory, &rebuild::Storages { order, inside: &inside, storage: &storage })
    };
    let mut found = Checkpoint {
        kind: "PyTorch",
        tensors: Vec::new(),
        details: Vec::new(),
        problems: Vec::new(),
        reserved: Vec::new(),
    };
    for folder in ["data", CONSTANTS] {
        let Some(file) = member(&format!("{folder}.pkl"))? else { continue };
        let mut part = read(folder, file)?;
        if folder == CONSTANTS {
            found.kind = "TorchScript";
            part.details.clear();
            for tensor in &mut part.tensors {
                tensor.path = [&[CONSTANTS.to_owned()], &tensor.path[..]].concat().into();
            }
        }
        found.tensors.append(&mut part.tensors);
        found.details.append(&mut part.details);
        found.problems.append(&mut part.problems);
        found.reserved.append(&mut part.reserved);
    }
    Ok(found)
}

/// Returns the name of a type in torch and the type of its elements, which is `None` if they cannot be counted.
fn type_named(name: &str) -> Option<(&'static str, Option<ElementType>)> {
    let mut types =
        TYPES.iter().flat_map(|(_, names, element)| names.iter().map(move |name| (name, names[0], *element)));
    types.find(|(known, ..)| **known == name).map(|(_, name, element)| (name, element))
}

/// Returns the type of a typed storage by the name of its class.
fn type_of_storage(class: &str) -> Option<(&'static str, Option<ElementType>)> {
    let class = class.strip_suffix("Storage")?;
    TYPES.iter().find(|(known, ..)| *known == class).map(|(_, names, element)| (names[0], *element))
}

/// Number of bytes of a complex element or of another one.
fn width(name: &str, element: Option<ElementType>) -> u64 {
    match (name, element) {
        (_, Some(element)) => element.bits() / 8,
        ("complex128", _) => 16,
        ("complex32", _) => 4,
        _ => 8,
    }
}
