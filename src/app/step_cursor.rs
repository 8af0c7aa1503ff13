//! The position in time, shared by all series.

use super::Model;
use crate::catalog::{EntryId, SeriesId, Steps};

/// The step that every series shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepCursor {
    /// The newest step of each series, until the user chooses a step.
    #[default]
    Newest,
    /// A step number; in a series without step numbers, an index.
    At(i64),
}

impl StepCursor {
    /// Returns the cursor at an entry.
    pub(super) fn at(steps: &Steps, index: usize) -> Self {
        Self::At(steps.number(index).unwrap_or(index as i64))
    }

    /// Returns the index of the entry that a series shows: the chosen step, or else the last step before it. A series that
    /// starts later shows its first step. `None` without entries.
    pub(super) fn index_in(self, steps: &Steps) -> Option<usize> {
        let last = steps.len().checked_sub(1)?;
        Some(match self {
            Self::Newest => last,
            Self::At(number) => steps.at_or_before(number).unwrap_or(0),
        })
    }
}

impl Model {
    /// Returns the entry of a series at the chosen step, or at the nearest step before it.
    pub fn entry_at_cursor(&self, id: SeriesId) -> Option<EntryId> {
        // A step can be logged twice. The requested one is the chosen one.
        if let Some(requested) = self.requested.filter(|entry| entry.series_id() == id) {
            return Some(requested);
        }
        Some(id.at(self.step_cursor.index_in(&self.series(id)?.steps)?))
    }

    /// Returns the chosen step if the series of this entry was not logged at it, so that the entry shows another step.
    pub fn missing_step(&self, entry: EntryId) -> Option<i64> {
        let StepCursor::At(chosen) = self.step_cursor else { return None };
        let shown = self.series(entry)?.steps.number(entry.index)?;
        (shown != chosen).then_some(chosen)
    }
}
