//! Numbers: integers stay integers, floats become the nearest `f64`.

use super::error::Failure;
use crate::hist::Number;

/// Returns true if a number can start with this byte. `N` and `I` start Python's `NaN` and `Infinity`.
pub(super) fn starts(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'N' | b'I')
}

/// Number in one of the two common notations: an integer of up to eighteen digits, which always fits 64 bits, or a float.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Plain {
    Int(i64),
    Float(f64),
}

/// Reads a [`Plain`] number at `start` and returns it with the offset after it.
///
/// Returns `None` for everything else, which `read` handles. For plain numbers, both give the same result.
#[inline]
pub fn plain(text: &[u8], start: usize) -> Option<(Plain, usize)> {
    let negative = *text.get(start)? == b'-';
    let first = start + usize::from(negative);
    let (size, end) = digits(text, first);
    let count = end - first;
    if count == 0 || count > 18 || count > 1 && text.get(first) == Some(&b'0') {
        return None;
    }
    if let Some(b'.' | b'e' | b'E') = text.get(end) {
        let digit_follows = text.get(end + 1)?.is_ascii_digit();
        let (size, len) = fast_float2::parse_partial(text.get(first..)?).ok()?;
        // fast_float2 also accepts a point without digits, and ends the number before an exponent without digits.
        let is_json = digit_follows && !matches!(text.get(first + len), Some(b'e' | b'E'));
        return is_json.then_some((Plain::Float(signed(negative, size)), first + len));
    }
    // As in Python, integers do not have a negative zero.
    let size = size as i64;
    Some((Plain::Int(if negative { -size } else { size }), end))
}

/// Applies the sign to a float without a branch. Signs are unpredictable, and mispredicting every other one was measured
/// to cost one seventh of the time of reading a float.
#[inline]
pub fn signed(negative: bool, size: f64) -> f64 {
    f64::from_bits(size.to_bits() | u64::from(negative) << 63)
}

/// Reads the number at `start` and returns it with the offset after it.
pub(super) fn read(text: &[u8], start: usize) -> Result<(Number, usize), Failure> {
    match plain(text, start) {
        Some((Plain::Float(x), end)) => Ok((Number::Float(x), end)),
        Some((Plain::Int(i), end)) => Ok((Number::Int(i.into()), end)),
        None => rare(text, start),
    }
}

/// Reads `NaN`, infinities and numbers with more digits, and reports errors.
fn rare(text: &[u8], start: usize) -> Result<(Number, usize), Failure> {
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
    let (_, end) = digits(text, first);
    if text[first] == b'0' && end > first + 1 {
        return Err(Failure::new(start, "a number has leading zeros"));
    }
    if let Some(b'.' | b'e' | b'E') = text.get(end) {
        return float(text, start, end);
    }
    let value = str::from_utf8(&text[start..end]).ok().and_then(|token| token.parse().ok());
    let count = end - first;
    let message = || format!("an integer of {count} digits exceeds 128 bits; write it as a float, such as 1e40");
    Ok((Number::Int(value.ok_or_else(|| Failure::new(start, message()))?), end))
}

/// Reads a float whose integer part ends at `integer_end`.
fn float(text: &[u8], start: usize, integer_end: usize) -> Result<(Number, usize), Failure> {
    let end = fraction_and_exponent(text, integer_end)?;
    let value = str::from_utf8(&text[start..end]).ok().and_then(|token| token.parse().ok());
    let value = value.ok_or_else(|| Failure::new(start, "invalid number"))?;
    Ok((Number::Float(value), end))
}

/// Reads the digits at `at` as an integer, which wraps above 64 bits. Returns it with the offset after them.
#[inline]
fn digits(text: &[u8], at: usize) -> (u64, usize) {
    let mut value = 0_u64;
    let mut end = at;
    while let Some(digit) = text.get(end).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
        end += 1;
    }
    (value, end)
}

/// Offset after a fraction and an exponent, such as `.5e-3`; `at` if both are missing.
fn fraction_and_exponent(text: &[u8], at: usize) -> Result<usize, Failure> {
    let mut end = at;
    if text.get(end) == Some(&b'.') {
        let (_, after) = digits(text, end + 1);
        if after == end + 1 {
            return Err(Failure::new(after, "expected a digit after the decimal point"));
        }
        end = after;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let from = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let (_, after) = digits(text, from);
        if after == from {
            return Err(Failure::new(after, "expected a digit in the exponent"));
        }
        end = after;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_numbers_equal_the_result_of_the_general_reader() {
        let mut state = 1_u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        let mut found = [0, 0];
        for _ in 0..200_000 {
            let (whole, rest) = (next(20), next(26));
            let digit = |n| b"0123456789012345678901234567.eE+-,"[n as usize];
            let mut text = if next(2) == 0 { b"-".to_vec() } else { Vec::new() };
            text.extend((0..whole).map(|_| digit(next(10))));
            text.push(digit(28 + next(6)));
            text.extend((0..rest).map(|_| digit(next(34))));
            let Some((number, end)) = plain(&text, 0) else { continue };
            let exact = rare(&text, 0).unwrap();
            let same = match (number, exact.0) {
                (Plain::Int(i), Number::Int(exact)) => i128::from(i) == exact,
                (Plain::Float(x), Number::Float(exact)) => x.to_bits() == exact.to_bits(),
                _ => false,
            };
            assert!(same && end == exact.1, "{:?}", text.escape_ascii().to_string());
            found[usize::from(matches!(number, Plain::Float(_)))] += 1;
        }
        assert!(found.iter().all(|n| *n > 10_000), "{found:?}");
    }
}
