//! Counting into the bins of one histogram, many values at a time.
//!
//! A value's position in bins, `h = (x - lo) · n / width`, never falls as the value rises, rounding included. How far the
//! positions of the edges themselves are from whole numbers is measured; a value whose position is further from a whole
//! number than that lies between the two edges around it, without comparing. The few others are left to
//! [`Uniform::find`], numpy's formula.

use crate::hist::{Element, Real, Uniform};
use fearless_simd::{Level, dispatch};

/// Values whose bins are computed before they are counted.
const TOGETHER: usize = 512;
/// Counts side by side, so that equal bins one after the other need not wait for each other.
const COPIES: usize = 4;
/// Slots: below the range, up to 512 bins, above the range; the last is for values that are not certain.
const SLOTS: usize = 1024;
const UNCERTAIN: u32 = SLOTS as u32 - 1;

/// The type in which positions are computed.
pub(super) trait Lane: Real {
    /// Added, it leaves no bits for fractions: the sum is rounded to a whole number, which its lowest bits are.
    const WHOLE: Self;
    fn low_bits(self) -> u32;
}

impl Lane for f64 {
    const WHOLE: Self = 1.5 * (1_u64 << 52) as Self;
    fn low_bits(self) -> u32 {
        self.to_bits() as u32
    }
}

impl Lane for f32 {
    const WHOLE: Self = 1.5 * (1_u32 << 23) as Self;
    fn low_bits(self) -> u32 {
        self.to_bits()
    }
}

pub(super) type LaneOf<T> = <<T as Element>::Edge as Real>::Sum;

/// Uniform bins that can be counted this way.
#[derive(Debug)]
pub(super) struct Direct<'a, T: Element> {
    uniform: &'a Uniform<T>,
    lo: LaneOf<T>,
    /// Bins a unit.
    scale: LaneOf<T>,
    /// How far from the middle of a bin a position may be to be certain.
    reach: LaneOf<T>,
}

