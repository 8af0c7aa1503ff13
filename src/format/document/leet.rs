//! The output of `wandb leet inspect --json`: the records of a run, one per line, or its summary.
//!
//! A history record contains its row flattened, `"w._type": "histogram", "w.bins": …, "w.values": …`, with NaN and
//! Infinity as strings. This module restores the row of W&B's history and skips all other records.

use super::Root;
use crate::hist::{Number, Numbers};
use crate::json::{Item, Member, Node};
use std::collections::{HashMap, HashSet};

/// Returns true if these lines are records of a run: each has a number and a member named after its type.
pub(super) fn are_records(roots: &[Root]) -> bool {
    let is_record = |node: &Node| match node.get("type").map(|item| &item.node) {
        Some(Node::Text(kind)) => {
            node.get("num").is_some() && node.get(kind).is_some_and(|item| matches!(item.node, Node::Object(_)))
        }
        _ => false,
    };
    roots.iter().any(|root| is_record(&root.item.node) || row_of(&root.item).is_some())
}

/// Returns the rows of the history records.
pub(super) fn rows(records: Vec<Root>) -> Vec<Root> {
    let row = |record: Root| {
        let row = row_of(&record.item)?;
        let step = record.item.node.get("history").and_then(|history| history.node.get("step"));
        let step = step.and_then(|step| super::integer(&step.node, "num"));
        let Node::Object(members) = &row.node else { return None };
        let item = Item { span: row.span.clone(), node: Node::Object(nested(members)) };
        Some(Root { step: super::step(&item).or(step), line: record.line, item })
    };
    records.into_iter().filter_map(row).collect()
}

/// Returns the summary in the output of `--summary`, and any other value unchanged.
pub(super) fn summary(root: Item) -> Item {
    let is_summary = ["run_id", "state", "summary"].iter().all(|name| root.node.get(name).is_some());
    match root.node.get("summary") {
        Some(Item { span, node: Node::Object(members) }) if is_summary => {
            Item { span: span.clone(), node: Node::Object(members.iter().map(numbered).collect()) }
        }
        _ => root,
    }
}

fn row_of(record: &Item) -> Option<&Item> {
    match &record.node.get("type")?.node {
        Node::Text(kind) if kind == "history" => record.node.get("history")?.node.get("item"),
        _ => None,
    }
}

/// Regroups the flattened members of typed values. Labels may contain dots, so the key of a value is the text before its
/// `._type`.
fn nested(flat: &[Member]) -> Vec<Member> {
    let typed = |member: &Member| matches!(member.value.node, Node::Text(_));
    let keys: HashSet<&str> =
        flat.iter().filter(|member| typed(member)).filter_map(|member| member.name.strip_suffix("._type")).collect();
    let key_of = |name: &str| {
        let mut dots = name.char_indices().rev().filter(|(_, c)| *c == '.').map(|(at, _)| at);
        dots.find_map(|at| keys.get(&name[..at]).copied())
    };
    let mut members: Vec<Member> = Vec::new();
    let mut positions = HashMap::new();
    for member in flat {
        let mut member = numbered(member);
        let Some(key) = key_of(&member.name) else {
            members.push(member);
            continue;
        };
        member.name.drain(..=key.len());
        let position = *positions.entry(key).or_insert_with(|| {
            let value = Item { span: member.value.span.clone(), node: Node::Object(Vec::new()) };
            members.push(Member { name: key.to_owned(), span: member.span.clone(), value });
            members.len() - 1
        });
        if let Node::Object(parts) = &mut members[position].value.node {
            parts.push(member);
        }
    }
    members
}

fn numbered(member: &Member) -> Member {
    Member { value: with_numbers(&member.value), ..member.clone() }
}

/// Replaces the strings `"NaN"`, `"Infinity"` and `"-Infinity"` by numbers.
fn with_numbers(item: &Item) -> Item {
    let node = match &item.node {
        Node::Text(text) => number(text).map_or_else(|| item.node.clone(), |x| Node::Number(Number::Float(x))),
        Node::Array(items) => {
            let items: Vec<Item> = items.iter().map(with_numbers).collect();
            let numbers = items.iter().map(|item| match item.node {
                Node::Number(number) => Some(number),
                _ => None,
            });
            match numbers.collect::<Option<Numbers>>() {
                Some(numbers) if !numbers.is_empty() => Node::Numbers(Box::new(numbers)),
                _ => Node::Array(items),
            }
        }
        Node::Object(members) => Node::Object(members.iter().map(numbered).collect()),
        other => other.clone(),
    };
    Item { span: item.span.clone(), node }
}

fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}
