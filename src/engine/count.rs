//! Counting a population into given bins.

use super::direct::Direct;
use super::table::add_counts;
use super::{Population, Span, Task, rules};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{self, Bins, Counter, Edges, Element, Histogram, MAX_BINS, Outer, Rule, Summary, spaced_edges, wide};

/// Blocks in a chunk. Each thread counts one chunk at a time.
const CHUNK: u64 = 16;

/// Finite samples outside all bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutOfRange {
    /// Samples less than the first edge.
    pub below: u64,
    /// Samples greater than the last edge.
    pub above: u64,
}

/// Counts the finite samples like `numpy.histogram(samples, bins, range)`, on all cores.
///
/// Bins are equally wide, or equally spaced on the axis of the [`Span`]: see [`crate::hist::spaced_edges`]. Logarithmic bins
/// start at the smallest positive sample, and rules are applied to the places of the samples on the axis.
///
/// Without a range, the bins extend from the smallest to the largest finite sample. NaN and infinities are skipped.
/// numpy rejects them, and so does the strict form, [`crate::hist::histogram`].
///
/// ```
/// use rebin::engine::{Population, Task, count};
/// use rebin::hist::{Bins, Samples};
///
/// let population = Population::new(Samples::F64(vec![0.0, 0.1, 0.2, 0.9, 1.0, f64::NAN]));
/// let histogram = count(&population, &Bins::Count(2), None, &Task::default())?;
/// assert_eq!(histogram.edges().as_f64(), [0.0, 0.5, 1.0]);
/// assert_eq!(histogram.counts().as_f64(), [3.0, 2.0]);
/// # Ok::<(), rebin::Error>(())
/// ```
///
/// # Errors
/// Bins or a range that numpy rejects, more than 512 bins, [`Error::Cancelled`], or a stream that cannot be read.
pub fn count(population: &Population, bins: &Bins, span: impl Into<Span>, task: &Task) -> Result<Histogram, Error> {
    Ok(count_all(population, bins, span, task)?.0)
}

/// Counts like [`count`], and also returns the number of out-of-range samples.
///
/// # Errors
/// The same as [`count`].
pub fn count_all(
    population: &Population,
    bins: &Bins,
    span: impl Into<Span>,
    task: &Task,
) -> Result<(Histogram, OutOfRange), Error> {
    let span = span.into();
    if span.spacing == Scale::Log {
        population.find_smallest_positive(task)?;
    }
    wide!(population.dtype(), T => count_as::<T>(population, bins, span, task))
}

/// Counts samples between edges of any number of bins, and returns the number of out-of-range samples.
///
/// # Errors
/// [`Error::Cancelled`], a stream that cannot be read, or a population that only knows counts.
pub fn count_between(population: &Population, edges: &Edges, task: &Task) -> Result<(Histogram, OutOfRange), Error> {
    if population.is_counts_only() {
        return Err(population.needs_samples());
    }
    wide!(population.dtype(), T => {
        tally(population, Counter::<T>::explicit(edges.numbers(), population.dtype())?, task)
    })
}

fn count_as<T: Element>(
    population: &Population,
    bins: &Bins,
    span: Span,
    task: &Task,
) -> Result<(Histogram, OutOfRange), Error> {
    let outer = || population.outer_of(span);
    let spacing = span.spacing;
    if population.is_counts_only() {
        let n = if let Bins::Count(n) = bins { *n } else { 0 };
        return population.lookup(n, span).unwrap_or_else(|| Err(population.needs_samples()));
    }
    let n = match bins {
        Bins::Edges(edges) if edges.len() > MAX_BINS + 1 => return Err(hist::Error::TooLong.into()),
        Bins::Edges(edges) => return tally(population, Counter::<T>::explicit(edges, population.dtype())?, task),
        Bins::Count(n) if *n > MAX_BINS => return Err(hist::Error::TooLong.into()),
        Bins::Count(n) if *n < 1 => return Err(hist::Error::BinsNotPositive.into()),
        Bins::Count(n) => *n as u64,
        Bins::Rule(rule) if spacing != Scale::Linear => {
            rule.limit(rules::spaced_bins(population, *rule, spacing, &outer()?, task)?)? as u64
        }
        Bins::Rule(rule) => rule.limit(rules::bins::<T>(population, *rule, &outer()?, task)?)? as u64,
    };
    if let Some(counted) = population.counted(n as usize, span) {
        return Ok(counted);
    }
    match population.lookup(n as usize, span) {
        Some(known) => known,
        None if spacing != Scale::Linear => {
            let Outer { lo, hi, .. } = outer()?;
            let edges = spaced_edges(spacing, lo.as_f64(), hi.as_f64(), n as usize)?;
            tally(population, Counter::<T>::explicit(edges.numbers(), population.dtype())?, task)
        }
        None => tally(population, Counter::<T>::uniform(n, &outer()?)?, task),
    }
}

