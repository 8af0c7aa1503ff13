//! The placement of rows: sources in order, grouped by folder, each with the rows of its series.

use super::{Branch, Item, List, Node, Row, Rows};
use super::{INDENT, SIGN};
use crate::catalog::SeriesId;
use crate::text::{self, natural_order};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Consecutive rows: of one source, or the heading of a folder.
#[derive(Debug, Clone)]
pub(super) struct Block {
    depth: usize,
    /// Index of the first row.
    row: usize,
    /// Number of series before.
    leaf: usize,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// The heading of a folder: the first source in it, and the number of parts of its path that the label has.
    Folder {
        source: usize,
        parts: Range<usize>,
        folded: bool,
        leaves: usize,
    },
    Source(Place),
}

/// The rows of a source.
#[derive(Debug, Clone)]
pub(super) struct Place {
    source: usize,
    heading: Heading,
    folded: bool,
    /// Number of path parts above that contain this source.
    above: usize,
    ambiguous: bool,
    rows: Arc<Rows>,
    /// Indices of the rows that are not folded; `None` for all.
    visible: Option<Arc<[u32]>>,
}

/// The row of a source itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heading {
    /// A single source has no row of its own.
    None,
    Own,
    /// The source has one series, which shares its row.
    Merged,
}

/// The result of a filter.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The matching rows of each source.
    pub(super) rows: Vec<Option<Arc<Rows>>>,
    /// The best match.
    pub(super) best: Option<SeriesId>,
}

/// The labels at one place of the tree, which are shortened together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Siblings<'l> {
    /// Identifies the place.
    pub place: (usize, usize),
    pub labels: Vec<&'l str>,
}

impl Place {
    /// Number of rows.
    fn len(&self) -> usize {
        let inner = self.visible.as_ref().map_or(self.rows.all.len(), |visible| visible.len());
        match self.heading {
            Heading::None => inner,
            Heading::Own => 1 + if self.folded { 0 } else { inner },
            Heading::Merged => 1,
        }
    }

    /// Returns the row in [`Rows`] at an index; `None` for the row of the source.
    fn tree_row(&self, index: usize) -> Option<usize> {
        let inner = match self.heading {
            Heading::None => index,
            Heading::Own => index.checked_sub(1)?,
            Heading::Merged => 0,
        };
        match &self.visible {
            Some(visible) => visible.get(inner).map(|row| *row as usize),
            None => (inner < self.rows.all.len()).then_some(inner),
        }
    }

    /// Returns the index of a row in [`Rows`], or of the folded branch that contains it.
    fn index_of(&self, row: usize) -> usize {
        let inner = match &self.visible {
            Some(visible) => visible.partition_point(|at| *at as usize <= row).saturating_sub(1),
            None => row,
        };
        match self.heading {
            Heading::None => inner,
            Heading::Own if self.folded => 0,
            Heading::Own => 1 + inner,
            Heading::Merged => 0,
        }
    }
}

