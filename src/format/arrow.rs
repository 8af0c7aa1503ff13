//! Arrow IPC files (Feather V2) and streams.
//!
//! Opening reads the footer of a file, or the metadata of all messages of a stream. Batches are decoded on request. The
//! decoder of the library allocates the sizes that a file declares, so they are checked first. Not here: the content of
//! columns (`columnar`).

mod segments;

use super::DecodeError;
use super::columnar::{BatchVisitor, Projection};
use crate::engine::{Budget, Reservation};
use crate::error::{At, Problem};
use crate::text::{plural, visible};
use arrow_array::RecordBatch;
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::{Block, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, Schema};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

pub use segments::Segments;

/// First and last bytes of a file.
pub const MAGIC: &[u8] = b"ARROW1";

/// First bytes of every message of a stream, called continuation indicator in the Arrow specification.
pub const CONTINUATION: &[u8] = &[0xff; 4];

/// Size of the length of the footer and [`MAGIC`].
const TAIL: u64 = 10;

/// Maximum compression ratio: a block of zstd has up to 128 KiB and needs at least four bytes.
const MAX_RATIO: u64 = 1 << 15;

/// Size of [`CONTINUATION`] and the length of the metadata that follows.
const PREFIX: u64 = 8;

/// The schema and size of a file or stream.
#[derive(Debug, Clone)]
pub struct ArrowFooter {
    schema: Schema,
    rows: u64,
    bytes: u64,
    /// Bytes of memory that reading needs: the dictionaries and the largest batch.
    memory: u64,
    is_stream: bool,
    truncation: Option<Problem>,
}

/// The content at a byte offset of a stream.
enum StreamItem {
    /// A complete message. A batch has a number of rows.
    Message {
        end: u64,
        rows: Option<u64>,
    },
    End,
    /// A message whose end is missing.
    Truncated,
}

impl ArrowFooter {
    /// Reads the footer, if there is one, and the metadata of every batch.
    ///
    /// # Errors
    /// The file is damaged or truncated, or a batch exceeds the memory budget.
    pub fn read(mut input: impl Read + Seek, memory: &Budget) -> Result<Self, DecodeError> {
        let len = input.seek(SeekFrom::End(0))?;
        let is_stream =
            bytes(&mut input, 0, 4)? == CONTINUATION && !bytes(&mut input, len.saturating_sub(6), 6)?.ends_with(MAGIC);
        if is_stream { Self::of_stream(input, len, memory) } else { Self::of_file(input, len, memory) }
    }

    fn of_stream(mut input: impl Read + Seek, len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let (mut at, mut total, mut batches) = (0, 0_u64, 0_u64);
        let mut sizes = Sizes::new(memory);
        let truncation = loop {
            match stream_item(&mut input, at, len, &mut sizes)? {
                StreamItem::Message { end, rows } => {
                    total = total.saturating_add(rows.unwrap_or(0));
                    batches += u64::from(rows.is_some());
                    at = end;
                }
                StreamItem::End => break None,
                StreamItem::Truncated if batches == 0 => return Err(damaged("the first batch is incomplete")),
                StreamItem::Truncated => {
                    let rows = plural(total, "row");
                    break Some(Problem::new(At::Byte(at), format!("the stream is truncated here, after {rows}")));
                }
            }
        };
        input.seek(SeekFrom::Start(0))?;
        let reader = StreamReader::try_new(input, None).map_err(|error| decode_error(&error))?;
        let schema = reader.schema().as_ref().clone();
        Ok(Self { schema, rows: total, bytes: at, memory: sizes.total(), is_stream: true, truncation })
    }

