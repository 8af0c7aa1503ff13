//! The value of a cell in a text: a number, missing, or other text.

use super::delimiter::Delimiter;
use crate::json;
use std::borrow::Cow;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Int(i64),
    Float(f64),
    /// An integer that exceeds `i64`.
    Wide(i128),
    /// An integer that exceeds `i128`, as the nearest float.
    Huge(f64),
    Missing,
    Text,
}

/// Common notations for a missing value. `NaN` is a value.
const MISSING: [&[u8]; 8] = [b"NA", b"N/A", b"#N/A", b"<NA>", b"null", b"None", b"-", b"--"];

/// Reads one cell. In text separated by `;`, `|` or tabs, a comma is a decimal point.
pub(super) fn read(cell: &[u8], delimiter: Delimiter) -> Cell {
    let cell = cell.trim_ascii();
    if let Some(i) = small_int(cell) {
        return Cell::Int(i);
    }
    if cell.is_empty() {
        return Cell::Missing;
    }
    let number = match delimiter {
        Delimiter::Semicolon | Delimiter::Bar | Delimiter::Tab => decimal_point(cell),
        Delimiter::Comma | Delimiter::Blanks => Cow::Borrowed(cell),
    };
    if let Some((x @ Cell::Float(_), end)) = self::number(&number, 0)
        && end == number.len()
    {
        return x;
    }
    let text = str::from_utf8(&number).unwrap_or_default();
    let Ok(x) = text.parse::<f64>() else {
        let missing = MISSING.iter().any(|marker| cell.eq_ignore_ascii_case(marker));
        return if missing { Cell::Missing } else { Cell::Text };
    };
    if !text.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit()) {
        return Cell::Float(x);
    }
    match text.parse::<i128>().map(|i| (i, i64::try_from(i))) {
        Ok((_, Ok(i))) => Cell::Int(i),
        Ok((i, Err(_))) => Cell::Wide(i),
        Err(_) => Cell::Huge(x),
    }
}

/// Parses the number that starts at `at`, if it is in the usual notation, and returns it with the offset of its end.
/// Returns `None` for cells that only [`read`] can parse.
#[inline]
pub(super) fn number(text: &[u8], at: usize) -> Option<(Cell, usize)> {
    let negative = text.get(at) == Some(&b'-');
    let first = at + usize::from(negative);
    let (mut value, mut end) = (0_i64, first);
    while let Some(digit) = text.get(end).map(|b| b.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        end += 1;
    }
    if end == first {
        return None;
    }
    if matches!(text.get(end), Some(b'.' | b'e' | b'E')) {
        let (size, len) = fast_float2::parse_partial::<f64, _>(text.get(first..)?).ok()?;
        // [`read`] parses numbers that overflow, so that they are located.
        return size.is_finite().then(|| (Cell::Float(json::signed(negative, size)), first + len));
    }
    // More than 18 digits may have overflowed.
    (end - first <= 18).then(|| (Cell::Int(if negative { -value } else { value }), end))
}

/// Parses the common case directly from bytes: up to 18 digits, which always fit in `i64`.
fn small_int(cell: &[u8]) -> Option<i64> {
    let (negative, digits) = match cell {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let value =
        digits.iter().try_fold(0_i64, |value, b| b.is_ascii_digit().then(|| value * 10 + i64::from(b - b'0')))?;
    Some(if negative { -value } else { value })
}

/// Replaces `1,5` by `1.5`, if the cell has one comma and no point.
fn decimal_point(cell: &[u8]) -> Cow<'_, [u8]> {
    let mut commas = cell.iter().enumerate().filter(|(_, b)| **b == b',').map(|(i, _)| i);
    match (commas.next(), commas.next()) {
        (Some(at), None) if !cell.contains(&b'.') => {
            let mut pointed = cell.to_vec();
            pointed.splice(at..=at, [b'.']);
            Cow::Owned(pointed)
        }
        _ => Cow::Borrowed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comma(cell: &str) -> Cell {
        read(cell.as_bytes(), Delimiter::Comma)
    }

    #[test]
    fn usual_notations_of_numbers_are_read() {
        assert_eq!(comma(" -7 "), Cell::Int(-7));
        assert_eq!(comma("+3"), Cell::Int(3));
        assert_eq!(comma("9223372036854775807"), Cell::Int(i64::MAX));
        assert_eq!(comma("9223372036854775808"), Cell::Wide(1 << 63));
        assert_eq!(comma("-9223372036854775808"), Cell::Int(i64::MIN));
        assert_eq!(comma("-27670116110564327424"), Cell::Wide(-27_670_116_110_564_327_424));
        assert_eq!(comma(&"9".repeat(60)), Cell::Huge(1e60));
        for (text, x) in [("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("1e400", f64::INFINITY), ("-1e-400", -0.0)] {
            assert_eq!(comma(text), Cell::Float(x), "{text}");
        }
        for text in ["inf", "+inf", "Infinity", "INF"] {
            assert_eq!(comma(text), Cell::Float(f64::INFINITY), "{text}");
        }
        for text in ["nan", "NaN", "-nan"] {
            assert!(matches!(comma(text), Cell::Float(x) if x.is_nan()), "{text}");
        }
    }

    #[test]
    fn missing_values_and_text_are_not_numbers() {
        for text in ["", "  ", "NA", "n/a", "null", "None", "-", "<NA>"] {
            assert_eq!(comma(text), Cell::Missing, "{text}");
        }
        for text in
            [".", "-.", "1.e", "1e+", "0x10", "0x1.8p+1", "1_000", "1e", "e5", "abc", "1 2", "--5", "1\x002", "+", "é"]
        {
            assert_eq!(comma(text), Cell::Text, "{text}");
        }
    }

    #[test]
    fn the_fast_parser_agrees_with_the_exact_one() {
        let mut state = 1_u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        for _ in 0..200_000 {
            let len = next(30);
            let cell: Vec<u8> = (0..len).map(|_| b"0123456789012345678901234567.eE+-"[next(33) as usize]).collect();
            let exact = str::from_utf8(&cell).unwrap().parse::<f64>().ok();
            let fast = number(&cell, 0).filter(|(_, end)| *end == cell.len());
            match fast {
                Some((Cell::Float(x), _)) => assert_eq!(Some(x.to_bits()), exact.map(f64::to_bits), "{cell:?}"),
                Some((Cell::Int(i), _)) => assert_eq!(str::from_utf8(&cell).unwrap().parse(), Ok(i)),
                _ => {}
            }
        }
    }

    #[test]
    fn a_comma_is_a_decimal_point_unless_it_separates_cells() {
        assert_eq!(read(b"-1,25", Delimiter::Semicolon), Cell::Float(-1.25));
        assert_eq!(read(b"1.234,5", Delimiter::Semicolon), Cell::Text);
        assert_eq!(read(b"1,234,567", Delimiter::Tab), Cell::Text);
        assert_eq!(comma("1,25"), Cell::Text);
    }
}
