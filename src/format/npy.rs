//! numpy's `.npy` format: versions 1 to 3, all real types, both byte orders, C and Fortran order.
//!
//! The decoder does not trust the declared size: its memory grows with the data it reads. Not here: pickles, structured
//! arrays, text, dates and complex numbers. Each of them is an error with its own message.

mod header;

use super::DecodeError;
use crate::hist::{DType, Samples, each};
use std::io::Read;
use zerocopy::{FromZeros, IntoBytes as _};

pub use header::Header;

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
        each!(&mut samples, values => *values = c_order(values, &header.shape));
    }
    Ok(samples)
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
    fn swap<const WIDTH: usize>(bytes: &mut [u8]) {
        for number in bytes.as_chunks_mut::<WIDTH>().0 {
            number.reverse();
        }
    }
    if dtype == DType::Bool {
        for byte in &mut *bytes {
            *byte = u8::from(*byte != 0);
        }
    }
    if order != ByteOrder::NATIVE {
        match dtype.bytes() {
            2 => swap::<2>(bytes),
            4 => swap::<4>(bytes),
            8 => swap::<8>(bytes),
            _ => {}
        }
    }
}

/// Converts Fortran order to C order.
fn c_order<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let strides: Vec<usize> = shape.iter().scan(1, |stride, n| Some(std::mem::replace(stride, *stride * n))).collect();
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(values.len());
    while let Some(value) = values.get(at).filter(|_| out.len() < values.len()) {
        out.push(*value);
        // Advances like an odometer: the last index runs fastest, and an index that is full returns to 0 and carries.
        for ((i, n), stride) in index.iter_mut().zip(shape).zip(&strides).rev() {
            *i += 1;
            at += stride;
            if *i < *n {
                break;
            }
            at -= stride * n;
            *i = 0;
        }
    }
    out
}

#[cfg(test)]
mod tests;
