//! Context of a running job: cancellation, progress and a memory budget.

use super::Budget;
use crate::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Handles that a worker uses while it runs. Clones share the same state.
#[derive(Debug, Clone, Default)]
pub struct Task {
    pub cancel: Cancel,
    /// Progress in bytes, as stored on disk or in memory.
    pub progress: Progress,
    pub memory: Budget,
    pub upcoming: Upcoming,
}

/// Counts that a job needs soon after it has read samples. Sources that decode samples can count them at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upcoming {
    #[default]
    Unknown,
    /// The histogram with this number of equally wide bins over the range of the samples.
    Histogram(usize),
    /// The histograms with all numbers of bins over this range.
    AllHistograms,
}

/// Flag that stops a worker from another thread.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Requests cancellation.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns true if cancellation was requested.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Fails once cancellation was requested. Workers call this before every block.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn check(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// Wraps a flag that is set elsewhere, for example by a signal handler.
impl From<Arc<AtomicBool>> for Cancel {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

/// Progress of a job: amounts done and expected, in bytes unless a [search](Progress::start_search) runs.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    done: AtomicU64,
    total: AtomicU64,
    searching: AtomicBool,
}

impl Progress {
    /// Sets the total amount, once it is known.
    pub fn set_total(&self, total: u64) {
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Adds to the total amount.
    pub fn expect(&self, more: u64) {
        self.0.total.fetch_add(more, Ordering::Relaxed);
    }

    /// Sets the total amount to everything done so far plus `rest`.
    pub fn expect_rest(&self, rest: u64) {
        self.set_total(self.0.done.load(Ordering::Relaxed) + rest);
    }

    /// Adds to the amount done.
    pub fn add(&self, done: u64) {
        self.0.done.fetch_add(done, Ordering::Relaxed);
    }

    /// Starts a search over candidates. From now on progress is in units of equal time instead of bytes; it restarts
    /// at 0 of `total`.
    pub fn start_search(&self, total: u64) {
        self.0.searching.store(true, Ordering::Relaxed);
        self.0.done.store(0, Ordering::Relaxed);
        self.set_total(total);
    }

    /// Returns true once a search has started. Then progress is not in bytes.
    pub fn searching(&self) -> bool {
        self.0.searching.load(Ordering::Relaxed)
    }

    /// Returns the amounts done and in total. A total of 0 means unknown.
    pub fn get(&self) -> (u64, u64) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }
}
