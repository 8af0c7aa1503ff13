//! Element types of tensors, and how their bytes are decoded.
//!
//! Types that numpy does not have (bfloat16, floats of 4 and 8 bits) become float32, which represents all their values
//! exactly.

use super::npy::{self, ByteOrder};
use crate::hist::{DType, Samples};

/// The type of the elements of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ElementType {
    /// A type that numpy has.
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

/// Encoding of the elements of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    pub element: ElementType,
    pub order: ByteOrder,
    /// True if the values are those of the file with the opposite sign.
    pub negated: bool,
}

impl Encoding {
    /// Returns the encoding of little-endian elements.
    pub fn little(element: ElementType) -> Self {
        Self { element, order: ByteOrder::Little, negated: false }
    }

    /// Returns the byte order if the bytes need no other conversion.
    pub fn plain(self) -> Option<ByteOrder> {
        (matches!(self.element, ElementType::Plain(_)) && !self.negated).then_some(self.order)
    }

    /// Decodes the bytes of complete elements and appends them to `samples`, which must have the type of the
    /// [elements](ElementType::dtype).
    pub fn decode(self, bytes: &[u8], samples: &mut Samples) {
        let before = samples.len();
        let halves = || bytes.iter().flat_map(|two| [two & 15, two >> 4]);
        match &mut *samples {
            // The shifts extend the sign.
            Samples::I8(values) if self.element == ElementType::I4 => {
                values.extend(halves().map(|half| (half << 4) as i8 >> 4));
            }
            Samples::U8(values) if self.element == ElementType::U4 => values.extend(halves()),
            Samples::F32(values) if !matches!(self.element, ElementType::Plain(_)) => {
                self.element.widen(bytes, self.order, values);
            }
            samples => npy::decode(bytes, self.order, samples),
        }
        if self.negated {
            match samples {
                Samples::F16(values) => values.iter_mut().skip(before).for_each(|x| *x = -*x),
                Samples::F32(values) => values.iter_mut().skip(before).for_each(|x| *x = -*x),
                Samples::F64(values) => values.iter_mut().skip(before).for_each(|x| *x = -*x),
                _ => {}
            }
        }
    }
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

    /// Returns true for floating-point numbers.
    pub fn is_float(self) -> bool {
        self.dtype().is_float()
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

    fn widen(self, bytes: &[u8], order: ByteOrder, values: &mut Vec<f32>) {
        let half = |pair: &[u8; 2]| {
            let bits = match order {
                ByteOrder::Little => u16::from_le_bytes(*pair),
                ByteOrder::Big => u16::from_be_bytes(*pair),
            };
            f32::from_bits(u32::from(bits) << 16)
        };
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
