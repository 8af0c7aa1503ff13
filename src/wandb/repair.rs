//! Repair of malformed histograms.
//!
//! Each fault has exactly one repair, reported with it. Nothing changes until the user accepts the repair.

mod faults;
#[cfg(test)]
mod tests;

pub(super) use faults::read_numbers;

use super::Histogram;
use crate::hist::{self, Edges, Number};

/// Fault of a histogram, with its repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Description of the fault, such as `2 counts are negative`.
    pub what: String,
    /// Repair as an imperative, such as `set such counts to 0`.
    pub remedy: &'static str,
}

/// Repaired histogram.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    pub histogram: hist::Histogram,
    /// Faults in the order of their repair; at least one.
    pub faults: Vec<Fault>,
}

impl Histogram {
    /// Proposes a repair of all faults. Returns `None` for a histogram without faults, without counts, or without a single
    /// bin.
    pub fn repair(&self) -> Option<Repair> {
        let mut faults = self.draft().map(|draft| draft.faults.clone()).unwrap_or_default();
        let (values, bins) = (self.values().iter().collect(), self.bins().iter().collect());
        let (mut counts, mut edges): (Vec<Number>, Vec<Number>) = (values, bins);
        // Without a bin, the counts have no position.
        if counts.is_empty() || edges.iter().filter(|edge| edge.as_f64().is_finite()).count() < 2 {
            return None;
        }
        let mut note = |fault: Option<Fault>| faults.extend(fault);
        note(faults::lengths(&mut counts, &mut edges));
        note(faults::non_finite_edges(&mut edges));
        note(faults::order(&mut counts, &mut edges));
        note(faults::non_finite_counts(&mut counts));
        note(faults::negative_counts(&mut counts));
        note(faults::far_edges(&mut counts, &mut edges));
        if let Some(fault) = faults::too_many_bins(&mut counts, &mut edges) {
            note(Some(fault));
            // Merging can leave a far edge next to a near one.
            note(faults::far_edges(&mut counts, &mut edges));
        }
        let edges = Edges::new(edges.into_iter().collect()).ok()?;
        let histogram = hist::Histogram::new(edges, counts.into_iter().collect()).ok()?;
        (!faults.is_empty()).then_some(Repair { histogram, faults })
    }
}
