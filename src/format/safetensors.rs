//! Hugging Face's safetensors format: a length, a JSON header that names the tensors, then their bytes.
//!
//! The header is checked like in the reference reader before any tensor is read. Types that numpy does not have (bfloat16,
//! floats of 4 and 8 bits) become float32, which represents all their values exactly. A complex tensor becomes two
//! tensors, its real and imaginary parts. Not here: floats of 6 bits, since the format does not define how they are
//! packed.

mod header;
#[cfg(test)]
mod tests;

use super::{DecodeError, fill, npy};
use crate::hist::{DType, Samples, each};
use std::io::Read;

pub use header::{Header, Tensor};

/// End of the names of safetensors files.
pub const SUFFIX: &str = ".safetensors";

/// End of the name of an index, which maps the tensors of a checkpoint to its files.
pub const INDEX_SUFFIX: &str = ".safetensors.index.json";

/// Bytes decoded at a time; a multiple of the size of every element type.
const BLOCK: usize = 256 << 10;

/// The type of the elements of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// A type that numpy has, in little-endian byte order.
    Plain(DType),
    /// The upper half of a float32.
    Bf16,
    /// One value per byte.
    F8(Float8),
    /// Two values per byte, in the OCP format E2M1.
    F4,
    /// Two signed integers per byte, the first one in the lower half.
    I4,
    /// Two unsigned integers per byte, the first one in the lower half.
    U4,
    /// The first of two float32.
    Real,
    /// The second of two float32.
    Imaginary,
}

/// A format of 8-bit floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Float8 {
    /// Like IEEE floats, with infinities.
    E5M2,
    /// OCP: no infinities; NaN has all bits but the sign set.
    E4M3,
    /// The OCP scale: a power of two without a sign.
    E8M0,
    /// No infinities. The bits of negative zero are NaN.
    E4M3Fnuz,
    /// No infinities. The bits of negative zero are NaN.
    E5M2Fnuz,
}

/// Reads the elements of a tensor. `input` must be at its first byte.
///
/// # Errors
/// The data is truncated or cannot be read.
pub fn read_data(input: &mut impl Read, tensor: &Tensor) -> Result<Samples, DecodeError> {
    read_elements(input, tensor.kind, tensor.bytes.end - tensor.bytes.start)
}

/// Reads elements of one type from the next `bytes` bytes.
///
/// # Errors
/// The data is truncated or cannot be read.
pub fn read_elements(input: &mut impl Read, kind: ElementType, bytes: u64) -> Result<Samples, DecodeError> {
    let mut left = bytes;
    let mut block = vec![0; BLOCK.min(usize::try_from(left).unwrap_or(BLOCK))];
    let mut samples = Samples::empty(kind.dtype());
    while left > 0 {
        let requested = block.len().min(usize::try_from(left).unwrap_or(BLOCK));
        let Some(buffer) = block.get_mut(..requested) else { break };
        if fill(input, buffer)? < requested {
            return Err(DecodeError::new("the file is truncated inside a tensor"));
        }
        each!(&mut samples, values => values.try_reserve(2 * requested)).map_err(|_| DecodeError::out_of_memory())?;
        kind.decode(buffer, &mut samples);
        left -= requested as u64;
    }
    Ok(samples)
}

impl ElementType {
    /// Returns the type of the decoded samples.
    pub fn dtype(self) -> DType {
        match self {
            Self::Plain(dtype) => dtype,
            Self::I4 => DType::I8,
            Self::U4 => DType::U8,
            _ => DType::F32,
        }
    }

    /// Returns the size of an element in the file, in bits.
    pub fn bits(self) -> u64 {
        match self {
            Self::Plain(dtype) => 8 * dtype.bytes() as u64,
            Self::Bf16 => 16,
            Self::F8(_) => 8,
            Self::F4 | Self::I4 | Self::U4 => 4,
            Self::Real | Self::Imaginary => 64,
        }
    }

    /// Decodes the bytes of complete elements and appends them to `samples`, which must have the type
    /// [`dtype`](Self::dtype).
    pub fn decode(self, bytes: &[u8], samples: &mut Samples) {
        let halves = || bytes.iter().flat_map(|two| [two & 15, two >> 4]);
        match samples {
            // The shifts extend the sign.
            Samples::I8(values) if self == Self::I4 => values.extend(halves().map(|half| (half << 4) as i8 >> 4)),
            Samples::U8(values) if self == Self::U4 => values.extend(halves()),
            Samples::F32(values) if !matches!(self, Self::Plain(_)) => self.widen(bytes, values),
            samples => npy::decode(bytes, npy::ByteOrder::Little, samples),
        }
    }

    fn widen(self, bytes: &[u8], values: &mut Vec<f32>) {
        let half = |pair: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*pair)) << 16);
        let parts = || bytes.as_chunks::<4>().0.iter().map(|part| f32::from_le_bytes(*part));
        match self {
            Self::Bf16 => values.extend(bytes.as_chunks().0.iter().map(half)),
            Self::F8(format) => {
                let all: [f32; 256] = std::array::from_fn(|bits| format.value(bits as u8));
                values.extend(bytes.iter().map(|bits| all[usize::from(*bits)]));
            }
            Self::F4 => {
                let all: [f32; 16] = std::array::from_fn(|bits| float(bits as u8, 1, 2, 1));
                values.extend(bytes.iter().flat_map(|two| [two & 15, two >> 4]).map(|bits| all[usize::from(bits)]));
            }
            Self::Real => values.extend(parts().step_by(2)),
            Self::Imaginary => values.extend(parts().skip(1).step_by(2)),
            Self::Plain(_) | Self::I4 | Self::U4 => {}
        }
    }
}

impl Float8 {
    fn value(self, bits: u8) -> f32 {
        match (self, bits) {
            (Self::E8M0, 0xff) | (Self::E4M3, 0x7f | 0xff) | (Self::E4M3Fnuz | Self::E5M2Fnuz, 0x80) => f32::NAN,
            (Self::E8M0, _) => power(i32::from(bits) - 127) as f32,
            (Self::E5M2, 0x7c) => f32::INFINITY,
            (Self::E5M2, 0xfc) => f32::NEG_INFINITY,
            (Self::E5M2, _) if bits & 0x7f > 0x7c => f32::NAN,
            (Self::E5M2, _) => float(bits, 2, 5, 15),
            (Self::E5M2Fnuz, _) => float(bits, 2, 5, 16),
            (Self::E4M3, _) => float(bits, 3, 4, 7),
            (Self::E4M3Fnuz, _) => float(bits, 3, 4, 8),
        }
    }
}

/// Returns the value of a finite float with a sign bit, an exponent with this bias, and a fraction. float32 represents all
/// such values exactly.
fn float(bits: u8, fraction_bits: u32, exponent_bits: u32, bias: i32) -> f32 {
    let fraction = bits & ((1 << fraction_bits) - 1);
    let exponent = i32::from(bits >> fraction_bits & ((1 << exponent_bits) - 1));
    let negative = bits >> (fraction_bits + exponent_bits) & 1 == 1;
    // Subnormal numbers have no leading one.
    let (leading, exponent) = if exponent == 0 { (0, 1) } else { (1 << fraction_bits, exponent) };
    let magnitude = f64::from(leading + i32::from(fraction)) * power(exponent - bias - fraction_bits as i32);
    (if negative { -magnitude } else { magnitude }) as f32
}

/// Returns a power of 2 that is a normal `f64`.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}
