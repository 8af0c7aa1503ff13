//! Number formatting for readers: significant digits, thousands separators, and exponents only if plain digits are long.

/// Maximum length of a plain number, without sign, that is preferred over scientific notation.
const PLAIN: usize = 9;

/// Number of extra digits to show instead of rounding, if they complete the number and it stays short.
const SPARE: i32 = 2;

/// Formats `x` with the digits that distinguish values `resolution` apart: `0.0012` at 1e-4, `12,800` at 1.
///
/// Shows up to `SPARE` more digits if these are all that `x` has, so 0.25 is never 0.2. Uses scientific notation if plain
/// digits need more than 9 characters and more than the scientific ones. A resolution that is not positive and finite
/// gives all digits of `x`.
pub fn format_value(x: f64, resolution: f64) -> String {
    rounded(x, resolution).map_or_else(|| not_finite(x), |(n, exponent)| shorter(n, exponent))
}

/// Rounds `x` to the digits of [`format_value`]: an integer and a power of ten. `None` if `x` is not finite.
fn rounded(x: f64, resolution: f64) -> Option<(i128, i32)> {
    let shortest = parse(&format!("{x:e}"));
    if !x.is_finite() {
        return None;
    }
    if !(resolution > 0.0 && resolution.is_finite()) {
        return Some(shortest);
    }
    let decimals = (-resolution.log10() - 1e-9).ceil() as i32;
    // Below a billion, whole digits are never rounded away: a value of 12,845 in bins of 5,000 reads 12,845.
    let decimals = if x.abs() < 1e9 { decimals.max(0) } else { decimals };
    let (n, exponent) = shortest;
    let short = n.unsigned_abs().to_string().len() <= PLAIN;
    let decimals = if short && (decimals..=decimals + SPARE).contains(&-exponent) { -exponent } else { decimals };
    let digits = if x == 0.0 { -1 } else { x.abs().log10().floor() as i32 + decimals };
    Some(match usize::try_from(digits) {
        Ok(digits) if digits > 16 => shortest,
        Ok(digits) => {
            let (n, exponent) = parse(&format!("{x:.digits$e}"));
            // Rounding up to the next power of ten leaves one digit too few.
            if exponent > -decimals && decimals > 0 { (n * 10, exponent - 1) } else { (n, exponent) }
        }
        // Less than one step: rounds to zero or to one step.
        Err(_) if x.abs() < number(5, -decimals - 1) => (0, 0),
        Err(_) => (if x < 0.0 { -1 } else { 1 }, -decimals),
    })
}

/// Notation of all numbers in a column, so that they can be compared at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    Plain,
    Scientific,
}

impl Notation {
    /// Chooses the notation for values with their resolutions: plain digits unless they are long.
    pub fn of(values: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let numbers: Vec<_> = values.into_iter().filter_map(|(x, resolution)| rounded(x, resolution)).collect();
        if plain_column(&numbers).is_some() { Self::Plain } else { Self::Scientific }
    }

    /// Formats a value with the digits of [`format_value`].
    pub fn format(self, x: f64, resolution: f64) -> String {
        let Some((n, exponent)) = rounded(x, resolution) else { return not_finite(x) };
        match (self, plain(n, exponent)) {
            (Self::Plain, Some(text)) => text,
            _ => scientific(n, exponent).trim_end_matches("e0").to_owned(),
        }
    }
}

/// Resolution for a mean, a quantile or an extreme of values with standard deviation `spread`: the digits that distinguish
/// such values, and at least four significant ones. Five significant digits if `spread` is unknown.
pub fn statistic_resolution(x: f64, spread: f64) -> f64 {
    if !(spread > 0.0 && spread.is_finite()) {
        return x.abs() / 1e5;
    }
    // The mean of values around zero is rarely zero, because sums are rounded.
    let is_rounding_error = x.abs() < spread * 1e-14;
    if is_rounding_error { spread / 1e4 } else { four_digits(x, spread / 1e4) }
}

/// Resolution for the edge of a bin: the digits that distinguish a tenth of its `width`, and at least four significant ones.
/// Edges within a ten-thousandth of the width of zero are rounded to zero, since most of them are rounding errors.
pub fn edge_resolution(x: f64, width: f64) -> f64 {
    let step = width.abs() / 10.0;
    if x.abs() < step * 1e-3 { step } else { four_digits(x, step) }
}

/// Resolution for at least four significant digits, unless `step` already gives all digits of `x`.
fn four_digits(x: f64, step: f64) -> f64 {
    let is_complete = rounded(x, step).is_some_and(|(n, exponent)| number(n, exponent) == x);
    if is_complete { step } else { step.min(x.abs() / 1e3) }
}

/// Formats a count with thousands separators: `12,800`. Fractional counts have at most `digits` decimals, or one
/// significant digit if these would all be zero. Counts from 1e15 are scientific.
pub fn format_count(x: f64, digits: usize) -> String {
    if !x.is_finite() {
        return not_finite(x);
    }
    if x.abs() >= 1e15 {
        let (n, exponent) = parse(&format!("{x:e}"));
        return scientific(n, exponent);
    }
    let text = format!("{x:.*}", digits.min(17));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text {
        "0" | "-0" if x != 0.0 => format!("{x:.0e}"),
        "-0" => "0".into(),
        _ => group(text),
    }
}

