//! The table of all series: one row of statistics for each series and run that the list shows, sorted by a column.
//!
//! Values are loaded in the background, those on the screen first. They stay until their source is reloaded.

mod order;

use super::list::List;
use super::regions::regions;
use super::{Model, StepCursor, Ticket};
use crate::catalog::{EntryId, SeriesId, SeriesKind};
use crate::document::{RowStatistic, SeriesRow};
use crate::text;
use order::{Order, UNKNOWN, UNLOADED, rank};
use ratatui::layout::Rect;
use std::collections::HashMap;

/// Values that are kept in addition to those of two steps of all series.
const SPARE_VALUES: usize = 100_000;
/// Cells between the run and the series.
pub const GAP: usize = 2;
/// Maximum number of rows that are requested at once. The worker returns those that it has after a moment.
const MAX_REQUEST: usize = 4096;

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The order of the list.
    Name,
    Statistic(RowStatistic),
}

/// A row to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRequest {
    pub entry: EntryId,
    /// The first entry, for the change since then; `None` if the series has one.
    pub first: Option<EntryId>,
}

/// The loaded rows; `None` for an entry that cannot be read.
pub type LoadedRows = Vec<(EntryId, Option<SeriesRow>)>;

/// The table.
#[derive(Debug, Clone)]
pub struct SeriesTable {
    pub is_open: bool,
    pub column: Column,
    pub descending: bool,
    /// `None` for an entry that cannot be read.
    values: HashMap<EntryId, Option<SeriesRow>>,
    order: Order,
    /// The state of the list and the step of `order`.
    of: Option<(u64, StepCursor)>,
    /// Rows whose rank is that of the current step.
    is_current: Vec<bool>,
    current_rows: usize,
    /// All rows before this one are current or requested.
    next: usize,
    /// Position of the selected row.
    pub selected: usize,
    /// The series of the selected row, once the user chose one. Until then, the first row is selected.
    chosen: Option<SeriesId>,
    /// Position of the first visible row.
    pub top: usize,
    /// The running load and its rows, by their place in the list.
    pub(super) loading: Option<(Ticket, Vec<(usize, EntryId)>)>,
    /// The default column was chosen.
    has_column: bool,
    /// Width that the names need.
    names: u16,
}

impl Default for SeriesTable {
    fn default() -> Self {
        Self {
            is_open: false,
            column: Column::Name,
            descending: false,
            values: HashMap::new(),
            order: Order::default(),
            of: None,
            is_current: Vec::new(),
            current_rows: 0,
            next: 0,
            selected: 0,
            chosen: None,
            top: 0,
            loading: None,
            has_column: false,
            names: 0,
        }
    }
}

impl Column {
    /// All columns, from left to right.
    pub fn all() -> impl Iterator<Item = Self> {
        std::iter::once(Self::Name).chain(RowStatistic::ALL.map(Self::Statistic))
    }

    /// Returns the heading.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "series",
            Self::Statistic(RowStatistic::N) => "n",
            Self::Statistic(RowStatistic::NotFinite) => "nan/inf",
            Self::Statistic(RowStatistic::Zeros) => "zeros",
            Self::Statistic(RowStatistic::Mean) => "mean",
            Self::Statistic(RowStatistic::Std) => "std",
            Self::Statistic(RowStatistic::Kurtosis) => "kurtosis",
            Self::Statistic(RowStatistic::P999) => "p99.9",
            Self::Statistic(RowStatistic::MaxAbs) => "|max|",
            Self::Statistic(RowStatistic::Change) => "change",
        }
    }

    /// Returns the order that shows trouble first.
    fn first_descending(self) -> bool {
        self != Self::Name
    }
}

impl SeriesTable {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of rows whose values are loaded.
    pub fn loaded(&self) -> usize {
        self.current_rows
    }

    /// Returns the series at a position.
    pub fn series_at(&self, list: &List, position: usize) -> Option<SeriesId> {
        list.series_at(self.order.row(position)?)
    }

    /// Returns the values of an entry: `None` while they are not loaded, and `Some(None)` if the entry cannot be read.
    pub fn values(&self, entry: EntryId) -> Option<Option<&SeriesRow>> {
        self.values.get(&entry).map(Option::as_ref)
    }

    /// Returns true if the user chose the selected row.
    pub(super) fn is_chosen(&self) -> bool {
        self.chosen.is_some()
    }

