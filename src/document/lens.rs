//! How a series is looked at: which bins over which range.

use crate::hist::scale::counted;
use crate::hist::{Numbers, Range, Rule};
use std::fmt;

/// Which bins.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// As the histogram was logged, or as it was edited.
    Logged,
    /// So many of equal width.
    Count(usize),
    /// As many as a rule asks for.
    Rule(Rule),
    /// At these edges.
    Edges(Numbers),
}

/// Bins and range.
#[derive(Debug, Clone, PartialEq)]
pub struct Lens {
    pub bins: Choice,
    /// `None`: everything.
    pub range: Option<Range>,
}

impl Lens {
    /// Over the full range.
    pub fn new(bins: Choice) -> Self {
        Self { bins, range: None }
    }

    /// Whether it shows a histogram as it is.
    pub fn is_clear(&self) -> bool {
        self.bins == Choice::Logged && self.range.is_none()
    }
}

/// `64 bins`, `rule fd`, `bins as logged`; with the range, if there is one.
impl fmt::Display for Lens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bins {
            Choice::Logged => f.write_str("bins as logged")?,
            Choice::Count(n) => f.write_str(&counted(*n as u64, "bin"))?,
            Choice::Rule(rule) => write!(f, "rule {}", rule.name())?,
            Choice::Edges(edges) => write!(f, "{} given edges", edges.len())?,
        }
        match self.range {
            Some(range) => write!(f, " over [{}, {}]", range.lo.as_f64(), range.hi.as_f64()),
            None => Ok(()),
        }
    }
}
