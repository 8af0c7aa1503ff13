//! gzip as its own program reads it: members one behind another, with zeros behind them, which fill blocks of tapes and
//! disks.

use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, BufReader, Read};

/// What is in all members.
pub(super) struct Gzip<R> {
    /// `None` behind the last one.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Gzip<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { member: Some(GzDecoder::new(BufReader::new(reader))) }
    }
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = self.member.as_mut().filter(|_| !room.is_empty()) {
            let got = member.read(room)?;
            if got > 0 {
                return Ok(got);
            }
            let more = is_more(member.get_mut())?;
            self.member = self.member.take().filter(|_| more).map(|ended| GzDecoder::new(ended.into_inner()));
        }
        Ok(0)
    }
}

/// Skips zeros, and tells whether anything else comes.
fn is_more(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let bytes = reader.fill_buf()?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros < bytes.len() || bytes.is_empty() {
            let more = !bytes.is_empty();
            reader.consume(zeros);
            return Ok(more);
        }
        reader.consume(zeros);
    }
}
