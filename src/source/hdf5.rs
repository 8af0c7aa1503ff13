//! HDF5 files, and the weights inside an archive of Keras.
//!
//! Opening reads the metadata of all groups. Datasets are read on demand, and large ones stay on disk: contiguous ones are read
//! in place, and chunked ones are decoded block by block for every pass.

mod stream;

use super::on_disk::{self, Layout};
use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, guarded, read_all};
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{ElementOrder, Part, Population, Shape};
use crate::error::{At, Error, Problem};
use crate::format::DecodeError;
use crate::format::archive;
use crate::format::hdf5::{ByteRanges, Dataset, KERAS_MEMBER, Place, Tree};
use crate::format::window::Window;
use crate::text::plural;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use stream::{BlockStream, share};

struct Hdf5File {
    info: Arc<SourceInfo>,
    bytes: FileBytes,
    datasets: Vec<Arc<Dataset>>,
}

/// Bytes of an HDF5 file.
#[derive(Debug, Clone)]
enum FileBytes {
    /// Part of a file: the archive of Keras has other members.
    Disk {
        file: Arc<PositionedFile>,
        path: PathBuf,
        start: u64,
        len: u64,
    },
    Memory(Arc<Vec<u8>>),
}

/// Bytes for one job, which counts them as progress and can be cancelled.
#[derive(Debug)]
struct WatchedBytes {
    bytes: FileBytes,
    task: Task,
}

pub(super) fn open(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let bytes = match context.path {
        Some(path) => {
            let len = path.metadata().map_err(|error| context.failed(error))?.len();
            FileBytes::disk(path, 0, len).map_err(|why| context.error(why))?
        }
        None => {
            let (bytes, reserved) = read_all(context, reader)?;
            reserved.keep();
            FileBytes::Memory(Arc::new(bytes))
        }
    };
    open_tree(context, bytes, "HDF5")
}

/// Opens the weights in an archive of Keras.
pub(super) fn open_keras(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let memory = &context.task.memory;
    let bytes = match context.path {
        Some(path) => {
            let file = PositionedFile::open(path).map_err(|why| context.error(why))?;
            let member = archive::member(Window::whole(file), KERAS_MEMBER, memory);
            match member.map_err(|why| context.error(why))? {
                archive::Content::Stored { start, len } => {
                    FileBytes::disk(path, start, len).map_err(|why| context.error(why))?
                }
                archive::Content::Read(bytes) => FileBytes::Memory(Arc::new(bytes)),
            }
        }
        None => {
            let (bytes, _reserved) = read_all(context, reader)?;
            match archive::member(Cursor::new(&bytes), KERAS_MEMBER, memory).map_err(|why| context.error(why))? {
                archive::Content::Stored { start, len } => {
                    memory.reserve(len).map_err(|why| context.failed(why))?.keep();
                    let member = bytes.get(start as usize..(start + len) as usize).unwrap_or_default();
                    FileBytes::Memory(Arc::new(member.to_vec()))
                }
                archive::Content::Read(bytes) => FileBytes::Memory(Arc::new(bytes)),
            }
        }
    };
    open_tree(context, bytes, "Keras")
}

fn open_tree(context: ReadContext, bytes: FileBytes, format: &str) -> Result<Arc<dyn Source>, Error> {
    let watched = bytes.watched(context.task);
    let Tree { mut datasets, details, mut problems } =
        guarded(|| Tree::read(&watched, &context.task.memory)).map_err(|why| context.error(why))?;
    if datasets.is_empty() && problems.is_empty() {
        problems.push(Problem::new(At::Whole, "the file has no datasets"));
    }
    datasets.sort_by_cached_key(|dataset| {
        dataset.path.iter().map(|label| (label.parse().unwrap_or(u64::MAX), label.clone())).collect::<Vec<_>>()
    });
    let title = format!("{format}, {}", plural(datasets.len() as u64, "dataset"));
    let mut info = SourceInfo { name: context.name.to_owned(), title, details, problems, ..SourceInfo::default() };
    for dataset in &datasets {
        info.details.push((dataset.path.join("."), format!("{} {:?}", dataset.element.name, dataset.shape)));
        info.series.push(Series::samples(dataset.path.clone(), Vec::new()));
    }
    let datasets = datasets.into_iter().map(Arc::new).collect();
    Ok(Arc::new(Hdf5File { info: Arc::new(info), bytes, datasets }))
}

