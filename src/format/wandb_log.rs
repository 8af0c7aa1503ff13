//! The transaction log of a W&B run, `run-ID.wandb`.
//!
//! Opening reads every record once, and stores only the location of each row with histograms. Bins and counts are decoded
//! on request. Not here: files (the caller passes windows of bytes), and the `wandb-history.jsonl` of old SDKs.

mod framing;
mod history;
mod lists;
mod row;
mod run;
mod scalars;
mod values;

use super::column::Column;
use super::protobuf::{Fields, Malformed, Value};
use super::series::{RecordSpan, SeriesIndex, SeriesMap};
use super::{DecodeError, Problems, json_scan};
use crate::engine::Budget;
use crate::error::{At, Problem};
use crate::wandb;
pub use framing::{BLOCK, Framer, Record, Resume};
use history::{StepFrom, SummaryHistograms};
use lists::ListsWithoutNumbers;
pub use row::Row;
pub use run::{RunInfo, RunState};
pub use scalars::ScalarReader;
pub use values::{EntryValue, ValueBuffers};

/// The index of a log, up to the bytes that were read so far. A clone can read on, and costs little compared to reading.
#[derive(Debug, Clone)]
pub struct Index {
    framer: Framer,
    contents: LogContents,
    /// Problems of records. The framer has those of the framing.
    problems: Problems,
    tail: Option<Problem>,
    memory: Budget,
}

/// The information in the records.
#[derive(Debug, Clone)]
struct LogContents {
    run: RunInfo,
    map: SeriesMap,
    summary: SummaryHistograms,
    without_numbers: ListsWithoutNumbers,
    /// Number of history records.
    rows: u64,
    memory: Budget,
}

impl Index {
    /// Creates an empty index within a memory budget for a file, given all of its bytes or at least the first [`Framer::PROBE`].
    ///
    /// # Errors
    /// The file is not a W&B log.
    pub fn start(first: &[u8], memory: &Budget) -> Result<Self, DecodeError> {
        Ok(Self {
            framer: Framer::start(first)?.within(memory),
            contents: LogContents::within(memory),
            problems: Problems::default(),
            tail: None,
            memory: memory.clone(),
        })
    }

    /// Returns the byte offset in the file at which the next window must start.
    pub fn offset(&self) -> u64 {
        self.framer.offset()
    }

    /// Returns the position from which another reader misses nothing.
    pub fn resume_at(&self) -> Resume {
        self.framer.resume_at()
    }

    /// Indexes a window of the file that starts at [`Index::offset`]. Returns the number of bytes used. The next window
    /// must start with the unused bytes.
    ///
    /// # Errors
    /// The index or a record exceeds the memory budget.
    pub fn extend(&mut self, window: &[u8]) -> Result<usize, DecodeError> {
        self.tail = None;
        let Self { framer, contents, problems, .. } = self;
        let used = framer.feed(window, &mut |record| match contents.add(record) {
            Ok(HasDuplicates(false)) => {}
            Ok(HasDuplicates(true)) => {
                problems.at(record.at, "two histograms of this row have the same key; rebin reads the last one");
            }
            Err(why) => problems.at(record.at, format!("cannot read this record: {why}")),
        });
        self.memory.check()?;
        Ok(used)
    }

    /// Reports a file that ends inside a record, given the bytes that [`Index::extend`] did not use.
    pub fn end(&mut self, rest: &[u8]) {
        self.tail = self.framer.tail(rest).map(|(at, message)| Problem::unfinished(At::Byte(at), message));
    }

    pub fn run(&self) -> &RunInfo {
        &self.contents.run
    }

    /// Returns the histograms and lists of numbers of the rows, one series for each key and kind.
    pub fn series(&self) -> &[SeriesIndex] {
        self.contents.map.series()
    }

    /// Returns the keys of histograms that are in the summary but not in any row.
    pub fn only_in_summary(&self) -> Vec<String> {
        self.contents.summary.without_row(self.series())
    }

    /// Returns the number of history records.
    pub fn rows(&self) -> u64 {
        self.contents.rows
    }

    /// Returns all problems. The last one may be an unfinished record.
    pub fn problems(&self) -> Vec<Problem> {
        let mut all = self.framer.problems().to_vec();
        all.extend(self.problems.to_vec());
        all.extend(self.contents.without_numbers.problem());
        all.extend(self.tail.clone());
        all
    }

