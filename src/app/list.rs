//! The series list: a tree of folders, sources and series, with a filter and a selected row.
//!
//! Rows are not stored. Sources with the same keys share one tree of rows (`shape`), and `layout` places the trees one
//! after another. Adding a source costs the same however many series are open, and so does moving the selection.

mod filter;
mod hub;
mod layout;
mod shape;
#[cfg(test)]
mod tests;

pub use filter::Filter;
pub use shape::{INDENT, SIGN};

/// Maximum width of a sparkline.
pub const SPARKLINE: usize = 8;

use crate::catalog::{Series, SeriesId, SourceInfo};
pub use layout::Siblings;
use layout::{Block, Found};
use shape::{Rows, Shape};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// A row of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'l> {
    pub depth: usize,
    /// The part of the key, or the name of the source or folder.
    pub label: Cow<'l, str>,
    /// Further names: the folder of a run or its id, or the key of a source with one series. May be empty.
    pub detail: Cow<'l, str>,
    /// Another row has the same label, so the detail distinguishes them.
    pub ambiguous: bool,
    pub node: Node,
}

/// The tree node of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A folder, a source or a common prefix of keys.
    Branch { folded: bool, leaves: usize },
    /// A series.
    Leaf(SeriesId),
}

/// The identity of a branch, which it keeps when rows are added or filtered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Branch {
    /// The path of a folder of sources.
    Folder(String),
    /// The index of a source.
    Source(usize),
    /// The index of a source, and the start of the keys in the branch.
    Keys(usize, String),
}

/// The identity of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    Series(SeriesId),
    Branch(Branch),
}

/// The rows of the list, with selection, scroll position and filter.
#[derive(Debug, Clone)]
pub struct List {
    shapes: Vec<Arc<Shape>>,
    /// Indices in `shapes` by the hash of their keys.
    known: HashMap<u64, Vec<usize>>,
    slots: Vec<Slot>,
    /// Folders of the sources: the parts of their paths.
    folders: Vec<Vec<String>>,
    folder_index: HashMap<String, usize>,
    /// First source in each folder or below it, by path.
    first_in: HashMap<String, usize>,
    /// Indices of the sources, in list order.
    order: Vec<usize>,
    blocks: Vec<Block>,
    /// Block of each source.
    block_of: Vec<Option<usize>>,
    /// Number of rows.
    len: usize,
    /// Number of changes of the rows and of their series.
    version: u64,
    /// Index of the selected row.
    pub selected: usize,
    /// Index of the first visible row.
    pub top: usize,
    /// The series that was chosen last. Its row may be folded.
    chosen: Option<SeriesId>,
    /// The selected branch stands for the chosen series, which is folded.
    stands_in: bool,
    pub filter: Filter,
    found: Option<Found>,
    /// Number of series that match the filter.
    pub shown: usize,
    /// Number of all series.
    pub total: usize,
    /// Column widths.
    pub columns: ListColumns,
    /// Names are in natural order, not in the order of logging.
    natural: bool,
    folds: Folds,
    /// Folds while a filter is active, which starts with everything unfolded.
    filter_folds: Folds,
}

/// Widths of the columns of the list; 0 for an empty column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListColumns {
    /// Width of the widest name, with indentation and sign.
    pub name: usize,
    /// Width of the step counts.
    pub steps: usize,
    /// Width of the last steps.
    pub last: usize,
}

/// A source in the list.
#[derive(Debug, Clone, PartialEq)]
struct Slot {
    shape: usize,
    /// Index in [`List::folders`].
    folder: usize,
    /// Name of the source, usually a path.
    name: String,
    /// Display name of its run.
    run: Option<String>,
    id: Option<String>,
    /// Rank of its folder and of each folder above, for the order of logging.
    ranks: Vec<usize>,
}

/// The folded branches.
#[derive(Debug, Clone, Default)]
struct Folds {
    /// All branches are folded, except `except`. Otherwise only `except` are.
    all: bool,
    except: HashSet<Branch>,
    /// Sources with a branch of keys in `except`.
    keyed: HashSet<usize>,
}

