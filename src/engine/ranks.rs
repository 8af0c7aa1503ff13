//! Samples of given ranks, and so quantiles, where they lie: without sorting or copying all of them.
//!
//! Every sample has a whole number that orders as the samples do. A pass counts samples between evenly spaced ones of
//! these numbers, which narrows down where those of the wanted ranks are; once few are left, they are taken out and
//! sorted. A table of all samples, where there is one, spares the first passes.

use super::tables::is_counts_only;
use super::{Population, Task};
use crate::error::Error;
use crate::hist::{Element, between, typed};

/// Blocks that a thread visits in a row.
const PIECE: u64 = 32;

/// Parts that what is known of a rank is cut into by a pass.
const CELLS: u64 = 1 << 12;

/// So many samples are taken out. Tests narrow fewer down.
const FEW: u64 = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// Quantiles by numpy's linear method over the finite samples; NaN when there is none.
///
/// # Errors
/// [`Error::Cancelled`], and whatever a stream cannot read.
pub fn quantiles(population: &Population, probabilities: &[f64], task: &Task) -> Result<Vec<f64>, Error> {
    if population.is_counts_only() {
        return Err(is_counts_only(population));
    }
    let Some(range) = population.range() else { return Ok(vec![f64::NAN; probabilities.len()]) };
    typed!(population.dtype(), T => {
        let ends = (T::of(range.lo), T::of(range.hi));
        quantiles_within::<T>(population, ends, population.summary().finite(), probabilities, task)
    })
}

/// The same over the `n` samples from `lo` to `hi`.
pub(super) fn quantiles_within<T: Element>(
    population: &Population,
    (lo, hi): (T, T),
    n: u64,
    probabilities: &[f64],
    task: &Task,
) -> Result<Vec<f64>, Error> {
    let last = n.saturating_sub(1);
    let places: Vec<f64> = probabilities.iter().map(|p| last as f64 * p.clamp(0.0, 1.0)).collect();
    let below = |place: &f64| (place.floor() as u64).min(last);
    let wanted = |rank| Wanted { lo: lo.key(), hi: hi.key(), held: n, rank };
    let mut all: Vec<Wanted> =
        places.iter().flat_map(|at| [below(at), (below(at) + 1).min(last)]).map(wanted).collect();
    settle::<T>(population, &mut all, task)?;
    let (pairs, _) = all.as_chunks::<2>();
    let sample = |wanted: &Wanted| T::from_key(wanted.lo);
    Ok(pairs.iter().zip(&places).map(|([a, b], at)| between(sample(a), sample(b), at - below(at) as f64)).collect())
}

/// What is known of a sample that is looked for: it is among those whose keys lie between two, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    lo: u64,
    hi: u64,
    /// How many samples lie there.
    held: u64,
    /// Its rank among them.
    rank: u64,
}

/// Narrows down until each key is known.
fn settle<T: Element>(population: &Population, all: &mut [Wanted], task: &Task) -> Result<(), Error> {
    loop {
        // Those of two samples are the same or apart.
        let mut spans: Vec<Wanted> = all.iter().filter(|w| w.lo < w.hi).map(|w| Wanted { rank: 0, ..*w }).collect();
        spans.sort_unstable();
        spans.dedup();
        if spans.is_empty() {
            return Ok(());
        }
        if spans.iter().map(|span| span.held).sum::<u64>() <= FEW {
            return take_out::<T>(population, &spans, all, task);
        }
        narrow::<T>(population, &spans, all, task)?;
    }
}

/// The span that a key is in.
fn span_of(spans: &[Wanted], key: u64) -> Option<usize> {
    spans.iter().position(|span| key <= span.hi).filter(|at| key >= spans[*at].lo)
}

/// How far a key is shifted to be the number of a cell of a span.
fn shift(span: &Wanted) -> u32 {
    ((span.hi - span.lo) / CELLS).checked_ilog2().map_or(0, |bits| bits + 1)
}

/// Counts the samples in the cells of each span.
fn narrow<T: Element>(population: &Population, spans: &[Wanted], all: &mut [Wanted], task: &Task) -> Result<(), Error> {
    let shifts: Vec<u32> = spans.iter().map(shift).collect();
    let slots = spans.len() * CELLS as usize;
    let visit = |counts: &mut Vec<u32>, block: &[T]| {
        counts.resize(slots, 0);
        for key in block.iter().map(|x| x.key()) {
            if let Some(at) = span_of(spans, key) {
                counts[at * CELLS as usize + ((key - spans[at].lo) >> shifts[at]) as usize] += 1;
            }
        }
    };
    let mut counts = vec![0_u64; slots];
    let merge = |piece: Vec<u32>| counts.iter_mut().zip(piece).for_each(|(sum, n)| *sum += u64::from(n));
    population.pass(PIECE, task, visit, merge)?;
    for wanted in all.iter_mut().filter(|wanted| wanted.lo < wanted.hi) {
        let Some(at) = span_of(spans, wanted.lo) else { continue };
        let mut rank = wanted.rank;
        let cells = counts[at * CELLS as usize..][..CELLS as usize].iter();
        let passed = cells.take_while(|held| {
            let passed = **held <= rank;
            rank -= if passed { **held } else { 0 };
            passed
        });
        let cell = passed.count() as u64;
        let lo = spans[at].lo + (cell << shifts[at]);
        let hi = spans[at].hi.min(lo + ((1 << shifts[at]) - 1));
        let held = counts.get(at * CELLS as usize + cell as usize).copied().unwrap_or(0);
        *wanted = Wanted { lo, hi, held, rank };
    }
    Ok(())
}

/// Sorts the samples in all spans.
fn take_out<T: Element>(
    population: &Population,
    spans: &[Wanted],
    all: &mut [Wanted],
    task: &Task,
) -> Result<(), Error> {
    let visit = |keys: &mut Vec<u64>, block: &[T]| {
        keys.extend(block.iter().map(|x| x.key()).filter(|key| span_of(spans, *key).is_some()));
    };
    let mut keys = Vec::new();
    population.pass(PIECE, task, visit, |piece: Vec<u64>| keys.extend(piece))?;
    keys.sort_unstable();
    for wanted in all.iter_mut().filter(|wanted| wanted.lo < wanted.hi) {
        let from = keys.partition_point(|key| *key < wanted.lo);
        let key = keys.get(from + wanted.rank as usize).copied().unwrap_or(wanted.lo);
        *wanted = Wanted { lo: key, hi: key, held: 1, rank: 0 };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
