//! Tensors of a model: type, shape, and where their elements are.

use super::wire::{Value, Wire};
use crate::engine::Reservation;
use crate::format::DecodeError;
use crate::format::element::{ElementType, Encoding, Float8};
use crate::hist::{DType, Samples, each};
use std::io::{Read, Seek};
use std::ops::Range;

/// Maximum length of a name or another text; longer ones are cut.
const MAX_TEXT: u64 = 64 << 10;

/// Bytes decoded at a time.
const BLOCK: usize = 64 << 10;

/// Description of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub name: String,
    pub kind: ElementType,
    /// Name of the type in the format.
    pub dtype: &'static str,
    /// One length per dimension; empty for a single number.
    pub shape: Vec<u64>,
    /// Number of elements.
    pub len: u64,
    pub data: Data,
}

/// Place of the elements of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Consecutive elements in the model, from this byte on.
    At(u64),
    /// Numbers in the fields of this message, which have to be decoded.
    Fields(Range<u64>),
    External(External),
}

/// Bytes of another file.
#[derive(Debug, Clone, PartialEq)]
pub struct External {
    /// Path relative to the folder of the model, as written in the file.
    pub location: String,
    pub offset: u64,
    /// `None` for the rest of the file.
    pub length: Option<u64>,
}

/// A `TensorProto`, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) name: String,
    kind: u64,
    dims: Vec<i64>,
    raw: Option<Range<u64>>,
    /// Bytes and number of typed fields, and the last one.
    typed: u64,
    fields: u64,
    last: Range<u64>,
    external: Vec<(String, String)>,
    is_external: bool,
}

/// Returns the name of a type, its elements, and the field that holds their numbers.
fn element(kind: u64) -> Result<(&'static str, ElementType, u64), DecodeError> {
    let plain = ElementType::Plain;
    Ok(match kind {
        1 => ("float32", plain(DType::F32), 4),
        2 => ("uint8", plain(DType::U8), 5),
        3 => ("int8", plain(DType::I8), 5),
        4 => ("uint16", plain(DType::U16), 5),
        5 => ("int16", plain(DType::I16), 5),
        6 => ("int32", plain(DType::I32), 5),
        7 => ("int64", plain(DType::I64), 7),
        9 => ("bool", plain(DType::Bool), 5),
        10 => ("float16", plain(DType::F16), 5),
        11 => ("float64", plain(DType::F64), 10),
        12 => ("uint32", plain(DType::U32), 11),
        13 => ("uint64", plain(DType::U64), 11),
        16 => ("bfloat16", ElementType::Bf16, 5),
        17 => ("float8_e4m3fn", ElementType::F8(Float8::E4M3), 5),
        18 => ("float8_e4m3fnuz", ElementType::F8(Float8::E4M3Fnuz), 5),
        19 => ("float8_e5m2", ElementType::F8(Float8::E5M2), 5),
        20 => ("float8_e5m2fnuz", ElementType::F8(Float8::E5M2Fnuz), 5),
        21 => ("uint4", ElementType::U4, 5),
        22 => ("int4", ElementType::I4, 5),
        23 => ("float4_e2m1", ElementType::F4, 5),
        24 => ("float8_e8m0", ElementType::F8(Float8::E8M0), 5),
        0 => return Err(DecodeError::new("it has no type")),
        8 => return Err(DecodeError::new("strings are not numbers")),
        14 | 15 => return Err(DecodeError::new("complex numbers cannot be counted")),
        25 | 26 => return Err(DecodeError::new("integers of 2 bits cannot be read yet")),
        other => return Err(DecodeError::new(format!("unknown data type {other}"))),
    })
}

