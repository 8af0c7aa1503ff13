//! Large texts in pieces that end where a row or an element does, each read and parsed on a thread of its own.
//!
//! Not here: what is made of a piece. Whoever cannot make anything of one says so, and the text is read as a whole.

use super::Refusal;
use crate::engine::Cancel;
use memchr::memchr;
use rayon::prelude::*;

/// Bytes of a piece: what a processor's cache holds, and enough that going over to the next costs nothing.
pub(super) const PIECE: usize = 1 << 20;

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

    /// Puts the bytes from `at` on behind those in `room`: so many, or all up to the end.
    ///
    /// # Errors
    /// Bytes that cannot be read.
    fn read(&self, at: u64, n: usize, room: &mut Vec<u8>) -> Result<(), Refusal>;
}

impl Text for &[u8] {
    fn len(&self) -> u64 {
        (**self).len() as u64
    }

    fn read(&self, at: u64, n: usize, room: &mut Vec<u8>) -> Result<(), Refusal> {
        let rest = usize::try_from(at).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        room.extend_from_slice(rest.get(..n).unwrap_or(rest));
        Ok(())
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

impl Cut {
    /// The first piece; `None` if the text has no other.
    ///
    /// # Errors
    /// Bytes that cannot be read.
    pub(super) fn first(self, text: &dyn Text) -> Result<Option<Vec<u8>>, Refusal> {
        let size = FIRST.max(self.size);
        let mut room = Vec::new();
        let found = text.len() > size as u64 && self.fill(text, (0, size), &mut room)?;
        Ok((found && (room.len() as u64) < text.len()).then_some(room))
    }

    /// What is made of all pieces but the first, in order; `None` if nothing is made of one of them.
    ///
    /// # Errors
    /// Bytes that cannot be read, and being cancelled.
    pub(super) fn rest<T: Send>(
        self,
        text: &dyn Text,
        cancel: &Cancel,
        make: impl Fn(Piece<'_>) -> Option<T> + Sync,
    ) -> Result<Option<Vec<T>>, Refusal> {
        let first = FIRST.max(self.size) as u64;
        let pieces = text.len().saturating_sub(first).div_ceil(self.size as u64);
        let made = (0..pieces).into_par_iter().map_init(Vec::new, |room, i| {
            cancel.check().map_err(|stop| Some(Refusal::new(stop.to_string())))?;
            let at = first + i * self.size as u64;
            if !self.fill(text, (at, self.size), room).map_err(Some)? {
                return Err(None);
            }
            // What comes before the first separator belongs to the piece before.
            let start = memchr(self.separator, room).map_or(room.len(), |found| found + 1);
            make(Piece { bytes: room.get(start..).unwrap_or_default(), at: at + start as u64 }).ok_or(None)
        });
        match made.collect::<Result<_, Option<Refusal>>>() {
            Ok(made) => Ok(Some(made)),
            Err(None) => Ok(None),
            Err(Some(why)) => Err(why),
        }
    }

    /// Reads from `at` on, up to the first separator behind so many bytes; whether it was found, or the end.
    fn fill(self, text: &dyn Text, (at, size): (u64, usize), room: &mut Vec<u8>) -> Result<bool, Refusal> {
        room.clear();
        text.read(at, size, room)?;
        let mut more = MARGIN;
        while at + (room.len() as u64) < text.len() && more < LONGEST {
            let from = room.len();
            text.read(at + from as u64, more, room)?;
            if let Some(found) = room.get(from..).and_then(|new| memchr(self.separator, new)) {
                room.truncate(from + found + 1);
                return Ok(true);
            }
            if room.len() == from {
                return Err(Refusal::new("it became shorter while it was read; open it again"));
            }
            more *= 2;
        }
        Ok(at + room.len() as u64 >= text.len())
    }
}
