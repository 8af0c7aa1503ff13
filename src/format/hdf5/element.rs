//! Types of elements: which of them are numbers, and how they are decoded.

use crate::format::DecodeError;
use crate::format::element::{ElementType, Encoding, Float8};
use crate::format::npy::{self, ByteOrder};
use crate::hist::{DType, Samples};
use hdf5_reader::error::ByteOrder as LibraryOrder;
use hdf5_reader::io::Cursor;
use hdf5_reader::messages::datatype::parse_datatype_description;
use hdf5_reader::{Datatype, VarLenKind};
use std::borrow::Cow;

/// Numbers inside the stored elements of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Name of the type, such as `float32`.
    pub name: &'static str,
    coding: Coding,
    /// Bytes of a number.
    width: usize,
    /// Bytes before the number in a stored element, for a field of a compound type.
    offset: usize,
    /// Bytes of a stored element.
    pub stride: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Coding {
    Plain(DType, ByteOrder),
    /// Types that numpy does not have.
    Small(ElementType, ByteOrder),
    /// Integers that use only some bits.
    Bits {
        dtype: DType,
        order: ByteOrder,
        signed: bool,
        first: u32,
        bits: u32,
    },
}

/// Numbers of a dataset: the dimensions that its type adds, and each field of a compound type with its name.
pub(super) struct Numbers {
    pub(super) dims: Vec<u64>,
    pub(super) fields: Vec<(Option<String>, Element)>,
    /// Fields that are left out, and why.
    pub(super) left_out: Vec<(String, DecodeError)>,
}

impl Element {
    pub fn dtype(&self) -> DType {
        match self.coding {
            Coding::Plain(dtype, _) | Coding::Bits { dtype, .. } => dtype,
            Coding::Small(kind, _) => kind.dtype(),
        }
    }

    /// Returns the byte order of elements that need no decoding.
    pub fn plain(&self) -> Option<ByteOrder> {
        match self.coding {
            Coding::Plain(_, order) if self.stride == self.width => Some(order),
            _ => None,
        }
    }

    /// Decodes complete stored elements and appends their numbers to `samples`, which has the type
    /// [`dtype`](Self::dtype).
    pub fn decode(&self, bytes: &[u8], samples: &mut Samples) {
        let packed = if self.stride == self.width {
            Cow::Borrowed(bytes)
        } else {
            let elements = bytes.chunks_exact(self.stride);
            let numbers = elements.filter_map(|element| element.get(self.offset..self.offset + self.width));
            Cow::Owned(numbers.flatten().copied().collect())
        };
        match self.coding {
            Coding::Plain(_, order) => npy::decode(&packed, order, samples),
            Coding::Small(kind, order) => Encoding::little(kind).decode(&little(packed, self.width, order), samples),
            Coding::Bits { order, signed, first, bits, .. } => {
                let mut packed = little(packed, self.width, order).into_owned();
                for number in packed.chunks_exact_mut(self.width) {
                    let all = number.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
                    let top = all >> first << (64 - bits);
                    let value = if signed { (top as i64 >> (64 - bits)) as u64 } else { top >> (64 - bits) };
                    number.copy_from_slice(&value.to_le_bytes()[..self.width]);
                }
                npy::decode(&packed, ByteOrder::Little, samples);
            }
        }
    }
}

/// Converts numbers of `width` bytes to little-endian order.
fn little(bytes: Cow<[u8]>, width: usize, order: ByteOrder) -> Cow<[u8]> {
    if order == ByteOrder::Little || width == 1 {
        return bytes;
    }
    let mut bytes = bytes.into_owned();
    bytes.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    Cow::Owned(bytes)
}

fn order(order: LibraryOrder) -> ByteOrder {
    match order {
        LibraryOrder::LittleEndian => ByteOrder::Little,
        LibraryOrder::BigEndian => ByteOrder::Big,
    }
}

