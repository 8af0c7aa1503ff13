//! The two passes behind [`Summary`], in blocks that can be visited in any order and are merged in theirs.

use super::{Summary, scale};
use crate::hist::Range;
use crate::hist::binning::Element;

/// Samples in a block. Sums are added block by block, so that they do not depend on who visits which.
pub(crate) const BLOCK: usize = 1 << 16;

/// Independent accumulators, which the processor works on at once.
const LANES: usize = 8;

/// What the first pass tells of a block, or of many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan<T> {
    n: u64,
    nan: u64,
    posinf: u64,
    neginf: u64,
    zeros: u64,
    /// Smallest and largest finite value.
    ends: Option<(T, T)>,
    /// Sum of the finite values; may overflow.
    sum: f64,
}

impl<T> Default for Scan<T> {
    fn default() -> Self {
        Self { n: 0, nan: 0, posinf: 0, neginf: 0, zeros: 0, ends: None, sum: 0.0 }
    }
}

impl<T: Element> Scan<T> {
    pub(crate) fn of(block: &[T]) -> Self {
        let count = |is: fn(f64) -> bool| block.iter().filter(|x| is(x.to_f64())).count() as u64;
        let whole = Self { n: block.len() as u64, zeros: count(|x| x == 0.0), ..Self::default() };
        let sum = sum(block, |x| x);
        // A NaN or an infinity makes the sum one.
        if sum.is_finite() {
            return Self { ends: ends(block), sum, ..whole };
        }
        let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
        Self {
            nan: count(f64::is_nan),
            posinf: count(|x| x == f64::INFINITY),
            neginf: count(|x| x == f64::NEG_INFINITY),
            ends: ends(&finite),
            sum: self::sum(&finite, |x| x),
            ..whole
        }
    }

    /// Adds a later block.
    pub(crate) fn merge(self, later: Self) -> Self {
        let both: Vec<T> = self.ends.into_iter().chain(later.ends).flat_map(|(lo, hi)| [lo, hi]).collect();
        Self {
            n: self.n + later.n,
            nan: self.nan + later.nan,
            posinf: self.posinf + later.posinf,
            neginf: self.neginf + later.neginf,
            zeros: self.zeros + later.zeros,
            ends: ends(&both),
            sum: self.sum + later.sum,
        }
    }

    /// From the smallest to the largest finite value, integers exactly.
    pub(crate) fn range(&self) -> Option<Range> {
        self.ends.map(|(lo, hi)| Range { lo: lo.number(), hi: hi.number() })
    }

    /// With the sum of the second pass.
    pub(crate) fn summary(&self, around: &Around, spread: Spread) -> Summary {
        let finite = (self.n - self.nan - self.posinf - self.neginf) as f64;
        let (min, max) = self.ends.map_or((f64::NAN, f64::NAN), |(lo, hi)| (lo.to_f64(), hi.to_f64()));
        let (shift, square) = (spread.offsets / finite, spread.squares / finite);
        // Rounding may carry both just past what they can be.
        let mean = (around.centre + shift * around.scale).max(min).min(max);
        let std = (square - shift * shift).max(0.0).sqrt() * around.scale;
        Summary {
            n: self.n,
            nan: self.nan,
            posinf: self.posinf,
            neginf: self.neginf,
            zeros: self.zeros,
            min,
            max,
            mean,
            std: if finite == 0.0 { f64::NAN } else { std },
        }
    }
}

/// What the second pass measures from: a value near the mean, and a unit in which squares neither overflow nor vanish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    centre: f64,
    scale: f64,
}

/// Sums of the offsets and of their squares.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spread {
    offsets: f64,
    squares: f64,
}

impl Around {
    pub(crate) fn of<T: Element>(scan: &Scan<T>) -> Self {
        let finite = scan.n - scan.nan - scan.posinf - scan.neginf;
        let (lo, hi) = scan.ends.map_or((0.0, 0.0), |(lo, hi)| (lo.to_f64(), hi.to_f64()));
        let (mean, width) = (scan.sum / finite as f64, hi - lo);
        if mean.is_finite() && width.is_finite() {
            return Self { centre: mean, scale: scale(width) };
        }
        Self { centre: lo / 2.0 + hi / 2.0, scale: hi / 2.0 - lo / 2.0 }
    }

    /// The second pass over one block.
    pub(crate) fn visit<T: Element>(&self, block: &[T]) -> Spread {
        let offset = |x: f64| (x - self.centre) / self.scale;
        let square = |x: f64| offset(x) * offset(x);
        let spread = Spread { offsets: sum(block, offset), squares: sum(block, square) };
        if spread.squares.is_finite() {
            return spread;
        }
        let finite: Vec<T> = block.iter().copied().filter(|x| x.is_finite()).collect();
        Spread { offsets: sum(&finite, offset), squares: sum(&finite, square) }
    }
}

impl std::iter::Sum for Spread {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), |a, b| Self { offsets: a.offsets + b.offsets, squares: a.squares + b.squares })
    }
}

fn sum<T: Element>(values: &[T], term: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += term(x.to_f64());
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|x| term(x.to_f64())).sum::<f64>()
}

/// Smallest and largest of values without NaN.
pub(crate) fn ends<T: Element>(values: &[T]) -> Option<(T, T)> {
    let first = *values.first()?;
    let (chunks, rest) = values.as_chunks::<LANES>();
    let (mut lo, mut hi) = ([first; LANES], [first; LANES]);
    let less = |a: T, b: T| if a < b { a } else { b };
    let more = |a: T, b: T| if a > b { a } else { b };
    for chunk in chunks {
        for ((lo, hi), x) in lo.iter_mut().zip(&mut hi).zip(chunk) {
            *lo = less(*x, *lo);
            *hi = more(*x, *hi);
        }
    }
    let lo = lo.iter().chain(rest).fold(first, |lo, x| less(*x, lo));
    let hi = hi.iter().chain(rest).fold(first, |hi, x| more(*x, hi));
    Some((lo, hi))
}
