//! TensorBoard event files: the histograms of `tf.summary.histogram`, torch, tensorboardX and TensorFlow 1.
//!
//! Opening reads every event once, and stores only the location of each histogram. The files of one run, in the order of
//! their names, are one stream. Not here: files, and the decision which of them belong together (`source`).

mod event;
mod framing;
mod histogram;
mod scalars;

use super::protobuf::Malformed;
use super::series::{EntryKind, RecordSpan, SeriesIndex, SeriesMap};
use super::{DecodeError, Problems, lfs};
use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::hist::Numbers;
use crate::text::plural;
use crate::wandb;
use event::Indexed;
pub use framing::starts_with_record as is_event_file;
pub use framing::{Framer, Record};
pub(super) use histogram::Buckets;
pub use histogram::Totals;
pub use scalars::ScalarReader;
use std::collections::{HashMap, HashSet};

/// The index of the event files of a run, up to the bytes that were read so far.
#[derive(Debug, Clone, Default)]
pub struct Index {
    files: Vec<EventFile>,
    map: SeriesMap,
    /// Tags whose tensors are histograms. Only the first value of a tag contains this information.
    tensor_tags: HashSet<Vec<u8>>,
    memory: Budget,
}

/// One file of the stream.
#[derive(Debug, Clone, Default)]
struct EventFile {
    framer: Framer,
    /// Problems of events. The framer has those of the framing.
    problems: Problems,
    tail: Option<Problem>,
}

impl Index {
    /// Creates an empty index within a memory budget.
    pub fn within(memory: &Budget) -> Self {
        Self { map: SeriesMap::within(memory.clone()), memory: memory.clone(), ..Self::default() }
    }

    /// Adds the next file of the stream, given its first bytes, and returns its number.
    ///
    /// # Errors
    /// It is not an event file. An empty file is one that has not been flushed yet.
    pub fn start(&mut self, first: &[u8]) -> Result<u32, DecodeError> {
        if lfs::starts_with_pointer(first) {
            return Err(DecodeError::new(lfs::message()));
        }
        if !first.is_empty() && !is_event_file(first) {
            return Err(DecodeError::new("not a TensorBoard event file: it does not start with a record"));
        }
        self.files.push(EventFile::default());
        Ok(self.files.len() as u32 - 1)
    }

    /// Returns the byte offset in a file at which the next window must start.
    pub fn offset(&self, file: u32) -> u64 {
        self.files.get(file as usize).map_or(0, |file| file.framer.offset())
    }

    /// Indexes a window of a file that starts at [`Index::offset`]. Returns the number of bytes used. The next window must
    /// start with the unused bytes.
    ///
    /// # Errors
    /// The index exceeds the memory budget.
    pub fn extend(&mut self, number: u32, window: &[u8]) -> Result<usize, DecodeError> {
        let Self { files, map, tensor_tags, memory } = self;
        let Some(EventFile { framer, problems, tail }) = files.get_mut(number as usize) else {
            return Ok(window.len());
        };
        *tail = None;
        let used = framer.feed(window, &mut |record| {
            let span = RecordSpan { at: record.at, len: record.len as u32, file: number };
            match event::index(record.data, span, map, tensor_tags, memory) {
                Ok(Indexed { purged, has_duplicates, mismatches }) => {
                    if purged > 0 {
                        let purged = plural(purged as u64, "earlier histogram");
                        problems.at(record.at, format!("the writer restarted here and replaced {purged}"));
                    } else if has_duplicates {
                        let why = "two histograms of this event have the same tag; rebin reads the last one";
                        problems.at(record.at, why);
                    }
                    for mismatch in mismatches {
                        problems.push(Problem { has_finding: true, ..Problem::new(At::Byte(record.at), mismatch) });
                    }
                }
                Err(Malformed) => problems.at(record.at, "this record is not an event"),
            }
        });
        memory.check()?;
        Ok(used)
    }

    /// Reports a file that ends inside a record, given the bytes that [`Index::extend`] did not use.
    pub fn end(&mut self, file: u32, rest: &[u8]) {
        if let Some(file) = self.files.get_mut(file as usize) {
            let torn = file.framer.torn(rest);
            let message = "the file ends inside this record; rebin reads it when it is complete";
            file.tail = torn.map(|at| Problem::unfinished(At::Byte(at), message));
        }
    }

