//! A series of numbers, built cell by cell in the type that numpy would choose for the list.

use crate::engine::{ALLOCATION, NonFinite, Population, RowNumbers};
use crate::error::{At, Problem};
use crate::hist::{Element, Number, Samples, each};
use crate::text::plural;

/// Maximum number of problems with a location. Further ones are only counted.
pub const LOCATED: usize = 20;

/// A series of raw samples, with the number of skipped cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Labels from the root: the name of a column, or the member names that lead to an array. Empty for the root itself.
    pub path: Vec<String>,
    pub samples: Samples,
    /// Cells without a value.
    pub missing: u64,
    /// Cells that are not numbers.
    pub bad: u64,
    /// The first bad cells and the first rounded integers, with their locations.
    pub problems: Vec<Problem>,
    /// Locations of the first NaN and of the first infinities.
    pub first: NonFinite<Option<At>>,
    /// Rows of the samples; `None` if samples are not in rows.
    pub rows: Option<RowNumbers>,
}

impl Column {
    /// Creates a series without a name.
    pub fn of(samples: Samples) -> Self {
        let (path, problems, first) = (Vec::new(), Vec::new(), NonFinite::default());
        Self { path, samples, missing: 0, bad: 0, problems, first, rows: None }
    }

    /// Appends the column with the same path of another text, as if both were one list. Drops its problems, since their
    /// locations do not name the text. The locations in `first` must name it.
    pub fn append(&mut self, other: Self) {
        let mut builder = ColumnBuilder {
            values: Values::of(std::mem::replace(&mut self.samples, Samples::F64(Vec::new()))),
            ..ColumnBuilder::default()
        };
        builder.extend(Values::of(other.samples));
        self.samples = builder.values.into_samples().unwrap_or(Samples::F64(Vec::new()));
        self.missing += other.missing;
        self.bad += other.bad;
        self.first = std::mem::take(&mut self.first).or(other.first);
        self.rows = None;
    }

    /// Returns a population of the samples, with everything that is known about the cells.
    pub fn into_population(self) -> Population {
        let population = Population::new(self.samples).with_gaps(self.missing, self.bad, self.problems);
        let population = population.with_first_non_finite(self.first);
        match self.rows {
            Some(rows) => population.with_rows(rows),
            None => population,
        }
    }
}

impl Values {
    fn of(samples: Samples) -> Self {
        match samples {
            _ if samples.is_empty() => Self::None,
            Samples::Bool(all) => Self::Bool(all),
            Samples::I64(all) => Self::I64(all),
            Samples::U64(all) => Self::U64(all),
            Samples::F64(all) => Self::F64(all),
            other => Self::F64(each!(other, all => all.into_iter().map(Element::to_f64).collect())),
        }
    }

    fn into_samples(self) -> Option<Samples> {
        Some(match self {
            Self::None => return None,
            Self::Bool(all) => Samples::Bool(all),
            Self::I64(all) => Samples::I64(all),
            Self::U64(all) => Samples::U64(all),
            Self::F64(all) => Samples::F64(all),
        })
    }
}

/// Collects cells. The column has the type integer or boolean only if all cells do.
#[derive(Debug, Default)]
pub(super) struct ColumnBuilder {
    values: Values,
    missing: u64,
    bad: u64,
    rounded: u64,
    problems: Vec<Problem>,
    first: NonFinite<Option<At>>,
    /// Rows of the samples, if each number, gap and bad cell is one row.
    rows: RowNumbers,
    /// Problems that are not in one cell.
    whole: Vec<Problem>,
}

#[derive(Debug, Default)]
enum Values {
    #[default]
    None,
    Bool(Vec<u8>),
    I64(Vec<i64>),
    /// Every value exceeds `i64`. Mixed with smaller integers they become float64, as in numpy.
    U64(Vec<u64>),
    F64(Vec<f64>),
}

