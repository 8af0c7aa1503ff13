//! Parquet: the footer is read when opened, columns are decoded when they are asked for.
//!
//! Not here: what columns mean (`columnar`), encrypted files.

mod footer;

use super::Refusal;
use super::columnar::{Each, Pick};
use arrow_schema::Schema;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetStatisticsPolicy;
use parquet::file::reader::ChunkReader;
use std::io;

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
    pub fn read(input: &impl ChunkReader) -> Result<Self, Refusal> {
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

    /// Decodes the picked columns row group by row group.
    ///
    /// # Errors
    /// Damaged data, or what `each` refused.
    pub fn batches<R: ChunkReader + 'static>(&self, input: R, pick: &Pick, each: Each<'_>) -> Result<(), Refusal> {
        let mask = ProjectionMask::leaves(self.0.parquet_schema(), self.leaves(pick));
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(input, self.0.clone())
            .with_batch_size(BATCH)
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

/// Looks at the footer, which lies before its length and [`MAGIC`]. What is missing there, the parser says better.
fn check(input: &impl ChunkReader) -> Result<(), Refusal> {
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
fn refusal(error: &ParquetError) -> Refusal {
    match error {
        ParquetError::External(cause) => match cause.downcast_ref::<io::Error>() {
            Some(error) => io::Error::new(error.kind(), error.to_string()).into(),
            None => damaged(&cause.to_string()),
        },
        other => damaged(&other.to_string()),
    }
}

fn damaged(why: &str) -> Refusal {
    let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
    Refusal::new(format!("the Parquet file is damaged, cut short or of a kind that cannot be read ({line})"))
}
