//! Passes over all samples of a population: in blocks, on all cores.
//!
//! Block boundaries depend only on the index of a sample, not on where parts end. So block sums do not depend on the
//! split into parts either.

use super::{Part, Population, Stream, Task};
use crate::error::Error;
use crate::hist::{Element, Samples, each};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Samples in a block. For the widest types a block is 256 KiB, which fits into a processor's cache.
/// Tests use smaller blocks, so that they cross block boundaries.
pub(super) const BLOCK: u64 = if cfg!(test) { 1 << 8 } else { 1 << 15 };

/// Blocks that are read at once: fewer system calls, and longer copies from the page cache.
const READ: u64 = 4;

/// Buffers for blocks that cannot be borrowed from memory.
#[derive(Debug)]
pub(super) struct Scratch<T> {
    /// Samples of one stream, in its own type.
    read: Samples,
    /// Samples of several parts, or converted to the type of the population.
    values: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self { read: Samples::F64(Vec::new()), values: Vec::new() }
    }
}

impl Population {
    /// Calls `visit` with every block. Each chunk of `blocks` blocks has its own accumulator, and `merge` gets the
    /// accumulators in order.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub(super) fn pass<T: Element, A: Default + Send>(
        &self,
        blocks: u64,
        task: &Task,
        visit: impl Fn(&mut A, &[T]) + Sync,
        merge: impl FnMut(A),
    ) -> Result<(), Error> {
        self.pass_with_positions(blocks, task, |all, _, block| visit(all, block), merge)
    }

    /// Like [`Population::pass`], but also calls `visit` with the position of the first sample of each block.
    ///
    /// # Errors
    /// Those of [`Population::pass`].
    pub(super) fn pass_with_positions<T: Element, A: Default + Send>(
        &self,
        blocks: u64,
        task: &Task,
        visit: impl Fn(&mut A, u64, &[T]) + Sync,
        mut merge: impl FnMut(A),
    ) -> Result<(), Error> {
        let width = self.dtype().bytes() as u64;
        task.progress.expect(self.len() * width);
        let chunk = BLOCK * blocks;
        let chunks = self.len().div_ceil(chunk);
        // Rounds of a few chunks a thread, so that other jobs on the same threads run in between.
        let round = 4 * rayon::current_num_threads() as u64;
        for first in (0..chunks).step_by(round as usize) {
            let results = on_all_cores(first..chunks.min(first + round), |scratch: &mut Scratch<T>, i| {
                let mut result = A::default();
                let mut at = i * chunk;
                let end = self.len().min(at + chunk);
                while at < end {
                    task.cancel.check()?;
                    let next = end.min(at + READ * BLOCK);
                    for (start, block) in
                        (at..).step_by(BLOCK as usize).zip(self.block(at..next, scratch)?.chunks(BLOCK as usize))
                    {
                        visit(&mut result, start, block);
                    }
                    task.progress.add((next - at) * width);
                    at = next;
                }
                Ok(result)
            })?;
            results.into_iter().for_each(&mut merge);
        }
        Ok(())
    }

    /// Returns consecutive samples in the type of the population.
    ///
    /// # Errors
    /// A stream that cannot be read.
    // Not inlined, so that it is compiled once for each type of sample and not for each pass.
    #[inline(never)]
    pub(super) fn block<'a, T: Element>(
        &'a self,
        at: Range<u64>,
        scratch: &'a mut Scratch<T>,
    ) -> Result<&'a [T], Error> {
        let first = self.ends().partition_point(|end| *end <= at.start);
        let start_of = |part: usize| part.checked_sub(1).map_or(0, |before| self.ends()[before]);
        let parts = || self.parts().iter().enumerate().skip(first).take_while(|(part, _)| start_of(*part) < at.end);
        let inside = |index: usize, part: &Part| {
            let start = start_of(index);
            let (from, to) = (at.start.max(start) - start, at.end.min(start + part.len()) - start);
            (from, (to - from) as usize)
        };
        if let (Some((index, part)), None) = (parts().next(), parts().nth(1)) {
            let (from, n) = inside(index, part);
            match part {
                Part::Memory(samples) => {
                    if let Some(values) = T::slice(samples) {
                        return Ok(values.get(from as usize..from as usize + n).unwrap_or_default());
                    }
                }
                Part::Stream(stream) => {
                    let Scratch { read: samples, values } = scratch;
                    read(&**stream, from, n, samples)?;
                    return Ok(T::slice(samples).unwrap_or_else(|| {
                        values.clear();
                        convert(samples, 0, n, values);
                        values
                    }));
                }
            }
        }
        scratch.values.clear();
        for (index, part) in parts() {
            let (from, n) = inside(index, part);
            match part {
                Part::Memory(samples) => convert(samples, from as usize, n, &mut scratch.values),
                Part::Stream(stream) => {
                    read(&**stream, from, n, &mut scratch.read)?;
                    convert(&scratch.read, 0, n, &mut scratch.values);
                }
            }
        }
        Ok(&scratch.values)
    }
}

/// Calls `make` with each number of a range, on all cores, and returns the results in order. Calls reuse scratch space.
///
/// # Errors
/// One of the errors of `make`.
pub fn on_all_cores<S: Default + Send, A: Send>(
    range: Range<u64>,
    make: impl Fn(&mut S, u64) -> Result<A, Error> + Sync,
) -> Result<Vec<A>, Error> {
    let first = range.start;
    let results = Mutex::new((first..range.end).map(|_| None).collect::<Vec<Option<A>>>());
    let idle = Mutex::new(Vec::new());
    for_each(range, &|i| {
        let mut scratch = lock(&idle).pop().unwrap_or_default();
        let result = make(&mut scratch, i)?;
        lock(&idle).push(scratch);
        if let Some(slot) = lock(&results).get_mut((i - first) as usize) {
            *slot = Some(result);
        }
        Ok(())
    })?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}

/// Calls `call` on all cores. It is a `dyn Fn` so that rayon's iterators are compiled once. Compiling them for each type
/// of sample and each pass took a third of this crate's build time. Each call lasts at least a block, so the indirection
/// costs nothing.
fn for_each(range: Range<u64>, call: &(dyn Fn(u64) -> Result<(), Error> + Sync)) -> Result<(), Error> {
    range.into_par_iter().try_for_each(call)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads `n` samples of a stream into a block of any type.
fn read(stream: &dyn Stream, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
    if block.dtype() != stream.dtype() {
        *block = Samples::empty(stream.dtype());
    }
    stream.read(from, n, block)?;
    debug_assert_eq!((block.dtype(), block.len()), (stream.dtype(), n));
    Ok(())
}

fn convert<T: Element>(samples: &Samples, from: usize, n: usize, into: &mut Vec<T>) {
    if let Some(values) = T::slice(samples) {
        into.extend(values.iter().skip(from).take(n));
    } else {
        each!(samples, values => into.extend(values.iter().skip(from).take(n).map(|x| T::of(x.number()))));
    }
}
