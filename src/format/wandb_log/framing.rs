//! Records out of the blocks and chunks of a `.wandb` file.
//!
//! The file is a header of 7 bytes and blocks of 32768. A block holds chunks, `crc32 u32 | length u16 | type u8 | payload`,
//! and zero bytes where fewer than 7 are left. A record is one chunk, or a first, middle ones and a last. The checksum
//! is the plain CRC-32 of type and payload; the length is not covered.
//!
//! Not here: what a record means.

use crate::format::{DecodeError, Problems};

/// Bytes of a block.
pub const BLOCK: u64 = 32_768;
/// Bytes of the file's header, and of a chunk's.
const HEADER: usize = 7;
/// The beginning of every file: `:W&B`, 0xBEE1 little-endian, version 0.
const MAGIC: [u8; HEADER] = [b':', b'W', b'&', b'B', 0xE1, 0xBE, 0];
/// The longest record that is put together: protobuf's own limit is eight times that, real ones are below a megabyte.
const MAX_RECORD: usize = 256 << 20;

/// Where reading goes on: behind the last record, in the file's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resume {
    /// Byte offset of the next chunk of a record's beginning.
    pub offset: u64,
    /// Where the first block starts: 0, or 7 in files of wandb-core before 0.17.6, which did not count the header.
    pub origin: u64,
}

/// One record and where its chunks lie in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub at: u64,
    /// Behind its last chunk.
    pub end: u64,
    pub bytes: &'a [u8],
}

/// Reads records from windows of a file, in order.
///
/// Damage costs as little as the format allows: behind a chunk with a bad checksum reading goes on at the next chunk if
/// that one is sound, else at the next block. A file that ends inside a chunk or record is not damage: reading goes on
/// when there is more.
#[derive(Debug, Clone)]
pub struct Framer {
    /// Of the next unread byte.
    offset: u64,
    origin: u64,
    /// Bytes behind `offset` that are to be passed over.
    skip: u64,
    /// The record whose first chunk was read and whose last was not.
    open: Option<Open>,
    /// Behind damage: the rest of the record that was hit is not worth another problem.
    damaged: bool,
    /// Payload bytes that passed their checksum.
    sound: u64,
    problems: Problems,
}

#[derive(Debug, Clone)]
struct Open {
    at: u64,
    bytes: Vec<u8>,
}

/// What stands at the current offset.
enum Look<'w> {
    Chunk {
        kind: u8,
        payload: &'w [u8],
    },
    Padding(u64),
    Damage {
        skip: u64,
        what: String,
    },
    /// The window ends before this can be said.
    More,
}

impl Framer {
    /// A reader from the beginning of a file. Checks the header and finds the layout, from the file's first bytes: all of
    /// it, or at least [`Framer::PROBE`].
    ///
    /// # Errors
    /// A sentence that says why this is no W&B log.
    pub fn start(first: &[u8]) -> Result<Self, DecodeError> {
        check_header(first).map_err(DecodeError::new)?;
        let fresh = |origin| Self { skip: HEADER as u64, ..Self::resume(Resume { offset: 0, origin }) };
        let sound = |origin| {
            let mut framer = fresh(origin);
            framer.feed(&first[..first.len().min(Self::PROBE)], &mut |_| ());
            framer.sound
        };
        Ok(fresh(if sound(HEADER as u64) > sound(0) { HEADER as u64 } else { 0 }))
    }

    /// Four blocks: the layouts differ from the end of the first on.
    pub const PROBE: usize = 4 * BLOCK as usize;

    /// Goes on where another reading stopped, or at a record whose offset is known.
    pub fn resume(at: Resume) -> Self {
        Self {
            offset: at.offset,
            origin: at.origin,
            skip: 0,
            open: None,
            damaged: false,
            sound: 0,
            problems: Problems::default(),
        }
    }

    /// Byte offset in the file of the next byte it wants.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// From where a new reader misses nothing: the start of an unfinished record, or the current offset.
    pub fn resume_at(&self) -> Resume {
        let offset = self.open.as_ref().map_or(self.offset + self.skip, |open| open.at);
        Resume { offset, origin: self.origin }
    }

