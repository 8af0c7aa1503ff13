//! Numbers: integers stay integers, floats are the nearest `f64`.

use super::error::Failure;
use crate::hist::Number;

/// Whether a number can start with this byte (`N` and `I` are Python's `NaN` and `Infinity`).
pub(super) fn starts(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'N' | b'I')
}

/// The number at `start`, with the offset behind it.
pub(super) fn read(text: &[u8], start: usize) -> Result<(Number, usize), Failure> {
    let negative = text.get(start) == Some(&b'-');
    let first = start + usize::from(negative);
    let special: Option<(&[u8], f64)> = match text.get(first) {
        Some(b'0'..=b'9') => None,
        Some(b'I') if negative => Some((b"Infinity", f64::NEG_INFINITY)),
        Some(b'I') => Some((b"Infinity", f64::INFINITY)),
        Some(b'N') if !negative => Some((b"NaN", f64::NAN)),
        _ => return Err(Failure::new(start, "expected digits after the minus sign")),
    };
    if let Some((word, value)) = special {
        return if text[first..].starts_with(word) {
            Ok((Number::Float(value), first + word.len()))
        } else {
            Err(Failure::new(start, "expected a value, found an unknown word"))
        };
    }
    let (whole, integer_end) = digits(text, first);
    if text[first] == b'0' && integer_end > first + 1 {
        return Err(Failure::new(start, "a number has leading zeros"));
    }
    if let Some(b'.' | b'e' | b'E') = text.get(integer_end) {
        let digit_behind = text.get(integer_end + 1).is_some_and(u8::is_ascii_digit);
        return match fast_float2::parse_partial(&text[start..]) {
            // It takes a point without digits for a number, and an exponent without digits for its end.
            Ok((value, len)) if digit_behind && !matches!(text.get(start + len), Some(b'e' | b'E')) => {
                Ok((Number::Float(value), start + len))
            }
            _ => float(text, start, integer_end),
        };
    }
    let end = integer_end;
    // Eighteen digits always fit in 64 bits; Python has no negative zero among its integers, neither has i128.
    if end - first <= 18 {
        let whole = i128::from(whole);
        return Ok((Number::Int(if negative { -whole } else { whole }), end));
    }
    let value = str::from_utf8(&text[start..end]).ok().and_then(|token| token.parse().ok());
    let count = end - first;
    let message = || format!("an integer of {count} digits is beyond 128 bits; write it as a float, such as 1e40");
    Ok((Number::Int(value.ok_or_else(|| Failure::new(start, message()))?), end))
}

/// The float whose whole part ends at `integer_end`.
fn float(text: &[u8], start: usize, integer_end: usize) -> Result<(Number, usize), Failure> {
    let end = fraction_and_exponent(text, integer_end)?;
    let value = str::from_utf8(&text[start..end]).ok().and_then(|token| token.parse().ok());
    let value = value.ok_or_else(|| Failure::new(start, "a number is not readable"))?;
    Ok((Number::Float(value), end))
}

/// The digits from `at` on as an integer (wrapped beyond 64 bits), and the offset behind them.
fn digits(text: &[u8], at: usize) -> (u64, usize) {
    let mut value = 0_u64;
    let mut end = at;
    while let Some(digit) = text.get(end).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    (value, end)
}

/// The offset behind `.5e-3` and its parts; `at` when there are none.
fn fraction_and_exponent(text: &[u8], at: usize) -> Result<usize, Failure> {
    let mut end = at;
    if text.get(end) == Some(&b'.') {
        let (_, behind) = digits(text, end + 1);
        if behind == end + 1 {
            return Err(Failure::new(behind, "expected a digit after the decimal point"));
        }
        end = behind;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let from = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let (_, behind) = digits(text, from);
        if behind == from {
            return Err(Failure::new(behind, "expected a digit in the exponent"));
        }
        end = behind;
    }
    Ok(end)
}
