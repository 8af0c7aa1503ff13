//! Checkpoints: a safetensors file, or several that are one model. Headers are read when opened, tensors when they are
//! asked for.

use super::input::{ReadContext, read_all, watched};
use super::on_disk::{self, Coding, Layout};
use super::{Source, Task};
use crate::catalog::{Content, Series, SeriesKind, SourceInfo, Steps};
use crate::engine::{Part, Population};
use crate::error::{At, Error, Problem};
use crate::format::document::Document;
use crate::format::safetensors::{self, Header, Tensor};
use crate::format::{DecodeError, Problems};
use crate::json::Node;
use crate::text::plural;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, Metadata};
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// How these files are named.
pub(super) const SUFFIX: &str = ".safetensors";

/// How the file is named that says which tensor is in which of several files.
pub(super) const INDEX: &str = ".safetensors.index.json";

/// Tensors, wherever they are.
struct Checkpoint {
    info: SourceInfo,
    files: Vec<Stored>,
    /// As the series stand in `info`, each with its position in `files`.
    tensors: Vec<(usize, Tensor)>,
}

/// The bytes of a file.
enum Stored {
    File { path: PathBuf, seen: Metadata },
    Memory(Vec<u8>),
}

/// Which tensors an index expects where.
#[derive(Default)]
pub(super) struct Index {
    files: BTreeMap<String, BTreeSet<String>>,
    /// Tensors for which it names no file.
    nowhere: Vec<String>,
}

/// Opens a file alone.
pub(super) fn open(origin: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let (stored, header) = match origin.path {
        Some(path) => read_header(path),
        None => {
            let (bytes, _held) = read_all(origin, reader)?;
            Header::read(&mut bytes.as_slice(), bytes.len() as u64).map(|header| (Stored::Memory(bytes), header))
        }
    }
    .map_err(|why| origin.failed(why))?;
    let mut checkpoint = Checkpoint::new(origin.name);
    checkpoint.info.problems = header.problems;
    checkpoint.info.details = header.metadata;
    checkpoint.files.push(stored);
    checkpoint.tensors = header.tensors.into_iter().map(|tensor| (0, tensor)).collect();
    Ok(Arc::new(checkpoint.finish("safetensors")))
}

/// The index that a text is, if it is one: by its name, or by a file that it names. `weight_map` alone is what a histogram
/// can be called as well.
pub(super) fn index(name: &str, document: &Document) -> Option<Index> {
    let [root] = document.roots.as_slice() else { return None };
    let Node::Object(members) = &root.item.node.get("weight_map")?.node else { return None };
    let mut index = Index::default();
    for member in members {
        match &member.value.node {
            Node::Text(file) => _ = index.files.entry(file.clone()).or_default().insert(member.name.clone()),
            _ => index.nowhere.push(member.name.clone()),
        }
    }
    (name.ends_with(INDEX) || index.files.keys().any(|file| file.ends_with(SUFFIX))).then_some(index)
}

/// Opens the files that an index names; what it names and is not there is a problem.
pub(super) fn open_index(origin: ReadContext, index: Index) -> Result<Arc<dyn Source>, Error> {
    let Some(path) = origin.path else {
        return Err(origin.failed("it only names files of tensors; name the file itself, unpacked"));
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut checkpoint = Checkpoint::new(origin.name);
    if index.files.is_empty() && index.nowhere.is_empty() {
        checkpoint.info.problems = vec![Problem::new(At::Path("weight_map".to_owned()), "it names no tensor")];
        return Ok(Arc::new(checkpoint.finish("safetensors, 0 files")));
    }
    let mut problems = Problems::default();
    for name in index.nowhere {
        problems.push(Problem::new(At::Path(name), "the index names no file for this tensor"));
    }
    for (file, expected) in index.files {
        origin.task.cancel.check()?;
        let read = shard(folder, &file).and_then(|path| read_header(&path));
        let mut note = |why: String| problems.push(Problem::new(At::Path(file.clone()), why));
        match read {
            Ok((stored, header)) => {
                let there: BTreeSet<&str> = header.tensors.iter().map(|tensor| &*tensor.name).collect();
                let mut missing = expected.iter().filter(|name| !there.contains(&***name));
                if let Some(first) = missing.next() {
                    note(format!("it lacks {first:?}{}", and_more(missing.count())));
                }
                header.problems.into_iter().for_each(|problem| note(problem.to_string()));
                checkpoint.add(stored, header.tensors);
            }
            Err(why) => {
                let first = expected.first().map_or_else(String::new, |first| format!(": {first:?}"));
                let more = and_more(expected.len().saturating_sub(1));
                note(format!("{why}; without it these tensors are missing{first}{more}"));
            }
        }
    }
    checkpoint.some(origin, &problems)
}

/// Where a file is that an index names.
fn shard(folder: &Path, file: &str) -> Result<PathBuf, DecodeError> {
    if !Path::new(file).components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(DecodeError::new("it is outside of the index's folder"));
    }
    if !file.ends_with(SUFFIX) {
        return Err(DecodeError::new(format!("its name does not end in {SUFFIX}")));
    }
    Ok(folder.join(file))
}

