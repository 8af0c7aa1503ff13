//! History records, which are the rows of a run, and summary records.
//!
//! A row is a list of items. Three generations of writers stored histograms in three ways. One rule reads all of them:
//! the path of an item is its `nested_key`, or else its `key`; its JSON text belongs at that path; every object with the
//! `_type` `histogram` is a histogram. Labels are never split at dots or slashes.

use super::lists::{self, ListContent, ListsWithoutNumbers};
use crate::engine::{ALLOCATION, Budget};
use crate::format::json_scan;
use crate::format::protobuf::{Fields, Malformed, Value};
use crate::format::series::{EntryKind, RecordSpan, SeriesIndex, SeriesMap};
use crate::hist::Number;
use crate::wandb::number_text;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

/// The JSON text of the value of an item.
pub(super) type Text<'a> = Cow<'a, [u8]>;

/// The source of the step of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepFrom {
    /// The step of the record, or the item `_step` if an old writer did not set one.
    Row,
    /// The item `global_step`. The rows are copies of TensorBoard events, so the step of the record is meaningless.
    TensorBoard,
}

/// Adds every histogram and every list of numbers of a row to the index. Returns true if two of them have the same key.
pub(super) fn index(
    history: &[u8],
    record: RecordSpan,
    from: StepFrom,
    map: &mut SeriesMap,
    without_numbers: &mut ListsWithoutNumbers,
) -> Result<bool, Malformed> {
    let step = step(history, from)?;
    let mut has_duplicates = false;
    let mut add = |kind, path: &[&[u8]]| has_duplicates |= !map.push(kind, path.iter().copied(), step, record);
    histograms(history, &mut |path| add(EntryKind::Histogram, path))?;
    lists::find(history, &mut |path, content| match content {
        ListContent::Numbers => add(EntryKind::List, path),
        ListContent::Other => without_numbers.add(path),
    })?;
    Ok(has_duplicates)
}

/// The paths of all histograms of the summary.
///
/// Before each row, a writer repeats its histograms in a summary record. These are not entries of a series. The user
/// learns only of those that are not in any row.
#[derive(Debug, Clone, Default)]
pub(super) struct SummaryHistograms {
    paths: BTreeSet<Vec<String>>,
    memory: Budget,
}

impl SummaryHistograms {
    pub(super) fn within(memory: Budget) -> Self {
        Self { paths: BTreeSet::new(), memory }
    }

    /// Applies a summary record: first its updates, then its removals.
    pub(super) fn update(&mut self, record: &[u8]) -> Result<(), Malformed> {
        histograms(record, &mut |path| {
            let path: Vec<String> = path.iter().map(label_text).collect();
            // Twice: here, and in the details of the run.
            let text: usize = path.iter().map(|label| size_of::<String>() + ALLOCATION + 2 * label.len()).sum();
            if !self.paths.contains(&path)
                && let Ok(reserved) = self.memory.reserve((2 * (size_of::<Vec<String>>() + ALLOCATION) + text) as u64)
            {
                reserved.keep();
                self.paths.insert(path);
            }
        })?;
        let mut labels = Vec::new();
        for field in Fields::of(record) {
            if let (2, Value::Bytes(message)) = field? {
                item(message, &mut labels)?;
                let removed: Vec<_> = labels.iter().map(label_text).collect();
                let below = self.paths.range(removed.clone()..).take_while(|path| path.starts_with(&removed));
                for path in below.cloned().collect::<Vec<_>>() {
                    self.paths.remove(&path);
                }
            }
        }
        Ok(())
    }

    /// Returns the keys of the histograms that are not in any row.
    pub(super) fn without_row(&self, logged: &[SeriesIndex]) -> Vec<String> {
        let logged: HashSet<_> = logged.iter().map(|series| &series.path).collect();
        self.paths.iter().filter(|path| !logged.contains(path)).map(|path| path.join(".")).collect()
    }
}

pub(super) fn label_text(label: &&[u8]) -> String {
    String::from_utf8_lossy(label).into_owned()
}

/// Calls `each` with the path of every histogram among the items of a history or summary record.
fn histograms(record: &[u8], each: &mut dyn FnMut(&[&[u8]])) -> Result<(), Malformed> {
    items(record, &mut |labels, text| match (labels.split_last(), text.first()) {
        (Some((&b"_type", path @ [_, ..])), Some(b'"')) if *text == b"\"histogram\""[..] => each(path),
        (Some(_), Some(b'{' | b'[')) => json_scan::histograms(&text, &mut |inner| {
            each(&labels.iter().copied().chain(inner.iter().map(AsRef::as_ref)).collect::<Vec<_>>());
        }),
        _ => {}
    })
}

/// A JSON text that is or contains a histogram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) text: Vec<u8>,
    /// Number of labels of the path that lead to the text. The remaining labels lead to the histogram inside it.
    pub(super) labels: usize,
}

