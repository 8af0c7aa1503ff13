//! Counting into the bins of one histogram, many values at a time.
//!
//! A value's position in bins, `(x - lo) · n / width`, never falls as the value rises, rounding included. Where the edges
//! themselves have positions near the whole numbers that they should have, which is looked at, a value lies beside the
//! edge that is nearest to its position, and comparing it with this edge alone tells on which side.

use crate::hist::{Element, Number, Outer, Real, Uniform};
use fearless_simd::{Level, dispatch};

/// Values whose bins are computed before they are counted: few enough for registers.
const TOGETHER: usize = 64;
/// Counts side by side, so that equal bins one after the other need not wait for each other.
const COPIES: usize = 4;
/// Slots: below the range, up to 512 bins, above the range.
const SLOTS: usize = 1024;
/// Counts of a copy. Processors take places that are 4 KiB apart for the same one when they look for what waits.
const ROW: usize = SLOTS + 16;
/// The furthest that integers and floats are the same.
const WHOLE: u128 = 1 << f64::MANTISSA_DIGITS;

/// The type in which positions are computed.
pub(super) trait Lane: Real {
    /// Added, it leaves no bits for fractions: the sum is rounded to a whole number, which its lowest bits are.
    const WHOLE: Self;
    fn low_bits(self) -> u32;
    fn next_up(self) -> Self;
}

impl Lane for f64 {
    const WHOLE: Self = 1.5 * (1_u64 << 52) as Self;
    fn low_bits(self) -> u32 {
        self.to_bits() as u32
    }
    fn next_up(self) -> Self {
        self.next_up()
    }
}

impl Lane for f32 {
    const WHOLE: Self = 1.5 * (1_u32 << 23) as Self;
    fn low_bits(self) -> u32 {
        self.to_bits()
    }
    fn next_up(self) -> Self {
        self.next_up()
    }
}

pub(super) type LaneOf<T> = <<T as Element>::Edge as Real>::Sum;

/// Uniform bins that can be counted this way.
#[derive(Debug)]
pub(super) struct Direct<T: Element> {
    n: usize,
    lo: LaneOf<T>,
    /// Bins a unit.
    scale: LaneOf<T>,
    /// A value that is as large lies right of the edge. That is the next value for the last one: the last bin is closed.
    edges: [LaneOf<T>; SLOTS],
}

impl<T: Element> Direct<T>
where
    LaneOf<T>: Lane,
{
    /// `None` where rounding is so coarse, or the bins are so many, that one edge alone could not tell.
    pub(super) fn new(uniform: &Uniform<T>) -> Option<Self> {
        let at: Vec<f64> = uniform.at().collect();
        let (lo, n, lane) = (*at.first()?, uniform.bins(), LaneOf::<T>::from_f64);
        let mut edges = [lane(0.0); SLOTS];
        edges.get_mut(..=n)?.iter_mut().zip(&at).for_each(|(edge, x)| *edge = lane(*x));
        let mut direct = Self { n, lo: lane(lo), scale: lane(n as f64 / (at.last()? - lo)), edges };
        // NaN, from a range beyond the type, is not near.
        let near = |(k, x): (usize, &f64)| (direct.position(lane(*x)).to_f64() - k as f64).abs() < 0.1;
        // Floats cannot tell integers apart that numpy compares exactly.
        let Outer { lo, hi, .. } = *uniform.outer();
        let far = |end| T::INTEGER && matches!(end, Number::Int(i) if i.unsigned_abs() > WHOLE);
        if !(at.iter().enumerate().all(near) && uniform.faithful() && n + 2 < SLOTS) || far(lo) || far(hi) {
            return None;
        }
        direct.edges[n] = edges[n].next_up();
        Some(direct)
    }

    /// Adds the samples to their bins. Behind the last bin are two more slots: for what is below (and NaN), and above.
    #[expect(clippy::large_stack_arrays, reason = "little more than 16 KiB, of the megabytes that a stack has")]
    pub(super) fn tally(&self, block: &[T], counts: &mut [u64]) {
        let mut found = [[0; ROW]; COPIES];
        dispatch!(Level::new(), _simd => self.run(block, &mut found));
        let sums = |slot: usize| found.iter().map(|copy| u64::from(copy[slot])).sum::<u64>();
        let n = self.n;
        counts.iter_mut().take(n).enumerate().for_each(|(bin, count)| *count += sums(bin + 1));
        counts[n] += sums(0);
        counts[n + 1] += sums(n + 1);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "compiled once for each kind of processor, into the caller")]
    fn run(&self, block: &[T], found: &mut [[u32; ROW]; COPIES]) {
        let lane = |x: T| LaneOf::<T>::from_f64(x.to_f64());
        let (least, most) = (LaneOf::<T>::from_f64(0.0), LaneOf::<T>::from_f64(self.n as f64));
        let mut slots = [0; TOGETHER];
        for values in block.chunks(TOGETHER) {
            for (slot, x) in slots.iter_mut().zip(values) {
                let x = lane(*x);
                let h = self.position(x);
                // NaN is below, where what is outside is.
                let h = if h > least { h } else { least };
                let h = if h < most { h } else { most };
                let nearest = h.plus(LaneOf::<T>::WHOLE).low_bits() % SLOTS as u32;
                *slot = nearest + u32::from(x >= self.edges[nearest as usize]);
            }
            let (fours, rest) = slots[..values.len()].as_chunks::<COPIES>();
            for four in fours {
                for (copy, slot) in found.iter_mut().zip(four) {
                    copy[*slot as usize % SLOTS] += 1;
                }
            }
            for slot in rest {
                found[0][*slot as usize % SLOTS] += 1;
            }
        }
    }

    /// Where a value is, in bins: the whole number that is nearest is an edge beside it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the loop of `run` is this")]
    fn position(&self, x: LaneOf<T>) -> LaneOf<T> {
        x.minus(self.lo).times(self.scale)
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
        let far = Outer { lo: Number::Int((1 << 53) + 1), hi: Number::Int(1 << 60), own: false };
        assert!(Direct::new(&Uniform::<i64>::new(&far, 64).unwrap()).is_none());
        let all = Outer::asked(Range::floats(f64::from(f32::MIN), f64::from(f32::MAX))).unwrap();
        assert!(Direct::new(&Uniform::<f32>::new(&all, 64).unwrap()).is_none());
    }
}
