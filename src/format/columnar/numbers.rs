//! Columns of numbers, flattened to one array of their type. Row groups are read on all cores.

use super::collector::{Collector, schema_mismatch};
use super::{Batches, NO_RUN, Projection};
use crate::engine::{Budget, NonFinite, Reservation, RowNumbers};
use crate::error::{At, Problem};
use crate::format::DecodeError;
use crate::format::column::Column;
use crate::hist::{DType, Samples, each};
use arrow_array::Array as _;
use arrow_schema::DataType;
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};

/// Minimum number of samples in a block, which fits into a processor's cache.
const BLOCK: usize = 1 << 15;

/// A series of raw samples.
#[derive(Debug, Clone)]
pub struct NumberColumn {
    pub path: Vec<String>,
    pub problems: Vec<Problem>,
    pub(super) root: usize,
    /// Number of labels below the root that name struct members outside of lists.
    pub(super) struct_labels: usize,
    /// True if the numbers are in lists.
    pub(super) listed: bool,
    pub(super) dtype: DType,
}

impl NumberColumn {
    /// Returns the columns to read.
    pub fn projection(&self) -> Projection {
        let below = self.path.iter().skip(1).take(self.struct_labels).cloned().collect();
        Projection { roots: vec![self.root], below }
    }

    /// Returns true if the series is a flattened list.
    pub fn flattened(&self) -> bool {
        self.listed
    }

    /// Returns the type of the samples.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Reads all numbers. Their memory stays reserved.
    ///
    /// # Errors
    /// The file is damaged, or the numbers exceed the memory budget.
    pub fn read(&self, file: &impl Batches, memory: &Budget) -> Result<Column, DecodeError> {
        let mut all = Collector::new(self.dtype, memory)?;
        // Reads as many row groups at once as there are cores, which limits the number of groups waiting to be appended.
        let at_once = rayon::current_num_threads();
        for first in (0..file.groups()).step_by(at_once) {
            let groups = first..file.groups().min(first + at_once);
            let read = groups.into_par_iter().map(|group| self.read_group(group, file, memory));
            for part in read.collect::<Result<Vec<_>, _>>()? {
                all.append(part)?;
            }
        }
        all.held.keep();
        let Collector { samples, missing, first, numbers, .. } = all;
        let rows = numbers.filter(|_| !self.listed);
        Ok(Column { path: self.path.clone(), samples, missing, bad: 0, problems: self.problems.clone(), first, rows })
    }

