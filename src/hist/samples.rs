//! Raw samples in the type they were stored in, since every type is counted with its own arithmetic.

use super::Numbers;
use half::f16;

/// A numpy data type that can be counted.
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

/// A flat array of samples, in C order.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// numpy counts booleans as `uint8`.
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
    /// numpy's name: `float64`, `bool` …
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
}

/// Runs the same generic code on whichever vector a [`Samples`] holds.
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

impl Samples {
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

    pub fn len(&self) -> usize {
        each!(self, v => v.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// numpy's `asarray` of a list of Python numbers: all within `i64` → int64; all within `u64` and some beyond `i64`,
    /// none negative → uint64; otherwise float64 (an integer beyond 64 bits, which numpy would make an `object`, too).
    pub fn from_numbers(numbers: &Numbers) -> Self {
        use super::Number;
        let collect = |n: Number| match n {
            Number::Int(i) => Some(i),
            Number::Float(_) => None,
        };
        if !numbers.is_empty() && numbers.all_ints() {
            if let Some(v) = numbers.iter().map(|n| collect(n).and_then(|i| i64::try_from(i).ok())).collect() {
                return Self::I64(v);
            }
            // numpy: ints above i64 make uint64 only when every one is above; mixed with smaller ones they are float64.
            let beyond = |n: Number| collect(n).and_then(|i| u64::try_from(i).ok()).filter(|u| *u > i64::MAX as u64);
            if let Some(v) = numbers.iter().map(beyond).collect() {
                return Self::U64(v);
            }
        }
        Self::F64(numbers.as_f64().to_vec())
    }
}
