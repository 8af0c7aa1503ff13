//! Files that are read by position, by several threads and any number of times.
//!
//! A process may open few files at once. The first ones stay open. The rest are reopened for each read.

use super::reading::changed;
use crate::format::DecodeError;
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Maximum number of files that stay open.
const MAX_OPEN: usize = 64;

/// Bytes that a sequential reader reads at once, and after a change of position.
const BUFFER: usize = 128 << 10;
const FIRST: usize = 4 << 10;

static OPEN: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub(super) struct PositionedFile {
    path: PathBuf,
    /// Metadata when the file was first opened.
    seen: Metadata,
    file: Option<OpenSlot>,
}

/// Sequential reader. Keeps its buffer when the position changes, since archives are read in small steps, mostly forward.
#[derive(Debug)]
struct Reader {
    file: PositionedFile,
    at: u64,
    buffer: Vec<u8>,
    /// Byte offset of the buffer in the file.
    start: u64,
}

/// File that stays open and counts towards [`MAX_OPEN`].
#[derive(Debug)]
struct OpenSlot(File);

impl PositionedFile {
    pub(super) fn open(path: &Path) -> Result<Self, DecodeError> {
        let file = File::open(path)?;
        Ok(Self { path: path.to_owned(), seen: file.metadata()?, file: OpenSlot::new(file) })
    }

    /// Converts into a buffered sequential reader.
    pub(super) fn reader(self) -> impl Read + Seek + Send {
        Reader { file: self, at: 0, buffer: Vec::new(), start: 0 }
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

impl Reader {
    /// Bytes of the buffer from the current position on.
    fn buffered(&self) -> &[u8] {
        let skipped = self.at.checked_sub(self.start).and_then(|skipped| usize::try_from(skipped).ok());
        skipped.and_then(|skipped| self.buffer.get(skipped..)).unwrap_or_default()
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffered = self.buffered();
        if buffered.is_empty() {
            let left = self.file.seen.len().saturating_sub(self.at);
            let is_sequential = self.at == self.start + self.buffer.len() as u64;
            let size = if is_sequential { (2 * self.buffer.len()).clamp(FIRST, BUFFER) } else { FIRST };
            self.buffer.resize(usize::try_from(left).unwrap_or(usize::MAX).min(size), 0);
            self.start = self.at;
            if let Err(why) = self.file.read(self.at, &mut self.buffer) {
                self.buffer.clear();
                return Err(io::Error::other(why.to_string()));
            }
            buffered = self.buffered();
        }
        let n = buffered.len().min(buffer.len());
        buffer[..n].copy_from_slice(&buffered[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.seen.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
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
