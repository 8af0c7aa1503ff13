//! The tree of the keys of one source. Runs that log the same keys share one tree.

use crate::catalog::Series;
use crate::text;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Maximum depth of the tree. The rest of a deeper key becomes one label.
const MAX_DEPTH: usize = 32;

/// Columns of indentation per level.
pub const INDENT: usize = 2;
/// Columns of the fold sign, with a space on either side.
pub const SIGN: usize = 3;

/// Marks an index that does not exist.
const NONE: u32 = u32::MAX;

/// The keys of a source as a tree, in list order.
#[derive(Debug)]
pub(super) struct Shape {
    /// All keys, one after another.
    text: String,
    /// End of each key in `text`.
    ends: Vec<u32>,
    /// Nodes, each before its children.
    nodes: Vec<TreeNode>,
    /// The rows without a filter.
    pub(super) rows: Arc<Rows>,
}

/// A part of a key.
#[derive(Debug, Clone, Copy)]
struct TreeNode {
    /// A key that contains the part.
    key: u32,
    /// Bytes of the part in [`Shape::text`].
    start: u32,
    stop: u32,
    /// Index after the last descendant.
    end: u32,
    /// The series with this key.
    leaf: u32,
}

/// The rows of a source, without the row of the source itself.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) all: Vec<TreeRow>,
    /// Indices in `all` of the series, in order.
    pub(super) leaves: Vec<u32>,
    /// Position of each series in `leaves`.
    position: Vec<u32>,
    /// Width of the widest label, with indentation and sign.
    pub(super) width: usize,
}

/// A row of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TreeRow {
    pub(super) depth: u16,
    /// A key that contains the label.
    key: u32,
    /// Bytes of the label in [`Shape::text`].
    start: u32,
    stop: u32,
    /// The series; [`NONE`] for a branch.
    leaf: u32,
    /// Index after the last row in this branch.
    pub(super) end: u32,
    /// Number of series in this branch.
    pub(super) leaves: u32,
}

impl TreeRow {
    /// Returns the index of the series; `None` for a branch.
    pub(super) fn series(&self) -> Option<usize> {
        (self.leaf != NONE).then_some(self.leaf as usize)
    }
}

impl Rows {
    /// Returns the position of a series among the series of the source.
    pub(super) fn position(&self, series: usize) -> Option<usize> {
        self.position.get(series).filter(|at| **at != NONE).map(|at| *at as usize)
    }

    /// Returns the row of a series.
    pub(super) fn row_of(&self, series: usize) -> Option<usize> {
        Some(self.leaves[self.position(series)?] as usize)
    }

    /// Lists the rows in the branch of a row, at its level, and a number that identifies the branch. Returns `None` if there
    /// are more than `limit`.
    pub(super) fn siblings(&self, row: usize, limit: usize) -> Option<(usize, Vec<usize>)> {
        let parent = match self.all.get(row)?.depth {
            0 => None,
            depth => Some((0..row).rev().take(limit).find(|above| self.all[*above].depth < depth)?),
        };
        let rows: Vec<usize> = self.children(parent).take(limit + 1).collect();
        (rows.len() <= limit).then(|| (parent.map_or(0, |row| row + 1), rows))
    }

    /// Lists the rows in a branch, without those further below; without a branch, the rows of the first level.
    fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> {
        let (mut at, end) = match parent {
            Some(parent) => (parent + 1, self.all[parent].end as usize),
            None => (0, self.all.len()),
        };
        std::iter::from_fn(move || {
            let row = at;
            at = self.all.get(row).filter(|_| row < end)?.end as usize;
            Some(row)
        })
    }
}

/// A node while the tree is built.
struct Building {
    key: u32,
    start: u32,
    stop: u32,
    leaf: u32,
    children: Vec<u32>,
}

impl Shape {
    /// Builds the tree. Its branches are in natural order, or in the order of the series.
    pub(super) fn new(series: &[Series], natural: bool) -> Self {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(series.len());
        for series in series {
            for (at, label) in series.path.iter().enumerate() {
                if at > 0 {
                    text.push('.');
                }
                text.push_str(label);
            }
            ends.push(text.len() as u32);
        }
        let mut shape = Self { nodes: Vec::new(), rows: Arc::default(), text, ends };
        let mut tree = shape.tree(series);
        if natural {
            shape.sort(&mut tree);
        }
        shape.nodes = flatten(&tree);
        shape.rows = Arc::new(shape.rows_of(|_| true));
        shape
    }