impl ColumnBuilder {
    /// Bytes of memory that the cells and problems use.
    pub(super) fn memory(&self) -> usize {
        let values = match &self.values {
            Values::None => 0,
            Values::Bool(all) => all.capacity(),
            Values::I64(all) => all.capacity() * 8,
            Values::U64(all) => all.capacity() * 8,
            Values::F64(all) => all.capacity() * 8,
        };
        let problem = |problem: &Problem| {
            let at = if let At::Cell { column, .. } | At::Path(column) = &problem.at { column.len() } else { 0 };
            size_of::<Problem>() + at + problem.message.len() + 2 * ALLOCATION
        };
        size_of::<Self>()
            + 2 * ALLOCATION
            + values
            + self.rows.memory()
            + self.problems.iter().map(problem).sum::<usize>()
    }

    /// Appends the cells of the next chunk, as if they had been added one by one. `relocate` converts the locations of
    /// its problems.
    pub(super) fn append(&mut self, other: Self, relocate: impl Fn(Problem) -> Problem) {
        self.rows.append(&other.rows, self.len() as u64, self.row_count());
        self.extend(other.values);
        self.missing += other.missing;
        self.bad += other.bad;
        self.rounded += other.rounded;
        for problem in other.problems {
            self.note(|| relocate(problem));
        }
        let moved = other.first.map(|at| at.map(|at| relocate(Problem::new(at, "")).at));
        self.first = std::mem::take(&mut self.first).or(moved);
    }

    fn extend(&mut self, values: Values) {
        match (&mut self.values, values) {
            (_, Values::None) => {}
            (mine @ Values::None, theirs) => *mine = theirs,
            (Values::F64(mine), Values::F64(theirs)) => mine.extend(theirs),
            (Values::I64(mine), Values::I64(theirs)) => mine.extend(theirs),
            (_, Values::Bool(theirs)) => theirs.into_iter().for_each(|b| self.push_bool(b != 0)),
            (_, Values::I64(theirs)) => theirs.into_iter().for_each(|i| self.push_i64(i)),
            (_, Values::U64(theirs)) => theirs.into_iter().for_each(|u| self.push_u64(u)),
            (_, Values::F64(theirs)) => theirs.into_iter().for_each(|x| self.push_f64(x)),
        }
    }

    pub(super) fn push(&mut self, number: Number, at: impl FnOnce() -> At) {
        match number {
            Number::Float(x) => self.push_float(x, at),
            Number::Int(i) => {
                if let Ok(i) = i64::try_from(i) {
                    self.push_i64(i);
                } else if let Ok(u) = u64::try_from(i) {
                    self.push_u64(u);
                } else {
                    self.push_rounded(number.as_f64(), at);
                }
            }
        }
    }

    pub(super) fn push_bool(&mut self, value: bool) {
        match &mut self.values {
            Values::None => self.values = Values::Bool(vec![u8::from(value)]),
            Values::Bool(all) => all.push(u8::from(value)),
            _ => self.push_i64(i64::from(value)),
        }
    }

    #[inline]
    pub(super) fn push_i64(&mut self, i: i64) {
        match &mut self.values {
            Values::I64(all) => all.push(i),
            Values::F64(all) => all.push(i as f64),
            Values::None => self.values = Values::I64(vec![i]),
            Values::Bool(all) => {
                let ones = all.iter().map(|b| i64::from(*b)).chain([i]).collect();
                self.values = Values::I64(ones);
            }
            Values::U64(_) => self.push_f64(i as f64),
        }
    }

    fn push_u64(&mut self, u: u64) {
        match &mut self.values {
            Values::U64(all) => all.push(u),
            Values::None => self.values = Values::U64(vec![u]),
            _ => self.push_f64(u as f64),
        }
    }

    /// Adds a float, which may be NaN or infinite.
    #[inline]
    pub(super) fn push_float(&mut self, x: f64, at: impl FnOnce() -> At) {
        if !x.is_finite() {
            self.first.note(x, at);
        }
        self.push_f64(x);
    }

