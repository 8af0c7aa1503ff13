//! Bin edges, checked once.

use super::{Error, Number, Numbers};

/// The edges of a histogram's bins: `bins + 1` numbers that never decrease.
///
/// Invariant: no NaN; only the first and the last may be infinite; each is ≥ the one before (equal ones make a bin of
/// zero width, which `torch.histc` on constant data and W&B's `run.watch` really log). May be empty, as numpy's may.
#[derive(Debug, Clone, PartialEq)]
pub struct Edges(Numbers);

/// An interval of the value axis, `lo ≤ hi`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    pub lo: f64,
    pub hi: f64,
}

impl Segment {
    /// From the first to the last finite number of a list that never decreases; `None` if there is none.
    pub fn of_finite(numbers: &[f64]) -> Option<Self> {
        let finite = || numbers.iter().copied().filter(|x| x.is_finite());
        Some(Self { lo: finite().next()?, hi: finite().next_back()? })
    }

    /// The same without the largest numbers there are, which TensorBoard writes for its open outer buckets: nothing could
    /// be seen beside them. They are ends only where there are no others.
    pub fn visible(edges: &[f64]) -> Option<Self> {
        let (first, last) = (edges.partition_point(|x| *x <= -f64::MAX), edges.partition_point(|x| *x < f64::MAX));
        let inner = edges.get(first..last).and_then(Self::of_finite).filter(|inner| inner.lo < inner.hi);
        inner.or_else(|| Self::of_finite(edges))
    }

    /// Infinite where the ends are too far apart.
    pub fn width(self) -> f64 {
        self.hi - self.lo
    }

    /// The middle; the finite end of a segment that reaches to infinity, NaN where both ends do.
    pub fn centre(self) -> f64 {
        match (self.lo.is_finite(), self.hi.is_finite()) {
            (true, false) => self.lo,
            (false, true) => self.hi,
            _ => self.lo / 2.0 + self.hi / 2.0,
        }
    }

    /// The smallest segment that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

impl Edges {
    /// Checks the invariant.
    ///
    /// # Errors
    /// [`Error::EdgeNan`], [`Error::EdgeInfinite`] and [`Error::EdgesNotMonotonic`].
    pub fn new(numbers: Numbers) -> Result<Self, Error> {
        let at = numbers.as_f64();
        let last = at.len().saturating_sub(1);
        let odd = at.iter().enumerate().find(|(i, x)| x.is_nan() || (x.is_infinite() && *i != 0 && *i != last));
        match odd {
            Some((index, x)) if x.is_nan() => return Err(Error::EdgeNan(index)),
            Some((index, _)) => return Err(Error::EdgeInfinite(index)),
            None => {}
        }
        if at.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(Error::EdgesNotMonotonic);
        }
        Ok(Self(numbers))
    }

    /// From floats; the same checks.
    ///
    /// # Errors
    /// As [`Edges::new`].
    pub fn from_f64(at: Vec<f64>) -> Result<Self, Error> {
        Self::new(Numbers::floats(at))
    }

    /// Number of bins: one less than the number of edges, 0 for none.
    pub fn bins(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// The edges as `f64`.
    pub fn as_f64(&self) -> &[f64] {
        self.0.as_f64()
    }

    /// The edges as they were given, integers kept.
    pub fn numbers(&self) -> &Numbers {
        &self.0
    }

    /// Bin `index` as an interval; `None` beyond the last.
    pub fn bin(&self, index: usize) -> Option<Segment> {
        let pair = self.as_f64().get(index..index + 2)?;
        Some(Segment { lo: pair[0], hi: pair[1] })
    }

    /// First to last edge; `None` when there is no edge.
    pub fn span(&self) -> Option<Segment> {
        let at = self.as_f64();
        Some(Segment { lo: *at.first()?, hi: *at.last()? })
    }

    /// The bin that holds `x`: `[e_k, e_{k+1})`, the last one closed; `None` outside.
    ///
    /// A value that sits on a zero-width bin belongs to the first bin to its right that has a width, as numpy counts,
    /// except at the closed right end, where it belongs to the last bin.
    pub fn find(&self, x: f64) -> Option<usize> {
        let span = self.span()?;
        if self.bins() == 0 || !(span.lo..=span.hi).contains(&x) {
            return None;
        }
        let right = self.as_f64().partition_point(|edge| *edge <= x);
        Some(right.clamp(1, self.bins()) - 1)
    }

    /// The edges inside a range, with the range's ends as outer edges where they cut a bin; an infinite end leaves its side
    /// as it is. `None` where the range holds no bin.
    pub fn within(&self, lo: f64, hi: f64) -> Option<Self> {
        let (at, numbers) = (self.as_f64(), &self.0);
        let ends = self.span().map(|span| (lo.max(span.lo), hi.min(span.hi)));
        let (lo, hi) = ends.filter(|(lo, hi)| lo < hi)?;
        // Of an end that is an edge all are kept: bins without width may stand there.
        let inside = numbers.iter().filter(|edge| (lo..=hi).contains(&edge.as_f64()));
        let end = |x: f64| (!at.contains(&x)).then_some(Number::Float(x));
        let kept: Numbers = end(lo).into_iter().chain(inside).chain(end(hi)).collect();
        Some(Self(kept))
    }

    /// Whether all bins have the same width up to rounding: then heights are counts, otherwise densities.
    pub fn uniform(&self) -> bool {
        let (Some(span), n) = (self.span(), self.bins()) else { return true };
        let width = span.width() / n as f64;
        // Edges of a uniform histogram differ from lo + i·width by a few roundings of the largest edge; f32 edges,
        // widened, by roundings of f32.
        let slack = width * 1e-3 + span.lo.abs().max(span.hi.abs()) * 4.0 * f64::from(f32::EPSILON);
        let slack = slack.min(width * 0.05);
        self.as_f64().windows(2).all(|pair| ((pair[1] - pair[0]) - width).abs() <= slack)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_what_everything_behind_it_relies_on() {
        assert!(Edges::from_f64(vec![]).is_ok());
        assert!(Edges::from_f64(vec![1.0, 1.0]).is_ok());
        assert!(Edges::from_f64(vec![f64::NEG_INFINITY, 0.5, f64::INFINITY]).is_ok());
        assert_eq!(Edges::from_f64(vec![0.0, f64::NAN]), Err(Error::EdgeNan(1)));
        assert_eq!(Edges::from_f64(vec![0.0, f64::INFINITY, f64::INFINITY]), Err(Error::EdgeInfinite(1)));
        assert_eq!(Edges::from_f64(vec![1.0, 0.0]), Err(Error::EdgesNotMonotonic));
    }

    #[test]
    fn finds_the_bin_as_numpy_counts() {
        let edges = Edges::from_f64(vec![0.0, 1.0, 1.0, 2.0]).unwrap();
        let found: Vec<_> = [-0.1, 0.0, 1.0, 2.0, 2.1].map(|x| edges.find(x)).to_vec();
        assert_eq!(found, [None, Some(0), Some(2), Some(2), None]);
        let point = Edges::from_f64(vec![3.0, 3.0]).unwrap();
        assert_eq!(point.find(3.0), Some(0));
    }

    #[test]
    fn f32_edges_on_an_offset_are_uniform_and_halves_are_not() {
        let widened: Vec<f64> = (0..=64).map(|i| f64::from(1e4_f32 + i as f32 / 64.0)).collect();
        assert!(Edges::from_f64(widened).unwrap().uniform());
        assert!(!Edges::from_f64(vec![0.0, 1.0, 1.5]).unwrap().uniform());
    }
}
