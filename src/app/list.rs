//! The tree of sources and series: which rows there are, which one is chosen, what the filter leaves.

use crate::catalog::{SeriesId, SourceInfo};
use crate::pattern::{Pattern, Syntax};
use crate::text;
use std::collections::{BTreeSet, HashMap};

/// How deep the tree may get, which is walked by recursion: what a key holds beyond that stays one piece.
const MAX_DEPTH: usize = 32;

/// Cells before a name: for each level, and for the sign with a space on either side.
pub const INDENT: usize = 2;
pub const SIGN: usize = 3;

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub depth: usize,
    /// The piece of the key (or the source's name) that the row shows.
    pub label: String,
    pub node: Node,
}

/// What a row stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Something with rows beneath it: a source, or a shared beginning of keys. `id` tells it from all others.
    Branch { id: String, folded: bool, leaves: usize },
    /// One series.
    Leaf(SeriesId),
}

/// The filter over the keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub text: String,
    pub syntax: Syntax,
    /// What is wrong with the expression; everything is shown then.
    pub error: Option<String>,
}

/// The list as it stands.
#[derive(Debug, Clone, Default)]
pub struct List {
    pub rows: Vec<Row>,
    /// Index of the chosen row.
    pub selected: usize,
    /// Index of the first row on the screen.
    pub top: usize,
    pub filter: Filter,
    /// Series that the filter leaves, and all of them.
    pub shown: usize,
    pub total: usize,
    /// What the columns behind the names need.
    pub columns: ListColumns,
    folded: BTreeSet<String>,
}

/// Cells of the columns of the list; 0 where nothing would be in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListColumns {
    /// Half of the names, with what is before them, need no more.
    pub name: usize,
    /// How many steps.
    pub steps: usize,
    /// The number of the last one.
    pub last: usize,
}

