//! Strings, as strict as in Python. An unpaired surrogate becomes U+FFFD, because Rust strings cannot contain it.

use super::error::Failure;

/// Reads the string whose opening quote is at `start`. Returns it with the offset after its closing quote.
pub(super) fn read(text: &[u8], start: usize) -> Result<(String, usize), Failure> {
    let mut string = String::new();
    let mut at = start + 1;
    loop {
        let plain = text[at..].iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
        let end = plain.map_or(text.len(), |length| at + length);
        let chunk = str::from_utf8(&text[at..end])
            .map_err(|e| Failure::new(at + e.valid_up_to(), "a string contains bytes that are not UTF-8"))?;
        string.push_str(chunk);
        at = match text.get(end) {
            None => return Err(Failure::new(end, "the text ends inside a string")),
            Some(b'"') => return Ok((string, end + 1)),
            Some(b'\\') => escape(text, end, &mut string)?,
            Some(control) => {
                let message = format!("a string contains the control character U+{control:04X}; it must be escaped");
                return Err(Failure::new(end, message));
            }
        };
    }
}

/// Appends the character of the escape at `at` and returns the offset after it.
fn escape(text: &[u8], at: usize, string: &mut String) -> Result<usize, Failure> {
    string.push(match text.get(at + 1) {
        Some(b'u') => return unicode(text, at, string),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(quoted @ (b'"' | b'\\' | b'/')) => char::from(*quoted),
        _ => return Err(Failure::new(at, "a string contains an unknown escape")),
    });
    Ok(at + 2)
}

/// Appends the character of a `\uXXXX` escape, or of two that form a surrogate pair.
fn unicode(text: &[u8], at: usize, string: &mut String) -> Result<usize, Failure> {
    let unit = unit(text, at).ok_or_else(|| Failure::new(at, "expected four hexadecimal digits after \\u"))?;
    if (0xD800..0xDC00).contains(&unit) && text.get(at + 6..at + 8) == Some(b"\\u") {
        let low = self::unit(text, at + 6).filter(|low| (0xDC00..0xE000).contains(low));
        if let Some(pair) = low.and_then(|low| char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00))) {
            string.push(pair);
            return Ok(at + 12);
        }
    }
    string.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    Ok(at + 6)
}

/// Value of the four hexadecimal digits of the `\uXXXX` at `at`.
fn unit(text: &[u8], at: usize) -> Option<u32> {
    let digits = text.get(at + 2..at + 6)?;
    digits.iter().try_fold(0, |unit, byte| Some(unit << 4 | char::from(*byte).to_digit(16)?))
}
