//! The statistics of all steps of a series.

use crate::catalog::Content;
use crate::engine::{Progress, Task};
use crate::error::Error;
use crate::hist::{Bounded, EntryStats, Statistic};
use std::ops::Range;

/// Probabilities of the quantiles that are always computed, those of `rebin stats`.
const STEP_QUANTILES: [f64; 9] = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999];

/// The statistics of the first steps of a series, or of all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepStatistics {
    len: usize,
    probabilities: Vec<f64>,
    columns: Vec<(Statistic, Column)>,
}

/// The values of a statistic, one for each step.
#[derive(Debug, Clone, Default, PartialEq)]
struct Column {
    at: Vec<f64>,
    /// Bounds, unless all values are exact. The precision of an `f32` is enough to draw them.
    bounds: Option<Vec<[f32; 2]>>,
}

impl Column {
    fn push(&mut self, Bounded { at, lo, hi }: Bounded) {
        let is_exact = (lo == at && at == hi) || (at.is_nan() && lo.is_nan());
        if !is_exact && self.bounds.is_none() {
            self.bounds = Some(self.at.iter().map(|x| [*x as f32; 2]).collect());
        }
        self.at.push(at);
        if let Some(bounds) = &mut self.bounds {
            bounds.push([lo as f32, hi as f32]);
        }
    }

    fn get(&self, index: usize) -> Option<Bounded> {
        let at = *self.at.get(index)?;
        let bounds = self.bounds.as_ref().and_then(|bounds| bounds.get(index));
        let [lo, hi] = bounds.map_or([at; 2], |bounds| bounds.map(f64::from));
        // Rounding must not exclude the value.
        Some(Bounded { at, lo: lo.min(at), hi: hi.max(at) })
    }
}

impl StepStatistics {
    /// Loads the entries of a series that `known` does not contain and computes their statistics, with
    /// nine quantiles from 0.001 to 0.999 and another one. Statistics of entries that cannot be read are NaN. Progress counts entries.
    ///
    /// # Errors
    /// Only [`Error::Cancelled`].
    pub fn load(
        known: &Self,
        entries: usize,
        load: impl Fn(usize, &Task) -> Result<Content, Error>,
        other: Option<f64>,
        task: &Task,
    ) -> Result<Self, Error> {
        let probabilities: Vec<f64> =
            STEP_QUANTILES.into_iter().chain(other.filter(|p| !STEP_QUANTILES.contains(p))).collect();
        // Another quantile needs all entries again.
        let mut all = if known.probabilities == probabilities { known.clone() } else { Self::default() };
        if all.columns.is_empty() {
            let quantiles = probabilities.iter().map(|p| Statistic::Quantile(*p));
            all.columns = Statistic::ALL.into_iter().chain(quantiles).map(|of| (of, Column::default())).collect();
        }
        let rest: Range<usize> = all.len..entries;
        all.probabilities = probabilities;
        task.progress.set_total(rest.len() as u64);
        let each = Task { progress: Progress::default(), ..task.clone() };
        for index in rest {
            task.cancel.check()?;
            let found = load(index, &each).and_then(|content| content.stats(&all.probabilities, &each));
            if matches!(found, Err(Error::Cancelled)) {
                return Err(Error::Cancelled);
            }
            all.push(found.ok().as_ref());
            task.progress.add(1);
        }
        Ok(all)
    }

    fn push(&mut self, entry: Option<&EntryStats>) {
        for (statistic, column) in &mut self.columns {
            column.push(entry.map_or(Bounded::UNKNOWN, |entry| statistic.of(entry)));
        }
        self.len += 1;
    }

    /// Number of steps.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns true if the statistic was computed.
    pub fn contains(&self, statistic: Statistic) -> bool {
        self.columns.iter().any(|(of, _)| *of == statistic)
    }

    /// Returns true if the statistic of any step is known.
    pub fn knows(&self, statistic: Statistic) -> bool {
        let column = self.columns.iter().find(|(of, _)| *of == statistic);
        column.is_some_and(|(_, column)| column.at.iter().any(|x| x.is_finite()))
    }

    /// Returns the statistic of a step; NaN if it is unknown.
    pub fn value(&self, statistic: Statistic, index: usize) -> Bounded {
        let column = self.columns.iter().find(|(of, _)| *of == statistic);
        column.and_then(|(_, column)| column.get(index)).unwrap_or(Bounded::UNKNOWN)
    }

    /// Returns the statistic of all steps.
    pub fn values(&self, statistic: Statistic) -> impl Iterator<Item = Bounded> {
        let column = self.columns.iter().find(|(of, _)| *of == statistic).map(|(_, column)| column);
        column.into_iter().flat_map(|column| (0..self.len).filter_map(|index| column.get(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Population;
    use crate::hist::Samples;
    use std::sync::Arc;

    fn content(index: usize) -> Result<Content, Error> {
        if index == 2 {
            return Err(Error::Value("unreadable".into()));
        }
        Ok(Content::Raw(Arc::new(Population::new(Samples::F64(vec![0.0, index as f64])))))
    }

    #[test]
    fn unreadable_steps_are_unknown_and_known_steps_are_not_loaded_again() {
        let task = Task::default();
        let all = StepStatistics::load(&StepStatistics::default(), 4, |at, _| content(at), None, &task).unwrap();
        let means: Vec<f64> = all.values(Statistic::Mean).map(|value| value.at).collect();
        assert!(means[..2] == [0.0, 0.5] && means[2].is_nan() && means[3] == 1.5);
        assert!(all.knows(Statistic::Nan) && all.value(Statistic::Zeros, 1).is_exact());
        let more = StepStatistics::load(
            &all,
            5,
            |at, _| if at < 4 { Err(Error::Cancelled) } else { content(at) },
            None,
            &task,
        );
        assert_eq!(more.unwrap().value(Statistic::Max, 4).at, 4.0);
        let p2 = Statistic::Quantile(0.02);
        assert!(!all.contains(p2));
        let other = StepStatistics::load(&all, 4, |at, _| content(at), Some(0.02), &task).unwrap();
        assert!((other.value(p2, 3).at - 0.06).abs() < 1e-12);
        task.cancel.cancel();
        assert_eq!(StepStatistics::load(&all, 5, |at, _| content(at), None, &task), Err(Error::Cancelled));
    }
}
