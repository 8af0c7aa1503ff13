//! Blocks of a dataset, which are decoded one at a time: boxes of whole chunks.

use super::{ByteRanges, ChunkEntries, Dataset, Place};
use crate::engine::Budget;
use crate::format::DecodeError;
use crate::hist::Samples;
use std::sync::Arc;

/// Smallest size in bytes of a block, if the dataset is larger.
const SMALL: u64 = 1 << 20;

/// Division of a dataset into blocks. Its elements are in the order of the blocks, and in C order in each block.
#[derive(Debug, Clone, PartialEq)]
pub struct Blocks {
    shape: Vec<u64>,
    block: Vec<u64>,
    /// Numbers in a stored element.
    numbers: u64,
}

/// Block of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// Position among all blocks.
    pub index: u64,
    /// Position of its first number in the dataset.
    pub start: u64,
    /// Number of numbers.
    pub len: u64,
    origin: Vec<u64>,
    extent: Vec<u64>,
}

impl Blocks {
    /// Returns true if the order of the numbers is that of an array in C order.
    pub fn is_c_order(&self) -> bool {
        let is_full = |d: usize| self.block[d] >= self.shape[d];
        let partial = (0..self.shape.len()).find(|d| !is_full(*d) && self.block[*d] > 1);
        let first = partial.or_else(|| (0..self.shape.len()).rev().find(|d| !is_full(*d)));
        first.is_none_or(|first| {
            (first + 1..self.shape.len()).all(is_full) && (0..first).all(|d| self.block[d] == 1 || self.shape[d] == 1)
        })
    }

    /// Returns the block that contains a number, by its position. The dataset must not be empty.
    pub fn locate(&self, position: u64) -> Block {
        let mut block = Block { index: 0, start: 0, len: 1, origin: Vec::new(), extent: Vec::new() };
        let mut rest = position / self.numbers;
        let mut inner: u64 = self.shape.iter().product();
        for (length, size) in self.shape.iter().zip(&self.block) {
            inner /= length.max(&1);
            let unit = block.len * size * inner;
            let i = rest / unit;
            rest -= i * unit;
            block.start += i * unit;
            block.index = block.index * length.div_ceil(*size) + i;
            block.origin.push(i * size);
            block.extent.push((length - i * size).min(*size));
            block.len *= (length - i * size).min(*size);
        }
        (block.start, block.len) = (block.start * self.numbers, block.len * self.numbers);
        block
    }

    /// Numbers in a block, at most.
    pub fn largest(&self) -> u64 {
        self.block.iter().product::<u64>() * self.numbers
    }
}

impl Dataset {
    /// Returns the whole dataset as one block.
    pub fn whole(&self) -> Block {
        if self.len == 0 {
            return Block { index: 0, start: 0, len: 0, origin: Vec::new(), extent: Vec::new() };
        }
        let (shape, numbers) = self.stored_shape();
        Blocks { block: shape.clone(), shape, numbers }.locate(0)
    }

    /// Divides the dataset into blocks of whole chunks with at most `limit` bytes, unless a chunk is larger. Their order is C
    /// order if rows of chunks fit.
    pub fn blocks(&self, limit: u64) -> Blocks {
        let (shape, numbers) = self.stored_shape();
        let chunk: Vec<u64> = match &self.place {
            Place::Chunks(chunked) => chunked.chunk().collect(),
            _ => vec![1; shape.len()],
        };
        let mut block: Vec<u64> = chunk.iter().zip(&shape).map(|(chunk, length)| *chunk.min(length)).collect();
        let element = numbers * self.element.stride as u64;
        for d in (0..shape.len()).rev() {
            let others = block.iter().enumerate().filter(|(other, _)| *other != d);
            let row = others.fold(element, |n, (_, length)| n.saturating_mul(*length)).max(1);
            if d > 0 && row.saturating_mul(shape[d]) <= limit {
                block[d] = shape[d];
                continue;
            }
            let chunks = (SMALL.min(limit) / row / chunk[d]).max(1);
            block[d] = chunks.saturating_mul(chunk[d]).min(shape[d]);
            break;
        }
        Blocks { shape, block, numbers }
    }

    /// Shape of the stored elements, and the numbers in each. Only chunks need more than one dimension.
    fn stored_shape(&self) -> (Vec<u64>, u64) {
        match &self.place {
            Place::Chunks(chunked) => {
                (chunked.shape().to_vec(), chunked.stored() as u64 / self.element.stride.max(1) as u64)
            }
            _ => (vec![self.len], 1),
        }
    }

    /// Reads the index of the chunks; empty if there are none.
    ///
    /// # Errors
    /// It is damaged, or exceeds the memory budget.
    pub fn entries(&self, bytes: &Arc<dyn ByteRanges>, memory: &Budget) -> Result<ChunkEntries, DecodeError> {
        match &self.place {
            Place::Chunks(chunked) => chunked.entries(bytes, memory),
            _ => Ok(ChunkEntries::default()),
        }
    }

    /// Bytes of memory for the elements of a block of `len` numbers, before they are decoded.
    pub fn memory(&self, len: u64) -> u64 {
        // The bytes of a chunk before and after each filter.
        let chunk = if let Place::Chunks(chunked) = &self.place { chunked.bytes().saturating_mul(3) } else { 0 };
        len.saturating_mul(self.element.stride as u64).saturating_add(chunk)
    }

    /// Decodes a block. The caller has reserved its memory.
    ///
    /// # Errors
    /// Its data is damaged or cannot be read.
    pub fn read(&self, bytes: &dyn ByteRanges, entries: &ChunkEntries, block: &Block) -> Result<Samples, DecodeError> {
        let mut samples = Samples::empty(self.element.dtype());
        if self.len == 0 {
            return Ok(samples);
        }
        let size = block.len as usize * self.element.stride;
        let mut raw = Vec::new();
        raw.try_reserve_exact(size).map_err(|_| DecodeError::out_of_memory())?;
        raw.resize(size, 0);
        match &self.place {
            Place::At(at) => bytes.read(at + block.start * self.element.stride as u64, &mut raw)?,
            Place::Inline(data) => {
                let start = block.start as usize * self.element.stride;
                raw.copy_from_slice(data.get(start..start + size).unwrap_or_default());
            }
            Place::Nowhere | Place::Chunks(_) => {
                if self.fill.iter().any(|byte| *byte != 0) {
                    raw.chunks_exact_mut(self.fill.len()).for_each(|element| element.copy_from_slice(&self.fill));
                }
            }
        }
        if let Place::Chunks(chunked) = &self.place {
            chunked.copy(entries, bytes, &block.origin, &block.extent, &mut raw)?;
        }
        self.element.decode(&raw, &mut samples);
        Ok(samples)
    }
}
