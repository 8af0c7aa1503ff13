//! Raw samples in their stored type, because numpy counts every type with its own arithmetic.

use super::Numbers;
use half::f16;
use std::borrow::Cow;

/// numpy data type that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DType {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    F32,
    F64,
}

/// Flat array of samples, in C order.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Booleans as 0 and 1; numpy counts them as `uint8`.
    Bool(Vec<u8>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U8(Vec<u8>),
    U16(Vec<u16>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    F16(Vec<f16>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl DType {
    /// All types.
    pub const ALL: [Self; 12] = [
        Self::Bool,
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::F16,
        Self::F32,
        Self::F64,
    ];

    /// numpy's name, such as `float64` or `bool`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::F16 => "float16",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// Size of one value in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// Returns true for `float16`, `float32` and `float64`.
    pub fn is_float(self) -> bool {
        matches!(self.class(), Class::Float(_))
    }

    /// Type of an array with values of both types: `numpy.promote_types`.
    #[must_use]
    pub fn promoted(self, other: Self) -> Self {
        let float = |bits| match bits {
            16 => Self::F16,
            32 => Self::F32,
            _ => Self::F64,
        };
        let int = |bits, signed| match (bits, signed) {
            (8, true) => Self::I8,
            (16, true) => Self::I16,
            (32, true) => Self::I32,
            (64, true) => Self::I64,
            (8, false) => Self::U8,
            (16, false) => Self::U16,
            (32, false) => Self::U32,
            (64, false) => Self::U64,
            _ => Self::F64,
        };
        match (self.class(), other.class()) {
            (Class::Bool, _) => other,
            (_, Class::Bool) => self,
            (Class::Float(a), Class::Float(b)) => float(a.max(b)),
            // A float with twice the bits represents every integer, except for 64 bits.
            (Class::Float(a), Class::Int(b, _)) | (Class::Int(b, _), Class::Float(a)) => float(a.max(2 * b)),
            (Class::Int(a, true), Class::Int(b, true)) => int(a.max(b), true),
            (Class::Int(a, false), Class::Int(b, false)) => int(a.max(b), false),
            (Class::Int(a, true), Class::Int(b, false)) | (Class::Int(b, false), Class::Int(a, true)) => {
                int(a.max(2 * b), true)
            }
        }
    }

    fn class(self) -> Class {
        let bits = 8 * self.bytes();
        match self {
            Self::Bool => Class::Bool,
            Self::I8 | Self::I16 | Self::I32 | Self::I64 => Class::Int(bits, true),
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => Class::Int(bits, false),
            Self::F16 | Self::F32 | Self::F64 => Class::Float(bits),
        }
    }
}

/// Properties of a type that decide numpy's promotion.
enum Class {
    Bool,
    /// Number of bits, and true if signed.
    Int(usize, bool),
    /// Number of bits.
    Float(usize),
}

/// Runs generic code on the vector in a [`Samples`].
macro_rules! each {
    ($samples:expr, $v:ident => $body:expr) => {
        match $samples {
            $crate::hist::Samples::Bool($v) | $crate::hist::Samples::U8($v) => $body,
            $crate::hist::Samples::I8($v) => $body,
            $crate::hist::Samples::I16($v) => $body,
            $crate::hist::Samples::I32($v) => $body,
            $crate::hist::Samples::I64($v) => $body,
            $crate::hist::Samples::U16($v) => $body,
            $crate::hist::Samples::U32($v) => $body,
            $crate::hist::Samples::U64($v) => $body,
            $crate::hist::Samples::F16($v) => $body,
            $crate::hist::Samples::F32($v) => $body,
            $crate::hist::Samples::F64($v) => $body,
        }
    };
}
pub(crate) use each;

/// Runs generic code with the Rust type of a [`DType`].
macro_rules! typed {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::hist::DType::Bool | $crate::hist::DType::U8 => $crate::hist::typed!(@ u8, $t, $body),
            $crate::hist::DType::I8 => $crate::hist::typed!(@ i8, $t, $body),
            $crate::hist::DType::I16 => $crate::hist::typed!(@ i16, $t, $body),
            $crate::hist::DType::I32 => $crate::hist::typed!(@ i32, $t, $body),
            $crate::hist::DType::I64 => $crate::hist::typed!(@ i64, $t, $body),
            $crate::hist::DType::U16 => $crate::hist::typed!(@ u16, $t, $body),
            $crate::hist::DType::U32 => $crate::hist::typed!(@ u32, $t, $body),
            $crate::hist::DType::U64 => $crate::hist::typed!(@ u64, $t, $body),
            $crate::hist::DType::F16 => $crate::hist::typed!(@ half::f16, $t, $body),
            $crate::hist::DType::F32 => $crate::hist::typed!(@ f32, $t, $body),
            $crate::hist::DType::F64 => $crate::hist::typed!(@ f64, $t, $body),
        }
    };
    (@ $type:ty, $t:ident, $body:expr) => {{
        type $t = $type;
        $body
    }};
}
pub(crate) use typed;

/// Runs generic code with the type in which samples of a [`DType`] are counted: `i64` for all narrower integers. Results are
/// the same, and code is compiled for five types instead of eleven.
macro_rules! wide {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::hist::DType::U64 => $crate::hist::typed!(@ u64, $t, $body),
            $crate::hist::DType::F16 => $crate::hist::typed!(@ half::f16, $t, $body),
            $crate::hist::DType::F32 => $crate::hist::typed!(@ f32, $t, $body),
            $crate::hist::DType::F64 => $crate::hist::typed!(@ f64, $t, $body),
            $crate::hist::DType::Bool
            | $crate::hist::DType::I8
            | $crate::hist::DType::I16
            | $crate::hist::DType::I32
            | $crate::hist::DType::I64
            | $crate::hist::DType::U8
            | $crate::hist::DType::U16
            | $crate::hist::DType::U32 => $crate::hist::typed!(@ i64, $t, $body),
        }
    };
}
pub(crate) use wide;

