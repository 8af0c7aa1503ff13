//! Histograms of all steps of a series, for heat maps, ridge plots and percentile bands.
//!
//! Every step contributes: with more steps than columns, a column averages several steps.

use super::scale::{CountScale, Scale};
use super::{Histogram, Segment};
use std::ops::Range;
use std::sync::Arc;

/// Histograms of a series, one per step; `None` for steps without a histogram that can be drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepStack {
    steps: Vec<Option<Arc<Histogram>>>,
    span: Option<Segment>,
    core: Option<Segment>,
}

/// Share of the mass that may be outside each end of [`StepStack::core`].
const TAIL: f64 = 0.0005;

/// Scaling of the steps in a [`Matrix`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalization {
    /// Divides each step by its total, so that shapes compare.
    #[default]
    Step,
    /// Keeps counts, so that steps with more samples weigh more.
    Counts,
}

/// Vertical axis of a [`Matrix`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// Range of values from the first to the last row.
    pub view: Segment,
    pub scale: Scale,
}

/// Mass by column (one or several steps) and row (values, upward).
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Cells by column, each column from the lowest value up; `None` if no step of the column has a histogram.
    pub cells: Vec<Option<f64>>,
    /// Number of rows.
    pub rows: usize,
    /// Largest cell.
    pub max: f64,
    /// Steps of each column, by index.
    pub columns: Vec<Range<usize>>,
}

impl StepStack {
    /// Creates a stack from the histograms of all steps, in order.
    pub fn new(steps: Vec<Option<Histogram>>) -> Self {
        Self::default().with_appended(steps)
    }

    /// Appends the histograms of later steps.
    #[must_use]
    pub fn with_appended(&self, more: Vec<Option<Histogram>>) -> Self {
        let more = more.into_iter().map(|histogram| histogram.map(Arc::new));
        Self::of(self.steps.iter().cloned().chain(more).collect())
    }

    /// Replaces the histograms of some steps, given by index. Ignores indices out of range.
    #[must_use]
    pub fn with_replaced(&self, replacements: impl IntoIterator<Item = (usize, Histogram)>) -> Self {
        let mut steps = self.steps.clone();
        for (step, histogram) in replacements {
            if let Some(slot) = steps.get_mut(step) {
                *slot = Some(Arc::new(histogram));
            }
        }
        Self::of(steps)
    }

    fn of(steps: Vec<Option<Arc<Histogram>>>) -> Self {
        let span = steps.iter().flatten().filter_map(|histogram| occupied(histogram)).reduce(Segment::union);
        let mut stack = Self { steps, span, core: span };
        // Twice, because with one far outlier the first rows are too coarse to resolve the rest.
        for _ in 0..2 {
            stack.core = stack.core.map(|core| stack.narrower(core));
        }
        // If the core is nearly as wide as the span, it cuts off no far outliers: show everything.
        let is_narrow = |core: Segment, span: Segment| core.width() < span.width() * 0.9;
        stack.core = stack.core.zip(span).map(|(core, span)| if is_narrow(core, span) { core } else { span });
        stack
    }

    /// Part of `view` that contains all but the outermost mass, in steps of a fine matrix row.
    fn narrower(&self, view: Segment) -> Segment {
        const ROWS: usize = 1024;
        let axis = Axis { view, scale: Scale::Linear };
        let matrix = self.matrix(1, ROWS, axis, Normalization::Step);
        let edge = |row: f64| Scale::Linear.value(row / ROWS as f64, view.lo, view.hi);
        match (matrix.quantile(0, TAIL), matrix.quantile(0, 1.0 - TAIL)) {
            (Some(lo), Some(hi)) if lo < hi => {
                Segment { lo: edge((lo * ROWS as f64).floor()), hi: edge((hi * ROWS as f64).ceil()) }
            }
            _ => view,
        }
    }

    /// Number of steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Returns true without steps.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Histogram of a step, by index.
    pub fn get(&self, step: usize) -> Option<&Histogram> {
        self.steps.get(step)?.as_deref()
    }

    /// Returns true if the step has a histogram, and all its counts and edges are finite.
    pub fn is_drawable(&self, step: usize) -> bool {
        let finite = |numbers: &[f64]| numbers.iter().all(|x| x.is_finite());
        self.get(step).is_some_and(|h| finite(h.counts().as_f64()) && finite(h.edges().as_f64()))
    }

    /// Interval from the first to the last finite edge of the bins that are not empty, over all steps.
    pub fn span(&self) -> Option<Segment> {
        self.span
    }

    /// Interval that contains nearly all mass, with equal weights for all steps, so that a few far outliers do not squeeze
    /// the heat map. Equals the span if that is hardly wider.
    pub fn core(&self) -> Option<Segment> {
        self.core
    }

