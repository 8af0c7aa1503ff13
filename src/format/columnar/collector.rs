//! Collects the numbers of a column from batches: descends to a struct member, and flattens lists.

use super::numbers::located_after;
use super::{child, extend, runs, valid};
use crate::engine::{Budget, NonFinite, Reservation, RowNumbers};
use crate::error::At;
use crate::format::DecodeError;
use crate::hist::{DType, Element, Samples, each, typed};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, GenericListArray, OffsetSizeTrait, PrimitiveArray};
use arrow_schema::DataType;
use std::ops::Range;
use std::slice;

/// Rows of a run that are added at once.
const RUN_ROWS: usize = 4096;

/// Collects numbers batch by batch.
pub(super) struct Collector {
    pub(super) samples: Samples,
    pub(super) missing: u64,
    pub(super) rows: u64,
    pub(super) first: NonFinite<Option<At>>,
    /// Rows of the samples; `None` if a row can have several, or if cells share their values.
    pub(super) numbers: Option<RowNumbers>,
    pub(super) held: Reservation,
    /// Number of samples that were removed from the front.
    pub(super) flushed: u64,
}

impl Collector {
    pub(super) fn new(dtype: DType, memory: &Budget) -> Result<Self, DecodeError> {
        let (samples, first) = (Samples::empty(dtype), NonFinite::default());
        let numbers = Some(RowNumbers::default());
        Ok(Self { samples, missing: 0, rows: 0, first, numbers, held: memory.reserve(0)?, flushed: 0 })
    }

    /// Reserves the memory of the current samples.
    pub(super) fn reserve(&self) -> Result<(), DecodeError> {
        let rows = self.numbers.as_ref().map_or(0, RowNumbers::memory);
        Ok(self.held.set((self.samples.len() * self.samples.dtype().bytes() + rows) as u64)?)
    }

    /// Appends the numbers of the next row group.
    pub(super) fn append(&mut self, other: Self) -> Result<(), DecodeError> {
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
    pub(super) fn add_batch(&mut self, column: &dyn Array, labels: &[String]) -> Result<(), DecodeError> {
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
            // Without branches in a chunk, so that it can be vectorized.
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
            let mut sample = self.flushed + self.samples.len() as u64;
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

pub(super) fn schema_mismatch() -> DecodeError {
    DecodeError::new("damaged data (a column does not match the schema)")
}
