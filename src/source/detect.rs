//! What a file is, from its first bytes.

use super::checkpoint::SUFFIX;
use crate::format::{arrow, encoding, npy, parquet, tfevents};

/// How content is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Empty,
    Npy,
    Zip,
    Safetensors,
    Gzip,
    Zstd,
    /// The log of a W&B run.
    Run,
    /// TensorBoard's event file.
    Events,
    Parquet,
    Arrow,
    Json,
    /// Numbers in text.
    Table,
    /// Text that has to become UTF-8 before anything can be said of it.
    Utf16,
    /// Known, but not readable: what it is and what to do instead.
    Foreign {
        what: &'static str,
        remedy: &'static str,
    },
}

const AS_ARRAYS: &str = "write its numbers with np.save, np.savez or as CSV";
const UNPACK: &str = "unpack it first";

/// Formats that are recognised by how they start, and what to do about them.
const FOREIGN: [(&[u8], &str, &str); 15] = [
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", AS_ARRAYS),
    (b"\x80\x02", "a Python pickle", AS_ARRAYS),
    (b"\x80\x03", "a Python pickle", AS_ARRAYS),
    (b"\x80\x04", "a Python pickle", AS_ARRAYS),
    (b"\x80\x05", "a Python pickle", AS_ARRAYS),
    (b"MATLAB 5.0", "a MATLAB file", AS_ARRAYS),
    (b"SQLite format 3\0", "an SQLite database", AS_ARRAYS),
    (b"Obj\x01", "an Avro file", AS_ARRAYS),
    (b"\xfd7zXZ\0", "compressed with xz", UNPACK),
    (b"BZh", "compressed with bzip2", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"\x89PNG\r\n", "a picture (PNG)", "open the data it was drawn from"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "open the data it was drawn from"),
    (b"%PDF-", "a PDF document", "open the data it was made from"),
    (b"\x7fELF", "a program", "open a file of data"),
];

/// Looks at the start of a file (some kilobytes, or all of it); the name decides only between JSON and plain numbers.
pub(super) fn detect(name: &str, head: &[u8]) -> Form {
    if head.is_empty() {
        return Form::Empty;
    }
    // First, since a length can look like anything.
    if is_safetensors(head) {
        return Form::Safetensors;
    }
    if head.starts_with(npy::MAGIC) {
        return Form::Npy;
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Form::Zip;
    }
    if head.starts_with(b"\x1f\x8b") {
        return Form::Gzip;
    }
    if head.starts_with(b"\x28\xb5\x2f\xfd") {
        return Form::Zstd;
    }
    if head.starts_with(b":W&B") {
        return Form::Run;
    }
    if tfevents::is_event_file(head) {
        return Form::Events;
    }
    if head.starts_with(parquet::MAGIC) {
        return Form::Parquet;
    }
    if head.starts_with(arrow::MAGIC) || head.starts_with(arrow::MARK) {
        return Form::Arrow;
    }
    if let Some((_, what, remedy)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Form::Foreign { what, remedy };
    }
    if encoding::is_utf16(head) {
        return Form::Utf16;
    }
    if is_binary(head) {
        if name.ends_with(SUFFIX) {
            return Form::Safetensors;
        }
        return Form::Foreign { what: "not text, and no binary format that rebin knows", remedy: AS_ARRAYS };
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if matches!(text.first(), Some(b'{' | b'[')) || is_named_json(name) { Form::Json } else { Form::Table }
}

/// Looks at the end of what its beginning did not tell: there the readers of some formats look first.
pub(super) fn by_end(form: Form, tail: &[u8]) -> Form {
    match form {
        Form::Foreign { .. } if tail.ends_with(parquet::MAGIC) => Form::Parquet,
        Form::Foreign { .. } if tail.ends_with(arrow::MAGIC) => Form::Arrow,
        form => form,
    }
}

/// A length below 100 MB, then JSON.
fn is_safetensors(head: &[u8]) -> bool {
    let Some((length, rest)) = head.split_first_chunk() else { return false };
    rest.first() == Some(&b'{') && u64::from_le_bytes(*length) <= 100_000_000
}

/// Control characters make up a good part of it, or stand in what is not UTF-8 either.
fn is_binary(head: &[u8]) -> bool {
    let control = |b: &&u8| b.is_ascii_control() && !matches!(b, b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c' | b'\x1b');
    let controls = head.iter().filter(control).count();
    // A character that is cut by the end of what was looked at is no error.
    let utf8 = str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    controls * 3 > head.len() || (controls > 0 && !utf8)
}

fn is_named_json(name: &str) -> bool {
    let name = [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    [".json", ".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(head: &[u8]) -> &'static str {
        match detect("x", head) {
            Form::Foreign { what, .. } => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn content_decides() {
        assert_eq!(detect("x.csv", b"\x93NUMPY\x01\0"), Form::Npy);
        assert_eq!(detect("x.npy", b"PK\x05\x06\0\0"), Form::Zip);
        assert_eq!(detect("x.csv", b" \n{\"a\": 1}"), Form::Json);
        assert_eq!(detect("x.npy", b"\xef\xbb\xbf[1]"), Form::Json);
        assert_eq!(detect("x.json", b"\"a\",b\n1,2\n"), Form::Json, "the name decides where content does not");
        assert_eq!(detect("x", b"\"a\",b\n1,2\n"), Form::Table);
        assert_eq!(detect("x.npz", b""), Form::Empty);
        assert_eq!(detect("x", b"\x80\x02\0\0\0\0\0\0{\"a\": 1}"), Form::Safetensors, "not a pickle");
        assert_eq!(detect("x.safetensors", b"\x80\0\0\0"), Form::Safetensors, "cut short");
        assert_eq!(detect("x", b"\xff\xfe1\0"), Form::Utf16);
        assert_eq!(detect("x", b":W&B\xe1\xbe\0"), Form::Run);
        assert_eq!(detect("x", b"PAR1\x15\0"), Form::Parquet);
        assert_eq!(by_end(detect("x", b"\0\0\0\0\x15\0"), b"..PAR1"), Form::Parquet);
        assert_eq!(detect("x", b"ARROW1\0\0"), Form::Arrow);
        assert_eq!(detect("x", b"\xff\xff\xff\xff\x10\0\0\0"), Form::Arrow);
        assert_eq!(by_end(detect("x", b"\0\0\0\0\x15\0"), b"..ARROW1"), Form::Arrow);
        assert_eq!(by_end(detect("x", b"1,2\n"), b"PAR1"), Form::Table);
    }

    #[test]
    fn a_stray_zero_byte_is_still_text_and_noise_is_not() {
        assert_eq!(detect("x", b"x\n1\n\0\n2\n3\n"), Form::Table);
        assert_eq!(detect("x", b"caf\xe9,1\n"), Form::Table);
        assert_eq!(detect("x", "1 \u{e9}".as_bytes().split_last().unwrap().1), Form::Table);
        assert!(what(b"\x00\x00\x00\x00").starts_with("not text"));
        assert!(what(b"\x93NUM\x01\x80abc").starts_with("not text"));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(what(b"Obj\x01"), "an Avro file");
    }
}
