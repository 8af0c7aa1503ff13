//! Events, and the histograms among their values.

use super::histogram::HistogramMessage;
use crate::engine::{ALLOCATION, Budget};
use crate::format::protobuf::{Fields, Malformed, Value};
use crate::format::series::{EntryKind, RecordSpan, SeriesMap};
use std::collections::{HashMap, HashSet};

/// The plugin name in the metadata of a tensor that is a histogram.
const PLUGIN: &[u8] = b"histograms";

/// The result of indexing an event.
#[derive(Debug, Clone, Default)]
pub(super) struct Indexed {
    /// Descriptions of histograms whose buckets hold more or fewer values than were logged.
    pub(super) mismatches: Vec<String>,
    /// True if two histograms of the event have the same tag.
    pub(super) has_duplicates: bool,
    /// Number of earlier histograms that a restarted writer will log again.
    pub(super) purged: usize,
}

/// The relevant fields of a summary value.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SummaryValue<'a> {
    pub(super) tag: &'a [u8],
    pub(super) message: Option<HistogramMessage<'a>>,
    plugin: Option<&'a [u8]>,
}

/// Adds every histogram of an event to the index. `tensor_tags` are the tags whose tensors are histograms, according to
/// earlier events.
pub(super) fn index(
    event: &[u8],
    record: RecordSpan,
    map: &mut SeriesMap,
    tensor_tags: &mut HashSet<Vec<u8>>,
    memory: &Budget,
) -> Result<Indexed, Malformed> {
    let (mut step, mut restarts) = (0, false);
    for field in Fields::of(event) {
        match field? {
            (2, Value::Varint(number)) => step = number as i64,
            (7, Value::Bytes(session)) => {
                restarts = Fields::of(session).any(|field| field == Ok((1, Value::Varint(1))));
            }
            _ => {}
        }
    }
    // TensorBoard: SessionLog START at step s means that the writer logs step s and later ones again.
    let purged = if restarts { map.purge_from(step) } else { 0 };
    let (mut has_duplicates, mut mismatches) = (false, Vec::new());
    values(event, &mut |value| {
        if value.plugin == Some(PLUGIN)
            && !tensor_tags.contains(value.tag)
            && let Ok(reserved) = memory.reserve((2 * (size_of::<Vec<u8>>() + ALLOCATION) + value.tag.len()) as u64)
        {
            reserved.keep();
            tensor_tags.insert(value.tag.to_vec());
        }
        let is_histogram = match value.message {
            Some(HistogramMessage::V1(_)) => true,
            Some(HistogramMessage::V2(_)) => tensor_tags.contains(value.tag),
            None => false,
        };
        has_duplicates |= is_histogram && !map.push(EntryKind::Histogram, [value.tag].into_iter(), Some(step), record);
        if let Some(mismatch) = value.message.and_then(HistogramMessage::mismatch) {
            let tag = String::from_utf8_lossy(value.tag);
            mismatches.push(format!("step {step} of '{tag}': {mismatch}"));
        }
    })?;
    Ok(Indexed { mismatches, has_duplicates, purged })
}

/// Returns the last histogram or tensor of an event with this tag.
pub(super) fn find<'a>(event: &'a [u8], tag: &str) -> Option<HistogramMessage<'a>> {
    let mut found = None;
    values(event, &mut |value| {
        if String::from_utf8_lossy(value.tag) == tag {
            found = value.message.or(found);
        }
    })
    .ok()?;
    found
}

/// The kind of message of a histogram.
#[derive(Debug, Clone, Copy)]
pub(super) enum Version {
    V1,
    V2,
}

impl Version {
    pub(super) fn message(self, bytes: &[u8]) -> HistogramMessage<'_> {
        match self {
            Self::V1 => HistogramMessage::V1(bytes),
            Self::V2 => HistogramMessage::V2(bytes),
        }
    }
}

/// Returns the last histogram or tensor of each tag of an event.
pub(super) fn by_tag(event: &[u8], memory: &Budget) -> Result<HashMap<String, (Version, Vec<u8>)>, Malformed> {
    let (mut all, held) = (HashMap::new(), memory.reservation());
    values(event, &mut |value| {
        let (version, message) = match value.message {
            Some(HistogramMessage::V1(message)) => (Version::V1, message),
            Some(HistogramMessage::V2(message)) => (Version::V2, message),
            None => return,
        };
        if held.grow((200 + 2 * value.tag.len() + message.len()) as u64).is_ok() {
            all.insert(String::from_utf8_lossy(value.tag).into_owned(), (version, message.to_vec()));
        }
    })?;
    Ok(all)
}

/// Calls `each` with every summary value of an event.
pub(super) fn values<'a>(event: &'a [u8], each: &mut dyn FnMut(SummaryValue<'a>)) -> Result<(), Malformed> {
    for field in Fields::of(event) {
        let (5, Value::Bytes(summary)) = field? else { continue };
        for field in Fields::of(summary) {
            let (1, Value::Bytes(value)) = field? else { continue };
            let mut parsed = SummaryValue::default();
            for field in Fields::of(value) {
                match field? {
                    (1, Value::Bytes(tag)) => parsed.tag = tag,
                    (5, Value::Bytes(histogram)) => parsed.message = Some(HistogramMessage::V1(histogram)),
                    (8, Value::Bytes(tensor)) => parsed.message = Some(HistogramMessage::V2(tensor)),
                    (9, Value::Bytes(metadata)) => parsed.plugin = plugin(metadata)?,
                    _ => {}
                }
            }
            each(parsed);
        }
    }
    Ok(())
}

/// Returns the name of the plugin in a `SummaryMetadata`.
fn plugin(metadata: &[u8]) -> Result<Option<&[u8]>, Malformed> {
    for field in Fields::of(metadata) {
        let (1, Value::Bytes(data)) = field? else { continue };
        for field in Fields::of(data) {
            if let (1, Value::Bytes(name)) = field? {
                return Ok(Some(name));
            }
        }
    }
    Ok(None)
}
