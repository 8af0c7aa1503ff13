//! Sequential readers of a range of bytes.

use super::Text;
use super::pickle::Skip;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// Bytes that are read at once, and after a change of position.
const BUFFER: usize = 128 << 10;
const FIRST: usize = 4 << 10;

/// Buffered reader of a range. Keeps its buffer when the position changes, since archives are read in small steps, mostly
/// forward.
#[derive(Debug)]
pub struct Window<T> {
    input: T,
    range: Range<u64>,
    /// Position in the range.
    at: u64,
    buffer: Vec<u8>,
    /// Position of the buffer in the range.
    start: u64,
}

impl<T: Text> Window<T> {
    /// Creates a reader of the whole input.
    pub fn whole(input: T) -> Self {
        let range = 0..input.len();
        Self::new(input, range)
    }

    /// Creates a reader of a range of the input.
    pub fn new(input: T, range: Range<u64>) -> Self {
        Self { input, range, at: 0, buffer: Vec::new(), start: 0 }
    }

    fn len(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }

    /// Bytes of the buffer from the current position on.
    fn buffered(&self) -> &[u8] {
        let skipped = self.at.checked_sub(self.start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.buffer.get(skipped..)).unwrap_or_default()
    }
}

impl<T: Text> Read for Window<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffered = self.buffered();
        if buffered.is_empty() {
            let left = self.len().saturating_sub(self.at);
            let is_sequential = self.at == self.start + self.buffer.len() as u64;
            let size = if is_sequential { (2 * self.buffer.len()).clamp(FIRST, BUFFER) } else { FIRST };
            self.buffer.resize(usize::try_from(left).unwrap_or(usize::MAX).min(size), 0);
            self.start = self.at;
            let read = self.input.read(self.range.start + self.at, &mut self.buffer);
            self.buffer.truncate(*read.as_ref().unwrap_or(&0));
            read.map_err(|why| io::Error::other(why.to_string()))?;
            buffered = self.buffered();
        }
        let n = buffered.len().min(buffer.len());
        buffer[..n].copy_from_slice(&buffered[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl<T: Text> Seek for Window<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl<T: Text> Skip for Window<T> {
    fn skip(&mut self, n: u64) -> io::Result<u64> {
        let skipped = n.min(self.len().saturating_sub(self.at));
        self.at += skipped;
        Ok(skipped)
    }
}
