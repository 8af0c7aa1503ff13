//! Hugging Face's safetensors format: a length, a JSON header that names the tensors, then their bytes.
//!
//! The header is checked like in the reference reader before any tensor is read. A complex tensor becomes two tensors, its
//! real and imaginary parts. Not here: floats of 6 bits, since the format does not define how they are packed.

mod header;
#[cfg(test)]
mod tests;

pub use super::element::{ElementType, Float8};
pub use header::Header;

/// End of the names of safetensors files.
pub const SUFFIX: &str = ".safetensors";

/// End of the name of an index, which maps the tensors of a checkpoint to its files.
pub const INDEX_SUFFIX: &str = ".safetensors.index.json";
