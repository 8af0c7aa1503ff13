//! Raw samples in JSON and JSONL: the numbers that do not belong to histograms.
//!
//! The path of member names from the root identifies a series. A series is one of these:
//! - An array: all its numbers, flattened in C order.
//! - Records (objects in an array, or one per line): one series for each path of members, in the order of the records.
//!   An array in a record adds all its numbers.
//! - A table (`{"columns": ["a", …], "data": [[…], …]}`, as W&B and pandas write them): one series per column.
//! - A data frame as pandas writes it: one series per column (`frame`).
//! - A download of TensorBoard's scalars: its wall times, steps and values.
//! - A single number in an object. It is probably a setting, so it is read only if the text has no other numbers.
//!
//! Skipped: histograms, and other objects that name their W&B type with `_type` (images, references to files). In a text
//! with histograms also `_step`, `_timestamp`, `_runtime` and `_wandb`, which describe the logging of a row. A string that
//! is a number counts as one, since loggers also write losses, NaN and infinities as strings.

mod array;
mod frame;

use super::column::{Column, ColumnBuilder, quoted};
use super::document::{JsonDocument, JsonLayout, Trail, table};
use super::spelling::{self, Spelling};
use crate::engine::{ALLOCATION, Budget, LimitExceeded, Reservation, RowNumbers};
use crate::error::{At, Problem};
use crate::hist::{Number, Samples};
use crate::json::{Item, Member, Node, path_text};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

pub use array::read_array;

/// Members that W&B adds to every row of a history. They describe the logging, not the logged values.
pub const BOOKKEEPING: [&str; 4] = ["_step", "_timestamp", "_runtime", "_wandb"];

/// Returns the series of raw samples in a text, in order of appearance.
///
/// # Errors
/// The paths of the series exceed the memory budget. Their names may be in many paths, so the size of the text does not
/// limit them. The numbers are not charged to the budget.
pub fn read(document: &JsonDocument, memory: &Budget) -> Result<Vec<Column>, LimitExceeded> {
    if let [root] = document.roots.as_slice()
        && matches!(&root.item.node, Node::Array(items) if items.is_empty())
    {
        // A text that is one empty array is a series without samples, which numpy counts in bins from 0 to 1.
        let samples = Samples::F64(Vec::new());
        return Ok(vec![Column::of(samples)]);
    }
    let (branches, held) = (vec![Branch::default()], memory.reservation());
    let mut reader = Reader { document, branches, order: Vec::new(), line: 0, in_frame: false, held, exceeded: Ok(()) };
    for root in &document.roots {
        reader.line = root.line;
        if document.layout == JsonLayout::Single && document.series.is_empty() && reader.whole(&root.item) {
            continue;
        }
        reader.walk(&root.item, ROOT, &Trail::Root);
    }
    reader.finish()
}

struct Reader<'d> {
    document: &'d JsonDocument,
    /// A tree of member names. The first is the root.
    branches: Vec<Branch<'d>>,
    /// The branches that contain values, in order of appearance.
    order: Vec<usize>,
    /// Number of the line on which the current root starts.
    line: u64,
    /// True inside a data frame, whose values are cells.
    in_frame: bool,
    /// Memory of the paths.
    held: Reservation,
    exceeded: Result<(), LimitExceeded>,
}

/// The values under one path.
#[derive(Default)]
struct Branch<'d> {
    path: Vec<Cow<'d, str>>,
    children: HashMap<Cow<'d, str>, usize>,
    column: Option<ColumnBuilder>,
    /// True if some values are from an array or a record.
    listed: bool,
    /// True if an array contains arrays of different lengths.
    ragged: bool,
    /// Present if an object has several members with this name.
    repeated: Option<Repeated>,
    /// True if some values are numbers, not strings.
    has_numbers: bool,
    lines: LineNumbers,
}

/// Lines of the values of a branch.
#[derive(Default)]
struct LineNumbers {
    rows: RowNumbers,
    /// True if a line can have several values.
    several: bool,
}

/// Marks a name that several members of an object have.
struct Repeated;

const ROOT: usize = 0;

/// Bytes of memory of a label: borrowed in the tree, and owned by the series.
const LABEL: usize = size_of::<Cow<str>>() + size_of::<String>() + ALLOCATION;

