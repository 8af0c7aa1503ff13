//! The bytes of a columnar file as the libraries for such files ask for them, told of and cancelled, and guarded against
//! what these do with damaged ones.

use crate::engine::Task;
use crate::format::DecodeError;
use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::{Arc, Once};

/// Where the bytes are.
#[derive(Debug, Clone)]
pub(super) enum Stored {
    File { path: PathBuf, seen: Metadata },
    Memory(Bytes),
}

/// A file's bytes for one piece of work, which is told of progress and can be cancelled.
#[derive(Clone)]
pub(super) struct Input {
    bytes: Open,
    len: u64,
    pub(super) task: Task,
}

#[derive(Clone, Debug)]
enum Open {
    File(Arc<File>),
    Memory(Bytes),
}

/// An [`Input`] from some byte on.
pub(super) struct Window {
    input: Input,
    at: u64,
}

impl Stored {
    /// Bytes of memory that they take.
    pub(super) fn memory(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { .. } => 0,
        }
    }

    pub(super) fn open(&self, task: &Task) -> Result<Input, DecodeError> {
        let (bytes, len) = match self {
            Self::Memory(bytes) => (Open::Memory(bytes.clone()), bytes.len() as u64),
            Self::File { path, seen } => {
                let file = File::open(path)?;
                let now = file.metadata()?;
                if (now.len(), now.modified().ok()) != (seen.len(), seen.modified().ok()) {
                    return Err(DecodeError::new("it has changed since it was opened; open it again"));
                }
                (Open::File(Arc::new(file)), seen.len())
            }
        };
        Ok(Input { bytes, len, task: task.clone() })
    }
}

impl Input {
    pub(super) fn from(&self, at: u64) -> Window {
        Window { input: self.clone(), at }
    }
}

impl Length for Input {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Input {
    type T = BufReader<Window>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(self.from(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // Checked before memory is taken: the length is what the file claims.
        if start.checked_add(length as u64).is_none_or(|end| end > self.len) {
            let why = format!("{length} bytes at byte {start} are beyond its end");
            return Err(ParquetError::EOF(why));
        }
        if let Open::Memory(bytes) = &self.bytes {
            return Ok(bytes.slice(start as usize..start as usize + length));
        }
        let mut bytes = Vec::with_capacity(length);
        self.from(start).take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

impl Read for Window {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.input.task.cancel.check().map_err(io::Error::other)?;
        let got = match &self.input.bytes {
            Open::Memory(bytes) => {
                let start = usize::try_from(self.at).unwrap_or(usize::MAX).min(bytes.len());
                bytes.slice(start..).as_ref().read(room)?
            }
            Open::File(file) => file.read_at(room, self.at)?,
        };
        self.at += got as u64;
        self.input.task.progress.add(got as u64);
        Ok(got)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.input.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        Ok(self.at)
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// The libraries for these formats panic on some damaged files (a column of negative length, a page that misses its
/// dictionary), which are then refused like others. Nothing of theirs outlives the call, and nothing is printed.
pub(super) fn guarded<T>(read: impl FnOnce() -> Result<T, DecodeError>) -> Result<T, DecodeError> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                report(panic);
            }
        }));
    });
    let before = GUARDED.replace(true);
    let read = panic::catch_unwind(AssertUnwindSafe(read));
    GUARDED.set(before);
    read.unwrap_or_else(|_| Err(DecodeError::new("its data are damaged, and contradict what the file says of them")))
}
