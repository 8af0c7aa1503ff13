//! Checkpoints: a file of safetensors, PyTorch or GGUF, or several that form one model.
//!
//! Opening reads the headers and pickles. Tensors are read on demand.

use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, read_all, reopen};
use super::tensors::{self, Bytes, TensorFile};
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{Budget, Population, Reservation};
use crate::error::{At, Error, Problem};
use crate::format::document::JsonDocument;
use crate::format::safetensors::{self, Header};
use crate::format::tensor::Tensor;
use crate::format::window::Window;
use crate::format::{DecodeError, Problems, Text, gguf, torch};
use crate::json::Node;
use crate::text::plural;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Ends of the names of files that an index or a number in their names joins.
pub(super) const SUFFIXES: [&str; 2] = [safetensors::SUFFIX, ".bin"];

/// Ends of the names of files that may be numbered.
const ENDS: [&str; 3] = [SUFFIXES[0], SUFFIXES[1], gguf::SUFFIX];

/// Ends of the names of indexes, in the same order.
pub(super) const INDEX_SUFFIXES: [&str; 2] = [safetensors::INDEX_SUFFIX, ".bin.index.json"];

/// Tensors of one or more files.
struct Checkpoint {
    info: Arc<SourceInfo>,
    files: Vec<TensorFile>,
    /// Name of the format.
    format: &'static str,
    /// Tensors in the order of the series in `info`, each with the index of its file in `files`.
    tensors: Vec<(usize, Tensor)>,
}

/// Tensors and description of one file.
struct FileTensors {
    /// Name of the format.
    format: &'static str,
    tensors: Vec<Tensor>,
    details: Vec<(String, String)>,
    problems: Vec<Problem>,
}

/// Tensors that an index expects in each file.
#[derive(Default)]
pub(super) struct Index {
    files: BTreeMap<String, BTreeSet<String>>,
    /// Tensors without a file.
    nowhere: Vec<String>,
}

/// Opens a single file.
pub(super) fn open(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    if let Some(path) = context.path {
        let shards = shards_of(path);
        if shards.len() > 1 || !missing_shards(&shards).is_empty() {
            return open_shards(context, &shards);
        }
        let (file, found) = read_file(path, &context.task.memory).map_err(|why| context.error(why))?;
        return of_one(context, file, found);
    }
    let (bytes, reserved) = read_all(context, reader)?;
    reserved.keep();
    open_bytes(context, Bytes(Arc::new(bytes)))
}

/// Opens a file in memory.
pub(super) fn open_bytes(context: ReadContext, bytes: Bytes) -> Result<Arc<dyn Source>, Error> {
    let found = read_tensors(&bytes.as_ref(), &context.task.memory).map_err(|why| context.error(why))?;
    of_one(context, TensorFile::Memory(bytes), found)
}

fn of_one(context: ReadContext, file: TensorFile, mut found: FileTensors) -> Result<Arc<dyn Source>, Error> {
    if found.tensors.is_empty() {
        match found.format {
            GGUF if found.problems.is_empty() => found.problems = vec![Problem::new(At::Whole, NO_TENSORS)],
            SAFETENSORS | GGUF => {}
            _ => return Err(context.error(no_tensors(&found.problems))),
        }
    }
    let mut checkpoint = Checkpoint::new(context.name);
    let info = Arc::make_mut(&mut checkpoint.info);
    (info.problems, info.details) = (found.problems, found.details);
    checkpoint.add(file, found.format, found.tensors);
    Ok(Arc::new(checkpoint.finish("")))
}

const NO_TENSORS: &str = "the checkpoint has no tensors";

/// Describes a checkpoint without tensors.
pub(super) fn no_tensors(problems: &[Problem]) -> String {
    match problems {
        [] => NO_TENSORS.to_owned(),
        [first, rest @ ..] => format!("no tensor of the checkpoint can be read; {first}{}", and_more(rest.len())),
    }
}

