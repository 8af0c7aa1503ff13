//! Distances of all steps of a series from one step, or from the step before.

use super::Task;
use crate::error::Error;
use crate::hist::{ChangeMeasure, Measured, StepStack};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};

/// Steps between two checks for cancellation.
const BLOCK: usize = 256;

/// The step that all steps are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The first step with values.
    First,
    /// The last step before it with values.
    Previous,
    /// A step, by its index.
    Step(usize),
}

/// Computes the distance of each step. NaN for steps without values, and for the first step from the one before it.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn changes(stack: &StepStack, since: Since, measure: ChangeMeasure, task: &Task) -> Result<Vec<f64>, Error> {
    let measured = |index: usize| stack.get(index).and_then(Measured::new);
    let fixed = match since {
        Since::First => (0..stack.len()).find_map(measured),
        Since::Step(index) => measured(index),
        Since::Previous => None,
    };
    let blocks: Vec<usize> = (0..stack.len()).step_by(BLOCK).collect();
    let block = |start: usize| {
        task.cancel.check()?;
        let mut before = (0..start).rev().find_map(measured);
        let steps = start..(start + BLOCK).min(stack.len());
        Ok(steps
            .map(|index| {
                let Some(now) = measured(index) else { return f64::NAN };
                let reference = if since == Since::Previous { before.replace(now) } else { fixed };
                reference.map_or(f64::NAN, |reference| now.distance(&reference, measure))
            })
            .collect::<Vec<f64>>())
    };
    let all: Result<Vec<Vec<f64>>, Error> = blocks.into_par_iter().with_max_len(1).map(block).collect();
    Ok(all?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Edges, Histogram, Numbers};

    /// A step with one bin of the width 1 that starts at `at`.
    fn step(at: f64) -> Histogram {
        let edges = Edges::from_f64(vec![at, at + 1.0]).unwrap();
        Histogram::new(edges, Numbers::ints([4])).unwrap()
    }

    #[test]
    fn steps_without_values_are_skipped() {
        let stack =
            StepStack::new(vec![None, Some(step(0.0)), Some(step(0.25)), None, Some(step(1.25)), Some(step(1.25))]);
        let ks = |since| changes(&stack, since, ChangeMeasure::KolmogorovSmirnov, &Task::default()).unwrap();
        let text = |values: Vec<f64>| values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!(text(ks(Since::First)), "NaN 0 0.25 NaN 1 1");
        assert_eq!(text(ks(Since::Previous)), "NaN NaN 0.25 NaN 1 0");
        assert_eq!(text(ks(Since::Step(5))), "NaN 1 1 NaN 0 0");
        let task = Task::default();
        task.cancel.cancel();
        assert_eq!(changes(&stack, Since::First, ChangeMeasure::Wasserstein, &task), Err(Error::Cancelled));
    }

    #[test]
    fn blocks_give_the_changes_of_a_sequence() {
        let stack = StepStack::new((0..1000).map(|i| (i % 300 != 255).then(|| step(f64::from(i) / 8.0))).collect());
        let found = changes(&stack, Since::Previous, ChangeMeasure::KolmogorovSmirnov, &Task::default()).unwrap();
        for (index, change) in found.iter().enumerate().skip(1) {
            let expected = if index % 300 == 255 {
                f64::NAN
            } else if index % 300 == 256 {
                0.25
            } else {
                0.125
            };
            assert!(*change == expected || change.is_nan() && expected.is_nan(), "{index}: {change}");
        }
    }
}
