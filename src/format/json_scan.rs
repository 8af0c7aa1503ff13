//! Histograms inside JSON texts of a log: finds all of them without reading a number, and reads one.
//!
//! Most of the bytes of a log are bins that nobody may ever look at. While they are passed over the text is trusted to be
//! JSON (with bare NaN and Infinity); where it is not, fewer or other histograms are found, and reading one of them says
//! what is wrong.

use super::DecodeError;
use crate::{json, wandb};
use std::borrow::Cow;

/// How deep arrays and objects may lie in each other; what lies deeper is not looked at.
const MAX_DEPTH: usize = 128;

/// A key without its escapes, or a position in an array.
type Label<'t> = Cow<'t, [u8]>;

enum Level<'t> {
    /// Inside an object; the key at hand as it is written between its quotes, and whether the next text is a key.
    Object { key: &'t [u8], expects_key: bool },
    /// Inside an array, at this element.
    Array(usize),
}

/// Calls `each` with the path of every object whose `_type` is `histogram`: keys, and positions in arrays.
pub(super) fn histograms<'t>(text: &'t [u8], each: &mut dyn FnMut(&[Label<'t>])) {
    if memchr::memmem::find(text, b"\"histogram\"").is_none() {
        return;
    }
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (byte, levels.last_mut()) {
            (b'{', _) => levels.push(Level::Object { key: &[], expects_key: true }),
            (b'[', _) => match flat_array(&text[at + 1..]) {
                Some(len) => at += len + 1,
                None => levels.push(Level::Array(0)),
            },
            (b'}' | b']', _) => _ = levels.pop(),
            (b',', Some(Level::Array(element))) => *element += 1,
            (b',', Some(Level::Object { expects_key, .. })) => *expects_key = true,
            (b'"', level) => {
                let content = string_content(&text[at + 1..]);
                at += content.len() + 1;
                let found = match level {
                    Some(Level::Object { key, expects_key: expects_key @ true }) => {
                        *key = content;
                        *expects_key = false;
                        false
                    }
                    Some(Level::Object { key: b"_type", .. }) => content == b"histogram",
                    _ => false,
                };
                if let (true, Some((_, outer))) = (found, levels.split_last()) {
                    each(&outer.iter().map(Level::label).collect::<Vec<_>>());
                }
            }
            _ => {}
        }
        if levels.len() > MAX_DEPTH {
            return;
        }
        at += 1;
    }
}

/// The histogram behind a path of keys and positions, whole or broken.
///
/// # Errors
/// What is wrong with the text, or with the object there.
pub(super) fn histogram(text: &[u8], path: &[String]) -> Result<wandb::Histogram, DecodeError> {
    let root = json::parse(text).map_err(|why| DecodeError::new(format!("it is not JSON: {why}")))?;
    let mut item = &root;
    for label in path {
        item = match &item.node {
            json::Node::Array(elements) => label.parse().ok().and_then(|at: usize| elements.get(at)),
            node => node.get(label),
        }
        .ok_or_else(|| DecodeError::new(format!("there is nothing under '{label}'")))?;
    }
    wandb::Histogram::read(&item.node).map_err(|why| DecodeError::new(why.to_string()))
}

impl<'t> Level<'t> {
    fn label(&self) -> Label<'t> {
        match self {
            Self::Array(element) => Cow::Owned(element.to_string().into_bytes()),
            Self::Object { key, .. } if key.contains(&b'\\') => {
                let quoted = [b"\"", *key, b"\""].concat();
                let text: Option<String> = serde_json::from_slice(&quoted).ok();
                text.map_or(Cow::Borrowed(*key), |text| Cow::Owned(text.into_bytes()))
            }
            Self::Object { key, .. } => Cow::Borrowed(*key),
        }
    }
}

/// Bytes up to the closing bracket of an array without texts, arrays and objects, which is what bins and counts are.
fn flat_array(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr3(b'[', b'{', b']', text)?;
    (text[end] == b']' && memchr::memchr(b'"', &text[..end]).is_none()).then_some(end)
}

/// What stands before the closing quote; everything if there is none.
fn string_content(text: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &text[from..]) {
        if text[from + found] == b'"' {
            return &text[..from + found];
        }
        from = (from + found + 2).min(text.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        histograms(text.as_bytes(), &mut |path| {
            all.push(path.iter().map(|label| String::from_utf8_lossy(label)).collect::<Vec<_>>().join("|"));
        });
        all
    }

    #[test]
    fn finds_them_at_the_root_in_objects_and_in_arrays() {
        assert_eq!(found(r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#), [""]);
        assert_eq!(found(r#"{"bins":[0,NaN],"values":[1],"_type":"histogram"}"#), [""]);
        assert_eq!(found(r#"{"a.b": {"x": 1, "c": {"values": [], "_type":"histogram"}}, "d": 2}"#), ["a.b|c"]);
        assert_eq!(found(r#"[{"_type":"histogram"}, 5, {"k": [[], {"_type" : "histogram"}]}]"#), ["0", "2|k|1"]);
    }

    #[test]
    fn keys_lose_their_escapes_and_other_texts_are_no_histograms() {
        assert_eq!(found(r#"{"uni\u00e9 \"q\"": {"_type": "histogram"}}"#), ["unié \"q\""]);
        assert_eq!(found(r#"{"_type": "table-file", "note": "histogram", "x": ["_type", "histogram"]}"#), [""; 0]);
        assert_eq!(found(r#"{"say": "{\"_type\": \"histogram\"}", "histogram": 1}"#), [""; 0]);
    }

    #[test]
    fn text_that_is_no_json_ends_quietly() {
        for torn in [r#"{"_type": "histogram"#, r#"{"a": "\"#, "]]]}}}\"histogram\"", &"[".repeat(1000)] {
            assert_eq!(found(torn), [""; 0], "{torn}");
        }
    }
}
