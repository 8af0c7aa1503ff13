//! Numbers in JSON and JSONL that are no histograms: raw samples.
//!
//! What becomes a series, by the path of member names from the root:
//! - an array, whatever is nested in it, flattened in C order: all its numbers;
//! - records (objects in an array, or one a line): one series for each path of members, in the order of the records;
//!   an array in a record adds all its numbers;
//! - a table (`{"columns": ["a", …], "data": [[…], …]}`, as W&B and pandas write them): one series a column;
//! - a number on its own in an object is a setting rather than a sample, so it is taken only where nothing else is.
//!
//! Left alone: histograms; every other object that names its W&B type with `_type` (images, references to files); and, once there are
//! histograms, the row's own `_step`, `_timestamp`, `_runtime` and `_wandb`, which say when a row was logged, not what.
//! Strings are no numbers, even when they look like some.

mod array;

use super::column::{Builder, Column, shown};
use super::document::{Document, Layout, Trail, table};
use crate::error::{At, Problem};
use crate::hist::Samples;
use crate::json::{Item, Member, Node, path_text};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

pub use array::read_array;

/// What W&B adds to every row.
pub const BOOKKEEPING: [&str; 4] = ["_step", "_timestamp", "_runtime", "_wandb"];

/// The series of raw samples in a text, in order of appearance.
pub fn read(document: &Document) -> Vec<Column> {
    if let [root] = document.roots.as_slice()
        && matches!(&root.item.node, Node::Array(items) if items.is_empty())
    {
        // Nothing but an empty array is an array without samples, which numpy counts in bins from 0 to 1.
        let samples = Samples::F64(Vec::new());
        return vec![Column { path: Vec::new(), samples, missing: 0, bad: 0, problems: Vec::new() }];
    }
    let mut reader = Reader { document, branches: vec![Branch::default()], order: Vec::new(), line: 0 };
    for root in &document.roots {
        reader.line = root.line;
        reader.walk(&root.item, ROOT, &Trail::Root);
    }
    reader.finish()
}

struct Reader<'d> {
    document: &'d Document,
    /// A tree by member names; the first is the root.
    branches: Vec<Branch<'d>>,
    /// The branches that hold something, in order of appearance.
    order: Vec<usize>,
    /// Where the current root starts.
    line: u64,
}

/// Everything found under one path.
#[derive(Default)]
struct Branch<'d> {
    path: Vec<Cow<'d, str>>,
    children: HashMap<Cow<'d, str>, usize>,
    column: Option<Builder>,
    /// Whether some of it came from an array or a record.
    listed: bool,
    ragged: bool,
}

const ROOT: usize = 0;

impl<'d> Reader<'d> {
    fn walk(&mut self, item: &'d Item, branch: usize, trail: &Trail<'_>) {
        if self.document.is_histogram(item) {
            return;
        }
        match &item.node {
            Node::Object(members) => self.object(members, branch, trail),
            Node::Array(items) => {
                self.branch(branch).ragged |= is_ragged(items);
                for (i, item) in items.iter().enumerate() {
                    self.walk(item, branch, &Trail::Element(trail, i));
                }
            }
            Node::Numbers(numbers) => {
                let (layout, line) = (self.document.layout, self.line);
                let column = self.column(branch, true);
                for (i, number) in numbers.iter().enumerate() {
                    column.push(number, || at(layout, line, &Trail::Element(trail, i)));
                }
            }
            scalar => self.scalar(scalar, branch, trail),
        }
    }

    fn object(&mut self, members: &'d [Member], branch: usize, trail: &Trail<'_>) {
        if let Some((names, rows)) = table(members) {
            return self.table(&names, rows, branch, trail);
        }
        if members.iter().any(|m| m.name == "_type" && matches!(m.value.node, Node::Text(_))) {
            return;
        }
        let skip = if branch == ROOT && !self.document.series.is_empty() { BOOKKEEPING.as_slice() } else { &[] };
        // Of members with one name the last counts, as in Python.
        let mut names = HashSet::new();
        let last: Vec<&Member> = members.iter().rev().filter(|m| names.insert(m.name.as_str())).collect();
        for member in last.into_iter().rev().filter(|m| !skip.contains(&m.name.as_str())) {
            let child = self.child(branch, Cow::Borrowed(&member.name));
            self.walk(&member.value, child, &Trail::Member(trail, &member.name));
        }
    }

