//! Sorted samples under a grid of equal cells, in which it takes few comparisons to count those below an edge.

use crate::hist::binning::{Element, Real as _, Uniform};

/// The most cells, which are kept few enough for a processor's cache.
const CELLS: usize = 1 << 20;

/// Finite samples in ascending order.
#[derive(Debug)]
pub(crate) struct Sorted<T> {
    values: Vec<T>,
    /// How many samples there are before each cell, and at last.
    before: Vec<usize>,
    lo: f64,
    /// Cells a unit.
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

    /// Never falls as the value rises, so that all samples of the cells before lie below an edge in this one.
    fn cell(&self, x: f64) -> usize {
        (((x - self.lo) * self.scale) as usize).min(self.before.len() - 2)
    }

    /// How many of the samples, which all lie within the range, fall into each bin.
    pub(super) fn counts(&self, uniform: &Uniform<T>) -> impl Iterator<Item = usize> {
        let mut below = 0;
        uniform.inner().map(Some).chain([None]).map(move |edge| {
            let upto = edge.map_or(self.values.len(), |edge: T::Edge| {
                let cell = self.cell(edge.to_f64());
                let (from, to) = (self.before[cell], self.before[cell + 1]);
                from + self.values[from..to].partition_point(|x| x.edge() < edge)
            });
            let n = upto - below;
            below = upto;
            n
        })
    }
}
