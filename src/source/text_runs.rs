//! Runs of a text with several runs: tables, and lines of JSON. All runs share what was read of the text.

use super::in_memory::InMemory;
use super::lines::{LinePosition, Prefix};
use super::open_files::OpenFiles;
use super::reading::{ReadContext, read_all, watched};
use super::{Source, Task, runs, text};
use crate::catalog::{Content, RunName, Scalars, SourceInfo};
use crate::error::{Error, Problem};
use crate::format::document::{self, JsonDocument};
use crate::format::table::{self, RunTables};
use crate::format::table_runs::{RunLabel, TableRuns, distinct_names};
use crate::text::plural;
use memchr::memmem;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a file that are searched for binary data, for the names of columns, and for the first histogram.
const HEAD: u64 = 512;
const NAMES: u64 = 64 << 10;
const SEARCHED: u64 = 1 << 20;

/// A text that was read.
pub(super) struct RunTexts {
    state: FileState,
    keys: Vec<String>,
    by_key: HashMap<String, usize>,
    labels: TableRuns,
    runs: Vec<Option<Arc<InMemory>>>,
    problems: Vec<Problem>,
    /// For lines: how far they were read.
    lines: Option<Mutex<ReadLines>>,
}

/// Position in a text of lines.
struct ReadLines {
    position: LinePosition,
    prefix: Prefix,
}

/// Length, inode and modification time of a file.
type FileState = (u64, u64, (i64, i64));

/// Run of a text.
struct TextRun {
    info: Arc<SourceInfo>,
    run: Arc<InMemory>,
    path: PathBuf,
    name: PathBuf,
    key: String,
    texts: Arc<RunTexts>,
}

static TEXTS: OpenFiles<RunTexts> = OpenFiles::new();

/// Returns true if the start of a text names runs and steps, and contains a histogram.
pub(super) fn may_have_runs(path: &Path) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut start = Vec::new();
    let mut read_to = |end: u64, start: &mut Vec<u8>| {
        let more = end.saturating_sub(start.len() as u64);
        file.by_ref().take(more).read_to_end(start).is_ok()
    };
    if !read_to(HEAD, &mut start) || start.contains(&0) || !read_to(NAMES, &mut start) {
        return false;
    }
    let has = |text: &[u8], word: &str| memmem::find(text, word.as_bytes()).is_some();
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_named = has(first_line, "run") && (has(first_line, "step") || has(first_line, "Step"));
    is_named && read_to(SEARCHED, &mut start) && has(&start, "histogram")
}

/// Lists the runs of a file as paths. Empty for a file that is not divided into runs.
///
/// # Errors
/// The file cannot be read.
pub(super) fn runs(path: &Path, task: &Task) -> Result<Vec<PathBuf>, Error> {
    let Some(texts) = texts(path, task)? else { return Ok(Vec::new()) };
    let used = texts.keys.iter().zip(&texts.runs).filter(|(_, run)| run.is_some());
    Ok(used.map(|(key, _)| runs::join(path, key)).collect())
}

/// Opens one run of a file. `name` is the path that the user typed.
pub(super) fn open_run(name: &Path, path: &Path, key: &str, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let texts = texts(path, task)?.ok_or_else(|| runs::missing(path, key))?;
    Ok(Arc::new(TextRun::new(name, path, key, &texts).ok_or_else(|| runs::missing(path, key))?))
}

/// Opens a file with runs: the only one. `None` for other files.
///
/// # Errors
/// The file contains several runs, or cannot be read.
pub(super) fn open(context: ReadContext, path: &Path) -> Result<Option<Arc<dyn Source>>, Error> {
    if !may_have_runs(path) {
        return Ok(None);
    }
    let Some(texts) = texts(path, context.task)? else { return Ok(None) };
    let used: Vec<&String> =
        texts.keys.iter().zip(&texts.runs).filter(|(_, run)| run.is_some()).map(|(key, _)| key).collect();
    match used.as_slice() {
        [one, two, ..] => Err(runs::several(path, &runs::join(path, one), &runs::join(path, two))),
        [one] => {
            Ok(TextRun::new(Path::new(context.name), path, one, &texts).map(|run| Arc::new(run) as Arc<dyn Source>))
        }
        [] => Ok(None),
    }
}

