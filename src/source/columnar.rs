//! Parquet and Arrow files: the footer and the rows in which histograms were logged are read when opened, everything
//! else when it is asked for.

mod bytes;
mod grouped;

use super::input::{ReadContext, read_all};
use super::{Source, Task};
use crate::catalog::{Content, Logged, Series, SeriesKind, SourceInfo, Steps};
use crate::engine::{Part, Population};
use crate::error::{Error, Problem};
use crate::format::column::Column;
use crate::format::columnar::{Batches, Contents, Each, Numbers, Pick, contents};
use crate::format::{DecodeError, arrow, parquet};
use crate::text::plural;
use crate::wandb::Histogram;
use arrow_schema::Schema;
use bytes::{Input, Stored, guarded};
use grouped::Grouped;
use std::io::{BufReader, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// An opened file.
struct Columnar {
    info: SourceInfo,
    bytes: Stored,
    footer: Footer,
    contents: Contents,
    /// The histograms of every series, once the first of them was asked for: batches cannot be entered in the middle.
    decoded: Vec<Mutex<Option<Decoded>>>,
}

/// One for each row, or why there is none.
type Decoded = Arc<Vec<Result<Arc<Histogram>, String>>>;

/// What a file says of itself.
#[derive(Debug, Clone)]
enum Footer {
    Parquet(parquet::Footer),
    Arrow(arrow::Footer),
}

/// Which of them a file is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Format {
    Parquet,
    Arrow,
}

/// A file that is open, with what its footer says.
struct Table<'t> {
    footer: &'t Footer,
    input: Input,
}

pub(super) fn open(format: Format, origin: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let mut _held = None;
    let bytes = match origin.path {
        Some(path) => {
            let metadata = path.metadata().map_err(|error| origin.failed(DecodeError::from(error)))?;
            Stored::File { path: path.to_owned(), seen: metadata }
        }
        None => {
            let (bytes, held) = read_all(origin, reader)?;
            _held = Some(held);
            Stored::Memory(bytes.into())
        }
    };
    let input = bytes.open(origin.task).map_err(|why| origin.failed(why))?;
    let read = guarded(|| {
        let footer = Footer::read(format, &input)?;
        let contents = contents(footer.schema(), &Table { footer: &footer, input }, &origin.task.memory)?;
        Ok((footer, contents))
    });
    let (footer, contents) = read.map_err(|why| origin.failed(why))?;
    if contents.histograms.is_empty() && contents.numbers.is_empty() {
        return Err(origin.failed("it has no column of histograms or numbers"));
    }
    let info = describe(origin.name, &footer, &contents);
    let decoded = contents.histograms.iter().map(|_| Mutex::default()).collect();
    Ok(Arc::new(Columnar { info, bytes, footer, contents, decoded }))
}

fn describe(name: &str, footer: &Footer, contents: &Contents) -> SourceInfo {
    let columns = plural(footer.schema().fields().len() as u64, "column");
    let title = format!("{}, {columns}, {}", footer.name(), plural(footer.rows(), "row"));
    let histograms = contents.histograms.iter().map(|series| Series {
        path: series.path.clone(),
        kind: SeriesKind::Histogram,
        steps: series.steps.clone().map_or(Steps::Unknown(series.rows.len()), Steps::Known),
        problems: Vec::new(),
    });
    let numbers = contents.numbers.iter().map(|series| Series {
        path: series.path.clone(),
        kind: SeriesKind::Samples,
        steps: Steps::Unknown(1),
        problems: series.problems.clone(),
    });
    let left_out = contents.left_out.join(", ");
    let flattened = contents.numbers.iter().filter(|series| series.flattened()).map(|series| series.path.join("."));
    let flattened = flattened.collect::<Vec<_>>().join(", ");
    let details = [("not numbers", left_out), ("lists flattened", flattened)];
    let details = details.into_iter().filter(|(_, names)| !names.is_empty());
    let details = details.map(|(name, names)| (name.to_owned(), names)).collect();
    let series = histograms.chain(numbers).collect();
    let problems = footer.cut().into_iter().cloned().collect();
    SourceInfo { name: name.to_owned(), title, details, series, problems, ..SourceInfo::default() }
}

