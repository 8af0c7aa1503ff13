//! Reasons why bytes cannot be decoded, and a bounded list of the problems that do not stop decoding.

use crate::engine::LimitExceeded;
use crate::error::{At, Problem, io_reason};
use crate::text::plural;
use std::fmt;
use std::io;

/// A clause that says why bytes cannot be decoded. The caller adds the name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(String);

impl DecodeError {
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    pub(super) fn out_of_memory() -> Self {
        Self::new("not enough memory")
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DecodeError> for String {
    fn from(error: DecodeError) -> Self {
        error.0
    }
}

impl From<LimitExceeded> for DecodeError {
    fn from(error: LimitExceeded) -> Self {
        Self(error.to_string())
    }
}

impl From<io::Error> for DecodeError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::new("no such file or directory"),
            io::ErrorKind::PermissionDenied => Self::new("permission denied"),
            io::ErrorKind::UnexpectedEof => Self::new("unexpected end of file; it is truncated or not fully written"),
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => Self(format!("damaged data ({error})")),
            _ => Self(io_reason(&error)),
        }
    }
}

/// The problems of a file. Stores the first 1000 and counts the rest, so that a damaged file cannot fill the memory.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    stored: Vec<Problem>,
    more: u64,
}

impl Problems {
    const MAX_STORED: usize = 1000;

    /// Adds a problem at a byte offset of the file.
    pub fn at(&mut self, byte: u64, message: impl Into<String>) {
        self.push(Problem::new(At::Byte(byte), message));
    }

    pub fn push(&mut self, problem: Problem) {
        if self.stored.len() < Self::MAX_STORED {
            self.stored.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Returns the stored problems. If there were more, the last one has their number.
    pub fn to_vec(&self) -> Vec<Problem> {
        let mut all = self.stored.clone();
        if self.more > 0 {
            all.push(Problem::new(At::Whole, format!("{} not listed", plural(self.more, "more problem"))));
        }
        all
    }
}
