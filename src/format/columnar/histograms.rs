//! Histograms in rows: in which of them, and what they are.

use super::{Batches, LISTED, Pick, cell, member};
use crate::engine::Budget;
use crate::format::DecodeError;
use crate::json::{self, Node};
use crate::wandb;
use arrow_array::{Array, RecordBatch};
use std::ops::ControlFlow;

/// Bytes of memory that a histogram takes beside its numbers.
const ROW: usize = 200;

/// A series of histograms, one a row in which it was logged.
#[derive(Debug, Clone)]
pub struct Histograms {
    pub path: Vec<String>,
    /// The logged steps, if every one of its rows has one.
    pub steps: Option<Vec<i64>>,
    /// Rows from 0.
    pub rows: Vec<u64>,
    pub(super) shape: Shape,
}

#[derive(Debug, Clone)]
pub(super) enum Shape {
    Struct(usize),
    /// A list of structs: one series for each place in it.
    Listed(usize, usize),
    Text(usize),
    /// Positions and what each column is the part of, `_type` first.
    Flat(Vec<(usize, &'static str)>),
}

impl Histograms {
    pub(super) fn new(path: Vec<String>, shape: Shape) -> Self {
        Self { path, steps: None, rows: Vec::new(), shape }
    }

    pub(super) fn roots(&self) -> Vec<usize> {
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
    pub(super) fn at(self, rows: Vec<u64>, steps: &[Option<i64>]) -> Self {
        let steps = rows.iter().map(|row| steps.get(*row as usize).copied().flatten()).collect();
        Self { steps, rows, ..self }
    }

    /// The rows in which a list has something at each of its first places, of which at most one more than [`LISTED`] are
    /// told.
    pub(super) fn listed(&self, file: &impl Batches) -> Result<Vec<Vec<u64>>, DecodeError> {
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
    pub(super) fn logged(&self, file: &impl Batches) -> Result<Option<Vec<u64>>, DecodeError> {
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
    /// A damaged file, or more histograms than memory holds.
    pub fn read(
        &self,
        file: &impl Batches,
        memory: &Budget,
    ) -> Result<Vec<Result<wandb::Histogram, String>>, DecodeError> {
        let pick = self.pick();
        let (mut rows, mut first) = (self.rows.iter().peekable(), 0);
        let (mut found, held) = (Vec::new(), memory.hold(0)?);
        file.read(&pick, &mut |batch| {
            let end = first + batch.num_rows() as u64;
            while let Some(row) = rows.next_if(|row| **row < end) {
                let node = self.node(&pick.roots, batch, (row - first) as usize);
                let histogram = node.and_then(|node| wandb::Histogram::read(&node).map_err(|e| e.to_string()));
                let numbers = histogram.as_ref().map_or(0, |found| found.values().len() + found.bins().len());
                held.grow((ROW + 8 * numbers) as u64)?;
                found.push(histogram);
            }
            first = end;
            Ok(ControlFlow::Continue(()))
        })?;
        held.keep();
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

fn is_histogram_text(array: &dyn Array, row: usize) -> bool {
    let Some(Node::Text(text)) = cell::node(array, row) else { return false };
    let item = text.trim_start().starts_with('{').then(|| json::parse(text.as_bytes()).ok()).flatten();
    let kind = item.as_ref().and_then(|item| item.node.get("_type")).map(|item| &item.node);
    matches!(kind, Some(Node::Text(kind)) if kind == "histogram" || kind == "trackio.histogram")
}
