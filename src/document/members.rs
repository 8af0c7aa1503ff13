//! Members of the JSON objects that rebin keeps between sessions: bins, ranges, numbers and texts.

use crate::hist::scale::Scale;
use crate::hist::{Bins, Edges, MAX_BINS, Number, Numbers, Range, Rule};
use crate::json::{Item, Node};
use crate::wandb::numbers_text;

/// Writes a range, or `null` for the full range.
pub(super) fn range_text(range: Option<Range>) -> String {
    range.map_or_else(|| "null".into(), |range| numbers_text(&[range.lo, range.hi].into_iter().collect()))
}

pub(super) fn bins_text(bins: Option<&Bins>) -> String {
    match bins {
        None => "\"logged\"".into(),
        Some(Bins::Count(n)) => n.to_string(),
        Some(Bins::Rule(rule)) => format!("\"{}\"", rule.name()),
        Some(Bins::Edges(edges)) => numbers_text(edges),
    }
}

pub(super) fn bins(node: &Node) -> Result<Option<Bins>, String> {
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

/// Writes the member for the spacing of bins, with a comma before it; empty for linear bins.
pub(super) fn spacing_member(spacing: Scale) -> String {
    match spacing {
        Scale::Linear => String::new(),
        spacing => format!(", \"spacing\": \"{}\"", spacing.name()),
    }
}

/// Reads the spacing of bins; linear if it is missing.
pub(super) fn spacing(node: &Node) -> Result<Scale, String> {
    match node.get("spacing") {
        None => Ok(Scale::Linear),
        Some(_) => Scale::parse(text(node, "spacing")?).ok_or_else(|| wrong("spacing")),
    }
}

/// Reads a range; `null` is the full range.
pub(super) fn range(node: &Node) -> Result<Option<Range>, String> {
    if matches!(node, Node::Null) {
        return Ok(None);
    }
    let pair = numbers(node, "range")?;
    let range = pair.get(0).zip(pair.get(1)).map(|(lo, hi)| Range { lo, hi });
    let is_valid = |range: &Range| {
        let (lo, hi) = (range.lo.as_f64(), range.hi.as_f64());
        lo.is_finite() && hi.is_finite() && lo <= hi
    };
    range.filter(is_valid).map(Some).ok_or_else(|| wrong("range"))
}

pub(super) fn wrong(name: &str) -> String {
    format!("`{name}` is invalid")
}

pub(super) fn member<'n>(node: &'n Node, name: &str) -> Result<&'n Item, String> {
    node.get(name).ok_or_else(|| format!("`{name}` is missing"))
}

pub(super) fn text<'n>(node: &'n Node, name: &str) -> Result<&'n str, String> {
    match &member(node, name)?.node {
        Node::Text(text) => Ok(text),
        _ => Err(wrong(name)),
    }
}

/// Returns a list of texts.
pub(super) fn labels(node: &Node, name: &str) -> Result<Vec<String>, String> {
    let Node::Array(items) = &member(node, name)?.node else { return Err(wrong(name)) };
    let label = |item: &Item| match &item.node {
        Node::Text(label) => Ok(label.clone()),
        _ => Err(wrong(name)),
    };
    items.iter().map(label).collect()
}

pub(super) fn int<T: TryFrom<i128>>(node: &Node, name: &str) -> Result<T, String> {
    match member(node, name)?.node {
        Node::Number(number) => as_int(number, name),
        _ => Err(wrong(name)),
    }
}

pub(super) fn as_int<T: TryFrom<i128>>(number: Number, name: &str) -> Result<T, String> {
    match number {
        Number::Int(n) => T::try_from(n).map_err(|_| wrong(name)),
        Number::Float(_) => Err(wrong(name)),
    }
}

/// Returns a list of numbers, which may be empty.
pub(super) fn numbers(node: &Node, name: &str) -> Result<Numbers, String> {
    match node {
        Node::Numbers(numbers) => Ok(Numbers::clone(numbers)),
        Node::Array(items) if items.is_empty() => Ok(Numbers::default()),
        _ => Err(wrong(name)),
    }
}
