//! Raw samples with their summary.

mod lookup;

use super::non_finite::FirstPositions;
use super::pass::{BLOCK, Scratch};
use super::places::Places;
use super::summarizer::Counted;
use super::{CountsSum, MergeableCounts, NonFinite, OutOfRange, Part, Shape, Span, Task, quantiles};
use crate::error::{At, Error, Problem};
use crate::hist::{
    DType, Element, EntryStats, Histogram, Moments, Number, Omitted, PROBABILITIES, Quantile, Range, Samples, Scan,
    Stats, Summary, typed, wide,
};
use fearless_simd::{Level, dispatch};
use lookup::TableCache;
use std::sync::{Arc, OnceLock};

/// Blocks in a chunk. Each thread visits one chunk at a time.
const CHUNK: u64 = 4;
/// Blocks in a chunk of a scan, which takes less time for each block.
const SCANNED: u64 = 16;

/// Samples of one series and their summary. Immutable and shared between threads.
#[derive(Debug)]
pub struct Population {
    parts: Vec<Part>,
    /// Number of samples up to the end of each part.
    ends: Vec<u64>,
    /// Common type of all parts, by numpy's promotion rules.
    dtype: DType,
    summary: Summary,
    /// Range from the smallest to the largest finite sample; integers are exact.
    range: Option<Range>,
    /// Number of empty cells.
    missing: u64,
    /// Number of cells that are not numbers.
    bad: u64,
    /// Locations of the first bad cells.
    problems: Vec<Problem>,
    /// Locations of the first NaN and of the first infinities, if they are known.
    first: NonFinite<Option<At>>,
    tables: TableCache,
    /// Histogram with equally wide bins over the range of the samples, from the pass that decoded them.
    counted: Option<(Histogram, OutOfRange)>,
    /// Smallest positive sample, or infinity; set once it was searched for.
    pub(super) positive: OnceLock<f64>,
    /// Moments from a count file; `None` if the samples themselves are available.
    moments: Option<Moments>,
    /// Identifiers of the parts of counts, from a count file.
    counted_parts: Vec<u64>,
    pub(super) places: Places,
}

