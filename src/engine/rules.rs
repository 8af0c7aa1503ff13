//! The samples within a range, as numpy's rules ask for them, without holding them in memory.

use super::pass::{BLOCK, Scratch};
use super::ranks::quantiles_within;
use super::{Cancel, MemoryLimit, Population, Task};
use crate::error::Error;
use crate::hist::{self, Data, Element, Outer, Real, Rule, Sorted, bins_within, pairwise};
use rayon::prelude::*;
use std::ops::Range;

/// Blocks that a thread visits in a row.
const PIECE: u64 = 4;

/// How many bins a rule asks for.
pub(super) fn bins<T: Element>(population: &Population, rule: Rule, outer: &Outer, task: &Task) -> Result<u64, Error> {
    bins_within(&Inside::<T>::new(population, outer, task)?, rule, outer)
}

/// The finite samples within a range, as one array.
struct Inside<'p, T> {
    population: &'p Population,
    task: &'p Task,
    keep: (T, T),
    n: u64,
    ends: Option<(T, T)>,
    /// How many of them there are before each block, and at last; `None` where all samples are within.
    before: Option<Vec<u64>>,
}

impl<'p, T: Element> Inside<'p, T> {
    fn new(population: &'p Population, outer: &Outer, task: &'p Task) -> Result<Self, Error> {
        let keep = T::keep(outer.lo, outer.hi);
        let known = population.range().map(|range| (T::of(range.lo), T::of(range.hi)));
        let mut inside = Self { population, task, keep, n: population.len(), ends: known, before: None };
        let finite = population.summary().finite() == population.len();
        if finite && known.is_none_or(|(lo, hi)| inside.holds(lo) && inside.holds(hi)) {
            return Ok(inside);
        }
        let visit = |found: &mut Vec<(u64, Option<(T, T)>)>, block: &[T]| {
            let kept: Vec<T> = block.iter().copied().filter(|x| inside.holds(*x)).collect();
            found.push((kept.len() as u64, hist::ends(&kept)));
        };
        let (mut before, mut ends, mut n) = (Vec::new(), Vec::new(), 0);
        population.pass(PIECE, task, visit, |found| {
            for (kept, of_block) in found {
                before.push(n);
                n += kept;
                ends.extend(of_block.into_iter().flat_map(|(lo, hi)| [lo, hi]));
            }
        })?;
        before.push(n);
        (inside.n, inside.ends, inside.before) = (n, hist::ends(&ends), Some(before));
        Ok(inside)
    }

    /// A bound beyond a narrow float type rounds to infinity, which no rule can digest.
    fn holds(&self, x: T) -> bool {
        x >= self.keep.0 && x <= self.keep.1 && x.is_finite()
    }

    /// Some of them in a row.
    fn values<'a>(&'a self, at: Range<u64>, scratch: &'a mut Room<T>) -> Result<&'a [T], Error> {
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
            scratch.kept.extend(values.iter().copied().filter(|x| self.holds(*x)));
        }
        Ok(scratch.kept.get(skipped..skipped + n).unwrap_or_default())
    }
}

/// Room for [`Inside::values`].
struct Room<T> {
    block: Scratch<T>,
    kept: Vec<T>,
}

impl<T> Default for Room<T> {
    fn default() -> Self {
        Self { block: Scratch::default(), kept: Vec::new() }
    }
}

impl<T: Element> Data<T> for Inside<'_, T> {
    type Error = Error;

    fn count(&self) -> usize {
        self.n as usize
    }

    fn ends(&self) -> Option<(T, T)> {
        self.ends
    }

    fn quartiles(&self) -> Result<[f64; 2], Error> {
        let ends = self.ends.unwrap_or(self.keep);
        let found = quantiles_within(self.population, ends, self.n, &[0.25, 0.75], self.task)?;
        Ok(found.try_into().unwrap_or([f64::NAN; 2]))
    }

    fn sum<R: Real>(&self, term: impl Fn(T) -> R + Sync) -> Result<R, Error> {
        let mut leaves = Vec::new();
        cut(0, self.n, &mut leaves);
        let width = self.population.dtype().bytes() as u64;
        self.task.progress.expect(self.n * width);
        let sums = leaves.into_par_iter().map_init(Room::default, |room, leaf| {
            self.task.cancel.check()?;
            self.task.progress.add((leaf.end - leaf.start) * width);
            Ok(pairwise(self.values(leaf, room)?, &term))
        });
        let sums = sums.collect::<Result<Vec<R>, Error>>()?;
        Ok(join(self.n, &mut sums.into_iter()))
    }

    fn scores(
        &self,
        most: usize,
        score: impl Fn(&Sorted<T>, usize) -> Result<f64, hist::Error> + Sync,
    ) -> Result<Vec<f64>, Error> {
        let needed = MemoryLimit(self.n.saturating_mul(self.population.dtype().bytes() as u64));
        let _sorted = self.task.memory.try_reserve(needed.0).ok_or_else(|| {
            let allowed = self.task.memory.limit();
            Error::Value(format!(
                "stone sorts all values, which takes {needed} of memory; {allowed} may be taken: allow more with --memory"
            ))
        })?;
        let (cancel, progress) = (&self.task.cancel, &self.task.progress);
        let mut all = Vec::new();
        let visit = |kept: &mut Vec<T>, block: &[T]| kept.extend(block.iter().filter(|x| self.holds(**x)));
        self.population.pass(PIECE, self.task, visit, |kept: Vec<T>| all.extend(kept))?;
        // Trying takes as long as there are bins in all.
        progress.start_search((most as u64).pow(2) / 2);
        sort(&mut all, cancel)?;
        let sorted = Sorted::new(all);
        let tried = (1..=most).into_par_iter().map(|bins| {
            cancel.check()?;
            let error = score(&sorted, bins)?;
            progress.add(bins as u64);
            Ok(error)
        });
        tried.collect()
    }
}

/// Sorts on all cores, and stops when it is asked to.
fn sort<T: Element>(values: &mut [T], cancel: &Cancel) -> Result<(), Error> {
    /// So many are sorted in a moment.
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

/// Cuts as numpy's pairwise summation does, down to about a block.
fn cut(from: u64, n: u64, leaves: &mut Vec<Range<u64>>) {
    if n <= BLOCK {
        leaves.push(from..from + n);
    } else {
        cut(from, half(n), leaves);
        cut(from + half(n), n - half(n), leaves);
    }
}

/// Adds up what was cut.
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