impl List {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns a row.
    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let block = self.block_at(index)?;
        let place = match &block.kind {
            Kind::Folder { source, parts, folded, leaves } => {
                let label = self.folders[self.slots[*source].folder][parts.clone()].join("/");
                let node = Node::Branch { folded: *folded, leaves: *leaves };
                return Some(Row {
                    depth: block.depth,
                    label: label.into(),
                    detail: "".into(),
                    ambiguous: false,
                    node,
                });
            }
            Kind::Source(place) => place,
        };
        let slot = &self.slots[place.source];
        let shape = &self.shapes[slot.shape];
        match place.tree_row(index - block.row) {
            Some(at) if place.heading != Heading::Merged => {
                let row = &place.rows.all[at];
                let node = match row.series() {
                    Some(series) => Node::Leaf(SeriesId { source: place.source, series }),
                    None => Node::Branch {
                        // The rows of a folded branch are not visible.
                        folded: row.end as usize > at + 1 && place.tree_row(index - block.row + 1) != Some(at + 1),
                        leaves: row.leaves as usize,
                    },
                };
                let depth = block.depth + usize::from(row.depth) + usize::from(place.heading == Heading::Own);
                let label = if shape.label(row).is_empty() { slot.label() } else { shape.label(row) };
                Some(Row { depth, label: label.into(), detail: "".into(), ambiguous: false, node })
            }
            found => {
                let folder = &self.folders[slot.folder];
                let above = folder.get(place.above..).unwrap_or_default();
                let path = || above.iter().map(String::as_str).chain([slot.tail()]).collect::<Vec<_>>().join("/");
                let (label, mut detail) = match (&slot.run, &slot.id) {
                    (Some(run), Some(id)) if place.ambiguous => (Cow::Borrowed(run.as_str()), id.clone()),
                    (Some(run), _) if run == slot.tail() => (Cow::Borrowed(run.as_str()), above.join("/")),
                    (Some(run), _) => (Cow::Borrowed(run.as_str()), path()),
                    (None, _) => (Cow::Owned(path()), String::new()),
                };
                let node = match found.and_then(|at| place.rows.all[at].series()) {
                    Some(series) => {
                        let key = shape.key(series);
                        if !key.is_empty() {
                            detail = if place.ambiguous { format!("{detail} {key}") } else { key.to_owned() };
                        }
                        Node::Leaf(SeriesId { source: place.source, series })
                    }
                    None => Node::Branch { folded: place.folded, leaves: place.rows.leaves.len() },
                };
                Some(Row { depth: block.depth, label, detail: detail.into(), ambiguous: place.ambiguous, node })
            }
        }
    }

    /// Returns the series at a position among those that match the filter, including folded ones.
    pub fn series_at(&self, position: usize) -> Option<SeriesId> {
        if position >= self.shown {
            return None;
        }
        let block = &self.blocks[self.blocks.partition_point(|block| block.leaf <= position).checked_sub(1)?];
        let Kind::Source(place) = &block.kind else { return None };
        let row = *place.rows.leaves.get(position - block.leaf)?;
        Some(SeriesId { source: place.source, series: place.rows.all[row as usize].series()? })
    }

    /// Returns the position of a series among those that match the filter.
    pub fn ordinal(&self, id: SeriesId) -> Option<usize> {
        let (block, place) = self.place_of(id.source)?;
        Some(block.leaf + place.rows.position(id.series)?)
    }

    /// Returns the positions of the series in the branch of a row.
    pub fn leaves_at(&self, index: usize) -> Option<Range<usize>> {
        let Node::Branch { leaves, .. } = self.row(index)?.node else { return None };
        let block = self.block_at(index)?;
        let before = match &block.kind {
            Kind::Folder { .. } => 0,
            Kind::Source(place) => place
                .tree_row(index - block.row)
                .map_or(0, |row| place.rows.leaves.partition_point(|leaf| (*leaf as usize) < row)),
        };
        Some(block.leaf + before..block.leaf + before + leaves)
    }

    /// Lists the series in the branch of a row.
    pub fn contents(&self, index: usize) -> impl Iterator<Item = SeriesId> {
        self.leaves_at(index).unwrap_or_default().filter_map(|at| self.series_at(at))
    }

    /// Lists the labels of the rows at the same place as a row: series in the same branch, or sources.
    pub fn siblings(&self, index: usize) -> Option<Siblings<'_>> {
        const MAX: usize = 1000;
        let block = self.block_at(index)?;
        let Kind::Source(place) = &block.kind else { return None };
        let row = place.tree_row(index - block.row).filter(|_| place.heading != Heading::Merged);
        let Some(row) = row else {
            let sources = self.blocks.iter().filter_map(|block| match &block.kind {
                Kind::Source(place) if place.heading != Heading::None => Some(self.slots[place.source].label()),
                _ => None,
            });
            let labels: Vec<&str> = sources.take(MAX + 1).collect();
            return (labels.len() <= MAX).then_some(Siblings { place: (usize::MAX, 0), labels });
        };
        let shape = &self.shapes[self.slots[place.source].shape];
        let (branch, rows) = place.rows.siblings(row, MAX)?;
        let labels = rows.into_iter().map(|at| shape.label(&place.rows.all[at])).collect();
        Some(Siblings { place: (place.source, branch), labels })
    }

    /// Returns the identity of a row.
    pub fn item(&self, index: usize) -> Option<Item> {
        match self.row(index)?.node {
            Node::Leaf(id) => Some(Item::Series(id)),
            Node::Branch { .. } => self.branch_at(index).map(Item::Branch),
        }
    }

    /// Returns the branch of a row; `None` for a series.
    pub fn branch_at(&self, index: usize) -> Option<Branch> {
        if matches!(self.row(index)?.node, Node::Leaf(_)) {
            return None;
        }
        let block = self.block_at(index)?;
        Some(match &block.kind {
            Kind::Folder { source, parts, .. } => {
                Branch::Folder(self.folders[self.slots[*source].folder][..parts.end].join("/"))
            }
            Kind::Source(place) => match place.tree_row(index - block.row) {
                None => Branch::Source(place.source),
                Some(row) => {
                    let shape = &self.shapes[self.slots[place.source].shape];
                    Branch::Keys(place.source, shape.prefix(&place.rows.all[row]).to_owned())
                }
            },
        })
    }

    /// Returns the row of an item, or of the folded branch that contains it.
    pub(super) fn position(&self, item: &Item) -> Option<usize> {
        let source = match item {
            Item::Series(id) => id.source,
            Item::Branch(Branch::Source(source) | Branch::Keys(source, _)) => *source,
            Item::Branch(Branch::Folder(_)) => {
                let folders = self.blocks.iter().filter(|block| matches!(block.kind, Kind::Folder { .. }));
                let mut rows = folders.map(|block| block.row);
                return rows.find(|row| self.item(*row).as_ref() == Some(item));
            }
        };
        let (block, place) = self.place_of(source)?;
        if self.block_at(block.row).is_none_or(|at| !std::ptr::eq(at, block)) {
            // The source is in a folded folder, whose heading is the last row before.
            return block.row.checked_sub(1);
        }
        let index = match item {
            Item::Series(id) => place.index_of(place.rows.row_of(id.series)?),
            Item::Branch(Branch::Keys(_, prefix)) => {
                let shape = &self.shapes[self.slots[source].shape];
                let is_branch = |row: &&super::shape::TreeRow| row.series().is_none() && shape.prefix(row) == prefix;
                place.index_of(place.rows.all.iter().position(|row| is_branch(&row))?)
            }
            Item::Branch(_) => (place.heading == Heading::Own).then_some(0)?,
        };
        Some(block.row + index)
    }

    fn place_of(&self, source: usize) -> Option<(&Block, &Place)> {
        let block = &self.blocks[(*self.block_of.get(source)?)?];
        match &block.kind {
            Kind::Source(place) => Some((block, place)),
            Kind::Folder { .. } => None,
        }
    }

    fn block_at(&self, index: usize) -> Option<&Block> {
        if index >= self.len {
            return None;
        }
        self.blocks.get(self.blocks.partition_point(|block| block.row <= index).checked_sub(1)?)
    }

    /// Inserts the sources from `first` on into the order.
    pub(super) fn insert(&mut self, first: usize) {
        // A few sources are inserted one by one; many are sorted together.
        if (self.slots.len() - first) * 8 < self.slots.len() {
            return (first..self.slots.len()).for_each(|source| self.insert_one(source));
        }
        let mut order = std::mem::take(&mut self.order);
        order.extend(first..self.slots.len());
        order.sort_by(|a, b| self.compare(*a, *b));
        self.order = order;
    }

    pub(super) fn insert_one(&mut self, source: usize) {
        let at = self.order.partition_point(|other| self.compare(*other, source) == Ordering::Less);
        self.order.insert(at, source);
    }

    /// Compares two sources: by folder, then by name.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let (left, right) = (&self.slots[a], &self.slots[b]);
        let own = || {
            let labels = natural_order(left.label(), right.label());
            labels.then_with(|| natural_order(left.tail(), right.tail())).then(a.cmp(&b))
        };
        if !self.natural {
            return left.ranks.cmp(&right.ranks).then(a.cmp(&b));
        }
        if left.folder == right.folder {
            return own();
        }
        let (mut left_parts, mut right_parts) = (self.folders[left.folder].iter(), self.folders[right.folder].iter());
        loop {
            let order = match (left_parts.next(), right_parts.next()) {
                (Some(left), Some(right)) => natural_order(left, right).then_with(|| left.cmp(right)),
                // A source, and a folder next to it.
                (None, Some(folder)) => natural_order(left.label(), folder).then(Ordering::Less),
                (Some(folder), None) => natural_order(folder, right.label()).then(Ordering::Greater),
                (None, None) => return own(),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
    }

    /// Returns the ranks of a folder and of those above it, by the first source in each, and of a source.
    pub(super) fn ranks(&mut self, folder: usize, source: usize) -> Vec<usize> {
        let parts = &self.folders[folder];
        let first_in = &mut self.first_in;
        let first = |depth: usize| *first_in.entry(parts[..depth].join("/")).or_insert(source);
        (1..=parts.len()).map(first).chain([source]).collect()
    }

    /// Places the rows of all sources.
    pub(super) fn place(&mut self) {
        let rows = |source: usize| match &self.found {
            Some(found) => found.rows.get(source)?.clone(),
            None => Some(Arc::clone(&self.shapes[self.slots[source].shape].rows)),
        };
        let sources = self.order.iter().filter_map(|source| Some((*source, rows(*source)?)));
        let sources: Vec<(usize, Arc<Rows>)> = sources.filter(|(_, rows)| !rows.all.is_empty()).collect();
        let mut times: HashMap<(usize, &str), u32> = HashMap::new();
        for (source, _) in &sources {
            *times.entry((self.slots[*source].folder, self.slots[*source].label())).or_default() += 1;
        }
        let mut placing =
            Placing { list: self, sources: &sources, times, blocks: Vec::new(), row: 0, leaf: 0, width: 0 };
        if !sources.is_empty() {
            placing.group(0..sources.len(), 0, 0, None);
        }
        let Placing { blocks, row, leaf, width, .. } = placing;
        let mut block_of = vec![None; self.slots.len()];
        for (at, block) in blocks.iter().enumerate() {
            if let Kind::Source(place) = &block.kind {
                block_of[place.source] = Some(at);
            }
        }
        (self.blocks, self.block_of, self.len, self.shown) = (blocks, block_of, row, leaf);
        self.version += 1;
        if self.found.is_none() {
            self.columns.name = width;
        }
    }
}

