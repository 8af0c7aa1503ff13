//! ONNX models: their initializers, in the model or in files with external data next to it.
//!
//! Opening walks through the model without reading tensors. Tensors are read on demand.

use super::on_disk;
use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, read_all, reopen, watched};
use super::tensors::{self, Bytes, TensorFile};
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{ElementOrder, Part, Population, Shape};
use crate::error::{At, Error, Problem};
use crate::format::DecodeError;
use crate::format::element::Encoding;
use crate::format::onnx::{self, Data, External, Model, Tensor};
use crate::format::tensor;
use crate::format::view::View;
use crate::format::window::Window;
use crate::hist::Samples;
use crate::text::plural;
use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path};
use std::sync::Arc;

struct OnnxModel {
    info: Arc<SourceInfo>,
    /// The model first, and then its files with external data.
    files: Vec<TensorFile>,
    tensors: Vec<Located>,
}

/// Tensor whose elements were found.
struct Located {
    tensor: Tensor,
    /// Index of the file.
    file: usize,
    place: Place,
}

enum Place {
    /// Consecutive elements, from this byte on.
    At(u64),
    /// Numbers in the fields of the message of the tensor.
    Fields(Range<u64>),
}

pub(super) fn open(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let memory = &context.task.memory;
    let (bytes, read) = match context.path {
        Some(path) => {
            let seen = path.metadata().map_err(|error| context.failed(error))?;
            let file = PositionedFile::open(path).map_err(|why| context.error(why))?;
            let read = Model::read(Window::whole(file), seen.len(), memory);
            (TensorFile::Disk { path: path.to_owned(), seen }, read)
        }
        None => {
            let (bytes, reserved) = read_all(context, reader)?;
            reserved.keep();
            let read = Model::read(Cursor::new(&bytes), bytes.len() as u64, memory);
            (TensorFile::Memory(Bytes(Arc::new(bytes))), read)
        }
    };
    let Model { tensors, details, mut problems } = read.map_err(|why| context.error(why))?;
    let mut files = Locations { folder: context.path, opened: HashMap::new(), files: vec![bytes] };
    let mut located = Vec::new();
    for tensor in tensors {
        context.check()?;
        match files.locate(&tensor) {
            Ok((file, place)) => located.push(Located { tensor, file, place }),
            Err(why) => problems.push(Problem::new(At::Path(tensor.name), format!("skipped: {why}"))),
        }
    }
    if located.is_empty() && problems.is_empty() {
        problems.push(Problem::new(At::Whole, "the model has no initializers"));
    }
    let title = format!("ONNX, {}", plural(located.len() as u64, "tensor"));
    let mut info = SourceInfo { name: context.name.to_owned(), title, details, problems, ..SourceInfo::default() };
    for Located { tensor, .. } in &located {
        let path: Vec<_> = tensor.name.split('.').map(str::to_owned).collect();
        info.details.push((tensor.name.clone(), format!("{} {:?}", tensor.dtype, tensor.shape)));
        info.series.push(Series::samples(path, Vec::new()));
    }
    Ok(Arc::new(OnnxModel { info: Arc::new(info), files: files.files, tensors: located }))
}

/// Locations of a model while it is opened.
struct Locations<'a> {
    /// Path of the model; `None` if its bytes are not those of a file.
    folder: Option<&'a Path>,
    /// Indices of files with external data, or why they cannot be opened, by location.
    opened: HashMap<String, Result<usize, String>>,
    files: Vec<TensorFile>,
}

impl Locations<'_> {
    fn locate(&mut self, tensor: &Tensor) -> Result<(usize, Place), String> {
        let external = match &tensor.data {
            Data::At(at) => return Ok((0, Place::At(*at))),
            Data::Fields(message) => return Ok((0, Place::Fields(message.clone()))),
            Data::External(external) => external,
        };
        let file = match self.opened.get(&external.location) {
            Some(opened) => opened.clone(),
            None => {
                let opened = self.open(&external.location);
                self.opened.insert(external.location.clone(), opened.clone());
                opened
            }
        };
        let file = file.map_err(|why| format!("its external data is in {:?}, which {why}", external.location))?;
        let Some(TensorFile::Disk { seen, .. }) = self.files.get(file) else { return Err("no file".to_owned()) };
        check_size(tensor, external, seen.len())?;
        Ok((file, Place::At(external.offset)))
    }

    /// Adds a file with external data. It must be in the folder of the model, or below it.
    fn open(&mut self, location: &str) -> Result<usize, String> {
        let Some(model) = self.folder else {
            return Err("can only be read if the model is an uncompressed file".to_owned());
        };
        let is_inside = Path::new(location).components().all(|part| matches!(part, Component::Normal(_)));
        if !is_inside || location.contains('\0') {
            return Err("is not a path below the folder of the model".to_owned());
        }
        let folder = model.parent().unwrap_or(Path::new(""));
        let path = folder.join(location);
        let real = path.canonicalize().map_err(|error| format!("cannot be opened: {}", DecodeError::from(error)))?;
        // In a hub cache, the model and its data are links to files in another folder.
        let own = model.canonicalize().ok().and_then(|model| model.parent().map(Path::to_owned));
        let folder = Path::new(".").join(folder).canonicalize().ok();
        if ![folder, own].iter().flatten().any(|folder| real.starts_with(folder)) {
            return Err("links to a file outside of the folder of the model".to_owned());
        }
        let seen = real.metadata().map_err(|error| format!("cannot be opened: {}", DecodeError::from(error)))?;
        if !seen.is_file() {
            return Err("is not a regular file".to_owned());
        }
        self.files.push(TensorFile::Disk { path: real, seen });
        Ok(self.files.len() - 1)
    }
}