/// Returns the JSON text with the histogram at `path`, assembled from the items of its row.
///
/// An item at `path` or above it contains the histogram or an object around it. Items below `path` are its members.
pub(super) fn find(history: &[u8], path: &[String]) -> Result<Option<Found>, Malformed> {
    let mut members = Vec::new();
    let mut complete = None;
    items(history, &mut |labels, text| {
        let shared = labels.iter().zip(path).take_while(|(label, want)| **label == want.as_bytes()).count();
        match &labels[shared..] {
            [] => complete = Some(Found { text: text.into_owned(), labels: shared }),
            [member] if shared == path.len() => {
                members.push((*member, text));
            }
            _ => {}
        }
    })?;
    if members.is_empty() {
        return Ok(complete);
    }
    let members = members.iter().map(|(name, text)| (*name, &text[..]));
    Ok(Some(Found { text: object(members), labels: path.len() }))
}

/// Returns the JSON text of an object, given the names of its members and the texts of their values.
pub(super) fn object<'m>(members: impl Iterator<Item = (&'m [u8], &'m [u8])>) -> Vec<u8> {
    let mut object = vec![b'{'];
    for (name, text) in members {
        if object.len() > 1 {
            object.push(b',');
        }
        object.extend(quoted(name));
        object.push(b':');
        object.extend(text);
    }
    object.push(b'}');
    object
}

/// Returns the step of a row.
pub(super) fn step(history: &[u8], from: StepFrom) -> Result<Option<i64>, Malformed> {
    let mut own = None;
    for field in Fields::of(history) {
        let (2, Value::Bytes(message)) = field? else { continue };
        own = Some(0); // proto3 omits zeros, so an empty message is step 0.
        for field in Fields::of(message) {
            if let (1, Value::Varint(number)) = field? {
                own = Some(number as i64);
            }
        }
    }
    if own.is_some() && from == StepFrom::Row {
        return Ok(own);
    }
    let (mut item, mut global) = (None, None);
    items(history, &mut |labels, text| match labels {
        [b"_step"] => item = integer(&text),
        [.., name] if *name == b"global_step" || name.ends_with(b"/global_step") => global = integer(&text),
        _ => {}
    })?;
    Ok(global.filter(|_| from == StepFrom::TensorBoard).or(own).or(item))
}

/// Parses an integer as Python or Go write it: `5`, `5.0`, `5e+06`.
fn integer(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(|x| x.fract() == 0.0).map(|x| x as i64))
}

/// Calls `each` with the labels and the value of every item of a history or summary record.
pub(super) fn items<'a>(record: &'a [u8], each: &mut dyn FnMut(&[&'a [u8]], Text<'a>)) -> Result<(), Malformed> {
    let mut labels: Vec<&[u8]> = Vec::new();
    for field in Fields::of(record) {
        let (1, Value::Bytes(message)) = field? else { continue };
        let text = item(message, &mut labels)?;
        each(&labels, text);
    }
    Ok(())
}

/// Returns the value of an item, and stores the labels of its path in `labels`.
fn item<'a>(item: &'a [u8], labels: &mut Vec<&'a [u8]>) -> Result<Text<'a>, Malformed> {
    labels.clear();
    let (mut key, mut json, mut typed) = (None, None, None);
    for field in Fields::of(item) {
        match field? {
            (1, Value::Bytes(text)) => key = Some(text),
            (2, Value::Bytes(label)) => labels.push(label),
            (16, Value::Bytes(text)) => json = Some(text),
            (number @ 3..=8, value) => typed = Some((number, value)),
            _ => {}
        }
    }
    if labels.is_empty() {
        labels.extend(key);
    }
    let text = json.map(Cow::Borrowed).or_else(|| typed.map(|(number, value)| typed_text(number, value)));
    Ok(text.unwrap_or_default())
}

/// Returns the JSON text of a value without one. Writers since 0.31 may store values by type.
fn typed_text(number: u32, value: Value<'_>) -> Text<'_> {
    Cow::Owned(match (number, value) {
        (4, Value::Varint(flag)) => (flag != 0).to_string().into_bytes(),
        (5, Value::Varint(zigzag)) => ((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)).to_string().into_bytes(),
        (6, Value::Fixed64(bits)) => number_text(Number::Float(f64::from_bits(bits))).into_bytes(),
        (7, Value::Bytes(text)) => quoted(text),
        (8, Value::Bytes(text)) => return Cow::Borrowed(text),
        _ => b"null".to_vec(),
    })
}

/// Returns a string as JSON text.
fn quoted(text: &[u8]) -> Vec<u8> {
    serde_json::Value::from(String::from_utf8_lossy(text)).to_string().into_bytes()
}
