//! Where samples are: in memory, or where they can be read again.

use crate::error::Error;
use crate::hist::{DType, Samples};
use std::fmt::Debug;
use std::sync::Arc;

/// Samples of one type that are not in memory and can be read in pieces, from several threads at once, as often as asked.
pub trait Stream: Debug + Send + Sync {
    fn dtype(&self) -> DType;

    /// How many there are.
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Puts the `n` samples from the one numbered `from` on into `block`, in place of what it holds. It is of the
    /// stream's type and all of them exist.
    ///
    /// # Errors
    /// One sentence: they cannot be read any more, or are not those that were there when the stream was opened.
    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error>;
}

/// Some of the samples of a population.
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

    /// How many there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(samples) => samples.len() as u64,
            Self::Stream(stream) => stream.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Samples> for Part {
    fn from(samples: Samples) -> Self {
        Self::Memory(Arc::new(samples))
    }
}
