//! The CRC-32 of a member that is read in pieces, in any order.

use crate::format::DecodeError;
use crc32fast::Hasher;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a member's bytes add up to, and what those that were read so far do.
#[derive(Debug)]
pub struct Checksum {
    /// The bytes of the file over which it is.
    over: Range<u64>,
    expected: u32,
    /// Runs of bytes by where they start, each with its end; `None` once all were compared.
    runs: Mutex<Option<BTreeMap<u64, (u64, Hasher)>>>,
}

impl Checksum {
    pub(super) fn new(over: Range<u64>, expected: u32) -> Self {
        Self { over, expected, runs: Mutex::new(Some(BTreeMap::new())) }
    }

    /// The bytes of the file that are no numbers, of which these are the numbers.
    pub fn around(&self, numbers: &Range<u64>) -> [Range<u64>; 2] {
        [self.over.start..numbers.start, numbers.end..self.over.end]
    }

    /// Takes bytes that stand at `at` in the file. What was taken before is not taken again.
    ///
    /// # Errors
    /// These were the last that were missing, and all of them are not what was written.
    pub fn add(&self, at: u64, bytes: &[u8]) -> Result<(), DecodeError> {
        if bytes.is_empty() || self.runs().is_none() {
            return Ok(());
        }
        let mut run = Hasher::new();
        run.update(bytes);
        let (mut start, mut end) = (at, at + bytes.len() as u64);
        let mut guard = self.runs();
        let Some(runs) = guard.as_mut() else { return Ok(()) };
        let before = runs.range(..end).next_back().map(|(start, (end, _))| (*start, *end));
        if before.is_some_and(|(_, before)| before > start) {
            return Ok(());
        }
        if let Some((first, _)) = before.filter(|(_, before)| *before == start)
            && let Some((_, mut whole)) = runs.remove(&first)
        {
            whole.combine(&run);
            (run, start) = (whole, first);
        }
        if let Some((last, behind)) = runs.remove(&end) {
            run.combine(&behind);
            end = last;
        }
        if (start, end) != (self.over.start, self.over.end) {
            runs.insert(start, (end, run));
            return Ok(());
        }
        *guard = None;
        if run.finalize() == self.expected {
            return Ok(());
        }
        Err(DecodeError::new("its data are damaged: their CRC-32 is not the one that the archive has of them"))
    }

    fn runs(&self) -> MutexGuard<'_, Option<BTreeMap<u64, (u64, Hasher)>>> {
        // Nothing is left half done.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &[u8]) -> Checksum {
        Checksum::new(100..100 + text.len() as u64, crc32fast::hash(b"what was written"))
    }

    #[test]
    fn pieces_in_any_order_and_twice_add_up() {
        let text = b"what was written";
        let pieces = [4..9, 12..16, 4..9, 0..4, 9..12];
        let add = |sum: &Checksum, text: &[u8]| -> Vec<bool> {
            pieces.iter().map(|piece| sum.add(100 + piece.start as u64, &text[piece.clone()]).is_ok()).collect()
        };
        let sum = of(text);
        assert_eq!(add(&sum, text), [true; 5]);
        assert_eq!(add(&sum, b"What was written"), [true; 5], "it is compared once");
        assert_eq!(add(&of(text), b"what was writteN"), [true, true, true, true, false]);
    }
}
