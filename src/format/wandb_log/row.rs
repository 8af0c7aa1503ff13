//! The items of one row by their paths. A row may contain the histograms of all series, so that a search for each would
//! take quadratic time.

use super::history::{Found, items, object};
use super::lists;
use crate::engine::{ALLOCATION, Budget};
use crate::format::DecodeError;
use crate::format::column::Column;
use crate::format::json_scan;
use crate::format::protobuf::Malformed;
use crate::wandb;
use std::collections::HashMap;

/// Bytes of memory for an item, without its path and text.
const ITEM: usize = 200;

/// The items of a row.
#[derive(Debug, Default)]
pub struct Row {
    /// The last label and the JSON text of each item.
    items: Vec<(Vec<u8>, Vec<u8>)>,
    /// The last item of each path.
    by_path: HashMap<Vec<u8>, usize>,
    /// The items of each path without its last label.
    members: HashMap<Vec<u8>, Vec<usize>>,
}

impl Row {
    pub(super) fn of(history: &[u8], memory: &Budget) -> Result<Self, Malformed> {
        let (mut row, held) = (Self::default(), memory.reservation());
        items(history, &mut |labels, text| {
            let path = labels.iter().map(|label| label.len() + size_of::<u64>() + ALLOCATION).sum::<usize>();
            if held.grow((ITEM + 3 * path + text.len()) as u64).is_err() {
                return;
            }
            let index = row.items.len();
            let name = labels.last().map(|label| label.to_vec()).unwrap_or_default();
            row.items.push((name, text.into_owned()));
            row.by_path.insert(key(labels.iter().copied()), index);
            if let Some((_, above)) = labels.split_last() {
                row.members.entry(key(above.iter().copied())).or_default().push(index);
            }
        })?;
        Ok(row)
    }

    /// Decodes the histogram at a path.
    ///
    /// # Errors
    /// It does not exist, is malformed, or exceeds the memory budget.
    pub fn histogram(&self, path: &[String], memory: &Budget) -> Result<wandb::Histogram, DecodeError> {
        let found = self.find(path).ok_or_else(|| DecodeError::new("the record does not contain this histogram"))?;
        json_scan::histogram(&found.text, path.get(found.labels..).unwrap_or_default(), memory)
    }

    /// Decodes the list of numbers at a path.
    ///
    /// # Errors
    /// It does not exist, or is malformed.
    pub fn list(&self, path: &[String]) -> Result<Column, DecodeError> {
        let found = self.find(path).ok_or_else(|| DecodeError::new("the record does not contain this list"))?;
        lists::read(&found.text, path.get(found.labels..).unwrap_or_default())
    }

    /// Finds the same text as [`find`](super::history::find).
    fn find(&self, path: &[String]) -> Option<Found> {
        let labels = || path.iter().map(String::as_bytes);
        if let Some(members) = self.members.get(&key(labels())) {
            let members = members.iter().filter_map(|index| self.items.get(*index));
            return Some(Found {
                text: object(members.map(|(name, text)| (&name[..], &text[..]))),
                labels: path.len(),
            });
        }
        let above = (0..=path.len()).filter_map(|n| Some((*self.by_path.get(&key(labels().take(n)))?, n)));
        let (index, labels) = above.max()?;
        Some(Found { text: self.items.get(index)?.1.clone(), labels })
    }
}

/// Encodes a path without ambiguity.
fn key<'l>(labels: impl Iterator<Item = &'l [u8]>) -> Vec<u8> {
    let mut key = Vec::new();
    for label in labels {
        key.extend((label.len() as u64).to_le_bytes());
        key.extend(label);
    }
    key
}

#[cfg(test)]
mod tests {
    use super::super::history::find;
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, bytes.len() as u8][..], bytes].concat()
    }

    /// An item whose text has the field number 16.
    fn item(path: &[&str], text: &str) -> Vec<u8> {
        let labels = path.iter().flat_map(|label| field(2, label.as_bytes()));
        let text = [&[0x82, 1, text.len() as u8][..], text.as_bytes()].concat();
        field(1, &labels.chain(text).collect::<Vec<u8>>())
    }

    #[test]
    fn an_indexed_row_and_a_search_find_the_same_text() {
        let row = [
            item(&["a"], "1"),
            item(&["a", "b"], "2"),
            item(&["a"], "{\"c\":{}}"),
            item(&["h", "_type"], "\"histogram\""),
            item(&["h", "values"], "[1]"),
            item(&["x", "y", "z"], "3"),
        ]
        .concat();
        let indexed = Row::of(&row, &Budget::default()).unwrap();
        for path in [&["a"][..], &["a", "b"], &["a", "c"], &["h"], &["x"], &["x", "y"], &["x", "y", "z"], &["no"], &[]]
        {
            let path: Vec<String> = path.iter().map(|label| (*label).to_owned()).collect();
            assert_eq!(indexed.find(&path), find(&row, &path).unwrap(), "{path:?}");
        }
    }
}
