//! An edit of the histogram on the screen, from its key to its confirmation: what it needs to be told, and what it would do.

use super::overlay::{number, two_numbers, two_quantiles};
use crate::action::Action;
use crate::catalog::EntryId;
use crate::document::EvaluatedHistogram;
use crate::hist::edit::{Change, CountPolicy, How, Span, TrimPolicy};
use crate::hist::{Stats, UncertainHistogram};
use crate::wandb::number_text;
use std::sync::Arc;

/// What is done.
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
    Normalise,
    Round,
    Smooth,
    /// With other histograms, which are at hand.
    With(Change),
}

/// An edit that is being told its numbers, and shown before it is made.
#[derive(Debug, Clone)]
pub struct Editing {
    pub operation: Operation,
    pub entry: EntryId,
    /// What is edited.
    pub base: Arc<UncertainHistogram>,
    /// The selected bins, or that under the cursor.
    pub span: Span,
    /// What would come of it, as far as it has been told.
    pub proposal: Option<Proposal>,
}

/// What would come of an edit.
#[derive(Debug, Clone)]
pub struct Proposal {
    pub shown: Arc<EvaluatedHistogram>,
    pub estimate: UncertainHistogram,
    pub stats: Stats,
    /// What it would have done.
    pub said: String,
}

impl Operation {
    /// What an action begins that needs no other histogram.
    pub fn of(action: Action) -> Option<Self> {
        Some(match action {
            Action::EditSet => Self::Set,
            Action::EditClear => Self::Clear,
            Action::EditScale => Self::Scale,
            Action::EditMerge => Self::Merge,
            Action::EditSplit => Self::Split,
            Action::EditEdgeLeft => Self::EdgeLeft(CountPolicy::Stay),
            Action::EditEdgeRight => Self::EdgeRight(CountPolicy::Stay),
            Action::EditEdgeLeftSpread => Self::EdgeLeft(CountPolicy::Spread),
            Action::EditEdgeRightSpread => Self::EdgeRight(CountPolicy::Spread),
            Action::EditTrim => Self::Trim(TrimPolicy::Count),
            Action::EditTrimDrop => Self::Trim(TrimPolicy::Drop),
            Action::EditQuantiles => Self::TrimQuantiles(TrimPolicy::Count),
            Action::EditQuantilesDrop => Self::TrimQuantiles(TrimPolicy::Drop),
            Action::EditAxisScale => Self::ScaleAxis,
            Action::EditAxisShift => Self::ShiftAxis,
            Action::EditNormalise => Self::Normalise,
            Action::EditRound => Self::Round,
            Action::EditSmooth => Self::Smooth,
            _ => return None,
        })
    }

    /// Whether it is told something before it is made.
    pub fn asks(&self) -> bool {
        !matches!(self, Self::Clear | Self::Merge | Self::Normalise | Self::Round | Self::With(_))
    }
}

impl Editing {
    /// What stands before the line that is typed.
    pub fn label(&self) -> String {
        let bins = match (self.span.first + 1, self.span.last + 1) {
            (first, last) if first == last => format!("bin {first}"),
            (first, last) => format!("bins {first}–{last}"),
        };
        let outside = |what| if what == TrimPolicy::Drop { ", the rest is dropped" } else { "" };
        match &self.operation {
            Operation::Set => format!("set {bins} to:"),
            Operation::Clear => format!("clear {bins}?"),
            Operation::Scale => format!("multiply {bins} by:"),
            Operation::Merge => format!("merge {bins}?"),
            Operation::Split => format!("split {bins} into:"),
            Operation::EdgeLeft(along) | Operation::EdgeRight(along) => {
                let side = if matches!(self.operation, Operation::EdgeLeft(_)) { "left" } else { "right" };
                let counts = if *along == CountPolicy::Spread { ", spreading counts," } else { "" };
                format!("move the {side} edge of {bins}{counts} to:")
            }
            Operation::Trim(what) => format!("trim to (lo, hi){}:", outside(*what)),
            Operation::TrimQuantiles(what) => format!("trim to quantiles (lo, hi){}:", outside(*what)),
            Operation::ScaleAxis => "multiply all values by:".into(),
            Operation::ShiftAxis => "add to all values:".into(),
            Operation::Normalise => "divide all counts by their sum?".into(),
            Operation::Round => "round all counts?".into(),
            Operation::Smooth => "smooth over bins:".into(),
            Operation::With(Change::Combine { how: How::Add, name, .. }) => format!("add {name}?"),
            Operation::With(Change::Combine { how: How::Subtract, name, .. }) => format!("subtract {name}?"),
            Operation::With(Change::Combine { how: How::Average, name, .. }) => format!("average with {name}?"),
            Operation::With(Change::Sum { name, .. }) => format!("add up {name}?"),
            Operation::With(_) => "do it?".into(),
        }
    }

    /// What is proposed: what there is now, or what it is mostly done with.
    pub fn first_text(&self) -> String {
        let edges = self.base.histogram.edges();
        let edge = |index: usize| edges.as_f64().get(index).map(ToString::to_string).unwrap_or_default();
        match self.operation {
            Operation::EdgeLeft(_) => edge(self.span.first),
            Operation::EdgeRight(_) => edge(self.span.last + 1),
            Operation::Trim(_) if self.span.first < self.span.last => {
                format!("{}, {}", edge(self.span.first), edge(self.span.last + 1))
            }
            Operation::Trim(_) => format!("{}, {}", edge(0), edge(edges.bins())),
            Operation::TrimQuantiles(_) => super::overlay::TRIM.into(),
            Operation::Set => self.base.histogram.counts().get(self.span.first).map(number_text).unwrap_or_default(),
            Operation::Scale | Operation::ScaleAxis => "1".into(),
            Operation::ShiftAxis => "0".into(),
            Operation::Split => "2".into(),
            Operation::Smooth => edges.bins().clamp(2, 3).to_string(),
            _ => String::new(),
        }
    }

    /// The edit that was typed.
    ///
    /// # Errors
    /// One sentence on what is expected.
    pub fn change(&self, text: &str) -> Result<Change, String> {
        let span = self.span;
        let one = || number(text).ok_or_else(|| "a number is expected".to_owned());
        let whole = || text.parse::<usize>().map_err(|_| "a whole number is expected".to_owned());
        let two = || two_numbers(text).map(|range| (range.lo.as_f64(), range.hi.as_f64()));
        let edge = |edge, counts| Ok::<_, String>(Change::MoveEdge { edge, to: one()?, counts });
        Ok(match &self.operation {
            Operation::Set => Change::Set(span, one()?),
            Operation::Clear => Change::Clear(span),
            Operation::Scale => Change::Scale(span, one()?),
            Operation::Merge => Change::Merge(span),
            Operation::Split => Change::Split(span, whole()?),
            Operation::EdgeLeft(along) => edge(span.first, *along)?,
            Operation::EdgeRight(along) => edge(span.last + 1, *along)?,
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
            Operation::Normalise => Change::Normalise,
            Operation::Round => Change::Round,
            Operation::Smooth => Change::Smooth(whole()?),
            Operation::With(change) => change.clone(),
        })
    }
}
