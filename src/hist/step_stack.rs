//! Histograms of all steps of a series, for heat maps, ridge plots and percentile bands.
//!
//! Every step contributes: with more steps than columns, a column shows the extremes of its steps, or their average.

mod matrix;
mod spread;

pub use matrix::{ColorScale, Combine, Grid, Matrix, OUTLYING, Outside};

use super::scale::Scale;
use super::{Histogram, Segment};
use spread::{Mapping, occupied, percentiles, spread};
use std::ops::Range;
use std::sync::Arc;

/// Histograms of a series, one per step; `None` for steps without a histogram that can be drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepStack {
    steps: Vec<Option<Step>>,
    span: Option<Segment>,
    core: Option<Segment>,
    bands: Option<Segment>,
}

/// A histogram, and what is known about it.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    histogram: Arc<Histogram>,
    total: f64,
    /// Occupied interval.
    span: Option<Segment>,
    /// Interval between the outer percentiles.
    bands: Option<Segment>,
    /// True if all counts and edges are finite.
    drawable: bool,
}

impl Step {
    fn new(histogram: Histogram) -> Self {
        let finite = |numbers: &[f64]| numbers.iter().all(|x| x.is_finite());
        Self {
            total: histogram.total().as_f64(),
            span: occupied(&histogram),
            bands: percentiles(&histogram, BAND_TAIL),
            drawable: finite(histogram.counts().as_f64()) && finite(histogram.edges().as_f64()),
            histogram: Arc::new(histogram),
        }
    }
}

/// Share of the mass that may be outside each end of [`StepStack::core`].
const TAIL: f64 = 0.0005;
/// Width of the core, as a share of the span, up to which values are cut off. Wider cores cut off too little to help.
const NARROW: f64 = 0.7;
/// Share of a step's mass that may be outside each end of [`StepStack::bands`].
const BAND_TAIL: f64 = 0.01;
/// Share of the steps that may exceed each end of [`StepStack::bands`].
const BAND_STEPS: f64 = 0.01;

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

impl StepStack {
    /// Creates a stack from the histograms of all steps, in order.
    pub fn new(steps: Vec<Option<Histogram>>) -> Self {
        Self::default().with_appended(steps)
    }

    /// Appends the histograms of later steps.
    #[must_use]
    pub fn with_appended(&self, more: Vec<Option<Histogram>>) -> Self {
        let more = more.into_iter().map(|histogram| histogram.map(Step::new));
        Self::of(self.steps.iter().cloned().chain(more).collect())
    }

    /// Replaces the histograms of some steps, given by index. Ignores indices out of range.
    #[must_use]
    pub fn with_replaced(&self, replacements: impl IntoIterator<Item = (usize, Histogram)>) -> Self {
        let mut steps = self.steps.clone();
        for (step, histogram) in replacements {
            if let Some(slot) = steps.get_mut(step) {
                *slot = Some(Step::new(histogram));
            }
        }
        Self::of(steps)
    }

    fn of(steps: Vec<Option<Step>>) -> Self {
        let span = steps.iter().flatten().filter_map(|step| step.span).reduce(Segment::union);
        let mut stack = Self { steps, span, core: span, bands: None };
        // Twice, because with one far outlier the first rows are too coarse to resolve the rest.
        for _ in 0..2 {
            stack.core = stack.core.map(|core| stack.narrower(core));
        }
        let is_narrow = |core: Segment, span: Segment| core.width() < span.width() * NARROW;
        stack.core = stack.core.zip(span).map(|(core, span)| if is_narrow(core, span) { core } else { span });
        stack.bands = stack.bands_of_most_steps();
        stack
    }

    /// Part of `view` that contains all but the outermost mass, in steps of a fine matrix row.
    fn narrower(&self, view: Segment) -> Segment {
        const ROWS: usize = 1024;
        let axis = Axis { view, scale: Scale::Linear };
        let grid = Grid { combine: Combine::Average, ..Grid::new(0..self.len(), 1, ROWS, axis) };
        let matrix = self.matrix(&grid);
        let edge = |row: f64| Scale::Linear.value(row / ROWS as f64, view.lo, view.hi);
        match (matrix.quantile(0, TAIL), matrix.quantile(0, 1.0 - TAIL)) {
            (Some(lo), Some(hi)) if lo < hi => {
                Segment { lo: edge((lo * ROWS as f64).floor()), hi: edge((hi * ROWS as f64).ceil()) }
            }
            _ => view,
        }
    }