/// Returns the numbers in elements of a type. `raw` is the description of the type in the file. `keras_type` is the name that
/// Keras stores with types that HDF5 does not have.
pub(super) fn numbers(raw: &[u8], keras_type: Option<&str>) -> Result<Numbers, DecodeError> {
    let mut cursor = Cursor::new(raw);
    let (kind, size) = parse_datatype_description(&mut cursor)?;
    let one = |element, dims| Ok(Numbers { dims, fields: vec![(None, element)], left_out: Vec::new() });
    match &kind {
        Datatype::Opaque { size: 2, .. } if keras_type == Some("bfloat16") => {
            let coding = Coding::Small(ElementType::Bf16, ByteOrder::Little);
            one(Element { name: "bfloat16", coding, width: 2, offset: 0, stride: 2 }, Vec::new())
        }
        Datatype::Array { base, dims }
            if matches!(**base, Datatype::FixedPoint { .. } | Datatype::FloatingPoint { .. }) =>
        {
            // The description of the base is at the end of that of the array.
            let base_len = 8 + if matches!(**base, Datatype::FixedPoint { .. }) { 4 } else { 12 };
            let at = (cursor.position() as usize).checked_sub(base_len);
            let raw = at.and_then(|at| raw.get(at..)).unwrap_or_default();
            one(leaf(base, raw)?, dims.clone())
        }
        Datatype::Compound { fields, .. } => {
            let is_complex = matches!(fields.as_slice(), [a, b]
                if matches!((&a.datatype, &b.datatype), (Datatype::FloatingPoint { .. }, Datatype::FloatingPoint { .. }))
                    && matches!((&*a.name, &*b.name), ("r", "i") | ("real", "imag")));
            if is_complex {
                return Err(DecodeError::new("complex numbers cannot be counted"));
            }
            compound(raw, size as usize)
        }
        kind => one(leaf(kind, raw)?, Vec::new()),
    }
}

/// Returns the numeric fields of a compound type.
fn compound(raw: &[u8], stride: usize) -> Result<Numbers, DecodeError> {
    let mut cursor = Cursor::new(raw);
    let head = cursor.read_u32_le()?;
    let (version, members) = (head >> 4 & 15, head >> 8 & 0xffff);
    cursor.read_u32_le()?;
    let mut numbers = Numbers { dims: Vec::new(), fields: Vec::new(), left_out: Vec::new() };
    for _ in 0..members {
        let start = cursor.position();
        let name = cursor.read_null_terminated_string()?;
        if version < 3 {
            let used = (cursor.position() - start) as usize;
            cursor.skip(used.next_multiple_of(8) - used)?;
        }
        let offset = match version {
            1 | 2 => u64::from(cursor.read_u32_le()?),
            _ => cursor.read_uvar((1..4).find(|bytes| stride >> (8 * bytes) == 0).unwrap_or(4))?,
        };
        if version == 1 {
            cursor.skip(28)?;
        }
        let raw = cursor.slice_from(cursor.position())?;
        let (kind, _) = parse_datatype_description(&mut cursor)?;
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        match leaf(&kind, raw) {
            Ok(element) if offset.checked_add(element.width).is_some_and(|end| end <= stride) => {
                numbers.fields.push((Some(name), Element { offset, stride, ..element }));
            }
            Ok(_) => numbers.left_out.push((name, DecodeError::new("the field extends past its element"))),
            Err(why) => numbers.left_out.push((name, why)),
        }
    }
    Ok(numbers)
}