impl Entry {
    pub(super) fn read<R: Read + Seek>(
        wire: &mut Wire<R>,
        message: Range<u64>,
        held: &Reservation,
    ) -> Result<Self, DecodeError> {
        let mut entry = Self::default();
        let end = message.end;
        while let Some((number, value)) = wire.field(end)? {
            match (number, value) {
                (1, Value::Varint(length)) => entry.add_dim(length, held)?,
                (1, Value::Bytes(range)) => {
                    while wire.at() < range.end {
                        let length = wire.varint(range.end)?;
                        entry.add_dim(length, held)?;
                    }
                }
                (2, Value::Varint(kind)) => entry.kind = kind,
                (8, Value::Bytes(range)) => {
                    let to = range.end;
                    entry.name = text(wire, range, end, held)?;
                    wire.seek(to)?;
                }
                (9, Value::Bytes(range)) => {
                    wire.seek(range.end)?;
                    entry.raw = Some(range);
                }
                (13, Value::Bytes(range)) => {
                    let to = range.end;
                    entry.external.extend(pair(wire, range, held)?);
                    wire.seek(to)?;
                }
                (14, Value::Varint(place)) => entry.is_external = place == 1,
                (4 | 5 | 7 | 10 | 11, value) => {
                    entry.fields += 1;
                    match value {
                        Value::Bytes(range) => {
                            wire.seek(range.end)?;
                            entry.typed += range.end - range.start;
                            entry.last = range;
                        }
                        // No number is longer.
                        _ => entry.typed += 10,
                    }
                }
                (_, Value::Bytes(range)) => wire.seek(range.end)?,
                _ => {}
            }
        }
        Ok(entry)
    }

    fn add_dim(&mut self, length: u64, held: &Reservation) -> Result<(), DecodeError> {
        held.grow(16)?;
        // Negative lengths are varints of 64 bits.
        self.dims.push(length as i64);
        Ok(())
    }

    /// Checks a tensor, whose message has these bytes.
    pub(super) fn check(self, message: Range<u64>) -> Result<Tensor, DecodeError> {
        let (dtype, kind, field) = element(self.kind)?;
        let shape: Result<Vec<u64>, _> = self.dims.iter().map(|length| u64::try_from(*length)).collect();
        let shape = shape.map_err(|_| DecodeError::new(format!("its shape {:?} has a negative length", self.dims)))?;
        let too_large = || DecodeError::new(format!("its shape {shape:?} is too large"));
        let product = shape.iter().try_fold(1_u64, |n, length| n.checked_mul(*length));
        let len = if shape.contains(&0) { 0 } else { product.ok_or_else(too_large)? };
        let bytes = len.checked_mul(kind.bits()).ok_or_else(too_large)?.div_ceil(8);
        let data = match (self.is_external, self.raw) {
            (true, _) => Data::External(external(self.external, bytes)?),
            (false, Some(raw)) => {
                let has = raw.end - raw.start;
                if has != bytes {
                    return Err(wrong_size(has, bytes, dtype, &shape));
                }
                Data::At(raw.start)
            }
            // Packed floats are stored like raw data.
            (false, None) if self.fields == 1 && matches!(field, 4 | 10) && self.last.end > self.last.start => {
                let has = self.last.end - self.last.start;
                if has != bytes {
                    return Err(wrong_size(has, bytes, dtype, &shape));
                }
                Data::At(self.last.start)
            }
            (false, None) if len == 0 => Data::At(message.start),
            (false, None) => {
                // A number takes a byte or more, and two small ones share a number.
                if self.typed.saturating_mul(2) < len {
                    return Err(DecodeError::new(format!("it has too few numbers for {dtype} {shape:?}")));
                }
                Data::Fields(message)
            }
        };
        Ok(Tensor { name: self.name, kind, dtype, shape, len, data })
    }
}

fn wrong_size(has: u64, needed: u64, dtype: &str, shape: &[u64]) -> DecodeError {
    DecodeError::new(format!("it has {has} bytes, but {dtype} {shape:?} needs {needed}"))
}

fn external(pairs: Vec<(String, String)>, bytes: u64) -> Result<External, DecodeError> {
    let mut external = External { location: String::new(), offset: 0, length: None };
    for (name, value) in pairs {
        let number = || {
            let number = value.trim().parse::<u64>();
            number.map_err(|_| DecodeError::new(format!("the {name} {value:?} of its external data is not a number")))
        };
        match &*name {
            "location" => external.location = value,
            "offset" => external.offset = number()?,
            "length" => external.length = Some(number()?),
            _ => {}
        }
    }
    if external.location.is_empty() {
        return Err(DecodeError::new("it names no file for its external data"));
    }
    match external.length {
        Some(length) if length != bytes => {
            Err(DecodeError::new(format!("its external data has {length} bytes instead of {bytes}")))
        }
        _ => Ok(external),
    }
}

