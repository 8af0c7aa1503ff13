//! The bins and the range of a histogram.

use crate::hist::{Bins, Range};
use crate::text::plural;
use std::fmt;

/// The bins and the range that a histogram is shown with.
#[derive(Debug, Clone, PartialEq)]
pub struct BinSpec {
    /// `None` keeps the logged or edited bins; samples are then counted in 64 bins.
    pub bins: Option<Bins>,
    /// `None` includes all values.
    pub range: Option<Range>,
}

impl BinSpec {
    /// The stored bins over the full range.
    pub const AS_STORED: Self = Self { bins: None, range: None };

    /// These bins over the full range.
    pub fn new(bins: Option<Bins>) -> Self {
        Self { bins, range: None }
    }

    /// `n` bins of equal width over the full range.
    pub fn count(n: usize) -> Self {
        Self::new(Some(Bins::Count(n)))
    }

    /// Returns true if the histogram is shown as it is stored.
    pub fn is_as_stored(&self) -> bool {
        *self == Self::AS_STORED
    }
}

/// Writes `64 bins`, `rule fd` or `bins as logged`, followed by the range if there is one.
impl fmt::Display for BinSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bins {
            None => f.write_str("bins as logged")?,
            Some(Bins::Count(n)) => f.write_str(&plural(*n as u64, "bin"))?,
            Some(Bins::Rule(rule)) => write!(f, "rule {}", rule.name())?,
            Some(Bins::Edges(edges)) => write!(f, "{} given edges", edges.len())?,
        }
        match self.range {
            Some(range) => write!(f, " over [{}, {}]", range.lo.as_f64(), range.hi.as_f64()),
            None => Ok(()),
        }
    }
}
