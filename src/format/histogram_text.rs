//! Histograms in text cells of a table, as JSON or as Python's `repr` of the same object.

use crate::json::{self, Node};
use crate::wandb::Histogram;
use std::borrow::Cow;

/// Reads a histogram. Returns `None` for a text that is not one, and a message for one that cannot be read.
pub(super) fn read(text: &str) -> Option<Result<Histogram, String>> {
    let node = node(text)?;
    Some(node.and_then(|node| Histogram::read(&node).map_err(|why| why.to_string())))
}

/// Parses the object of a histogram. Returns `None` for other texts.
pub(super) fn node(text: &str) -> Option<Result<Node, String>> {
    let text = text.trim();
    if !text.starts_with('{') || !text.contains("_type") || !text.contains("histogram") {
        return None;
    }
    let text = if text.contains('\'') { Cow::Owned(json_of(text)) } else { Cow::Borrowed(text) };
    match json::parse(text.as_bytes()) {
        Ok(item) => {
            let kind = item.node.get("_type").map(|item| &item.node);
            let is_histogram =
                matches!(kind, Some(Node::Text(kind)) if kind == "histogram" || kind == "trackio.histogram");
            is_histogram.then_some(Ok(item.node))
        }
        Err(why) => Some(Err(why.to_string())),
    }
}

/// Converts Python's `repr` of dictionaries, lists, strings and numbers to JSON.
fn json_of(python: &str) -> String {
    let mut json = String::with_capacity(python.len());
    let mut rest = python;
    while let Some(first) = rest.chars().next() {
        if first == '\'' || first == '"' {
            let end = closing(rest, first);
            let inner = rest.get(1..end).unwrap_or_default();
            let inner = if first == '\'' { inner.replace("\\'", "'").replace('"', "\\\"") } else { inner.to_owned() };
            json.push('"');
            json.push_str(&inner);
            json.push('"');
            rest = rest.get(end + 1..).unwrap_or_default();
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len()).max(first.len_utf8());
        let (word, after) = rest.split_at(end);
        json.push_str(match word {
            "nan" => "NaN",
            "inf" => "Infinity",
            "None" => "null",
            "True" => "true",
            "False" => "false",
            "(" => "[",
            ")" => "]",
            other => other,
        });
        rest = after;
    }
    json
}

/// Returns the offset of the quote that closes a string.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        read(text).unwrap().unwrap().to_json()
    }

    #[test]
    fn json_and_pythons_repr_give_the_same_histogram() {
        let expected = r#"{"_type": "histogram", "values": [1, 2], "bins": [-Infinity, 0.5, NaN]}"#;
        assert_eq!(json(expected), expected);
        assert_eq!(json("{'_type': 'histogram', 'values': [1, 2], 'bins': [-inf, 0.5, nan]}"), expected);
        assert_eq!(
            json(r#" {'_type': "histogram", 'it\'s': 'a "word"', 'values': (1, 2), 'bins': [-inf, 0.5, nan]}"#),
            expected
        );
    }

    #[test]
    fn other_texts_are_not_histograms_and_damaged_ones_have_a_reason() {
        for text in ["", "{}", "a histogram", r#"{"_type": "image", "caption": "histogram"}"#, "[1, 2]"] {
            assert!(read(text).is_none(), "{text}");
        }
        assert!(read(r#"{"_type": "histogram", "values": [1, 2"#).unwrap().is_err());
        assert!(read("{'_type': 'histogram', 'values': [1], 'bins': ").unwrap().is_err());
    }
}
