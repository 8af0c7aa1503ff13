//! The header: which tensors there are, of what type and shape, and at which bytes.

use super::kind::{ElementType, Small};
use crate::error::{At, Problem};
use crate::format::{DecodeError, Problems, fill};
use crate::hist::DType;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Read;
use std::ops::Range;

/// The reference reader takes no longer header.
const LONGEST: u64 = 100_000_000;

/// What a file says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// In the order of their bytes.
    pub tensors: Vec<Tensor>,
    /// Free text: names and values.
    pub metadata: Vec<(String, String)>,
    /// Tensors that are left out, and names that stand there twice.
    pub problems: Vec<Problem>,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    pub kind: ElementType,
    /// The type as the file names it.
    pub dtype: &'static str,
    /// One length a dimension, none for a single number.
    pub shape: Vec<usize>,
    /// Where its elements stand in the file.
    pub bytes: Range<u64>,
}

impl Tensor {
    /// How many elements it has.
    pub fn len(&self) -> u64 {
        // No file has so many bytes that their bits cannot be counted.
        (self.bytes.end - self.bytes.start).saturating_mul(8) / self.kind.bits()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// What the header's JSON holds, in its order.
#[derive(Default)]
struct Named {
    entries: Vec<(String, Entry)>,
    metadata: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

impl Header {
    /// Reads the header of a file of so many bytes, and checks that its tensors follow each other without a hole up to
    /// the end of the file.
    ///
    /// # Errors
    /// Which rule of the format is broken, and by which tensor.
    pub fn read(input: &mut impl Read, file_len: u64) -> Result<Self, DecodeError> {
        let mut length = [0; 8];
        if fill(input, &mut length)? < length.len() {
            return Err(DecodeError::new(
                "it ends inside the length of its safetensors header; it was not fully written",
            ));
        }
        let length = u64::from_le_bytes(length);
        if length > LONGEST {
            return Err(DecodeError::new(format!(
                "its safetensors header is damaged: it claims to be {length} bytes long, which is too large"
            )));
        }
        let data = 8 + length;
        let mut text = Vec::new();
        if data <= file_len {
            input.take(length).read_to_end(&mut text)?;
        }
        if (text.len() as u64) < length || data > file_len {
            return Err(DecodeError::new(format!(
                "it ends inside its safetensors header of {length} bytes; it was not fully written"
            )));
        }
        let named = serde_json::from_slice(&text)
            .map_err(|error| DecodeError::new(format!("its safetensors header is damaged: {error}")))?;
        Self::check(named, data, file_len)
    }

    fn check(named: Named, data: u64, file_len: u64) -> Result<Self, DecodeError> {
        let mut problems = Problems::default();
        let mut names = HashSet::new();
        let mut entries = Vec::new();
        for (name, entry) in named.entries.into_iter().rev() {
            if names.insert(name.clone()) {
                entries.push((name, entry));
            } else {
                problems.push(Problem::new(At::Path(name), "it is named more than once; the last of them is read"));
            }
        }
        entries.sort_by_key(|(_, entry)| entry.data_offsets);
        let mut end = 0;
        let mut tensors = Vec::new();
        for (name, entry) in entries {
            let (from, to) = entry.data_offsets;
            if from != end || to < from {
                return Err(DecodeError::new(format!(
                    "its safetensors header is damaged: {name:?} is at bytes {from} to {to} of the data, where byte {end} should come next"
                )));
            }
            end = to;
            let Some((dtype, bits, kind)) = kind(&entry.dtype) else {
                let why = format!("left out: its type {:?} is not known", entry.dtype);
                problems.push(Problem::new(At::Path(name), why));
                continue;
            };
            if size(&entry.shape, bits) != Some(to - from) {
                return Err(DecodeError::new(format!(
                    "its safetensors header is damaged: {name:?} has {} bytes, which are not {dtype} {:?}",
                    to - from,
                    entry.shape
                )));
            }
            // Checked, so that no sum of offsets can overflow.
            let bytes = data.checked_add(from).zip(data.checked_add(to));
            let Some(bytes) = bytes.map(|(from, to)| from..to).filter(|bytes| bytes.end <= file_len) else { continue };
            let tensor = |name, kind| Tensor { name, kind, dtype, shape: entry.shape.clone(), bytes: bytes.clone() };
            match kind {
                Some(ElementType::Real | ElementType::Imaginary) => {
                    tensors.push(tensor(format!("{name}.real"), ElementType::Real));
                    tensors.push(tensor(format!("{name}.imag"), ElementType::Imaginary));
                }
                Some(kind) => tensors.push(tensor(name, kind)),
                None => {
                    let why = format!("left out: the format does not say how the 6 bits of {dtype} are packed");
                    problems.push(Problem::new(At::Path(name), why));
                }
            }
        }
        if data.checked_add(end) != Some(file_len) {
            return Err(DecodeError::new(format!(
                "its tensors take {end} bytes, but {} follow its safetensors header; it was cut short or is damaged",
                file_len - data
            )));
        }
        Ok(Self { tensors, metadata: named.metadata.into_iter().collect(), problems: problems.to_vec() })
    }
}

/// Bytes of a tensor whose elements have so many bits; `None` where they are no whole number, or too large a one.
fn size(shape: &[usize], bits: u64) -> Option<u64> {
    let bits = shape.iter().try_fold(bits, |n, length| n.checked_mul(*length as u64))?;
    bits.is_multiple_of(8).then_some(bits / 8)
}

/// A type's name, its bits, and what it is to us; `None` inside where its bytes cannot be read.
fn kind(name: &str) -> Option<(&'static str, u64, Option<ElementType>)> {
    const KINDS: [(&str, u64, Option<ElementType>); 22] = [
        ("BOOL", 8, Some(ElementType::Plain(DType::Bool))),
        ("F4", 4, Some(ElementType::F4)),
        ("F6_E2M3", 6, None),
        ("F6_E3M2", 6, None),
        ("U8", 8, Some(ElementType::Plain(DType::U8))),
        ("I8", 8, Some(ElementType::Plain(DType::I8))),
        ("F8_E5M2", 8, Some(ElementType::F8(Small::E5M2))),
        ("F8_E4M3", 8, Some(ElementType::F8(Small::E4M3))),
        ("F8_E8M0", 8, Some(ElementType::F8(Small::E8M0))),
        ("F8_E4M3FNUZ", 8, Some(ElementType::F8(Small::E4M3Fnuz))),
        ("F8_E5M2FNUZ", 8, Some(ElementType::F8(Small::E5M2Fnuz))),
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

impl<'de> Deserialize<'de> for Named {
    /// By hand, since a map would not tell of names that stand there twice.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Named;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Named, M::Error> {
                let mut named = Named::default();
                while let Some(name) = members.next_key::<String>()? {
                    if name == "__metadata__" {
                        named.metadata = members.next_value()?;
                    } else {
                        named.entries.push((name, members.next_value()?));
                    }
                }
                Ok(named)
            }
        }

        deserializer.deserialize_map(Members)
    }
}
