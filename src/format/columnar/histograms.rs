//! Columns of histograms: the rows in which they were logged, and their decoding.

use super::{Batches, MAX_LISTED, Projection, cell, member};
use crate::engine::Budget;
use crate::format::{DecodeError, histogram_text};
use crate::json::{self, Node};
use crate::wandb;
use arrow_array::{Array, RecordBatch};
use std::ops::ControlFlow;

/// Bytes of memory per histogram, without its numbers.
const OVERHEAD: usize = 200;

/// A series of histograms.
#[derive(Debug, Clone)]
pub struct HistogramColumn {
    pub path: Vec<String>,
    /// The logged steps, if every row has one.
    pub steps: Option<Vec<i64>>,
    /// Rows in which a histogram was logged, from 0.
    pub rows: Vec<u64>,
    pub(super) encoding: HistogramEncoding,
}

/// The columns that contain a series of histograms. `root` is an index in the schema.
#[derive(Debug, Clone)]
pub(super) enum HistogramEncoding {
    /// A struct.
    Struct { root: usize },
    /// One element of a list of structs.
    Listed { root: usize, index: usize },
    /// JSON text.
    Text { root: usize },
    /// Flat columns: the index of each, and its suffix in [`PARTS`](super::PARTS), `_type` first.
    Flat(Vec<(usize, &'static str)>),
}

impl HistogramColumn {
    pub(super) fn new(path: Vec<String>, encoding: HistogramEncoding) -> Self {
        Self { path, steps: None, rows: Vec::new(), encoding }
    }

    pub(super) fn roots(&self) -> Vec<usize> {
        match &self.encoding {
            HistogramEncoding::Struct { root }
            | HistogramEncoding::Listed { root, .. }
            | HistogramEncoding::Text { root } => vec![*root],
            HistogramEncoding::Flat(parts) => parts.iter().map(|(root, _)| *root).collect(),
        }
    }

    /// Returns the columns to read.
    pub fn projection(&self) -> Projection {
        let mut roots = self.roots();
        roots.sort_unstable();
        let below = if roots.len() == 1 { self.below().to_vec() } else { Vec::new() };
        Projection { roots, below }
    }

    /// Returns the labels below the root column, without the index of a list element.
    fn below(&self) -> &[String] {
        let end = self.path.len() - usize::from(matches!(self.encoding, HistogramEncoding::Listed { .. }));
        self.path.get(1..end).unwrap_or_default()
    }

    /// Sets the rows, and looks up their steps.
    pub(super) fn at(self, rows: Vec<u64>, steps: &[Option<i64>]) -> Self {
        let steps = rows.iter().map(|row| steps.get(*row as usize).copied().flatten()).collect();
        Self { steps, rows, ..self }
    }

    /// Returns, for each index of the list, the rows that have an element there. Examines one index more than
    /// [`MAX_LISTED`].
    pub(super) fn listed(&self, file: &impl Batches) -> Result<Vec<Vec<u64>>, DecodeError> {
        let labels = self.path.get(1..).unwrap_or_default();
        let (mut indices, mut first) = (Vec::new(), 0);
        file.read(&Projection { roots: self.roots(), below: labels.to_vec() }, &mut |batch| {
            let Some((lists, valid)) = batch.columns().first().and_then(|column| cell::descend(column, labels)) else {
                return Ok(ControlFlow::Break(()));
            };
            for row in valid.into_iter().flatten() {
                let items = cell::items(lists, row);
                for index in (0..items.as_ref().map_or(0, Array::len)).take(MAX_LISTED + 1) {
                    if indices.len() <= index {
                        indices.push(Vec::new());
                    }
                    if items.as_ref().is_some_and(|items| items.is_valid(index)) {
                        indices[index].push(first + row as u64);
                    }
                }
            }
            first += batch.num_rows() as u64;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(indices)
    }

    /// Returns the rows in which a histogram was logged, or `None` for a text column without histograms.
    pub(super) fn logged(&self, file: &impl Batches) -> Result<Option<Vec<u64>>, DecodeError> {
        let (mut labels, mut roots) = (self.below().to_vec(), self.roots());
        roots.truncate(1);
        if matches!(self.encoding, HistogramEncoding::Struct { .. }) {
            labels.push("_type".to_owned());
        }
        let (mut rows, mut first, mut known) =
            (Vec::new(), 0, !matches!(self.encoding, HistogramEncoding::Text { .. }));
        file.read(&Projection { roots, below: labels.clone() }, &mut |batch| {
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

    /// Removes the rows whose histogram has no bins, Trackio's form of samples without a finite value.
    pub(super) fn without_empty(&self, rows: Vec<u64>, file: &impl Batches) -> Result<Vec<u64>, DecodeError> {
        if !matches!(self.encoding, HistogramEncoding::Struct { .. }) {
            return Ok(rows);
        }
        let labels = [self.below(), &["values".to_owned()]].concat();
        let (mut left, mut kept, mut first) = (rows.iter().copied().peekable(), Vec::new(), 0);
        file.read(&Projection { roots: self.roots(), below: labels.clone() }, &mut |batch| {
            let end = first + batch.num_rows() as u64;
            let lists = batch.columns().first().and_then(|column| cell::descend(column, &labels));
            while let Some(row) = left.next_if(|row| *row < end) {
                let at = (row - first) as usize;
                let list = lists.as_ref().filter(|(lists, _)| lists.is_valid(at));
                let items = list.and_then(|(lists, _)| cell::items(*lists, at));
                if items.is_none_or(|items| !items.is_empty()) {
                    kept.push(row);
                }
            }
            first = end;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(kept)
    }

    /// Reads the histograms of all rows. They may be malformed. A row that cannot be read has an error message instead.
    ///
    /// # Errors
    /// The file is damaged, or the histograms exceed the memory budget.
    pub fn read(
        &self,
        file: &impl Batches,
        memory: &Budget,
    ) -> Result<Vec<Result<wandb::Histogram, String>>, DecodeError> {
        let projection = self.projection();
        let (mut rows, mut first) = (self.rows.iter().peekable(), 0);
        let (mut found, held) = (Vec::new(), memory.reserve(0)?);
        file.read(&projection, &mut |batch| {
            let end = first + batch.num_rows() as u64;
            while let Some(row) = rows.next_if(|row| **row < end) {
                let node = self.node(&projection.roots, batch, (row - first) as usize);
                let histogram = node.and_then(|node| wandb::Histogram::read(&node).map_err(|e| e.to_string()));
                let numbers = histogram.as_ref().map_or(0, |found| found.values().len() + found.bins().len());
                held.grow((OVERHEAD + 8 * numbers) as u64)?;
                found.push(histogram);
            }
            first = end;
            Ok(ControlFlow::Continue(()))
        })?;
        held.keep();
        Ok(found)
    }

    /// Converts a histogram to JSON.
    fn node(&self, roots: &[usize], batch: &RecordBatch, row: usize) -> Result<Node, String> {
        let column = |root: &usize| batch.columns().get(roots.iter().position(|selected| selected == root)?);
        let no_value = || "no value".to_owned();
        match &self.encoding {
            HistogramEncoding::Listed { root, index } => {
                let leaf = column(root).and_then(|column| cell::descend(column, self.below()));
                let items = leaf.and_then(|(leaf, _)| cell::items(leaf, row)).ok_or_else(no_value)?;
                cell::node(&items, *index).ok_or_else(no_value)
            }
            HistogramEncoding::Struct { root } | HistogramEncoding::Text { root } => {
                let leaf = column(root).and_then(|column| cell::descend(column, self.below()));
                let node = leaf.and_then(|(leaf, _)| cell::node(leaf, row)).ok_or_else(no_value)?;
                match node {
                    Node::Text(text) => histogram_text::node(&text).unwrap_or_else(|| {
                        json::parse(text.as_bytes()).map(|item| item.node).map_err(|why| why.to_string())
                    }),
                    node => Ok(node),
                }
            }
            HistogramEncoding::Flat(parts) => {
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
    matches!(histogram_text::node(&text), Some(Ok(_)))
}
