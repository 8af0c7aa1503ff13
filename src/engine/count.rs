//! Counting a population under a choice of bins.

use super::direct::{Direct, Lane, LaneOf};
use super::tables::is_counts_only;
use super::{Population, Task, rules};
use crate::error::Error;
use crate::hist::{self, Bins, Counter, Element, Histogram, MAX_BINS, Range, typed};

/// Blocks that a thread counts in a row.
const PIECE: u64 = 8;

/// Finite samples that no bin holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutOfRange {
    /// Left of the first edge.
    pub below: u64,
    /// Right of the last edge.
    pub above: u64,
}

/// `numpy.histogram(samples, bins, range)` over the finite values, counted on all cores.
///
/// Without a range, the bins go from the smallest to the largest finite value: NaN and infinities are left out, which
/// numpy refuses ([`crate::hist::histogram`] is the strict form).
///
/// # Errors
/// numpy's conditions; more than 512 bins; [`Error::Cancelled`]; whatever a stream cannot read.
pub fn count(population: &Population, bins: &Bins, range: Option<Range>, task: &Task) -> Result<Histogram, Error> {
    Ok(count_all(population, bins, range, task)?.0)
}

/// [`count`], and what it leaves out.
///
/// # Errors
/// As [`count`].
pub fn count_all(
    population: &Population,
    bins: &Bins,
    range: Option<Range>,
    task: &Task,
) -> Result<(Histogram, OutOfRange), Error> {
    typed!(population.dtype(), T => count_as::<T>(population, bins, range, task))
}

fn count_as<T: Element>(
    population: &Population,
    bins: &Bins,
    range: Option<Range>,
    task: &Task,
) -> Result<(Histogram, OutOfRange), Error>
where
    LaneOf<T>: Lane,
{
    let outer = || population.outer(range);
    if population.is_counts_only() {
        let n = if let Bins::Count(n) = bins { *n } else { 0 };
        return population.lookup(n, range).unwrap_or_else(|| Err(is_counts_only(population)));
    }
    let n = match bins {
        Bins::Edges(edges) if edges.len() > MAX_BINS + 1 => return Err(too_long()),
        Bins::Edges(edges) => return tally(population, &Counter::<T>::explicit(edges, population.dtype())?, task),
        Bins::Count(n) if *n > MAX_BINS => return Err(too_long()),
        Bins::Count(n) if *n < 1 => return Err(hist::Error::BinsNotPositive.into()),
        Bins::Count(n) => *n as u64,
        Bins::Rule(rule) => rule.limit(rules::bins::<T>(population, *rule, &outer()?, task)?)? as u64,
    };
    match population.lookup(n as usize, range) {
        Some(found) => found,
        None => tally(population, &Counter::<T>::uniform(n, &outer()?)?, task),
    }
}

/// One pass.
fn tally<T: Element>(
    population: &Population,
    counter: &Counter<T>,
    task: &Task,
) -> Result<(Histogram, OutOfRange), Error>
where
    LaneOf<T>: Lane,
{
    let direct = match counter {
        Counter::Uniform(uniform) => Direct::new(uniform),
        Counter::Explicit(_) => None,
    };
    // Only infinite edges hold infinities, which numpy would count.
    let summary = population.summary();
    let only_finite = summary.finite() < summary.n && counter.endless();
    let visit = |counts: &mut Vec<u64>, block: &[T]| {
        counts.resize(counter.slots(), 0);
        if let Some(direct) = &direct {
            direct.tally(block, counts);
        } else if only_finite {
            let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
            counter.tally(&finite, counts);
        } else {
            counter.tally(block, counts);
        }
    };
    let mut counts = vec![0; counter.slots()];
    population.pass(PIECE, task, visit, |piece: Vec<u64>| {
        counts.iter_mut().zip(piece).for_each(|(sum, n)| *sum += n);
    })?;
    let (below, above) = counter.outside(&counts);
    let (odd_below, odd_above) = if only_finite { (0, 0) } else { (summary.nan + summary.neginf, summary.posinf) };
    let outside = OutOfRange { below: below.saturating_sub(odd_below), above: above.saturating_sub(odd_above) };
    Ok((counter.finish(&counts)?, outside))
}

/// W&B's sentence.
fn too_long() -> Error {
    Error::Value(format!("The maximum length of a histogram is {MAX_BINS}"))
}

#[cfg(test)]
mod tests;