/// Returns the index in a JSON text; `None` if the text is not an index. A member `weight_map` is not sufficient, since it
/// can be a histogram. The file name must be that of an index, or an entry must name a safetensors file.
pub(super) fn index(name: &str, document: &JsonDocument) -> Option<Index> {
    let [root] = document.roots.as_slice() else { return None };
    let Node::Object(members) = &root.item.node.get("weight_map")?.node else { return None };
    let mut index = Index::default();
    for member in members {
        match &member.value.node {
            Node::Text(file) => _ = index.files.entry(file.clone()).or_default().insert(member.name.clone()),
            _ => index.nowhere.push(member.name.clone()),
        }
    }
    let is_index = is_index(name) || index.files.keys().any(|file| file.ends_with(safetensors::SUFFIX));
    is_index.then_some(index)
}

/// Returns true for the name of an index.
pub(super) fn is_index(name: &str) -> bool {
    INDEX_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Opens the files that an index lists. Missing files and tensors are problems.
pub(super) fn open_index(context: ReadContext, index: Index) -> Result<Arc<dyn Source>, Error> {
    let Some(path) = context.path else {
        let why = "a checkpoint index cannot be read from a pipe or a compressed file; pass the index file itself";
        return Err(context.error(why));
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut checkpoint = Checkpoint::new(context.name);
    if index.files.is_empty() && index.nowhere.is_empty() {
        Arc::make_mut(&mut checkpoint.info).problems =
            vec![Problem::new(At::Path("weight_map".to_owned()), "lists no tensors")];
        return Ok(Arc::new(checkpoint.finish(", 0 files")));
    }
    let mut problems = Problems::default();
    for name in index.nowhere {
        problems.push(Problem::new(At::Path(name), "the index lists no file for this tensor"));
    }
    for (file, expected) in index.files {
        context.task.cancel.check()?;
        let read = shard(folder, &file).and_then(|path| read_file(&path, &context.task.memory));
        context.check()?;
        let mut note = |why: String| problems.push(Problem::new(At::Path(file.clone()), why));
        match read {
            Ok((shard, found)) => {
                let present: BTreeSet<String> = found.tensors.iter().map(|tensor| tensor.path.join(".")).collect();
                let mut missing = expected.iter().filter(|name| !present.contains(*name));
                if let Some(first) = missing.next() {
                    note(format!("missing tensors: {first:?}{}", and_more(missing.count())));
                }
                found.problems.into_iter().for_each(|problem| note(problem.to_string()));
                checkpoint.add(shard, found.format, found.tensors);
            }
            Err(why) => {
                let first = expected.first().map_or_else(String::new, |first| format!("; missing tensors: {first:?}"));
                note(format!("{why}{first}{}", and_more(expected.len().saturating_sub(1))));
            }
        }
    }
    checkpoint.finish_shards(context, &problems)
}

/// Path of a file that an index lists.
fn shard(folder: &Path, file: &str) -> Result<PathBuf, DecodeError> {
    if !Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(DecodeError::new("the path leaves the directory of the index"));
    }
    if !SUFFIXES.iter().any(|suffix| file.ends_with(suffix)) {
        return Err(DecodeError::new(format!("the file name ends neither in {} nor in {}", SUFFIXES[0], SUFFIXES[1])));
    }
    Ok(folder.join(file))
}

/// Opens the files of a directory as one model. If two files have a tensor of the same name, keys start with the file
/// name.
pub(super) fn open_folder(folder: &Path, paths: &[PathBuf], task: &Task) -> Result<Arc<dyn Source>, Error> {
    let name = folder.to_string_lossy();
    open_shards(ReadContext { name: &name, path: Some(folder), task }, paths)
}

/// Opens files as one model.
fn open_shards(context: ReadContext, paths: &[PathBuf]) -> Result<Arc<dyn Source>, Error> {
    let task = context.task;
    let mut problems = Problems::default();
    let (mut files, mut details) = (Vec::new(), Vec::new());
    for path in paths {
        task.cancel.check()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = read_file(path, &task.memory);
        context.check()?;
        match read {
            Ok((file, found)) => {
                // The first shard of GGUF describes the model.
                if files.is_empty() && found.format == GGUF {
                    details = found.details;
                }
                for problem in found.problems {
                    problems.push(Problem::new(At::Path(name.clone()), problem.to_string()));
                }
                files.push((name, file, found.format, found.tensors));
            }
            Err(why) => problems.push(Problem::new(At::Path(name), why.to_string())),
        }
    }
    for name in missing_shards(paths) {
        problems.push(Problem::new(At::Path(name), "this file of the checkpoint is missing"));
    }
    let names = files.iter().flat_map(|(.., tensors)| tensors).map(|tensor| &tensor.path);
    let mut seen = HashSet::new();
    let clash = !names.into_iter().all(|name| seen.insert(Arc::clone(name)));
    let mut checkpoint = Checkpoint::new(context.name);
    Arc::make_mut(&mut checkpoint.info).details = details;
    for (name, file, format, mut tensors) in files {
        if clash {
            let stem = ENDS.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(&name);
            for tensor in &mut tensors {
                tensor.path = stem.split('.').map(str::to_owned).chain(tensor.path.iter().cloned()).collect();
            }
        }
        checkpoint.add(file, format, tensors);
    }
    checkpoint.finish_shards(context, &problems)
}

/// Returns true for the name of a file that belongs to a checkpoint of several files. Files with the end `.bin` have to be
/// numbered, since the end is that of many files.
pub(super) fn is_shard(name: &str, suffix: &str) -> bool {
    name.ends_with(suffix) && (suffix == safetensors::SUFFIX || numbered(name).is_some())
}

/// Returns the shards of GGUF in the directory of one of them that belong to the same model, sorted. Returns only the path
/// itself if it is another file.
fn shards_of(path: &Path) -> Vec<PathBuf> {
    let name_of = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name_of(path);
    let Some(key) = model_of_shard(&name) else { return vec![path.to_owned()] };
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder == Path::new("") { Path::new(".") } else { folder };
    let names = fs::read_dir(listed).into_iter().flatten().flatten().map(|entry| name_of(&entry.path()));
    let mut names: Vec<String> = names.filter(|name| model_of_shard(name) == Some(key)).collect();
    names.sort();
    names.iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
}

/// Returns the parts of the name of a shard of GGUF that all shards of a model share.
pub(super) fn model_of_shard(name: &str) -> Option<(&str, &str)> {
    let (start, _, end) = numbered(name).filter(|_| name.ends_with(gguf::SUFFIX))?;
    Some((start, end))
}

/// Splits a name such as `model-00002-of-00003.bin` into the text before the number, the number, and `00003.bin`.
fn numbered(name: &str) -> Option<(&str, u32, &str)> {
    let (rest, end) = name.rsplit_once("-of-").filter(|_| ENDS.iter().any(|suffix| name.ends_with(suffix)))?;
    let (start, number) = rest.rsplit_once('-')?;
    let total = end.split_once('.').map_or(end, |(total, _)| total);
    (total.parse::<u32>().is_ok()).then_some((start, number.parse().ok()?, end))
}

/// Names of missing files in a numbered sequence such as `model-00002-of-00003.safetensors`.
fn missing_shards(paths: &[PathBuf]) -> Vec<String> {
    /// Limit of the total in a file name, larger than any real checkpoint.
    const MAX_SHARDS: u32 = 10_000;
    let mut sequences: HashMap<(String, String), BTreeSet<u32>> = HashMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some((start, number, rest)) = numbered(&name) else { continue };
        sequences.entry((start.to_owned(), rest.to_owned())).or_default().insert(number);
    }
    let mut missing = Vec::new();
    for ((start, rest), present) in sequences {
        let (total, suffix) = rest.split_once('.').unwrap_or((&rest, ""));
        let last = total.parse().unwrap_or(0).min(MAX_SHARDS);
        let width = total.len();
        let absent = (1..=last).filter(|number| !present.contains(number));
        missing.extend(absent.map(|number| format!("{start}-{number:0width$}-of-{total}.{suffix}")));
    }
    missing.sort();
    missing
}

