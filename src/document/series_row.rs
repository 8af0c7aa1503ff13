//! The statistics of one series in the table of all series.

use crate::catalog::Content;
use crate::engine::{Side, Task, distances};
use crate::error::Error;
use crate::hist::{Bounded, Distance, Distribution, EntryStats, Statistic, wasserstein};

/// The quantile in the table.
const QUANTILE: Statistic = Statistic::Quantile(0.999);

/// A statistic in the table of all series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowStatistic {
    /// Number of finite values.
    N,
    /// Number of NaN and infinities.
    NotFinite,
    /// Share of zeros.
    Zeros,
    Mean,
    Std,
    Kurtosis,
    P999,
    MaxAbs,
    /// Wasserstein-1 distance from the first step, in standard deviations of the first step.
    Change,
}

impl RowStatistic {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 9] = [
        Self::N,
        Self::NotFinite,
        Self::Zeros,
        Self::Mean,
        Self::Std,
        Self::Kurtosis,
        Self::P999,
        Self::MaxAbs,
        Self::Change,
    ];
}

/// A value in the table, and the width of its bounds: 0 if it is exact, NaN if nothing is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowValue {
    pub at: f64,
    /// The precision of an `f32` is enough to decide which digits are known.
    pub width: f32,
}

/// The statistics of a series at one step. Compact, because there may be one for each of 500,000 series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    values: [RowValue; RowStatistic::ALL.len()],
    /// The first step has another number of values.
    pub n_changed: bool,
}

impl RowValue {
    const UNKNOWN: Self = Self { at: f64::NAN, width: f32::NAN };

    pub fn is_known(self) -> bool {
        !self.at.is_nan() && !self.width.is_nan()
    }

    pub fn is_exact(self) -> bool {
        self.width == 0.0
    }

    fn of(Bounded { at, lo, hi }: Bounded) -> Self {
        // Infinities have no width.
        Self { at, width: if lo == hi { 0.0 } else { (hi - lo) as f32 } }
    }
}

impl SeriesRow {
    /// Computes the statistics of a content, and its change since the first step of its series, if it has several.
    ///
    /// # Errors
    /// A malformed histogram, a stream that cannot be read, or [`Error::Cancelled`].
    pub fn new(content: &Content, first: Option<&Content>, task: &Task) -> Result<Self, Error> {
        let probabilities: Vec<f64> = QUANTILE.probability().into_iter().collect();
        let entry = content.stats(&probabilities, task)?;
        let before = first.map(|first| first.stats(&[], task)).transpose()?;
        let change = match (first, &before) {
            (Some(first), Some(before)) => change(content, first, before, task)?,
            _ => RowValue::UNKNOWN,
        };
        let value = |statistic: RowStatistic| match statistic {
            RowStatistic::N => RowValue::of(Statistic::N.of(&entry)),
            RowStatistic::NotFinite => entry.omitted.map_or(RowValue::UNKNOWN, |omitted| {
                RowValue::of(Bounded::exact((omitted.nan + omitted.posinf + omitted.neginf) as f64))
            }),
            RowStatistic::Zeros => zeros(&entry),
            RowStatistic::Mean => RowValue::of(Statistic::Mean.of(&entry)),
            RowStatistic::Std => RowValue::of(Statistic::Std.of(&entry)),
            RowStatistic::Kurtosis => RowValue::of(Statistic::Kurtosis.of(&entry)),
            RowStatistic::P999 => RowValue::of(QUANTILE.of(&entry)),
            RowStatistic::MaxAbs => RowValue::of(Statistic::MaxAbs.of(&entry)),
            RowStatistic::Change => change,
        };
        let n_changed = before.is_some_and(|before| before.stats.n != entry.stats.n);
        Ok(Self { values: RowStatistic::ALL.map(value), n_changed })
    }

    pub fn value(&self, statistic: RowStatistic) -> RowValue {
        RowStatistic::ALL
            .iter()
            .zip(self.values)
            .find(|(of, _)| **of == statistic)
            .map_or(RowValue::UNKNOWN, |(_, x)| x)
    }
}

/// Share of zeros. If only bounds are known, the value is the largest possible share.
fn zeros(entry: &EntryStats) -> RowValue {
    let (lo, hi) = entry.stats.zeros;
    RowValue::of(Bounded { at: hi, lo, hi })
}

/// Change since the first step. A first step without spread makes any change infinite.
fn change(now: &Content, first: &Content, before: &EntryStats, task: &Task) -> Result<RowValue, Error> {
    let Distance { value, lo, hi } = match (now, first) {
        (Content::Logged(now), Content::Logged(first)) => {
            let (now, first) = (now.histogram.to_hist()?, first.histogram.to_hist()?);
            if first == now {
                return Ok(RowValue { at: 0.0, width: 0.0 });
            }
            wasserstein(Distribution::Bins(&first), Distribution::Bins(&now))
        }
        (Content::Raw(now), Content::Raw(first)) => {
            distances(Side::Samples(first), Side::Samples(now), task)?.distances.w1
        }
        _ => return Ok(RowValue::UNKNOWN),
    };
    let std = before.stats.std;
    Ok(RowValue::of(Bounded { at: value / std, lo: lo / std, hi: hi / std }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Logged;
    use crate::hist::{Edges, Histogram, Numbers};
    use crate::wandb;
    use std::sync::Arc;

    fn logged(counts: &[i128], edges: &[f64]) -> Content {
        let edges = Edges::from_f64(edges.to_vec()).unwrap();
        let histogram = Histogram::new(edges, Numbers::ints(counts.iter().copied())).unwrap();
        let histogram = wandb::Histogram::from_hist(&histogram).unwrap();
        Content::Logged(Logged { histogram: Arc::new(histogram), origin: None })
    }

    fn value(row: &SeriesRow, statistic: RowStatistic) -> f64 {
        row.value(statistic).at
    }

    #[test]
    fn the_change_is_measured_in_deviations_of_the_first_step() {
        let (first, now) = (logged(&[1, 2, 1], &[-3.0, -1.0, 1.0, 3.0]), logged(&[1, 2, 1], &[-1.0, 1.0, 3.0, 5.0]));
        let row = SeriesRow::new(&now, Some(&first), &Task::default()).unwrap();
        // A shift by 2, over a deviation of √2.
        assert!((value(&row, RowStatistic::Change) - 2.0_f64.sqrt()).abs() < 1e-12);
        assert!(!row.n_changed && row.value(RowStatistic::Mean).width == 2.0);
        let same = SeriesRow::new(&first, Some(&first), &Task::default()).unwrap();
        assert_eq!(same.value(RowStatistic::Change), RowValue { at: 0.0, width: 0.0 });
        let fewer =
            SeriesRow::new(&logged(&[1, 1, 1], &[-3.0, -1.0, 1.0, 3.0]), Some(&first), &Task::default()).unwrap();
        assert!(fewer.n_changed);
    }

    #[test]
    fn bins_do_not_know_non_finite_values_and_only_bound_zeros() {
        let row = SeriesRow::new(&logged(&[1, 3], &[-1.0, -0.5, 1.0]), None, &Task::default()).unwrap();
        assert!(!row.value(RowStatistic::NotFinite).is_known() && !row.value(RowStatistic::Change).is_known());
        assert_eq!(row.value(RowStatistic::Zeros), RowValue { at: 0.75, width: 0.75 });
    }
}
