//! Undo and redo without end.

/// Inverses of what was done and of what was undone. Knows nothing of what an edit is.
#[derive(Debug, Clone)]
pub struct History<E> {
    done: Vec<E>,
    undone: Vec<E>,
    /// How many edits were done when it was saved last; `None` when no undoing and redoing leads there any more.
    saved: Option<usize>,
}

impl<E> Default for History<E> {
    fn default() -> Self {
        Self { done: Vec::new(), undone: Vec::new(), saved: Some(0) }
    }
}

impl<E> History<E> {
    /// Remembers the inverse of an edit that was made; what had been undone cannot be redone any more.
    pub fn push(&mut self, inverse: E) {
        self.saved = self.saved.filter(|saved| *saved <= self.done.len());
        self.undone.clear();
        self.done.push(inverse);
    }

    /// Applies the last inverse; `apply` returns the inverse of that. False when there is nothing to undo.
    pub fn undo(&mut self, apply: impl FnOnce(E) -> E) -> bool {
        let Some(edit) = self.done.pop() else { return false };
        self.undone.push(apply(edit));
        true
    }

    /// Applies the last undone edit again. False when there is none.
    pub fn redo(&mut self, apply: impl FnOnce(E) -> E) -> bool {
        let Some(edit) = self.undone.pop() else { return false };
        self.done.push(apply(edit));
        true
    }

    /// All edits in the order in which they were made, those that are undone behind the others.
    pub fn edits(&self) -> impl Iterator<Item = &E> {
        self.done.iter().chain(self.undone.iter().rev())
    }

    /// How many of the edits are done.
    pub fn position(&self) -> usize {
        self.done.len()
    }

    /// What is there now is saved.
    pub fn mark_saved(&mut self) {
        self.saved = Some(self.done.len());
    }

    /// How many edits were done when it was saved last, or opened.
    pub fn saved(&self) -> Option<usize> {
        self.saved
    }

    /// Changes every edit, or forgets it.
    pub fn filter_map(&mut self, mut change: impl FnMut(E) -> Option<E>) {
        let mut each =
            |edits: &mut Vec<E>| *edits = std::mem::take(edits).into_iter().filter_map(&mut change).collect();
        each(&mut self.done);
        each(&mut self.undone);
        self.saved = None;
    }
}
