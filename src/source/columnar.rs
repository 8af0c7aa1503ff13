//! Parquet and Arrow files.
//!
//! Opening reads the footer and finds the rows of logged histograms. Everything else is read on demand.

mod bytes;
mod grouped;
mod logged_runs;

use super::reading::{ReadContext, guarded, read_all};
use super::{Source, Task};
use crate::catalog::{Content, Logged, Series, SourceInfo, Steps};
use crate::engine::Population;
use crate::error::{At, Error, Problem};
use crate::format::column::Column;
use crate::format::columnar::{BatchVisitor, Batches, Contents, NumberColumn, Projection, contents};
use crate::format::{DecodeError, Problems, arrow, parquet};
use crate::text::plural;
use crate::wandb::Histogram;
use arrow_schema::Schema;
use bytes::{ByteReader, ByteSource};
use grouped::StreamedGroups;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Open file.
struct Columnar {
    info: Arc<SourceInfo>,
    bytes: ByteSource,
    footer: FileFooter,
    contents: Contents,
    /// Histograms of each series. All entries of a series are decoded together, since reading cannot start inside a batch.
    decoded: Vec<Mutex<Option<Decoded>>>,
    /// The last window of small columns, by its number.
    window: Mutex<Option<(usize, Arc<Vec<Column>>)>>,
}

/// Number of columns that are decoded together if they are small. A reader of one column takes time in proportion to the
/// number of all columns.
const WINDOW: usize = 256;

/// Maximum number of values in a window.
const WINDOW_VALUES: u64 = 1 << 19;

/// Columns with fewer bytes are decoded into memory at once.
const LARGE: u64 = 16 << 20;

/// Histogram of each row, or its error.
type Decoded = Arc<Vec<Result<Arc<Histogram>, String>>>;

/// Footer of a file.
#[derive(Debug, Clone)]
enum FileFooter {
    Parquet(parquet::ParquetFooter),
    Arrow(arrow::ArrowFooter),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    Arrow,
}

pub(super) use logged_runs::{is_columnar, may_have_runs, open_run, runs};

/// File that is being read, with its footer.
struct OpenFile<'t> {
    footer: &'t FileFooter,
    reader: ByteReader,
}

pub(super) fn open(format: Format, context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let mut table = open_table(format, context, reader)?;
    match table.contents.runs.take() {
        Some(runs) => logged_runs::open(context, table, runs),
        None => Ok(Arc::new(table)),
    }
}

/// Opens a file without dividing it into runs.
fn open_table(format: Format, context: ReadContext, reader: &mut impl Read) -> Result<Columnar, Error> {
    let mut _reserved = None;
    let bytes = match context.path {
        Some(path) => {
            let metadata = path.metadata().map_err(|error| context.failed(error))?;
            ByteSource::File { path: path.to_owned(), seen: metadata }
        }
        None => {
            let (bytes, reserved) = read_all(context, reader)?;
            _reserved = Some(reserved);
            ByteSource::Memory(bytes.into())
        }
    };
    let reader = bytes.open(context.task).map_err(|why| context.error(why))?;
    let read = guarded(|| {
        let footer = FileFooter::read(format, &reader)?;
        let contents = contents(footer.schema(), &OpenFile { footer: &footer, reader }, &context.task.memory)?;
        Ok((footer, contents))
    });
    let (footer, contents) = read.map_err(|why| context.error(why))?;
    if contents.histograms.is_empty() && contents.numbers.is_empty() {
        let mut skipped: Vec<String> = contents.skipped.iter().take(MAX_SKIPPED).cloned().collect();
        let more = contents.skipped.len() - skipped.len();
        skipped.extend((more > 0).then(|| format!("{more} more")));
        let skipped = if skipped.is_empty() { String::new() } else { format!("; skipped {}", skipped.join(", ")) };
        return Err(context.error(format!("no column contains histograms or numbers{skipped}")));
    }
    let info = Arc::new(describe(context.name, &footer, &contents));
    let decoded = contents.histograms.iter().map(|_| Mutex::default()).collect();
    let window = Mutex::default();
    Ok(Columnar { info, bytes, footer, contents, decoded, window })
}

/// Maximum number of skipped columns in an error.
const MAX_SKIPPED: usize = 3;

