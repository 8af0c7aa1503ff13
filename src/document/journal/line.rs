//! The members of a journal line, as JSON.

use super::{JournalEntry, Version};
use crate::catalog::SeriesKind;
use crate::document::{BinSpec, Change, State};
use crate::hist::{Bins, Edges, Histogram, MAX_BINS, Number, Numbers, Range, Rule, UncertainHistogram};
use crate::json::{Item, Node};
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
    let range = state.spec.range.map(|range| numbers_text(&[range.lo, range.hi].into_iter().collect()));
    format!(
        "{place}, \"position\": {position}, \"edit\": {}, \"entry\": {index}, \"step\": {}, \"bins\": {}, \"range\": {}, \
         \"edited\": {}",
        json_string(edit),
        or_null(step.map(|step| step.to_string())),
        bins_text(state.spec.bins.as_ref()),
        or_null(range),
        or_null(state.edited.as_deref().map(edited_text)),
    )
}

fn name(kind: SeriesKind) -> &'static str {
    match kind {
        SeriesKind::Histogram => "histogram",
        SeriesKind::Samples => "samples",
    }
}

fn bins_text(bins: Option<&Bins>) -> String {
    match bins {
        None => "\"logged\"".into(),
        Some(Bins::Count(n)) => n.to_string(),
        Some(Bins::Rule(rule)) => format!("\"{}\"", rule.name()),
        Some(Bins::Edges(edges)) => numbers_text(edges),
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
    let Node::Array(labels) = &member(node, "series")?.node else { return Err(wrong("series")) };
    let label = |label: &Item| match &label.node {
        Node::Text(label) => Ok(label.clone()),
        _ => Err(wrong("series")),
    };
    let kinds = [SeriesKind::Histogram, SeriesKind::Samples];
    let kind = text(node, "kind")?;
    let place = JournalEntry {
        source: text(node, "source")?.to_owned(),
        version,
        series: labels.iter().map(label).collect::<Result<_, _>>()?,
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
    let range = match &member(node, "range")?.node {
        Node::Null => None,
        pair => Some(range(&numbers(pair, "range")?)?),
    };
    let edited = match &member(node, "edited")?.node {
        Node::Null => None,
        edited => Some(Arc::new(self::edited(edited)?)),
    };
    let edit = if node.get("edit").is_some() { text(node, "edit")? } else { "restored unsaved changes" };
    let state = State { spec: BinSpec { bins: bins(&member(node, "bins")?.node)?, range }, edited };
    let change = Change::Edit { position, name: edit.to_owned(), index: int(node, "entry")?, state };
    Ok(JournalEntry { step, change, ..place })
}

fn bins(node: &Node) -> Result<Option<Bins>, String> {
    match node {
        Node::Text(name) if name == "logged" => Ok(None),
        Node::Text(name) => Rule::parse(name).map(|rule| Some(Bins::Rule(rule))).map_err(|e| e.to_string()),
        Node::Number(n) => match as_int(*n, "bins")? {
            n if (1..=MAX_BINS).contains(&n) => Ok(Some(Bins::Count(n))),
            _ => Err(wrong("bins")),
        },
        edges => {
            let edges = numbers(edges, "bins")?;
            Edges::new(edges.clone()).map_err(|e| e.to_string())?;
            Ok(Some(Bins::Edges(edges)))
        }
    }
}

fn range(pair: &Numbers) -> Result<Range, String> {
    let range = pair.get(0).zip(pair.get(1)).map(|(lo, hi)| Range { lo, hi });
    let is_valid = |range: &Range| {
        let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
        lo.is_finite() && hi.is_finite() && lo <= hi
    };
    range.filter(is_valid).ok_or_else(|| wrong("range"))
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

fn wrong(name: &str) -> String {
    format!("`{name}` is invalid")
}

fn member<'n>(node: &'n Node, name: &str) -> Result<&'n Item, String> {
    node.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

pub(super) fn text<'n>(node: &'n Node, name: &str) -> Result<&'n str, String> {
    match &member(node, name)?.node {
        Node::Text(text) => Ok(text),
        _ => Err(wrong(name)),
    }
}

pub(super) fn int<T: TryFrom<i128>>(node: &Node, name: &str) -> Result<T, String> {
    match member(node, name)?.node {
        Node::Number(number) => as_int(number, name),
        _ => Err(wrong(name)),
    }
}

fn as_int<T: TryFrom<i128>>(number: Number, name: &str) -> Result<T, String> {
    match number {
        Number::Int(n) => T::try_from(n).map_err(|_| wrong(name)),
        Number::Float(_) => Err(wrong(name)),
    }
}

/// Returns a list of numbers, which may be empty.
fn numbers(node: &Node, name: &str) -> Result<Numbers, String> {
    match node {
        Node::Numbers(numbers) => Ok(Numbers::clone(numbers)),
        Node::Array(items) if items.is_empty() => Ok(Numbers::default()),
        _ => Err(wrong(name)),
    }
}
