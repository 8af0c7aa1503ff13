//! Raw samples that are open.

use super::tables::Tables;
use super::{Cancel, quantiles};
use crate::error::{Error, Problem};
use crate::hist::{Around, BLOCK, PROBABILITIES, Range, Samples, Scan, Stats, Summary, each};
use rayon::prelude::*;

/// An array of samples with what one pass told of it. Immutable and shared.
#[derive(Debug)]
pub struct Population {
    samples: Samples,
    summary: Summary,
    /// From the smallest to the largest finite value, integers exactly.
    range: Option<Range>,
    /// Cells that are not numbers: how many are missing, how many are bad, and where the first of them are.
    missing: u64,
    bad: u64,
    problems: Vec<Problem>,
    tables: Tables,
}

impl Population {
    /// Takes the samples and summarises them on all cores, the same whatever their number.
    pub fn new(samples: Samples) -> Self {
        let (summary, range) = each!(&samples, values => {
            let scans: Vec<_> = values.par_chunks(BLOCK).map(Scan::of).collect();
            let scan = scans.into_iter().fold(Scan::default(), Scan::merge);
            let around = Around::of(&scan);
            let spreads: Vec<_> = values.par_chunks(BLOCK).map(|block| around.visit(block)).collect();
            (scan.summary(&around, spreads.into_iter().sum()), scan.range())
        });
        Self { samples, summary, range, missing: 0, bad: 0, problems: Vec::new(), tables: Tables::default() }
    }

    /// With what was left out while reading: cells without a value, cells that are no number, and the first places.
    #[must_use]
    pub fn with_gaps(self, missing: u64, bad: u64, problems: Vec<Problem>) -> Self {
        Self { missing, bad, problems, ..self }
    }

    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// From the smallest to the largest finite value; `None` when there is none.
    pub fn range(&self) -> Option<Range> {
        self.range
    }

    pub(super) fn tables(&self) -> &Tables {
        &self.tables
    }

    /// Cells without a value (JSON null, empty text).
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Cells that are no number.
    pub fn bad(&self) -> u64 {
        self.bad
    }

    /// The first of the bad cells, located.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Exact statistics; passes over the samples several times, so it belongs on a worker.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn stats(&self, cancel: &Cancel) -> Result<Stats, Error> {
        Ok(Stats::of_summary(&self.summary, &quantiles(self, &PROBABILITIES, cancel)?))
    }
}