    fn table(&mut self, names: &[Cow<'d, str>], rows: &'d [Item], branch: usize, trail: &Trail<'_>) {
        let trail = Trail::Member(trail, "data");
        for (i, row) in rows.iter().enumerate() {
            let trail = Trail::Element(&trail, i);
            for (j, name) in names.iter().enumerate() {
                let (child, trail) = (self.child(branch, name.clone()), Trail::Element(&trail, j));
                match &row.node {
                    Node::Array(cells) => cells.get(j).into_iter().for_each(|cell| self.walk(cell, child, &trail)),
                    Node::Numbers(cells) => {
                        let (layout, line) = (self.document.layout, self.line);
                        let column = self.column(child, true);
                        cells.get(j).into_iter().for_each(|number| column.push(number, || at(layout, line, &trail)));
                    }
                    _ => {}
                }
            }
        }
    }

    fn scalar(&mut self, node: &Node, branch: usize, trail: &Trail<'_>) {
        let (layout, line) = (self.document.layout, self.line);
        let listed = layout == Layout::Lines || trail.in_array();
        let column = self.column(branch, listed);
        match node {
            Node::Number(number) => column.push(*number, || at(layout, line, trail)),
            Node::Bool(value) => column.push_bool(*value),
            Node::Text(text) => column.push_bad(|| {
                Problem::new(at(layout, line, trail), format!("the string {} is not a number", shown(text)))
            }),
            _ => column.push_missing(1),
        }
    }

    fn child(&mut self, branch: usize, name: Cow<'d, str>) -> usize {
        if let Some(child) = self.branch(branch).children.get(&name) {
            return *child;
        }
        let child = self.branches.len();
        let parent = self.branch(branch);
        let path = parent.path.iter().cloned().chain([name.clone()]).collect();
        parent.children.insert(name, child);
        self.branches.push(Branch { path, ..Branch::default() });
        child
    }

    fn column(&mut self, branch: usize, listed: bool) -> &mut Builder {
        if self.branch(branch).column.is_none() {
            self.order.push(branch);
        }
        let branch = self.branch(branch);
        branch.listed |= listed;
        branch.column.get_or_insert_default()
    }

    fn branch(&mut self, index: usize) -> &mut Branch<'d> {
        &mut self.branches[index]
    }

    fn finish(mut self) -> Vec<Column> {
        let mut listed = Vec::new();
        let mut lone = Vec::new();
        for index in self.order {
            let branch = std::mem::take(&mut self.branches[index]);
            let path = branch.path.into_iter().map(Cow::into_owned).collect();
            let Some(mut column) = branch.column.and_then(|column| column.finish(path)) else { continue };
            if branch.ragged {
                column
                    .problems
                    .push(Problem::new(At::Whole, "rows of different lengths, flattened one after the other"));
            }
            if branch.listed { &mut listed } else { &mut lone }.push(column);
        }
        if listed.is_empty() && self.document.series.is_empty() { lone } else { listed }
    }
}

/// Whether the arrays in an array differ in length, or stand beside single values.
fn is_ragged(items: &[Item]) -> bool {
    let length = |item: &Item| match &item.node {
        Node::Array(items) => Some(items.len()),
        Node::Numbers(numbers) => Some(numbers.len()),
        _ => None,
    };
    let mut lengths = items.iter().filter(|item| !matches!(item.node, Node::Object(_))).map(length);
    let first = lengths.next();
    lengths.any(|length| Some(length) != first)
}

/// Where a value stands, in words of the layout.
fn at(layout: Layout, line: u64, trail: &Trail<'_>) -> At {
    let path = path_text(&trail.labels());
    match (layout, path.is_empty()) {
        (Layout::Lines, true) => At::Line(line),
        (Layout::Lines, false) => At::Cell { line, column: path },
        (Layout::Single, true) => At::Whole,
        (Layout::Single, false) => At::Path(path),
    }
}

#[cfg(test)]
mod tests;
