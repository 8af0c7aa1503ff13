//! The series in the columns of a Parquet or Arrow file: histograms, as in W&B's exports of a history, and raw samples.
//!
//! A histogram is a struct `{_type, values, bins or packedBins}`, a text column of histograms in JSON, or a group of flat
//! columns `name._type`, `name.values` … Each index of a list is a series. A row without a value was not logged. Every
//! other column of numbers contains raw samples: lists and maps are flattened, and each member of a struct is a series.
//! Not here: reading batches from a file.

mod cell;
mod collector;
mod histograms;
mod logged_runs;
mod numbers;
mod runs;
mod walk;

use super::DecodeError;
use super::names::unique;
use super::samples::BOOKKEEPING;
use super::table_runs;
use crate::engine::Budget;
use crate::hist::Number;
use crate::json::{Item, Member, Node};
use arrow_array::{Array, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Fields, Schema};
use histograms::HistogramEncoding;
use std::collections::{HashMap, HashSet};
use std::ops::{ControlFlow, Range};
use walk::Walk;

pub use histograms::HistogramColumn;
pub use logged_runs::{NO_RUN, RowRuns};
pub use numbers::{NumberColumn, RowGroup, located_after, map_groups};

/// Suffixes of the names of flat histogram columns.
const PARTS: [&str; 7] =
    ["_type", "values", "bins", "packedBins", "packedBins.min", "packedBins.size", "packedBins.count"];

/// Number of list elements that are searched for histograms.
const MAX_LISTED: usize = 1000;

/// A selection of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Indices in the schema of the file, ascending.
    pub roots: Vec<usize>,
    /// Path of a struct member below the root; empty for all members. A reader may return more than this member.
    pub below: Vec<String>,
}

/// A file whose columns can be read batch by batch.
pub trait Batches: Sync {
    fn rows(&self) -> u64;

    /// Returns the number of row groups, which can be read independently.
    fn groups(&self) -> usize;

    /// Passes the selected columns of some row groups to `each`, in the order of the schema, until it breaks.
    ///
    /// # Errors
    /// The file is damaged, or `each` failed.
    fn read_groups(
        &self,
        groups: Range<usize>,
        projection: &Projection,
        each: BatchVisitor<'_>,
    ) -> Result<(), DecodeError>;

    /// Passes the selected columns of all row groups to `each`.
    ///
    /// # Errors
    /// Those of [`Batches::read_groups`].
    fn read(&self, projection: &Projection, each: BatchVisitor<'_>) -> Result<(), DecodeError> {
        self.read_groups(0..self.groups(), projection, each)
    }
}

/// A callback for each batch.
pub type BatchVisitor<'v> = &'v mut dyn FnMut(&RecordBatch) -> Result<ControlFlow<()>, DecodeError>;

/// The series of a file.
#[derive(Debug, Default)]
pub struct Contents {
    pub histograms: Vec<HistogramColumn>,
    pub numbers: Vec<NumberColumn>,
    /// Names and types of the skipped columns.
    pub skipped: Vec<String>,
    /// The run and the step of each row, for histograms of runs.
    pub runs: Option<RowRuns>,
}

/// Finds the series of a file. Reads the rows in which histograms were logged, and the first cells of text columns.
///
/// # Errors
/// The file is damaged, or the rows of histograms exceed the memory budget.
pub fn contents(schema: &Schema, file: &impl Batches, memory: &Budget) -> Result<Contents, DecodeError> {
    let mut found = Contents::default();
    let mut candidates = flat(schema, &mut found);
    let flat_roots: HashSet<usize> = candidates.iter().flat_map(HistogramColumn::roots).collect();
    let names = unique_names(schema.fields());
    let fields = schema.fields().iter().zip(&names).enumerate().filter(|(root, _)| !flat_roots.contains(root));
    for (root, (field, name)) in fields {
        let mut walk = Walk {
            root,
            path: Vec::new(),
            labels_to_list: None,
            listed: false,
            found: &mut found,
            candidates: &mut candidates,
        };
        walk.member(name, field.data_type());
    }
    if !candidates.is_empty() {
        // One step for every row, and at most all row numbers for every series.
        let row = (size_of::<Option<i64>>() + candidates.len() * size_of::<u64>()) as u64;
        let _rows = memory.reserve(file.rows().saturating_mul(row))?;
        found.runs = logged_runs::read(schema, file, memory)?;
        // The steps of runs are known by row.
        let position = schema.fields().iter().position(|field| field.name() == "_step");
        let steps = position.filter(|_| found.runs.is_none()).map(|root| steps(root, file));
        let steps = steps.transpose()?.unwrap_or_default();
        for series in candidates {
            let name = series.path.join(".");
            if let HistogramEncoding::Listed { root, .. } = series.encoding {
                let lists = series.listed(file)?;
                if lists.len() > MAX_LISTED {
                    found.skipped.push(format!("{name} (histograms after the first {MAX_LISTED} of a list)"));
                }
                for (index, rows) in lists.into_iter().take(MAX_LISTED).enumerate().filter(|(_, rows)| !rows.is_empty())
                {
                    let path = [&series.path[..], &[index.to_string()]].concat();
                    let item = HistogramColumn::new(path, HistogramEncoding::Listed { root, index });
                    found.histograms.push(item.at(rows, &steps));
                }
                continue;
            }
            match series.logged(file)? {
                Some(rows) if found.runs.is_some() => {
                    let rows = series.without_empty(rows, file)?;
                    if !rows.is_empty() {
                        found.histograms.push(series.at(rows, &steps));
                    }
                }
                Some(rows) => found.histograms.push(series.at(rows, &steps)),
                None => found.skipped.push(format!("{name} (text)")),
            }
        }
    }
    if found.histograms.is_empty() {
        found.runs = None;
    } else {
        let describes_rows =
            |name: &str| BOOKKEEPING.contains(&name) || (found.runs.is_some() && table_runs::describes_rows(name));
        found.numbers.retain(|series| !describes_rows(series.path.first().map_or("", String::as_str)));
        if found.runs.is_some() {
            let name = |column: &str| column.rsplit_once(" (").map_or(column, |(name, _)| name).to_owned();
            found.skipped.retain(|column| !table_runs::describes_rows(&name(column)));
        }
    }
    Ok(found)
}

