//! The series list: a tree of sources and series, with a filter and a selected row.

#[cfg(test)]
mod tests;

use crate::catalog::{SeriesId, SourceInfo};
use crate::pattern::{Pattern, Syntax};
use crate::text;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Maximum depth of the tree, which is built by recursion. The rest of a deeper key becomes one label.
const MAX_DEPTH: usize = 32;

/// Columns of indentation per level.
pub const INDENT: usize = 2;
/// Columns of the fold sign, with a space on either side.
pub const SIGN: usize = 3;

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub depth: usize,
    /// The part of the key, or the name of the source.
    pub label: String,
    pub node: Node,
}

/// The tree node of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A source or a common prefix of keys. `id` is unique in the tree.
    Branch { id: String, folded: bool, leaves: usize },
    /// A series.
    Leaf(SeriesId),
}

/// The filter for keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub text: String,
    pub syntax: Syntax,
    /// The error in the pattern. An invalid pattern matches everything.
    pub error: Option<String>,
}

/// The rows of the list, with selection, scroll position and filter.
#[derive(Debug, Clone, Default)]
pub struct List {
    pub rows: Vec<Row>,
    /// Index of the selected row.
    pub selected: usize,
    /// Index of the first visible row.
    pub top: usize,
    pub filter: Filter,
    /// Number of series that match the filter.
    pub shown: usize,
    /// Number of all series.
    pub total: usize,
    /// Column widths.
    pub columns: ListColumns,
    folded: BTreeSet<String>,
}

/// Widths of the columns of the list; 0 for an empty column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListColumns {
    /// Median width of the names, with indentation and sign.
    pub name: usize,
    /// Width of the step counts.
    pub steps: usize,
    /// Width of the last steps.
    pub last: usize,
}

impl List {
    /// Rebuilds the rows and keeps the selected row, if it still exists.
    pub fn rebuild(&mut self, sources: &[Arc<SourceInfo>]) {
        let before = self.rows.get(self.selected).map(|row| row.node.clone());
        let pattern = Pattern::new(&self.filter.text, self.filter.syntax);
        self.filter.error = pattern.as_ref().err().cloned();
        let pattern = pattern.ok().filter(|_| !self.filter.text.is_empty());
        let tree = Tree::build(sources, pattern.as_ref());
        (self.shown, self.total) = (tree.leaves, sources.iter().map(|source| source.series.len()).sum());
        self.rows.clear();
        // A filter unfolds every branch, so that all matches are visible.
        let folded = if pattern.is_some() { &BTreeSet::new() } else { &self.folded };
        tree.rows(folded, &mut self.rows);
        let same = |row: &Row| match (&before, &row.node) {
            (Some(Node::Branch { id, .. }), Node::Branch { id: other, .. }) => id == other,
            (Some(before), node) => before == node,
            (None, node) => matches!(node, Node::Leaf(_)),
        };
        self.columns = ListColumns::new(&self.rows, sources);
        let first = || self.rows.iter().position(|row| matches!(row.node, Node::Leaf(_)));
        self.selected = self.rows.iter().position(same).or_else(first).unwrap_or(0);
    }

    /// Selects the row of a series, if it is visible.
    pub fn choose(&mut self, id: SeriesId) {
        let leaf = Node::Leaf(id);
        if let Some(at) = self.rows.iter().position(|row| row.node == leaf) {
            self.selected = at;
        }
    }

    /// Returns the selected series; `None` on a branch.
    pub fn series(&self) -> Option<SeriesId> {
        match self.rows.get(self.selected)?.node {
            Node::Leaf(id) => Some(id),
            Node::Branch { .. } => None,
        }
    }

    /// Moves the selection by rows, up to the ends of the list.
    pub fn move_by(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
    }

    /// Moves the selection by series and skips branches, up to the first or the last series.
    pub fn move_by_series(&mut self, by: isize) {
        let is_series = |row: &Row| matches!(row.node, Node::Leaf(_));
        let (before, after) = self.rows.split_at(self.selected.min(self.rows.len()));
        let far = by.unsigned_abs().max(1);
        let found = if by < 0 {
            let before = before.iter().enumerate().rev().filter(|(_, row)| is_series(row)).map(|(at, _)| at);
            before.take(far).last()
        } else {
            let after = after.iter().enumerate().skip(1).filter(|(_, row)| is_series(row));
            after.map(|(at, _)| self.selected + at).take(far).last()
        };
        self.selected = found.unwrap_or(self.selected);
    }

    /// Folds or unfolds the selected branch. Returns false on a series.
    pub fn toggle(&mut self, sources: &[Arc<SourceInfo>]) -> bool {
        let Some(Row { node: Node::Branch { id, .. }, .. }) = self.rows.get(self.selected) else { return false };
        let id = id.clone();
        if !self.folded.remove(&id) {
            self.folded.insert(id);
        }
        self.rebuild(sources);
        true
    }

    /// Scrolls so that the selected row is among the `height` visible rows.
    pub fn scroll_into_view(&mut self, height: usize) {
        let lowest = (self.selected + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest, self.selected.max(lowest));
        self.top = self.top.min(self.rows.len().saturating_sub(height.max(1)));
    }
}

