//! Detection of file formats from the first bytes.

use super::trackio;
use crate::format::{
    JSONL_SUFFIXES, arrow, counts_file, encoding, gguf, hdf5, lfs, npy, onnx, parquet, safetensors, tfevents, torch,
};
use std::path::Path;

/// Format of a file, as far as the choice of a decoder needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    Empty,
    Npy,
    Zip,
    Safetensors,
    Gguf,
    Onnx,
    /// Count file in the binary form.
    Counts,
    Hdf5,
    /// Archive of Keras, with an HDF5 file.
    Keras,
    /// PyTorch checkpoint that is not an archive.
    Torch,
    /// Metadata of a distributed checkpoint.
    Distributed,
    Gzip,
    Zstd,
    /// Log of a W&B run.
    WandbLog,
    /// Event file of TensorBoard.
    EventFile,
    Parquet,
    Arrow,
    /// Database of Trackio, or of another program.
    Sqlite,
    Json,
    /// Numbers in text.
    Table,
    /// Text that must be converted to UTF-8 first.
    Utf16,
    /// Format that rebin does not read. The message consists of the two texts.
    Unsupported {
        why: &'static str,
        remedy: &'static str,
    },
}

/// Name of the metadata of a distributed checkpoint, and the end of the names of its files.
pub(super) const METADATA: &str = ".metadata";
pub(super) const PIECES: &str = ".distcp";

/// Members of a checkpoint of PyTorch that is a tar archive.
const TAR_MEMBERS: [&[u8]; 4] = [b"sys_info\0", b"pickle\0", b"tensors\0", b"storages\0"];

const EXPORT: &str = "export the numbers with np.save, np.savez or as CSV";
const DECOMPRESS: &str = "decompress the file first";
const OLD_GGML: &str = "files of ggml before GGUF are not supported";
const TO_GGUF: &str = "convert the model to GGUF";
const OPEN_DATA: &str = "open the data that it shows";

/// Recognized formats without a decoder: first bytes, message and remedy. "yet" marks formats that may be added.
const UNSUPPORTED: [(&[u8], &str, &str); 17] = [
    (b"\x80\x02", "Python pickles of other objects than tensors are not supported", EXPORT),
    (b"\x80\x03", "Python pickles of other objects than tensors are not supported", EXPORT),
    (b"\x80\x04", "Python pickles of other objects than tensors are not supported", EXPORT),
    (b"\x80\x05", "Python pickles of other objects than tensors are not supported", EXPORT),
    (b"lmgg", OLD_GGML, TO_GGUF),
    (b"fmgg", OLD_GGML, TO_GGUF),
    (b"tjgg", OLD_GGML, TO_GGUF),
    (b"algg", OLD_GGML, TO_GGUF),
    (b"MATLAB 5.0", "MATLAB files cannot be read yet", EXPORT),
    (b"Obj\x01", "Avro files cannot be read yet", EXPORT),
    (b"\xfd7zXZ\0", "xz files cannot be read yet", DECOMPRESS),
    (b"BZh", "bzip2 files cannot be read yet", DECOMPRESS),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archives cannot be read yet", "extract the file first"),
    (b"\x89PNG\r\n", "PNG images are not supported", OPEN_DATA),
    (b"\xff\xd8\xff", "JPEG images are not supported", OPEN_DATA),
    (b"%PDF-", "PDF documents are not supported", OPEN_DATA),
    (b"\x7fELF", "executables are not supported", "open a data file"),
];

