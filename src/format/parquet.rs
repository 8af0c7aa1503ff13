//! Parquet files. Opening reads the footer; columns are decoded on request.
//!
//! Not here: the content of columns (`columnar`), and encrypted files.

mod durations;
mod footer;
mod pages;
mod statistics;

use super::DecodeError;
use super::columnar::{BatchVisitor, Projection};
use crate::engine::Budget;
use crate::hist::{DType, Range};
use arrow_schema::Schema;
use pages::PageSizes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, Type};
use parquet::column::page::PageReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetStatisticsPolicy;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use std::hint;
use std::io;
use std::ops;
use std::sync::Arc;

/// First and last bytes of a file. Readers check only the last ones.
pub const MAGIC: &[u8] = b"PAR1";

/// Rows per decoded batch.
const BATCH: usize = 4096;

/// Freed blocks up to this size are kept, if pages are that large.
const LARGEST_KEPT: u64 = 16 << 20;

/// The schema and row groups of a file.
#[derive(Debug, Clone)]
pub struct ParquetFooter {
    metadata: ArrowReaderMetadata,
    schema: Arc<Schema>,
    /// The first leaf column of each root, and the number of leaves.
    first_leaves: Arc<[usize]>,
}

impl ParquetFooter {
    /// Reads the footer.
    ///
    /// # Errors
    /// The file is damaged, truncated or encrypted, or its footer exceeds the memory budget.
    pub fn read(input: &impl ChunkReader, memory: &Budget) -> Result<Self, DecodeError> {
        check(input, memory)?;
        let skip = ParquetStatisticsPolicy::SkipAll;
        // Ignores statistics and the schema added by Arrow writers, so that damage there does not matter. Only durations are
        // taken from it.
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_column_stats_policy(skip.clone())
            .with_size_stats_policy(skip);
        let metadata = ArrowReaderMetadata::load(input, options).map_err(|error| decode_error(&error))?;
        let pairs = metadata.metadata().file_metadata().key_value_metadata();
        let marked = durations::marked(metadata.schema(), pairs, memory).map(Arc::new);
        let arrow_schema = marked.unwrap_or_else(|| Arc::clone(metadata.schema()));
        let schema = metadata.parquet_schema();
        let (mut first_leaves, mut next) = (Vec::new(), 0);
        for leaf in 0..schema.num_columns() {
            while next <= schema.get_column_root_idx(leaf) {
                first_leaves.push(leaf);
                next += 1;
            }
        }
        first_leaves.push(schema.num_columns());
        Ok(Self { first_leaves: first_leaves.into(), schema: arrow_schema, metadata })
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub fn rows(&self) -> u64 {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Returns the compressed size of the selected columns in bytes.
    pub fn bytes(&self, projection: &Projection) -> u64 {
        let leaves = self.leaves(projection);
        let groups = self.metadata.metadata().row_groups().iter();
        let columns = groups.flat_map(|group| leaves.iter().filter_map(|leaf| group.columns().get(*leaf)));
        columns.map(|column| u64::try_from(column.compressed_size()).unwrap_or(0)).fold(0, u64::saturating_add)
    }

    /// Returns the number of values in the selected columns, according to the footer.
    pub fn values(&self, projection: &Projection) -> u64 {
        let leaves = self.leaves(projection);
        let groups = self.metadata.metadata().row_groups().iter();
        let columns = groups.flat_map(|group| leaves.iter().filter_map(|leaf| group.columns().get(*leaf)));
        columns.map(|column| u64::try_from(column.num_values()).unwrap_or(0)).fold(0, u64::saturating_add)
    }

    /// Returns the range of the numbers of one column, if the statistics of all row groups state it. Statistics can be
    /// wrong.
    pub fn stated_range(&self, input: &impl ChunkReader, projection: &Projection, dtype: DType) -> Option<Range> {
        let [leaf] = *self.leaves(projection) else { return None };
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_column_stats_policy(ParquetStatisticsPolicy::skip_except(&[leaf]))
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let metadata = ArrowReaderMetadata::load(input, options).ok()?;
        let groups = metadata.metadata().row_groups().iter().filter(|group| group.num_rows() > 0);
        let ranges = groups.map(|group| statistics::range(group.columns().get(leaf)?.statistics()?, dtype));
        ranges.collect::<Option<Vec<Range>>>()?.into_iter().reduce(Range::union)
    }

    /// Returns the number of row groups.
    pub fn groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Returns an upper bound for the bytes of memory that a batch of the selected columns needs, if a value needs `width`
    /// bytes. One row may contain all list elements of its row group.
    pub fn batch(&self, projection: &Projection, width: u64) -> u64 {
        let leaves = self.leaves(projection);
        let lists = leaves.iter().filter(|leaf| self.is_listed(**leaf));
        let groups = self.metadata.metadata().row_groups().iter();
        let values = groups.flat_map(|group| lists.clone().filter_map(|leaf| group.columns().get(*leaf)));
        let max = values.map(|column| u64::try_from(column.num_values()).unwrap_or(0)).max().unwrap_or(0);
        // A growing vector needs twice the size. Each value has two levels and an offset.
        max.saturating_mul(2 * width + 8)
    }

    fn is_listed(&self, leaf: usize) -> bool {
        self.metadata.parquet_schema().column(leaf).max_rep_level() > 0
    }

    /// Decodes the selected columns of some row groups, in order.
    ///
    /// # Errors
    /// The data is damaged, or `each` failed.
    pub fn batches<R: ChunkReader + Clone + 'static>(
        &self,
        input: &R,
        groups: ops::Range<usize>,
        projection: &Projection,
        memory: &Budget,
        each: BatchVisitor<'_>,
    ) -> Result<(), DecodeError> {
        let leaves = self.leaves(projection);
        let sizes = self.check(input, &groups, &leaves)?;
        let _pages = memory.reserve(sizes.memory)?;
        keep_freed(sizes.memory);
        // A row of text may be as long as a page, and many rows may repeat one text of a dictionary.
        let most = (memory.limit().0 / 4 / sizes.text.max(1)).clamp(1, BATCH as u64);
        let batch = if sizes.text > 0 { most as usize } else { BATCH };
        let _rows = memory.reserve(if sizes.text > 0 { sizes.text.saturating_mul(most) } else { 0 })?;
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), leaves);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input.clone(), self.metadata.clone())
            .with_batch_size(batch)
            .with_row_groups(groups.collect())
            .with_projection(mask)
            .build()
            .map_err(|error| decode_error(&error))?;
        for batch in reader {
            let batch = batch.map_err(|error| damaged(&error.to_string()))?;
            if each(&batch)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Returns the sizes of their pages. Checks that the columns can be decompressed, and that the pages of lists contain as many values as the footer states.
    fn check<R: ChunkReader + Clone + 'static>(
        &self,
        input: &R,
        groups: &ops::Range<usize>,
        leaves: &[usize],
    ) -> Result<Sizes, DecodeError> {
        let mut sizes = vec![PageSizes::default(); leaves.len()];
        for group in self.metadata.metadata().row_groups().get(groups.clone()).unwrap_or_default() {
            let columns = leaves.iter().map(|leaf| (*leaf, group.columns().get(*leaf)));
            for ((leaf, column), sizes) in columns.zip(&mut sizes) {
                let Some(column) = column else { continue };
                *sizes = sizes.max(PageSizes::of(input, column)?);
                let codec = match column.compression() {
                    Compression::BROTLI(_) => "Brotli",
                    Compression::LZO => "LZO",
                    _ => "",
                };
                if !codec.is_empty() {
                    return Err(DecodeError::new(format!(
                        "{codec} compression is not supported; write the file again with zstd or snappy"
                    )));
                }
                if self.is_listed(leaf) {
                    let rows = usize::try_from(group.num_rows()).unwrap_or(0);
                    let pages = SerializedPageReader::new(Arc::new(input.clone()), column, rows, None);
                    check_pages(pages.map_err(|error| decode_error(&error))?, column.num_values())?;
                }
            }
        }
        let is_text = |leaf: &usize| self.metadata.parquet_schema().column(*leaf).physical_type() == Type::BYTE_ARRAY;
        let texts = leaves.iter().zip(&sizes).filter(|(leaf, _)| is_text(leaf));
        Ok(Sizes {
            memory: sizes.iter().map(|sizes| sizes.memory()).fold(0, u64::saturating_add),
            text: texts.map(|(_, sizes)| sizes.largest()).max().unwrap_or(0),
        })
    }

    /// Returns the leaf columns of the selected roots, found by name. A root that is a struct or list has several leaves.
    fn leaves(&self, projection: &Projection) -> Vec<usize> {
        let schema = self.metadata.parquet_schema();
        let of_roots = || {
            let leaves = |root: &usize| self.first_leaves.get(*root..)?.first_chunk().map(|[first, end]| *first..*end);
            projection.roots.iter().filter_map(leaves).flatten()
        };
        let below = |leaf: &usize| {
            let column = schema.column(*leaf);
            column.path().parts().get(1..).unwrap_or_default().starts_with(&projection.below)
        };
        let named: Vec<usize> = of_roots().filter(below).collect();
        if named.is_empty() { of_roots().collect() } else { named }
    }
}

