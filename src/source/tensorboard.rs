//! TensorBoard logs: one event file, or all event files of a directory as one stream.
//!
//! Opening indexes the files. Histograms are read on demand.

use super::closed_log::{ClosedLog, IndexedLog, LogState, Reopen};
use super::tail::{Decoders, LastRow, load_record, logged, read_on, series};
use super::{Scan, Source, Task, folder, log_scan};
use crate::catalog::{Content, RunName, ScalarCollector, Scalars, SourceInfo};
use crate::error::{At, Error, Problem};
use crate::findings::{Stated, StepSummary};
use crate::format::DecodeError;
use crate::format::series::SeriesIndex;
use crate::format::tfevents::{self, Event, Framer, Index, Record, ScalarReader, Totals};
use crate::text::plural;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Indexed event files of one run.
struct EventLog {
    info: Arc<SourceInfo>,
    /// The opened file or directory.
    path: PathBuf,
    /// Indexed files, by their numbers in the index.
    files: Vec<EventFile>,
    index: Index,
    /// Files that are not event files, with the reason.
    rejected: Vec<(EventFile, String)>,
    last: LastRow<Event>,
}

#[derive(Clone, PartialEq)]
struct EventFile {
    path: PathBuf,
    /// Length when it was indexed.
    len: u64,
}

/// Opens an event file, or all event files of a directory in the order of their names. Fails if none can be read.
pub(super) fn open(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    Ok(ClosedLog::of(index(path, path, task)?, path, Reopen { open: index, state }))
}

/// Reads event files and indexes them.
fn index(_: &Path, path: &Path, task: &Task) -> Result<Arc<dyn IndexedLog>, Error> {
    let mut log = EventLog {
        info: Arc::default(),
        path: path.to_owned(),
        files: Vec::new(),
        index: Index::within(&task.memory),
        rejected: Vec::new(),
        last: LastRow::default(),
    };
    log.read_new(task)?;
    if log.files.is_empty() {
        return Err(match log.rejected.first() {
            Some((_, why)) => Error::read_file(path, why),
            None => Error::read_file(path, "the directory contains no event files"),
        });
    }
    Ok(Arc::new(log.described()))
}

/// Returns the event files of a path with their lengths.
fn files(path: &Path) -> Result<Vec<EventFile>, Error> {
    let paths = if path.is_dir() { folder::event_files(path) } else { vec![path.to_owned()] };
    let file = |path: PathBuf| {
        let len = path.metadata().map_err(|error| Error::read_file(&path, DecodeError::from(error)))?.len();
        Ok(EventFile { path, len })
    };
    paths.into_iter().map(file).collect()
}

fn state(path: &Path) -> Result<LogState, Error> {
    Ok(LogState::of(files(path)?.iter().map(|file| file.len)))
}

impl EventLog {
    /// Indexes new files and new content of known files. Returns false if there is nothing new.
    fn read_new(&mut self, task: &Task) -> Result<bool, Error> {
        let mut changed = Vec::new();
        for file in files(&self.path)? {
            let number = self.files.iter().position(|known| known.path == file.path);
            if !self.files.contains(&file) && !self.rejected.iter().any(|(rejected, _)| *rejected == file) {
                changed.push((file, number));
            }
        }
        task.progress.expect_rest(changed.iter().map(|(file, _)| file.len).sum());
        let any = !changed.is_empty();
        for (file, number) in changed {
            self.read_file(file, number, task)?;
        }
        Ok(any)
    }

    /// Indexes a file: the rest of it if it has a number.
    fn read_file(&mut self, file: EventFile, number: Option<usize>, task: &Task) -> Result<(), Error> {
        let mut number = number.map(|number| number as u32);
        let from = number.map_or(0, |number| self.index.offset(number));
        let index = &mut self.index;
        let read = read_on(&file.path, from, task, &mut |window| {
            let number = match number {
                Some(number) => number,
                None => *number.insert(index.start(window)?),
            };
            index.extend(number, window)
        });
        match (read, number) {
            (Ok(rest), Some(number)) => {
                self.index.end(number, &rest);
                self.rejected.retain(|(rejected, _)| rejected.path != file.path);
                match self.files.get_mut(number as usize) {
                    Some(old) => *old = file,
                    None => self.files.push(file),
                }
            }
            (Err(Error::Read { why, .. }), None) => {
                self.rejected.retain(|(rejected, _)| rejected.path != file.path);
                self.rejected.push((file, why));
            }
            (read, _) => _ = read?,
        }
        Ok(())
    }

    /// Returns the log with an up-to-date description.
    fn described(mut self) -> Self {
        let rejected = self.rejected.iter();
        let mut problems: Vec<_> =
            rejected.map(|(file, why)| Problem::new(At::Whole, format!("{}: {why}", name(&file.path)))).collect();
        for (number, file) in self.files.iter().enumerate() {
            let of_file = self.index.problems(number as u32).into_iter();
            problems.extend(of_file.map(|problem| match self.files.len() {
                1 => problem,
                _ => Problem { message: format!("{}: {}", name(&file.path), problem.message), ..problem },
            }));
        }
        let run = run_name(&self.path);
        let files = plural(self.files.len() as u64, "file");
        let folder = run.as_ref().map(|run| run.name.as_str()).unwrap_or_default();
        let title = format!("TensorBoard log {folder} · {files}");
        let series = series(self.index.series());
        self.info = Arc::new(SourceInfo {
            name: self.path.display().to_string(),
            run,
            title,
            // Event files do not record that the writer has finished.
            growing: true,
            series,
            problems,
            ..SourceInfo::default()
        });
        self
    }
}

