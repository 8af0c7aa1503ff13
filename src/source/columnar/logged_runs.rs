//! Runs of a table of several runs, such as an export of Trackio. All runs share the open file and what was decoded of it.

use super::super::open_files::OpenFiles;
use super::super::reading::{ReadContext, watched};
use super::super::{Source, Task, no_such_entry, runs};
use super::bytes::ByteSource;
use super::{Columnar, Format, open_table};
use crate::catalog::{Content, RunName, ScalarCollector, Scalars, Series, SourceInfo, Steps};
use crate::engine::{Budget, MemoryLimit};
use crate::error::{At, Error, Problem};
use crate::format::column::Column;
use crate::format::columnar::{NO_RUN, NumberColumn, RowRuns};
use crate::format::table_runs::{distinct_names, repeated_steps};
use crate::format::{DecodeError, arrow, parquet};
use crate::hist::{Element as _, each};
use crate::text::plural;
use memchr::memmem;
use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a footer or schema that are searched for names.
const SEARCHED: u64 = 1 << 20;

/// Share of the memory limit that decoded columns of a table may use: one part in this number.
const SHARE: u64 = 8;

/// Table of several runs.
struct RunTable {
    table: Columnar,
    runs: RowRuns,
    /// Name of each run in a path, and the position of the run with a name.
    keys: Vec<String>,
    by_key: HashMap<String, usize>,
    parts: Vec<RunPart>,
    /// Columns of numbers that were decoded last, by their indices, with their sizes.
    decoded: Mutex<VecDeque<(usize, DecodedRuns, u64)>>,
}

/// Numbers of each run in a column.
type DecodedRuns = Arc<Vec<Column>>;

/// Rows of one run.
#[derive(Debug, Clone, Default)]
struct RunPart {
    rows: u64,
    /// Series of histograms, and which entries of each belong to the run.
    histograms: Vec<(usize, Vec<usize>)>,
}

/// Runs of a table as one source: a single run, or all of them if they come from a pipe.
struct RunsOfTable {
    info: Arc<SourceInfo>,
    table: Arc<RunTable>,
    /// The run, if it is a single one.
    run: Option<usize>,
    series: Vec<Selected>,
}

/// Part of a series of the table.
enum Selected {
    Histograms { series: usize, entries: Vec<usize> },
    Numbers { column: usize, run: usize },
}

static TABLES: OpenFiles<RunTable> = OpenFiles::new();

/// Returns true for a Parquet or Arrow file.
pub(in crate::source) fn is_columnar(path: &Path) -> bool {
    Format::of(path).is_some()
}

/// Returns true if the schema of a file names runs and steps. Reads only the end or the start of the file.
pub(in crate::source) fn may_have_runs(path: &Path) -> bool {
    let text = Format::of(path).and_then(|format| schema_text(path, format).ok()).unwrap_or_default();
    let has = |name: &str| memmem::find(&text, name.as_bytes()).is_some();
    has("run") && (has("step") || has("Step"))
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
    let keys = table.iter().flat_map(|table| table.runs_with_content()).map(|(key, _)| runs::join(path, key));
    Ok(keys.collect())
}

/// Opens one run of a file. `name` is the path that the user typed.
pub(in crate::source) fn open_run(name: &Path, path: &Path, run: &str, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let table = table(path, task)?.ok_or_else(|| runs::missing(path, run))?;
    let position = table.by_key.get(run).copied().ok_or_else(|| runs::missing(path, run))?;
    Ok(Arc::new(RunsOfTable::new(&name.display().to_string(), &table, &[position])))
}

/// Opens a file that contains runs: the only one, or all of a pipe as one source.
pub(super) fn open(context: ReadContext, table: Columnar, runs: RowRuns) -> Result<Arc<dyn Source>, Error> {
    let table = Arc::new(RunTable::new(table, runs));
    let found: Vec<(&String, usize)> = table.runs_with_content().collect();
    if let (Some(path), [(one, _), (two, _), ..]) = (context.path, found.as_slice()) {
        let [one, two] = [one, two].map(|run| runs::join(path, run));
        return Err(runs::several(path, &one, &two));
    }
    let positions: Vec<usize> = found.iter().map(|(_, position)| *position).collect();
    Ok(Arc::new(RunsOfTable::new(context.name, &table, &positions)))
}

