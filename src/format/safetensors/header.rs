//! The header: name, type, shape and bytes of each tensor.

use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::format::element::{ElementType, Encoding, Float8};
use crate::format::tensor::{Data, Tensor};
use crate::format::view::View;
use crate::format::{DecodeError, Problems, fill, lfs};
use crate::hist::DType;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Read;

/// Maximum length of a header in the reference reader.
const MAX_LENGTH: u64 = 100_000_000;

/// The tensors and metadata of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// In the order of their bytes.
    pub tensors: Vec<Tensor>,
    /// Names and values, both free text.
    pub metadata: Vec<(String, String)>,
    /// Skipped tensors and duplicate names.
    pub problems: Vec<Problem>,
}

/// The JSON of a header, in the order of the text.
#[derive(Default)]
struct HeaderJson {
    entries: Vec<(String, TensorEntry)>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TensorEntry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

impl Header {
    /// Reads the header of a file of `file_len` bytes. Checks that the tensors follow each other without gaps up to the end
    /// of the file.
    ///
    /// # Errors
    /// The header is truncated, malformed or does not match the file, or its tensors exceed the memory budget.
    pub fn read(input: &mut impl Read, file_len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let mut length = [0; 8];
        if fill(input, &mut length)? < length.len() {
            return Err(DecodeError::new("truncated safetensors header; the file was not fully written"));
        }
        if lfs::starts_with_pointer(&length) {
            return Err(DecodeError::new(lfs::message()));
        }
        let length = u64::from_le_bytes(length);
        if length > MAX_LENGTH {
            return Err(DecodeError::new(format!(
                "damaged safetensors header: a length of {length} bytes is too large"
            )));
        }
        let data = 8 + length;
        let mut text = Vec::new();
        let held = memory.reservation();
        if data <= file_len {
            held.set(length)?;
            text.reserve_exact(usize::try_from(length).unwrap_or(0));
            input.take(length).read_to_end(&mut text)?;
        }
        if (text.len() as u64) < length || data > file_len {
            return Err(DecodeError::new(format!(
                "truncated safetensors header: fewer than {length} bytes; the file was not fully written"
            )));
        }
        held.set(memory_of(&text))?;
        let json = serde_json::from_slice(&text)
            .map_err(|error| DecodeError::new(format!("damaged safetensors header: {error}")))?;
        drop(text);
        let header = Self::check(json, data, file_len)?;
        held.keep();
        Ok(header)
    }

