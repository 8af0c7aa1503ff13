//! Vectors of samples for the inner loops. The crate is optimized for size, where the compiler vectorizes no loops itself.

use super::binning::Real;
use fearless_simd::prelude::*;
use fearless_simd::{f32x8, f32x16, f64x8, i64x8, u64x8};
use half::f16;

/// Float type in which positions in bins are computed.
pub(crate) trait Lane: Real + SimdFloatElement<Bits: From<u8> + Into<u64>> {
    /// 64 bytes of numbers.
    type Vector<S: Simd>: SimdFloat<S, Element = Self, Bits: SimdBase<S, Element = <Self as SimdFloatElement>::Bits>>;
    /// Number without fraction bits. Adding it rounds to an integer, which is then in the lowest bits of the sum.
    const ROUND: Self;
    fn low_bits(self) -> u32;
    fn next_up(self) -> Self;
}

impl Lane for f64 {
    type Vector<S: Simd> = f64x8<S>;
    const ROUND: Self = 1.5 * (1_u64 << 52) as Self;
    fn low_bits(self) -> u32 {
        self.to_bits() as u32
    }
    fn next_up(self) -> Self {
        self.next_up()
    }
}

impl Lane for f32 {
    type Vector<S: Simd> = f32x16<S>;
    const ROUND: Self = 1.5 * (1_u32 << 23) as Self;
    fn low_bits(self) -> u32 {
        self.to_bits()
    }
    fn next_up(self) -> Self {
        self.next_up()
    }
}

/// Samples in vectors. Every type has a vector type in which samples are compared exactly.
pub(crate) trait Vectors: Copy {
    /// The type itself, or a wider one.
    type Compared: SimdElement<Mask: From<i8> + Into<i64>> + PartialOrd + From<u8> + Send + Sync;
    type Vector<S: Simd>: SimdBase<S, Element = Self::Compared>;
    type Positions: Lane;

    fn compared(self) -> Self::Compared;
    /// Converts back without rounding.
    fn from_compared(x: Self::Compared) -> Self;
    /// Loads as many samples as the vector has lanes.
    fn load<S: Simd>(simd: S, samples: &[Self]) -> Self::Vector<S>;
    /// Converts to floats, with rounding.
    fn positions<S: Simd>(vector: Self::Vector<S>) -> <Self::Positions as Lane>::Vector<S>;
    /// Loads eight samples as `f64`, with rounding.
    fn load_f64<S: Simd>(simd: S, samples: &[Self]) -> f64x8<S>;
}

/// Integers that count lanes of a vector of samples of type `T`.
pub(crate) type Ints<S, T> = <<<T as Vectors>::Vector<S> as SimdBase<S>>::Mask as SimdMask<S>>::Ints;

/// Loads samples one by one.
#[inline(always)]
#[expect(clippy::inline_always, reason = "part of inner loops")]
fn gather<S: Simd, T: Copy + Into<V::Element>, V: SimdBase<S>>(simd: S, samples: &[T]) -> V {
    let mut vector = V::splat(simd, samples[0].into());
    for (lane, x) in vector.as_mut_slice().iter_mut().zip(samples) {
        *lane = (*x).into();
    }
    vector
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "part of inner loops")]
fn widened<S: Simd>(simd: S, samples: &[f32]) -> f64x8<S> {
    let (low, high) = simd.widen_f32x8(f32x8::from_slice(simd, samples));
    simd.combine_f64x4(low, high)
}

/// The vector itself.
#[inline(always)]
#[expect(clippy::inline_always, reason = "part of inner loops")]
fn same<V>(vector: V) -> V {
    vector
}

macro_rules! vectors {
    ($($t:ty: $compared:ty, $vector:ident, $positions:ty, $back:expr, $load:expr, $to_positions:expr, $load_f64:expr;)*) => {$(
        impl Vectors for $t {
            type Compared = $compared;
            type Vector<S: Simd> = $vector<S>;
            type Positions = $positions;

            #[inline(always)]
            fn compared(self) -> $compared {
                self.into()
            }
            #[inline(always)]
            fn from_compared(x: $compared) -> Self {
                $back(x)
            }
            #[inline(always)]
            fn load<S: Simd>(simd: S, samples: &[Self]) -> $vector<S> {
                $load(simd, samples)
            }
            #[inline(always)]
            fn positions<S: Simd>(vector: $vector<S>) -> <$positions as Lane>::Vector<S> {
                $to_positions(vector)
            }
            #[inline(always)]
            fn load_f64<S: Simd>(simd: S, samples: &[Self]) -> f64x8<S> {
                $load_f64(simd, samples)
            }
        }
    )*};
    ($($t:ty),*) => {vectors!($(
        $t: i64, i64x8, f64, |x| x as Self, gather, i64x8::to_float, gather;
    )*);};
}
vectors!(
    f64: f64, f64x8, f64, same, f64x8::from_slice, same, f64x8::from_slice;
    f32: f32, f32x16, f32, same, f32x16::from_slice, same, widened;
    f16: f32, f32x16, f32, f16::from_f32, gather, same, gather;
    i64: i64, i64x8, f64, same, i64x8::from_slice, i64x8::to_float, |s, x| i64x8::from_slice(s, x).to_float();
    u64: u64, u64x8, f64, same, u64x8::from_slice, u64x8::to_float, |s, x| u64x8::from_slice(s, x).to_float();
);
// The engine counts them as `i64`.
vectors!(i8, i16, i32, u8, u16, u32);
