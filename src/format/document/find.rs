//! The search through one tree after another.

use super::{Entry, Layout, Root, Series, Trail};
use crate::error::{At, Problem};
use crate::json::{Item, Label, Member, Node, path_text};
use crate::wandb;
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
}

impl Finder {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, series: Vec::new(), paths: HashMap::new(), starts: HashSet::new() }
    }

    pub(super) fn into_parts(self) -> (Vec<Series>, HashSet<usize>) {
        (self.series, self.starts)
    }

    /// Adds the histograms of one root.
    pub(super) fn search(&mut self, index: usize, root: &Root) {
        self.descend((index, root), &root.item, &Trail::Root);
    }

    fn descend(&mut self, root: (usize, &Root), item: &Item, trail: &Trail) {
        match &item.node {
            node if is_histogram(node) => self.add(root, item, trail),
            Node::Object(members) => {
                for Member { name, value, .. } in members {
                    self.descend(root, value, &Trail::Member(trail, name));
                }
            }
            // Within an array two lists are rather two rows.
            Node::Array(items) if is_pair(items) && !matches!(trail, Trail::Element(..)) => self.add(root, item, trail),
            Node::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.descend(root, item, &Trail::Element(trail, index));
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, (index, root): (usize, &Root), item: &Item, trail: &Trail) {
        self.starts.insert(item.span.start);
        let labels = trail.labels();
        let path: Vec<String> = labels.iter().map(label_text).collect();
        let at = *self.paths.entry(path).or_insert_with_key(|path| {
            self.series.push(Series { path: path.clone(), entries: Vec::new(), problems: Vec::new() });
            self.series.len() - 1
        });
        let series = &mut self.series[at];
        let read = wandb::Histogram::read(&item.node);
        if let Err(why) = read.as_ref().map_err(Clone::clone).and_then(wandb::Histogram::check) {
            series.problems.push(problem(self.layout, root.line, &labels, &why));
        }
        let Ok(histogram) = read else { return };
        // The last of equal names counts, as in Python.
        if series.entries.last().is_some_and(|entry| entry.root == index) {
            series.entries.pop();
        }
        let (span, extra) = (item.span.clone(), extra(&item.node));
        series.entries.push(Entry { root: index, step: root.step, span, extra, histogram });
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
