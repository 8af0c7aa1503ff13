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
    if !x.is_finite() {
        return not_finite(x);
    }
    if !(resolution > 0.0 && resolution.is_finite()) {
        return shortest(x);
    }
    let decimals = (-resolution.log10() - 1e-9).ceil() as i32;
    // Below a billion, whole digits are never rounded away: a value of 12,845 in bins of 5,000 reads 12,845.
    let decimals = if x.abs() < 1e9 { decimals.max(0) } else { decimals };
    let (n, exponent) = parse(&format!("{x:e}"));
    let short = n.unsigned_abs().to_string().len() <= PLAIN;
    let decimals = if short && (decimals..=decimals + SPARE).contains(&-exponent) { -exponent } else { decimals };
    let digits = if x == 0.0 { -1 } else { x.abs().log10().floor() as i32 + decimals };
    match usize::try_from(digits) {
        Ok(digits) if digits > 16 => shortest(x),
        Ok(digits) => {
            let (mut n, mut exponent) = parse(&format!("{x:.digits$e}"));
            // Rounding up to the next power of ten leaves one digit too few.
            if exponent > -decimals && decimals > 0 {
                (n, exponent) = (n * 10, exponent - 1);
            }
            shorter(n, exponent)
        }
        // Less than one step: rounds to zero or to one step.
        Err(_) if x.abs() < number(5, -decimals - 1) => "0".into(),
        Err(_) => shorter(if x < 0.0 { -1 } else { 1 }, -decimals),
    }
}

/// Formats a mean or standard deviation of values with standard deviation `spread`, with the digits that distinguish such
/// values. Uses five significant digits if `spread` is unknown, and `–` if `x` is NaN.
pub fn format_statistic(x: f64, spread: f64) -> String {
    if x.is_nan() {
        return "–".into();
    }
    let is_known = spread > 0.0 && spread.is_finite();
    format_value(x, if is_known { spread / 1e4 } else { x.abs() / 1e5 })
}

/// Formats a quantile or extreme of values with standard deviation `spread`, like [`format_statistic`] but with at least
/// three significant digits, so that small values next to a heavy tail stay readable.
pub fn format_quantile(x: f64, spread: f64) -> String {
    let own = x.abs() / 1e2;
    if own > 0.0 && own < spread / 1e4 { format_value(x, own) } else { format_statistic(x, spread) }
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
    let scientific: Vec<String> = numbers.iter().map(|(n, exponent)| scientific(*n, *exponent)).collect();
    let plain: Option<Vec<String>> = numbers.iter().map(|(n, exponent)| plain(*n, *exponent)).collect();
    let longest = |labels: &[String]| labels.iter().map(|text| unsigned_length(text)).max().unwrap_or(0);
    let brief = longest(&scientific);
    // Plain digits such as 0.0000002 have too many zeros to count.
    let tiny = |(n, exponent): &(i128, i32)| *n == 0 || n.unsigned_abs().to_string().len() as i32 + exponent <= -3;
    let zeros = |labels: &[String]| numbers.iter().all(tiny) && longest(labels) >= 2 * brief;
    plain.filter(|labels| longest(labels) <= PLAIN.max(brief) && !zeros(labels)).unwrap_or(scientific)
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

/// Formats the fewest digits that identify `x`.
fn shortest(x: f64) -> String {
    let (n, exponent) = parse(&format!("{x:e}"));
    shorter(n, exponent)
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
        fn formatted_numbers_are_short(x in any::<f64>(), resolution in any::<f64>()) {
            prop_assert!(format_value(x, resolution).len() <= 24);
            prop_assert!(format_count(x, 3).len() <= 24);
            prop_assert!(format_short(x).len() <= 6 + usize::from(x < 0.0), "{}", format_short(x));
        }
    }
}
