//! The header of a `.npy`: magic, version, and a Python dict literal that says type, order and shape.

use super::{ByteOrder, Layout, MAGIC};
use crate::format::{DecodeError, fill};
use crate::hist::DType;
use std::io::Read;

mod literal;

use literal::Literal;

/// Longer headers than this are no header; numpy itself stops at 10,000 characters.
const LONGEST: usize = 1 << 20;

/// What a `.npy` says about its array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub dtype: DType,
    pub order: ByteOrder,
    pub layout: Layout,
    /// Empty for a single number; one length a dimension.
    pub shape: Vec<usize>,
    /// Bytes in front of the data.
    pub len: u64,
}

impl Header {
    /// Reads magic, version and dict, and leaves `input` at the first byte of data.
    ///
    /// # Errors
    /// Which part of the header is missing or wrong, or why its type cannot be counted.
    pub fn read(input: &mut impl Read) -> Result<Self, DecodeError> {
        let mut start = [0; 8];
        let got = fill(input, &mut start)?;
        if !start.get(..got).unwrap_or_default().starts_with(MAGIC) {
            return Err(DecodeError::new("it does not start as a .npy file does (\\x93NUMPY)"));
        }
        let [.., major, minor] = start;
        if got < start.len() {
            return Err(DecodeError::new("it ends inside its .npy header; it was not fully written"));
        }
        let mut length = [0; 4];
        let size = match (major, minor) {
            (1, 0) => 2,
            (2 | 3, 0) => 4,
            _ => {
                return Err(DecodeError::new(format!(
                    "it is .npy version {major}.{minor}; only 1.0, 2.0 and 3.0 are known; save it again with np.save"
                )));
            }
        };
        if fill(input, &mut length[..size])? < size {
            return Err(DecodeError::new("it ends inside its .npy header; it was not fully written"));
        }
        let expected = u32::from_le_bytes(length) as usize;
        if expected > LONGEST {
            return Err(DecodeError::new(format!("its .npy header is damaged: it claims to be {expected} bytes long")));
        }
        let mut text = Vec::new();
        input.take(expected as u64).read_to_end(&mut text).map_err(DecodeError::from)?;
        if text.len() < expected {
            return Err(DecodeError::new(format!(
                "it ends inside its .npy header: expected {expected} bytes, got {}; it was not fully written",
                text.len()
            )));
        }
        let header = Self::parse(&text)?;
        Ok(Self { len: (8 + size + expected) as u64, ..header })
    }

    fn parse(text: &[u8]) -> Result<Self, DecodeError> {
        // Versions 1 and 2 are Latin-1, version 3 is UTF-8; what matters here is ASCII in all of them.
        let text = String::from_utf8_lossy(text);
        let Some(Literal::Dict(members)) = literal::parse(&text) else {
            return Err(DecodeError::new(format!("its .npy header is damaged: cannot parse {}", shown(&text))));
        };
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if keys != ["descr", "fortran_order", "shape"] {
            return Err(DecodeError::new(format!(
                "its .npy header is damaged: it must name descr, fortran_order and shape, not {}",
                shown(&keys.join(", "))
            )));
        }
        let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let (kind, order) = match member("descr") {
            Some(Literal::Text(descr)) => dtype(descr)?,
            Some(Literal::List(_)) => {
                return Err(DecodeError::new(
                    "it holds records with named fields (a structured array); save one field: np.save(name, a['field'])",
                ));
            }
            _ => return Err(DecodeError::new("its .npy header is damaged: descr is not a type")),
        };
        let layout = match member("fortran_order") {
            Some(Literal::Bool(false)) => Layout::C,
            Some(Literal::Bool(true)) => Layout::Fortran,
            _ => return Err(DecodeError::new("its .npy header is damaged: fortran_order is neither True nor False")),
        };
        let Some(Literal::Tuple(lengths)) = member("shape") else {
            return Err(DecodeError::new("its .npy header is damaged: shape is not a tuple of lengths"));
        };
        let length = |value: &Literal| match value {
            Literal::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        };
        let Some(shape) = lengths.iter().map(length).collect() else {
            return Err(DecodeError::new("its .npy header is damaged: shape holds something that is no length"));
        };
        let header = Self { dtype: kind, order, layout, shape, len: 0 };
        header.elements()?;
        Ok(header)
    }

