//! W&B runs: a `.wandb` file, or the directory in which the SDK stores it.
//!
//! Opening indexes the log. Histograms are read on demand.

use super::closed_log::{ClosedLog, IndexedLog, LogState, Reopen};
use super::log_scan::WaitingRecords;
use super::tail::{Decoders, LastRow, load_record, logged, read_on, samples, series};
use super::{Input, Scan, Source, Task, folder, log_scan, run_details};
use crate::catalog::{Content, RunName, ScalarCollector, Scalars, SourceInfo};
use crate::engine::on_all_cores;
use crate::error::{At, Error, Problem};
use crate::findings::StepSummary;
use crate::format::DecodeError;
use crate::format::series::{EntryKind, SeriesIndex};
use crate::format::wandb_log::{EntryValue, Framer, Index, Resume, Row, RunState, ScalarReader, ValueBuffers};
use std::fs::File;
use std::io::Read as _;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Bytes at the start of a log that contain the record of its run.
const NAME: u64 = 64 << 10;

/// Indexed `.wandb` file.
struct Run {
    info: Arc<SourceInfo>,
    path: PathBuf,
    index: Index,
    /// Length of the file when it was indexed.
    len: u64,
    last: LastRow<Row>,
}

/// Opens a log or the directory of a run. In a directory without a log, opens the history of an old SDK or the summary.
pub(super) fn open(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    if !path.is_dir() {
        return open_log(path, path, task);
    }
    let log = folder::logs(path).into_iter().next();
    match log.or_else(|| folder::run_file(path)) {
        Some(file) if file.extension().is_some_and(|end| end == "wandb") => open_log(path, &file, task),
        Some(file) => super::open(&Input::Path(file), task),
        None => Err(Error::read_file(path, "the directory contains no W&B run")),
    }
}

fn open_log(name: &Path, path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let log = index_log(name, path, task)?;
    Ok(ClosedLog::of(log, path, Reopen { open: index_log, state }))
}

/// Reads a log and indexes it.
fn index_log(name: &Path, path: &Path, task: &Task) -> Result<Arc<dyn IndexedLog>, Error> {
    let len = length(path)?;
    task.progress.expect_rest(len);
    let mut index = None::<Index>;
    let rest = read_on(path, 0, task, &mut |window| {
        let index = match &mut index {
            Some(index) => index,
            None => index.insert(Index::start(window, &task.memory)?),
        };
        index.extend(window)
    })?;
    let mut index = index.ok_or_else(|| Error::read_file(path, "the file is empty"))?;
    index.end(&rest);
    Ok(Arc::new(Run::new(name, path, index, len)))
}

/// Returns the name of the run in a log or in its directory, from the start of the log.
pub(super) fn name(path: &Path) -> Option<RunName> {
    let file = if path.is_dir() { folder::logs(path).into_iter().next()? } else { path.to_owned() };
    let mut head = Vec::new();
    File::open(&file).ok()?.take(NAME).read_to_end(&mut head).ok()?;
    let mut index = Index::start(&head, &Task::default().memory).ok()?;
    index.extend(&head).ok()?;
    run_details::name(index.run(), &file)
}

fn state(path: &Path) -> Result<LogState, Error> {
    Ok(LogState { files: 1, bytes: length(path)? })
}

fn length(path: &Path) -> Result<u64, Error> {
    Ok(path.metadata().map_err(|error| Error::read_file(path, DecodeError::from(error)))?.len())
}

impl Run {
    fn new(name: &Path, path: &Path, index: Index, len: u64) -> Self {
        let run = index.run();
        let mut problems = index.problems();
        if run.state != RunState::Unfinished {
            for problem in &mut problems {
                problem.unfinished = false;
            }
        }
        if index.series().is_empty() && !run.tensorboard.is_empty() {
            let folders = run.tensorboard.join(", ");
            let message = format!("the histograms are in TensorBoard event files; open {folders}");
            problems.push(Problem::new(At::Whole, message));
        }
        let info = SourceInfo {
            name: name.display().to_string(),
            run: run_details::name(run, path),
            title: run_details::title(run),
            details: run_details::details(run, &index.only_in_summary()),
            growing: run.state == RunState::Unfinished,
            series: series(index.series()),
            problems,
            ..SourceInfo::default()
        };
        Self { info: Arc::new(info), path: path.to_owned(), index, len, last: LastRow::default() }
    }
}

