//! Reading a log through a window: memory does not grow with the file.

use super::Task;
use crate::error::Error;
use crate::format::DecodeError;
use crate::format::series::Row;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes that are read at once: more than a layout needs to be told, less than a processor's cache holds.
const WINDOW: usize = 256 << 10;

/// Reads a file from an offset to its end. `take` gets every window and says how many bytes of it are done with; the
/// others are in the next window again, with more behind them. Returns what is left at the end.
pub(super) fn read_on(
    path: &Path,
    from: u64,
    task: &Task,
    take: &mut dyn FnMut(&[u8]) -> Result<usize, DecodeError>,
) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::read_file(path, DecodeError::from(error));
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut window = Vec::with_capacity(2 * WINDOW);
    loop {
        task.cancel.check()?;
        // What no part was done with is a piece that is longer than the window.
        let room = WINDOW.max(window.len()) as u64;
        let got = file.by_ref().take(room).read_to_end(&mut window).map_err(failed)?;
        task.progress.add(got as u64);
        let done = take(&window).map_err(|why| Error::read_file(path, why))?;
        window.drain(..done.min(window.len()));
        if got == 0 {
            return Ok(window);
        }
    }
}

/// The bytes of one record.
pub(super) fn read_row(path: &Path, row: Row) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::read_file(path, DecodeError::from(error));
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(row.at)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(u64::from(row.len)).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}
