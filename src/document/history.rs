//! Undo and redo without end.

/// Inverses of what was done and of what was undone. Knows nothing of what an edit is.
#[derive(Debug, Clone)]
pub struct History<E> {
    done: Vec<E>,
    undone: Vec<E>,
}

impl<E> Default for History<E> {
    fn default() -> Self {
        Self { done: Vec::new(), undone: Vec::new() }
    }
}

impl<E> History<E> {
    /// Remembers the inverse of an edit that was made; what had been undone cannot be redone any more.
    pub fn push(&mut self, inverse: E) {
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
}
