//! The values of all entries of a record at once, for a pass over a whole log.
//!
//! Reads the two forms that writers have used for years without a JSON tree: items `bins` and `values` of a histogram, and
//! its JSON object. For anything else, the caller decodes the entry alone.

use super::history::items;
use super::{LogContents, lists};
use crate::format::column::Column;
use crate::format::protobuf::{Fields, Malformed, Value};
use crate::format::series::EntryKind;
use std::borrow::Cow;

/// The value of an entry in a record.
#[derive(Debug)]
pub enum EntryValue<'v> {
    /// Edges and counts of a histogram. They may be malformed.
    Bins { edges: &'v [f64], counts: &'v [f64] },
    /// A list of samples.
    List(Column),
    /// Another form.
    Other,
}

/// Buffers of [`Index::values`](super::Index::values), which are used again for the next record.
#[derive(Debug, Default)]
pub struct ValueBuffers {
    edges: Vec<f64>,
    counts: Vec<f64>,
    /// Position of each series among those of the record, or [`ABSENT`].
    positions: Vec<usize>,
}

/// Position of a series that the record does not have.
const ABSENT: usize = usize::MAX;

/// The texts of a histogram.
#[derive(Debug, Clone, Copy, Default)]
struct Texts<'a> {
    edges: Option<&'a [u8]>,
    counts: Option<&'a [u8]>,
    list: Option<&'a [u8]>,
}