/// Returns the text in its present state. `None` if it is not divided into runs.
fn texts(path: &Path, task: &Task) -> Result<Option<Arc<RunTexts>>, Error> {
    let name = path.to_string_lossy();
    let context = ReadContext { name: &name, path: Some(path), task };
    let metadata = fs::metadata(path).map_err(|error| context.failed(error))?;
    let state = (metadata.len(), metadata.ino(), (metadata.mtime(), metadata.mtime_nsec()));
    let mut is_divided = true;
    let read = |before: Option<&RunTexts>| {
        if let Some(more) = before.map(|before| before.read_on(context, state)).transpose()?.flatten() {
            return Ok(more);
        }
        let file = File::open(path).map_err(|error| context.failed(error))?;
        let (bytes, _reserved) = read_all(context, &mut watched(file, task))?;
        let read = RunTexts::read(context, &bytes, state)?;
        is_divided = read.is_some();
        read.ok_or_else(|| context.error("the text has no runs"))
    };
    let texts = TEXTS.get(path, |known| Ok(known.state == state), read);
    if is_divided { texts.map(Some) } else { Ok(None) }
}

impl RunTexts {
    /// Reads a text. `None` if it is not divided into runs.
    fn read(context: ReadContext, bytes: &[u8], state: FileState) -> Result<Option<Self>, Error> {
        if bytes.trim_ascii_start().starts_with(b"{") {
            return Self::read_lines(context, bytes, state);
        }
        let tables = table::read_runs(bytes, context.task).map_err(|why| context.error(why))?;
        let Some(RunTables { runs, tables, problems }) = tables else { return Ok(None) };
        let of_run = |(table, label): (Option<table::Table>, &RunLabel)| -> Result<_, Error> {
            let Some(table) = table else { return Ok(None) };
            text::reserve(context, &table.columns)?;
            let title = format!("{} run {} · {}", text::table_format(&table), label.name, plural(table.rows, "row"));
            Ok(Some(Arc::new(text::table_source(context.name, title, table, Vec::new()))))
        };
        let sources = tables.into_iter().zip(runs.labels()).map(of_run).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(Self::new(state, runs, sources, problems, None)))
    }

    fn read_lines(context: ReadContext, bytes: &[u8], state: FileState) -> Result<Option<Self>, Error> {
        let (document, _reserved) = text::read_document(context, bytes)?;
        let (Some(position), Some(path)) = (LinePosition::default().after(&document), context.path) else {
            return Ok(None);
        };
        if !document::has_runs(&document) {
            return Ok(None);
        }
        let metadata = path.metadata().map_err(|error| context.failed(error))?;
        let lines = ReadLines { prefix: Prefix::of(&metadata, bytes, position.offset), position };
        let empty = Self::new(state, TableRuns::default(), Vec::new(), Vec::new(), None);
        empty.extended(context, document, lines, state).map(Some)
    }

    fn new(
        state: FileState,
        labels: TableRuns,
        runs: Vec<Option<Arc<InMemory>>>,
        problems: Vec<Problem>,
        lines: Option<Mutex<ReadLines>>,
    ) -> Self {
        let keys = distinct_names(labels.labels());
        let by_key = keys.iter().cloned().zip(0..).collect();
        Self { state, keys, by_key, labels, runs, problems, lines }
    }

    /// Reads the lines that were added. `None` if the file was replaced, or is not a text of lines.
    fn read_on(&self, context: ReadContext, state: FileState) -> Result<Option<Self>, Error> {
        let (Some(lines), Some(path)) = (&self.lines, context.path) else { return Ok(None) };
        // Only read, so a panic of another worker leaves it intact.
        let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(rest) = lines.prefix.read_rest(context, path, lines.position.offset_in_file())? else {
            return Ok(None);
        };
        let document = text::read_lines(context.task, &rest, &lines.position);
        context.check()?;
        let (prefix, _) = lines.prefix.extended(&rest, document.next.map_or(rest.len(), |next| next.byte));
        let Some(position) = lines.position.after(&document) else { return Ok(None) };
        self.extended(context, document, ReadLines { position, prefix }, state).map(Some)
    }

    /// Returns the text with the rows of more lines.
    fn extended(
        &self,
        context: ReadContext,
        document: JsonDocument,
        lines: ReadLines,
        state: FileState,
    ) -> Result<Self, Error> {
        let (mut labels, mut runs) = (self.labels.clone(), self.runs.clone());
        let divided = document::divide(document, &mut labels, &context.task.memory, &|_| true);
        let divided = divided.map_err(|why| context.failed(why))?;
        for (run, document) in divided.documents {
            let run = run as usize;
            if runs.len() <= run {
                runs.resize_with(run + 1, || None);
            }
            let empty = || Arc::new(InMemory::new(SourceInfo { growing: true, ..SourceInfo::default() }, None));
            let before = runs[run].take().unwrap_or_else(empty);
            let now = before.with_more(document, None, context.task);
            let memory = now.memory().saturating_sub(before.memory());
            context.task.memory.reserve(memory).map_err(|why| context.failed(why))?.keep();
            runs[run] = Some(Arc::new(now));
        }
        // An unfinished line is complete now, or reported again.
        let problems =
            self.problems.iter().filter(|problem| !problem.unfinished).cloned().chain(divided.problems).collect();
        Ok(Self::new(state, labels, runs, problems, Some(Mutex::new(lines))))
    }
}

