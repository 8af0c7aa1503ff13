//! Errors of binning and editing, in numpy's words for numpy's conditions.

use super::{MAX_BINS, python_repr};
use crate::text::{format_count, format_digits};
use std::fmt;

/// Number of bins from which messages show three digits of it.
const HUGE: f64 = 1e9;

/// Reason why a histogram cannot be made. `Display` is numpy's text for numpy's conditions, without the exception's name.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// numpy: `` `bins` must be positive, when an integer ``.
    BinsNotPositive,
    /// numpy: `` `bins` must increase monotonically, when an array ``.
    EdgesNotMonotonic,
    /// numpy: `max must be larger than min in range parameter.`
    RangeReversed,
    /// numpy: `supplied range of [lo, hi] is not finite`. Contains both ends as Python prints them.
    RangeNotFinite(String, String),
    /// numpy: `autodetected range of [lo, hi] is not finite`. Contains both ends as Python prints them.
    DataNotFinite(String, String),
    /// numpy: `Too many bins for data range. Cannot create n finite-sized bins.`
    TooManyBins(usize),
    /// The range of logarithmic bins is not positive.
    NotPositive,
    /// The outer edges overflow to infinity in the type of the samples, whose largest number is `largest`.
    RangeTooWide { largest: f64 },
    /// numpy: ``'name' is not a valid estimator for `bins` ``.
    UnknownRule(String),
    /// W&B: `The maximum length of a histogram is 512`.
    TooLong,
    /// A rule gives more bins than a histogram may have.
    RuleTooLarge { rule: &'static str, bins: u64 },
    /// The number of uniform bins exceeds the limit that bounds allocations.
    BinLimit { bins: u64, limit: usize },
    /// The numbers of counts and edges do not match. W&B: `len(bins) must be len(histogram) + 1`.
    Lengths { counts: usize, edges: usize },
    /// An edit that cannot be made, with the reason as a sentence.
    Refused(String),
    /// The edge with this index is NaN.
    EdgeNan(usize),
    /// The edge with this index is infinite, but not an outer edge.
    EdgeInfinite(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BinsNotPositive => f.write_str("`bins` must be positive, when an integer"),
            Self::EdgesNotMonotonic => f.write_str("`bins` must increase monotonically, when an array"),
            Self::RangeReversed => f.write_str("max must be larger than min in range parameter."),
            Self::RangeNotFinite(lo, hi) => write!(f, "supplied range of [{lo}, {hi}] is not finite"),
            Self::DataNotFinite(lo, hi) => write!(f, "autodetected range of [{lo}, {hi}] is not finite"),
            Self::TooManyBins(n) => {
                write!(f, "Too many bins for data range. Cannot create {n} finite-sized bins.")
            }
            Self::NotPositive => {
                f.write_str("logarithmic bins need values above zero; use symlog spacing, or a range above zero")
            }
            Self::RangeTooWide { largest } => {
                let largest = python_repr(*largest);
                write!(f, "the range is wider than the type of the values; choose a range within ±{largest}")
            }
            Self::UnknownRule(name) => write!(f, "'{name}' is not a valid estimator for `bins`"),
            Self::TooLong => write!(f, "The maximum length of a histogram is {MAX_BINS}"),
            Self::RuleTooLarge { rule, bins } => {
                let bins = *bins as f64;
                let bins = if bins < HUGE { format_count(bins, 0) } else { format_digits(bins, 3) };
                write!(f, "{rule} asks for {bins} bins; the maximum length of a histogram is {MAX_BINS}")
            }
            Self::BinLimit { bins, limit } => {
                write!(f, "cannot count {bins} bins at once; choose at most {limit}")
            }
            Self::Lengths { .. } => f.write_str("len(bins) must be len(histogram) + 1"),
            Self::Refused(why) => f.write_str(why),
            Self::EdgeNan(index) => write!(f, "edge {index} of the bins is NaN"),
            Self::EdgeInfinite(index) => {
                write!(f, "edge {index} of the bins is infinite; only the first and the last may be")
            }
        }
    }
}

impl std::error::Error for Error {}
