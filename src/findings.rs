//! Findings: what needs attention in a series, found in one pass over the summaries of its steps.
//!
//! Pure and online: a [`Watch`] sees each step once, in order, and keeps some hundred bytes however many steps there are.
//! The rules and their limits are documented in `docs/findings.md`. Not here: reading, and the choice of series (`source`).

mod summary;
#[cfg(test)]
mod tests;
mod watch;
mod window;

pub use summary::{Stated, StepSummary};
pub use watch::Watch;

use crate::text::{format_count, format_value, plural};

/// Kind of a finding. The worst come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// NaN among the values.
    Nan,
    /// Infinities among the values.
    Inf,
    /// The number of values changed, for example because a writer leaves out NaN.
    CountChanged,
    /// The standard deviation or the largest magnitude jumped.
    Jump,
    /// The values gathered in one bin.
    Collapse,
    /// The share of zeros grew.
    Dead,
    /// All values are zero.
    AllZero,
    /// The values moved within one step.
    Shift,
    /// An entry or a part of a source cannot be read.
    Unreadable,
    /// The bins hold more or fewer values than the record states.
    Unaccounted,
    /// All values are equal.
    Constant,
    /// An assertion of the user failed.
    Assertion,
}

impl Kind {
    /// All kinds that the rules find, the worst first.
    pub const ALL: [Self; 11] = [
        Self::Nan,
        Self::Inf,
        Self::CountChanged,
        Self::Jump,
        Self::Collapse,
        Self::Dead,
        Self::AllZero,
        Self::Shift,
        Self::Unreadable,
        Self::Unaccounted,
        Self::Constant,
    ];

    /// Returns the name in JSON and in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nan => "nan",
            Self::Inf => "inf",
            Self::CountChanged => "count-changed",
            Self::Jump => "jump",
            Self::Collapse => "collapse",
            Self::Dead => "dead",
            Self::AllZero => "all-zero",
            Self::Shift => "shift",
            Self::Unreadable => "unreadable",
            Self::Unaccounted => "unaccounted",
            Self::Constant => "constant",
            Self::Assertion => "assertion",
        }
    }
}

/// Limits of the rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// Share of zeros at which values are dead, if it was far smaller before.
    pub dead: f64,
    /// Factor by which the standard deviation or the largest magnitude exceeds the median of the steps before.
    pub jump: f64,
    /// Share of the values in one bin.
    pub collapse: f64,
    /// Wasserstein-1 distance from the step before, in pooled standard deviations.
    pub shift: f64,
    /// Number of successive steps after which zeros and equal values count.
    pub steps: usize,
    /// Rules that are not applied.
    pub off: Vec<Kind>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { dead: 0.99, jump: 10.0, collapse: 0.999, shift: 1.0, steps: 3, off: Vec::new() }
    }
}

/// A finding in one series: one for each kind, at the first step at which it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub kind: Kind,
    /// Index of that entry in its series.
    pub index: usize,
    /// Number of steps at which it holds.
    pub times: u64,
    /// Observed number. NaN for a finding without one.
    pub value: f64,
    /// Limit that it exceeds, or the number that was expected. NaN for a finding without one.
    pub limit: f64,
    /// Position of the first value, the statistic, or the reason.
    pub note: Option<Box<str>>,
}

impl Finding {
    /// Describes the finding in a sentence, without its series and step.
    pub fn message(&self) -> String {
        let count = |n: f64| format_count(n, 2);
        let (value, limit) = (self.value, self.limit);
        let note = self.note.as_deref().unwrap_or_default();
        let at = if note.is_empty() { String::new() } else { format!("; the first is at {note}") };
        let text = match self.kind {
            Kind::Nan if value.is_nan() => "the sum of the values is NaN".to_owned(),
            Kind::Nan => format!("{} NaN{at}", count(value)),
            Kind::Inf if value.is_nan() => "the sum of the values is infinite".to_owned(),
            Kind::Inf => format!("{} infinite {}{at}", count(value), if value == 1.0 { "value" } else { "values" }),
            Kind::CountChanged if value < limit => {
                format!("{} values, {} fewer than before; NaN may be left out", count(value), count(limit - value))
            }
            Kind::CountChanged => format!("{} values, {} more than before", count(value), count(value - limit)),
            Kind::Jump => {
                let before = digits(limit, 3);
                format!("{note} is {}, and its median over the steps before was {before}", digits(value, 3))
            }
            Kind::Collapse => format!("{} % of the values are in one bin", digits(100.0 * value, 4)),
            Kind::Dead => {
                format!("{} % of the values are zero, after {note} % before", digits(100.0 * value, 4))
            }
            Kind::AllZero => "all values are zero".to_owned(),
            Kind::Constant => format!("all values are {}", format_value(value, f64::NAN)),
            Kind::Shift => {
                format!("the values moved by {} standard deviations since the step before", digits(value, 3))
            }
            Kind::Unreadable | Kind::Assertion => note.to_owned(),
            Kind::Unaccounted if value < limit => {
                format!("{} of {} values are not in any bin", count(limit - value), count(limit))
            }
            Kind::Unaccounted => {
                format!("the bins hold {} more values than the {} logged", count(value - limit), count(limit))
            }
        };
        match self.times {
            0 | 1 => text,
            n => format!("{text} (at {})", plural(n, "step")),
        }
    }
}

/// Formats a number with this many significant digits.
fn digits(x: f64, digits: i32) -> String {
    if x == 0.0 { "0".to_owned() } else { format_value(x, 10_f64.powi(x.abs().log10().floor() as i32 + 1 - digits)) }
}