    /// Adds a finite float.
    #[inline]
    pub(super) fn push_f64(&mut self, x: f64) {
        match &mut self.values {
            Values::F64(all) => all.push(x),
            _ => self.push_first_f64(x),
        }
    }

    #[cold]
    fn push_first_f64(&mut self, x: f64) {
        let mut floats = match std::mem::take(&mut self.values) {
            Values::None => Vec::new(),
            Values::Bool(all) => all.into_iter().map(f64::from).collect(),
            Values::I64(all) => all.into_iter().map(|i| i as f64).collect(),
            Values::U64(all) => all.into_iter().map(|u| u as f64).collect(),
            Values::F64(all) => all,
        };
        floats.push(x);
        self.values = Values::F64(floats);
    }

    /// Removes the last number, which is about to be added again.
    pub(super) fn pop(&mut self) {
        match &mut self.values {
            Values::None => {}
            Values::Bool(all) => _ = all.pop(),
            Values::I64(all) => _ = all.pop(),
            Values::U64(all) => _ = all.pop(),
            Values::F64(all) => _ = all.pop(),
        }
    }

    /// Adds an integer that does not fit in 64 bits as the nearest float, with a problem. numpy would reject the list.
    pub(super) fn push_rounded(&mut self, x: f64, at: impl FnOnce() -> At) {
        self.rounded += 1;
        self.note(|| Problem::new(at(), format!("integer exceeds 64 bits; rounded to {x:e}")));
        self.push_f64(x);
    }

    pub(super) fn push_missing(&mut self, n: u64) {
        self.missing += n;
        self.rows.set(self.len() as u64, self.row_count() + 1);
    }

    /// Number of rows, with those that have no number.
    fn row_count(&self) -> u64 {
        self.len() as u64 + self.missing + self.bad
    }

    pub(super) fn push_bad(&mut self, problem: impl FnOnce() -> Problem) {
        self.bad += 1;
        self.rows.set(self.len() as u64, self.row_count() + 1);
        self.note(problem);
    }

    /// Adds a problem that is not in one cell.
    pub(super) fn note_whole(&mut self, problem: Problem) {
        self.whole.push(problem);
    }

    fn note(&mut self, problem: impl FnOnce() -> Problem) {
        if self.problems.len() < LOCATED {
            self.problems.push(problem());
        }
    }

    /// Number of numbers.
    pub(super) fn len(&self) -> usize {
        match &self.values {
            Values::None => 0,
            Values::Bool(all) => all.len(),
            Values::I64(all) => all.len(),
            Values::U64(all) => all.len(),
            Values::F64(all) => all.len(),
        }
    }

    /// Returns true if the column has no number, or more than two bad cells per number.
    pub(super) fn is_hardly_numbers(&self) -> bool {
        matches!(self.values, Values::None) || self.bad > 2 * self.len() as u64
    }

    /// Returns the first problem if the column has no number.
    pub(super) fn rejected(&self) -> Option<&Problem> {
        self.problems.first().filter(|_| matches!(self.values, Values::None))
    }

    /// Returns a column that may be empty.
    pub(super) fn finish_empty(mut self, path: Vec<String>) -> Column {
        if matches!(self.values, Values::None) {
            self.values = Values::F64(Vec::new());
        }
        let (missing, bad) = (self.missing, self.bad);
        let (samples, first) = (Samples::F64(Vec::new()), NonFinite::default());
        let empty = Column { path: Vec::new(), samples, missing, bad, problems: Vec::new(), first, rows: None };
        self.finish(path).unwrap_or(empty)
    }

    /// Returns `None` if the column has no number.
    pub(super) fn finish(mut self, path: Vec<String>) -> Option<Column> {
        let samples = self.values.into_samples()?;
        let unlocated = (self.bad + self.rounded).saturating_sub(self.problems.len() as u64);
        if unlocated > 0 {
            let cells = plural(unlocated, "more cell");
            self.problems.push(Problem::new(At::Whole, format!("{cells} like these")));
        }
        let Self { missing, bad, mut problems, mut whole, first, rows, .. } = self;
        problems.append(&mut whole);
        Some(Column { path, samples, missing, bad, problems, first, rows: Some(rows) })
    }
}

