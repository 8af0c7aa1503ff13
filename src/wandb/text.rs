//! Numbers as Python's `json.dumps` writes them.

use crate::hist::{Number, Numbers, python_repr};
use std::fmt::Write as _;

/// One number: integers in decimal, floats as `repr`, `NaN`, `Infinity`, `-Infinity`.
pub fn number_text(number: Number) -> String {
    match number {
        Number::Int(i) => i.to_string(),
        Number::Float(x) if x.is_nan() => "NaN".into(),
        Number::Float(f64::INFINITY) => "Infinity".into(),
        Number::Float(f64::NEG_INFINITY) => "-Infinity".into(),
        Number::Float(x) => python_repr(x),
    }
}

/// A list: `[1, 2.0, NaN]`.
pub fn numbers_text(numbers: &Numbers) -> String {
    let mut text = String::from("[");
    for (index, number) in numbers.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{}", number_text(number));
    }
    text + "]"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_numbers_as_json_dumps_does() {
        let numbers = [
            Number::Int(-3),
            Number::Int(1 << 64),
            Number::Float(2.0),
            Number::Float(-0.0),
            Number::Float(1e-7),
            Number::Float(f64::NAN),
            Number::Float(f64::INFINITY),
            Number::Float(f64::NEG_INFINITY),
        ];
        let text = "[-3, 18446744073709551616, 2.0, -0.0, 1e-07, NaN, Infinity, -Infinity]";
        assert_eq!(numbers_text(&numbers.into_iter().collect()), text);
        assert_eq!(numbers_text(&Numbers::default()), "[]");
    }
}