/// Runs generic code on the vector in a [`Samples`], in the type of [`wide!`].
macro_rules! each_wide {
    ($samples:expr, $v:ident => $body:expr) => {
        match $samples {
            $crate::hist::Samples::I64($v) => $body,
            $crate::hist::Samples::U64($v) => $body,
            $crate::hist::Samples::F16($v) => $body,
            $crate::hist::Samples::F32($v) => $body,
            $crate::hist::Samples::F64($v) => $body,
            narrow => {
                let $v = &narrow.to_i64();
                $body
            }
        }
    };
}
pub(crate) use each_wide;

impl Samples {
    /// Empty array of a type.
    pub fn empty(dtype: DType) -> Self {
        match dtype {
            DType::Bool => Self::Bool(Vec::new()),
            DType::I8 => Self::I8(Vec::new()),
            DType::I16 => Self::I16(Vec::new()),
            DType::I32 => Self::I32(Vec::new()),
            DType::I64 => Self::I64(Vec::new()),
            DType::U8 => Self::U8(Vec::new()),
            DType::U16 => Self::U16(Vec::new()),
            DType::U32 => Self::U32(Vec::new()),
            DType::U64 => Self::U64(Vec::new()),
            DType::F16 => Self::F16(Vec::new()),
            DType::F32 => Self::F32(Vec::new()),
            DType::F64 => Self::F64(Vec::new()),
        }
    }

