//! HDF5 files: the numeric datasets of all groups.
//!
//! The library `hdf5-reader` reads the metadata: superblock, groups, object headers and the indexes of chunks. It gets the
//! bytes of the file by position through [`ByteRanges`], which also bounds its memory. The elements of datasets are
//! read here, so that contiguous ones can be counted in place, and chunked ones box by box. Not here: paths (`source`), links
//! to other files, virtual datasets, and types that are not numbers.

mod blocks;
mod chunks;
mod element;
mod links;
mod lzf;
#[cfg(test)]
mod tests;
mod tree;

use super::DecodeError;
use crate::engine::{Budget, Reservation};
use hdf5_reader::error::Error as LibraryError;
use hdf5_reader::{Storage, StorageBuffer};
use std::fmt::Debug;
use std::sync::Arc;

pub use blocks::{Block, Blocks};
pub use chunks::ChunkEntries;
pub use element::Element;
pub use tree::{Dataset, Place, Tree};

/// First bytes of the superblock.
pub const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Name of the weights in an archive of Keras.
pub const KERAS_MEMBER: &str = "model.weights.h5";

/// Bytes of a file, read at any position by several threads.
pub trait ByteRanges: Debug + Send + Sync {
    fn len(&self) -> u64;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `bytes` from offset `at` on. The range is inside the file.
    ///
    /// # Errors
    /// The bytes cannot be read.
    fn read(&self, at: u64, bytes: &mut [u8]) -> Result<(), DecodeError>;
}

/// Returns true if a file starts with a superblock, also after a user block.
pub fn starts_like_file(head: &[u8]) -> bool {
    let mut at = 0;
    while at + MAGIC.len() <= head.len() {
        if head[at..].starts_with(MAGIC) {
            return true;
        }
        at = if at == 0 { 512 } else { 2 * at };
    }
    false
}

/// Returns true if a file starts like an archive of Keras, by the name of its first member.
pub fn starts_like_keras(head: &[u8]) -> bool {
    let length = head.get(26..28).and_then(|length| length.first_chunk()).map_or(0, |two| u16::from_le_bytes(*two));
    let name = head.get(30..30 + usize::from(length)).unwrap_or_default();
    head.starts_with(b"PK\x03\x04")
        && ["metadata.json", "config.json", KERAS_MEMBER].iter().any(|known| known.as_bytes() == name)
}

/// Bytes for the library. Everything that it reads is reserved several times, because it keeps what it parses.
struct Metered {
    bytes: Arc<dyn ByteRanges>,
    /// Byte that addresses are relative to.
    base: u64,
    held: Reservation,
}

impl Metered {
    /// Bytes of memory for a byte of metadata.
    const FACTOR: u64 = 4;

    fn new(bytes: &Arc<dyn ByteRanges>, base: u64, memory: &Budget) -> Self {
        Self { bytes: Arc::clone(bytes), base, held: memory.reservation() }
    }
}

impl Storage for Metered {
    fn len(&self) -> u64 {
        self.bytes.len().saturating_sub(self.base)
    }

    fn read_range(&self, offset: u64, len: usize) -> Result<StorageBuffer, LibraryError> {
        if offset.checked_add(len as u64).is_none_or(|end| end > self.len()) {
            let available = self.len().saturating_sub(offset);
            return Err(LibraryError::UnexpectedEof { offset, needed: len as u64, available });
        }
        self.held.grow(Self::FACTOR * len as u64).map_err(|why| LibraryError::ResourceLimit(why.to_string()))?;
        let mut bytes = vec![0; len];
        let read = self.bytes.read(self.base + offset, &mut bytes);
        read.map_err(|why| LibraryError::Other(why.to_string()))?;
        Ok(StorageBuffer::from_vec(bytes))
    }
}

impl From<LibraryError> for DecodeError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::Context { source, .. } => (*source).into(),
            LibraryError::UnsupportedLayoutClass(3) => Self::new("a virtual dataset, whose data is in other datasets"),
            LibraryError::UnexpectedEof { offset, .. } | LibraryError::OffsetOutOfBounds(offset) => {
                Self::new(format!("damaged or truncated HDF5 metadata: byte {offset} is past the end"))
            }
            LibraryError::ResourceLimit(why) | LibraryError::Other(why) => Self::new(why),
            other => {
                let text = other.to_string();
                if text.starts_with("unsupported") {
                    Self::new(text)
                } else {
                    Self::new(format!("damaged HDF5 data: {text}"))
                }
            }
        }
    }
}
