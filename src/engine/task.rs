//! What work is given: how to be stopped, where to say how far it is, and the memory that it may take.

use super::Budget;
use crate::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a worker is given.
#[derive(Debug, Clone, Default)]
pub struct Task {
    pub cancel: Cancel,
    /// In bytes, as they lie on disk or in memory.
    pub progress: Progress,
    pub memory: Budget,
}

/// A flag that is shared between who asks and who works.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// For workers: `?` at every block.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once asked.
    pub fn check(&self) -> Result<(), Error> {
        if self.asked() { Err(Error::Cancelled) } else { Ok(()) }
    }
}

/// A flag that something else sets, such as a signal.
impl From<Arc<AtomicBool>> for Cancel {
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

/// How far a piece of work is, in units of its own.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<(AtomicU64, AtomicU64, AtomicBool)>);

impl Progress {
    /// Sets the amount of work, once it is known.
    pub fn set_total(&self, total: u64) {
        self.0.1.store(total, Ordering::Relaxed);
    }

    /// Adds to the amount of work.
    pub fn expect(&self, more: u64) {
        self.0.1.fetch_add(more, Ordering::Relaxed);
    }

    /// Adds to what is done.
    pub fn add(&self, done: u64) {
        self.0.0.fetch_add(done, Ordering::Relaxed);
    }

    /// From here on, so many tries are the work, in units that each take as long, and what was read is not told any more.
    pub fn start_search(&self, total: u64) {
        self.0.2.store(true, Ordering::Relaxed);
        self.0.0.store(0, Ordering::Relaxed);
        self.set_total(total);
    }

    /// Whether tries are told, and not bytes.
    pub fn tries(&self) -> bool {
        self.0.2.load(Ordering::Relaxed)
    }

    /// Done and total; a total of 0 is unknown.
    pub fn get(&self) -> (u64, u64) {
        (self.0.0.load(Ordering::Relaxed), self.0.1.load(Ordering::Relaxed))
    }
}
