//! A histogram over the steps of a run: what heat maps, ridges and percentile bands are made of.
//!
//! Every step counts: where there are more steps than columns, columns take several steps together.

use super::scale::{CountScale, Scale};
use super::{Histogram, Segment};
use std::ops::Range;
use std::sync::Arc;

/// The histograms of a series, step by step; `None` where a step has none that can be drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepStack {
    steps: Vec<Option<Arc<Histogram>>>,
    span: Option<Segment>,
    core: Option<Segment>,
}

/// The share of all steps' mass that may lie beyond either end of [`StepStack::core`].
const BEYOND: f64 = 0.0005;

/// How the columns of a [`Matrix`] are made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalization {
    /// Each step's total is one: shapes compare.
    #[default]
    Step,
    /// Counts as they are: steps with more samples weigh more.
    Counts,
}

/// Mass by column (steps, several where there are more than columns) and row (values, upward).
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    /// Column by column, each from the lowest value up. `None`: none of the column's steps has a histogram.
    pub cells: Vec<Option<f64>>,
    pub rows: usize,
    /// The largest cell.
    pub max: f64,
    /// The steps of each column, by position.
    pub columns: Vec<Range<usize>>,
}

impl StepStack {
    /// From the histograms of all steps, in order.
    pub fn new(steps: Vec<Option<Histogram>>) -> Self {
        Self::default().and(steps)
    }

    /// With those of the steps after them.
    #[must_use]
    pub fn and(&self, more: Vec<Option<Histogram>>) -> Self {
        let more = more.into_iter().map(|histogram| histogram.map(Arc::new));
        Self::of(self.steps.iter().cloned().chain(more).collect())
    }

    /// With others in place of those of some steps.
    #[must_use]
    pub fn with(&self, others: impl IntoIterator<Item = (usize, Histogram)>) -> Self {
        let mut steps = self.steps.clone();
        for (step, histogram) in others {
            if let Some(slot) = steps.get_mut(step) {
                *slot = Some(Arc::new(histogram));
            }
        }
        Self::of(steps)
    }

    fn of(steps: Vec<Option<Arc<Histogram>>>) -> Self {
        let span = steps.iter().flatten().filter_map(|histogram| held(histogram)).reduce(Segment::union);
        let mut sweep = Self { steps, span, core: span };
        // Twice, since one far outlier makes the rows of the first look as coarse as everything else is narrow.
        for _ in 0..2 {
            sweep.core = sweep.core.map(|core| sweep.narrower(core));
        }
        // Beyond a core nearly as wide as everything there are no far outliers: all can be shown.
        sweep.core =
            sweep.core.zip(span).map(|(core, span)| if core.width() < span.width() * 0.9 { core } else { span });
        sweep
    }