/// The rows that were placed so far.
struct Placing<'l> {
    list: &'l List,
    sources: &'l [(usize, Arc<Rows>)],
    /// Number of sources by folder and label.
    times: HashMap<(usize, &'l str), u32>,
    blocks: Vec<Block>,
    row: usize,
    leaf: usize,
    width: usize,
}

impl<'l> Placing<'l> {
    fn folder(&self, at: usize) -> &'l [String] {
        &self.list.folders[self.list.slots[self.sources[at].0].folder]
    }

    /// Places sources whose paths share the first `above` parts. `hidden` is set in a folded folder; `None` is the
    /// outermost group, which has no heading.
    fn group(&mut self, range: Range<usize>, above: usize, depth: usize, hidden: Option<bool>) {
        let first = self.folder(range.start);
        let last = self.folder(range.end - 1);
        if range.len() == 1 {
            let above = if hidden.is_none() { first.len() } else { above };
            return self.source(range.start, above, depth, hidden.unwrap_or(false));
        }
        let shared = first.iter().zip(last).take_while(|(a, b)| a == b).count();
        let (mut inner, mut hides) = (depth, hidden.unwrap_or(false));
        let mut heading = None;
        if hidden.is_some() && shared > above {
            let folds = if self.list.found.is_some() { &self.list.filter_folds } else { &self.list.folds };
            let folded = folds.is_folded(&Branch::Folder(first[..shared].join("/")));
            heading = Some((self.blocks.len(), self.leaf));
            let source = self.sources[range.start].0;
            let kind = Kind::Folder { source, parts: above..shared, folded, leaves: 0 };
            self.push(depth, hides, 1, 0, kind);
            inner += 1;
            hides |= folded;
        }
        let mut at = range.start;
        while at < range.end {
            let Some(part) = self.folder(at).get(shared) else {
                self.source(at, shared, inner, hides);
                at += 1;
                continue;
            };
            let same = |other: &usize| self.folder(*other).get(shared) == Some(part);
            let end = (at..range.end).find(|other| !same(other)).unwrap_or(range.end);
            self.group(at..end, shared, inner, Some(hides));
            at = end;
        }
        if let Some((block, before)) = heading
            && let Kind::Folder { leaves, .. } = &mut self.blocks[block].kind
        {
            *leaves = self.leaf - before;
        }
    }

    /// Places a source.
    fn source(&mut self, at: usize, above: usize, depth: usize, hidden: bool) {
        let (source, rows) = &self.sources[at];
        let (source, rows) = (*source, Arc::clone(rows));
        let list = self.list;
        let slot = &list.slots[source];
        let folds = if list.found.is_some() { &list.filter_folds } else { &list.folds };
        let heading = match rows.all.len() {
            _ if list.slots.len() == 1 => Heading::None,
            1 => Heading::Merged,
            _ => Heading::Own,
        };
        let folded = heading == Heading::Own && folds.is_folded(&Branch::Source(source));
        let has_folds = (folds.all || folds.keyed.contains(&source)) && !folded && !hidden;
        let visible = (has_folds && heading != Heading::Merged).then(|| {
            let shape = &list.shapes[slot.shape];
            let mut visible = Vec::new();
            let mut at = 0;
            while let Some(row) = rows.all.get(at) {
                visible.push(at as u32);
                let is_branch = row.series().is_none();
                let folded = is_branch && folds.is_folded(&Branch::Keys(source, shape.prefix(row).to_owned()));
                at = if folded { row.end as usize } else { at + 1 };
            }
            visible.into()
        });
        let ambiguous = self.times.get(&(slot.folder, slot.label())).is_some_and(|times| *times > 1);
        let inner = usize::from(heading == Heading::Own) * INDENT + rows.width;
        let own = if heading == Heading::None { 0 } else { SIGN + text::width(slot.label()) };
        self.width = self.width.max(depth * INDENT + inner.max(own));
        let leaves = rows.leaves.len();
        let place = Place { source, heading, folded, above, ambiguous, rows, visible };
        let len = if hidden { 0 } else { place.len() };
        self.push(depth, false, len, leaves, Kind::Source(place));
    }

    fn push(&mut self, depth: usize, hidden: bool, rows: usize, leaves: usize, kind: Kind) {
        self.blocks.push(Block { depth, row: self.row, leaf: self.leaf, kind });
        self.row += if hidden { 0 } else { rows };
        self.leaf += leaves;
    }
}