    /// Returns the ticket of the running load.
    pub(super) fn ticket(&self) -> Option<Ticket> {
        self.loading.as_ref().map(|(ticket, _)| *ticket)
    }

    /// Moves the selection.
    pub(super) fn select(&mut self, list: &List, position: usize) {
        self.selected = position.min(self.len().saturating_sub(1));
        self.chosen = self.series_at(list, self.selected);
    }

    /// Forgets values that may have changed.
    pub(super) fn forget(&mut self, has_changed: impl Fn(&EntryId) -> bool) {
        self.values.retain(|entry, _| !has_changed(entry));
        self.of = None;
    }

    fn rank_of(&self, row: usize, entry: Option<EntryId>) -> u64 {
        match self.column {
            Column::Name if self.descending => u64::from(u32::MAX) - row as u64,
            Column::Name => row as u64,
            Column::Statistic(statistic) => match entry.and_then(|entry| self.values.get(&entry)) {
                Some(Some(values)) => rank(
                    Some(values.value(statistic)).filter(|value| value.is_known()).map_or(f64::NAN, |value| value.at),
                    self.descending,
                ),
                Some(None) => UNKNOWN,
                None => UNLOADED,
            },
        }
    }

    /// Runs a change of the order. A series that the user chose stays selected, at the same height on the screen.
    fn keep_selection(&mut self, list: &List, change: impl FnOnce(&mut Self)) {
        let height = self.selected.saturating_sub(self.top);
        change(self);
        let row = self.chosen.and_then(|id| list.ordinal(id));
        match row.and_then(|row| self.order.position(row)) {
            Some(position) => (self.selected, self.top) = (position, position.saturating_sub(height)),
            None => {
                self.chosen = None;
                (self.selected, self.top) = (0, 0);
            }
        }
    }
}

/// Opens the table, or closes it. Returns the running load, which the caller cancels.
pub(super) fn set_open(model: &mut Model, open: bool) -> Option<Ticket> {
    model.series_table.is_open = open;
    if open {
        if !std::mem::replace(&mut model.series_table.has_column, true) {
            let steps = |position| {
                model.list.series_at(position).and_then(|id| model.series(id)).map(|series| series.steps.len())
            };
            // Most series are logged alike, so that the first ones decide.
            let several = (0..model.list.shown.min(100)).any(|position| steps(position).is_some_and(|steps| steps > 1));
            if several {
                (model.series_table.column, model.series_table.descending) =
                    (Column::Statistic(RowStatistic::Change), true);
            }
        }
        (model.series_table.chosen, model.series_table.selected, model.series_table.top) = (None, 0, 0);
        return None;
    }
    model.series_table.loading.take().map(|(ticket, _)| ticket)
}

/// Sorts by a column, or in the other direction if it is sorted by it already. The first row is selected.
pub(super) fn sort(model: &mut Model, column: Column) {
    let table = &mut model.series_table;
    table.descending = if table.column == column { !table.descending } else { column.first_descending() };
    (table.column, table.chosen) = (column, None);
    rebuild(model);
}

/// Sorts by the column to the left or to the right.
pub(super) fn sort_by_neighbor(model: &mut Model, by: isize) {
    let all: Vec<Column> = Column::all().collect();
    let at = all.iter().position(|column| *column == model.series_table.column).unwrap_or(0);
    let next = at.saturating_add_signed(by).min(all.len() - 1);
    if next != at {
        sort(model, all[next]);
    }
}

/// Sorts all rows again.
fn rebuild(model: &mut Model) {
    let entries: Vec<Option<EntryId>> = (0..model.list.shown).map(|row| entry_at(model, row)).collect();
    let of = Some((model.list.version(), model.step_cursor));
    let Model { list, series_table: table, .. } = model;
    table.keep_selection(list, |table| {
        let ranks = entries.iter().enumerate().map(|(row, entry)| table.rank_of(row, *entry)).collect();
        table.order = Order::new(ranks);
        table.is_current =
            entries.iter().map(|entry| entry.is_none_or(|entry| table.values.contains_key(&entry))).collect();
        table.current_rows = table.is_current.iter().filter(|is_current| **is_current).count();
    });
    (table.next, table.of) = (0, of);
    model.series_table.names = names_width(model);
}

