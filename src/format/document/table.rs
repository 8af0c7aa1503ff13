//! Tables in JSON: `{"columns": ["a", …], "data": [[…], …]}`, as W&B and pandas write them.

use crate::hist::Number;
use crate::json::{Item, Member, Node};
use std::borrow::Cow;

/// Returns the column names and the rows if an object is a table, in which every row has a cell for each column. A name
/// may be an integer.
pub(in crate::format) fn table(members: &[Member]) -> Option<(Vec<Cow<'_, str>>, &[Item])> {
    let member = |name| members.iter().rev().find(|m| m.name == name).map(|m| &m.value.node);
    let (Some(names), Some(Node::Array(rows))) = (member("columns"), member("data")) else { return None };
    let names: Vec<Cow<str>> = match names {
        Node::Array(names) => names.iter().map(name).collect::<Option<_>>()?,
        Node::Numbers(numbers) => numbers.iter().map(integer).collect::<Option<_>>()?,
        _ => return None,
    };
    let fits = |row: &Item| match &row.node {
        Node::Array(cells) => cells.len() == names.len(),
        Node::Numbers(cells) => cells.len() == names.len(),
        _ => false,
    };
    rows.iter().all(fits).then_some((names, rows))
}

fn name(item: &Item) -> Option<Cow<'_, str>> {
    match &item.node {
        Node::Text(text) => Some(Cow::Borrowed(text)),
        Node::Number(number) => integer(*number),
        _ => None,
    }
}

fn integer(number: Number) -> Option<Cow<'static, str>> {
    match number {
        Number::Int(number) => Some(Cow::Owned(number.to_string())),
        Number::Float(_) => None,
    }
}
