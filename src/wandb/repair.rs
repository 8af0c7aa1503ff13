//! What is wrong with a histogram as it is written, and what it would be if that were put right.
//!
//! Every fault has one rule, told with it; nothing is changed until somebody accepts it.

mod counts;
mod edges;
mod loose;
#[cfg(test)]
mod tests;

pub(super) use loose::loose;

use super::Histogram;
use crate::hist::{self, Edges, Number};
use crate::text::plural;

/// Something that is wrong, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub what: String,
    pub remedy: &'static str,
}

/// A histogram put right.
#[derive(Debug, Clone, PartialEq)]
pub struct Repair {
    pub histogram: hist::Histogram,
    /// In the order in which they were put right; at least one.
    pub faults: Vec<Fault>,
}

impl Histogram {
    /// What it would be if everything that is wrong with it were put right; `None` where nothing is, or where there is
    /// no count or not one bin.
    pub fn repair(&self) -> Option<Repair> {
        let mut faults = self.draft().map(|draft| draft.faults.clone()).unwrap_or_default();
        let (values, bins) = (self.values().iter().collect(), self.bins().iter().collect());
        let (mut counts, mut edges): (Vec<Number>, Vec<Number>) = (values, bins);
        // Nobody knows where counts belong of which no bin is known.
        if counts.is_empty() || edges.iter().filter(|edge| edge.as_f64().is_finite()).count() < 2 {
            return None;
        }
        let mut note = |fault: Option<Fault>| faults.extend(fault);
        note(edges::lengths(&mut counts, &mut edges));
        note(edges::not_numbers(&mut edges));
        note(edges::order(&mut counts, &mut edges));
        note(counts::not_counts(&mut counts));
        note(counts::negative(&mut counts));
        note(edges::far(&mut counts, &mut edges));
        if let Some(fault) = counts::too_many(&mut counts, &mut edges) {
            note(Some(fault));
            // Edges that were joined may have left a far one beside a near one.
            note(edges::far(&mut counts, &mut edges));
        }
        let edges = Edges::new(edges.into_iter().collect()).ok()?;
        let histogram = hist::Histogram::new(edges, counts.into_iter().collect()).ok()?;
        (!faults.is_empty()).then_some(Repair { histogram, faults })
    }
}

fn fault(what: impl Into<String>, remedy: &'static str) -> Fault {
    Fault { what: what.into(), remedy }
}

/// `3 counts are …`, or `1 count is …`.
fn so_many(n: usize, what: &str, one: &str, many: &str) -> String {
    format!("{} {}", plural(n as u64, what), if n == 1 { one } else { many })
}
