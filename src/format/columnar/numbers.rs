//! Columns of numbers, flattened to one array of their type. Row groups are read on all cores.

use super::{Batches, Projection, child, extend, runs, valid};
use crate::engine::{Budget, NonFinite, Reservation, RowNumbers};
use crate::error::{At, Problem};
use crate::format::DecodeError;
use crate::format::column::Column;
use crate::hist::{DType, Element, Samples, each, typed};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, GenericListArray, OffsetSizeTrait, PrimitiveArray};
use arrow_schema::DataType;
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};
use std::slice;

/// Rows of a run that are added at once.
const RUN_ROWS: usize = 4096;

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

    /// Returns the column of the file that contains the series.
    pub fn root(&self) -> usize {
        self.root
    }

    /// Reads the numbers of one row group.
    ///
    /// # Errors
    /// Those of [`NumberColumn::read`].
    pub fn group(&self, group: usize, file: &impl Batches, memory: &Budget) -> Result<RowGroup, DecodeError> {
        let Collector { samples, missing, rows, first, held, .. } = self.read_group(group, file, memory)?;
        Ok(RowGroup { samples, missing, rows, first, held })
    }

    /// Passes the numbers of one row group to `each` in blocks. The samples of the result are empty.
    ///
    /// # Errors
    /// Those of [`NumberColumn::read`].
    pub fn blocks_of_group(
        &self,
        group: usize,
        file: &impl Batches,
        memory: &Budget,
        each: &mut dyn FnMut(&Samples),
    ) -> Result<RowGroup, DecodeError> {
        let mut collector = Collector { numbers: None, ..Collector::new(self.dtype, memory)? };
        let mut flush = |collector: &mut Collector, at_least: usize| {
            if collector.samples.len() >= at_least {
                each(&collector.samples);
                each!(&mut collector.samples, samples => samples.clear());
            }
        };
        self.batches_of_group(group, file, &mut collector, &mut |collector| {
            flush(collector, BLOCK);
            Ok(())
        })?;
        flush(&mut collector, 1);
        let Collector { samples, missing, rows, first, held, .. } = collector;
        Ok(RowGroup { samples, missing, rows, first, held })
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
    /// The memory of the samples.
    pub held: Reservation,
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

/// Collects numbers batch by batch.
struct Collector {
    samples: Samples,
    missing: u64,
    rows: u64,
    first: NonFinite<Option<At>>,
    /// Rows of the samples; `None` if a row can have several, or if cells share their values.
    numbers: Option<RowNumbers>,
    held: Reservation,
}

impl Collector {
    fn new(dtype: DType, memory: &Budget) -> Result<Self, DecodeError> {
        let (samples, first) = (Samples::empty(dtype), NonFinite::default());
        let numbers = Some(RowNumbers::default());
        Ok(Self { samples, missing: 0, rows: 0, first, numbers, held: memory.reserve(0)? })
    }

    /// Reserves the memory of the current samples.
    fn reserve(&self) -> Result<(), DecodeError> {
        let rows = self.numbers.as_ref().map_or(0, RowNumbers::memory);
        Ok(self.held.set((self.samples.len() * self.samples.dtype().bytes() + rows) as u64)?)
    }

    /// Appends the numbers of the next row group.
    fn append(&mut self, other: Self) -> Result<(), DecodeError> {
        let first = std::mem::take(&mut self.first).or(located_after(other.first.clone(), self.rows));
        let (missing, rows) = (self.missing + other.missing, self.rows + other.rows);
        let before = (self.samples.len() as u64, self.rows);
        self.numbers = self.numbers.take().zip(other.numbers.as_ref()).map(|(mut numbers, more)| {
            numbers.append(more, before.0, before.1);
            numbers
        });
        if self.samples.is_empty() {
            *self = Self { missing, rows, first, numbers: self.numbers.take(), ..other };
            return Ok(());
        }
        (self.missing, self.rows, self.first) = (missing, rows, first);
        self.held.set(((self.samples.len() + other.samples.len()) * self.samples.dtype().bytes()) as u64)?;
        typed!(self.samples.dtype(), T => {
            if let (Some(all), Some(more)) = (T::vec(&mut self.samples), T::slice(&other.samples)) {
                all.try_reserve(more.len()).map_err(|_| DecodeError::out_of_memory())?;
                all.extend_from_slice(more);
            }
        });
        self.reserve()
    }

    /// Adds the numbers of the next rows.
    fn add_batch(&mut self, column: &dyn Array, labels: &[String]) -> Result<(), DecodeError> {
        let before = self.samples.len();
        self.add(column, labels, slice::from_ref(&(0..column.len())))?;
        let NonFinite { nan, posinf, neginf } = &self.first;
        if self.samples.dtype().is_float() && [nan, posinf, neginf].iter().any(|first| first.is_none()) {
            self.locate(column, labels, before)?;
        }
        self.rows += column.len() as u64;
        Ok(())
    }

    /// Locates the first NaN and infinities of a batch, whose samples start at `before`.
    fn locate(&mut self, column: &dyn Array, labels: &[String], before: usize) -> Result<(), DecodeError> {
        let mut found = NonFinite::<Option<At>>::default();
        each!(&self.samples, all => {
            let new = all.get(before..).unwrap_or_default();
            // Without branches in a chunk, so that it is vectorized.
            if new.chunks(256).all(|chunk| chunk.iter().fold(true, |all, x| all & x.is_finite())) {
                return Ok(());
            }
            for (i, x) in new.iter().enumerate() {
                found.note(x.to_f64(), || At::Element(vec![i as u64]));
            }
        });
        for (at, slot) in [
            (found.nan, &mut self.first.nan),
            (found.posinf, &mut self.first.posinf),
            (found.neginf, &mut self.first.neginf),
        ] {
            if let (Some(At::Element(index)), None) = (at, &slot) {
                let index = index.first().copied().unwrap_or(0) as usize;
                *slot = Some(row_of(index, column, labels, self.samples.dtype(), self.rows)?);
            }
        }
        Ok(())
    }

    /// Adds the numbers of some rows. Descends to the struct member at `labels`, and flattens lists.
    fn add(&mut self, array: &dyn Array, labels: &[String], rows: &[Range<usize>]) -> Result<(), DecodeError> {
        let (rows, missing) = valid(array, rows);
        self.missing += missing;
        if array.data_type().is_nested() && !matches!(array.data_type(), DataType::Struct(_)) {
            self.numbers = None;
        }
        match array.data_type() {
            DataType::Struct(_) => {
                let [label, below @ ..] = labels else { return Err(schema_mismatch()) };
                self.add(child(array, label).ok_or_else(schema_mismatch)?, below, &rows)
            }
            DataType::List(_) => self.list(array.as_list_opt::<i32>().ok_or_else(schema_mismatch)?, labels, &rows),
            DataType::LargeList(_) => self.list(array.as_list_opt::<i64>().ok_or_else(schema_mismatch)?, labels, &rows),
            DataType::Map(..) => {
                let map = array.as_map_opt().ok_or_else(schema_mismatch)?;
                self.add(map.entries(), labels, &items(map.offsets(), &rows))
            }
            DataType::FixedSizeList(_, length) => {
                let lists = array.as_fixed_size_list_opt().ok_or_else(schema_mismatch)?;
                let length = usize::try_from(*length).map_err(|_| schema_mismatch())?;
                let rows: Vec<_> = rows.iter().map(|rows| rows.start * length..rows.end * length).collect();
                self.add(lists.values(), labels, &rows)
            }
            DataType::Dictionary(..) => {
                self.numbers = None;
                let dictionary = array.as_any_dictionary_opt().ok_or_else(schema_mismatch)?;
                // If the dictionary is empty, no cell has a value.
                let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
                for key in rows.into_iter().flatten().filter_map(|row| keys.get(row)) {
                    self.add(dictionary.values(), labels, slice::from_ref(&(*key..key + 1)))?;
                }
                Ok(())
            }
            DataType::ListView(_) => {
                let lists = array.as_list_view_opt::<i32>().ok_or_else(schema_mismatch)?;
                self.shared(lists.values(), labels, &runs::views(lists, &rows))
            }
            DataType::LargeListView(_) => {
                let lists = array.as_list_view_opt::<i64>().ok_or_else(schema_mismatch)?;
                self.shared(lists.values(), labels, &runs::views(lists, &rows))
            }
            DataType::RunEndEncoded(..) => {
                self.numbers = None;
                let (values, runs) = runs::of_rows(array, &rows).ok_or_else(schema_mismatch)?;
                for (run, length) in runs {
                    self.run(values, labels, run, length)?;
                }
                Ok(())
            }
            _ => self.leaf(array, &rows),
        }
    }

    /// Adds a value `length` times, some rows at once.
    fn run(&mut self, values: &dyn Array, labels: &[String], run: usize, length: usize) -> Result<(), DecodeError> {
        if values.is_null(run) {
            self.missing += length as u64;
            return Ok(());
        }
        let mut left = length;
        while left > 0 {
            let rows = vec![run..run + 1; left.min(RUN_ROWS)];
            self.shared(values, labels, &rows)?;
            left -= rows.len();
        }
        Ok(())
    }

    /// Adds the numbers of rows that can share values. Reserves their memory first, since the size of the file does not
    /// limit them.
    fn shared(&mut self, array: &dyn Array, labels: &[String], rows: &[Range<usize>]) -> Result<(), DecodeError> {
        let length: u64 = rows.iter().map(|rows| rows.len() as u64).fold(0, u64::saturating_add);
        self.held.grow(length.saturating_mul(self.samples.dtype().bytes() as u64))?;
        self.add(array, labels, rows)
    }

    fn list<O: OffsetSizeTrait>(
        &mut self,
        lists: &GenericListArray<O>,
        labels: &[String],
        rows: &[Range<usize>],
    ) -> Result<(), DecodeError> {
        self.add(lists.values(), labels, &items(lists.value_offsets(), rows))
    }

    fn leaf(&mut self, array: &dyn Array, rows: &[Range<usize>]) -> Result<(), DecodeError> {
        let more: usize = rows.iter().map(Range::len).sum();
        if let Some(numbers) = &mut self.numbers {
            let mut sample = self.samples.len() as u64;
            for rows in rows {
                numbers.set(sample, self.rows + rows.start as u64 + 1);
                sample += rows.len() as u64;
            }
        }
        self.held.set(((self.samples.len() + more) * self.samples.dtype().bytes()) as u64)?;
        macro_rules! copy {
            ($all:expr, $type:ty) => {{
                let values = array.as_primitive_opt::<$type>().ok_or_else(schema_mismatch)?.values();
                for rows in rows {
                    let values = values.get(rows.clone()).ok_or_else(schema_mismatch)?;
                    $all.try_reserve(values.len()).map_err(|_| DecodeError::out_of_memory())?;
                    $all.extend_from_slice(values);
                }
            }};
        }
        match &mut self.samples {
            Samples::I8(all) => copy!(all, Int8Type),
            Samples::I16(all) => copy!(all, Int16Type),
            Samples::I32(all) => copy!(all, Int32Type),
            Samples::I64(all) => copy!(all, Int64Type),
            Samples::U8(all) => copy!(all, UInt8Type),
            Samples::U16(all) => copy!(all, UInt16Type),
            Samples::U32(all) => copy!(all, UInt32Type),
            Samples::U64(all) => copy!(all, UInt64Type),
            Samples::F16(all) => copy!(all, Float16Type),
            Samples::F32(all) => copy!(all, Float32Type),
            Samples::F64(all) => match array.data_type() {
                DataType::Decimal32(..) => decimals::<Decimal32Type>(all, array, rows)?,
                DataType::Decimal64(..) => decimals::<Decimal64Type>(all, array, rows)?,
                DataType::Decimal128(..) => decimals::<Decimal128Type>(all, array, rows)?,
                DataType::Decimal256(..) => decimals::<Decimal256Type>(all, array, rows)?,
                _ => copy!(all, Float64Type),
            },
            Samples::Bool(all) => {
                let values = array.as_boolean_opt().ok_or_else(schema_mismatch)?;
                for row in rows.iter().cloned().flatten() {
                    all.try_reserve(1).map_err(|_| DecodeError::out_of_memory())?;
                    all.push(u8::from(values.value(row)));
                }
            }
        }
        Ok(())
    }
}

/// Returns the ranges of the elements of the lists in these rows.
fn items<O: OffsetSizeTrait>(offsets: &[O], rows: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    for rows in rows {
        if let (Some(start), Some(end)) = (offsets.get(rows.start), offsets.get(rows.end)) {
            extend(&mut items, start.as_usize()..end.as_usize());
        }
    }
    items
}

/// Converts decimals by their digits, so that each is rounded only once.
fn decimals<T: DecimalType>(all: &mut Vec<f64>, array: &dyn Array, rows: &[Range<usize>]) -> Result<(), DecodeError> {
    let values: &PrimitiveArray<T> = array.as_primitive_opt().ok_or_else(schema_mismatch)?;
    for row in rows.iter().cloned().flatten() {
        all.try_reserve(1).map_err(|_| DecodeError::out_of_memory())?;
        all.push(values.value_as_string(row).parse().map_err(|_| schema_mismatch())?);
    }
    Ok(())
}

/// Returns the row of a number, which is at `index` among the numbers of a batch. `rows` rows precede the batch.
fn row_of(index: usize, column: &dyn Array, labels: &[String], dtype: DType, rows: u64) -> Result<At, DecodeError> {
    let numbers = |rows: Range<usize>| -> Result<usize, DecodeError> {
        let mut collector = Collector::new(dtype, &Budget::default())?;
        collector.add(column, labels, slice::from_ref(&rows))?;
        Ok(collector.samples.len())
    };
    // Empty cells and lists make the number of samples in the rows before unequal to the number of rows.
    let (mut row, mut end) = (0, column.len());
    let mut skipped = 0;
    while row + 1 < end {
        let middle = row + (end - row) / 2;
        let left = numbers(row..middle)?;
        if index < skipped + left {
            end = middle;
        } else {
            (row, skipped) = (middle, skipped + left);
        }
    }
    let value = if numbers(row..end)? > 1 { Some((index - skipped) as u64 + 1) } else { None };
    Ok(At::Row { row: rows + row as u64 + 1, value })
}

/// Moves locations down by the number of rows before them.
pub fn located_after(first: NonFinite<Option<At>>, rows: u64) -> NonFinite<Option<At>> {
    first.map(|at| match at {
        Some(At::Row { row, value }) => Some(At::Row { row: row + rows, value }),
        at => at,
    })
}

fn schema_mismatch() -> DecodeError {
    DecodeError::new("damaged data (a column does not match the schema)")
}
