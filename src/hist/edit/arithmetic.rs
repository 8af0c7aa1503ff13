//! Checked arithmetic on numbers: exact for integers, ordinary for floats, an error on overflow.

use super::{Number, overflow};
use crate::hist::Error;

/// 2⁵³: up to here, every integer has its own `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

pub(super) fn sum(a: Number, b: Number) -> Result<Number, Error> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.checked_add(b).map(Number::Int).ok_or_else(overflow),
        _ => float(a.as_f64() + b.as_f64(), a, b),
    }
}

pub(super) fn difference(a: Number, b: Number) -> Result<Number, Error> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.checked_sub(b).map(Number::Int).ok_or_else(overflow),
        _ => float(a.as_f64() - b.as_f64(), a, b),
    }
}

/// Product. An integer times a float is an integer if the result is whole.
pub(super) fn product(a: Number, b: Number) -> Result<Number, Error> {
    let exact = |i: i128| i.unsigned_abs() <= EXACT as u128;
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => a.checked_mul(b).map(Number::Int).ok_or_else(overflow),
        (Number::Int(i), Number::Float(x)) if exact(i) => {
            let product = i as f64 * x;
            let whole = product.fract() == 0.0 && product.abs() <= EXACT;
            if whole { Ok(Number::Int(product as i128)) } else { float(product, a, b) }
        }
        _ => float(a.as_f64() * b.as_f64(), a, b),
    }
}

pub(super) fn half(a: Number) -> Number {
    match a {
        Number::Int(i) if i % 2 == 0 => Number::Int(i / 2),
        a => Number::Float(a.as_f64() / 2.0),
    }
}

/// Result of an operation on two numbers; an error if both are finite and the result is not.
fn float(x: f64, a: Number, b: Number) -> Result<Number, Error> {
    let overflows = !x.is_finite() && a.as_f64().is_finite() && b.as_f64().is_finite();
    if overflows { Err(overflow()) } else { Ok(Number::Float(x)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_integers_if_possible() {
        let (int, float) = (Number::Int, Number::Float);
        assert_eq!(sum(int(1 << 70), int(1)), Ok(int((1 << 70) + 1)));
        assert_eq!(sum(int(1), float(0.5)), Ok(float(1.5)));
        assert_eq!(difference(int(1), int(3)), Ok(int(-2)));
        assert_eq!(product(int(4), float(0.5)), Ok(int(2)));
        assert_eq!(product(int(3), float(0.5)), Ok(float(1.5)));
        assert_eq!(product(float(2.0), float(0.5)), Ok(float(1.0)));
        assert_eq!(product(float(0.5), int(2)), Ok(float(1.0)));
        assert_eq!([half(int(4)), half(int(3))], [int(2), float(1.5)]);
    }

    #[test]
    fn overflow_is_an_error() {
        assert_eq!(sum(Number::Int(i128::MAX), Number::Int(1)), Err(overflow()));
        assert_eq!(difference(Number::Int(i128::MIN), Number::Int(1)), Err(overflow()));
        assert_eq!(product(Number::Int(i128::MAX), Number::Int(2)), Err(overflow()));
        assert_eq!(product(Number::Float(f64::MAX), Number::Int(2)), Err(overflow()));
        assert_eq!(sum(Number::Float(f64::MAX), Number::Float(f64::MAX)), Err(overflow()));
        assert!(matches!(sum(Number::Float(f64::INFINITY), Number::Int(1)), Ok(Number::Float(f64::INFINITY))));
    }
}
