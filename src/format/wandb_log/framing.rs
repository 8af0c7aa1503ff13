//! The records of a `.wandb` file, assembled from blocks and chunks.
//!
//! The file is a header of 7 bytes, followed by blocks of 32768 bytes. A block consists of chunks, `crc32 u32 | length u16 |
//! type u8 | payload`. If fewer than 7 bytes are left, they are zero. A record is one full chunk, or a first chunk, any
//! number of middle chunks and a last one. The checksum is the plain CRC-32 of type and payload. It does not cover the
//! length.
//!
//! Not here: the content of records.

use crate::engine::{Budget, Reservation};
use crate::format::{DecodeError, Problems, lfs};
use crate::text::plural;
use std::sync::Arc;

/// Bytes per block.
pub const BLOCK: u64 = 32_768;
/// Size of the header of the file, and of a chunk.
const HEADER: usize = 7;
/// The header of the file: `:W&B`, 0xBEE1 little-endian, version 0.
const MAGIC: [u8; HEADER] = [b':', b'W', b'&', b'B', 0xE1, 0xBE, 0];
/// Maximum length of a record. The limit of protobuf is eight times larger, and real records are below a megabyte.
const MAX_RECORD: usize = 256 << 20;

/// The position at which reading continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// Byte offset of the first chunk of the next record.
    pub offset: u64,
    /// Byte offset of the first block: 0, or 7 in files of wandb-core before 0.17.6, which did not count the header.
    pub origin: u64,
}

/// One record, with its byte offsets in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub at: u64,
    /// End of its last chunk.
    pub end: u64,
    pub bytes: &'a [u8],
}

/// Reads records from consecutive windows of a file.
///
/// Damage costs as little as the format allows. After a chunk with a wrong checksum, reading continues at the next chunk
/// if that one is valid, or else at the next block. A file that ends inside a chunk or record is not damaged: reading
/// continues when the file grows.
#[derive(Debug, Clone)]
pub struct Framer {
    /// Byte offset of the next unread byte.
    offset: u64,
    origin: u64,
    /// Number of bytes to skip from `offset` on.
    skip: u64,
    /// The record whose last chunk has not been read.
    partial: Option<PartialRecord>,
    /// True after damage, until the next record starts. The remaining chunks of the lost record are not reported.
    damaged: bool,
    /// Payload bytes that passed their checksum.
    verified: u64,
    problems: Problems,
    memory: Budget,
}

#[derive(Debug, Clone)]
struct PartialRecord {
    at: u64,
    bytes: Vec<u8>,
    held: Arc<Reservation>,
}

/// The content at the current offset.
enum Parsed<'w> {
    Chunk {
        kind: u8,
        payload: &'w [u8],
    },
    Padding(u64),
    Damage {
        skip: u64,
        message: String,
    },
    /// The window is too short to parse a chunk.
    NeedsMore,
}

impl Framer {
    /// Creates a reader from the start of a file. Checks the header and detects the layout, given all bytes of the file
    /// or at least the first [`Framer::PROBE`].
    ///
    /// # Errors
    /// The file is not a W&B log.
    pub fn start(first: &[u8]) -> Result<Self, DecodeError> {
        check_header(first).map_err(DecodeError::new)?;
        let with_origin = |origin| Self { skip: HEADER as u64, ..Self::resume(Resume { offset: 0, origin }) };
        let verified = |origin| {
            let mut framer = with_origin(origin);
            framer.feed(&first[..first.len().min(Self::PROBE)], &mut |_| ());
            framer.verified
        };
        Ok(with_origin(if verified(HEADER as u64) > verified(0) { HEADER as u64 } else { 0 }))
    }

    /// Number of bytes that suffice to detect the layout: four blocks, since the layouts differ from the end of the first
    /// block on.
    pub const PROBE: usize = 4 * BLOCK as usize;

    /// Creates a reader that continues at a position, or at a known record.
    pub fn resume(at: Resume) -> Self {
        Self {
            offset: at.offset,
            origin: at.origin,
            skip: 0,
            partial: None,
            damaged: false,
            verified: 0,
            problems: Problems::default(),
            memory: Budget::default(),
        }
    }

    /// Limits the memory of records.
    #[must_use]
    pub fn within(self, memory: &Budget) -> Self {
        Self { memory: memory.clone(), ..self }
    }

    /// Returns the byte offset in the file at which the next window must start.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the position from which a new reader misses nothing: the start of a partial record, or the current offset.
    pub fn resume_at(&self) -> Resume {
        let offset = self.partial.as_ref().map_or(self.offset + self.skip, |partial| partial.at);
        Resume { offset, origin: self.origin }
    }