/// Detects the format from the start of a file: some kilobytes, or all of it. The name decides only between JSON and a
/// table, and marks truncated safetensors files.
pub(super) fn detect(name: &str, head: &[u8]) -> FileKind {
    if head.is_empty() {
        return FileKind::Empty;
    }
    if lfs::starts_with_pointer(head) && head.len() > 40 {
        return FileKind::Unsupported { why: lfs::WHY, remedy: lfs::REMEDY };
    }
    // First, since the length at the start can equal the magic bytes of any other format.
    if is_safetensors(head) {
        return FileKind::Safetensors;
    }
    if head.starts_with(gguf::MAGIC) {
        return FileKind::Gguf;
    }
    if head.starts_with(counts_file::binary::MAGIC) {
        return FileKind::Counts;
    }
    if torch::is_legacy(head) {
        return FileKind::Torch;
    }
    if name.rsplit('/').next() == Some(METADATA) && head.starts_with(b"\x80") {
        return FileKind::Distributed;
    }
    if name.ends_with(PIECES) && head.starts_with(b"PK") {
        let why = "the file contains pieces of a distributed checkpoint";
        return FileKind::Unsupported { why, remedy: "open its directory, or the file .metadata in it" };
    }
    // Checkpoints of PyTorch before 0.1.10 are tar archives with these members.
    if TAR_MEMBERS.iter().any(|member| head.starts_with(member)) && head.get(257..262) == Some(b"ustar") {
        let why = "checkpoints of PyTorch before 0.1.10 (tar archives) are not supported";
        return FileKind::Unsupported { why, remedy: "load it with torch.load and save it with torch.save" };
    }
    if head.starts_with(npy::MAGIC) {
        return FileKind::Npy;
    }
    if hdf5::starts_like_file(head) {
        return FileKind::Hdf5;
    }
    if hdf5::starts_like_keras(head) {
        return FileKind::Keras;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return FileKind::Zip;
    }
    if head.starts_with(b"\x1f\x8b") {
        return FileKind::Gzip;
    }
    if head.starts_with(b"\x28\xb5\x2f\xfd") {
        return FileKind::Zstd;
    }
    if head.starts_with(b":W&B") {
        return FileKind::WandbLog;
    }
    if tfevents::is_event_file(head) {
        return FileKind::EventFile;
    }
    if head.starts_with(parquet::MAGIC) {
        return FileKind::Parquet;
    }
    if head.starts_with(arrow::MAGIC) || head.starts_with(arrow::CONTINUATION) {
        return FileKind::Arrow;
    }
    if head.starts_with(trackio::MAGIC) {
        return FileKind::Sqlite;
    }
    if let Some((_, why, remedy)) = UNSUPPORTED.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return FileKind::Unsupported { why, remedy };
    }
    // Models have no magic bytes.
    if is_named_onnx(name) || onnx::starts_like_model(head) {
        return FileKind::Onnx;
    }
    if encoding::is_utf16(head) {
        return FileKind::Utf16;
    }
    if is_binary(head) {
        if name.ends_with(safetensors::SUFFIX) {
            return FileKind::Safetensors;
        }
        return FileKind::Unsupported { why: "unknown binary format", remedy: EXPORT };
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // A record separator precedes the values of a JSON text sequence.
    let text = text.strip_prefix(b"\x1e").unwrap_or(text).trim_ascii_start();
    if matches!(text.first(), Some(b'{' | b'[')) || is_named_json(name) { FileKind::Json } else { FileKind::Table }
}

/// Detects formats with a footer from the end of a file, if its start is unknown. Readers of these formats start at the
/// footer, too.
pub(super) fn detect_by_end(kind: FileKind, tail: &[u8]) -> FileKind {
    match kind {
        FileKind::Unsupported { .. } if tail.ends_with(parquet::MAGIC) => FileKind::Parquet,
        FileKind::Unsupported { .. } if tail.ends_with(arrow::MAGIC) => FileKind::Arrow,
        kind => kind,
    }
}

/// Returns true for a length of at most 100 MB followed by JSON.
fn is_safetensors(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk() else { return false };
    rest.first() == Some(&b'{') && u64::from_le_bytes(*length) <= 100_000_000
}