    /// Type of the samples.
    pub fn dtype(&self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::I8(_) => DType::I8,
            Self::I16(_) => DType::I16,
            Self::I32(_) => DType::I32,
            Self::I64(_) => DType::I64,
            Self::U8(_) => DType::U8,
            Self::U16(_) => DType::U16,
            Self::U32(_) => DType::U32,
            Self::U64(_) => DType::U64,
            Self::F16(_) => DType::F16,
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
        }
    }

    /// Returns the samples in the type of [`wide!`].
    pub(crate) fn widened(&self) -> Cow<'_, Self> {
        match self {
            Self::I64(_) | Self::U64(_) | Self::F16(_) | Self::F32(_) | Self::F64(_) => Cow::Borrowed(self),
            narrow => Cow::Owned(Self::I64(narrow.to_i64())),
        }
    }

    /// Copies samples of an integer type that [`wide!`] widens. Empty for other types.
    pub(crate) fn to_i64(&self) -> Vec<i64> {
        fn copied<T: Copy + Into<i64>>(values: &[T]) -> Vec<i64> {
            values.iter().map(|x| (*x).into()).collect()
        }
        match self {
            Self::Bool(values) | Self::U8(values) => copied(values),
            Self::I8(values) => copied(values),
            Self::I16(values) => copied(values),
            Self::I32(values) => copied(values),
            Self::U16(values) => copied(values),
            Self::U32(values) => copied(values),
            Self::I64(values) => values.clone(),
            Self::U64(_) | Self::F16(_) | Self::F32(_) | Self::F64(_) => Vec::new(),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        each!(self, v => v.len())
    }

    /// Returns true if the array has no samples.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Converts a list of Python numbers like `numpy.asarray`: integers within `i64` give int64, integers that are all
    /// above `i64::MAX` and within `u64` give uint64, everything else gives float64.
    ///
    /// Unlike in numpy, integers of more than 64 bits give float64, not `object`.
    pub fn from_numbers(numbers: &Numbers) -> Self {
        use super::Number;
        let int = |n: Number| match n {
            Number::Int(i) => Some(i),
            Number::Float(_) => None,
        };
        if !numbers.is_empty() && numbers.all_ints() {
            if let Some(v) = numbers.iter().map(|n| int(n).and_then(|i| i64::try_from(i).ok())).collect() {
                return Self::I64(v);
            }
            // numpy: if only some integers are above i64::MAX, the array is float64.
            let above = |n: Number| int(n).and_then(|i| u64::try_from(i).ok()).filter(|u| *u > i64::MAX as u64);
            if let Some(v) = numbers.iter().map(above).collect() {
                return Self::U64(v);
            }
        }
        Self::F64(numbers.as_f64().to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_promoted_like_numpy() {
        use DType::{Bool, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        // numpy.promote_types of each pair, in this order.
        let all = [Bool, I8, I16, I32, I64, U8, U16, U32, U64, F16, F32, F64];
        let expected = [
            [Bool, I8, I16, I32, I64, U8, U16, U32, U64, F16, F32, F64],
            [I8, I8, I16, I32, I64, I16, I32, I64, F64, F16, F32, F64],
            [I16, I16, I16, I32, I64, I16, I32, I64, F64, F32, F32, F64],
            [I32, I32, I32, I32, I64, I32, I32, I64, F64, F64, F64, F64],
            [I64, I64, I64, I64, I64, I64, I64, I64, F64, F64, F64, F64],
            [U8, I16, I16, I32, I64, U8, U16, U32, U64, F16, F32, F64],
            [U16, I32, I32, I32, I64, U16, U16, U32, U64, F32, F32, F64],
            [U32, I64, I64, I64, I64, U32, U32, U32, U64, F64, F64, F64],
            [U64, F64, F64, F64, F64, U64, U64, U64, U64, F64, F64, F64],
            [F16, F16, F32, F64, F64, F16, F32, F64, F64, F16, F32, F64],
            [F32, F32, F32, F64, F64, F32, F32, F64, F64, F32, F32, F64],
            [F64; 12],
        ];
        for (a, row) in all.iter().zip(expected) {
            assert_eq!(all.map(|b| a.promoted(b)), row, "{}", a.name());
        }
    }
}
