//! Bins of equal width, with numpy's formula: guess the bin by division, then correct by one against the edges.
//!
//! Never uses fused multiply-add, because numpy rounds after every operation.

use super::{Element, Outer, Real};
use crate::hist::{Edges, Error};

/// Maximum number of uniform bins, far above [`MAX_BINS`](crate::hist::MAX_BINS). Limits allocations.
pub(crate) const BIN_LIMIT: usize = 1 << 20;

/// Uniform bins over samples of type `T`.
#[derive(Debug, Clone)]
pub(crate) struct Uniform<T: Element> {
    /// At least two, strictly increasing.
    edges: Vec<T::Edge>,
    /// Closed interval of the samples that are counted.
    keep: (T, T),
    lo: T::Edge,
    width: f64,
    own: bool,
    outer: Outer,
}

impl<T: Element> Uniform<T> {
    pub(crate) fn new(outer: &Outer, n: usize) -> Result<Self, Error> {
        if n < 1 {
            return Err(Error::BinsNotPositive);
        }
        if n > BIN_LIMIT {
            return Err(Error::BinLimit { bins: n as u64, limit: BIN_LIMIT });
        }
        let (lo, hi) = (outer.lo.as_f64(), outer.hi.as_f64());
        let edges: Vec<T::Edge> = if outer.own {
            linspace(T::Edge::from_f64(lo), T::Edge::from_f64(hi), n)
        } else {
            linspace(lo, hi, n).into_iter().map(T::Edge::from_f64).collect()
        };
        // numpy accepts a single bin with a NaN edge (width above the largest float) and then fails on an index.
        if edges.windows(2).any(|pair| pair[0].partial_cmp(&pair[1]) != Some(std::cmp::Ordering::Less)) {
            return Err(Error::TooManyBins(n));
        }
        if edges.iter().any(|edge| !edge.to_f64().is_finite()) {
            return Err(Error::RangeTooWide { largest: T::Edge::MAX.to_f64() });
        }
        let keep = T::keep(outer.lo, outer.hi);
        Ok(Self { edges, keep, lo: T::Edge::from_f64(lo), width: outer.width::<T>(), own: outer.own, outer: *outer })
    }

    pub(crate) fn bins(&self) -> usize {
        self.edges.len() - 1
    }

    pub(crate) fn edges(&self) -> Result<Edges, Error> {
        Edges::from_f64(self.edges.iter().map(|edge| edge.to_f64()).collect())
    }

    pub(crate) fn outer(&self) -> &Outer {
        &self.outer
    }

    /// Adds the samples to their bins. Two slots follow the last bin: samples below the range (and NaN), and above.
    pub(crate) fn tally(&self, block: &[T], counts: &mut [u64]) {
        let counts = &mut counts[..self.bins() + 2];
        if self.own {
            let (width, n) = (T::Edge::from_f64(self.width), T::Edge::from_f64(self.bins() as f64));
            for &x in block {
                counts[self.slot(x, |offset| offset.over(width).times(n).to_f64())] += 1;
            }
        } else {
            let (width, n) = (self.width, self.bins() as f64);
            for &x in block {
                counts[self.slot(x, |offset| offset.to_f64() / width * n)] += 1;
            }
        }
    }

    /// Returns true if numpy's formula finds the same bin as a search among the edges, for every value in the range. It
    /// fails only in ranges of a few rounding steps.
    ///
    /// Checking the edges is enough. The guess is monotone, so the guess for a value between two edges is between the
    /// guesses for these edges, and numpy corrects a guess by one. Values without a guess are searched.
    pub(crate) fn matches_search(&self) -> bool {
        let n = self.bins();
        self.edges.iter().enumerate().all(|(k, &edge)| {
            let offset = edge.minus(self.lo);
            // Bound for the values below the edge whose offset does not overflow.
            let finite = if offset < T::Edge::MAX { offset } else { T::Edge::MAX };
            let most = (self.position(finite) as u32 as usize).min(n - 1);
            let least = self.guess(self.position(offset)).unwrap_or(k);
            most <= k && k <= least + 1
        })
    }

    /// Edges, rounded to the type in which samples are compared with them.
    pub(crate) fn at(&self) -> impl ExactSizeIterator<Item = f64> {
        self.edges.iter().map(|edge| edge.to_f64())
    }

    /// Distance from the first edge in bins, by numpy's formula.
    fn position(&self, offset: T::Edge) -> f64 {
        let n = self.bins() as f64;
        if self.own {
            offset.over(T::Edge::from_f64(self.width)).times(T::Edge::from_f64(n)).to_f64()
        } else {
            offset.to_f64() / self.width * n
        }
    }

    /// Bin at a position, before the correction by one. `None` where numpy fails on an index: the offset of the value
    /// overflows its type, or rounding puts the position past the last edge.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the inner loop of `tally`")]
    fn guess(&self, position: f64) -> Option<usize> {
        let n = self.bins();
        (position < (n + 1) as f64).then(|| (position as u32 as usize).min(n - 1))
    }

    /// Edges between the bins, without the outer two.
    pub(crate) fn inner(&self) -> impl Iterator<Item = T::Edge> {
        self.edges.iter().skip(1).take(self.bins() - 1).copied()
    }

    /// Slot of `x` in the counts.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "this is the inner loop of `tally`")]
    fn slot(&self, x: T, position: impl Fn(T::Edge) -> f64) -> usize {
        let n = self.edges.len() - 1;
        let t = x.edge();
        let k = match self.guess(position(t.minus(self.lo))) {
            Some(guess) => {
                let k = guess.saturating_sub(usize::from(t < self.edges[guess]));
                k + usize::from(t >= self.edges[k + 1] && k != n - 1)
            }
            None => self.search(t),
        };
        if x >= self.keep.0 && x <= self.keep.1 { k } else { n + usize::from(x > self.keep.1) }
    }

    /// Bin of a value within the range, from the edges alone.
    #[cold]
    fn search(&self, t: T::Edge) -> usize {
        self.edges[1..self.bins()].partition_point(|edge| *edge <= t)
    }
}

/// `numpy.linspace(lo, hi, n + 1)` in type `R`.
fn linspace<R: Real>(lo: R, hi: R, n: usize) -> Vec<R> {
    let index = |i: usize| R::from_f64(i as f64);
    let (delta, bins) = (hi.minus(lo), index(n));
    let step = delta.over(bins);
    let at = |i| {
        // numpy: if the step underflows, multiplying by it would put every edge at lo.
        let offset = if step.to_f64() == 0.0 { index(i).over(bins).times(delta) } else { index(i).times(step) };
        offset.plus(lo)
    };
    (0..n).map(at).chain([hi]).collect()
}
