//! Events, and the histograms among their values.

use crate::format::protobuf::{Fields, Malformed, Value};
use crate::format::series::{Row, SeriesTable};
use std::collections::HashSet;

/// The name by which a tensor's metadata says that it is a histogram.
const PLUGIN: &[u8] = b"histograms";

/// A histogram's message, undecoded.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'a> {
    /// `HistogramProto`, of v1 summaries.
    Histo(&'a [u8]),
    /// `TensorProto`, of v2 summaries.
    Tensor(&'a [u8]),
}

/// What entering an event did besides adding to series.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entered {
    /// Whether a tag of the event holds more than one histogram.
    pub(super) again: bool,
    /// Earlier histograms that a restarted writer will log again.
    pub(super) purged: usize,
}

/// One value of a summary, as far as it matters.
#[derive(Debug, Clone, Copy, Default)]
struct Logged<'a> {
    tag: &'a [u8],
    kind: Option<Kind<'a>>,
    plugin: Option<&'a [u8]>,
}

/// Enters every histogram of an event. `tensors` are the tags whose tensors are histograms, from earlier events.
pub(super) fn enter(
    event: &[u8],
    row: Row,
    table: &mut SeriesTable,
    tensors: &mut HashSet<Vec<u8>>,
) -> Result<Entered, Malformed> {
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
    // TensorBoard: SessionLog START at step s means that what was logged for s and later is logged anew.
    let purged = if restarts { table.purge_from(step) } else { 0 };
    let mut again = false;
    values(event, &mut |value| {
        if value.plugin == Some(PLUGIN) && !tensors.contains(value.tag) {
            tensors.insert(value.tag.to_vec());
        }
        let histogram = match value.kind {
            Some(Kind::Histo(_)) => true,
            Some(Kind::Tensor(_)) => tensors.contains(value.tag),
            None => false,
        };
        again |= histogram && !table.push([value.tag].into_iter(), Some(step), row);
    })?;
    Ok(Entered { again, purged })
}

/// The last histogram or tensor of an event under a tag.
pub(super) fn find<'a>(event: &'a [u8], tag: &str) -> Option<Kind<'a>> {
    let mut found = None;
    values(event, &mut |value| {
        if String::from_utf8_lossy(value.tag) == tag {
            found = value.kind.or(found);
        }
    })
    .ok()?;
    found
}

fn values<'a>(event: &'a [u8], each: &mut dyn FnMut(Logged<'a>)) -> Result<(), Malformed> {
    for field in Fields::of(event) {
        let (5, Value::Bytes(summary)) = field? else { continue };
        for field in Fields::of(summary) {
            let (1, Value::Bytes(value)) = field? else { continue };
            let mut logged = Logged::default();
            for field in Fields::of(value) {
                match field? {
                    (1, Value::Bytes(tag)) => logged.tag = tag,
                    (5, Value::Bytes(histo)) => logged.kind = Some(Kind::Histo(histo)),
                    (8, Value::Bytes(tensor)) => logged.kind = Some(Kind::Tensor(tensor)),
                    (9, Value::Bytes(metadata)) => logged.plugin = plugin(metadata)?,
                    _ => {}
                }
            }
            each(logged);
        }
    }
    Ok(())
}

/// The plugin's name in a `SummaryMetadata`.
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
