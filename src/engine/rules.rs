//! Inputs of numpy's bin rules for the samples within a range, without copying the samples into memory.

use super::pass::{BLOCK, Scratch, on_all_cores};
use super::ranks::quantiles_within;
use super::{Cancel, MemoryLimit, Part, Population, Stream, Task};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{
    self, DType, Data, Element, Outer, Real, Rule, Samples, Sorted, Transform, bins_within, pairwise, wide,
};
use std::ops::Range;
use std::sync::Arc;

/// Blocks in a chunk. Each thread visits one chunk at a time.
const CHUNK: u64 = 4;

/// Number of bins that a rule computes.
pub(super) fn bins<T: Element>(population: &Population, rule: Rule, outer: &Outer, task: &Task) -> Result<u64, Error> {
    bins_within(&SamplesInRange::<T>::new(population, outer, task)?, rule, outer)
}

/// Number of bins that a rule computes for the places of the samples on an axis.
pub(super) fn spaced_bins(
    population: &Population,
    rule: Rule,
    spacing: Scale,
    outer: &Outer,
    task: &Task,
) -> Result<u64, Error> {
    let (lo, hi) = (outer.lo.as_f64(), outer.hi.as_f64());
    let transform = Transform::new(spacing, lo, hi);
    let places = Places { population: population.without_tables(), transform, lo, hi };
    let places = Population::of(vec![Part::Stream(Arc::new(places))], task)?;
    let range = hist::Range::floats(transform.apply(lo), transform.apply(hi));
    bins::<f64>(&places, rule, &Outer::given(range)?, task)
}

/// Places of the samples on an axis; NaN for samples out of range.
#[derive(Debug)]
struct Places {
    population: Population,
    transform: Transform,
    lo: f64,
    hi: f64,
}

impl Stream for Places {
    fn dtype(&self) -> DType {
        DType::F64
    }

    fn len(&self) -> u64 {
        self.population.len()
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        let place = |x: f64| if (self.lo..=self.hi).contains(&x) { self.transform.apply(x) } else { f64::NAN };
        wide!(self.population.dtype(), T => {
            let mut scratch = Scratch::<T>::default();
            let values = self.population.block(from..from + n as u64, &mut scratch)?;
            *block = Samples::F64(values.iter().map(|x| place(Element::to_f64(*x))).collect());
        });
        Ok(())
    }
}

/// Finite samples within a range, as one array.
struct SamplesInRange<'p, T> {
    population: &'p Population,
    task: &'p Task,
    keep: (T, T),
    n: u64,
    ends: Option<(T, T)>,
    /// Number of samples in range before each block, then in all blocks. `None` if all samples are in range.
    before: Option<Vec<u64>>,
}

impl<'p, T: Element> SamplesInRange<'p, T> {
    fn new(population: &'p Population, outer: &Outer, task: &'p Task) -> Result<Self, Error> {
        let keep = T::keep(outer.lo, outer.hi);
        let known = population.range().map(|range| (T::of(range.lo), T::of(range.hi)));
        let mut samples = Self { population, task, keep, n: population.len(), ends: known, before: None };
        let finite = population.summary().finite() == population.len();
        if finite && known.is_none_or(|(lo, hi)| samples.contains(lo) && samples.contains(hi)) {
            return Ok(samples);
        }
        let visit = |blocks: &mut Vec<(u64, Option<(T, T)>)>, block: &[T]| {
            let kept: Vec<T> = block.iter().copied().filter(|x| samples.contains(*x)).collect();
            blocks.push((kept.len() as u64, hist::ends(&kept)));
        };
        let (mut before, mut ends, mut n) = (Vec::new(), Vec::new(), 0);
        population.pass(CHUNK, task, visit, |blocks| {
            for (kept, of_block) in blocks {
                before.push(n);
                n += kept;
                ends.extend(of_block.into_iter().flat_map(|(lo, hi)| [lo, hi]));
            }
        })?;
        before.push(n);
        (samples.n, samples.ends, samples.before) = (n, hist::ends(&ends), Some(before));
        Ok(samples)
    }

    /// Returns true for finite samples in range. The finite check is necessary: a bound that exceeds a narrow float
    /// type rounds to infinity, which no rule can use.
    fn contains(&self, x: T) -> bool {
        x >= self.keep.0 && x <= self.keep.1 && x.is_finite()
    }

    /// Returns consecutive samples in range.
    fn values<'a>(&'a self, at: Range<u64>, scratch: &'a mut RangeScratch<T>) -> Result<&'a [T], Error> {
        let Some(before) = &self.before else { return self.population.block(at, &mut scratch.block) };
        scratch.kept.clear();
        let first = before.partition_point(|n| *n <= at.start).saturating_sub(1);
        let skipped = before.get(first).map_or(0, |n| at.start - n) as usize;
        let n = (at.end - at.start) as usize;
        for block in (first as u64)..(before.len() as u64 - 1) {
            if scratch.kept.len() >= skipped + n {
                break;
            }
            let all = block * BLOCK..self.population.len().min((block + 1) * BLOCK);
            let values = self.population.block(all, &mut scratch.block)?;
            scratch.kept.extend(values.iter().copied().filter(|x| self.contains(*x)));
        }
        Ok(scratch.kept.get(skipped..skipped + n).unwrap_or_default())
    }
}