/// Opens the files of a folder as one tree: by the names of the tensors, or, where two files have a tensor of the same
/// name, by those of the files first.
pub(super) fn open_folder(folder: &Path, paths: &[PathBuf], task: &Task) -> Result<Arc<dyn Source>, Error> {
    let name = folder.to_string_lossy();
    let origin = ReadContext { name: &name, path: Some(folder), task };
    let mut problems = Problems::default();
    let mut files = Vec::new();
    for path in paths {
        task.cancel.check()?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match read_header(path) {
            Ok((stored, header)) => {
                for problem in header.problems {
                    problems.push(Problem::new(At::Path(name.clone()), problem.to_string()));
                }
                files.push((name, stored, header.tensors));
            }
            Err(why) => problems.push(Problem::new(At::Path(name), why.to_string())),
        }
    }
    for name in missing_shards(paths) {
        problems.push(Problem::new(At::Path(name), "this part of the checkpoint is missing"));
    }
    let names = files.iter().flat_map(|(_, _, tensors)| tensors).map(|tensor| &tensor.name);
    let mut seen = BTreeSet::new();
    let clash = !names.into_iter().all(|name| seen.insert(name.clone()));
    let mut checkpoint = Checkpoint::new(&name);
    for (name, stored, mut tensors) in files {
        if clash {
            let stem = name.strip_suffix(SUFFIX).unwrap_or(&name);
            for tensor in &mut tensors {
                tensor.name = format!("{stem}.{}", tensor.name);
            }
        }
        checkpoint.add(stored, tensors);
    }
    checkpoint.some(origin, &problems)
}

/// The names of parts that are not there, of files that count themselves: `model-00002-of-00003.safetensors`.
fn missing_shards(paths: &[PathBuf]) -> Vec<String> {
    /// So many parts nobody has.
    const MOST: u32 = 10_000;
    let mut counted: HashMap<(String, String), BTreeSet<u32>> = HashMap::new();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let parts = name.strip_suffix(SUFFIX).and_then(|stem| stem.rsplit_once("-of-"));
        let Some((start, number, total)) = parts.and_then(|(rest, total)| {
            let (start, number) = rest.rsplit_once('-')?;
            Some((start.to_owned(), number.parse().ok()?, total.to_owned()))
        }) else {
            continue;
        };
        counted.entry((start, total)).or_default().insert(number);
    }
    let mut missing = Vec::new();
    for ((start, total), there) in counted {
        let last = total.parse().unwrap_or(0).min(MOST);
        let width = total.len();
        let absent = (1..=last).filter(|number| !there.contains(number));
        missing.extend(absent.map(|number| format!("{start}-{number:0width$}-of-{total}{SUFFIX}")));
    }
    missing.sort();
    missing
}

fn and_more(n: usize) -> String {
    if n == 0 { String::new() } else { format!(" and {n} more") }
}

fn read_header(path: &Path) -> Result<(Stored, Header), DecodeError> {
    let mut file = File::open(path)?;
    let seen = file.metadata()?;
    let header = Header::read(&mut file, seen.len())?;
    Ok((Stored::File { path: path.to_owned(), seen }, header))
}

impl Checkpoint {
    fn new(name: &str) -> Self {
        let info = SourceInfo { name: name.to_owned(), ..SourceInfo::default() };
        Self { info, files: Vec::new(), tensors: Vec::new() }
    }

