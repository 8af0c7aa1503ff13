//! Whether what was counted can be true: counts that were changed by hand or damaged must not end up in a sum.

use super::MergeableCounts;
use crate::error::Error;
use crate::hist::{Element, Number, typed};
use std::cmp::Ordering;

/// How far rounding may carry a mean or a deviation beyond what values allow, as a share of the largest value.
const SLACK: f64 = 1e-9;

impl MergeableCounts {
    /// Compares what is told with what else is told.
    ///
    /// # Errors
    /// One sentence: the first contradiction.
    pub(in crate::engine) fn check(&self) -> Result<(), Error> {
        let wrong = typed!(self.dtype, T => self.wrong::<T>());
        wrong.map_or(Ok(()), |why| {
            Err(Error::Value(format!("{why}; it is damaged, or was changed by hand: count again")))
        })
    }

    fn wrong<T: Element>(&self) -> Option<String> {
        let Self { summary, outside, moments, .. } = self;
        let odd = [summary.nan, summary.posinf, summary.neginf];
        let all = odd.iter().chain([&outside.below, &outside.above]).chain(&self.counts);
        if all.copied().try_fold(0, u64::checked_add) != Some(summary.n) {
            return Some("its counts do not add up to n".into());
        }
        let finite = summary.finite();
        let Some(ends) = self.ends else {
            return (finite > 0 || summary.zeros > 0).then(|| "it lacks the ends of its values".into());
        };
        let (lo, hi) = (ends.lo.as_f64(), ends.hi.as_f64());
        let of_type = |end: Number| T::of(end).number().compare(end) == Some(Ordering::Equal);
        if finite == 0 || !(of_type(ends.lo) && of_type(ends.hi)) {
            return Some(format!("its \"ends\" are none of {finite} finite {} values", self.dtype.name()));
        }
        if summary.zeros > finite || (summary.zeros > 0 && (lo > 0.0 || hi < 0.0)) {
            return Some("its \"zeros\" are more than its counts and ends allow".into());
        }
        if self.sides::<T>() != [outside.below > 0, outside.above > 0] {
            return Some("its \"ends\" contradict how many values lie \"below\" and \"above\" its range".into());
        }
        let slack = SLACK * lo.abs().max(hi.abs());
        let (mean, std) = (moments.mean(), moments.std());
        let likely = (lo - slack..=hi + slack).contains(&mean) && (0.0..=hi / 2.0 - lo / 2.0 + slack).contains(&std);
        (!likely).then(|| "its \"mean\" or \"std\" is none of values between its ends".into())
    }

    /// Whether there are values below and above the range, judged by the ends of all values.
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

    fn partial(samples: Samples, range: Option<Range>) -> MergeableCounts {
        Population::new(samples).partial(range, &Task::default()).unwrap()
    }

    #[test]
    fn what_was_counted_is_sound() {
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
                // A range as wide as this has no edges to count between.
                if samples.len() != 3 || samples.dtype() != crate::hist::DType::F64 || range.is_some() {
                    partial(samples, range).check().unwrap();
                }
            }
        }
    }

    #[test]
    fn every_contradiction_is_a_sentence() {
        let sound = partial(Samples::F64(vec![-1.0, 0.0, 2.5, 9.0]), Some(Range::floats(-4.0, 4.0)));
        let why = |change: &dyn Fn(&mut MergeableCounts)| {
            let mut changed = sound.clone();
            change(&mut changed);
            changed.check().unwrap_err().to_string()
        };
        assert!(why(&|p| p.summary.n += 1).starts_with("its counts do not add up to n; it is damaged"));
        assert!(why(&|p| p.outside.below = u64::MAX).starts_with("its counts do not add up"));
        assert!(why(&|p| p.ends = None).starts_with("it lacks the ends"));
        assert!(why(&|p| p.summary.zeros = 5).starts_with("its \"zeros\""));
        assert!(why(&|p| p.moments = Moments::new(4, f64::INFINITY, 1.0)).starts_with("its \"mean\" or"));
        assert!(why(&|p| p.moments = Moments::new(4, 2.6, -3.0)).starts_with("its \"mean\" or"));
        assert!(why(&|p| p.moments = Moments::new(4, 2.6, 6.0)).starts_with("its \"mean\" or"));
        assert!(why(&|p| p.ends = Some(Range::floats(-5.0, 9.0))).starts_with("its \"ends\" contradict"));
        assert!(why(&|p| p.ends = Some(Range::floats(-1.0, 3.0))).starts_with("its \"ends\" contradict"));
        let mut bytes = partial(Samples::U8(vec![1, 2]), None);
        bytes.ends = Some(Range::floats(1.0, 2.5));
        assert!(bytes.check().unwrap_err().to_string().starts_with("its \"ends\" are none of 2 finite uint8 values"));
    }
}
