//! Counts of samples in many narrow cells, for samples that do not fit into memory.

use super::{CHUNK, Element, Error, Histogram, Population, Task};
use crate::hist::{Edges, Number, Numbers};

/// Maximum number of cells on either side of zero. Cells have equal numbers of representable values, so that narrow ones are
/// near zero.
const CELLS: u64 = 1 << 18;

/// Cells of equal numbers of keys.
#[derive(Clone, Copy)]
struct Span {
    lo: u64,
    hi: u64,
    /// Number of bits by which the offset of a key is shifted to get the index of its cell.
    shift: u32,
}

impl Span {
    /// Returns `None` if the span is empty.
    fn new(lo: u64, hi: u64) -> Option<Self> {
        let width = hi.checked_sub(lo)?;
        Some(Self { lo, hi, shift: (width / CELLS).checked_ilog2().map_or(0, |bits| bits + 1) })
    }

    fn cells(&self) -> usize {
        ((self.hi - self.lo) >> self.shift) as usize + 1
    }

    fn find(&self, key: u64) -> Option<usize> {
        (self.lo..=self.hi).contains(&key).then(|| ((key - self.lo) >> self.shift) as usize)
    }

    /// First and last key of a cell.
    fn cell(&self, index: usize) -> (u64, u64) {
        let lo = self.lo + ((index as u64) << self.shift);
        (lo, self.hi.min(lo + ((1_u64 << self.shift) - 1)))
    }
}

/// Counts the finite samples in cells whose edges are the smallest and the largest representable value in them. Zeros, which
/// are often the most frequent value, have a cell of their own.
pub(super) fn count<T: Element>(samples: &Population, task: &Task) -> Result<Histogram, Error> {
    let Some(range) = samples.range() else {
        return Ok(Histogram::new(Edges::from_f64(Vec::new())?, Numbers::ints([]))?);
    };
    let (lo, hi, zero) = (T::of(range.lo).key(), T::of(range.hi).key(), T::of(Number::Int(0)).key());
    // An unsigned type has no keys below zero.
    let negative = zero.checked_sub(1).and_then(|last| Span::new(lo, hi.min(last)));
    let spans = [negative, Span::new(zero, hi.min(zero)).filter(|_| lo <= zero), Span::new(lo.max(zero + 1), hi)];
    let spans: Vec<Span> = spans.into_iter().flatten().collect();
    let slots: Vec<usize> = spans.iter().map(Span::cells).collect();
    let visit = |counts: &mut Vec<u32>, block: &[T]| {
        counts.resize(slots.iter().sum(), 0);
        for key in block.iter().filter(|x| x.is_finite()).map(|x| x.key()) {
            let mut first = 0;
            for (span, cells) in spans.iter().zip(&slots) {
                if let Some(count) = span.find(key).and_then(|cell| counts.get_mut(first + cell)) {
                    *count += 1;
                }
                first += cells;
            }
        }
    };
    let mut counts = vec![0_u64; slots.iter().sum()];
    samples.pass(CHUNK, task, visit, |chunk: Vec<u32>| {
        counts.iter_mut().zip(chunk).for_each(|(sum, n)| *sum += u64::from(n));
    })?;
    let cells = spans.iter().zip(&slots).flat_map(|(span, cells)| (0..*cells).map(|cell| span.cell(cell)));
    let (mut edges, mut values) = (Vec::new(), Vec::new());
    for ((lo, hi), n) in cells.zip(counts).filter(|(_, n)| *n > 0) {
        if !edges.is_empty() {
            values.push(0);
        }
        edges.extend([T::from_key(lo).to_f64(), T::from_key(hi).to_f64()]);
        values.push(i128::from(n));
    }
    Ok(Histogram::new(Edges::from_f64(edges)?, Numbers::ints(values))?)
}