impl Default for List {
    fn default() -> Self {
        Self {
            shapes: Vec::new(),
            known: HashMap::new(),
            slots: Vec::new(),
            folders: Vec::new(),
            folder_index: HashMap::new(),
            first_in: HashMap::new(),
            order: Vec::new(),
            blocks: Vec::new(),
            block_of: Vec::new(),
            len: 0,
            version: 0,
            selected: 0,
            top: 0,
            chosen: None,
            stands_in: false,
            filter: Filter::default(),
            found: None,
            shown: 0,
            total: 0,
            columns: ListColumns::default(),
            natural: true,
            folds: Folds::default(),
            filter_folds: Folds::default(),
        }
    }
}

impl Folds {
    fn is_folded(&self, branch: &Branch) -> bool {
        self.all != self.except.contains(branch)
    }

    fn set(&mut self, branch: Branch, folded: bool) {
        if let Branch::Keys(source, _) = &branch {
            self.keyed.insert(*source);
        }
        if folded == self.all {
            self.except.remove(&branch);
        } else {
            self.except.insert(branch);
        }
    }
}

impl Slot {
    /// Returns the end of the path.
    fn tail(&self) -> &str {
        self.name.trim_end_matches('/').rsplit('/').next().unwrap_or(&self.name)
    }

    /// Returns the name in the list: that of the run, or the end of the path.
    fn label(&self) -> &str {
        self.run.as_deref().unwrap_or_else(|| self.tail())
    }
}

impl List {
    /// Creates a list in natural order, or in the order of logging.
    pub fn new(natural: bool) -> Self {
        Self { natural, ..Self::default() }
    }

    /// Adds the sources that were opened since the last call.
    pub fn opened(&mut self, sources: &[Arc<SourceInfo>]) {
        let first = self.slots.len();
        for source in &sources[first.min(sources.len())..] {
            let slot = self.slot(source, self.slots.len());
            self.slots.push(slot);
            self.measure(source);
        }
        self.insert(first);
        self.refresh();
    }

    /// Reads a source again that has changed.
    pub fn changed(&mut self, sources: &[Arc<SourceInfo>], source: usize) {
        let Some(info) = sources.get(source) else { return };
        self.version += 1;
        if source >= self.slots.len() {
            return self.opened(sources);
        }
        self.measure(info);
        self.total -= self.shapes[self.slots[source].shape].len();
        let slot = self.slot(info, source);
        // Most sources grow by steps, which need no other rows.
        if self.slots[source] == slot {
            return;
        }
        self.keep_selection(|list| {
            list.slots[source] = slot;
            list.order.retain(|at| *at != source);
            list.insert_one(source);
            list.release_shapes();
            list.found = list.find();
            list.place();
        });
    }

    /// Applies a changed filter.
    pub fn refilter(&mut self) {
        self.filter_folds = Folds::default();
        self.refresh();
        if let Some(best) = self.found.as_ref().and_then(|found| found.best) {
            self.choose(best);
            self.top = 0;
        }
    }

    /// Switches between natural order and the order of logging. Returns true for natural order.
    pub fn switch_order(&mut self, sources: &[Arc<SourceInfo>]) -> bool {
        self.natural = !self.natural;
        self.keep_selection(|list| {
            (list.shapes, list.known) = (Vec::new(), HashMap::new());
            list.total = 0;
            for (at, source) in sources.iter().enumerate().take(list.slots.len()) {
                list.slots[at].shape = list.shape(&source.series);
            }
            list.order.clear();
            list.insert(0);
            list.found = list.find();
            list.place();
        });
        self.natural
    }

    /// Returns a number that changes with the rows.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Selects the row of a series. If it is folded, selects the branch that contains it.
    pub fn choose(&mut self, id: SeriesId) {
        self.chosen = Some(id);
        if let Some(at) = self.position(&Item::Series(id)) {
            self.selected = at;
            self.stands_in = self.series().is_none();
        }
    }