/// Returns the width that the names need: of the run and the whole key.
fn names_width(model: &Model) -> u16 {
    let rows = (0..model.list.shown.min(MEASURED)).filter_map(|row| model.list.series_at(row));
    let (mut runs, mut series) = (0, 0);
    for id in rows {
        let run = model.source_label(id).filter(|_| model.sources.len() > 1);
        runs = runs.max(run.map_or(0, |run| text::width(&run.to_string()) + GAP));
        series = series.max(text::width(&model.name(id.at(0))));
    }
    // A sign, and the mark of an earlier step.
    (runs + series + 3).min(200) as u16
}

/// Returns the entry in a row of the list's order, at the current step.
fn entry_at(model: &Model, row: usize) -> Option<EntryId> {
    model.entry_at_cursor(model.list.series_at(row)?)
}

/// Brings the table up to date with the list and the step, and scrolls to the selected row.
pub(super) fn refresh(model: &mut Model) {
    if !model.series_table.is_open {
        return;
    }
    let of = (model.list.version(), model.step_cursor);
    match model.series_table.of {
        Some(known) if known == of => {}
        // At another step, rows keep their places until their new values are loaded.
        Some((version, _)) if version == of.0 => {
            let table = &mut model.series_table;
            table.is_current.fill(false);
            (table.current_rows, table.next, table.of) = (0, 0, Some(of));
        }
        _ => rebuild(model),
    }
    let height = layout(model).map_or(1, |layout| usize::from(layout.rows.height)).max(1);
    let table = &mut model.series_table;
    table.selected = table.selected.min(table.len().saturating_sub(1));
    table.top = table.top.clamp((table.selected + 1).saturating_sub(height), table.selected);
    table.top = table.top.min(table.len().saturating_sub(height));
}

/// Returns the next rows to load: those on the screen, then the others in the order of the list. Rows whose values are known
/// already take their places.
pub(super) fn next_rows(model: &mut Model) -> Vec<RowRequest> {
    if !model.series_table.is_open || model.series_table.loading.is_some() {
        return Vec::new();
    }
    let height = layout(model).map_or(0, |layout| usize::from(layout.rows.height));
    let (mut known, mut wanted) = (Vec::new(), Vec::new());
    let table = &model.series_table;
    let visible = (table.top..table.top + height).filter_map(|position| table.order.row(position));
    for row in visible.filter(|row| !table.is_current[*row]) {
        let Some(entry) = entry_at(model, row) else { continue };
        if table.values.contains_key(&entry) { known.push((row, entry)) } else { wanted.push((row, entry)) }
    }
    let mut next = table.next;
    if wanted.is_empty() {
        while next < table.len() && wanted.len() < MAX_REQUEST {
            if let (false, Some(entry)) = (table.is_current[next], entry_at(model, next)) {
                if table.values.contains_key(&entry) { known.push((next, entry)) } else { wanted.push((next, entry)) }
            }
            next += 1;
        }
    }
    model.series_table.next = next;
    place(model, &known);
    let request = |(_, entry): &(usize, EntryId)| RowRequest {
        entry: *entry,
        first: model.series(*entry).is_some_and(|series| series.steps.len() > 1).then(|| entry.series_id().at(0)),
    };
    let requests: Vec<RowRequest> = wanted.iter().map(request).collect();
    if !requests.is_empty() {
        let ticket = model.jobs.ticket();
        model.series_table.loading = Some((ticket, wanted));
    }
    requests
}

/// Moves rows to the places of their values at the current step.
fn place(model: &mut Model, rows: &[(usize, EntryId)]) {
    if rows.is_empty() {
        return;
    }
    let Model { list, series_table: table, .. } = model;
    let changes: Vec<(usize, u64)> =
        rows.iter().map(|(row, entry)| (*row, table.rank_of(*row, Some(*entry)))).collect();
    table.keep_selection(list, |table| table.order.change(&changes));
    for (row, _) in rows {
        if let Some(is_current) = table.is_current.get_mut(*row) {
            table.current_rows += usize::from(!*is_current);
            *is_current = true;
        }
    }
}

/// Receives rows. The worker may return only some of those that were requested.
pub(super) fn rows_loaded(model: &mut Model, ticket: Ticket, loaded: LoadedRows) {
    let Some((_, requested)) = model.series_table.loading.take_if(|(newest, _)| *newest == ticket) else { return };
    let most = 2 * model.series_table.len() + SPARE_VALUES;
    if model.series_table.values.len() > most {
        model.series_table.values.clear();
    }
    model.series_table.values.extend(loaded);
    // The list or the step may have changed since the request.
    let placed: Vec<(usize, EntryId)> =
        requested.iter().copied().filter(|(row, entry)| entry_at(model, *row) == Some(*entry)).collect();
    let (placed, missing): (Vec<_>, Vec<_>) =
        placed.into_iter().partition(|(_, entry)| model.series_table.values.contains_key(entry));
    if let Some(first) = missing.iter().map(|(row, _)| *row).min() {
        model.series_table.next = model.series_table.next.min(first);
    }
    place(model, &placed);
}

