//! What a histogram is: edges, counts, numpy's binning rules, rebinning, statistics, axes.
//!
//! Pure: no files, clock, threads or terminal. Everything here is a function of its arguments.

mod binning;
mod edges;
pub mod edit;
mod error;
mod estimate;
mod histogram;
mod measure;
mod numbers;
mod python;
mod quantile;
mod rebin;
mod rules;
mod samples;
pub mod scale;
mod stats;
mod step_stack;

pub use binning::{Bins, Range, histogram, uniform_edges};
pub use edges::{Edges, Segment};
pub use error::Error;
pub use estimate::UncertainHistogram;
pub use histogram::{Histogram, MAX_BINS};
pub use measure::Measure;
pub use numbers::{Number, Numbers, format_number};
pub use python::python_repr;
pub use quantile::quantile_in_bins;
pub use rebin::{Rounding, rebin};
pub use rules::{Rule, rule_bins, rule_bins_of_histogram};
pub use samples::{DType, Samples};
pub use stats::{Moments, PROBABILITIES, Quantile, Stats, Summary};
pub use step_stack::{Matrix, Normalization, StepStack};

pub(crate) use binning::{Counter, Element, Outer, Real, Uniform};
pub(crate) use rules::{Data, Sorted, bins_within, pairwise};
pub(crate) use samples::{each, typed};
#[cfg(test)]
pub(crate) use stats::quantile;
pub(crate) use stats::{Scan, between, ends};