impl List {
    /// Builds the rows anew, keeping the chosen series chosen where it is still there.
    pub fn rebuild(&mut self, sources: &[SourceInfo]) {
        let before = self.rows.get(self.selected).map(|row| row.node.clone());
        let pattern = Pattern::new(&self.filter.text, self.filter.syntax);
        self.filter.error = pattern.as_ref().err().cloned();
        let pattern = pattern.ok().filter(|_| !self.filter.text.is_empty());
        let tree = Tree::build(sources, pattern.as_ref());
        (self.shown, self.total) = (tree.leaves, sources.iter().map(|source| source.series.len()).sum());
        self.rows.clear();
        // A filter unfolds everything: what matches must be seen.
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

    /// Chooses the row of a series, if it is shown.
    pub fn choose(&mut self, id: SeriesId) {
        let wanted = Node::Leaf(id);
        if let Some(at) = self.rows.iter().position(|row| row.node == wanted) {
            self.selected = at;
        }
    }

    /// The chosen series; `None` on a branch.
    pub fn series(&self) -> Option<SeriesId> {
        match self.rows.get(self.selected)?.node {
            Node::Leaf(id) => Some(id),
            Node::Branch { .. } => None,
        }
    }

    /// Moves the choice by rows, staying inside.
    pub fn step(&mut self, by: isize) {
        self.selected = self.selected.saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
    }

    /// Moves the choice by series, passing over branches; it stays where it is when there are not so many.
    pub fn step_to_series(&mut self, by: isize) {
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

    /// Folds or unfolds the chosen branch; false on a series.
    pub fn toggle(&mut self, sources: &[SourceInfo]) -> bool {
        let Some(Row { node: Node::Branch { id, .. }, .. }) = self.rows.get(self.selected) else { return false };
        let id = id.clone();
        if !self.folded.remove(&id) {
            self.folded.insert(id);
        }
        self.rebuild(sources);
        true
    }

    /// Moves `top` so that the chosen row is among `height` rows on the screen.
    pub fn scroll_into_view(&mut self, height: usize) {
        let lowest = (self.selected + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest, self.selected.max(lowest));
        self.top = self.top.min(self.rows.len().saturating_sub(height.max(1)));
    }
}

impl ListColumns {
    fn new(rows: &[Row], sources: &[SourceInfo]) -> Self {
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

/// A branch while the tree is built.
#[derive(Default)]
struct Tree {
    children: Vec<(String, Tree)>,
    index: HashMap<String, usize>,
    leaf: Option<SeriesId>,
    leaves: usize,
}

impl Tree {
    fn build(sources: &[SourceInfo], pattern: Option<&Pattern>) -> Self {
        let mut root = Self::default();
        let folder = common_folder(sources);
        for (s, source) in sources.iter().enumerate() {
            for (k, series) in source.series.iter().enumerate() {
                let key = series.key();
                let kept = pattern.is_none_or(|pattern| {
                    pattern.matches(&key) || (sources.len() > 1 && pattern.matches(&format!("{}/{key}", source.name)))
                });
                if !kept {
                    continue;
                }
                // Behind the name, so that no two sources of one name fall together.
                let top = (sources.len() > 1).then(|| format!("{}\u{0}{s}", &source.name[folder..]));
                let mut pieces: Vec<String> = top.into_iter().collect();
                if pieces.is_empty() && series.path.is_empty() {
                    pieces.push(source.name.clone());
                }
                series.path.iter().for_each(|label| split(label, &mut pieces));
                if pieces.len() > MAX_DEPTH {
                    let rest = pieces.split_off(MAX_DEPTH - 1).concat();
                    pieces.push(rest);
                }
                root.insert(&pieces, SeriesId { source: s, series: k });
            }
        }
        root
    }

    fn insert(&mut self, pieces: &[String], leaf: SeriesId) {
        self.leaves += 1;
        let Some((piece, rest)) = pieces.split_first() else { return };
        // A series whose key is also the beginning of others, and a second one of the same key, get a row of their own.
        let taken = |tree: &Self, at: usize| rest.is_empty() && tree.children[at].1.leaf.is_some();
        let at = match self.index.get(piece) {
            Some(at) if !taken(self, *at) => *at,
            _ => {
                self.children.push((piece.clone(), Self::default()));
                self.index.insert(piece.clone(), self.children.len() - 1);
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
            // A branch with nothing but one branch or series beneath it is shown as one row.
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

/// How many bytes of folders all sources' names begin with: what tells them apart comes after it.
fn common_folder(sources: &[SourceInfo]) -> usize {
    let Some((first, rest)) = sources.split_first() else { return 0 };
    let same = |name: &str| first.name.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
    let common = rest.iter().map(|source| same(&source.name)).min().unwrap_or(0);
    first.name.as_bytes()[..common].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)
}

/// Splits a label at `/` and `.`, as W&B groups keys; each piece but the last keeps its separator. A label among others
/// is followed by a `.`, as W&B joins them.
fn split(label: &str, pieces: &mut Vec<String>) {
    if let Some(last) = pieces.last_mut()
        && !last.contains('\u{0}')
    {
        last.push('.');
    }
    let mut parts: Vec<String> = label.split_inclusive(['/', '.']).map(str::to_owned).collect();
    if parts.is_empty() {
        parts.push(String::new());
    }
    pieces.append(&mut parts);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Series, SeriesKind, Steps};

    fn source(name: &str, keys: &[&[&str]]) -> SourceInfo {
        let series = keys.iter().map(|path| Series {
            path: path.iter().map(ToString::to_string).collect(),
            kind: SeriesKind::Histogram,
            steps: Steps::Unknown(1),
            problems: Vec::new(),
        });
        SourceInfo { name: name.into(), series: series.collect(), ..SourceInfo::default() }
    }

    fn drawn(list: &List) -> Vec<String> {
        let sign = |row: &Row| match &row.node {
            Node::Branch { folded: true, .. } => '+',
            Node::Branch { .. } => '-',
            Node::Leaf(_) => ' ',
        };
        list.rows.iter().map(|row| format!("{}{}{}", "  ".repeat(row.depth), sign(row), row.label)).collect()
    }

    #[test]
    fn keys_are_grouped_where_they_share_a_beginning() {
        let sources = [source("run", &[&["acts/relu.1"], &["grad/w1"], &["grad/w2"], &["layer1", "grad"]])];
        let mut list = List::default();
        list.rebuild(&sources);
        assert_eq!(drawn(&list), [" acts/relu.1", "-grad", "   w1", "   w2", " layer1.grad"]);
        assert_eq!(list.series(), Some(SeriesId { source: 0, series: 0 }));
        list.step(1);
        assert!(list.toggle(&sources));
        assert_eq!(drawn(&list), [" acts/relu.1", "+grad", " layer1.grad"]);
        list.filter.text = "w2".into();
        list.rebuild(&sources);
        assert_eq!((drawn(&list), list.shown, list.total), (vec![" grad/w2".to_string()], 1, 4));
    }

    #[test]
    fn sources_and_equal_keys_stay_apart() {
        let sources = [source("a", &[&["w"], &["w"], &["w", "x"]]), source("a", &[&[]])];
        let mut list = List::default();
        list.rebuild(&sources);
        let leaves: Vec<_> = list.rows.iter().filter(|row| matches!(row.node, Node::Leaf(_))).collect();
        assert_eq!(leaves.len(), 4, "{:?}", drawn(&list));
        assert_eq!(list.total, 4);
    }

    #[test]
    fn sources_are_told_by_what_differs_in_their_names() {
        let sources = [source("runs/é/one.npy", &[&[]]), source("runs/é/two.npy", &[&[]])];
        let mut list = List::default();
        list.rebuild(&sources);
        assert_eq!(drawn(&list), [" one.npy", " two.npy"]);
    }

    #[test]
    fn a_key_of_any_depth_is_a_row() {
        let key = "a/".repeat(100_000);
        let mut list = List::default();
        list.rebuild(&[source("run", &[&[&key], &["a/b"]])]);
        let leaves: Vec<_> = list.rows.iter().filter(|row| matches!(row.node, Node::Leaf(_))).collect();
        assert_eq!(leaves.len(), 2);
    }

    #[test]
    fn the_chosen_row_stays_on_the_screen() {
        let keys: Vec<Vec<String>> = (0..50).map(|i| vec![format!("k{i}")]).collect();
        let keys: Vec<Vec<&str>> = keys.iter().map(|k| k.iter().map(String::as_str).collect()).collect();
        let keys: Vec<&[&str]> = keys.iter().map(Vec::as_slice).collect();
        let sources = [source("run", &keys)];
        let mut list = List::default();
        list.rebuild(&sources);
        list.step(30);
        list.scroll_into_view(10);
        assert_eq!(list.top, 21);
        list.step(-30);
        list.scroll_into_view(10);
        assert_eq!(list.top, 0);
        list.step(1000);
        list.scroll_into_view(10);
        assert_eq!((list.selected, list.top), (49, 40));
    }
}
