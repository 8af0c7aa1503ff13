//! The values of expressions: numbers with bounds, and truth values that may be unknown.

use crate::hist::Bounded;
use crate::text::{format_value, statistic_resolution};
use exmex::{BinOp, FlatEx, MakeOperators, MatchLiteral, Operator};
use std::fmt;
use std::str::FromStr;

/// Names of the functions.
pub(super) const FUNCTIONS: [&str; 3] = ["abs", "sqrt", "log10"];

/// The value of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// A number. NaN bounds mean that it is undefined, such as the mean of nothing.
    Number(Bounded),
    Truth(Truth),
    /// A number was used as a truth value, or the other way around.
    Invalid(&'static str),
}

/// A truth value that bounds may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Truth {
    /// It is true wherever the values are in their bins.
    pub(super) certain: bool,
    /// It is true if the values are at certain places in their bins.
    pub(super) possible: bool,
}

/// A parsed expression.
pub(super) type Expression = FlatEx<Value, Operators, Literals>;

impl Default for Value {
    fn default() -> Self {
        Self::exact(f64::NAN)
    }
}

impl FromStr for Value {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::exact)
    }
}

/// Formats a number with its bounds.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |x: f64| format_value(x, statistic_resolution(x, f64::NAN));
        match self {
            Self::Number(number) if number.at.is_nan() => f.write_str("undefined"),
            Self::Number(number) if number.is_exact() => f.write_str(&text(number.at)),
            Self::Number(Bounded { at, lo, hi }) => write!(f, "{} ({} to {})", text(*at), text(*lo), text(*hi)),
            Self::Truth(truth) => write!(f, "{}", truth.certain),
            Self::Invalid(why) => f.write_str(why),
        }
    }
}

const EXPECTED_NUMBER: &str = "a comparison cannot be used as a number; join comparisons with && or ||";
const EXPECTED_TRUTH: &str = "&&, || and ! need comparisons, as in 'nan == 0 && p99 < 1e-2'";

impl Value {
    pub(super) fn exact(x: f64) -> Self {
        Self::Number(Bounded::exact(x))
    }

    /// Creates a number. Without bounds, it is exact.
    pub(super) fn bounded(number: Bounded) -> Self {
        let known = !number.lo.is_nan() && !number.hi.is_nan();
        Self::Number(if known { number } else { Bounded::exact(number.at) })
    }

    fn monotonic(self, of: fn(f64) -> f64) -> Self {
        match self {
            Self::Number(Bounded { at, lo, hi }) => Self::Number(Bounded { at: of(at), lo: of(lo), hi: of(hi) }),
            Self::Truth(_) => Self::Invalid(EXPECTED_NUMBER),
            invalid @ Self::Invalid(_) => invalid,
        }
    }

    fn negated(self) -> Self {
        match self {
            Self::Number(Bounded { at, lo, hi }) => Self::Number(Bounded { at: -at, lo: -hi, hi: -lo }),
            other => other.monotonic(|x| x),
        }
    }

    fn abs(self) -> Self {
        match self {
            Self::Number(Bounded { at, lo, hi }) => {
                let nearest = if lo.is_nan() { lo } else { lo.max(-hi).max(0.0) };
                Self::Number(Bounded {
                    at: at.abs(),
                    lo: nearest,
                    hi: if hi.is_nan() { hi } else { lo.abs().max(hi.abs()) },
                })
            }
            other => other.monotonic(|x| x),
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Truth(Truth { certain, possible }) => Self::Truth(Truth { certain: !possible, possible: !certain }),
            Self::Number(_) => Self::Invalid(EXPECTED_TRUTH),
            invalid @ Self::Invalid(_) => invalid,
        }
    }

    /// Combines two numbers by an operation that has its extremes at the ends of its arguments.
    fn combined(self, other: Self, of: fn(f64, f64) -> f64) -> Self {
        let (a, b) = match (self, other) {
            (Self::Number(a), Self::Number(b)) => (a, b),
            (Self::Invalid(why), _) | (_, Self::Invalid(why)) => return Self::Invalid(why),
            _ => return Self::Invalid(EXPECTED_NUMBER),
        };
        let ends = [of(a.lo, b.lo), of(a.lo, b.hi), of(a.hi, b.lo), of(a.hi, b.hi)];
        let at = of(a.at, b.at);
        if a.is_exact() && b.is_exact() {
            return Self::exact(at);
        }
        // An end without a value, such as 0 · ∞, leaves the result open.
        let open = ends.iter().any(|end| end.is_nan()) && !at.is_nan();
        let lo = ends.into_iter().fold(f64::INFINITY, f64::min);
        let hi = ends.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Self::Number(match (at.is_nan(), open) {
            (true, _) => Bounded::UNKNOWN,
            (_, true) => Bounded { at, lo: f64::NEG_INFINITY, hi: f64::INFINITY },
            _ => Bounded { at, lo, hi },
        })
    }

