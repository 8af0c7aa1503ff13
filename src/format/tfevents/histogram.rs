//! TensorBoard's two histogram messages, decoded to edges and counts.
//!
//! Like wandb-core, this rounds, trims and rescales nothing, and keeps edges of ±`f64::MAX` and empty buckets. Unlike
//! wandb-core, it also keeps gaps between rows and a single bucket at the minimum.

use crate::engine::Budget;
use crate::format::protobuf::{Fields, Value};
use crate::text::format_count;
use half::{bf16, f16};
use prost::Message;

/// Maximum number of rows in a tensor. Writers produce 30 to a few thousand.
const MAX_ROWS: usize = 1 << 20;

/// Maximum length of a message with a single number.
const MAX_SCALAR: usize = 256;

/// Upper bound of the bytes of memory for a byte of a message: an integer of one byte becomes several numbers.
const DECODED: u64 = 48;

/// Bytes of memory for a row: the values of a tensor, the rows, and the buckets.
const ROW: u64 = 100;

/// An undecoded histogram message.
#[derive(Debug, Clone, Copy)]
pub(super) enum HistogramMessage<'a> {
    /// `HistogramProto`, of v1 summaries.
    V1(&'a [u8]),
    /// `TensorProto`, of v2 summaries.
    V2(&'a [u8]),
}

/// The edges and counts of a histogram: one edge more than counts.
pub(in crate::format) struct Buckets {
    pub(in crate::format) edges: Vec<f64>,
    pub(in crate::format) counts: Vec<f64>,
}

/// Numbers that a v1 summary states about its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Totals {
    /// Number of values; NaN if it is missing.
    pub n: f64,
    pub min: f64,
    pub max: f64,
    pub sum: f64,
}

impl HistogramMessage<'_> {
    /// Returns the numbers that a v1 summary states. proto3 omits zeros.
    pub(super) fn totals(self) -> Option<Totals> {
        let Self::V1(message) = self else { return None };
        let mut totals = Totals { n: f64::NAN, min: 0.0, max: 0.0, sum: 0.0 };
        for field in Fields::of(message) {
            match field.ok()? {
                (1, Value::Fixed64(bits)) => totals.min = f64::from_bits(bits),
                (2, Value::Fixed64(bits)) => totals.max = f64::from_bits(bits),
                (3, Value::Fixed64(bits)) => totals.n = f64::from_bits(bits),
                (4, Value::Fixed64(bits)) => totals.sum = f64::from_bits(bits),
                _ => {}
            }
        }
        Some(totals)
    }

    /// Compares the number of values that a v1 summary states with the sum of its buckets. Writers drop values outside
    /// their outermost limits. Returns `None` if both agree, or if the number is missing.
    pub(super) fn mismatch(self) -> Option<String> {
        let Self::V1(message) = self else { return None };
        let (mut num, mut sum) = (None, 0.0);
        let float = |bytes: &[u8; 8]| f64::from_le_bytes(*bytes);
        for field in Fields::of(message) {
            match field.ok()? {
                (3, Value::Fixed64(bits)) => num = Some(f64::from_bits(bits)),
                (7, Value::Bytes(packed)) => sum += packed.as_chunks().0.iter().map(float).sum::<f64>(),
                (7, Value::Fixed64(bits)) => sum += f64::from_bits(bits),
                _ => {}
            }
        }
        let num = num.filter(|num| *num > 0.0)?;
        let missing = num - sum;
        // Fractional weights are summed with rounding.
        if !missing.is_finite() || missing.abs() <= 1e-6 * num {
            return None;
        }
        let [num, excess] = [num, -missing].map(|n| format_count(n, 2));
        Some(if missing > 0.0 {
            format!("{} of {num} values are not in any bucket", format_count(missing, 2))
        } else {
            format!("the buckets hold {excess} more values than the {num} that were logged")
        })
    }

    pub(super) fn decode(self, memory: &Budget) -> Result<Buckets, String> {
        let (Self::V1(message) | Self::V2(message)) = self;
        let _decoding = memory.reserve(DECODED * message.len() as u64).map_err(|why| why.to_string())?;
        match self {
            Self::V1(message) => of_histogram(HistogramProto::decode(message).map_err(|why| why.to_string())?),
            Self::V2(message) => of_tensor(&TensorProto::decode(message).map_err(|why| why.to_string())?, memory),
        }
    }
}

