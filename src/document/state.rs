//! How one step of a series is seen, as plain data, and the changes of it.

use super::BinSpec;
use crate::hist::{Bins, Range, UncertainHistogram};
use std::fmt;
use std::sync::Arc;

/// Which histogram, through which lens.
#[derive(Debug, Clone)]
pub struct State {
    /// Over what the source holds, or over the edited histogram where there is one.
    pub spec: BinSpec,
    /// What stands in place of the source's histogram or samples since they were edited.
    pub edited: Option<Arc<UncertainHistogram>>,
}

/// A change of a [`State`].
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    Bins(Option<Bins>),
    Range(Option<Range>),
    /// Both at once.
    BinSpec(BinSpec),
    /// The histogram too; with the name of what was done.
    State(State, String),
}

impl State {
    /// What the source holds, through a lens.
    pub fn of_source(spec: BinSpec) -> Self {
        Self { spec, edited: None }
    }

    /// A histogram that was made by editing, as it is.
    pub fn of_edited(edited: UncertainHistogram) -> Self {
        Self { spec: BinSpec::AS_STORED, edited: Some(Arc::new(edited)) }
    }

    /// Whether it is what the source holds, as it is.
    pub fn is_original(&self) -> bool {
        self.edited.is_none() && self.spec.is_as_stored()
    }

    /// Whether both leave the same out of what there was before.
    pub(super) fn leaves_out_as(&self, other: &Self) -> bool {
        let outside = |state: &Self| state.edited.as_ref().map_or((0.0, 0.0), |edited| (edited.below, edited.above));
        self.spec.range == other.spec.range && outside(self) == outside(other)
    }

    /// Changes itself; returns what is to be called the change.
    pub(super) fn change(&mut self, edit: Edit) -> String {
        match edit {
            Edit::Bins(bins) => self.spec.bins = bins,
            Edit::Range(range) => self.spec.range = range,
            Edit::BinSpec(spec) => self.spec = spec,
            Edit::State(state, name) => {
                *self = state;
                return name;
            }
        }
        self.to_string()
    }
}

/// Equal content, and an edited histogram always equals itself.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let edited = match (&self.edited, &other.edited) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b) || a == b,
            (a, b) => a.is_none() && b.is_none(),
        };
        edited && self.spec == other.spec
    }
}

/// The lens in words.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.edited {
            Some(_) if self.spec.is_as_stored() => f.write_str("bins as edited"),
            _ => self.spec.fmt(f),
        }
    }
}
