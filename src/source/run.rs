//! Runs of W&B: a `.wandb` file, or the folder that the SDK keeps it in.
//!
//! The log is indexed when it is opened; a histogram is read when it is asked for.

use super::run_details;
use super::tail::{read_on, read_row};
use super::{Input, Source, Task, folder};
use crate::catalog::{Content, Logged, Series, SeriesKind, SourceInfo, Steps};
use crate::error::{At, Error, Problem};
use crate::format::DecodeError;
use crate::format::series::SeriesIndex;
use crate::format::wandb_log::{Framer, Index, State};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An indexed `.wandb` file.
struct Run {
    info: SourceInfo,
    path: PathBuf,
    index: Index,
    /// Length of the file when it was indexed.
    len: u64,
}

/// Opens a run: its log, its folder, or, in a folder without a log, the history of an old SDK or the summary.
pub(super) fn open(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    if !path.is_dir() {
        return open_log(path, path, task);
    }
    let log = folder::logs(path).into_iter().next();
    match log.or_else(|| folder::run_file(path)) {
        Some(file) if file.extension().is_some_and(|end| end == "wandb") => open_log(path, &file, task),
        Some(file) => super::open(&Input::Path(file), task),
        None => Err(Error::read_file(path, "it is a folder without a W&B run")),
    }
}

fn open_log(name: &Path, path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let len = length(path)?;
    expect_more(len, task);
    let mut index = None::<Index>;
    let rest = read_on(path, 0, task, &mut |window| {
        let index = match &mut index {
            Some(index) => index,
            None => index.insert(Index::start(window)?),
        };
        Ok(index.extend(window))
    })?;
    let mut index = index.ok_or_else(|| Error::read_file(path, "it is empty"))?;
    index.end(&rest);
    Ok(Arc::new(Run::new(name, path, index, len)))
}

/// So many bytes are to be read, besides what was already.
pub(super) fn expect_more(bytes: u64, task: &Task) {
    let (done, _) = task.progress.get();
    task.progress.set_total(done + bytes);
}

fn length(path: &Path) -> Result<u64, Error> {
    Ok(path.metadata().map_err(|error| Error::read_file(path, DecodeError::from(error)))?.len())
}

impl Run {
    fn new(name: &Path, path: &Path, index: Index, len: u64) -> Self {
        let run = index.run();
        let mut problems = index.problems();
        if run.state != State::Open {
            for problem in &mut problems {
                problem.unfinished = false;
            }
        }
        if index.series().is_empty() && !run.tensorboard.is_empty() {
            let folders = run.tensorboard.join(", ");
            problems
                .push(Problem::new(At::Whole, format!("its histograms are in TensorBoard's files; open {folders}")));
        }
        let info = SourceInfo {
            is_pool: false,
            incomplete: false,
            name: name.display().to_string(),
            title: run_details::title(run),
            details: run_details::details(run, &index.only_in_summary()),
            growing: run.state == State::Open,
            series: index.series().iter().map(series).collect(),
            problems,
        };
        Self { info, path: path.to_owned(), index, len }
    }
}

impl Source for Run {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, _: &Task) -> Result<Content, Error> {
        let nothing = || super::nothing_there(series, step);
        let series = self.index.series().get(series).ok_or_else(nothing)?;
        let row = *series.rows.get(step).ok_or_else(nothing)?;
        let bytes = read_row(&self.path, row)?;
        let histogram = self.index.decode(row, &bytes, &series.path).map_err(|why| {
            let what = self.path.display().to_string();
            Error::Entry { what, at: At::Byte(row.at), key: series.path.join("."), why: why.to_string() }
        })?;
        Ok(Content::Logged(Logged { histogram: Arc::new(histogram), origin: None }))
    }

    fn watched(&self) -> Option<&Path> {
        self.info.growing.then_some(&self.path)
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        let len = length(&self.path)?;
        if len == self.len {
            return Ok(None);
        }
        let name = Path::new(&self.info.name);
        // Too short for its layout to be certain, or not the file that was read: from the beginning.
        if self.len < Framer::PROBE as u64 || len < self.len {
            return open_log(name, &self.path, task).map(Some);
        }
        let mut index = self.index.clone();
        expect_more(len.saturating_sub(index.offset()), task);
        let rest = read_on(&self.path, index.offset(), task, &mut |window| Ok(index.extend(window)))?;
        index.end(&rest);
        Ok(Some(Arc::new(Self::new(name, &self.path, index, len))))
    }
}

/// What the catalog says of an indexed series.
pub(super) fn series(index: &SeriesIndex) -> Series {
    let steps = if index.stepless { Steps::Unknown(index.rows.len()) } else { Steps::Known(index.steps.clone()) };
    Series { path: index.path.clone(), kind: SeriesKind::Histogram, steps, problems: Vec::new() }
}
