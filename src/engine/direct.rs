//! Counting into uniform bins with SIMD.
//!
//! The position of a value in bins, `(x - lo) · n / width`, is a monotone function of the value, even with rounding.
//! [`Direct::new`] measures how far the positions of the edges are from the integers that they should be. Farther from an
//! integer, the position alone determines the bin. Closer to it, the edge with the nearest position is one of the two edges
//! around the value, and one comparison with it determines the bin.

use crate::hist::{Element, Lane, Number, Outer, Real, Uniform, Vectors};
use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};

/// Values whose bins are computed before they are counted: few enough for registers.
const BATCH: usize = 64;
/// Batches after which a block is searched, if more than half of them had a value near an edge: integers are often on one.
const TRIED: usize = 16;
/// Copies of the counts, so that consecutive increments of one bin do not wait for each other.
const COPIES: usize = 4;
/// Slots: below the range, up to 512 bins, above the range.
const SLOTS: usize = 1024;
/// Counts in a copy. Not a multiple of 4 KiB: processors confuse addresses 4 KiB apart when they check pending stores.
const ROW: usize = SLOTS + 16;
/// Largest integer up to which all integers are exact as floats.
const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;

type LaneOf<T> = <T as Vectors>::Positions;
type Vector<S, T> = <LaneOf<T> as Lane>::Vector<S>;
/// Bits of a position to which [`Lane::ROUND`] was added.
type Rounded<T> = <LaneOf<T> as SimdFloatElement>::Bits;

/// Uniform bins that can be counted with one comparison per value.
#[derive(Debug)]
pub(super) struct Direct<T: Element> {
    n: usize,
    lo: LaneOf<T>,
    /// Middle of the first bin, where the position that is rounded to a bin is 0.
    middle: LaneOf<T>,
    /// Distance from the middle of a bin, in bins, up to which the position determines the bin.
    sure: LaneOf<T>,
    /// Bins per unit.
    scale: LaneOf<T>,
    /// Smallest value on the right of each edge: the edge itself, or the next float for the last edge, since the last bin
    /// is closed.
    edges: [LaneOf<T>; SLOTS],
}

impl<T: Element> Direct<T> {
    /// Returns `None` if rounding is too coarse, or the bins are too many, for one comparison to be exact.
    pub(super) fn new(uniform: &Uniform<T>) -> Option<Self> {
        let at: Vec<f64> = uniform.at().collect();
        let (lo, n, lane) = (*at.first()?, uniform.bins(), LaneOf::<T>::from_f64);
        let mut edges = [lane(0.0); SLOTS];
        edges.get_mut(..=n)?.iter_mut().zip(&at).for_each(|(edge, x)| *edge = lane(*x));
        let scale = n as f64 / (at.last()? - lo);
        let mut direct =
            Self { n, lo: lane(lo), middle: lane(lo + 0.5 / scale), sure: lane(0.0), scale: lane(scale), edges };
        // NaN, from a range that exceeds the type, is not near.
        let near = |(k, x): (usize, &f64)| (direct.position(lane(*x)).to_f64() - k as f64).abs() < 0.1;
        // numpy compares integers exactly, and large integers are not exact as floats.
        let Outer { lo, hi, .. } = *uniform.outer();
        let far = |end| T::INTEGER && matches!(end, Number::Int(i) if i.unsigned_abs() > EXACT);
        if !(at.iter().enumerate().all(near) && uniform.matches_search() && n + 2 < SLOTS) || far(lo) || far(hi) {
            return None;
        }
        direct.edges[n] = edges[n].next_up();
        let off = |(k, edge): (usize, &LaneOf<T>)| (direct.in_bins(*edge).to_f64() - (k as f64 - 0.5)).abs();
        let most = direct.edges.iter().take(n + 1).enumerate().map(off).fold(0.0, f64::max);
        // The rounding of this number and of distances is far smaller than the smallest deviation that is doubled here.
        direct.sure = lane(0.5 - 2.0 * most.max(1e-6));
        Some(direct)
    }

