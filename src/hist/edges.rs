//! Bin edges, validated once.

use super::scale::Scale;
use super::{Error, Number, Numbers, Segment};

/// Edges of a histogram's bins: `bins + 1` numbers that never decrease.
///
/// Invariant: no edge is NaN, only the first and the last may be infinite, and each is ≥ the one before. Equal edges
/// form a bin of zero width; `torch.histc` on constant data and W&B's `run.watch` log such bins. Like numpy's edges,
/// the list may be empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Edges(Numbers);

impl Edges {
    /// Creates edges, keeping integers as integers.
    ///
    /// # Errors
    /// [`Error::EdgeNan`], [`Error::EdgeInfinite`] and [`Error::EdgesNotMonotonic`].
    pub fn new(numbers: Numbers) -> Result<Self, Error> {
        let at = numbers.as_f64();
        let last = at.len().saturating_sub(1);
        let invalid = at.iter().enumerate().find(|(i, x)| x.is_nan() || (x.is_infinite() && *i != 0 && *i != last));
        match invalid {
            Some((index, x)) if x.is_nan() => return Err(Error::EdgeNan(index)),
            Some((index, _)) => return Err(Error::EdgeInfinite(index)),
            None => {}
        }
        if at.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(Error::EdgesNotMonotonic);
        }
        Ok(Self(numbers))
    }

    /// Creates edges from floats.
    ///
    /// # Errors
    /// Same as [`Edges::new`].
    pub fn from_f64(at: Vec<f64>) -> Result<Self, Error> {
        Self::new(Numbers::floats(at))
    }

    /// Number of bins: one less than the number of edges, or 0 if the list is empty.
    pub fn bins(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// Edges as `f64`.
    pub fn as_f64(&self) -> &[f64] {
        self.0.as_f64()
    }

    /// Edges as given to [`Edges::new`]; integers stay integers.
    pub fn numbers(&self) -> &Numbers {
        &self.0
    }

    /// Bin `index` as an interval; `None` if the index is out of range.
    pub fn bin(&self, index: usize) -> Option<Segment> {
        let pair = self.as_f64().get(index..index + 2)?;
        Some(Segment { lo: pair[0], hi: pair[1] })
    }

    /// Interval from the first to the last edge; `None` without edges.
    pub fn span(&self) -> Option<Segment> {
        let at = self.as_f64();
        Some(Segment { lo: *at.first()?, hi: *at.last()? })
    }

    /// Returns the index of the bin that contains `x`; `None` if `x` is outside all bins.
    ///
    /// Bins are half-open, `[e_k, e_{k+1})`, except the last, which is closed. Like numpy, a value on a zero-width bin
    /// is counted in the first wider bin to its right, or in the last bin at the closed right end.
    pub fn find(&self, x: f64) -> Option<usize> {
        let span = self.span()?;
        if self.bins() == 0 || !(span.lo..=span.hi).contains(&x) {
            return None;
        }
        let right = self.as_f64().partition_point(|edge| *edge <= x);
        Some(right.clamp(1, self.bins()) - 1)
    }

    /// Cuts the edges to `[lo, hi]`; `None` if that range overlaps no bin.
    ///
    /// If an end cuts a bin, it becomes the new outer edge. An end outside the bins leaves that side unchanged.
    pub fn within(&self, lo: f64, hi: f64) -> Option<Self> {
        let (at, numbers) = (self.as_f64(), &self.0);
        let ends = self.span().map(|span| (lo.max(span.lo), hi.min(span.hi)));
        let (lo, hi) = ends.filter(|(lo, hi)| lo < hi)?;
        // Keeps every edge equal to an end: they may form zero-width bins.
        let inside = numbers.iter().filter(|edge| (lo..=hi).contains(&edge.as_f64()));
        let end = |x: f64| (!at.contains(&x)).then_some(Number::Float(x));
        let kept: Numbers = end(lo).into_iter().chain(inside).chain(end(hi)).collect();
        Some(Self(kept))
    }

    /// Returns true if all bins have the same width, up to rounding. Then bar heights can show counts; otherwise only
    /// densities compare.
    pub fn uniform(&self) -> bool {
        let (Some(span), n) = (self.span(), self.bins()) else { return true };
        let width = span.width() / n as f64;
        // Edges of a uniform histogram differ from lo + i·width by a few roundings of the largest edge. Edges that were
        // `f32` differ by roundings of `f32`.
        let slack = width * 1e-3 + span.lo.abs().max(span.hi.abs()) * 4.0 * f64::from(f32::EPSILON);
        let slack = slack.min(width * 0.05);
        self.as_f64().windows(2).all(|pair| ((pair[1] - pair[0]) - width).abs() <= slack)
    }
}

impl Edges {
    /// Returns true if all bins are equally wide on an axis, up to rounding, so that bar heights can show counts there.
    pub fn uniform_on(&self, scale: Scale) -> bool {
        let (Some(Segment { lo, hi }), n) = (self.span(), self.bins() as f64) else { return true };
        if scale == Scale::Linear || (scale == Scale::Log && lo <= 0.0) {
            return self.uniform();
        }
        let is_near = |(i, edge): (usize, &f64)| (scale.position(*edge, lo, hi) * n - i as f64).abs() < 1e-3;
        lo < hi && self.as_f64().iter().enumerate().all(is_near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_edges_are_rejected() {
        assert!(Edges::from_f64(vec![]).is_ok());
        assert!(Edges::from_f64(vec![1.0, 1.0]).is_ok());
        assert!(Edges::from_f64(vec![f64::NEG_INFINITY, 0.5, f64::INFINITY]).is_ok());
        assert_eq!(Edges::from_f64(vec![0.0, f64::NAN]), Err(Error::EdgeNan(1)));
        assert_eq!(Edges::from_f64(vec![0.0, f64::INFINITY, f64::INFINITY]), Err(Error::EdgeInfinite(1)));
        assert_eq!(Edges::from_f64(vec![1.0, 0.0]), Err(Error::EdgesNotMonotonic));
    }

    #[test]
    fn find_returns_the_bin_that_numpy_counts_in() {
        let edges = Edges::from_f64(vec![0.0, 1.0, 1.0, 2.0]).unwrap();
        let found: Vec<_> = [-0.1, 0.0, 1.0, 2.0, 2.1].map(|x| edges.find(x)).to_vec();
        assert_eq!(found, [None, Some(0), Some(2), Some(2), None]);
        let point = Edges::from_f64(vec![3.0, 3.0]).unwrap();
        assert_eq!(point.find(3.0), Some(0));
    }

    #[test]
    fn f32_edges_with_an_offset_are_uniform() {
        let widened: Vec<f64> = (0..=64).map(|i| f64::from(1e4_f32 + i as f32 / 64.0)).collect();
        assert!(Edges::from_f64(widened).unwrap().uniform());
        assert!(!Edges::from_f64(vec![0.0, 1.0, 1.5]).unwrap().uniform());
    }
}
