//! Chunks of a dataset: their index, their filters, and copies of their elements.

use super::{ByteRanges, Metered, lzf};
use crate::engine::Budget;
use crate::format::DecodeError;
use hdf5_reader::FilterRegistry;
use hdf5_reader::btree_v1::{BTreeV1Key, collect_btree_v1_leaves_storage};
use hdf5_reader::chunk_index::{
    ChunkEntry, collect_implicit_chunk_entries, collect_v2_chunk_entries_storage, single_chunk_entry,
};
use hdf5_reader::extensible_array::collect_extensible_array_chunk_entries_storage;
use hdf5_reader::fixed_array::collect_fixed_array_chunk_entries_storage;
use hdf5_reader::messages::dataspace::DataspaceMessage;
use hdf5_reader::messages::filter_pipeline::FilterDescription;
use hdf5_reader::messages::layout::ChunkIndexing;
use std::sync::Arc;

/// Filters of the library: deflate, shuffle, fletcher32, szip, nbit and scaleoffset.
const FILTERS: std::ops::RangeInclusive<u16> = 1..=6;

/// Bytes of memory for a chunk while the index is read.
const PER_CHUNK: u64 = 160;

/// Smallest entry of an index.
const SMALLEST_ENTRY: u64 = 8;

/// Bytes that filters add to a chunk, at most.
const OVERHEAD: usize = 64;

/// A chunked dataset.
#[derive(Debug, Clone)]
pub struct Chunked {
    /// Address of the index.
    address: u64,
    indexing: Option<ChunkIndexing>,
    filters: Vec<FilterDescription>,
    /// Shape of the dataset, its largest shape, and the shape of a chunk.
    shape: Vec<u64>,
    max_shape: Option<Vec<u64>>,
    chunk: Vec<u32>,
    /// Bytes of a stored element.
    stored: usize,
    /// Bytes of addresses and lengths in the file.
    sizes: (u8, u8),
    base: u64,
}

/// Chunks that were written, by their position in the grid.
#[derive(Debug, Default)]
pub struct ChunkEntries(Vec<Entry>);

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Position in the grid, in C order.
    number: u64,
    at: u64,
    size: u64,
    /// Filters that were not applied.
    mask: u32,
}

impl ChunkEntries {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Chunked {
    #[expect(clippy::too_many_arguments, reason = "each is a field of the header")]
    pub(super) fn new(
        address: u64,
        dims: &[u32],
        indexing: Option<ChunkIndexing>,
        filters: Vec<FilterDescription>,
        space: &DataspaceMessage,
        stored: usize,
        sizes: (u8, u8),
        base: u64,
    ) -> Result<Self, DecodeError> {
        let shape = space.dims.clone();
        // The last length is the size of an element.
        let chunk = dims.get(..shape.len()).unwrap_or_default().to_vec();
        if chunk.len() != shape.len() || dims.len() > shape.len() + 1 || chunk.contains(&0) {
            return Err(DecodeError::new(format!("its chunks have the shape {dims:?}")));
        }
        let bytes = chunk.iter().try_fold(stored as u64, |n, length| n.checked_mul(u64::from(*length)));
        if bytes.is_none_or(|bytes| bytes > u64::from(u32::MAX)) {
            return Err(DecodeError::new(format!("its chunks of {chunk:?} elements are larger than 4 GiB")));
        }
        if let Some(unknown) = filters.iter().find(|filter| !FILTERS.contains(&filter.id) && filter.id != lzf::FILTER) {
            let name = unknown.name.clone().unwrap_or_default();
            let name = name.trim_end_matches('\0').split([';', ':']).next().unwrap_or_default();
            return Err(DecodeError::new(format!("it is compressed with filter {} {name}", unknown.id).trim_end()));
        }
        let max_shape = space.max_dims.clone();
        Ok(Self { address, indexing, filters, shape, max_shape, chunk, stored, sizes, base })
    }

    /// Shape of a chunk.
    pub(super) fn chunk(&self) -> impl DoubleEndedIterator<Item = u64> + ExactSizeIterator {
        self.chunk.iter().map(|length| u64::from(*length))
    }

    /// Elements of a chunk.
    pub(super) fn elements(&self) -> u64 {
        self.chunk().product()
    }

    /// Bytes of a decoded chunk.
    pub(super) fn bytes(&self) -> u64 {
        self.elements() * self.stored as u64
    }

