//! The conditions of numpy.histogram and of edges, in numpy's words where it has them.

use std::fmt;

/// Why a histogram cannot be made. `Display` is numpy's text for numpy's conditions, without the exception's name.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// numpy: `` `bins` must be positive, when an integer ``.
    BinsNotPositive,
    /// numpy: `` `bins` must increase monotonically, when an array ``.
    EdgesNotMonotonic,
    /// numpy: `max must be larger than min in range parameter.`
    RangeReversed,
    /// numpy: `supplied range of [lo, hi] is not finite`; both ends as Python prints them.
    RangeNotFinite(String, String),
    /// numpy: `autodetected range of [lo, hi] is not finite`.
    DataNotFinite(String, String),
    /// numpy: `Too many bins for data range. Cannot create n finite-sized bins.`
    TooManyBins(usize),
    /// numpy: ``'name' is not a valid estimator for `bins` ``.
    UnknownRule(String),
    /// A rule asks for more bins than a histogram may have.
    RuleTooLarge { rule: &'static str, bins: String },
    /// More uniform bins than are computed at once, whoever asks.
    BeyondMost { bins: u64, most: usize },
    /// The counts and edges do not fit together: `len(bins) must be len(histogram) + 1`.
    Lengths { counts: usize, edges: usize },
    /// An edit that cannot be made; a sentence says why.
    Refused(String),
    /// The edge of this index is NaN.
    EdgeNan(usize),
    /// The edge of this index is infinite and no outer one.
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
            Self::UnknownRule(name) => write!(f, "'{name}' is not a valid estimator for `bins`"),
            Self::RuleTooLarge { rule, bins } => {
                write!(f, "{rule} asks for {bins} bins; the maximum length of a histogram is 512")
            }
            Self::BeyondMost { bins, most } => {
                write!(f, "{bins} bins are more than can be counted; ask for at most {most}")
            }
            Self::Lengths { .. } => f.write_str("len(bins) must be len(histogram) + 1"),
            Self::Refused(why) => f.write_str(why),
            Self::EdgeNan(index) => write!(f, "edge {index} of the bins is NaN"),
            Self::EdgeInfinite(index) => {
                write!(f, "edge {index} of the bins is infinite, which only the first and the last may be")
            }
        }
    }
}

impl std::error::Error for Error {}