/// Formats a number with its noun: `1 bin`, `1,000 rows`.
pub fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", group(&n.to_string()), if n == 1 { "" } else { "s" })
}

/// Formats a count in at most five characters and a sign: `612`, `12k`, `1.2M`; below one, `0.05` and `5e-4`.
pub fn format_short(x: f64) -> String {
    let size = x.abs();
    if !x.is_finite() {
        return not_finite(x);
    }
    if size >= 999.5e15 || (size < 0.005 && size > 0.0) {
        return format!("{x:.0e}");
    }
    if size < 9.95 {
        return format_count(x, if size < 0.95 { 2 } else { 1 });
    }
    let mut scaled = x;
    for suffix in ["", "k", "M", "G", "T", "P"] {
        let digits = usize::from(scaled.abs() < 9.95);
        if scaled.abs() < 999.5 {
            return format_count(scaled, digits) + suffix;
        }
        scaled /= 1e3;
    }
    format!("{x:.0e}")
}

/// Formats `n · 10^exponent` in plain digits with separators, or in scientific notation if that is shorter and plain digits
/// are too long.
pub(crate) fn shorter(n: i128, exponent: i32) -> String {
    uniform(&[(n, exponent)]).concat()
}

/// Formats all labels of an axis in the same notation; zero is always `0`.
pub(crate) fn uniform(numbers: &[(i128, i32)]) -> Vec<String> {
    let scientific = || numbers.iter().map(|(n, exponent)| scientific(*n, *exponent)).collect();
    plain_column(numbers).unwrap_or_else(scientific)
}

/// Formats all numbers in plain digits; `None` if the scientific notation is shorter and plain digits are too long.
fn plain_column(numbers: &[(i128, i32)]) -> Option<Vec<String>> {
    let scientific: Vec<String> = numbers.iter().map(|(n, exponent)| scientific(*n, *exponent)).collect();
    let plain: Option<Vec<String>> = numbers.iter().map(|(n, exponent)| plain(*n, *exponent)).collect();
    let longest = |labels: &[String]| labels.iter().map(|text| unsigned_length(text)).max().unwrap_or(0);
    let brief = longest(&scientific);
    // Plain digits such as 0.0000002 have too many zeros to count.
    let tiny = |(n, exponent): &(i128, i32)| *n == 0 || n.unsigned_abs().to_string().len() as i32 + exponent <= -3;
    let zeros = |labels: &[String]| numbers.iter().all(tiny) && longest(labels) >= 2 * brief;
    plain.filter(|labels| longest(labels) <= PLAIN.max(brief) && !zeros(labels))
}

/// Length without the sign.
fn unsigned_length(text: &str) -> usize {
    text.trim_start_matches('-').len()
}

/// Formats NaN and infinities like Python.
fn not_finite(x: f64) -> String {
    let word = if x.is_nan() { "nan" } else { "inf" };
    if x < 0.0 { format!("-{word}") } else { word.into() }
}

