//! Texts of lines that grow: how far one was read, and whether it is still the one that was read.

use super::input::{ReadContext, read_all, watched};
use crate::catalog::{Stamp, Stamping};
use crate::error::{Error, Problem};
use crate::format::DecodeError;
use crate::format::document::{Document, Next};
use std::fs::{self, Metadata};
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// A file whose beginning was changed is told by another file of its name, or by what stands before its end: so much of
/// it is read again.
const RECENT: usize = 64 << 10;

/// How far lines were read.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    /// Bytes that are done with, and the number of the line behind them.
    pub(super) done: usize,
    /// How much further their end stands in the file by now, since histograms of other lengths were written into them.
    pub(super) shift: isize,
    pub(super) line: u64,
    pub(super) rows: u64,
    /// What is said of the line behind them, if that has begun.
    pub(super) torn: Option<Problem>,
    /// Whether they are records, of which only some are rows.
    pub(super) in_pieces: bool,
}

/// The file whose lines they are.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    /// Device and number.
    file: (u64, u64),
    /// Of all that is done with.
    stamping: Stamping,
    recent: Vec<u8>,
}

impl Lines {
    /// Behind what was read last; `None` for a text that is not of lines.
    pub(super) fn after(&self, document: &Document) -> Option<Self> {
        let Next { byte, line, torn } = document.next?;
        let rows = self.rows + document.roots.len() as u64;
        let torn = document.problems.last().filter(|_| torn).cloned();
        let (done, shift) = (self.done + byte, self.shift);
        Some(Self { done, shift, line, rows, torn, in_pieces: document.in_pieces })
    }

    /// Where their end stands in the file.
    pub(super) fn end(&self) -> usize {
        self.done.saturating_add_signed(self.shift)
    }
}

impl Tail {
    /// Of a file in which so much of this text is done with.
    pub(super) fn of(metadata: &Metadata, text: &[u8], done: usize) -> Self {
        let file = (metadata.dev(), metadata.ino());
        let mut tail = Self { file, stamping: Stamping::default(), recent: Vec::new() };
        tail.add(text.get(..done).unwrap_or(text));
        tail
    }

    fn add(&mut self, done: &[u8]) {
        self.stamping.add(done);
        self.recent.extend(&done[done.len().saturating_sub(RECENT)..]);
        self.recent.drain(..self.recent.len().saturating_sub(RECENT));
    }

    /// What stands behind so many bytes that are done with; `None` if they are not those that were read.
    pub(super) fn read_on(&self, origin: ReadContext, path: &Path, done: usize) -> Result<Option<Vec<u8>>, Error> {
        let failed = |error| origin.failed(DecodeError::from(error));
        let mut file = fs::File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        file.seek(SeekFrom::Start(done.saturating_sub(self.recent.len()) as u64)).map_err(failed)?;
        let (text, _held) = read_all(origin, &mut watched(file, origin.task))?;
        let same = (metadata.dev(), metadata.ino()) == self.file;
        Ok(text.strip_prefix(&self.recent[..]).filter(|_| same).map(<[u8]>::to_vec))
    }

    /// With more behind it, of which so much is done with; and the stamp of the whole file.
    pub(super) fn and(&self, text: &[u8], done: usize) -> (Self, Stamp) {
        let mut tail = self.clone();
        let stamp = self.stamping.and(text);
        tail.add(text.get(..done).unwrap_or(text));
        (tail, stamp)
    }
}