/// Memory that decoding needs.
struct Sizes {
    /// Bytes of the pages of all columns.
    memory: u64,
    /// Maximum number of bytes of a text; 0 without columns of text.
    text: u64,
}

/// Makes the allocator of glibc keep freed blocks of up to this size, and not return the memory of each decoded page to the
/// kernel: it adapts its threshold to the largest block that was freed (mallopt(3)). Touches no memory.
fn keep_freed(bytes: u64) {
    let mut block: Vec<u8> = Vec::new();
    if block.try_reserve_exact(bytes.min(LARGEST_KEPT) as usize).is_ok() {
        drop(hint::black_box(block));
    }
}

/// Checks that the headers of all pages of a column sum up to `values`.
fn check_pages(mut pages: impl PageReader, values: i64) -> Result<(), DecodeError> {
    let mut found = 0_usize;
    while let Some(page) = pages.peek_next_page().map_err(|error| decode_error(&error))? {
        found = found.saturating_add(page.num_levels.unwrap_or(0));
        pages.skip_next_page().map_err(|error| decode_error(&error))?;
    }
    if usize::try_from(values).ok() == Some(found) {
        Ok(())
    } else {
        Err(damaged("the number of values in a list column does not match the footer"))
    }
}

/// Checks the footer, which is followed by its length and [`MAGIC`]. If one of them is missing, the parser of the library
/// has a better message.
fn check(input: &impl ChunkReader, memory: &Budget) -> Result<(), DecodeError> {
    let Some(end) = input.len().checked_sub(8) else { return Ok(()) };
    let bytes = |start, length| input.get_bytes(start, length).map_err(|error| decode_error(&error));
    let tail = bytes(end, 8)?;
    let length = tail.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    let Some(start) = end.checked_sub(length.into()).filter(|_| tail.ends_with(MAGIC)) else { return Ok(()) };
    let held = memory.reserve(2 * u64::from(length))?;
    let footer = bytes(start, length as usize)?;
    let size = footer::memory(&footer).ok_or_else(|| damaged("the footer is malformed"))?;
    held.set(size)?;
    held.keep();
    Ok(())
}

/// Rewords an error of the library.
fn decode_error(error: &ParquetError) -> DecodeError {
    match error {
        ParquetError::External(cause) => match cause.downcast_ref::<io::Error>() {
            Some(error) => io::Error::new(error.kind(), error.to_string()).into(),
            None => damaged(&cause.to_string()),
        },
        other => damaged(&other.to_string()),
    }
}

fn damaged(why: &str) -> DecodeError {
    let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
    DecodeError::new(format!("damaged, truncated or unsupported Parquet file ({line})"))
}
