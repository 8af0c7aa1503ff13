//! The directory of a zip archive: its size is checked before the library reads it, and the positions of its members after.

use super::DecodeError;
use crate::engine::{Budget, Reservation};
use std::io::{Read, Seek, SeekFrom};
use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// Bytes at the end of an archive that contain its end records: a comment of 64 KiB, and the records before it.
const TAIL: u64 = (64 << 10) + 256;

/// Minimum size of an entry of the directory.
const ENTRY: u64 = 46;

/// Bytes of memory for a member, without its name: in the library, and as a series.
const MEMBER: u64 = 1200;

/// Reads the directory of an archive. Its memory stays reserved.
///
/// # Errors
/// The directory is damaged, exceeds the budget, or the file cannot contain as many entries.
pub(super) fn open<R: Read + Seek>(mut reader: R, memory: &Budget) -> Result<ZipArchive<R>, DecodeError> {
    reserve(&mut reader, memory)?.keep();
    // The library would search for data before the archive. If the name of the first member has 30 bytes, its entry is as
    // long as the end records of zip64, and the search takes the directory for misplaced.
    let at_start = Config { archive_offset: ArchiveOffset::Known(0) };
    ZipArchive::with_config(at_start, reader).map_err(decode_error)
}

/// Content of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Member {
    /// It is in the archive as it is, at this byte offset.
    Stored { start: u64, len: u64 },
    /// It was decompressed. Its memory stays reserved.
    Read(Vec<u8>),
}

/// Finds a member by its name.
///
/// # Errors
/// There is no such member, it is damaged, or it exceeds the budget.
pub(crate) fn member<R: Read + Seek>(reader: R, name: &str, memory: &Budget) -> Result<Member, DecodeError> {
    let mut archive = open(reader, memory)?;
    let index = archive.index_for_name(name);
    let index = index.ok_or_else(|| DecodeError::new(format!("the archive does not contain {name}")))?;
    let file = archive.by_index(index).map_err(decode_error)?;
    if let (CompressionMethod::Stored, false, Some(start)) = (file.compression(), file.encrypted(), file.data_start()) {
        return Ok(Member::Stored { start, len: file.size() });
    }
    let len = file.size();
    memory.reserve(len)?.keep();
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes)?;
    Ok(Member::Read(bytes))
}

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
