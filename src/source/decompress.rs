//! Decompression that keeps everything decoded before an error.
//!
//! Truncated data is read up to its end, and data followed by something else up to there. Both are reported as a problem.

use crate::error::{At, Problem};
use flate2::bufread::GzDecoder;
use memchr::{memchr_iter, memrchr};
use std::cell::Cell;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::rc::Rc;

/// First byte of a gzip member.
const GZIP_MAGIC: u8 = 0x1f;

/// End of a compressed stream, known once it was read. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Ending(Rc<Cell<Option<Irregularity>>>);

/// Irregular end of a compressed stream.
#[derive(Clone, Copy)]
enum Irregularity {
    Truncated,
    /// The stream is followed by data that is not compressed.
    TrailingData,
}

impl Ending {
    fn set(&self, irregularity: Irregularity) {
        self.0.set(Some(irregularity));
    }

    /// Returns the problem of an irregular end. Removes an incomplete last row if the text consists of `rows`.
    pub(super) fn problems(&self, text: &mut Vec<u8>, rows: bool) -> Vec<Problem> {
        let problem = match self.0.take() {
            None => return Vec::new(),
            Some(Irregularity::TrailingData) => {
                Problem::new(At::Whole, "ignored trailing data after the compressed stream")
            }
            Some(Irregularity::Truncated) => {
                if rows {
                    text.truncate(memrchr(b'\n', text).map_or(0, |end| end + 1));
                }
                let line = 1 + memchr_iter(b'\n', text).count() as u64;
                Problem::new(At::Line(line), "compressed data is truncated; everything before this line was read")
            }
        };
        vec![problem]
    }
}

/// Decoder that ends at an irregularity after the first byte, instead of failing.
pub(super) struct Decompressed<R> {
    decoder: R,
    ending: Ending,
    any: bool,
}

impl<R: Read> Decompressed<R> {
    pub(super) fn new(decoder: R, ending: Ending) -> Self {
        Self { decoder, ending, any: false }
    }
}

impl<R: Read> Read for Decompressed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let irregularity = match self.decoder.read(buffer) {
            Ok(got) => {
                self.any |= got > 0;
                return Ok(got);
            }
            Err(error) if self.any && error.kind() == ErrorKind::UnexpectedEof => Irregularity::Truncated,
            // zstd's message if the data after a frame is not another frame.
            Err(error) if self.any && error.to_string().contains("Unknown frame descriptor") => {
                Irregularity::TrailingData
            }
            // zstd's message for a window above the maximum.
            Err(error) if error.to_string().contains("too much memory") => {
                let why = "the window of the compressed data needs more than the memory limit; raise it with --memory";
                return Err(io::Error::other(why));
            }
            Err(error) => return Err(error),
        };
        self.ending.set(irregularity);
        Ok(0)
    }
}

/// gzip decoder that works like the gzip program: reads all members, and skips zeros after a member, which pad blocks of
/// tapes and disks. Any other data after a member is trailing data.
pub(super) struct MultiGzip<R> {
    /// `None` after the last member.
    member: Option<GzDecoder<BufReader<R>>>,
    ending: Ending,
}

impl<R: Read> MultiGzip<R> {
    pub(super) fn new(reader: R, ending: Ending) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::new(reader))), ending }
    }
}

impl<R: Read> Read for MultiGzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = self.member.as_mut().filter(|_| !buffer.is_empty()) {
            let got = member.read(buffer)?;
            if got > 0 {
                return Ok(got);
            }
            let next = skip_zeros(member.get_mut())?;
            if next.is_some_and(|byte| byte != GZIP_MAGIC) {
                self.ending.set(Irregularity::TrailingData);
            }
            let more = next == Some(GZIP_MAGIC);
            self.member = self.member.take().filter(|_| more).map(|ended| GzDecoder::new(ended.into_inner()));
        }
        Ok(0)
    }
}

/// Skips zeros and returns the next byte without consuming it.
fn skip_zeros(reader: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let bytes = reader.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros < bytes.len() || bytes.is_empty() {
            let next = bytes.get(zeros).copied();
            reader.consume(zeros);
            return Ok(next);
        }
        reader.consume(zeros);
    }
}
