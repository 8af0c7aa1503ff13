//! Full outer join of two tables, like W&B's: every pair of rows with the same key, then rows without a partner.
//!
//! An empty cell does not match any other.

use crate::engine::{ALLOCATION, Budget};
use crate::format::document::JsonDocument;
use crate::hist::Number;
use crate::json::{Item, Member, Node};
use std::collections::HashMap;

/// Maximum number of pairs. Rows that share one key give the square of their number.
const MAX_PAIRS: usize = 4_000_000;

/// Side of a join: the label of its columns, and the documents that form the table.
pub(super) struct Side {
    pub(super) label: String,
    pub(super) parts: Vec<Item>,
}

/// Numbers of joined rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Matched {
    pub(super) pairs: usize,
    pub(super) left: usize,
    pub(super) right: usize,
}

/// Rows of a side, each with the names of its columns.
struct Rows<'s> {
    rows: Vec<(&'s [Item], &'s Node)>,
    keys: Vec<Option<String>>,
}

/// Joins both sides into one document.
///
/// # Errors
/// A side is not a table or lacks the key column, there are too many pairs, or they exceed the memory budget.
pub(super) fn join(sides: [&Side; 2], keys: [&str; 2], memory: &Budget) -> Result<(JsonDocument, Matched), String> {
    let left = Rows::of(sides[0], keys[0])?;
    let right = Rows::of(sides[1], keys[1])?;
    let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
    for (row, key) in right.keys.iter().enumerate() {
        if let Some(key) = key {
            by_key.entry(key).or_default().push(row);
        }
    }
    let matches = |key: &Option<String>| key.as_deref().and_then(|key| by_key.get(key)).map_or(&[][..], Vec::as_slice);
    let pairs = left.keys.iter().map(|key| matches(key).len()).fold(0, usize::saturating_add);
    if pairs > MAX_PAIRS {
        return Err(format!("not joined: more than {MAX_PAIRS} pairs of rows have the same key"));
    }
    let width = [&left, &right].map(Rows::width).into_iter().sum::<usize>();
    // The cells of the joined rows, and their numbers.
    let row = 2 * (size_of::<Item>() + ALLOCATION) + width * (size_of::<Item>() + size_of::<Number>());
    let rows = (pairs + left.rows.len() + right.rows.len()) as u64;
    memory.reserve(rows.saturating_mul(row as u64)).map_err(|why| why.to_string())?.keep();
    let (mut rows, mut unmatched) = (Vec::with_capacity(pairs), vec![true; right.rows.len()]);
    let mut matched = Matched { pairs, left: 0, right: 0 };
    for (row, key) in left.keys.iter().enumerate() {
        let partners = matches(key);
        matched.left += usize::from(partners.is_empty());
        if partners.is_empty() {
            rows.push((Some(row), None));
        }
        for partner in partners {
            unmatched[*partner] = false;
            rows.push((Some(row), Some(*partner)));
        }
    }
    let unmatched = unmatched.iter().enumerate().filter(|(_, unmatched)| **unmatched);
    let unmatched: Vec<_> = unmatched.map(|(row, _)| (None, Some(row))).collect();
    matched.right = unmatched.len();
    rows.extend(unmatched);
    let sides = [
        (sides[0], left.select(rows.iter().map(|(row, _)| *row))),
        (sides[1], right.select(rows.iter().map(|(_, row)| *row))),
    ];
    let members = sides.map(|(side, table)| member(&side.label, table));
    Ok((JsonDocument::of_numbers(item(Node::Object(members.into()))), matched))
}

impl<'s> Rows<'s> {
    fn of(side: &'s Side, key: &str) -> Result<Self, String> {
        let (mut rows, mut keys) = (Vec::new(), Vec::new());
        for part in &side.parts {
            let (names, cells) = table(&part.node).ok_or_else(|| format!("{} is not a table of rows", side.label))?;
            let name = |item: &Item| matches!(&item.node, Node::Text(name) if name == key);
            let at = names.iter().position(name).ok_or_else(|| format!("{} has no column '{key}'", side.label))?;
            for row in cells {
                rows.push((names, &row.node));
                keys.push(self::key(&row.node, at));
            }
        }
        Ok(Self { rows, keys })
    }

    /// Upper bound for the number of columns.
    fn width(&self) -> usize {
        let mut parts: Vec<&[Item]> = self.rows.iter().map(|(names, _)| *names).collect();
        parts.dedup_by_key(|names| names.as_ptr());
        parts.into_iter().map(<[Item]>::len).sum()
    }

    /// Builds a table of rows. `None` gives a row of empty cells.
    fn select(&self, rows: impl Iterator<Item = Option<usize>>) -> Node {
        let mut names: Vec<&Item> = Vec::new();
        let mut indices: HashMap<&str, usize> = HashMap::new();
        for (columns, _) in &self.rows {
            for column in *columns {
                if let Node::Text(name) = &column.node {
                    indices.entry(name).or_insert_with(|| {
                        names.push(column);
                        names.len() - 1
                    });
                }
            }
        }
        let data = rows.map(|row| {
            let mut cells = vec![item(Node::Null); names.len()];
            if let Some((columns, row)) = row.and_then(|row| self.rows.get(row)) {
                for (at, column) in columns.iter().enumerate() {
                    if let (Node::Text(name), Some(cell)) = (&column.node, cell(row, at))
                        && let Some(index) = indices.get(name.as_str())
                    {
                        cells[*index] = item(cell);
                    }
                }
            }
            item(Node::Array(cells))
        });
        let data = data.collect();
        let names = names.into_iter().cloned().collect();
        Node::Object(vec![member("columns", Node::Array(names)), member("data", Node::Array(data))])
    }
}

/// Column names and rows of a table.
fn table(node: &Node) -> Option<(&[Item], &[Item])> {
    match (&node.get("columns")?.node, &node.get("data")?.node) {
        (Node::Array(names), Node::Array(rows)) => Some((names, rows)),
        _ => None,
    }
}

fn cell(row: &Node, at: usize) -> Option<Node> {
    match row {
        Node::Array(cells) => Some(cells.get(at)?.node.clone()),
        Node::Numbers(numbers) => Some(Node::Number(numbers.get(at)?)),
        _ => None,
    }
}

/// Normalized key of a row. The keys 1 and 1.0 are equal.
fn key(row: &Node, at: usize) -> Option<String> {
    match cell(row, at)? {
        Node::Text(text) => Some(format!("\"{text}")),
        Node::Bool(value) => Some(value.to_string()),
        Node::Number(Number::Float(x)) if x.fract() == 0.0 && x.abs() < 1e15 => Some((x as i64).to_string()),
        Node::Number(Number::Float(x)) => (!x.is_nan()).then(|| x.to_string()),
        Node::Number(Number::Int(i)) => Some(i.to_string()),
        _ => None,
    }
}

fn item(node: Node) -> Item {
    Item { span: 0..0, node }
}

fn member(name: &str, node: Node) -> Member {
    Member { name: name.to_owned(), span: 0..0, value: item(node) }
}
