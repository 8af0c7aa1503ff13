//! Arrays whose rows are indices of other values: run-end encoded arrays and list views.
//!
//! Their rows can share values, so a small file can describe far more numbers than it has bytes.

use super::extend;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{Array, GenericListViewArray, OffsetSizeTrait, RunArray};
use std::ops::Range;
use std::slice;

/// Returns the values of a run-end encoded array, and the index of the value of a row.
pub(super) fn value_at(array: &dyn Array, row: usize) -> Option<(&dyn Array, usize)> {
    let (values, runs) = of_rows(array, slice::from_ref(&(row..row + 1)))?;
    runs.first().map(|(run, _)| (values, *run))
}

/// The values of an array, and the index and the number of rows of each run.
type Runs<'a> = (&'a dyn Array, Vec<(usize, usize)>);

/// Returns the values of a run-end encoded array. For each run of the rows, also returns the index of its value and the
/// number of rows.
pub(super) fn of_rows<'a>(array: &'a dyn Array, rows: &[Range<usize>]) -> Option<Runs<'a>> {
    let any = array.as_any();
    if let Some(array) = any.downcast_ref::<RunArray<Int16Type>>() {
        Some((array.values(), runs(array, rows, i64::from)))
    } else if let Some(array) = any.downcast_ref::<RunArray<Int32Type>>() {
        Some((array.values(), runs(array, rows, i64::from)))
    } else {
        let array = any.downcast_ref::<RunArray<Int64Type>>()?;
        Some((array.values(), runs(array, rows, i64::from)))
    }
}

fn runs<R: RunEndIndexType>(
    array: &RunArray<R>,
    rows: &[Range<usize>],
    wide: fn(R::Native) -> i64,
) -> Vec<(usize, usize)> {
    let offset = array.offset();
    let ends = array.run_ends().values();
    let mut found = Vec::new();
    for rows in rows {
        let (mut at, stop) = (rows.start + offset, rows.end + offset);
        let mut run = array.get_physical_index(rows.start);
        while at < stop && run < ends.len() {
            let end = usize::try_from(wide(ends[run])).unwrap_or(0).min(stop);
            if end > at {
                found.push((run, end - at));
                at = end;
            }
            run += 1;
        }
    }
    found
}

/// Returns the ranges of the elements of the lists in these rows. Lists may overlap, and be in any order.
pub(super) fn views<O: OffsetSizeTrait>(lists: &GenericListViewArray<O>, rows: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    for row in rows.iter().cloned().flatten() {
        let (start, size) = (lists.value_offset(row).as_usize(), lists.value_size(row).as_usize());
        if size > 0 {
            extend(&mut items, start..start + size);
        }
    }
    items
}
