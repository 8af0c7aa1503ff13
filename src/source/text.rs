//! JSON, JSONL and tables of numbers: read whole when opened.

use super::in_memory::{Decoded, File};
use super::input::{ReadContext, read_all, watched};
use super::lines::{Lines, Tail};
use super::run::expect_more;
use super::{Source, Task};
use super::{checkpoint, tables};
use crate::catalog::{SourceInfo, Stamp};
use crate::engine::{Population, Reservation};
use crate::error::{At, Error, Problem};
use crate::format::document::{self, Document, Layout};
use crate::format::table::{self, Delimiter, Table};
use crate::format::{DecodeError, Text};
use crate::format::{column::Column, counts_file, samples};
use crate::json::Told;
use crate::text::plural;
use crate::wandb::Form;
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Histograms and whatever other numbers there are, histograms first.
pub(super) fn open_json(origin: ReadContext, text: &[u8], problems: Vec<Problem>) -> Result<Arc<dyn Source>, Error> {
    if origin.path.is_none()
        && let Some(source) = open_array(origin, &text)?
    {
        return Ok(source);
    }
    let (document, _held) = read_document(origin, text)?;
    if let Some(index) = checkpoint::index(origin.name, &document) {
        return checkpoint::open_index(origin, index);
    }
    Ok(Arc::new(decode_json(origin, text, document, problems)?))
}

/// What a text holds, whose tree is held by the work as long as what is returned with it.
pub(super) fn read_document(origin: ReadContext, text: &[u8]) -> Result<(Document, Reservation), Error> {
    // Every byte is taken in hand a second time.
    expect_more(text.len() as u64, origin.task);
    let held = origin.task.memory.hold(0).map_err(|why| origin.failed(DecodeError::from(why)))?;
    let document =
        document::read_watched(text, &watch(origin.task, &held)).map_err(|error| origin.failed(error.to_string()))?;
    origin.go_on()?;
    Ok((document, held))
}

/// Watches the reading of JSON: what is taken for its tree, and for what is made of it, is held.
fn watch<'w>(task: &'w Task, held: &'w Reservation) -> impl Fn(Told) -> bool + 'w {
    let tree = Cell::new(0_isize);
    move |told| {
        task.progress.add(told.read as u64);
        tree.set(tree.get() + told.held);
        !task.cancel.asked() && held.set(2 * tree.get().max(0) as u64).is_ok()
    }
}

/// Lines that come behind others; what comes after the work was stopped is missing.
pub(super) fn read_lines(task: &Task, text: &[u8], behind: (u64, bool)) -> Document {
    match task.memory.hold(0) {
        Ok(held) => document::read_lines_watched(text, behind, &watch(task, &held)),
        Err(_) => document::read_lines_watched(text, behind, &|_| false),
    }
}

/// What a series takes beside its samples.
const SERIES: usize = 600;

/// Keeps what samples take held as long as the work goes on.
pub(super) fn keep<'c>(origin: ReadContext, columns: impl IntoIterator<Item = &'c Column>) -> Result<(), Error> {
    let bytes = |column: &Column| SERIES + column.samples.len() * column.samples.dtype().bytes();
    let bytes: usize = columns.into_iter().map(bytes).sum();
    let held = origin.task.memory.hold(bytes as u64).map_err(|why| origin.failed(DecodeError::from(why)))?;
    held.keep();
    Ok(())
}

/// One array of numbers, however long; `None` for everything else.
pub(super) fn open_array(origin: ReadContext, text: &dyn Text) -> Result<Option<Arc<dyn Source>>, Error> {
    // More lines may follow the one that there is so far.
    if is_named_lines(origin.name) {
        return Ok(None);
    }
    let column = samples::read_array(text, &origin.task.cancel).map_err(|why| origin.failed(why))?;
    keep(origin, &column)?;
    Ok(column.map(|column| {
        let title = array_title(&column);
        let info = SourceInfo { name: origin.name.to_owned(), title, ..SourceInfo::default() };
        let mut source = Decoded::new(info, None);
        source.add_column(column);
        Arc::new(source) as Arc<dyn Source>
    }))
}

/// Reads a text again that has more behind what it had; `None` if that was changed.
pub(super) fn read_again(origin: ReadContext, before: &File) -> Result<Option<Decoded>, Error> {
    let file = fs::File::open(&before.path).map_err(|error| origin.failed(DecodeError::from(error)))?;
    let (text, _held) = read_all(origin, &mut watched(file, origin.task))?;
    match text.get(..before.stamp.len as usize) {
        Some(old) if Stamp::of(old) == before.stamp => {
            let (document, _held) = read_document(origin, &text)?;
            decode_json(origin, &text, document, Vec::new()).map(Some)
        }
        _ => Ok(None),
    }
}

/// The lines behind those of a file that are done with, and the file as it is now; `None` if it is another one.
pub(super) fn read_on(
    origin: ReadContext,
    before: &File,
    (lines, tail): (&Lines, &Tail),
) -> Result<Option<(Document, File)>, Error> {
    let Some(text) = tail.read_on(origin, &before.path, lines.end())? else { return Ok(None) };
    let document = read_lines(origin.task, &text, (lines.line, lines.in_pieces));
    origin.go_on()?;
    let (tail, stamp) = tail.and(&text, document.next.map_or(text.len(), |next| next.byte));
    let file = File { path: before.path.clone(), stamp, writable: !document.in_pieces, tail: Some(tail) };
    Ok(Some((document, file)))
}

