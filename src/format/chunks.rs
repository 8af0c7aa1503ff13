//! Large texts in chunks that end at a separator. Each chunk is read and parsed on its own thread.
//!
//! Not here: the parsers. A parser that cannot handle a chunk returns `None`, and the caller reads the text at once.

use super::DecodeError;
use crate::engine::{Budget, Task};
use memchr::memchr;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Bytes per chunk: fits into the cache of a core together with the parsed numbers, and is large enough that the cost
/// of a chunk does not matter.
pub(super) const CHUNK_SIZE: usize = 1 << 18;

/// Minimum size of the first chunk, from which the layout of the text is detected.
pub(super) const FIRST_SIZE: usize = 64 << 10;

/// Bytes that are read at first in search of the separator after a chunk, and at most.
const MARGIN: usize = 256;
const MAX_MARGIN: usize = 64 << 20;

/// A text that several threads can read at any offset.
pub trait Text: Sync {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buffer` with the bytes from offset `at` on. Returns their number, which is smaller only at the end of
    /// the text.
    ///
    /// # Errors
    /// The bytes cannot be read.
    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize, DecodeError>;
}

impl<T: Text + ?Sized> Text for &T {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        (**self).read(at, buffer)
    }
}

impl Text for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        let mut rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        Ok(io::Read::read(&mut rest, buffer)?)
    }
}

/// The division of a text into chunks.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChunkPlan {
    /// Last byte of every chunk but the last.
    pub(super) separator: u8,
    /// Bytes per chunk. A chunk extends to the next separator.
    pub(super) size: usize,
}

/// Some bytes of a text.
pub(super) struct Chunk<'a> {
    pub(super) bytes: &'a [u8],
    /// Byte offset in the text.
    pub(super) at: u64,
}

/// Passes values that arrive in any order to `take` in the order of their numbers.
struct InOrder<T, F> {
    next: u64,
    early: BTreeMap<u64, T>,
    take: F,
}

impl<T, F: FnMut(T) -> Result<(), DecodeError>> InOrder<T, F> {
    fn add(&mut self, number: u64, value: T) -> Result<(), DecodeError> {
        self.early.insert(number, value);
        while let Some(value) = self.early.remove(&self.next) {
            (self.take)(value)?;
            self.next += 1;
        }
        Ok(())
    }
}

impl ChunkPlan {
    /// Reads the first chunk. Returns `None` if it is the only one.
    ///
    /// # Errors
    /// The bytes cannot be read.
    pub(super) fn first(self, text: &dyn Text, memory: &Budget) -> Result<Option<Vec<u8>>, DecodeError> {
        let size = FIRST_SIZE.max(self.size);
        let mut buffer = Vec::new();
        if text.len() <= size as u64 {
            return Ok(None);
        }
        let first = self.fill(text, 0, size, &mut buffer, memory)?;
        Ok(first.filter(|len| (*len as u64) < text.len()).map(|len| {
            buffer.truncate(len);
            buffer
        }))
    }

    /// Parses all chunks but the first on all cores, and passes the results to `take` in order while other chunks are
    /// being parsed. Returns false if `parse` returned `None` for one of them.
    ///
    /// # Errors
    /// The bytes cannot be read, the task was cancelled, or `take` failed.
    pub(super) fn rest<T: Send>(
        self,
        text: &dyn Text,
        task: &Task,
        parse: impl Fn(Chunk<'_>) -> Option<T> + Sync,
        take: impl FnMut(T) -> Result<(), DecodeError> + Send,
    ) -> Result<bool, DecodeError> {
        let first = FIRST_SIZE.max(self.size) as u64;
        let chunks = text.len().saturating_sub(first).div_ceil(self.size as u64);
        let parsed = Mutex::new(InOrder { next: 0, early: BTreeMap::new(), take });
        // A bridge starts the chunks in order, so that few of them wait for their turn.
        let done = (0..chunks).par_bridge().try_for_each_init(Vec::new, |buffer, i| {
            task.cancel.check().map_err(|stop| Some(DecodeError::new(stop.to_string())))?;
            let at = first + i * self.size as u64;
            let len = self.fill(text, at, self.size, buffer, &task.memory).map_err(Some)?.ok_or(None)?;
            let bytes = buffer.get(..len).unwrap_or_default();
            // The bytes up to the first separator belong to the previous chunk.
            let start = memchr(self.separator, bytes).map_or(len, |found| found + 1);
            let chunk = Chunk { bytes: bytes.get(start..).unwrap_or_default(), at: at + start as u64 };
            let value = parse(chunk).ok_or(None)?;
            parsed.lock().unwrap_or_else(PoisonError::into_inner).add(i, value).map_err(Some)
        });
        match done {
            Ok(()) => Ok(true),
            Err(None) => Ok(false),
            Err(Some(error)) => Err(error),
        }
    }

    /// Reads `size` bytes from `at` on, and more up to the first separator or the end of the text.
    ///
    /// Returns their number, or `None` if neither is within [`MAX_MARGIN`] or fits in memory. `buffer` only grows, since zeroing it takes
    /// time.
    fn fill(
        self,
        text: &dyn Text,
        at: u64,
        size: usize,
        buffer: &mut Vec<u8>,
        memory: &Budget,
    ) -> Result<Option<usize>, DecodeError> {
        let mut len = extend(text, at, buffer, 0..size)?;
        let mut more = MARGIN;
        while at + (len as u64) < text.len() && more < MAX_MARGIN {
            // Each thread may need as much. The copy of a vector that grows needs as much again.
            let threads = rayon::current_num_threads();
            if more > size && memory.try_reserve((2 * threads * (len + more)) as u64).is_none() {
                return Ok(None);
            }
            let n = extend(text, at, buffer, len..len + more)?;
            if let Some(found) = buffer.get(len..len + n).and_then(|new| memchr(self.separator, new)) {
                return Ok(Some(len + found + 1));
            }
            if n == 0 {
                return Err(DecodeError::new("the file shrank while it was being read; open it again"));
            }
            len += n;
            more *= 2;
        }
        Ok((at + len as u64 >= text.len()).then_some(len))
    }
}

/// Reads a range of the bytes that follow `at` into the same range of `buffer`. Returns their number.
fn extend(text: &dyn Text, at: u64, buffer: &mut Vec<u8>, range: Range<usize>) -> Result<usize, DecodeError> {
    buffer.resize(buffer.len().max(range.end), 0);
    let from = at + range.start as u64;
    buffer.get_mut(range).map_or(Ok(0), |buffer| text.read(from, buffer))
}
