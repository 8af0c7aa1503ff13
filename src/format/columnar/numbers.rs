//! All numbers below a column as one flat array, in the type that they have; groups of rows are read on all cores.

use super::{Batches, Pick, child, extend, valid};
use crate::engine::{Budget, Reservation};
use crate::error::Problem;
use crate::format::DecodeError;
use crate::format::column::Column;
use crate::hist::{DType, Element, Samples, typed};
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

/// A series of raw samples.
#[derive(Debug, Clone)]
pub struct Numbers {
    pub path: Vec<String>,
    pub problems: Vec<Problem>,
    pub(super) root: usize,
    /// How many labels behind the root lead through structs alone.
    pub(super) plain: usize,
    /// Whether there are lists on the way.
    pub(super) listed: bool,
    pub(super) dtype: DType,
}

impl Numbers {
    /// What of the file it needs.
    pub fn pick(&self) -> Pick {
        Pick { roots: vec![self.root], below: self.path.iter().skip(1).take(self.plain).cloned().collect() }
    }

    /// Whether lists are flattened to make it one series.
    pub fn flattened(&self) -> bool {
        self.listed
    }

    /// The type in which they are kept.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Reads all its numbers, whose memory stays held.
    ///
    /// # Errors
    /// A damaged file, or more numbers than memory holds.
    pub fn read(&self, file: &impl Batches, memory: &Budget) -> Result<Column, DecodeError> {
        let mut all = Collector::new(self.dtype, memory)?;
        // So many at once as there are cores: what waits to be appended is not more than that.
        let round = rayon::current_num_threads();
        for first in (0..file.groups()).step_by(round) {
            let groups = first..file.groups().min(first + round);
            let read = groups.into_par_iter().map(|group| self.read_group(group, file, memory));
            for part in read.collect::<Result<Vec<_>, _>>()? {
                all.append(part)?;
            }
        }
        all.held.keep();
        let Collector { samples, missing, .. } = all;
        Ok(Column { path: self.path.clone(), samples, missing, bad: 0, problems: self.problems.clone() })
    }

    /// Reads the numbers of one group of rows.
    ///
    /// # Errors
    /// As [`Numbers::read`].
    pub fn group(&self, group: usize, file: &impl Batches, memory: &Budget) -> Result<Group, DecodeError> {
        let Collector { samples, missing, held } = self.read_group(group, file, memory)?;
        Ok(Group { samples, missing, held })
    }

