//! Runs of a table of several runs, such as an export of Trackio. All runs share the open file and its decoded histograms.

use super::super::reading::{ReadContext, watched};
use super::super::{Source, Task, runs};
use super::bytes::ByteSource;
use super::{Columnar, Format, open_table};
use crate::catalog::{Content, RunName, Series, SourceInfo, Steps};
use crate::error::Error;
use crate::format::columnar::{OnlyRows, TableRuns};
use crate::format::{DecodeError, arrow, parquet};
use crate::text::plural;
use memchr::memmem;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Number of files that stay open between the search for runs and their opening.
const RECENT: usize = 4;

/// Bytes of a footer or schema that are searched for names.
const SEARCHED: u64 = 1 << 20;

/// Runs of a file as one source: a single run, or all of them if they come from a pipe.
struct RunsOfTable {
    info: Arc<SourceInfo>,
    table: Arc<Columnar>,
    series: Vec<Selected>,
}

/// Part of a series of the file.
enum Selected {
    /// Entries of a series of histograms.
    Histograms { series: usize, entries: Vec<usize> },
    /// Rows of a column of numbers.
    Numbers { column: usize, rows: Arc<[Range<u64>]> },
}

/// Returns true if the schema of a file names runs, steps and histograms. Reads only the end or the start of the file.
pub(in crate::source) fn may_have_runs(path: &Path) -> bool {
    let text = Format::of(path).and_then(|format| schema_text(path, format).ok()).unwrap_or_default();
    ["run", "step"].iter().all(|name| memmem::find(&text, name.as_bytes()).is_some())
}

/// Reads the bytes that contain the names of the columns.
fn schema_text(path: &Path, format: Format) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let mut text = Vec::new();
    if format == Format::Parquet {
        let mut tail = [0; 8];
        file.seek(SeekFrom::End(-8))?;
        file.read_exact(&mut tail)?;
        let length = u64::from(u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]])).min(SEARCHED);
        file.seek(SeekFrom::End(-8 - length.cast_signed()))?;
    }
    file.take(SEARCHED).read_to_end(&mut text)?;
    Ok(text)
}

impl Format {
    /// Detects the format from the first bytes.
    fn of(path: &Path) -> Option<Self> {
        let mut head = Vec::new();
        File::open(path).ok()?.take(8).read_to_end(&mut head).ok()?;
        if head.starts_with(parquet::MAGIC) {
            return Some(Self::Parquet);
        }
        (head.starts_with(arrow::MAGIC) || head.starts_with(arrow::CONTINUATION)).then_some(Self::Arrow)
    }
}

/// Lists the runs of a file as paths. Empty for a file that is not divided into runs.
///
/// # Errors
/// The file cannot be read.
pub(in crate::source) fn runs(path: &Path, task: &Task) -> Result<Vec<PathBuf>, Error> {
    let table = table(path, task)?;
    let Some(runs) = &table.contents.runs else { return Ok(Vec::new()) };
    Ok((0..runs.names.len()).map(|run| runs::join(path, key(runs, run))).collect())
}

/// Opens one run of a file. `name` is the path that the user typed.
pub(in crate::source) fn open_run(name: &Path, path: &Path, run: &str, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let table = table(path, task)?;
    let names = table.contents.runs.as_ref();
    let position = names.and_then(|runs| (0..runs.names.len()).find(|position| key(runs, *position) == run));
    let position = position.ok_or_else(|| runs::missing(path, run))?;
    Ok(Arc::new(RunsOfTable::new(&name.display().to_string(), &table, &[position])))
}

/// Opens a file that contains runs: the only one, or all of a pipe as one source.
pub(super) fn open(context: ReadContext, table: &Arc<Columnar>) -> Result<Arc<dyn Source>, Error> {
    let names = table.contents.runs.as_ref().map(|runs| (0..runs.names.len()).collect::<Vec<_>>()).unwrap_or_default();
    if let (Some(path), Some(runs), [one, two, ..]) = (context.path, &table.contents.runs, names.as_slice()) {
        let [one, two] = [*one, *two].map(|run| runs::join(path, key(runs, run)));
        return Err(runs::several(path, &one, &two));
    }
    Ok(Arc::new(RunsOfTable::new(context.name, table, &names)))
}

/// Name of a run in a path: its id if the name is not unique.
fn key(runs: &TableRuns, run: usize) -> &str {
    let Some((name, id)) = runs.names.get(run) else { return "" };
    let same = runs.names.iter().filter(|(other, other_id)| other == name || other_id == name).count();
    if same == 1 || id.is_empty() { name } else { id }
}

/// Files that were opened last.
static LAST: Mutex<VecDeque<(PathBuf, Arc<Columnar>)>> = Mutex::new(VecDeque::new());