impl TextRun {
    fn new(name: &Path, path: &Path, key: &str, texts: &Arc<RunTexts>) -> Option<Self> {
        let position = *texts.by_key.get(key)?;
        let run = texts.runs.get(position)?.clone()?;
        let label = texts.labels.labels().get(position)?;
        let own = run.info();
        let title = if texts.lines.is_some() { format!("JSONL run {}", label.name) } else { own.title.clone() };
        let problems = own.problems.iter().chain(&texts.problems).cloned().collect();
        let info = SourceInfo {
            name: name.display().to_string(),
            run: RunName::with_id(&label.name, &label.id),
            title,
            problems,
            growing: texts.lines.is_some(),
            ..SourceInfo::clone(own)
        };
        let (path, name) = (path.to_owned(), name.to_owned());
        Some(Self { info: Arc::new(info), run, path, name, key: key.to_owned(), texts: Arc::clone(texts) })
    }
}

impl Source for TextRun {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        self.run.load(series, step, task)
    }

    fn scalars(&self, wanted: Option<&str>, task: &Task) -> Result<Scalars, Error> {
        if self.texts.lines.is_none() {
            return Ok(Scalars::default());
        }
        let context = ReadContext { name: &self.info.name, path: Some(&self.path), task };
        let position = self.texts.by_key.get(&self.key).copied();
        let label = position.and_then(|position| self.texts.labels.labels().get(position));
        label.map_or_else(|| Ok(Scalars::default()), |label| text::scalars(context, &self.path, wanted, Some(label)))
    }

    fn watched(&self) -> Option<&Path> {
        self.texts.lines.as_ref().map(|_| self.path.as_path())
    }

    fn refresh(&self, task: &Task) -> Result<Option<Arc<dyn Source>>, Error> {
        if self.texts.lines.is_none() {
            return Ok(None);
        }
        let Some(texts) = texts(&self.path, task)? else { return Ok(None) };
        let now = TextRun::new(&self.name, &self.path, &self.key, &texts);
        // The rows of other runs do not change this run.
        Ok(now.filter(|now| !Arc::ptr_eq(&now.run, &self.run)).map(|now| Arc::new(now) as Arc<dyn Source>))
    }
}
