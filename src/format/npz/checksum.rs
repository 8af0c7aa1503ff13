//! The CRC-32 of a member whose bytes are read in any order.

use crate::format::DecodeError;
use crc32fast::Hasher;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The expected checksum of a member, and the checksums of the bytes that were read so far.
#[derive(Debug)]
pub struct Checksum {
    /// Bytes of the member in the file.
    span: Range<u64>,
    expected: u32,
    /// Contiguous runs of bytes: the start of each, its end and its checksum. `None` once all bytes were compared.
    runs: Mutex<Option<BTreeMap<u64, (u64, Hasher)>>>,
}

impl Checksum {
    pub(super) fn new(span: Range<u64>, expected: u32) -> Self {
        Self { span, expected, runs: Mutex::new(Some(BTreeMap::new())) }
    }

    /// Returns the bytes of the member before and after those of the numbers.
    pub fn around(&self, numbers: &Range<u64>) -> [Range<u64>; 2] {
        [self.span.start..numbers.start, numbers.end..self.span.end]
    }

    /// Adds bytes at the offset `at` of the file. Ignores bytes that were added before.
    ///
    /// # Errors
    /// All bytes are now known, and the checksum is wrong.
    pub fn add(&self, at: u64, bytes: &[u8]) -> Result<(), DecodeError> {
        if bytes.is_empty() || self.runs().is_none() {
            return Ok(());
        }
        let mut run = Hasher::new();
        run.update(bytes);
        let (mut start, mut end) = (at, at + bytes.len() as u64);
        let mut guard = self.runs();
        let Some(runs) = guard.as_mut() else { return Ok(()) };
        let previous = runs.range(..end).next_back().map(|(start, (end, _))| (*start, *end));
        if previous.is_some_and(|(_, previous_end)| previous_end > start) {
            return Ok(());
        }
        if let Some((first, _)) = previous.filter(|(_, previous_end)| *previous_end == start)
            && let Some((_, mut joined)) = runs.remove(&first)
        {
            joined.combine(&run);
            (run, start) = (joined, first);
        }
        if let Some((next_end, next)) = runs.remove(&end) {
            run.combine(&next);
            end = next_end;
        }
        if (start, end) != (self.span.start, self.span.end) {
            runs.insert(start, (end, run));
            return Ok(());
        }
        *guard = None;
        if run.finalize() == self.expected {
            return Ok(());
        }
        Err(DecodeError::new("damaged data: the CRC-32 does not match the one in the archive"))
    }

    fn runs(&self) -> MutexGuard<'_, Option<BTreeMap<u64, (u64, Hasher)>>> {
        // The map is consistent even if another thread panicked.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Checksum {
        Checksum::new(100..100 + text.len() as u64, crc32fast::hash(b"these are bytes!"))
    }

    #[test]
    fn ranges_may_be_added_in_any_order_and_twice() {
        let text = b"these are bytes!";
        let ranges = [4..9, 12..16, 4..9, 0..4, 9..12];
        let add = |sum: &Checksum, text: &[u8]| -> Vec<bool> {
            ranges.iter().map(|range| sum.add(100 + range.start as u64, &text[range.clone()]).is_ok()).collect()
        };
        let sum = of(text);
        assert_eq!(add(&sum, text), [true; 5]);
        assert_eq!(add(&sum, b"These are bytes!"), [true; 5], "bytes are compared once");
        assert_eq!(add(&of(text), b"these are byteS!"), [true, true, true, true, false]);
    }
}
