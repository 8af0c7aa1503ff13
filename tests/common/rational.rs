//! `numpy.histogram` in exact rational arithmetic, with one rounding per operation, independent of the processor's floats.

use num_bigint::{BigInt, Sign};
use rebin::hist::{DType, Number};
use std::cmp::Ordering;

/// Binary floating-point format.
#[derive(Clone, Copy)]
struct Format {
    /// Bits of the significand.
    precision: i64,
    /// Exponent of the smallest positive number.
    least: i64,
    /// Exponent of the smallest power of two above all numbers.
    overflow: i64,
}

const F16: Format = Format { precision: 11, least: -24, overflow: 16 };
const F32: Format = Format { precision: 24, least: -149, overflow: 128 };
const F64: Format = Format { precision: 53, least: -1074, overflow: 1024 };

impl Format {
    /// Rounds `numerator / denominator` to the nearest number, ties to even.
    fn round(self, numerator: &BigInt, denominator: &BigInt) -> f64 {
        let negative = (numerator.sign() == Sign::Minus) != (denominator.sign() == Sign::Minus);
        let (a, b) = (BigInt::from(numerator.magnitude().clone()), BigInt::from(denominator.magnitude().clone()));
        if a.sign() == Sign::NoSign {
            return 0.0;
        }
        let size = a.bits() as i64 - b.bits() as i64;
        let mut exponent = (size - self.precision).max(self.least);
        let divide = |exponent: i64| {
            let (a, b) = if exponent < 0 { (&a << -exponent, b.clone()) } else { (a.clone(), &b << exponent) };
            let (quotient, rest) = (&a / &b, &a % &b);
            let up = match (rest << 1u8).cmp(&b) {
                Ordering::Less => false,
                Ordering::Equal => quotient.bit(0),
                Ordering::Greater => true,
            };
            (quotient.bits() as i64, quotient + BigInt::from(u8::from(up)))
        };
        let (mut bits, mut rounded) = divide(exponent);
        if bits > self.precision {
            exponent += 1;
            (bits, rounded) = divide(exponent);
        }
        assert!(bits <= self.precision);
        let limit = BigInt::from(1) << (self.overflow - exponent).max(0);
        let magnitude = if rounded >= limit { f64::INFINITY } else { float(&rounded, exponent) };
        if negative { -magnitude } else { magnitude }
    }

    fn of(self, x: f64) -> f64 {
        if !x.is_finite() {
            return x;
        }
        let (a, scale) = fraction(x);
        self.round(&a, &scale)
    }

    fn subtract(self, a: f64, b: f64) -> f64 {
        self.add(a, -b)
    }

    fn add(self, a: f64, b: f64) -> f64 {
        if !(a.is_finite() && b.is_finite()) {
            return a + b;
        }
        let ((a, a_scale), (b, b_scale)) = (fraction(a), fraction(b));
        self.round(&(a * &b_scale + b * &a_scale), &(a_scale * b_scale))
    }

    fn multiply(self, a: f64, b: f64) -> f64 {
        if !(a.is_finite() && b.is_finite()) {
            return a * b;
        }
        let ((a, a_scale), (b, b_scale)) = (fraction(a), fraction(b));
        self.round(&(a * b), &(a_scale * b_scale))
    }

    fn divide(self, a: f64, b: f64) -> f64 {
        if !(a.is_finite() && b.is_finite()) || b == 0.0 {
            return a / b;
        }
        let ((a, a_scale), (b, b_scale)) = (fraction(a), fraction(b));
        self.round(&(a * b_scale), &(b * a_scale))
    }
}

/// Exact numerator and denominator of a finite float.
fn fraction(x: f64) -> (BigInt, BigInt) {
    let bits = x.to_bits();
    let (stored, exponent) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7FF) as i64);
    let (significand, exponent) = if exponent == 0 { (stored, -1074) } else { (stored | 1 << 52, exponent - 1075) };
    let signed = if x < 0.0 { -BigInt::from(significand) } else { BigInt::from(significand) };
    let one = BigInt::from(1);
    if exponent < 0 { (signed, one << -exponent) } else { (signed << exponent, one) }
}

/// `significand · 2^exponent`, which must be representable.
fn float(significand: &BigInt, exponent: i64) -> f64 {
    let significand = significand.iter_u64_digits().next().unwrap_or(0) as f64;
    let power =
        |e: i64| if e < -1022 { f64::from_bits(1 << (e + 1074)) } else { f64::from_bits(((e + 1023) as u64) << 52) };
    significand * power(exponent)
}

fn as_f64(number: Number) -> f64 {
    match number {
        Number::Float(x) => x,
        Number::Int(i) => F64.round(&BigInt::from(i), &BigInt::from(1)),
    }
}

/// Edges and counts of `n` bins over `[lo, hi]`, given as Python numbers. `None` if an edge is not finite or not above the
/// one before. Where numpy fails on an index, values are compared with the edges.
pub(crate) fn histogram(
    values: &[Number],
    dtype: DType,
    (lo, hi): (Number, Number),
    n: usize,
) -> Option<(Vec<f64>, Vec<u64>)> {
    let own = match dtype {
        DType::F16 => F16,
        DType::F32 => F32,
        _ => F64,
    };
    let (low, high, bins) = (as_f64(lo), as_f64(hi), n as f64);
    let width = F64.subtract(high, low);
    let step = F64.divide(width, bins);
    let edge = |i: usize| {
        let i = i as f64;
        let offset = if step == 0.0 { F64.multiply(F64.divide(i, bins), width) } else { F64.multiply(i, step) };
        own.of(F64.add(offset, low))
    };
    let edges: Vec<f64> = (0..n).map(edge).chain([own.of(high)]).collect();
    if edges.iter().any(|edge| !edge.is_finite()) || edges.windows(2).any(|pair| pair[0] >= pair[1]) {
        return None;
    }
    let width = match (lo, hi) {
        (Number::Int(lo), Number::Int(hi)) => as_f64(Number::Int(hi - lo)),
        _ => width,
    };
    let mut counts = vec![0; n];
    for value in values {
        let x = as_f64(*value);
        let inside = |bound: Number, outside: Ordering| {
            let order = match (*value, bound) {
                (Number::Int(x), Number::Int(bound)) => Some(x.cmp(&bound)),
                _ => x.partial_cmp(&own.of(as_f64(bound))),
            };
            order.is_some_and(|order| order != outside)
        };
        if !(inside(lo, Ordering::Less) && inside(hi, Ordering::Greater)) {
            continue;
        }
        let position = F64.multiply(F64.divide(own.subtract(x, own.of(low)), width), bins);
        let bin = if position.is_finite() && position < bins + 1.0 {
            let bin = (position as usize).min(n - 1);
            let bin = if x < edges[bin] { bin - 1 } else { bin };
            if x >= edges[bin + 1] && bin != n - 1 { bin + 1 } else { bin }
        } else {
            edges[1..n].iter().filter(|edge| **edge <= x).count()
        };
        counts[bin] += 1;
    }
    Some((edges, counts))
}