    fn read_group(&self, group: usize, file: &impl Batches, memory: &Budget) -> Result<Collector, DecodeError> {
        let mut collector = Collector::new(self.dtype, memory)?;
        let labels = self.path.get(1..).unwrap_or_default();
        file.read_groups(group..group + 1, &self.pick(), &mut |batch| {
            if let Some(column) = batch.columns().first() {
                collector.take(column, labels, slice::from_ref(&(0..column.len())))?;
                collector.hold()?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(collector)
    }
}

/// The numbers of one group of rows.
#[derive(Debug)]
pub struct Group {
    pub samples: Samples,
    /// Cells without a value.
    pub missing: u64,
    /// The memory that they take.
    pub held: Reservation,
}

/// What is made of each group of rows, in order, on all cores.
///
/// # Errors
/// The first that `one` refused.
pub fn of_groups<T: Send>(
    groups: usize,
    one: impl Fn(usize) -> Result<T, DecodeError> + Sync,
) -> Result<Vec<T>, DecodeError> {
    (0..groups).into_par_iter().map(&one).collect()
}

/// How numbers of a type are kept; `None` for what is no number.
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

/// Numbers as they come, batch by batch.
struct Collector {
    samples: Samples,
    missing: u64,
    held: Reservation,
}

impl Collector {
    fn new(dtype: DType, memory: &Budget) -> Result<Self, DecodeError> {
        Ok(Self { samples: Samples::empty(dtype), missing: 0, held: memory.hold(0)? })
    }

    /// Holds what the numbers take by now.
    fn hold(&self) -> Result<(), DecodeError> {
        Ok(self.held.set((self.samples.len() * self.samples.dtype().bytes()) as u64)?)
    }

    /// Adds what stands behind.
    fn append(&mut self, other: Self) -> Result<(), DecodeError> {
        if self.samples.is_empty() {
            let missing = self.missing + other.missing;
            *self = Self { missing, ..other };
            return Ok(());
        }
        self.missing += other.missing;
        typed!(self.samples.dtype(), T => {
            if let (Some(all), Some(more)) = (T::vec(&mut self.samples), T::slice(&other.samples)) {
                all.try_reserve(more.len()).map_err(|_| full())?;
                all.extend_from_slice(more);
            }
        });
        self.hold()
    }

    /// Takes the numbers of some rows; labels lead through structs, lists are flattened.
    fn take(&mut self, array: &dyn Array, labels: &[String], rows: &[Range<usize>]) -> Result<(), DecodeError> {
        let (rows, missing) = valid(array, rows);
        self.missing += missing;
        match array.data_type() {
            DataType::Struct(_) => {
                let [label, below @ ..] = labels else { return Err(unlike()) };
                self.take(child(array, label).ok_or_else(unlike)?, below, &rows)
            }
            DataType::List(_) => self.list(array.as_list_opt::<i32>().ok_or_else(unlike)?, labels, &rows),
            DataType::LargeList(_) => self.list(array.as_list_opt::<i64>().ok_or_else(unlike)?, labels, &rows),
            DataType::Map(..) => {
                let map = array.as_map_opt().ok_or_else(unlike)?;
                self.take(map.entries(), labels, &items(map.offsets(), &rows))
            }
            DataType::FixedSizeList(_, length) => {
                let lists = array.as_fixed_size_list_opt().ok_or_else(unlike)?;
                let length = usize::try_from(*length).map_err(|_| unlike())?;
                let rows: Vec<_> = rows.iter().map(|rows| rows.start * length..rows.end * length).collect();
                self.take(lists.values(), labels, &rows)
            }
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary_opt().ok_or_else(unlike)?;
                // Without values there can only be cells without one.
                let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
                for key in rows.into_iter().flatten().filter_map(|row| keys.get(row)) {
                    self.take(dictionary.values(), labels, slice::from_ref(&(*key..key + 1)))?;
                }
                Ok(())
            }
            _ => self.leaf(array, &rows),
        }
    }

    fn list<O: OffsetSizeTrait>(
        &mut self,
        lists: &GenericListArray<O>,
        labels: &[String],
        rows: &[Range<usize>],
    ) -> Result<(), DecodeError> {
        self.take(lists.values(), labels, &items(lists.value_offsets(), rows))
    }

    fn leaf(&mut self, array: &dyn Array, rows: &[Range<usize>]) -> Result<(), DecodeError> {
        macro_rules! copy {
            ($all:expr, $type:ty) => {{
                let values = array.as_primitive_opt::<$type>().ok_or_else(unlike)?.values();
                for rows in rows {
                    let values = values.get(rows.clone()).ok_or_else(unlike)?;
                    $all.try_reserve(values.len()).map_err(|_| full())?;
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
                let values = array.as_boolean_opt().ok_or_else(unlike)?;
                for row in rows.iter().cloned().flatten() {
                    all.try_reserve(1).map_err(|_| full())?;
                    all.push(u8::from(values.value(row)));
                }
            }
        }
        Ok(())
    }
}

/// What the lists of these rows hold.
fn items<O: OffsetSizeTrait>(offsets: &[O], rows: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    for rows in rows {
        if let (Some(start), Some(end)) = (offsets.get(rows.start), offsets.get(rows.end)) {
            extend(&mut items, start.as_usize()..end.as_usize());
        }
    }
    items
}

/// By way of their digits, so that they are rounded once.
fn decimals<T: DecimalType>(all: &mut Vec<f64>, array: &dyn Array, rows: &[Range<usize>]) -> Result<(), DecodeError> {
    let values: &PrimitiveArray<T> = array.as_primitive_opt().ok_or_else(unlike)?;
    for row in rows.iter().cloned().flatten() {
        all.try_reserve(1).map_err(|_| full())?;
        all.push(values.value_as_string(row).parse().map_err(|_| unlike())?);
    }
    Ok(())
}

fn unlike() -> DecodeError {
    DecodeError::new("its data are damaged (a column is not what the schema says)")
}

fn full() -> DecodeError {
    DecodeError::new("it does not fit in memory")
}
