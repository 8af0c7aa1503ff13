//! Large texts in pieces that end where a row or an element does, each read and parsed on a thread of its own.
//!
//! Not here: what is made of a piece. Whoever cannot make anything of one says so, and the text is read as a whole.

use super::DecodeError;
use crate::engine::Cancel;
use memchr::memchr;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Bytes of a piece: what a processor's own cache holds together with the numbers in it, and enough that going over to
/// the next costs nothing.
pub(super) const PIECE: usize = 1 << 18;

/// The first piece is so long at least, since the layout of a text is told from its beginning.
pub(super) const FIRST: usize = 64 << 10;

/// Bytes that are read on at first to find the end of a piece, and the most.
const MARGIN: usize = 256;
const LONGEST: usize = 64 << 20;

/// A text that can be read anywhere, from several threads.
pub trait Text: Sync {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `room` with the bytes from `at` on and returns how many there were: fewer only where the text ends.
    ///
    /// # Errors
    /// Bytes that cannot be read.
    fn read(&self, at: u64, room: &mut [u8]) -> Result<usize, DecodeError>;
}

impl Text for &[u8] {
    fn len(&self) -> u64 {
        (**self).len() as u64
    }

    fn read(&self, at: u64, room: &mut [u8]) -> Result<usize, DecodeError> {
        let mut rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        Ok(io::Read::read(&mut rest, room)?)
    }
}

/// How a text is divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// What every piece but the last ends with.
    pub(super) separator: u8,
    /// Bytes of a piece, up to the next separator.
    pub(super) size: usize,
}

/// Some bytes of a text.
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Where they start in the text.
    pub(super) at: u64,
}

/// Puts what comes in any order back into its order.
struct InOrder<T, F> {
    next: u64,
    early: BTreeMap<u64, T>,
    take: F,
}

impl<T, F: FnMut(T)> InOrder<T, F> {
    fn add(&mut self, number: u64, made: T) {
        self.early.insert(number, made);
        while let Some(made) = self.early.remove(&self.next) {
            (self.take)(made);
            self.next += 1;
        }
    }
}

impl Cut {
    /// The first piece; `None` if the text has no other.
    ///
    /// # Errors
    /// Bytes that cannot be read.
    pub(super) fn first(self, text: &dyn Text) -> Result<Option<Vec<u8>>, DecodeError> {
        let size = FIRST.max(self.size);
        let mut room = Vec::new();
        if text.len() <= size as u64 {
            return Ok(None);
        }
        let first = self.fill(text, (0, size), &mut room)?;
        Ok(first.filter(|len| (*len as u64) < text.len()).map(|len| {
            room.truncate(len);
            room
        }))
    }

    /// Hands what is made of all pieces but the first to `take`, in order, while others are being made; whether something
    /// was made of each.
    ///
    /// # Errors
    /// Bytes that cannot be read, and being cancelled.
    pub(super) fn rest<T: Send>(
        self,
        text: &dyn Text,
        cancel: &Cancel,
        make: impl Fn(Piece<'_>) -> Option<T> + Sync,
        take: impl FnMut(T) + Send,
    ) -> Result<bool, DecodeError> {
        let first = FIRST.max(self.size) as u64;
        let pieces = text.len().saturating_sub(first).div_ceil(self.size as u64);
        let made = Mutex::new(InOrder { next: 0, early: BTreeMap::new(), take });
        // A bridge gives pieces out one after the other, so that few of them wait for their turn.
        let done = (0..pieces).par_bridge().try_for_each_init(Vec::new, |room, i| {
            cancel.check().map_err(|stop| Some(DecodeError::new(stop.to_string())))?;
            let at = first + i * self.size as u64;
            let len = self.fill(text, (at, self.size), room).map_err(Some)?.ok_or(None)?;
            let bytes = room.get(..len).unwrap_or_default();
            // What comes before the first separator belongs to the piece before.
            let start = memchr(self.separator, bytes).map_or(len, |found| found + 1);
            let piece = Piece { bytes: bytes.get(start..).unwrap_or_default(), at: at + start as u64 };
            let one = make(piece).ok_or(None)?;
            made.lock().unwrap_or_else(PoisonError::into_inner).add(i, one);
            Ok(())
        });
        match done {
            Ok(()) => Ok(true),
            Err(None) => Ok(false),
            Err(Some(why)) => Err(why),
        }
    }

    /// Reads from `at` on, up to the first separator behind so many bytes or to the end of the text, and returns how many
    /// bytes of `room` that are; `None` if neither comes within reach. `room` only grows, since clearing it takes time.
    fn fill(self, text: &dyn Text, (at, size): (u64, usize), room: &mut Vec<u8>) -> Result<Option<usize>, DecodeError> {
        let mut len = read(text, at, (0, size), room)?;
        let mut more = MARGIN;
        while at + (len as u64) < text.len() && more < LONGEST {
            let got = read(text, at, (len, more), room)?;
            if let Some(found) = room.get(len..len + got).and_then(|new| memchr(self.separator, new)) {
                return Ok(Some(len + found + 1));
            }
            if got == 0 {
                return Err(DecodeError::new("it became shorter while it was read; open it again"));
            }
            len += got;
            more *= 2;
        }
        Ok((at + len as u64 >= text.len()).then_some(len))
    }
}

/// Puts `n` bytes of a piece that starts at `at` behind the first `len` of them; how many there were.
fn read(text: &dyn Text, at: u64, (len, n): (usize, usize), room: &mut Vec<u8>) -> Result<usize, DecodeError> {
    room.resize(room.len().max(len + n), 0);
    room.get_mut(len..len + n).map_or(Ok(0), |room| text.read(at + len as u64, room))
}
