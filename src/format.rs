//! Decoders, one file a format: bytes in, values and located problems out. No paths, no files.

pub mod arrow;
pub mod column;
pub mod columnar;
pub mod document;
pub mod encoding;
pub mod npy;
pub mod npz;
pub mod parquet;
pub mod partial;
mod pieces;
mod problems;
pub mod safetensors;
pub mod samples;
pub mod series;
mod skim;
pub mod table;
pub mod tfevents;
pub mod wandb_log;
mod wire;

pub use pieces::Text;
pub use problems::Problems;

use crate::engine::TooMuch;
use std::fmt;
use std::io::{self, Read};

/// Why bytes cannot be decoded: a clause that calls what was read "it", since the caller knows its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(String);

impl Refusal {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.0
    }
}

impl From<TooMuch> for Refusal {
    fn from(why: TooMuch) -> Self {
        Self(why.to_string())
    }
}

impl From<io::Error> for Refusal {
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
fn fill(input: &mut impl Read, room: &mut [u8]) -> Result<usize, Refusal> {
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
