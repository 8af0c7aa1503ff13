//! The sum of many counts, which refuses what would be added twice.

use super::MergeableCounts;
use crate::error::Error;
use std::collections::HashMap;
use std::sync::Arc;

/// Adds counts one after another. Only the sum stays in memory, and an identifier of each part.
#[derive(Debug, Default)]
pub struct CountsSum {
    sum: Option<MergeableCounts>,
    /// Name of the first counts.
    first: Arc<str>,
    /// Hashes of the counts, with their name, and true if they name their parts.
    seen: HashMap<u64, (Arc<str>, bool)>,
    /// The parts that were added, with the names of their counts.
    known: HashMap<u64, Arc<str>>,
}

impl CountsSum {
    /// Adds counts. Error messages use the name.
    ///
    /// # Errors
    /// The counts contradict each other, have other edges than the ones before, or contain a part that was already added.
    pub fn add(&mut self, name: &str, counts: &MergeableCounts) -> Result<(), Error> {
        counts.check().map_err(|why| Error::read(name, why.to_string()))?;
        let name: Arc<str> = name.into();
        // Different edges are the better explanation.
        let names = [&*self.first, &*name];
        let matches = self.sum.as_ref().is_none_or(|sum| sum.incompatibility(counts, names).is_none());
        for part in counts.parts.iter().filter(|_| !counts.is_empty()) {
            if let Some(other) = self.known.insert(*part, Arc::clone(&name)).filter(|_| matches) {
                return Err(MergeableCounts::counted_twice([&*other, &*name]));
            }
        }
        // Files of earlier versions do not name their parts. Empty counts are equal without being copies of each other.
        let is_named = !counts.parts.is_empty();
        if !counts.is_empty()
            && let Some((twin, twin_is_named)) = self.seen.insert(counts.digest(), (Arc::clone(&name), is_named))
            && !(is_named && twin_is_named)
        {
            return Err(Error::Value(format!(
                "{twin} and {name} contain identical counts, which would be added twice; leave one out (if two files of \
                 samples really are equal, count both again with this version of rebin)"
            )));
        }
        match &mut self.sum {
            Some(sum) => sum.merge_named(counts, [&*self.first, &*name])?,
            None => (self.sum, self.first) = (Some(counts.clone()), name),
        }
        Ok(())
    }

    /// Returns the error for samples among the counts.
    pub fn needs_counts(name: &str) -> Error {
        Error::Value(format!("{name} contains samples, which cannot be added to counts; run rebin count on it first"))
    }

    /// Returns the sum; `None` if nothing was added.
    pub fn finish(self) -> Option<MergeableCounts> {
        self.sum
    }
}
