//! Counting a population under a choice of bins.

use super::direct::Direct;
use super::{Cancel, Population};
use crate::error::Error;
use crate::hist::{self, BLOCK, Bins, Counter, Edges, Element, Histogram, MAX_BINS, Range, each};
use rayon::prelude::*;

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
/// numpy's conditions; more than 512 bins; [`Error::Cancelled`].
pub fn count(population: &Population, binning: &Binning, cancel: &Cancel) -> Result<Histogram, Error> {
    each!(population.samples(), values => {
        let bins = settle(population, values, binning)?;
        if let Bins::Count(n) = bins
            && let Some(found) = population.lookup(usize::try_from(n).unwrap_or(0), binning.range)
        {
            return Ok(found?.0);
        }
        let counter = counter(population, values, &bins, binning.range)?;
        let direct = match &counter {
            Counter::Uniform(uniform) => Direct::new(uniform),
            Counter::Explicit(_) => None,
        };
        let nothing = || vec![0; counter.slots()];
        // Only infinite edges hold infinities, which numpy would count.
        let as_it_is = population.summary().finite() == values.len() as u64 || !counter.endless();
        let tally = |mut counts: Vec<u64>, block: &[_]| {
            cancel.check()?;
            if let Some(direct) = &direct {
                direct.tally(block, &mut counts);
            } else if as_it_is {
                counter.tally(block, &mut counts);
            } else {
                let finite: Vec<_> = block.iter().copied().filter(|x| Element::is_finite(*x)).collect();
                counter.tally(&finite, &mut counts);
            }
            Ok::<_, Error>(counts)
        };
        let counts = values.par_chunks(BLOCK).try_fold(nothing, tally).try_reduce(nothing, |a, b| Ok(add(a, &b)))?;
        Ok(counter.finish(&counts)?)
    })
}

/// [`count`] and [`outside`] together.
///
/// # Errors
/// As [`count`].
pub fn count_all(population: &Population, binning: &Binning, cancel: &Cancel) -> Result<(Histogram, Outside), Error> {
    if let Bins::Count(n) = binning.bins
        && let Some(found) = population.lookup(usize::try_from(n).unwrap_or(0), binning.range)
    {
        return found;
    }
    let histogram = count(population, binning, cancel)?;
    let outside = outside(population, &histogram, cancel)?;
    Ok((histogram, outside))
}

/// The edges that [`count`] would use, without counting (rules look at the data).
///
/// # Errors
/// As [`count`].
pub fn edges_for(population: &Population, binning: &Binning) -> Result<Edges, Error> {
    each!(population.samples(), values => {
        let bins = settle(population, values, binning)?;
        Ok(counter(population, values, &bins, binning.range)?.edges()?)
    })
}

/// How many finite samples lie outside the bins of a histogram that [`count`] made of the same population.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn outside(population: &Population, histogram: &Histogram, cancel: &Cancel) -> Result<Outside, Error> {
    let inside: f64 = histogram.total().as_f64();
    let missed = population.summary().finite().saturating_sub(inside as u64);
    let Some(span) = histogram.edges().span().filter(|_| missed > 0) else {
        return Ok(Outside { below: 0, above: missed });
    };
    let below = each!(population.samples(), values => {
        let is_below = |x: &f64| *x < span.lo && x.is_finite();
        let blocks = values.par_chunks(BLOCK).map(|block| {
            cancel.check()?;
            Ok(block.iter().map(|x| x.to_f64()).filter(is_below).count() as u64)
        });
        blocks.sum::<Result<u64, Error>>()?
    });
    // Integers that an f64 cannot tell from the first edge are not below it; they are counted with the others.
    Ok(Outside { below, above: missed.saturating_sub(below) })
}

/// Asks a rule how many bins there are, and holds the bins within what a histogram may have.
fn settle<T: Element>(population: &Population, values: &[T], binning: &Binning) -> Result<Bins, Error> {
    match &binning.bins {
        Bins::Rule(rule) => {
            let bins = hist::bins_within(values, *rule, &population.outer(binning.range)?)?;
            Ok(Bins::Count(rule.limit(bins)? as i64))
        }
        Bins::Count(n) if *n > MAX_BINS as i64 => Err(too_long()),
        Bins::Edges(edges) if edges.len() > MAX_BINS + 1 => Err(too_long()),
        bins => Ok(bins.clone()),
    }
}

fn counter<T: Element>(
    population: &Population,
    values: &[T],
    bins: &Bins,
    range: Option<Range>,
) -> Result<Counter<T>, Error> {
    Ok(Counter::new(values, bins, population.samples().dtype(), || population.outer(range))?)
}

/// W&B's sentence.
fn too_long() -> Error {
    Error::Value(format!("The maximum length of a histogram is {MAX_BINS}"))
}

fn add(mut a: Vec<u64>, b: &[u64]) -> Vec<u64> {
    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
    a
}

#[cfg(test)]
mod tests;
