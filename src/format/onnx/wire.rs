//! Protobuf's wire format, read by position: the bytes of a field are located, and not copied.

use crate::format::{DecodeError, fill};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// Value of one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    /// Location of a string, bytes, a message or packed numbers.
    Bytes(Range<u64>),
}

/// Reader of a message, with its position in the file.
#[derive(Debug)]
pub(super) struct Wire<R> {
    input: R,
    at: u64,
}

impl<R: Read> Wire<R> {
    /// Creates a reader whose input is at byte `at` of the file.
    pub(super) fn new(input: R, at: u64) -> Self {
        Self { input, at }
    }

    /// Fills `bytes`, which must end before `end`.
    pub(super) fn read(&mut self, bytes: &mut [u8], end: u64) -> Result<(), DecodeError> {
        if self.at.checked_add(bytes.len() as u64).is_none_or(|to| to > end)
            || fill(&mut self.input, bytes)? < bytes.len()
        {
            return Err(self.malformed());
        }
        self.at += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn varint(&mut self, end: u64) -> Result<u64, DecodeError> {
        let mut value = 0;
        for i in 0..10 {
            let [byte] = self.array(end)?;
            value |= u64::from(byte & 0x7f) << (7 * i);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.malformed())
    }

    pub(super) fn array<const N: usize>(&mut self, end: u64) -> Result<[u8; N], DecodeError> {
        let mut bytes = [0; N];
        self.read(&mut bytes, end).map(|()| bytes)
    }

    /// Reads the next field of a message: its number and value. Returns `None` at the end of the message. The reader stays
    /// before the bytes of [`Value::Bytes`].
    pub(super) fn field(&mut self, end: u64) -> Result<Option<(u64, Value)>, DecodeError> {
        if self.at >= end {
            return Ok(None);
        }
        let key = self.varint(end)?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint(end)?),
            1 => Value::Fixed64(u64::from_le_bytes(self.array(end)?)),
            2 => {
                let len = self.varint(end)?;
                let to = self.at.checked_add(len).filter(|to| *to <= end);
                Value::Bytes(self.at..to.ok_or_else(|| self.malformed())?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(self.array(end)?)),
            _ => return Err(self.malformed()),
        };
        Ok(Some((key >> 3, value)))
    }

    /// Reads up to a byte of the file, and ignores what it reads.
    pub(super) fn skip_to(&mut self, at: u64) -> Result<(), DecodeError> {
        let skipped = io::copy(&mut self.input.by_ref().take(at - self.at), &mut io::sink())?;
        self.at += skipped;
        if self.at < at { Err(self.malformed()) } else { Ok(()) }
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    fn malformed(&self) -> DecodeError {
        DecodeError::new(format!("damaged or truncated protobuf message at byte {}", self.at))
    }
}

impl<R: Read + Seek> Wire<R> {
    /// Moves to a byte of the file.
    pub(super) fn seek(&mut self, at: u64) -> Result<(), DecodeError> {
        if at != self.at {
            self.input.seek(SeekFrom::Start(at))?;
            self.at = at;
        }
        Ok(())
    }
}
