//! The records of a `TFRecord` file: `length u64 | crc | data | crc`. Both checksums are masked CRC-32C.
//!
//! The format has no marker for resynchronization, so the file is unreadable after a damaged length.

use crate::format::Problems;

/// Size of the length and its checksum.
const HEADER: usize = 12;
/// Size of the checksum after the data.
const FOOTER: usize = 4;
/// Longer records (graphs, images, embeddings) do not contain histograms and are skipped.
const MAX_RECORD: u64 = 64 << 20;

/// One record, with its offset and length in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub at: u64,
    pub len: u64,
    pub data: &'a [u8],
}

/// Reads records from windows of one file, in order.
#[derive(Debug, Clone, Default)]
pub struct Framer {
    offset: u64,
    /// Number of bytes to skip from `offset` on.
    skip: u64,
    /// True after a length that failed its checksum. The rest of the file is unreadable.
    stopped: bool,
    problems: Problems,
}

impl Framer {
    pub fn resume(offset: u64) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Returns the byte offset in the file at which the next window must start.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Reads a window that starts at [`Framer::offset`] and calls `each` for every complete record. Returns the number
    /// of bytes used.
    pub fn feed(&mut self, window: &[u8], each: &mut dyn FnMut(Record<'_>)) -> usize {
        let mut rest = window;
        while !rest.is_empty() {
            if self.stopped {
                self.skip = u64::MAX;
            }
            let skipped = rest.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            rest = self.advance(rest, skipped);
            let Some((header, body)) = rest.split_first_chunk::<HEADER>() else { break };
            let Some(len) = length(header) else {
                self.problems.at(
                    self.offset,
                    "the length of this record fails its checksum; the rest of the file is unreadable",
                );
                self.stopped = true;
                continue;
            };
            let framed = len.saturating_add((HEADER + FOOTER) as u64);
            if len > MAX_RECORD {
                self.problems.at(self.offset, format!("skipped a record of {len} bytes, which is more than 64 MiB"));
                self.skip = framed;
                continue;
            }
            let Some((data, after)) = body.split_at_checked(len as usize) else { break };
            let Some(crc) = after.first_chunk::<FOOTER>() else { break };
            if masked(data) == u32::from_le_bytes(*crc) {
                each(Record { at: self.offset, len: framed, data });
            } else {
                self.problems.at(self.offset, "skipped a record that fails its checksum");
            }
            rest = self.advance(rest, framed as usize);
        }
        window.len() - rest.len()
    }

    /// Returns the offset of the record inside which the file ends, given the bytes that [`Framer::feed`] did not use.
    pub(super) fn torn(&self, rest: &[u8]) -> Option<u64> {
        (!self.stopped && (!rest.is_empty() || self.skip > 0)).then_some(self.offset)
    }

    fn advance<'w>(&mut self, rest: &'w [u8], len: usize) -> &'w [u8] {
        self.offset += len as u64;
        &rest[len..]
    }
}

/// Returns true if a file starts with the header of a record.
pub fn starts_with_record(first: &[u8]) -> bool {
    first.first_chunk().is_some_and(|header| length(header).is_some())
}

fn length(header: &[u8; HEADER]) -> Option<u64> {
    let (len, crc) = header.split_first_chunk::<8>()?;
    (crc == masked(len).to_le_bytes()).then(|| u64::from_le_bytes(*len))
}

/// Returns the CRC-32C, rotated and offset, so that it stays effective for data that contains checksums.
fn masked(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xA282_EAD8)
}
