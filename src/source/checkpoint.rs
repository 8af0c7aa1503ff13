//! Checkpoints: a safetensors file, or several that form one model.
//!
//! Opening reads the headers. Tensors are read on demand.

use super::on_disk::{self, Coding, Layout};
use super::reading::{ReadContext, read_all, reopen, watched};
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{Budget, ElementOrder, Part, Population, Shape};
use crate::error::{At, Error, Problem};
use crate::format::document::JsonDocument;
use crate::format::safetensors::{self, Header, INDEX_SUFFIX, SUFFIX, Tensor};
use crate::format::{DecodeError, Problems};
use crate::json::Node;
use crate::text::plural;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, Metadata};
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Tensors of one or more files.
struct Checkpoint {
    info: Arc<SourceInfo>,
    files: Vec<TensorFile>,
    /// Tensors in the order of the series in `info`, each with the index of its file in `files`.
    tensors: Vec<(usize, Tensor)>,
}

/// Bytes of a safetensors file.
enum TensorFile {
    Disk { path: PathBuf, seen: Metadata },
    Memory(Vec<u8>),
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
    let (file, header) = match context.path {
        Some(path) => read_header(path, &context.task.memory),
        None => {
            let (bytes, reserved) = read_all(context, reader)?;
            reserved.keep();
            Header::read(&mut bytes.as_slice(), bytes.len() as u64, &context.task.memory)
                .map(|header| (TensorFile::Memory(bytes), header))
        }
    }
    .map_err(|why| context.error(why))?;
    let mut checkpoint = Checkpoint::new(context.name);
    let info = Arc::make_mut(&mut checkpoint.info);
    (info.problems, info.details) = (header.problems, header.metadata);
    checkpoint.files.push(file);
    checkpoint.tensors = header.tensors.into_iter().map(|tensor| (0, tensor)).collect();
    Ok(Arc::new(checkpoint.finish("safetensors")))
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
    (name.ends_with(INDEX_SUFFIX) || index.files.keys().any(|file| file.ends_with(SUFFIX))).then_some(index)
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
        return Ok(Arc::new(checkpoint.finish("safetensors, 0 files")));
    }
    let mut problems = Problems::default();
    for name in index.nowhere {
        problems.push(Problem::new(At::Path(name), "the index lists no file for this tensor"));
    }
    for (file, expected) in index.files {
        context.task.cancel.check()?;
        let read = shard(folder, &file).and_then(|path| read_header(&path, &context.task.memory));
        context.check()?;
        let mut note = |why: String| problems.push(Problem::new(At::Path(file.clone()), why));
        match read {
            Ok((shard, header)) => {
                let present: BTreeSet<&str> = header.tensors.iter().map(|tensor| &*tensor.name).collect();
                let mut missing = expected.iter().filter(|name| !present.contains(&***name));
                if let Some(first) = missing.next() {
                    note(format!("missing tensors: {first:?}{}", and_more(missing.count())));
                }
                header.problems.into_iter().for_each(|problem| note(problem.to_string()));
                checkpoint.add(shard, header.tensors);
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
    if !file.ends_with(SUFFIX) {
        return Err(DecodeError::new(format!("the file name does not end in {SUFFIX}")));
    }
    Ok(folder.join(file))
}

/// Opens the files of a directory as one model. If two files have a tensor of the same name, keys start with the file
/// name.
pub(super) fn open_folder(folder: &Path, paths: &[PathBuf], task: &Task) -> Result<Arc<dyn Source>, Error> {
    let name = folder.to_string_lossy();
    let context = ReadContext { name: &name, path: Some(folder), task };
    let mut problems = Problems::default();
    let mut files = Vec::new();
    for path in paths {
        task.cancel.check()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = read_header(path, &task.memory);
        context.check()?;
        match read {
            Ok((file, header)) => {
                for problem in header.problems {
                    problems.push(Problem::new(At::Path(name.clone()), problem.to_string()));
                }
                files.push((name, file, header.tensors));
            }
            Err(why) => problems.push(Problem::new(At::Path(name), why.to_string())),
        }
    }
    for name in missing_shards(paths) {
        problems.push(Problem::new(At::Path(name), "this file of the checkpoint is missing"));
    }
    let names = files.iter().flat_map(|(_, _, tensors)| tensors).map(|tensor| &tensor.name);
    let mut seen = BTreeSet::new();
    let clash = !names.into_iter().all(|name| seen.insert(name.clone()));
    let mut checkpoint = Checkpoint::new(&name);
    for (name, file, mut tensors) in files {
        if clash {
            let stem = name.strip_suffix(SUFFIX).unwrap_or(&name);
            for tensor in &mut tensors {
                tensor.name = format!("{stem}.{}", tensor.name);
            }
        }
        checkpoint.add(file, tensors);
    }
    checkpoint.finish_shards(context, &problems)
}

/// Names of missing files in a numbered sequence such as `model-00002-of-00003.safetensors`.
fn missing_shards(paths: &[PathBuf]) -> Vec<String> {
    /// Limit of the total in a file name, larger than any real checkpoint.
    const MAX_SHARDS: u32 = 10_000;
    let mut sequences: HashMap<(String, String), BTreeSet<u32>> = HashMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let parts = name.strip_suffix(SUFFIX).and_then(|stem| stem.rsplit_once("-of-"));
        let Some((start, number, total)) = parts.and_then(|(rest, total)| {
            let (start, number) = rest.rsplit_once('-')?;
            Some((start.to_owned(), number.parse().ok()?, total.to_owned()))
        }) else {
            continue;
        };
        sequences.entry((start, total)).or_default().insert(number);
    }
    let mut missing = Vec::new();
    for ((start, total), present) in sequences {
        let last = total.parse().unwrap_or(0).min(MAX_SHARDS);
        let width = total.len();
        let absent = (1..=last).filter(|number| !present.contains(number));
        missing.extend(absent.map(|number| format!("{start}-{number:0width$}-of-{total}{SUFFIX}")));
    }
    missing.sort();
    missing
}

fn and_more(n: usize) -> String {
    if n == 0 { String::new() } else { format!(" and {n} more") }
}

fn read_header(path: &Path, memory: &Budget) -> Result<(TensorFile, Header), DecodeError> {
    let mut file = File::open(path)?;
    let seen = file.metadata()?;
    let header = Header::read(&mut file, seen.len(), memory)?;
    Ok((TensorFile::Disk { path: path.to_owned(), seen }, header))
}

impl Checkpoint {
    fn new(name: &str) -> Self {
        let info = Arc::new(SourceInfo { name: name.to_owned(), ..SourceInfo::default() });
        Self { info, files: Vec::new(), tensors: Vec::new() }
    }

    fn add(&mut self, file: TensorFile, tensors: Vec<Tensor>) {
        let index = self.files.len();
        self.files.push(file);
        self.tensors.extend(tensors.into_iter().map(|tensor| (index, tensor)));
    }

    /// Finishes a checkpoint of several files. Fails if none of them can be read.
    fn finish_shards(mut self, context: ReadContext, problems: &Problems) -> Result<Arc<dyn Source>, Error> {
        let problems = problems.to_vec();
        if let ([], Some(first)) = (self.files.as_slice(), problems.first()) {
            return Err(context.error(format!("no file of the checkpoint can be read; {first}")));
        }
        Arc::make_mut(&mut self.info).problems = problems;
        let format = format!("safetensors, {}", plural(self.files.len() as u64, "file"));
        Ok(Arc::new(self.finish(&format)))
    }

    /// Sorts the tensors in natural order, and adds a series for each.
    fn finish(mut self, format: &str) -> Self {
        self.tensors.sort_by(|(_, a), (_, b)| natural_order(&a.name).cmp(natural_order(&b.name)));
        let info = Arc::make_mut(&mut self.info);
        info.title = format!("{format}, {}", plural(self.tensors.len() as u64, "tensor"));
        for (_, tensor) in &self.tensors {
            let path: Vec<_> = tensor.name.split('.').map(str::to_owned).collect();
            info.details.push((tensor.name.clone(), format!("{} {:?}", tensor.dtype, tensor.shape)));
            info.series.push(Series::samples(path, Vec::new()));
        }
        self
    }

    /// Reads a small tensor into memory, and opens a large one as a stream.
    fn part(&self, file: usize, tensor: &Tensor, task: &Task) -> Result<Part, Error> {
        let name = match self.files.get(file) {
            Some(TensorFile::Disk { path, .. }) => path.display().to_string(),
            _ => self.info.name.clone(),
        };
        let context = ReadContext { name: &name, path: None, task };
        let size = tensor.bytes.end - tensor.bytes.start;
        let memory = tensor.len().saturating_mul(tensor.kind.dtype().bytes() as u64);
        let read = match self.files.get(file) {
            Some(TensorFile::Memory(bytes)) => {
                let all = bytes.len() as u64;
                let _bytes = task.memory.reserve(all).map_err(|why| context.failed(why))?;
                task.memory.reserve(memory).map_err(|why| context.failed(why))?.keep();
                let mut input = Cursor::new(bytes);
                input.set_position(tensor.bytes.start);
                safetensors::read_data(&mut watched(input, task), tensor)
            }
            Some(TensorFile::Disk { path, seen }) => {
                let mut file = reopen(path, seen).map_err(|why| context.error(why))?;
                let Some(reserved) = on_disk::reserve(size, memory, task) else {
                    let (dtype, coding) = (tensor.kind.dtype(), Coding::Tensor(tensor.kind));
                    let layout = Layout { at: tensor.bytes.start, len: tensor.len(), dtype, coding };
                    return on_disk::open(path, &name, layout, None);
                };
                reserved.keep();
                task.progress.expect(size);
                file.seek(SeekFrom::Start(tensor.bytes.start))
                    .map_err(DecodeError::from)
                    .and_then(|_| safetensors::read_data(&mut watched(file, task), tensor))
            }
            None => Err(DecodeError::new("the file is not open")),
        };
        read.map(Part::from).map_err(|why| context.error(why))
    }
}

/// Sort key of a name: numbers come before words, and `9` before `10`.
fn natural_order(name: &str) -> impl Iterator<Item = (u64, &str)> {
    name.split('.').map(|label| (label.parse().unwrap_or(u64::MAX), label))
}

impl Source for Checkpoint {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let tensor = self.tensors.get(series).filter(|_| step == 0);
        let (file, tensor) = tensor.ok_or_else(|| super::no_such_entry(series, step))?;
        let part = self.part(*file, tensor, task)?;
        let shape = Shape::new(&tensor.shape, ElementOrder::C);
        Ok(Content::Raw(Arc::new(Population::of_array(part, &shape, task)?)))
    }

    fn weight(&self, series: usize) -> u64 {
        self.tensors.get(series).map_or(0, |(_, tensor)| tensor.bytes.end - tensor.bytes.start)
    }
}
