//! The state of one entry of a series, as plain data, and its edits.

use super::BinSpec;
use crate::hist::scale::Scale;
use crate::hist::{Bins, Range, UncertainHistogram};
use std::fmt;
use std::sync::Arc;

/// The histogram of one entry, and its bins and range.
#[derive(Debug, Clone)]
pub struct State {
    /// Bins and range. They apply to the edited histogram if there is one, else to the content of the source.
    pub spec: BinSpec,
    /// The histogram that replaced the content of the source.
    pub edited: Option<Arc<UncertainHistogram>>,
}

/// An edit of a [`State`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    Bins(Option<Bins>),
    Range(Option<Range>),
    /// The axis on which bins are equally spaced.
    Spacing(Scale),
    /// Bins and range at once.
    BinSpec(BinSpec),
    /// The complete state, with the description of the edit.
    State(State, String),
}

impl State {
    /// The content of the source with these bins and this range.
    pub fn of_source(spec: BinSpec) -> Self {
        Self { spec, edited: None }
    }

    /// An edited histogram with its own bins.
    pub fn of_edited(edited: UncertainHistogram) -> Self {
        Self { spec: BinSpec::AS_STORED, edited: Some(Arc::new(edited)) }
    }

    /// Returns true if this is the unchanged content of the source.
    pub fn is_original(&self) -> bool {
        self.edited.is_none() && self.spec.is_as_stored()
    }

    /// Returns true if both states drop the same out-of-range counts.
    pub(super) fn drops_same(&self, other: &Self) -> bool {
        let outside = |state: &Self| state.edited.as_ref().map_or((0.0, 0.0), |edited| (edited.below, edited.above));
        self.spec.range == other.spec.range && outside(self) == outside(other)
    }

    /// Applies an edit and returns its description.
    pub(super) fn change(&mut self, edit: Edit) -> String {
        match edit {
            Edit::Bins(bins) => self.spec.bins = bins,
            Edit::Range(range) => self.spec.range = range,
            Edit::Spacing(spacing) => self.spec.spacing = spacing,
            Edit::BinSpec(spec) => self.spec = spec,
            Edit::State(state, name) => {
                *self = state;
                return name;
            }
        }
        self.to_string()
    }
}

/// Compares content. A shared edited histogram equals itself, even if it contains NaN.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let edited = match (&self.edited, &other.edited) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() && b.is_none(),
        };
        edited && self.spec == other.spec
    }
}

/// Writes the bins and the range, such as `64 bins over [0, 1]`.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.edited {
            Some(_) if self.spec.is_as_stored() => f.write_str("bins as edited"),
            _ => self.spec.fmt(f),
        }
    }
}