    fn divided(self, other: Self) -> Self {
        let open = matches!(other, Self::Number(by) if by.lo < 0.0 && by.hi > 0.0);
        match self.combined(other, |a, b| a / b) {
            Self::Number(number) if open => {
                Self::Number(Bounded { lo: f64::NEG_INFINITY, hi: f64::INFINITY, ..number })
            }
            other => other,
        }
    }

    fn power(self, other: Self) -> Self {
        match (self, other) {
            // A power of numbers of both signs has its extreme inside.
            (Self::Number(a), Self::Number(b)) if a.lo < 0.0 && a.hi > 0.0 => {
                let even = b.is_exact() && b.at > 0.0 && b.at % 2.0 == 0.0;
                match self.abs().combined(other, f64::powf) {
                    found if even => found,
                    Self::Number(found) => Self::Number(Bounded { at: a.at.powf(b.at), lo: -found.hi, hi: found.hi }),
                    other => other,
                }
            }
            _ => self.combined(other, f64::powf),
        }
    }

    fn compared(self, other: Self, of: fn(Bounded, Bounded) -> Truth) -> Self {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Self::Truth(of(a, b)),
            (Self::Invalid(why), _) | (_, Self::Invalid(why)) => Self::Invalid(why),
            _ => Self::Invalid(EXPECTED_NUMBER),
        }
    }

    fn joined(self, other: Self, of: fn(bool, bool) -> bool) -> Self {
        match (self, other) {
            (Self::Truth(a), Self::Truth(b)) => {
                Self::Truth(Truth { certain: of(a.certain, b.certain), possible: of(a.possible, b.possible) })
            }
            (Self::Invalid(why), _) | (_, Self::Invalid(why)) => Self::Invalid(why),
            _ => Self::Invalid(EXPECTED_TRUTH),
        }
    }
}

/// Compares as floats do: a comparison with an undefined number is false.
fn less(a: Bounded, b: Bounded) -> Truth {
    Truth { certain: a.hi < b.lo, possible: a.lo < b.hi }
}

fn at_most(a: Bounded, b: Bounded) -> Truth {
    Truth { certain: a.hi <= b.lo, possible: a.lo <= b.hi }
}

fn equal(a: Bounded, b: Bounded) -> Truth {
    Truth { certain: a.lo == b.hi && a.hi == b.lo, possible: a.lo <= b.hi && b.lo <= a.hi }
}

/// The operators.
#[derive(Debug, Clone)]
pub(super) struct Operators;

impl MakeOperators<Value> for Operators {
    fn make<'a>() -> Vec<Operator<'a, Value>> {
        let binary = |name, prio, apply| Operator::make_bin(name, BinOp { apply, prio, is_commutative: false });
        vec![
            binary("||", 0, |a: Value, b: Value| a.joined(b, |a, b| a || b)),
            binary("&&", 1, |a, b| a.joined(b, |a, b| a && b)),
            binary("<=", 2, |a, b| a.compared(b, at_most)),
            binary(">=", 2, |a, b| b.compared(a, at_most)),
            binary("==", 2, |a, b| a.compared(b, equal)),
            binary("!=", 2, |a, b| a.compared(b, equal).not()),
            binary("<", 2, |a, b| a.compared(b, less)),
            binary(">", 2, |a, b| b.compared(a, less)),
            binary("+", 3, |a, b| a.combined(b, |a, b| a + b)),
            Operator::make_bin_unary(
                "-",
                BinOp { apply: |a: Value, b: Value| a.combined(b, |a, b| a - b), prio: 4, is_commutative: false },
                Value::negated,
            ),
            binary("*", 5, |a, b| a.combined(b, |a, b| a * b)),
            binary("/", 6, Value::divided),
            binary("^", 7, Value::power),
            Operator::make_unary("!", Value::not),
            Operator::make_unary("abs", Value::abs),
            Operator::make_unary("sqrt", |x| x.monotonic(f64::sqrt)),
            Operator::make_unary("log10", |x| x.monotonic(f64::log10)),
        ]
    }
}

/// Numbers such as `1e-2`.
#[derive(Debug, Clone)]
pub(super) struct Literals;

impl MatchLiteral for Literals {
    fn is_literal(text: &str) -> Option<&str> {
        literal(text)
    }
}

/// Returns the number at the start of a text.
pub(super) fn literal(text: &str) -> Option<&str> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    let mut end = whole;
    if text[end..].starts_with('.') {
        let fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if end == 0 {
        return None;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['-', '+']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    Some(&text[..end])
}

/// Parses an expression whose names are in braces.
pub(super) fn parse(text: &str) -> Result<Expression, String> {
    use exmex::Express as _;
    if text.trim().is_empty() {
        return Err("expected a comparison, as in 'p99 < 1e-2'".to_owned());
    }
    FlatEx::parse(text).map_err(|why| why.msg().to_owned())
}
