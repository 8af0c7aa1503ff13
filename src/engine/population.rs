//! Raw samples that are open.

use super::tables::{Tables, is_counts_only};
use super::{MergeableCounts, Part, Task, quantiles};
use crate::error::{Error, Problem};
use crate::hist::{
    DType, Element, Moments, Number, PROBABILITIES, Quantile, Range, Samples, Scan, Stats, Summary, typed,
};
use fearless_simd::{Level, dispatch};
use std::collections::HashMap;
use std::sync::Arc;

/// Blocks that a thread scans in a row.
const PIECE: u64 = 4;

/// Samples with what one pass told of them. Immutable and shared.
#[derive(Debug)]
pub struct Population {
    parts: Vec<Part>,
    /// How many samples there are up to the end of each part.
    ends: Vec<u64>,
    /// What numpy would make of all parts together.
    dtype: DType,
    summary: Summary,
    /// From the smallest to the largest finite value, integers exactly.
    range: Option<Range>,
    /// Cells that are not numbers: how many are missing, how many are bad, and where the first of them are.
    missing: u64,
    bad: u64,
    problems: Vec<Problem>,
    tables: Tables,
    /// Of samples that are not here: only a table of them is.
    counted: Option<Moments>,
}

impl Population {
    /// Takes samples that are in memory and summarises them.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "memory can be read, and nobody cancels")]
    pub fn new(samples: Samples) -> Self {
        Self::of(vec![samples.into()], &Task::default()).expect("samples in memory")
    }

