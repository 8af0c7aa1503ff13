//! numpy's `.npy`: versions 1 to 3, every real type, both byte orders, C and Fortran order.
//!
//! Decoding streams: the declared size is a claim, memory grows with what really comes. Not here: pickles, records,
//! text, dates and complex numbers, which are refused with a sentence each.

mod header;

use super::DecodeError;
use crate::hist::{DType, Samples, each};
use std::io::Read;
use zerocopy::{FromZeros, IntoBytes as _};

pub use header::Header;

/// How every `.npy` starts.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// Bytes decoded at a time: small enough to stay in cache, large enough that a system call costs nothing.
const BLOCK: usize = 256 << 10;

/// Whether values are stored least or most significant byte first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// Which index of an array varies fastest in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// The last index.
    C,
    /// The first index.
    Fortran,
}

/// Reads a whole array: header, then data. Bytes behind the array are left unread, which is legal.
///
/// # Errors
/// What is wrong with the header, a type that cannot be counted, or data that ends early (in numpy's words).
pub fn read(input: &mut impl Read) -> Result<(Header, Samples), DecodeError> {
    let header = Header::read(input)?;
    let samples = read_data(input, &header)?;
    Ok((header, samples))
}

/// Reads the data behind a [`Header`], in C order whatever the file's.
///
/// # Errors
/// Data that ends early or cannot be read.
pub fn read_data(input: &mut impl Read, header: &Header) -> Result<Samples, DecodeError> {
    let (expected, size) = (header.elements()?, header.dtype.bytes());
    let mut samples = Samples::empty(header.dtype);
    let mut block = vec![0; BLOCK.min(expected.saturating_mul(size))];
    while samples.len() < expected {
        let left = expected - samples.len();
        let want = block.len().min(left.saturating_mul(size));
        let Some(room) = block.get_mut(..want) else { break };
        let got = super::fill(input, room)?;
        let items = got / size;
        // Doubling, but never beyond what is expected: the last growth of a large array would waste half of it.
        let more = items.max(samples.len()).min(left);
        each!(&mut samples, values => {
            if values.capacity() - values.len() < items {
                values.try_reserve_exact(more).map_err(|_| DecodeError::new("it does not fit in memory"))?;
            }
        });
        decode(room.get(..got).unwrap_or_default(), header.order, &mut samples);
        if got < want {
            return Err(header.truncated(samples.len()));
        }
    }
    if header.layout == Layout::Fortran && !samples.is_empty() {
        each!(&mut samples, values => *values = c_order(values, &header.shape));
    }
    Ok(samples)
}

/// Appends the numbers that some bytes are, in the type of the samples; bytes left over at the end are none.
pub fn decode(bytes: &[u8], order: ByteOrder, samples: &mut Samples) {
    let (dtype, width) = (samples.dtype(), samples.dtype().bytes());
    let (from, whole) = (samples.len() * width, bytes.get(..bytes.len() / width * width).unwrap_or_default());
    let n = samples.len() + whole.len() / width;
    if let Some(bytes) = room(samples, n).get_mut(from..) {
        bytes.copy_from_slice(whole);
        settle(bytes, dtype, order);
    }
}

/// The bytes of so many samples, into which a file's can be read; [`settle`] makes numbers of these.
pub fn room(samples: &mut Samples, n: usize) -> &mut [u8] {
    each!(samples, values => {
        values.resize_with(n, FromZeros::new_zeroed);
        values.as_mut_bytes()
    })
}

/// Brings the bytes of numbers of a type, as a file has them, into the order and form that they have in memory.
pub fn settle(bytes: &mut [u8], dtype: DType, order: ByteOrder) {
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

/// Turns Fortran order into C order.
fn c_order<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let strides: Vec<usize> = shape.iter().scan(1, |stride, n| Some(std::mem::replace(stride, *stride * n))).collect();
    let mut index = vec![0; shape.len()];
    let mut at = 0;
    let mut out = Vec::with_capacity(values.len());
    while let Some(value) = values.get(at).filter(|_| out.len() < values.len()) {
        out.push(*value);
        // Counts up like an odometer: the last index runs fastest, a full one returns to 0 and carries.
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
