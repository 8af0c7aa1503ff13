//! What is edited: a series under a choice of bins and range, histograms that were edited in place of what the source
//! holds, the history of it all, and how the result is saved.

mod bin_spec;
mod evaluate;
mod history;
pub mod journal;
pub mod save;
mod state;
#[cfg(test)]
mod tests;

pub use bin_spec::BinSpec;
pub use evaluate::{Basis, Certainty, EvaluatedHistogram, Policy, estimated, is_instant, look, look_at_edited};
pub use history::History;
pub use state::{Edit, State};

use std::collections::{BTreeMap, BTreeSet};

/// A series as a person works on it: how it is seen, step by step, and every change made to it.
///
/// What the source holds is never changed; the original is `base`. One lens holds for all steps, but for those whose
/// histograms were edited: each of them has its own, over its edited histogram.
#[derive(Debug, Clone)]
pub struct Document {
    base: BinSpec,
    spec: BinSpec,
    edited: BTreeMap<usize, State>,
    /// What is on disk of the steps that were saved; of all others, what the source holds is.
    saved: BTreeMap<usize, State>,
    history: History<HistoryEntry>,
}

/// An entry of the history: what was done, and how it is taken back.
#[derive(Debug, Clone)]
pub struct HistoryEntry {
    /// What was done, in words.
    pub name: String,
    /// The step that was on the screen.
    pub step: usize,
    /// What was there before, or will be after redoing.
    spec: BinSpec,
    edited: Option<State>,
}

/// What undoing or redoing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// In words: what was edited, or how it is seen now.
    pub said: String,
    /// The step that it can be seen at, if not at all of them.
    pub step: Option<usize>,
}

impl Document {
    /// Untouched.
    pub fn new(base: BinSpec) -> Self {
        let (edited, saved) = (BTreeMap::new(), BTreeMap::new());
        Self { spec: base.clone(), base, edited, saved, history: History::default() }
    }

    /// The lens it was opened with.
    pub fn base(&self) -> &BinSpec {
        &self.base
    }

    /// The lens that a step is seen through.
    pub fn spec(&self, step: usize) -> &BinSpec {
        self.edited.get(&step).map_or(&self.spec, |state| &state.spec)
    }

    /// How a step is seen.
    pub fn state(&self, step: usize) -> State {
        self.edited.get(&step).cloned().unwrap_or_else(|| State::of_source(self.spec.clone()))
    }

    /// The steps whose histograms were edited, and how they are seen.
    pub fn edited(&self) -> impl Iterator<Item = (usize, &State)> {
        self.edited.iter().map(|(step, state)| (*step, state))
    }

    /// Every change, in order, done or undone.
    pub fn history(&self) -> &History<HistoryEntry> {
        &self.history
    }

    /// Applies an edit at a step and remembers how to undo it; an edit that changes nothing is not remembered.
    ///
    /// Returns whether anything changed.
    pub fn apply(&mut self, step: usize, edit: Edit) -> bool {
        let before = self.state(step);
        let mut state = before.clone();
        let name = state.change(edit);
        if state == before {
            return false;
        }
        let spec = if state.edited.is_none() { state.spec.clone() } else { self.spec.clone() };
        let edited = state.edited.is_some().then_some(state);
        let inverse = self.swap(HistoryEntry { name, step, spec, edited });
        self.history.push(inverse);
        true
    }

    /// Puts what an entry holds in place of what is there; returns the entry that puts it back.
    fn swap(&mut self, mut entry: HistoryEntry) -> HistoryEntry {
        std::mem::swap(&mut self.spec, &mut entry.spec);
        let edited = match entry.edited.take() {
            Some(state) => self.edited.insert(entry.step, state),
            None => self.edited.remove(&entry.step),
        };
        HistoryEntry { edited, ..entry }
    }

    /// Takes the last change back; `None` when there is none.
    pub fn undo(&mut self) -> Option<Done> {
        self.walk(|history, swap| history.undo(swap))
    }

    /// Makes the last undone change again; `None` when there is none.
    pub fn redo(&mut self) -> Option<Done> {
        self.walk(|history, swap| history.redo(swap))
    }

    fn walk(
        &mut self,
        way: impl FnOnce(&mut History<HistoryEntry>, &mut dyn FnMut(HistoryEntry) -> HistoryEntry) -> bool,
    ) -> Option<Done> {
        let mut history = std::mem::take(&mut self.history);
        let mut done = None;
        let mut swap = |entry: HistoryEntry| {
            let (before, name, step) = (self.state(entry.step), entry.name.clone(), entry.step);
            let inverse = self.swap(entry);
            let now = self.state(step);
            let edits = before.edited.is_some() || now.edited.is_some();
            let same = before.edited == now.edited;
            let said = if same { now.to_string() } else { name };
            done = Some(Done { said, step: edits.then_some(step) });
            inverse
        };
        way(&mut history, &mut swap);
        self.history = history;
        done
    }

    /// Undoes or redoes until so many changes are done. Returns what was done last.
    pub fn go_to(&mut self, position: usize) -> Option<Done> {
        let mut done = None;
        while self.history.position() != position {
            let back = self.history.position() > position;
            let Some(step) = (if back { self.undo() } else { self.redo() }) else { break };
            done = Some(step);
        }
        done
    }

    /// The steps that a person changed and that are seen otherwise than they are on disk. A lens changed at one step
    /// changes all others too; those count once they are changed or saved themselves.
    pub fn unsaved(&self) -> BTreeSet<usize> {
        let done = self.history.edits().take(self.history.position()).map(|entry| entry.step);
        let touched = done.chain(self.edited.keys().copied()).chain(self.saved.keys().copied());
        touched.collect::<BTreeSet<_>>().into_iter().filter(|step| !self.is_on_disk(*step)).collect()
    }

    /// Whether a step is on disk as it is seen.
    pub fn is_on_disk(&self, step: usize) -> bool {
        match self.saved.get(&step) {
            Some(saved) => self.state(step) == *saved,
            None => !self.edited.contains_key(&step) && self.spec == self.base,
        }
    }

    /// Whether what is left out of a step as it is seen was left out already when it was saved last.
    pub fn was_saved_without(&self, step: usize) -> bool {
        self.saved.get(&step).is_some_and(|saved| saved.leaves_out_as(&self.state(step)))
    }

    /// What was written of a step; it may be seen otherwise by now.
    pub fn mark_saved(&mut self, step: usize, state: State) {
        if state == self.state(step) {
            self.history.mark_saved();
        }
        self.saved.insert(step, state);
    }

    /// The source was read again, and its steps are others now. Edits go with their steps, those of steps that are
    /// gone are forgotten; returns how many.
    pub fn reread(&mut self, now: impl Fn(usize) -> Option<usize>) -> usize {
        self.saved.clear();
        let before = self.edited.len();
        let edited = std::mem::take(&mut self.edited).into_iter();
        self.edited = edited.filter_map(|(step, state)| Some((now(step)?, state))).collect();
        self.history.filter_map(|entry| Some(HistoryEntry { step: now(entry.step)?, ..entry }));
        before - self.edited.len()
    }
}