fn decode_json(origin: ReadContext, text: &[u8], document: Document, problems: Vec<Problem>) -> Result<Decoded, Error> {
    if let Some(reference) = tables::reference(&document) {
        return with_series(origin, tables::open(origin, &reference, problems)?);
    }
    if let Some(found) = counts_file::read(&document) {
        let (key, counted) = found.map_err(|why| origin.failed(why))?;
        let population = Population::from_counts_file(&counted).map_err(|why| origin.failed(why.to_string()))?;
        let title = format!("counts of {} values, {}", counted.summary.n, counted.dtype.name());
        let info = SourceInfo { name: origin.name.to_owned(), title, problems, ..SourceInfo::default() };
        let mut source = Decoded::new(info, None);
        source.add_counted(key, population);
        return Ok(source);
    }
    let columns = samples::read(&document);
    keep(origin, &columns)?;
    let lines = Lines::default().after(&document);
    let title = if lines.is_some() { lines_title(lines.as_ref()) } else { json_title(&document, &columns) };
    let growing = origin.path.is_some() && (document.layout == Layout::Lines || is_named_lines(origin.name));
    let problems = problems.into_iter().chain(document.problems);
    let problems = problems.map(|problem| Problem { unfinished: problem.unfinished && growing, ..problem }).collect();
    let info = SourceInfo { name: origin.name.to_owned(), title, growing, problems, ..SourceInfo::default() };
    let tail = |path: &Path| Some(Tail::of(&path.metadata().ok()?, text, lines.as_ref()?.done));
    let file = origin.path.map(|path| File {
        path: path.to_owned(),
        stamp: Stamp::of(text),
        writable: !document.in_pieces,
        tail: tail(path),
    });
    let mut source = Decoded::new(info, file).of_lines(lines);
    for series in document.series {
        source.add_histograms(series);
    }
    for column in columns {
        source.add_column(column);
    }
    with_series(origin, source)
}

/// The source, unless what is in it cannot be read.
fn with_series(origin: ReadContext, source: Decoded) -> Result<Decoded, Error> {
    let info = source.info();
    match info.problems.first() {
        Some(first) if info.series.is_empty() => {
            let first = if first.at == At::Whole { first.message.clone() } else { first.to_string() };
            Err(origin.failed(format!("it holds no histogram or numbers that can be read; {first}")))
        }
        _ => Ok(source),
    }
}

/// The columns that hold numbers.
pub(super) fn open_table(origin: ReadContext, text: &[u8], problems: Vec<Problem>) -> Result<Arc<dyn Source>, Error> {
    let cancel = &origin.task.cancel;
    // A file was tried in parts before it was read.
    let parts = if origin.path.is_none() { table::read_in_parts(&text, cancel) } else { Ok(None) };
    let table = match parts {
        Ok(Some(table)) => Ok(table),
        Ok(None) => table::read(text, cancel),
        Err(why) => Err(why),
    };
    let table = table.map_err(|why| origin.failed(why))?;
    keep(origin, &table.columns)?;
    Ok(with_columns(origin, table, problems))
}

/// The columns of a large text that is the same all the way down; `None` for others.
pub(super) fn open_parts(origin: ReadContext, text: &dyn Text) -> Result<Option<Arc<dyn Source>>, Error> {
    let table = table::read_in_parts(text, &origin.task.cancel).map_err(|why| origin.failed(why))?;
    keep(origin, table.iter().flat_map(|table| &table.columns))?;
    Ok(table.map(|table| with_columns(origin, table, Vec::new())))
}

fn with_columns(origin: ReadContext, table: Table, problems: Vec<Problem>) -> Arc<dyn Source> {
    let title = table_title(&table);
    let problems = problems.into_iter().chain(table.problems).collect();
    let info = SourceInfo { name: origin.name.to_owned(), title, problems, ..SourceInfo::default() };
    let mut source = Decoded::new(info, None);
    for column in table.columns {
        source.add_column(column);
    }
    Arc::new(source)
}

/// A text of lines may have one so far.
fn is_named_lines(name: &str) -> bool {
    [".jsonl", ".ndjson"].iter().any(|end| name.ends_with(end))
}

pub(super) fn lines_title(lines: Option<&Lines>) -> String {
    format!("JSONL, {}", plural(lines.map_or(0, |lines| lines.rows), "row"))
}

fn json_title(document: &Document, columns: &[Column]) -> String {
    match (document.series.as_slice(), columns) {
        ([one], []) if one.path.is_empty() => one.entries.first().map_or_else(String::new, |entry| {
            let what = if entry.histogram.form() == Form::Pair { "numpy pair" } else { "histogram" };
            format!("{what}, {}", plural(entry.histogram.values().len() as u64, "bin"))
        }),
        ([], [one]) if one.path.is_empty() => array_title(one),
        _ => "JSON".to_owned(),
    }
}

fn array_title(column: &Column) -> String {
    format!("JSON, {}", plural(column.samples.len() as u64, "number"))
}

fn table_title(table: &Table) -> String {
    let format = match table.delimiter {
        Delimiter::Comma => "CSV",
        Delimiter::Semicolon => "CSV (;)",
        Delimiter::Bar => "CSV (|)",
        Delimiter::Tab => "TSV",
        Delimiter::Blanks => "text",
    };
    let columns = plural(table.columns.len() as u64, "column");
    format!("{format}, {columns}, {}", plural(table.rows, "row"))
}
