//! Columns of a Parquet file that do not fit in memory: their row groups are decoded again for every pass.

use super::super::decoded::{DecodedCache, threads};
use super::super::reading::changed;
use super::bytes::ByteSource;
use super::{FileFooter, OpenFile};
use crate::engine::{MemoryLimit, NonFinite, Stream, Task};
use crate::error::{At, Error};
use crate::format::columnar::{NumberColumn, RowGroup, located_after, map_groups};
use crate::format::{DecodeError, parquet};
use crate::hist::{DType, Element as _, Samples, each, typed};
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct StreamedGroups {
    /// Unique number, for the key of the cache.
    id: u64,
    /// Name as the user typed it.
    name: String,
    bytes: ByteSource,
    footer: FileFooter,
    numbers: NumberColumn,
    /// Number of samples up to the end of each group.
    ends: Vec<u64>,
    /// Memory limit of the job that opened the column.
    limit: MemoryLimit,
}

/// Latest groups of all files.
static CACHE: DecodedCache<RowGroup> = DecodedCache::new();

impl StreamedGroups {
    /// Decodes all groups once to count their samples. Also returns the number of empty cells, and the locations of the
    /// first NaN and of the first infinities.
    pub(super) fn open(
        name: &str,
        bytes: &ByteSource,
        footer: &parquet::ParquetFooter,
        numbers: &NumberColumn,
        task: &Task,
    ) -> Result<(Self, u64, NonFinite<Option<At>>), Error> {
        let mut grouped = Self {
            id: CACHE.new_id(),
            name: name.to_owned(),
            bytes: bytes.clone(),
            footer: FileFooter::Parquet(footer.clone()),
            numbers: numbers.clone(),
            ends: Vec::new(),
            limit: task.memory.limit(),
        };
        task.progress.expect(footer.bytes(&numbers.projection()));
        let count = |group| {
            let RowGroup { samples, missing, rows, first, .. } = grouped.decode(group, task.clone())?;
            Ok((samples.len() as u64, missing, rows, first))
        };
        let counts = map_groups(footer.groups(), count);
        task.cancel.check()?;
        let (mut end, mut missing, mut before) = (0, 0, 0);
        let mut first = NonFinite::default();
        for (n, empty, rows, found) in counts.map_err(|why| Error::read(name, why))? {
            first = first.or(located_after(found, before));
            (end, missing, before) = (end + n, missing + empty, before + rows);
            grouped.ends.push(end);
        }
        Ok((grouped, missing, first))
    }

    /// Decodes a group within its share of the memory limit: a quarter of the limit, divided among the groups in the
    /// cache.
    fn decode(&self, group: usize, task: Task) -> Result<RowGroup, DecodeError> {
        let share = MemoryLimit(self.limit.0 / 4 / (threads() as u64 + 1));
        let task = Task { memory: share.into(), ..task };
        let file = OpenFile { footer: &self.footer, reader: self.bytes.open(&task)? };
        let decoded = self.numbers.group(group, &file, &task.memory);
        decoded.map_err(|why| match task.memory.check() {
            Ok(()) => why,
            Err(_) => DecodeError::new(format!(
                "a row group needs more than {share}, its share of the {} memory limit; raise the limit with --memory, or \
                 rewrite the file with smaller row groups",
                self.limit
            )),
        })
    }

    fn group(&self, group: usize) -> Result<Arc<RowGroup>, DecodeError> {
        CACHE.get((self.id, group as u64), || self.decode(group, Task::default()))
    }
}

impl Stream for StreamedGroups {
    fn dtype(&self) -> DType {
        self.numbers.dtype()
    }

    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        each!(&mut *block, values => values.clear());
        let end = from + n as u64;
        let first = self.ends.partition_point(|end| *end <= from);
        for (group, stop) in self.ends.iter().enumerate().skip(first) {
            let start = group.checked_sub(1).map_or(0, |before| self.ends[before]);
            if start >= end {
                break;
            }
            let decoded = self.group(group).map_err(|why| Error::read(&*self.name, why))?;
            let range = from.max(start) - start..end.min(*stop) - start;
            typed!(self.dtype(), T => {
                let samples = T::slice(&decoded.samples).and_then(|all| all.get(range.start as usize..range.end as usize));
                let samples = samples.ok_or_else(|| Error::read(&*self.name, changed()))?;
                if let Some(block) = T::vec(block) {
                    block.extend_from_slice(samples);
                }
            });
        }
        Ok(())
    }
}

impl Drop for StreamedGroups {
    fn drop(&mut self) {
        CACHE.remove(self.id);
    }
}
