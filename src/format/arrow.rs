//! Arrow's IPC files (Feather V2) and streams: the footer, or the heads of all messages where there is none, are read when
//! opened, batches when something of them is asked for.
//!
//! The decoder takes memory for what a file claims, so claims are checked first. Not here: what columns mean
//! (`columnar`).

use super::DecodeError;
use super::columnar::{Each, Pick};
use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::text::plural;
use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::{Block, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, Schema};
use std::io::{self, Read, Seek, SeekFrom};

/// How a file begins and ends; the end decides.
pub const MAGIC: &[u8] = b"ARROW1";

/// How every message of a stream begins.
pub const MARK: &[u8] = &[0xff; 4];

/// The length of the footer and [`MAGIC`].
const TAIL: u64 = 10;

/// Bytes that one packed byte can stand for: zstd has blocks of 128 KiB that take four.
const MOST_PACKED: u64 = 1 << 15;

/// [`MARK`] and the length of the head that follows.
const LEAD: u64 = 8;

/// What the footer says.
#[derive(Debug, Clone)]
pub struct Footer {
    schema: Schema,
    rows: u64,
    bytes: u64,
    streamed: bool,
    cut: Option<Problem>,
}

/// What stands at a byte of a stream.
enum Next {
    /// A message that is whole; the rows of a batch.
    Message {
        end: u64,
        batch: Option<u64>,
    },
    End,
    /// A message whose end is missing.
    Cut,
}

impl Footer {
    /// Reads the footer, if there is one, and looks at the head of every batch.
    ///
    /// # Errors
    /// A file that is damaged or cut short, or has a batch that is more than memory holds.
    pub fn read(mut input: impl Read + Seek, memory: &Budget) -> Result<Self, DecodeError> {
        let len = input.seek(SeekFrom::End(0))?;
        let streamed =
            bytes(&mut input, 0, 4)? == MARK && !bytes(&mut input, len.saturating_sub(6), 6)?.ends_with(MAGIC);
        if streamed { Self::of_stream(input, len, memory) } else { Self::of_file(input, len, memory) }
    }

    fn of_stream(mut input: impl Read + Seek, len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let (mut at, mut rows, mut batches) = (0, 0_u64, 0_u64);
        let cut = loop {
            match message(&mut input, (at, len), memory)? {
                Next::Message { end, batch } => {
                    rows = rows.saturating_add(batch.unwrap_or(0));
                    batches += u64::from(batch.is_some());
                    at = end;
                }
                Next::End => break None,
                Next::Cut if batches == 0 => return Err(damaged("it ends before its first batch does")),
                Next::Cut => {
                    let whole = plural(rows, "row");
                    break Some(Problem::new(
                        At::Byte(at),
                        format!("the stream is cut short here; {whole} before it are read"),
                    ));
                }
            }
        };
        input.seek(SeekFrom::Start(0))?;
        let reader = StreamReader::try_new(input, None).map_err(|error| refusal(&error))?;
        Ok(Self { schema: reader.schema().as_ref().clone(), rows, bytes: at, streamed: true, cut })
    }

