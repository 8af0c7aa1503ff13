//! Spellings of missing values, NaN and infinities: those of spreadsheets, databases, C runtimes and `nvidia-smi`.

/// The value of a text that is not written in digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Spelling {
    Missing,
    Float(f64),
    /// An infinity or NaN of a C runtime, rounded so that the difference is lost: `1.#J`.
    Ambiguous,
}

/// Notations for a missing value. `NaN` is a value.
const MISSING: [&str; 17] = [
    "NA",
    "N/A",
    "<NA>",
    "null",
    "None",
    "-",
    "--",
    "\\N",
    "[N/A]",
    "[Not Supported]",
    "[Not Found]",
    "[Unknown]",
    "[Unknown Error]",
    "[Insufficient Permissions]",
    "[GPU requires reset]",
    "#N/A N/A",
    "#NA",
];

/// Errors of spreadsheets, without the number sign.
const ERRORS: [&str; 15] = [
    "N/A",
    "NUM!",
    "DIV/0!",
    "REF!",
    "VALUE!",
    "NAME?",
    "NULL!",
    "SPILL!",
    "CALC!",
    "FIELD!",
    "BLOCKED!",
    "CONNECT!",
    "UNKNOWN!",
    "BUSY!",
    "GETTING_DATA",
];

/// Returns the value of a text without blanks around it. Ignores case. `None` for numbers in digits and other texts.
pub(super) fn read(text: &[u8]) -> Option<Spelling> {
    let text = str::from_utf8(text).ok().filter(|text| text.len() <= 32)?;
    let is = |marker: &&str| text.eq_ignore_ascii_case(marker);
    if MISSING.iter().any(is) || is_error(text) {
        return Some(Spelling::Missing);
    }
    let (negative, size) = match text.strip_prefix(['+', '-']) {
        Some(size) => (text.starts_with('-'), size),
        None => (false, text),
    };
    match (size.strip_prefix("1.#"), not_a_number(size)) {
        (Some(rest), _) => runtime(rest, negative),
        (None, true) => Some(Spelling::Float(f64::NAN)),
        (None, false) => match size.to_ascii_lowercase().as_str() {
            "inf" | "infinity" => Some(infinity(negative)),
            _ => None,
        },
    }
}

/// Returns true for an error of a spreadsheet, such as `#DIV/0!`. A line that starts with one is not a comment.
pub(super) fn is_error(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|name| ERRORS.iter().any(|error| name.eq_ignore_ascii_case(error)))
        || text.eq_ignore_ascii_case("#NA")
}

/// Returns true for `nan`, also with a payload as in `nan(ind)` or `nan(0x8000)`, and for signaling and quiet NaN.
fn not_a_number(size: &str) -> bool {
    let lower = size.to_ascii_lowercase();
    let name = match lower.split_once('(') {
        Some((name, payload)) => {
            let is_word = |payload: &str| payload.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            if !payload.strip_suffix(')').is_some_and(is_word) {
                return false;
            }
            name
        }
        None => &lower,
    };
    matches!(name, "nan" | "nanq" | "nans" | "qnan" | "snan")
}

/// Reads what Microsoft's C runtime printed after `1.#`: up to six digits, where letters such as `INF` or `IND` come first.
/// With fewer digits it rounded the last letter up.
fn runtime(rest: &str, negative: bool) -> Option<Spelling> {
    let mantissa = rest.split_once(['e', 'E']).map_or(rest, |(mantissa, exponent)| {
        let digits = exponent.trim_start_matches(['+', '-']);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) { mantissa } else { rest }
    });
    match mantissa.trim_end_matches('0').to_ascii_uppercase().as_str() {
        "INF" => Some(infinity(negative)),
        "IND" | "NAN" | "QNAN" | "SNAN" | "R" | "QO" | "QNB" | "T" | "SO" | "SNB" => Some(Spelling::Float(f64::NAN)),
        "J" | "IO" => Some(Spelling::Ambiguous),
        _ => None,
    }
}

fn infinity(negative: bool) -> Spelling {
    Spelling::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_of_every_c_runtime_is_nan() {
        for text in [
            "nan",
            "-nan",
            "+NaN",
            "nan(ind)",
            "-nan(ind)",
            "nan(snan)",
            "-nan(snan)",
            "nan(0x8000)",
            "NaN()",
            "NaNQ",
            "NaNS",
            "1.#QNAN",
            "-1.#IND",
            "1.#IND00",
            "-1.#QNAN0",
            "1.#SNAN",
            "1.#QNAN0e+000",
            "1.#R",
        ] {
            assert!(matches!(read(text.as_bytes()), Some(Spelling::Float(x)) if x.is_nan()), "{text}");
        }
    }

    #[test]
    fn infinities_have_a_sign() {
        for (text, x) in [
            ("inf", f64::INFINITY),
            ("+Infinity", f64::INFINITY),
            ("-INF", f64::NEG_INFINITY),
            ("1.#INF", f64::INFINITY),
            ("-1.#INF00", f64::NEG_INFINITY),
        ] {
            assert_eq!(read(text.as_bytes()), Some(Spelling::Float(x)), "{text}");
        }
    }

    #[test]
    fn errors_of_spreadsheets_are_missing_values() {
        for text in ["#N/A", "#n/a", "#NUM!", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "[N/A]", "\\N", "NA"] {
            assert_eq!(read(text.as_bytes()), Some(Spelling::Missing), "{text}");
        }
    }

    #[test]
    fn rounded_infinities_stay_ambiguous_and_other_texts_are_not_read() {
        assert_eq!(read(b"1.#J"), Some(Spelling::Ambiguous));
        assert_eq!(read(b"-1.#IO"), Some(Spelling::Ambiguous));
        for text in ["1.5", "", "nano", "nan(", "nan(a b)", "1.#X", "# comment", "#1", "info", "1.#"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
