//! JSON, JSONL and tables of numbers. Opening reads all of the text.

use super::in_memory::{InMemory, TextFile};
use super::lines::{LinePosition, Prefix};
use super::reading::{ReadContext, read_all, watched};
use super::{Source, Task};
use super::{checkpoint, counts, tables};
use crate::catalog::{ScalarCollector, Scalars, SourceInfo, Stamp};
use crate::engine::Reservation;
use crate::error::{At, Error, Problem};
use crate::format::JSONL_SUFFIXES;
use crate::format::Text;
use crate::format::document::{self, JsonDocument, JsonLayout, LinesFrom};
use crate::format::table::{self, Delimiter, RunTables, Table};
use crate::format::table_runs::{self, RunLabel, distinct_names};
use crate::format::{column::Column, counts_file, samples};
use crate::json::{Node, ReadProgress};
use crate::text::plural;
use crate::wandb::Form;
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Opens the histograms and numbers in a JSON text, histograms first.
pub(super) fn open_json(context: ReadContext, text: &[u8], problems: Vec<Problem>) -> Result<Arc<dyn Source>, Error> {
    // A file was already tried as an array before it was read.
    if context.path.is_none()
        && let Some(source) = open_array(context, &text)?
    {
        return Ok(source);
    }
    let (document, _reserved) = read_document(context, text)?;
    if let Some(index) = checkpoint::index(context.name, &document) {
        return checkpoint::open_index(context, index);
    }
    Ok(Arc::new(decode_json(context, text, document, problems)?))
}

/// Parses a text. The reservation covers the memory of its tree.
pub(super) fn read_document(context: ReadContext, text: &[u8]) -> Result<(JsonDocument, Reservation), Error> {
    // The bytes count twice: once for reading, once for parsing.
    context.task.progress.expect_rest(text.len() as u64);
    let reservation = context.task.memory.reserve(0).map_err(|why| context.failed(why))?;
    let document = document::read_watched(text, &watch(context.task, &reservation))
        .map_err(|error| context.error(error.to_string()))?;
    context.check()?;
    Ok((document, reservation))
}

/// Watches a parser: reports progress, and reserves memory for the tree and for the values decoded from it.
fn watch<'w>(task: &'w Task, reservation: &'w Reservation) -> impl Fn(ReadProgress) -> bool + 'w {
    let tree = Cell::new(0_isize);
    move |progress| {
        task.progress.add(progress.read as u64);
        tree.set(tree.get() + progress.held);
        !task.cancel.is_cancelled() && reservation.set(2 * tree.get().max(0) as u64).is_ok()
    }
}

/// Parses the lines after a position. If the job is stopped, the rest of the lines is missing.
pub(super) fn read_lines(task: &Task, text: &[u8], after: &LinePosition) -> JsonDocument {
    let start = LinesFrom { line: after.line, scattered: after.scattered };
    match task.memory.reserve(0) {
        Ok(reservation) => document::read_lines_watched(text, start, &watch(task, &reservation)),
        Err(_) => document::read_lines_watched(text, start, &|_| false),
    }
}

/// Bytes of memory that a series uses in addition to its samples.
const SERIES: usize = 600;

/// Reserves the memory of columns until the job ends.
pub(super) fn reserve<'c>(context: ReadContext, columns: impl IntoIterator<Item = &'c Column>) -> Result<(), Error> {
    let bytes = |column: &Column| SERIES + column.samples.len() * column.samples.dtype().bytes();
    let bytes: usize = columns.into_iter().map(bytes).sum();
    context.task.memory.reserve(bytes as u64).map_err(|why| context.failed(why))?.keep();
    Ok(())
}

/// Opens a JSON text that is a single array of numbers, of any length. `None` for any other text.
pub(super) fn open_array(context: ReadContext, text: &dyn Text) -> Result<Option<Arc<dyn Source>>, Error> {
    // The array may be the first of several lines.
    if is_named_lines(context.name) {
        return Ok(None);
    }
    let column = samples::read_array(text, context.task).map_err(|why| context.error(why))?;
    reserve(context, &column)?;
    Ok(column.map(|column| {
        let title = array_title(&column);
        let info = SourceInfo { name: context.name.to_owned(), title, ..SourceInfo::default() };
        let mut source = InMemory::new(info, None);
        source.add_column(column);
        Arc::new(source) as Arc<dyn Source>
    }))
}

/// Reads the numbers in the rows of a file of lines, or in those of one run.
pub(super) fn scalars(
    context: ReadContext,
    path: &Path,
    wanted: Option<&str>,
    run: Option<&RunLabel>,
) -> Result<Scalars, Error> {
    let file = fs::File::open(path).map_err(|error| context.failed(error))?;
    let (text, _reserved) = read_all(context, &mut watched(file, context.task))?;
    let (document, _reserved) = read_document(context, &text)?;
    let mut collector = ScalarCollector::new(wanted);
    for root in document.roots.iter().filter(|root| run.is_none_or(|run| document::is_of_run(&root.item, run))) {
        if let Some(step) = root.step {
            // Columns that describe the rows of runs are not scalars.
            let is_scalar = |name: &str| run.is_none() || !table_runs::describes_rows(name);
            let mut add = |name: &str, value| {
                if is_scalar(name) {
                    collector.add(name, step, value);
                }
            };
            add_numbers(&root.item.node, "", &mut add);
        }
    }
    Ok(collector.finish())
}

