//! Why a value is not W&B's.

use super::Histogram;
use crate::hist;
use std::fmt;

/// W&B's and numpy's conditions in their own words, without the exception's name; and sentences on JSON that is not
/// what it says it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Error {
    /// W&B: `The maximum length of a histogram is 512`.
    TooLong,
    /// W&B: `len(bins) must be len(histogram) + 1`.
    Lengths,
    /// W&B: `Expected np_histogram to be a tuple of (values, bin_edges) or sequence to be specified`.
    NotAPair,
    /// A condition of `numpy.histogram`.
    Binning(hist::Error),
    /// A condition of `numpy.asarray`, or of counting what it made.
    Array(String),
    /// A member that is missing or holds something else than it should.
    Member(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "The maximum length of a histogram is {}", Histogram::MAX_LENGTH),
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
