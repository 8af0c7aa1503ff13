//! Detection of integers and quantized values, exact for all samples.

use super::pass::{BLOCK, Scratch};
use super::{Population, Task};
use crate::error::Error;
use crate::hist::{Element, Lattice, Segment, wide};
use std::sync::atomic::{AtomicBool, Ordering};

/// Blocks from which the grid is guessed.
const GUESSED: u64 = 4;
/// Blocks in a chunk. Each thread visits one chunk at a time.
const CHUNK: u64 = 8;

impl Population {
    /// Returns the grid that contains all finite samples; `None` without one. Some samples give the grid. One pass
    /// checks the others, and ends with the first sample that is not on it.
    ///
    /// # Errors
    /// [`Error::Cancelled`], or a stream that cannot be read.
    pub fn lattice(&self, task: &Task) -> Result<Option<Lattice>, Error> {
        let summary = self.summary();
        if self.is_counts_only() || summary.min.partial_cmp(&summary.max) != Some(std::cmp::Ordering::Less) {
            return Ok(None);
        }
        let bytes = if self.dtype().is_float() { self.dtype().bytes() } else { 8 };
        let epsilon = match bytes {
            2 => 2_f64.powi(-10),
            4 => f64::from(f32::EPSILON),
            _ => f64::EPSILON,
        };
        let tolerance = summary.min.abs().max(summary.max.abs()) * epsilon;
        wide!(self.dtype(), T => {
            let mut values: Vec<f64> = Vec::new();
            let mut scratch = Scratch::<T>::default();
            let blocks = self.len().div_ceil(BLOCK);
            for part in 0..GUESSED.min(blocks) {
                task.cancel.check()?;
                let start = blocks * part / GUESSED.min(blocks) * BLOCK;
                let block = self.block(start..self.len().min(start + BLOCK), &mut scratch)?;
                values.extend(block.iter().map(|x| Element::to_f64(*x)).filter(|x| x.is_finite()));
            }
            values.sort_unstable_by(f64::total_cmp);
            values.dedup();
            let Some(found) = Lattice::find(&values, tolerance) else { return Ok(None) };
            if (T::INTEGER && found.step == 1.0) || blocks <= GUESSED {
                return Ok(Some(found));
            }
            if self.all_on::<T>(&found, tolerance, task)? {
                return Ok(Some(found));
            }
            // The other samples may be integers, too.
            let integers = Lattice { offset: 0.0, step: 1.0 };
            let are_integers = found.step.fract() == 0.0
                && found.offset.fract() == 0.0
                && (T::INTEGER || self.all_on::<T>(&integers, tolerance, task)?);
            Ok(are_integers.then_some(integers))
        })
    }

    /// Returns true if all finite samples are on a grid. Ends with the first that is not.
    fn all_on<T: Element>(&self, lattice: &Lattice, tolerance: f64, task: &Task) -> Result<bool, Error> {
        let fits = AtomicBool::new(true);
        let visit = |(): &mut (), block: &[T]| {
            let on_grid = |x: &T| {
                let x = Element::to_f64(*x);
                !x.is_finite() || lattice.contains(x, tolerance)
            };
            if fits.load(Ordering::Relaxed) && !block.iter().all(on_grid) {
                fits.store(false, Ordering::Relaxed);
            }
        };
        self.pass(CHUNK, task, visit, |()| ())?;
        Ok(fits.into_inner())
    }

    /// Smallest and largest finite sample.
    pub fn extent(&self) -> Option<Segment> {
        let summary = self.summary();
        (summary.min <= summary.max).then_some(Segment { lo: summary.min, hi: summary.max })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::Samples;

    #[test]
    fn one_sample_off_the_grid_is_enough() {
        let mut values: Vec<f32> = (0..5000).map(|i| (i % 200) as f32 * 0.25).collect();
        let found = |values: &[f32]| Population::new(Samples::F32(values.to_vec())).lattice(&Task::default()).unwrap();
        assert_eq!(found(&values), Some(Lattice { offset: 0.0, step: 0.25 }));
        values[4321] = 0.3;
        assert_eq!(found(&values), None);
        values[4321] = f32::NAN;
        assert_eq!(found(&values), Some(Lattice { offset: 0.0, step: 0.25 }));
    }

    #[test]
    fn integer_types_are_integers_or_their_multiples() {
        let found = |samples| Population::new(samples).lattice(&Task::default()).unwrap().map(|lattice| lattice.step);
        assert_eq!(found(Samples::I8((0..100).collect())), Some(1.0));
        assert_eq!(found(Samples::I64((0..5000).map(|i| i % 50 * 8).collect())), Some(8.0));
        assert_eq!(found(Samples::U8(vec![3; 10])), None, "one value has no grid");
    }
}
