//! The rows of a tensor, as `f64`.

use super::proto::TensorProto;
use half::{bf16, f16};

/// The most rows that are taken; writers make 30 to a few thousand.
const MAX_ROWS: usize = 1 << 20;

/// The rows of a tensor of shape `[k, 3]`.
///
/// The numbers stand in `content`, little-endian, or in the list of their type, whose last one stands for all that are
/// missing, as in TensorBoard.
pub(super) fn rows(tensor: &TensorProto) -> Result<Vec<[f64; 3]>, String> {
    let shape: Vec<i64> = tensor.shape.iter().flat_map(|shape| &shape.dim).map(|dim| dim.size).collect();
    let &[count, 3] = &shape[..] else { return Err(format!("its tensor has the shape {shape:?}, not [k, 3]")) };
    let count = usize::try_from(count).ok().filter(|count| *count <= MAX_ROWS);
    let count = count.ok_or_else(|| format!("its tensor has the shape {shape:?}: too many buckets"))?;
    let mut values = values(tensor)?;
    match values.last() {
        None if count > 0 => return Err("its tensor has no values".to_owned()),
        Some(last) if tensor.content.is_empty() && values.len() < 3 * count => values.resize(3 * count, *last),
        _ if values.len() != 3 * count => {
            return Err(format!("its tensor has {} values where the shape {shape:?} wants others", values.len()));
        }
        _ => {}
    }
    Ok(values.as_chunks().0.to_vec())
}

/// All values, by `tensorflow.DataType`.
fn values(tensor: &TensorProto) -> Result<Vec<f64>, String> {
    let from = Content(&tensor.content);
    let ints = || tensor.int_val.iter().map(|x| f64::from(*x)).collect();
    let bits = || tensor.half_val.iter().map(|bits| *bits as u16);
    match tensor.dtype {
        1 => from.or(f32::from_le_bytes, f64::from, || tensor.float_val.iter().map(|x| f64::from(*x)).collect()),
        2 => from.or(f64::from_le_bytes, |x| x, || tensor.double_val.clone()),
        3 => from.or(i32::from_le_bytes, f64::from, ints),
        4 => from.or(u8::from_le_bytes, f64::from, ints),
        5 => from.or(i16::from_le_bytes, f64::from, ints),
        6 => from.or(i8::from_le_bytes, f64::from, ints),
        9 => from.or(i64::from_le_bytes, |x| x as f64, || tensor.int64_val.iter().map(|x| *x as f64).collect()),
        14 => from.or(bf16::from_le_bytes, f64::from, || bits().map(|b| bf16::from_bits(b).to_f64()).collect()),
        17 => from.or(u16::from_le_bytes, f64::from, ints),
        19 => from.or(f16::from_le_bytes, f64::from, || bits().map(|b| f16::from_bits(b).to_f64()).collect()),
        22 => from.or(u32::from_le_bytes, f64::from, || tensor.uint32_val.iter().map(|x| f64::from(*x)).collect()),
        23 => from.or(u64::from_le_bytes, |x| x as f64, || tensor.uint64_val.iter().map(|x| *x as f64).collect()),
        other => Err(format!("its tensor is of data type {other}, which this program does not read")),
    }
}

/// A tensor's raw bytes; empty when its numbers stand in a typed list.
struct Content<'a>(&'a [u8]);

impl Content<'_> {
    fn or<T, const N: usize>(
        &self,
        number: fn([u8; N]) -> T,
        widen: fn(T) -> f64,
        typed: impl FnOnce() -> Vec<f64>,
    ) -> Result<Vec<f64>, String> {
        match self.0.as_chunks::<N>() {
            ([], []) => Ok(typed()),
            (numbers, []) => Ok(numbers.iter().map(|bytes| widen(number(*bytes))).collect()),
            _ => Err(format!("its tensor's {} bytes are no whole number of values", self.0.len())),
        }
    }
}