    /// Selects a row.
    pub fn select(&mut self, row: usize) {
        self.selected = row.min(self.len.saturating_sub(1));
        self.stands_in = false;
        self.chosen = self.series().or(self.chosen);
    }

    /// Returns the selected series; `None` on a branch.
    pub fn series(&self) -> Option<SeriesId> {
        match self.row(self.selected)?.node {
            Node::Leaf(id) => Some(id),
            Node::Branch { .. } => None,
        }
    }

    /// Returns the selected branch; `None` on a series.
    pub fn branch(&self) -> Option<Branch> {
        self.branch_at(self.selected)
    }

    /// Moves the selection by rows, up to the ends of the list.
    pub fn move_by(&mut self, by: isize) {
        self.select(self.selected.saturating_add_signed(by));
    }

    /// Moves by series, also through folded ones, up to the first or the last series. Returns the series.
    pub fn move_by_series(&mut self, by: isize) -> Option<SeriesId> {
        let last = self.shown.checked_sub(1)?;
        let from = match (self.series(), self.leaves_at(self.selected)) {
            (Some(id), _) => self.ordinal(id)?,
            // The chosen series is in the selected branch, but its row is folded.
            (None, Some(inside)) => match self.chosen.and_then(|id| self.ordinal(id)) {
                Some(at) if inside.contains(&at) && by != 0 => at,
                // Down from a branch goes to its first series, up to the one before it.
                _ if by > 0 => return self.go_to_series((inside.start + by.unsigned_abs() - 1).min(last)),
                _ => inside.start,
            },
            (None, None) => return None,
        };
        self.go_to_series(from.saturating_add_signed(by).min(last))
    }

    fn go_to_series(&mut self, at: usize) -> Option<SeriesId> {
        let id = self.series_at(at)?;
        self.choose(id);
        Some(id)
    }

    /// Folds or unfolds the selected branch. Returns false on a series.
    pub fn toggle(&mut self) -> bool {
        let Some(Node::Branch { folded, .. }) = self.row(self.selected).map(|row| row.node) else { return false };
        self.fold_selected(!folded)
    }

    /// Folds the selected branch. On a series or a folded branch, selects the branch that contains it.
    pub fn fold(&mut self) {
        if !matches!(self.row(self.selected).map(|row| row.node), Some(Node::Branch { folded: false, .. }))
            || !self.fold_selected(true)
        {
            let depth = self.row(self.selected).map_or(0, |row| row.depth);
            let above = (0..self.selected).rev().find(|at| self.row(*at).is_some_and(|row| row.depth < depth));
            self.select(above.unwrap_or(self.selected));
        }
    }

    /// Unfolds the selected branch. On an unfolded branch, selects its first row.
    pub fn unfold(&mut self) {
        match self.row(self.selected).map(|row| row.node) {
            Some(Node::Branch { folded: true, .. }) => drop(self.fold_selected(false)),
            Some(Node::Branch { folded: false, .. }) => self.move_by(1),
            Some(Node::Leaf(_)) | None => {}
        }
    }

    /// Folds everything, or unfolds everything if nothing is unfolded. Returns true if everything is folded.
    pub fn fold_all(&mut self) -> bool {
        let folds = if self.found.is_some() { &mut self.filter_folds } else { &mut self.folds };
        let all = !(folds.all && folds.except.is_empty());
        *folds = Folds { all, ..Folds::default() };
        self.keep_selection(Self::place);
        all
    }

    fn fold_selected(&mut self, folded: bool) -> bool {
        let Some(branch) = self.branch() else { return false };
        let folds = if self.found.is_some() { &mut self.filter_folds } else { &mut self.folds };
        folds.set(branch, folded);
        self.stands_in = false;
        self.keep_selection(Self::place);
        true
    }