fn describe(name: &str, footer: &FileFooter, contents: &Contents) -> SourceInfo {
    let columns = plural(footer.schema().fields().len() as u64, "column");
    let title = format!("{}, {columns}, {}", footer.name(), plural(footer.rows(), "row"));
    let histograms = contents.histograms.iter().map(|series| {
        let steps = series.steps.clone().map_or(Steps::Unknown(series.rows.len()), |steps| Steps::Known(steps.into()));
        Series::histograms(series.path.clone(), steps, Vec::new())
    });
    let numbers = contents.numbers.iter().map(|series| Series::samples(series.path.clone(), series.problems.clone()));
    let skipped = contents.skipped.join(", ");
    let flattened = contents.numbers.iter().filter(|series| series.flattened()).map(|series| series.path.join("."));
    let flattened = flattened.collect::<Vec<_>>().join(", ");
    let details = [("skipped columns", skipped), ("flattened lists", flattened)];
    let details = details.into_iter().filter(|(_, names)| !names.is_empty());
    let details = details.map(|(name, names)| (name.to_owned(), names)).collect();
    let series = histograms.chain(numbers).collect();
    let mut problems = Problems::default();
    footer.cut().into_iter().for_each(|cut| problems.push(cut.clone()));
    for column in &contents.skipped {
        problems.push(Problem::new(At::Whole, format!("skipped column {column}")));
    }
    let problems = problems.to_vec();
    SourceInfo { name: name.to_owned(), title, details, series, problems, ..SourceInfo::default() }
}

impl Source for Columnar {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let missing = || super::no_such_entry(series, step);
        let context = ReadContext { name: &self.info.name, path: None, task };
        if let Some(histograms) = self.contents.histograms.get(series) {
            let decoded = self.histograms(series, task).map_err(|why| context.error(why))?;
            let row = histograms.rows.get(step).ok_or_else(missing)?;
            return match decoded.get(step).ok_or_else(missing)? {
                Ok(histogram) => Ok(Content::Logged(Logged { histogram: Arc::clone(histogram), origin: None })),
                Err(why) => Err(context.error(format!("row {} of '{}': {why}", row + 1, histograms.path.join(".")))),
            };
        }
        let numbers = series.checked_sub(self.contents.histograms.len()).and_then(|n| self.contents.numbers.get(n));
        let numbers = numbers.filter(|_| step == 0).ok_or_else(missing)?;
        let index = series - self.contents.histograms.len();
        if let Some(column) = self.column_in_window(index, task).map_err(|why| context.error(why))? {
            let population = Population::of(vec![column.samples.into()], task)?;
            let population = population.with_gaps(column.missing, column.bad, column.problems);
            return Ok(Content::Raw(Arc::new(match column.rows {
                Some(rows) => population.with_rows(rows),
                None => population,
            })));
        }
        if let Some(parquet) = self.streamable(numbers, task) {
            let population = StreamedGroups::open(&self.info.name, &self.bytes, parquet, numbers, task)?;
            return Ok(Content::Raw(Arc::new(population)));
        }
        task.progress.set_total(self.footer.bytes(&numbers.projection()));
        let column = self.numbers(numbers, task).map_err(|why| context.error(why))?;
        Ok(Content::Raw(Arc::new(column.into_population())))
    }
}

