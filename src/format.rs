//! Decoders, one per file format, from bytes to values and located problems.
//!
//! Not here: paths and files (`source`).

pub mod archive;
pub mod arrow;
mod chunks;
pub mod column;
pub mod columnar;
pub mod counts_file;
pub mod document;
pub mod element;
pub mod encoding;
mod error;
pub mod gguf;
pub mod hdf5;
mod histogram_text;
mod json_scan;
pub mod lfs;
pub(crate) mod names;
pub mod npy;
pub mod npz;
pub mod onnx;
pub mod parquet;
pub mod pickle;
mod protobuf;
pub mod safetensors;
pub mod samples;
pub mod series;
mod spelling;
pub mod table;
pub mod table_runs;
pub mod tensor;
pub mod tfevents;
pub mod torch;
pub mod trackio;
pub mod view;
pub mod wandb_log;
pub mod window;

pub use chunks::Text;
pub use error::{DecodeError, Problems};

use std::io::{self, Read};

/// Suffixes of the names of JSONL files.
pub const JSONL_SUFFIXES: [&str; 2] = [".jsonl", ".ndjson"];

/// Suffix of the names of W&B's table files.
pub const TABLE_SUFFIX: &str = ".table.json";

/// Reads until `buffer` is full or the input ends. Returns the number of bytes read.
fn fill(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, DecodeError> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}

/// A reader that reports the size of each read to a callback. An error from the callback stops the reading.
pub(crate) struct Watched<R, W> {
    input: R,
    watch: W,
}

impl<R: Read, W: Fn(u64) -> io::Result<()>> Watched<R, W> {
    pub(crate) fn new(input: R, watch: W) -> Self {
        Self { input, watch }
    }
}

impl<R: Read, W: Fn(u64) -> io::Result<()>> Read for Watched<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(buffer)?;
        (self.watch)(n as u64)?;
        Ok(n)
    }
}
