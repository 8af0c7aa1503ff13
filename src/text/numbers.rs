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

/// Formats `x` with a number of significant digits, or with fewer if they are all that `x` has.
pub fn format_digits(x: f64, digits: i32) -> String {
    let all = format_value(x, 0.0);
    let is_short = all.chars().filter(char::is_ascii_digit).count() <= digits as usize;
    if is_short { all } else { format_value(x, x.abs() / 10_f64.powi(digits - 1)) }
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

/// Integer and power of ten.
type Decimal = (i128, i32);

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
        self.write(n, exponent, false)
    }

    /// Formats values in one notation with equally many decimals, as many as the finest of them needs: `[1.000, 1.125)`.
    /// In scientific notation, all have equally many significant digits.
    ///
    /// Zero is always `0`. A value that would get more than nine digits keeps its own.
    pub fn format_even(values: &[(f64, f64)]) -> Vec<String> {
        let own = |(x, resolution): &(f64, f64)| rounded(*x, *resolution);
        let known: Vec<Decimal> = values.iter().filter_map(own).collect();
        let finest = known.iter().filter(|(n, _)| *n != 0).map(|(_, exponent)| *exponent).min();
        let even = |value: &(f64, f64)| {
            let own = own(value)?;
            Some(finest.map_or(own, |exponent| at_exponent(value.0, own, exponent)))
        };
        let evened: Vec<Decimal> = values.iter().filter_map(even).collect();
        if plain_column(&evened).is_some() {
            let text = |(n, exponent)| Self::Plain.write(n, exponent, true);
            return values.iter().map(|value| even(value).map_or_else(|| not_finite(value.0), text)).collect();
        }
        let digits = known.iter().map(|(n, _)| n.unsigned_abs().to_string().len()).max().unwrap_or(1);
        let text = |value: &(f64, f64)| match own(value) {
            None => not_finite(value.0),
            Some((0, _)) => "0".into(),
            Some(_) => {
                let (n, exponent) = parse(&format!("{:.1$e}", value.0, digits - 1));
                Self::Scientific.write(n, exponent, true)
            }
        };
        values.iter().map(text).collect()
    }

    /// Formats `n · 10^exponent`. `even` keeps the zeros at the end of a fraction in scientific notation, too.
    fn write(self, n: i128, exponent: i32, even: bool) -> String {
        match (self, plain(n, exponent)) {
            (Self::Plain, Some(text)) => text,
            _ if even => padded_scientific(n, exponent).trim_end_matches("e0").to_owned(),
            _ => scientific(n, exponent).trim_end_matches("e0").to_owned(),
        }
    }
}

/// Rounds `x` to a multiple of `10^exponent`, unless that is coarser than `own`, needs more than nine digits, or adds more
/// than three zeros.
fn at_exponent(x: f64, own: (i128, i32), exponent: i32) -> (i128, i32) {
    if own.0 == 0 || exponent >= own.1 || x.abs().log10().floor() as i32 - exponent >= PLAIN as i32 {
        return own;
    }
    let decimals = usize::try_from(-exponent).unwrap_or(0);
    let fine = parse(&format!("{x:.decimals$}"));
    if own.1 - exponent > 3 && fine.0 % 10_000 == 0 { own } else { fine }
}

/// Resolution for a mean, a quantile or an extreme of values with standard deviation `spread`: the digits that distinguish
/// such values, and at least four significant ones. Five significant digits if `spread` is unknown. Numbers that are
/// complete with fewer digits have no zeros at the end.
pub fn statistic_resolution(x: f64, spread: f64) -> f64 {
    let is_known = spread > 0.0 && spread.is_finite();
    let step = if is_known { spread / 1e3 } else { x.abs() / 1e5 };
    // The mean of values around zero is rarely zero, because sums are rounded.
    let is_rounding_error = is_known && x.abs() < spread * 1e-14;
    if is_rounding_error {
        return step;
    }
    let (_, exponent) = parse(&format!("{x:e}"));
    if is_complete(x, step) { step.max(number(1, exponent.min(0))) } else { step.min(x.abs() / 1e3) }
}

/// Resolution for the edge of a bin: the digits that distinguish a tenth of its `width`, and at least four significant ones.
/// Edges of at most six digits are complete. Edges within a ten-thousandth of the width of zero are rounded to zero, since
/// most of them are rounding errors.
pub fn edge_resolution(x: f64, width: f64) -> f64 {
    let step = width.abs() / 10.0;
    if x.abs() < step * 1e-3 || is_complete(x, step) {
        return step;
    }
    let (n, exponent) = parse(&format!("{x:e}"));
    let short = n.unsigned_abs() < 1_000_000;
    if short { step.min(number(1, exponent)) } else { step.min(x.abs() / 1e3) }
}

/// Resolution for an edge that the user typed: all its digits, up to twelve.
pub fn typed_resolution(x: f64, width: f64) -> f64 {
    let (n, exponent) = parse(&format!("{x:e}"));
    let typed = n.unsigned_abs() < 1_000_000_000_000;
    if typed { edge_resolution(x, width).min(number(1, exponent)) } else { edge_resolution(x, width) }
}

/// Returns true if `step` gives all digits of `x`.
fn is_complete(x: f64, step: f64) -> bool {
    rounded(x, step).is_some_and(|(n, exponent)| number(n, exponent) == x)
}

