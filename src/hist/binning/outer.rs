//! Range of uniform bins: given by the caller, or detected from the samples.

use super::{Element, Real};
use crate::hist::stats::ends;
use crate::hist::{Error, Number, Range, number_repr, python_repr};
use std::cmp::Ordering;

/// Outer edges of uniform bins. `lo < hi`, unless a single point is so large that widening it by one half rounds away.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outer {
    pub(crate) lo: Number,
    pub(crate) hi: Number,
    /// True if the ends are float samples. numpy then computes in their own type instead of `f64`.
    pub(crate) own: bool,
}

impl Outer {
    /// Range of the samples, as numpy detects it. NaN and infinities are errors.
    pub(crate) fn detect<T: Element>(values: &[T]) -> Result<Self, Error> {
        let Some((lo, hi)) = ends(values) else { return Ok(Self::default_range()) };
        if values.iter().any(|x| x.partial_cmp(x).is_none()) {
            return Err(Error::DataNotFinite(python_repr(f64::NAN), python_repr(f64::NAN)));
        }
        if !(lo.is_finite() && hi.is_finite()) {
            return Err(Error::DataNotFinite(python_repr(lo.to_f64()), python_repr(hi.to_f64())));
        }
        Ok(Self::spanned::<T>(Range { lo: lo.number(), hi: hi.number() }))
    }

    /// Range of finite samples with this minimum and maximum.
    pub(crate) fn spanned<T: Element>(range: Range) -> Self {
        if range.lo.compare(range.hi) == Some(Ordering::Equal) {
            let widen = |x: Number, by: f64| match x {
                Number::Float(x) => T::Edge::from_f64(x).plus(T::Edge::from_f64(by)).to_f64(),
                Number::Int(i) => i as f64 + by,
            };
            let (lo, hi) = (Number::Float(widen(range.lo, -0.5)), Number::Float(widen(range.hi, 0.5)));
            return Self { lo, hi, own: !T::INTEGER };
        }
        Self { lo: range.lo, hi: range.hi, own: !T::INTEGER }
    }

    /// numpy's range without data: the integers 0 and 1.
    pub(crate) fn default_range() -> Self {
        Self { lo: Number::Int(0), hi: Number::Int(1), own: false }
    }

    /// Range given by the caller.
    pub(crate) fn given(range: Range) -> Result<Self, Error> {
        let Range { lo, hi } = range;
        if lo.compare(hi) == Some(Ordering::Greater) {
            return Err(Error::RangeReversed);
        }
        if !(lo.as_f64().is_finite() && hi.as_f64().is_finite()) {
            return Err(Error::RangeNotFinite(number_repr(lo), number_repr(hi)));
        }
        if lo.compare(hi) == Some(Ordering::Equal) {
            let (lo, hi) = (Number::Float(lo.as_f64() - 0.5), Number::Float(hi.as_f64() + 0.5));
            return Ok(Self { lo, hi, own: false });
        }
        Ok(Self { lo, hi, own: false })
    }

    /// Range with these ends, also if they are equal.
    pub(crate) fn given_exactly(range: Range) -> Self {
        Self { lo: range.lo, hi: range.hi, own: false }
    }

    /// Range between the outer edges.
    pub(crate) fn range(&self) -> Range {
        Range { lo: self.lo, hi: self.hi }
    }

    /// Corrects the numbers of samples below and above the interval of [`Element::keep`]. If the range is outside the
    /// limits of the sample type, the interval is empty and all samples belong to one side.
    pub(crate) fn sides<T: Element>(&self, (below, above): (u64, u64)) -> (u64, u64) {
        match T::limits() {
            Some((_, most)) if self.lo.compare(most) == Some(Ordering::Greater) => (below + above, 0),
            Some((least, _)) if self.hi.compare(least) == Some(Ordering::Less) => (0, below + above),
            _ => (below, above),
        }
    }

    /// Returns true if both ranges give the same edges for samples of type `T`, for example `0` and `0.0`.
    pub(crate) fn is_like<T: Element>(&self, other: &Self) -> bool {
        let all = |of: &Self| (of.lo.as_f64(), of.hi.as_f64(), of.width::<T>(), T::keep(of.lo, of.hi));
        // For f64 edges, both settings of `own` compute the same.
        let wide = T::Edge::from_f64(0.1).to_f64() == 0.1;
        all(self) == all(other) && (wide || self.own == other.own)
    }

    /// `hi - lo` like numpy's `_unsigned_subtract`: for integers exact, then rounded once; else in the type of the ends.
    pub(crate) fn width<T: Element>(&self) -> f64 {
        match (self.lo, self.hi) {
            (Number::Int(lo), Number::Int(hi)) => hi.wrapping_sub(lo) as u128 as f64,
            (lo, hi) if self.own => T::Edge::from_f64(hi.as_f64()).minus(T::Edge::from_f64(lo.as_f64())).to_f64(),
            (lo, hi) => hi.as_f64() - lo.as_f64(),
        }
    }
}
