//! Consistency check of counts. Damaged or edited counts must not become part of a sum.

use super::MergeableCounts;
use crate::error::Error;
use crate::hist::{Element, Number, wide};
use std::cmp::Ordering;

/// Rounding error allowed for the mean and the standard deviation, relative to the largest absolute value.
const TOLERANCE: f64 = 1e-9;

impl MergeableCounts {
    /// Compares the fields with each other.
    ///
    /// # Errors
    /// The first contradiction.
    pub(in crate::engine) fn check(&self) -> Result<(), Error> {
        let contradiction = wide!(self.dtype, T => self.contradiction::<T>());
        contradiction.map_or(Ok(()), |why| {
            Err(Error::Value(format!("{why}; the file is damaged or was edited, so count the samples again")))
        })
    }

    fn contradiction<T: Element>(&self) -> Option<String> {
        let Self { summary, outside, moments, .. } = self;
        let nonfinite = [summary.nan, summary.posinf, summary.neginf];
        let all = nonfinite.iter().chain([&outside.below, &outside.above]).chain(&self.counts);
        if all.copied().try_fold(0, u64::checked_add) != Some(summary.n) {
            return Some("counts do not add up to `n`".into());
        }
        let finite = summary.finite();
        let Some(ends) = self.ends else {
            return (finite > 0 || summary.zeros > 0).then(|| "`ends` is missing".into());
        };
        let (lo, hi) = (ends.lo.as_f64(), ends.hi.as_f64());
        let of_type = |end: Number| T::of(end).number().compare(end) == Some(Ordering::Equal);
        if finite == 0 || !(of_type(ends.lo) && of_type(ends.hi)) {
            return Some(format!("`ends` is not a range of {finite} finite {} values", self.dtype.name()));
        }
        if summary.zeros > finite || (summary.zeros > 0 && (lo > 0.0 || hi < 0.0)) {
            return Some("`zeros` contradicts the counts or `ends`".into());
        }
        if self.sides::<T>() != [outside.below > 0, outside.above > 0] {
            return Some("`ends` contradicts `below` or `above`".into());
        }
        let tolerance = TOLERANCE * lo.abs().max(hi.abs());
        let (mean, std) = (moments.mean(), moments.std());
        let likely =
            (lo - tolerance..=hi + tolerance).contains(&mean) && (0.0..=hi / 2.0 - lo / 2.0 + tolerance).contains(&std);
        (!likely).then(|| "`mean` or `std` is inconsistent with `ends`".into())
    }

    /// Returns true for each side, below and above the range, on which `ends` lies outside.
    fn sides<T: Element>(&self) -> [bool; 2] {
        let outer = self.outer();
        let keep = T::keep(outer.lo, outer.hi);
        let side = |end: T| {
            let inside = end >= keep.0 && end <= keep.1;
            outer.sides::<T>((u64::from(!inside && end <= keep.1), u64::from(!inside && end > keep.1)))
        };
        let [lo, hi] = self.ends.map_or([(0, 0); 2], |ends| [ends.lo, ends.hi].map(|end| side(T::of(end))));
        [lo.0 > 0, hi.1 > 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Population, Task};
    use crate::hist::{Moments, Range, Samples};

    fn counts(samples: Samples, range: Option<Range>) -> MergeableCounts {
        Population::new(samples).mergeable_counts(range, &Task::default()).unwrap()
    }

    #[test]
    fn counts_of_samples_are_consistent() {
        let ints = |lo, hi| Some(Range { lo: Number::Int(lo), hi: Number::Int(hi) });
        for range in [None, ints(-4, 4), ints(3, 3), ints(300, 400), ints(-90, -80), Some(Range::floats(0.2, 0.8))] {
            let lots = [
                Samples::U8(vec![0, 1, 255]),
                Samples::I64(vec![i64::MIN, 0, i64::MAX]),
                Samples::F32(vec![0.1, -7.5, f32::NAN, 1e30, -0.0]),
                Samples::F64(vec![f64::MAX, f64::MIN, 1.0]),
                Samples::F64(vec![0.1; 701]),
                Samples::F16(vec![half::f16::NAN]),
                Samples::F64(Vec::new()),
            ];
            for samples in lots {
                // The range of these values is too wide to have edges.
                if samples.len() != 3 || samples.dtype() != crate::hist::DType::F64 || range.is_some() {
                    counts(samples, range).check().unwrap();
                }
            }
        }
    }

    #[test]
    fn contradictions_are_reported() {
        let consistent = counts(Samples::F64(vec![-1.0, 0.0, 2.5, 9.0]), Some(Range::floats(-4.0, 4.0)));
        let why = |change: &dyn Fn(&mut MergeableCounts)| {
            let mut changed = consistent.clone();
            change(&mut changed);
            changed.check().unwrap_err().to_string()
        };
        assert!(why(&|p| p.summary.n += 1).starts_with("counts do not add up to `n`; the file is damaged"));
        assert!(why(&|p| p.outside.below = u64::MAX).starts_with("counts do not add up"));
        assert!(why(&|p| p.ends = None).starts_with("`ends` is missing"));
        assert!(why(&|p| p.summary.zeros = 5).starts_with("`zeros` contradicts"));
        assert!(why(&|p| p.moments = Moments::new(4, f64::INFINITY, 1.0)).starts_with("`mean` or `std`"));
        assert!(why(&|p| p.moments = Moments::new(4, 2.6, -3.0)).starts_with("`mean` or `std`"));
        assert!(why(&|p| p.moments = Moments::new(4, 2.6, 6.0)).starts_with("`mean` or `std`"));
        assert!(why(&|p| p.ends = Some(Range::floats(-5.0, 9.0))).starts_with("`ends` contradicts"));
        assert!(why(&|p| p.ends = Some(Range::floats(-1.0, 3.0))).starts_with("`ends` contradicts"));
        let mut bytes = counts(Samples::U8(vec![1, 2]), None);
        bytes.ends = Some(Range::floats(1.0, 2.5));
        assert!(bytes.check().unwrap_err().to_string().starts_with("`ends` is not a range of 2 finite uint8 values"));
    }
}
