//! Histograms: edges, counts, numpy's binning rules, rebinning, edits, statistics and axes.
//!
//! Pure: no files, clock, threads or terminal. Every function depends on its arguments only.

mod binning;
mod change;
mod common;
mod distance;
mod edges;
pub mod edit;
mod error;
mod histogram;
mod lanes;
mod lattice;
mod measure;
mod numbers;
mod python;
mod range;
mod rebin;
mod rules;
mod samples;
pub mod scale;
mod spacing;
mod stats;
mod step_stack;
mod supplement;
mod uncertain;

pub use binning::{Bins, histogram, uniform_edges};
pub use change::{ChangeMeasure, Measured};
pub use common::{CommonEdges, common_edges, extend};
pub use distance::{Distance, Distances, Distribution, wasserstein};
pub use edges::Edges;
pub use error::Error;
pub use histogram::{Histogram, MAX_BINS};
pub use lattice::Lattice;
pub use measure::Measure;
pub use numbers::{Number, Numbers, format_number};
pub use python::{number_repr, number_text, numbers_text, python_repr};
pub use range::{Range, Segment};
pub use rebin::{Rounding, rebin};
pub use rules::{Rule, rule_bins, rule_bins_of_histogram};
pub use samples::{DType, Samples};
pub use spacing::{spaced_edges, spaced_range, spaced_rule_bins};
pub use stats::{
    Bounded, EntryStats, Moments, Omitted, PROBABILITIES, Quantile, Statistic, Stats, StatsBounds, Summary, percent,
    quantile_in_bins,
};
pub use step_stack::{Axis, ColorScale, Combine, Grid, Matrix, Normalization, OUTLYING, Outside, StepStack};
pub use supplement::{Categories, Supplement, Variances, regular_edges};
pub use uncertain::UncertainHistogram;

pub(crate) use binning::{Counter, Element, KeyGrid, Outer, Real, Uniform};
pub(crate) use lanes::{Ints, Lane, Vectors};
pub(crate) use rules::{Data, Sorted, bins_within, pairwise};
pub(crate) use samples::{each, each_wide, typed, wide};
pub(crate) use spacing::Transform;
#[cfg(test)]
pub(crate) use stats::quantile;
pub(crate) use stats::{Scan, between, ends};