/// Calls `each` with the series and the value of every entry of a history record.
pub(super) fn values(
    record: &[u8],
    contents: &LogContents,
    buffers: &mut ValueBuffers,
    each: &mut dyn FnMut(usize, EntryValue<'_>),
) -> Result<(), Malformed> {
    for field in Fields::of(record) {
        if let (2, Value::Bytes(history)) = field? {
            of_row(history, contents, buffers, each)?;
        }
    }
    Ok(())
}

fn of_row<'a>(
    history: &'a [u8],
    contents: &LogContents,
    buffers: &mut ValueBuffers,
    each: &mut dyn FnMut(usize, EntryValue<'_>),
) -> Result<(), Malformed> {
    let mut found: Vec<(usize, Texts<'a>)> = Vec::new();
    // Members of a histogram follow each other.
    let mut last: Option<(Vec<&'a [u8]>, usize)> = None;
    let ValueBuffers { edges, counts, positions } = buffers;
    positions.resize(contents.map.series().len().max(positions.len()), ABSENT);
    let read = items(history, &mut |labels, text| {
        let Cow::Borrowed(text) = text else { return };
        let (path, member) = match labels.split_last() {
            Some((&member @ (b"bins" | b"values"), path @ [_, ..])) => (path, Some(member)),
            Some(_) if matches!(text.first(), Some(b'{' | b'[')) => (labels, None),
            _ => return,
        };
        let is_last = last.as_ref().is_some_and(|(known, _)| known[..] == *path);
        let series = match (&last, is_last) {
            (Some((_, series)), true) => *series,
            _ => {
                let kind = if member.is_none() && text.first() == Some(&b'[') {
                    EntryKind::List
                } else {
                    EntryKind::Histogram
                };
                let Some(series) = contents.map.find(kind, path.iter().copied()) else { return };
                last = (kind == EntryKind::Histogram).then(|| (path.to_vec(), series));
                series
            }
        };
        let Some(slot) = positions.get_mut(series) else { return };
        if *slot == ABSENT {
            *slot = found.len();
            found.push((series, Texts::default()));
        }
        let Some((_, texts)) = found.get_mut(*slot) else { return };
        match member {
            Some(b"bins") => texts.edges = Some(text),
            Some(_) => texts.counts = Some(text),
            None if text.first() == Some(&b'[') => texts.list = Some(text),
            None => *texts = object(text),
        }
    });
    for (series, texts) in found {
        // Resets only what this record has used.
        positions[series] = ABSENT;
        let value = match texts {
            Texts { list: Some(text), .. } => lists::read(text, &[]).map_or(EntryValue::Other, EntryValue::List),
            Texts { edges: Some(of_edges), counts: Some(of_counts), .. }
                if numbers(of_edges, edges) && numbers(of_counts, counts) =>
            {
                EntryValue::Bins { edges, counts }
            }
            _ => EntryValue::Other,
        };
        each(series, value);
    }
    read
}

/// Finds the arrays `bins` and `values` of a histogram without nested objects, whose JSON text this is.
fn object(text: &[u8]) -> Texts<'_> {
    let mut texts = Texts::default();
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        let Some(start) = memchr::memchr(b'"', rest) else { return texts };
        rest = &rest[start + 1..];
        let Some(end) = memchr::memchr2(b'"', b'\\', rest).filter(|end| rest[*end] == b'"') else {
            return Texts::default();
        };
        let name = &rest[..end];
        rest = rest[end + 1..].trim_ascii_start();
        let Some(value) = rest.strip_prefix(b":") else { return Texts::default() };
        let value = value.trim_ascii_start();
        let len = match value.first() {
            Some(b'[') => memchr::memchr(b']', value).map(|end| end + 1),
            Some(b'"') => memchr::memchr(b'"', &value[1..]).map(|end| end + 2),
            _ => None,
        };
        let Some((text, after)) = len.and_then(|len| value.split_at_checked(len)) else { return Texts::default() };
        match name {
            b"bins" => texts.edges = Some(text),
            b"values" => texts.counts = Some(text),
            b"_type" if text == b"\"histogram\"" => {}
            _ => return Texts::default(),
        }
        rest = after;
    }
}

/// Parses a JSON array of finite numbers. Returns false for anything else.
fn numbers(text: &[u8], into: &mut Vec<f64>) -> bool {
    into.clear();
    let Some(inner) = text.strip_prefix(b"[").and_then(|text| text.strip_suffix(b"]")) else { return false };
    if inner.trim_ascii().is_empty() {
        return true;
    }
    let mut start = 0;
    for end in memchr::memchr_iter(b',', inner).chain([inner.len()]) {
        let Some(x) = number(inner[start..end].trim_ascii()) else { return false };
        into.push(x);
        start = end + 1;
    }
    true
}

/// Parses a number. Most counts are short integers.
fn number(text: &[u8]) -> Option<f64> {
    if text.len() <= 9 && !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        return Some(f64::from(text.iter().fold(0_u32, |n, digit| 10 * n + u32::from(digit - b'0'))));
    }
    let starts_as_number = matches!(text.first(), Some(b'-' | b'0'..=b'9'));
    fast_float2::parse(text).ok().filter(|x: &f64| starts_as_number && x.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<Vec<f64>> {
        let mut found = Vec::new();
        numbers(text.as_bytes(), &mut found).then_some(found)
    }

    #[test]
    fn arrays_of_finite_numbers_are_parsed() {
        assert_eq!(parsed("[1,2.5, -3e-2 ,0]"), Some(vec![1.0, 2.5, -0.03, 0.0]));
        assert_eq!(parsed("[ ]"), Some(Vec::new()));
        for text in
            ["[1,,2]", "[NaN]", "[inf]", "[\"1\"]", "[[1]]", "1", "[1", "[null]", "[-Infinity]", "[1e999]", "[+1]"]
        {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn arrays_of_an_object_are_found_in_any_order() {
        let texts = |text: &'static str| {
            let Texts { edges, counts, .. } = object(text.as_bytes());
            edges.zip(counts)
        };
        let expected = Some((&b"[0, 1]"[..], &b"[5]"[..]));
        assert_eq!(texts(r#"{"_type": "histogram", "values": [5], "bins": [0, 1]}"#), expected);
        assert_eq!(texts(r#"{"bins":[0, 1],"values":[5],"_type":"histogram"}"#), expected);
        for text in [
            r#"{"_type": "histogram", "values": [5], "packedBins": {"min": 0, "size": 1, "count": 1}}"#,
            r#"{"a": {"_type": "histogram", "values": [5], "bins": [0, 1]}}"#,
            r#"{"_type": "table", "values": [5], "bins": [0, 1]}"#,
            r#"{"values": [5"#,
        ] {
            assert_eq!(texts(text), None, "{text}");
        }
    }
}