/// Formats the values of an axis as multiples of a power of ten, with equally many decimals; `None` if that does not make
/// them shorter. The power is the one of the largest value.
pub(crate) fn factored(values: &[f64]) -> Option<(i32, Vec<String>)> {
    let largest = values.iter().map(|x| x.abs()).fold(0.0, f64::max);
    let power = largest.log10().floor();
    if !(largest > 0.0 && power.is_finite()) || (-3.0..6.0).contains(&power) {
        return None;
    }
    let power = power as i32;
    let relative = |(n, exponent): (i128, i32)| (n, if n == 0 { 0 } else { exponent - power });
    let numbers: Vec<_> = values.iter().map(|x| relative(parse(&format!("{x:e}")))).collect();
    let decimals = numbers.iter().filter(|(n, _)| *n != 0).map(|(_, exponent)| -exponent).max()?.max(0);
    let ten = |exponent: i32| 10_i128.checked_pow(u32::try_from(exponent).ok()?);
    let even = |(n, exponent): &(i128, i32)| plain(n.checked_mul(ten(exponent + decimals)?)?, -decimals);
    let labels: Vec<String> = numbers.iter().map(even).collect::<Option<_>>()?;
    labels.iter().all(|label| unsigned_length(label) <= 5).then_some((power, labels))
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
fn shorter(n: i128, exponent: i32) -> String {
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
    // If even the largest number begins with zeros, as 0.000125 does, they would have to be counted.
    let tiny = |(n, exponent): &(i128, i32)| *n == 0 || n.unsigned_abs().to_string().len() as i32 + exponent <= -3;
    let zeros = numbers.iter().any(|(n, _)| *n != 0) && numbers.iter().all(tiny);
    plain.filter(|labels| longest(labels) <= PLAIN.max(brief) && !zeros)
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
pub(crate) fn plain(n: i128, exponent: i32) -> Option<String> {
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
    let trailing = n.unsigned_abs().to_string().bytes().rev().take_while(|digit| *digit == b'0').count() as u32;
    match n {
        0 => "0".into(),
        n => padded_scientific(n / 10_i128.pow(trailing), exponent + trailing as i32),
    }
}

/// Formats one digit, a fraction with all other digits, and the exponent.
fn padded_scientific(n: i128, exponent: i32) -> String {
    if n == 0 {
        return "0".into();
    }
    let sign = if n < 0 { "-" } else { "" };
    let digits = n.unsigned_abs().to_string();
    let exponent = exponent + digits.len() as i32 - 1;
    match digits.split_at(1) {
        (first, "") => format!("{sign}{first}e{exponent}"),
        (first, rest) => format!("{sign}{first}.{rest}e{exponent}"),
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
        assert_eq!(column(&[12.5, -3.0, 1e-17], &statistic(4.0)), ["12.5", "-3", "0"]);
        assert_eq!(column(&[1.642_857_1, 0.638_876_6, 3.0], &statistic(0.638_88)), ["1.6429", "0.6389", "3"]);
        let edge = |x: f64| edge_resolution(x, 0.11);
        assert_eq!(column(&[-0.11, 0.004_137_7, 1e-7, f64::INFINITY], &edge), ["-0.11", "0.0041377", "0", "inf"]);
        // B8, annoyance 23: no chains such as 0.000125 … 0.0000310.
        assert_eq!(column(&[0.000_125, 0.000_031], &edge_of(1e-5)), ["1.25e-4", "3.1e-5"]);
    }

    fn edge_of(width: f64) -> impl Fn(f64) -> f64 {
        move |x| edge_resolution(x, width)
    }

    #[test]
    fn both_ends_of_a_bin_have_equally_many_digits() {
        let bin = |lo: f64, hi: f64| Notation::format_even(&[lo, hi].map(|x| (x, edge_resolution(x, hi - lo))));
        // B8: the label of a bin was [1.00, 1.125).
        assert_eq!(bin(1.0, 1.125), ["1.000", "1.125"]);
        assert_eq!(bin(1.25e-4, 1.5e-4), ["1.25e-4", "1.50e-4"]);
        assert_eq!(bin(-7.460_123e-7, 3.407_812e-6), ["-7.460e-7", "3.408e-6"]);
        assert_eq!(bin(-0.11, 0.004_137_7), ["-0.11", "0.0041377"]);
        assert_eq!(bin(0.0, 0.1), ["0", "0.10"]);
        assert_eq!(bin(0.1 + 0.2, 0.4), ["0.3000", "0.4000"]);
        assert_eq!(bin(12.0, f64::INFINITY), ["12", "inf"]);
        assert_eq!(bin(0.0156_25, 0.031_25), ["0.015625", "0.031250"]);
    }

    #[test]
    fn typed_edges_keep_all_their_digits() {
        let typed = |x: f64| format_value(x, typed_resolution(x, 10.0));
        assert_eq!([0.123_456_789, -2.5, 100.0].map(typed), ["0.123456789", "-2.5", "100"]);
        assert_eq!(typed(1.0 / 3.0), "0.3333");
    }

    #[test]
    fn an_axis_of_tiny_or_huge_values_has_a_common_factor() {
        let labels = |values: &[f64]| factored(values).map(|(power, labels)| (power, labels.join(" ")));
        let tiny = [-1.25e-4, -1e-4, 0.0, 2.5e-5];
        assert_eq!(labels(&tiny), Some((-4, "-1.25 -1.00 0 0.25".into())));
        assert_eq!(labels(&[0.0, 5e6, 1e7]), Some((7, "0 0.5 1.0".into())));
        assert_eq!(labels(&[0.0, 5e4]), None);
        assert_eq!(labels(&[1e-9, 1e-4]), None, "decades do not get shorter");
        assert_eq!((labels(&[]), labels(&[0.0]), labels(&[f64::INFINITY])), (None, None, None));
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