/// Opens a file, or returns it if it is open. `None` for a file without runs.
fn table(path: &Path, task: &Task) -> Result<Option<Arc<RunTable>>, Error> {
    let name = path.to_string_lossy();
    let context = ReadContext { name: &name, path: Some(path), task };
    let metadata = fs::metadata(path).map_err(|error| context.failed(error))?;
    let is_current = |known: &RunTable| {
        Ok(match &known.table.bytes {
            ByteSource::File { seen, .. } => {
                (seen.len(), seen.modified().ok()) == (metadata.len(), metadata.modified().ok())
            }
            ByteSource::Memory(_) => false,
        })
    };
    let mut is_divided = true;
    let known = TABLES.get(path, is_current, |_| {
        let format = Format::of(path).ok_or_else(|| context.error("not a Parquet or Arrow file"))?;
        let file = File::open(path).map_err(|error| context.failed(error))?;
        let mut table = open_table(format, context, &mut watched(file, task))?;
        let runs = table.contents.runs.take();
        is_divided = runs.is_some();
        runs.map(|runs| RunTable::new(table, runs)).ok_or_else(|| context.error("the table has no runs"))
    });
    if is_divided { known.map(Some) } else { Ok(None) }
}

impl RunTable {
    fn new(table: Columnar, runs: RowRuns) -> Self {
        let keys = distinct_names(runs.runs.labels());
        let by_key = keys.iter().cloned().zip(0..).collect();
        let mut parts = vec![RunPart::default(); keys.len()];
        for run in &runs.of_rows {
            if let Some(part) = parts.get_mut(*run as usize) {
                part.rows += 1;
            }
        }
        for (index, histograms) in table.contents.histograms.iter().enumerate() {
            for (entry, row) in histograms.rows.iter().enumerate() {
                let run = runs.of_rows.get(*row as usize).copied().unwrap_or(NO_RUN);
                let Some(part) = parts.get_mut(run as usize) else { continue };
                match part.histograms.last_mut() {
                    Some((last, entries)) if *last == index => entries.push(entry),
                    _ => part.histograms.push((index, vec![entry])),
                }
            }
        }
        Self { table, runs, keys, by_key, parts, decoded: Mutex::default() }
    }

    /// Runs with series, by their names in a path.
    fn runs_with_content(&self) -> impl Iterator<Item = (&String, usize)> {
        let has_numbers = !self.table.contents.numbers.is_empty();
        let all = self.keys.iter().zip(&self.parts).zip(0..);
        all.filter(move |((_, part), _)| has_numbers || !part.histograms.is_empty()).map(|((key, _), run)| (key, run))
    }

    /// Returns the steps of entries in their order, and sorts the entries by them. Returns the number of repeated steps, too.
    /// The entries stay in the order of the rows if one has no step.
    fn steps(&self, series: usize, entries: &mut [usize]) -> (Steps, usize) {
        let rows = self.table.contents.histograms.get(series).map_or(&[][..], |histograms| &histograms.rows);
        let step = |entry: &usize| self.runs.steps.get(*rows.get(*entry)? as usize).copied().flatten();
        if entries.iter().any(|entry| step(entry).is_none()) {
            return (Steps::Unknown(entries.len()), 0);
        }
        entries.sort_by_key(step);
        let steps: Vec<i64> = entries.iter().filter_map(step).collect();
        let repeated = steps.windows(2).filter(|pair| pair[0] == pair[1]).count();
        (Steps::Known(steps.into()), repeated)
    }

    /// Returns the numbers of a run in a column.
    fn numbers(&self, column: usize, run: usize, task: &Task) -> Result<Column, DecodeError> {
        let missing = || DecodeError::new("the column does not exist");
        let numbers = self.table.contents.numbers.get(column).ok_or_else(missing)?;
        let limit = MemoryLimit(task.memory.limit().0 / SHARE);
        // The lock keeps two workers from decoding a column twice. The list stays intact if one panics.
        let mut decoded = self.decoded.lock().unwrap_or_else(PoisonError::into_inner);
        let known = decoded.iter().find(|(other, ..)| *other == column).map(|(_, runs, _)| Arc::clone(runs));
        if let Some(all) = known {
            return all.get(run).cloned().ok_or_else(missing);
        }
        let runs = 0..u32::try_from(self.parts.len()).unwrap_or(NO_RUN);
        let own: Budget = limit.into();
        match self.read(numbers, runs, &Task { memory: own.clone(), ..task.clone() }) {
            Ok(all) => {
                let bytes =
                    all.iter().map(|column| (column.samples.len() * column.samples.dtype().bytes()) as u64).sum();
                let all = Arc::new(all);
                decoded.push_back((column, Arc::clone(&all), bytes));
                while decoded.len() > 1 && decoded.iter().map(|(.., bytes)| bytes).sum::<u64>() > limit.0 {
                    decoded.pop_front();
                }
                all.get(run).cloned().ok_or_else(missing)
            }
            // All runs at once do not fit.
            Err(_) if own.check().is_err() => {
                drop(decoded);
                let run = u32::try_from(run).unwrap_or(NO_RUN);
                self.read(numbers, run..run.saturating_add(1), task)?.into_iter().next().ok_or_else(missing)
            }
            Err(why) => Err(why),
        }
    }