/// Quotes the first 40 characters of a cell for a message.
pub(super) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("{short:?}{dots}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(numbers: &[Number]) -> Samples {
        let mut builder = ColumnBuilder::default();
        for n in numbers {
            builder.push(*n, || At::Whole);
        }
        builder.finish(Vec::new()).unwrap().samples
    }

    #[test]
    fn types_follow_numpys_rule_for_lists() {
        let big = Number::Int(i128::from(u64::MAX));
        assert_eq!(samples(&[Number::Int(1), Number::Int(-2)]), Samples::I64(vec![1, -2]));
        assert_eq!(samples(&[big, big]), Samples::U64(vec![u64::MAX; 2]));
        assert_eq!(samples(&[big, Number::Int(1)]), Samples::F64(vec![18_446_744_073_709_551_615.0, 1.0]));
        assert_eq!(samples(&[Number::Int(1), big]), Samples::F64(vec![1.0, 18_446_744_073_709_551_615.0]));
        assert_eq!(samples(&[Number::Int(1), Number::Float(0.5)]), Samples::F64(vec![1.0, 0.5]));
    }

    #[test]
    fn appended_columns_have_the_type_of_one_list() {
        let column = |samples| Column { missing: 1, ..Column::of(samples) };
        let both = |one, other| {
            let mut one = column(one);
            one.append(column(other));
            assert_eq!(one.missing, 2);
            one.samples
        };
        assert_eq!(both(Samples::I64(vec![1]), Samples::I64(vec![2])), Samples::I64(vec![1, 2]));
        assert_eq!(both(Samples::I64(vec![1]), Samples::F64(vec![0.5])), Samples::F64(vec![1.0, 0.5]));
        assert_eq!(both(Samples::F64(vec![0.5]), Samples::Bool(vec![1])), Samples::F64(vec![0.5, 1.0]));
        assert_eq!(both(Samples::Bool(vec![1]), Samples::I64(vec![7])), Samples::I64(vec![1, 7]));
        assert_eq!(both(Samples::F64(vec![]), Samples::I64(vec![7])), Samples::I64(vec![7]));
        assert_eq!(both(Samples::F32(vec![0.5]), Samples::I64(vec![7])), Samples::F64(vec![0.5, 7.0]));
    }

    #[test]
    fn booleans_among_numbers_are_ones_and_zeros() {
        let mut alone = ColumnBuilder::default();
        alone.push_bool(true);
        alone.push_bool(false);
        assert_eq!(alone.finish(Vec::new()).unwrap().samples, Samples::Bool(vec![1, 0]));
        let mut mixed = ColumnBuilder::default();
        mixed.push_bool(true);
        mixed.push_i64(7);
        mixed.push_bool(false);
        assert_eq!(mixed.finish(Vec::new()).unwrap().samples, Samples::I64(vec![1, 7, 0]));
    }

    #[test]
    fn first_bad_cells_are_located_and_the_rest_counted() {
        let mut builder = ColumnBuilder::default();
        builder.push_i64(1);
        (0..25).for_each(|i| builder.push_bad(|| Problem::new(At::Line(i), "x")));
        builder.push(Number::Int(i128::MAX), || At::Line(99));
        let column = builder.finish(Vec::new()).unwrap();
        assert_eq!((column.bad, column.problems.len()), (25, LOCATED + 1));
        assert_eq!(column.problems[LOCATED].to_string(), "file: 6 more cells like these");

        let mut builder = ColumnBuilder::default();
        builder.push_i64(1);
        (0..=LOCATED as u64).for_each(|i| builder.push_bad(|| Problem::new(At::Line(i), "x")));
        let problems = builder.finish(Vec::new()).unwrap().problems;
        assert_eq!(problems[LOCATED].to_string(), "file: 1 more cell like these");
    }
}