/// Calls `each` with every number of an object and of the objects in it, but not with members of typed values.
fn add_numbers(node: &Node, prefix: &str, each: &mut dyn FnMut(&str, f64)) {
    let Node::Object(members) = node else { return };
    if members.iter().any(|member| member.name == "_type") {
        return;
    }
    for member in members {
        let name = if prefix.is_empty() { member.name.clone() } else { format!("{prefix}/{}", member.name) };
        match &member.value.node {
            Node::Number(number) => each(&name, number.as_f64()),
            node => add_numbers(node, &name, each),
        }
    }
}

/// Reads a file again after it grew. `None` if it no longer starts with the old text.
pub(super) fn read_again(context: ReadContext, before: &TextFile) -> Result<Option<InMemory>, Error> {
    let file = fs::File::open(&before.path).map_err(|error| context.failed(error))?;
    let (text, _reserved) = read_all(context, &mut watched(file, context.task))?;
    match text.get(..before.stamp.len as usize) {
        Some(old) if Stamp::of(old) == before.stamp => {
            let (document, _reserved) = read_document(context, &text)?;
            decode_json(context, &text, document, Vec::new()).map(Some)
        }
        _ => Ok(None),
    }
}

/// Reads the new lines of a file, and returns them with the new state of the file. `None` if it no longer starts with the
/// old lines.
pub(super) fn read_on(
    context: ReadContext,
    before: &TextFile,
    lines: &LinePosition,
    prefix: &Prefix,
) -> Result<Option<(JsonDocument, TextFile)>, Error> {
    let Some(text) = prefix.read_rest(context, &before.path, lines.offset_in_file())? else { return Ok(None) };
    let document = read_lines(context.task, &text, lines);
    context.check()?;
    let (prefix, stamp) = prefix.extended(&text, document.next.map_or(text.len(), |next| next.byte));
    let file = TextFile { path: before.path.clone(), stamp, writable: !document.scattered, prefix: Some(prefix) };
    Ok(Some((document, file)))
}

fn decode_json(
    context: ReadContext,
    text: &[u8],
    document: JsonDocument,
    problems: Vec<Problem>,
) -> Result<InMemory, Error> {
    if let Some(reference) = tables::reference(&document) {
        return require_series(context, tables::open(context, &reference, problems)?);
    }
    if let Some(counts) = counts_file::read(&document) {
        let (key, counts) = counts.map_err(|why| context.error(why))?;
        return counts::source(context, key, &counts, problems);
    }
    let columns = samples::read(&document, &context.task.memory).map_err(|why| context.failed(why))?;
    reserve(context, &columns)?;
    let lines = LinePosition::default().after(&document);
    let title = if lines.is_some() { lines_title(lines.as_ref()) } else { json_title(&document, &columns) };
    let growing = context.path.is_some() && (document.layout == JsonLayout::Lines || is_named_lines(context.name));
    let details = categories(&document);
    let problems = problems.into_iter().chain(document.problems);
    let problems = problems.map(|problem| Problem { unfinished: problem.unfinished && growing, ..problem }).collect();
    let info = SourceInfo { name: context.name.to_owned(), title, details, growing, problems, ..SourceInfo::default() };
    let prefix = |path: &Path| Some(Prefix::of(&path.metadata().ok()?, text, lines.as_ref()?.offset));
    let file = context.path.map(|path| TextFile {
        path: path.to_owned(),
        stamp: Stamp::of(text),
        writable: !document.scattered,
        prefix: prefix(path),
    });
    let mut source = InMemory::new(info, file).with_lines(lines);
    for series in document.series {
        source.add_histograms(series);
    }
    for column in columns {
        source.add_column(column);
    }
    require_series(context, source)
}

/// Describes the categories of UHI's histograms, whose bins are numbered from 0.
fn categories(document: &JsonDocument) -> Vec<(String, String)> {
    /// Maximum number of categories in a description.
    const MAX: usize = 50;
    let described = document.series.iter().filter_map(|series| {
        let names = series.entries.first()?.histogram.supplement()?.categories.as_ref()?.names();
        let more = if names.len() > MAX { ", …" } else { "" };
        let bins = names.iter().take(MAX).enumerate().map(|(bin, name)| format!("{bin} = {name}"));
        let name = format!("categories {}", series.path.join("."));
        Some((name.trim_end().to_owned(), bins.collect::<Vec<_>>().join(", ") + more))
    });
    described.collect()
}

