//! Growing text files of lines: how far a file was read, and whether it still starts with the text that was read.

use super::reading::{ReadContext, read_all, watched};
use crate::catalog::{Stamp, StampHasher};
use crate::error::{Error, Problem};
use crate::format::document::{JsonDocument, NextLine};
use std::fs::{self, Metadata};
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Bytes before the end of the prefix that are read again and compared. A replaced file is detected by its inode or by
/// these bytes.
const RECENT: usize = 64 << 10;

/// Position up to which lines were read.
#[derive(Debug, Clone, Default)]
pub(super) struct LinePosition {
    /// Byte offset, not counting saves that changed the length of the text.
    pub(super) offset: usize,
    /// Bytes by which saves have moved the offset in the file.
    pub(super) shift: isize,
    /// Number of the next line.
    pub(super) line: u64,
    pub(super) rows: u64,
    /// Problem of the next line, if only its start has been written.
    pub(super) torn: Option<Problem>,
    /// True for lines that are records. Only some records are rows.
    pub(super) scattered: bool,
}

/// Prefix of a file that was read, to check that the file still starts with it.
#[derive(Debug, Clone)]
pub(super) struct Prefix {
    device: u64,
    inode: u64,
    /// Hash of the prefix.
    hasher: StampHasher,
    /// Last bytes of the prefix.
    recent: Vec<u8>,
}

impl LinePosition {
    /// Advances over the text of a document; `None` if the text does not consist of lines.
    pub(super) fn after(&self, document: &JsonDocument) -> Option<Self> {
        let NextLine { byte, line, torn } = document.next?;
        let rows = self.rows + document.roots.len() as u64;
        let torn = document.problems.last().filter(|_| torn).cloned();
        let (offset, shift) = (self.offset + byte, self.shift);
        Some(Self { offset, shift, line, rows, torn, scattered: document.scattered })
    }

    /// Byte offset in the current file.
    pub(super) fn offset_in_file(&self) -> usize {
        self.offset.saturating_add_signed(self.shift)
    }
}

impl Prefix {
    /// Creates the prefix of the first `len` bytes of a file's text.
    pub(super) fn of(metadata: &Metadata, text: &[u8], len: usize) -> Self {
        let (device, inode) = (metadata.dev(), metadata.ino());
        let mut prefix = Self { device, inode, hasher: StampHasher::default(), recent: Vec::new() };
        prefix.add(text.get(..len).unwrap_or(text));
        prefix
    }

    fn add(&mut self, more: &[u8]) {
        self.hasher.add(more);
        self.recent.extend(&more[more.len().saturating_sub(RECENT)..]);
        self.recent.drain(..self.recent.len().saturating_sub(RECENT));
    }

    /// Reads the text after the prefix, which is `len` bytes long. `None` if the file no longer starts with the prefix.
    pub(super) fn read_rest(&self, context: ReadContext, path: &Path, len: usize) -> Result<Option<Vec<u8>>, Error> {
        let mut file = fs::File::open(path).map_err(|error| context.failed(error))?;
        let metadata = file.metadata().map_err(|error| context.failed(error))?;
        let start = len.saturating_sub(self.recent.len()) as u64;
        file.seek(SeekFrom::Start(start)).map_err(|error| context.failed(error))?;
        let (text, _reserved) = read_all(context, &mut watched(file, context.task))?;
        let same = (metadata.dev(), metadata.ino()) == (self.device, self.inode);
        Ok(text.strip_prefix(&self.recent[..]).filter(|_| same).map(<[u8]>::to_vec))
    }

    /// Extends the prefix by the first `len` bytes of `text`. Also returns the stamp of prefix and `text`.
    pub(super) fn extended(&self, text: &[u8], len: usize) -> (Self, Stamp) {
        let mut prefix = self.clone();
        let stamp = self.hasher.stamp_with(text);
        prefix.add(text.get(..len).unwrap_or(text));
        (prefix, stamp)
    }
}
