//! The range of bins, and the axis on which they are equally spaced.

use super::{Population, Task};
use crate::error::Error;
use crate::hist::scale::Scale;
use crate::hist::{self, Edges, Element, Outer, Range, spaced_edges, wide};
use std::cmp::Ordering;

/// Range of bins, and the axis on which they are equally wide.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Span {
    /// `None` is the range of the finite samples; of the positive ones for [`Scale::Log`].
    pub range: Option<Range>,
    pub spacing: Scale,
}

/// Bins of equal width.
impl From<Option<Range>> for Span {
    fn from(range: Option<Range>) -> Self {
        Self { range, spacing: Scale::Linear }
    }
}

impl Population {
    /// Finds the smallest positive sample, which logarithmic bins start at. Needs a pass if some samples are not positive.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub(super) fn find_smallest_positive(&self, task: &Task) -> Result<(), Error> {
        let summary = self.summary();
        if summary.min > 0.0
            || summary.max <= 0.0
            || summary.max.is_nan()
            || self.is_counts_only()
            || self.positive.get().is_some()
        {
            return Ok(());
        }
        let mut smallest = f64::INFINITY;
        wide!(self.dtype(), T => {
            let visit = |least: &mut Option<f64>, block: &[T]| {
                let positive = block.iter().map(|x| x.to_f64()).map(|x| if x > 0.0 { x } else { f64::INFINITY });
                *least = Some(positive.fold(least.unwrap_or(f64::INFINITY), f64::min));
            };
            self.pass(8, task, visit, |least| smallest = smallest.min(least.unwrap_or(f64::INFINITY)))?;
        });
        // Another thread may have found it at the same time.
        let _ = self.positive.set(smallest);
        Ok(())
    }

    /// Smallest positive sample, if it is known and exists.
    fn smallest_positive(&self) -> Option<f64> {
        let summary = self.summary();
        let known = if summary.min > 0.0 { Some(summary.min) } else { self.positive.get().copied() };
        known.filter(|x| x.is_finite())
    }

    /// Outer edges of bins that are equally wide on an axis. A range of one value is widened; for [`Scale::Log`],
    /// [`spaced_edges`] widens it.
    pub(super) fn outer_of(&self, span: Span) -> Result<Outer, hist::Error> {
        let outer = self.outer(span.range)?;
        if span.spacing != Scale::Log {
            return Ok(outer);
        }
        let single = span.range.or(self.range()).filter(|range| range.lo.compare(range.hi) == Some(Ordering::Equal));
        let Range { lo, hi } = single.unwrap_or(outer.range());
        if lo.as_f64() > 0.0 {
            return Ok(Outer::given_exactly(Range { lo, hi }));
        }
        match self.smallest_positive() {
            Some(lo) if lo <= hi.as_f64() => Ok(Outer::given_exactly(Range { lo: hist::Number::Float(lo), hi })),
            _ => Err(hist::Error::NotPositive),
        }
    }

    /// Returns the edges of `n` bins that are equally wide on an axis: those that numpy computes for samples of this type,
    /// or [`spaced_edges`]. `None` if numpy's counts contradict these edges.
    ///
    /// # Errors
    /// Bins or a range that numpy rejects, or logarithmic bins without positive samples.
    pub fn edges(&self, n: usize, span: impl Into<Span>) -> Result<Option<Edges>, Error> {
        let span = span.into();
        if span.spacing != Scale::Linear {
            let outer = self.outer_of(span)?;
            return Ok(Some(spaced_edges(span.spacing, outer.lo.as_f64(), outer.hi.as_f64(), n)?));
        }
        self.uniform_edges(n, span.range)
    }
}
