//! Arithmetic of numbers with bounds. NaN bounds mean that a number is undefined, such as the mean of nothing.

use crate::hist::Bounded;
use crate::text::{format_value, statistic_resolution};

/// A truth value that bounds may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    /// It is true wherever the values are in their bins.
    pub(super) certain: bool,
    /// It is true if the values are at certain places in their bins.
    pub(super) possible: bool,
}

impl Truth {
    pub(super) fn not(self) -> Self {
        Self { certain: !self.possible, possible: !self.certain }
    }

    pub(super) fn joined(self, other: Self, of: fn(bool, bool) -> bool) -> Self {
        Self { certain: of(self.certain, other.certain), possible: of(self.possible, other.possible) }
    }
}

/// Formats a number with its bounds.
pub(super) fn shown(number: Bounded) -> String {
    let text = |x: f64| format_value(x, statistic_resolution(x, f64::NAN));
    match number {
        _ if number.at.is_nan() => "undefined".to_owned(),
        _ if number.is_exact() => text(number.at),
        Bounded { at, lo, hi } => format!("{} ({} to {})", text(at), text(lo), text(hi)),
    }
}

/// Makes a number without bounds exact.
pub(super) fn bounded(number: Bounded) -> Bounded {
    let known = !number.lo.is_nan() && !number.hi.is_nan();
    if known { number } else { Bounded::exact(number.at) }
}

fn monotonic(Bounded { at, lo, hi }: Bounded, of: fn(f64) -> f64) -> Bounded {
    Bounded { at: of(at), lo: of(lo), hi: of(hi) }
}

pub(super) fn sqrt(number: Bounded) -> Bounded {
    monotonic(number, f64::sqrt)
}

pub(super) fn log10(number: Bounded) -> Bounded {
    monotonic(number, f64::log10)
}

pub(super) fn negated(Bounded { at, lo, hi }: Bounded) -> Bounded {
    Bounded { at: -at, lo: -hi, hi: -lo }
}

pub(super) fn abs(Bounded { at, lo, hi }: Bounded) -> Bounded {
    let nearest = if lo.is_nan() { lo } else { lo.max(-hi).max(0.0) };
    Bounded { at: at.abs(), lo: nearest, hi: if hi.is_nan() { hi } else { lo.abs().max(hi.abs()) } }
}

/// Combines two numbers by an operation that has its extremes at the ends of its arguments.
fn combined(a: Bounded, b: Bounded, of: fn(f64, f64) -> f64) -> Bounded {
    let at = of(a.at, b.at);
    if a.is_exact() && b.is_exact() {
        return Bounded::exact(at);
    }
    let ends = [of(a.lo, b.lo), of(a.lo, b.hi), of(a.hi, b.lo), of(a.hi, b.hi)];
    // An end without a value, such as 0 · ∞, leaves the result open.
    let open = ends.iter().any(|end| end.is_nan()) && !at.is_nan();
    let lo = ends.into_iter().fold(f64::INFINITY, f64::min);
    let hi = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
    match (at.is_nan(), open) {
        (true, _) => Bounded::UNKNOWN,
        (_, true) => Bounded { at, lo: f64::NEG_INFINITY, hi: f64::INFINITY },
        _ => Bounded { at, lo, hi },
    }
}

pub(super) fn sum(a: Bounded, b: Bounded) -> Bounded {
    combined(a, b, |a, b| a + b)
}

pub(super) fn difference(a: Bounded, b: Bounded) -> Bounded {
    combined(a, b, |a, b| a - b)
}

pub(super) fn product(a: Bounded, b: Bounded) -> Bounded {
    combined(a, b, |a, b| a * b)
}

pub(super) fn quotient(a: Bounded, b: Bounded) -> Bounded {
    let found = combined(a, b, |a, b| a / b);
    let open = b.lo < 0.0 && b.hi > 0.0;
    if open { Bounded { lo: f64::NEG_INFINITY, hi: f64::INFINITY, ..found } } else { found }
}

pub(super) fn power(a: Bounded, b: Bounded) -> Bounded {
    if !(a.lo < 0.0 && a.hi > 0.0) {
        return combined(a, b, f64::powf);
    }
    // A power of numbers of both signs has its extreme inside.
    let found = combined(abs(a), b, f64::powf);
    let even = b.is_exact() && b.at > 0.0 && b.at % 2.0 == 0.0;
    if even { found } else { Bounded { at: a.at.powf(b.at), lo: -found.hi, hi: found.hi } }
}

/// Compares as floats do: a comparison with an undefined number is false.
pub(super) fn less(a: Bounded, b: Bounded) -> Truth {
    Truth { certain: a.hi < b.lo, possible: a.lo < b.hi }
}

pub(super) fn at_most(a: Bounded, b: Bounded) -> Truth {
    Truth { certain: a.hi <= b.lo, possible: a.lo <= b.hi }
}

pub(super) fn equal(a: Bounded, b: Bounded) -> Truth {
    Truth { certain: a.lo == b.hi && a.hi == b.lo, possible: a.lo <= b.hi && b.lo <= a.hi }
}
