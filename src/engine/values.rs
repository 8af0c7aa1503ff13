//! The values of a bin with their places, largest magnitude first.

use super::{Population, Task};
use crate::error::{At, Error};
use crate::hist::{Element, Number, Segment, wide};
use std::cmp::Ordering;

/// Blocks in a chunk. Each thread visits one chunk at a time.
const CHUNK: u64 = 8;

/// Values of a bin.
#[derive(Debug, Clone, PartialEq)]
pub struct BinValues {
    /// Number of values in the bin.
    pub total: u64,
    /// The values with the largest magnitudes, in this order.
    pub values: Vec<PlacedValue>,
}

/// A value and its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedValue {
    pub value: Number,
    pub at: At,
}

/// Values found so far: their number, and the largest with their positions.
struct Largest<T> {
    total: u64,
    kept: Vec<(T, u64)>,
}

impl<T> Default for Largest<T> {
    fn default() -> Self {
        Self { total: 0, kept: Vec::new() }
    }
}

impl<T: Element> Largest<T> {
    fn push(&mut self, x: T, position: u64, limit: usize) {
        self.total += 1;
        self.kept.push((x, position));
        if self.kept.len() >= 2 * limit.max(1) {
            self.shorten(limit);
        }
    }

    fn merge(&mut self, other: Self, limit: usize) {
        self.total += other.total;
        self.kept.extend(other.kept);
        self.shorten(limit);
    }

    /// Keeps at most `limit` values.
    fn shorten(&mut self, limit: usize) {
        if self.kept.len() > limit {
            self.kept.select_nth_unstable_by(limit, order);
            self.kept.truncate(limit);
        }
    }
}

/// Larger magnitudes first; equal ones in the order of the file.
fn order<T: Element>(a: &(T, u64), b: &(T, u64)) -> Ordering {
    let size = |x: T| Element::to_f64(x).abs();
    size(b.0).total_cmp(&size(a.0)).then(a.1.cmp(&b.1))
}

impl Population {
    /// Finds the values of a bin in one pass, in constant memory: at most `limit` of them, those with the largest
    /// magnitudes. `closed` includes the right edge, as in the last bin.
    ///
    /// # Errors
    /// [`Error::Cancelled`], a stream that cannot be read, or a population of counts.
    pub fn values_in(&self, bin: Segment, closed: bool, limit: usize, task: &Task) -> Result<BinValues, Error> {
        if self.is_counts_only() {
            return Err(Error::Value("only counts are available; their values need the original samples".into()));
        }
        wide!(self.dtype(), T => {
            let inside = |x: f64| bin.lo <= x && (x < bin.hi || (closed && x == bin.hi)) && x.is_finite();
            let visit = |largest: &mut Largest<T>, start: u64, block: &[T]| {
                for (position, x) in (start..).zip(block) {
                    if inside(Element::to_f64(*x)) {
                        largest.push(*x, position, limit);
                    }
                }
            };
            let mut all = Largest::<T>::default();
            self.pass_with_positions(CHUNK, task, visit, |largest| all.merge(largest, limit))?;
            all.kept.sort_unstable_by(order);
            let placed = |(x, position): &(T, u64)| PlacedValue { value: x.number(), at: self.locate(*position) };
            Ok(BinValues { total: all.total, values: all.kept.iter().map(placed).collect() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{ElementOrder, Shape};
    use crate::hist::Samples;

    fn shown(found: &BinValues) -> Vec<String> {
        let text = |placed: &PlacedValue| format!("{} {}", placed.value.as_f64(), placed.at);
        found.values.iter().map(text).collect()
    }

    #[test]
    fn the_largest_values_of_a_bin_have_their_indices() {
        let array = Samples::F32(vec![0.5, -3.0, 2.0, f32::NAN, 3.0, 9.0]);
        let shape = Shape::new(&[2, 3], ElementOrder::C);
        let population = Population::of_array(array.into(), &shape, &Task::default()).unwrap();
        let found = |lo, hi, closed, limit| population.values_in(Segment { lo, hi }, closed, limit, &Task::default());
        let all = found(-4.0, 3.0, true, 10).unwrap();
        assert_eq!(
            (all.total, shown(&all)),
            (4, vec!["-3 [0, 1]".into(), "3 [1, 1]".into(), "2 [0, 2]".into(), "0.5 [0, 0]".into()])
        );
        let open = found(-4.0, 3.0, false, 1).unwrap();
        assert_eq!((open.total, shown(&open)), (3, vec!["-3 [0, 1]".to_owned()]));
        let every = found(f64::NEG_INFINITY, f64::INFINITY, true, 1).unwrap();
        assert_eq!((every.total, shown(&every)), (5, vec!["9 [1, 2]".to_owned()]));
    }

    #[test]
    fn a_limit_keeps_the_largest_of_many_blocks() {
        let values: Vec<i64> = (0..20_000).map(|i| (i * 7919) % 20_011).collect();
        let mut sorted: Vec<(i64, usize)> = values.iter().copied().zip(0..).collect();
        sorted.sort_unstable_by_key(|(x, _)| -x);
        let population = Population::new(Samples::I64(values));
        let found = population.values_in(Segment { lo: 0.0, hi: 1e9 }, false, 25, &Task::default()).unwrap();
        let expected: Vec<String> = sorted.iter().take(25).map(|(x, at)| format!("{x} [{at}]")).collect();
        assert_eq!((found.total, shown(&found)), (20_000, expected));
    }
}
