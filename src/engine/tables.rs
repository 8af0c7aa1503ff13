//! The tables of one population: of the range that is looked at, and of those to go back to.

use super::mergeable::text;
use super::table::Table;
use super::{MergeableCounts, OutOfRange, Population, RangeEstimate, Task};
use crate::error::Error;
use crate::hist::{self, Edges, Histogram, Outer, Range, Uniform, typed};
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
    /// The one that was written down.
    pub(super) fn from_counts(partial: &MergeableCounts) -> Result<Self, Error> {
        let outer = Outer { lo: partial.range.lo, hi: partial.range.hi, own: partial.own };
        let tables = Self::default();
        tables.keep(typed!(partial.dtype, T => Table::from_counts::<T>(outer, partial)?));
        Ok(tables)
    }

    /// The one that was used last.
    fn last(&self) -> Option<Arc<Table>> {
        lock(&self.kept).first().cloned()
    }

    pub(super) fn of(&self, outer: Outer) -> Option<Arc<Table>> {
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
    pub fn prepare(&self, range: Option<Range>, task: &Task) -> Result<(), Error> {
        if self.len() <= SMALL || self.is_counts_only() { Ok(()) } else { self.tabulate(range, task) }
    }

    /// [`Population::prepare`] of any number of samples.
    pub(super) fn tabulate(&self, range: Option<Range>, task: &Task) -> Result<(), Error> {
        let Ok(outer) = self.outer(range) else { return Ok(()) };
        let _building = lock(&self.tables().building);
        if self.tables().of(outer).is_some() {
            return Ok(());
        }
        if self.is_counts_only() {
            return Err(is_counts_only(self));
        }
        let table = typed!(self.dtype(), T => Table::build::<T>(self, outer, task)?);
        self.tables().keep(table);
        Ok(())
    }

    /// The histogram with `n` bins of equal width and what it leaves out, without counting; `None` where that is not
    /// [prepared](Population::prepare).
    ///
    /// # Errors
    /// As [`super::count()`].
    pub fn lookup(&self, n: usize, range: Option<Range>) -> Option<Result<(Histogram, OutOfRange), Error>> {
        self.tables().of(self.outer(range).ok()?)?.histogram(n)
    }

    /// Whether [`Population::lookup`] would answer.
    pub fn knows(&self, n: usize, range: Option<Range>) -> bool {
        let outer = self.outer(range).ok();
        outer.and_then(|outer| self.tables().of(outer)).is_some_and(|table| table.knows(n))
    }

    /// The edges between which the samples of some ranks lie, of finite samples that a table of everything holds.
    pub(super) fn bounds(&self, probabilities: &[f64]) -> Vec<(f64, f64)> {
        let table = self.outer(None).ok().and_then(|outer| self.tables().of(outer));
        let bound = |p: &f64| table.as_ref().map_or((f64::NAN, f64::NAN), |table| table.bounds(*p, self.summary()));
        probabilities.iter().map(bound).collect()
    }

    /// A quick guess at the histogram over a range that is not counted yet, from the finest counts that are there: counts,
    /// how far each may be off, and what is outside. `None` where nothing is.
    pub fn estimate(&self, edges: &Edges) -> Option<RangeEstimate> {
        let of_all = self.outer(None).ok().and_then(|outer| self.tables().of(outer));
        let table = of_all.or_else(|| self.tables().last())?;
        Some(table.estimate(edges, (self.summary(), self.dtype())))
    }

    /// The edges of so many bins of equal width over a range, as numpy has them for samples of this type; `None` where
    /// it counts otherwise than they say.
    ///
    /// # Errors
    /// numpy's conditions.
    pub fn edges(&self, n: usize, range: Option<Range>) -> Result<Option<Edges>, Error> {
        let outer = self.outer(range)?;
        typed!(self.dtype(), T => {
            let uniform = Uniform::<T>::new(&outer, n)?;
            Ok(if uniform.faithful() { Some(uniform.edges()?) } else { None })
        })
    }

    /// The outer edges of uniform bins over a range, or over the finite samples.
    pub(super) fn outer(&self, range: Option<Range>) -> Result<Outer, hist::Error> {
        if let (None, true, Some(table)) = (range, self.is_counts_only(), self.tables().last()) {
            return Ok(table.outer());
        }
        match (range, self.range()) {
            (Some(range), _) => Outer::asked(range),
            (None, Some(range)) => Ok(typed!(self.dtype(), T => Outer::spanned::<T>(range))),
            (None, None) => Ok(Outer::default_range()),
        }
    }
}

/// Why samples that are not here cannot be counted in another way.
pub(super) fn is_counts_only(population: &Population) -> Error {
    let over = population.outer(None).map(|outer| text(Range { lo: outer.lo, hi: outer.hi })).unwrap_or_default();
    Error::Value(format!(
        "only counts are here, of 1 to 512 bins over {over}; anything else needs the samples themselves"
    ))
}

/// A panic while the lock was held left nothing half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
