//! Parsers of option values. Numbers are read like Python literals: `1` is an integer, `1.0` and `1e0` are floats.

use crate::hist::{Bins, Edges, Error, MAX_BINS, Number, Numbers, Range, Rule};
use clap::Arg;
use clap::builder::{OsStringValueParser, PossibleValue, TypedValueParser};
use std::cmp::Ordering;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::str::FromStr;

const EMPTY: &str = "must not be empty";

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

/// The steps of a series that a command applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::cli) enum Step {
    First,
    #[default]
    Last,
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
            number => number.parse().map(Self::Number).map_err(|_| "expected a step number, first, last or all"),
        }
    }
}

/// Parses a path.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    let path = |name: OsString| if name.is_empty() { Err(EMPTY) } else { Ok(PathBuf::from(name)) };
    OsStringValueParser::new().try_map(path)
}

/// Parses a text of at least one character.
pub(super) fn not_empty(text: &str) -> Result<String, &'static str> {
    if text.is_empty() { Err(EMPTY) } else { Ok(text.to_owned()) }
}

/// Parses a width or a height, from 1 to `MOST`.
pub(super) fn size<const MOST: u16>(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|n| (1..=MOST).contains(n)).ok_or_else(|| format!("expected 1 to {MOST}"))
}

/// Parses a probability.
pub(super) fn probability(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|p| (0.0..=1.0).contains(p)).ok_or("expected a number from 0 to 1")
}

/// Parses `LO,HI`.
///
/// `LO` may equal `HI`: numpy then widens the range by 0.5 on either side. An infinite end is valid for logged histograms.
pub(super) fn range(text: &str) -> Result<Range, String> {
    let (lo, hi) = text.split_once(',').ok_or("expected two numbers, such as -1,2.5")?;
    let range = Range { lo: number(lo)?, hi: number(hi)? };
    match range.lo.compare(range.hi) {
        None => Err("a range cannot contain NaN".into()),
        Some(Ordering::Greater) => Err("LO must not be greater than HI".into()),
        Some(Ordering::Equal) if !is_finite(range) => Err("the range must be finite".into()),
        Some(_) => Ok(range),
    }
}

/// Parses `LO,HI` with finite ends, which samples require.
pub(super) fn finite_range(text: &str) -> Result<Range, String> {
    range(text).and_then(|range| if is_finite(range) { Ok(range) } else { Err("the range must be finite".into()) })
}

fn is_finite(range: Range) -> bool {
    range.lo.as_f64().is_finite() && range.hi.as_f64().is_finite()
}

/// Parses `E0,E1,…`. Equal edges are valid: they enclose a bin of zero width.
pub(super) fn edges(text: &str) -> Result<Numbers, String> {
    let edges: Numbers = text.split(',').map(number).collect::<Result<_, _>>()?;
    match edges.len() {
        0 | 1 => return Err("expected at least 2 edges".into()),
        n if n > MAX_BINS + 1 => return Err(format!("{} bins exceed the maximum of {MAX_BINS}", n - 1)),
        _ => {}
    }
    Edges::new(edges.clone()).map_err(|error| match error {
        Error::EdgeNan(_) => "an edge cannot be NaN".into(),
        Error::EdgeInfinite(_) => "only the first and the last edge can be infinite".into(),
        Error::EdgesNotMonotonic => "edges must not decrease".into(),
        error => error.to_string(),
    })?;
    Ok(edges)
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
    fn numbers_are_integers_or_floats_as_in_python() {
        assert_eq!(range("0,10"), Ok(Range { lo: Number::Int(0), hi: Number::Int(10) }));
        assert_eq!(range("-1, 2.0"), Ok(Range { lo: Number::Int(-1), hi: Number::Float(2.0) }));
        assert_eq!(range("-inf,1e3"), Ok(Range { lo: Number::Float(f64::NEG_INFINITY), hi: Number::Float(1e3) }));
        assert_eq!(range("1,2,3"), Err("'2,3' is not a number".into()));
        assert!(range("1").is_err() && range("1,").is_err());
        assert_eq!(edges("0,.5,1").unwrap().as_f64(), [0.0, 0.5, 1.0]);
        assert!(edges("").is_err());
    }

    #[test]
    fn ranges_must_not_decrease() {
        assert!(range("3,3").is_ok() && finite_range("3,3").is_ok());
        assert_eq!(range("3,1"), Err("LO must not be greater than HI".into()));
        assert_eq!(range("9007199254740993,9007199254740992"), Err("LO must not be greater than HI".into()));
        assert_eq!(range("nan,1"), Err("a range cannot contain NaN".into()));
        for text in ["inf,inf", "-inf,-inf"] {
            assert_eq!(range(text), Err("the range must be finite".into()), "{text}");
        }
        assert!(range("0,inf").is_ok());
        assert_eq!(finite_range("0,inf"), Err("the range must be finite".into()));
    }

    #[test]
    fn edges_must_not_decrease() {
        let list = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
        assert!(edges("1,1,2").is_ok() && edges("-inf,0,inf").is_ok() && edges(&list(513)).is_ok());
        assert_eq!(edges("3,1"), Err("edges must not decrease".into()));
        assert_eq!(edges("0,nan,1"), Err("an edge cannot be NaN".into()));
        assert_eq!(edges("0,inf,inf"), Err("only the first and the last edge can be infinite".into()));
        assert_eq!(edges("1"), Err("expected at least 2 edges".into()));
        assert_eq!(edges(&list(514)), Err("513 bins exceed the maximum of 512".into()));
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