/// `tensorboard.HistogramProto`, without the maximum and the sums.
#[derive(Clone, PartialEq, Message)]
struct HistogramProto {
    #[prost(double, tag = "1")]
    min: f64,
    #[prost(double, repeated, tag = "6")]
    bucket_limit: Vec<f64>,
    #[prost(double, repeated, tag = "7")]
    bucket: Vec<f64>,
}

/// `tensorboard.TensorProto`, without the types that are not real numbers.
#[derive(Clone, PartialEq, Message)]
struct TensorProto {
    #[prost(int32, tag = "1")]
    dtype: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<TensorShape>,
    #[prost(bytes = "vec", tag = "4")]
    content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    float_val: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    double_val: Vec<f64>,
    /// Also for 8- and 16-bit integers.
    #[prost(int32, repeated, tag = "7")]
    int_val: Vec<i32>,
    #[prost(int64, repeated, tag = "10")]
    int64_val: Vec<i64>,
    /// The bits of `float16` and `bfloat16` numbers.
    #[prost(int32, repeated, tag = "13")]
    half_val: Vec<i32>,
    #[prost(uint32, repeated, tag = "16")]
    uint32_val: Vec<u32>,
    #[prost(uint64, repeated, tag = "17")]
    uint64_val: Vec<u64>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Message)]
struct Dim {
    #[prost(int64, tag = "1")]
    size: i64,
}

/// Returns the buckets of a v1 summary. Each bucket extends from the limit before it to its own limit.
///
/// The first bucket has no lower limit. Writers that know it add an empty bucket in front. For other writers, the minimum
/// is the left edge.
fn of_histogram(message: HistogramProto) -> Result<Buckets, String> {
    let HistogramProto { min, bucket_limit: limits, bucket: counts } = message;
    if limits.len() != counts.len() {
        return Err(format!("{} bucket limits for {} buckets", limits.len(), counts.len()));
    }
    match (limits.first(), counts.first()) {
        (Some(_), Some(0.0)) => Ok(Buckets { edges: limits, counts: counts[1..].to_vec() }),
        (Some(limit), Some(_)) if min <= *limit => Ok(Buckets { edges: [&[min], &limits[..]].concat(), counts }),
        (Some(limit), _) => Err(format!("the minimum {min} is greater than the first bucket limit {limit}")),
        _ => Err("the histogram has no buckets".to_owned()),
    }
}

impl Buckets {
    /// Returns the buckets of rows of left edge, right edge and count.
    pub(in crate::format) fn of_rows(rows: &[[f64; 3]]) -> Result<Self, String> {
        let Some(&[first, ..]) = rows.first() else { return Err("the histogram has no buckets".to_owned()) };
        let (mut edges, mut counts) = (vec![first], Vec::with_capacity(rows.len()));
        for (i, [left, right, count]) in rows.iter().enumerate() {
            counts.push(*count);
            // Neighbors whose edges differ only by rounding meet at the next left edge. A real gap becomes an empty bin.
            match rows.get(i + 1) {
                Some([next, ..]) if next - right > (right - left).abs() * 1e-6 => {
                    edges.extend([right, next]);
                    counts.push(0.0);
                }
                Some([next, ..]) => edges.push(*next),
                None => edges.push(*right),
            }
        }
        Ok(Self { edges, counts })
    }
}

/// Returns the buckets of a v2 summary, whose rows are left edge, right edge and count.
fn of_tensor(tensor: &TensorProto, memory: &Budget) -> Result<Buckets, String> {
    Buckets::of_rows(&rows(tensor, memory)?)
}

