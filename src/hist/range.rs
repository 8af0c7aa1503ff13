//! Intervals of the value axis: [`Range`] in Python numbers, [`Segment`] in `f64`.

use super::{Number, number_repr};
use std::cmp::Ordering;
use std::fmt;

/// numpy's `range=(lo, hi)`. The ends are Python numbers, because numpy computes differently with integers and floats.
///
/// `Display` writes both ends like Python: `[0, 1.5]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub lo: Number,
    pub hi: Number,
}

impl Range {
    /// Range of Python floats.
    pub fn floats(lo: f64, hi: f64) -> Self {
        Self { lo: Number::Float(lo), hi: Number::Float(hi) }
    }

    /// Smallest range that contains both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        let first = |a: Number, b: Number, order| if b.compare(a) == Some(order) { b } else { a };
        Self { lo: first(self.lo, other.lo, Ordering::Less), hi: first(self.hi, other.hi, Ordering::Greater) }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {}]", number_repr(self.lo), number_repr(self.hi))
    }
}

/// Interval of the value axis, `lo ≤ hi`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    pub lo: f64,
    pub hi: f64,
}

impl Segment {
    /// Interval from the first to the last finite number of a non-decreasing list; `None` without a finite number.
    pub fn of_finite(numbers: &[f64]) -> Option<Self> {
        let finite = || numbers.iter().copied().filter(|x| x.is_finite());
        Some(Self { lo: finite().next()?, hi: finite().next_back()? })
    }

    /// Interval to draw: like [`Segment::of_finite`], but ignores edges at ±`f64::MAX`, unless all edges are there.
    ///
    /// TensorBoard writes `f64::MAX` as the end of its open outer buckets. At that scale the other bins would be
    /// invisible.
    pub fn visible(edges: &[f64]) -> Option<Self> {
        let (first, last) = (edges.partition_point(|x| *x <= -f64::MAX), edges.partition_point(|x| *x < f64::MAX));
        let inner = edges.get(first..last).and_then(Self::of_finite).filter(|inner| inner.lo < inner.hi);
        inner.or_else(|| Self::of_finite(edges))
    }

    /// Distance between the ends; infinite if it exceeds `f64::MAX`.
    pub fn width(self) -> f64 {
        self.hi - self.lo
    }

    /// Middle of the segment. If one end is infinite, the finite end; if both are, NaN.
    pub fn center(self) -> f64 {
        match (self.lo.is_finite(), self.hi.is_finite()) {
            (true, false) => self.lo,
            (false, true) => self.hi,
            _ => self.lo / 2.0 + self.hi / 2.0,
        }
    }

    /// Smallest segment that contains both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_print_like_python() {
        assert_eq!(Range { lo: Number::Int(0), hi: Number::Float(1.0) }.to_string(), "[0, 1.0]");
        assert_eq!(Range::floats(-1e-7, f64::INFINITY).to_string(), "[-1e-07, inf]");
    }
}
