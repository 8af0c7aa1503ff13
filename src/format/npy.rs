//! numpy's `.npy`: versions 1 to 3, every real type, both byte orders, C and Fortran order.
//!
//! Decoding streams: the declared size is a claim, memory grows with what really comes. Not here: pickles, records,
//! text, dates and complex numbers, which are refused with a sentence each.

mod header;

use super::Refusal;
use crate::hist::{DType, Samples};
use half::f16;
use std::io::Read;

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
pub fn read(input: &mut impl Read) -> Result<(Header, Samples), Refusal> {
    let header = Header::read(input)?;
    let samples = read_data(input, &header)?;
    Ok((header, samples))
}

/// Reads the data behind a [`Header`], in C order whatever the file's.
///
/// # Errors
/// Data that ends early or cannot be read.
pub fn read_data(input: &mut impl Read, header: &Header) -> Result<Samples, Refusal> {
    Ok(match header.dtype {
        DType::Bool => Samples::Bool(values(input, header, |b: [u8; 1], _| u8::from(b[0] != 0))?),
        DType::U8 => Samples::U8(values(input, header, |b: [u8; 1], _| b[0])?),
        DType::I8 => Samples::I8(values(input, header, |b: [u8; 1], _| b[0].cast_signed())?),
        DType::I16 => Samples::I16(values(input, header, |b, order| ordered!(i16, b, order))?),
        DType::I32 => Samples::I32(values(input, header, |b, order| ordered!(i32, b, order))?),
        DType::I64 => Samples::I64(values(input, header, |b, order| ordered!(i64, b, order))?),
        DType::U16 => Samples::U16(values(input, header, |b, order| ordered!(u16, b, order))?),
        DType::U32 => Samples::U32(values(input, header, |b, order| ordered!(u32, b, order))?),
        DType::U64 => Samples::U64(values(input, header, |b, order| ordered!(u64, b, order))?),
        DType::F16 => Samples::F16(values(input, header, |b, order| ordered!(f16, b, order))?),
        DType::F32 => Samples::F32(values(input, header, |b, order| ordered!(f32, b, order))?),
        DType::F64 => Samples::F64(values(input, header, |b, order| ordered!(f64, b, order))?),
    })
}

/// A number from its bytes in either order.
macro_rules! ordered {
    ($type:ty, $bytes:expr, $order:expr) => {
        match $order {
            ByteOrder::Little => <$type>::from_le_bytes($bytes),
            ByteOrder::Big => <$type>::from_be_bytes($bytes),
        }
    };
}
use ordered;

/// Reads and converts block by block. The vector doubles as data arrive and never trusts the header's count alone.
fn values<T: Copy, const SIZE: usize>(
    input: &mut impl Read,
    header: &Header,
    convert: impl Fn([u8; SIZE], ByteOrder) -> T,
) -> Result<Vec<T>, Refusal> {
    let expected = header.elements()?;
    let mut out: Vec<T> = Vec::new();
    let mut block = vec![0; BLOCK.min(expected.saturating_mul(SIZE))];
    while out.len() < expected {
        let want = block.len().min((expected - out.len()).saturating_mul(SIZE));
        let Some(room) = block.get_mut(..want) else { break };
        let got = super::fill(input, room)?;
        let (items, _) = room.get(..got).unwrap_or_default().as_chunks::<SIZE>();
        // Doubling, but never beyond what is expected: the last growth of a large array would waste half of it.
        if out.capacity() - out.len() < items.len() {
            let more = items.len().max(out.len()).min(expected - out.len());
            out.try_reserve_exact(more).map_err(|_| Refusal::new("it does not fit in memory"))?;
        }
        // The order is fixed for the whole array; matching outside of the loop keeps the loop a plain copy.
        match header.order {
            ByteOrder::Little => out.extend(items.iter().map(|b| convert(*b, ByteOrder::Little))),
            ByteOrder::Big => out.extend(items.iter().map(|b| convert(*b, ByteOrder::Big))),
        }
        if got < want {
            return Err(header.truncated(out.len()));
        }
    }
    Ok(match header.layout {
        Layout::Fortran if !out.is_empty() => c_order(&out, &header.shape),
        _ => out,
    })
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
