//! History records: the rows of a run.
//!
//! A row is a list of items. Three generations of writers stored a histogram in three ways, which one rule reads: an
//! item's path is its `nested_key`, or its `key` alone; its JSON text stands at that path; every object with `_type`
//! `histogram` is one. Labels are never split at dots or slashes.

use crate::format::json_scan;
use crate::format::protobuf::{Fields, Malformed, Value};
use crate::format::series::{Row, SeriesTable};
use crate::hist::Number;
use crate::wandb::number_text;
use std::borrow::Cow;

/// The JSON text of an item's value.
type Text<'a> = Cow<'a, [u8]>;

/// Which item tells the step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepFrom {
    /// The record's own step, or `_step` where old writers gave none.
    Row,
    /// `global_step`, where rows are made from TensorBoard events and the row's own number means nothing.
    TensorBoard,
}

/// Enters every histogram of a row. The answer is whether a key holds more than one.
pub(super) fn index(history: &[u8], row: Row, from: StepFrom, table: &mut SeriesTable) -> Result<bool, Malformed> {
    let step = step(history, from)?;
    let mut again = false;
    histograms(history, &mut |path| again |= !table.push(path.iter().copied(), step, row))?;
    Ok(again)
}

/// Calls `each` with the path of every histogram among the items of a history or summary record.
pub(super) fn histograms(record: &[u8], each: &mut dyn FnMut(&[&[u8]])) -> Result<(), Malformed> {
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
    /// How many labels of the path lead to the text; the others lead on inside it.
    pub(super) labels: usize,
}

/// The text that holds the histogram at `path`, put together from the items of its row; `None` if there is none.
///
/// An item at the path's end, or above it, holds the object itself or one around it; items below it are its members.
pub(super) fn find(history: &[u8], path: &[String]) -> Result<Option<Found>, Malformed> {
    let mut members: Vec<u8> = Vec::new();
    let mut whole = None;
    items(history, &mut |labels, text| {
        let shared = labels.iter().zip(path).take_while(|(label, want)| **label == want.as_bytes()).count();
        match &labels[shared..] {
            [] => whole = Some(Found { text: text.into_owned(), labels: shared }),
            [member] if shared == path.len() => {
                members.push(if members.is_empty() { b'{' } else { b',' });
                members.extend(quoted(member));
                members.push(b':');
                members.extend(text.iter());
            }
            _ => {}
        }
    })?;
    if members.is_empty() {
        return Ok(whole);
    }
    members.push(b'}');
    Ok(Some(Found { text: members, labels: path.len() }))
}

fn step(history: &[u8], from: StepFrom) -> Result<Option<i64>, Malformed> {
    let mut own = None;
    for field in Fields::of(history) {
        let (2, Value::Bytes(message)) = field? else { continue };
        own = Some(0); // proto3 leaves zeros out: an empty message is step 0.
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

/// An integer as Python or Go writes it down: `5`, `5.0`, `5e+06`.
fn integer(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    text.parse().ok().or_else(|| text.parse::<f64>().ok().filter(|x| x.fract() == 0.0).map(|x| x as i64))
}

/// Calls `each` with the labels and the value of every item of a history or summary record.
fn items<'a>(record: &'a [u8], each: &mut dyn FnMut(&[&'a [u8]], Text<'a>)) -> Result<(), Malformed> {
    let mut labels: Vec<&[u8]> = Vec::new();
    for field in Fields::of(record) {
        let (1, Value::Bytes(message)) = field? else { continue };
        let text = item(message, &mut labels)?;
        each(&labels, text);
    }
    Ok(())
}

/// The value of an item, and the labels of where it belongs.
pub(super) fn item<'a>(item: &'a [u8], labels: &mut Vec<&'a [u8]>) -> Result<Text<'a>, Malformed> {
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

/// The value of an item that has no JSON text: a writer since 0.31 may store it by its type.
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

/// A text as JSON.
fn quoted(text: &[u8]) -> Vec<u8> {
    serde_json::Value::from(String::from_utf8_lossy(text)).to_string().into_bytes()
}