/// Nearest float to `n · 10^exponent`.
pub(crate) fn number(n: i128, exponent: i32) -> f64 {
    format!("{n}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// Parses Rust's `d.ddde-x` to an integer and a power of ten.
fn parse(text: &str) -> (i128, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
    let n = mantissa.replace('.', "").parse().unwrap_or(0);
    (n, exponent.parse().unwrap_or(0) - decimals as i32)
}

/// Formats plain digits with separators; `None` for more than 24 zeros.
fn plain(n: i128, exponent: i32) -> Option<String> {
    if n == 0 {
        return Some("0".into());
    }
    let zeros = usize::try_from(exponent.unsigned_abs()).ok().filter(|zeros| *zeros <= 24)?;
    let sign = if n < 0 { "-" } else { "" };
    let digits = n.unsigned_abs().to_string();
    if exponent >= 0 {
        return Some(group(&format!("{sign}{digits}{}", "0".repeat(zeros))));
    }
    let padded = format!("{digits:0>width$}", width = zeros + 1);
    let (whole, fraction) = padded.split_at(padded.len() - zeros);
    Some(group(&format!("{sign}{whole}.{fraction}")))
}

/// Formats one digit, a fraction without trailing zeros, and the exponent.
fn scientific(n: i128, exponent: i32) -> String {
    if n == 0 {
        return "0".into();
    }
    let sign = if n < 0 { "-" } else { "" };
    let digits = n.unsigned_abs().to_string();
    let exponent = exponent + digits.len() as i32 - 1;
    let (first, rest) = digits.split_at(1);
    match rest.trim_end_matches('0') {
        "" => format!("{sign}{first}e{exponent}"),
        rest => format!("{sign}{first}.{rest}e{exponent}"),
    }
}

/// Inserts commas between the thousands of the integer part.
pub(crate) fn group(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_have_the_digits_that_the_resolution_needs() {
        let cases = [
            (0.0012, 1e-4, "0.0012"),
            (12_800.0, 1.0, "12,800"),
            (12_845.0, 5000.0, "12,845"),
            (0.001, 1e-4, "0.0010"),
            (-1e-17, 0.01, "0"),
            (0.999_961_2, 1e-4, "1.0000"),
            (0.25, 0.1, "0.25"),
            (0.123_456_7, 0.1, "0.1"),
            (1_700_000_005.287_973, 1e-4, "1.700000005288e9"),
            (0.006, 0.01, "0.006"),
            (0.006_123, 0.01, "0.01"),
            (-0.004_123, 0.01, "0"),
            (1.234_567e300, 1e298, "1.23e300"),
            (1.5e-300, 1e-301, "1.5e-300"),
            (1_234_567_890.0, 1.0, "1.23456789e9"),
            (0.1 + 0.2, 0.0, "0.30000000000000004"),
            (5e-324, f64::NAN, "5e-324"),
            (f64::NEG_INFINITY, 1.0, "-inf"),
            (f64::NAN, 1.0, "nan"),
        ];
        for (x, resolution, text) in cases {
            assert_eq!(format_value(x, resolution), text, "{x} at {resolution}");
        }
    }

    #[test]
    fn columns_use_one_notation_and_keep_four_significant_digits() {
        let column = |values: &[f64], resolution: &dyn Fn(f64) -> f64| {
            let notation = Notation::of(values.iter().map(|x| (*x, resolution(*x))));
            values.iter().map(|x| notation.format(*x, resolution(*x))).collect::<Vec<_>>()
        };
        let statistic = |spread: f64| move |x: f64| statistic_resolution(x, spread);
        let small = [9.89e-6, 1.088e-5, 0.000_010_9, -1.217e-5];
        assert_eq!(column(&small, &statistic(1e-5)), ["9.89e-6", "1.088e-5", "1.09e-5", "-1.217e-5"]);
        assert_eq!(column(&[3.438e-6, 9.0, 0.0], &statistic(0.03)), ["3.438e-6", "9", "0"]);
        assert_eq!(column(&[12.5, -3.0, 1e-17], &statistic(4.0)), ["12.5000", "-3.0000", "0"]);
        let edge = |x: f64| edge_resolution(x, 0.11);
        assert_eq!(column(&[-0.11, 0.004_137_7, 1e-7, f64::INFINITY], &edge), ["-0.11", "0.0041377", "0", "inf"]);
    }

    #[test]
    fn counts_have_separators_and_are_never_rounded_to_zero() {
        assert_eq!([0, 1, 1_234_567].map(|n| plural(n, "row")), ["0 rows", "1 row", "1,234,567 rows"]);
        let cases = [
            (12_800.0, 0, "12,800"),
            (-1_234_567.0, 2, "-1,234,567"),
            (2.5, 2, "2.5"),
            (0.0001, 2, "1e-4"),
            (-0.0, 2, "0"),
        ];
        for (x, digits, text) in cases {
            assert_eq!(format_count(x, digits), text);
        }
        assert_eq!(format_count(1.5e300, 2), "1.5e300");
        let short =
            [0.0, 612.0, 999.6, 1234.0, 12_800.0, 999_950.0, 1.25e9, -3e6, 0.05, 5e-4, 2.25, 4e18].map(format_short);
        assert_eq!(short, ["0", "612", "1k", "1.2k", "13k", "1M", "1.2G", "-3M", "0.05", "5e-4", "2.2", "4e18"]);
    }

    proptest! {
        #[test]
        fn neighboring_edges_differ(lo in -1e6_f64..1e6, exponent in -9_i32..4, widths in prop::collection::vec(0.01_f64..1.0, 1..20)) {
            let edges = widths.iter().scan(lo, |edge, width| {
                *edge += width * 10_f64.powi(exponent);
                Some(*edge)
            });
            let edges: Vec<f64> = std::iter::once(lo).chain(edges).collect();
            let width = |i: usize| edges.windows(2).skip(i.saturating_sub(1)).take(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
            let values: Vec<(f64, f64)> = edges.iter().enumerate().map(|(i, x)| (*x, edge_resolution(*x, width(i)))).collect();
            let notation = Notation::of(values.clone());
            let texts: Vec<String> = values.iter().map(|(x, resolution)| notation.format(*x, *resolution)).collect();
            for (pair, values) in texts.windows(2).zip(edges.windows(2)) {
                prop_assert!(pair[0] != pair[1] || values[0] == values[1], "{texts:?}");
            }
        }

        #[test]
        fn formatted_numbers_are_short(x in any::<f64>(), resolution in any::<f64>()) {
            prop_assert!(format_value(x, resolution).len() <= 24);
            prop_assert!(format_count(x, 3).len() <= 24);
            prop_assert!(format_short(x).len() <= 6 + usize::from(x < 0.0), "{}", format_short(x));
        }
    }
}
