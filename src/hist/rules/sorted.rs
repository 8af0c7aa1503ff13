//! Sorted samples with an index of equal cells, which makes counting samples below an edge fast.

use crate::hist::binning::{Element, Real as _, Uniform};

/// Maximum number of cells, so that the index fits the processor's cache.
const CELLS: usize = 1 << 20;

/// Finite samples in ascending order.
#[derive(Debug)]
pub(crate) struct Sorted<T> {
    values: Vec<T>,
    /// Number of samples before each cell, and finally the number of all samples.
    before: Vec<usize>,
    lo: f64,
    /// Cells per unit of value.
    scale: f64,
}

impl<T: Element> Sorted<T> {
    pub(crate) fn new(values: Vec<T>) -> Self {
        let ends = values.first().zip(values.last());
        let (lo, hi) = ends.map_or((0.0, 0.0), |(lo, hi)| (lo.to_f64(), hi.to_f64()));
        let cells = values.len().clamp(1, CELLS);
        let scale = (cells - 1) as f64 / (hi - lo);
        let mut sorted =
            Self { values, before: vec![0; cells + 1], lo, scale: if scale.is_finite() { scale } else { 0.0 } };
        for x in &sorted.values {
            let cell = sorted.cell(x.to_f64());
            sorted.before[cell + 1] += 1;
        }
        let mut sum = 0;
        for before in &mut sorted.before {
            sum += *before;
            *before = sum;
        }
        sorted
    }

    /// Cell of `x`. Monotone, so all samples in earlier cells are below an edge in this cell.
    fn cell(&self, x: f64) -> usize {
        (((x - self.lo) * self.scale) as usize).min(self.before.len() - 2)
    }

    /// Counts per bin, for samples that are all within the range.
    pub(super) fn counts(&self, uniform: &Uniform<T>) -> impl Iterator<Item = usize> {
        let mut below = 0;
        uniform.inner().map(Some).chain([None]).map(move |edge| {
            let end = edge.map_or(self.values.len(), |edge: T::Edge| {
                let cell = self.cell(edge.to_f64());
                let (from, to) = (self.before[cell], self.before[cell + 1]);
                from + self.values[from..to].partition_point(|x| x.edge() < edge)
            });
            let n = end - below;
            below = end;
            n
        })
    }
}