/// Reads a pair of texts.
fn pair<R: Read + Seek>(
    wire: &mut Wire<R>,
    message: Range<u64>,
    held: &Reservation,
) -> Result<Option<(String, String)>, DecodeError> {
    let (mut name, mut value) = (None, String::new());
    while let Some((number, field)) = wire.field(message.end)? {
        let Value::Bytes(range) = field else { continue };
        let to = range.end;
        match number {
            1 => name = Some(text(wire, range, message.end, held)?),
            2 => value = text(wire, range, message.end, held)?,
            _ => {}
        }
        wire.seek(to)?;
    }
    Ok(name.map(|name| (name, value)))
}

/// Reads a text. Text that is not UTF-8 is replaced.
pub(super) fn text<R: Read + Seek>(
    wire: &mut Wire<R>,
    range: Range<u64>,
    end: u64,
    held: &Reservation,
) -> Result<String, DecodeError> {
    wire.seek(range.start)?;
    let len = (range.end - range.start).min(MAX_TEXT);
    held.grow(3 * len)?;
    let mut bytes = vec![0; len as usize];
    wire.read(&mut bytes, end)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Decodes the numbers in the fields of a tensor ([`Data::Fields`]). `input` must be at the start of its message.
///
/// # Errors
/// The number of elements differs from the shape, or the message cannot be read.
pub fn read_data(input: impl Read, tensor: &Tensor, message: &Range<u64>) -> Result<Samples, DecodeError> {
    let (_, kind, wanted) = element_of(tensor)?;
    let mut wire = Wire::new(input, message.start);
    let mut samples = Samples::empty(kind.dtype());
    let mut bytes = Vec::with_capacity(BLOCK);
    let mut count = 0;
    let numbers = (tensor.len * kind.bits()).div_ceil(8 * stored_bytes(kind));
    while let Some((number, value)) = wire.field(message.end)? {
        let mut add = |number: u64| {
            count += 1;
            bytes.extend_from_slice(&number.to_le_bytes()[..stored_bytes(kind) as usize]);
            if bytes.len() < BLOCK && count < numbers {
                return Ok(());
            }
            each!(&mut samples, values => values.try_reserve(2 * bytes.len()))
                .map_err(|_| DecodeError::out_of_memory())?;
            Encoding::little(kind).decode(&bytes, &mut samples);
            bytes.clear();
            if count > numbers { Err(wrong_number(tensor)) } else { Ok(()) }
        };
        match (number == wanted, value) {
            (true, Value::Varint(number)) => add(number)?,
            (true, Value::Fixed32(bits)) => add(bits.into())?,
            (true, Value::Fixed64(bits)) => add(bits)?,
            (true, Value::Bytes(range)) => {
                while wire.at() < range.end {
                    add(match wanted {
                        4 => u32::from_le_bytes(wire.array(range.end)?).into(),
                        10 => u64::from_le_bytes(wire.array(range.end)?),
                        _ => wire.varint(range.end)?,
                    })?;
                }
            }
            (false, Value::Bytes(range)) => wire.skip_to(range.end)?,
            _ => {}
        }
    }
    if count != numbers {
        return Err(wrong_number(tensor));
    }
    each!(&mut samples, values => values.truncate(tensor.len as usize));
    Ok(samples)
}

/// Bytes of an element that one number of a typed field holds; two elements of 4 bits share one.
fn stored_bytes(kind: ElementType) -> u64 {
    kind.bits().div_ceil(8)
}

fn element_of(tensor: &Tensor) -> Result<(&'static str, ElementType, u64), DecodeError> {
    let all = (0..=24).filter_map(|kind| element(kind).ok());
    let found = all.into_iter().find(|(name, ..)| *name == tensor.dtype);
    found.ok_or_else(|| DecodeError::new("unknown type"))
}

fn wrong_number(tensor: &Tensor) -> DecodeError {
    let Tensor { name, dtype, shape, .. } = tensor;
    DecodeError::new(format!("the number of values of {name:?} does not match {dtype} {shape:?}"))
}
