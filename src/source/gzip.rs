//! gzip as its own program reads it: members one behind another, with zeros behind them, which fill blocks of tapes and
//! disks. Anything else behind them is left out.

use super::unpacked::{Ending, Odd};
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// The first byte of a member.
const MAGIC: u8 = 0x1f;

/// What is in all members.
pub(super) struct Gzip<R> {
    /// `None` behind the last one.
    member: Option<GzDecoder<BufReader<R>>>,
    ending: Ending,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(reader: R, ending: Ending) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::new(reader))), ending }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = self.member.as_mut().filter(|_| !room.is_empty()) {
            let got = member.read(room)?;
            if got > 0 {
                return Ok(got);
            }
            let next = next(member.get_mut())?;
            if next.is_some_and(|byte| byte != MAGIC) {
                self.ending.note(Odd::Behind);
            }
            let more = next == Some(MAGIC);
            self.member = self.member.take().filter(|_| more).map(|ended| GzDecoder::new(ended.into_inner()));
        }
        Ok(0)
    }
}

/// Skips zeros, and tells what comes behind them.
fn next(reader: &mut impl BufRead) -> io::Result<Option<u8>> {
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
