//! A long stream as a sequence of short ones, so that it can be read from a pipe without holding all of it.

use super::{CONTINUATION, PREFIX, damaged};
use crate::engine::Reservation;
use crate::format::{DecodeError, fill};
use arrow_ipc::{MessageHeader, root_as_message};
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
    start: Vec<Message>,
    is_first: bool,
    is_over: bool,
}

/// A message and its kind.
#[derive(Debug)]
struct Message {
    bytes: Vec<u8>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Schema,
    /// Dictionary with this identifier, or more values of it.
    Dictionary {
        id: i64,
        is_delta: bool,
    },
    Batch,
}

impl<R: Read> Segments<R> {
    /// Creates the sequence of segments of a stream, each with `size` bytes or a single batch.
    pub fn new(input: R, size: usize) -> Self {
        Self { input, size, start: Vec::new(), is_first: true, is_over: false }
    }

    /// Returns the next segment; `None` after the last. A stream without batches has one segment. Reserves the memory of the
    /// segment.
    ///
    /// # Errors
    /// The stream is truncated, damaged or continues after its end, or a batch exceeds the memory budget.
    pub fn next(&mut self, held: &Reservation) -> Result<Option<Vec<u8>>, DecodeError> {
        let mut segment = self.start.iter().map(|message| &message.bytes[..]).collect::<Vec<_>>().concat();
        held.set(2 * segment.len() as u64)?;
        let (mut has_batch, end) = (false, segment.len().saturating_add(self.size));
        while !self.is_over && segment.len() < end {
            let Some(message) = self.message(held)? else {
                self.is_over = true;
                break;
            };
            segment.extend(&message.bytes);
            if message.kind == Kind::Batch { has_batch = true } else { self.keep(message) }
        }
        if !has_batch && !self.is_first {
            return Ok(None);
        }
        self.is_first = false;
        segment.extend(END);
        Ok(Some(segment))
    }

    /// Keeps a message for all segments that follow. A dictionary replaces its earlier versions.
    fn keep(&mut self, message: Message) {
        if let Kind::Dictionary { id, is_delta: false } = message.kind {
            self.start.retain(|old| !matches!(old.kind, Kind::Dictionary { id: other, .. } if other == id));
        }
        self.start.push(message);
    }

    /// Reads a message; `None` at the end of the stream.
    ///
    /// The format allows streams without an end marker. But such a stream cannot be distinguished from one whose writer was
    /// killed, and a part that lacks values is wrong.
    fn message(&mut self, held: &Reservation) -> Result<Option<Message>, DecodeError> {
        let mut prefix = [0; PREFIX as usize];
        match fill(&mut self.input, &mut prefix)? {
            0 => {
                return Err(DecodeError::new(
                    "the stream has no end marker, so values may be missing; close its writer, and send it again",
                ));
            }
            n if n < prefix.len() => return Err(truncated()),
            _ => {}
        }
        let (marker, length) = prefix.split_at(4);
        if marker != CONTINUATION {
            return Err(damaged("a message does not start with the continuation indicator"));
        }
        let length = length.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
        if length == 0 {
            return match fill(&mut self.input, &mut [0])? {
                0 => Ok(None),
                _ => Err(DecodeError::new("bytes follow the end of the stream; send each stream on its own")),
            };
        }
        let mut bytes = prefix.to_vec();
        self.read(u64::from(length), &mut bytes, held)?;
        let message = root_as_message(bytes.get(PREFIX as usize..).unwrap_or_default());
        let message = message.map_err(|error| damaged(&error.to_string()))?;
        let body = u64::try_from(message.bodyLength()).map_err(|_| damaged("a batch has a negative length"))?;
        let kind = match (message.header_type(), message.header_as_dictionary_batch()) {
            (MessageHeader::RecordBatch, _) => Kind::Batch,
            (_, Some(dictionary)) => Kind::Dictionary { id: dictionary.id(), is_delta: dictionary.isDelta() },
            _ => Kind::Schema,
        };
        self.read(body, &mut bytes, held)?;
        Ok(Some(Message { bytes, kind }))
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