    /// Scrolls so that the selected row is among the `height` visible rows.
    pub fn scroll_into_view(&mut self, height: usize) {
        let lowest = (self.selected + 1).saturating_sub(height.max(1));
        self.top = self.top.clamp(lowest, self.selected.max(lowest));
        // The branches directly above the selected row stay visible with it.
        let depth = |at: usize| self.row(at).map_or(0, |row| row.depth);
        let mut above = self.selected;
        while above > 0 && depth(above - 1) < depth(above) {
            above -= 1;
        }
        self.top = self.top.min(above.max(lowest));
        self.top = self.top.min(self.len.saturating_sub(height.max(1)));
    }

    /// Searches with the filter and lays the rows out. Keeps the selected row, if it still exists.
    fn refresh(&mut self) {
        self.keep_selection(|list| {
            list.found = list.find();
            list.place();
        });
    }

    /// Runs a change of the rows. The selected row stays selected, at the same height on the screen.
    fn keep_selection(&mut self, change: impl FnOnce(&mut Self)) {
        let chosen = self.chosen.filter(|_| self.stands_in).map(Item::Series);
        let item = chosen.or_else(|| self.item(self.selected));
        let height = self.selected - self.top.min(self.selected);
        change(self);
        let first = |list: &Self| list.series_at(0).and_then(|id| list.position(&Item::Series(id)));
        let at = item.as_ref().and_then(|item| self.position(item)).or_else(|| first(self)).unwrap_or(0);
        self.selected = at;
        self.stands_in = matches!(item, Some(Item::Series(_))) && self.series().is_none();
        // Without a row that stays, the list starts at its first row.
        self.top = if item.is_some() { at.saturating_sub(height) } else { 0 };
    }

    /// Creates the slot of a source.
    fn slot(&mut self, info: &SourceInfo, source: usize) -> Slot {
        let shape = self.shape(&info.series);
        let name = info.name.trim_end_matches('/');
        let path = name.rfind('/').map_or("", |at| &name[..at]);
        let folder = self.folder_index.get(path).copied().unwrap_or_else(|| {
            let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
            parts.retain(|_| name.contains('/'));
            self.folders.push(hub::named(parts));
            self.folder_index.insert(path.to_owned(), self.folders.len() - 1);
            self.folders.len() - 1
        });
        let run = info.run.as_ref();
        let mut slot = Slot {
            shape,
            folder,
            name: info.name.clone(),
            run: run.map(|run| run.name.clone()),
            id: run.and_then(|run| run.id.clone()),
            ranks: Vec::new(),
        };
        slot.ranks = self.ranks(folder, source);
        slot
    }

    /// Returns the tree of these series, which may be that of another source.
    fn shape(&mut self, series: &[Series]) -> usize {
        self.total += series.len();
        let mut hasher = DefaultHasher::new();
        for series in series {
            series.path.hash(&mut hasher);
        }
        let same = self.known.entry(hasher.finish()).or_default();
        if let Some(known) = same.iter().find(|at| self.shapes[**at].fits(series)) {
            return *known;
        }
        same.push(self.shapes.len());
        self.shapes.push(Arc::new(Shape::new(series, self.natural)));
        self.shapes.len() - 1
    }

    /// Drops trees that no source uses, once they are the majority.
    fn release_shapes(&mut self) {
        let used: HashSet<usize> = self.slots.iter().map(|slot| slot.shape).collect();
        if self.shapes.len() <= 2 * used.len() + 8 {
            return;
        }
        let empty = Arc::new(Shape::new(&[], true));
        for (at, shape) in self.shapes.iter_mut().enumerate().filter(|(at, _)| !used.contains(at)) {
            *shape = Arc::clone(&empty);
            for same in self.known.values_mut() {
                same.retain(|known| *known != at);
            }
        }
    }

    /// Widens the columns for the series of a source.
    fn measure(&mut self, info: &SourceInfo) {
        for series in info.series.iter().filter(|series| series.steps.len() > 1) {
            let digits = |number: i64| number.checked_ilog10().unwrap_or(0) as usize + 1;
            let last = series.last_step().map_or(0, |number| digits(number.saturating_abs()) + usize::from(number < 0));
            let steps = digits(series.steps.len() as i64);
            self.columns.steps = self.columns.steps.max(steps);
            self.columns.last = self.columns.last.max(last);
        }
    }
}
