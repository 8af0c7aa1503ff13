//! Assertions: comparisons of statistics, evaluated with the bounds that bins leave.
//!
//! The names are those of `rebin stats`, and `drift.w1` and others for the distances from the first step of the series. An
//! assertion about bins fails only if it is false wherever the values are in their bins.

mod value;

use crate::catalog::Content;
use crate::engine::{self, Comparison, Side, Task};
use crate::error::Error;
use crate::findings::{Finding, Kind};
use crate::hist::{Bounded, Distance, EntryStats, Histogram, Statistic};
use crate::source::Source;
use exmex::Express as _;
use std::str::FromStr;
use value::{Expression, Truth, Value};

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

/// An assertion, as the user typed it.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Assertion {
    text: String,
    whole: Box<Expression>,
    /// Both sides, if it is a single comparison.
    sides: Option<Box<(Expression, Expression)>>,
    variables: Vec<(String, Variable)>,
}

impl FromStr for Assertion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut variables = Vec::new();
        let braced = braced(text, &mut variables)?;
        let whole = Box::new(value::parse(&braced)?);
        // Evaluates once, so that a wrong use of truth values is an error of the command line.
        let zeros = vec![Value::exact(0.0); whole.var_names().len()];
        match whole.eval(&zeros) {
            Ok(Value::Truth(_)) => {}
            Ok(Value::Invalid(why)) => return Err(why.to_owned()),
            Ok(Value::Number(_)) => return Err("compare it with something, as in 'p99 < 1e-2'".to_owned()),
            Err(why) => return Err(why.msg().to_owned()),
        }
        let sides = sides(&braced).and_then(|(a, b)| Some(Box::new((value::parse(a).ok()?, value::parse(b).ok()?))));
        Ok(Self { text: text.trim().to_owned(), whole, sides, variables })
    }
}

/// Puts each name in braces, since names may contain dots, and looks it up.
fn braced(text: &str, variables: &mut Vec<(String, Variable)>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let number = value::literal(rest).map_or(0, str::len);
        if number > 0 {
            out.push_str(&rest[..number]);
            rest = &rest[number..];
            continue;
        }
        if matches!(first, '{' | '}') {
            return Err(format!("unexpected '{first}'"));
        }
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let len =
            if first.is_alphabetic() || first == '_' { rest.find(|c| !is_part(c)).unwrap_or(rest.len()) } else { 0 };
        let (name, after) = rest.split_at(len);
        if len == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        rest = after;
        if value::FUNCTIONS.contains(&name) {
            out.push_str(name);
            continue;
        }
        let drift = Drift::ALL.iter().find(|(known, _)| *known == name).map(|(_, drift)| Variable::Drift(*drift));
        let variable = drift.or_else(|| Statistic::parse(name).map(Variable::Statistic));
        let variable = variable.ok_or_else(|| {
            format!("unknown name '{name}'; use a name of rebin stats such as mean, max_abs or p99.9, or drift.w1")
        })?;
        if !variables.iter().any(|(known, _)| known == name) {
            variables.push((name.to_owned(), variable));
        }
        out.push('{');
        out.push_str(name);
        out.push('}');
    }
    Ok(out)
}

/// Splits a single comparison into its sides.
fn sides(text: &str) -> Option<(&str, &str)> {
    if text.contains(['&', '|']) || text.contains("!(") {
        return None;
    }
    let mut found = ["<=", ">=", "==", "!=", "<", ">"].iter().filter_map(|operator| {
        let (a, b) = text.split_once(operator)?;
        (!b.contains(['<', '>', '=', '!'])).then_some((a, b))
    });
    found.next()
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
    fn value(&self, variable: Variable) -> Value {
        match variable {
            Variable::Drift(drift) => self.drift.as_ref().map_or(Value::exact(f64::NAN), |found| {
                let Distance { value, lo, hi } = drift.of(found);
                Value::bounded(Bounded { at: value, lo, hi })
            }),
            Variable::Statistic(statistic) => {
                let found = statistic.of(&self.stats);
                // Bins do not say how many values they leave out.
                let is_unknown = self.stats.omitted.is_none() && found.at.is_nan() && statistic.is_count();
                let at_least = if found.lo.is_nan() { 0.0 } else { found.lo };
                let at_most = if found.hi.is_nan() { f64::INFINITY } else { found.hi };
                if is_unknown {
                    Value::bounded(Bounded { at: at_least, lo: at_least, hi: at_most })
                } else {
                    Value::bounded(found)
                }
            }
        }
    }
}

impl Assertion {
    fn evaluate(&self, expression: &Expression, measured: &Measured) -> Value {
        let variable = |name: &String| self.variables.iter().find(|(known, _)| known == name);
        let values = expression
            .var_names()
            .iter()
            .map(|name| variable(name).map_or(Value::exact(f64::NAN), |(_, variable)| measured.value(*variable)));
        expression.eval(&values.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// Returns a finding if the assertion certainly fails, with the bounds of its value.
    fn fails(&self, index: usize, measured: &Measured) -> Option<Failed> {
        let holds = self.evaluate(&self.whole, measured);
        if !matches!(holds, Value::Truth(Truth { possible: false, .. })) {
            return None;
        }
        let shown = self.variables.iter().map(|(name, variable)| format!("{name} is {}", measured.value(*variable)));
        let note = format!("{} does not hold: {}", self.text, shown.collect::<Vec<_>>().join(", "));
        let number = |side: &Expression| match self.evaluate(side, measured) {
            Value::Number(number) => number,
            Value::Truth(_) | Value::Invalid(_) => Bounded::UNKNOWN,
        };
        let sides = self.sides.as_ref().map(|sides| (number(&sides.0), number(&sides.1)));
        let (value, limit) = sides.unwrap_or((Bounded::UNKNOWN, Bounded::UNKNOWN));
        let bounds = (!value.is_exact() && !value.at.is_nan()).then_some((value.lo, value.hi));
        let finding = Finding {
            kind: Kind::Assertion,
            index,
            times: 1,
            value: value.at,
            limit: limit.at,
            note: Some(note.into()),
        };
        Some((finding, bounds))
    }
}

#[cfg(test)]
mod tests;