/// Returns the rows of a tensor of shape `[k, 3]`.
///
/// The numbers are in `content`, little-endian, or in the list of their type. As in TensorBoard, the last number of a
/// list replaces all missing ones.
fn rows(tensor: &TensorProto, memory: &Budget) -> Result<Vec<[f64; 3]>, String> {
    let shape: Vec<i64> = tensor.shape.iter().flat_map(|shape| &shape.dim).map(|dim| dim.size).collect();
    let &[count, 3] = &shape[..] else { return Err(format!("the tensor has the shape {shape:?}, not [k, 3]")) };
    let count = usize::try_from(count).ok().filter(|count| *count <= MAX_ROWS);
    let count = count.ok_or_else(|| format!("the tensor has the shape {shape:?}, which is too many buckets"))?;
    // The shape may state more rows than the message has.
    let _rows = memory.reserve(ROW * count as u64).map_err(|why| why.to_string())?;
    let mut values = values(tensor)?;
    match values.last() {
        None if count > 0 => return Err("the tensor has no values".to_owned()),
        Some(last) if tensor.content.is_empty() && values.len() < 3 * count => values.resize(3 * count, *last),
        _ if values.len() != 3 * count => {
            return Err(format!("the tensor has {} values, but the shape {shape:?}", values.len()));
        }
        _ => {}
    }
    Ok(values.as_chunks().0.to_vec())
}

/// Returns the number in a tensor without dimensions. `None` for other tensors.
pub(super) fn scalar(message: &[u8]) -> Option<f64> {
    // Longer messages, such as images, are not decoded.
    let tensor = TensorProto::decode(Some(message).filter(|message| message.len() < MAX_SCALAR)?).ok()?;
    let is_scalar = tensor.shape.as_ref().is_none_or(|shape| shape.dim.is_empty());
    match values(&tensor).ok().filter(|_| is_scalar)?[..] {
        [number] => Some(number),
        _ => None,
    }
}

/// Returns all values of a tensor. The numbers of the types are those of `tensorflow.DataType`.
fn values(tensor: &TensorProto) -> Result<Vec<f64>, String> {
    let content = TensorContent(&tensor.content);
    let ints = || tensor.int_val.iter().map(|x| f64::from(*x)).collect();
    let bits = || tensor.half_val.iter().map(|bits| *bits as u16);
    match tensor.dtype {
        1 => content.or(f32::from_le_bytes, f64::from, || tensor.float_val.iter().map(|x| f64::from(*x)).collect()),
        2 => content.or(f64::from_le_bytes, |x| x, || tensor.double_val.clone()),
        3 => content.or(i32::from_le_bytes, f64::from, ints),
        4 => content.or(u8::from_le_bytes, f64::from, ints),
        5 => content.or(i16::from_le_bytes, f64::from, ints),
        6 => content.or(i8::from_le_bytes, f64::from, ints),
        9 => content.or(i64::from_le_bytes, |x| x as f64, || tensor.int64_val.iter().map(|x| *x as f64).collect()),
        14 => content.or(bf16::from_le_bytes, f64::from, || bits().map(|b| bf16::from_bits(b).to_f64()).collect()),
        17 => content.or(u16::from_le_bytes, f64::from, ints),
        19 => content.or(f16::from_le_bytes, f64::from, || bits().map(|b| f16::from_bits(b).to_f64()).collect()),
        22 => content.or(u32::from_le_bytes, f64::from, || tensor.uint32_val.iter().map(|x| f64::from(*x)).collect()),
        23 => content.or(u64::from_le_bytes, |x| x as f64, || tensor.uint64_val.iter().map(|x| *x as f64).collect()),
        other => Err(format!("tensor data type {other} is not supported")),
    }
}

/// The raw bytes of a tensor. Empty if its numbers are in a typed list.
struct TensorContent<'a>(&'a [u8]);

impl TensorContent<'_> {
    fn or<T, const N: usize>(
        &self,
        number: fn([u8; N]) -> T,
        widen: fn(T) -> f64,
        typed: impl FnOnce() -> Vec<f64>,
    ) -> Result<Vec<f64>, String> {
        match self.0.as_chunks::<N>() {
            ([], []) => Ok(typed()),
            (numbers, []) => Ok(numbers.iter().map(|bytes| widen(number(*bytes))).collect()),
            _ => Err(format!("the {} bytes of the tensor are not a multiple of {N}", self.0.len())),
        }
    }
}
