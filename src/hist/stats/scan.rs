//! Pass that computes a [`Summary`], in blocks whose results are merged.

use super::Summary;
use crate::hist::binning::Element;
use crate::hist::{Ints, Range};
use fearless_simd::prelude::*;

/// Result of one pass over a block, or over several merged blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan<T> {
    n: u64,
    nan: u64,
    posinf: u64,
    neginf: u64,
    zeros: u64,
    /// Smallest and largest finite value.
    ends: Option<(T, T)>,
}

impl<T> Default for Scan<T> {
    fn default() -> Self {
        Self { n: 0, nan: 0, posinf: 0, neginf: 0, zeros: 0, ends: None }
    }
}

impl<T: Element> Scan<T> {
    /// Scans a block of at most 2²⁴ values, so that the counts in `i32` do not overflow.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller compiles it once per instruction set")]
    #[expect(clippy::eq_op, reason = "x - x is 0 for finite numbers, and NaN otherwise")]
    pub(crate) fn of<S: Simd>(simd: S, block: &[T]) -> Self {
        let Some(&first) = block.first() else { return Self::default() };
        let splat = T::Vector::<S>::splat;
        let (mut lo, mut hi) = (splat(simd, first.compared()), splat(simd, first.compared()));
        let zero = splat(simd, 0.into());
        let mut zeros = Ints::<S, T>::splat(simd, 0.into());
        let mut residues = zero;
        let mut chunks = block.chunks_exact(T::Vector::<S>::LEN);
        for chunk in &mut chunks {
            let x = T::load(simd, chunk);
            lo = x.simd_lt(lo).select(x, lo);
            hi = x.simd_gt(hi).select(x, hi);
            // A true lane is -1.
            zeros -= x.simd_eq(zero).to_vector();
            residues += x - x;
        }
        let rest = chunks.remainder();
        let zeros = zeros.as_slice().iter().map(|n| (*n).into() as u64).sum::<u64>() + count(rest, |x| x == 0.0);
        let counted = Self { n: block.len() as u64, zeros, ..Self::default() };
        if residues.simd_eq(zero).all_true() && rest.iter().all(|x| x.is_finite()) {
            let lanes = lo.as_slice().iter().zip(hi.as_slice());
            let lanes = lanes.map(|(lo, hi)| (T::from_compared(*lo), T::from_compared(*hi)));
            return Self { ends: ends(rest).into_iter().chain(lanes).reduce(widest), ..counted };
        }
        counted.with_non_finite(block)
    }

    /// Adds the numbers of NaN and infinities, and the range of the finite values.
    fn with_non_finite(self, block: &[T]) -> Self {
        let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
        Self {
            nan: count(block, f64::is_nan),
            posinf: count(block, |x| x == f64::INFINITY),
            neginf: count(block, |x| x == f64::NEG_INFINITY),
            ends: ends(&finite),
            ..self
        }
    }

    /// Combines the results of two sets of values.
    pub(crate) fn merge(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            nan: self.nan + other.nan,
            posinf: self.posinf + other.posinf,
            neginf: self.neginf + other.neginf,
            zeros: self.zeros + other.zeros,
            ends: self.ends.into_iter().chain(other.ends).reduce(widest),
        }
    }

    /// Range from the smallest to the largest finite value; integers stay exact.
    pub(crate) fn range(&self) -> Option<Range> {
        self.ends.map(|(lo, hi)| Range { lo: lo.number(), hi: hi.number() })
    }

    pub(crate) fn summary(&self) -> Summary {
        let (min, max) = self.ends.map_or((f64::NAN, f64::NAN), |(lo, hi)| (lo.to_f64(), hi.to_f64()));
        let Self { n, nan, posinf, neginf, zeros, .. } = *self;
        Summary { n, nan, posinf, neginf, zeros, min, max }
    }
}

fn count<T: Element>(values: &[T], is: impl Fn(f64) -> bool) -> u64 {
    values.iter().filter(|x| is(x.to_f64())).count() as u64
}

/// Union of two intervals.
fn widest<T: PartialOrd>((a, b): (T, T), (c, d): (T, T)) -> (T, T) {
    (if c < a { c } else { a }, if d > b { d } else { b })
}

/// Smallest and largest of values without NaN; `None` without values.
pub(crate) fn ends<T: Element>(values: &[T]) -> Option<(T, T)> {
    values.iter().map(|x| (*x, *x)).reduce(widest)
}