    fn read(
        &self,
        numbers: &NumberColumn,
        runs: std::ops::Range<u32>,
        task: &Task,
    ) -> Result<Vec<Column>, DecodeError> {
        task.progress.set_total(self.table.footer.bytes(&numbers.projection()));
        let _bytes = task.memory.reserve(self.table.bytes.memory())?;
        numbers.read_runs(&self.table.open(task)?, &self.runs.of_rows, runs, &task.memory)
    }
}

impl RunsOfTable {
    /// Selects the series of some runs. Keys start with the run if there are several.
    fn new(name: &str, table: &Arc<RunTable>, selected: &[usize]) -> Self {
        let contents = &table.table.contents;
        let (mut described, mut series) = (Vec::new(), Vec::new());
        for run in selected {
            let (Some(key), Some(part)) = (table.keys.get(*run), table.parts.get(*run)) else { continue };
            let prefix = if selected.len() > 1 { std::slice::from_ref(key) } else { &[] };
            let path = |own: &[String]| [prefix, own].concat();
            for (index, entries) in &part.histograms {
                let (index, mut entries) = (*index, entries.clone());
                let (steps, repeated) = table.steps(index, &mut entries);
                let problems = repeated_steps(repeated).map(|why| Problem::new(At::Whole, why)).into_iter().collect();
                let own = contents.histograms.get(index).map_or(&[][..], |histograms| &histograms.path);
                described.push(Series::histograms(path(own), steps, problems));
                series.push(Selected::Histograms { series: index, entries });
            }
            for (column, numbers) in contents.numbers.iter().enumerate() {
                described.push(Series::samples(path(&numbers.path), numbers.problems.clone()));
                series.push(Selected::Numbers { column, run: *run });
            }
        }
        let format = table.table.footer.name();
        let only = if let [only] = selected { Some(*only) } else { None };
        let label = only.and_then(|run| Some((table.runs.runs.labels().get(run)?, table.parts.get(run)?.rows)));
        let title = match label {
            Some((label, rows)) => format!("{format} run {} · {}", label.name, plural(rows, "row")),
            None => format!("{format}, {}", plural(selected.len() as u64, "run")),
        };
        let run = label.and_then(|(label, _)| RunName::with_id(&label.name, &label.id));
        let rows_without = table.runs.of_rows.iter().filter(|run| **run == NO_RUN).count() as u64;
        let info = SourceInfo::clone(&table.table.info);
        let without = (rows_without > 0)
            .then(|| Problem::new(At::Whole, format!("{} without a run left out", plural(rows_without, "row"))));
        let problems = info.problems.iter().cloned().chain(without).collect();
        let info = SourceInfo { name: name.to_owned(), run, title, series: described, problems, ..info };
        Self { info: Arc::new(info), table: Arc::clone(table), run: only, series }
    }
}

impl Source for RunsOfTable {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let missing = || no_such_entry(series, step);
        match self.series.get(series).ok_or_else(missing)? {
            Selected::Histograms { series, entries } => {
                self.table.table.load(*series, *entries.get(step).ok_or_else(missing)?, task)
            }
            Selected::Numbers { column, run } if step == 0 => {
                let context = ReadContext { name: &self.info.name, path: None, task };
                let column = self.table.numbers(*column, *run, task).map_err(|why| context.error(why))?;
                let bytes = column.samples.len() * column.samples.dtype().bytes();
                task.memory.reserve(bytes as u64).map_err(|why| context.failed(why))?.keep();
                Ok(Content::Raw(Arc::new(column.into_population())))
            }
            Selected::Numbers { .. } => Err(missing()),
        }
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        let Some(run) = self.run else { return Ok(Scalars::default()) };
        let context = ReadContext { name: &self.info.name, path: None, task };
        let names = self.series.iter().zip(&self.info.series).filter_map(|(selected, series)| match selected {
            Selected::Numbers { column, .. } => Some((*column, series.path.join("/"))),
            Selected::Histograms { .. } => None,
        });
        let names: Vec<(usize, String)> = names.collect();
        // Only the chosen column is decoded.
        let mut chooser = ScalarCollector::new(wanted);
        for (_, name) in &names {
            chooser.add(name, 0, 0.0);
        }
        let chosen = chooser.finish().name;
        let mut collector = ScalarCollector::new(Some(&chosen));
        for (_, name) in &names {
            collector.name(name);
        }
        if let Some((column, name)) = names.iter().find(|(_, name)| *name == chosen) {
            let column = self.table.numbers(*column, run, task).map_err(|why| context.error(why))?;
            if let Some(rows) = &column.rows {
                each!(&column.samples, all => for (sample, x) in all.iter().enumerate() {
                    let row = rows.row(sample as u64).checked_sub(1);
                    let step = row.and_then(|row| self.table.runs.steps.get(row as usize).copied().flatten());
                    if let Some(step) = step {
                        collector.add(name, step, x.to_f64());
                    }
                });
            }
        }
        Ok(collector.finish())
    }
}
