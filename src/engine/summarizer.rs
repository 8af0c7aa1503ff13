//! The first pass over samples that are decoded block by block, for streams that are expensive to decode.

use super::count::{OutOfRange, Tally};
use super::table::{CountTable, Tabulator, add_counts};
use super::{Part, Population, Upcoming};
use crate::hist::scale::Scale;
use crate::hist::{DType, Element, Histogram, Number, Outer, Range, Samples, Scan, Summary, each_wide, wide};
use fearless_simd::{Level, dispatch};
use std::fmt::Debug;
use std::mem;
use std::sync::{Mutex, PoisonError};

/// Samples after which the counts of their blocks are added to those of all. Few enough for `u32`; many enough that the
/// addition takes no noticeable time.
const MERGED: u64 = 1 << 22;

/// Summary of samples that arrive in blocks on several threads. It also makes the counts that are needed next, if the range of
/// the samples is expected, so that the first histogram needs no second pass.
///
/// ```
/// use rebin::engine::{BlockSummary, Part, Summarizer, Upcoming};
/// use rebin::hist::{DType, Range, Samples};
///
/// let samples = Samples::F64(vec![0.0, 0.25, 1.0]);
/// let summarizer = Summarizer::new(DType::F64, Some(Range::floats(0.0, 1.0)), Upcoming::AllHistograms);
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
    /// Expected range and the counts over it.
    expected: Option<(Range, Box<dyn Counting>)>,
    all: Mutex<(BlockSummary, Vec<u64>)>,
}

/// Summary of some blocks.
#[derive(Debug, Default)]
pub struct BlockSummary {
    summary: Option<Summary>,
    range: Option<Range>,
    counts: Counts,
    /// Samples in `counts`.
    counted: u64,
}

/// Counts of some blocks: few for a histogram, many for a table.
#[derive(Debug, Default)]
struct Counts {
    histogram: Vec<u64>,
    table: Vec<u32>,
}

/// Counts that were made while samples were decoded.
#[derive(Debug)]
pub(super) enum Counted {
    Histogram(Histogram, OutOfRange),
    Table(CountTable),
}

/// A way to count blocks of samples of one type.
trait Counting: Debug + Send + Sync {
    fn zeros(&self) -> Vec<u64>;
    fn add(&self, block: &Samples, counts: &mut Counts);
    /// `None` for counts that numpy rejects.
    fn finish(self: Box<Self>, sums: &[u64], summary: &Summary) -> Option<Counted>;
}

/// Table of samples of type `T`.
#[derive(Debug)]
struct Table<T>(Tabulator, std::marker::PhantomData<fn(T)>);

impl<T: Element + 'static> Counting for Table<T> {
    fn zeros(&self) -> Vec<u64> {
        self.0.zeros()
    }

    fn add(&self, block: &Samples, counts: &mut Counts) {
        self.0.tally(T::slice(block).unwrap_or_default(), &mut counts.table);
    }

    fn finish(self: Box<Self>, sums: &[u64], summary: &Summary) -> Option<Counted> {
        Some(Counted::Table(self.0.finish::<T>(sums, summary)))
    }
}

impl<T: Element> Counting for Tally<T> {
    fn zeros(&self) -> Vec<u64> {
        Self::zeros(self)
    }

    fn add(&self, block: &Samples, counts: &mut Counts) {
        Self::add(self, T::slice(block).unwrap_or_default(), &mut counts.histogram);
    }

    fn finish(self: Box<Self>, sums: &[u64], summary: &Summary) -> Option<Counted> {
        let (histogram, out_of_range) = Self::finish(&self, sums, summary).ok()?;
        Some(Counted::Histogram(histogram, out_of_range))
    }
}

/// Returns the way to make the counts that are needed next.
fn counting(dtype: DType, range: Range, upcoming: Upcoming) -> Option<Box<dyn Counting>> {
    wide!(dtype, T => {
        let outer = Outer::spanned::<T>(range);
        match upcoming {
            Upcoming::Unknown => None,
            Upcoming::Histogram(n) => Some(Box::new(Tally::<T>::uniform(n, &outer)?)),
            Upcoming::AllHistograms => {
                Some(Box::new(Table::<T>(Tabulator::new::<T>(outer, Scale::Linear), std::marker::PhantomData)))
            }
        }
    })
}

impl Summarizer {
    /// `expected` is the range of the finite samples that a file states. A wrong one costs time, and nothing else.
    pub fn new(dtype: DType, expected: Option<Range>, upcoming: Upcoming) -> Self {
        let expected = expected.and_then(|range| Some((range, counting(dtype, range, upcoming)?)));
        let sums = expected.as_ref().map_or_else(Vec::new, |(_, counting)| counting.zeros());
        Self { expected, all: Mutex::new((BlockSummary::default(), sums)) }
    }

    /// Adds the samples of a block, which have the type of the summarizer.
    pub fn add(&self, blocks: &mut BlockSummary, block: &Samples) {
        let block = &block.widened();
        each_wide!(&**block, values => {
            let scan = dispatch!(Level::new(), simd => Scan::of(simd, values));
            blocks.include(scan.summary(), scan.range());
        });
        if let Some((_, counting)) = &self.expected {
            counting.add(block, &mut blocks.counts);
            blocks.counted += block.len() as u64;
        }
        if blocks.counted >= MERGED {
            self.merge(mem::take(blocks));
        }
    }

    /// Adds the summary of some blocks to that of all.
    pub fn merge(&self, blocks: BlockSummary) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, sums) = &mut *all;
        let BlockSummary { summary, range, counts, .. } = blocks;
        add_counts(sums, &counts.histogram);
        add_counts(sums, &counts.table);
        if let Some(summary) = summary {
            sum.include(summary, range);
        }
    }

    /// Returns the population of all samples, which `part` reads again.
    pub fn finish(self, part: Part) -> Population {
        let (BlockSummary { summary, range, .. }, sums) = self.all.into_inner().unwrap_or_else(PoisonError::into_inner);
        let summary = summary.unwrap_or_else(|| Scan::<f64>::default().summary());
        let confirmed = self.expected.filter(|(expected, _)| range.is_some_and(|range| is_same(*expected, range)));
        let counted = confirmed.and_then(|(_, counting)| counting.finish(&sums, &summary));
        Population::summarized(part, summary, range, counted)
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
