//! A pending edit of the current histogram: its arguments, its prompt, and its preview.

use super::overlay::TRIM;
use super::parse::{number, two_numbers, two_quantiles};
use crate::action::Action;
use crate::catalog::EntryId;
use crate::document::EvaluatedHistogram;
use crate::hist::edit::{Change, Combination, CountPolicy, Span, TrimPolicy};
use crate::hist::{EntryStats, UncertainHistogram};
use crate::wandb::number_text;
use std::sync::Arc;

/// The operation of an edit.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    Set,
    Clear,
    Scale,
    Merge,
    Split,
    EdgeLeft(CountPolicy),
    EdgeRight(CountPolicy),
    Trim(TrimPolicy),
    TrimQuantiles(TrimPolicy),
    ScaleAxis,
    ShiftAxis,
    Normalize,
    Round,
    Smooth,
    /// A combination with other histograms, which are loaded already.
    With(Change),
}

/// An edit whose arguments are being typed, with a preview.
#[derive(Debug, Clone)]
pub struct PendingEdit {
    pub operation: Operation,
    pub entry: EntryId,
    /// The histogram before the edit.
    pub base: Arc<UncertainHistogram>,
    /// The selected bins, or the bin under the cursor.
    pub span: Span,
    /// The preview, if the typed arguments are valid.
    pub proposal: Option<Proposal>,
}

/// The preview of an edit.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub shown: Arc<EvaluatedHistogram>,
    pub estimate: UncertainHistogram,
    pub stats: EntryStats,
    /// One line that describes the edit, for the history and the status line.
    pub summary: String,
}

impl Operation {
    /// Returns the operation of an action; `None` for actions that need another histogram.
    pub fn for_action(action: Action) -> Option<Self> {
        Some(match action {
            Action::EditSet => Self::Set,
            Action::EditClear => Self::Clear,
            Action::EditMultiply => Self::Scale,
            Action::EditMerge => Self::Merge,
            Action::EditSplit => Self::Split,
            Action::EditLeftEdge => Self::EdgeLeft(CountPolicy::KeepInBin),
            Action::EditRightEdge => Self::EdgeRight(CountPolicy::KeepInBin),
            Action::EditLeftEdgeRedistribute => Self::EdgeLeft(CountPolicy::Redistribute),
            Action::EditRightEdgeRedistribute => Self::EdgeRight(CountPolicy::Redistribute),
            Action::EditTrim => Self::Trim(TrimPolicy::Keep),
            Action::EditTrimDiscard => Self::Trim(TrimPolicy::Drop),
            Action::EditTrimQuantiles => Self::TrimQuantiles(TrimPolicy::Keep),
            Action::EditTrimQuantilesDiscard => Self::TrimQuantiles(TrimPolicy::Drop),
            Action::EditMultiplyValues => Self::ScaleAxis,
            Action::EditShiftValues => Self::ShiftAxis,
            Action::EditNormalize => Self::Normalize,
            Action::EditRound => Self::Round,
            Action::EditSmooth => Self::Smooth,
            _ => return None,
        })
    }

    /// Returns true if the operation has an argument to type.
    pub fn has_argument(&self) -> bool {
        !matches!(self, Self::Clear | Self::Merge | Self::Normalize | Self::Round | Self::With(_))
    }
}