/// Stops loading after a failure, so that it is not repeated. Returns false if this is not the ticket of the table.
pub(super) fn failed(model: &mut Model, ticket: Ticket, is_cancelled: bool) -> bool {
    let Some((_, requested)) = model.series_table.loading.take_if(|(newest, _)| *newest == ticket) else {
        return false;
    };
    if !is_cancelled {
        rows_loaded_as_unreadable(model, &requested);
    }
    true
}

fn rows_loaded_as_unreadable(model: &mut Model, requested: &[(usize, EntryId)]) {
    model.series_table.values.extend(requested.iter().map(|(_, entry)| (*entry, None)));
    place(model, requested);
}

/// The areas of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The line of headings.
    pub headings: Rect,
    pub rows: Rect,
    /// The columns that fit, with their cells from the left side of the table.
    pub columns: Vec<Place>,
}

/// A column on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub column: Column,
    pub x: u16,
    pub width: u16,
}

/// Columns of statistics, the most important first. Columns that do not fit are dropped.
const BY_IMPORTANCE: [RowStatistic; 9] = [
    RowStatistic::Change,
    RowStatistic::Std,
    RowStatistic::NotFinite,
    RowStatistic::MaxAbs,
    RowStatistic::N,
    RowStatistic::Zeros,
    RowStatistic::Mean,
    RowStatistic::P999,
    RowStatistic::Kurtosis,
];
/// Minimum width of the names.
const NAMES: u16 = 26;
/// Width that always stays for statistics.
const NARROWEST: u16 = 12;
/// Number of rows that the width of the names is measured in.
const MEASURED: usize = 1000;

/// Width of a column of statistics, with the space before it.
fn width(statistic: RowStatistic) -> u16 {
    match statistic {
        RowStatistic::NotFinite | RowStatistic::Zeros | RowStatistic::Change => 9,
        RowStatistic::N | RowStatistic::Mean | RowStatistic::Std | RowStatistic::P999 | RowStatistic::MaxAbs => 11,
        RowStatistic::Kurtosis => 10,
    }
}

/// Lays out the table, if it is open. The column that rows are sorted by is always on the screen.
pub fn layout(model: &Model) -> Option<Layout> {
    let area = regions(model).filter(|_| model.series_table.is_open)?.chart;
    let line = Rect { height: 1, ..area };
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let sorted = match model.series_table.column {
        Column::Statistic(statistic) => Some(statistic),
        Column::Name => None,
    };
    // Bins do not know non-finite values.
    let table = &model.series_table;
    let visible = (table.top..table.top + usize::from(rows.height)).filter_map(|at| table.series_at(&model.list, at));
    let is_samples = |id| model.series(id).is_some_and(|series| series.kind == SeriesKind::Samples);
    let has_samples = visible.into_iter().any(is_samples);
    let is_last = |statistic: &RowStatistic| *statistic == RowStatistic::NotFinite && !has_samples;
    let mut by_importance: Vec<RowStatistic> = sorted.into_iter().collect();
    by_importance.extend(BY_IMPORTANCE.into_iter().filter(|of| Some(*of) != sorted));
    by_importance.sort_by_key(|statistic| is_last(statistic) && Some(*statistic) != sorted);
    let names = table.names.clamp(NAMES, NAMES.max(area.width * 9 / 20));
    let mut free = area.width.saturating_sub(names.min(area.width * 3 / 5).min(area.width.saturating_sub(NARROWEST)));
    let mut kept = Vec::new();
    for statistic in by_importance {
        if width(statistic) <= free {
            free -= width(statistic);
            kept.push(statistic);
        }
    }
    let mut right = area.right();
    let mut columns = Vec::new();
    for statistic in RowStatistic::ALL.into_iter().rev().filter(|of| kept.contains(of)) {
        right -= width(statistic);
        columns.push(Place { column: Column::Statistic(statistic), x: right, width: width(statistic) });
    }
    columns.push(Place { column: Column::Name, x: area.x, width: right.saturating_sub(area.x) });
    columns.reverse();
    Some(Layout { headings: line, rows, columns })
}
