//! Parsers for the numbers that are typed in prompts.

use crate::hist::{Number, Range, Statistic};

/// Parses two numbers separated by a comma or spaces. Integers stay integers.
///
/// # Errors
/// A sentence that describes the expected form.
pub(super) fn two_numbers(text: &str) -> Result<Range, String> {
    let mut words = text.split([',', ' ']).filter(|word| !word.is_empty());
    match (words.next().and_then(number), words.next().and_then(number), words.next()) {
        (Some(lo), Some(hi), None) => Ok(Range { lo, hi }),
        _ => Err("enter two numbers, such as -1, 2.5".into()),
    }
}

/// Parses two quantiles, the smaller first, as fractions or percentages: `0.01, 0.99` or `1%, 99%`.
///
/// # Errors
/// A sentence that describes the expected form.
pub(super) fn two_quantiles(text: &str) -> Result<(f64, f64), String> {
    let fraction = |word: &str| match word.strip_suffix('%') {
        Some(percent) => Some(number(percent)?.as_f64() / 100.0),
        None => Some(number(word)?.as_f64()),
    };
    let text = text.replace(" %", "%");
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    match words.map(fraction).collect::<Vec<_>>()[..] {
        [Some(lo), Some(hi)] if 0.0 <= lo && lo < hi && hi <= 1.0 => Ok((lo, hi)),
        _ => Err("enter two quantiles between 0 and 1, such as 0.01, 0.99 or 1%, 99%".into()),
    }
}

/// Parses percentiles, such as `99.9`, `p99.9` or `0.1, 99.9 %`, to probabilities.
///
/// # Errors
/// A sentence that describes the expected form.
pub(super) fn percentiles(text: &str) -> Result<Vec<f64>, String> {
    let text = text.replace(" %", "%");
    let words = text.split([',', ' ']).filter(|word| !word.is_empty());
    let parse = |word: &str| {
        let word = word.strip_prefix('p').unwrap_or(word);
        let word = word.strip_suffix('%').unwrap_or(word);
        Statistic::parse(&format!("p{word}"))?.probability()
    };
    let found: Option<Vec<f64>> = words.map(parse).collect();
    found
        .filter(|all| !all.is_empty())
        .ok_or_else(|| "enter percentiles from 0 to 100, such as 99.9 or 0.1, 99.9".into())
}

/// Parses a number other than NaN. Integers stay integers.
pub(super) fn number(text: &str) -> Option<Number> {
    let float = || text.parse::<f64>().ok().filter(|x| !x.is_nan()).map(Number::Float);
    text.parse::<i128>().ok().map(Number::Int).or_else(float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_fractions_or_percentages() {
        for text in ["0.05, 0.95", "5%,95%", "5 % 95 %", "0.05 95%"] {
            assert_eq!(two_quantiles(text), Ok((0.05, 0.95)), "{text}");
        }
        for text in ["", "0.5", "5, 95", "95%, 5%", "0.1 0.2 0.3", "-1%, 50%", "%, 5%", "0, 101%"] {
            assert!(two_quantiles(text).is_err(), "{text}");
        }
    }

    #[test]
    fn percentiles_are_numbers_from_0_to_100() {
        assert_eq!(percentiles("99.9"), Ok(vec![0.999]));
        assert_eq!(percentiles("p0.1, 50 % 100%"), Ok(vec![0.001, 0.5, 1.0]));
        for text in ["", ",", "101", "-1", "nan", "1e1", "99.9 x", "%"] {
            assert!(percentiles(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ranges_are_separated_by_comma_or_space() {
        let range = two_numbers(" 0, 2.5").unwrap();
        assert_eq!((range.lo, range.hi), (Number::Int(0), Number::Float(2.5)));
        assert!(two_numbers("1").is_err());
        assert!(two_numbers("1 2 3").is_err());
        assert!(two_numbers("nan, 1").is_err());
    }
}
