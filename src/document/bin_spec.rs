//! The bins and the range of a histogram.

use super::evaluate::FIRST_BINS;
use crate::engine::{Span, Upcoming};
use crate::hist::scale::Scale;
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
    /// Axis on which bins are equally spaced, unless their edges are given or kept.
    pub spacing: Scale,
}

impl BinSpec {
    /// The stored bins over the full range.
    pub const AS_STORED: Self = Self { bins: None, range: None, spacing: Scale::Linear };

    /// These bins over the full range.
    pub fn new(bins: Option<Bins>) -> Self {
        Self { bins, ..Self::AS_STORED }
    }

    /// `n` bins of equal width over the full range.
    pub fn count(n: usize) -> Self {
        Self::new(Some(Bins::Count(n)))
    }

    /// Returns the range, and the axis on which bins are equally spaced.
    pub fn span(&self) -> Span {
        Span { range: self.range, spacing: self.spacing }
    }

    /// Returns the counts of samples that this needs.
    pub fn upcoming(&self) -> Upcoming {
        match self {
            Self { bins: None, range: None, spacing: Scale::Linear } => Upcoming::Histogram(FIRST_BINS),
            Self { bins: Some(Bins::Count(n)), range: None, spacing: Scale::Linear } => Upcoming::Histogram(*n),
            _ => Upcoming::Unknown,
        }
    }

    /// Returns true if the histogram is shown as it is stored.
    pub fn is_as_stored(&self) -> bool {
        *self == Self::AS_STORED
    }
}

/// Writes `64 bins`, `rule fd` or `bins as logged`, followed by the spacing and the range if there is one.
impl fmt::Display for BinSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.bins {
            None => f.write_str("bins as logged")?,
            Some(Bins::Count(n)) => f.write_str(&plural(*n as u64, "bin"))?,
            Some(Bins::Rule(rule)) => write!(f, "rule {}", rule.name())?,
            Some(Bins::Edges(edges)) => write!(f, "{} given edges", edges.len())?,
        }
        if self.spacing != Scale::Linear {
            write!(f, " on a {} axis", self.spacing.name())?;
        }
        match self.range {
            Some(range) => write!(f, " over [{}, {}]", range.lo.as_f64(), range.hi.as_f64()),
            None => Ok(()),
        }
    }
}
