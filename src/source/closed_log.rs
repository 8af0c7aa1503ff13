//! Logs whose index is in memory only while they are used.
//!
//! A folder may contain thousands of runs. The user looks at a few. For all others, only the description stays in
//! memory. Loading an entry reads the log again, which takes milliseconds.

use super::{Scan, Source, Task};
use crate::catalog::{Content, Scalars, SourceInfo};
use crate::engine::Progress;
use crate::error::Error;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Bytes of indexes that stay in memory. The index that was used last always does.
const BUDGET: u64 = 24 << 20;

/// Log with its complete index.
pub(super) trait IndexedLog: Source {
    /// Bytes of memory of the index.
    fn memory(&self) -> u64;

    /// State of the files when they were read. It changes whenever something is logged.
    fn state(&self) -> LogState;

    /// Returns the log with what was logged since; `None` if there is nothing new.
    fn refreshed(&self, task: &Task) -> Result<Option<Arc<dyn IndexedLog>>, Error>;
}

/// Opened log, or the reason why it cannot be opened.
type Indexed = Result<Arc<dyn IndexedLog>, Error>;

/// Opens a log again, and returns the state of its files.
#[derive(Clone, Copy)]
pub(super) struct Reopen {
    pub(super) open: fn(name: &Path, path: &Path, task: &Task) -> Indexed,
    pub(super) state: fn(path: &Path) -> Result<LogState, Error>,
}

/// Number and total length of the files of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LogState {
    pub(super) files: usize,
    pub(super) bytes: u64,
}

impl LogState {
    /// Returns the state of files with these lengths.
    pub(super) fn of(lengths: impl Iterator<Item = u64>) -> Self {
        lengths
            .fold(Self { files: 0, bytes: 0 }, |state, len| Self { files: state.files + 1, bytes: state.bytes + len })
    }
}

/// Log with a description in memory, and with an index only while it is used.
pub(super) struct ClosedLog {
    info: Arc<SourceInfo>,
    path: PathBuf,
    state: LogState,
    index: Mutex<Weak<dyn IndexedLog>>,
    reopen: Reopen,
}

/// Indexes in memory, the one that was used last at the end.
static RECENT: Mutex<VecDeque<(Arc<dyn IndexedLog>, u64)>> = Mutex::new(VecDeque::new());

impl ClosedLog {
    /// Wraps an opened log.
    pub(super) fn of(log: Arc<dyn IndexedLog>, path: &Path, reopen: Reopen) -> Arc<dyn Source> {
        let (info, state) = (Arc::clone(log.info()), log.state());
        let index = Mutex::new(Arc::downgrade(&log));
        keep(log);
        Arc::new(Self { info, path: path.to_owned(), state, index, reopen })
    }

    /// Returns the log with its index, which is read again if it was dropped.
    fn log(&self, task: &Task) -> Indexed {
        // Another thread that needs the index waits for it.
        let mut index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let log = match index.upgrade() {
            Some(log) => log,
            None => {
                let log = (self.reopen.open)(Path::new(&self.info.name), &self.path, task)?;
                if !log.info().continues(&self.info) {
                    let why = "the log changed after it was opened; reload it";
                    return Err(Error::read(self.info.name.clone(), why));
                }
                *index = Arc::downgrade(&log);
                log
            }
        };
        keep(Arc::clone(&log));
        Ok(log)
    }
}

/// Keeps an index in memory. Drops those that were used least recently if all need more than the budget.
fn keep(log: Arc<dyn IndexedLog>) {
    let mut recent = recent();
    if let Some(at) = recent.iter().rposition(|(other, _)| Arc::ptr_eq(other, &log)) {
        // Usually the last one.
        if at + 1 < recent.len()
            && let Some(log) = recent.remove(at)
        {
            recent.push_back(log);
        }
        return;
    }
    let memory = log.memory();
    recent.push_back((log, memory));
    let mut all: u64 = recent.iter().map(|(_, memory)| memory).sum();
    while all > BUDGET && recent.len() > 1 {
        all -= recent.pop_front().map_or(0, |(_, memory)| memory);
    }
}