impl PendingEdit {
    /// Returns the label of the prompt.
    pub fn label(&self) -> String {
        let bins = match (self.span.first + 1, self.span.last + 1) {
            (first, last) if first == last => format!("bin {first}"),
            (first, last) => format!("bins {first}–{last}"),
        };
        match &self.operation {
            Operation::Set => format!("set {bins} to:"),
            Operation::Clear => format!("clear {bins}?"),
            Operation::Scale => format!("multiply {bins} by:"),
            Operation::Merge => format!("merge {bins}?"),
            Operation::Split => format!("split {bins} into:"),
            Operation::EdgeLeft(policy) | Operation::EdgeRight(policy) => {
                let side = if matches!(self.operation, Operation::EdgeLeft(_)) { "left" } else { "right" };
                match policy {
                    CountPolicy::Redistribute => format!("{side} edge of {bins}, redistributing:"),
                    CountPolicy::KeepInBin => format!("move the {side} edge of {bins} to:"),
                }
            }
            Operation::Trim(TrimPolicy::Drop) => "trim to (lo, hi), discarding the rest:".into(),
            Operation::Trim(TrimPolicy::Keep) => "trim to (lo, hi):".into(),
            Operation::TrimQuantiles(TrimPolicy::Drop) => "trim to quantiles, discarding the rest:".into(),
            Operation::TrimQuantiles(TrimPolicy::Keep) => "trim to quantiles (lo, hi):".into(),
            Operation::ScaleAxis => "multiply all values by:".into(),
            Operation::ShiftAxis => "add to all values:".into(),
            Operation::Normalize => "normalize the counts to sum to 1?".into(),
            Operation::Round => "round the counts to integers?".into(),
            Operation::Smooth => "smooth over how many bins:".into(),
            Operation::With(Change::Combine { how: Combination::Add, name, .. }) => format!("add {name}?"),
            Operation::With(Change::Combine { how: Combination::Subtract, name, .. }) => format!("subtract {name}?"),
            Operation::With(Change::Combine { how: Combination::Average, name, .. }) => format!("average with {name}?"),
            Operation::With(Change::Sum { name, .. }) => format!("sum {name}?"),
            Operation::With(_) => "apply?".into(),
        }
    }

    /// Returns the proposed argument: the current value, or a common one.
    pub fn initial_text(&self) -> String {
        let edges = self.base.histogram.edges();
        let edge = |index: usize| edges.as_f64().get(index).map(ToString::to_string).unwrap_or_default();
        match self.operation {
            Operation::EdgeLeft(_) => edge(self.span.first),
            Operation::EdgeRight(_) => edge(self.span.last + 1),
            Operation::Trim(_) if self.span.first < self.span.last => {
                format!("{}, {}", edge(self.span.first), edge(self.span.last + 1))
            }
            Operation::Trim(_) => format!("{}, {}", edge(0), edge(edges.bins())),
            Operation::TrimQuantiles(_) => TRIM.into(),
            Operation::Set => self.base.histogram.counts().get(self.span.first).map(number_text).unwrap_or_default(),
            Operation::Scale | Operation::ScaleAxis => "1".into(),
            Operation::ShiftAxis => "0".into(),
            Operation::Split => "2".into(),
            Operation::Smooth => edges.bins().clamp(2, 3).to_string(),
            _ => String::new(),
        }
    }

    /// Returns the change that the typed arguments describe.
    ///
    /// # Errors
    /// A sentence that describes the expected argument.
    pub fn change(&self, text: &str) -> Result<Change, String> {
        let span = self.span;
        let one = || number(text).ok_or_else(|| "enter a number".to_owned());
        let whole = || text.parse::<usize>().map_err(|_| "enter a whole number".to_owned());
        let two = || two_numbers(text).map(|range| (range.lo.as_f64(), range.hi.as_f64()));
        let edge = |edge, counts| Ok::<_, String>(Change::MoveEdge { edge, to: one()?, counts });
        Ok(match &self.operation {
            Operation::Set => Change::Set(span, one()?),
            Operation::Clear => Change::Clear(span),
            Operation::Scale => Change::Scale(span, one()?),
            Operation::Merge => Change::Merge(span),
            Operation::Split => Change::Split(span, whole()?),
            Operation::EdgeLeft(policy) => edge(span.first, *policy)?,
            Operation::EdgeRight(policy) => edge(span.last + 1, *policy)?,
            Operation::Trim(outside) => {
                let (lo, hi) = two()?;
                Change::Trim { lo, hi, outside: *outside }
            }
            Operation::TrimQuantiles(outside) => {
                let (lo, hi) = two_quantiles(text)?;
                Change::TrimQuantiles { lo, hi, outside: *outside }
            }
            Operation::ScaleAxis => Change::ScaleAxis(one()?),
            Operation::ShiftAxis => Change::ShiftAxis(one()?),
            Operation::Normalize => Change::Normalize,
            Operation::Round => Change::Round,
            Operation::Smooth => Change::Smooth(whole()?),
            Operation::With(change) => change.clone(),
        })
    }
}