impl ListColumns {
    fn new(rows: &[Row], sources: &[Arc<SourceInfo>]) -> Self {
        let mut names: Vec<usize> = (rows.iter())
            .filter(|row| matches!(row.node, Node::Leaf(_)))
            .map(|row| row.depth * INDENT + SIGN + text::width(&text::visible(&row.label)))
            .collect();
        let middle = names.len() / 2;
        let name = if names.is_empty() { 0 } else { *names.select_nth_unstable(middle).1 };
        let several = sources.iter().flat_map(|source| &source.series).filter(|series| series.steps.len() > 1);
        several.fold(Self { name, ..Self::default() }, |columns, series| {
            let last = series.last_step().map_or(0, |number| number.to_string().len());
            let steps = series.steps.len().to_string().len();
            Self { steps: columns.steps.max(steps), last: columns.last.max(last), ..columns }
        })
    }
}

/// A node while the tree is built.
#[derive(Default)]
struct Tree {
    children: Vec<(String, Tree)>,
    index: HashMap<String, usize>,
    leaf: Option<SeriesId>,
    leaves: usize,
}

impl Tree {
    fn build(sources: &[Arc<SourceInfo>], pattern: Option<&Pattern>) -> Self {
        let mut root = Self::default();
        let prefix = common_directory(sources);
        for (s, source) in sources.iter().enumerate() {
            for (k, series) in source.series.iter().enumerate() {
                let key = series.key();
                let matches = pattern.is_none_or(|pattern| {
                    pattern.matches(&key) || (sources.len() > 1 && pattern.matches(&format!("{}/{key}", source.name)))
                });
                if !matches {
                    continue;
                }
                // The index after the name keeps sources of the same name apart.
                let top = (sources.len() > 1).then(|| format!("{}\u{0}{s}", &source.name[prefix..]));
                let mut parts: Vec<String> = top.into_iter().collect();
                if parts.is_empty() && series.path.is_empty() {
                    parts.push(source.name.clone());
                }
                series.path.iter().for_each(|label| split(label, &mut parts));
                if parts.len() > MAX_DEPTH {
                    let rest = parts.split_off(MAX_DEPTH - 1).concat();
                    parts.push(rest);
                }
                root.insert(&parts, SeriesId { source: s, series: k });
            }
        }
        root
    }

    fn insert(&mut self, parts: &[String], leaf: SeriesId) {
        self.leaves += 1;
        let Some((part, rest)) = parts.split_first() else { return };
        // A key that is also a prefix of other keys, and a second series with the same key, each get a separate row.
        let taken = |tree: &Self, at: usize| rest.is_empty() && tree.children[at].1.leaf.is_some();
        let at = match self.index.get(part) {
            Some(at) if !taken(self, *at) => *at,
            _ => {
                self.children.push((part.clone(), Self::default()));
                self.index.insert(part.clone(), self.children.len() - 1);
                self.children.len() - 1
            }
        };
        let child = &mut self.children[at].1;
        if rest.is_empty() {
            child.leaf = Some(leaf);
            child.leaves += 1;
        } else {
            child.insert(rest, leaf);
        }
    }

    fn rows(&self, folded: &BTreeSet<String>, rows: &mut Vec<Row>) {
        // Depth first, in the order of the keys.
        let mut stack: Vec<(usize, String, String, &Self)> =
            self.children.iter().rev().map(|(label, tree)| (0, label.clone(), String::new(), tree)).collect();
        while let Some((depth, mut label, above, mut tree)) = stack.pop() {
            // A branch with a single child is merged with it into one row.
            while !label.contains('\u{0}')
                && tree.leaf.is_none()
                && let [(next, child)] = tree.children.as_slice()
            {
                label.push_str(next);
                tree = child;
            }
            let id = format!("{above}\u{1}{label}");
            let shown = label.split('\u{0}').next().unwrap_or_default();
            if let Some(id) = tree.leaf {
                rows.push(Row { depth, label: shown.to_owned(), node: Node::Leaf(id) });
            }
            if tree.children.is_empty() {
                continue;
            }
            let closed = folded.contains(&id);
            let label = shown.trim_end_matches(['/', '.']).to_owned();
            let node = Node::Branch { id: id.clone(), folded: closed, leaves: tree.leaves };
            rows.push(Row { depth, label, node });
            if !closed {
                let below = tree.children.iter().rev();
                stack.extend(below.map(|(label, child)| (depth + 1, label.clone(), id.clone(), child)));
            }
        }
    }
}

/// Returns the length in bytes of the directory prefix that all source names share.
fn common_directory(sources: &[Arc<SourceInfo>]) -> usize {
    let Some((first, rest)) = sources.split_first() else { return 0 };
    let same = |name: &str| first.name.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let common = rest.iter().map(|source| same(&source.name)).min().unwrap_or(0);
    first.name.as_bytes()[..common].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)
}

/// Splits a label at `/` and `.`, as W&B groups keys. Each part except the last keeps its separator. Labels are joined
/// with `.`, as in W&B.
fn split(label: &str, parts: &mut Vec<String>) {
    if let Some(last) = parts.last_mut()
        && !last.contains('\u{0}')
    {
        last.push('.');
    }
    let mut new: Vec<String> = label.split_inclusive(['/', '.']).map(str::to_owned).collect();
    if new.is_empty() {
        new.push(String::new());
    }
    parts.append(&mut new);
}
