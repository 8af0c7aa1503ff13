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
use std::sync::{Arc, OnceLock};

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
        // Columns that fit are read within the limit of the job, and keep the rows of their samples.
        let fits = task.memory.fits_with_half_free(values);
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
        let batch = if fits { footer.batch(&projection, numbers.dtype().bytes() as u64) } else { 0 };
        let _batch = task.memory.reserve(batch).map_err(|why| failed(why.into()))?;
        let count = |group| {
            let task = if fits { task.clone() } else { grouped.share(task.clone()) };
            let file = OpenFile { footer: &grouped.footer, reader: grouped.bytes.open(&task)? };
            let mut summary = BlockSummary::default();
            let mut n = 0;
            let group = numbers.blocks_of_group(group, &file, &task.memory, fits, &mut |block| {
                n += block.len() as u64;
                summarizer.add(&mut summary, block);
            });
            summarizer.merge(summary);
            let group = group.map_err(|why| if fits { why } else { grouped.too_large(&task, why) })?;
            Ok((n, group))
        };
        let counts = map_groups(footer.groups(), count);
        task.cancel.check()?;
        let (mut end, mut missing, mut before) = (0, 0, 0);
        let (mut first, mut places) = (NonFinite::default(), Some(RowNumbers::default()));
        for (n, group) in counts.map_err(failed)? {
            first = first.or(located_after(group.first, before));
            places = places.zip(group.numbers).map(|(mut places, more)| {
                places.append(&more, end, before);
                places
            });
            (end, missing, before) = (end + n, missing + group.missing, before + group.rows);
            grouped.ends.push(end);
        }
        // Without gaps, the rows are known.
        let places = places.or_else(|| (missing == 0 && !numbers.flattened()).then(RowNumbers::default));
        if let Some(places) = &places {
            task.memory.reserve(places.memory() as u64).map_err(|why| failed(why.into()))?.keep();
        }
        if fits {
            grouped.kept.resize_with(footer.groups(), OnceLock::new);
        }
        let population = summarizer.finish(Part::Stream(Arc::new(grouped)));
        let population = population.with_gaps(missing, 0, numbers.problems.clone()).with_first_non_finite(first);
        Ok(match places {
            Some(places) => population.with_rows(places),
            None => population,
        })
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
        let decoded = decoded.map(|group| RowGroup { numbers: None, ..group });
        decoded.map_err(|why| if self.kept.is_empty() { self.too_large(&task, why) } else { why })
    }

    /// Returns a group. From the second pass after the opening on, groups stay in memory if all of them fit.
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
