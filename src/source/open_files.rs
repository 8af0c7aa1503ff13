//! Files with several runs that are open, so that their runs share what was read.

use crate::error::Error;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// Number of files that stay in memory without an open run: between the search for runs and their opening.
const RECENT: usize = 4;

/// Number of paths after which those of closed files are forgotten for the first time.
const FORGOTTEN: usize = 64;

/// Open files of one kind.
pub(super) struct OpenFiles<T> {
    known: Mutex<Known<T>>,
}

struct Known<T> {
    by_path: Option<HashMap<PathBuf, Slot<T>>>,
    /// Number of paths after which those of closed files are forgotten.
    forget: usize,
    recent: VecDeque<Arc<T>>,
}

/// One file. Its lock serializes the readers, so that the file is read once for all of its runs.
type Slot<T> = Arc<Mutex<Weak<T>>>;

impl<T> OpenFiles<T> {
    pub(super) const fn new() -> Self {
        Self { known: Mutex::new(Known { by_path: None, forget: FORGOTTEN, recent: VecDeque::new() }) }
    }

    /// Returns a file as it was read last if that is current. Otherwise reads it, given its earlier state.
    ///
    /// # Errors
    /// Those of `is_current` and `read`.
    pub(super) fn get(
        &self,
        path: &Path,
        is_current: impl FnOnce(&T) -> Result<bool, Error>,
        read: impl FnOnce(Option<&T>) -> Result<T, Error>,
    ) -> Result<Arc<T>, Error> {
        let slot = self.known().slot(path);
        // A weak reference is replaced in one step, so a panic of another thread leaves it intact.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let before = slot.upgrade();
        if let Some(before) = &before
            && is_current(before)?
        {
            return Ok(Arc::clone(before));
        }
        let now = Arc::new(read(before.as_deref())?);
        *slot = Arc::downgrade(&now);
        let mut known = self.known();
        known.recent.push_back(Arc::clone(&now));
        // A file is dropped without the lock, since that may take time.
        let dropped = if known.recent.len() > RECENT { known.recent.pop_front() } else { None };
        drop(known);
        drop(dropped);
        Ok(now)
    }

    fn known(&self) -> MutexGuard<'_, Known<T>> {
        // Every change is a single step, so a panic of another thread leaves the lists intact.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Known<T> {
    fn slot(&mut self, path: &Path) -> Slot<T> {
        let by_path = self.by_path.get_or_insert_default();
        if by_path.len() >= self.forget {
            by_path.retain(|_, slot| Arc::strong_count(slot) > 1 || is_open(slot));
            self.forget = 2 * by_path.len().max(FORGOTTEN);
        }
        Arc::clone(by_path.entry(path.to_owned()).or_default())
    }
}

fn is_open<T>(slot: &Mutex<Weak<T>>) -> bool {
    // A locked slot is in use.
    slot.try_lock().map_or(true, |file| file.strong_count() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_once_for_all_of_its_runs() {
        let files: OpenFiles<u32> = OpenFiles::new();
        let get = |path: &str, now: u32| files.get(Path::new(path), |known| Ok(*known == now), |_| Ok(now)).unwrap();
        let first = get("a", 1);
        assert!(Arc::ptr_eq(&first, &get("a", 1)));
        assert!(!Arc::ptr_eq(&first, &get("a", 2)));
        for n in 0..1000 {
            get(&format!("b{n}"), 0);
        }
        let known = files.known();
        assert!(known.by_path.as_ref().is_some_and(|paths| paths.len() < 2 * FORGOTTEN + RECENT));
    }
}
