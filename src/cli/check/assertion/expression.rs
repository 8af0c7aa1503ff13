//! Parsed expressions. Numbers and conditions are separate types, so that no evaluation can confuse them.

use super::Variable;
use super::bounds::Truth;
use crate::hist::Bounded;

/// A function of one number.
pub(super) type Function = fn(Bounded) -> Bounded;

/// An expression whose value is a number.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Literal(f64),
    Variable(Variable),
    Function(Function, Box<Number>),
    Operation(fn(Bounded, Bounded) -> Bounded, Box<[Number; 2]>),
}

/// An expression whose value is a truth value.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Comparison(fn(Bounded, Bounded) -> Truth, Box<[Number; 2]>),
    Not(Box<Condition>),
    Joined(fn(bool, bool) -> bool, Box<[Condition; 2]>),
}

impl Number {
    pub(super) fn value(&self, of: &impl Fn(Variable) -> Bounded) -> Bounded {
        match self {
            Self::Literal(x) => Bounded::exact(*x),
            Self::Variable(variable) => of(*variable),
            Self::Function(apply, argument) => apply(argument.value(of)),
            Self::Operation(apply, sides) => apply(sides[0].value(of), sides[1].value(of)),
        }
    }
}

impl Condition {
    pub(super) fn holds(&self, of: &impl Fn(Variable) -> Bounded) -> Truth {
        match self {
            Self::Comparison(apply, sides) => apply(sides[0].value(of), sides[1].value(of)),
            Self::Not(inner) => inner.holds(of).not(),
            Self::Joined(apply, sides) => sides[0].holds(of).joined(sides[1].holds(of), *apply),
        }
    }

    /// Returns both sides of a single comparison.
    pub(super) fn sides(&self) -> Option<&[Number; 2]> {
        if let Self::Comparison(_, sides) = self { Some(sides) } else { None }
    }
}
