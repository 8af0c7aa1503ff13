//! `numpy.histogram` with weights: numpy adds in blocks, and in a different order for given edges.

use super::{Bins, Counter, Element, Range, outer};
use crate::hist::samples::each;
use crate::hist::{Error, Histogram, Numbers, Samples};
use std::cmp::Ordering;

/// numpy's block; the blocks' sums are added, which rounds.
const BLOCK: usize = 65_536;

/// `numpy.histogram(samples, bins, range, weights=weights)`; whole weights give whole counts.
///
/// # Errors
/// numpy's, in its words and order, and [`Error::BeyondMost`].
pub fn weighted_histogram(
    samples: &Samples,
    weights: &Numbers,
    bins: &Bins,
    range: Option<Range>,
) -> Result<Histogram, Error> {
    if weights.len() != samples.len() {
        return Err(Error::WeightsShape);
    }
    if let Bins::Rule(_) = bins {
        return Err(Error::WeightedRule);
    }
    each!(samples, values => {
        let counter = Counter::new(values, bins, samples.dtype(), || outer(values, range))?;
        let sums = match counter {
            Counter::Uniform(_) => by_bin(&counter, values, weights),
            Counter::Explicit(_) => cumulative(&counter, values, weights.as_f64())?,
        };
        let counts = sums.into_iter().take(counter.slots() - 1);
        let counts = if weights.all_ints() && !weights.is_empty() {
            Numbers::ints(counts.map(|sum| sum as i128))
        } else {
            Numbers::floats(counts.collect())
        };
        Histogram::new(counter.edges()?, counts)
    })
}

/// Sums of each block in the order of the data, then of the blocks.
fn by_bin<T: Element>(counter: &Counter<T>, values: &[T], weights: &Numbers) -> Vec<f64> {
    let mut total = vec![0.0; counter.slots()];
    for (values, weights) in values.chunks(BLOCK).zip(weights.as_f64().chunks(BLOCK)) {
        let mut sums = vec![0.0; total.len()];
        values.iter().zip(weights).for_each(|(x, weight)| sums[counter.find(*x)] += weight);
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
    total
}

/// Differences of the cumulative sum over each block's sorted samples.
fn cumulative<T: Element>(counter: &Counter<T>, values: &[T], weights: &[f64]) -> Result<Vec<f64>, Error> {
    let (bins, edges) = (counter.slots() - 1, counter.edges()?);
    let Some(&first) = edges.as_f64().first() else { return Ok(Vec::new()) };
    let mut at_edges = vec![0.0; bins + 1];
    for (values, weights) in values.chunks(BLOCK).zip(weights.chunks(BLOCK)) {
        // NaN sorts behind everything and is never counted.
        let pairs = values.iter().zip(weights).filter(|(x, _)| x.partial_cmp(x).is_some());
        let mut sorted: Vec<(T, f64)> = pairs.map(|(x, weight)| (*x, *weight)).collect();
        sorted.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal));
        let (mut sum, mut next) = (0.0, 0);
        for (x, weight) in sorted {
            let bin = counter.find(x);
            let below = bin == bins && x.to_f64() <= first;
            if bin == bins && !below {
                break;
            }
            while !below && next <= bin {
                at_edges[next] += sum;
                next += 1;
            }
            sum += weight;
        }
        at_edges[next..].iter_mut().for_each(|at| *at += sum);
    }
    Ok(at_edges.windows(2).map(|pair| pair[1] - pair[0]).collect())
}