/// Opens a file, or returns it if it is open.
fn table(path: &Path, task: &Task) -> Result<Arc<Columnar>, Error> {
    let name = path.to_string_lossy();
    let context = ReadContext { name: &name, path: Some(path), task };
    let metadata = fs::metadata(path).map_err(|error| context.failed(error))?;
    let is_current = |table: &Columnar| match &table.bytes {
        ByteSource::File { seen, .. } => {
            (seen.len(), seen.modified().ok()) == (metadata.len(), metadata.modified().ok())
        }
        ByteSource::Memory(_) => false,
    };
    // Every change is a single step, so a panic of another thread leaves the list intact.
    let last = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let known = last().iter().find(|(other, _)| other == path).map(|(_, table)| Arc::clone(table));
    if let Some(table) = known.filter(|table| is_current(table)) {
        return Ok(table);
    }
    let format = Format::of(path).ok_or_else(|| context.error("not a Parquet or Arrow file"))?;
    let file = File::open(path).map_err(|error| context.failed(error))?;
    let table = Arc::new(open_table(format, context, &mut watched(file, task))?);
    let mut last = last();
    last.retain(|(other, _)| other != path);
    last.push_back((path.to_owned(), Arc::clone(&table)));
    let dropped = if last.len() > RECENT { last.pop_front() } else { None };
    drop(last);
    drop(dropped);
    Ok(table)
}

impl RunsOfTable {
    /// Selects the series of some runs. Keys start with the run if there are several.
    fn new(name: &str, table: &Arc<Columnar>, selected: &[usize]) -> Self {
        let contents = &table.contents;
        let none = TableRuns { names: Vec::new(), of_rows: Vec::new() };
        let runs = contents.runs.as_ref().unwrap_or(&none);
        let (mut described, mut series) = (Vec::new(), Vec::new());
        for run in selected {
            let prefix = if selected.len() > 1 { vec![key(runs, *run).to_owned()] } else { Vec::new() };
            let path = |own: &[String]| [&prefix, own].concat();
            let number = u32::try_from(*run).ok();
            for (index, histograms) in contents.histograms.iter().enumerate() {
                let is_own = |row: &u64| runs.of_rows.get(*row as usize).copied().flatten() == number;
                let rows = histograms.rows.iter().enumerate().filter(|(_, row)| is_own(row));
                let entries: Vec<usize> = rows.map(|(entry, _)| entry).collect();
                if entries.is_empty() {
                    continue;
                }
                let steps = histograms.steps.as_ref().and_then(|steps| {
                    entries.iter().map(|entry| steps.get(*entry).copied()).collect::<Option<Vec<_>>>()
                });
                let steps = steps.map_or(Steps::Unknown(entries.len()), |steps| Steps::Known(steps.into()));
                described.push(Series::histograms(path(&histograms.path), steps, Vec::new()));
                series.push(Selected::Histograms { series: index, entries });
            }
            let rows: Arc<[Range<u64>]> = runs.rows(number.unwrap_or(u32::MAX)).into();
            for (column, numbers) in contents.numbers.iter().enumerate() {
                described.push(Series::samples(path(&numbers.path), numbers.problems.clone()));
                series.push(Selected::Numbers { column, rows: Arc::clone(&rows) });
            }
        }
        let run = match selected {
            [only] => runs.names.get(*only).and_then(|(name, id)| RunName::with_id(name, id)),
            _ => None,
        };
        let rows = series.iter().find_map(|selected| match selected {
            Selected::Numbers { rows, .. } => Some(rows.iter().map(|rows| rows.end - rows.start).sum()),
            Selected::Histograms { .. } => None,
        });
        let format = table.footer.name();
        let title = match (&run, rows) {
            (Some(run), Some(rows)) => format!("{format} run {} · {}", run.name, plural(rows, "row")),
            (Some(run), None) => format!("{format} run {}", run.name),
            (None, _) => format!("{format}, {}", plural(selected.len() as u64, "run")),
        };
        let info =
            SourceInfo { name: name.to_owned(), run, title, series: described, ..SourceInfo::clone(&table.info) };
        Self { info: Arc::new(info), table: Arc::clone(table), series }
    }
}

impl Source for RunsOfTable {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let missing = || super::super::no_such_entry(series, step);
        match self.series.get(series).ok_or_else(missing)? {
            Selected::Histograms { series, entries } => {
                self.table.load(*series, *entries.get(step).ok_or_else(missing)?, task)
            }
            Selected::Numbers { column, rows } if step == 0 => {
                let numbers = self.table.contents.numbers.get(*column).ok_or_else(missing)?;
                let read = || -> Result<_, DecodeError> {
                    let _bytes = task.memory.reserve(self.table.bytes.memory())?;
                    numbers.read(&OnlyRows { file: &self.table.open(task)?, rows }, &task.memory)
                };
                let context = ReadContext { name: &self.info.name, path: None, task };
                let column = read().map_err(|why| context.error(why))?;
                Ok(Content::Raw(Arc::new(column.into_population())))
            }
            Selected::Numbers { .. } => Err(missing()),
        }
    }
}
