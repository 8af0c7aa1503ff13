//! Lists of numbers in a row. The SDK logs lists and arrays of up to 32 numbers as they are, and longer ones as histograms.

use super::history::{Text, items, label_text};
use crate::error::{At, Problem};
use crate::format::DecodeError;
use crate::format::column::{Column, ColumnBuilder};
use crate::format::protobuf::Malformed;
use crate::format::samples::push_value;
use crate::json::{self, Item, Node};
use std::collections::{BTreeSet, HashSet};

/// Maximum size of an object that is searched for lists. Objects of this size are media.
const MAX_OBJECT: usize = 1 << 20;

/// The content of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ListContent {
    Numbers,
    /// Texts and no numbers.
    Other,
}

/// The keys of lists without numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct ListsWithoutNumbers(BTreeSet<String>);

impl ListsWithoutNumbers {
    /// Number of keys that are kept.
    const MAX: usize = 1000;

    pub(super) fn add(&mut self, path: &[&[u8]]) {
        if self.0.len() < Self::MAX {
            self.0.insert(path.iter().map(label_text).collect::<Vec<_>>().join("."));
        }
    }

    pub(super) fn problem(&self) -> Option<Problem> {
        let keys: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let message = format!("skipped lists without numbers: {}", keys.join(", "));
        (!keys.is_empty()).then(|| Problem::new(At::Whole, message))
    }
}

/// Calls `each` with the path of every list in a row. Lists of objects, and lists inside values with a `_type`, such as the
/// bins of histograms, are not lists of samples.
pub(super) fn find(history: &[u8], each: &mut dyn FnMut(&[&[u8]], ListContent)) -> Result<(), Malformed> {
    let mut candidates: Vec<(Vec<&[u8]>, Text<'_>)> = Vec::new();
    let mut typed: HashSet<Vec<&[u8]>> = HashSet::new();
    items(history, &mut |labels, text| {
        if let Some((&b"_type", parent)) = labels.split_last() {
            typed.insert(parent.to_vec());
        } else if matches!(text.first(), Some(b'[' | b'{')) {
            candidates.push((labels.to_vec(), text));
        }
    })?;
    for (labels, text) in candidates {
        let in_typed = (1..=labels.len()).any(|end| labels.get(..end).is_some_and(|path| typed.contains(path)));
        if in_typed || labels.is_empty() {
            continue;
        }
        if text.first() == Some(&b'[') {
            if let Some(content) = content(&text) {
                each(&labels, content);
            }
        } else if text.len() <= MAX_OBJECT
            && text.contains(&b'[')
            && memchr::memmem::find(&text, b"\"_type\"").is_none()
        {
            let Ok(root) = json::parse(&text) else { continue };
            in_object(&root.node, &mut labels.clone(), each);
        }
    }
    Ok(())
}

fn in_object<'n>(node: &'n Node, labels: &mut Vec<&'n [u8]>, each: &mut dyn FnMut(&[&[u8]], ListContent)) {
    let Node::Object(members) = node else { return };
    for member in members {
        labels.push(member.name.as_bytes());
        match list_content(&member.value.node) {
            Some(content) => each(labels, content),
            None => in_object(&member.value.node, labels, each),
        }
        labels.pop();
    }
}

/// Returns the content of a list in JSON, or `None` if it contains objects. A list without strings is not parsed.
fn content(text: &[u8]) -> Option<ListContent> {
    match memchr::memchr2(b'"', b'{', text) {
        None => Some(ListContent::Numbers),
        Some(_) => list_content(&json::parse(text).ok()?.node),
    }
}

fn list_content(node: &Node) -> Option<ListContent> {
    match node {
        Node::Numbers(_) => Some(ListContent::Numbers),
        Node::Array(_) if has_objects(node) => None,
        Node::Array(items) => {
            let mut column = ColumnBuilder::default();
            push_items(items, &mut column);
            let has_texts = column.rejected().is_some();
            Some(if has_texts { ListContent::Other } else { ListContent::Numbers })
        }
        _ => None,
    }
}

fn has_objects(node: &Node) -> bool {
    match node {
        Node::Object(_) => true,
        Node::Array(items) => items.iter().any(|item| has_objects(&item.node)),
        _ => false,
    }
}

fn push_items(items: &[Item], column: &mut ColumnBuilder) {
    for (i, item) in items.iter().enumerate() {
        match &item.node {
            Node::Array(items) => push_items(items, column),
            Node::Numbers(numbers) => numbers.iter().for_each(|number| column.push(number, || At::Whole)),
            value => push_value(column, value, || At::Path(format!("[{i}]"))),
        }
    }
}

/// Reads the list at a path of keys in a JSON text. Nested lists are flattened in C order.
///
/// # Errors
/// The text is not JSON, or has no list at the path.
pub(super) fn read(text: &[u8], path: &[String]) -> Result<Column, DecodeError> {
    let root = json::parse(text).map_err(|why| DecodeError::new(format!("invalid JSON: {why}")))?;
    let mut node = &root.node;
    for label in path {
        let member = node.get(label).ok_or_else(|| DecodeError::new(format!("no value under '{label}'")))?;
        node = &member.node;
    }
    let mut column = ColumnBuilder::default();
    match node {
        Node::Numbers(numbers) => numbers.iter().for_each(|number| column.push(number, || At::Whole)),
        Node::Array(items) => push_items(items, &mut column),
        other => return Err(DecodeError::new(format!("the value is {}, not a list", other.kind()))),
    }
    Ok(column.finish_empty(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::Samples;

    #[test]
    fn lists_are_flattened_and_gaps_are_counted() {
        let column = read(br#"{"a": [1, null, [2.5, "NaN"], "x", true]}"#, &["a".to_owned()]).unwrap();
        let Samples::F64(values) = &column.samples else { panic!("{column:?}") };
        assert_eq!((values.len(), values[0], values[1], values[3]), (4, 1.0, 2.5, 1.0));
        assert!(values[2].is_nan());
        assert_eq!((column.missing, column.bad), (1, 1));
        assert_eq!(read(b"[]", &[]).unwrap().samples, Samples::F64(Vec::new()));
        assert!(read(b"5", &[]).is_err() && read(b"[1]", &["a".to_owned()]).is_err());
    }

    #[test]
    fn lists_of_objects_are_not_samples_and_texts_are_named() {
        assert_eq!(content(b"[1, NaN, null]"), Some(ListContent::Numbers));
        assert_eq!(content(br#"["Infinity", 1]"#), Some(ListContent::Numbers));
        assert_eq!(content(br#"["cat", "dog"]"#), Some(ListContent::Other));
        assert_eq!(content(br#"[{"_type": "histogram"}]"#), None);
    }
}
