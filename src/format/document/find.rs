//! The search through one tree after another.

use super::{Entry, Layout, Root, Series, Trail, table};
use crate::error::{At, Problem};
use crate::json::{Item, Label, Member, Node, path_text};
use crate::wandb;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The members that make a histogram; all others are kept as they stand when it is rewritten.
const OWN: [&str; 4] = ["_type", "values", "bins", "packedBins"];

/// What was found so far.
#[derive(Debug)]
pub(super) struct Finder {
    layout: Layout,
    series: Vec<Series>,
    /// Indices in `series`.
    paths: HashMap<Vec<String>, usize>,
    starts: HashSet<usize>,
    /// How many roots and rows of tables were begun.
    rows: usize,
    /// The number of the one that the last entry of each series is in.
    last: Vec<usize>,
}

/// What is logged together: a root, or a row of a table.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// How many were begun before it, itself included.
    number: usize,
    /// Where its root starts.
    line: u64,
    step: Option<i64>,
}

/// Where a value stands, and what it is called: in a table by its column alone.
#[derive(Clone, Copy)]
struct Way<'t> {
    place: &'t Trail<'t>,
    name: &'t Trail<'t>,
}

impl Finder {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, series: Vec::new(), paths: HashMap::new(), starts: HashSet::new(), rows: 0, last: Vec::new() }
    }

    pub(super) fn into_parts(self) -> (Vec<Series>, HashSet<usize>) {
        (self.series, self.starts)
    }

    /// Adds the histograms of one root.
    pub(super) fn search(&mut self, root: &Root) {
        let row = self.begin(root.line, root.step);
        self.descend(row, &root.item, Way { place: &Trail::Root, name: &Trail::Root });
    }

    fn begin(&mut self, line: u64, step: Option<i64>) -> Row {
        self.rows += 1;
        Row { number: self.rows, line, step }
    }

    fn descend(&mut self, row: Row, item: &Item, way: Way<'_>) {
        let Way { place, name } = way;
        match &item.node {
            node if is_histogram(node) => self.add(row, item, way),
            Node::Object(members) => {
                if let Some((columns, rows)) = table(members) {
                    return self.table(row, &columns, rows, way);
                }
                for Member { name: own, value, .. } in members {
                    let way = Way { place: &Trail::Member(place, own), name: &Trail::Member(name, own) };
                    self.descend(row, value, way);
                }
            }
            // Within an array two lists are rather two rows.
            Node::Array(items) if is_pair(items) && !matches!(place, Trail::Element(..)) => self.add(row, item, way),
            Node::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let way = Way { place: &Trail::Element(place, index), name: &Trail::Element(name, index) };
                    self.descend(row, item, way);
                }
            }
            _ => {}
        }
    }

    /// Every row of a table is another entry of its columns, and has no step but its position.
    fn table(&mut self, row: Row, columns: &[Cow<'_, str>], rows: &[Item], way: Way<'_>) {
        let data = Trail::Member(way.place, "data");
        for (i, item) in rows.iter().enumerate() {
            let Node::Array(cells) = &item.node else { continue };
            let row = self.begin(row.line, None);
            let place = Trail::Element(&data, i);
            for ((j, cell), column) in cells.iter().enumerate().zip(columns) {
                let way = Way { place: &Trail::Element(&place, j), name: &Trail::Member(way.name, column) };
                self.descend(row, cell, way);
            }
        }
    }

    fn add(&mut self, row: Row, item: &Item, way: Way<'_>) {
        self.starts.insert(item.span.start);
        let path: Vec<String> = way.name.labels().iter().map(label_text).collect();
        let at = *self.paths.entry(path).or_insert_with_key(|path| {
            self.series.push(Series { path: path.clone(), entries: Vec::new(), problems: Vec::new() });
            self.last.push(0);
            self.series.len() - 1
        });
        let series = &mut self.series[at];
        let read = wandb::Histogram::read(&item.node);
        if let Err(why) = read.as_ref().map_err(Clone::clone).and_then(wandb::Histogram::check) {
            series.problems.push(problem(self.layout, row.line, &way.place.labels(), &why));
        }
        let Ok(histogram) = read else { return };
        // The last of equal names counts, as in Python.
        if std::mem::replace(&mut self.last[at], row.number) == row.number {
            series.entries.pop();
        }
        let (span, extra) = (item.span.clone(), extra(&item.node));
        series.entries.push(Entry { step: row.step, span, extra, histogram });
    }
}

fn label_text(label: &Label) -> String {
    match label {
        Label::Name(name) => name.clone(),
        Label::Index(index) => index.to_string(),
    }
}

fn problem(layout: Layout, line: u64, labels: &[Label], error: &wandb::Error) -> Problem {
    let path = path_text(labels);
    match layout {
        Layout::Lines if path.is_empty() => Problem::new(At::Line(line), error.to_string()),
        Layout::Lines => Problem::new(At::Line(line), format!("{path}: {error}")),
        Layout::Single if path.is_empty() => Problem::new(At::Whole, error.to_string()),
        Layout::Single => Problem::new(At::Path(path), error.to_string()),
    }
}

/// An object that says it is one.
fn is_histogram(node: &Node) -> bool {
    let name = node.get("_type").map(|item| &item.node);
    matches!(name, Some(Node::Text(name)) if name == "histogram" || name == "trackio.histogram")
}

/// numpy's `[counts, edges]`: one edge more than counts, and none that decreases.
fn is_pair(items: &[Item]) -> bool {
    let [Item { node: Node::Numbers(counts), .. }, Item { node: Node::Numbers(edges), .. }] = items else {
        return false;
    };
    edges.len() == counts.len() + 1 && edges.as_f64().windows(2).all(|pair| pair[0] <= pair[1])
}

fn extra(node: &Node) -> Vec<Range<usize>> {
    let Node::Object(members) = node else { return Vec::new() };
    members.iter().filter(|member| !OWN.contains(&&*member.name)).map(|member| member.span.clone()).collect()
}
