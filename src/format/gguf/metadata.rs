//! The part of a file before the tensors' data, read value by value.

use crate::engine::Reservation;
use crate::format::{DecodeError, fill};
use std::borrow::Cow;
use std::io::{self, Read};

/// Longest text of a metadata value to show, in bytes.
const MAX_SHOWN: usize = 200;
/// Deepest nesting of arrays in the metadata.
const MAX_DEPTH: usize = 32;
/// Longest name of a tensor or key, in bytes.
const MAX_NAME: usize = 65_535;

/// First items of an array to show.
const MAX_ITEMS: u64 = 8;

/// The number of the type of an unsigned integer of 32 bits.
const U32: u32 = 4;
/// The number of the type of a text.
const TEXT: u32 = 8;
/// The number of the type of an array.
const ARRAY: u32 = 9;

/// Reads numbers and texts from the start of a file, never past its end.
pub(super) struct Input<'a, R> {
    reader: R,
    /// Bytes read.
    pub(super) at: u64,
    file_len: u64,
    pub(super) held: &'a Reservation,
    /// The reason why the last texts are not shown as they are in the file.
    changed: Option<&'static str>,
}

/// A metadata value.
pub(super) enum Value {
    /// An unsigned integer of 32 bits, the type of most settings.
    U32(u32),
    /// The text of any other value, shortened.
    Shown(String),
}

impl Value {
    pub(super) fn text(self) -> String {
        match self {
            Self::U32(n) => n.to_string(),
            Self::Shown(text) => text,
        }
    }
}

impl<'a, R: Read> Input<'a, R> {
    pub(super) fn new(reader: R, file_len: u64, held: &'a Reservation) -> Self {
        Self { reader, at: 0, file_len, held, changed: None }
    }

