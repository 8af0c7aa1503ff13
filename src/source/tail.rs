//! Access to indexed logs: reads a log in windows, so that memory does not grow with the file, and loads single rows.

use super::Task;
use crate::catalog::{Content, Logged, Series, SeriesKind, Steps};
use crate::engine::Population;
use crate::error::{At, Error};
use crate::format::DecodeError;
use crate::format::column::Column;
use crate::format::series::{EntryKind, RecordSpan, SeriesIndex};
use crate::wandb::Histogram;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Bytes in a window: enough to detect a layout, and few enough for a processor's cache.
const WINDOW: usize = 256 << 10;

/// Reads a file from an offset to its end. `take` gets each window and returns the number of bytes that it consumed. The
/// next window starts with the other bytes. Returns the bytes left at the end.
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
        // A record longer than the window leaves all of it: the window doubles.
        let more = WINDOW.max(window.len()) as u64;
        let got = file.by_ref().take(more).read_to_end(&mut window).map_err(failed)?;
        task.progress.add(got as u64);
        let consumed = take(&window).map_err(|why| Error::read_file(path, why))?;
        window.drain(..consumed.min(window.len()));
        if got == 0 {
            return Ok(window);
        }
    }
}

/// Reads one row of a log and decodes its histogram.
pub(super) fn load_record(
    path: &Path,
    record: RecordSpan,
    labels: &[String],
    decode: impl FnOnce(&[u8]) -> Result<Histogram, DecodeError>,
) -> Result<Content, Error> {
    let histogram = decode_record(path, record, labels, decode)?;
    Ok(Content::Logged(Logged { histogram: Arc::new(histogram), origin: None }))
}

/// Reads one row of a log and decodes its list of numbers.
pub(super) fn load_list(
    path: &Path,
    record: RecordSpan,
    labels: &[String],
    decode: impl FnOnce(&[u8]) -> Result<Column, DecodeError>,
) -> Result<Content, Error> {
    let Column { samples, missing, bad, problems, .. } = decode_record(path, record, labels, decode)?;
    Ok(Content::Raw(Arc::new(Population::new(samples).with_gaps(missing, bad, problems))))
}

fn decode_record<T>(
    path: &Path,
    record: RecordSpan,
    labels: &[String],
    decode: impl FnOnce(&[u8]) -> Result<T, DecodeError>,
) -> Result<T, Error> {
    let bytes = read_record(path, record).map_err(|error| Error::read_file(path, error))?;
    decode(&bytes).map_err(|why| {
        let (what, key) = (path.display().to_string(), labels.join("."));
        Error::Entry { what, at: At::Byte(record.at), key, why: why.to_string() }
    })
}

fn read_record(path: &Path, record: RecordSpan) -> Result<Vec<u8>, DecodeError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(record.at))?;
    let mut bytes = Vec::new();
    file.take(u64::from(record.len)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Describes an indexed series.
pub(super) fn series(index: &SeriesIndex) -> Series {
    let steps = if index.stepless { Steps::Unknown(index.entries.len()) } else { Steps::Known(index.steps.clone()) };
    let kind = match index.kind {
        EntryKind::Histogram => SeriesKind::Histogram,
        EntryKind::List => SeriesKind::Samples,
    };
    Series { path: index.path.clone(), kind, steps, problems: Vec::new() }
}
