//! Redistribution of an already binned histogram onto other edges.
//!
//! Each old bin's count is spread evenly over its width; what a new bin gets is the overlap. The mass is kept exactly,
//! the largest possible error of every new bin is computed from the counts that were cut.

mod mass;
mod spread;

use super::{Edges, Histogram, Number, Numbers, UncertainHistogram};
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
/// goes to the new bin beside its finite end. Integers of 2⁷⁴ and more in total count as floats. A count that is no finite
/// number makes such of the bins that it reaches into, and leaves all others alone.
pub fn rebin(source: &Histogram, edges: &Edges, rounding: Rounding) -> UncertainHistogram {
    if source.edges().as_f64() == edges.as_f64() {
        return UncertainHistogram::certain(source.clone());
    }
    let (old, counts) = (source.edges().as_f64(), source.counts());
    if counts.as_f64().iter().all(|count| count.is_finite()) {
        return finite(old, counts, (edges, rounding));
    }
    let known = counts.iter().map(|count| if count.as_f64().is_finite() { count } else { Number::Int(0) });
    let mut known = finite(old, &known.collect(), (edges, rounding));
    let odd: Vec<f64> = counts.as_f64().iter().map(|count| if count.is_finite() { 0.0 } else { *count }).collect();
    let odd = cells(old, &odd, edges.as_f64());
    let (below, above) = outer(&odd, edges);
    (known.below, known.above) = (known.below + below, known.above + above);
    let added = |(count, cell): (Number, &Cell<f64>)| match cell.sum {
        0.0 => count,
        odd => Number::Float(count.as_f64() + odd),
    };
    let counts = known.histogram.counts().iter().zip(inner(&odd, edges)).map(added).collect();
    known.histogram = Histogram::of(edges.clone(), counts);
    for (error, _) in known.max_error.iter_mut().zip(inner(&odd, edges)).filter(|(_, cell)| cell.is_cut()) {
        *error = f64::INFINITY;
    }
    known
}

/// The same of counts that are finite.
fn finite(old: &[f64], counts: &Numbers, (edges, rounding): (&Edges, Rounding)) -> UncertainHistogram {
    match Fixed::all(counts) {
        Some(counts) => {
            let mut cells = cells(old, &counts, edges.as_f64());
            if rounding == Rounding::Integers {
                round(&mut cells);
            }
            finish(&cells, edges)
        }
        None => finish(&cells(old, counts.as_f64(), edges.as_f64()), edges),
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

fn finish<M: Mass>(cells: &[Cell<M>], edges: &Edges) -> UncertainHistogram {
    let counts: Numbers = inner(cells, edges).map(|cell| cell.sum.number()).collect();
    let max_error = inner(cells, edges).map(Cell::error).collect();
    let (below, above) = outer(cells, edges);
    UncertainHistogram { histogram: Histogram::of(edges.clone(), counts), max_error, below, above }
}

/// The cells of the bins, between those of what is below and above.
fn inner<'c, M: Mass>(cells: &'c [Cell<M>], edges: &Edges) -> impl Iterator<Item = &'c Cell<M>> {
    cells.iter().skip(1).take(edges.bins())
}

/// What is below and above; without an edge there is but one cell.
fn outer<M: Mass>(cells: &[Cell<M>], edges: &Edges) -> (f64, f64) {
    let at = |i: usize| cells.get(i).map_or(0.0, |cell| cell.sum.number().as_f64());
    (at(0), at(edges.bins() + 1))
}

#[cfg(test)]
mod tests;