impl FileBytes {
    fn disk(path: &Path, start: u64, len: u64) -> Result<Self, DecodeError> {
        let file = Arc::new(PositionedFile::open(path)?);
        Ok(Self::Disk { file, path: path.to_owned(), start, len })
    }

    fn watched(&self, task: &Task) -> Arc<dyn ByteRanges> {
        Arc::new(WatchedBytes { bytes: self.clone(), task: task.clone() })
    }
}

impl ByteRanges for WatchedBytes {
    fn len(&self) -> u64 {
        match &self.bytes {
            FileBytes::Disk { len, .. } => *len,
            FileBytes::Memory(bytes) => bytes.len() as u64,
        }
    }

    fn read(&self, at: u64, target: &mut [u8]) -> Result<(), DecodeError> {
        self.task.cancel.check().map_err(|error| DecodeError::new(error.to_string()))?;
        self.task.progress.add(target.len() as u64);
        match &self.bytes {
            FileBytes::Disk { file, start, .. } => file.read(start + at, target),
            FileBytes::Memory(bytes) => {
                let source = usize::try_from(at).ok().and_then(|at| bytes.get(at..)?.get(..target.len()));
                target.copy_from_slice(source.ok_or_else(|| DecodeError::new("unexpected end of data"))?);
                Ok(())
            }
        }
    }
}

impl Hdf5File {
    /// Reads a small dataset into memory, and opens a large one as a stream. Also returns true if its elements
    /// are in C order.
    fn part(&self, dataset: &Arc<Dataset>, name: &str, task: &Task) -> Result<(Part, bool), Error> {
        let context = ReadContext { name, path: None, task };
        let (stored, dtype) = (weight(dataset), dataset.element.dtype());
        let memory = dataset.len.saturating_mul(dtype.bytes() as u64);
        let reserved = on_disk::reserve(stored, memory, task);
        if let (None, FileBytes::Disk { path, start, .. }, Place::At(at), Some(order)) =
            (&reserved, &self.bytes, &dataset.place, dataset.element.plain())
        {
            let layout = Layout::array(start + at, dataset.len, dtype, order);
            return Ok((on_disk::open(path, name, layout, None)?, true));
        }
        let bytes = self.bytes.watched(task);
        let entries = guarded(|| dataset.entries(&bytes, &task.memory)).map_err(|why| context.error(why))?;
        let blocks = dataset.blocks(share(task) / 4);
        let decoded = blocks.largest().saturating_mul(dtype.bytes() as u64);
        let is_small = dataset.memory(blocks.largest()).saturating_add(decoded) <= share(task);
        let reserved = match reserved {
            Some(reserved) => reserved,
            None if is_small => {
                let is_c_order = blocks.is_c_order();
                // Readers in later passes have no task.
                let bytes = self.bytes.watched(&Task::default());
                let stream = BlockStream::new(name, dataset, blocks, entries, bytes);
                return Ok((Part::Stream(Arc::new(stream)), is_c_order));
            }
            // Several of its chunks would not fit in memory, but all of its elements may.
            None => task.memory.reserve(memory).map_err(|why| context.failed(why))?,
        };
        let block = dataset.whole();
        let _work = task.memory.reserve(dataset.memory(dataset.len)).map_err(|why| context.failed(why))?;
        task.progress.expect(stored);
        let samples = guarded(|| dataset.read(&*bytes, &entries, &block)).map_err(|why| context.error(why))?;
        reserved.keep();
        Ok((samples.into(), true))
    }
}

/// Bytes of the elements of a dataset.
fn weight(dataset: &Dataset) -> u64 {
    dataset.len.saturating_mul(dataset.element.stride as u64)
}

impl Source for Hdf5File {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let dataset = self.datasets.get(series).filter(|_| step == 0);
        let dataset = dataset.ok_or_else(|| super::no_such_entry(series, step))?;
        let name = format!("{}: {}", self.info.name, dataset.path.join("."));
        let (part, is_c_order) = self.part(dataset, &name, task)?;
        if !is_c_order {
            return Ok(Content::Raw(Arc::new(Population::of(vec![part], task)?)));
        }
        let shape: Vec<usize> = dataset.shape.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
        Ok(Content::Raw(Arc::new(Population::of_array(part, &Shape::new(&shape, ElementOrder::C), task)?)))
    }

    fn weight(&self, series: usize) -> u64 {
        self.datasets.get(series).map_or(0, |dataset| weight(dataset))
    }
}
