//! GGUF, the files of llama.cpp: metadata, the descriptions of the tensors, then their data.
//!
//! Versions 2 and 3 in little-endian byte order. Everything is checked against the length of the file before it is read or
//! allocated. A tensor that cannot be read is a problem, and the others are shown. Not here: the values of quantized blocks
//! ([`Quant`]).

mod header;
mod metadata;
mod quant;
#[cfg(test)]
mod tests;

use super::element::ElementType;
use crate::hist::DType;

pub use header::Header;
pub use quant::Quant;

/// First bytes of a file.
pub const MAGIC: &[u8] = b"GGUF";

/// End of the names of GGUF files.
pub const SUFFIX: &str = ".gguf";

/// The type of the elements of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One value after another.
    Element(ElementType),
    /// Quantized blocks.
    Blocks(Quant),
}

/// Returns the name that ggml gives to the type with a number, and the type of the elements if rebin can decode them.
fn kind(number: u32) -> Option<(&'static str, Option<Kind>)> {
    let plain = |dtype| Some(Kind::Element(ElementType::Plain(dtype)));
    let blocks = |quant| Some(Kind::Blocks(quant));
    Some(match number {
        0 => ("F32", plain(DType::F32)),
        1 => ("F16", plain(DType::F16)),
        2 => ("Q4_0", blocks(Quant::Q4_0)),
        3 => ("Q4_1", blocks(Quant::Q4_1)),
        4 => ("Q4_2", None),
        5 => ("Q4_3", None),
        6 => ("Q5_0", blocks(Quant::Q5_0)),
        7 => ("Q5_1", blocks(Quant::Q5_1)),
        8 => ("Q8_0", blocks(Quant::Q8_0)),
        9 => ("Q8_1", None),
        10 => ("Q2_K", blocks(Quant::Q2K)),
        11 => ("Q3_K", blocks(Quant::Q3K)),
        12 => ("Q4_K", blocks(Quant::Q4K)),
        13 => ("Q5_K", blocks(Quant::Q5K)),
        14 => ("Q6_K", blocks(Quant::Q6K)),
        15 => ("Q8_K", None),
        16 => ("IQ2_XXS", None),
        17 => ("IQ2_XS", None),
        18 => ("IQ3_XXS", None),
        19 => ("IQ1_S", None),
        20 => ("IQ4_NL", blocks(Quant::Iq4Nl)),
        21 => ("IQ3_S", None),
        22 => ("IQ2_S", None),
        23 => ("IQ4_XS", blocks(Quant::Iq4Xs)),
        24 => ("I8", plain(DType::I8)),
        25 => ("I16", plain(DType::I16)),
        26 => ("I32", plain(DType::I32)),
        27 => ("I64", plain(DType::I64)),
        28 => ("F64", plain(DType::F64)),
        29 => ("IQ1_M", None),
        30 => ("BF16", Some(Kind::Element(ElementType::Bf16))),
        34 => ("TQ1_0", blocks(Quant::Tq1_0)),
        35 => ("TQ2_0", blocks(Quant::Tq2_0)),
        39 => ("MXFP4", blocks(Quant::Mxfp4)),
        40 => ("NVFP4", None),
        41 => ("Q1_0", None),
        42 => ("Q2_0", None),
        _ => return None,
    })
}
