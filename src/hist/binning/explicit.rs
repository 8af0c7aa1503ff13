//! Bins with explicit edges.

use super::{Element, KeyGrid};
use crate::hist::{Edges, Error, Number, Numbers, Samples};
use std::cmp::Ordering;

/// Binary logarithm of the cells of the grid, so that it fits the processor's cache.
const GRID_BITS: u32 = 14;

/// Explicit edges, and their keys in the type that numpy compares with the samples.
#[derive(Debug, Clone)]
pub(crate) struct Explicit {
    edges: Edges,
    keys: Keys,
    /// Faster search for floats; it finds the same bins.
    grid: Option<KeyGrid>,
}

#[derive(Debug, Clone)]
enum Keys {
    Floats(Vec<f64>),
    /// Integer edges for integer samples, if numpy has an integer type for both.
    Ints(Vec<i128>),
    /// Edges with an integer of more than 64 bits, which numpy keeps as Python numbers and compares exactly.
    Exact(Vec<Exact>),
}

/// Number that is compared without rounding.
#[derive(Debug, Clone, Copy)]
struct Exact(Number);

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.0.compare(other.0) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.compare(other.0)
    }
}

impl Explicit {
    /// Checks the edges. `unsigned` is true for `uint64` samples, which numpy compares with signed integers in `f64`.
    pub(crate) fn new<T: Element>(numbers: &Numbers, unsigned: bool) -> Result<Self, Error> {
        let increase = |numbers: &Numbers| {
            let pairs = numbers.iter().zip(numbers.iter().skip(1));
            pairs.into_iter().all(|(a, b)| a.compare(b) != Some(Ordering::Greater))
        };
        let too_long = |number| matches!(number, Number::Int(i) if i < i64::MIN.into() || i > u64::MAX.into());
        if numbers.iter().any(too_long) {
            if !increase(numbers) {
                return Err(Error::EdgesNotMonotonic);
            }
            let keys = Keys::Exact(numbers.iter().map(Exact).collect());
            return Ok(Self { edges: Edges::new(numbers.clone())?, keys, grid: None });
        }
        let ints: Option<Vec<i128>> = match Samples::from_numbers(numbers) {
            Samples::I64(v) => Some(v.into_iter().map(i128::from).collect()),
            Samples::U64(v) => Some(v.into_iter().map(i128::from).collect()),
            _ => None,
        };
        // numpy converts a list of integers and floats to floats.
        let floats = Numbers::floats(numbers.as_f64().to_vec());
        if !increase(if ints.is_some() { numbers } else { &floats }) {
            return Err(Error::EdgesNotMonotonic);
        }
        let floats = floats.as_f64().to_vec();
        let Some(ints) = ints else {
            let grid = KeyGrid::new(&floats, GRID_BITS);
            return Ok(Self { edges: Edges::from_f64(floats.clone())?, keys: Keys::Floats(floats), grid });
        };
        let wide = ints.first().is_some_and(|first| *first > i128::from(i64::MAX));
        let keys = if T::INTEGER && wide == unsigned { Keys::Ints(ints) } else { Keys::Floats(floats) };
        Ok(Self { edges: Edges::new(numbers.clone())?, keys, grid: None })
    }

    pub(crate) fn edges(&self) -> &Edges {
        &self.edges
    }

    /// Adds the samples to their bins. Two slots follow the last bin: samples below the edges (and NaN), and above.
    pub(crate) fn tally<T: Element>(&self, block: &[T], counts: &mut [u64]) {
        let Some(grid) = &self.grid else {
            for &x in block {
                counts[self.find(x)] += 1;
            }
            return;
        };
        let ((lo, hi), bins) = (grid.ends(), self.edges.bins());
        for &x in block {
            let x = x.to_f64();
            let slot = if x >= lo && x <= hi {
                // The last bin is closed.
                grid.edges_up_to(x).min(bins) - 1
            } else {
                bins + usize::from(x > hi)
            };
            counts[slot] += 1;
        }
    }

    fn find<T: Element>(&self, x: T) -> usize {
        match (&self.keys, x.number()) {
            (Keys::Ints(keys), Number::Int(i)) => find(keys, i),
            (Keys::Floats(keys), _) => find(keys, x.to_f64()),
            (Keys::Exact(keys), number) => find(keys, Exact(number)),
            (Keys::Ints(_), Number::Float(_)) => self.edges.bins(),
        }
    }
}

/// Slot of `x`. numpy: bins are `[e_k, e_{k+1})`, the last one is closed, and the last of several equal edges counts.
fn find<K: Copy + PartialOrd>(edges: &[K], x: K) -> usize {
    let Some((last, inner)) = edges.split_last() else { return 0 };
    let above = inner.partition_point(|edge| *edge <= x);
    match above.checked_sub(1) {
        None => inner.len(),
        Some(bin) if above == inner.len() && x.partial_cmp(last).is_none_or(Ordering::is_gt) => bin + 2,
        Some(bin) => bin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts like `numpy.histogram(values, bins=edges)`.
    fn counts<T: Element>(values: &[T], edges: &[Number], unsigned: bool) -> Vec<u64> {
        let explicit = Explicit::new::<T>(&edges.iter().copied().collect(), unsigned).unwrap();
        let mut counts = vec![0; explicit.edges().bins() + 2];
        explicit.tally(values, &mut counts);
        counts.truncate(explicit.edges().bins());
        counts
    }

    #[test]
    fn edges_beyond_64_bits_are_compared_exactly() {
        let int = Number::Int;
        let values = [0, 5, u64::MAX, 1 << 63];
        assert_eq!(counts(&values, &[int(0), int(5), int(1 << 64)], true), [1, 3]);
        assert_eq!(counts(&[0, 5, -7, i64::MAX], &[int(0), int(5), int(1 << 64)], false), [1, 2]);
        assert_eq!(counts(&values, &[int(0), int(i128::from(u64::MAX) - 1), int(1 << 64)], true), [3, 1]);
        assert_eq!(counts(&values, &[int(-(1 << 70)), int(0), int(1 << 70)], true), [0, 4]);
        assert_eq!(counts(&[0.5, 5.0, 1e19, 1e20], &[Number::Float(0.5), int(1 << 64)], false), [3]);
        let decreasing = Explicit::new::<u64>(&[int(1 << 65), int(1 << 64)].into_iter().collect(), true);
        assert_eq!(decreasing.err(), Some(Error::EdgesNotMonotonic));
    }
}