impl Population {
    /// Summarizes samples in memory.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "reading memory cannot fail, and nothing cancels the default task"
    )]
    pub fn new(samples: Samples) -> Self {
        Self::of(vec![samples.into()], &Task::default()).expect("samples in memory")
    }

    /// Joins all parts like `numpy.concatenate`, and summarizes the samples in one pass.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub fn of(parts: Vec<Part>, task: &Task) -> Result<Self, Error> {
        Self::scanned(parts, None, task)
    }

    /// Summarizes an array in one pass, which also locates its first NaN and infinities. Samples of a part in Fortran order
    /// are in the order of the file, but the first is the one with the smallest indices.
    ///
    /// # Errors
    /// Those of [`Population::of`].
    pub fn of_array(array: Part, shape: &Shape, task: &Task) -> Result<Self, Error> {
        Ok(Self { places: Places::Array(shape.clone()), ..Self::scanned(vec![array], Some(shape), task)? })
    }

    /// Summarizes an array in parts that follow each other in C order.
    ///
    /// # Errors
    /// Those of [`Population::of`].
    pub fn of_array_in_parts(parts: Vec<Part>, shape: &Shape, task: &Task) -> Result<Self, Error> {
        Ok(Self { places: Places::Array(shape.clone()), ..Self::scanned(parts, Some(shape), task)? })
    }

    /// A population whose samples were summarized, and perhaps counted, while they were decoded.
    pub(super) fn summarized(part: Part, summary: Summary, range: Option<Range>, counted: Option<Counted>) -> Self {
        let mut population = Self { summary, range, ..Self::unscanned(vec![part]) };
        match counted {
            Some(Counted::Table(table)) => population.tables.insert(table),
            Some(Counted::Histogram(histogram, outside)) => population.counted = Some((histogram, outside)),
            None => {}
        }
        population
    }

    fn scanned(parts: Vec<Part>, shape: Option<&Shape>, task: &Task) -> Result<Self, Error> {
        let population = Self::unscanned(parts);
        let (summary, range, first) = wide!(population.dtype, T => {
            let (scan, first) = population.scan::<T>(shape, task)?;
            (scan.summary(), scan.range(), first)
        });
        let first = first.map(|position| Some(shape?.locate(position?)));
        Ok(Self { summary, range, first, ..population })
    }

    /// A population without its summary.
    fn unscanned(parts: Vec<Part>) -> Self {
        let sums = parts.iter().scan(0, |end, part| {
            *end += part.len();
            Some(*end)
        });
        let types = parts.iter().map(Part::dtype);
        Self {
            ends: sums.collect(),
            dtype: types.reduce(DType::promoted).unwrap_or(DType::F64),
            parts,
            summary: Summary::default(),
            range: None,
            missing: 0,
            bad: 0,
            problems: Vec::new(),
            first: NonFinite::default(),
            tables: TableCache::default(),
            counted: None,
            positive: OnceLock::new(),
            moments: None,
            counted_parts: Vec::new(),
            places: Places::Unknown,
        }
    }

    /// Joins named populations like `numpy.concatenate`, without a pass over the samples. Error messages use the names.
    ///
    /// # Errors
    /// Counts that [`MergeableCounts::merge`] cannot add, counts joined with samples, or the same counts twice.
    pub fn joined(all: &[(String, Arc<Self>)], task: &Task) -> Result<Self, Error> {
        if all.iter().any(|(_, one)| one.is_counts_only()) {
            return Self::from_counts(&sum(all, task)?);
        }
        let mut joined = Self::of(Vec::new(), task)?;
        joined.places = Places::Files(all.to_vec());
        for (name, one) in all {
            joined.dtype = if joined.parts.is_empty() { one.dtype } else { joined.dtype.promoted(one.dtype) };
            let before = joined.len();
            joined.ends.extend(one.ends.iter().map(|end| before + end));
            joined.parts.extend(one.parts.iter().cloned());
            joined.summary = joined.summary.merge(&one.summary);
            joined.range = joined.range.into_iter().chain(one.range).reduce(Range::union);
            let in_file =
                |at: At| if at == At::Whole { At::Path(name.clone()) } else { At::Path(format!("{name}: {at}")) };
            joined.first = joined.first.or(one.first.clone().map(|at| at.map(in_file)));
            (joined.missing, joined.bad) = (joined.missing + one.missing, joined.bad + one.bad);
        }
        joined.range = joined.range.map(|range| {
            wide!(joined.dtype, T => {
                let converted = |end: Number| T::of(end).number();
                Range { lo: converted(range.lo), hi: converted(range.hi) }
            })
        });
        Ok(joined)
    }

    /// Creates a population from counts, without samples. It can be counted in 1 to 512 bins over the range of the
    /// counts.
    ///
    /// # Errors
    /// Counts that contradict each other.
    pub fn from_counts(counts: &MergeableCounts) -> Result<Self, Error> {
        counts.check()?;
        let tables = TableCache::from_counts(counts)?;
        let empty = Self::of(Vec::new(), &Task::default())?;
        let (summary, range) = (counts.summary, counts.ends);
        let (moments, counted_parts) = (Some(counts.moments), counts.parts.clone());
        let (missing, bad) = (counts.missing, counts.bad);
        Ok(Self { dtype: counts.dtype, summary, range, missing, bad, tables, moments, counted_parts, ..empty })
    }

    /// Returns true if only counts are available, not the samples.
    pub fn is_counts_only(&self) -> bool {
        self.moments.is_some()
    }

    /// Returns a population of the same samples, without anything that was computed from them but the summary.
    pub(super) fn without_tables(&self) -> Self {
        let Self { parts, ends, dtype, summary, range, missing, bad, .. } = self;
        Self {
            parts: parts.clone(),
            ends: ends.clone(),
            dtype: *dtype,
            summary: *summary,
            range: *range,
            missing: *missing,
            bad: *bad,
            problems: Vec::new(),
            first: NonFinite::default(),
            places: Places::Unknown,
            tables: TableCache::default(),
            counted: None,
            positive: OnceLock::new(),
            moments: self.moments,
            counted_parts: Vec::new(),
        }
    }

    /// Sets the number of missing and bad cells, and the problems at the first of them.
    #[must_use]
    pub fn with_gaps(self, missing: u64, bad: u64, problems: Vec<Problem>) -> Self {
        Self { missing, bad, problems, ..self }
    }

    /// Sets the locations of the first NaN and of the first infinities.
    #[must_use]
    pub fn with_first_non_finite(self, first: NonFinite<Option<At>>) -> Self {
        Self { first, ..self }
    }

    /// Scans all samples. With a shape, also finds the first NaN and infinities.
    fn scan<T: Element>(&self, shape: Option<&Shape>, task: &Task) -> Result<(Scan<T>, FirstPositions), Error> {
        let (mut all, mut first) = (Scan::default(), FirstPositions::default());
        let visit = |(scan, first): &mut (Scan<T>, FirstPositions), start: u64, block: &[T]| {
            let of_block = dispatch!(Level::new(), simd => Scan::of(simd, block));
            if let Some(shape) = shape {
                first.add(block, start, (&of_block.summary()).into(), shape);
            }
            *scan = scan.merge(of_block);
        };
        self.pass_with_positions(SCANNED, task, visit, |(scan, positions)| {
            (all, first) = (all.merge(scan), first.merge(positions));
        })?;
        Ok((all, first))
    }

    /// Returns the histogram with `n` bins, if it was counted while the samples were decoded.
    pub(super) fn counted(&self, n: usize, span: Span) -> Option<(Histogram, OutOfRange)> {
        self.counted.as_ref().filter(|(histogram, _)| histogram.edges().bins() == n && span == Span::default()).cloned()
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Bytes of the samples in memory.
    pub fn in_memory(&self) -> u64 {
        self.parts.iter().map(Part::in_memory).sum()
    }

    pub(super) fn ends(&self) -> &[u64] {
        &self.ends
    }

    /// Number of samples, including NaN and infinities. 0 if only counts are available.
    pub fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Type in which the samples are counted.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Range from the smallest to the largest finite sample; `None` without finite samples.
    pub fn range(&self) -> Option<Range> {
        self.range
    }

    /// Shape of an array; `None` for other samples.
    pub fn shape(&self) -> Option<&Shape> {
        if let Places::Array(shape) = &self.places { Some(shape) } else { None }
    }

    pub(super) fn counted_parts(&self) -> &[u64] {
        &self.counted_parts
    }

    pub(super) fn tables(&self) -> &TableCache {
        &self.tables
    }

    /// Number of cells without a value (JSON null, empty text).
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Number of cells that are not numbers.
    pub fn bad(&self) -> u64 {
        self.bad
    }

    /// Locations of the first NaN and of the first infinities; `None` for a kind that is absent or not located.
    pub fn first_non_finite(&self) -> &NonFinite<Option<At>> {
        &self.first
    }

    /// Describes NaN and infinities: one problem for each kind, at the first one.
    pub fn non_finite_problems(&self) -> Vec<Problem> {
        self.first.problems(&self.summary)
    }

    /// Problems at the first bad cells.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Copies all samples, in order and in one type.
    ///
    /// # Errors
    /// A stream that cannot be read, or a population of counts.
    pub fn samples(&self) -> Result<Samples, Error> {
        if self.is_counts_only() {
            return Err(self.needs_samples());
        }
        let mut all = Samples::empty(self.dtype);
        typed!(self.dtype, T => {
            let mut scratch = Scratch::<T>::default();
            for start in (0..self.len()).step_by(BLOCK as usize) {
                let block = self.block(start..self.len().min(start + BLOCK), &mut scratch)?;
                if let Some(all) = T::vec(&mut all) {
                    all.extend(block);
                }
            }
        });
        Ok(all)
    }

    /// Computes exact statistics. Makes several passes over the samples, so call it on a worker thread.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub fn stats(&self, task: &Task) -> Result<Stats, Error> {
        self.stats_at(&PROBABILITIES, task)
    }

    /// Computes exact statistics with these quantiles.
    ///
    /// # Errors
    /// The same as [`Population::stats`].
    pub fn stats_at(&self, probabilities: &[f64], task: &Task) -> Result<Stats, Error> {
        let moments = self.moments(task)?;
        Ok(Stats::of_samples(&self.summary, &moments, self.quantiles(probabilities, task)?))
    }

    /// Computes quantiles: exact ones of samples, bounds if only counts are available.
    ///
    /// # Errors
    /// The same as [`Population::stats`].
    pub fn quantiles(&self, probabilities: &[f64], task: &Task) -> Result<Vec<Quantile>, Error> {
        let quantiles = if self.is_counts_only() {
            self.quantile_bounds(probabilities)
        } else {
            quantiles(self, probabilities, task)?.into_iter().map(|x| (x, x)).collect()
        };
        Ok(probabilities.iter().zip(quantiles).map(|(p, (lo, hi))| Quantile { p: *p, lo, hi }).collect())
    }

    /// Computes exact statistics with these quantiles, and counts what they leave out.
    ///
    /// # Errors
    /// The same as [`Population::stats`].
    pub fn entry_stats(&self, probabilities: &[f64], task: &Task) -> Result<EntryStats, Error> {
        let Summary { nan, posinf, neginf, zeros, .. } = self.summary;
        let omitted = Omitted { nan, posinf, neginf, missing: self.missing, bad: self.bad, zeros };
        Ok(EntryStats::of_samples(self.stats_at(probabilities, task)?, omitted))
    }

    pub(super) fn moments(&self, task: &Task) -> Result<Moments, Error> {
        self.moments.map_or_else(|| wide!(self.dtype, T => self.moments_of::<T>(task)), Ok)
    }

    fn moments_of<T: Element>(&self, task: &Task) -> Result<Moments, Error> {
        let ends = (self.summary.min, self.summary.max);
        let mut all = Moments::default();
        let visit = |moments: &mut Moments, block: &[T]| {
            *moments = moments.merge(dispatch!(Level::new(), simd => Moments::of(simd, block, ends)));
        };
        self.pass(CHUNK, task, visit, |moments| all = all.merge(moments))?;
        Ok(all)
    }
}

/// Adds the counts of several populations.
fn sum(all: &[(String, Arc<Population>)], task: &Task) -> Result<MergeableCounts, Error> {
    let mut sum = CountsSum::default();
    for (name, one) in all {
        if !one.is_counts_only() {
            return Err(CountsSum::needs_counts(name));
        }
        sum.add(name, &one.mergeable_counts(None, task)?)?;
    }
    sum.finish().ok_or(Error::Cancelled)
}

#[cfg(test)]
mod tests;
