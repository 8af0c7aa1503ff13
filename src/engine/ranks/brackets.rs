//! First pass towards quantiles of many samples: brackets that contain the requested ranks with high probability.
//!
//! A sample of the population shows where each rank is, up to some deviations. The pass counts the samples in the zones
//! between the ends of these brackets, and copies those inside brackets. The counts are exact, so a rank outside its
//! bracket is noticed; then it is searched for in its zone.

use super::{CHUNK, FEW, RankSpan};
use crate::engine::pass::{Scratch, on_all_cores};
use crate::engine::{Population, Task};
use crate::error::Error;
use crate::hist::{Element, Ints, Vectors};
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};
use rayon::slice::ParallelSliceMut as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// Largest number of samples that are copied: 32 MiB. Brackets of the small samples of tests are wide.
const COPIED: u64 = if cfg!(test) { 14 * FEW } else { 4 * FEW };

/// Consecutive samples in each run of the sample.
const RUN: u64 = if cfg!(test) { 8 } else { 64 };

/// Largest number of runs.
const RUNS: u64 = 1 << 13;

/// Samples in the population for each one in the sample, at least.
const PART: u64 = 16;

/// Half the width of a bracket in standard deviations of the sampled rank.
const DEVIATIONS: f64 = 4.0;

/// Number of equal sampled keys that get a zone of their own.
const ATOM: usize = 8;

/// Number of zones, and the one below all of them, at most.
const SLOTS: usize = 128;

/// Samples whose zones are computed together.
const LANES: usize = 16;

/// Samples that are copied together.
const BATCH: usize = 16 * LANES;

/// Independent counters, so that equal zones in a row do not wait for each other.
const COUNTERS: usize = 4;

/// Number of a zone, as wide as a compared sample.
type Slot<T> = <<T as Vectors>::Compared as SimdElement>::Mask;

/// Narrows ranks among the `n` samples with keys from `lo` to `hi` down to their keys or zones.
pub(super) fn narrow<T: Element>(
    population: &Population,
    (lo, hi): (u64, u64),
    n: u64,
    ranks: &mut [RankSpan],
    task: &Task,
) -> Result<(), Error> {
    let sample = Sample::read::<T>(population, (lo, hi), task)?;
    let Some(zones) = sample.zones((lo, hi), n, ranks) else { return Ok(()) };
    let counted = Counting::<T>::new(&zones).pass(population, task)?;
    counted.look_up(&zones, n, ranks);
    Ok(())
}

/// Keys of some samples, in runs.
struct Sample {
    runs: Vec<Vec<u64>>,
    sorted: Vec<u64>,
}

impl Sample {
    /// Reads runs at equal distances.
    fn read<T: Element>(population: &Population, (lo, hi): (u64, u64), task: &Task) -> Result<Self, Error> {
        let len = population.len();
        let runs = (len / (PART * RUN)).clamp(1, RUNS);
        let runs = on_all_cores(0..runs, |scratch: &mut Scratch<T>, i| {
            task.cancel.check()?;
            let start = i * (len / runs);
            let samples = population.block(start..len.min(start + RUN), scratch)?;
            Ok(samples.iter().map(|x| x.key()).filter(|key| (lo..=hi).contains(key)).collect::<Vec<u64>>())
        })?;
        let mut sorted = runs.concat();
        sorted.par_sort_unstable();
        Ok(Self { runs, sorted })
    }