impl Columnar {
    fn open(&self, task: &Task) -> Result<OpenFile<'_>, DecodeError> {
        Ok(OpenFile { footer: &self.footer, reader: self.bytes.open(task)? })
    }

    /// Returns the footer if the numbers of a series are many, or may not fit in memory, and are in several row groups.
    fn streamable(&self, numbers: &NumberColumn, task: &Task) -> Option<&parquet::ParquetFooter> {
        match &self.footer {
            FileFooter::Parquet(footer) if footer.groups() > 1 => {
                let bytes = footer.values(&numbers.projection()).saturating_mul(numbers.dtype().bytes() as u64);
                (bytes >= LARGE || !task.memory.fits_with_half_free(bytes)).then_some(footer)
            }
            FileFooter::Parquet(_) | FileFooter::Arrow(_) => None,
        }
    }

    /// Reads a small column in a file of many, together with its neighbors. `None` for other columns.
    fn column_in_window(&self, index: usize, task: &Task) -> Result<Option<Column>, DecodeError> {
        let all = &self.contents.numbers;
        let (number, first) = (index / WINDOW, index / WINDOW * WINDOW);
        let several = all.get(first..all.len().min(first + WINDOW)).unwrap_or_default();
        if all.len() < WINDOW || !self.window_is_small(several) {
            return Ok(None);
        }
        // The value is written in one step, so a panic of another worker leaves it intact.
        let mut slot = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = match &*slot {
            Some((known, columns)) if *known == number => Arc::clone(columns),
            _ => {
                // If one column is damaged or too large, each is read alone. Only then is this an error.
                let own = Task { memory: task.memory.limit().into(), ..task.clone() };
                let _bytes = own.memory.reserve(self.bytes.memory())?;
                let read = self.open(&own).and_then(|file| NumberColumn::read_several(several, &file, &own.memory));
                let columns = Arc::new(read.unwrap_or_default());
                *slot = Some((number, Arc::clone(&columns)));
                columns
            }
        };
        drop(slot);
        Ok(columns.get(index - first).cloned())
    }

    fn window_is_small(&self, several: &[NumberColumn]) -> bool {
        let columns = several.len() as u64;
        match &self.footer {
            // A batch is always read completely.
            FileFooter::Arrow(footer) => {
                let fields = footer.schema().fields().len().max(1) as u64;
                footer.rows().saturating_mul(columns) <= WINDOW_VALUES && footer.memory() / fields <= 1 << 16
            }
            FileFooter::Parquet(footer) => {
                let mut roots: Vec<usize> = several.iter().map(NumberColumn::root).collect();
                roots.dedup();
                footer.values(&Projection { roots, below: Vec::new() }) <= WINDOW_VALUES
            }
        }
    }

    /// Reads all numbers of a series.
    fn numbers(&self, numbers: &NumberColumn, task: &Task) -> Result<Column, DecodeError> {
        let _bytes = task.memory.reserve(self.bytes.memory())?;
        if let FileFooter::Parquet(footer) = &self.footer {
            task.memory.reserve(footer.batch(&numbers.projection(), numbers.dtype().bytes() as u64))?;
        }
        numbers.read(&self.open(task)?, &task.memory)
    }

    /// Decodes all histograms of a series, or returns those decoded earlier.
    fn histograms(&self, series: usize, task: &Task) -> Result<Decoded, DecodeError> {
        let (Some(histograms), Some(slot)) = (self.contents.histograms.get(series), self.decoded.get(series)) else {
            return Ok(Arc::default());
        };
        // The value is written in one step, so a panic of another worker leaves it intact.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decoded) = &*slot {
            return Ok(Arc::clone(decoded));
        }
        task.progress.set_total(self.footer.bytes(&histograms.projection()));
        let _bytes = task.memory.reserve(self.bytes.memory())?;
        let read = histograms.read(&self.open(task)?, &task.memory)?;
        let decoded: Decoded = Arc::new(read.into_iter().map(|result| result.map(Arc::new)).collect());
        Ok(Arc::clone(slot.insert(decoded)))
    }
}

impl FileFooter {
    fn read(format: Format, reader: &ByteReader) -> Result<Self, DecodeError> {
        Ok(match format {
            Format::Parquet => Self::Parquet(parquet::ParquetFooter::read(reader, &reader.task.memory)?),
            Format::Arrow => Self::Arrow(arrow::ArrowFooter::read(reader.from(0), &reader.task.memory)?),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "Parquet",
            Self::Arrow(footer) if footer.is_stream() => "Arrow stream",
            Self::Arrow(_) => "Arrow",
        }
    }

    fn schema(&self) -> &Schema {
        match self {
            Self::Parquet(footer) => footer.schema(),
            Self::Arrow(footer) => footer.schema(),
        }
    }

    fn rows(&self) -> u64 {
        match self {
            Self::Parquet(footer) => footer.rows(),
            Self::Arrow(footer) => footer.rows(),
        }
    }

    /// Problem of a truncated file.
    fn cut(&self) -> Option<&Problem> {
        match self {
            Self::Parquet(_) => None,
            Self::Arrow(footer) => footer.truncation(),
        }
    }

    /// Bytes of the file that reading the picked columns needs.
    fn bytes(&self, projection: &Projection) -> u64 {
        match self {
            Self::Parquet(footer) => footer.bytes(projection),
            Self::Arrow(footer) => footer.bytes(),
        }
    }
}

impl Batches for OpenFile<'_> {
    fn rows(&self) -> u64 {
        self.footer.rows()
    }

    fn groups(&self) -> usize {
        match self.footer {
            FileFooter::Parquet(footer) => footer.groups(),
            FileFooter::Arrow(_) => 1,
        }
    }

    fn read_groups(
        &self,
        groups: Range<usize>,
        projection: &Projection,
        each: BatchVisitor<'_>,
    ) -> Result<(), DecodeError> {
        let cancel = &self.reader.task.cancel;
        let each: BatchVisitor = &mut |batch| {
            cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
            each(batch)
        };
        let _batch = self.reader.task.memory.reserve(match self.footer {
            FileFooter::Parquet(_) => 0,
            FileFooter::Arrow(footer) => footer.memory(),
        })?;
        guarded(|| match self.footer {
            FileFooter::Parquet(footer) => {
                footer.batches(&self.reader, groups, projection, &self.reader.task.memory, each)
            }
            FileFooter::Arrow(footer) => footer.batches(BufReader::new(self.reader.from(0)), projection, each),
        })
    }
}
