//! Histograms inside the JSON texts of a log: a scan that finds all without parsing numbers, and a reader for one.
//!
//! Most bytes of a log are bins that may never be displayed. The scan trusts the text to be JSON (with bare NaN and
//! Infinity). In a malformed text it may miss histograms or find wrong ones; reading one of them reports the error.

use super::DecodeError;
use crate::engine::Budget;
use crate::{json, wandb};
use std::borrow::Cow;
use std::cell::Cell;

/// Maximum nesting of arrays and objects. The scan stops at a deeper one.
const MAX_DEPTH: usize = 128;

/// A key without its escapes, or an index of an array.
type Label<'t> = Cow<'t, [u8]>;

enum Level<'t> {
    /// Inside an object: the raw bytes of the current key, and true if the next string is a key.
    Object { key: &'t [u8], expects_key: bool },
    /// Inside an array, at this element.
    Array(usize),
}

/// Calls `each` with the path (keys and array indices) of every object whose `_type` is `histogram`.
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

/// Reads the histogram at a path of keys and array indices. It may be malformed.
///
/// # Errors
/// The text is not JSON, or the object is not a histogram.
pub(super) fn histogram(text: &[u8], path: &[String], memory: &Budget) -> Result<wandb::Histogram, DecodeError> {
    let (held, tree) = (memory.reservation(), Cell::new(0_isize));
    // The histogram copies numbers from the tree.
    let root = json::parse_line_watched(text, 0..text.len(), 1, &|more| {
        tree.set(tree.get() + more.held);
        held.set(2 * tree.get().max(0) as u64).is_ok()
    });
    memory.check()?;
    let root = root.map_err(|why| DecodeError::new(format!("invalid JSON: {why}")))?;
    let mut item = &root;
    for label in path {
        item = match &item.node {
            json::Node::Array(elements) => label.parse().ok().and_then(|at: usize| elements.get(at)),
            node => node.get(label),
        }
        .ok_or_else(|| DecodeError::new(format!("no value under '{label}'")))?;
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

/// Returns the length up to the closing bracket of an array without strings, arrays and objects. Bins and counts are
/// such arrays.
fn flat_array(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr3(b'[', b'{', b']', text)?;
    (text[end] == b']' && memchr::memchr(b'"', &text[..end]).is_none()).then_some(end)
}

/// Returns the bytes before the closing quote, or all bytes if the string is not closed.
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
    fn finds_histograms_at_the_root_in_objects_and_in_arrays() {
        assert_eq!(found(r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#), [""]);
        assert_eq!(found(r#"{"bins":[0,NaN],"values":[1],"_type":"histogram"}"#), [""]);
        assert_eq!(found(r#"{"a.b": {"x": 1, "c": {"values": [], "_type":"histogram"}}, "d": 2}"#), ["a.b|c"]);
        assert_eq!(found(r#"[{"_type":"histogram"}, 5, {"k": [[], {"_type" : "histogram"}]}]"#), ["0", "2|k|1"]);
    }

    #[test]
    fn keys_are_unescaped_and_other_strings_are_ignored() {
        assert_eq!(found(r#"{"uni\u00e9 \"q\"": {"_type": "histogram"}}"#), ["unié \"q\""]);
        assert_eq!(found(r#"{"_type": "table-file", "note": "histogram", "x": ["_type", "histogram"]}"#), [""; 0]);
        assert_eq!(found(r#"{"say": "{\"_type\": \"histogram\"}", "histogram": 1}"#), [""; 0]);
    }

    #[test]
    fn malformed_json_yields_nothing() {
        for torn in [r#"{"_type": "histogram"#, r#"{"a": "\"#, "]]]}}}\"histogram\"", &"[".repeat(1000)] {
            assert_eq!(found(torn), [""; 0], "{torn}");
        }
    }
}
