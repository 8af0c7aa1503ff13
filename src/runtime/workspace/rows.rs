//! Rows of the table of all series.

use super::Workspace;
use crate::app::series_table::{LoadedRows, RowRequest};
use crate::catalog::{Content, EntryId, SeriesKind};
use crate::document::SeriesRow;
use crate::engine::MemoryLimit;
use crate::error::Error;
use crate::source::Task;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time after which the rows that are complete are returned, so that they appear before the rest.
const SLICE: Duration = Duration::from_millis(100);

/// Rows of a source whose contents are in memory at once.
const CHUNK: usize = 32;

impl Workspace {
    /// Computes rows until a moment has passed, at least one. Logged histograms are read on all cores, those of a source by one
    /// thread, because a log reads many histograms of one row faster than of alternating rows. Samples are read one series
    /// after another, because each pass over them uses all cores and the whole memory limit.
    pub(super) fn load_rows(&self, rows: &[RowRequest], task: &Task) -> Result<LoadedRows, Error> {
        let start = Instant::now();
        let done = Mutex::new(LoadedRows::new());
        let samples = rows.iter().position(|row| self.is_samples(row)).unwrap_or(rows.len());
        if samples == 0 {
            self.load_chunk(&rows[..rows.len().min(1)], task, &done);
        } else {
            let sources: Vec<&[RowRequest]> =
                rows[..samples].chunk_by(|a, b| a.entry.source == b.entry.source).collect();
            let threads = std::thread::available_parallelism().map_or(1, usize::from).min(sources.len());
            let limit = MemoryLimit(MemoryLimit::default().0 / threads as u64);
            let next = AtomicUsize::new(0);
            let work = || {
                let own = Task { memory: limit.into(), ..task.clone() };
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    for chunk in source.chunks(CHUNK) {
                        self.load_chunk(chunk, &own, &done);
                        if start.elapsed() > SLICE || task.cancel.is_cancelled() {
                            return;
                        }
                    }
                }
            };
            std::thread::scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(work);
                }
                work();
            });
        }
        task.cancel.check()?;
        Ok(done.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_samples(&self, row: &RowRequest) -> bool {
        let source = self.source(row.entry.source).ok();
        let series = source.as_ref().and_then(|source| source.info().series.get(row.entry.series));
        series.is_some_and(|series| series.kind == SeriesKind::Samples)
    }

    /// Computes rows of one source: loads all entries first, then all first entries.
    fn load_chunk(&self, rows: &[RowRequest], task: &Task, done: &Mutex<LoadedRows>) {
        let load = |entry: EntryId| self.load(entry, task);
        let contents: Vec<Result<Content, Error>> = rows.iter().map(|row| load(row.entry)).collect();
        let first = |(row, content): (&RowRequest, &Result<Content, Error>)| {
            let first = row.first?;
            Some(if first == row.entry { content.clone() } else { load(first) })
        };
        let firsts: Vec<Option<Result<Content, Error>>> = rows.iter().zip(&contents).map(first).collect();
        for ((row, content), first) in rows.iter().zip(contents).zip(firsts) {
            let computed = content.and_then(|content| SeriesRow::new(&content, first.transpose()?.as_ref(), task));
            if task.cancel.is_cancelled() {
                return;
            }
            done.lock().unwrap_or_else(PoisonError::into_inner).push((row.entry, computed.ok()));
        }
    }
}
