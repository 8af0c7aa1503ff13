//! Places of samples in their file: the index of an array element, the row of a table, or the file of a pool.

use super::{Population, Shape};
use crate::error::At;
use std::sync::Arc;

/// Places of the samples of a population.
#[derive(Debug, Clone, Default)]
pub(super) enum Places {
    #[default]
    Unknown,
    Array(Shape),
    Rows(RowNumbers),
    /// The files of a pool with their names.
    Files(Vec<(String, Arc<Population>)>),
}

/// Row or line of each sample, if some rows have no sample.
///
/// Consecutive rows form a run, so a column without gaps needs no memory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowNumbers {
    /// First sample of each run, and its row from 1. Samples before the first run are in the first rows.
    runs: Vec<(u64, u64)>,
    /// Rows are lines of a text.
    is_lines: bool,
}

impl RowNumbers {
    /// Row numbers that are lines of a text.
    #[must_use]
    pub fn as_lines(self) -> Self {
        Self { is_lines: true, ..self }
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        self.runs.capacity() * size_of::<(u64, u64)>()
    }

    /// Sets the row of a sample and of those that follow it.
    pub fn set(&mut self, sample: u64, row: u64) {
        if self.row(sample) == row {
            return;
        }
        self.runs.pop_if(|(last, _)| *last == sample);
        self.runs.push((sample, row));
    }

    /// Appends the rows of another table, whose first sample and row follow `samples` samples and `rows` rows.
    pub fn append(&mut self, other: &Self, samples: u64, rows: u64) {
        self.set(samples, rows + 1);
        for (sample, row) in &other.runs {
            self.set(samples + sample, rows + row);
        }
    }

    /// Row of a sample, from 1.
    pub fn row(&self, sample: u64) -> u64 {
        let run = self.runs.partition_point(|(first, _)| *first <= sample).checked_sub(1);
        run.and_then(|run| self.runs.get(run)).map_or(sample + 1, |(first, row)| row + (sample - first))
    }

    fn locate(&self, sample: u64) -> At {
        let row = self.row(sample);
        if self.is_lines { At::Line(row) } else { At::Row { row, value: None } }
    }
}

impl Population {
    /// Place of the sample at a position in the file; [`At::Whole`] if it is unknown.
    pub fn locate(&self, position: u64) -> At {
        match &self.places {
            Places::Array(shape) => shape.locate_stored(position),
            Places::Rows(rows) => rows.locate(position),
            Places::Files(files) => {
                let mut before = 0;
                for (name, file) in files {
                    if position < before + file.len() {
                        return match file.locate(position - before) {
                            At::Whole => At::Path(name.clone()),
                            at => At::Path(format!("{name}: {at}")),
                        };
                    }
                    before += file.len();
                }
                At::Whole
            }
            Places::Unknown if self.missing() + self.bad() == 0 => At::Element(vec![position]),
            Places::Unknown => At::Whole,
        }
    }

    /// Sets the rows of the samples.
    #[must_use]
    pub fn with_rows(mut self, rows: RowNumbers) -> Self {
        self.places = Places::Rows(rows);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ElementOrder, Task};
    use crate::hist::Samples;

    #[test]
    fn rows_skip_gaps() {
        let mut rows = RowNumbers::default();
        assert_eq!([0, 7].map(|sample| rows.row(sample)), [1, 8]);
        rows.set(2, 5);
        rows.set(3, 6);
        rows.set(3, 9);
        assert_eq!([0, 1, 2, 3, 4].map(|sample| rows.row(sample)), [1, 2, 5, 9, 10]);
        assert_eq!(rows.runs.len(), 2);
        let mut first = RowNumbers::default();
        first.append(&rows, 10, 12);
        assert_eq!([9, 10, 12, 13].map(|sample| first.row(sample)), [10, 13, 17, 21]);
    }

    #[test]
    fn samples_are_located_in_arrays_tables_and_pools() {
        let samples = || Samples::F64(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let shape = Shape::new(&[2, 3], ElementOrder::Fortran);
        let array = Population::of_array(samples().into(), &shape, &Task::default()).unwrap();
        assert_eq!((array.locate(1), array.locate(4)), (At::Element(vec![1, 0]), At::Element(vec![0, 2])));
        let table = Population::new(samples()).with_rows(RowNumbers::default());
        assert_eq!(table.locate(2), At::Row { row: 3, value: None });
        let files = [("a".to_owned(), Arc::new(array)), ("b".to_owned(), Arc::new(table))];
        let pool = Population::joined(&files, &Task::default()).unwrap();
        assert_eq!([1, 6].map(|position| pool.locate(position).to_string()), ["a: [1, 0]", "b: row 1"]);
        assert_eq!(Population::new(samples()).locate(3), At::Element(vec![3]));
    }
}