    fn of_file(mut input: impl Read + Seek, len: u64, memory: &Budget) -> Result<Self, DecodeError> {
        let end = len.checked_sub(TAIL).ok_or_else(|| damaged("too short"))?;
        let tail = bytes(&mut input, end, TAIL)?;
        let Some((length, _)) = tail.split_first_chunk().filter(|(_, magic)| *magic == MAGIC) else {
            return Err(damaged("it does not end with ARROW1"));
        };
        let start = u64::from(u32::from_le_bytes(*length));
        let start = end.checked_sub(start).ok_or_else(|| damaged("the footer is longer than the file"))?;
        let mut sizes = Sizes::new(memory);
        let _footer = memory.reserve(end - start)?;
        let footer = bytes(&mut input, start, end - start)?;
        let footer = root_as_footer(&footer).map_err(|error| damaged(&error.to_string()))?;
        let mut rows = 0_u64;
        for block in footer.dictionaries().iter().flatten() {
            check_block(&mut input, block, len, &mut sizes)?;
        }
        for block in footer.recordBatches().iter().flatten() {
            rows = rows.saturating_add(check_block(&mut input, block, len, &mut sizes)?);
        }
        let schema = footer.schema().ok_or_else(|| damaged("the schema is missing"))?;
        sizes.schema(schema)?;
        let reader = FileReader::try_new(input, None).map_err(|error| decode_error(&error))?;
        let schema = reader.schema().as_ref().clone();
        Ok(Self { schema, rows, bytes: len, memory: sizes.total(), is_stream: false, truncation: None })
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the number of bytes that are read for any column. A batch is always read completely.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Returns the number of bytes of memory that reading any column needs.
    pub fn memory(&self) -> u64 {
        self.memory
    }

    /// Decodes the selected columns batch by batch.
    ///
    /// # Errors
    /// The data is damaged, or `each` failed.
    pub fn batches(
        &self,
        input: impl Read + Seek,
        projection: &Projection,
        each: BatchVisitor<'_>,
    ) -> Result<(), DecodeError> {
        let roots = Some(projection.roots.clone());
        if self.is_stream {
            visit(StreamReader::try_new(input.take(self.bytes), roots), each)
        } else {
            visit(FileReader::try_new(input, roots), each)
        }
    }

    /// Returns true for a stream, which has no footer.
    pub fn is_stream(&self) -> bool {
        self.is_stream
    }

    /// Returns the problem of a truncated stream. The batches before it are read.
    pub fn truncation(&self) -> Option<&Problem> {
        self.truncation.as_ref()
    }
}

fn visit(
    reader: Result<impl Iterator<Item = Result<RecordBatch, ArrowError>>, ArrowError>,
    each: BatchVisitor<'_>,
) -> Result<(), DecodeError> {
    for batch in reader.map_err(|error| decode_error(&error))? {
        if each(&batch.map_err(|error| decode_error(&error))?)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Reads the metadata of the message at the byte offset `at` of a stream of `len` bytes.
fn stream_item(
    input: &mut (impl Read + Seek),
    at: u64,
    len: u64,
    sizes: &mut Sizes<'_>,
) -> Result<StreamItem, DecodeError> {
    let prefix = bytes(input, at, PREFIX)?;
    if prefix.is_empty() {
        return Ok(StreamItem::End);
    }
    if prefix.len() < PREFIX as usize {
        return Ok(StreamItem::Truncated);
    }
    let Some((_, length)) = prefix.split_last_chunk().filter(|(marker, _)| *marker == CONTINUATION) else {
        return Err(damaged("a message does not start with the continuation indicator"));
    };
    let body = at + PREFIX + u64::from(u32::from_le_bytes(*length));
    if body == at + PREFIX {
        return Ok(StreamItem::End);
    }
    if body > len {
        return Ok(StreamItem::Truncated);
    }
    let _metadata = sizes.memory.reserve(body - at)?;
    let metadata = bytes(input, at, body - at)?;
    let message = root_as_message(metadata.get(PREFIX as usize..).unwrap_or_default());
    let message = message.map_err(|error| damaged(&error.to_string()))?;
    let length = u64::try_from(message.bodyLength()).map_err(|_| damaged("a batch has a negative length"))?;
    let end = body.saturating_add(length);
    if end > len {
        return Ok(StreamItem::Truncated);
    }
    if let Some(schema) = message.header_as_schema() {
        sizes.schema(schema)?;
        return Ok(StreamItem::Message { end, rows: None });
    }
    let rows = check(input, &metadata, body..end, sizes)?;
    Ok(StreamItem::Message { end, rows: message.header_as_record_batch().map(|_| rows) })
}

/// Checks that a block is inside the file and valid. Returns its number of rows.
fn check_block(
    input: &mut (impl Read + Seek),
    block: &Block,
    len: u64,
    sizes: &mut Sizes<'_>,
) -> Result<u64, DecodeError> {
    let offsets = || {
        let start = u64::try_from(block.offset()).ok()?;
        let body = start.checked_add(u64::try_from(block.metaDataLength()).ok()?)?;
        let end = body.checked_add(u64::try_from(block.bodyLength()).ok()?)?;
        (end <= len).then_some((start, body, end))
    };
    let (start, body, end) = offsets().ok_or_else(|| damaged("a batch extends past the end of the file"))?;
    let _metadata = sizes.memory.reserve(body - start)?;
    let metadata = bytes(input, start, body - start)?;
    check(input, &metadata, body..end, sizes)
}

/// Checks that the metadata of a batch matches its body, and that the uncompressed body fits in memory. Returns the number
/// of rows.
fn check(
    input: &mut (impl Read + Seek),
    metadata: &[u8],
    body: Range<u64>,
    sizes: &mut Sizes<'_>,
) -> Result<u64, DecodeError> {
    // Skips the indicator, which older writers omit, and the length.
    let message = metadata.strip_prefix(CONTINUATION).unwrap_or(metadata).get(4..).unwrap_or_default();
    let message = root_as_message(message).map_err(|error| damaged(&error.to_string()))?;
    let batch = message.header_as_record_batch();
    let Some(batch) = batch.or_else(|| message.header_as_dictionary_batch()?.data()) else {
        return Err(damaged("a block does not contain a batch"));
    };
    let mut uncompressed = 0_u64;
    for buffer in batch.buffers().iter().flatten().filter(|buffer| buffer.length() != 0) {
        let start = u64::try_from(buffer.offset()).ok().and_then(|at| body.start.checked_add(at));
        let length = u64::try_from(buffer.length()).ok();
        let inside = start.zip(length).is_some_and(|(at, n)| at.checked_add(n).is_some_and(|last| last <= body.end));
        let (Some(at), true) = (start, inside) else {
            return Err(damaged("a buffer extends past the end of its batch"));
        };
        if batch.compression().is_some() {
            let size = bytes(input, at, 8)?;
            // -1 means that the buffer is not compressed.
            let size = size.first_chunk().map_or(0, |size| i64::from_le_bytes(*size));
            let size = u64::try_from(size).unwrap_or(0);
            if size / MAX_RATIO > length.unwrap_or(0) {
                return Err(damaged("a buffer is too short for its uncompressed size"));
            }
            uncompressed = uncompressed.saturating_add(size);
        }
    }
    // The library reads and decompresses a complete batch.
    let arrays = ARRAY * batch.nodes().map_or(0, |nodes| nodes.len()) as u64;
    let size = uncompressed.saturating_add(body.end - body.start).saturating_add(arrays);
    sizes.add(size, message.header_as_record_batch().is_none())?;
    Ok(u64::try_from(batch.length()).unwrap_or(0))
}

/// Bytes of memory for an array of a batch, without its values.
const ARRAY: u64 = 300;

/// Bytes of memory for a field of a schema, without its names.
const FIELD: usize = 500;

/// Sizes of integers in bits.
const BITS: [i32; 4] = [8, 16, 32, 64];

/// Sizes of the parts of a file that are in memory at the same time.
struct Sizes<'m> {
    memory: &'m Budget,
    /// The schema, and the dictionaries, which the library reads at once.
    kept: Reservation,
    dictionaries: u64,
    /// The largest batch.
    batch: u64,
}

impl<'m> Sizes<'m> {
    fn new(memory: &'m Budget) -> Self {
        Self { memory, kept: memory.reservation(), dictionaries: 0, batch: 0 }
    }

    /// Adds a dictionary, or any other batch.
    fn add(&mut self, size: u64, is_dictionary: bool) -> Result<(), DecodeError> {
        if is_dictionary {
            self.kept.grow(size)?;
            self.dictionaries = self.dictionaries.saturating_add(size);
        } else {
            self.memory.reserve(size)?;
            self.batch = self.batch.max(size);
        }
        Ok(())
    }

    /// Adds the fields of a schema. Several may share the bytes of one in the file.
    fn schema(&mut self, schema: arrow_ipc::Schema<'_>) -> Result<(), DecodeError> {
        self.pairs(schema.custom_metadata())?;
        self.fields(schema.fields(), 0)
    }

    fn fields<'f>(
        &mut self,
        fields: Option<impl IntoIterator<Item = arrow_ipc::Field<'f>>>,
        above: usize,
    ) -> Result<(), DecodeError> {
        for field in fields.into_iter().flatten() {
            let path = above + field.name().map_or(0, str::len);
            // A series contains the names of its path, and the description of the source once more.
            self.kept.grow((FIELD + 4 * path) as u64)?;
            self.pairs(field.custom_metadata())?;
            if let Some(bits) = field.type_as_int().map(|int| int.bitWidth()).filter(|bits| !BITS.contains(bits)) {
                let name = visible(field.name().unwrap_or_default());
                return Err(DecodeError::new(format!(
                    "column '{name}' has integers of {bits} bits, which Arrow does not define; write it as another type"
                )));
            }
            self.fields(field.children(), path)?;
        }
        Ok(())
    }

    fn pairs<'p>(
        &mut self,
        pairs: Option<impl IntoIterator<Item = arrow_ipc::KeyValue<'p>>>,
    ) -> Result<(), DecodeError> {
        for pair in pairs.into_iter().flatten() {
            let text = pair.key().map_or(0, str::len) + pair.value().map_or(0, str::len);
            self.kept.grow((FIELD + 2 * text) as u64)?;
        }
        Ok(())
    }

    fn total(self) -> u64 {
        self.kept.keep();
        self.dictionaries.saturating_add(self.batch)
    }
}

/// Reads `length` bytes from `start` on, or fewer at the end of the file.
fn bytes(input: &mut (impl Read + Seek), start: u64, length: u64) -> Result<Vec<u8>, DecodeError> {
    input.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    input.by_ref().take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Rewords an error of the library.
fn decode_error(error: &ArrowError) -> DecodeError {
    match error {
        ArrowError::IoError(_, error) => io::Error::new(error.kind(), error.to_string()).into(),
        other => damaged(&other.to_string()),
    }
}

fn damaged(why: &str) -> DecodeError {
    let line = why.split_whitespace().collect::<Vec<_>>().join(" ");
    DecodeError::new(format!("damaged, truncated or unsupported Arrow file ({line})"))
}
