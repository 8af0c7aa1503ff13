//! numpy's `.npy` format: versions 1 to 3, all real types, both byte orders, C and Fortran order, and the number fields of
//! structured arrays.
//!
//! The decoder does not trust the declared size: its memory grows with the data it reads. Not here: pickles, text, dates and
//! complex numbers. Each of them is an error with its own message, or named if it is a field.

mod header;

use super::DecodeError;
use super::view::{in_c_order, stored_strides};
use crate::hist::{DType, Samples, each};
use std::io::{self, Read};
use zerocopy::{FromZeros, IntoBytes as _};

pub(super) use header::dtype;
pub use header::{Field, FieldLayout, Header, Headers, LeftOutField};

/// The first bytes of every `.npy` file.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes decoded at a time. They stay in cache, and the cost of a system call per block does not matter.
const BLOCK: usize = 256 << 10;

/// Byte order of the stored values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// The order of the elements of an array in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryOrder {
    /// The last index varies fastest.
    C,
    /// The first index varies fastest.
    Fortran,
}

/// Reads an array: header, then data. Bytes after the array are legal, and are not read.
///
/// # Errors
/// The header is malformed, the type cannot be counted, or the data is truncated (in numpy's words).
pub fn read(input: &mut impl Read) -> Result<(Header, Samples), DecodeError> {
    let header = Header::read(input)?;
    let samples = read_data(input, &header)?;
    Ok((header, samples))
}

/// Reads the data that follows a [`Header`], and returns it in C order.
///
/// # Errors
/// The data is truncated or cannot be read.
pub fn read_data(input: &mut impl Read, header: &Header) -> Result<Samples, DecodeError> {
    if let Some(field) = &header.field {
        return read_field(input, header, field);
    }
    let (expected, size) = (header.elements()?, header.dtype.bytes());
    let mut samples = Samples::empty(header.dtype);
    let mut block = vec![0; BLOCK.min(expected.saturating_mul(size))];
    while samples.len() < expected {
        let left = expected - samples.len();
        let requested = block.len().min(left.saturating_mul(size));
        let Some(buffer) = block.get_mut(..requested) else { break };
        let n = super::fill(input, buffer)?;
        let items = n / size;
        // Doubles the capacity, up to the expected length: otherwise the last growth of a large array could waste half.
        let more = items.max(samples.len()).min(left);
        each!(&mut samples, values => {
            if values.capacity() - values.len() < items {
                values.try_reserve_exact(more).map_err(|_| DecodeError::out_of_memory())?;
            }
        });
        decode(buffer.get(..n).unwrap_or_default(), header.order, &mut samples);
        if n < requested {
            return Err(header.truncated(samples.len()));
        }
    }
    if header.memory_order == MemoryOrder::Fortran && !samples.is_empty() {
        each!(&mut samples, values => *values = c_order(values, &header.shape, 1));
    }
    Ok(samples)
}

/// Reads the numbers of one field from the records of a structured array.
fn read_field(input: &mut impl Read, header: &Header, field: &FieldLayout) -> Result<Samples, DecodeError> {
    let (expected, width) = (header.elements()?, header.dtype.bytes());
    let mut samples = Samples::empty(header.dtype);
    let (mut block, mut gathered) = (Vec::new(), Vec::new());
    while samples.len() < expected {
        let left = (expected - samples.len()) / field.len();
        // Of a large record, only the part with the field is kept. Its numbers are samples, so memory grows with the data.
        let is_large = field.record > BLOCK;
        let (start, len) = if is_large { (field.offset, field.span(width)) } else { (0, field.record) };
        let records = if is_large { 1 } else { (BLOCK / field.record.max(1)).clamp(1, left.max(1)) };
        let requested = records * len;
        block.clear();
        let has_start = skip(input, start)?;
        input.by_ref().take(requested as u64).read_to_end(&mut block).map_err(DecodeError::from)?;
        let has_rest = skip(input, if is_large { field.record - start - len } else { 0 })?;
        gathered.clear();
        for record in block.chunks_exact(len.max(1)) {
            field.gather(record, field.offset - start, width, &mut gathered);
        }
        each!(&mut samples, values => {
            values.try_reserve(gathered.len() / width).map_err(|_| DecodeError::out_of_memory())?;
        });
        decode(&gathered, header.order, &mut samples);
        if block.len() < requested || !has_start || !has_rest {
            let complete = if has_rest { samples.len() } else { samples.len().saturating_sub(field.len()) };
            return Err(header.truncated(complete));
        }
    }
    if header.memory_order == MemoryOrder::Fortran && !samples.is_empty() {
        let dims = header.shape.get(..header.array_dims()).unwrap_or_default();
        each!(&mut samples, values => *values = c_order(values, dims, field.len()));
    }
    Ok(samples)
}

/// Reads over some bytes. Returns false if the input ends before.
fn skip(input: &mut impl Read, bytes: usize) -> Result<bool, DecodeError> {
    Ok(io::copy(&mut input.by_ref().take(bytes as u64), &mut io::sink())? == bytes as u64)
}

/// Decodes bytes as numbers of the type of `samples` and appends them. Ignores the bytes of an incomplete last number.
pub fn decode(bytes: &[u8], order: ByteOrder, samples: &mut Samples) {
    let (dtype, width) = (samples.dtype(), samples.dtype().bytes());
    let (from, complete) = (samples.len() * width, bytes.get(..bytes.len() / width * width).unwrap_or_default());
    let n = samples.len() + complete.len() / width;
    if let Some(bytes) = resized_bytes_mut(samples, n).get_mut(from..) {
        bytes.copy_from_slice(complete);
        to_native_endian(bytes, dtype, order);
    }
}

/// Resizes `samples` to `n` numbers and returns their memory. Read the bytes of a file into it, then call
/// [`to_native_endian`].
pub fn resized_bytes_mut(samples: &mut Samples, n: usize) -> &mut [u8] {
    each!(samples, values => {
        values.resize_with(n, FromZeros::new_zeroed);
        values.as_mut_bytes()
    })
}

/// Converts the bytes of numbers from the byte order of a file to that of the processor, in place. Booleans become 0 or 1.
pub fn to_native_endian(bytes: &mut [u8], dtype: DType, order: ByteOrder) {
    // Numbers, since reversing their bytes one by one takes longer.
    macro_rules! swap {
        ($number:ty) => {
            for bytes in bytes.as_chunks_mut().0 {
                *bytes = <$number>::from_ne_bytes(*bytes).swap_bytes().to_ne_bytes();
            }
        };
    }
    if dtype == DType::Bool {
        for byte in &mut *bytes {
            *byte = u8::from(*byte != 0);
        }
    }
    if order != ByteOrder::NATIVE {
        match dtype.bytes() {
            2 => swap!(u16),
            4 => swap!(u32),
            8 => swap!(u64),
            _ => {}
        }
    }
}

/// Converts the elements of an array from Fortran order to C order. Each element has `items` values.
fn c_order<T: Copy>(values: &[T], shape: &[usize], items: usize) -> Vec<T> {
    let lengths: Vec<usize> = shape.iter().copied().chain([items]).collect();
    let axes: Vec<usize> = (0..shape.len()).rev().chain([shape.len()]).collect();
    in_c_order(values, &lengths, &stored_strides(&lengths, &axes))
}

#[cfg(test)]
mod tests;
