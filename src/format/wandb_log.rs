//! The transaction log of a W&B run, `run-ID.wandb`.
//!
//! Opening reads every record once and keeps, for each histogram, only the place of its row; bins and counts are read
//! when one is asked for. Not here: files (the caller brings windows of bytes) and `wandb-history.jsonl` of old SDKs.

mod framing;
mod history;
mod run;
mod summary;

use super::protobuf::{Fields, Malformed, Value};
use super::series::{Row, SeriesIndex, SeriesTable};
use super::{DecodeError, Problems, json_scan};
use crate::error::{At, Problem};
use crate::wandb;
pub use framing::{BLOCK, Framer, Record, Resume};
use history::StepFrom;
pub use run::{RunInfo, State};
use summary::Summary;

/// What a log holds, as far as it has been read. Cloning it is cheap beside reading, and a clone reads on.
#[derive(Debug, Clone)]
pub struct Index {
    framer: Framer,
    held: Held,
    /// Problems of records; those of the framing are the framer's.
    problems: Problems,
    tail: Option<Problem>,
}

/// What its records say.
#[derive(Debug, Clone, Default)]
struct Held {
    run: RunInfo,
    table: SeriesTable,
    summary: Summary,
    /// Number of history records.
    rows: u64,
}

impl Index {
    /// An empty index for a file that begins with these bytes: all of it, or at least [`Framer::PROBE`].
    ///
    /// # Errors
    /// A sentence that says why this is no W&B log.
    pub fn start(first: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self { framer: Framer::start(first)?, held: Held::default(), problems: Problems::default(), tail: None })
    }

    /// Byte offset in the file of the window that is wanted next.
    pub fn offset(&self) -> u64 {
        self.framer.offset()
    }

    /// From where another reader misses nothing.
    pub fn resume_at(&self) -> Resume {
        self.framer.resume_at()
    }

    /// Takes a window of the file that begins at [`Index::offset`] and returns how many of its bytes are done with. The
    /// others are wanted again with more behind them.
    pub fn extend(&mut self, window: &[u8]) -> usize {
        self.tail = None;
        let Self { framer, held, problems, .. } = self;
        framer.feed(window, &mut |record| match held.take(record) {
            Ok(false) => {}
            Ok(true) => problems.at(record.at, "a key of this row holds more than one histogram; the last counts"),
            Err(why) => problems.at(record.at, format!("this record cannot be read: {why}")),
        })
    }

    /// Notes what the end of the file leaves unread, given the bytes that [`Index::extend`] did not use.
    pub fn end(&mut self, rest: &[u8]) {
        self.tail = self.framer.tail(rest).map(|(at, message)| Problem::unfinished(At::Byte(at), message));
    }

    pub fn run(&self) -> &RunInfo {
        &self.held.run
    }

    /// The histograms of its rows.
    pub fn series(&self) -> &[SeriesIndex] {
        self.held.table.series()
    }

    /// The keys of histograms that only its summary holds.
    pub fn only_in_summary(&self) -> Vec<String> {
        self.held.summary.alone(self.series())
    }

    /// Number of history records.
    pub fn rows(&self) -> u64 {
        self.held.rows
    }

    /// Everything that could not be taken as it stands; an unfinished end is the last of them.
    pub fn problems(&self) -> Vec<Problem> {
        let mut all = self.framer.problems().to_vec();
        all.extend(self.problems.to_vec());
        all.extend(self.tail.clone());
        all
    }

    /// The histogram of one row, from the bytes of the file that the row takes.
    ///
    /// # Errors
    /// A sentence on what is wrong with it.
    pub fn decode(&self, row: Row, bytes: &[u8], path: &[String]) -> Result<wandb::Histogram, DecodeError> {
        let mut framer = Framer::resume(Resume { offset: row.at, origin: self.resume_at().origin });
        let mut found = None;
        framer.feed(bytes, &mut |record| found = found.take().or_else(|| Some(history_at(record.bytes, path))));
        let found = found.ok_or_else(|| DecodeError::new("the record is not there any more: the file was changed"))?;
        let found = found.map_err(|Malformed| DecodeError::new("the record is damaged"))?;
        let found = found.ok_or_else(|| DecodeError::new("the record holds no such histogram"))?;
        json_scan::histogram(&found.text, path.get(found.labels..).unwrap_or_default())
    }
}

fn history_at(record: &[u8], path: &[String]) -> Result<Option<history::Found>, Malformed> {
    for field in Fields::of(record) {
        if let (2, Value::Bytes(history)) = field? {
            return history::find(history, path);
        }
    }
    Ok(None)
}

impl Held {
    /// Enters one record; the answer is whether a key holds more than one histogram.
    fn take(&mut self, record: Record<'_>) -> Result<bool, String> {
        let mut again = false;
        for field in Fields::of(record.bytes) {
            let (number, Value::Bytes(message)) = field.map_err(|Malformed| "it is not a protobuf message")? else {
                continue;
            };
            match number {
                2 => {
                    self.rows += 1;
                    let len = u32::try_from(record.end - record.at).map_err(|_| "it is longer than 4 GiB")?;
                    let row = Row { at: record.at, len, file: 0 };
                    let step = if self.run.tensorboard.is_empty() { StepFrom::Row } else { StepFrom::TensorBoard };
                    let entered = history::index(message, row, step, &mut self.table);
                    again |= entered.map_err(|Malformed| "its history is damaged")?;
                }
                3 => self.summary.take(message).map_err(|Malformed| "its summary is damaged")?,
                _ => self.run.take(number, message).map_err(|why| why.to_string())?,
            }
        }
        Ok(again)
    }
}
