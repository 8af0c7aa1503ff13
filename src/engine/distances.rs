//! Distances between two sides of a comparison: samples of any size, or bins.
//!
//! Samples are copied and sorted, which gives exact distances. If the memory budget has no room for the copies, the samples
//! are counted in many narrow cells instead, which gives estimates with bounds.

mod cells;
mod elementwise;

use super::{Population, Task};
use crate::error::Error;
use crate::hist::{Bins, Distance, Distances, Distribution, Element, Histogram, MAX_BINS, Segment, Stats, wide};
use rayon::slice::ParallelSliceMut as _;

pub use elementwise::Elementwise;

/// Blocks in a chunk. Each thread copies one chunk at a time.
const CHUNK: u64 = 32;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub enum Side<'a> {
    Samples(&'a Population),
    Bins(&'a Histogram),
}

/// Distances of one side from a reference. Unknown values are NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    pub distances: Distances,
    /// Mean minus the mean of the reference.
    pub mean_delta: Distance,
    /// Standard deviation divided by that of the reference.
    pub std_ratio: Distance,
    /// Differences between the elements of two arrays; `None` unless both sides are arrays of the same shape.
    pub elementwise: Option<Elementwise>,
    /// True if all distances are exact, not estimates with bounds.
    pub exact: bool,
}

/// Compares `other` with a reference.
///
/// # Examples
/// ```
/// use rebin::engine::{Population, Side, Task, distances};
/// use rebin::hist::Samples;
///
/// let before = Population::new(Samples::F64(vec![0.0, 1.0, 2.0]));
/// let after = Population::new(Samples::F64(vec![1.0, 2.0, 3.0]));
/// let found = distances(Side::Samples(&before), Side::Samples(&after), &Task::default())?;
/// assert!(found.exact);
/// assert_eq!((found.distances.w1.value, found.mean_delta.value), (1.0, 1.0));
/// assert_eq!(found.elementwise.map(|all| all.max_abs_diff), Some(1.0));
/// # Ok::<(), rebin::Error>(())
/// ```
///
/// # Errors
/// [`Error::Cancelled`], or a stream that cannot be read.
pub fn distances(reference: Side<'_>, other: Side<'_>, task: &Task) -> Result<Comparison, Error> {
    let elementwise = match (reference, other) {
        (Side::Samples(a), Side::Samples(b)) => elementwise::compare(a, b, task)?,
        _ => None,
    };
    let (a, b) = (Moments::of(reference, task)?, Moments::of(other, task)?);
    // Both sides together must fit.
    let _reserved;
    let size = |side: Side<'_>| if let Side::Samples(samples) = side { samples.summary().finite() * 8 } else { 0 };
    let can_copy = match task.memory.try_reserve(size(reference).saturating_add(size(other))) {
        Some(reservation) => {
            _reserved = reservation;
            true
        }
        None => false,
    };
    let (x, y) = (Values::of(reference, can_copy, task)?, Values::of(other, can_copy, task)?);
    Ok(Comparison {
        distances: Distances::new(x.distribution(), y.distribution()),
        mean_delta: b.mean_minus(&a),
        std_ratio: b.std_over(&a),
        elementwise,
        exact: matches!((&x, &y), (Values::Sorted(_), Values::Sorted(_))),
    })
}

/// Values of a side in the form that [`Distances`] need.
enum Values<'a> {
    Sorted(Vec<f64>),
    Cells(Histogram),
    Bins(&'a Histogram),
}

impl<'a> Values<'a> {
    fn of(side: Side<'a>, can_copy: bool, task: &Task) -> Result<Self, Error> {
        Ok(match side {
            Side::Bins(histogram) => Self::Bins(histogram),
            Side::Samples(samples) if samples.is_counts_only() => {
                Self::Cells(super::count(samples, &Bins::Count(MAX_BINS), None, task)?)
            }
            Side::Samples(samples) if can_copy => Self::Sorted(sorted(samples, task)?),
            Side::Samples(samples) => Self::Cells(wide!(samples.dtype(), T => cells::count::<T>(samples, task)?)),
        })
    }

    fn distribution(&self) -> Distribution<'_> {
        match self {
            Self::Sorted(values) => Distribution::Samples(values),
            Self::Cells(histogram) => Distribution::Bins(histogram),
            Self::Bins(histogram) => Distribution::Bins(histogram),
        }
    }
}

/// Copies the finite samples in increasing order.
fn sorted(samples: &Population, task: &Task) -> Result<Vec<f64>, Error> {
    let mut all = Vec::with_capacity(usize::try_from(samples.summary().finite()).unwrap_or_default());
    wide!(samples.dtype(), T => {
        let visit = |chunk: &mut Vec<f64>, block: &[T]| {
            chunk.extend(block.iter().map(|x| x.to_f64()).filter(|x| x.is_finite()));
        };
        samples.pass(CHUNK, task, visit, |chunk| all.extend(chunk))?;
    });
    task.cancel.check()?;
    all.par_sort_unstable_by(f64::total_cmp);
    Ok(all)
}

/// Mean and standard deviation of a side, with bounds.
struct Moments {
    mean: Distance,
    std: Distance,
}

impl Moments {
    fn of(side: Side<'_>, task: &Task) -> Result<Self, Error> {
        let within = |value, bounds: Segment| Distance { value, lo: bounds.lo, hi: bounds.hi };
        match side {
            Side::Samples(samples) => {
                let moments = samples.moments(task)?;
                Ok(Self { mean: Distance::exact(moments.mean()), std: Distance::exact(moments.std()) })
            }
            Side::Bins(histogram) => {
                let stats = Stats::of_histogram_at(histogram, &[]);
                let unknown = Segment { lo: f64::NAN, hi: f64::NAN };
                let (mean, std) = stats.bounds.map_or((unknown, unknown), |bounds| (bounds.mean, bounds.std));
                Ok(Self { mean: within(stats.mean, mean), std: within(stats.std, std) })
            }
        }
    }

    fn mean_minus(&self, reference: &Self) -> Distance {
        let (b, a) = (self.mean, reference.mean);
        Distance { value: b.value - a.value, lo: b.lo - a.hi, hi: b.hi - a.lo }
    }

    fn std_over(&self, reference: &Self) -> Distance {
        let (b, a) = (self.std, reference.std);
        Distance { value: b.value / a.value, lo: b.lo / a.hi, hi: b.hi / a.lo }
    }
}

#[cfg(test)]
mod tests;
