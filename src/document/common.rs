//! Another distribution in the bins of the one on the screen.

use crate::catalog::Content;
use crate::engine::{self, Population, Task};
use crate::error::Error;
use crate::hist::{CommonEdges, Edges, Histogram, Numbers, Rounding, Segment, UncertainHistogram, common_edges, scale};
use std::sync::Arc;

/// Rounding of edges, as a share of their span.
const ROUNDING: f64 = 1e-9;

/// A distribution to compare with another one.
#[derive(Debug, Clone)]
pub enum Side {
    /// Bins as logged or as edited.
    Bins(Arc<UncertainHistogram>),
    Samples(Arc<Population>),
}

/// A distribution in the bins of another one.
#[derive(Debug, Clone, PartialEq)]
pub struct Common {
    /// The counts, with bounds if they were redistributed.
    pub counts: UncertainHistogram,
    /// Number of bins that were added on the left to show all of it.
    pub left: usize,
    /// Number of bins that were added on the right.
    pub right: usize,
}

impl Side {
    /// Returns the content of an entry, or its edited histogram.
    ///
    /// # Errors
    /// A malformed histogram.
    pub fn new(content: &Content, edited: Option<Arc<UncertainHistogram>>) -> Result<Self, Error> {
        Ok(match (edited, content) {
            (Some(edited), _) => Self::Bins(edited),
            (None, Content::Logged(logged)) => {
                Self::Bins(Arc::new(UncertainHistogram::certain(logged.histogram.to_hist()?)))
            }
            (None, Content::Raw(population)) => Self::Samples(Arc::clone(population)),
        })
    }

    /// Returns the side for [`engine::distances`].
    pub fn for_distances(&self) -> engine::Side<'_> {
        match self {
            Self::Bins(bins) => engine::Side::Bins(&bins.histogram),
            Self::Samples(population) => engine::Side::Samples(population),
        }
    }

    /// Returns true if both are the same object.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bins(a), Self::Bins(b)) => Arc::ptr_eq(a, b),
            (Self::Samples(a), Self::Samples(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Returns true if [`Side::between`] does arithmetic on bins only.
    pub fn is_instant(&self) -> bool {
        match self {
            Self::Bins(_) => true,
            Self::Samples(population) => population.is_counts_only(),
        }
    }

    /// Returns the interval that contains all values.
    pub fn span(&self) -> Option<Segment> {
        match self {
            // Bins that end at the same value up to rounding need no further bin.
            Self::Bins(bins) => scale::fit(&bins.histogram).map(|span| {
                let slack = span.width() * ROUNDING;
                Segment { lo: span.lo + slack, hi: span.hi - slack }
            }),
            Self::Samples(population) => {
                population.range().map(|range| Segment { lo: range.lo.as_f64(), hi: range.hi.as_f64() })
            }
        }
    }

    /// Counts samples exactly between edges, or redistributes bins. If `extend` is set, bins are added so that nothing is
    /// outside.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or samples that cannot be read.
    pub fn between(&self, edges: &Edges, extend: bool, task: &Task) -> Result<Common, Error> {
        let span = self.span().filter(|_| extend);
        let CommonEdges { edges, left, right } = match span {
            Some(span) => common_edges(edges, span),
            None => CommonEdges { edges: edges.clone(), left: 0, right: 0 },
        };
        let counts = match self {
            Self::Bins(bins) => bins.rebin(&edges, Rounding::Fractional),
            Self::Samples(population) if population.is_counts_only() => {
                let estimate = population.estimate(&edges).ok_or_else(|| no_table(population))?;
                let counts = Numbers::ints(estimate.counts.iter().map(|count| *count as i128));
                UncertainHistogram {
                    histogram: Histogram::new(edges, counts)?,
                    max_error: estimate.max_error,
                    below: estimate.below,
                    above: estimate.above,
                }
            }
            Self::Samples(population) => {
                let (histogram, outside) = engine::count_between(population, &edges, task)?;
                let (below, above) = (outside.below as f64, outside.above as f64);
                UncertainHistogram { below, above, ..UncertainHistogram::certain(histogram) }
            }
        };
        Ok(Common { counts, left, right })
    }
}

/// Error of counts without a table, which a count file always has.
fn no_table(population: &Population) -> Error {
    Error::Value(format!("the counts of {} values are not available", population.len()))
}

impl Common {
    /// Number of values, in the bins and outside of them.
    pub fn total(&self) -> f64 {
        self.counts.histogram.total().as_f64() + self.counts.below + self.counts.above
    }

    /// Redistributes the counts onto other edges, as an estimate until they are counted.
    #[must_use]
    pub fn estimate(&self, edges: &Edges, extend: bool) -> Self {
        let bins = Side::Bins(Arc::new(self.counts.clone()));
        // Bins need no samples, so that this cannot fail.
        bins.between(edges, extend, &Task::default()).unwrap_or_else(|_| self.clone())
    }
}
