//! Reading with progress, cancellation and a memory limit: used by all sources.

use super::Task;
use crate::engine::Reservation;
use crate::error::Error;
use crate::format::{DecodeError, Watched};
use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::Once;

/// Bytes that [`read_all`] reads at once.
const BLOCK: u64 = 1 << 20;

/// Input of a decoder: its name for messages, its file, and the job that reads it.
#[derive(Clone, Copy)]
pub(super) struct ReadContext<'a> {
    /// Name as the user typed it.
    pub(super) name: &'a str,
    /// The regular file whose bytes are decoded; `None` if they come from a pipe, or are decompressed or converted first.
    pub(super) path: Option<&'a Path>,
    pub(super) task: &'a Task,
}

impl ReadContext<'_> {
    /// Returns a read error. If the job was cancelled or ran out of memory, returns that error instead.
    pub(super) fn error(&self, why: impl Into<String>) -> Error {
        let Err(stopped) = self.check() else { return Error::read(self.name, why.into()) };
        stopped
    }

    /// Returns an error like [`ReadContext::error`] for an I/O error or an exceeded memory limit.
    pub(super) fn failed(&self, cause: impl Into<DecodeError>) -> Error {
        let cause: DecodeError = cause.into();
        self.error(cause)
    }

    /// Fails if the job should stop.
    ///
    /// # Errors
    /// The job was cancelled or ran out of memory.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.task.cancel.check()?;
        self.task.memory.check().map_err(|why| Error::read(self.name, why))
    }
}

/// Reads to the end. Memory grows with the data and stays reserved as long as the returned reservation.
pub(super) fn read_all(context: ReadContext, reader: &mut impl Read) -> Result<(Vec<u8>, Reservation), Error> {
    let mut bytes = Vec::new();
    let reservation = context.task.memory.reserve(0).map_err(|why| context.failed(why))?;
    loop {
        // Allocates explicitly, so that a file that is too large is an error instead of an abort.
        if bytes.capacity() - bytes.len() < BLOCK as usize {
            bytes.try_reserve(BLOCK as usize).map_err(|_| context.error("the data does not fit in memory"))?;
        }
        let got = reader.by_ref().take(BLOCK).read_to_end(&mut bytes).map_err(|error| context.failed(error))?;
        reservation.grow(got as u64).map_err(|why| context.failed(why))?;
        if got == 0 {
            return Ok((bytes, reservation));
        }
    }
}

/// Wraps a reader that reports its bytes as progress and fails once the job is cancelled.
pub(super) fn watched<R: Read>(reader: R, task: &Task) -> impl Read + use<R> {
    let task = task.clone();
    Watched::new(reader, move |bytes| {
        task.progress.add(bytes);
        task.cancel.check().map_err(io::Error::other)
    })
}

/// Opens a file again, and checks that its length and modification time are unchanged.
pub(super) fn reopen(path: &Path, seen: &Metadata) -> Result<File, DecodeError> {
    let file = File::open(path)?;
    let now = file.metadata()?;
    if (now.len(), now.modified().ok()) == (seen.len(), seen.modified().ok()) { Ok(file) } else { Err(changed()) }
}

/// Returns the error for a file that changed.
pub(super) fn changed() -> DecodeError {
    DecodeError::new("the file changed after it was opened; open it again")
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls a library and converts a panic into an error. The libraries for Parquet, Arrow and HDF5 panic on some damaged
/// files, for example on a column of negative length or a page without its dictionary. The panic is not printed, and no value of the
/// library outlives the call.
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
    read.unwrap_or_else(|_| Err(DecodeError::new("the data is damaged or contradicts the metadata of the file")))
}