    /// Interval between the outer percentiles of nearly all steps.
    fn bands_of_most_steps(&self) -> Option<Segment> {
        let ends = self.steps.iter().flatten().filter_map(|step| step.bands);
        let (mut lows, mut highs): (Vec<f64>, Vec<f64>) = ends.map(|ends| (ends.lo, ends.hi)).unzip();
        let skipped = (lows.len() as f64 * BAND_STEPS) as usize;
        let last = lows.len().checked_sub(1)?;
        let lo = *lows.select_nth_unstable_by(skipped, f64::total_cmp).1;
        let hi = *highs.select_nth_unstable_by(last - skipped, f64::total_cmp).1;
        (lo < hi).then_some(Segment { lo, hi }).or(self.span)
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
        Some(&self.steps.get(step)?.as_ref()?.histogram)
    }

    /// Returns true if the step has a histogram, and all its counts and edges are finite.
    pub fn is_drawable(&self, step: usize) -> bool {
        self.steps.get(step).is_some_and(|step| step.as_ref().is_some_and(|step| step.drawable))
    }

    /// Returns the first step that has no histogram, or one with counts or edges that are not finite.
    pub fn first_not_drawable(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.as_ref().is_none_or(|step| !step.drawable))
    }

    /// Interval from the first to the last finite edge of the bins that are not empty, over all steps.
    pub fn span(&self) -> Option<Segment> {
        self.span
    }

    /// Same interval for a range of steps.
    pub fn span_of(&self, steps: Range<usize>) -> Option<Segment> {
        self.steps.get(steps)?.iter().flatten().filter_map(|step| step.span).reduce(Segment::union)
    }

    /// Interval that contains nearly all mass, with equal weights for all steps, so that a few far outliers do not squeeze
    /// the heat map. Equals the span if that is hardly wider.
    pub fn core(&self) -> Option<Segment> {
        self.core
    }

    /// Interval from the 1st to the 99th percentile of nearly all steps, for percentile bands.
    pub fn bands(&self) -> Option<Segment> {
        self.bands
    }

    /// Spreads every step over the rows of a grid, and combines the steps that share a column. Mass outside the axis is
    /// not in the cells, but reported by column.
    pub fn matrix(&self, grid: &Grid) -> Matrix {
        let rows = grid.rows;
        let mapping = Mapping::new(grid.axis, rows);
        let steps = grid.steps.start.min(self.len())..grid.steps.end.min(self.len());
        let columns: Vec<Range<usize>> = groups(steps, grid.columns).collect();
        let mut cells = Vec::with_capacity(columns.len() * rows);
        let mut outside = Vec::with_capacity(columns.len());
        let (mut mass, mut step_mass) = (vec![0.0; rows], vec![0.0; rows]);
        for steps in &columns {
            mass.fill(0.0);
            let mut beyond = Outside::default();
            let present = || steps.clone().filter_map(|index| Some((index, self.steps[index].as_ref()?)));
            let count = present().count();
            for (position, (index, step)) in present().enumerate() {
                let histogram = step.histogram.as_ref();
                let share = if step.total == 0.0 { 0.0 } else { 1.0 / step.total };
                let unit = match grid.normalization {
                    Normalization::Step => share,
                    Normalization::Counts => 1.0,
                };
                let (below, above) = match grid.combine {
                    Combine::Average => spread(histogram, &mapping, unit / count as f64, &mut mass),
                    Combine::Largest if position == 0 => spread(histogram, &mapping, unit, &mut mass),
                    Combine::Largest => {
                        step_mass.fill(0.0);
                        let beyond = spread(histogram, &mapping, unit, &mut step_mass);
                        for (cell, mass) in mass.iter_mut().zip(&step_mass) {
                            *cell = cell.max(*mass);
                        }
                        beyond
                    }
                };
                beyond.add(index, below * share, above * share);
            }
            cells.extend(mass.iter().map(|mass| (count > 0).then_some(*mass)));
            outside.push(beyond);
        }
        Matrix::new(cells, rows, columns, outside)
    }
}

/// Divides steps evenly into at most `columns` groups.
fn groups(steps: Range<usize>, columns: usize) -> impl Iterator<Item = Range<usize>> {
    let (first, n) = (steps.start, steps.len());
    let columns = columns.min(n);
    (0..columns).map(move |column| first + column * n / columns..first + (column + 1) * n / columns)
}

#[cfg(test)]
mod tests;