    /// Calls `each` with the series and the value of every entry of a record. A pass over a whole log thus reads each record
    /// once.
    ///
    /// # Errors
    /// The record is malformed.
    pub fn values(
        &self,
        record: &[u8],
        buffers: &mut ValueBuffers,
        each: &mut dyn FnMut(usize, EntryValue<'_>),
    ) -> Result<(), DecodeError> {
        values::values(record, &self.contents, buffers, each)
            .map_err(|Malformed| DecodeError::new("the record is malformed"))
    }

    /// Indexes all items of one row, given the bytes of its record, to decode many of its histograms.
    ///
    /// # Errors
    /// The record has changed, is malformed, or exceeds the memory budget.
    pub fn row(&self, record: RecordSpan, bytes: &[u8], memory: &Budget) -> Result<Row, DecodeError> {
        let resume = Resume { offset: record.at, origin: self.resume_at().origin };
        let mut found = None;
        Framer::resume(resume).within(memory).feed(bytes, &mut |record| {
            found = found.take().or_else(|| Some(row_of(record.bytes, memory)));
        });
        memory.check()?;
        let found = found.ok_or_else(|| DecodeError::new("the file has changed: the record is not there any more"))?;
        found.map_err(|Malformed| DecodeError::new("the record is malformed"))
    }

    /// Decodes the histogram of one row, given the bytes of its record.
    ///
    /// # Errors
    /// The record has changed, or is malformed.
    pub fn decode(
        &self,
        record: RecordSpan,
        bytes: &[u8],
        path: &[String],
        memory: &Budget,
    ) -> Result<wandb::Histogram, DecodeError> {
        let found = self.found(record, bytes, path, memory)?;
        json_scan::histogram(&found.text, path.get(found.labels..).unwrap_or_default(), memory)
    }

    /// Decodes the list of numbers of one row, given the bytes of its record.
    ///
    /// # Errors
    /// The record has changed, or is malformed.
    pub fn decode_list(
        &self,
        record: RecordSpan,
        bytes: &[u8],
        path: &[String],
        memory: &Budget,
    ) -> Result<Column, DecodeError> {
        let found = self.found(record, bytes, path, memory)?;
        lists::read(&found.text, path.get(found.labels..).unwrap_or_default())
    }

    /// Finds the JSON text of a value in its record.
    fn found(
        &self,
        record: RecordSpan,
        bytes: &[u8],
        path: &[String],
        memory: &Budget,
    ) -> Result<history::Found, DecodeError> {
        let resume = Resume { offset: record.at, origin: self.resume_at().origin };
        let mut framer = Framer::resume(resume).within(memory);
        let mut found = None;
        framer.feed(bytes, &mut |record| found = found.take().or_else(|| Some(history_at(record.bytes, path))));
        memory.check()?;
        let found = found.ok_or_else(|| DecodeError::new("the file has changed: the record is not there any more"))?;
        let found = found.map_err(|Malformed| DecodeError::new("the record is malformed"))?;
        found.ok_or_else(|| DecodeError::new("the record does not contain this value"))
    }
}

fn row_of(record: &[u8], memory: &Budget) -> Result<Row, Malformed> {
    for field in Fields::of(record) {
        if let (2, Value::Bytes(history)) = field? {
            return Row::of(history, memory);
        }
    }
    Ok(Row::default())
}

fn history_at(record: &[u8], path: &[String]) -> Result<Option<history::Found>, Malformed> {
    for field in Fields::of(record) {
        if let (2, Value::Bytes(history)) = field? {
            return history::find(history, path);
        }
    }
    Ok(None)
}

/// True if two histograms of a row have the same key.
struct HasDuplicates(bool);

/// Upper bound of the bytes of memory for a byte of a record other than the history: its smallest parts are settings of
/// nine bytes.
const RECORD: u64 = 30;

impl LogContents {
    fn within(memory: &Budget) -> Self {
        Self {
            run: RunInfo::default(),
            map: SeriesMap::within(memory.clone()),
            summary: SummaryHistograms::within(memory.clone()),
            without_numbers: ListsWithoutNumbers::default(),
            rows: 0,
            memory: memory.clone(),
        }
    }

    fn add(&mut self, record: Record<'_>) -> Result<HasDuplicates, String> {
        let mut has_duplicates = false;
        for field in Fields::of(record.bytes) {
            let (number, Value::Bytes(message)) = field.map_err(|Malformed| "not a protobuf message")? else {
                continue;
            };
            match number {
                2 => {
                    self.rows += 1;
                    let len = u32::try_from(record.end - record.at).map_err(|_| "longer than 4 GiB")?;
                    let span = RecordSpan { at: record.at, len, file: 0 };
                    let step = if self.run.tensorboard.is_empty() { StepFrom::Row } else { StepFrom::TensorBoard };
                    let indexed = history::index(message, span, step, &mut self.map, &mut self.without_numbers);
                    has_duplicates |= indexed.map_err(|Malformed| "malformed history")?;
                }
                3 => self.summary.update(message).map_err(|Malformed| "malformed summary")?,
                _ => {
                    // Settings are kept, and these records are few and small.
                    let reserved = self.memory.reserve(RECORD * message.len() as u64);
                    reserved.map_err(|why| why.to_string())?.keep();
                    self.run.update(number, message).map_err(|why| why.to_string())?;
                }
            }
        }
        Ok(HasDuplicates(has_duplicates))
    }
}
