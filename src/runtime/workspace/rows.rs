//! Rows of the table of all series.

use super::Workspace;
use crate::app::series_table::{LoadedRows, RowRequest};
use crate::catalog::SeriesKind;
use crate::document::SeriesRow;
use crate::engine::MemoryLimit;
use crate::error::Error;
use crate::source::Task;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time after which the rows that are complete are returned, so that they appear before the rest.
const SLICE: Duration = Duration::from_millis(100);

impl Workspace {
    /// Computes rows in order until a moment has passed, at least one. Logged histograms are read on all cores. Samples are
    /// read one series after another, because each pass over them uses all cores and the whole memory limit.
    pub(super) fn load_rows(&self, rows: &[RowRequest], task: &Task) -> Result<LoadedRows, Error> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let start = Instant::now();
        let (next, done) = (AtomicUsize::new(0), Mutex::new(LoadedRows::new()));
        let is_late = || start.elapsed() > SLICE;
        let samples = rows.iter().position(|row| self.is_samples(row)).unwrap_or(rows.len());
        let work = |end: usize, share: u64| {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(row) = rows.get(at).filter(|_| at < end) else { break };
                let limit = MemoryLimit(MemoryLimit::default().0 / share);
                let own = Task { memory: limit.into(), ..task.clone() };
                let loaded = self.load_row(row, &own);
                if task.cancel.is_cancelled() {
                    break;
                }
                done.lock().unwrap_or_else(PoisonError::into_inner).push((row.entry, loaded.ok()));
                if is_late() {
                    break;
                }
            }
        };
        if samples == 0 {
            work(1, 1);
        } else {
            let threads = threads.min(samples);
            std::thread::scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(|| work(samples, threads as u64));
                }
                work(samples, threads as u64);
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

    fn load_row(&self, row: &RowRequest, task: &Task) -> Result<SeriesRow, Error> {
        let content = self.load(row.entry, task)?;
        let first =
            row.first.map(|first| if first == row.entry { Ok(content.clone()) } else { self.load(first, task) });
        SeriesRow::new(&content, first.transpose()?.as_ref(), task)
    }
}
