//! Redistribution of an already binned histogram onto other edges.
//!
//! Each old bin's count is spread evenly over its width; what a new bin gets is the overlap. The mass is kept exactly,
//! the largest possible error of every new bin is computed from the counts that were cut.

use super::{Edges, Histogram};

/// What becomes of fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Integer counts stay integers, by largest remainder, with the same total; other counts stay fractional.
    Integers,
    /// Counts become fractional where a bin is cut.
    Fractional,
}

/// A redistributed histogram and what is known of its errors.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebinned {
    pub histogram: Histogram,
    /// The largest possible distance of each new count from the count that the raw samples would give.
    pub max_error: Vec<f64>,
    /// What lies left of the first new edge (estimated, like the counts).
    pub below: f64,
    /// What lies right of the last new edge.
    pub above: f64,
}

impl Rebinned {
    /// Whether no old bin was cut, so that every count is certain.
    pub fn exact(&self) -> bool {
        self.max_error.iter().all(|e| *e == 0.0)
    }
}

/// Spreads `source` over `edges`.
pub fn rebin(source: &Histogram, edges: &Edges, rounding: Rounding) -> Rebinned {
    let _ = (source, edges, rounding);
    todo!()
}
