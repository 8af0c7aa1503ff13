//! Visiting all samples of a population once: in blocks, on all cores, as often as a question needs.
//!
//! Blocks are counted through all parts, so that what is added up block by block does not depend on where parts end.

use super::{Part, Population, Task};
use crate::error::Error;
use crate::hist::{Element, Samples, each};
use rayon::prelude::*;
use std::ops::Range;

/// Samples in a block: of the widest types 256 KiB, which is read at once and stays in a processor's cache. Tests meet the
/// seams with fewer.
pub(super) const BLOCK: u64 = if cfg!(test) { 1 << 8 } else { 1 << 15 };

/// Room for blocks that do not lie in memory as they are.
#[derive(Debug)]
pub(super) struct Scratch<T> {
    /// As read.
    read: Samples,
    /// As asked for: of several parts, or of another type.
    values: Vec<T>,
}

impl<T> Default for Scratch<T> {
    fn default() -> Self {
        Self { read: Samples::F64(Vec::new()), values: Vec::new() }
    }
}

impl Population {
    /// Shows every sample to `visit`, and what it made of each piece of so many blocks, in order, to `merge`.
    ///
    /// # Errors
    /// [`Error::Cancelled`], and whatever a stream cannot read.
    pub(super) fn pass<T: Element, A: Default + Send>(
        &self,
        blocks: u64,
        task: &Task,
        visit: impl Fn(&mut A, &[T]) + Sync,
        mut merge: impl FnMut(A),
    ) -> Result<(), Error> {
        let width = self.dtype().bytes() as u64;
        task.progress.expect(self.len() * width);
        let piece = BLOCK * blocks;
        let pieces = self.len().div_ceil(piece);
        // One round for all threads after the other, so that other work on them gets its turn in between.
        let round = 4 * rayon::current_num_threads() as u64;
        for first in (0..pieces).step_by(round as usize) {
            let made = (first..pieces.min(first + round)).into_par_iter().map_init(Scratch::default, |scratch, i| {
                let mut made = A::default();
                let mut at = i * piece;
                let end = self.len().min(at + piece);
                while at < end {
                    task.cancel.check()?;
                    let next = end.min(at + BLOCK);
                    visit(&mut made, self.block(at..next, scratch)?);
                    task.progress.add((next - at) * width);
                    at = next;
                }
                Ok(made)
            });
            made.collect::<Result<Vec<A>, Error>>()?.into_iter().for_each(&mut merge);
        }
        Ok(())
    }

    /// Some samples in a row, in the type of the population.
    ///
    /// # Errors
    /// Whatever a stream cannot read.
    pub(super) fn block<'a, T: Element>(
        &'a self,
        at: Range<u64>,
        scratch: &'a mut Scratch<T>,
    ) -> Result<&'a [T], Error> {
        let first = self.ends().partition_point(|end| *end <= at.start);
        let begins = |part: usize| part.checked_sub(1).map_or(0, |before| self.ends()[before]);
        let parts = || self.parts().iter().enumerate().skip(first).take_while(|(part, _)| begins(*part) < at.end);
        let inside = |part: usize, all: &Part| {
            let begin = begins(part);
            let (from, to) = (at.start.max(begin) - begin, at.end.min(begin + all.len()) - begin);
            (from, (to - from) as usize)
        };
        if let (Some((part, all)), None) = (parts().next(), parts().nth(1)) {
            let (from, n) = inside(part, all);
            match all {
                Part::Memory(samples) => {
                    if let Some(values) = T::slice(samples) {
                        return Ok(values.get(from as usize..from as usize + n).unwrap_or_default());
                    }
                }
                Part::Stream(stream) if stream.dtype() == self.dtype() => {
                    read(&**stream, (from, n), &mut scratch.read)?;
                    return Ok(T::slice(&scratch.read).unwrap_or_default());
                }
                Part::Stream(_) => {}
            }
        }
        scratch.values.clear();
        for (part, all) in parts() {
            let (from, n) = inside(part, all);
            match all {
                Part::Memory(samples) => convert(samples, from as usize, n, &mut scratch.values),
                Part::Stream(stream) => {
                    read(&**stream, (from, n), &mut scratch.read)?;
                    convert(&scratch.read, 0, n, &mut scratch.values);
                }
            }
        }
        Ok(&scratch.values)
    }
}

/// Reads so many samples from one on.
fn read(stream: &dyn super::Stream, (from, n): (u64, usize), block: &mut Samples) -> Result<(), Error> {
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
