//! Bytes of a columnar file for the libraries that decode it: with progress, cancellation.

use super::super::reading::reopen;
use crate::engine::Task;
use crate::format::DecodeError;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of a file that is not being read.
#[derive(Debug, Clone)]
pub(super) enum ByteSource {
    File { path: PathBuf, seen: Metadata },
    Memory(Bytes),
}

/// Bytes of a file for one job, which counts them as progress and can be cancelled.
#[derive(Clone)]
pub(super) struct ByteReader {
    bytes: OpenBytes,
    len: u64,
    pub(super) task: Task,
}

#[derive(Clone, Debug)]
enum OpenBytes {
    File(Arc<File>),
    Memory(Bytes),
}

/// Sequential reader.
pub(super) struct Window {
    reader: ByteReader,
    at: u64,
}

impl ByteSource {
    /// Bytes of memory that the source uses.
    pub(super) fn memory(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { .. } => 0,
        }
    }

    pub(super) fn open(&self, task: &Task) -> Result<ByteReader, DecodeError> {
        let (bytes, len) = match self {
            Self::Memory(bytes) => (OpenBytes::Memory(bytes.clone()), bytes.len() as u64),
            Self::File { path, seen } => (OpenBytes::File(Arc::new(reopen(path, seen)?)), seen.len()),
        };
        Ok(ByteReader { bytes, len, task: task.clone() })
    }
}

impl ByteReader {
    /// Returns a reader that starts at a byte offset.
    pub(super) fn from(&self, at: u64) -> Window {
        Window { reader: self.clone(), at }
    }
}

impl Length for ByteReader {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for ByteReader {
    type T = BufReader<Window>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // The length comes from the file, so it is checked before memory is allocated.
        if start.checked_add(length as u64).is_none_or(|end| end > self.len) {
            let why = format!("{length} bytes at byte {start} extend past the end of the file");
            return Err(ParquetError::EOF(why));
        }
        if let OpenBytes::Memory(bytes) = &self.bytes {
            return Ok(bytes.slice(start as usize..start as usize + length));
        }
        let mut bytes = Vec::with_capacity(length);
        self.from(start).take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.task.cancel.check().map_err(io::Error::other)?;
        let got = match &self.reader.bytes {
            OpenBytes::Memory(bytes) => {
                let start = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                bytes.slice(start..).as_ref().read(buffer)?
            }
            OpenBytes::File(file) => file.read_at(buffer, self.at)?,
        };
        self.at += got as u64;
        self.reader.task.progress.add(got as u64);
        Ok(got)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.reader.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        Ok(self.at)
    }
}