pub(super) fn and_more(n: usize) -> String {
    if n == 0 { String::new() } else { format!(" and {n} more") }
}

/// Names of formats.
const SAFETENSORS: &str = "safetensors";
const GGUF: &str = "GGUF";

/// Reads the description of the tensors in a file.
fn read_file(path: &Path, memory: &Budget) -> Result<(TensorFile, FileTensors), DecodeError> {
    let file = PositionedFile::open(path)?;
    let seen = File::open(path)?.metadata()?;
    let found = read_tensors(&file, memory)?;
    reopen(path, &seen)?;
    Ok((TensorFile::Disk { path: path.to_owned(), seen }, found))
}

fn read_tensors(file: &dyn Text, memory: &Budget) -> Result<FileTensors, DecodeError> {
    let mut head = [0; 64];
    let n = file.read(0, &mut head)?;
    if torch::may_be_checkpoint(head.get(..n).unwrap_or_default()) {
        let torch::Checkpoint { kind, tensors, details, problems, reserved } = torch::read(file, memory)?;
        reserved.into_iter().for_each(Reservation::keep);
        return Ok(FileTensors { format: kind, tensors, details, problems });
    }
    if head.starts_with(gguf::MAGIC) {
        let gguf::Header { tensors, metadata, problems } =
            gguf::Header::read(&mut Window::whole(file), file.len(), memory)?;
        return Ok(FileTensors { format: GGUF, tensors, details: metadata, problems });
    }
    let Header { tensors, metadata, problems } = Header::read(&mut Window::whole(file), file.len(), memory)?;
    Ok(FileTensors { format: SAFETENSORS, tensors, details: metadata, problems })
}

