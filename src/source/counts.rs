//! Count files: one opened alone, or many added up without holding them all.

use super::in_memory::InMemory;
use super::pool::{Pool, Require, open_one};
use super::reading::{ReadContext, watched};
use super::{Attempt, Input, Source, Task, in_order, text};
use crate::catalog::SourceInfo;
use crate::engine::{Budget, CountsSum, MergeableCounts, Population};
use crate::error::{Error, Problem};
use crate::format::DecodeError;
use crate::format::counts_file::{self, binary};
use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Largest count file: that of a sum of some 100,000 files.
const LARGEST: u64 = 64 << 20;

/// Memory for the counts of one file, whose number is limited.
const DECODED: u64 = 4 << 20;

/// Files that are read before their counts are added, a number that limits the memory for decoded counts.
const AT_ONCE: usize = 64;

/// Start of a count file in JSON, without blanks.
const JSON_START: &[u8] = b"{\"_type\":\"rebin-partial\"";

/// Opens a count file in the binary form.
pub(super) fn open(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let reserved = context.task.memory.reserve(DECODED).map_err(|why| context.failed(why))?;
    let (key, counts) = binary::read(reader).map_err(|why| context.error(why))?;
    let source = source(context, key, &counts, Vec::new())?;
    reserved.keep();
    Ok(Arc::new(source))
}

/// Returns the source of the counts in a file.
pub(super) fn source(
    context: ReadContext,
    key: String,
    counts: &MergeableCounts,
    problems: Vec<Problem>,
) -> Result<InMemory, Error> {
    let population = Population::from_counts(counts).map_err(|why| context.error(why.to_string()))?;
    let title = format!("counts of {} values, {}", counts.summary.n, counts.dtype.name());
    let info = SourceInfo { name: context.name.to_owned(), title, problems, ..SourceInfo::default() };
    let mut source = InMemory::new(info, None);
    source.add_counts(key, population);
    Ok(source)
}

/// The sum of count files.
pub(super) struct Sum {
    pub(super) population: Population,
    /// The first key that is not empty, with the name of its file.
    pub(super) key: Option<(String, String)>,
    /// Files with another key, each with that key.
    pub(super) other_keys: Vec<(String, String)>,
}

/// Adds the counts of all files of a pool. Returns `None` if the pool has other files, or another series: then each is opened
/// like any file.
///
/// Only the sum is in memory, and the files that are read at the moment.
///
/// # Errors
/// A file cannot be read, the counts cannot be added, or the work was cancelled.
pub(super) fn sum(pool: &Pool, task: &Task) -> Result<Option<Sum>, Error> {
    let several = pool.inputs.len() > 1 && pool.require != Require::Nothing;
    let paths: Option<Vec<&Path>> = pool.inputs.iter().map(path).collect();
    let (true, Some(paths)) = (several, paths) else { return Ok(None) };
    if !paths.iter().take(1).all(|path| is_count_file(path)) {
        return Ok(None);
    }
    let _sum = task.memory.reserve(2 * DECODED).map_err(|why| Error::Value(why.to_string()))?;
    let (mut sum, mut key, mut other_keys) = (CountsSum::default(), None, Vec::new());
    let mut outcome = Ok(true);
    let work = |path: &&Path, memory: &Budget| {
        let task = Task { memory: memory.clone(), ..task.clone() };
        let read = task.cancel.check().and_then(|()| match read(path, &task)? {
            Some(counts) => Ok(counts),
            None => read_other(path, pool.key.as_deref(), &task),
        });
        let attempt = if read.is_ok() { Attempt::Done } else { Attempt::Failed };
        ((path.to_string_lossy().into_owned(), read), attempt)
    };
    for files in paths.chunks(AT_ONCE) {
        in_order(files.iter().copied(), None, work, |result| {
            let Some((name, read)) = result else { return ControlFlow::Continue(()) };
            let mut add = |found: String, counts: &MergeableCounts| {
                match &key {
                    None if !found.is_empty() => key = Some((found, name.clone())),
                    Some((first, _)) if !found.is_empty() && found != *first => other_keys.push((name.clone(), found)),
                    _ => {}
                }
                sum.add(&name, counts)
            };
            let added = match read {
                Ok((found, counts)) if pool.key.as_ref().is_none_or(|key| *key == found) => {
                    add(found, &counts).map(|()| true)
                }
                Ok(_) => Ok(false),
                Err(error) => Err(error),
            };
            let go_on = matches!(added, Ok(true));
            outcome = added;
            if go_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        if !matches!(outcome, Ok(true)) {
            break;
        }
    }
    let Some(counts) = sum.finish().filter(|_| matches!(outcome, Ok(true))) else { return outcome.map(|_| None) };
    Ok(Some(Sum { population: Population::from_counts(&counts)?, key, other_keys }))
}

/// The path of a regular file.
fn path(input: &Input) -> Option<&Path> {
    match input {
        Input::Path(path) if path.is_file() => Some(path),
        _ => None,
    }
}

fn is_count_file(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut head));
    head.retain(|byte| *byte != b' ');
    read.is_ok() && (head.starts_with(binary::MAGIC) || head.starts_with(JSON_START))
}

/// Reads the key and the counts of any other file, such as a compressed count file.
fn read_other(path: &Path, key: Option<&str>, task: &Task) -> Result<(String, MergeableCounts), Error> {
    let mut found = open_one(&Input::Path(path.to_owned()), key, task)?.populations;
    match (found.pop(), found.is_empty()) {
        (Some((key, counts)), true) if counts.is_counts_only() => Ok((key, counts.mergeable_counts(None, task)?)),
        _ => Err(CountsSum::needs_counts(&path.to_string_lossy())),
    }
}

/// Reads the key and the counts of a file; `None` if it is not a count file.
fn read(path: &Path, task: &Task) -> Result<Option<(String, MergeableCounts)>, Error> {
    let name = path.to_string_lossy();
    let context = ReadContext { name: &name, path: None, task };
    let file = File::open(path).map_err(|error| context.failed(error))?;
    let length = file.metadata().map_err(|error| context.failed(error))?.len();
    if !is_count_file(path) || length > LARGEST {
        return Ok(None);
    }
    let _held = task.memory.reserve(DECODED + length).map_err(|why| context.failed(why))?;
    let mut bytes = Vec::new();
    watched(file.take(LARGEST), task).read_to_end(&mut bytes).map_err(|error| context.failed(error))?;
    let found = if bytes.starts_with(binary::MAGIC) {
        Some(binary::read(&mut &bytes[..]))
    } else {
        let (document, _tree) = text::read_document(context, &bytes)?;
        counts_file::read(&document)
    };
    found.transpose().map_err(|why: DecodeError| context.error(why))
}
