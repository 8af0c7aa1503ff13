//! The range of uniform bins: what was asked for, or what the data span.

use super::{Element, Range, Real};
use crate::hist::stats::ends;
use crate::hist::{Error, Number, python_repr};
use std::cmp::Ordering;

/// The outer edges of uniform bins, `lo < hi` unless the half that widens a point is lost to rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Outer {
    pub(crate) lo: Number,
    pub(crate) hi: Number,
    /// Whether the ends are float samples, so that numpy computes in their own type instead of `f64`.
    pub(crate) own: bool,
}

impl Outer {
    /// As numpy detects it; any NaN or infinity refuses.
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

    /// Of samples that are known to reach from `lo` to `hi`.
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

    /// numpy's range of no data: the integers 0 and 1.
    pub(crate) fn default_range() -> Self {
        Self { lo: Number::Int(0), hi: Number::Int(1), own: false }
    }

    /// As it was asked for.
    pub(crate) fn asked(range: Range) -> Result<Self, Error> {
        let Range { lo, hi } = range;
        if lo.compare(hi) == Some(Ordering::Greater) {
            return Err(Error::RangeReversed);
        }
        if !(lo.as_f64().is_finite() && hi.as_f64().is_finite()) {
            return Err(Error::RangeNotFinite(text(lo), text(hi)));
        }
        if lo.compare(hi) == Some(Ordering::Equal) {
            let (lo, hi) = (Number::Float(lo.as_f64() - 0.5), Number::Float(hi.as_f64() + 0.5));
            return Ok(Self { lo, hi, own: false });
        }
        Ok(Self { lo, hi, own: false })
    }

    /// How many samples lie below and above, from how many fell on either side of [`Element::keep`]: where the range has
    /// no value of the type, that could not tell the sides.
    pub(crate) fn sides<T: Element>(&self, (below, above): (u64, u64)) -> (u64, u64) {
        match T::limits() {
            Some((_, most)) if self.lo.compare(most) == Some(Ordering::Greater) => (below + above, 0),
            Some((least, _)) if self.hi.compare(least) == Some(Ordering::Less) => (0, below + above),
            _ => (below, above),
        }
    }

    /// Whether samples are counted between the same edges, however the ends were typed.
    pub(crate) fn is_like<T: Element>(&self, other: &Self) -> bool {
        let all = |of: &Self| (of.lo.as_f64(), of.hi.as_f64(), of.width::<T>(), T::keep(of.lo, of.hi));
        // In f64 it makes no difference whether it is the type of the samples.
        let wide = T::Edge::from_f64(0.1).to_f64() == 0.1;
        all(self) == all(other) && (wide || self.own == other.own)
    }

    /// `hi - lo` as numpy's `_unsigned_subtract`: exact between integers and rounded once, else in the type of the ends.
    pub(crate) fn width<T: Element>(&self) -> f64 {
        match (self.lo, self.hi) {
            (Number::Int(lo), Number::Int(hi)) => hi.wrapping_sub(lo) as u128 as f64,
            (lo, hi) if self.own => T::Edge::from_f64(hi.as_f64()).minus(T::Edge::from_f64(lo.as_f64())).to_f64(),
            (lo, hi) => hi.as_f64() - lo.as_f64(),
        }
    }
}

fn text(number: Number) -> String {
    match number {
        Number::Int(i) => i.to_string(),
        Number::Float(x) => python_repr(x),
    }
}
