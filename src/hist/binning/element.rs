//! Arithmetic of each data type, so that one generic pass rounds exactly where numpy rounds.

use crate::hist::{Lane, Number, Samples, Vectors};
use half::f16;
use std::fmt::Debug;

/// Float type for edge arithmetic. Every operation rounds to the type.
pub(crate) trait Real: Copy + Debug + PartialOrd + Send + Sync {
    /// Type in which numpy sums values of this type.
    type Sum: Lane;
    /// Largest finite value.
    const MAX: Self;
    /// Nearest value, ties to even.
    fn from_f64(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
}

/// Sample type.
pub(crate) trait Element:
    Vectors<Positions = <Self::Edge as Real>::Sum> + Debug + PartialOrd + Send + Sync
{
    /// Type in which numpy computes the edges of an automatic range: the type itself for floats, `f64` for integers.
    type Edge: Real;
    const INTEGER: bool;

    fn edge(self) -> Self::Edge;
    /// Value as a number; integers stay exact.
    fn number(self) -> Number;
    /// Nearest value of this type to a number of a type that promotes to it.
    fn of(number: Number) -> Self;
    /// Samples as a slice, if they have this type.
    fn slice(samples: &Samples) -> Option<&[Self]>;
    /// Samples as a mutable vector, if they have this type.
    fn vec(samples: &mut Samples) -> Option<&mut Vec<Self>>;
    /// Smallest and largest number of an integer type; `None` for floats.
    fn limits() -> Option<(Number, Number)>;
    /// Closed interval of the values for which numpy finds `lo <= x <= hi`; reversed if none satisfy it. Integers compare
    /// exactly with integers, and in `f64` with floats. Float types first round the bounds to their own type.
    fn keep(lo: Number, hi: Number) -> (Self, Self);

    /// Integer key with the same order and equality as the samples. NaN also has a key.
    fn key(self) -> u64;
    /// Sample for a key; zero is positive.
    fn from_key(key: u64) -> Self;

    fn to_f64(self) -> f64 {
        self.edge().to_f64()
    }

    fn is_finite(self) -> bool {
        self.to_f64().is_finite()
    }
}

macro_rules! native_float {
    ($($t:ty),*) => {$(
        impl Real for $t {
            type Sum = Self;
            const MAX: Self = Self::MAX;
            fn from_f64(x: f64) -> Self {
                x as Self
            }
            fn to_f64(self) -> f64 {
                self.into()
            }
            fn plus(self, other: Self) -> Self {
                self + other
            }
            fn minus(self, other: Self) -> Self {
                self - other
            }
            fn times(self, other: Self) -> Self {
                self * other
            }
            fn over(self, other: Self) -> Self {
                self / other
            }
        }
    )*};
}
native_float!(f64, f32);

/// Computes in `f32` and rounds. This equals a single rounding, because `f32` has more than twice the bits.
impl Real for f16 {
    type Sum = f32;
    const MAX: Self = Self::MAX;

