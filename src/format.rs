//! Decoders, one file a format: bytes in, values and located problems out. No paths, no files.

pub mod arrow;
mod chunks;
pub mod column;
pub mod columnar;
pub mod counts_file;
pub mod document;
pub mod encoding;
mod json_scan;
pub mod npy;
pub mod npz;
pub mod parquet;
mod problems;
mod protobuf;
pub mod safetensors;
pub mod samples;
pub mod series;
pub mod table;
pub mod tfevents;
pub mod wandb_log;

pub use chunks::Text;
pub use problems::Problems;

use crate::engine::LimitExceeded;
use std::fmt;
use std::io::{self, Read};

/// Why bytes cannot be decoded: a clause that calls what was read "it", since the caller knows its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(String);

impl DecodeError {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DecodeError> for String {
    fn from(refusal: DecodeError) -> Self {
        refusal.0
    }
}

impl From<LimitExceeded> for DecodeError {
    fn from(why: LimitExceeded) -> Self {
        Self(why.to_string())
    }
}

impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::new("there is no such file"),
            io::ErrorKind::PermissionDenied => Self::new("you have no permission to read it"),
            io::ErrorKind::UnexpectedEof => Self::new("it ends too early; it was cut short or not fully written"),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self(format!("its data are damaged ({error})")),
            _ => Self(error.to_string()),
        }
    }
}

/// Reads until `room` is full or the input ends, and returns how much there was.
fn fill(input: &mut impl Read, room: &mut [u8]) -> Result<usize, DecodeError> {
    let mut got = 0;
    while let Some(rest) = room.get_mut(got..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(n) => got += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(got)
}

/// Input that tells how many bytes came and can be stopped by an error.
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
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let got = self.input.read(room)?;
        (self.watch)(got as u64)?;
        Ok(got)
    }
}
