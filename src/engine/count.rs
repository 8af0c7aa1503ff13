//! Counting a population under a choice of bins.

use super::{Cancel, Population};
use crate::error::Error;
use crate::hist::{Bins, Edges, Histogram, Range};

/// How a histogram of raw samples is asked for: `numpy.histogram(samples, bins, range)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Binning {
    pub bins: Bins,
    /// `None`: from the smallest to the largest finite value (NaN and infinities are left out, unlike numpy, which
    /// refuses them; [`crate::hist::histogram`] is the strict form).
    pub range: Option<Range>,
}

/// Counts exactly as numpy does, over the finite values, on all cores.
///
/// # Errors
/// numpy's conditions; more than 512 bins; [`Error::Cancelled`].
pub fn count(population: &Population, binning: &Binning, cancel: &Cancel) -> Result<Histogram, Error> {
    let _ = (population, binning, cancel);
    todo!()
}

/// The edges that [`count`] would use, without counting (rules look at the data).
///
/// # Errors
/// As [`count`].
pub fn edges_for(population: &Population, binning: &Binning) -> Result<Edges, Error> {
    let _ = (population, binning);
    todo!()
}