    /// Returns the reason why texts since the last call are not shown as they are in the file, if there is one.
    pub(super) fn take_changed(&mut self) -> Option<&'static str> {
        self.changed.take()
    }

    /// Number of bytes that follow.
    pub(super) fn left(&self) -> u64 {
        self.file_len.saturating_sub(self.at)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        if fill(&mut self.reader, &mut bytes)? < N {
            return Err(self.truncated());
        }
        self.at += N as u64;
        Ok(bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.bytes().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, DecodeError> {
        self.bytes().map(u64::from_le_bytes)
    }

    fn truncated(&self) -> DecodeError {
        DecodeError::new(format!(
            "truncated GGUF header: the file ends at byte {}; it was not fully written",
            self.file_len
        ))
    }

    fn damaged(&self, why: &str) -> DecodeError {
        DecodeError::new(format!("damaged GGUF header at byte {}: {why}", self.at))
    }

    /// Reads the name of a tensor or a key. One that is too long is shortened.
    pub(super) fn name(&mut self) -> Result<String, DecodeError> {
        self.text(MAX_NAME)
    }

    /// Reads a text. One that is longer than `most` bytes is shortened and ends with an ellipsis. Bytes that are not UTF-8
    /// become replacement characters.
    fn text(&mut self, most: usize) -> Result<String, DecodeError> {
        let len = self.u64()?;
        if len > self.left() {
            return Err(self.damaged(&format!("a text of {len} bytes is longer than the file")));
        }
        let kept = usize::try_from(len).unwrap_or(usize::MAX).min(most);
        self.held.grow(kept as u64)?;
        let mut bytes = vec![0; kept];
        if fill(&mut self.reader, &mut bytes)? < kept {
            return Err(self.truncated());
        }
        self.at += kept as u64;
        self.skip(len - kept as u64)?;
        let text = String::from_utf8_lossy(&bytes);
        if kept as u64 != len && most == MAX_NAME {
            self.changed = Some("the name is shortened, since GGUF allows at most 65,535 bytes");
        } else if kept as u64 == len && matches!(text, Cow::Owned(_)) {
            self.changed = Some("the text is not UTF-8; replacement characters mark the faulty bytes");
        }
        if kept as u64 == len { Ok(text.into_owned()) } else { Ok(format!("{}…", text.trim_end_matches('\u{fffd}'))) }
    }

    fn skip(&mut self, n: u64) -> Result<(), DecodeError> {
        let skipped = io::copy(&mut self.reader.by_ref().take(n), &mut io::sink())?;
        self.at += skipped;
        if skipped < n { Err(self.truncated()) } else { Ok(()) }
    }

    /// Reads the type and the value of a metadata entry.
    pub(super) fn value(&mut self) -> Result<Value, DecodeError> {
        Ok(match self.u32()? {
            U32 => Value::U32(self.u32()?),
            ARRAY => Value::Shown(self.array()?),
            kind => Value::Shown(self.scalar(kind)?),
        })
    }

    /// Reads a number or a text.
    fn scalar(&mut self, kind: u32) -> Result<String, DecodeError> {
        Ok(match kind {
            0 => self.bytes::<1>()?[0].to_string(),
            1 => i8::from_le_bytes(self.bytes()?).to_string(),
            2 => u16::from_le_bytes(self.bytes()?).to_string(),
            3 => i16::from_le_bytes(self.bytes()?).to_string(),
            U32 => self.u32()?.to_string(),
            5 => i32::from_le_bytes(self.bytes()?).to_string(),
            6 => f32::from_le_bytes(self.bytes()?).to_string(),
            7 => (self.bytes::<1>()?[0] != 0).to_string(),
            TEXT => self.text(MAX_SHOWN)?,
            10 => self.u64()?.to_string(),
            11 => i64::from_le_bytes(self.bytes()?).to_string(),
            12 => f64::from_le_bytes(self.bytes()?).to_string(),
            unknown => return Err(self.damaged(&format!("unknown type {unknown} of a metadata value"))),
        })
    }

    /// Reads an array. Returns its first items, or a description if they are arrays.
    fn array(&mut self) -> Result<String, DecodeError> {
        let (kind, n) = (self.u32()?, self.u64()?);
        if kind == ARRAY {
            self.skip_items(kind, n)?;
            return Ok(format!("{n} arrays"));
        }
        if kind != TEXT {
            self.size_of(kind, n)?;
        }
        let mut items = Vec::new();
        while (items.len() as u64) < n.min(MAX_ITEMS) {
            let item = self.scalar(kind)?;
            items.push(if kind == TEXT { format!("{item:?}") } else { item });
        }
        let rest = n - items.len() as u64;
        self.skip_items(kind, rest)?;
        let more = if rest > 0 { format!(", … {n} items") } else { String::new() };
        Ok(format!("[{}{more}]", items.join(", ")))
    }

    /// Returns the bytes of `n` numbers, which must be in the file.
    fn size_of(&self, kind: u32, n: u64) -> Result<u64, DecodeError> {
        let size = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            unknown => return Err(self.damaged(&format!("unknown type {unknown} of array items"))),
        };
        let bytes = n.checked_mul(size).filter(|bytes| *bytes <= self.left());
        bytes.ok_or_else(|| self.damaged(&format!("an array of {n} items is longer than the file")))
    }

    /// Skips items of an array, which may be arrays.
    fn skip_items(&mut self, kind: u32, n: u64) -> Result<(), DecodeError> {
        // Arrays with items left to skip.
        let mut open = vec![(kind, n)];
        while let Some((kind, n)) = open.pop() {
            match kind {
                _ if n == 0 => {}
                TEXT => {
                    let len = self.u64()?;
                    if len > self.left() {
                        return Err(self.damaged(&format!("a text of {len} bytes is longer than the file")));
                    }
                    self.skip(len)?;
                    open.push((kind, n - 1));
                }
                ARRAY if open.len() == MAX_DEPTH => return Err(self.damaged("arrays are nested too deeply")),
                ARRAY => {
                    open.push((kind, n - 1));
                    let inner = (self.u32()?, self.u64()?);
                    open.push(inner);
                }
                _ => {
                    let bytes = self.size_of(kind, n)?;
                    self.skip(bytes)?;
                }
            }
        }
        Ok(())
    }
}
