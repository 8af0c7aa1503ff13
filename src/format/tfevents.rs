//! TensorBoard event files: the histograms of `tf.summary.histogram`, torch, tensorboardX and TensorFlow 1.
//!
//! Opening reads every event once and keeps, for each histogram, only the place of its event. The files of one run are
//! one stream, in the order of their names. Not here: files, and which of them belong together (`source`).

mod buckets;
mod event;
mod framing;
mod proto;
mod tensor;

use super::protobuf::Malformed;
use super::series::{Row, SeriesIndex, SeriesTable};
use super::{DecodeError, Problems};
use crate::error::{At, Problem};
use crate::hist::Numbers;
use crate::wandb;
use event::Kind;
use framing::Framer;
pub use framing::starts_with_record as is_event_file;
use prost::Message;
use proto::{HistogramProto, TensorProto};
use std::collections::HashSet;

/// What the event files of a run hold, as far as they have been read.
#[derive(Debug, Clone, Default)]
pub struct Index {
    files: Vec<File>,
    table: SeriesTable,
    /// Tags whose tensors are histograms: only a tag's first value says so.
    tensors: HashSet<Vec<u8>>,
}

/// One file of the stream.
#[derive(Debug, Clone, Default)]
struct File {
    framer: Framer,
    /// Problems of events; those of the framing are the framer's.
    problems: Problems,
    tail: Option<Problem>,
}

impl Index {
    /// Opens the next file of the stream, given its first bytes, and returns its number.
    ///
    /// # Errors
    /// A sentence that says why this is no event file. An empty one is: its writer has not flushed yet.
    pub fn start(&mut self, first: &[u8]) -> Result<u32, DecodeError> {
        if !first.is_empty() && !is_event_file(first) {
            return Err(DecodeError::new("it is not a TensorBoard event file: it does not begin with a record"));
        }
        self.files.push(File::default());
        Ok(self.files.len() as u32 - 1)
    }

    /// Byte offset in a file of the window that is wanted next.
    pub fn offset(&self, file: u32) -> u64 {
        self.files.get(file as usize).map_or(0, |file| file.framer.offset())
    }

    /// Takes a window of a file that begins at [`Index::offset`] and returns how many of its bytes are done with. The
    /// others are wanted again with more behind them.
    pub fn extend(&mut self, number: u32, window: &[u8]) -> usize {
        let Self { files, table, tensors } = self;
        let Some(File { framer, problems, tail }) = files.get_mut(number as usize) else { return window.len() };
        *tail = None;
        framer.feed(window, &mut |record| {
            let row = Row { at: record.at, len: record.len as u32, file: number };
            match event::enter(record.data, row, table, tensors) {
                Ok(event::Entered { purged: 0, again: false }) => {}
                Ok(event::Entered { purged: 0, .. }) => {
                    problems.at(record.at, "a tag of this event holds more than one histogram; the last counts");
                }
                Ok(event::Entered { purged, .. }) => {
                    problems.at(record.at, format!("the writer started again here; histograms it replaces: {purged}"));
                }
                Err(Malformed) => problems.at(record.at, "this record is not an event"),
            }
        })
    }

    /// Notes where a file ends inside a record, given the bytes that [`Index::extend`] did not use.
    pub fn end(&mut self, file: u32, rest: &[u8]) {
        if let Some(file) = self.files.get_mut(file as usize) {
            let torn = file.framer.torn(rest);
            let message = "the file ends inside this record; it is read once it is complete";
            file.tail = torn.map(|at| Problem::unfinished(At::Byte(at), message));
        }
    }

    /// One series for each tag.
    pub fn series(&self) -> &[SeriesIndex] {
        self.table.series()
    }

    /// Everything in a file that could not be taken as it stands; an unfinished end is the last of them.
    pub fn problems(&self, file: u32) -> Vec<Problem> {
        let Some(file) = self.files.get(file as usize) else { return Vec::new() };
        let mut all = file.framer.problems().to_vec();
        all.extend(file.problems.to_vec());
        all.extend(file.tail.clone());
        all
    }
}

/// The histogram of one event, from the bytes of the file that the event takes.
///
/// # Errors
/// A sentence on what is wrong with it.
pub fn decode(row: Row, bytes: &[u8], path: &[String]) -> Result<wandb::Histogram, DecodeError> {
    let mut value = None;
    let tag = path.first().map_or("", String::as_str);
    Framer::resume(row.at).feed(bytes, &mut |record| value = event::find(record.data, tag).map(Kind::to_bins));
    let bins = value.ok_or_else(|| DecodeError::new("the event is not there any more: the file was changed"))?;
    let (edges, counts) = bins.map_err(DecodeError::new)?;
    wandb::Histogram::from_log(Numbers::whole(counts), Numbers::floats(edges))
        .map_err(|why| DecodeError::new(why.to_string()))
}

impl Kind<'_> {
    fn to_bins(self) -> Result<buckets::Bins, String> {
        match self {
            Self::Histo(message) => buckets::of_histo(HistogramProto::decode(message).map_err(|why| why.to_string())?),
            Self::Tensor(message) => buckets::of_tensor(&TensorProto::decode(message).map_err(|why| why.to_string())?),
        }
    }
}