impl<'a, T: Element> Direct<'a, T>
where
    LaneOf<T>: Lane,
{
    /// `None` where rounding is so coarse, or the bins are so many, that little would be certain.
    pub(super) fn new(uniform: &'a Uniform<T>) -> Option<Self> {
        let at: Vec<f64> = uniform.at().collect();
        let (lo, n) = (*at.first()?, uniform.bins());
        let lane = LaneOf::<T>::from_f64;
        let scale = lane(n as f64 / (at.last()? - lo));
        let mut direct = Self { uniform, lo: lane(lo), scale, reach: lane(0.5) };
        let off = |(k, edge): (usize, &f64)| (direct.position(lane(*edge)).to_f64() - (k as f64 - 0.5)).abs();
        let offs: Vec<f64> = at.iter().enumerate().map(off).collect();
        // NaN, from a range beyond the type, is not near.
        let near = offs.iter().all(|off| *off < 0.1);
        if !(near && uniform.faithful() && n + 2 < SLOTS) {
            return None;
        }
        // Twice what was measured and a bit, which covers the rounding of the sum and of the reach.
        direct.reach = lane(0.5 - 2.0 * offs.iter().copied().fold(0.0, f64::max) - 1e-6);
        Some(direct)
    }

    /// Adds the samples to their bins. Behind the last bin are two more slots: for what is below (and NaN), and above.
    pub(super) fn tally(&self, block: &[T], counts: &mut [u64]) {
        let mut found = [[0; SLOTS]; COPIES];
        dispatch!(Level::new(), _simd => self.run(block, counts, &mut found));
        let sums = |slot: usize| found.iter().map(|copy| u64::from(copy[slot])).sum::<u64>();
        let n = self.uniform.bins();
        counts.iter_mut().take(n).enumerate().for_each(|(bin, count)| *count += sums(bin + 1));
        counts[n] += sums(0);
        counts[n + 1] += sums(n + 1);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once for each kind of processor, into the caller")]
    fn run(&self, block: &[T], counts: &mut [u64], found: &mut [[u32; SLOTS]; COPIES]) {
        let lane = |x: T| LaneOf::<T>::from_f64(x.to_f64());
        let (least, most) = (LaneOf::<T>::from_f64(-1.0), LaneOf::<T>::from_f64(self.uniform.bins() as f64));
        let mut slots = [0; TOGETHER];
        for values in block.chunks(TOGETHER) {
            let mut uncertain = 0;
            for (slot, x) in slots.iter_mut().zip(values) {
                let h = self.position(lane(*x));
                // NaN is below, where what is outside is.
                let h = if h > least { h } else { least };
                let h = if h < most { h } else { most };
                let whole = h.plus(LaneOf::<T>::WHOLE);
                let off = h.minus(whole.minus(LaneOf::<T>::WHOLE));
                let certain = off <= self.reach && LaneOf::<T>::from_f64(0.0).minus(self.reach) <= off;
                let bin = whole.low_bits().wrapping_sub(LaneOf::<T>::WHOLE.low_bits()).wrapping_add(1);
                *slot = if certain { bin } else { UNCERTAIN };
                uncertain |= u32::from(!certain);
            }
            let slots = &slots[..values.len()];
            let (fours, rest) = slots.as_chunks::<COPIES>();
            for four in fours {
                for (copy, slot) in found.iter_mut().zip(four) {
                    copy[*slot as usize % SLOTS] += 1;
                }
            }
            for slot in rest {
                found[0][*slot as usize % SLOTS] += 1;
            }
            if uncertain != 0 {
                let left = slots.iter().zip(values).filter(|(slot, _)| **slot == UNCERTAIN);
                left.for_each(|(_, x)| counts[self.uniform.find(*x)] += 1);
            }
        }
    }

    /// Where a value is, in bins, less one half: the nearest whole number is its bin.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the loop of `run` is this")]
    fn position(&self, x: LaneOf<T>) -> LaneOf<T> {
        x.minus(self.lo).times(self.scale).minus(LaneOf::<T>::from_f64(0.5))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hist::{Number, Outer, Range};
    use half::f16;

    fn bins<T: Element>(lo: f64, hi: f64, own: bool, n: usize) -> Uniform<T> {
        Uniform::new(&Outer { lo: Number::Float(lo), hi: Number::Float(hi), own }, n).unwrap()
    }

    /// Counts one way and the other.
    fn agree<T: Element>(uniform: &Uniform<T>, values: &[T])
    where
        LaneOf<T>: Lane,
    {
        let (mut fast, mut slow) = (vec![0; uniform.bins() + 2], vec![0; uniform.bins() + 2]);
        Direct::new(uniform).unwrap().tally(values, &mut fast);
        uniform.tally(values, &mut slow);
        assert_eq!(fast, slow);
    }

    #[test]
    fn values_on_edges_beside_them_and_outside_are_counted_as_numpy_does() {
        for n in 1..=512 {
            let wide = bins::<f64>(-0.1, 0.7, true, n);
            let beside: Vec<f64> = wide.at().flat_map(|x| [x.next_down(), x, x.next_up(), x + 1e-9]).collect();
            agree(&wide, &beside);
            agree(&wide, &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MAX, f64::MIN, 1e-320]);
            for own in [false, true] {
                let narrow = bins::<f32>(-0.1, 0.7, own, n);
                let beside: Vec<f32> =
                    narrow.at().map(|x| x as f32).flat_map(|x| [x.next_down(), x, x.next_up(), x + 1e-4]).collect();
                agree(&narrow, &beside);
                agree(&narrow, &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN]);
            }
            agree(&bins::<u8>(-0.5, 300.0, false, n), &(0..=255).collect::<Vec<u8>>());
            agree(&bins::<i64>(-1e19, 1e19, false, n), &[i64::MIN, -1, 0, 1, i64::MAX]);
        }
        let halves: Vec<f16> = (0..=u16::MAX).map(f16::from_bits).collect();
        agree(&bins::<f16>(-3.0, 5.0, true, 64), &halves);
        agree(&bins::<f16>(-3.0, 5.0, false, 64), &halves);
    }

    #[test]
    fn leaves_coarse_ranges_to_the_formula() {
        assert!(Direct::new(&bins::<f64>(1e15, 1e15 + 8.0, true, 50)).is_none());
        assert!(Direct::new(&bins::<f64>(0.0, 1e-320, true, 64)).is_none());
        assert!(Direct::new(&bins::<f64>(0.0, 1.0, true, 5000)).is_none());
        let all = Outer::asked(Range::floats(f64::from(f32::MIN), f64::from(f32::MAX))).unwrap();
        assert!(Direct::new(&Uniform::<f32>::new(&all, 64).unwrap()).is_none());
    }
}
