//! Parser for the key scripts of `--keys` and `--record`.

use anyhow::{Context, Result, bail};

/// A key and its number of repeats.
#[derive(Debug, PartialEq)]
pub(crate) struct Key {
    /// Bytes that a terminal sends for the key; empty for a pause.
    pub(crate) bytes: Vec<u8>,
    pub(crate) count: usize,
    /// Milliseconds that a recording shows the screen after each repeat.
    pub(crate) pace: Option<u64>,
}

/// Returns the keys of a script. Each character is a key, and so is each `<name*count@pace>`.
pub(crate) fn parse(script: &str) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let (key, next) = match rest.strip_prefix('<').and_then(|inner| inner.split_once('>')) {
            Some((text, next)) => (bracketed(text).with_context(|| format!("invalid key <{text}>"))?, next),
            None => (Key { bytes: c.to_string().into_bytes(), count: 1, pace: None }, &rest[c.len_utf8()..]),
        };
        keys.push(key);
        rest = next;
    }
    Ok(keys)
}

/// Reads `name*count@pace`. The name may itself be `*` or `@`.
fn bracketed(text: &str) -> Result<Key> {
    let (text, pace) = number_after('@', text, "milliseconds")?;
    let (name, count) = number_after('*', text, "repeats")?;
    let count = count.unwrap_or(1).try_into()?;
    Ok(Key { bytes: bytes(name)?, count, pace })
}

/// Splits off the number after the last `mark`, unless the mark is the first character.
fn number_after<'a>(mark: char, text: &'a str, unit: &str) -> Result<(&'a str, Option<u64>)> {
    match text.rsplit_once(mark).filter(|(before, _)| !before.is_empty()) {
        Some((before, number)) => {
            let number = number.parse().with_context(|| format!("'{number}' is not a number of {unit}"))?;
            Ok((before, Some(number)))
        }
        None => Ok((text, None)),
    }
}

/// Returns the bytes that a terminal sends for a key.
fn bytes(name: &str) -> Result<Vec<u8>> {
    let bytes: &[u8] = match name {
        "Pause" => b"",
        "Enter" => b"\r",
        "Esc" => b"\x1b",
        "Tab" => b"\t",
        "Space" => b" ",
        "Backspace" => b"\x7f",
        "lt" => b"<",
        "Up" => b"\x1b[A",
        "Down" => b"\x1b[B",
        "Right" => b"\x1b[C",
        "Left" => b"\x1b[D",
        "Home" => b"\x1b[H",
        "End" => b"\x1b[F",
        "PageUp" => b"\x1b[5~",
        "PageDown" => b"\x1b[6~",
        _ if name.chars().count() == 1 => name.as_bytes(),
        _ => match name.strip_prefix("C-").map(str::as_bytes) {
            Some([letter @ b'a'..=b'z']) => return Ok(vec![letter - b'a' + 1]),
            _ => bail!("'{name}' is not the name of a key"),
        },
    };
    Ok(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &str, count: usize, pace: Option<u64>) -> Key {
        Key { bytes: bytes.into(), count, pace }
    }

    #[test]
    fn characters_and_names_mix() {
        assert_eq!(parse("w<Enter><C-r>").unwrap(), [key("w", 1, None), key("\r", 1, None), key("\x12", 1, None)]);
    }

    #[test]
    fn keys_carry_a_count_and_a_pace() {
        let script = "<+*30@80><]*2><Pause@1000>";
        assert_eq!(parse(script).unwrap(), [key("+", 30, Some(80)), key("]", 2, None), key("", 1, Some(1000))]);
    }

    #[test]
    fn marks_can_be_keys() {
        let script = "*@<**3><@@50><*@9>";
        let keys =
            [key("*", 1, None), key("@", 1, None), key("*", 3, None), key("@", 1, Some(50)), key("*", 1, Some(9))];
        assert_eq!(parse(script).unwrap(), keys);
    }

    #[test]
    fn unknown_names_and_counts_are_rejected() {
        for script in ["<Entr>", "<+*x>", "<+@>", "<>", "<C-1>"] {
            assert!(parse(script).is_err(), "{script}");
        }
    }
}
