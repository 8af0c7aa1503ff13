//! A long stream as a sequence of short ones, so that it can be read from a pipe without holding all of it.

use super::{CONTINUATION, PREFIX, damaged};
use crate::engine::Reservation;
use crate::format::{DecodeError, fill};
use arrow_ipc::root_as_message;
use std::io::Read;

/// The end of a stream: the continuation indicator and a length of 0.
const END: [u8; PREFIX as usize] = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];

/// Splits a stream between its batches. Each segment starts with the schema and the dictionaries, and is a stream itself.
#[derive(Debug)]
pub struct Segments<R> {
    input: R,
    /// Bytes after which a segment ends.
    size: usize,
    /// The schema and the dictionaries so far.
    start: Vec<u8>,
    /// A message that belongs to the next segment.
    next: Option<Vec<u8>>,
    is_first: bool,
    is_over: bool,
}

/// A message and its kind.
struct Message {
    bytes: Vec<u8>,
    is_batch: bool,
}

impl<R: Read> Segments<R> {
    /// Creates the sequence of segments of a stream, each with `size` bytes or a single batch.
    pub fn new(input: R, size: usize) -> Self {
        Self { input, size, start: Vec::new(), next: None, is_first: true, is_over: false }
    }

    /// Returns the next segment; `None` after the last. A stream without batches has one segment. Reserves the memory of the
    /// segment.
    ///
    /// # Errors
    /// The stream is truncated, or damaged, or a batch exceeds the memory budget.
    pub fn next(&mut self, held: &Reservation) -> Result<Option<Vec<u8>>, DecodeError> {
        held.set(self.start.len() as u64)?;
        let mut batches: Vec<u8> = Vec::new();
        while !self.is_over && batches.len() < self.size {
            let message = match self.next.take() {
                Some(bytes) => Some(Message { bytes, is_batch: false }),
                None => self.message(held)?,
            };
            match message {
                None => self.is_over = true,
                Some(Message { bytes, is_batch: true }) => batches.extend(bytes),
                // It belongs to the batches that follow.
                Some(Message { bytes, .. }) if !batches.is_empty() => {
                    self.next = Some(bytes);
                    break;
                }
                Some(Message { bytes, .. }) => self.start.extend(bytes),
            }
        }
        if batches.is_empty() && !self.is_first {
            return Ok(None);
        }
        self.is_first = false;
        held.grow(self.start.len() as u64)?;
        Ok(Some([&self.start[..], &batches, &END].concat()))
    }

    /// Reads a message; `None` at the end of the stream.
    fn message(&mut self, held: &Reservation) -> Result<Option<Message>, DecodeError> {
        let mut prefix = [0; PREFIX as usize];
        match fill(&mut self.input, &mut prefix)? {
            0 => return Ok(None),
            n if n < prefix.len() => return Err(truncated()),
            _ => {}
        }
        let (marker, length) = prefix.split_at(4);
        if marker != CONTINUATION {
            return Err(damaged("a message does not start with the continuation indicator"));
        }
        let length = length.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
        if length == 0 {
            return Ok(None);
        }
        let mut bytes = prefix.to_vec();
        self.read(u64::from(length), &mut bytes, held)?;
        let message = root_as_message(bytes.get(PREFIX as usize..).unwrap_or_default());
        let message = message.map_err(|error| damaged(&error.to_string()))?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| damaged("a batch has a negative length"))?;
        let is_batch = message.header_as_record_batch().is_some();
        self.read(body, &mut bytes, held)?;
        Ok(Some(Message { bytes, is_batch }))
    }

    /// Appends `length` bytes. The memory for them and for the segment is reserved before they are read.
    fn read(&mut self, length: u64, bytes: &mut Vec<u8>, held: &Reservation) -> Result<(), DecodeError> {
        held.grow(length.saturating_mul(2))?;
        // The length is not allocated at once, since it may be wrong.
        let got = self.input.by_ref().take(length).read_to_end(bytes)?;
        if (got as u64) < length { Err(truncated()) } else { Ok(()) }
    }
}

fn truncated() -> DecodeError {
    DecodeError::new("the stream ends in the middle of a message, so values are missing; send it again")
}
