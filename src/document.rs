//! Documents: the bins and range of a series, its edited histograms, its edit history, and saving.
//!
//! The content of a source never changes here. [`evaluate()`] turns content and a [`BinSpec`] into the histogram that is
//! shown, exported and saved.

mod bin_spec;
mod changes;
mod common;
mod entries;
mod evaluate;
mod history;
pub mod journal;
mod members;
mod numpy;
pub mod save;
mod series_row;
mod state;
mod step_statistics;
#[cfg(test)]
mod tests;
pub mod views;

pub use bin_spec::BinSpec;
pub use changes::{Change, NewChanges, Replay};
pub use common::{Common, Side};
pub use entries::evaluate_entries;
pub use evaluate::{
    Basis, Certainty, EvaluatedHistogram, Policy, estimate_from_table, evaluate, evaluate_edited, is_instant,
};
pub use history::History;
pub use numpy::{check_finite, evaluate_as_numpy};
pub use series_row::{RowStatistic, RowValue, SeriesRow};
pub use state::{Edit, State};
pub use step_statistics::StepStatistics;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The edits of one series, over all its entries.
///
/// Unedited entries share one [`BinSpec`]. An edited entry has its own, which applies to its edited histogram. Entries are
/// named by their index in the series.
#[derive(Debug, Clone)]
pub struct Document {
    base: BinSpec,
    spec: BinSpec,
    edited: BTreeMap<usize, State>,
    /// States of the saved entries. Every other entry is on disk as the source contains it.
    saved: BTreeMap<usize, State>,
    history: History<HistoryEntry>,
    recorder: changes::Recorder,
}

/// One edit in the history, with the state that undoing or redoing it restores.
#[derive(Debug, Clone)]
pub struct HistoryEntry {
    /// Description for the user, such as `merged bins 4–6`.
    pub name: String,
    /// Index of the entry that was on screen.
    pub index: usize,
    spec: BinSpec,
    edited: Option<State>,
}

/// The result of an undo or redo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryMove {
    /// The edit that was undone or redone, or the bins that now apply.
    pub description: String,
    /// Index of the entry that changed; `None` if all of them did.
    pub index: Option<usize>,
}

impl Document {
    /// Creates a document without edits.
    pub fn new(base: BinSpec) -> Self {
        let (edited, saved) = (BTreeMap::new(), BTreeMap::new());
        Self {
            spec: base.clone(),
            base,
            edited,
            saved,
            history: History::default(),
            recorder: changes::Recorder::default(),
        }
    }

    /// Creates a document that is looked at with these bins and this range. `o` restores `base`.
    pub fn with_view(base: BinSpec, spec: BinSpec) -> Self {
        Self { spec, ..Self::new(base) }
    }

    /// Bins and range of the entries without edits.
    pub fn view(&self) -> &BinSpec {
        &self.spec
    }

    /// Bins and range at the time of opening.
    pub fn base(&self) -> &BinSpec {
        &self.base
    }

    /// Bins and range of an entry.
    pub fn spec(&self, index: usize) -> &BinSpec {
        self.edited.get(&index).map_or(&self.spec, |state| &state.spec)
    }

    /// State of an entry.
    pub fn state(&self, index: usize) -> State {
        self.edited.get(&index).cloned().unwrap_or_else(|| State::of_source(self.spec.clone()))
    }

    /// Edited entries, by increasing index.
    pub fn edited(&self) -> impl Iterator<Item = (usize, &State)> {
        self.edited.iter().map(|(index, state)| (*index, state))
    }

    /// All edits in order, including undone ones.
    pub fn history(&self) -> &History<HistoryEntry> {
        &self.history
    }

    /// Applies an edit to an entry and records its inverse.
    ///
    /// Returns false, and records nothing, if the edit changes nothing.
    pub fn apply(&mut self, index: usize, edit: Edit) -> bool {
        let before = self.state(index);
        let mut state = before.clone();
        let name = state.change(edit);
        if state == before {
            return false;
        }
        let spec = if state.edited.is_none() { state.spec.clone() } else { self.spec.clone() };
        let edited = state.edited.is_some().then_some(state);
        let inverse = self.swap(HistoryEntry { name: name.clone(), index, spec, edited });
        self.history.push(inverse);
        self.record_edit(name, index);
        true
    }

    /// Restores the state in `entry`, and returns an entry with the state before.
    fn swap(&mut self, mut entry: HistoryEntry) -> HistoryEntry {
        std::mem::swap(&mut self.spec, &mut entry.spec);
        let edited = match entry.edited.take() {
            Some(state) => self.edited.insert(entry.index, state),
            None => self.edited.remove(&entry.index),
        };
        HistoryEntry { edited, ..entry }
    }

