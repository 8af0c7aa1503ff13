//! Cache of decoded blocks, for files that are decoded again for every pass.
//!
//! A pass reads samples in order, so a small cache of the latest blocks is sufficient.

use crate::format::DecodeError;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Number of a stream, and index of a block in it.
type Key = (u64, u64);

/// Decoded block. The first thread that needs it decodes it, and other threads wait.
type Slot<T> = Arc<Mutex<Option<Arc<T>>>>;

/// Latest blocks of all streams of one kind.
#[derive(Debug)]
pub(super) struct DecodedCache<T> {
    slots: Mutex<VecDeque<(Key, Slot<T>)>>,
    last: AtomicU64,
}

impl<T> DecodedCache<T> {
    pub(super) const fn new() -> Self {
        Self { slots: Mutex::new(VecDeque::new()), last: AtomicU64::new(0) }
    }

    /// Returns a number for a new stream.
    pub(super) fn new_id(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns a block, decoded if it is not in the cache.
    ///
    /// # Errors
    /// Those of `decode`.
    pub(super) fn get(&self, key: Key, decode: impl FnOnce() -> Result<T, DecodeError>) -> Result<Arc<T>, DecodeError> {
        let slot = self.slot(key);
        // The value is written in one step, so a panic of another worker leaves it intact.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decoded) = &*slot {
            return Ok(Arc::clone(decoded));
        }
        Ok(Arc::clone(slot.insert(Arc::new(decode()?))))
    }

    /// Removes the blocks of a stream.
    pub(super) fn remove(&self, id: u64) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|((other, _), _)| *other != id);
    }

    fn slot(&self, key: Key) -> Slot<T> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, slot)) = slots.iter().find(|(other, _)| *other == key) {
            return Arc::clone(slot);
        }
        // One block for each thread, and one that another thread has just finished.
        while slots.len() > threads() {
            slots.pop_front();
        }
        let slot = Slot::default();
        slots.push_back((key, Arc::clone(&slot)));
        slot
    }
}

pub(super) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
