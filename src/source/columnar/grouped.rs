//! Large columns of a Parquet file. Their row groups are decoded again for every pass, and stay in memory from the third
//! pass on if all of them fit.

use super::super::decoded::{DecodedCache, threads};
use super::super::reading::changed;
use super::bytes::ByteSource;
use super::{FileFooter, OpenFile};
use crate::engine::{BlockSummary, MemoryLimit, NonFinite, Part, Population, RowNumbers, Stream, Summarizer, Task};
use crate::error::Error;
use crate::format::columnar::{NumberColumn, RowGroup, located_after, map_groups};
use crate::format::{DecodeError, parquet};
use crate::hist::{DType, Element as _, Samples, each, typed};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

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
    /// Number of groups decoded since then.
    decoded: AtomicUsize,
    /// Decoded groups; empty if they do not all fit in memory.
    kept: Vec<OnceLock<Arc<RowGroup>>>,
}

/// Summaries that are not in use by a thread.
#[derive(Default)]
struct PerThread(Mutex<Vec<BlockSummary>>);

impl PerThread {
    fn take(&self) -> BlockSummary {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn put(&self, summary: BlockSummary) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(summary);
    }

    fn into_iter(self) -> impl Iterator<Item = BlockSummary> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter()
    }
}

/// Latest groups of all files.
static CACHE: DecodedCache<RowGroup> = DecodedCache::new();

impl StreamedGroups {
    /// Decodes all groups once to summarize and locate their samples. If the file states their range, also counts them.
    pub(super) fn open(
        name: &str,
        bytes: &ByteSource,
        footer: &parquet::ParquetFooter,
        numbers: &NumberColumn,
        task: &Task,
    ) -> Result<Population, Error> {
        let projection = numbers.projection();
        let values = footer.values(&projection).saturating_mul(numbers.dtype().bytes() as u64);
        let mut grouped = Self {
            id: CACHE.new_id(),
            name: name.to_owned(),
            bytes: bytes.clone(),
            footer: FileFooter::Parquet(footer.clone()),
            numbers: numbers.clone(),
            ends: Vec::new(),
            limit: task.memory.limit(),
            decoded: AtomicUsize::new(0),
            kept: Vec::new(),
        };
        task.progress.expect(footer.bytes(&projection));
        let failed = |why: DecodeError| Error::read(name, why);
        let reader = bytes.open(task).map_err(failed)?;
        let expected = footer.stated_range(&reader, &projection, numbers.dtype());
        let summarizer = Summarizer::new(numbers.dtype(), expected, task.upcoming);
        let blocks = PerThread::default();
        let count = |group| {
            let task = grouped.share(task.clone());
            let file = OpenFile { footer: &grouped.footer, reader: grouped.bytes.open(&task)? };
            let mut summary = blocks.take();
            let mut n = 0;
            let group = numbers.blocks_of_group(group, &file, &task.memory, &mut |block| {
                n += block.len() as u64;
                summarizer.add(&mut summary, block);
            });
            blocks.put(summary);
            let RowGroup { missing, rows, first, .. } = group.map_err(|why| grouped.too_large(&task, why))?;
            Ok((n, missing, rows, first))
        };
        let counts = map_groups(footer.groups(), count);
        task.cancel.check()?;
        blocks.into_iter().for_each(|summary| summarizer.merge(summary));
        let (mut end, mut missing, mut before) = (0, 0, 0);
        let mut first = NonFinite::default();
        for (n, empty, rows, found) in counts.map_err(failed)? {
            first = first.or(located_after(found, before));
            (end, missing, before) = (end + n, missing + empty, before + rows);
            grouped.ends.push(end);
        }
        if task.memory.fits_with_half_free(values) {
            grouped.kept.resize_with(footer.groups(), OnceLock::new);
        }
        let population = summarizer.finish(Part::Stream(Arc::new(grouped)));
        let population = population.with_gaps(missing, 0, numbers.problems.clone()).with_first_non_finite(first);
        Ok(if missing == 0 && !numbers.flattened() { population.with_rows(RowNumbers::default()) } else { population })
    }

    /// Limits a job to its share of the memory limit: a quarter of the limit, divided among the groups in the cache.
    fn share(&self, task: Task) -> Task {
        Task { memory: MemoryLimit(self.limit.0 / 4 / (threads() as u64 + 1)).into(), ..task }
    }

    /// Describes a group that exceeds its share.
    fn too_large(&self, task: &Task, why: DecodeError) -> DecodeError {
        match task.memory.check() {
            Ok(()) => why,
            Err(_) => DecodeError::new(format!(
                "a row group needs more than {}, its share of the {} memory limit; raise the limit with --memory, or \
                 rewrite the file with smaller row groups",
                task.memory.limit(),
                self.limit
            )),
        }
    }

    fn decode(&self, group: usize) -> Result<RowGroup, DecodeError> {
        self.decoded.fetch_add(1, Ordering::Relaxed);
        // Groups that are kept were compared with the limit together.
        let task = if self.kept.is_empty() { self.share(Task::default()) } else { Task::default() };
        let file = OpenFile { footer: &self.footer, reader: self.bytes.open(&task)? };
        let decoded = self.numbers.group(group, &file, &task.memory);
        decoded.map_err(|why| self.too_large(&task, why))
    }

    /// Returns a group. From the second pass on, groups stay in memory if all of them fit.
    fn group(&self, group: usize) -> Result<Arc<RowGroup>, DecodeError> {
        let kept = self.kept.get(group);
        if let Some(decoded) = kept.and_then(OnceLock::get) {
            return Ok(Arc::clone(decoded));
        }
        let decoded = CACHE.get((self.id, group as u64), || self.decode(group))?;
        match kept {
            Some(kept) if self.decoded.load(Ordering::Relaxed) > self.kept.len() => {
                Ok(Arc::clone(kept.get_or_init(|| decoded)))
            }
            _ => Ok(decoded),
        }
    }
}

impl Stream for StreamedGroups {
    fn dtype(&self) -> DType {
        self.numbers.dtype()
    }

    fn len(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    fn in_memory(&self) -> u64 {
        let bytes = |group: &Arc<RowGroup>| group.samples.len() as u64 * self.dtype().bytes() as u64;
        self.kept.iter().filter_map(OnceLock::get).map(bytes).sum()
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