/// Fails if a source has problems and no series.
fn require_series(context: ReadContext, source: InMemory) -> Result<InMemory, Error> {
    let info = source.info();
    match info.problems.first() {
        Some(first) if info.series.is_empty() => {
            let first = if first.at == At::Whole { first.message.clone() } else { first.to_string() };
            Err(context.error(format!("no readable histograms or numbers; {first}")))
        }
        _ => Ok(source),
    }
}

/// Opens the numeric columns of a table.
pub(super) fn open_table(context: ReadContext, text: &[u8], problems: Vec<Problem>) -> Result<Arc<dyn Source>, Error> {
    // A file was already tried in parts and as runs before it was read.
    if context.path.is_none()
        && let Some(tables) = table::read_runs(text, context.task).map_err(|why| context.error(why))?
    {
        return open_all_runs(context, tables, problems);
    }
    let parts = if context.path.is_none() { table::read_in_parts(&text, context.task) } else { Ok(None) };
    let table = match parts {
        Ok(Some(table)) => Ok(table),
        Ok(None) => table::read(text, context.task),
        Err(why) => Err(why),
    };
    let table = table.map_err(|why| context.error(why))?;
    reserve(context, &table.columns)?;
    Ok(with_columns(context, table, problems))
}

/// Opens the numeric columns of a large, regular table. `None` for other tables.
pub(super) fn open_table_in_parts(context: ReadContext, text: &dyn Text) -> Result<Option<Arc<dyn Source>>, Error> {
    let table = table::read_in_parts(text, context.task).map_err(|why| context.error(why))?;
    reserve(context, table.iter().flat_map(|table| &table.columns))?;
    Ok(table.map(|table| with_columns(context, table, Vec::new())))
}

fn with_columns(context: ReadContext, table: Table, problems: Vec<Problem>) -> Arc<dyn Source> {
    let title = table_title(&table);
    Arc::new(table_source(context.name, title, table, problems))
}

/// Creates a source of the columns of a table.
pub(super) fn table_source(name: &str, title: String, table: Table, problems: Vec<Problem>) -> InMemory {
    let problems = problems.into_iter().chain(table.problems).collect();
    let info = SourceInfo { name: name.to_owned(), title, problems, ..SourceInfo::default() };
    let mut source = InMemory::new(info, None);
    for series in table.histograms {
        source.add_histograms(series);
    }
    for column in table.columns {
        source.add_column(column);
    }
    source
}

/// Opens all runs of a table that has no path as one source. Keys start with the run.
fn open_all_runs(context: ReadContext, tables: RunTables, problems: Vec<Problem>) -> Result<Arc<dyn Source>, Error> {
    let keys = distinct_names(tables.runs.labels());
    let title = format!("table, {}", plural(keys.len() as u64, "run"));
    let problems = problems.into_iter().chain(tables.problems).collect();
    let info = SourceInfo { name: context.name.to_owned(), title, problems, ..SourceInfo::default() };
    let mut source = InMemory::new(info, None);
    for (key, table) in keys.into_iter().zip(tables.tables) {
        let Some(table) = table else { continue };
        reserve(context, &table.columns)?;
        for mut series in table.histograms {
            series.path.insert(0, key.clone());
            source.add_histograms(series);
        }
        for mut column in table.columns {
            column.path.insert(0, key.clone());
            source.add_column(column);
        }
    }
    Ok(Arc::new(source))
}

/// A text of lines may have one so far.
fn is_named_lines(name: &str) -> bool {
    JSONL_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

pub(super) fn lines_title(lines: Option<&LinePosition>) -> String {
    format!("JSONL, {}", plural(lines.map_or(0, |lines| lines.rows), "row"))
}

fn json_title(document: &JsonDocument, columns: &[Column]) -> String {
    match (document.series.as_slice(), columns) {
        ([one], []) if one.path.is_empty() => one.entries.first().map_or_else(String::new, |entry| {
            let form = match entry.histogram.form() {
                _ if entry.histogram.supplement().is_some() => "UHI histogram",
                Form::Pair => "numpy pair",
                _ => "histogram",
            };
            format!("{form}, {}", plural(entry.histogram.values().len() as u64, "bin"))
        }),
        ([], [one]) if one.path.is_empty() => array_title(one),
        _ => "JSON".to_owned(),
    }
}

fn array_title(column: &Column) -> String {
    format!("JSON, {}", plural(column.samples.len() as u64, "number"))
}

fn table_title(table: &Table) -> String {
    let columns = plural((table.columns.len() + table.histograms.len()) as u64, "column");
    format!("{}, {columns}, {}", table_format(table), plural(table.rows, "row"))
}

/// Returns the name of the format of a table.
pub(super) fn table_format(table: &Table) -> String {
    match table.delimiter {
        Delimiter::Comma => "CSV".into(),
        Delimiter::Semicolon => "CSV (;)".into(),
        Delimiter::Bar => "CSV (|)".into(),
        Delimiter::Tab => "TSV".into(),
        Delimiter::Control(byte) => format!("CSV (0x{byte:02X})"),
        Delimiter::Blanks => "text".into(),
    }
}
