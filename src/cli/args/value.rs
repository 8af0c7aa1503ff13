//! Values of options, from text. Numbers are read as Python reads them: `1` is an integer, `1.0` and `1e0` are not.

use crate::hist::{Bins, MAX_BINS, Number, Numbers, Range, Rule};
use clap::Arg;
use clap::builder::{PossibleValue, TypedValueParser};
use std::ffi::OsStr;
use std::str::FromStr;

/// Parses a number of bins or a rule, and lists the rules for shell completion.
#[derive(Debug, Clone, Copy)]
pub(super) struct BinsParser;

impl TypedValueParser for BinsParser {
    type Value = Bins;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<Bins, clap::Error> {
        bins.parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Rule::ALL.iter().map(|rule| PossibleValue::new(rule.name()))))
    }
}

fn bins(text: &str) -> Result<Bins, String> {
    let count = text.parse().ok().filter(|n| (1..=MAX_BINS).contains(n)).map(Bins::Count);
    count.or_else(|| Rule::parse(text).ok().map(Bins::Rule)).ok_or_else(|| {
        let rules: Vec<&str> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        format!("expected 1 to {MAX_BINS}, or a rule ({})", rules.join(", "))
    })
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
        assert_eq!(["1", "512"].map(bins), [Ok(Bins::Count(1)), Ok(Bins::Count(512))]);
        assert_eq!(bins("fd"), Ok(Bins::Rule(Rule::Fd)));
        let expected = "expected 1 to 512, or a rule (auto, fd, scott, doane, rice, stone, sturges, sqrt)";
        for text in ["0", "-3", "513", "99999999999999999999", "2.0", "FD", ""] {
            assert_eq!(bins(text), Err(expected.into()), "{text}");
        }
    }
}
