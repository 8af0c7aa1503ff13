//! The header of a `.npy` file: magic, version, and a Python dict literal with type, order and shape.

use super::{ByteOrder, MAGIC, MemoryOrder};
use crate::format::{DecodeError, fill};
use crate::hist::DType;
use std::io::Read;

mod literal;
mod record;

use literal::Literal;
pub use record::{Field, FieldLayout, LeftOutField};

/// Maximum length of a header. The limit of numpy is 10,000 characters.
const MAX_LENGTH: usize = 1 << 20;

/// The type, order and shape of an array, or of one field of a structured array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub dtype: DType,
    pub order: ByteOrder,
    pub memory_order: MemoryOrder,
    /// One length per dimension; empty for a single number. The dimensions of a field follow those of its array.
    pub shape: Vec<usize>,
    /// Bytes before the data.
    pub len: u64,
    /// Position of the numbers in the records of a structured array; `None` for an array of numbers.
    pub field: Option<FieldLayout>,
}

/// The arrays that a file describes: one of numbers, or the number fields of a structured one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Headers {
    Plain(Header),
    Structured { fields: Vec<Field>, left_out: Vec<LeftOutField> },
}

impl Header {
    /// Reads the header of an array of numbers. Leaves `input` at the first byte of data.
    ///
    /// # Errors
    /// The header is truncated or malformed, or the type cannot be counted.
    pub fn read(input: &mut impl Read) -> Result<Self, DecodeError> {
        match Headers::read(input)? {
            Headers::Plain(header) => Ok(header),
            Headers::Structured { .. } => Err(DecodeError::new("this is a structured array")),
        }
    }
}

impl Headers {
    /// Reads magic, version and dict. Leaves `input` at the first byte of data.
    ///
    /// # Errors
    /// The header is truncated or malformed, or neither the type nor one of its fields can be counted.
    pub fn read(input: &mut impl Read) -> Result<Self, DecodeError> {
        let mut start = [0; 8];
        let n = fill(input, &mut start)?;
        if !start.get(..n).unwrap_or_default().starts_with(MAGIC) {
            return Err(DecodeError::new("not a .npy file: it does not start with \\x93NUMPY"));
        }
        let [.., major, minor] = start;
        if n < start.len() {
            return Err(DecodeError::new("truncated .npy header; the file was not fully written"));
        }
        let mut length = [0; 4];
        let size = match (major, minor) {
            (1, 0) => 2,
            (2 | 3, 0) => 4,
            _ => {
                return Err(DecodeError::new(format!(
                    ".npy version {major}.{minor} is not supported (only 1.0, 2.0 and 3.0); save the array again with np.save"
                )));
            }
        };
        if fill(input, &mut length[..size])? < size {
            return Err(DecodeError::new("truncated .npy header; the file was not fully written"));
        }
        let expected = u32::from_le_bytes(length) as usize;
        if expected > MAX_LENGTH {
            return Err(DecodeError::new(format!("damaged .npy header: it claims to be {expected} bytes long")));
        }
        let mut text = Vec::new();
        input.take(expected as u64).read_to_end(&mut text).map_err(DecodeError::from)?;
        if text.len() < expected {
            return Err(DecodeError::new(format!(
                "truncated .npy header: expected {expected} bytes, got {}; the file was not fully written",
                text.len()
            )));
        }
        // Versions 1 and 2 are Latin-1, version 3 is UTF-8. Only names of fields are not ASCII.
        let text = if major < 3 {
            text.iter().map(|byte| char::from(*byte)).collect()
        } else {
            String::from_utf8_lossy(&text).into_owned()
        };
        Self::parse(&text, (8 + size + expected) as u64)
    }

    /// Parses the dict of a header with `len` bytes.
    fn parse(text: &str, len: u64) -> Result<Self, DecodeError> {
        let Some(Literal::Dict(members)) = literal::parse(text) else {
            return Err(DecodeError::new(format!("damaged .npy header: cannot parse {}", quoted(text))));
        };
        let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if keys != ["descr", "fortran_order", "shape"] {
            return Err(DecodeError::new(format!(
                "damaged .npy header: expected the keys descr, fortran_order and shape, found {}",
                quoted(&keys.join(", "))
            )));
        }
        let member = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        let memory_order = match member("fortran_order") {
            Some(Literal::Bool(false)) => MemoryOrder::C,
            Some(Literal::Bool(true)) => MemoryOrder::Fortran,
            _ => return Err(DecodeError::new("damaged .npy header: fortran_order is not a boolean")),
        };
        let Some(Literal::Tuple(lengths)) = member("shape") else {
            return Err(DecodeError::new("damaged .npy header: shape is not a tuple"));
        };
        let length = |value: &Literal| match value {
            Literal::Int(n) => usize::try_from(*n).ok(),
            _ => None,
        };
        let Some(shape) = lengths.iter().map(length).collect::<Option<Vec<usize>>>() else {
            return Err(DecodeError::new("damaged .npy header: shape contains an invalid length"));
        };
        let (dtype, order) = match member("descr") {
            Some(Literal::Text(descr)) => dtype(descr)?,
            Some(descr @ (Literal::List(_) | Literal::Tuple(_))) => {
                return record::fields(descr, memory_order, &shape, len);
            }
            _ => return Err(DecodeError::new("damaged .npy header: descr is not a type")),
        };
        let header = Header { dtype, order, memory_order, shape, len, field: None };
        header.elements()?;
        Ok(Self::Plain(header))
    }
}