    /// Spreads every step over `rows` rows of the axis, and averages the steps in at most `columns` columns. Mass outside
    /// the axis is omitted.
    pub fn matrix(&self, columns: usize, rows: usize, axis: Axis, normalization: Normalization) -> Matrix {
        let columns: Vec<Range<usize>> = groups(self.len(), columns).collect();
        let mut cells = Vec::with_capacity(columns.len() * rows);
        let mut mass = vec![0.0; rows];
        for steps in &columns {
            mass.fill(0.0);
            let present: Vec<&Histogram> = self.steps[steps.clone()].iter().flatten().map(Arc::as_ref).collect();
            for histogram in &present {
                let total = histogram.total().as_f64();
                let unit = match normalization {
                    Normalization::Step if total != 0.0 => 1.0 / total,
                    Normalization::Step => 0.0,
                    Normalization::Counts => 1.0,
                };
                spread(histogram, axis, unit / present.len() as f64, &mut mass);
            }
            cells.extend(mass.iter().map(|mass| (!present.is_empty()).then_some(*mass)));
        }
        let max = cells.iter().flatten().copied().fold(0.0, f64::max);
        Matrix { cells, rows, max, columns }
    }
}

impl Matrix {
    /// Rows of a column.
    pub fn column(&self, column: usize) -> &[Option<f64>] {
        self.cells.get(column * self.rows..(column + 1) * self.rows).unwrap_or_default()
    }

    /// Intensity of a cell with this mass, from 0 to 1: linear, or logarithmic over three decades below the largest.
    pub fn intensity(&self, mass: f64, log: bool) -> f64 {
        let scale = if log && self.max > 0.0 { CountScale::Log { unit: self.max / 1e3 } } else { CountScale::Linear };
        scale.length(mass) / scale.length(self.max).max(f64::MIN_POSITIVE)
    }

    /// Column of a step, by index.
    pub fn column_of(&self, step: usize) -> Option<usize> {
        self.columns.iter().position(|steps| steps.contains(&step))
    }

    /// Position from 0 (bottom) to 1 (top) below which a share `p` of a column's mass is; `None` without mass.
    pub fn quantile(&self, column: usize, p: f64) -> Option<f64> {
        let mass: Vec<f64> = self.column(column).iter().map(|cell| cell.unwrap_or(0.0).max(0.0)).collect();
        let target = mass.iter().sum::<f64>() * p;
        let mut below = 0.0;
        for (row, here) in mass.iter().enumerate().filter(|(_, here)| **here > 0.0) {
            if below + here >= target {
                return Some((row as f64 + ((target - below) / here).clamp(0.0, 1.0)) / self.rows as f64);
            }
            below += here;
        }
        mass.iter().rposition(|here| *here > 0.0).map(|row| (row + 1) as f64 / self.rows as f64)
    }
}

/// Divides the steps evenly into at most `columns` groups.
fn groups(steps: usize, columns: usize) -> impl Iterator<Item = Range<usize>> {
    let columns = columns.min(steps);
    (0..columns).map(move |column| column * steps / columns..(column + 1) * steps / columns)
}

/// Interval from the first to the last finite edge of the bins that are not empty.
fn occupied(histogram: &Histogram) -> Option<Segment> {
    let bins = histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64());
    let finite = bins.filter(|(edges, count)| **count != 0.0 && edges[0].is_finite() && edges[1].is_finite());
    // TensorBoard's outermost buckets reach to the largest float. On such an axis, the other bins would be invisible.
    let huge = |x: f64| x.abs() >= f64::MAX;
    let seen = finite.map(|(edges, _)| {
        let lo = if huge(edges[0]) { edges[1] } else { edges[0] };
        Segment { lo, hi: if huge(edges[1]) { lo } else { edges[1] } }
    });
    seen.reduce(Segment::union)
}

/// Adds a histogram's mass, times `unit`, to the rows that its bins cover.
fn spread(histogram: &Histogram, Axis { view, scale }: Axis, unit: f64, mass: &mut [f64]) {
    let rows = mass.len() as f64;
    let row = |x: f64| scale.position(x, view.lo, view.hi) * rows;
    let bins = histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64());
    for (edges, count) in bins.filter(|(_, count)| **count != 0.0 && count.is_finite()) {
        let (lo, hi) = (edges[0], edges[1]);
        if hi < view.lo || lo > view.hi || (hi == view.lo && lo < hi) || (lo == view.hi && lo < hi) {
            continue;
        }
        let (from, to) = (row(lo), row(hi));
        let last = mass.len().saturating_sub(1);
        if to - from <= 1e-9 {
            if let Some(cell) = mass.get_mut((from as usize).min(last)) {
                *cell += count * unit;
            }
            continue;
        }
        // A bin that crosses the end of the view contributes only its share inside, by value.
        let width = hi - lo;
        let inside = if width.is_finite() { (hi.min(view.hi) - lo.max(view.lo)) / width } else { 1.0 };
        let density = count * unit * inside / (to - from);
        for (index, cell) in mass.iter_mut().enumerate().take((to.ceil() as usize).min(last + 1)).skip(from as usize) {
            let overlap = to.min((index + 1) as f64) - from.max(index as f64);
            *cell += density * overlap.max(0.0);
        }
    }
}

#[cfg(test)]
mod tests;