impl Source for EventLog {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let missing = || super::no_such_entry(series, step);
        let series = self.index.series().get(series).ok_or_else(missing)?;
        let row = *series.entries.get(step).ok_or_else(missing)?;
        let file = self.files.get(row.file as usize).ok_or_else(missing)?;
        let decoders = Decoders {
            decode: |bytes: &[u8]| tfevents::decode(row, bytes, &series.path, &task.memory).map(logged),
            index: |bytes: &[u8]| Event::of(row, bytes, &task.memory),
            find: |event: &Event| event.histogram(&series.path, &task.memory).map(logged),
        };
        load_record(&file.path, row, &series.path, task, &self.last, decoders)
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        task.progress.expect_rest(self.files.iter().map(|file| file.len).sum());
        let mut collector = ScalarCollector::new(wanted);
        for file in &self.files {
            let mut reader = ScalarReader::default();
            let mut add = |name: &str, step, value| collector.add(name, step, value);
            read_on(&file.path, 0, task, &mut |window| Ok(reader.read(window, &mut add)))?;
        }
        Ok(collector.finish())
    }

    fn scan(&self, scan: &mut Scan, task: &Task, pulse: &mut dyn FnMut(&Scan)) -> Result<(), Error> {
        scan.begin(&self.info, task)?;
        let series = self.index.series();
        let firsts: Vec<_> =
            (0..self.files.len()).map(|file| log_scan::first_unseen(scan, series, file as u32)).collect();
        let rest = self.files.iter().zip(&firsts).filter_map(|(file, first)| Some(file.len.saturating_sub((*first)?)));
        task.progress.expect_rest(rest.sum());
        for (number, (file, first)) in self.files.iter().zip(&firsts).enumerate() {
            let Some(first) = *first else { continue };
            let mut framer = Framer::resume(first);
            read_on(&file.path, first, task, &mut |window| {
                let mut result = Ok(());
                let used = framer.feed(window, &mut |record| {
                    if result.is_ok() {
                        result = self.scan_event(number as u32, &record, scan, task);
                    }
                });
                pulse(scan);
                result.map(|()| used).map_err(|why| DecodeError::new(why.to_string()))
            })
            .map_err(|error| task.cancel.check().err().unwrap_or(error))?;
        }
        log_scan::rest(self, scan, task, pulse)
    }
}

impl EventLog {
    /// Adds all histograms of an event that are next in their series.
    fn scan_event(&self, file: u32, record: &Record<'_>, scan: &mut Scan, task: &Task) -> Result<(), Error> {
        let series = self.index.series();
        let mut result = Ok(());
        let values = self.index.values(record.data, &task.memory, &mut |index, bins, totals| {
            if result.is_ok() {
                result = log_scan::catch_up(self, scan, series, index, (file, record.at), task).and_then(|is_next| {
                    let stated = totals.map(|Totals { n, min, max, sum }| Stated { n, min, max, sum });
                    let summary = bins.ok().and_then(|(edges, counts)| StepSummary::of_bins(edges, counts, stated));
                    match summary {
                        _ if !is_next => {}
                        Some(summary) => scan.add(index, Some(&summary)),
                        // Decoding the entry alone reports what is wrong with it.
                        None => scan.load_next(self, index, task)?,
                    }
                    Ok(())
                });
            }
        });
        // Entries of a malformed event are read later, and become findings.
        drop(values);
        result
    }
}

impl IndexedLog for EventLog {
    fn memory(&self) -> u64 {
        self.index.series().iter().map(SeriesIndex::memory).sum()
    }

    fn state(&self) -> LogState {
        LogState::of(self.files.iter().chain(self.rejected.iter().map(|(file, _)| file)).map(|file| file.len))
    }

    fn refreshed(&self, task: &Task) -> Result<Option<Arc<dyn IndexedLog>>, Error> {
        let shrunk = self.files.iter().any(|file| file.path.metadata().is_ok_and(|now| now.len() < file.len));
        if shrunk {
            return index(&self.path, &self.path, task).map(Some);
        }
        let mut log = Self {
            info: Arc::default(),
            path: self.path.clone(),
            files: self.files.clone(),
            index: self.index.clone(),
            rejected: self.rejected.clone(),
            last: LastRow::default(),
        };
        Ok(if log.read_new(task)? { Some(Arc::new(log.described())) } else { None })
    }
}

/// Returns the name of a run: the folder of its event files, as in TensorBoard.
pub(super) fn run_name(path: &Path) -> Option<RunName> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    let folder = if folder == Path::new("") { Path::new(".") } else { folder };
    // A relative path may lack the name.
    let folder = if folder.file_name().is_some() { folder.to_owned() } else { folder.canonicalize().ok()? };
    // Without a trailing dot.
    RunName::of_folder(&folder.components().as_path().to_string_lossy())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