    /// Returns true if the series have the same keys, in the same order.
    pub(super) fn fits(&self, series: &[Series]) -> bool {
        let same = |(at, series): (usize, &Series)| {
            let mut rest = self.key(at);
            let mut labels = series.path.iter();
            labels.next().is_none_or(|first| {
                rest.strip_prefix(first.as_str()).is_some_and(|after| {
                    rest = after;
                    true
                })
            }) && labels.all(|label| {
                let after = rest.strip_prefix('.').and_then(|rest| rest.strip_prefix(label.as_str()));
                after.is_some_and(|after| {
                    rest = after;
                    true
                })
            }) && rest.is_empty()
        };
        self.ends.len() == series.len() && series.iter().enumerate().all(same)
    }

    /// Returns the key of a series.
    pub(super) fn key(&self, series: usize) -> &str {
        let start = if series == 0 { 0 } else { self.ends[series - 1] as usize };
        &self.text[start..self.ends[series] as usize]
    }

    /// Number of series.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the label of a row. Empty for a series without a key.
    pub(super) fn label(&self, row: &TreeRow) -> &str {
        let label = &self.text[row.start as usize..row.stop as usize];
        if row.leaf == NONE { label.trim_end_matches(['/', '.']) } else { label }
    }

    /// Returns the start of the keys in a branch, which identifies it.
    pub(super) fn prefix(&self, row: &TreeRow) -> &str {
        let key = row.key as usize;
        let start = if key == 0 { 0 } else { self.ends[key - 1] as usize };
        &self.text[start..row.stop as usize]
    }

    /// Returns the rows of the series that match.
    pub(super) fn rows_of(&self, matches: impl Fn(usize) -> bool) -> Rows {
        let mut rows = Rows { position: vec![NONE; self.ends.len()], ..Rows::default() };
        // Number of matching series in each node.
        let mut counts: Vec<u32> = vec![0; self.nodes.len()];
        for at in (0..self.nodes.len()).rev() {
            let node = self.nodes[at];
            let own = u32::from(node.leaf != NONE && matches(node.leaf as usize));
            counts[at] += own + self.children(at).map(|child| counts[child]).sum::<u32>();
        }
        // The open branches: their row, and the index after their last node.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut at = 0;
        while at < self.nodes.len() {
            while open.last().is_some_and(|(_, end)| *end <= at) {
                if let Some((row, _)) = open.pop() {
                    rows.all[row].end = rows.all.len() as u32;
                }
            }
            let end = self.nodes[at].end as usize;
            if counts[at] == 0 {
                at = end;
                continue;
            }
            // A branch with a single child is merged with it into one row.
            let mut merged = 0;
            let is_leaf = |at: usize| {
                let leaf = self.nodes[at].leaf;
                leaf != NONE && matches(leaf as usize)
            };
            while !is_leaf(at) {
                let mut children = self.children(at).filter(|child| counts[*child] > 0);
                let (Some(only), None) = (children.next(), children.next()) else { break };
                merged += self.nodes[at].stop - self.nodes[at].start;
                at = only;
            }
            let node = self.nodes[at];
            // The parts of a key are adjacent in it, and so are those of the merged label.
            let row = TreeRow {
                depth: open.len() as u16,
                key: node.key,
                start: node.start - merged,
                stop: node.stop,
                leaf: NONE,
                end: 0,
                leaves: counts[at],
            };
            let next = rows.all.len() as u32;
            if is_leaf(at) {
                rows.position[node.leaf as usize] = rows.leaves.len() as u32;
                rows.leaves.push(next);
                rows.all.push(TreeRow { leaf: node.leaf, end: next + 1, leaves: 1, ..row });
            }
            if counts[at] > u32::from(is_leaf(at)) {
                open.push((rows.all.len(), end));
                rows.all.push(row);
            }
            at += 1;
        }
        while let Some((row, _)) = open.pop() {
            rows.all[row].end = rows.all.len() as u32;
        }
        let width = |row: &TreeRow| usize::from(row.depth) * INDENT + SIGN + text::width(self.label(row));
        rows.width = rows.all.iter().map(width).max().unwrap_or(0);
        rows
    }

    fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes[at].end as usize;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let child = next;
            next = self.nodes.get(child).filter(|_| child < end)?.end as usize;
            Some(child)
        })
    }

    fn tree(&self, series: &[Series]) -> Vec<Building> {
        let root = Building { key: 0, start: 0, stop: 0, leaf: NONE, children: Vec::new() };
        let mut tree = vec![root];
        let mut index: HashMap<(u32, &str), u32> = HashMap::new();
        for (key, series) in series.iter().enumerate() {
            let base = self.ends[key] as usize - self.key(key).len();
            let parts = parts(self.key(key), &series.path);
            let mut node = 0;
            for (at, part) in parts.iter().enumerate() {
                let words = &self.key(key)[part.clone()];
                let is_last = at + 1 == parts.len();
                let known = index.get(&(node, words)).copied();
                // A key that is also a prefix of other keys, and a second series with the same key, each get a row.
                let taken = |at: u32| is_last && tree[at as usize].leaf != NONE;
                node = match known {
                    Some(known) if !taken(known) => known,
                    _ => {
                        let new = tree.len() as u32;
                        let (start, stop) = ((base + part.start) as u32, (base + part.end) as u32);
                        tree.push(Building { key: key as u32, start, stop, leaf: NONE, children: Vec::new() });
                        tree[node as usize].children.push(new);
                        index.insert((node, words), new);
                        new
                    }
                };
                if is_last {
                    tree[node as usize].leaf = key as u32;
                }
            }
        }
        tree
    }

    /// Sorts the children of each node in natural order.
    fn sort(&self, tree: &mut [Building]) {
        for at in 0..tree.len() {
            let mut children = std::mem::take(&mut tree[at].children);
            let label = |at: &u32| &self.text[tree[*at as usize].start as usize..tree[*at as usize].stop as usize];
            children.sort_by(|a, b| text::natural_order(label(a), label(b)));
            tree[at].children = children;
        }
    }
}

/// Lists the nodes, each before its children, without the root.
fn flatten(tree: &[Building]) -> Vec<TreeNode> {
    let mut nodes: Vec<TreeNode> = Vec::with_capacity(tree.len());
    // The open nodes, and how many of their children were visited.
    let mut open: Vec<(u32, usize, usize)> = vec![(0, 0, 0)];
    while let Some((at, visited, own)) = open.last_mut() {
        match tree[*at as usize].children.get(*visited) {
            Some(child) => {
                *visited += 1;
                let &Building { key, start, stop, leaf, .. } = &tree[*child as usize];
                open.push((*child, 0, nodes.len()));
                nodes.push(TreeNode { key, start, stop, end: 0, leaf });
            }
            None => {
                let (is_root, own, end) = (*at == 0, *own, nodes.len() as u32);
                open.pop();
                if !is_root {
                    nodes[own].end = end;
                }
            }
        }
    }
    nodes
}

/// Splits a key at `/` and `.`, as W&B groups keys, and at the ends of its labels. Each part except the last keeps its
/// separators. Labels are joined with `.`, as in W&B.
fn parts(key: &str, labels: &[String]) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for (at, label) in labels.iter().enumerate() {
        let stop = start + label.len();
        let mut from = start;
        for part in label.split_inclusive(['/', '.']) {
            parts.push(from..from + part.len());
            from += part.len();
        }
        if label.is_empty() {
            parts.push(start..stop);
        }
        start = stop;
        if at + 1 < labels.len()
            && let Some(last) = parts.last_mut()
        {
            last.end += 1;
            start += 1;
        }
    }
    if parts.is_empty() {
        parts.push(0..key.len());
    }
    if parts.len() > MAX_DEPTH {
        parts.truncate(MAX_DEPTH);
        parts[MAX_DEPTH - 1].end = key.len();
    }
    parts
}
