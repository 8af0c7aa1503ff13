//! The members of a journal line, as JSON.

use super::{JournalEntry, Version};
use crate::catalog::SeriesKind;
use crate::document::members::{
    as_int, bins, bins_text, int, labels, member, numbers, range, range_text, spacing, spacing_member, text, wrong,
};
use crate::document::{BinSpec, Change, State};
use crate::hist::{Edges, Histogram, Number, Numbers, UncertainHistogram};
use crate::json::Node;
use crate::text::json_string;
use crate::wandb::{number_text, numbers_text};
use std::sync::Arc;

/// Returns the members of an entry as JSON text, without braces.
pub(super) fn members(entry: &JournalEntry) -> String {
    let JournalEntry { source, version, series, kind, step, change } = entry;
    let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".into());
    let version = version.map(|Version { len, modified, ends }| format!("[{len}, {modified}, {ends}]"));
    let series: Vec<String> = series.iter().map(|label| json_string(label)).collect();
    let place = format!(
        "\"source\": {}, \"version\": {}, \"series\": [{}], \"kind\": \"{}\"",
        json_string(source),
        or_null(version),
        series.join(", "),
        name(*kind)
    );
    let (position, edit, index, state) = match change {
        Change::Position(position) => return format!("{place}, \"position\": {position}"),
        Change::Edit { position, name, index, state } => (position, name, index, state),
    };
    format!(
        "{place}, \"position\": {position}, \"edit\": {}, \"entry\": {index}, \"step\": {}, \"bins\": {}, \"range\": {}{}, \
         \"edited\": {}",
        json_string(edit),
        or_null(step.map(|step| step.to_string())),
        bins_text(state.spec.bins.as_ref()),
        range_text(state.spec.range),
        spacing_member(state.spec.spacing),
        or_null(state.edited.as_deref().map(edited_text)),
    )
}

fn name(kind: SeriesKind) -> &'static str {
    match kind {
        SeriesKind::Histogram => "histogram",
        SeriesKind::Samples => "samples",
    }
}

fn edited_text(edited: &UncertainHistogram) -> String {
    let UncertainHistogram { histogram, max_error, below, above } = edited;
    format!(
        "{{\"_type\": \"histogram\", \"values\": {}, \"bins\": {}, \"errors\": {}, \"below\": {}, \"above\": {}}}",
        numbers_text(histogram.counts()),
        numbers_text(histogram.edges().numbers()),
        numbers_text(&Numbers::floats(max_error.clone())),
        number_text(Number::Float(*below)),
        number_text(Number::Float(*above)),
    )
}

/// Reads an entry. An entry without a position, as earlier versions wrote it, gets `position`.
pub(super) fn entry(node: &Node, position: usize) -> Result<JournalEntry, String> {
    let version = match &member(node, "version")?.node {
        Node::Null => None,
        list => {
            let list: Vec<Number> = numbers(list, "version")?.iter().collect();
            let [len, modified, ends] = list[..] else { return Err(wrong("version")) };
            let (len, modified) = (as_int(len, "version")?, as_int(modified, "version")?);
            Some(Version { len, modified, ends: as_int(ends, "version")? })
        }
    };
    let kinds = [SeriesKind::Histogram, SeriesKind::Samples];
    let kind = text(node, "kind")?;
    let place = JournalEntry {
        source: text(node, "source")?.to_owned(),
        version,
        series: labels(node, "series")?,
        kind: kinds.into_iter().find(|known| name(*known) == kind).ok_or_else(|| wrong("kind"))?,
        step: None,
        change: Change::Position(if node.get("position").is_some() { int(node, "position")? } else { position }),
    };
    let Change::Position(position) = place.change else { return Err(wrong("position")) };
    if node.get("entry").is_none() && node.get("edited").is_none() {
        return Ok(place);
    }
    if position == 0 {
        return Err(wrong("position"));
    }
    let step = match &member(node, "step")?.node {
        Node::Null => None,
        _ => Some(int(node, "step")?),
    };
    let range = range(&member(node, "range")?.node)?;
    let edited = match &member(node, "edited")?.node {
        Node::Null => None,
        edited => Some(Arc::new(self::edited(edited)?)),
    };
    let edit = if node.get("edit").is_some() { text(node, "edit")? } else { "restored unsaved changes" };
    let state =
        State { spec: BinSpec { bins: bins(&member(node, "bins")?.node)?, range, spacing: spacing(node)? }, edited };
    let change = Change::Edit { position, name: edit.to_owned(), index: int(node, "entry")?, state };
    Ok(JournalEntry { step, change, ..place })
}

fn edited(node: &Node) -> Result<UncertainHistogram, String> {
    let edges = Edges::new(numbers(&member(node, "bins")?.node, "bins")?).map_err(|e| e.to_string())?;
    let counts = numbers(&member(node, "values")?.node, "values")?;
    let histogram = Histogram::new(edges, counts).map_err(|e| e.to_string())?;
    let max_error = numbers(&member(node, "errors")?.node, "errors")?.as_f64().to_vec();
    if max_error.len() != histogram.bins() || max_error.iter().any(|error| error.is_nan() || *error < 0.0) {
        return Err(wrong("errors"));
    }
    let outside = |name| match member(node, name)?.node {
        Node::Number(n) => Ok(n.as_f64()),
        _ => Err(wrong(name)),
    };
    Ok(UncertainHistogram { histogram, max_error, below: outside("below")?, above: outside("above")? })
}
