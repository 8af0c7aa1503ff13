//! Parquet: the footer is read when opened, columns are decoded when they are asked for.
//!
//! Not here: what columns mean (`columnar`), encrypted files.

mod footer;

use super::DecodeError;
use super::columnar::{Each, Pick};
use arrow_schema::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::column::page::PageReader;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetStatisticsPolicy;
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use std::io;
use std::ops::Range;
use std::sync::Arc;

/// How a file ends; how it begins decides nothing.
pub const MAGIC: &[u8] = b"PAR1";

/// Rows that are decoded at once.
const BATCH: usize = 4096;

/// What the footer says.
#[derive(Debug, Clone)]
pub struct Footer(ArrowReaderMetadata);

impl Footer {
    /// Reads the footer.
    ///
    /// # Errors
    /// A file that is damaged, cut short or encrypted.
    pub fn read(input: &impl ChunkReader) -> Result<Self, DecodeError> {
        check(input)?;
        let skip = ParquetStatisticsPolicy::SkipAll;
        // Neither statistics nor the schema that Arrow's writers add are needed, so damage there does no harm.
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_column_stats_policy(skip.clone())
            .with_size_stats_policy(skip);
        ArrowReaderMetadata::load(input, options).map(Self).map_err(|error| refusal(&error))
    }

    pub fn schema(&self) -> &Schema {
        self.0.schema()
    }

    pub fn rows(&self) -> u64 {
        u64::try_from(self.0.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// How many bytes of the file the picked columns take.
    pub fn bytes(&self, pick: &Pick) -> u64 {
        let leaves = self.leaves(pick);
        let groups = self.0.metadata().row_groups().iter();
        let columns = groups.flat_map(|group| leaves.iter().filter_map(|leaf| group.columns().get(*leaf)));
        columns.map(|column| u64::try_from(column.compressed_size()).unwrap_or(0)).fold(0, u64::saturating_add)
    }

    /// How many values the file claims that the picked columns have.
    pub fn values(&self, pick: &Pick) -> u64 {
        let leaves = self.leaves(pick);
        let groups = self.0.metadata().row_groups().iter();
        let columns = groups.flat_map(|group| leaves.iter().filter_map(|leaf| group.columns().get(*leaf)));
        columns.map(|column| u64::try_from(column.num_values()).unwrap_or(0)).fold(0, u64::saturating_add)
    }

    /// How many groups of rows there are.
    pub fn groups(&self) -> usize {
        self.0.metadata().num_row_groups()
    }

    /// The most bytes of memory that are taken for a batch of the picked columns, of which every value takes so many: all
    /// that a group has of a list may stand in one row.
    pub fn batch(&self, pick: &Pick, width: u64) -> u64 {
        let leaves = self.leaves(pick);
        let lists = leaves.iter().filter(|leaf| self.is_listed(**leaf));
        let groups = self.0.metadata().row_groups().iter();
        let values = groups.flat_map(|group| lists.clone().filter_map(|leaf| group.columns().get(*leaf)));
        let most = values.map(|column| u64::try_from(column.num_values()).unwrap_or(0)).max().unwrap_or(0);
        // Twice, as vectors grow, and two levels and an offset for each.
        most.saturating_mul(2 * width + 8)
    }

    fn is_listed(&self, leaf: usize) -> bool {
        self.0.parquet_schema().column(leaf).max_rep_level() > 0
    }

    /// Decodes the picked columns of some groups of rows, one after the other.
    ///
    /// # Errors
    /// Damaged data, or what `each` refused.
    pub fn batches<R: ChunkReader + Clone + 'static>(
        &self,
        input: &R,
        (groups, pick): (Range<usize>, &Pick),
        each: Each<'_>,
    ) -> Result<(), DecodeError> {
        let leaves = self.leaves(pick);
        self.check(input, &groups, &leaves)?;
        let mask = ProjectionMask::leaves(self.0.parquet_schema(), leaves);
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input.clone(), self.0.clone())
            .with_batch_size(BATCH)
            .with_row_groups(groups.collect())
            .with_projection(mask)
            .build()
            .map_err(|error| refusal(&error))?;
        for batch in reader {
            let batch = batch.map_err(|error| damaged(&error.to_string()))?;
            if each(&batch)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Whether the columns can be decoded, and the pages of lists hold no more than the footer says.
    fn check<R: ChunkReader + Clone + 'static>(
        &self,
        input: &R,
        groups: &Range<usize>,
        leaves: &[usize],
    ) -> Result<(), DecodeError> {
        for group in self.0.metadata().row_groups().get(groups.clone()).unwrap_or_default() {
            for (leaf, column) in leaves.iter().filter_map(|leaf| Some((*leaf, group.columns().get(*leaf)?))) {
                let codec = match column.compression() {
                    Compression::BROTLI(_) => "Brotli",
                    Compression::LZO => "LZO",
                    _ => "",
                };
                if !codec.is_empty() {
                    return Err(DecodeError::new(format!(
                        "its columns are compressed with {codec}, which rebin does not unpack; write it again with zstd or snappy"
                    )));
                }
                if self.is_listed(leaf) {
                    let rows = usize::try_from(group.num_rows()).unwrap_or(0);
                    let pages = SerializedPageReader::new(Arc::new(input.clone()), column, rows, None);
                    check_pages(pages.map_err(|error| refusal(&error))?, column.num_values())?;
                }
            }
        }
        Ok(())
    }

    /// The leaf columns of the picked roots, found by name below them. A leaf's number is no root's: structs and lists
    /// have several.
    fn leaves(&self, pick: &Pick) -> Vec<usize> {
        let schema = self.0.parquet_schema();
        let of_roots =
            || (0..schema.num_columns()).filter(|leaf| pick.roots.contains(&schema.get_column_root_idx(*leaf)));
        let below = |leaf: &usize| {
            let column = schema.column(*leaf);
            column.path().parts().get(1..).unwrap_or_default().starts_with(&pick.below)
        };
        let named: Vec<usize> = of_roots().filter(below).collect();
        if named.is_empty() { of_roots().collect() } else { named }
    }
}

/// Whether the heads of all pages of a column have as many values as they are said to have.
fn check_pages(mut pages: impl PageReader, values: i64) -> Result<(), DecodeError> {
    let mut found = 0_usize;
    while let Some(page) = pages.peek_next_page().map_err(|error| refusal(&error))? {
        found = found.saturating_add(page.num_levels.unwrap_or(0));
        pages.skip_next_page().map_err(|error| refusal(&error))?;
    }
    if usize::try_from(values).ok() == Some(found) {
        Ok(())
    } else {
        Err(damaged("a list has more values than it says"))
    }
}

/// Looks at the footer, which lies before its length and [`MAGIC`]. What is missing there, the parser says better.
fn check(input: &impl ChunkReader) -> Result<(), DecodeError> {
    let Some(end) = input.len().checked_sub(8) else { return Ok(()) };
    let bytes = |start, length| input.get_bytes(start, length).map_err(|error| refusal(&error));
    let tail = bytes(end, 8)?;
    let length = tail.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
    let Some(start) = end.checked_sub(length.into()).filter(|_| tail.ends_with(MAGIC)) else { return Ok(()) };
    if footer::is_plausible(&bytes(start, length as usize)?) {
        return Ok(());
    }
    Err(damaged("its footer cannot be what it claims to be"))
}

/// The library's trouble in a sentence of ours.
fn refusal(error: &ParquetError) -> DecodeError {
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
    DecodeError::new(format!("the Parquet file is damaged, cut short or of a kind that cannot be read ({line})"))
}