    /// Number of elements: the product of the shape.
    ///
    /// # Errors
    /// A product whose bytes cannot be addressed.
    pub fn elements(&self) -> Result<usize, DecodeError> {
        let too_large =
            || DecodeError::new(format!("its .npy header is damaged: no array is as large as {}", self.dims()));
        if self.shape.contains(&0) {
            return Ok(0);
        }
        let n = self.shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length)).ok_or_else(too_large)?;
        n.checked_mul(self.dtype.bytes()).filter(|bytes| isize::try_from(*bytes).is_ok()).ok_or_else(too_large)?;
        Ok(n)
    }

    /// Bytes of memory that reading the array takes: Fortran's order is turned into a copy.
    pub fn memory(&self) -> u64 {
        let turned = self.layout == Layout::Fortran && self.shape.len() > 1;
        self.bytes().saturating_mul(if turned { 2 } else { 1 })
    }

    /// Bytes of all elements, as the header claims.
    pub fn bytes(&self) -> u64 {
        self.elements().unwrap_or_default() as u64 * self.dtype.bytes() as u64
    }

    /// Checks that `file_len` bytes can hold header and data, before any of the data are read.
    ///
    /// # Errors
    /// numpy's sentence on data that end early.
    pub fn fits(&self, file_len: u64) -> Result<(), DecodeError> {
        let present = file_len.saturating_sub(self.len) / self.dtype.bytes() as u64;
        let present = usize::try_from(present).unwrap_or(usize::MAX);
        if present < self.elements()? { Err(self.truncated(present)) } else { Ok(()) }
    }

    /// numpy's words for data that end early.
    pub(super) fn truncated(&self, read: usize) -> DecodeError {
        let n = self.elements().unwrap_or(usize::MAX);
        DecodeError::new(format!(
            "Failed to read all data for array. Expected {} = {n} elements, could only read {read} elements.",
            self.dims()
        ))
    }

    /// The shape as Python prints a tuple: `()`, `(10,)`, `(2, 3)`.
    pub fn dims(&self) -> String {
        match self.shape.as_slice() {
            [n] => format!("({n},)"),
            all => format!("({})", all.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// A bounded piece of text from the file, quoted so that control characters are visible.
fn shown(text: &str) -> String {
    let short: String = text.trim_end().chars().take(80).collect();
    format!("{short:?}")
}

/// numpy's type descriptor: `<f8`, `>f4`, `=f8`, `f8`, `|u1`, `float64` …
fn dtype(descr: &str) -> Result<(DType, ByteOrder), DecodeError> {
    let (order, code) = match descr.as_bytes().first() {
        Some(b'<') => (ByteOrder::Little, &descr[1..]),
        Some(b'>') => (ByteOrder::Big, &descr[1..]),
        Some(b'=' | b'|') => (ByteOrder::NATIVE, &descr[1..]),
        _ => (ByteOrder::NATIVE, descr),
    };
    let dtype = match code {
        "b1" | "?" | "bool" => DType::Bool,
        "i1" | "b" | "int8" => DType::I8,
        "i2" | "h" | "int16" => DType::I16,
        "i4" | "i" | "int32" => DType::I32,
        "i8" | "q" | "l" | "int64" => DType::I64,
        "u1" | "B" | "uint8" => DType::U8,
        "u2" | "H" | "uint16" => DType::U16,
        "u4" | "I" | "uint32" => DType::U32,
        "u8" | "Q" | "L" | "uint64" => DType::U64,
        "f2" | "e" | "float16" => DType::F16,
        "f4" | "f" | "float32" => DType::F32,
        "f8" | "d" | "float64" => DType::F64,
        _ => return Err(uncountable(descr, code)),
    };
    Ok((dtype, order))
}

/// Why a type is refused, with what to save instead.
fn uncountable(descr: &str, code: &str) -> DecodeError {
    let digits = code.get(1..).is_some_and(|size| size.bytes().all(|b| b.is_ascii_digit()));
    let what = match code.as_bytes().first() {
        Some(b'O') => "pickled Python objects; save numbers: np.save(name, np.asarray(a, dtype=float))",
        _ if matches!(code, "f16" | "f12" | "g" | "longdouble" | "float128") => {
            "long doubles, whose bits differ between machines; save a.astype('float64')"
        }
        Some(b'c') if digits => "complex numbers; save a.real, a.imag or abs(a)",
        Some(b'U' | b'S' | b'a') if digits => "text; save the numbers in it: a.astype(float)",
        Some(b'V') if digits => "raw bytes of no type that numpy knows; save a.astype('float32')",
        Some(b'M' | b'm') => "dates or durations; save a.astype('int64')",
        _ => return DecodeError::new(format!("its .npy header is damaged: {} is not a valid type", shown(descr))),
    };
    DecodeError::new(format!("its type {} is {what}", shown(descr)))
}