    /// Returns the damage found so far.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Reads a window that starts at [`Framer::offset`] and calls `each` for every complete record. Returns the number of
    /// bytes used. The next window must start with the unused bytes, which are less than a block.
    pub fn feed(&mut self, window: &[u8], each: &mut dyn FnMut(Record<'_>)) -> usize {
        let mut rest = window;
        loop {
            let skipped = rest.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            rest = self.advance(rest, skipped);
            if rest.is_empty() {
                break;
            }
            match self.parse(self.offset, rest) {
                Parsed::NeedsMore => break,
                Parsed::Padding(len) => self.skip = len,
                Parsed::Damage { skip, message } => {
                    self.damage(&message);
                    self.skip = skip;
                }
                Parsed::Chunk { kind, payload } => {
                    let at = self.offset;
                    self.verified += payload.len() as u64;
                    rest = self.advance(rest, HEADER + payload.len());
                    self.add_chunk(at, kind, payload, each);
                }
            }
        }
        window.len() - rest.len()
    }

    /// Returns the byte offset of the record inside which the file ends, and a message, given the bytes that
    /// [`Framer::feed`] did not use.
    pub fn tail(&self, rest: &[u8]) -> Option<(u64, &'static str)> {
        match &self.partial {
            Some(partial) => Some((partial.at, "the file ends inside this record; rebin reads it when it is complete")),
            None if rest.iter().all(|byte| *byte == 0) => None,
            None => Some((self.offset, "the file ends inside this chunk; rebin reads it when it is complete")),
        }
    }

    fn advance<'w>(&mut self, rest: &'w [u8], len: usize) -> &'w [u8] {
        self.offset += len as u64;
        &rest[len..]
    }

    fn left_in_block(&self, offset: u64) -> u64 {
        BLOCK - (offset + BLOCK - self.origin % BLOCK) % BLOCK
    }

    fn parse<'w>(&self, offset: u64, bytes: &'w [u8]) -> Parsed<'w> {
        let left = self.left_in_block(offset);
        if left < HEADER as u64 {
            return match bytes.get(..left as usize) {
                None => Parsed::NeedsMore,
                Some(padding) if padding.iter().all(|byte| *byte == 0) => Parsed::Padding(left),
                Some(_) => Parsed::Damage { skip: left, message: "the padding of this block is not zero".to_owned() },
            };
        }
        let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else { return Parsed::NeedsMore };
        let [c0, c1, c2, c3, l0, l1, kind] = *header;
        let len = usize::from(u16::from_le_bytes([l0, l1]));
        if *header == [0; HEADER] {
            return Parsed::Damage {
                skip: left,
                message: format!("the {left} bytes up to the next block were never written"),
            };
        }
        if (HEADER + len) as u64 > left {
            return Parsed::Damage {
                skip: left,
                message: "the length of this chunk extends past the end of its block".to_owned(),
            };
        }
        let Some((payload, after)) = body.split_at_checked(len) else { return Parsed::NeedsMore };
        if checksum(kind, payload) != u32::from_le_bytes([c0, c1, c2, c3]) {
            let next = offset + (HEADER + len) as u64;
            return match self.is_valid_at(next, after) {
                None => Parsed::NeedsMore,
                Some(is_valid) => Parsed::Damage {
                    skip: if is_valid { (HEADER + len) as u64 } else { left },
                    message: "this chunk fails its checksum".to_owned(),
                },
            };
        }
        match kind {
            1..=4 => Parsed::Chunk { kind, payload },
            _ => Parsed::Damage {
                skip: (HEADER + len) as u64,
                message: format!("this chunk has the unknown type {kind}"),
            },
        }
    }

    /// Returns true if a chunk with a correct checksum starts at `offset`, or `None` if there are too few bytes.
    fn is_valid_at(&self, offset: u64, bytes: &[u8]) -> Option<bool> {
        let left = self.left_in_block(offset);
        if left < HEADER as u64 || left == BLOCK {
            return Some(false); // This block ends here, so the next chunk is in the next block.
        }
        let (header, body) = bytes.split_first_chunk::<HEADER>()?;
        let [c0, c1, c2, c3, l0, l1, kind] = *header;
        let len = usize::from(u16::from_le_bytes([l0, l1]));
        if (HEADER + len) as u64 > left || !(1..=4).contains(&kind) {
            return Some(false);
        }
        Some(checksum(kind, body.get(..len)?) == u32::from_le_bytes([c0, c1, c2, c3]))
    }

    fn add_chunk(&mut self, at: u64, kind: u8, payload: &[u8], each: &mut dyn FnMut(Record<'_>)) {
        let end = self.offset;
        if kind <= 2 {
            if let Some(partial) = self.partial.take() {
                self.problems.at(partial.at, "this record is truncated: another record starts before its end");
            }
            self.damaged = false;
            if kind == 1 {
                each(Record { at, end, bytes: payload });
            } else {
                let held = Arc::new(self.memory.reservation());
                self.partial = Some(PartialRecord { at, bytes: payload.to_vec(), held });
            }
            return;
        }
        let Some(mut partial) = self.partial.take() else {
            if !self.damaged {
                self.problems.at(at, "this chunk continues a record whose start is missing");
                self.damaged = true;
            }
            return;
        };
        // A growing vector needs up to twice its size.
        if partial.held.set(2 * (partial.bytes.len() + payload.len()) as u64).is_err() {
            self.damaged = true;
            return;
        }
        partial.bytes.extend_from_slice(payload);
        if kind == 4 {
            each(Record { at: partial.at, end, bytes: &partial.bytes });
        } else if partial.bytes.len() > MAX_RECORD {
            self.problems.at(partial.at, "skipped a record that is longer than 256 MiB");
            self.damaged = true;
        } else {
            self.partial = Some(partial);
        }
    }

    fn damage(&mut self, message: &str) {
        let lost = self.partial.take().map(|partial| format!("; lost the record that starts at byte {}", partial.at));
        self.problems.at(self.offset, format!("{message}{}", lost.unwrap_or_default()));
        self.damaged = true;
    }
}

fn check_header(first: &[u8]) -> Result<(), String> {
    match first.first_chunk::<HEADER>() {
        Some(&MAGIC) => Ok(()),
        Some([b':', b'W', b'&', b'B', 0xE1, 0xBE, version]) => {
            Err(format!("W&B log version {version} is not supported (only version 0)"))
        }
        Some([b':', b'W', b'&', b'B', ..]) => Err("damaged W&B log header".to_owned()),
        Some(_) if lfs::starts_with_pointer(first) => Err(lfs::message()),
        Some(_) => Err("not a W&B log: it does not start with ':W&B'".to_owned()),
        None => Err(format!("not a W&B log: only {} long", plural(first.len() as u64, "byte"))),
    }
}

fn checksum(kind: u8, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&[kind]);
    crc.update(payload);
    crc.finalize()
}