    /// Takes the samples of all parts as if they were one array, as `numpy.concatenate` makes it, and summarises them.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and whatever a stream cannot read.
    pub fn of(parts: Vec<Part>, task: &Task) -> Result<Self, Error> {
        let sums = parts.iter().scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        });
        let types = parts.iter().map(Part::dtype);
        let population = Self {
            ends: sums.collect(),
            dtype: types.reduce(DType::promoted).unwrap_or(DType::F64),
            parts,
            summary: Summary::default(),
            range: None,
            missing: 0,
            bad: 0,
            problems: Vec::new(),
            tables: Tables::default(),
            counted: None,
        };
        let (summary, range) = typed!(population.dtype, T => {
            let scan = population.scan::<T>(task)?;
            (scan.summary(), scan.range())
        });
        Ok(Self { summary, range, ..population })
    }

    /// The samples of several populations as if they were one array, as `numpy.concatenate` makes it: no pass is needed.
    /// Each has a name for sentences.
    ///
    /// # Errors
    /// What was only counted adds up under the conditions of [`MergeableCounts::merge`], once, and with nothing else.
    pub fn joined(all: &[(String, Arc<Self>)], task: &Task) -> Result<Self, Error> {
        if all.iter().any(|(_, one)| one.counted.is_some()) {
            return Self::from_counts_file(&sum(all, task)?);
        }
        let mut joined = Self::of(Vec::new(), task)?;
        for (_, one) in all {
            joined.dtype = if joined.parts.is_empty() { one.dtype } else { joined.dtype.promoted(one.dtype) };
            let before = joined.len();
            joined.ends.extend(one.ends.iter().map(|end| before + end));
            joined.parts.extend(one.parts.iter().cloned());
            joined.summary = joined.summary.merge(&one.summary);
            joined.range = joined.range.into_iter().chain(one.range).reduce(Range::union);
            (joined.missing, joined.bad) = (joined.missing + one.missing, joined.bad + one.bad);
        }
        joined.range = joined.range.map(|range| {
            typed!(joined.dtype, T => {
                let as_one = |end: Number| T::of(end).number();
                Range { lo: as_one(range.lo), hi: as_one(range.hi) }
            })
        });
        Ok(joined)
    }

    /// What was counted elsewhere, to be looked at.
    ///
    /// # Errors
    /// One sentence if it contradicts itself.
    pub fn from_counts_file(partial: &MergeableCounts) -> Result<Self, Error> {
        partial.check()?;
        let tables = Tables::from_counts(partial)?;
        let nothing = Self::of(Vec::new(), &Task::default())?;
        let (summary, range) = (partial.summary, partial.ends);
        Ok(Self { dtype: partial.dtype, summary, range, tables, counted: Some(partial.moments), ..nothing })
    }

    /// Whether the samples are not here, and only what a table says of them is known.
    pub fn is_counts_only(&self) -> bool {
        self.counted.is_some()
    }

    /// With what was left out while reading: cells without a value, cells that are no number, and the first places.
    #[must_use]
    pub fn with_gaps(self, missing: u64, bad: u64, problems: Vec<Problem>) -> Self {
        Self { missing, bad, problems, ..self }
    }

    fn scan<T: Element>(&self, task: &Task) -> Result<Scan<T>, Error> {
        let mut all = Scan::default();
        let visit = |scan: &mut Scan<T>, block: &[T]| {
            *scan = scan.merge(dispatch!(Level::new(), _simd => Scan::of(block)));
        };
        self.pass(PIECE, task, visit, |scan| all = all.merge(scan))?;
        Ok(all)
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Bytes of samples that are in memory.
    pub fn in_memory(&self) -> u64 {
        let bytes = |part: &Part| part.len() * part.dtype().bytes() as u64;
        self.parts.iter().filter(|part| matches!(part, Part::Memory(_))).map(bytes).sum()
    }

    pub(super) fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// How many samples there are, whether they are finite or not.
    pub fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type in which they are counted.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// From the smallest to the largest finite value; `None` when there is none.
    pub fn range(&self) -> Option<Range> {
        self.range
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Cells without a value (JSON null, empty text).
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Cells that are no number.
    pub fn bad(&self) -> u64 {
        self.bad
    }

    /// The first of the bad cells, located.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// All samples in memory, in their order and of one type.
    ///
    /// # Errors
    /// Whatever a stream cannot read.
    pub fn samples(&self) -> Result<Samples, Error> {
        if self.is_counts_only() {
            return Err(is_counts_only(self));
        }
        let mut all = Samples::empty(self.dtype);
        let task = Task::default();
        typed!(self.dtype, T => {
            let take = |taken: &mut Vec<T>, block: &[T]| taken.extend(block);
            self.pass(PIECE, &task, take, |taken| T::vec(&mut all).into_iter().for_each(|all| all.extend(&taken)))?;
        });
        Ok(all)
    }

    /// Exact statistics; passes over the samples several times, so it belongs on a worker.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and whatever a stream cannot read.
    pub fn stats(&self, task: &Task) -> Result<Stats, Error> {
        let moments = self.moments(task)?;
        let quantiles = if self.is_counts_only() {
            self.bounds(&PROBABILITIES)
        } else {
            quantiles(self, &PROBABILITIES, task)?.into_iter().map(|x| (x, x)).collect()
        };
        let quantiles = PROBABILITIES.iter().zip(quantiles).map(|(p, (lo, hi))| Quantile { p: *p, lo, hi });
        Ok(Stats::of_samples(&self.summary, &moments, quantiles.collect()))
    }

    pub(super) fn moments(&self, task: &Task) -> Result<Moments, Error> {
        self.counted.map_or_else(|| typed!(self.dtype, T => self.moments_of::<T>(task)), Ok)
    }

    fn moments_of<T: Element>(&self, task: &Task) -> Result<Moments, Error> {
        let ends = (self.summary.min, self.summary.max);
        let mut all = Moments::default();
        let visit = |moments: &mut Moments, block: &[T]| *moments = moments.merge(Moments::of(block, ends));
        self.pass(PIECE, task, visit, |moments| all = all.merge(moments))?;
        Ok(all)
    }
}

/// What was counted in several places.
fn sum(all: &[(String, Arc<Population>)], task: &Task) -> Result<MergeableCounts, Error> {
    let mut sum: Option<MergeableCounts> = None;
    let mut seen = HashMap::new();
    let first = all.first().map_or("", |(name, _)| name);
    for (name, one) in all {
        if !one.is_counts_only() {
            return Err(Error::Value(format!(
                "{name} holds samples, which cannot be added to what was only counted; count these, too"
            )));
        }
        let partial = one.partial(None, task)?;
        // Places where nothing was found do look the same.
        if partial.summary.n > 0
            && let Some(twin) = seen.insert(partial.digest(), name)
        {
            return Err(Error::Value(format!(
                "{twin} and {name} hold the very same counts, which would be counted twice; leave one out (data that are \
                 the same in two places are counted together by rebin count)"
            )));
        }
        match &mut sum {
            Some(sum) => sum.merge_named(&partial, [first, name])?,
            None => sum = Some(partial),
        }
    }
    sum.ok_or(Error::Cancelled)
}

#[cfg(test)]
mod tests;
