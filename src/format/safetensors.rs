//! Hugging Face's safetensors: a length, a JSON header that names the tensors, then their bytes.
//!
//! A header is checked as the reference reader checks it, before any tensor is read. Types that numpy does not have
//! (bfloat16, the floats of 4 and 8 bits) become the float32 of the same value, which every one of them has; complex
//! tensors become their two parts. Not here: floats of 6 bits, since the format does not say how they are packed.

mod header;
mod kind;
#[cfg(test)]
mod tests;

use super::{DecodeError, fill};
use crate::hist::{Samples, each};
use std::io::Read;

pub use header::{Header, Tensor};
pub use kind::ElementType;

/// Bytes decoded at a time; a multiple of the size of every element.
const BLOCK: usize = 256 << 10;

/// Reads the elements of a tensor from its first byte on.
///
/// # Errors
/// Data that end early or cannot be read.
pub fn read_data(input: &mut impl Read, tensor: &Tensor) -> Result<Samples, DecodeError> {
    let mut left = tensor.bytes.end - tensor.bytes.start;
    let mut block = vec![0; BLOCK.min(usize::try_from(left).unwrap_or(BLOCK))];
    let mut samples = Samples::empty(tensor.kind.dtype());
    while left > 0 {
        let want = block.len().min(usize::try_from(left).unwrap_or(BLOCK));
        let Some(room) = block.get_mut(..want) else { break };
        if fill(input, room)? < want {
            return Err(DecodeError::new("it ends inside of a tensor; it was cut short"));
        }
        each!(&mut samples, values => values.try_reserve(2 * want))
            .map_err(|_| DecodeError::new("it does not fit in memory"))?;
        tensor.kind.decode(room, &mut samples);
        left -= want as u64;
    }
    Ok(samples)
}
