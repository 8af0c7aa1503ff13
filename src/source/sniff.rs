//! Decides whether a file in a directory is data: by its name, and otherwise by its first bytes.
//!
//! A file that the user names is always opened. In a directory, only files count that certainly hold histograms or
//! numbers, so that notes, code and settings are not opened as data.

use super::detect::{FileKind, detect};
use super::positioned_file::PositionedFile;
use crate::format::torch;
use crate::format::window::Window;
use memchr::memmem;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Class of a file in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Holds histograms or numbers.
    Data,
    /// May hold numbers, but is not opened for this reason.
    LeftOut(&'static str),
    /// Does not hold data: a text, code, a picture.
    Other,
}

const UNSUPPORTED: &str = "this format cannot be read yet";
const NO_CHECKPOINT: &str = "not a PyTorch checkpoint";
const NO_NUMBERS: &str = "no histograms or numbers";

/// Extensions of files that hold numbers.
const DATA: [&str; 16] = [
    "npy",
    "npz",
    "csv",
    "tsv",
    "parquet",
    "arrow",
    "arrows",
    "feather",
    "safetensors",
    "gguf",
    "onnx",
    "counts",
    "h5",
    "hdf5",
    "hdf",
    "keras",
];

/// Extensions of databases.
const DATABASES: [&str; 3] = ["db", "sqlite", "sqlite3"];

/// Extensions of files that hold numbers in formats that rebin does not read.
const UNREADABLE: [&str; 13] =
    ["pkl", "pickle", "joblib", "mat", "ggml", "msgpack", "tflite", "pb", "avro", "orc", "xz", "bz2", "7z"];

/// Extensions of PyTorch checkpoints, and of other files.
const CHECKPOINTS: [&str; 5] = ["pt", "pth", "ckpt", "bin", "tar"];

/// Extensions of texts that hold numbers or words.
const TEXTS: [&str; 4] = ["json", "txt", "dat", "tab"];
const LINES: [&str; 3] = ["jsonl", "ndjson", "jsonlines"];

/// Bytes at the start of a text that are checked.
const HEAD: u64 = 64 << 10;
/// Bytes at the start of a JSON text in which a histogram is searched.
const SEARCHED: u64 = 8 << 20;

/// Classifies a file.
pub(super) fn classify(name: &str, path: &Path) -> Class {
    if let Some(class) = by_name(name) {
        return class;
    }
    by_content(name, path).unwrap_or(Class::LeftOut("cannot be read"))
}

/// Classifies a file by its name; `None` if only the content can decide.
pub(super) fn by_name(name: &str) -> Option<Class> {
    let lower = name.to_ascii_lowercase();
    let plain = uncompressed(&lower);
    let extension = plain.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        _ if DATA.contains(&extension) || DATABASES.contains(&extension) => Some(Class::Data),
        _ if UNREADABLE.contains(&extension) => Some(Class::LeftOut(UNSUPPORTED)),
        _ if TEXTS.contains(&extension) || LINES.contains(&extension) => None,
        // An extension of its own, or none: perhaps data.
        _ if CHECKPOINTS.contains(&extension) => None,
        "distcp" => Some(Class::LeftOut("pieces of a distributed checkpoint without its .metadata")),
        "" | "data" | "raw" | "arr" | "ipc" | "log" | "zip" => None,
        _ => Some(Class::Other),
    }
}

