//! Pass that computes a [`Summary`], in blocks whose results are merged.

use super::Summary;
use crate::hist::binning::{Element, Real};
use crate::hist::{Number, Range};

type Sum<T> = <<T as Element>::Edge as Real>::Sum;

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
    /// Scans a block of at most 2²⁴ values, so that `f32` sums of ones are exact.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller compiles it once per instruction set")]
    pub(crate) fn of(block: &[T]) -> Self {
        // Independent accumulators, which the processor updates in parallel: few enough for its registers.
        if size_of::<T>() == 8 { Self::in_lanes::<8>(block) } else { Self::in_lanes::<16>(block) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of `of`")]
    fn in_lanes<const LANES: usize>(block: &[T]) -> Self {
        let Some(&first) = block.first() else { return Self::default() };
        let (chunks, rest) = block.as_chunks::<LANES>();
        let (mut lo, mut hi) = ([first; LANES], [first; LANES]);
        let (no, yes) = (Sum::<T>::from_f64(0.0), Sum::<T>::from_f64(1.0));
        let (mut zeros, mut residues) = ([no; LANES], [T::Edge::from_f64(0.0); LANES]);
        let zero = T::of(Number::Int(0));
        for chunk in chunks {
            for lane in 0..LANES {
                let x = chunk[lane];
                lo[lane] = if x < lo[lane] { x } else { lo[lane] };
                hi[lane] = if x > hi[lane] { x } else { hi[lane] };
                zeros[lane] = zeros[lane].plus(if x == zero { yes } else { no });
                // x - x is 0 for finite numbers, and NaN otherwise.
                residues[lane] = residues[lane].plus(x.edge().minus(x.edge()));
            }
        }
        let zeros = zeros.iter().map(|n| n.to_f64() as u64).sum::<u64>() + count(rest, |x| x == 0.0);
        let counted = Self { n: block.len() as u64, zeros, ..Self::default() };
        if residues.iter().all(|residue| residue.to_f64() == 0.0) && rest.iter().all(|x| x.is_finite()) {
            let ends = ends(rest).into_iter().chain(lo.into_iter().zip(hi));
            return Self { ends: ends.reduce(widest), ..counted };
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
