//! The types of elements, and the float32 values of those that numpy does not have.

use crate::format::npy;
use crate::hist::{DType, Samples};

/// What the elements of a tensor are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// A type of numpy's, least significant byte first.
    Plain(DType),
    /// The upper half of a float32.
    Bf16,
    /// One value a byte.
    F8(Small),
    /// Two values a byte, in the OCP's E2M1.
    F4,
    /// The first or the second of two float32.
    Real,
    Imaginary,
}

/// A float of 8 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Small {
    /// As IEEE has it, with infinities.
    E5M2,
    /// The OCP's: no infinity, and NaN where all other bits are set.
    E4M3,
    /// The OCP's scale: a power of two without a sign.
    E8M0,
    /// No infinity and no negative zero, whose bits are NaN.
    E4M3Fnuz,
    E5M2Fnuz,
}

impl ElementType {
    /// The type that elements are counted in.
    pub fn dtype(self) -> DType {
        match self {
            Self::Plain(dtype) => dtype,
            _ => DType::F32,
        }
    }

    /// How many bits an element has in the file.
    pub fn bits(self) -> u64 {
        match self {
            Self::Plain(dtype) => 8 * dtype.bytes() as u64,
            Self::Bf16 => 16,
            Self::F8(_) => 8,
            Self::F4 => 4,
            Self::Real | Self::Imaginary => 64,
        }
    }

    /// Adds the values of whole elements to samples of the type that they are counted in.
    pub fn decode(self, bytes: &[u8], samples: &mut Samples) {
        match samples {
            Samples::F32(values) if !matches!(self, Self::Plain(_)) => self.widen(bytes, values),
            samples => npy::decode(bytes, npy::ByteOrder::Little, samples),
        }
    }

    fn widen(self, bytes: &[u8], values: &mut Vec<f32>) {
        let half = |pair: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*pair)) << 16);
        let parts = || bytes.as_chunks::<4>().0.iter().map(|part| f32::from_le_bytes(*part));
        match self {
            Self::Bf16 => values.extend(bytes.as_chunks().0.iter().map(half)),
            Self::F8(small) => {
                let all: [f32; 256] = std::array::from_fn(|bits| small.value(bits as u8));
                values.extend(bytes.iter().map(|bits| all[usize::from(*bits)]));
            }
            Self::F4 => {
                let all: [f32; 16] = std::array::from_fn(|bits| float(bits as u8, 1, 2, 1));
                values.extend(bytes.iter().flat_map(|two| [two & 15, two >> 4]).map(|bits| all[usize::from(bits)]));
            }
            Self::Real => values.extend(parts().step_by(2)),
            Self::Imaginary => values.extend(parts().skip(1).step_by(2)),
            Self::Plain(_) => {}
        }
    }
}

impl Small {
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

/// The finite value of a sign, an exponent of some bits with this bias, and a fraction of some bits; float32 holds all of
/// them exactly.
fn float(bits: u8, fraction_bits: u32, exponent_bits: u32, bias: i32) -> f32 {
    let fraction = bits & ((1 << fraction_bits) - 1);
    let exponent = i32::from(bits >> fraction_bits & ((1 << exponent_bits) - 1));
    let negative = bits >> (fraction_bits + exponent_bits) & 1 == 1;
    // The smallest numbers have no leading one.
    let (leading, exponent) = if exponent == 0 { (0, 1) } else { (1 << fraction_bits, exponent) };
    let size = f64::from(leading + i32::from(fraction)) * power(exponent - bias - fraction_bits as i32);
    (if negative { -size } else { size }) as f32
}

/// 2 to a power that a normal `f64` has.
fn power(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}