    /// The rows of a fine matrix over `view` that hold all but the outermost mass.
    fn narrower(&self, view: Segment) -> Segment {
        const ROWS: usize = 1024;
        let matrix = self.matrix(1, ROWS, (view, Scale::Linear), Normalization::Step);
        let edge = |row: f64| Scale::Linear.value(row / ROWS as f64, view.lo, view.hi);
        match (matrix.quantile(0, BEYOND), matrix.quantile(0, 1.0 - BEYOND)) {
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

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The histogram of a step.
    pub fn get(&self, step: usize) -> Option<&Histogram> {
        self.steps.get(step)?.as_deref()
    }

    /// Whether a step has no histogram that can be drawn, or one with counts or edges that are not finite.
    pub fn odd(&self, step: usize) -> bool {
        let finite = |numbers: &[f64]| numbers.iter().all(|x| x.is_finite());
        let sound = |h: &Histogram| finite(h.counts().as_f64()) && finite(h.edges().as_f64());
        !self.get(step).is_some_and(sound)
    }

    /// From the first to the last edge of finite extent, over all steps, of bins that hold something.
    pub fn span(&self) -> Option<Segment> {
        self.span
    }

    /// The values between which nearly all of the steps' mass lies, each step weighing the same, or the span
    /// where that is hardly wider: a few far outliers in one step do not squeeze the picture of all.
    pub fn core(&self) -> Option<Segment> {
        self.core
    }

    /// Spreads every step over `rows` rows of `view`, steps over at most `columns` columns: the mean of the steps that
    /// share one. Mass outside the view is left out.
    pub fn matrix(
        &self,
        columns: usize,
        rows: usize,
        (view, scale): (Segment, Scale),
        normal: Normalization,
    ) -> Matrix {
        let columns: Vec<Range<usize>> = groups(self.len(), columns).collect();
        let mut cells = Vec::with_capacity(columns.len() * rows);
        let mut mass = vec![0.0; rows];
        for steps in &columns {
            mass.fill(0.0);
            let known: Vec<&Histogram> = self.steps[steps.clone()].iter().flatten().map(Arc::as_ref).collect();
            for histogram in &known {
                let total = histogram.total().as_f64();
                let unit = match normal {
                    Normalization::Step if total != 0.0 => 1.0 / total,
                    Normalization::Step => 0.0,
                    Normalization::Counts => 1.0,
                };
                spread(histogram, (view, scale), unit / known.len() as f64, &mut mass);
            }
            cells.extend(mass.iter().map(|mass| (!known.is_empty()).then_some(*mass)));
        }
        let max = cells.iter().flatten().copied().fold(0.0, f64::max);
        Matrix { cells, rows, max, columns }
    }
}

impl Matrix {
    /// The rows of a column.
    pub fn column(&self, column: usize) -> &[Option<f64>] {
        self.cells.get(column * self.rows..(column + 1) * self.rows).unwrap_or_default()
    }

    /// How dark a cell of so much is drawn, from 0 to 1: in proportion, or over three decades below the largest.
    pub fn intensity(&self, mass: f64, log: bool) -> f64 {
        let rise = if log && self.max > 0.0 { CountScale::Log { unit: self.max / 1e3 } } else { CountScale::Linear };
        rise.length(mass) / rise.length(self.max).max(f64::MIN_POSITIVE)
    }

    /// The column of a step.
    pub fn column_of(&self, step: usize) -> Option<usize> {
        self.columns.iter().position(|steps| steps.contains(&step))
    }

    /// Where a share `p` of a column's mass is reached, as a position from 0 (bottom) to 1 (top).
    pub fn quantile(&self, column: usize, p: f64) -> Option<f64> {
        let mass: Vec<f64> = self.column(column).iter().map(|cell| cell.unwrap_or(0.0).max(0.0)).collect();
        let wanted = mass.iter().sum::<f64>() * p;
        let mut below = 0.0;
        for (row, here) in mass.iter().enumerate().filter(|(_, here)| **here > 0.0) {
            if below + here >= wanted {
                return Some((row as f64 + ((wanted - below) / here).clamp(0.0, 1.0)) / self.rows as f64);
            }
            below += here;
        }
        mass.iter().rposition(|here| *here > 0.0).map(|row| (row + 1) as f64 / self.rows as f64)
    }
}

/// Steps shared out evenly over at most so many columns.
fn groups(steps: usize, columns: usize) -> impl Iterator<Item = Range<usize>> {
    let columns = columns.min(steps);
    (0..columns).map(move |column| column * steps / columns..(column + 1) * steps / columns)
}

/// From the first to the last finite edge of the bins that hold something.
fn held(histogram: &Histogram) -> Option<Segment> {
    let bins = histogram.edges().as_f64().windows(2).zip(histogram.counts().as_f64());
    let finite = bins.filter(|(edges, count)| **count != 0.0 && edges[0].is_finite() && edges[1].is_finite());
    // The outermost buckets of TensorBoard reach to the largest number there is; nothing else could be seen beside them.
    let huge = |x: f64| x.abs() >= f64::MAX;
    let seen = finite.map(|(edges, _)| {
        let lo = if huge(edges[0]) { edges[1] } else { edges[0] };
        Segment { lo, hi: if huge(edges[1]) { lo } else { edges[1] } }
    });
    seen.reduce(Segment::union)
}

/// Adds a histogram's mass, times `unit`, to the rows its bins cover.
fn spread(histogram: &Histogram, (view, scale): (Segment, Scale), unit: f64, mass: &mut [f64]) {
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
        // Of a bin that reaches out of the view only the part inside is drawn; that part is known in value.
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
mod tests {
    use super::*;
    use crate::hist::{Edges, Numbers};

    fn histogram(edges: &[f64], counts: &[i128]) -> Histogram {
        let edges = Edges::from_f64(edges.to_vec()).unwrap();
        Histogram::new(edges, Numbers::ints(counts.iter().copied())).unwrap()
    }

    fn all(sweep: &StepStack) -> (Segment, Scale) {
        (sweep.span().unwrap(), Scale::Linear)
    }

    #[test]
    fn mass_is_kept_whatever_the_rows() {
        let sweep = StepStack::new(vec![
            Some(histogram(&[0.0, 1.0, 3.0], &[4, 2])),
            None,
            Some(histogram(&[1.0, 1.0, 5.0], &[3, 1])),
        ]);
        assert_eq!(sweep.span(), Some(Segment { lo: 0.0, hi: 5.0 }));
        for rows in 1..40 {
            let matrix = sweep.matrix(10, rows, all(&sweep), Normalization::Counts);
            let sums: Vec<f64> = (0..3).map(|c| matrix.column(c).iter().map(|m| m.unwrap_or(0.0)).sum()).collect();
            assert!((sums[0] - 6.0).abs() < 1e-9 && sums[1] == 0.0 && (sums[2] - 4.0).abs() < 1e-9, "{rows}: {sums:?}");
            assert!(matrix.column(1).iter().all(Option::is_none));
        }
    }

    #[test]
    fn columns_take_steps_together_and_lose_none() {
        let sweep = StepStack::new((0..10).map(|i| Some(histogram(&[0.0, 1.0], &[i]))).collect());
        let matrix = sweep.matrix(4, 1, all(&sweep), Normalization::Counts);
        assert_eq!(matrix.columns, [0..2, 2..5, 5..7, 7..10]);
        assert_eq!(matrix.cells, [0.5, 3.0, 5.5, 8.0].map(Some));
        assert_eq!(matrix.column_of(4), Some(1));
        assert_eq!(matrix.max, 8.0);
    }

    #[test]
    fn steps_are_replaced_and_all_is_measured_anew() {
        let sweep = StepStack::new(vec![Some(histogram(&[0.0, 1.0], &[1])), None]);
        let with = sweep.with([(1, histogram(&[2.0, 3.0], &[4])), (7, histogram(&[0.0, 9.0], &[1]))]);
        assert_eq!((with.len(), with.span()), (2, Some(Segment { lo: 0.0, hi: 3.0 })));
        assert_eq!(with.matrix(2, 1, all(&with), Normalization::Counts).cells, [1.0, 4.0].map(Some));
        assert_eq!(sweep.span(), Some(Segment { lo: 0.0, hi: 1.0 }));
    }

    #[test]
    fn quantiles_of_a_column_lie_in_their_rows() {
        let sweep = StepStack::new(vec![Some(histogram(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1]))]);
        let matrix = sweep.matrix(1, 4, all(&sweep), Normalization::Step);
        assert_eq!(matrix.quantile(0, 0.5), Some(0.5));
        assert_eq!(matrix.quantile(0, 0.125), Some(0.125));
        let nothing = StepStack::new(vec![None]);
        assert_eq!(
            nothing.matrix(1, 4, (Segment { lo: 0.0, hi: 1.0 }, Scale::Linear), Normalization::Step).quantile(0, 0.5),
            None
        );
    }

    #[test]
    fn one_outlier_does_not_squeeze_the_picture() {
        let mut steps = vec![Some(histogram(&[0.0, 0.5, 1.0], &[500, 500])); 9];
        steps.push(Some(histogram(&[0.0, 1.0, 999.0, 1000.0], &[999, 0, 1])));
        let sweep = StepStack::new(steps);
        assert_eq!(sweep.span(), Some(Segment { lo: 0.0, hi: 1000.0 }));
        assert!(sweep.core().is_some_and(|core| core.lo == 0.0 && (1.0..1.1).contains(&core.hi)), "{:?}", sweep.core());
        let near = StepStack::new(vec![Some(histogram(&[0.0, 1.0, 2.0], &[3, 1]))]);
        assert_eq!(near.core(), Some(Segment { lo: 0.0, hi: 2.0 }));
    }

    #[test]
    fn endless_buckets_do_not_hide_the_rest() {
        let sweep = StepStack::new(vec![Some(histogram(&[-f64::MAX, -1.0, 1.0, f64::MAX], &[1, 5, 1]))]);
        assert_eq!(sweep.span(), Some(Segment { lo: -1.0, hi: 1.0 }));
    }
}