/// Returns true if more than a third are control characters, or if text with control characters is not UTF-8.
fn is_binary(head: &[u8]) -> bool {
    let control = |b: &&u8| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c' | b'\x1b');
    let controls = head.iter().filter(control).count();
    // Control characters that separate fields are text if there are no others.
    let separators = head.iter().filter(|b| matches!(b, 0x01 | 0x1c..=0x1f)).count();
    // A character cut off at the end of the head is not an error.
    let utf8 = str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    let controls = if utf8 && controls == separators && separators < head.len() { 0 } else { controls };
    controls * 3 > head.len() || (controls > 0 && !utf8)
}

fn is_named_onnx(name: &str) -> bool {
    [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).ends_with(onnx::SUFFIX)
}

fn is_named_json(name: &str) -> bool {
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    Path::new(name).extension().is_some_and(|extension| extension == "json")
        || JSONL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(head: &[u8]) -> &'static str {
        match detect("x", head) {
            FileKind::Unsupported { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_content_decides() {
        assert_eq!(detect("x.csv", b"\x93NUMPY\x01\0"), FileKind::Npy);
        assert_eq!(detect("x.npy", b"PK\x05\x06\0\0"), FileKind::Zip);
        assert_eq!(detect("x.csv", b" \n{\"a\": 1}"), FileKind::Json);
        assert_eq!(detect("x.npy", b"\xef\xbb\xbf[1]"), FileKind::Json);
        assert_eq!(detect("x.json", b"\"a\",b\n1,2\n"), FileKind::Json, "the content is ambiguous");
        assert_eq!(detect("x", b"\"a\",b\n1,2\n"), FileKind::Table);
        assert_eq!(detect("x.npz", b""), FileKind::Empty);
        assert_eq!(detect("x", b"\x80\x02\0\0\0\0\0\0{\"a\": 1}"), FileKind::Safetensors, "not a pickle");
        assert_eq!(detect("x.safetensors", b"\x80\0\0\0"), FileKind::Safetensors, "truncated");
        assert_eq!(detect("x", b"\xff\xfe1\0"), FileKind::Utf16);
        assert_eq!(detect("x", b":W&B\xe1\xbe\0"), FileKind::WandbLog);
        assert_eq!(detect("x", b"PAR1\x15\0"), FileKind::Parquet);
        assert_eq!(detect_by_end(detect("x", b"\0\0\0\0\x15\0"), b"..PAR1"), FileKind::Parquet);
        assert_eq!(detect("x", b"ARROW1\0\0"), FileKind::Arrow);
        assert_eq!(detect("x", b"\xff\xff\xff\xff\x10\0\0\0"), FileKind::Arrow);
        assert_eq!(detect_by_end(detect("x", b"\0\0\0\0\x15\0"), b"..ARROW1"), FileKind::Arrow);
        assert_eq!(detect_by_end(detect("x", b"1,2\n"), b"PAR1"), FileKind::Table);
    }

    #[test]
    fn text_may_contain_a_stray_zero_byte() {
        assert_eq!(detect("x", b"x\n1\n\0\n2\n3\n"), FileKind::Table);
        assert_eq!(detect("x", b"caf\xe9,1\n"), FileKind::Table);
        assert_eq!(detect("x", "1 \u{e9}".as_bytes().split_last().unwrap().1), FileKind::Table);
        assert_eq!(why(b"\x00\x00\x00\x00"), "unknown binary format");
        assert_eq!(why(b"\x93NUM\x01\x80abc"), "unknown binary format");
    }

    #[test]
    fn only_formats_that_may_be_added_are_unsupported_yet() {
        assert_eq!(why(b"Obj\x01"), "Avro files cannot be read yet");
        for (head, name) in [
            (&b"\x89PNG\r\n\x1a\n"[..], "PNG images"),
            (b"\xff\xd8\xff\xe0", "JPEG images"),
            (b"%PDF-1.7", "PDF documents"),
            (b"\x7fELF\x02", "executables"),
        ] {
            assert_eq!(why(head), format!("{name} are not supported"));
        }
    }
}
