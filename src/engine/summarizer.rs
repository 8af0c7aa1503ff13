//! The first pass over samples that are decoded block by block, for streams that are expensive to decode.

use super::table::{Tabulator, add_counts};
use super::{Part, Population};
use crate::hist::scale::Scale;
use crate::hist::{DType, Number, Outer, Range, Samples, Scan, Summary, each, typed};
use fearless_simd::{Level, dispatch};
use std::mem;
use std::sync::{Mutex, PoisonError};

/// Samples of one thread after which its counts are added to those of all. Few enough for `u32`; many enough that the
/// addition takes no noticeable time.
const MERGED: u64 = 1 << 22;

/// Summary of samples that arrive in blocks on several threads. It also counts them in the table of a range, if their range
/// is expected, so that the first histogram needs no second pass.
///
/// ```
/// use rebin::engine::{BlockSummary, Part, Summarizer};
/// use rebin::hist::{DType, Range, Samples};
///
/// let samples = Samples::F64(vec![0.0, 0.25, 1.0]);
/// let summarizer = Summarizer::new(DType::F64, Some(Range::floats(0.0, 1.0)));
/// let mut blocks = BlockSummary::default();
/// summarizer.add(&mut blocks, &samples);
/// summarizer.merge(blocks);
/// let population = summarizer.finish(Part::from(samples));
/// assert_eq!(population.range(), Some(Range::floats(0.0, 1.0)));
/// let (histogram, _) = population.lookup(2, None).expect("a table of the expected range")?;
/// assert_eq!(histogram.counts().as_f64(), [2.0, 1.0]);
/// # Ok::<(), rebin::Error>(())
/// ```
#[derive(Debug)]
pub struct Summarizer {
    dtype: DType,
    /// Counts samples over the expected range.
    expected: Option<(Range, Tabulator)>,
    all: Mutex<(BlockSummary, Vec<u64>)>,
}

/// Summary of the blocks of one thread.
#[derive(Debug, Default)]
pub struct BlockSummary {
    summary: Option<Summary>,
    range: Option<Range>,
    counts: Vec<u32>,
    /// Samples in `counts`.
    counted: u64,
}

impl Summarizer {
    /// `expected` is the range of the finite samples that a file states. A wrong one costs time, and nothing else.
    pub fn new(dtype: DType, expected: Option<Range>) -> Self {
        let expected = expected.map(|range| {
            let tabulator = typed!(dtype, T => Tabulator::new::<T>(Outer::spanned::<T>(range), Scale::Linear));
            (range, tabulator)
        });
        let sums = expected.as_ref().map_or_else(Vec::new, |(_, tabulator)| tabulator.zeros());
        Self { dtype, expected, all: Mutex::new((BlockSummary::default(), sums)) }
    }

    /// Adds the samples of a block, which have the type of the summarizer.
    pub fn add(&self, blocks: &mut BlockSummary, block: &Samples) {
        each!(block, values => {
            let scan = dispatch!(Level::new(), _simd => Scan::of(values));
            blocks.include(scan.summary(), scan.range());
            if let Some((_, tabulator)) = &self.expected {
                tabulator.tally(values, &mut blocks.counts);
                blocks.counted += values.len() as u64;
            }
        });
        if blocks.counted >= MERGED {
            self.merge(mem::take(blocks));
        }
    }

    /// Adds the summary of a thread to that of all.
    pub fn merge(&self, blocks: BlockSummary) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, counts) = &mut *all;
        let BlockSummary { summary, range, counts: more, .. } = blocks;
        add_counts(counts, &more);
        if let Some(summary) = summary {
            sum.include(summary, range);
        }
    }

    /// Returns the population of all samples, which `part` reads again.
    pub fn finish(self, part: Part) -> Population {
        let (BlockSummary { summary, range, .. }, counts) =
            self.all.into_inner().unwrap_or_else(PoisonError::into_inner);
        let summary = summary.unwrap_or_else(|| Scan::<f64>::default().summary());
        let table = self.expected.filter(|(expected, _)| range.is_some_and(|range| is_same(*expected, range)));
        let table = table.map(|(_, tabulator)| typed!(self.dtype, T => tabulator.finish::<T>(&counts, &summary)));
        Population::summarized(part, summary, range, table)
    }
}

impl BlockSummary {
    fn include(&mut self, summary: Summary, range: Option<Range>) {
        self.summary = Some(self.summary.map_or(summary, |all| all.merge(&summary)));
        self.range = self.range.into_iter().chain(range).reduce(Range::union);
    }
}

/// Returns true if both ranges are the same bit for bit. The sign of a zero is visible in the edges.
fn is_same(a: Range, b: Range) -> bool {
    let same = |a: Number, b: Number| a == b && a.as_f64().to_bits() == b.as_f64().to_bits();
    same(a.lo, b.lo) && same(a.hi, b.hi)
}