    /// Zones that separate the brackets of the ranks. `None` without samples, or with too many zones.
    fn zones(&self, (lo, hi): (u64, u64), n: u64, ranks: &[RankSpan]) -> Option<Vec<Zone>> {
        let (first, last) = (self.sorted.first()?, self.sorted.len() - 1);
        let mut shares: Vec<f64> = ranks.iter().map(|rank| rank.rank as f64 / n as f64).collect();
        shares.sort_unstable_by(f64::total_cmp);
        // The next rank has the same bracket.
        shares.dedup_by(|b, a| *b - *a < 1.5 / n as f64);
        if shares.len() > SLOTS / 2 {
            return None;
        }
        let mut brackets = Vec::new();
        let mut starts = vec![lo];
        for share in shares {
            let at = share * last as f64;
            let key = self.sorted.get(at as usize).unwrap_or(first);
            let reach = DEVIATIONS * self.deviation(*key, share) + 2.0;
            let (from, to) = (at - reach, (at + reach).ceil());
            let from = if from < 0.0 { lo } else { *self.sorted.get(from as usize)? };
            let to = if to > last as f64 { hi } else { *self.sorted.get(to as usize)? };
            starts.extend([from, to.saturating_add(1)]);
            starts.extend((self.count(from, from) >= ATOM).then_some(from.saturating_add(1)));
            starts.extend((self.count(to, to) >= ATOM).then_some(to));
            brackets.push(from..=to);
        }
        starts.retain(|start| (lo..=hi).contains(start));
        starts.sort_unstable();
        starts.dedup();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([hi]);
        let in_bracket = |key| brackets.iter().any(|bracket| bracket.contains(&key));
        let zone = |(lo, hi): (&u64, u64)| Zone { lo: *lo, hi, is_copied: *lo < hi && in_bracket(*lo) };
        let mut zones: Vec<Zone> = starts.iter().zip(ends).map(zone).collect();
        let copied: usize = zones.iter().filter(|zone| zone.is_copied).map(|zone| self.count(zone.lo, zone.hi)).sum();
        if copied as f64 / self.sorted.len() as f64 * n as f64 > COPIED as f64 {
            for zone in &mut zones {
                zone.is_copied = false;
            }
        }
        (zones.len() < SLOTS).then_some(zones)
    }

    /// Standard deviation of the number of samples up to a key that is expected to exceed this share of them. Neighbors
    /// may resemble each other, so it is that of independent runs.
    fn deviation(&self, key: u64, share: f64) -> f64 {
        let deviation = |run: &Vec<u64>| {
            let below = run.iter().map(|other| u32::from(*other <= key)).sum::<u32>();
            f64::from(below) - share * run.len() as f64
        };
        self.runs.iter().map(|run| deviation(run).powi(2)).sum::<f64>().sqrt()
    }

    /// Number of samples with keys from `lo` to `hi`.
    fn count(&self, lo: u64, hi: u64) -> usize {
        self.sorted.partition_point(|key| *key <= hi) - self.sorted.partition_point(|key| *key < lo)
    }
}

/// Keys from `lo` to `hi`. Each zone starts after the previous one.
struct Zone {
    lo: u64,
    hi: u64,
    /// True if the samples are copied. Those of a single key are not.
    is_copied: bool,
}

/// Pass that counts the samples of each zone.
struct Counting<T: Element> {
    /// Smallest sample of each zone.
    starts: Vec<T::Compared>,
    /// 1 for each zone whose samples are copied, after a 0 for the samples below all zones.
    is_copied: [u8; SLOTS],
}

/// Samples of each zone, after those below all zones and NaN. The last zone also has the samples above it.
struct Counted {
    counts: [u64; SLOTS],
    copies: Vec<u64>,
}

impl Default for Counted {
    fn default() -> Self {
        Self { counts: [0; SLOTS], copies: Vec::new() }
    }
}

impl<T: Element> Counting<T> {
    fn new(zones: &[Zone]) -> Self {
        let mut is_copied = [0; SLOTS];
        is_copied.iter_mut().skip(1).zip(zones).for_each(|(flag, zone)| *flag = u8::from(zone.is_copied));
        Self { starts: zones.iter().map(|zone| T::from_key(zone.lo).compared()).collect(), is_copied }
    }