impl Source for Columnar {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let nothing = || super::nothing_there(series, step);
        let origin = ReadContext { name: &self.info.name, path: None, task };
        if let Some(histograms) = self.contents.histograms.get(series) {
            let decoded = self.histograms(series, task).map_err(|why| origin.failed(why))?;
            let row = histograms.rows.get(step).ok_or_else(nothing)?;
            return match decoded.get(step).ok_or_else(nothing)? {
                Ok(histogram) => Ok(Content::Logged(Logged { histogram: Arc::clone(histogram), origin: None })),
                Err(why) => Err(origin.failed(format!("row {} under '{}': {why}", row + 1, histograms.path.join(".")))),
            };
        }
        let numbers = series.checked_sub(self.contents.histograms.len()).and_then(|n| self.contents.numbers.get(n));
        let numbers = numbers.filter(|_| step == 0).ok_or_else(nothing)?;
        if let Some(parquet) = self.too_many(numbers, task) {
            let (part, missing) = Grouped::open(&self.info.name, &self.bytes, parquet, numbers, task)?;
            let population = Population::of(vec![Part::Stream(Arc::new(part))], task)?;
            return Ok(Content::Raw(Arc::new(population.with_gaps(missing, 0, numbers.problems.clone()))));
        }
        task.progress.set_total(self.footer.bytes(&numbers.pick()));
        let column = self.numbers(numbers, task).map_err(|why| origin.failed(why))?;
        let population = Population::new(column.samples);
        Ok(Content::Raw(Arc::new(population.with_gaps(column.missing, column.bad, column.problems))))
    }
}

impl Columnar {
    fn table(&self, task: &Task) -> Result<Table<'_>, DecodeError> {
        Ok(Table { footer: &self.footer, input: self.bytes.open(task)? })
    }

    /// The footer, if the numbers of a series may not fit in memory and stand in groups that can be read apart.
    fn too_many(&self, numbers: &Numbers, task: &Task) -> Option<&parquet::Footer> {
        match &self.footer {
            Footer::Parquet(footer) if footer.groups() > 1 => {
                let bytes = footer.values(&numbers.pick()).saturating_mul(numbers.dtype().bytes() as u64);
                (!task.memory.fits_with_half_free(bytes)).then_some(footer)
            }
            Footer::Parquet(_) | Footer::Arrow(_) => None,
        }
    }

    /// All numbers of a series.
    fn numbers(&self, numbers: &Numbers, task: &Task) -> Result<Column, DecodeError> {
        let _bytes = task.memory.hold(self.bytes.memory())?;
        if let Footer::Parquet(footer) = &self.footer {
            task.memory.hold(footer.batch(&numbers.pick(), numbers.dtype().bytes() as u64))?;
        }
        numbers.read(&self.table(task)?, &task.memory)
    }

    /// All histograms of a series.
    fn histograms(&self, series: usize, task: &Task) -> Result<Decoded, DecodeError> {
        let (Some(histograms), Some(slot)) = (self.contents.histograms.get(series), self.decoded.get(series)) else {
            return Ok(Arc::default());
        };
        // What is stored is whole; a panic of another worker leaves nothing half done.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decoded) = &*slot {
            return Ok(Arc::clone(decoded));
        }
        task.progress.set_total(self.footer.bytes(&histograms.pick()));
        let _bytes = task.memory.hold(self.bytes.memory())?;
        let read = histograms.read(&self.table(task)?, &task.memory)?;
        let decoded: Decoded = Arc::new(read.into_iter().map(|found| found.map(Arc::new)).collect());
        Ok(Arc::clone(slot.insert(decoded)))
    }
}

impl Footer {
    fn read(format: Format, input: &Input) -> Result<Self, DecodeError> {
        Ok(match format {
            Format::Parquet => Self::Parquet(parquet::Footer::read(input)?),
            Format::Arrow => Self::Arrow(arrow::Footer::read(input.from(0), &input.task.memory)?),
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Parquet(_) => "Parquet",
            Self::Arrow(footer) if footer.streamed() => "Arrow stream",
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

    /// What is missing at the end.
    fn cut(&self) -> Option<&Problem> {
        match self {
            Self::Parquet(_) => None,
            Self::Arrow(footer) => footer.cut(),
        }
    }

    /// Bytes of the file that reading the picked columns takes.
    fn bytes(&self, pick: &Pick) -> u64 {
        match self {
            Self::Parquet(footer) => footer.bytes(pick),
            Self::Arrow(footer) => footer.bytes(),
        }
    }
}

impl Batches for Table<'_> {
    fn rows(&self) -> u64 {
        self.footer.rows()
    }

    fn groups(&self) -> usize {
        match self.footer {
            Footer::Parquet(footer) => footer.groups(),
            Footer::Arrow(_) => 1,
        }
    }

    fn read_groups(&self, groups: Range<usize>, pick: &Pick, each: Each<'_>) -> Result<(), DecodeError> {
        let cancel = &self.input.task.cancel;
        let each: Each = &mut |batch| {
            cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
            each(batch)
        };
        guarded(|| match self.footer {
            Footer::Parquet(footer) => footer.batches(&self.input, (groups, pick), each),
            Footer::Arrow(footer) => footer.batches(BufReader::new(self.input.from(0)), pick, each),
        })
    }
}
