//! The transaction log of a W&B run, `run-ID.wandb`.
//!
//! Opening reads every record once and keeps, for each histogram, only the place of its row; bins and counts are read
//! when one is asked for. Not here: files (the caller brings windows of bytes) and `wandb-history.jsonl` of old SDKs.

mod framing;
mod history;
mod run;

use super::series::{Row, SeriesIndex, SeriesTable};
use super::wire::{Fields, Malformed, Value};
use super::{Problems, Refusal, skim};
use crate::error::{At, Problem};
use crate::wandb;
pub use framing::{BLOCK, Framer, Record, Resume};
use history::StepFrom;
pub use run::{RunInfo, State};

/// What a log holds, as far as it has been read. Cloning it is cheap beside reading, and a clone reads on.
#[derive(Debug, Clone)]
pub struct Index {
    framer: Framer,
    run: RunInfo,
    table: SeriesTable,
    rows: u64,
    /// Problems of records; those of the framing are the framer's.
    problems: Problems,
    tail: Option<Problem>,
}

impl Index {
    /// An empty index for a file that begins with these bytes: all of it, or at least [`Framer::PROBE`].
    ///
    /// # Errors
    /// A sentence that says why this is no W&B log.
    pub fn start(first: &[u8]) -> Result<Self, Refusal> {
        Ok(Self {
            framer: Framer::start(first)?,
            run: RunInfo::default(),
            table: SeriesTable::default(),
            rows: 0,
            problems: Problems::default(),
            tail: None,
        })
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
        let Self { framer, run, table, rows, problems, .. } = self;
        framer.feed(window, &mut |record| match take_record(record, run, table, rows) {
            Ok(false) => {}
            Ok(true) => problems.at(record.at, "a key of this row holds more than one histogram; the last counts"),
            Err(why) => problems.at(record.at, format!("this record cannot be read: {why}")),
        })
    }

    /// Notes what the end of the file leaves unread, given the bytes that [`Index::extend`] did not use.
    pub fn end(&mut self, rest: &[u8]) {
        self.tail = self.framer.tail(rest).map(|(at, message)| Problem::new(At::Byte(at), message));
    }

    pub fn run(&self) -> &RunInfo {
        &self.run
    }

    pub fn series(&self) -> &[SeriesIndex] {
        self.table.series()
    }

    /// Number of history records.
    pub fn rows(&self) -> u64 {
        self.rows
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
    pub fn decode(&self, row: Row, bytes: &[u8], path: &[String]) -> Result<wandb::Histogram, Refusal> {
        let mut framer = Framer::resume(Resume { offset: row.at, origin: self.resume_at().origin });
        let mut found = None;
        framer.feed(bytes, &mut |record| found = found.take().or_else(|| Some(history_at(record.bytes, path))));
        let found = found.ok_or_else(|| Refusal::new("the record is not there any more: the file was changed"))?;
        let found = found.map_err(|Malformed| Refusal::new("the record is damaged"))?;
        let found = found.ok_or_else(|| Refusal::new("the record holds no such histogram"))?;
        skim::histogram(&found.text, path.get(found.labels..).unwrap_or_default())
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

/// Enters one record; the answer is whether a key holds more than one histogram.
fn take_record(record: Record<'_>, run: &mut RunInfo, table: &mut SeriesTable, rows: &mut u64) -> Result<bool, String> {
    let mut again = false;
    for field in Fields::of(record.bytes) {
        match field.map_err(|Malformed| "it is not a protobuf message")? {
            (2, Value::Bytes(history)) => {
                *rows += 1;
                let len = u32::try_from(record.end - record.at).map_err(|_| "it is longer than 4 GiB")?;
                let step = if run.tensorboard.is_empty() { StepFrom::Row } else { StepFrom::TensorBoard };
                let row = Row { at: record.at, len, file: 0 };
                again |= history::index(history, row, step, table).map_err(|Malformed| "its history is damaged")?;
            }
            (number, Value::Bytes(message)) => run.take(number, message).map_err(|why| why.to_string())?,
            _ => {}
        }
    }
    Ok(again)
}
