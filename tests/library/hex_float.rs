//! Hexadecimal floats, which keep every bit of a float in text.

/// Parses a float as Python's `float.hex` writes it: `-0x1.8p-3`, `inf`, `-inf`, `nan`.
pub(crate) fn hex_float(text: &str) -> f64 {
    let Some((sign, digits)) = text.split_once("0x") else { return text.parse().unwrap() };
    let (mantissa, exponent) = digits.split_once('p').unwrap();
    let (integer, fraction) = mantissa.split_once('.').unwrap();
    let mantissa = u64::from_str_radix(&format!("{integer}{fraction}"), 16).unwrap() as f64;
    let exponent = exponent.parse::<i32>().unwrap() - 4 * fraction.len() as i32;
    // Scale in two steps, because the smallest power of two underflows on its own.
    let value = (mantissa * 2f64.powi(exponent / 2)) * 2f64.powi(exponent - exponent / 2);
    if sign == "-" { -value } else { value }
}
