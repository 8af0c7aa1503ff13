//! Errors of W&B's data types.

use crate::hist;
use std::fmt;

/// Conditions of W&B and numpy in their own words, without the exception's name, and errors in JSON values.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// W&B: `The maximum length of a histogram is 512`.
    TooLong,
    /// W&B: `len(bins) must be len(histogram) + 1`.
    Lengths,
    /// W&B: `Expected np_histogram to be a tuple of (values, bin_edges) or sequence to be specified`.
    NotAPair,
    /// Condition of `numpy.histogram`.
    Binning(hist::Error),
    /// Condition of `numpy.asarray`, or of counting its result.
    Array(String),
    /// Member that is missing or has the wrong type.
    Member(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => hist::Error::TooLong.fmt(f),
            Self::Lengths => f.write_str("len(bins) must be len(histogram) + 1"),
            Self::NotAPair => {
                f.write_str("Expected np_histogram to be a tuple of (values, bin_edges) or sequence to be specified")
            }
            Self::Binning(error) => error.fmt(f),
            Self::Array(text) | Self::Member(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {}

impl From<hist::Error> for Error {
    fn from(error: hist::Error) -> Self {
        Self::Binning(error)
    }
}

impl From<Error> for crate::Error {
    fn from(error: Error) -> Self {
        Self::Value(error.to_string())
    }
}