impl<'d> Reader<'d> {
    fn walk(&mut self, item: &'d Item, branch: usize, trail: &Trail<'_>) {
        if self.document.is_histogram(item) || self.exceeded.is_err() {
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
                self.branch(branch).has_numbers = true;
                self.branch(branch).lines.several = true;
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
        let has_histograms = branch == ROOT && !self.document.series.is_empty();
        let is_lines = self.document.layout == JsonLayout::Lines;
        // The step of a row of histograms is not a value that was logged.
        let is_step = |name: &str| name == "step" && is_lines && !members.iter().any(|member| member.name == "_step");
        let skip = |name: &str| has_histograms && (BOOKKEEPING.contains(&name) || is_step(name));
        // Like Python, take the last of several members with the same name.
        let (mut names, mut repeated) = (HashSet::new(), HashSet::new());
        let mut last = Vec::with_capacity(members.len());
        for member in members.iter().rev() {
            if names.insert(member.name.as_str()) {
                last.push(member);
            } else {
                repeated.insert(member.name.as_str());
            }
        }
        for member in last.into_iter().rev().filter(|m| !skip(&m.name)) {
            let child = self.child(branch, Cow::Borrowed(&member.name));
            if repeated.contains(member.name.as_str()) {
                self.branch(child).repeated = Some(Repeated);
            }
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
                        self.branch(child).has_numbers = true;
                        self.branch(child).lines.several = true;
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
        let listed = layout == JsonLayout::Lines || self.in_frame || trail.in_array();
        let in_array = trail.in_array();
        let column = self.column(branch, listed);
        let sample = column.len() as u64;
        push_value(column, node, || at(layout, line, trail));
        self.branch(branch).lines.rows.set(sample, line);
        self.branch(branch).lines.several |= in_array;
        self.branch(branch).has_numbers |= matches!(node, Node::Number(_) | Node::Bool(_));
    }

    fn child(&mut self, branch: usize, name: Cow<'d, str>) -> usize {
        if let Some(child) = self.branch(branch).children.get(&name) {
            return *child;
        }
        let child = self.branches.len();
        let parent = self.branch(branch);
        let path: Vec<Cow<str>> = parent.path.iter().cloned().chain([name.clone()]).collect();
        let labels: usize = path.iter().map(|label| LABEL + label.len()).sum();
        parent.children.insert(name, child);
        self.branches.push(Branch { path, ..Branch::default() });
        self.exceeded = self.exceeded.and_then(|()| self.held.grow((2 * size_of::<Branch>() + labels) as u64));
        child
    }

    fn column(&mut self, branch: usize, listed: bool) -> &mut ColumnBuilder {
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

    fn finish(mut self) -> Result<Vec<Column>, LimitExceeded> {
        self.exceeded?;
        let mut listed = Vec::new();
        let mut lone = Vec::new();
        for index in self.order {
            let branch = std::mem::take(&mut self.branches[index]);
            let path = branch.path.into_iter().map(Cow::into_owned).collect();
            // A few numbers among texts are rather names than samples.
            let column = branch.column.filter(|column| branch.has_numbers || !column.is_hardly_numbers());
            let Some(mut column) = column.and_then(|column| column.finish(path)) else { continue };
            let has_lines = self.document.layout == JsonLayout::Lines && !branch.lines.several && !self.in_frame;
            column.rows = has_lines.then(|| branch.lines.rows.as_lines());
            if branch.repeated.is_some() {
                let why = "some objects have several members with this name; rebin reads the last one";
                column.problems.push(Problem::new(At::Whole, why));
            }
            if branch.ragged {
                column
                    .problems
                    .push(Problem::new(At::Whole, "the rows have different lengths; flattened into one series"));
            }
            if branch.listed { &mut listed } else { &mut lone }.push(column);
        }
        Ok(if listed.is_empty() && self.document.series.is_empty() { lone } else { listed })
    }
}

/// Adds a value that is not an array or object.
pub(super) fn push_value(column: &mut ColumnBuilder, value: &Node, at: impl Fn() -> At) {
    match value {
        Node::Number(number) => column.push(*number, at),
        Node::Bool(value) => column.push_bool(*value),
        Node::Text(text) => match text_number(text) {
            TextNumber::Number(number) => column.push(number, at),
            TextNumber::Missing => column.push_missing(1),
            TextNumber::Other => {
                column.push_bad(|| Problem::new(at(), format!("the string {} is not a number", quoted(text))));
            }
        },
        _ => column.push_missing(1),
    }
}

/// The value of a string.
enum TextNumber {
    Number(Number),
    Missing,
    Other,
}

/// Reads a string that is a number without separators, NaN or an infinity, or that marks a missing value.
fn text_number(text: &str) -> TextNumber {
    let text = text.trim();
    if text.is_empty() {
        return TextNumber::Missing;
    }
    match spelling::read(text.as_bytes()) {
        Some(Spelling::Missing) => return TextNumber::Missing,
        Some(Spelling::Float(x)) => return TextNumber::Number(Number::Float(x)),
        Some(Spelling::Ambiguous) => return TextNumber::Other,
        None => {}
    }
    let number = text.parse().ok().map(Number::Int).or_else(|| text.parse().ok().map(Number::Float));
    number.map_or(TextNumber::Other, TextNumber::Number)
}

/// Returns true if the arrays in an array differ in length, or are mixed with single values.
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

/// Returns the location of a value, as the layout of the text describes it.
fn at(layout: JsonLayout, line: u64, trail: &Trail<'_>) -> At {
    let path = path_text(&trail.labels());
    match (layout, path.is_empty()) {
        (JsonLayout::Lines, true) => At::Line(line),
        (JsonLayout::Lines, false) => At::Cell { line, column: path },
        (JsonLayout::Single, true) => At::Whole,
        (JsonLayout::Single, false) => At::Path(path),
    }
}

#[cfg(test)]
mod tests;