fn by_content(name: &str, path: &Path) -> io::Result<Class> {
    let lower = name.to_ascii_lowercase();
    let plain = uncompressed(&lower);
    let file = File::open(path)?;
    let reader: Box<dyn Read> = match lower.strip_prefix(plain) {
        Some(".gz") => Box::new(flate2::read::MultiGzDecoder::new(file)),
        Some(".zst") => Box::new(zstd::Decoder::new(file)?),
        _ => Box::new(file),
    };
    let extension = plain.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut reader = reader.take(SEARCHED);
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head)?;
    let is_text = TEXTS.contains(&extension) || LINES.contains(&extension);
    Ok(match detect(name, &head) {
        FileKind::Json if LINES.contains(&extension) => {
            if_data(is_row_of_numbers(&head) || holds_histogram(head, reader)?)
        }
        FileKind::Json if is_text => if_data(is_array_of_numbers(&head) || holds_histogram(head, reader)?),
        FileKind::Table if extension == "json" || LINES.contains(&extension) => Class::LeftOut(NO_NUMBERS),
        FileKind::Table if is_text => if_data(is_table_of_numbers(&head)),
        FileKind::Zip if CHECKPOINTS.contains(&extension) && lower == plain => {
            let file = PositionedFile::open(path).map_err(|why| io::Error::other(why.to_string()))?;
            match torch::may_have_tensors(Window::whole(file)) {
                Some(true) => Class::Data,
                Some(false) => Class::LeftOut("checkpoints without tensors"),
                None => Class::LeftOut(NO_CHECKPOINT),
            }
        }
        FileKind::Zip | FileKind::Torch if CHECKPOINTS.contains(&extension) => Class::Data,
        _ if CHECKPOINTS.contains(&extension) => Class::LeftOut(NO_CHECKPOINT),
        FileKind::Distributed => Class::Other,
        FileKind::Json | FileKind::Table | FileKind::Utf16 | FileKind::Empty | FileKind::Unsupported { .. } => {
            Class::Other
        }
        FileKind::Zip if extension == "zip" => Class::LeftOut("archives are not searched"),
        _ => Class::Data,
    })
}

fn if_data(is_data: bool) -> Class {
    if is_data { Class::Data } else { Class::LeftOut(NO_NUMBERS) }
}