    /// Reads all numbers of several series in one pass. Their memory is not reserved after that.
    ///
    /// # Errors
    /// Those of [`NumberColumn::read`].
    pub fn read_several(several: &[Self], file: &impl Batches, memory: &Budget) -> Result<Vec<Column>, DecodeError> {
        let mut roots: Vec<usize> = several.iter().map(|series| series.root).collect();
        roots.sort_unstable();
        roots.dedup();
        let collectors = several.iter().map(|series| Collector::new(series.dtype, memory));
        let mut collectors = collectors.collect::<Result<Vec<_>, _>>()?;
        file.read(&Projection { roots: roots.clone(), below: Vec::new() }, &mut |batch| {
            for (series, collector) in several.iter().zip(&mut collectors) {
                let position = roots.binary_search(&series.root).ok();
                if let Some(column) = position.and_then(|position| batch.columns().get(position)) {
                    let labels = series.path.get(1..).unwrap_or_default();
                    collector.add_batch(column, labels)?;
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let column = |(series, Collector { samples, missing, first, numbers, .. }): (&Self, Collector)| Column {
            path: series.path.clone(),
            samples,
            missing,
            bad: 0,
            problems: series.problems.clone(),
            first,
            rows: numbers.filter(|_| !series.listed),
        };
        Ok(several.iter().zip(collectors).map(column).collect())
    }

    /// Reads the numbers of each run in one pass, or only those of one run. `of_rows` has the run of each row. Their memory is
    /// not reserved after that.
    ///
    /// # Errors
    /// Those of [`NumberColumn::read`].
    pub fn read_runs(
        &self,
        file: &impl Batches,
        of_rows: &[u32],
        runs: Range<u32>,
        memory: &Budget,
    ) -> Result<Vec<Column>, DecodeError> {
        let collectors = runs.clone().map(|_| Collector::new(self.dtype, memory));
        let mut collectors = collectors.collect::<Result<Vec<_>, _>>()?;
        let labels = self.path.get(1..).unwrap_or_default();
        let mut before = 0;
        file.read(&self.projection(), &mut |batch| {
            let Some(column) = batch.columns().first() else { return Err(schema_mismatch()) };
            let mut at = 0;
            let of_batch = of_rows.get(before..before + column.len()).ok_or_else(schema_mismatch)?;
            for rows in of_batch.chunk_by(|one, next| one == next) {
                let run = rows.first().copied().filter(|run| *run != NO_RUN && runs.contains(run));
                let collector = run.and_then(|run| collectors.get_mut((run - runs.start) as usize));
                if let Some(collector) = collector {
                    // Positions in messages are those of the table.
                    collector.rows = (before + at) as u64;
                    collector.add_batch(&column.slice(at, rows.len()), labels)?;
                }
                at += rows.len();
            }
            before += column.len();
            Ok(ControlFlow::Continue(()))
        })?;
        let column = |Collector { samples, missing, first, numbers, .. }: Collector| Column {
            path: self.path.clone(),
            samples,
            missing,
            bad: 0,
            problems: self.problems.clone(),
            first,
            rows: numbers.filter(|_| !self.listed),
        };
        Ok(collectors.into_iter().map(column).collect())
    }

    /// Returns the column of the file that contains the series.
    pub fn root(&self) -> usize {
        self.root
    }

    /// Reads the numbers of one row group.
    ///
    /// # Errors
    /// Those of [`NumberColumn::read`].
    pub fn group(&self, group: usize, file: &impl Batches, memory: &Budget) -> Result<RowGroup, DecodeError> {
        Ok(self.read_group(group, file, memory)?.into())
    }

    /// Passes the numbers of one row group to `each` in blocks. The samples of the result are empty. It has the rows of the
    /// samples only if they are requested, since they can need as much memory.
    ///
    /// # Errors
    /// Those of [`NumberColumn::read`].
    pub fn blocks_of_group(
        &self,
        group: usize,
        file: &impl Batches,
        memory: &Budget,
        with_rows: bool,
        each: &mut dyn FnMut(&Samples),
    ) -> Result<RowGroup, DecodeError> {
        let mut collector = Collector::new(self.dtype, memory)?;
        collector.numbers = collector.numbers.filter(|_| with_rows && !self.listed);
        let mut flush = |collector: &mut Collector, at_least: usize| {
            if collector.samples.len() >= at_least {
                each(&collector.samples);
                collector.flushed += collector.samples.len() as u64;
                each!(&mut collector.samples, samples => samples.clear());
            }
        };
        self.batches_of_group(group, file, &mut collector, &mut |collector| {
            flush(collector, BLOCK);
            collector.reserve()
        })?;
        flush(&mut collector, 1);
        collector.samples = Samples::empty(self.dtype);
        collector.reserve()?;
        Ok(collector.into())
    }

    fn read_group(&self, group: usize, file: &impl Batches, memory: &Budget) -> Result<Collector, DecodeError> {
        let mut collector = Collector::new(self.dtype, memory)?;
        self.batches_of_group(group, file, &mut collector, &mut |collector| collector.reserve())?;
        Ok(collector)
    }

    /// Adds the numbers of one row group, and calls `after` with those collected so far after each batch.
    fn batches_of_group(
        &self,
        group: usize,
        file: &impl Batches,
        collector: &mut Collector,
        after: &mut dyn FnMut(&mut Collector) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let labels = self.path.get(1..).unwrap_or_default();
        file.read_groups(group..group + 1, &self.projection(), &mut |batch| {
            if let Some(column) = batch.columns().first() {
                collector.add_batch(column, labels)?;
                after(collector)?;
            }
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// The numbers of one row group.
#[derive(Debug)]
pub struct RowGroup {
    pub samples: Samples,
    /// Cells without a value.
    pub missing: u64,
    /// Number of rows.
    pub rows: u64,
    /// Locations of the first NaN and of the first infinities, in the group.
    pub first: NonFinite<Option<At>>,
    /// Rows of the samples in the group; `None` if a row can have several, or if cells share their values.
    pub numbers: Option<RowNumbers>,
    /// The memory of the samples and of their rows.
    pub held: Reservation,
}

impl From<Collector> for RowGroup {
    fn from(collector: Collector) -> Self {
        let Collector { samples, missing, rows, first, numbers, held, .. } = collector;
        Self { samples, missing, rows, first, numbers, held }
    }
}

/// Calls `map` with each row group on all cores. Returns the results in order.
///
/// # Errors
/// An error of `map`.
pub fn map_groups<T: Send>(
    groups: usize,
    map: impl Fn(usize) -> Result<T, DecodeError> + Sync,
) -> Result<Vec<T>, DecodeError> {
    (0..groups).into_par_iter().map(&map).collect()
}

/// Returns the type of the samples of a column, or `None` if it does not contain numbers.
pub(super) fn dtype(data_type: &DataType) -> Option<DType> {
    Some(match data_type {
        DataType::Boolean => DType::Bool,
        DataType::Int8 => DType::I8,
        DataType::Int16 => DType::I16,
        DataType::Int32 => DType::I32,
        DataType::Int64 => DType::I64,
        DataType::UInt8 => DType::U8,
        DataType::UInt16 => DType::U16,
        DataType::UInt32 => DType::U32,
        DataType::UInt64 => DType::U64,
        DataType::Float16 => DType::F16,
        DataType::Float32 => DType::F32,
        DataType::Float64 => DType::F64,
        decimal if is_decimal(decimal) => DType::F64,
        _ => return None,
    })
}

pub(super) fn is_decimal(data_type: &DataType) -> bool {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    matches!(data_type, Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..))
}

/// Moves locations down by the number of rows before them.
pub fn located_after(first: NonFinite<Option<At>>, rows: u64) -> NonFinite<Option<At>> {
    first.map(|at| match at {
        Some(At::Row { row, value }) => Some(At::Row { row: row + rows, value }),
        at => at,
    })
}
