//! Redistribution of an already binned histogram onto other edges.
//!
//! Each old bin's count is spread evenly over its width; what a new bin gets is the overlap. The mass is kept exactly,
//! the largest possible error of every new bin is computed from the counts that were cut.

mod mass;
mod spread;

use super::{Edges, Estimate, Histogram, Number, Numbers};
use mass::{Fixed, Mass};
use spread::{Cell, cells};

/// What becomes of fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Integer counts stay integers with the same total, below every edge within a half of their share; other counts
    /// stay fractional.
    Integers,
    /// Counts become fractional where a bin is cut.
    Fractional,
}

/// Spreads `source` over `edges`; onto its own edges it comes back as it is.
///
/// An old bin without width goes whole to the new bin that holds its value. One of infinite width cannot be spread: it
/// goes to the new bin beside its finite end. Integers of 2⁷⁴ and more in total count as floats.
pub fn rebin(source: &Histogram, edges: &Edges, rounding: Rounding) -> Estimate {
    if source.edges().as_f64() == edges.as_f64() {
        return Estimate::certain(source.clone());
    }
    let (old, new) = (source.edges().as_f64(), edges.as_f64());
    match Fixed::all(source.counts()) {
        Some(counts) => {
            let mut cells = cells(old, &counts, new);
            if rounding == Rounding::Integers {
                round(&mut cells);
            }
            finish(&cells, edges)
        }
        None => finish(&cells(old, source.counts().as_f64(), new), edges),
    }
}

/// Makes every sum whole and keeps their total: what lies below each edge is rounded, so that it is nowhere off by more
/// than a half, and stays as it is where it was certain. By the largest fraction alone, equal ones would all be rounded
/// up on one side.
fn round(cells: &mut [Cell<Fixed>]) {
    let (mut below, mut given) = (Fixed::default(), 0);
    for cell in cells {
        below = below + cell.sum;
        let whole = below.nearest();
        cell.sum = Fixed::whole(whole - given);
        given = whole;
    }
}

fn finish<M: Mass>(cells: &[Cell<M>], edges: &Edges) -> Estimate {
    // Below, the bins, above; without an edge there is but one cell.
    let bins = edges.bins();
    let inner = || cells.iter().skip(1).take(bins);
    let outer = |i: usize| cells.get(i).map_or(0.0, |cell| cell.sum.number().as_f64());
    let counts: Numbers = inner().map(|cell| cell.sum.number()).collect();
    Estimate {
        histogram: Histogram::of(edges.clone(), counts),
        max_error: inner().map(Cell::error).collect(),
        below: outer(0),
        above: outer(bins + 1),
    }
}

#[cfg(test)]
mod tests;