    /// The damage seen so far.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// Takes the bytes at [`Framer::offset`], calls `each` for every complete record, and returns how many bytes are
    /// done with. The others, less than a block, are wanted again with more behind them.
    pub fn feed(&mut self, window: &[u8], each: &mut dyn FnMut(Record<'_>)) -> usize {
        let mut rest = window;
        loop {
            let skipped = rest.len().min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            rest = self.advance(rest, skipped);
            if rest.is_empty() {
                break;
            }
            match self.look(self.offset, rest) {
                Look::More => break,
                Look::Padding(len) => self.skip = len,
                Look::Damage { skip, what } => {
                    self.damage(&what);
                    self.skip = skip;
                }
                Look::Chunk { kind, payload } => {
                    let at = self.offset;
                    self.sound += payload.len() as u64;
                    rest = self.advance(rest, HEADER + payload.len());
                    self.take(at, kind, payload, each);
                }
            }
        }
        window.len() - rest.len()
    }

    /// What the end of the file leaves unread, given the bytes that [`Framer::feed`] did not use. `at` is where a record
    /// begins that may yet be completed.
    pub fn tail(&self, rest: &[u8]) -> Option<(u64, &'static str)> {
        match &self.open {
            Some(open) => Some((open.at, "the file ends inside this record; it is read once the rest is written")),
            None if rest.iter().all(|byte| *byte == 0) => None,
            None => Some((self.offset, "the file ends inside this piece of a record; it is read once it is complete")),
        }
    }

    fn advance<'w>(&mut self, rest: &'w [u8], len: usize) -> &'w [u8] {
        self.offset += len as u64;
        &rest[len..]
    }

    fn left_in_block(&self, offset: u64) -> u64 {
        BLOCK - (offset + BLOCK - self.origin % BLOCK) % BLOCK
    }

    fn look<'w>(&self, offset: u64, bytes: &'w [u8]) -> Look<'w> {
        let left = self.left_in_block(offset);
        if left < HEADER as u64 {
            return match bytes.get(..left as usize) {
                None => Look::More,
                Some(padding) if padding.iter().all(|byte| *byte == 0) => Look::Padding(left),
                Some(_) => Look::Damage { skip: left, what: "the padding of this block is not zero".to_owned() },
            };
        }
        let Some((header, body)) = bytes.split_first_chunk::<HEADER>() else { return Look::More };
        let [c0, c1, c2, c3, l0, l1, kind] = *header;
        let len = usize::from(u16::from_le_bytes([l0, l1]));
        if *header == [0; HEADER] {
            return Look::Damage { skip: left, what: format!("{left} bytes up to the next block were never written") };
        }
        if (HEADER + len) as u64 > left {
            return Look::Damage { skip: left, what: "this piece of a record claims to cross its block".to_owned() };
        }
        let Some((payload, behind)) = body.split_at_checked(len) else { return Look::More };
        if checksum(kind, payload) != u32::from_le_bytes([c0, c1, c2, c3]) {
            let next = offset + (HEADER + len) as u64;
            return match self.sound_at(next, behind) {
                None => Look::More,
                Some(sound) => Look::Damage {
                    skip: if sound { (HEADER + len) as u64 } else { left },
                    what: "this piece of a record fails its checksum".to_owned(),
                },
            };
        }
        match kind {
            1..=4 => Look::Chunk { kind, payload },
            _ => {
                Look::Damage { skip: (HEADER + len) as u64, what: format!("piece of a record of unknown type {kind}") }
            }
        }
    }

    /// Whether a chunk with a good checksum stands there; `None` if the bytes end before that is known.
    fn sound_at(&self, offset: u64, bytes: &[u8]) -> Option<bool> {
        let left = self.left_in_block(offset);
        if left < HEADER as u64 || left == BLOCK {
            return Some(false); // Nothing more in this block: hopping and resynchronising are the same.
        }
        let (header, body) = bytes.split_first_chunk::<HEADER>()?;
        let [c0, c1, c2, c3, l0, l1, kind] = *header;
        let len = usize::from(u16::from_le_bytes([l0, l1]));
        if (HEADER + len) as u64 > left || !(1..=4).contains(&kind) {
            return Some(false);
        }
        Some(checksum(kind, body.get(..len)?) == u32::from_le_bytes([c0, c1, c2, c3]))
    }

    fn take(&mut self, at: u64, kind: u8, payload: &[u8], each: &mut dyn FnMut(Record<'_>)) {
        let end = self.offset;
        if kind <= 2 {
            if let Some(open) = self.open.take() {
                self.problems.at(open.at, "this record is cut off: another one begins before its end");
            }
            self.damaged = false;
            if kind == 1 {
                each(Record { at, end, bytes: payload });
            } else {
                self.open = Some(Open { at, bytes: payload.to_vec() });
            }
            return;
        }
        let Some(mut open) = self.open.take() else {
            if !self.damaged {
                self.problems.at(at, "this piece of a record has no beginning");
                self.damaged = true;
            }
            return;
        };
        open.bytes.extend_from_slice(payload);
        if kind == 4 {
            each(Record { at: open.at, end, bytes: &open.bytes });
        } else if open.bytes.len() > MAX_RECORD {
            self.problems.at(open.at, "this record is longer than 256 MiB and is left out");
            self.damaged = true;
        } else {
            self.open = Some(open);
        }
    }

    fn damage(&mut self, what: &str) {
        let lost = self.open.take().map(|open| format!("; the record that begins at byte {} is lost", open.at));
        self.problems.at(self.offset, format!("{what}{}", lost.unwrap_or_default()));
        self.damaged = true;
    }
}

/// Why the first bytes are not those of a W&B log.
fn check_header(first: &[u8]) -> Result<(), String> {
    match first.first_chunk::<HEADER>() {
        Some(&MAGIC) => Ok(()),
        Some([b':', b'W', b'&', b'B', 0xE1, 0xBE, version]) => {
            Err(format!("it is a W&B log of version {version}, and only version 0 is known"))
        }
        Some([b':', b'W', b'&', b'B', ..]) => Err("the header of this W&B log is damaged".to_owned()),
        Some(_) => Err("it is not a W&B log: it does not begin with ':W&B'".to_owned()),
        None => Err(format!("it has {} bytes, fewer than the header of a W&B log", first.len())),
    }
}

fn checksum(kind: u8, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&[kind]);
    crc.update(payload);
    crc.finalize()
}
