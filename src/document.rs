//! What is edited: a series under a choice of bins and range, its history, and how the result is saved.

mod history;
mod lens;
mod look;
pub mod save;

pub use history::History;
pub use lens::{Choice, Edit, Lens};
pub use look::{Certainty, Policy, Shown, is_instant, look};

/// A series as a person works on it: the lens it is seen through, and every change made to it.
///
/// What the source holds is never changed; the original is `base`.
#[derive(Debug, Clone)]
pub struct Document {
    base: Lens,
    lens: Lens,
    /// The lens of what is on disk.
    saved: Lens,
    history: History<Edit>,
}

impl Document {
    /// Untouched.
    pub fn new(base: Lens) -> Self {
        Self { lens: base.clone(), saved: base.clone(), base, history: History::default() }
    }

    pub fn lens(&self) -> &Lens {
        &self.lens
    }

    /// The lens it was opened with.
    pub fn base(&self) -> &Lens {
        &self.base
    }

    /// Applies an edit and remembers how to undo it; an edit that changes nothing is not remembered.
    ///
    /// Returns whether anything changed.
    pub fn apply(&mut self, edit: Edit) -> bool {
        let before = self.lens.clone();
        let inverse = edit.apply(&mut self.lens);
        let changed = self.lens != before;
        if changed {
            self.history.push(inverse);
        }
        changed
    }

    /// Takes the last change back; `None` when there is none. Returns what it looks like now.
    pub fn undo(&mut self) -> Option<String> {
        let lens = &mut self.lens;
        self.history.undo(|edit| edit.apply(lens)).then(|| self.lens.to_string())
    }

    /// Makes the last undone change again; `None` when there is none.
    pub fn redo(&mut self) -> Option<String> {
        let lens = &mut self.lens;
        self.history.redo(|edit| edit.apply(lens)).then(|| self.lens.to_string())
    }

    /// Whether it is seen through another lens than at the last save (or at opening).
    pub fn unsaved(&self) -> bool {
        self.lens != self.saved
    }

    /// What is seen through the lens as it is now is on disk.
    pub fn mark_saved(&mut self) {
        self.saved = self.lens.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(n: usize) -> Edit {
        Edit::Bins(Choice::Count(n))
    }

    #[test]
    fn undo_and_redo_walk_through_every_change() {
        let mut document = Document::new(Lens::new(Choice::Count(64)));
        for n in [65, 66, 66] {
            document.apply(bins(n));
        }
        assert!(document.unsaved());
        assert_eq!(document.undo().as_deref(), Some("65 bins"));
        assert_eq!(document.undo().as_deref(), Some("64 bins"));
        assert_eq!(document.undo(), None);
        assert!(!document.unsaved());
        assert_eq!(document.redo().as_deref(), Some("65 bins"));
        document.apply(bins(7));
        assert_eq!(document.redo(), None);
    }

    #[test]
    fn what_is_saved_is_known_again_however_it_is_come_back_to() {
        let mut document = Document::new(Lens::new(Choice::Logged));
        document.apply(bins(10));
        document.mark_saved();
        assert!(!document.unsaved());
        document.undo();
        assert!(document.unsaved());
        document.apply(bins(11));
        document.undo();
        assert!(document.unsaved());
        document.apply(bins(10));
        assert!(!document.unsaved());
    }
}