/// Returns a type that is one number.
fn leaf(kind: &Datatype, raw: &[u8]) -> Result<Element, DecodeError> {
    let element = |name, coding, width: u8| {
        let width = usize::from(width);
        Ok(Element { name, coding, width, offset: 0, stride: width })
    };
    let mut cursor = Cursor::new(raw);
    match kind {
        Datatype::FixedPoint { size, signed, byte_order } => {
            cursor.skip(8)?;
            let (first, bits) = (u32::from(cursor.read_u16_le()?), u32::from(cursor.read_u16_le()?));
            let (name, dtype) = integer(*size, *signed)?;
            let (all, order) = (8 * u32::from(*size), order(*byte_order));
            match (first, bits) {
                (0, bits) if bits == all => element(name, Coding::Plain(dtype, order), *size),
                _ if bits == 0 || first + bits > all => Err(DecodeError::new("integers whose bits do not fit")),
                _ => element(name, Coding::Bits { dtype, order, signed: *signed, first, bits }, *size),
            }
        }
        Datatype::Bitfield { size, byte_order } => {
            let (name, dtype) = integer(*size, false)?;
            element(name, Coding::Plain(dtype, order(*byte_order)), *size)
        }
        Datatype::Enum { base, members } => match &**base {
            Datatype::FixedPoint { size: 1, .. } if is_boolean(members) => {
                element("bool", Coding::Plain(DType::Bool, ByteOrder::Little), 1)
            }
            base => leaf(base, raw.get(8..).unwrap_or_default()),
        },
        Datatype::FloatingPoint { size, byte_order } => {
            cursor.skip(1)?;
            let flags = cursor.read_u8()?;
            cursor.skip(6)?;
            let (offset, precision) = (cursor.read_u16_le()?, cursor.read_u16_le()?);
            let (_, exponent, at, mantissa) =
                (cursor.read_u8()?, cursor.read_u8()?, cursor.read_u8()?, cursor.read_u8()?);
            let bias = cursor.read_u32_le()?;
            let order = order(*byte_order);
            let (name, coding) = match (size, exponent, mantissa, bias) {
                (2, 5, 10, 15) => ("float16", Coding::Plain(DType::F16, order)),
                (4, 8, 23, 127) => ("float32", Coding::Plain(DType::F32, order)),
                (8, 11, 52, 1023) => ("float64", Coding::Plain(DType::F64, order)),
                (2, 8, 7, 127) => ("bfloat16", Coding::Small(ElementType::Bf16, order)),
                (1, 5, 2, 15) => ("float8_e5m2", Coding::Small(ElementType::F8(Float8::E5M2), order)),
                (1, 4, 3, 7) => ("float8_e4m3", Coding::Small(ElementType::F8(Float8::E4M3), order)),
                _ => return Err(unreadable_float(precision)),
            };
            // Both bits of the byte order are set for VAX.
            let is_vax = flags & 0x41 == 0x41;
            if offset != 0 || at != 0 || precision != 8 * u16::from(*size) || is_vax {
                return Err(unreadable_float(precision));
            }
            element(name, coding, *size)
        }
        Datatype::String { .. } | Datatype::VarLen { kind: VarLenKind::String, .. } => {
            Err(DecodeError::new("strings are not numbers"))
        }
        Datatype::VarLen { .. } => Err(DecodeError::new("ragged arrays cannot be read yet")),
        Datatype::Opaque { .. } => Err(DecodeError::new("opaque bytes are not numbers")),
        Datatype::Reference { .. } => Err(DecodeError::new("references are not numbers")),
        Datatype::Array { .. } => Err(DecodeError::new("arrays inside elements cannot be read yet")),
        Datatype::Compound { .. } => Err(DecodeError::new("nested fields cannot be read yet")),
    }
}

fn unreadable_float(bits: u16) -> DecodeError {
    DecodeError::new(format!("floats of {bits} bits in this layout cannot be read yet"))
}

fn integer(size: u8, signed: bool) -> Result<(&'static str, DType), DecodeError> {
    Ok(match (size, signed) {
        (1, true) => ("int8", DType::I8),
        (2, true) => ("int16", DType::I16),
        (4, true) => ("int32", DType::I32),
        (8, true) => ("int64", DType::I64),
        (1, false) => ("uint8", DType::U8),
        (2, false) => ("uint16", DType::U16),
        (4, false) => ("uint32", DType::U32),
        (8, false) => ("uint64", DType::U64),
        _ => return Err(DecodeError::new(format!("integers of {size} bytes cannot be read yet"))),
    })
}

/// Returns true for the values of h5py's boolean type.
fn is_boolean(members: &[hdf5_reader::EnumMember]) -> bool {
    let mut values: Vec<_> = members.iter().map(|member| (member.name.to_ascii_lowercase(), &*member.value)).collect();
    values.sort();
    matches!(values.as_slice(), [(no, [0]), (yes, [1])] if no == "false" && yes == "true")
}
