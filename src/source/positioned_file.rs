//! A file that is read by position, from several threads and as often as it is asked for.
//!
//! A process may have few files open at once. The first ones stay open; of all others a file is opened whenever it is read.

use crate::format::DecodeError;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many files stay open.
const MOST: usize = 64;

/// Bytes that are read at once.
const BUFFER: usize = 128 << 10;

static OPEN: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    /// When it was opened first.
    seen: Metadata,
    file: Option<Kept>,
}

/// One after another of its bytes.
#[derive(Debug)]
struct Reader {
    file: Opened,
    at: u64,
}

/// A file that stays open, and counts as such.
#[derive(Debug)]
struct Kept(File);

impl Opened {
    pub(super) fn new(path: &Path) -> Result<Self, DecodeError> {
        let file = File::open(path)?;
        Ok(Self { path: path.to_owned(), seen: file.metadata()?, file: Kept::new(file) })
    }

    /// Its bytes in a row, many of which are read at once.
    pub(super) fn reader(self) -> impl Read + Seek + Send {
        BufReader::with_capacity(BUFFER, Reader { file: self, at: 0 })
    }

    /// Fills `bytes` with those from `at` on.
    ///
    /// # Errors
    /// They cannot be read, or the file is not what it was: numbers of two states of a file are not counted together.
    pub(super) fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError> {
        match &self.file {
            Some(Kept(file)) => self.read_from(file, at, bytes),
            None => self.read_from(&File::open(&self.path)?, at, bytes),
        }
    }

    fn read_from(&self, file: &File, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError> {
        let read = file.read_exact_at(bytes, at);
        let state = |of: &Metadata| (of.dev(), of.ino(), of.len(), of.modified().ok());
        if state(&file.metadata()?) != state(&self.seen) {
            return Err(DecodeError::new("it has changed since it was opened; open it again"));
        }
        Ok(read?)
    }
}

impl Read for Reader {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let left = self.file.seen.len().saturating_sub(self.at);
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(room.len());
        self.file.read(self.at, &mut room[..n]).map_err(|why| io::Error::other(why.to_string()))?;
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

impl Kept {
    /// `None` where enough are open.
    fn new(file: File) -> Option<Self> {
        let more = |open| (open < MOST).then_some(open + 1);
        OPEN.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Self(file))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}
