//! Assertions: comparisons of statistics, evaluated with the bounds that bins leave.
//!
//! The names are those of `rebin stats`, and `drift.w1` and others for the distances from the first step of the series. An
//! assertion about bins fails only if it is false wherever the values are in their bins.

mod bounds;
mod expression;
mod parser;

use crate::catalog::Content;
use crate::engine::{self, Comparison, Side, Task};
use crate::error::Error;
use crate::findings::{Finding, Kind};
use crate::hist::{Bounded, Distance, EntryStats, Histogram, Statistic};
use crate::source::Source;
use expression::Condition;
use std::str::FromStr;

/// A distance from the first step.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Drift {
    W1,
    Ks,
    Js,
    Psi,
    MeanDelta,
    StdRatio,
}

impl Drift {
    const ALL: [(&'static str, Self); 6] = [
        ("drift.w1", Self::W1),
        ("drift.ks", Self::Ks),
        ("drift.js", Self::Js),
        ("drift.psi", Self::Psi),
        ("drift.mean_delta", Self::MeanDelta),
        ("drift.std_ratio", Self::StdRatio),
    ];

    fn of(self, found: &Comparison) -> Distance {
        match self {
            Self::W1 => found.distances.w1,
            Self::Ks => found.distances.ks,
            Self::Js => found.distances.js,
            Self::Psi => found.distances.psi,
            Self::MeanDelta => found.mean_delta,
            Self::StdRatio => found.std_ratio,
        }
    }
}

/// A variable of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Variable {
    Statistic(Statistic),
    Drift(Drift),
}

impl Variable {
    fn parse(name: &str) -> Option<Self> {
        let drift = Drift::ALL.iter().find(|(known, _)| *known == name).map(|(_, drift)| Self::Drift(*drift));
        drift.or_else(|| Statistic::parse(name).map(Self::Statistic))
    }
}

/// An assertion, as the user typed it.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Assertion {
    text: String,
    condition: Condition,
    variables: Vec<(String, Variable)>,
}

impl FromStr for Assertion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (condition, variables) = parser::parse(text)?;
        Ok(Self { text: text.trim().to_owned(), condition, variables })
    }
}

/// A failed assertion, and the bounds of its value if it comes from bins.
type Failed = (Finding, Option<(f64, f64)>);

/// Returns the assertions that fail at these entries.
pub(super) fn failures(
    source: &dyn Source,
    series: usize,
    entries: impl Iterator<Item = usize>,
    assertions: &[Assertion],
    task: &Task,
) -> Result<Vec<Failed>, Error> {
    let mut failed = Vec::new();
    if assertions.is_empty() {
        return Ok(failed);
    }
    let variables = || assertions.iter().flat_map(|assertion| &assertion.variables).map(|(_, variable)| *variable);
    let mut probabilities: Vec<f64> = variables()
        .filter_map(
            |variable| if let Variable::Statistic(statistic) = variable { statistic.probability() } else { None },
        )
        .collect();
    probabilities.sort_by(f64::total_cmp);
    probabilities.dedup();
    let drifts = variables().any(|variable| matches!(variable, Variable::Drift(_)));
    let mut first = None;
    for entry in entries {
        task.cancel.check()?;
        let task = Task { memory: task.memory.limit().into(), ..task.clone() };
        let measured = source.load(series, entry, &task).and_then(|content| {
            let stats = content.stats(&probabilities, &task)?;
            let drift = if drifts {
                let first = match &first {
                    Some(first) => first,
                    None => first.insert(source.load(series, 0, &task)?),
                };
                Some(compare(first, &content, &task)?)
            } else {
                None
            };
            Ok(Measured { stats, drift })
        });
        match measured {
            Ok(measured) => {
                failed.extend(assertions.iter().filter_map(|assertion| assertion.fails(entry, &measured)));
            }
            Err(Error::Cancelled) => return Err(Error::Cancelled),
            // The entry is a finding already.
            Err(_) => {}
        }
    }
    Ok(failed)
}

/// Compares an entry with the first one.
fn compare(first: &Content, content: &Content, task: &Task) -> Result<Comparison, Error> {
    let histogram = |content: &Content| match content {
        Content::Logged(logged) => logged.histogram.to_hist().map(Some),
        Content::Raw(_) => Ok(None),
    };
    let (a, b) = (histogram(first)?, histogram(content)?);
    let sides = side(first, a.as_ref()).zip(side(content, b.as_ref()));
    let (a, b) = sides.ok_or_else(|| Error::Select("the series has no histogram to compare".into()))?;
    engine::distances(a, b, task)
}

/// Returns the side of a comparison; `None` for a logged histogram without one.
fn side<'a>(content: &'a Content, histogram: Option<&'a Histogram>) -> Option<Side<'a>> {
    match (content, histogram) {
        (Content::Raw(population), _) => Some(Side::Samples(population)),
        (Content::Logged(_), histogram) => histogram.map(Side::Bins),
    }
}

/// Statistics of an entry, and its distances from the first.
struct Measured {
    stats: EntryStats,
    drift: Option<Comparison>,
}

impl Measured {
    fn value(&self, variable: Variable) -> Bounded {
        match variable {
            Variable::Drift(drift) => self.drift.as_ref().map_or(Bounded::UNKNOWN, |found| {
                let Distance { value, lo, hi } = drift.of(found);
                bounds::bounded(Bounded { at: value, lo, hi })
            }),
            Variable::Statistic(statistic) => {
                let found = statistic.of(&self.stats);
                // Bins do not say how many values they leave out.
                let is_unknown = self.stats.omitted.is_none() && found.at.is_nan() && statistic.is_count();
                let at_least = if found.lo.is_nan() { 0.0 } else { found.lo };
                let at_most = if found.hi.is_nan() { f64::INFINITY } else { found.hi };
                if is_unknown { Bounded { at: at_least, lo: at_least, hi: at_most } } else { bounds::bounded(found) }
            }
        }
    }
}

impl Assertion {
    /// Returns a finding if the assertion certainly fails, with the bounds of its value.
    fn fails(&self, index: usize, measured: &Measured) -> Option<Failed> {
        let value = |variable| measured.value(variable);
        if self.condition.holds(&value).possible {
            return None;
        }
        let shown = self.variables.iter().map(|(name, of)| format!("{name} is {}", bounds::shown(value(*of))));
        let note = format!("{} does not hold: {}", self.text, shown.collect::<Vec<_>>().join(", "));
        let sides = self.condition.sides().map(|sides| sides.each_ref().map(|side| side.value(&value)));
        let [left, right] = sides.unwrap_or([Bounded::UNKNOWN; 2]);
        let bounds = (!left.is_exact() && !left.at.is_nan()).then_some((left.lo, left.hi));
        let finding = Finding {
            kind: Kind::Assertion,
            index,
            times: 1,
            value: left.at,
            limit: right.at,
            note: Some(note.into()),
        };
        Some((finding, bounds))
    }
}

#[cfg(test)]
mod tests;