    /// Calls `each` with the series, the edges and counts, and the stated totals of every histogram of an event. A pass over
    /// a whole log thus reads each event once.
    ///
    /// # Errors
    /// The record is not an event.
    pub fn values(&self, event: &[u8], memory: &Budget, each: &mut EachHistogram<'_>) -> Result<(), DecodeError> {
        event::values(event, &mut |value| {
            let Some(message) = value.message else { return };
            let Some(series) = self.map.find(EntryKind::Histogram, [value.tag].into_iter()) else { return };
            match message.decode(memory) {
                Ok(Buckets { edges, counts }) => each(series, Ok((&edges, &counts)), message.totals()),
                Err(why) => each(series, Err(why), None),
            }
        })
        .map_err(|Malformed| DecodeError::new("this record is not an event"))
    }

    /// Returns one series for each tag.
    pub fn series(&self) -> &[SeriesIndex] {
        self.map.series()
    }

    /// Returns all problems of a file. The last one may be an unfinished record.
    pub fn problems(&self, file: u32) -> Vec<Problem> {
        let Some(file) = self.files.get(file as usize) else { return Vec::new() };
        let mut all = file.framer.problems().to_vec();
        all.extend(file.problems.to_vec());
        all.extend(file.tail.clone());
        all
    }
}

/// Edges and counts, or the reason why they cannot be decoded.
type Bins<'b> = Result<(&'b [f64], &'b [f64]), String>;

/// Callback with the series, the bins, and the stated totals of a histogram.
pub type EachHistogram<'f> = dyn FnMut(usize, Bins<'_>, Option<Totals>) + 'f;

/// The last histogram or tensor of each tag of an event, which may contain those of all series.
#[derive(Debug, Default)]
pub struct Event(HashMap<String, (event::Version, Vec<u8>)>);

impl Event {
    /// Indexes an event, given the bytes of its record.
    ///
    /// # Errors
    /// The record has changed, is malformed, or exceeds the memory budget.
    pub fn of(record: RecordSpan, bytes: &[u8], memory: &Budget) -> Result<Self, DecodeError> {
        let mut found = None;
        Framer::resume(record.at).feed(bytes, &mut |record| found = Some(event::by_tag(record.data, memory)));
        memory.check()?;
        let found = found.ok_or_else(|| DecodeError::new("the file has changed: the event is not there any more"))?;
        found.map(Self).map_err(|Malformed| DecodeError::new("the record is malformed"))
    }

    /// Decodes the histogram of a series.
    ///
    /// # Errors
    /// It does not exist, is malformed, or exceeds the memory budget.
    pub fn histogram(&self, path: &[String], memory: &Budget) -> Result<wandb::Histogram, DecodeError> {
        let tag = path.first().map_or("", String::as_str);
        let (version, message) =
            self.0.get(tag).ok_or_else(|| DecodeError::new("the record does not contain this histogram"))?;
        histogram(version.message(message).decode(memory))
    }
}

/// Decodes the histogram of one event, given the bytes of its record.
///
/// # Errors
/// The record has changed, or is malformed.
pub fn decode(
    record: RecordSpan,
    bytes: &[u8],
    path: &[String],
    memory: &Budget,
) -> Result<wandb::Histogram, DecodeError> {
    let mut decoded = None;
    let tag = path.first().map_or("", String::as_str);
    Framer::resume(record.at)
        .feed(bytes, &mut |record| decoded = event::find(record.data, tag).map(|message| message.decode(memory)));
    let decoded = decoded.ok_or_else(|| DecodeError::new("the file has changed: the event is not there any more"))?;
    histogram(decoded)
}

fn histogram(decoded: Result<Buckets, String>) -> Result<wandb::Histogram, DecodeError> {
    let Buckets { edges, counts } = decoded.map_err(DecodeError::new)?;
    wandb::Histogram::from_log(Numbers::whole(counts), Numbers::floats(edges))
        .map_err(|why| DecodeError::new(why.to_string()))
}
