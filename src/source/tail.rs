//! Access to indexed logs: reads a log in windows, so that memory does not grow with the file, and loads single rows.

use super::Task;
use crate::catalog::{Content, Logged, Series, SeriesKind, Steps};
use crate::engine::Population;
use crate::error::{At, Error};
use crate::format::DecodeError;
use crate::format::column::Column;
use crate::format::series::{EntryKind, RecordSpan, SeriesIndex};
use crate::wandb::Histogram;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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
    let held = task.memory.reservation();
    loop {
        task.cancel.check()?;
        // A record longer than the window leaves all of it: the window doubles.
        let more = WINDOW.max(window.len()) as u64;
        if window.len() > WINDOW {
            let size = 2 * window.len() as u64 + more;
            held.set(size).map_err(|why| Error::read_file(path, why))?;
        }
        let got = file.by_ref().take(more).read_to_end(&mut window).map_err(failed)?;
        task.progress.add(got as u64);
        let consumed = take(&window).map_err(|why| Error::read_file(path, why))?;
        window.drain(..consumed.min(window.len()));
        if got == 0 {
            return Ok(window);
        }
    }
}

/// The row from which a histogram was read last. If another one is read from it, the row is indexed, since it may contain
/// the histograms of all series.
pub(super) struct LastRow<R>(Mutex<Option<(RecordSpan, Option<Arc<R>>)>>);

impl<R> Default for LastRow<R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// The three ways to use the bytes of a row: decode one value, index all, and decode one from the index.
pub(super) struct Decoders<D, I, F> {
    pub(super) decode: D,
    pub(super) index: I,
    pub(super) find: F,
}

/// Returns a histogram of a log.
pub(super) fn logged(histogram: Histogram) -> Content {
    Content::Logged(Logged { histogram: Arc::new(histogram), origin: None })
}

/// Returns a list of numbers of a log.
pub(super) fn samples(list: Column) -> Content {
    let Column { samples, missing, bad, problems, .. } = list;
    Content::Raw(Arc::new(Population::new(samples).with_gaps(missing, bad, problems)))
}

/// Reads one row of a log and decodes its histogram or list.
pub(super) fn load_record<R>(
    path: &Path,
    record: RecordSpan,
    labels: &[String],
    task: &Task,
    last: &LastRow<R>,
    decoders: Decoders<
        impl FnOnce(&[u8]) -> Result<Content, DecodeError>,
        impl FnOnce(&[u8]) -> Result<R, DecodeError>,
        impl FnOnce(&R) -> Result<Content, DecodeError>,
    >,
) -> Result<Content, Error> {
    let failed = |why: DecodeError| {
        let (what, key) = (path.display().to_string(), labels.join("."));
        Error::Entry { what, at: At::Byte(record.at), key, why: why.to_string() }
    };
    // The value is written in one step, so a panic of another worker leaves it intact.
    let mut slot = last.0.lock().unwrap_or_else(PoisonError::into_inner);
    let known = slot.take().filter(|(known, _)| *known == record);
    if let Some((_, Some(row))) = &known {
        let row = Arc::clone(row);
        *slot = known;
        drop(slot);
        return (decoders.find)(&row).map_err(failed);
    }
    let again = known.is_some();
    if !again {
        *slot = Some((record, None));
        drop(slot);
        let bytes = reserve_record(path, record, task)?;
        return (decoders.decode)(&bytes).map_err(failed);
    }
    let bytes = reserve_record(path, record, task)?;
    let row = Arc::new((decoders.index)(&bytes).map_err(failed)?);
    *slot = Some((record, Some(Arc::clone(&row))));
    drop(slot);
    (decoders.find)(&row).map_err(failed)
}

fn reserve_record(path: &Path, record: RecordSpan, task: &Task) -> Result<Vec<u8>, Error> {
    // The bytes, the assembled record, and the text of the histogram.
    let reserved = task.memory.reserve(3 * u64::from(record.len));
    let _reserved = reserved.map_err(|why| Error::read_file(path, why))?;
    read_record(path, record).map_err(|error| Error::read_file(path, error))
}

fn read_record(path: &Path, record: RecordSpan) -> Result<Vec<u8>, DecodeError> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(record.at))?;
    let mut bytes = Vec::new();
    file.take(u64::from(record.len)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Describes indexed series. Runs that log the same keys at the same steps share them.
pub(super) fn series(index: &[SeriesIndex]) -> Vec<Series> {
    let mut last: Option<Arc<[i64]>> = None;
    let describe = |index: &SeriesIndex| {
        let steps = if index.stepless {
            Steps::Unknown(index.entries.len())
        } else {
            let same = last.take().filter(|last| last[..] == index.steps[..]);
            Steps::Known(Arc::clone(last.insert(same.unwrap_or_else(|| STEPS.share(&index.steps)))))
        };
        let kind = match index.kind {
            EntryKind::Histogram => SeriesKind::Histogram,
            EntryKind::List => SeriesKind::Samples,
        };
        Series { path: PATHS.share(&index.path), kind, steps, problems: Vec::new() }
    };
    index.iter().map(describe).collect()
}

static PATHS: Shared<String> = Shared(Mutex::new(BTreeSet::new()));
static STEPS: Shared<i64> = Shared(Mutex::new(BTreeSet::new()));

/// Lists that several sources share.
struct Shared<T>(Mutex<BTreeSet<Arc<[T]>>>);

/// Maximum number and length of shared lists. Longer ones are rarely equal.
const MAX_SHARED: usize = 1 << 14;
const MAX_LENGTH: usize = 256;

impl<T: Clone + Ord> Shared<T> {
    fn share(&self, list: &[T]) -> Arc<[T]> {
        if list.len() > MAX_LENGTH {
            return list.into();
        }
        // Every change is a single insertion, so a panic of another thread leaves the set intact.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.get(list) {
            return Arc::clone(same);
        }
        let new: Arc<[T]> = list.into();
        if known.len() < MAX_SHARED {
            known.insert(Arc::clone(&new));
        }
        new
    }
}
