//! What comes out of compressed data, as far as it goes: data that are cut short, or have something else behind them, are
//! read up to there, and that is told.

use crate::error::{At, Problem};
use memchr::{memchr_iter, memrchr};
use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;

/// How compressed data ended, once they were read.
#[derive(Clone, Default)]
pub(super) struct Ending(Rc<Cell<Option<Odd>>>);

/// What is odd about an end.
#[derive(Clone, Copy)]
pub(super) enum Odd {
    /// It comes too early.
    Cut,
    /// Something that is not compressed stands behind it.
    Behind,
}

impl Ending {
    pub(super) fn note(&self, odd: Odd) {
        self.0.set(Some(odd));
    }

    /// What is to be told of a text that came out. Of rows that are cut, the last whole one is the last.
    pub(super) fn problems(&self, text: &mut Vec<u8>, rows: bool) -> Vec<Problem> {
        let problem = match self.0.take() {
            None => return Vec::new(),
            Some(Odd::Behind) => {
                Problem::new(At::Whole, "what stands behind the compressed data is no part of them, and is left out")
            }
            Some(Odd::Cut) => {
                if rows {
                    text.truncate(memrchr(b'\n', text).map_or(0, |end| end + 1));
                }
                let line = 1 + memchr_iter(b'\n', text).count() as u64;
                Problem::new(At::Line(line), "the compressed data end too early; what stands before this line was read")
            }
        };
        vec![problem]
    }
}

/// What a decoder makes of compressed data.
pub(super) struct Unpacked<R> {
    decoder: R,
    ending: Ending,
    any: bool,
}

impl<R: Read> Unpacked<R> {
    pub(super) fn new(decoder: R, ending: Ending) -> Self {
        Self { decoder, ending, any: false }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let odd = match self.decoder.read(room) {
            Ok(got) => {
                self.any |= got > 0;
                return Ok(got);
            }
            Err(error) if self.any && error.kind() == ErrorKind::UnexpectedEof => Odd::Cut,
            // As zstd says that no other frame begins.
            Err(error) if self.any && error.to_string().contains("Unknown frame descriptor") => Odd::Behind,
            Err(error) => return Err(error),
        };
        self.ending.note(odd);
        Ok(0)
    }
}