fn check_size(tensor: &Tensor, external: &External, file: u64) -> Result<(), String> {
    let needed = size(tensor);
    let has = file.saturating_sub(external.offset);
    // Without a length, the data extends to the end of the file.
    if has < needed || (external.length.is_none() && has != needed) {
        return Err(format!(
            "{:?} has {has} bytes after byte {}, but {} {:?} needs {needed}",
            external.location, external.offset, tensor.dtype, tensor.shape
        ));
    }
    Ok(())
}

/// Bytes of the elements.
fn size(tensor: &Tensor) -> u64 {
    tensor.len.saturating_mul(tensor.kind.bits()).div_ceil(8)
}

impl OnnxModel {
    /// Reads a small tensor into memory, and opens a large one as a stream.
    fn part(&self, located: &Located, task: &Task) -> Result<Part, Error> {
        let Located { tensor, file, place } = located;
        let name = match self.files.get(*file) {
            Some(TensorFile::Disk { path, .. }) if *file > 0 => path.display().to_string(),
            _ => self.info.name.clone(),
        };
        let context = ReadContext { name: &name, path: None, task };
        let Some(file) = self.files.get(*file) else { return Err(context.error("the file is not open")) };
        let bytes = match file {
            TensorFile::Memory(bytes) => bytes.as_ref().len() as u64,
            TensorFile::Disk { .. } => 0,
        };
        let _bytes = task.memory.reserve(bytes).map_err(|why| context.failed(why))?;
        let message = match place {
            Place::At(at) => {
                let shape: Vec<usize> =
                    tensor.shape.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
                let tensor = tensor::Tensor {
                    path: [tensor.name.clone()].into(),
                    dtype: tensor.dtype,
                    encoding: Encoding::little(tensor.kind),
                    view: View::contiguous(&shape),
                    data: tensor::Data::At(*at),
                };
                return tensors::load(context, file, None, &tensor).map(|(part, _)| part);
            }
            Place::Fields(message) => message,
        };
        let stored = size(tensor);
        let memory = tensor.len.saturating_mul(tensor.kind.dtype().bytes() as u64);
        let reserved = on_disk::reserve(stored, memory, task).map_or_else(|| task.memory.reserve(memory), Ok);
        reserved.map_err(|why| context.failed(why))?.keep();
        let samples = match file {
            TensorFile::Memory(bytes) => read(Cursor::new(bytes), tensor, message, task),
            TensorFile::Disk { path, seen } => {
                let file = reopen(path, seen).map_err(|why| context.error(why))?;
                task.progress.expect(stored);
                read(file, tensor, message, task)
            }
        };
        samples.map(Part::from).map_err(|why| context.error(why))
    }
}

/// Decodes a tensor from the fields of a message.
fn read(
    mut input: impl Read + Seek,
    tensor: &Tensor,
    message: &Range<u64>,
    task: &Task,
) -> Result<Samples, DecodeError> {
    input.seek(SeekFrom::Start(message.start))?;
    onnx::read_data(BufReader::new(watched(input, task)), tensor, message)
}

impl Source for OnnxModel {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let located = self.tensors.get(series).filter(|_| step == 0);
        let located = located.ok_or_else(|| super::no_such_entry(series, step))?;
        let part = self.part(located, task)?;
        let shape: Vec<usize> =
            located.tensor.shape.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
        let shape = Shape::new(&shape, ElementOrder::C);
        Ok(Content::Raw(Arc::new(Population::of_array(part, &shape, task)?)))
    }

    fn weight(&self, series: usize) -> u64 {
        self.tensors.get(series).map_or(0, |located| size(&located.tensor))
    }
}