impl Header {
    /// Returns the number of elements, which is the product of the shape.
    ///
    /// # Errors
    /// The array does not fit in the address space.
    pub fn elements(&self) -> Result<usize, DecodeError> {
        let too_large = || DecodeError::new(format!("damaged .npy header: the shape {} is too large", self.dims()));
        if self.shape.contains(&0) {
            return Ok(0);
        }
        let n = self.shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length)).ok_or_else(too_large)?;
        let in_file = n / self.per_record().max(1);
        let fits = |bytes: Option<usize>| bytes.is_some_and(|bytes| isize::try_from(bytes).is_ok());
        let all_fit = fits(n.checked_mul(self.dtype.bytes())) && fits(in_file.checked_mul(self.record_bytes()));
        if all_fit { Ok(n) } else { Err(too_large()) }
    }

    /// Numbers in a record; 1 for an array of numbers.
    fn per_record(&self) -> usize {
        self.field.as_ref().map_or(1, FieldLayout::len)
    }

    /// Bytes of a record; those of a number for an array of numbers.
    fn record_bytes(&self) -> usize {
        self.field.as_ref().map_or(self.dtype.bytes(), |field| field.record)
    }

    /// Returns true for a field with dimensions of its own.
    pub fn has_arrays_in_records(&self) -> bool {
        self.field.as_ref().is_some_and(|field| field.dims() > 0)
    }

    /// Number of dimensions of the array, without those of a field.
    pub(super) fn array_dims(&self) -> usize {
        self.shape.len() - self.field.as_ref().map_or(0, FieldLayout::dims)
    }

    /// Returns the bytes of memory needed to read the array. Converting Fortran order needs a copy.
    pub fn memory(&self) -> u64 {
        let is_copied = self.memory_order == MemoryOrder::Fortran && self.shape.len() > 1;
        let bytes = self.elements().unwrap_or_default() as u64 * self.dtype.bytes() as u64;
        bytes.saturating_mul(if is_copied { 2 } else { 1 })
    }

    /// Returns the size of the data in the file, according to the header. For a field, this includes the other fields.
    pub fn bytes(&self) -> u64 {
        let records = self.elements().unwrap_or_default() / self.per_record().max(1);
        records as u64 * self.record_bytes() as u64
    }

    /// Checks that a file of `file_len` bytes is long enough for header and data.
    ///
    /// # Errors
    /// numpy's message for truncated data.
    pub fn fits(&self, file_len: u64) -> Result<(), DecodeError> {
        let present = file_len.saturating_sub(self.len) / self.record_bytes().max(1) as u64;
        let present = usize::try_from(present).unwrap_or(usize::MAX).saturating_mul(self.per_record());
        if present < self.elements()? { Err(self.truncated(present)) } else { Ok(()) }
    }

    /// Returns numpy's message for truncated data.
    pub(super) fn truncated(&self, read: usize) -> DecodeError {
        let n = self.elements().unwrap_or(usize::MAX);
        DecodeError::new(format!(
            "Failed to read all data for array. Expected {} = {n} elements, could only read {read} elements.",
            self.dims()
        ))
    }

    /// Returns the shape as a Python tuple: `()`, `(10,)`, `(2, 3)`.
    pub fn dims(&self) -> String {
        match self.shape.as_slice() {
            [n] => format!("({n},)"),
            all => format!("({})", all.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
        }
    }
}

/// Quotes the first 80 characters of text from the file for a message.
fn quoted(text: &str) -> String {
    let short: String = text.trim_end().chars().take(80).collect();
    format!("{short:?}")
}

/// Parses a type descriptor of numpy: `<f8`, `>f4`, `=f8`, `f8`, `|u1`, `float64` …
pub(in crate::format) fn dtype(descr: &str) -> Result<(DType, ByteOrder), DecodeError> {
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

/// Returns the error for a type that cannot be counted, with a remedy.
fn uncountable(descr: &str, code: &str) -> DecodeError {
    let digits = code.get(1..).is_some_and(|size| size.bytes().all(|b| b.is_ascii_digit()));
    let content = match code.as_bytes().first() {
        Some(b'O') => "pickled Python objects; save numbers: np.save(name, np.asarray(a, dtype=float))",
        _ if matches!(code, "f16" | "f12" | "g" | "longdouble" | "float128") => {
            "long doubles, whose format depends on the machine; save a.astype('float64')"
        }
        Some(b'c') if digits => "complex numbers; save a.real, a.imag or abs(a)",
        Some(b'U' | b'S' | b'a') if digits => "text; save a.astype(float)",
        Some(b'V') if digits => "raw bytes of a type unknown to numpy; save a.astype('float32')",
        Some(b'M' | b'm') => "dates or durations; save a.astype('int64')",
        _ => return DecodeError::new(format!("damaged .npy header: {} is not a valid type", quoted(descr))),
    };
    DecodeError::new(format!("unsupported type {}: {content}", quoted(descr)))
}