fn recent() -> MutexGuard<'static, VecDeque<(Arc<dyn IndexedLog>, u64)>> {
    RECENT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Source for ClosedLog {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        self.log(task)?.load(series, step, task)
    }

    fn scan(&self, scan: &mut Scan, task: &Task, pulse: &mut dyn FnMut(&Scan)) -> Result<(), Error> {
        self.log(&Task { progress: Progress::default(), ..task.clone() })?.scan(scan, task, pulse)
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        self.log(task)?.scalars(wanted, task)
    }

    fn watched(&self) -> Option<&Path> {
        self.info.growing.then_some(&self.path)
    }

    fn is_current(&self) -> bool {
        (self.reopen.state)(&self.path).is_ok_and(|state| state == self.state)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        if self.is_current() {
            return Ok(None);
        }
        let log = self.index.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        let log = match log {
            Some(log) => log.refreshed(task)?,
            None => Some((self.reopen.open)(Path::new(&self.info.name), &self.path, task)?),
        };
        Ok(log.map(|log| Self::of(log, &self.path, self.reopen)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Series, Steps};
    use std::sync::atomic::{AtomicUsize, Ordering};

    static OPENED: AtomicUsize = AtomicUsize::new(0);

    /// Log whose index takes more than half of the budget. Its name is the number of its steps.
    struct FakeLog(Arc<SourceInfo>);

    fn open(name: &Path, _: &Path, _: &Task) -> Indexed {
        OPENED.fetch_add(1, Ordering::Relaxed);
        let name = name.display().to_string();
        let steps = Steps::Unknown(name.parse().map_err(|_| Error::Select(name.clone()))?);
        let series = vec![Series::histograms(["w".to_owned()], steps, Vec::new())];
        Ok(Arc::new(FakeLog(Arc::new(SourceInfo { name, series, ..SourceInfo::default() }))))
    }

    fn shrunk(_: &Path, path: &Path, task: &Task) -> Indexed {
        open(Path::new("1"), path, task)
    }

    fn state(path: &Path) -> Result<LogState, Error> {
        if path.starts_with("log") { Ok(LogState { files: 1, bytes: 7 }) } else { Err(Error::Cancelled) }
    }

    fn closed(reopen: fn(&Path, &Path, &Task) -> Indexed) -> Arc<dyn Source> {
        let log = open(Path::new("5"), Path::new(""), &Task::default()).unwrap();
        ClosedLog::of(log, Path::new("log"), Reopen { open: reopen, state })
    }

    impl Source for FakeLog {
        fn info(&self) -> &Arc<SourceInfo> {
            &self.0
        }

        fn load(&self, _: usize, step: usize, _: &Task) -> Result<Content, Error> {
            Err(Error::Select(format!("loaded {step}")))
        }
    }

    impl IndexedLog for FakeLog {
        fn memory(&self) -> u64 {
            BUDGET * 2 / 3
        }

        fn state(&self) -> LogState {
            LogState { files: 1, bytes: 7 }
        }

        fn refreshed(&self, _: &Task) -> Result<Option<Arc<dyn IndexedLog>>, Error> {
            Ok(None)
        }
    }

    #[test]
    fn indexes_are_dropped_and_read_again_when_they_are_needed() {
        let logs: Vec<_> = (0..10).map(|_| closed(open)).collect();
        assert!(recent().iter().map(|(_, memory)| memory).sum::<u64>() <= BUDGET);
        let before = OPENED.load(Ordering::Relaxed);
        for log in &logs {
            let why = log.load(0, 3, &Task::default()).err().unwrap().to_string();
            assert_eq!(why, "loaded 3");
        }
        assert!(OPENED.load(Ordering::Relaxed) >= before + 9);
        assert!(logs[0].is_current() && logs[0].refresh(&Task::default()).unwrap().is_none());
    }

    #[test]
    fn a_log_that_was_replaced_is_not_read_with_old_positions() {
        let logs: Vec<_> = (0..3).map(|_| closed(shrunk)).collect();
        let why = logs[0].load(0, 3, &Task::default()).err().unwrap().to_string();
        assert!(why.contains("the log changed after it was opened"), "{why}");
    }
}
