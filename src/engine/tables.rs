//! The tables of one population: of the range that is looked at, and of those to go back to.

use super::table::Table;
use super::{Outside, Population, Work};
use crate::error::Error;
use crate::hist::{self, Histogram, Outer, Range, typed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Tables that are kept, the one used last in front.
const KEPT: usize = 4;
/// Populations up to this size have no tables: they are counted before a table would be set up.
const SMALL: u64 = 100_000;

/// What a population keeps beside its samples.
#[derive(Debug, Default)]
pub(super) struct Tables {
    kept: Mutex<Vec<Arc<Table>>>,
    /// Held while a table is built, so that none is built twice at once.
    building: Mutex<()>,
}

impl Tables {
    fn of(&self, outer: Outer) -> Option<Arc<Table>> {
        let mut kept = lock(&self.kept);
        let at = kept.iter().position(|table| table.outer() == outer)?;
        kept[..=at].rotate_right(1);
        kept.first().cloned()
    }

    fn keep(&self, table: Table) {
        let mut kept = lock(&self.kept);
        kept.insert(0, Arc::new(table));
        kept.truncate(KEPT);
    }
}

impl Population {
    /// Makes every later [`super::count()`] of bins of equal width over this range a matter of microseconds, by one pass
    /// over the samples; `None` is the range of all finite samples. Does nothing where it has been done, where counting
    /// is instant anyway, and for a range that numpy refuses.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and whatever a stream cannot read.
    pub fn prepare(&self, range: Option<Range>, work: &Work) -> Result<(), Error> {
        if self.len() <= SMALL { Ok(()) } else { self.tabulate(range, work) }
    }

    /// [`Population::prepare`] of any number of samples.
    pub(super) fn tabulate(&self, range: Option<Range>, work: &Work) -> Result<(), Error> {
        let Ok(outer) = self.outer(range) else { return Ok(()) };
        let _building = lock(&self.tables().building);
        if self.tables().of(outer).is_some() {
            return Ok(());
        }
        let table = typed!(self.dtype(), T => Table::build::<T>(self, outer, work)?);
        self.tables().keep(table);
        Ok(())
    }

    /// The histogram with `n` bins of equal width and what it leaves out, without counting; `None` where that is not
    /// [prepared](Population::prepare).
    ///
    /// # Errors
    /// As [`super::count()`].
    pub fn lookup(&self, n: usize, range: Option<Range>) -> Option<Result<(Histogram, Outside), Error>> {
        self.tables().of(self.outer(range).ok()?)?.histogram(n)
    }

    /// Whether [`Population::lookup`] would answer.
    pub fn knows(&self, n: usize, range: Option<Range>) -> bool {
        let outer = self.outer(range).ok();
        outer.and_then(|outer| self.tables().of(outer)).is_some_and(|table| table.knows(n))
    }

    /// The outer edges of uniform bins over a range, or over the finite samples.
    pub(super) fn outer(&self, range: Option<Range>) -> Result<Outer, hist::Error> {
        match (range, self.range()) {
            (Some(range), _) => Outer::asked(range),
            (None, Some(range)) => Ok(typed!(self.dtype(), T => Outer::spanned::<T>(range))),
            (None, None) => Ok(Outer::default_range()),
        }
    }
}

/// A panic while the lock was held left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
