//! Histograms without counting, from cached tables: of the current range, and of a few earlier ones.

use super::Population;
use crate::engine::mergeable::MergeableCounts;
use crate::engine::table::CountTable;
use crate::engine::{OutOfRange, RangeEstimate, Span, Task};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{self, Edges, Histogram, Outer, Range, Uniform, wide};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of tables in the cache.
const CACHED: usize = 4;
/// Populations up to this size get no table: counting them is faster than building one.
const SMALL: u64 = 100_000;

/// Tables of one population, by range.
#[derive(Debug, Default)]
pub(in crate::engine) struct TableCache {
    /// Most recently used first.
    tables: Mutex<Vec<Arc<CountTable>>>,
    /// Locked while a table is built, so that no table is built twice at once.
    building: Mutex<()>,
}

impl TableCache {
    /// Creates a cache with the one table of a count file.
    pub(super) fn from_counts(counts: &MergeableCounts) -> Result<Self, Error> {
        let cache = Self::default();
        cache.insert(wide!(counts.dtype, T => CountTable::from_counts::<T>(counts)?));
        Ok(cache)
    }

    /// The most recently used table.
    fn latest(&self) -> Option<Arc<CountTable>> {
        lock(&self.tables).first().cloned()
    }

    pub(in crate::engine) fn of(&self, outer: Outer, spacing: Scale) -> Option<Arc<CountTable>> {
        let mut tables = lock(&self.tables);
        let at = tables.iter().position(|table| table.outer() == outer && table.spacing() == spacing)?;
        tables[..=at].rotate_right(1);
        tables.first().cloned()
    }

    pub(super) fn insert(&self, table: CountTable) {
        let mut tables = lock(&self.tables);
        tables.insert(0, Arc::new(table));
        tables.truncate(CACHED);
    }
}

impl Population {
    /// Builds the table of a range in one pass over the samples. Afterwards [`crate::engine::count()`] with bins of
    /// equal width over this range takes microseconds. `None` is the range of all finite samples.
    ///
    /// Does nothing if the table exists, if the population is small enough to count at once, or if numpy rejects the
    /// range.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub fn prepare(&self, span: impl Into<Span>, task: &Task) -> Result<(), Error> {
        if self.len() <= SMALL || self.is_counts_only() { Ok(()) } else { self.tabulate(span, task) }
    }

    /// Builds a table like [`Population::prepare`], for a population of any size.
    pub(in crate::engine) fn tabulate(&self, span: impl Into<Span>, task: &Task) -> Result<(), Error> {
        let span = span.into();
        if span.spacing == Scale::Log {
            self.find_smallest_positive(task)?;
        }
        let Ok(outer) = self.outer_of(span) else { return Ok(()) };
        let _building = lock(&self.tables().building);
        if self.tables().of(outer, span.spacing).is_some() {
            return Ok(());
        }
        if self.is_counts_only() {
            return Err(self.needs_samples());
        }
        let table = wide!(self.dtype(), T => CountTable::build::<T>(self, outer, span.spacing, task)?);
        self.tables().insert(table);
        Ok(())
    }

    /// Looks up the histogram with `n` bins, and the number of out-of-range samples. `None` if no table
    /// of this range is [prepared](Population::prepare).
    ///
    /// # Errors
    /// The same as [`crate::engine::count()`].
    pub fn lookup(&self, n: usize, span: impl Into<Span>) -> Option<Result<(Histogram, OutOfRange), Error>> {
        let span = span.into();
        self.tables().of(self.outer_of(span).ok()?, span.spacing)?.histogram(n)
    }

    /// Returns true if [`Population::lookup`] would return a result.
    pub fn knows(&self, n: usize, span: impl Into<Span>) -> bool {
        let span = span.into();
        let outer = self.outer_of(span).ok();
        outer.and_then(|outer| self.tables().of(outer, span.spacing)).is_some_and(|table| table.knows(n))
    }

    /// Bounds of each quantile, from the table of the full range. NaN without such a table.
    pub(super) fn quantile_bounds(&self, probabilities: &[f64]) -> Vec<(f64, f64)> {
        let table = self.outer(None).ok().and_then(|outer| self.tables().of(outer, Scale::Linear));
        let bounds = |p: &f64| {
            table.as_ref().map_or((f64::NAN, f64::NAN), |table| table.quantile_bounds(*p, self.summary(), self.dtype()))
        };
        probabilities.iter().map(bounds).collect()
    }

    /// Estimates a histogram with other edges from the table of the full range, or else from the latest one. `None`
    /// without a table.
    pub fn estimate(&self, edges: &Edges) -> Option<RangeEstimate> {
        let full = self.outer(None).ok().and_then(|outer| self.tables().of(outer, Scale::Linear));
        let table = full.or_else(|| self.tables().latest())?;
        Some(table.estimate(edges, self.summary(), self.dtype()))
    }

    /// Returns the edges of `n` bins of equal width that numpy computes for samples of this type. `None` if numpy's
    /// counts contradict these edges.
    ///
    /// # Errors
    /// Bins or a range that numpy rejects.
    pub(in crate::engine) fn uniform_edges(&self, n: usize, range: Option<Range>) -> Result<Option<Edges>, Error> {
        let outer = self.outer(range)?;
        wide!(self.dtype(), T => {
            let uniform = Uniform::<T>::new(&outer, n)?;
            Ok(if uniform.matches_search() { Some(uniform.edges()?) } else { None })
        })
    }

    /// Returns the range of the finite samples if its width overflows their type. numpy then has no edges unless the range
    /// is given as floats.
    pub fn overflowing_range(&self) -> Option<Range> {
        let range = self.range()?;
        let width = wide!(self.dtype(), T => Outer::spanned::<T>(range).width::<T>());
        let floats = Range::floats(range.lo.as_f64(), range.hi.as_f64());
        (width.is_infinite() && Outer::given(floats).is_ok()).then_some(floats)
    }

    /// Returns the outer edges of uniform bins over a range, or over the finite samples.
    pub(in crate::engine) fn outer(&self, range: Option<Range>) -> Result<Outer, hist::Error> {
        if let (None, true, Some(table)) = (range, self.is_counts_only(), self.tables().latest()) {
            return Ok(table.outer());
        }
        match (range, self.range()) {
            (Some(range), _) => Outer::given(range),
            (None, Some(range)) => Ok(wide!(self.dtype(), T => Outer::spanned::<T>(range))),
            (None, None) => Ok(Outer::default_range()),
        }
    }

    /// Returns the error for a population of counts that cannot be counted in other bins.
    pub(in crate::engine) fn needs_samples(&self) -> Error {
        let over = self.outer(None).map(|outer| outer.range().to_string()).unwrap_or_default();
        Error::Value(format!(
            "only counts for 1–{} bins over {over} are available; other bins need the original samples",
            hist::MAX_BINS
        ))
    }
}

/// Locks a mutex, also after a panic: no code leaves these values half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