    fn pass(&self, population: &Population, task: &Task) -> Result<Counted, Error> {
        let copied = AtomicU64::new(0);
        let visit = |counted: &mut Counted, block: &[T]| {
            let before = counted.copies.len();
            // Without the copies of one block, all others are useless, but the counts are not.
            if copied.load(Ordering::Relaxed) <= COPIED {
                dispatch!(Level::new(), simd => self.run(simd, block, &self.is_copied, counted));
            } else {
                dispatch!(Level::new(), simd => self.run(simd, block, &[0; SLOTS], counted));
            }
            copied.fetch_add((counted.copies.len() - before) as u64, Ordering::Relaxed);
        };
        let mut all = Counted::default();
        population.pass(CHUNK, task, visit, |chunk: Counted| {
            all.counts.iter_mut().zip(chunk.counts).for_each(|(sum, count)| *sum += count);
            all.copies.extend(chunk.copies);
        })?;
        let counts = all.counts.iter().zip(self.is_copied);
        if all.copies.len() as u64 != counts.map(|(count, is_copied)| count * u64::from(is_copied)).sum::<u64>() {
            all.copies.clear();
        }
        Ok(all)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller is compiled once for each SIMD level")]
    fn run<S: Simd>(&self, simd: S, block: &[T], is_copied: &[u8; SLOTS], counted: &mut Counted) {
        let Some(&any) = block.first() else { return };
        let mut counts = [[0_u32; SLOTS]; COUNTERS];
        let (mut slots, mut copies, mut padded) = ([0_i8.into(); BATCH], [any; BATCH], [any; LANES]);
        for batch in block.chunks(BATCH) {
            let (groups, rest) = batch.as_chunks::<LANES>();
            let (slots_of_groups, slots_of_rest) = slots.split_at_mut(groups.len() * LANES);
            for (slots, values) in slots_of_groups.as_chunks_mut::<LANES>().0.iter_mut().zip(groups) {
                self.slots(simd, values, slots);
            }
            if !rest.is_empty() {
                padded[..rest.len()].copy_from_slice(rest);
                let mut slots_of_padded = [0_i8.into(); LANES];
                self.slots(simd, &padded, &mut slots_of_padded);
                slots_of_rest[..rest.len()].copy_from_slice(&slots_of_padded[..rest.len()]);
            }
            let mut n = 0;
            for (i, (x, slot)) in batch.iter().zip(slots).enumerate() {
                let slot = slot.into() as usize % SLOTS;
                counts[i % COUNTERS][slot] += 1;
                // The next sample takes the place of one that is not copied.
                copies[n % BATCH] = *x;
                n += usize::from(is_copied[slot]);
            }
            counted.copies.extend(copies.iter().take(n).map(|x| x.key()));
        }
        for counts in counts {
            counted.counts.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u64::from(count));
        }
    }

    /// Number of zones that start at or below each value: 0 for NaN.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the inner loop of `run`")]
    fn slots<S: Simd>(&self, simd: S, values: &[T; LANES], slots: &mut [Slot<T>; LANES]) {
        let lanes = T::Vector::<S>::LEN;
        let mut at = 0;
        while at < LANES {
            let values = T::load(simd, &values[at..at + lanes]);
            let mut sums = Ints::<S, T>::splat(simd, 0.into());
            for start in &self.starts {
                // A true lane is -1.
                sums -= values.simd_ge(T::Vector::<S>::splat(simd, *start)).to_vector();
            }
            sums.store_slice(&mut slots[at..at + lanes]);
            at += lanes;
        }
    }
}

impl Counted {
    /// Narrows ranks to the keys that were copied, or else to their zones.
    fn look_up(mut self, zones: &[Zone], n: u64, ranks: &mut [RankSpan]) {
        let mut wanted = Vec::new();
        for rank in &mut *ranks {
            let (mut below, mut copies) = (0, 0);
            for (i, (zone, counted)) in zones.iter().zip(&self.counts[1..]).enumerate() {
                let is_last = i + 1 == zones.len();
                // Counts can exceed `n` only if a file changes.
                let count = if is_last { n.saturating_sub(below) } else { *counted };
                if rank.rank < below + count || is_last {
                    let within = rank.rank.saturating_sub(below);
                    *rank = RankSpan { lo: zone.lo, hi: zone.hi, count, rank: within };
                    if zone.is_copied && !self.copies.is_empty() {
                        wanted.push((copies + within) as usize);
                        *rank = RankSpan { count: COPY, rank: copies + within, ..*rank };
                    }
                    break;
                }
                below += count;
                copies += if zone.is_copied { *counted } else { 0 };
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        select(&mut self.copies, 0, &wanted);
        for rank in ranks.iter_mut().filter(|rank| rank.count == COPY) {
            let key = self.copies.get(rank.rank as usize).copied().unwrap_or(rank.lo);
            *rank = RankSpan { lo: key, hi: key, count: 1, rank: 0 };
        }
    }
}

/// Count that marks a rank among the copies.
const COPY: u64 = u64::MAX;

/// Moves the keys of the wanted positions to where sorting would move them. The keys start at position `start`.
fn select(keys: &mut [u64], start: usize, wanted: &[usize]) {
    let Some(&middle) = wanted.get(wanted.len() / 2) else { return };
    if middle - start >= keys.len() {
        return;
    }
    let (below, _, above) = keys.select_nth_unstable(middle - start);
    let (left, right) = (&wanted[..wanted.len() / 2], &wanted[wanted.len() / 2 + 1..]);
    rayon::join(|| select(below, start, left), || select(above, middle + 1, right));
}