impl Source for Run {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let missing = || super::no_such_entry(series, step);
        let series = self.index.series().get(series).ok_or_else(missing)?;
        let row = *series.entries.get(step).ok_or_else(missing)?;
        let (path, memory) = (&series.path, &task.memory);
        let decoders = Decoders {
            decode: |bytes: &[u8]| match series.kind {
                EntryKind::Histogram => self.index.decode(row, bytes, path, memory).map(logged),
                EntryKind::List => self.index.decode_list(row, bytes, path, memory).map(samples),
            },
            index: |bytes: &[u8]| self.index.row(row, bytes, memory),
            find: |indexed: &Row| match series.kind {
                EntryKind::Histogram => indexed.histogram(path, memory).map(logged),
                EntryKind::List => indexed.list(path).map(samples),
            },
        };
        load_record(&self.path, row, path, task, &self.last, decoders)
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        task.progress.expect_rest(length(&self.path)?);
        let mut collector = ScalarCollector::new(wanted);
        let mut reader = None::<ScalarReader>;
        read_on(&self.path, 0, task, &mut |window| {
            let reader = match &mut reader {
                Some(reader) => reader,
                None => reader.insert(ScalarReader::start(window, &task.memory)?),
            };
            reader.read(window, &mut |name, step, value| collector.add(name, step, value))
        })?;
        Ok(collector.finish())
    }

    fn scan(&self, scan: &mut Scan, task: &Task, pulse: &mut dyn FnMut(&Scan)) -> Result<(), Error> {
        scan.begin(&self.info, task)?;
        let series = self.index.series();
        if let Some(first) = log_scan::first_unseen(scan, series, 0) {
            let resume = Resume { offset: first, origin: self.index.resume_at().origin };
            let mut framer = Framer::resume(resume).within(&task.memory);
            task.progress.expect_rest(self.len.saturating_sub(first));
            let (sender, batches) = sync_channel::<WaitingRecords>(1);
            // Reads the next records while these are decoded. It owns the sender, so its end ends the receiver.
            let read = move || {
                let mut waiting = WaitingRecords::new(task);
                read_on(&self.path, first, task, &mut |window| {
                    let mut result = Ok(());
                    let used = framer.feed(window, &mut |record| {
                        if result.is_ok() {
                            result = waiting.add(record.at, record.bytes);
                        }
                    });
                    if waiting.is_full() && result.is_ok() {
                        let full = std::mem::replace(&mut waiting, WaitingRecords::new(task));
                        result = sender.send(full).map_err(|_| DecodeError::new("the pass has ended"));
                    }
                    result.map(|()| used)
                })
                .and_then(|_| sender.send(waiting).map_err(|_| Error::Cancelled))
            };
            thread::scope(|scope| {
                let reader = scope.spawn(read);
                let mut scanned = Ok(());
                while let (true, Ok(waiting)) = (scanned.is_ok(), batches.recv()) {
                    scanned = self.scan_records(&waiting, scan, task);
                    pulse(scan);
                }
                // A reader that waits for the receiver stops.
                drop(batches);
                let read = reader.join().unwrap_or_else(|panic| resume_unwind(panic));
                scanned.and(read)
            })
            .map_err(|error| task.cancel.check().err().unwrap_or(error))?;
        }
        // Forms that are rare, and records that could not be read.
        log_scan::rest(self, scan, task, pulse)
    }
}

impl Run {
    /// Adds all entries of the waiting records that are next in their series. The records are decoded on all cores.
    fn scan_records(&self, waiting: &WaitingRecords, scan: &mut Scan, task: &Task) -> Result<(), Error> {
        let series = self.index.series();
        let records = waiting.records();
        let summaries = {
            let scan = &*scan;
            on_all_cores(0..records.len() as u64, |buffers, i| match records.get(i as usize) {
                Some((_, bytes)) => self.summaries(bytes, scan, buffers, task),
                None => Ok(Summaries::new()),
            })?
        };
        for ((at, _), found) in records.iter().zip(summaries) {
            for (index, summary) in found {
                if log_scan::catch_up(self, scan, series, index, (0, *at), task)? {
                    match summary {
                        Some(summary) => scan.add(index, Some(&summary)),
                        // Decoding the entry alone reports what is wrong with it.
                        None => scan.load_next(self, index, task)?,
                    }
                }
            }
        }
        Ok(())
    }

    /// Summarizes the entries of a record, by series. Entries of a malformed record are read later, and become findings.
    fn summaries(
        &self,
        record: &[u8],
        scan: &Scan,
        buffers: &mut ValueBuffers,
        task: &Task,
    ) -> Result<Summaries, Error> {
        let (mut found, mut result) = (Vec::new(), task.cancel.check());
        let values = self.index.values(record, buffers, &mut |index, value| {
            if result.is_err() || !scan.wants(index) {
                return;
            }
            let summary = match value {
                EntryValue::Bins { edges, counts } => Ok(StepSummary::of_bins(edges, counts, None)),
                EntryValue::List(column) => match self.info.series.get(index) {
                    Some(described) => super::summary(&samples(column), described, task),
                    None => Err(super::no_such_entry(index, 0)),
                },
                EntryValue::Other => Ok(None),
            };
            match summary {
                Ok(summary) => found.push((index, summary)),
                Err(error) => result = Err(error),
            }
        });
        drop(values);
        result.map(|()| found)
    }
}

/// Entries of a record: their series and summaries. `None` for one that must be decoded alone.
type Summaries = Vec<(usize, Option<StepSummary>)>;

impl IndexedLog for Run {
    fn memory(&self) -> u64 {
        self.index.series().iter().map(SeriesIndex::memory).sum()
    }

    fn state(&self) -> LogState {
        LogState { files: 1, bytes: self.len }
    }

    fn refreshed(&self, task: &Task) -> Result<Option<Arc<dyn IndexedLog>>, Error> {
        let len = length(&self.path)?;
        if len == self.len {
            return Ok(None);
        }
        let name = Path::new(&self.info.name);
        // Starts over if the old file was too short to detect its layout, or if the new one is shorter, so another file.
        if self.len < Framer::PROBE as u64 || len < self.len {
            return index_log(name, &self.path, task).map(Some);
        }
        let mut index = self.index.clone();
        task.progress.expect_rest(len.saturating_sub(index.offset()));
        let rest = read_on(&self.path, index.offset(), task, &mut |window| index.extend(window))?;
        index.end(&rest);
        Ok(Some(Arc::new(Self::new(name, &self.path, index, len))))
    }
}
