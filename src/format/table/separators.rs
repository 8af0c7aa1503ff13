//! Decimal commas and thousands separators.

/// The meaning of commas and points in the numbers of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decimal {
    /// No number shows it, and commas separate cells: `1,024` is not read.
    Unknown,
    /// No number shows it, and commas do not separate cells: `1,024` is 1.024.
    Either,
    Point,
    Comma,
}

/// Evidence in a number about the separators of its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    DecimalPoint,
    DecimalComma,
    /// One point or comma before three digits, as in `1.024`. It may separate thousands.
    Ambiguous(u8),
    /// A blank between thousands may also separate two numbers.
    Blank,
    /// Thousands are separated by apostrophes or by no-break spaces.
    Nothing,
}

/// A number with separators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Separated {
    /// The number with a decimal point and without thousands separators. An ambiguous separator is the decimal point.
    pub(super) text: Vec<u8>,
    pub(super) evidence: Evidence,
}

/// Further separators of thousands, in UTF-8: apostrophes, blanks and no-break spaces.
const THOUSANDS: [&[u8]; 6] =
    [b"'", "\u{2019}".as_bytes(), b" ", b"\xc2\xa0", "\u{202f}".as_bytes(), "\u{2009}".as_bytes()];

/// Longest number that is read.
const MAX_LENGTH: usize = 64;

/// Reads a number that has at least one separator. `None` for other texts.
pub(super) fn read(cell: &[u8]) -> Option<Separated> {
    if cell.len() > MAX_LENGTH {
        return None;
    }
    let (sign, rest) = match cell {
        [b'-', rest @ ..] => (&b"-"[..], rest),
        [b'+', rest @ ..] | rest => (&b""[..], rest),
    };
    let end = rest.iter().position(|b| matches!(b, b'e' | b'E')).unwrap_or(rest.len());
    let (mantissa, exponent) = rest.split_at(end);
    if !exponent.is_empty() && !is_exponent(exponent) {
        return None;
    }
    let (groups, separators) = split(mantissa)?;
    let (last, before) = separators.split_last()?;
    let is_mark = matches!(last, [b'.' | b',']);
    let same = before.iter().all(|separator| separator == last);
    let (whole, fraction, evidence) = if before.is_empty() && is_mark {
        let mark = last.first().copied()?;
        let [whole, fraction] = groups.as_slice() else { return None };
        if mark == b',' && fraction.is_empty() {
            return None;
        }
        let may_be_thousands =
            fraction.len() == 3 && (1..=3).contains(&whole.len()) && !whole.starts_with(b"0") && exponent.is_empty();
        let evidence = if may_be_thousands { Evidence::Ambiguous(mark) } else { decimal(mark) };
        (whole.to_vec(), Some(*fraction), evidence)
    } else if same {
        let evidence = match last {
            [b'.'] => Evidence::DecimalComma,
            [b','] => Evidence::DecimalPoint,
            [b' '] => Evidence::Blank,
            _ => Evidence::Nothing,
        };
        (thousands(&groups)?, None, evidence)
    } else {
        let (fraction, groups) = groups.split_last()?;
        let first = before.first()?;
        if !is_mark || before.iter().any(|separator| separator != first || separator == last) {
            return None;
        }
        (thousands(groups)?, Some(*fraction), decimal(last.first().copied()?))
    };
    if whole.is_empty() && fraction.is_none_or(<[u8]>::is_empty) {
        return None;
    }
    let point: &[u8] = if fraction.is_some() { b"." } else { b"" };
    Some(Separated { text: [sign, &whole, point, fraction.unwrap_or_default(), exponent].concat(), evidence })
}

fn decimal(mark: u8) -> Evidence {
    if mark == b',' { Evidence::DecimalComma } else { Evidence::DecimalPoint }
}

/// Joins groups of thousands: one to three digits, then three each.
fn thousands(groups: &[&[u8]]) -> Option<Vec<u8>> {
    let (first, rest) = groups.split_first()?;
    let valid = (1..=3).contains(&first.len()) && !first.starts_with(b"0") && rest.iter().all(|group| group.len() == 3);
    valid.then(|| groups.concat())
}

/// Groups of digits, and the separators between them.
type Parts<'c> = (Vec<&'c [u8]>, Vec<&'c [u8]>);

fn split(mut rest: &[u8]) -> Option<Parts<'_>> {
    let (mut groups, mut separators) = (Vec::new(), Vec::new());
    loop {
        let digits = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        groups.push(rest.get(..digits)?);
        rest = rest.get(digits..)?;
        let Some(first) = rest.first() else { return Some((groups, separators)) };
        let length = match first {
            b'.' | b',' => 1,
            _ => THOUSANDS.iter().find(|separator| rest.starts_with(separator))?.len(),
        };
        separators.push(rest.get(..length)?);
        rest = rest.get(length..)?;
    }
}

fn is_exponent(text: &[u8]) -> bool {
    let ([_, b'+' | b'-', digits @ ..] | [_, digits @ ..]) = text else { return false };
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cell: &str) -> Option<(String, Evidence)> {
        read(cell.as_bytes()).map(|number| (String::from_utf8(number.text).unwrap(), number.evidence))
    }

    #[test]
    fn groups_of_three_digits_are_thousands() {
        for (cell, text, evidence) in [
            ("1.234.567", "1234567", Evidence::DecimalComma),
            ("1,234,567", "1234567", Evidence::DecimalPoint),
            ("-1.234,5", "-1234.5", Evidence::DecimalComma),
            ("1,234.50", "1234.50", Evidence::DecimalPoint),
            ("1'024", "1024", Evidence::Nothing),
            ("1\u{2019}024.5", "1024.5", Evidence::DecimalPoint),
            ("1\u{a0}024,5", "1024.5", Evidence::DecimalComma),
            ("12\u{202f}345", "12345", Evidence::Nothing),
            ("1 024", "1024", Evidence::Blank),
        ] {
            assert_eq!(of(cell), Some((text.to_owned(), evidence)), "{cell}");
        }
    }

    #[test]
    fn one_separator_before_three_digits_is_ambiguous_unless_a_zero_or_an_exponent_excludes_thousands() {
        assert_eq!(of("1.024"), Some(("1.024".to_owned(), Evidence::Ambiguous(b'.'))));
        assert_eq!(of("-999,999"), Some(("-999.999".to_owned(), Evidence::Ambiguous(b','))));
        for cell in ["0,512", "1,5", "1234,567", ",125", "1,024e3"] {
            assert_eq!(of(cell).map(|(_, evidence)| evidence), Some(Evidence::DecimalComma), "{cell}");
        }
        assert_eq!(of("0.512").map(|(_, evidence)| evidence), Some(Evidence::DecimalPoint));
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for cell in
            ["", "1024", "1.2.3", "2024.01.02", "1,23,456", "1.024.5", "1,234,56", ".", ",", "1 2", "1,2e", "a,5", "5,"]
        {
            assert_eq!(of(cell), None, "{cell}");
        }
    }
}
