//! What the columns of a Parquet or Arrow file hold: histograms as W&B exports a run's history, and raw samples.
//!
//! A histogram is a struct `{_type, values, bins or packedBins}`, a text column of histograms in JSON, or flat columns
//! `name._type`, `name.values` … In a list each place is a series. Rows without a value were not logged. Every other column
//! of numbers is raw samples: lists and maps are flattened, members of structs are series of their own. Not here: how
//! batches come out of a file.

mod cell;
mod histograms;
mod numbers;
mod walk;

use super::DecodeError;
use crate::engine::Budget;
use crate::hist::Number;
use crate::json::{Item, Member, Node};
use arrow_array::{Array, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Schema};
use histograms::Shape;
use std::ops::{ControlFlow, Range};
use walk::Walk;

pub use histograms::Histograms;
pub use numbers::{Group, Numbers, of_groups};

/// What W&B adds to every row of a history: when it was logged, not what.
const BOOKKEEPING: [&str; 4] = ["_step", "_timestamp", "_runtime", "_wandb"];

/// What follows the name in flat columns of histograms.
const PARTS: [&str; 7] =
    ["_type", "values", "bins", "packedBins", "packedBins.min", "packedBins.size", "packedBins.count"];

/// How many places of a list are looked at for histograms.
const LISTED: usize = 1000;

/// Columns to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// Positions in the file's schema, ascending.
    pub roots: Vec<usize>,
    /// Members of structs on the way to the only ones wanted; empty for all. What is read may hold more.
    pub below: Vec<String>,
}

/// A file whose columns can be read batch by batch.
pub trait Batches: Sync {
    fn rows(&self) -> u64;

    /// How many groups of rows there are that can be read apart.
    fn groups(&self) -> usize;

    /// Hands over the picked columns of some groups, in order of the schema, until there are no more or `each` breaks.
    ///
    /// # Errors
    /// A damaged file, or what `each` refused.
    fn read_groups(&self, groups: Range<usize>, pick: &Pick, each: Each<'_>) -> Result<(), DecodeError>;

    /// The same of all groups.
    ///
    /// # Errors
    /// As [`Batches::read_groups`].
    fn read(&self, pick: &Pick, each: Each<'_>) -> Result<(), DecodeError> {
        self.read_groups(0..self.groups(), pick, each)
    }
}

/// What is done with every batch.
pub type Each<'e> = &'e mut dyn FnMut(&RecordBatch) -> Result<ControlFlow<()>, DecodeError>;

/// The series of a file.
#[derive(Debug, Default)]
pub struct Contents {
    /// Histograms first.
    pub histograms: Vec<Histograms>,
    pub numbers: Vec<Numbers>,
    /// Names and types of the columns that are neither.
    pub left_out: Vec<String>,
}

/// Finds the series. The rows in which histograms were logged are read, and the first cells of text columns.
///
/// # Errors
/// A damaged file, or more rows of histograms than memory holds.
pub fn contents(schema: &Schema, file: &impl Batches, memory: &Budget) -> Result<Contents, DecodeError> {
    let mut found = Contents::default();
    let mut candidates = flat(schema, &mut found);
    let taken: Vec<usize> = candidates.iter().flat_map(Histograms::roots).collect();
    for (root, field) in schema.fields().iter().enumerate().filter(|(root, _)| !taken.contains(root)) {
        let mut walk =
            Walk { root, path: Vec::new(), plain: None, listed: false, found: &mut found, candidates: &mut candidates };
        walk.member(field.name(), field.data_type());
    }
    if !candidates.is_empty() {
        // A step for every row, and each of its rows for every series.
        let row = (size_of::<Option<i64>>() + candidates.len() * size_of::<u64>()) as u64;
        let _rows = memory.hold(file.rows().saturating_mul(row))?;
        let steps = steps(schema, file)?;
        for series in candidates {
            let name = series.path.join(".");
            if let Shape::Listed(root, _) = series.shape {
                let lists = series.listed(file)?;
                if lists.len() > LISTED {
                    found.left_out.push(format!("{name} (histograms behind the first {LISTED} of a list)"));
                }
                for (place, rows) in lists.into_iter().take(LISTED).enumerate().filter(|(_, rows)| !rows.is_empty()) {
                    let path = [&series.path[..], &[place.to_string()]].concat();
                    let item = Histograms::new(path, Shape::Listed(root, place));
                    found.histograms.push(item.at(rows, &steps));
                }
                continue;
            }
            match series.logged(file)? {
                Some(rows) => found.histograms.push(series.at(rows, &steps)),
                None => found.left_out.push(format!("{name} (text)")),
            }
        }
    }
    if !found.histograms.is_empty() {
        found.numbers.retain(|series| !BOOKKEEPING.contains(&series.path.first().map_or("", String::as_str)));
    }
    Ok(found)
}

/// Histograms in flat columns.
fn flat(schema: &Schema, found: &mut Contents) -> Vec<Histograms> {
    let position = |name: &str| schema.fields().iter().position(|field| field.name() == name);
    let mut series = Vec::new();
    for field in schema.fields().iter().filter(|field| is_text(field.data_type())) {
        let Some(name) = field.name().strip_suffix("._type") else { continue };
        let parts: Vec<_> =
            PARTS.iter().filter_map(|part| Some((position(&format!("{name}.{part}"))?, *part))).collect();
        if parts.iter().any(|(_, part)| *part == "values") {
            series.push(Histograms::new(vec![name.to_owned()], Shape::Flat(parts)));
        } else {
            found.left_out.push(format!("{} (text)", field.name()));
        }
    }
    series
}

/// The column `_step`, row by row.
fn steps(schema: &Schema, file: &impl Batches) -> Result<Vec<Option<i64>>, DecodeError> {
    let mut steps = Vec::new();
    let Some(root) = schema.fields().iter().position(|field| field.name() == "_step") else { return Ok(steps) };
    file.read(&Pick { roots: vec![root], below: Vec::new() }, &mut |batch| {
        let step = |row| match cell::node(batch.columns().first()?, row)? {
            Node::Number(Number::Int(step)) => i64::try_from(step).ok(),
            // 2^53: up to there an f64 holds every integer.
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

/// The rows among `rows` that have a value, and how many have none.
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

/// Adds a range, to the one before if they touch.
fn extend(ranges: &mut Vec<Range<usize>>, more: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == more.start => last.end = more.end,
        _ => ranges.push(more),
    }
}

/// A member of a struct array.
fn child<'a>(array: &'a dyn Array, label: &str) -> Option<&'a dyn Array> {
    array.as_struct_opt()?.column_by_name(label).map(|child| child as &dyn Array)
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// A member that stands nowhere in a text.
fn member(name: &str, node: Node) -> Member {
    Member { name: name.to_owned(), span: 0..0, value: Item { span: 0..0, node } }
}