/// Number of bins that a rule computes for the samples.
///
/// # Errors
/// Those of [`count`], without the limit of 512 bins.
pub fn rule_bins(population: &Population, rule: Rule, span: impl Into<Span>, task: &Task) -> Result<u64, Error> {
    let span = span.into();
    if population.is_counts_only() {
        return Err(population.needs_samples());
    }
    if span.spacing == Scale::Log {
        population.find_smallest_positive(task)?;
    }
    let outer = population.outer_of(span)?;
    match span.spacing {
        Scale::Linear => wide!(population.dtype(), T => rules::bins::<T>(population, rule, &outer, task)),
        spacing => rules::spaced_bins(population, rule, spacing, &outer, task),
    }
}

/// Counts blocks of samples into given bins.
#[derive(Debug)]
pub(super) struct Tally<T: Element> {
    counter: Counter<T>,
    direct: Option<Direct<T>>,
    /// True if infinities must be removed before samples are counted.
    only_finite: bool,
}

impl<T: Element> Tally<T> {
    /// `all_finite` is true if the samples are known to be finite.
    fn new(counter: Counter<T>, all_finite: bool) -> Self {
        let direct = match &counter {
            Counter::Uniform(uniform) => Direct::new(uniform),
            Counter::Explicit(_) => None,
        };
        // Bins with infinite edges contain infinities, and numpy would count them.
        let only_finite = !all_finite && counter.counts_infinities();
        Self { counter, direct, only_finite }
    }

    /// Bins of equal width over a finite range. `None` for bins that numpy rejects.
    pub(super) fn uniform(n: usize, outer: &Outer) -> Option<Self> {
        let counter = Counter::uniform(n as u64, outer).ok()?;
        (1..=MAX_BINS).contains(&n).then(|| Self::new(counter, false))
    }

    pub(super) fn zeros(&self) -> Vec<u64> {
        vec![0; self.counter.slots()]
    }

    /// Adds the samples of a block to counts, which are empty at first.
    pub(super) fn add(&self, block: &[T], counts: &mut Vec<u64>) {
        counts.resize(self.counter.slots(), 0);
        if let Some(direct) = &self.direct {
            direct.tally(block, counts);
        } else if self.only_finite {
            let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
            self.counter.tally(&finite, counts);
        } else {
            self.counter.tally(block, counts);
        }
    }

    /// Returns the histogram of the sums of all counts, and the number of out-of-range samples.
    pub(super) fn finish(&self, counts: &[u64], summary: &Summary) -> Result<(Histogram, OutOfRange), Error> {
        let (below, above) = self.counter.outside(counts);
        let (nonfinite_below, nonfinite_above) =
            if self.only_finite { (0, 0) } else { (summary.nan + summary.neginf, summary.posinf) };
        let out_of_range =
            OutOfRange { below: below.saturating_sub(nonfinite_below), above: above.saturating_sub(nonfinite_above) };
        Ok((self.counter.finish(counts)?, out_of_range))
    }
}

/// Counts all samples in one pass.
fn tally<T: Element>(
    population: &Population,
    counter: Counter<T>,
    task: &Task,
) -> Result<(Histogram, OutOfRange), Error> {
    let summary = population.summary();
    let tally = Tally::new(counter, summary.finite() == summary.n);
    let mut sums = tally.zeros();
    let visit = |counts: &mut Vec<u64>, block: &[T]| tally.add(block, counts);
    population.pass(CHUNK, task, visit, |counts: Vec<u64>| add_counts(&mut sums, &counts))?;
    tally.finish(&sums, summary)
}

#[cfg(test)]
mod tests;