/// Finds histograms in flat columns.
fn flat(schema: &Schema, found: &mut Contents) -> Vec<HistogramColumn> {
    let mut positions: HashMap<&str, usize> = HashMap::new();
    for (position, field) in schema.fields().iter().enumerate() {
        positions.entry(field.name()).or_insert(position);
    }
    let position = |name: &str| positions.get(name).copied();
    let mut series = Vec::new();
    for field in schema.fields().iter().filter(|field| is_text(field.data_type())) {
        let Some(name) = field.name().strip_suffix("._type") else { continue };
        let parts: Vec<_> =
            PARTS.iter().filter_map(|part| Some((position(&format!("{name}.{part}"))?, *part))).collect();
        if parts.iter().any(|(_, part)| *part == "values") {
            series.push(HistogramColumn::new(vec![name.to_owned()], HistogramEncoding::Flat(parts)));
        } else {
            found.skipped.push(format!("{} (text)", field.name()));
        }
    }
    series
}

/// Reads a column of steps.
fn steps(root: usize, file: &impl Batches) -> Result<Vec<Option<i64>>, DecodeError> {
    let mut steps = Vec::new();
    file.read(&Projection { roots: vec![root], below: Vec::new() }, &mut |batch| {
        let step = |row| match cell::node(batch.columns().first()?, row)? {
            Node::Number(Number::Int(step)) => i64::try_from(step).ok(),
            // An f64 represents every integer up to 2^53.
            Node::Number(Number::Float(step)) if step.fract() == 0.0 && step.abs() <= 9_007_199_254_740_992.0 => {
                Some(step as i64)
            }
            _ => None,
        };
        steps.extend((0..batch.num_rows()).map(step));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(steps)
}

/// Returns the rows that have a value, and the number of rows that do not.
fn valid(array: &dyn Array, rows: &[Range<usize>]) -> (Vec<Range<usize>>, u64) {
    if array.null_count() == 0 {
        return (rows.to_vec(), 0);
    }
    let (mut ranges, mut missing) = (Vec::new(), 0);
    for row in rows.iter().cloned().flatten() {
        if array.is_valid(row) {
            extend(&mut ranges, row..row + 1);
        } else {
            missing += 1;
        }
    }
    (ranges, missing)
}

/// Appends a range. Merges it with the last one if they are adjacent.
fn extend(ranges: &mut Vec<Range<usize>>, more: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == more.start => last.end = more.end,
        _ => ranges.push(more),
    }
}

/// Returns a member of a struct array by its unique name.
fn child<'a>(array: &'a dyn Array, label: &str) -> Option<&'a dyn Array> {
    let array = array.as_struct_opt()?;
    let index = unique_names(array.fields()).iter().position(|name| name == label)?;
    array.columns().get(index).map(|child| child as &dyn Array)
}

/// Returns the names of columns or struct members, which may repeat in a file.
fn unique_names(fields: &Fields) -> Vec<String> {
    unique(fields.iter().map(|field| field.name().clone()))
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        DataType::RunEndEncoded(_, values) => is_text(values.data_type()),
        _ => false,
    }
}

/// Returns a JSON member without a position in a text.
fn member(name: &str, node: Node) -> Member {
    Member { name: name.to_owned(), span: 0..0, value: Item { span: 0..0, node } }
}
