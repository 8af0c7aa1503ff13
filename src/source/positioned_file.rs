//! Files that are read by position, by several threads and any number of times.
//!
//! A process may open few files at once. The first ones stay open. The rest are reopened for each read.

use super::reading::changed;
use crate::format::{DecodeError, Text};
use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Maximum number of files that stay open.
const MAX_OPEN: usize = 64;

static OPEN: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub(super) struct PositionedFile {
    path: PathBuf,
    /// Metadata when the file was first opened.
    seen: Metadata,
    file: Option<OpenSlot>,
}

/// File that stays open and counts towards [`MAX_OPEN`].
#[derive(Debug)]
struct OpenSlot(File);

impl PositionedFile {
    pub(super) fn open(path: &Path) -> Result<Self, DecodeError> {
        let file = File::open(path)?;
        Ok(Self { path: path.to_owned(), seen: file.metadata()?, file: OpenSlot::new(file) })
    }

    /// Fills `bytes` from offset `at` on.
    ///
    /// # Errors
    /// The file cannot be read or changed since it was opened. Counts must not mix samples of two versions of a file.
    pub(super) fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError> {
        match &self.file {
            Some(OpenSlot(file)) => self.read_from(file, at, bytes),
            None => self.read_from(&File::open(&self.path)?, at, bytes),
        }
    }

    fn read_from(&self, file: &File, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError> {
        let read = file.read_exact_at(bytes, at);
        let version = |of: &Metadata| (of.dev(), of.ino(), of.len(), of.modified().ok());
        if version(&file.metadata()?) != version(&self.seen) {
            return Err(changed());
        }
        Ok(read?)
    }
}

impl Text for PositionedFile {
    fn len(&self) -> u64 {
        self.seen.len()
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        let n = buffer.len().min(usize::try_from(self.seen.len().saturating_sub(at)).unwrap_or(usize::MAX));
        Self::read(self, at, buffer.get_mut(..n).unwrap_or_default())?;
        Ok(n)
    }
}

impl OpenSlot {
    /// Returns `None` if the maximum number of files is open.
    fn new(file: File) -> Option<Self> {
        let more = |open| (open < MAX_OPEN).then_some(open + 1);
        OPEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self(file))
    }
}

impl Drop for OpenSlot {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}