    /// Counts the samples. The bins are followed by two more counts: of samples below (and NaN), and above.
    #[expect(clippy::large_stack_arrays, reason = "16 KiB are small compared with the megabytes of a stack")]
    pub(super) fn tally(&self, block: &[T], counts: &mut [u64]) {
        let mut copies = [[0; ROW]; COPIES];
        dispatch!(Level::new(), simd => self.run(simd, block, &mut copies));
        let sums = |slot: usize| copies.iter().map(|copy| u64::from(copy[slot])).sum::<u64>();
        let n = self.n;
        counts.iter_mut().take(n).enumerate().for_each(|(bin, count)| *count += sums(bin + 1));
        counts[n] += sums(0);
        counts[n + 1] += sums(n + 1);
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the caller is compiled once for each SIMD level")]
    fn run<S: Simd>(&self, simd: S, block: &[T], copies: &mut [[u32; ROW]; COPIES]) {
        let (mut rounded, mut slots, mut near) = ([0.into(); BATCH], [0; BATCH], 0);
        let (batches, rest) = block.as_chunks::<BATCH>();
        for (i, values) in batches.iter().enumerate() {
            let searched = i >= TRIED && near > TRIED / 2;
            if !searched && self.round(simd, values, &mut rounded) {
                count(&rounded, |bits| (bits.into() as u32).wrapping_add(1), copies);
            } else {
                near += usize::from(i < TRIED);
                self.search(values, &mut slots);
                count(&slots, |slot| slot, copies);
            }
        }
        self.search(rest, &mut slots);
        for slot in &slots[..rest.len()] {
            copies[0][*slot as usize % SLOTS] += 1;
        }
    }

    /// Rounds the positions of values to the bits of their bins. Returns false if one of them is too close to an edge.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the inner loop of `run`")]
    fn round<S: Simd>(&self, simd: S, values: &[T; BATCH], rounded: &mut [Rounded<T>; BATCH]) -> bool {
        let splat = Vector::<S, T>::splat;
        let (min, max) = (splat(simd, (-1_i8).into()), splat(simd, LaneOf::<T>::from_f64(self.n as f64)));
        let (middle, scale, round) =
            (splat(simd, self.middle), splat(simd, self.scale), splat(simd, LaneOf::<T>::ROUND));
        let (mut far, sure) = (splat(simd, 0_u8.into()), splat(simd, self.sure));
        let lanes = Vector::<S, T>::LEN;
        let mut at = 0;
        while at < BATCH {
            let h = (T::positions(T::load(simd, &values[at..at + lanes])) - middle) * scale;
            // NaN becomes the minimum.
            let h = h.simd_gt(min).select(h, min);
            let h = h.simd_lt(max).select(h, max);
            let nearest = h + round;
            let distance = (h - (nearest - round)).abs();
            far = distance.simd_gt(far).select(distance, far);
            nearest.to_bits().store_slice(&mut rounded[at..at + lanes]);
            at += lanes;
        }
        far.simd_lt(sure).all_true()
    }

    /// Finds the slots of values by comparison with an edge.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the inner loop of `run`")]
    fn search(&self, values: &[T], slots: &mut [u32; BATCH]) {
        let lane = |x: T| LaneOf::<T>::from_f64(x.to_f64());
        let (min, max) = (LaneOf::<T>::from_f64(0.0), LaneOf::<T>::from_f64(self.n as f64));
        for (slot, x) in slots.iter_mut().zip(values) {
            let x = lane(*x);
            let h = self.position(x);
            // NaN becomes the minimum.
            let h = if h > min { h } else { min };
            let h = if h < max { h } else { max };
            let nearest = h.plus(LaneOf::<T>::ROUND).low_bits() % SLOTS as u32;
            *slot = nearest + u32::from(x >= self.edges[nearest as usize]);
        }
    }

    /// Position of a value, in bins from the middle of the first one.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the inner loop of `run`")]
    fn in_bins(&self, x: LaneOf<T>) -> LaneOf<T> {
        x.minus(self.middle).times(self.scale)
    }

    /// Position of a value, in bins. The nearest integer is the index of an edge next to the value.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "part of the inner loop of `run`")]
    fn position(&self, x: LaneOf<T>) -> LaneOf<T> {
        x.minus(self.lo).times(self.scale)
    }
}

/// Counts a batch of slots.
#[inline(always)]
#[expect(clippy::inline_always, reason = "part of the inner loop of `run`")]
fn count<B: Copy>(batch: &[B; BATCH], slot: impl Fn(B) -> u32, copies: &mut [[u32; ROW]; COPIES]) {
    let [first, second, third, fourth] = copies;
    for [a, b, c, d] in batch.as_chunks::<COPIES>().0 {
        first[slot(*a) as usize % SLOTS] += 1;
        second[slot(*b) as usize % SLOTS] += 1;
        third[slot(*c) as usize % SLOTS] += 1;
        fourth[slot(*d) as usize % SLOTS] += 1;
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

    /// Compares the counts of both methods.
    fn agree<T: Element>(uniform: &Uniform<T>, values: &[T]) {
        let (mut fast, mut slow) = (vec![0; uniform.bins() + 2], vec![0; uniform.bins() + 2]);
        Direct::new(uniform).unwrap().tally(values, &mut fast);
        uniform.tally(values, &mut slow);
        assert_eq!(fast, slow);
    }

    #[test]
    fn values_on_near_and_outside_the_edges_are_counted_like_numpy() {
        for n in 1..=512 {
            let wide = bins::<f64>(-0.1, 0.7, true, n);
            let near: Vec<f64> = wide.at().flat_map(|x| [x.next_down(), x, x.next_up(), x + 1e-9]).collect();
            agree(&wide, &near);
            agree(&wide, &[f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, 0.0, f64::MAX, f64::MIN, 1e-320]);
            for own in [false, true] {
                let narrow = bins::<f32>(-0.1, 0.7, own, n);
                let near: Vec<f32> =
                    narrow.at().map(|x| x as f32).flat_map(|x| [x.next_down(), x, x.next_up(), x + 1e-4]).collect();
                agree(&narrow, &near);
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
    fn values_between_the_edges_are_counted_like_numpy() {
        // Golden-ratio steps from below the range to above it, with numbers that are in no bin.
        let spread = |lo: f64, hi: f64| {
            (0..1000_u32).map(move |i| match i % 100 {
                77 => f64::NAN,
                78 => f64::INFINITY,
                79 => f64::NEG_INFINITY,
                _ => lo + (hi - lo) * ((f64::from(i) * 0.618_033_988_749_895).fract() * 1.5 - 0.25),
            })
        };
        for n in 1..=512 {
            for (lo, hi) in [(-0.1, 0.7), (1000.0, 1001.0), (-3e5, 1e-5), (1e-30, 3e-30)] {
                agree(&bins::<f64>(lo, hi, true, n), &spread(lo, hi).collect::<Vec<_>>());
                let narrow = bins::<f32>(lo, hi, true, n);
                if Direct::new(&narrow).is_some() {
                    agree(&narrow, &spread(lo, hi).map(|x| x as f32).collect::<Vec<_>>());
                }
            }
            agree(&bins::<i32>(-300.0, 1000.0, false, n), &(-400..1200).collect::<Vec<_>>());
        }
    }

    #[test]
    fn coarse_ranges_and_many_bins_need_the_formula() {
        assert!(Direct::new(&bins::<f64>(1e15, 1e15 + 8.0, true, 50)).is_none());
        assert!(Direct::new(&bins::<f64>(0.0, 1e-320, true, 64)).is_none());
        assert!(Direct::new(&bins::<f64>(0.0, 1.0, true, 5000)).is_none());
        let far = Outer { lo: Number::Int((1 << 53) + 1), hi: Number::Int(1 << 60), own: false };
        assert!(Direct::new(&Uniform::<i64>::new(&far, 64).unwrap()).is_none());
        let all = Outer::given(Range::floats(f64::from(f32::MIN), f64::from(f32::MAX))).unwrap();
        assert!(Direct::new(&Uniform::<f32>::new(&all, 64).unwrap()).is_none());
    }
}
