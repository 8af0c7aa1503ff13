//! Values of options, from text. Numbers are read as Python reads them: `1` is an integer, `1.0` and `1e0` are not.

use crate::hist::{Number, Numbers, Range, Rule};
use clap::Arg;
use clap::builder::{PossibleValue, TypedValueParser};
use std::ffi::OsStr;
use std::str::FromStr;

/// How many bins. Numbers that no histogram can have are refused where bins are made, in numpy's and W&B's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Bins {
    Count(usize),
    Rule(Rule),
}

impl FromStr for Bins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match number(text) {
            // Any number below one is refused like zero, any too large one like the largest.
            Ok(Number::Int(n)) => Ok(Self::Count(n.clamp(0, i128::from(i32::MAX)) as usize)),
            Ok(Number::Float(_)) => Err("`bins` must be an integer, a string, or an array".into()),
            Err(_) => Rule::parse(text).map(Self::Rule).map_err(|_| {
                let rules: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
                format!("'{text}' is not a valid estimator for `bins` ({})", rules.join(", "))
            }),
        }
    }
}

/// Reads them, and tells shells which rules there are.
#[derive(Debug, Clone, Copy)]
pub(super) struct BinsParser;

impl TypedValueParser for BinsParser {
    type Value = Bins;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<Bins, clap::Error> {
        Bins::from_str.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Rule::ALL.iter().map(|rule| PossibleValue::new(rule.name()))))
    }
}

/// Which step of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::cli) enum Step {
    First,
    #[default]
    Last,
    /// Every one.
    All,
    Number(i64),
}

impl FromStr for Step {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "first" => Ok(Self::First),
            "last" => Ok(Self::Last),
            "all" => Ok(Self::All),
            number => number.parse().map(Self::Number).map_err(|_| "neither a step number nor first, last or all"),
        }
    }
}

/// `LO,HI`.
pub(super) fn range(text: &str) -> Result<Range, String> {
    let (lo, hi) = text.split_once(',').ok_or("two numbers with a comma between them are expected, such as -1,2.5")?;
    Ok(Range { lo: number(lo)?, hi: number(hi)? })
}

/// `E0,E1,…`.
pub(super) fn edges(text: &str) -> Result<Numbers, String> {
    text.split(',').map(number).collect()
}

fn number(text: &str) -> Result<Number, String> {
    let text = text.trim();
    let int = text.parse().map(Number::Int);
    int.or_else(|_| text.parse().map(Number::Float)).map_err(|_| format!("'{text}' is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_pythons() {
        assert_eq!(range("0,10"), Ok(Range { lo: Number::Int(0), hi: Number::Int(10) }));
        assert_eq!(range("-1, 2.0"), Ok(Range { lo: Number::Int(-1), hi: Number::Float(2.0) }));
        assert_eq!(range("-inf,1e3"), Ok(Range { lo: Number::Float(f64::NEG_INFINITY), hi: Number::Float(1e3) }));
        assert_eq!(range("1,2,3"), Err("'2,3' is not a number".into()));
        assert!(range("1").is_err() && range("1,").is_err());
        assert_eq!(edges("0,.5,1").unwrap().as_f64(), [0.0, 0.5, 1.0]);
        assert!(edges("").is_err());
    }

    #[test]
    fn bins_are_numbers_or_rules() {
        assert_eq!("64".parse(), Ok(Bins::Count(64)));
        assert_eq!("-3".parse(), Ok(Bins::Count(0)));
        assert_eq!("99999999999999999999".parse(), Ok(Bins::Count(i32::MAX as usize)));
        assert_eq!("fd".parse(), Ok(Bins::Rule(Rule::Fd)));
        assert!("2.0".parse::<Bins>().is_err() && "FD".parse::<Bins>().is_err());
    }
}
