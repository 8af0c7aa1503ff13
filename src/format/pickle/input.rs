//! Bytes of pickles, read in blocks. Several pickles may follow each other.

use crate::format::{DecodeError, fill};
use std::io::{self, Read};

/// Bytes read at once.
const BLOCK: usize = 64 << 10;

/// A reader that can skip bytes.
pub trait Skip: Read {
    /// Skips up to `n` bytes. Returns the number of bytes skipped, which is smaller only at the end.
    ///
    /// # Errors
    /// The bytes cannot be read.
    fn skip(&mut self, n: u64) -> io::Result<u64> {
        io::copy(&mut self.take(n), &mut io::sink())
    }
}

impl Skip for &[u8] {}

/// Buffered bytes and their position.
#[expect(missing_debug_implementations, reason = "a reader")]
pub struct Input<'a> {
    source: &'a mut dyn Skip,
    buffer: Vec<u8>,
    /// Bytes of the buffer that were consumed.
    used: usize,
    /// Position of the start of the buffer in the source.
    start: u64,
}

impl<'a> Input<'a> {
    pub fn new(source: &'a mut dyn Skip) -> Self {
        Self { source, buffer: Vec::new(), used: 0, start: 0 }
    }

    /// Number of bytes consumed.
    pub fn position(&self) -> u64 {
        self.start + self.used as u64
    }

    /// Returns the next byte.
    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        if let Some(byte) = self.buffer.get(self.used) {
            self.used += 1;
            return Ok(*byte);
        }
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// Returns the next bytes.
    ///
    /// # Errors
    /// The input ends before.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    /// Returns the next `n` bytes, which must be few.
    pub(super) fn take(&mut self, n: usize) -> Result<&[u8], DecodeError> {
        self.buffer_more(n)?;
        let bytes = self.buffer.get(self.used..self.used + n).ok_or_else(truncated)?;
        self.used += n;
        Ok(bytes)
    }

    /// Skips `n` bytes.
    ///
    /// # Errors
    /// The input ends before.
    pub fn skip(&mut self, n: u64) -> Result<(), DecodeError> {
        let buffered = (self.buffer.len() - self.used) as u64;
        if n <= buffered {
            self.used += n as usize;
            return Ok(());
        }
        let more = n - buffered;
        let skipped = self.source.skip(more)?;
        self.start += self.buffer.len() as u64 + skipped;
        (self.used, self.buffer) = (0, Vec::new());
        if skipped < more { Err(truncated()) } else { Ok(()) }
    }

    /// Returns the bytes up to the end of the line, without it.
    pub(super) fn line(&mut self, max: usize) -> Result<Vec<u8>, DecodeError> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => return Ok(line),
                _ if line.len() >= max => return Err(DecodeError::new("a line is too long")),
                byte => line.push(byte),
            }
        }
    }

    /// Reads until `n` bytes are buffered or the input ends.
    fn buffer_more(&mut self, n: usize) -> Result<(), DecodeError> {
        let left = self.buffer.len() - self.used;
        if left >= n {
            return Ok(());
        }
        self.buffer.copy_within(self.used.., 0);
        self.start += self.used as u64;
        self.used = 0;
        self.buffer.resize(n.max(BLOCK), 0);
        let filled = fill(&mut self.source, self.buffer.get_mut(left..).unwrap_or_default())?;
        self.buffer.truncate(left + filled);
        Ok(())
    }
}

fn truncated() -> DecodeError {
    DecodeError::new("it is truncated")
}
