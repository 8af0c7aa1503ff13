//! Changes of a document in the order in which they were made, for the crash journal.

use super::{Document, Edit, State};

/// Description of a change that has no history, because its entry was saved or reloaded since.
const RESTORED: &str = "restored unsaved changes";

/// A change of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// An edit of an entry. Discards the edits from this position on, which were undone.
    Edit {
        /// Number of edits in effect after this one.
        position: usize,
        /// Description for the user.
        name: String,
        /// Index of the entry.
        index: usize,
        /// State of the entry after the edit.
        state: State,
    },
    /// Undo or redo, until this number of edits is in effect.
    Position(usize),
}

/// Changes of a document that were not taken yet.
#[derive(Debug, Clone, PartialEq)]
pub enum NewChanges {
    /// These changes follow those that were taken before.
    Later(Vec<Change>),
    /// Earlier changes no longer apply: take [`Document::all_changes`].
    All,
}

/// Collects changes for [`Document::take_changes`].
#[derive(Debug, Clone, Default)]
pub(super) struct Recorder {
    /// Position in the history at the last save or reload. Earlier edits refer to a content that no longer exists.
    start: usize,
    /// Number of changes that [`Document::all_changes`] returned last for the entries that were unsaved at `start`.
    base: usize,
    new: Option<NewChanges>,
}

impl Document {
    /// Returns the changes since the last call, if there are any.
    pub fn take_changes(&mut self) -> Option<NewChanges> {
        self.recorder.new.take()
    }

    /// Returns all unsaved changes, including undone edits. [`Document::take_changes`] continues after them.
    pub fn all_changes(&mut self) -> Vec<Change> {
        let (changes, base) = self.changes();
        (self.recorder.base, self.recorder.new) = (base, None);
        changes
    }

    /// All unsaved changes, and the number of those that have no history.
    pub(super) fn changes(&self) -> (Vec<Change>, usize) {
        let start = self.recorder.start;
        let mut replay = self.clone();
        replay.go_to(start);
        let unsaved = replay.unsaved().into_iter().zip(1..);
        let mut changes: Vec<Change> = unsaved
            .map(|(index, position)| Change::Edit {
                position,
                name: RESTORED.into(),
                index,
                state: replay.state(index),
            })
            .collect();
        let base = changes.len();
        for edit in self.history.edits().skip(start) {
            replay.redo();
            let (name, index) = (edit.name.clone(), edit.index);
            changes.push(Change::Edit { position: changes.len() + 1, name, index, state: replay.state(index) });
        }
        let position = base + self.history.position() - start;
        if position != changes.len() {
            changes.push(Change::Position(position));
        }
        (changes, base)
    }

    pub(super) fn record_edit(&mut self, name: String, index: usize) {
        let (position, state) = (self.recorded_position(), self.state(index));
        self.record(Change::Edit { position, name, index, state });
    }

    pub(super) fn record_move(&mut self) {
        if self.history.position() < self.recorder.start {
            return self.record_restart();
        }
        self.record(Change::Position(self.recorded_position()));
    }

    /// Starts again at the current position, because the content of the source has changed.
    pub(super) fn record_restart(&mut self) {
        self.recorder.start = self.history.position();
        self.recorder.new = Some(NewChanges::All);
    }

    fn recorded_position(&self) -> usize {
        self.recorder.base + self.history.position() - self.recorder.start
    }

    fn record(&mut self, change: Change) {
        match self.recorder.new.get_or_insert_with(|| NewChanges::Later(Vec::new())) {
            NewChanges::Later(changes) => changes.push(change),
            NewChanges::All => {}
        }
    }
}

/// Replays recorded changes into a document, which may have edits already.
#[derive(Debug)]
pub struct Replay {
    /// Position in the history of the document after each number of recorded edits.
    positions: Vec<usize>,
}

impl Replay {
    /// Starts at the current position of a document.
    pub fn new(document: &Document) -> Self {
        Self { positions: vec![document.history().position()] }
    }

    /// Applies a change. `index` is the entry in the document; `None` skips an edit whose entry does not exist.
    pub fn apply(&mut self, document: &mut Document, change: &Change, index: Option<usize>) {
        match change {
            Change::Edit { position, name, state, .. } => {
                // If earlier edits were lost, this one follows the last that was not.
                self.positions.truncate((*position).max(1));
                self.go_to_last(document);
                if let Some(index) = index {
                    document.apply(index, Edit::State(state.clone(), name.clone()));
                }
                self.positions.push(document.history().position());
            }
            Change::Position(position) => {
                let to = self.positions.get(*position).or(self.positions.last()).copied();
                document.go_to(to.unwrap_or_default());
            }
        }
    }

    fn go_to_last(&self, document: &mut Document) {
        document.go_to(self.positions.last().copied().unwrap_or_default());
    }
}