/// Returns a name without the extension of a compressed file.
fn uncompressed(name: &str) -> &str {
    [".gz", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

fn number_start(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'N' | b'I')
}

/// Returns true for an array whose first element is a number, or such an array.
fn is_array_of_numbers(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    let Some(mut rest) = text.strip_prefix(b"[") else { return false };
    loop {
        rest = rest.trim_ascii_start();
        match rest.split_first() {
            Some((b'[', more)) => rest = more,
            Some((first, _)) => return number_start(*first),
            None => return false,
        }
    }
}

/// Returns true if the text contains an object with a type that holds histograms or counts, or a histogram of UHI.
fn holds_histogram(mut window: Vec<u8>, mut reader: impl Read) -> io::Result<bool> {
    let (name, uhi) = (memmem::Finder::new(b"\"_type\""), memmem::Finder::new(b"\"uhi_schema\""));
    loop {
        if uhi.find_iter(&window).any(|at| window[at + 12..].trim_ascii_start().starts_with(b":")) {
            return Ok(true);
        }
        for at in name.find_iter(&window) {
            let rest = window[at + 7..].trim_ascii_start();
            let value = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
            let types: [&[u8]; 4] =
                [b"\"histogram\"", b"\"rebin-partial\"", b"\"joined-table\"", b"\"partitioned-table\""];
            if types.iter().any(|kind| value.starts_with(kind)) {
                return Ok(true);
            }
        }
        // Keeps the end, in which a type may be cut off.
        window.drain(..window.len().saturating_sub(64));
        let before = window.len();
        reader.by_ref().take(HEAD).read_to_end(&mut window)?;
        if window.len() == before {
            return Ok(false);
        }
    }
}

/// Returns true if the first line is a number, an array of numbers, or an object with at least as many numbers as texts.
fn is_row_of_numbers(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
    let line = line.unwrap_or_default();
    if line.first().is_some_and(|first| number_start(*first)) || is_array_of_numbers(line) {
        return true;
    }
    let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(line) else { return false };
    let numbers = members.values().filter(|value| value.is_number()).count();
    let texts = members.values().filter(|value| value.is_string()).count();
    numbers > 0 && numbers >= texts
}

/// Returns true if every complete line consists of numbers, apart from comments and one line of names.
fn is_table_of_numbers(text: &[u8]) -> bool {
    let complete = text.iter().rposition(|byte| *byte == b'\n').map_or(text, |end| &text[..end]);
    let lines = complete.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty() && !matches!(line[0], b'#' | b'%')).peekable();
    let is_separator = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|');
    let is_number = |cell: &[u8]| {
        let text = str::from_utf8(cell).unwrap_or_default();
        cell.is_empty() || text.parse::<f64>().is_ok()
    };
    let is_row = |line: &[u8]| line.split(is_separator).all(is_number);
    // The first line may contain names, but a text of one line is a table only if it is a row.
    let first = lines.next().is_some_and(is_row);
    (first || lines.peek().is_some()) && lines.all(is_row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn class(name: &str, text: impl AsRef<[u8]>) -> Class {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        classify(name, &path)
    }

    #[test]
    fn json_counts_only_with_histograms_or_numbers() {
        let left_out = Class::LeftOut(NO_NUMBERS);
        let histogram = r#"{"w": {"_type" : "histogram", "values": [1], "bins": [0, 1]}}"#;
        assert_eq!(class("h.json", histogram), Class::Data);
        assert_eq!(class("a.json", " [[1, 2], [3]]"), Class::Data);
        assert_eq!(class("config.json", r#"{"hidden_size": 64, "layers": [1, 2]}"#), left_out);
        assert_eq!(class("list.json", r#"["a", 1]"#), left_out);
        assert_eq!(class("vocab.json", r#"{"_type": 1, "\"histogram\"": 5}"#), left_out);
        let far = format!("{{\"x\": \"{}\", \"h\": {histogram}}}", "y".repeat(300_000));
        assert_eq!(class("far.json", far), Class::Data);
        for cut in 65_500..65_560 {
            assert_eq!(class("h.json", format!("{{\"x\": \"{}\", \"h\": {histogram}}}", "y".repeat(cut))), Class::Data);
        }
    }

    #[test]
    fn lines_count_if_they_are_mostly_numbers() {
        assert_eq!(class("m.jsonl", "{\"step\": 1, \"loss\": 0.5}\n"), Class::Data);
        assert_eq!(
            class("chat.jsonl", "{\"id\": 1, \"prompt\": \"a\", \"answer\": \"b\"}\n"),
            Class::LeftOut(NO_NUMBERS)
        );
    }

    #[test]
    fn texts_count_if_they_are_tables_of_numbers() {
        assert_eq!(class("x.txt", "# time value\n1 2\n3 4e5\n"), Class::Data);
        assert_eq!(class("x.dat", "a,b\n1,nan\n"), Class::Data);
        assert_eq!(class("requirements.txt", "numpy==2\nwandb\n"), Class::LeftOut(NO_NUMBERS));
        assert_eq!(class("words.txt", "hello\n"), Class::LeftOut(NO_NUMBERS));
    }

    #[test]
    fn other_files_are_recognized_by_name_or_magic_bytes() {
        assert_eq!(class("README.md", "1 2 3"), Class::Other);
        assert_eq!(class("train.py", "[1, 2]"), Class::Other);
        assert_eq!(class("LICENSE", "text"), Class::Other);
        assert_eq!(class("weights", b"\x93NUMPY\x01\0"), Class::Data);
        assert_eq!(class("x.npy", ""), Class::Data);
        assert_eq!(class("truncated.pt", b"PK\x03\x04\x14\0"), Class::Data, "opening it names the damage");
        assert_eq!(class("model.pt", "PK"), Class::LeftOut(NO_CHECKPOINT));
        assert_eq!(class("model.pth.tar", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."), Class::Data);
        assert_eq!(class("model.bin", b"\x80\x02\x8a"), Class::LeftOut(NO_CHECKPOINT));
        assert_eq!(class("x.csv.gz", ""), Class::Data);
    }
}