impl Checkpoint {
    fn new(name: &str) -> Self {
        let info = Arc::new(SourceInfo { name: name.to_owned(), ..SourceInfo::default() });
        Self { info, files: Vec::new(), format: SAFETENSORS, tensors: Vec::new() }
    }

    fn add(&mut self, file: TensorFile, format: &'static str, tensors: Vec<Tensor>) {
        let index = self.files.len();
        self.files.push(file);
        self.format = format;
        self.tensors.extend(tensors.into_iter().map(|tensor| (index, tensor)));
    }

    /// Finishes a checkpoint of several files. Fails if none of them can be read.
    fn finish_shards(mut self, context: ReadContext, problems: &Problems) -> Result<Arc<dyn Source>, Error> {
        let problems = problems.to_vec();
        if let ([], Some(first)) = (self.files.as_slice(), problems.first()) {
            return Err(context.error(format!("no file of the checkpoint can be read; {first}")));
        }
        Arc::make_mut(&mut self.info).problems = problems;
        let files = format!(", {}", plural(self.files.len() as u64, "file"));
        Ok(Arc::new(self.finish(&files)))
    }

    /// Adds a series for each tensor. `files` is the number of files for the title.
    fn finish(mut self, files: &str) -> Self {
        // Files of safetensors are sorted by size, and some of GGUF as texts. A pickle has the order of the program.
        if matches!(self.format, SAFETENSORS | GGUF) {
            self.tensors.sort_by(|(_, a), (_, b)| natural_order(&a.path).cmp(natural_order(&b.path)));
        }
        let info = Arc::make_mut(&mut self.info);
        info.title = format!("{}{files}, {}", self.format, plural(self.tensors.len() as u64, "tensor"));
        for (_, tensor) in &self.tensors {
            info.details.push((tensor.path.join("."), format!("{} {:?}", tensor.dtype, tensor.view.shape())));
            info.series.push(Series::samples(Arc::clone(&tensor.path), Vec::new()));
        }
        self
    }
}

/// Sort key of a name: numbers come before words, and `9` before `10`.
fn natural_order(path: &[String]) -> impl Iterator<Item = (u64, &str)> {
    path.iter().map(|label| (label.parse().unwrap_or(u64::MAX), label.as_str()))
}

impl Source for Checkpoint {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let tensor = self.tensors.get(series).filter(|_| step == 0);
        let (file, tensor) = tensor.ok_or_else(|| super::no_such_entry(series, step))?;
        let Some(file) = self.files.get(*file) else { return Err(super::no_such_entry(series, step)) };
        let name = match file {
            TensorFile::Disk { path, .. } => path.display().to_string(),
            TensorFile::Memory(_) => self.info.name.clone(),
        };
        let context = ReadContext { name: &name, path: None, task };
        let _bytes = match file {
            TensorFile::Memory(bytes) => {
                Some(task.memory.reserve(bytes.as_ref().len() as u64).map_err(|why| context.failed(why))?)
            }
            TensorFile::Disk { .. } => None,
        };
        let (part, shape) = tensors::load(context, file, None, tensor)?;
        Ok(Content::Raw(Arc::new(Population::of_array(part, &shape, task)?)))
    }

    fn weight(&self, series: usize) -> u64 {
        self.tensors.get(series).map_or(0, |(_, tensor)| tensor.bytes())
    }
}