    fn of_file(mut input: impl Read + Seek, len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let end = len.checked_sub(TAIL).ok_or_else(|| damaged("it is too short"))?;
        let tail = bytes(&mut input, end, TAIL)?;
        let Some((length, _)) = tail.split_first_chunk().filter(|(_, magic)| *magic == MAGIC) else {
            return Err(damaged("it does not end as such a file does"));
        };
        let start = u64::from(u32::from_le_bytes(*length));
        let start = end.checked_sub(start).ok_or_else(|| damaged("its footer is longer than the file"))?;
        let footer = bytes(&mut input, start, end - start)?;
        let footer = root_as_footer(&footer).map_err(|error| damaged(&error.to_string()))?;
        let mut rows = 0_u64;
        for block in footer.dictionaries().iter().flatten() {
            check_block(&mut input, block, len, memory)?;
        }
        for block in footer.recordBatches().iter().flatten() {
            rows = rows.saturating_add(check_block(&mut input, block, len, memory)?);
        }
        if footer.schema().is_none() {
            return Err(damaged("it has no schema"));
        }
        let reader = FileReader::try_new(input, None).map_err(|error| refusal(&error))?;
        Ok(Self { schema: reader.schema().as_ref().clone(), rows, bytes: len, streamed: false, cut: None })
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many bytes are read for any column: batches are not divided.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Decodes the picked columns batch by batch.
    ///
    /// # Errors
    /// Damaged data, or what `each` refused.
    pub fn batches(&self, input: impl Read + Seek, pick: &Pick, each: Each<'_>) -> Result<(), DecodeError> {
        let roots = Some(pick.roots.clone());
        if self.streamed {
            hand_over(StreamReader::try_new(input.take(self.bytes), roots), each)
        } else {
            hand_over(FileReader::try_new(input, roots), each)
        }
    }

    /// Whether it is a stream.
    pub fn streamed(&self) -> bool {
        self.streamed
    }

    /// Where a stream stops before its end; what stands before is read.
    pub fn cut(&self) -> Option<&Problem> {
        self.cut.as_ref()
    }
}

fn hand_over(
    reader: Result<impl Iterator<Item = Result<RecordBatch, ArrowError>>, ArrowError>,
    each: Each<'_>,
) -> Result<(), DecodeError> {
    for batch in reader.map_err(|error| refusal(&error))? {
        if each(&batch.map_err(|error| refusal(&error))?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Looks at the head of the message that begins at a byte of a stream.
fn message(input: &mut (impl Read + Seek), (at, len): (u64, u64), memory: &Budget) -> Result<Next, DecodeError> {
    let lead = bytes(input, at, LEAD)?;
    if lead.is_empty() {
        return Ok(Next::End);
    }
    if lead.len() < LEAD as usize {
        return Ok(Next::Cut);
    }
    let Some((_, length)) = lead.split_last_chunk().filter(|(mark, _)| *mark == MARK) else {
        return Err(damaged("a message does not begin as one"));
    };
    let body = at + LEAD + u64::from(u32::from_le_bytes(*length));
    if body == at + LEAD {
        return Ok(Next::End);
    }
    if body > len {
        return Ok(Next::Cut);
    }
    let head = bytes(input, at, body - at)?;
    let message = root_as_message(head.get(LEAD as usize..).unwrap_or_default());
    let message = message.map_err(|error| damaged(&error.to_string()))?;
    let length = u64::try_from(message.bodyLength()).map_err(|_| damaged("a batch has a negative length"))?;
    let end = body.saturating_add(length);
    if end > len {
        return Ok(Next::Cut);
    }
    if message.header_as_schema().is_some() {
        return Ok(Next::Message { end, batch: None });
    }
    let rows = check(input, &head, (body, end), memory)?;
    Ok(Next::Message { end, batch: message.header_as_record_batch().map(|_| rows) })
}

/// Whether a block lies in the file and is sound; the answer is its number of rows.
fn check_block(input: &mut (impl Read + Seek), block: &Block, len: u64, memory: &Budget) -> Result<u64, DecodeError> {
    let place = || {
        let start = u64::try_from(block.offset()).ok()?;
        let body = start.checked_add(u64::try_from(block.metaDataLength()).ok()?)?;
        let end = body.checked_add(u64::try_from(block.bodyLength()).ok()?)?;
        (end <= len).then_some((start, body, end))
    };
    let (start, body, end) = place().ok_or_else(|| damaged("a batch lies beyond its end"))?;
    let head = bytes(input, start, body - start)?;
    check(input, &head, (body, end), memory)
}

/// Whether what the head of a batch tells of its body is true, and what it unpacks to fits in memory.
fn check(
    input: &mut (impl Read + Seek),
    head: &[u8],
    (body, end): (u64, u64),
    memory: &Budget,
) -> Result<u64, DecodeError> {
    // A marker that older writers leave out, and the length.
    let message = head.strip_prefix(MARK).unwrap_or(head).get(4..).unwrap_or_default();
    let message = root_as_message(message).map_err(|error| damaged(&error.to_string()))?;
    let batch = message.header_as_record_batch();
    let Some(batch) = batch.or_else(|| message.header_as_dictionary_batch()?.data()) else {
        return Err(damaged("a block holds no batch"));
    };
    let mut total = 0_u64;
    for buffer in batch.buffers().iter().flatten().filter(|buffer| buffer.length() != 0) {
        let start = u64::try_from(buffer.offset()).ok().and_then(|at| body.checked_add(at));
        let length = u64::try_from(buffer.length()).ok();
        let inside = start.zip(length).is_some_and(|(at, n)| at.checked_add(n).is_some_and(|last| last <= end));
        let (Some(at), true) = (start, inside) else { return Err(damaged("a buffer lies beyond its batch")) };
        if batch.compression().is_some() {
            let size = bytes(input, at, 8)?;
            // -1: it is stored as it is.
            let size = size.first_chunk().map_or(0, |size| i64::from_le_bytes(*size));
            let size = u64::try_from(size).unwrap_or(0);
            if size / MOST_PACKED > length.unwrap_or(0) {
                return Err(damaged("a buffer claims to unpack to more than it can"));
            }
            total = total.saturating_add(size);
        }
    }
    // A batch is read and unpacked as a whole.
    memory.hold(total.saturating_add(end - body))?;
    Ok(u64::try_from(batch.length()).unwrap_or(0))
}

/// Bytes that are known to be in the file.
fn bytes(input: &mut (impl Read + Seek), start: u64, length: u64) -> Result<Vec<u8>, DecodeError> {
    input.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    input.by_ref().take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The library's trouble in a sentence of ours.
fn refusal(error: &ArrowError) -> DecodeError {
    match error {
        ArrowError::IoError(_, error) => io::Error::new(error.kind(), error.to_string()).into(),
        other => damaged(&other.to_string()),
    }
}

fn damaged(why: &str) -> DecodeError {
    let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
    DecodeError::new(format!("the Arrow file is damaged, cut short or of a kind that cannot be read ({line})"))
}
