//! The directory of a zip archive: its size is checked before the library reads it, and the positions of its members after.

use super::pickle::Skip;
use super::window::Window;
use super::{DecodeError, Text};
use crate::engine::{Budget, Reservation};
use flate2::read::DeflateDecoder;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Bytes at the end of an archive that contain its end records: a comment of 64 KiB, and the records before it.
const TAIL: u64 = (64 << 10) + 256;

/// Size of the header before a member, without its name and its extra fields.
const HEADER: u64 = 30;

/// Minimum size of an entry of the directory.
const ENTRY: u64 = 46;

/// Bytes of memory for a member, without its name: in the library, and as a series.
const MEMBER: u64 = 1200;

/// Reads the directory of an archive. Its memory stays reserved.
///
/// # Errors
/// The directory is damaged, exceeds the budget, or the file cannot contain as many entries.
pub fn open<R: Read + Seek>(mut reader: R, memory: &Budget) -> Result<ZipArchive<R>, DecodeError> {
    reserve(&mut reader, memory)?.keep();
    // The library would search for data before the archive. If the name of the first member has 30 bytes, its entry is as
    // long as the end records of zip64, and the search takes the directory for misplaced.
    let at_start = Config { archive_offset: ArchiveOffset::Known(0) };
    ZipArchive::with_config(at_start, reader).map_err(decode_error)
}

/// Content of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// It is in the archive as it is, at this byte offset.
    Stored { start: u64, len: u64 },
    /// It was decompressed. Its memory stays reserved.
    Read(Vec<u8>),
}

/// Finds a member by its name.
///
/// # Errors
/// There is no such member, it is damaged, or it exceeds the budget.
pub(crate) fn member<R: Read + Seek>(reader: R, name: &str, memory: &Budget) -> Result<Content, DecodeError> {
    let mut archive = open(reader, memory)?;
    let index = archive.index_for_name(name);
    let index = index.ok_or_else(|| DecodeError::new(format!("the archive does not contain {name}")))?;
    let file = archive.by_index(index).map_err(decode_error)?;
    if let (CompressionMethod::Stored, false, Some(start)) = (file.compression(), file.encrypted(), file.data_start()) {
        return Ok(Content::Stored { start, len: file.size() });
    }
    let len = file.size();
    memory.reserve(len)?.keep();
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    Ok(Content::Read(bytes))
}

/// A member of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Offset of the header before the content.
    header: u64,
    /// Number of bytes in the archive.
    stored: u64,
    /// Number of bytes of the content.
    pub size: u64,
    pub deflated: bool,
}

impl Member {
    /// Returns the member of this name; the last one if there are several.
    ///
    /// # Errors
    /// The member is encrypted, or compressed with a method that is not supported.
    pub fn find<R: Read + Seek>(archive: &ZipArchive<R>, name: &str) -> Option<Result<Self, DecodeError>> {
        let entry = archive.by_index_data(archive.index_for_name(name)?).ok()?;
        let deflated = match entry.compression() {
            _ if entry.encrypted() => return Some(Err(DecodeError::new("the archive is encrypted"))),
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            method => return Some(Err(DecodeError::new(format!("zip compression method {method} is not supported")))),
        };
        let (header, stored, size) = (entry.header_start(), entry.compressed_size(), entry.size());
        Some(Ok(Self { header, stored, size: if deflated { size } else { stored }, deflated }))
    }

    /// Returns the bytes of the member in the archive.
    ///
    /// # Errors
    /// The member lacks a header, or extends beyond the end of the file.
    pub fn span(&self, archive: &dyn Text) -> Result<Range<u64>, DecodeError> {
        let mut header = [0; HEADER as usize];
        let damaged = || DecodeError::new("damaged or truncated zip archive (a member has no header)");
        if archive.read(self.header, &mut header)? < header.len() || !header.starts_with(b"PK\x03\x04") {
            return Err(damaged());
        }
        let length = |at: usize| u64::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let start = self.header.saturating_add(HEADER + length(26) + length(28));
        let end = start.checked_add(self.stored).filter(|end| *end <= archive.len());
        end.map(|end| start..end).ok_or_else(damaged)
    }

    /// Returns a reader of the content. It does not check the checksum: torch may write archives without any.
    ///
    /// # Errors
    /// Those of [`Member::span`].
    pub fn reader<'t>(&self, archive: &'t dyn Text) -> Result<Box<dyn Skip + 't>, DecodeError> {
        let window = Window::new(archive, self.span(archive)?);
        // A deflated member is cut at the size that its archive declares.
        Ok(if self.deflated {
            Box::new(Unskipped(DeflateDecoder::new(window).take(self.size)))
        } else {
            Box::new(window)
        })
    }
}

/// A reader that skips bytes by reading them.
struct Unskipped<R>(R);

impl<R: Read> Read for Unskipped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<R: Read> Skip for Unskipped<R> {}

/// Rewords an error of the zip library.
pub(super) fn decode_error(error: ZipError) -> DecodeError {
    match error {
        ZipError::Io(error) => error.into(),
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => {
            DecodeError::new("the archive is encrypted; write it again without a password")
        }
        ZipError::CompressionMethodNotSupported(method) => DecodeError::new(format!(
            "zip compression method {method} is not supported; write the archive again with np.savez_compressed"
        )),
        other => DecodeError::new(format!("damaged or truncated zip archive ({other})")),
    }
}

/// Reserves the memory for the directory of an archive. The library allocates as many entries as the end record states.
///
/// # Errors
/// The directory exceeds the budget, or the file cannot contain as many entries.
fn reserve(archive: &mut (impl Read + Seek), memory: &Budget) -> Result<Reservation, DecodeError> {
    let len = archive.seek(SeekFrom::End(0))?;
    let mut tail = Vec::new();
    archive.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    archive.take(TAIL).read_to_end(&mut tail)?;
    archive.seek(SeekFrom::Start(0))?;
    let number = |record: &[u8], at: usize, bytes: usize| {
        let field = record.get(at..at + bytes).unwrap_or_default();
        field.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
    };
    let (mut entries, mut start) = (0, len);
    for at in memchr::memmem::find_iter(&tail, b"PK") {
        let record = &tail[at..];
        // Fields of a record that equal their maximum are in a zip64 record.
        let (count, offset, most) = match record.get(2..4) {
            Some(b"\x05\x06") => (number(record, 10, 2), number(record, 16, 4), (1 << 16) - 1),
            Some(b"\x06\x06") => (number(record, 32, 8), number(record, 48, 8), u64::MAX),
            _ => continue,
        };
        if count < most {
            entries = entries.max(count);
            start = start.min(offset);
        }
    }
    if entries > len / ENTRY {
        return Err(DecodeError::new(format!(
            "damaged or truncated zip archive (a directory of {entries} members does not fit in the file)"
        )));
    }
    // Names and extra fields are copied several times.
    Ok(memory.reserve((entries * MEMBER).saturating_add(3 * (len - start)))?)
}

/// Returns, for each member, true if its data extends into the next member. Such an archive can unpack to any size.
pub(super) fn overlapping<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Vec<bool> {
    let mut spans = Vec::new();
    for index in 0..archive.len() {
        // Reading a member without a local header reports an error later.
        if let Ok(member) = archive.by_index_raw(index)
            && let Some(data) = member.data_start()
        {
            spans.push((member.header_start(), index, data.saturating_add(member.compressed_size())));
        }
    }
    spans.sort_unstable();
    let mut overlapping = vec![false; archive.len()];
    let mut next = u64::MAX;
    for (start, index, end) in spans.into_iter().rev() {
        overlapping[index] = end > next;
        next = start;
    }
    overlapping
}
