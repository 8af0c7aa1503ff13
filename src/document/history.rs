//! Undo and redo without a limit.

/// Inverses of the edits that are in effect, and of those that were undone. Generic over the edit.
#[derive(Debug, Clone)]
pub struct History<E> {
    done: Vec<E>,
    undone: Vec<E>,
    /// Number of edits in effect at the last save; `None` if undo and redo can no longer reach that state.
    saved: Option<usize>,
}

impl<E> Default for History<E> {
    fn default() -> Self {
        Self { done: Vec::new(), undone: Vec::new(), saved: Some(0) }
    }
}

impl<E> History<E> {
    /// Records the inverse of a new edit. Undone edits can no longer be redone.
    pub fn push(&mut self, inverse: E) {
        self.saved = self.saved.filter(|saved| *saved <= self.done.len());
        self.undone.clear();
        self.done.push(inverse);
    }

    /// Undoes the last edit: passes its inverse to `apply`, which returns the inverse of that. Returns false if there is
    /// nothing to undo.
    pub fn undo(&mut self, apply: impl FnOnce(E) -> E) -> bool {
        let Some(edit) = self.done.pop() else { return false };
        self.undone.push(apply(edit));
        true
    }

    /// Redoes the edit that was undone last. Returns false if there is nothing to redo.
    pub fn redo(&mut self, apply: impl FnOnce(E) -> E) -> bool {
        let Some(edit) = self.undone.pop() else { return false };
        self.done.push(apply(edit));
        true
    }

    /// All edits in the order in which they were made; undone ones are last.
    pub fn edits(&self) -> impl Iterator<Item = &E> {
        self.done.iter().chain(self.undone.iter().rev())
    }

    /// Number of edits in effect.
    pub fn position(&self) -> usize {
        self.done.len()
    }

    /// Marks the current position as saved.
    pub fn mark_saved(&mut self) {
        self.saved = Some(self.done.len());
    }

    /// Position of the last save, or of the opening; `None` if undo and redo can no longer reach it.
    pub fn saved(&self) -> Option<usize> {
        self.saved
    }

    /// Replaces every edit, or removes it where `change` returns `None`. The save position is lost.
    pub fn filter_map(&mut self, mut change: impl FnMut(E) -> Option<E>) {
        let mut each =
            |edits: &mut Vec<E>| *edits = std::mem::take(edits).into_iter().filter_map(&mut change).collect();
        each(&mut self.done);
        each(&mut self.undone);
        self.saved = None;
    }
}