    fn check(json: HeaderJson, data: u64, file_len: u64) -> Result<Self, DecodeError> {
        let mut problems = Problems::default();
        let mut names = HashSet::new();
        let mut entries = Vec::new();
        for (name, entry) in json.entries.into_iter().rev() {
            if names.insert(name.clone()) {
                entries.push((name, entry));
            } else {
                problems.push(Problem::new(At::Path(name), "several tensors have this name; rebin reads the last one"));
            }
        }
        entries.sort_by_key(|(_, entry)| entry.data_offsets);
        let mut end = 0;
        let mut tensors = Vec::new();
        for (name, entry) in entries {
            let (from, to) = entry.data_offsets;
            if from != end || to < from {
                return Err(DecodeError::new(format!(
                    "damaged safetensors header: {name:?} has the data offsets {from} to {to}, but should start at {end}"
                )));
            }
            end = to;
            let Some((dtype, bits, kind)) = kind(&entry.dtype) else {
                let why = format!("skipped: unknown type {:?}", entry.dtype);
                problems.push(Problem::new(At::Path(name), why));
                continue;
            };
            if size(&entry.shape, bits) != Some(to - from) {
                return Err(DecodeError::new(format!(
                    "damaged safetensors header: the {} bytes of {name:?} do not match {dtype} {:?}",
                    to - from,
                    entry.shape
                )));
            }
            // The sum of damaged offsets may overflow.
            let bytes = data.checked_add(from).zip(data.checked_add(to));
            let Some(bytes) = bytes.map(|(from, to)| from..to).filter(|bytes| bytes.end <= file_len) else { continue };
            let tensor = |name: String, element| Tensor {
                path: name.split('.').map(str::to_owned).collect(),
                dtype,
                encoding: Encoding::little(element),
                view: View::contiguous(&entry.shape),
                data: Data::At(bytes.start),
            };
            match kind {
                Some(ElementType::Real | ElementType::Imaginary) => {
                    tensors.push(tensor(format!("{name}.real"), ElementType::Real));
                    tensors.push(tensor(format!("{name}.imag"), ElementType::Imaginary));
                }
                Some(kind) => tensors.push(tensor(name, kind)),
                None => {
                    let why = format!("skipped: the format does not define how the 6 bits of {dtype} are packed");
                    problems.push(Problem::new(At::Path(name), why));
                }
            }
        }
        if data.checked_add(end) != Some(file_len) {
            return Err(DecodeError::new(format!(
                "the tensors need {end} bytes, but {} follow the safetensors header; the file is truncated or damaged",
                file_len - data
            )));
        }
        Ok(Self { tensors, metadata: json.metadata.into_iter().collect(), problems: problems.to_vec() })
    }
}

/// Returns an upper bound for the bytes of memory that a header needs, while it is read and as a list of series. Parsing
/// allocates at most this much, for any text.
fn memory_of(text: &[u8]) -> u64 {
    let count = |byte| memchr::memchr_iter(byte, text).count();
    // A tensor has a brace, a dimension has a comma, a label has a dot, and a pair of metadata has four quotes.
    let parts = 600 * count(b'{') + 48 * count(b',') + 64 * count(b'.') + 32 * count(b'"');
    (4 * text.len() + parts) as u64
}

/// Returns the size in bytes of a tensor whose elements have `bits` bits. Returns `None` if it is a fraction, or exceeds 64
/// bits.
fn size(shape: &[usize], bits: u64) -> Option<u64> {
    let bits = shape.iter().try_fold(bits, |n, length| n.checked_mul(*length as u64))?;
    bits.is_multiple_of(8).then_some(bits / 8)
}

/// Returns the name of a type, its size in bits, and the type of its elements, which is `None` if it cannot be read.
fn kind(name: &str) -> Option<(&'static str, u64, Option<ElementType>)> {
    const KINDS: [(&str, u64, Option<ElementType>); 22] = [
        ("BOOL", 8, Some(ElementType::Plain(DType::Bool))),
        ("F4", 4, Some(ElementType::F4)),
        ("F6_E2M3", 6, None),
        ("F6_E3M2", 6, None),
        ("U8", 8, Some(ElementType::Plain(DType::U8))),
        ("I8", 8, Some(ElementType::Plain(DType::I8))),
        ("F8_E5M2", 8, Some(ElementType::F8(Float8::E5M2))),
        ("F8_E4M3", 8, Some(ElementType::F8(Float8::E4M3))),
        ("F8_E8M0", 8, Some(ElementType::F8(Float8::E8M0))),
        ("F8_E4M3FNUZ", 8, Some(ElementType::F8(Float8::E4M3Fnuz))),
        ("F8_E5M2FNUZ", 8, Some(ElementType::F8(Float8::E5M2Fnuz))),
        ("I16", 16, Some(ElementType::Plain(DType::I16))),
        ("U16", 16, Some(ElementType::Plain(DType::U16))),
        ("F16", 16, Some(ElementType::Plain(DType::F16))),
        ("BF16", 16, Some(ElementType::Bf16)),
        ("I32", 32, Some(ElementType::Plain(DType::I32))),
        ("U32", 32, Some(ElementType::Plain(DType::U32))),
        ("F32", 32, Some(ElementType::Plain(DType::F32))),
        ("C64", 64, Some(ElementType::Real)),
        ("F64", 64, Some(ElementType::Plain(DType::F64))),
        ("I64", 64, Some(ElementType::Plain(DType::I64))),
        ("U64", 64, Some(ElementType::Plain(DType::U64))),
    ];
    KINDS.into_iter().find(|(known, ..)| *known == name)
}

impl<'de> Deserialize<'de> for HeaderJson {
    /// Not derived, since a map would hide duplicate names.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = HeaderJson;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<HeaderJson, M::Error> {
                let mut json = HeaderJson::default();
                while let Some(name) = members.next_key::<String>()? {
                    if name == "__metadata__" {
                        json.metadata = members.next_value::<Option<_>>()?.unwrap_or_default();
                    } else {
                        json.entries.push((name, members.next_value()?));
                    }
                }
                Ok(json)
            }
        }

        deserializer.deserialize_map(Members)
    }
}
