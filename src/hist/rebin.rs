//! Redistribution of a binned histogram onto other edges.
//!
//! Each old bin's count is spread evenly over its width, and a new bin gets the overlap. The total is kept exactly. The
//! largest possible error of every new bin follows from the counts of the bins that were cut.

mod mass;
mod spread;

use super::{Edges, Histogram, Number, Numbers, UncertainHistogram};
use mass::{Fixed, Mass};
use spread::{Cell, cells};

/// Handling of fractional counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// Integer counts stay integers with the same total. The count below any edge is off by at most one half. Fractional
    /// counts stay fractional.
    Integers,
    /// Counts become fractional if a bin is cut.
    Fractional,
}

/// Redistributes `source` onto `edges`. With its own edges, it stays unchanged.
///
/// A zero-width bin moves as one to the new bin that contains its value. An infinitely wide bin cannot be spread, so it
/// moves to the new bin next to its finite end. Integer counts with a total of 2⁷⁴ or more are treated as floats. A
/// count that is not finite makes the bins that it reaches not finite, and does not affect the rest.
///
/// # Examples
/// ```
/// use rebin::hist::{Edges, Histogram, Numbers, Rounding, rebin};
///
/// let source = Histogram::new(Edges::from_f64(vec![0.0, 1.0, 2.0, 4.0])?, Numbers::ints([4, 6, 8]))?;
/// let merged = rebin(&source, &Edges::from_f64(vec![0.0, 2.0, 4.0])?, Rounding::Integers);
/// assert_eq!(merged.histogram.counts().as_f64(), [10.0, 8.0]);
/// assert!(merged.exact());
///
/// // The third bin is cut in the middle: its 8 counts could all be on either side.
/// let cut = rebin(&source, &Edges::from_f64(vec![0.0, 3.0, 4.0])?, Rounding::Integers);
/// assert_eq!(cut.histogram.counts().as_f64(), [14.0, 4.0]);
/// assert_eq!(cut.max_error, [4.0, 4.0]);
/// # Ok::<(), rebin::hist::Error>(())
/// ```
pub fn rebin(source: &Histogram, edges: &Edges, rounding: Rounding) -> UncertainHistogram {
    if source.edges().as_f64() == edges.as_f64() {
        return UncertainHistogram::certain(source.clone());
    }
    let (old, counts) = (source.edges().as_f64(), source.counts());
    if counts.as_f64().iter().all(|count| count.is_finite()) {
        return rebin_finite(old, counts, edges, rounding);
    }
    let finite = counts.iter().map(|count| if count.as_f64().is_finite() { count } else { Number::Int(0) });
    let mut rebinned = rebin_finite(old, &finite.collect(), edges, rounding);
    let non_finite: Vec<f64> =
        counts.as_f64().iter().map(|count| if count.is_finite() { 0.0 } else { *count }).collect();
    let non_finite = cells(old, &non_finite, edges.as_f64());
    let (below, above) = outer(&non_finite, edges);
    (rebinned.below, rebinned.above) = (rebinned.below + below, rebinned.above + above);
    let added = |(count, cell): (Number, &Cell<f64>)| match cell.sum {
        0.0 => count,
        sum => Number::Float(count.as_f64() + sum),
    };
    let counts = rebinned.histogram.counts().iter().zip(inner(&non_finite, edges)).map(added).collect();
    rebinned.histogram = Histogram::from_parts(edges.clone(), counts);
    for (error, _) in rebinned.max_error.iter_mut().zip(inner(&non_finite, edges)).filter(|(_, cell)| cell.is_cut()) {
        *error = f64::INFINITY;
    }
    rebinned
}

impl UncertainHistogram {
    /// Redistributes the counts onto other edges like [`rebin`]. A bin's old error is added to each new bin that it
    /// overlaps.
    #[must_use]
    pub fn rebin(&self, edges: &Edges, rounding: Rounding) -> Self {
        let mut new = rebin(&self.histogram, edges, rounding);
        new.below += self.below;
        new.above += self.above;
        let (old, at) = (self.histogram.edges().as_f64(), edges.as_f64());
        let (last_old, last_new) = (self.histogram.bins().wrapping_sub(1), edges.bins().wrapping_sub(1));
        let uncertain = self.max_error.iter().zip(old.windows(2)).enumerate().filter(|(_, (error, _))| **error != 0.0);
        for (i, (error, from)) in uncertain {
            for (k, (sum, bin)) in new.max_error.iter_mut().zip(at.windows(2)).enumerate() {
                // Bins are half-open, except the last ones and those of zero width: bins that only touch share nothing.
                let after = bin[0] > from[1] || (bin[0] == from[1] && from[0] < from[1] && i != last_old);
                let before = bin[1] < from[0] || (bin[1] == from[0] && bin[0] < bin[1] && k != last_new);
                *sum += if after || before { 0.0 } else { *error };
            }
        }
        new
    }
}

/// Redistributes finite counts.
fn rebin_finite(old: &[f64], counts: &Numbers, edges: &Edges, rounding: Rounding) -> UncertainHistogram {
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

/// Rounds every sum to an integer and keeps the total.
///
/// Rounds the cumulative count below each edge, so that it is off by at most one half and unchanged where it was an
/// integer. The largest-remainder method would round a run of equal fractions up on one side only.
fn round(cells: &mut [Cell<Fixed>]) {
    let (mut below, mut assigned) = (Fixed::default(), 0);
    for cell in cells {
        below = below + cell.sum;
        let rounded = below.nearest();
        cell.sum = Fixed::from_int(rounded - assigned);
        assigned = rounded;
    }
}

fn finish<M: Mass>(cells: &[Cell<M>], edges: &Edges) -> UncertainHistogram {
    let counts: Numbers = inner(cells, edges).map(|cell| cell.sum.number()).collect();
    let max_error = inner(cells, edges).map(Cell::error).collect();
    let (below, above) = outer(cells, edges);
    UncertainHistogram { histogram: Histogram::from_parts(edges.clone(), counts), max_error, below, above }
}

/// Cells of the bins, without the outer cells.
fn inner<'c, M: Mass>(cells: &'c [Cell<M>], edges: &Edges) -> impl Iterator<Item = &'c Cell<M>> {
    cells.iter().skip(1).take(edges.bins())
}

/// Sums below and above the edges. Without edges, the only cell counts as below.
fn outer<M: Mass>(cells: &[Cell<M>], edges: &Edges) -> (f64, f64) {
    let at = |i: usize| cells.get(i).map_or(0.0, |cell| cell.sum.number().as_f64());
    (at(0), at(edges.bins() + 1))
}

#[cfg(test)]
mod tests;