    fn add(&mut self, stored: Stored, tensors: Vec<Tensor>) {
        let file = self.files.len();
        self.files.push(stored);
        self.tensors.extend(tensors.into_iter().map(|tensor| (file, tensor)));
    }

    /// Itself, unless none of its files could be read.
    fn some(mut self, origin: ReadContext, problems: &Problems) -> Result<Arc<dyn Source>, Error> {
        let problems = problems.to_vec();
        if let ([], Some(first)) = (self.files.as_slice(), problems.first()) {
            return Err(origin.failed(format!("none of its files of tensors can be read; {first}")));
        }
        self.info.problems = problems;
        let what = format!("safetensors, {}", plural(self.files.len() as u64, "file"));
        Ok(Arc::new(self.finish(&what)))
    }

    /// With the tensors in the order in which people count, and a series for each.
    fn finish(mut self, what: &str) -> Self {
        self.tensors.sort_by(|(_, a), (_, b)| labels(&a.name).cmp(labels(&b.name)));
        self.info.title = format!("{what}, {}", plural(self.tensors.len() as u64, "tensor"));
        for (_, tensor) in &self.tensors {
            let path: Vec<String> = tensor.name.split('.').map(str::to_owned).collect();
            self.info.details.push((tensor.name.clone(), format!("{} {:?}", tensor.dtype, tensor.shape)));
            self.info.series.push(Series {
                path,
                kind: SeriesKind::Samples,
                steps: Steps::Unknown(1),
                problems: Vec::new(),
            });
        }
        self
    }

    /// A small tensor as it is in memory, a large one where it stands.
    fn part(&self, file: usize, tensor: &Tensor, task: &Task) -> Result<Part, Error> {
        let name = match self.files.get(file) {
            Some(Stored::File { path, .. }) => path.display().to_string(),
            _ => self.info.name.clone(),
        };
        let origin = ReadContext { name: &name, path: None, task };
        let size = tensor.bytes.end - tensor.bytes.start;
        let memory = tensor.len().saturating_mul(tensor.kind.dtype().bytes() as u64);
        let read = match self.files.get(file) {
            Some(Stored::Memory(bytes)) => {
                let all = bytes.len() as u64;
                let _bytes = task.memory.hold(all).map_err(|why| origin.failed(DecodeError::from(why)))?;
                task.memory.hold(memory).map_err(|why| origin.failed(DecodeError::from(why)))?.keep();
                let mut input = Cursor::new(bytes);
                input.set_position(tensor.bytes.start);
                safetensors::read_data(&mut watched(input, task), tensor)
            }
            Some(Stored::File { path, seen }) => {
                let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
                let (now, mut file) = opened.map_err(|error| origin.failed(DecodeError::from(error)))?;
                if (now.len(), now.modified().ok()) != (seen.len(), seen.modified().ok()) {
                    return Err(origin.failed("it has changed since it was opened; open it again"));
                }
                let Some(held) = on_disk::room(size, memory, task) else {
                    let (dtype, coding) = (tensor.kind.dtype(), Coding::Tensor(tensor.kind));
                    let layout = Layout { at: tensor.bytes.start, len: tensor.len(), dtype, coding };
                    return on_disk::open(path, &name, layout, None);
                };
                held.keep();
                task.progress.expect(size);
                file.seek(SeekFrom::Start(tensor.bytes.start))
                    .map_err(DecodeError::from)
                    .and_then(|_| safetensors::read_data(&mut watched(file, task), tensor))
            }
            None => Err(DecodeError::new("it is not open any more")),
        };
        read.map(Part::from).map_err(|why| origin.failed(why))
    }
}

/// What names are sorted by: numbers before words, `10` behind `9`.
fn labels(name: &str) -> impl Iterator<Item = (u64, &str)> {
    name.split('.').map(|label| (label.parse().unwrap_or(u64::MAX), label))
}

impl Source for Checkpoint {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let found = self.tensors.get(series).filter(|_| step == 0);
        let (file, tensor) = found.ok_or_else(|| super::nothing_there(series, step))?;
        let part = self.part(*file, tensor, task)?;
        Ok(Content::Raw(Arc::new(Population::of(vec![part], task)?)))
    }

    fn weight(&self, series: usize) -> u64 {
        self.tensors.get(series).map_or(0, |(_, tensor)| tensor.bytes.end - tensor.bytes.start)
    }
}
