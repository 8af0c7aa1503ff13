//! Parts of a population: arrays in memory, or streams that can be read again.

use crate::error::Error;
use crate::hist::{DType, Samples};
use std::fmt::Debug;
use std::sync::Arc;

/// Samples of one type outside memory. Any range can be read, by several threads at once and any number of times.
pub trait Stream: Debug + Send + Sync {
    fn dtype(&self) -> DType;

    /// Number of samples.
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Replaces the content of `block` with the `n` samples that start at index `from`. The block has the type of the
    /// stream, and the caller asks only for samples that exist.
    ///
    /// # Errors
    /// The samples cannot be read, or changed after the stream was opened.
    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error>;

    /// Bytes of decoded samples that the stream keeps in memory.
    fn in_memory(&self) -> u64 {
        0
    }
}

/// Part of a population.
#[derive(Debug, Clone)]
pub enum Part {
    Memory(Arc<Samples>),
    Stream(Arc<dyn Stream>),
}

impl Part {
    pub fn dtype(&self) -> DType {
        match self {
            Self::Memory(samples) => samples.dtype(),
            Self::Stream(stream) => stream.dtype(),
        }
    }

    /// Number of samples.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(samples) => samples.len() as u64,
            Self::Stream(stream) => stream.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of samples in memory.
    pub fn in_memory(&self) -> u64 {
        match self {
            Self::Memory(samples) => samples.len() as u64 * samples.dtype().bytes() as u64,
            Self::Stream(stream) => stream.in_memory(),
        }
    }
}

impl From<Samples> for Part {
    fn from(samples: Samples) -> Self {
        Self::Memory(Arc::new(samples))
    }
}
