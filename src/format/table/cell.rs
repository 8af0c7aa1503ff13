//! The value of a cell in a text: a number, missing, or other text.

use super::delimiter::Delimiter;
use super::separators::{self, Decimal, Evidence, Separated};
use crate::format::spelling::{self, Spelling};
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

/// The notation of the numbers in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notation {
    pub(super) decimal: Decimal,
    /// True if numbers of other columns show the meaning of commas and points, not those of this column.
    pub(super) guessed: bool,
    /// The unit in the heading, as in `memory.used [MiB]`.
    pub(super) unit: Option<String>,
}

impl Notation {
    pub(super) fn of(delimiter: Delimiter) -> Self {
        let decimal = match delimiter {
            Delimiter::Comma | Delimiter::Blanks => Decimal::Unknown,
            _ => Decimal::Either,
        };
        Self { decimal, guessed: false, unit: None }
    }
}

/// Reads one cell. Also returns what its separators show.
pub(super) fn read(cell: &[u8], notation: &Notation) -> (Cell, Option<Evidence>) {
    let cell = cell.trim_ascii();
    match (without_unit(cell, notation), &notation.unit) {
        ((Cell::Text, _), Some(unit)) => match cell.strip_suffix(unit.as_bytes()).map(<[u8]>::trim_ascii_end) {
            Some(number) if !number.is_empty() => without_unit(number, notation),
            _ => (Cell::Text, None),
        },
        (read, _) => read,
    }
}

fn without_unit(cell: &[u8], notation: &Notation) -> (Cell, Option<Evidence>) {
    if let Some(i) = small_int(cell) {
        return (Cell::Int(i), None);
    }
    if cell.is_empty() {
        return (Cell::Missing, None);
    }
    if notation.decimal != Decimal::Comma
        && let Some((x @ Cell::Float(_), end)) = number(cell, 0)
        && end == cell.len()
    {
        return (x, None);
    }
    if let Some(separated) = separators::read(cell)
        && let Some(text) = accepted(&separated, notation.decimal)
    {
        return (pointed(&text), Some(separated.evidence));
    }
    match spelling::read(cell) {
        Some(Spelling::Missing) => (Cell::Missing, None),
        Some(Spelling::Float(x)) => (Cell::Float(x), None),
        Some(Spelling::Ambiguous) => (Cell::Text, None),
        None => (pointed(cell), None),
    }
}

/// Returns a separated number with a decimal point; `None` if it contradicts the other numbers of its column.
fn accepted(separated: &Separated, decimal: Decimal) -> Option<Cow<'_, [u8]>> {
    let text = &separated.text;
    let is_fraction = text.contains(&b'.');
    match (separated.evidence, decimal) {
        (Evidence::Ambiguous(b','), Decimal::Unknown) => None,
        (Evidence::Ambiguous(b','), Decimal::Point) | (Evidence::Ambiguous(b'.'), Decimal::Comma) => {
            Some(text.iter().copied().filter(|b| *b != b'.').collect())
        }
        (Evidence::DecimalComma, Decimal::Unknown) if is_fraction => None,
        (Evidence::DecimalComma, Decimal::Point) | (Evidence::DecimalPoint, Decimal::Comma) if !is_fraction => None,
        _ => Some(Cow::Borrowed(text)),
    }
}

/// Reads a number with a decimal point and without separators.
fn pointed(cell: &[u8]) -> Cell {
    let text = str::from_utf8(cell).unwrap_or_default();
    let Ok(x) = text.parse::<f64>() else { return Cell::Text };
    if !text.trim_start_matches(['+', '-']).bytes().all(|b| b.is_ascii_digit()) {
        return Cell::Float(x);
    }
    match text.parse::<i128>().map(|i| (i, i64::try_from(i))) {
        Ok((_, Ok(i))) => Cell::Int(i),
        Ok((i, Err(_))) => Cell::Wide(i),
        Err(_) => Cell::Huge(x),
    }
}

/// Reads the step of a row: an integer, or a float without a fraction.
pub(super) fn step(cell: &[u8]) -> Option<i64> {
    match pointed(cell.trim_ascii()) {
        Cell::Int(i) => Some(i),
        // An f64 represents every integer up to 2^53.
        Cell::Float(x) if x.fract() == 0.0 && x.abs() <= 9_007_199_254_740_992.0 => Some(x as i64),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn comma(cell: &str) -> Cell {
        of(cell, Delimiter::Comma)
    }

    fn of(cell: &str, delimiter: Delimiter) -> Cell {
        read(cell.as_bytes(), &Notation::of(delimiter)).0
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
        assert_eq!(of("-1,25", Delimiter::Semicolon), Cell::Float(-1.25));
        assert_eq!(of("1.234,5", Delimiter::Semicolon), Cell::Float(1234.5));
        assert_eq!(of("1,234,567", Delimiter::Tab), Cell::Int(1_234_567));
        assert_eq!(comma("1,25"), Cell::Text);
        assert_eq!(comma("1,234"), Cell::Text, "ambiguous");
        assert_eq!(comma("1,234.5"), Cell::Float(1234.5));
    }

    #[test]
    fn the_other_numbers_of_a_column_decide_what_a_single_separator_means() {
        let value = |cell: &str, decimal| {
            let notation = Notation { decimal, ..Notation::of(Delimiter::Tab) };
            read(cell.as_bytes(), &notation).0
        };
        assert_eq!(value("1.024", Decimal::Comma), Cell::Int(1024));
        assert_eq!(value("1,024", Decimal::Comma), Cell::Float(1.024));
        assert_eq!(value("1.024", Decimal::Point), Cell::Float(1.024));
        assert_eq!(value("1,024", Decimal::Point), Cell::Int(1024));
        assert_eq!(value("1.234.567", Decimal::Point), Cell::Text, "contradicts decimal points");
        assert_eq!(value("0.5", Decimal::Comma), Cell::Float(0.5));
    }

    #[test]
    fn a_number_may_end_with_the_unit_of_its_heading() {
        let value = |cell: &str| {
            let notation = Notation { unit: Some("MiB".into()), ..Notation::of(Delimiter::Comma) };
            read(cell.as_bytes(), &notation).0
        };
        assert_eq!(value(" 1024 MiB"), Cell::Int(1024));
        assert_eq!(value("0.5MiB"), Cell::Float(0.5));
        assert_eq!(value("7"), Cell::Int(7));
        assert_eq!(value("[N/A]"), Cell::Missing);
        assert_eq!(value("1 GiB"), Cell::Text);
        assert_eq!(value("MiB"), Cell::Text);
    }
}