    /// Returns true if there is a change to undo.
    pub fn can_undo(&self) -> bool {
        self.history.position() > 0
    }

    /// Undoes the last edit. Returns `None` if there is nothing to undo.
    pub fn undo(&mut self) -> Option<HistoryMove> {
        self.walk(|history, swap| history.undo(swap))
    }

    /// Redoes the edit that was undone last. Returns `None` if there is nothing to redo.
    pub fn redo(&mut self) -> Option<HistoryMove> {
        self.walk(|history, swap| history.redo(swap))
    }

    fn walk(
        &mut self,
        walk: impl FnOnce(&mut History<HistoryEntry>, &mut dyn FnMut(HistoryEntry) -> HistoryEntry) -> bool,
    ) -> Option<HistoryMove> {
        let mut history = std::mem::take(&mut self.history);
        let mut moved = None;
        let mut swap = |entry: HistoryEntry| {
            let (before, name, index) = (self.state(entry.index), entry.name.clone(), entry.index);
            let inverse = self.swap(entry);
            let now = self.state(index);
            let is_edit = before.edited.is_some() || now.edited.is_some();
            let description = if before.edited == now.edited { now.to_string() } else { name };
            moved = Some(HistoryMove { description, index: is_edit.then_some(index) });
            inverse
        };
        walk(&mut history, &mut swap);
        self.history = history;
        if moved.is_some() {
            self.record_move();
        }
        moved
    }

    /// Undoes or redoes until `position` edits are in effect. Returns the last move.
    pub fn go_to(&mut self, position: usize) -> Option<HistoryMove> {
        let mut last = None;
        while self.history.position() != position {
            let back = self.history.position() > position;
            let Some(moved) = (if back { self.undo() } else { self.redo() }) else { break };
            last = Some(moved);
        }
        last
    }

    /// Indices of the entries with work that would be lost: those whose edited histogram is not the one that was saved.
    ///
    /// Bins and range are a way of looking, which is not work.
    pub fn unsaved(&self) -> BTreeSet<usize> {
        let touched = self.edited.keys().chain(self.saved.keys()).copied();
        touched.filter(|index| self.is_unsaved(*index)).collect()
    }

    /// Returns true if the edited histogram of an entry is not the one that was saved.
    pub fn is_unsaved(&self, index: usize) -> bool {
        let edited = |states: &BTreeMap<usize, State>| states.get(&index).and_then(|state| state.edited.clone());
        match (edited(&self.edited), edited(&self.saved)) {
            (Some(now), Some(saved)) => !Arc::ptr_eq(&now, &saved) && now != saved,
            (now, saved) => now.is_some() || saved.is_some(),
        }
    }

    /// Returns true if an entry is unsaved.
    pub fn has_unsaved(&self) -> bool {
        self.edited.keys().chain(self.saved.keys()).any(|index| self.is_unsaved(*index))
    }

    /// Returns true if a save would write the state that is already on disk, including its bins and range.
    pub fn is_on_disk(&self, index: usize) -> bool {
        match self.saved.get(&index) {
            Some(saved) => self.state(index) == *saved,
            None => !self.edited.contains_key(&index) && self.spec == self.base,
        }
    }

    /// Returns true if the last save of an entry already dropped the same out-of-range counts as its state does now.
    pub fn was_saved_without(&self, index: usize) -> bool {
        self.saved.get(&index).is_some_and(|saved| saved.drops_same(&self.state(index)))
    }

    /// Records the state that was written for an entry. It may have changed since.
    pub fn mark_saved(&mut self, index: usize, state: State) {
        if state == self.state(index) {
            self.history.mark_saved();
        }
        self.saved.insert(index, state);
        self.record_restart();
    }

    /// Moves edits to the new indices of their entries after the source was read again.
    ///
    /// `new_index` returns `None` for entries that no longer exist. Their edits are discarded. Returns how many.
    pub fn relocate(&mut self, new_index: impl Fn(usize) -> Option<usize>) -> usize {
        self.saved.clear();
        let before = self.edited.len();
        let edited = std::mem::take(&mut self.edited).into_iter();
        self.edited = edited.filter_map(|(index, state)| Some((new_index(index)?, state))).collect();
        self.history.filter_map(|entry| Some(HistoryEntry { index: new_index(entry.index)?, ..entry }));
        self.record_restart();
        before - self.edited.len()
    }
}
