//! The sizes of the pages of a column, read from their headers. The library allocates what a header states.

use super::footer::{MAX_DEPTH, Scan};
use super::{damaged, decode_error};
use crate::format::DecodeError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::ChunkReader;
use std::io::Read;

/// Bytes that are read at first in search of the end of a header, and at most.
const HEADER: usize = 256;
const MAX_HEADER: usize = 1 << 20;

/// Field numbers in a header, and the type of a dictionary.
const TYPE: u64 = 1;
const UNCOMPRESSED: u64 = 2;
const COMPRESSED: u64 = 3;
const DICTIONARY: u64 = 2;

/// Sizes in bytes of the largest pages of a column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PageSizes {
    dictionary: u64,
    /// Uncompressed and compressed bytes of a page of values.
    values: u64,
    compressed: u64,
}

impl PageSizes {
    /// Reads the headers of all pages.
    pub(super) fn of(input: &impl ChunkReader, column: &ColumnChunkMetaData) -> Result<Self, DecodeError> {
        let (mut sizes, (mut at, length)) = (Self::default(), column.byte_range());
        let end = at.saturating_add(length).min(input.len());
        while at < end {
            let page = PageHeader::read(input, at, end)?;
            if page.is_dictionary {
                sizes.dictionary = sizes.dictionary.max(page.uncompressed);
            } else {
                sizes.values = sizes.values.max(page.uncompressed);
            }
            sizes.compressed = sizes.compressed.max(page.compressed);
            at = at.saturating_add(page.length).saturating_add(page.compressed);
        }
        Ok(sizes)
    }

    pub(super) fn max(self, other: Self) -> Self {
        Self {
            dictionary: self.dictionary.max(other.dictionary),
            values: self.values.max(other.values),
            compressed: self.compressed.max(other.compressed),
        }
    }

    /// Bytes of memory while a page is decoded: the compressed and the uncompressed page, and the decoded dictionary.
    pub(super) fn memory(self) -> u64 {
        self.dictionary.saturating_mul(2).saturating_add(self.values).saturating_add(self.compressed)
    }

    /// Maximum size of one value.
    pub(super) fn largest(self) -> u64 {
        self.dictionary.max(self.values)
    }
}

struct PageHeader {
    /// Bytes of the header itself.
    length: u64,
    is_dictionary: bool,
    uncompressed: u64,
    compressed: u64,
}

impl PageHeader {
    fn read(input: &impl ChunkReader, at: u64, end: u64) -> Result<Self, DecodeError> {
        let mut size = HEADER;
        loop {
            let mut bytes = Vec::new();
            let reader = input.get_read(at).map_err(|error| decode_error(&error))?;
            reader.take((end - at).min(size as u64)).read_to_end(&mut bytes)?;
            if let Some(header) = Self::parse(&bytes) {
                return Ok(header);
            }
            if bytes.len() < size || size >= MAX_HEADER {
                return Err(damaged("the header of a page is malformed"));
            }
            size *= 8;
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut scan = Scan::of(bytes);
        let (mut kind, mut uncompressed, mut compressed) = (0, 0, 0);
        scan.fields(&mut |scan, id, field| {
            let value = scan.skip(field, MAX_DEPTH)?;
            match id {
                TYPE => kind = value,
                UNCOMPRESSED => uncompressed = value,
                COMPRESSED => compressed = value,
                _ => {}
            }
            Some(())
        })?;
        let length = (bytes.len() - scan.rest.len()) as u64;
        Some(Self { length, is_dictionary: kind == DICTIONARY, uncompressed, compressed })
    }
}