    /// Shape of the dataset without the dimensions of its type.
    pub(super) fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// Bytes of a stored element.
    pub(super) fn stored(&self) -> usize {
        self.stored
    }

    fn grid(&self) -> Vec<u64> {
        self.shape.iter().zip(self.chunk()).map(|(length, chunk)| length.div_ceil(chunk)).collect()
    }

    /// Reads the index.
    ///
    /// # Errors
    /// It is damaged, or exceeds the memory budget.
    pub(super) fn entries(&self, bytes: &Arc<dyn ByteRanges>, memory: &Budget) -> Result<ChunkEntries, DecodeError> {
        let storage = Metered::new(bytes, self.base, memory);
        let grid = self.grid();
        let chunks = grid.iter().fold(1_u64, |all, length| all.saturating_mul(*length));
        let most = chunks.min(bytes.len() / SMALLEST_ENTRY);
        let held = memory.reserve(most.saturating_mul(PER_CHUNK))?;
        let (address, rank, (offset, length)) = (self.address, self.shape.len(), self.sizes);
        let found = match &self.indexing {
            None => {
                let dims = u32::try_from(rank).unwrap_or(u32::MAX);
                let leaves =
                    collect_btree_v1_leaves_storage(&storage, address, offset, length, Some(dims), &self.chunk, None)?;
                leaves.into_iter().filter_map(|leaf| entry_of_leaf(leaf, rank)).collect()
            }
            Some(ChunkIndexing::SingleChunk { filtered_size, filters }) => {
                vec![single_chunk_entry(address, *filtered_size, *filters, rank)]
            }
            Some(ChunkIndexing::Implicit) => {
                let len = hdf5_reader::Storage::len(&storage);
                collect_implicit_chunk_entries(address, &self.shape, &self.chunk, self.stored, None, len)?
            }
            Some(ChunkIndexing::FixedArray { .. }) => {
                // The index has an entry for each chunk of the largest shape, although the library takes the current one.
                let shape = self.max_shape.as_deref().unwrap_or(&self.shape);
                collect_fixed_array_chunk_entries_storage(&storage, address, offset, length, shape, &self.chunk, None)?
            }
            Some(ChunkIndexing::ExtensibleArray { .. }) => collect_extensible_array_chunk_entries_storage(
                &storage,
                address,
                offset,
                length,
                &self.shape,
                self.max_shape.as_deref(),
                &self.chunk,
                None,
            )?,
            Some(ChunkIndexing::BTreeV2) => {
                let dims = u32::try_from(rank).unwrap_or(u32::MAX);
                collect_v2_chunk_entries_storage(&storage, address, offset, length, dims, &self.chunk, None)?
            }
        };
        let mut entries = Vec::with_capacity(found.len());
        for ChunkEntry { address, size, filter_mask, offsets } in found {
            let aligned = offsets.len() == rank && offsets.iter().zip(self.chunk()).all(|(at, chunk)| at % chunk == 0);
            if !aligned {
                return Err(DecodeError::new(format!("damaged index: a chunk is at {offsets:?}")));
            }
            // Chunks remain when a dataset shrinks.
            if offsets.iter().zip(&self.shape).any(|(at, length)| at >= length) {
                continue;
            }
            let at = self.base.saturating_add(address);
            let size = if self.filters.is_empty() || size == 0 { self.bytes() } else { size };
            if at.checked_add(size).is_none_or(|end| end > bytes.len()) {
                return Err(DecodeError::new(format!("the chunk at {offsets:?} is past the end of the file")));
            }
            let number =
                offsets.iter().zip(self.chunk()).zip(&grid).fold(0, |n, ((at, chunk), grid)| n * grid + at / chunk);
            entries.push(Entry { number, at, size, mask: filter_mask });
        }
        entries.sort_unstable_by_key(|entry| entry.number);
        if entries.windows(2).any(|two| two[0].number == two[1].number) {
            return Err(DecodeError::new("damaged index: two chunks are at the same place"));
        }
        held.set(entries.len() as u64 * size_of::<Entry>() as u64)?;
        held.keep();
        Ok(ChunkEntries(entries))
    }