/// Buffers for [`SamplesInRange::values`].
struct RangeScratch<T> {
    block: Scratch<T>,
    kept: Vec<T>,
}

impl<T> Default for RangeScratch<T> {
    fn default() -> Self {
        Self { block: Scratch::default(), kept: Vec::new() }
    }
}

impl<T: Element> Data<T> for SamplesInRange<'_, T> {
    type Error = Error;

    fn count(&self) -> usize {
        self.n as usize
    }

    fn ends(&self) -> Option<(T, T)> {
        self.ends
    }

    fn quartiles(&self) -> Result<[f64; 2], Error> {
        let ends = self.ends.unwrap_or(self.keep);
        let quartiles = quantiles_within(self.population, ends, self.n, &[0.25, 0.75], self.task)?;
        Ok(quartiles.try_into().unwrap_or([f64::NAN; 2]))
    }

    fn sum<R: Real>(&self, term: impl Fn(T) -> R + Sync) -> Result<R, Error> {
        let mut leaves = Vec::new();
        split(0, self.n, &mut leaves);
        let width = self.population.dtype().bytes() as u64;
        self.task.progress.expect(self.n * width);
        let sums = on_all_cores(0..leaves.len() as u64, |scratch: &mut RangeScratch<T>, i| {
            let leaf = leaves[i as usize].clone();
            self.task.cancel.check()?;
            self.task.progress.add((leaf.end - leaf.start) * width);
            Ok(pairwise(self.values(leaf, scratch)?, &term))
        })?;
        Ok(join(self.n, &mut sums.into_iter()))
    }

    fn scores(
        &self,
        most: usize,
        score: impl Fn(&Sorted<T>, usize) -> Result<f64, hist::Error> + Sync,
    ) -> Result<Vec<f64>, Error> {
        let needed = MemoryLimit(self.n.saturating_mul(self.population.dtype().bytes() as u64));
        let _sorted = self.task.memory.try_reserve(needed.0).ok_or_else(|| {
            let limit = self.task.memory.limit();
            Error::Value(format!(
                "stone sorts all values, which needs {needed} of memory; raise the {limit} limit with --memory"
            ))
        })?;
        let (cancel, progress) = (&self.task.cancel, &self.task.progress);
        let mut all = Vec::new();
        let visit = |kept: &mut Vec<T>, block: &[T]| kept.extend(block.iter().filter(|x| self.contains(**x)));
        self.population.pass(CHUNK, self.task, visit, |kept: Vec<T>| all.extend(kept))?;
        // Scoring n bins takes time in proportion to n; the sum of 1 to `most` is about half the square.
        progress.start_search((most as u64).pow(2) / 2);
        sort(&mut all, cancel)?;
        let sorted = Sorted::new(all);
        on_all_cores(1..most as u64 + 1, |(): &mut (), bins| {
            cancel.check()?;
            let error = score(&sorted, bins as usize)?;
            progress.add(bins);
            Ok(error)
        })
    }
}

/// Sorts on all cores. Can be cancelled.
fn sort<T: Element>(values: &mut [T], cancel: &Cancel) -> Result<(), Error> {
    /// Number of values that one thread sorts at once.
    const FEW: usize = 1 << 18;
    cancel.check()?;
    if values.len() <= FEW {
        values.sort_unstable_by_key(|x| x.key());
        return Ok(());
    }
    let middle = values.len() / 2;
    values.select_nth_unstable_by_key(middle, |x| x.key());
    let (low, high) = values.split_at_mut(middle);
    let (low, high) = rayon::join(|| sort(low, cancel), || sort(high, cancel));
    low.and(high)
}

/// Splits an array like numpy's pairwise summation, down to about a block.
fn split(from: u64, n: u64, leaves: &mut Vec<Range<u64>>) {
    if n <= BLOCK {
        leaves.push(from..from + n);
    } else {
        split(from, half(n), leaves);
        split(from + half(n), n - half(n), leaves);
    }
}

/// Adds the sums of the leaves in the order of pairwise summation.
fn join<R: Real>(n: u64, sums: &mut impl Iterator<Item = R>) -> R {
    if n <= BLOCK {
        return sums.next().unwrap_or(R::from_f64(0.0));
    }
    let left = join(half(n), sums);
    left.plus(join(n - half(n), sums))
}

fn half(n: u64) -> u64 {
    n / 2 - n / 2 % 8
}
