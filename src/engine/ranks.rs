//! Quantiles without sorting or copying all samples.
//!
//! Every sample has an integer key that orders like the samples. A pass counts samples in cells of equal width between
//! two keys, which narrows down the keys of the requested ranks. Once few samples are left, they are copied and sorted.
//! Ranks of many different samples are bracketed first, which usually finds them in one pass.

mod brackets;

use super::{Population, Task};
use crate::error::Error;
use crate::hist::{Element, between, wide};

/// Blocks in a chunk. Each thread visits one chunk at a time.
const CHUNK: u64 = 32;

/// Cells into which a pass divides each span.
const CELLS: u64 = 1 << 12;

/// Number of samples that are copied and sorted. Tests sort fewer, so that they narrow spans down, too.
const FEW: u64 = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// Number of keys that two passes always narrow down to one.
const TWO_PASSES: u64 = CELLS * CELLS;

/// Computes quantiles of the finite samples by numpy's linear method. NaN without finite samples.
///
/// # Errors
/// [`Error::Cancelled`], a stream that cannot be read, or a population of counts.
pub fn quantiles(population: &Population, probabilities: &[f64], task: &Task) -> Result<Vec<f64>, Error> {
    if population.is_counts_only() {
        return Err(population.needs_samples());
    }
    let Some(range) = population.range() else { return Ok(vec![f64::NAN; probabilities.len()]) };
    wide!(population.dtype(), T => {
        let ends = (T::of(range.lo), T::of(range.hi));
        quantiles_within::<T>(population, ends, population.summary().finite(), probabilities, task)
    })
}

/// Computes quantiles of the `n` samples from `lo` to `hi`.
pub(super) fn quantiles_within<T: Element>(
    population: &Population,
    (lo, hi): (T, T),
    n: u64,
    probabilities: &[f64],
    task: &Task,
) -> Result<Vec<f64>, Error> {
    let last = n.saturating_sub(1);
    let positions: Vec<f64> = probabilities.iter().map(|p| last as f64 * p.clamp(0.0, 1.0)).collect();
    let below = |position: &f64| (position.floor() as u64).min(last);
    let full_span = |rank| RankSpan { lo: lo.key(), hi: hi.key(), count: n, rank };
    let mut ranks: Vec<RankSpan> =
        positions.iter().flat_map(|at| [below(at), (below(at) + 1).min(last)]).map(full_span).collect();
    let (lo, hi) = (lo.key(), hi.key());
    if n > FEW && hi - lo >= TWO_PASSES {
        brackets::narrow::<T>(population, (lo, hi), n, &mut ranks, task)?;
    }
    resolve::<T>(population, &mut ranks, task)?;
    let (pairs, _) = ranks.as_chunks::<2>();
    let sample = |rank: &RankSpan| T::from_key(rank.lo);
    Ok(pairs.iter().zip(&positions).map(|([a, b], at)| between(sample(a), sample(b), at - below(at) as f64)).collect())
}

/// Span of keys, both ends included, that contains the sample of one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RankSpan {
    lo: u64,
    hi: u64,
    /// Number of samples in the span.
    count: u64,
    /// Rank of the sample among them.
    rank: u64,
}

/// Narrows all spans down to one key.
fn resolve<T: Element>(population: &Population, ranks: &mut [RankSpan], task: &Task) -> Result<(), Error> {
    loop {
        // The spans of two ranks are equal or disjoint.
        let open = ranks.iter().filter(|rank| rank.lo < rank.hi);
        let mut spans: Vec<RankSpan> = open.map(|rank| RankSpan { rank: 0, ..*rank }).collect();
        spans.sort_unstable();
        spans.dedup();
        if spans.is_empty() {
            return Ok(());
        }
        if spans.iter().map(|span| span.count).sum::<u64>() <= FEW {
            return sort_rest::<T>(population, &spans, ranks, task);
        }
        narrow::<T>(population, &spans, ranks, task)?;
    }
}

/// Index of the span that contains a key.
fn span_of(spans: &[RankSpan], key: u64) -> Option<usize> {
    spans.iter().position(|span| key <= span.hi).filter(|at| key >= spans[*at].lo)
}

/// Number of bits by which an offset into the span is shifted to get the index of its cell.
fn shift(span: &RankSpan) -> u32 {
    ((span.hi - span.lo) / CELLS).checked_ilog2().map_or(0, |bits| bits + 1)
}

/// Counts the samples in the cells of each span, and narrows the ranks to their cells.
fn narrow<T: Element>(
    population: &Population,
    spans: &[RankSpan],
    ranks: &mut [RankSpan],
    task: &Task,
) -> Result<(), Error> {
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
    let merge = |chunk: Vec<u32>| counts.iter_mut().zip(chunk).for_each(|(sum, n)| *sum += u64::from(n));
    population.pass(CHUNK, task, visit, merge)?;
    for span in ranks.iter_mut().filter(|span| span.lo < span.hi) {
        let Some(at) = span_of(spans, span.lo) else { continue };
        let mut rank = span.rank;
        let cells = counts[at * CELLS as usize..][..CELLS as usize].iter();
        let below = cells.take_while(|count| {
            let below = **count <= rank;
            rank -= if below { **count } else { 0 };
            below
        });
        let cell = below.count() as u64;
        let lo = spans[at].lo + (cell << shifts[at]);
        let hi = spans[at].hi.min(lo + ((1 << shifts[at]) - 1));
        let count = counts.get(at * CELLS as usize + cell as usize).copied().unwrap_or(0);
        *span = RankSpan { lo, hi, count, rank };
    }
    Ok(())
}

/// Sorts the samples of all spans, and looks the ranks up.
fn sort_rest<T: Element>(
    population: &Population,
    spans: &[RankSpan],
    ranks: &mut [RankSpan],
    task: &Task,
) -> Result<(), Error> {
    let visit = |keys: &mut Vec<u64>, block: &[T]| {
        keys.extend(block.iter().map(|x| x.key()).filter(|key| span_of(spans, *key).is_some()));
    };
    let mut keys = Vec::new();
    population.pass(CHUNK, task, visit, |chunk: Vec<u64>| keys.extend(chunk))?;
    keys.sort_unstable();
    for span in ranks.iter_mut().filter(|span| span.lo < span.hi) {
        let from = keys.partition_point(|key| *key < span.lo);
        let key = keys.get(from + span.rank as usize).copied().unwrap_or(span.lo);
        *span = RankSpan { lo: key, hi: key, count: 1, rank: 0 };
    }
    Ok(())
}

#[cfg(test)]
mod tests;