    /// Copies the elements of a box into `out`, in C order. Leaves elements that were never written.
    ///
    /// # Errors
    /// A chunk is damaged.
    pub(super) fn copy(
        &self,
        entries: &ChunkEntries,
        bytes: &dyn ByteRanges,
        origin: &[u64],
        extent: &[u64],
        out: &mut [u8],
    ) -> Result<(), DecodeError> {
        let grid = self.grid();
        let chunk: Vec<u64> = self.chunk().collect();
        let first: Vec<u64> = origin.iter().zip(&chunk).map(|(at, chunk)| at / chunk).collect();
        let ends = origin.iter().zip(extent).zip(&chunk).map(|((at, extent), chunk)| (at + extent).div_ceil(*chunk));
        let end: Vec<u64> = ends.collect();
        for index in indices(&first, &end) {
            let number = index.iter().zip(&grid).fold(0, |n, (i, grid)| n * grid + i);
            let Ok(found) = entries.0.binary_search_by_key(&number, |entry| entry.number) else { continue };
            let Some(entry) = entries.0.get(found) else { continue };
            let data = self.decode(entry, bytes)?;
            let start: Vec<u64> = index.iter().zip(&chunk).map(|(i, chunk)| i * chunk).collect();
            copy_overlap(self.stored, (&data, &start, &chunk), &mut (&mut *out, origin, extent));
        }
        Ok(())
    }

    fn decode(&self, entry: &Entry, bytes: &dyn ByteRanges) -> Result<Vec<u8>, DecodeError> {
        let expected = self.bytes() as usize;
        let mut data = Vec::new();
        let size = entry.size as usize;
        data.try_reserve_exact(size).map_err(|_| DecodeError::out_of_memory())?;
        data.resize(size, 0);
        bytes.read(entry.at, &mut data)?;
        let registry = FilterRegistry::new();
        for (i, filter) in self.filters.iter().enumerate().rev() {
            if entry.mask >> i & 1 == 0 {
                let limit = expected + OVERHEAD;
                data = match filter.id {
                    lzf::FILTER => lzf::decompress(&data, limit)?,
                    _ => registry.apply_with_limit(filter, &data, self.stored, Some(limit))?,
                };
            }
        }
        if data.len() != expected {
            return Err(DecodeError::new(format!("a chunk has {} bytes instead of {expected}", data.len())));
        }
        Ok(data)
    }
}

fn entry_of_leaf((key, address): (BTreeV1Key, u64), rank: usize) -> Option<ChunkEntry> {
    let BTreeV1Key::RawData { chunk_size, filter_mask, mut offsets } = key else { return None };
    offsets.truncate(rank);
    Some(ChunkEntry { address, size: chunk_size.into(), filter_mask, offsets })
}

/// Indices from `first` up to `end` in every dimension, in C order.
fn indices(first: &[u64], end: &[u64]) -> impl Iterator<Item = Vec<u64>> {
    let (first, end) = (first.to_vec(), end.to_vec());
    let start = first.iter().zip(&end).all(|(first, end)| first < end).then(|| first.clone());
    std::iter::successors(start, move |index| {
        let mut next = index.clone();
        for d in (0..next.len()).rev() {
            next[d] += 1;
            if next[d] < end[d] {
                return Some(next);
            }
            next[d] = first[d];
        }
        None
    })
}

/// Copies the elements that two boxes share. A box has bytes, an origin and an extent.
fn copy_overlap(stored: usize, from: (&[u8], &[u64], &[u64]), to: &mut (&mut [u8], &[u64], &[u64])) {
    let low: Vec<u64> = from.1.iter().zip(to.1).map(|(a, b)| *a.max(b)).collect();
    let ends = |origin: &[u64], extent: &[u64]| origin.iter().zip(extent).map(|(at, n)| at + n).collect::<Vec<_>>();
    let high: Vec<u64> = ends(from.1, from.2).into_iter().zip(ends(to.1, to.2)).map(|(a, b)| a.min(b)).collect();
    let position = |origin: &[u64], extent: &[u64], index: &[u64]| {
        index.iter().zip(origin).zip(extent).fold(0, |n, ((i, at), extent)| n * extent + (i - at)) as usize * stored
    };
    // One run for each row of the last dimension.
    let mut row_high = high.clone();
    let run = match (row_high.last_mut(), low.last(), high.last()) {
        (Some(last), Some(low), Some(high)) => {
            *last = (*low + 1).min(*high);
            high.saturating_sub(*low) as usize * stored
        }
        _ => stored,
    };
    for index in indices(&low, &row_high) {
        let (a, b) = (position(from.1, from.2, &index), position(to.1, to.2, &index));
        if let (Some(source), Some(target)) = (from.0.get(a..a + run), to.0.get_mut(b..b + run)) {
            target.copy_from_slice(source);
        }
    }
}
