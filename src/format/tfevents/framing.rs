//! Records out of a `TFRecord` file: `length u64 | crc | data | crc`, both checksums masked CRC-32C.
//!
//! There is nothing to find the way back by: behind a length that cannot be trusted nothing can be read.

use crate::format::Problems;

/// Length and its checksum.
const HEAD: usize = 12;
/// The checksum behind the data.
const FOOT: usize = 4;
/// What is longer holds no histogram (graphs, images, embeddings) and is passed over unread.
const MAX_RECORD: u64 = 64 << 20;

/// One record and the bytes of the file it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) at: u64,
    pub(super) len: u64,
    pub(super) data: &'a [u8],
}

/// Reads records from windows of one file, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Framer {
    offset: u64,
    /// Bytes behind `offset` that are to be passed over.
    skip: u64,
    /// A length failed its checksum: the rest of the file is unreadable.
    stopped: bool,
    problems: Problems,
}

impl Framer {
    pub(super) fn resume(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Byte offset in the file of the next byte it wants.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The damage seen so far.
    pub(super) fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Takes the bytes at [`Framer::offset`], calls `each` for every complete record, and returns how many bytes are
    /// done with.
    pub(super) fn feed(&mut self, window: &[u8], each: &mut dyn FnMut(Record<'_>)) -> usize {
        let mut rest = window;
        while !rest.is_empty() {
            if self.stopped {
                self.skip = u64::MAX;
            }
            let skipped = rest.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            rest = self.advance(rest, skipped);
            let Some((head, body)) = rest.split_first_chunk::<HEAD>() else { break };
            let Some(len) = length(head) else {
                self.problems
                    .at(self.offset, "the length of this record fails its checksum; nothing behind it can be read");
                self.stopped = true;
                continue;
            };
            let whole = len.saturating_add((HEAD + FOOT) as u64);
            if len > MAX_RECORD {
                self.problems
                    .at(self.offset, format!("this record of {len} bytes is longer than 64 MiB and is left out"));
                self.skip = whole;
                continue;
            }
            let Some((data, behind)) = body.split_at_checked(len as usize) else { break };
            let Some(crc) = behind.first_chunk::<FOOT>() else { break };
            if masked(data) == u32::from_le_bytes(*crc) {
                each(Record { at: self.offset, len: whole, data });
            } else {
                self.problems.at(self.offset, "this record fails its checksum and is left out");
            }
            rest = self.advance(rest, whole as usize);
        }
        window.len() - rest.len()
    }

    /// Where the file ends inside a record, given the bytes that [`Framer::feed`] did not use.
    pub(super) fn torn(&self, rest: &[u8]) -> Option<u64> {
        (!self.stopped && (!rest.is_empty() || self.skip > 0)).then_some(self.offset)
    }

    fn advance<'w>(&mut self, rest: &'w [u8], len: usize) -> &'w [u8] {
        self.offset += len as u64;
        &rest[len..]
    }
}

/// Whether a file begins with a record; false for one that is too short to say.
pub fn starts_with_record(first: &[u8]) -> bool {
    first.first_chunk().is_some_and(|head| length(head).is_some())
}

fn length(head: &[u8; HEAD]) -> Option<u64> {
    let (len, crc) = head.split_first_chunk::<8>()?;
    (crc == masked(len).to_le_bytes()).then(|| u64::from_le_bytes(*len))
}

/// CRC-32C, rotated and offset, so that the checksum of data that holds checksums is still a good one.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xA282_EAD8)
}
