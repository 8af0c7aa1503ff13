//! Python's text of numbers: `repr`, as in numpy's messages, and `json.dumps`, as in W&B's files.

use super::{Number, Numbers};
use std::fmt::Write as _;

/// Formats a number like Python's `repr`; see [`python_repr`].
pub fn number_repr(number: Number) -> String {
    match number {
        Number::Int(i) => i.to_string(),
        Number::Float(x) => python_repr(x),
    }
}

/// Formats a number like Python's `json.dumps`: like `repr`, except for `NaN`, `Infinity` and `-Infinity`.
pub fn number_text(number: Number) -> String {
    match number {
        Number::Float(x) if x.is_nan() => "NaN".into(),
        Number::Float(f64::INFINITY) => "Infinity".into(),
        Number::Float(f64::NEG_INFINITY) => "-Infinity".into(),
        number => number_repr(number),
    }
}

/// Formats a list like Python's `json.dumps`: `[1, 2.0, NaN]`.
pub fn numbers_text(numbers: &Numbers) -> String {
    let mut text = String::from("[");
    for (index, number) in numbers.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}{}", number_text(number));
    }
    text + "]"
}

/// Formats a float like Python's `repr`: the fewest digits that parse back to `x`. The exponent, of at least two digits,
/// is used below 1e-4 and from 1e16. Special values are `inf`, `-inf` and `nan`.
pub fn python_repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".into();
    }
    let text = shortest(x);
    let Some((mantissa, Ok(exponent))) = text.split_once('e').map(|(m, e)| (m, e.parse::<i32>())) else { return text };
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let digits = mantissa.replace(['-', '.'], "");
    match exponent {
        -4..0 => format!("{sign}0.{digits:0>width$}", width = digits.len() + exponent.unsigned_abs() as usize - 1),
        0..16 => {
            let whole = exponent as usize + 1;
            let padded = format!("{digits:0<width$}", width = whole + 1);
            let (whole, fraction) = padded.split_at(whole);
            format!("{sign}{whole}.{fraction}")
        }
        _ => {
            let direction = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{direction}{:02}", exponent.abs())
        }
    }
}

/// Formats the fewest digits in scientific notation. If two such numbers are equally near, Python chooses the even one
/// and Rust the larger one. Formatting to a given number of digits rounds to even.
fn shortest(x: f64) -> String {
    let larger = format!("{x:e}");
    let digits = larger.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    let even = format!("{x:.*e}", digits.saturating_sub(1));
    if even.parse() == Ok(x) { even } else { larger }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_formatted_like_python_repr() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1, "0.1"),
            (f64::from(0.1_f32), "0.10000000149011612"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1.234_5e22, "1.2345e+22"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            // Halfway between two numbers of 17 digits.
            (21.0 / 8_388_608.0, "2.5033950805664062e-06"),
            (0.5_f64.powi(44), "5.684341886080802e-14"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (x, text) in cases {
            assert_eq!(python_repr(x), text);
        }
    }
    #[test]
    fn numbers_are_formatted_like_json_dumps() {
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