    /// Converts through an `f32` that is rounded to odd. Rounding to nearest twice is wrong next to ties, and so are the
    /// conversions of the `half` crate.
    fn from_f64(x: f64) -> Self {
        let near = x as f32;
        let exact = f64::from(near) == x || !x.is_finite() || near.is_infinite();
        if exact || near.to_bits() & 1 == 1 {
            return Self::from_f32(near);
        }
        let outward = f64::from(near).abs() < x.abs();
        let bits = if outward { near.to_bits() + 1 } else { near.to_bits() - 1 };
        Self::from_f32(f32::from_bits(bits))
    }
    fn to_f64(self) -> f64 {
        self.into()
    }
    fn plus(self, other: Self) -> Self {
        Self::from_f32(self.to_f32() + other.to_f32())
    }
    fn minus(self, other: Self) -> Self {
        Self::from_f32(self.to_f32() - other.to_f32())
    }
    fn times(self, other: Self) -> Self {
        Self::from_f32(self.to_f32() * other.to_f32())
    }
    fn over(self, other: Self) -> Self {
        Self::from_f32(self.to_f32() / other.to_f32())
    }
}

macro_rules! float_element {
    ($($t:ty: $bits:ty, $variant:ident);*) => {$(
        impl Element for $t {
            type Edge = Self;
            const INTEGER: bool = false;
            fn edge(self) -> Self {
                self
            }
            fn number(self) -> Number {
                Number::Float(Real::to_f64(self))
            }
            fn of(number: Number) -> Self {
                Real::from_f64(number.as_f64())
            }
            fn slice(samples: &Samples) -> Option<&[Self]> {
                if let Samples::$variant(values) = samples { Some(values) } else { None }
            }
            fn vec(samples: &mut Samples) -> Option<&mut Vec<Self>> {
                if let Samples::$variant(values) = samples { Some(values) } else { None }
            }
            fn limits() -> Option<(Number, Number)> {
                None
            }
            fn keep(lo: Number, hi: Number) -> (Self, Self) {
                (Real::from_f64(lo.as_f64()), Real::from_f64(hi.as_f64()))
            }
            fn key(self) -> u64 {
                let sign = 1 << (<$bits>::BITS - 1);
                // Adding zero makes a negative zero positive.
                let bits = self.plus(Real::from_f64(0.0)).to_bits();
                (if bits & sign == 0 { bits | sign } else { !bits }).into()
            }
            fn from_key(key: u64) -> Self {
                let (key, sign) = (key as $bits, 1 << (<$bits>::BITS - 1));
                Self::from_bits(if key & sign == 0 { !key } else { key & !sign })
            }
        }
    )*};
}
float_element!(f64: u64, F64; f32: u32, F32; f16: u16, F16);

macro_rules! int_element {
    ($($t:ty: $rounded:expr, $($variant:ident)|+);*) => {$(
        impl Element for $t {
            type Edge = f64;
            const INTEGER: bool = true;
            fn edge(self) -> f64 {
                $rounded(self)
            }
            fn number(self) -> Number {
                Number::Int(self.into())
            }
            fn of(number: Number) -> Self {
                match number {
                    Number::Int(i) => Self::try_from(i).unwrap_or_default(),
                    Number::Float(x) => x as Self,
                }
            }
            fn slice(samples: &Samples) -> Option<&[Self]> {
                if let $(Samples::$variant(values))|+ = samples { Some(values) } else { None }
            }
            fn vec(samples: &mut Samples) -> Option<&mut Vec<Self>> {
                if let $(Samples::$variant(values))|+ = samples { Some(values) } else { None }
            }
            fn limits() -> Option<(Number, Number)> {
                Some((Number::Int(Self::MIN.into()), Number::Int(Self::MAX.into())))
            }
            fn keep(lo: Number, hi: Number) -> (Self, Self) {
                let ends = (i128::from(Self::MIN), i128::from(Self::MAX));
                let least = first(ends, |i| at_least(i, lo));
                let after = first(ends, |i| !at_most(i, hi));
                match (Self::try_from(least), Self::try_from(after - 1)) {
                    (Ok(lo), Ok(hi)) => (lo, hi),
                    _ => (Self::MAX, Self::MIN),
                }
            }
            fn key(self) -> u64 {
                (i128::from(self) - i128::from(Self::MIN)) as u64
            }
            fn from_key(key: u64) -> Self {
                (i128::from(key) + i128::from(Self::MIN)) as Self
            }
        }
    )*};
}
int_element!(
    i8: f64::from, I8;
    i16: f64::from, I16;
    i32: f64::from, I32;
    i64: |i| i as f64, I64;
    u8: f64::from, U8 | Bool;
    u16: f64::from, U16;
    u32: f64::from, U32;
    u64: |i| i as f64, U64
);

fn at_least(i: i128, bound: Number) -> bool {
    match bound {
        Number::Int(bound) => i >= bound,
        Number::Float(bound) => i as f64 >= bound,
    }
}

fn at_most(i: i128, bound: Number) -> bool {
    match bound {
        Number::Int(bound) => i <= bound,
        Number::Float(bound) => i as f64 <= bound,
    }
}

/// First integer in `lo..=hi` that satisfies a monotone condition; `hi + 1` if none does.
fn first((lo, hi): (i128, i128), holds: impl Fn(i128) -> bool) -> i128 {
    let (mut lo, mut hi) = (lo, hi + 1);
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        if holds(middle) {
            hi = middle;
        } else {
            lo = middle + 1;
        }
    }
    lo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f16_conversion_rounds_once() {
        // Just above the tie between 1 and the next f16: rounding to f32 first would hit the tie and then round to even.
        let tie = 1.0 + 2f64.powi(-11);
        assert_eq!(<f16 as Real>::from_f64(tie), f16::ONE);
        assert_eq!(<f16 as Real>::from_f64(tie + 2f64.powi(-40)), f16::from_bits(0x3C01));
        assert_eq!(<f16 as Real>::from_f64(-tie - 2f64.powi(-40)), f16::from_bits(0xBC01));
        assert_eq!(<f16 as Real>::from_f64(tie - 2f64.powi(-40)), f16::ONE);
        assert_eq!(<f16 as Real>::from_f64(1e-300), f16::ZERO);
        assert_eq!(<f16 as Real>::from_f64(1e300), f16::INFINITY);
    }

    #[test]
    fn integer_bounds_compare_exactly_with_integers_and_in_f64_with_floats() {
        let big = 9_007_199_254_740_993_i128;
        assert_eq!(i64::keep(Number::Int(big), Number::Int(1 << 100)), (9_007_199_254_740_993, i64::MAX));
        // As f64 the same bound is 2^53, so 2^53 itself is included.
        assert_eq!(i64::keep(Number::Float(big as f64), Number::Float(1e19)), (1 << 53, i64::MAX));
        assert_eq!(u8::keep(Number::Float(-0.5), Number::Float(2.5)), (0, 2));
        assert_eq!(u8::keep(Number::Int(300), Number::Int(400)), (u8::MAX, u8::MIN));
    }
}
