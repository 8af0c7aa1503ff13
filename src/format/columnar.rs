//! What the columns of a Parquet or Arrow file hold: histograms as W&B exports a run's history, and raw samples.
//!
//! A histogram is a struct `{_type, values, bins or packedBins}`, a text column of histograms in JSON, or flat columns
//! `name._type`, `name.values` … In a list each place is a series. Rows without a value were not logged. Every other column
//! of numbers is raw samples: lists and maps are flattened, members of structs are series of their own. Not here: how batches come out of a file.

mod cell;
mod numbers;

use super::Refusal;
use super::column::Column;
use crate::error::{At, Problem};
use crate::hist::{DType, Number};
use crate::json::{self, Item, Member, Node};
use crate::wandb;
use arrow_array::{Array, RecordBatch, cast::AsArray};
use arrow_schema::{DataType, Schema};
use numbers::Collector;
use std::ops::{ControlFlow, Range};
use std::slice;

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
pub trait Batches {
    /// Hands over the picked columns, in order of the schema, until there are no more or `each` breaks.
    ///
    /// # Errors
    /// A damaged file, or what `each` refused.
    fn read(&self, pick: &Pick, each: Each<'_>) -> Result<(), Refusal>;
}

/// What is done with every batch.
pub type Each<'e> = &'e mut dyn FnMut(&RecordBatch) -> Result<ControlFlow<()>, Refusal>;

/// The series of a file.
#[derive(Debug, Default)]
pub struct Contents {
    /// Histograms first.
    pub histograms: Vec<Histograms>,
    pub numbers: Vec<Numbers>,
    /// Names and types of the columns that are neither.
    pub left_out: Vec<String>,
}

/// A series of raw samples.
#[derive(Debug, Clone)]
pub struct Numbers {
    pub path: Vec<String>,
    pub problems: Vec<Problem>,
    root: usize,
    /// How many labels behind the root lead through structs alone.
    plain: usize,
    dtype: DType,
}

/// A series of histograms, one a row in which it was logged.
#[derive(Debug, Clone)]
pub struct Histograms {
    pub path: Vec<String>,
    /// The logged steps, if every one of its rows has one.
    pub steps: Option<Vec<i64>>,
    /// Rows from 0.
    pub rows: Vec<u64>,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    Struct(usize),
    /// A list of structs: one series for each place in it.
    Listed(usize, usize),
    Text(usize),
    /// Positions and what each column is the part of, `_type` first.
    Flat(Vec<(usize, &'static str)>),
}

/// Finds the series. The rows in which histograms were logged are read, and the first cells of text columns.
///
/// # Errors
/// A damaged file.
pub fn contents(schema: &Schema, file: &impl Batches) -> Result<Contents, Refusal> {
    let mut found = Contents::default();
    let mut candidates = flat(schema, &mut found);
    let taken: Vec<usize> = candidates.iter().flat_map(Histograms::roots).collect();
    for (root, field) in schema.fields().iter().enumerate().filter(|(root, _)| !taken.contains(root)) {
        let mut walk =
            Walk { root, path: Vec::new(), plain: None, listed: false, found: &mut found, candidates: &mut candidates };
        walk.member(field.name(), field.data_type());
    }
    if !candidates.is_empty() {
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
fn steps(schema: &Schema, file: &impl Batches) -> Result<Vec<Option<i64>>, Refusal> {
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

/// The way down one root column.
struct Walk<'w> {
    root: usize,
    path: Vec<String>,
    /// Once in a list: how many labels led to it.
    plain: Option<usize>,
    /// Whether what comes is what a list holds that is in no other.
    listed: bool,
    found: &'w mut Contents,
    candidates: &'w mut Vec<Histograms>,
}

impl Walk<'_> {
    fn member(&mut self, name: &str, data_type: &DataType) {
        self.path.push(name.to_owned());
        self.value(data_type);
        self.path.pop();
    }

    fn value(&mut self, data_type: &DataType) {
        match data_type {
            DataType::Struct(members) => {
                let member = |name: &str| members.iter().find(|member| member.name() == name);
                let is_histogram =
                    member("_type").is_some_and(|m| is_text(m.data_type())) && member("values").is_some();
                if is_histogram && self.plain.is_none() {
                    self.candidates.push(Histograms::new(self.path.clone(), Shape::Struct(self.root)));
                    return;
                }
                if is_histogram && self.listed {
                    self.candidates.push(Histograms::new(self.path.clone(), Shape::Listed(self.root, 0)));
                    return;
                }
                self.listed = false;
                for member in members {
                    self.member(member.name(), member.data_type());
                }
            }
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::FixedSizeList(item, _)
            | DataType::Map(item, _) => {
                let before = self.plain;
                // Of lists in lists, and of maps, the numbers alone are told.
                self.listed = before.is_none() && !matches!(data_type, DataType::Map(..));
                self.plain = before.or(Some(self.path.len()));
                self.value(item.data_type());
                self.plain = before;
            }
            DataType::Dictionary(_, values) => self.value(values),
            text if is_text(text) && self.plain.is_none() => {
                self.candidates.push(Histograms::new(self.path.clone(), Shape::Text(self.root)));
            }
            leaf => match numbers::dtype(leaf) {
                Some(dtype) => self.found.numbers.push(Numbers {
                    path: self.path.clone(),
                    problems: rounded(leaf),
                    root: self.root,
                    plain: self.plain.unwrap_or(self.path.len()) - 1,
                    dtype,
                }),
                None => self.found.left_out.push(format!("{} ({leaf})", self.path.join("."))),
            },
        }
    }
}

/// What is said of numbers that are not kept as they are.
fn rounded(data_type: &DataType) -> Vec<Problem> {
    let note = format!("{data_type}, read as the nearest float64");
    if numbers::is_decimal(data_type) { vec![Problem::new(At::Whole, note)] } else { Vec::new() }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

impl Numbers {
    /// What of the file it needs.
    pub fn pick(&self) -> Pick {
        Pick { roots: vec![self.root], below: self.path.iter().skip(1).take(self.plain).cloned().collect() }
    }

    /// Reads all its numbers.
    ///
    /// # Errors
    /// A damaged file, or more numbers than memory holds.
    pub fn read(&self, file: &impl Batches) -> Result<Column, Refusal> {
        let mut collector = Collector::new(self.dtype);
        let labels = self.path.get(1..).unwrap_or_default();
        file.read(&self.pick(), &mut |batch| {
            if let Some(column) = batch.columns().first() {
                collector.take(column, labels, slice::from_ref(&(0..column.len())))?;
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let (samples, missing) = collector.into_parts();
        Ok(Column { path: self.path.clone(), samples, missing, bad: 0, problems: self.problems.clone() })
    }
}

impl Histograms {
    fn new(path: Vec<String>, shape: Shape) -> Self {
        Self { path, steps: None, rows: Vec::new(), shape }
    }

    fn roots(&self) -> Vec<usize> {
        match &self.shape {
            Shape::Struct(root) | Shape::Listed(root, _) | Shape::Text(root) => vec![*root],
            Shape::Flat(parts) => parts.iter().map(|(root, _)| *root).collect(),
        }
    }

    /// What of the file it needs.
    pub fn pick(&self) -> Pick {
        let mut roots = self.roots();
        roots.sort_unstable();
        let below = if roots.len() == 1 { self.below().to_vec() } else { Vec::new() };
        Pick { roots, below }
    }

    /// Labels behind the root column, down to a list.
    fn below(&self) -> &[String] {
        let end = self.path.len() - usize::from(matches!(self.shape, Shape::Listed(..)));
        self.path.get(1..end).unwrap_or_default()
    }

    /// In these rows, at the steps that they have.
    fn at(self, rows: Vec<u64>, steps: &[Option<i64>]) -> Self {
        let steps = rows.iter().map(|row| steps.get(*row as usize).copied().flatten()).collect();
        Self { steps, rows, ..self }
    }

    /// The rows in which a list has something at each of its first places, of which at most one more than [`LISTED`] are
    /// told.
    fn listed(&self, file: &impl Batches) -> Result<Vec<Vec<u64>>, Refusal> {
        let labels = self.path.get(1..).unwrap_or_default();
        let (mut places, mut first) = (Vec::new(), 0);
        file.read(&Pick { roots: self.roots(), below: labels.to_vec() }, &mut |batch| {
            let Some((lists, valid)) = batch.columns().first().and_then(|column| cell::descend(column, labels)) else {
                return Ok(ControlFlow::Break(()));
            };
            for row in valid.into_iter().flatten() {
                let items = cell::items(lists, row);
                for place in (0..items.as_ref().map_or(0, Array::len)).take(LISTED + 1) {
                    if places.len() <= place {
                        places.push(Vec::new());
                    }
                    if items.as_ref().is_some_and(|items| items.is_valid(place)) {
                        places[place].push(first + row as u64);
                    }
                }
            }
            first += batch.num_rows() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(places)
    }

    /// The rows in which it was logged; `None` for a column of text that holds none.
    fn logged(&self, file: &impl Batches) -> Result<Option<Vec<u64>>, Refusal> {
        let (mut labels, mut roots) = (self.below().to_vec(), self.roots());
        roots.truncate(1);
        if matches!(self.shape, Shape::Struct(_)) {
            labels.push("_type".to_owned());
        }
        let (mut rows, mut first, mut known) = (Vec::new(), 0, !matches!(self.shape, Shape::Text(_)));
        file.read(&Pick { roots, below: labels.clone() }, &mut |batch| {
            let Some((leaf, valid)) = batch.columns().first().and_then(|column| cell::descend(column, &labels)) else {
                return Ok(ControlFlow::Break(()));
            };
            for row in valid.into_iter().flatten() {
                if !known && !is_histogram_text(leaf, row) {
                    return Ok(ControlFlow::Break(()));
                }
                known = true;
                rows.push(first + row as u64);
            }
            first += batch.num_rows() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(known.then_some(rows))
    }

    /// Reads all its histograms, whole or broken, one for each of its rows, or why a row has none.
    ///
    /// # Errors
    /// A damaged file.
    pub fn read(&self, file: &impl Batches) -> Result<Vec<Result<wandb::Histogram, String>>, Refusal> {
        let pick = self.pick();
        let (mut rows, mut first) = (self.rows.iter().peekable(), 0);
        let mut found = Vec::new();
        file.read(&pick, &mut |batch| {
            let end = first + batch.num_rows() as u64;
            while let Some(row) = rows.next_if(|row| **row < end) {
                let node = self.node(&pick.roots, batch, (row - first) as usize);
                found.push(node.and_then(|node| wandb::Histogram::read(&node).map_err(|e| e.to_string())));
            }
            first = end;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(found)
    }

    /// A histogram as JSON would hold it.
    fn node(&self, roots: &[usize], batch: &RecordBatch, row: usize) -> Result<Node, String> {
        let column = |root: &usize| batch.columns().get(roots.iter().position(|picked| picked == root)?);
        let nothing = || "there is no value".to_owned();
        match &self.shape {
            Shape::Listed(root, place) => {
                let leaf = column(root).and_then(|column| cell::descend(column, self.below()));
                let items = leaf.and_then(|(leaf, _)| cell::items(leaf, row)).ok_or_else(nothing)?;
                cell::node(&items, *place).ok_or_else(nothing)
            }
            Shape::Struct(root) | Shape::Text(root) => {
                let leaf = column(root).and_then(|column| cell::descend(column, self.below()));
                let node = leaf.and_then(|(leaf, _)| cell::node(leaf, row)).ok_or_else(nothing)?;
                match node {
                    Node::Text(text) => json::parse(text.as_bytes()).map(|item| item.node).map_err(|e| e.to_string()),
                    node => Ok(node),
                }
            }
            Shape::Flat(parts) => {
                let (mut members, mut packed) = (Vec::new(), Vec::new());
                for (root, part) in parts {
                    let Some(node) = column(root).and_then(|column| cell::node(column, row)) else { continue };
                    match part.strip_prefix("packedBins.") {
                        Some(part) => packed.push(member(part, node)),
                        None => members.push(member(part, node)),
                    }
                }
                if !packed.is_empty() {
                    members.push(member("packedBins", Node::Object(packed)));
                }
                Ok(Node::Object(members))
            }
        }
    }
}

/// A member that stands nowhere in a text.
fn member(name: &str, node: Node) -> Member {
    Member { name: name.to_owned(), span: 0..0, value: Item { span: 0..0, node } }
}

fn is_histogram_text(array: &dyn Array, row: usize) -> bool {
    let Some(Node::Text(text)) = cell::node(array, row) else { return false };
    let item = text.trim_start().starts_with('{').then(|| json::parse(text.as_bytes()).ok()).flatten();
    let kind = item.as_ref().and_then(|item| item.node.get("_type")).map(|item| &item.node);
    matches!(kind, Some(Node::Text(kind)) if kind == "histogram" || kind == "trackio.histogram")
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
