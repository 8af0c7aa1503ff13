//! Counting a population under a choice of bins.

use super::direct::{Direct, Lane, LaneOf};
use super::tables::only_counted;
use super::{Population, Work, rules};
use crate::error::Error;
use crate::hist::{self, Bins, Counter, Element, Histogram, MAX_BINS, Range, typed};

/// Blocks that a thread counts in a row.
const PIECE: u64 = 8;

/// How a histogram of raw samples is asked for: `numpy.histogram(samples, bins, range)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Binning {
    pub bins: Bins,
    /// `None`: from the smallest to the largest finite value (NaN and infinities are left out, unlike numpy, which
    /// refuses them; [`crate::hist::histogram`] is the strict form).
    pub range: Option<Range>,
}

/// Finite samples that no bin holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outside {
    /// Left of the first edge.
    pub below: u64,
    /// Right of the last edge.
    pub above: u64,
}

/// Counts exactly as numpy does, over the finite values, on all cores.
///
/// # Errors
/// numpy's conditions; more than 512 bins; [`Error::Cancelled`]; whatever a stream cannot read.
pub fn count(population: &Population, binning: &Binning, work: &Work) -> Result<Histogram, Error> {
    Ok(count_all(population, binning, work)?.0)
}

/// [`count`], and what it leaves out.
///
/// # Errors
/// As [`count`].
pub fn count_all(population: &Population, binning: &Binning, work: &Work) -> Result<(Histogram, Outside), Error> {
    typed!(population.dtype(), T => count_as::<T>(population, binning, work))
}

fn count_as<T: Element>(population: &Population, binning: &Binning, work: &Work) -> Result<(Histogram, Outside), Error>
where
    LaneOf<T>: Lane,
{
    let outer = || population.outer(binning.range);
    if population.only_counted() {
        let n = if let Bins::Count(n) = binning.bins { usize::try_from(n).unwrap_or(0) } else { 0 };
        return population.lookup(n, binning.range).unwrap_or_else(|| Err(only_counted(population)));
    }
    let n = match &binning.bins {
        Bins::Edges(edges) if edges.len() > MAX_BINS + 1 => return Err(too_long()),
        Bins::Edges(edges) => return tally(population, &Counter::<T>::explicit(edges, population.dtype())?, work),
        Bins::Count(n) if *n > MAX_BINS as i64 => return Err(too_long()),
        Bins::Count(n) if *n < 1 => return Err(hist::Error::BinsNotPositive.into()),
        Bins::Count(n) => *n as u64,
        Bins::Rule(rule) => rule.limit(rules::bins::<T>(population, *rule, &outer()?, work)?)? as u64,
    };
    match population.lookup(n as usize, binning.range) {
        Some(found) => found,
        None => tally(population, &Counter::<T>::uniform(n, &outer()?)?, work),
    }
}

/// One pass.
fn tally<T: Element>(population: &Population, counter: &Counter<T>, work: &Work) -> Result<(Histogram, Outside), Error>
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
    population.pass(PIECE, work, visit, |piece: Vec<u64>| {
        counts.iter_mut().zip(piece).for_each(|(sum, n)| *sum += n);
    })?;
    let (below, above) = counter.outside(&counts);
    let (odd_below, odd_above) = if only_finite { (0, 0) } else { (summary.nan + summary.neginf, summary.posinf) };
    let outside = Outside { below: below.saturating_sub(odd_below), above: above.saturating_sub(odd_above) };
    Ok((counter.finish(&counts)?, outside))
}

/// W&B's sentence.
fn too_long() -> Error {
    Error::Value(format!("The maximum length of a histogram is {MAX_BINS}"))
}

#[cfg(test)]
mod tests;
