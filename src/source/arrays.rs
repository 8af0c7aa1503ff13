//! `.npy` and `.npz` files.
//!
//! Opening reads the headers. Arrays are read on demand, but an array from a pipe at once.

use super::checkpoint;
use super::in_memory::InMemory;
use super::on_disk::{self, Coding, Layout};
use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, read_all, watched};
use super::tensors::Bytes;
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{ElementOrder, LimitExceeded, Part, Population, Shape};
use crate::error::{At, Error, Problem};
use crate::format::archive;
use crate::format::npy::{self, Header, Headers, MemoryOrder};
use crate::format::npz::{self, Npz};
use crate::format::torch;
use crate::format::window::Window;
use crate::text::plural;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

/// `.npy` in a regular file.
struct NpyFile {
    info: Arc<SourceInfo>,
    path: PathBuf,
    /// Headers of the series: one, or one for each field of a structured array.
    headers: Vec<Header>,
}

/// `.npz` in a file or in memory.
struct NpzArchive {
    info: Arc<SourceInfo>,
    npz: Mutex<Npz<Box<dyn ReadSeek>>>,
    /// `None` for an archive in memory.
    path: Option<PathBuf>,
    /// Bytes of an archive in memory.
    memory: u64,
}

trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

pub(super) fn open_npy(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let headers = Headers::read(reader).map_err(|why| context.error(why))?;
    let (title, fields, problems) = match headers {
        Headers::Plain(header) => (format!("npy {}", outline(&header)), vec![(Vec::new(), header)], Vec::new()),
        Headers::Structured { fields, left_out } => {
            let note = |field: npy::LeftOutField| Problem::new(At::Path(field.name), format!("skipped: {}", field.why));
            let title = format!("npy, structured, {}", plural(fields.len() as u64, "number field"));
            let fields = fields.into_iter().map(|field| (field.path, field.header)).collect();
            (title, fields, left_out.into_iter().map(note).collect())
        }
    };
    let series = fields.iter().map(|(path, _)| Series::samples(path.clone(), Vec::new())).collect();
    let info = SourceInfo { name: context.name.to_owned(), title, series, problems, ..SourceInfo::default() };
    let Some(path) = context.path else { return read_from_pipe(context, reader, info, &fields) };
    let metadata = path.metadata().map_err(|error| context.failed(error))?;
    let headers: Vec<Header> = fields.into_iter().map(|(_, header)| header).collect();
    headers.iter().try_for_each(|header| header.fits(metadata.len())).map_err(|why| context.error(why))?;
    Ok(Arc::new(NpyFile { info: Arc::new(info), path: path.to_owned(), headers }))
}

/// Names of a field, and its header.
type NamedHeader = (Vec<String>, Header);

/// Reads all arrays of a file that cannot be read again.
fn read_from_pipe(
    context: ReadContext,
    reader: &mut impl Read,
    info: SourceInfo,
    fields: &[NamedHeader],
) -> Result<Arc<dyn Source>, Error> {
    let mut source = InMemory::new(info, None);
    let mut add = |reader: &mut dyn Read, (path, header): &NamedHeader| {
        let reserved = context.task.memory.reserve(header.memory()).map_err(|why| context.failed(why))?;
        let samples = npy::read_data(&mut { reader }, header).map_err(|why| context.error(why))?;
        reserved.keep();
        source.add_array(path, samples, &decoded_shape(header), context.task)
    };
    if let [only] = fields {
        add(reader, only)?;
    } else {
        // Every field needs all records.
        let (bytes, _reserved) = read_all(context, reader)?;
        fields.iter().try_for_each(|field| add(&mut bytes.as_slice(), field))?;
    }
    Ok(Arc::new(source))
}

/// Opens a zip archive: arrays, or a checkpoint of PyTorch.
pub(super) fn open_zip(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let (mut memory, mut kept) = (0, None);
    let input: Box<dyn ReadSeek> = match context.path {
        Some(path) => Box::new(Window::whole(PositionedFile::open(path).map_err(|why| context.error(why))?)),
        None => {
            let (bytes, reserved) = read_all(context, reader)?;
            memory = bytes.len() as u64;
            let bytes = Bytes(Arc::new(bytes));
            kept = Some((bytes.clone(), reserved));
            Box::new(Cursor::new(bytes))
        }
    };
    let archive = archive::open(input, &context.task.memory).map_err(|why| context.error(why))?;
    if torch::root(&archive).is_some() {
        return match kept {
            Some((bytes, reserved)) => {
                reserved.keep();
                checkpoint::open_bytes(context, bytes)
            }
            None => checkpoint::open(context, &mut io::empty()),
        };
    }
    if archive.file_names().flatten().any(|name| name == "archive_format" || name.ends_with("/archive_format")) {
        let why = "exported programs of PyTorch (.pt2) are not supported; save the state_dict with torch.save";
        return Err(context.error(why));
    }
    if archive.index_for_name("model.weights.npz").is_some() {
        let why = "its weights are Python pickles (model.weights.npz); save the model in Keras' default format";
        return Err(context.error(why));
    }
    let (npz, problems) = Npz::of(archive).map_err(|why| context.error(why))?;
    let title = match npz.members() {
        [one] if one.field.is_empty() => format!("npz {}", outline(&one.header)),
        all => format!("npz, {}", plural(all.len() as u64, "array")),
    };
    let path = |member: &npz::Member| [slice::from_ref(&member.name), &member.field].concat();
    let series = npz.members().iter().map(|member| Series::samples(path(member), Vec::new())).collect();
    let info = SourceInfo { name: context.name.to_owned(), title, series, problems, ..SourceInfo::default() };
    let path = context.path.map(Path::to_owned);
    Ok(Arc::new(NpzArchive { info: Arc::new(info), npz: Mutex::new(npz), path, memory }))
}

impl Source for NpyFile {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        let known = self.headers.get(series).filter(|_| step == 0);
        let known = known.ok_or_else(|| super::no_such_entry(series, step))?;
        let context = ReadContext { name: &self.info.name, path: None, task };
        let mut file = File::open(&self.path).map_err(|error| context.failed(error))?;
        let header = match Headers::read(&mut file).map_err(|why| context.error(why))? {
            Headers::Plain(header) => Some(header),
            Headers::Structured { fields, .. } => fields.into_iter().nth(series).map(|field| field.header),
        };
        let header = header.filter(|header| header == known);
        let header = header.ok_or_else(|| context.error("the file was replaced by another array; open it again"))?;
        let len = file.metadata().map_err(|error| context.failed(error))?.len();
        header.fits(len).map_err(|why| context.error(why))?;
        let Some(reserved) = on_disk::reserve(header.bytes(), header.memory(), task) else {
            let part = on_disk::open(&self.path, &self.info.name, layout(&header, header.len), None)?;
            return raw(part, &stored_shape(&header), task);
        };
        task.progress.expect(header.bytes());
        let samples = npy::read_data(&mut watched(file, task), &header).map_err(|why| context.error(why))?;
        reserved.keep();
        raw(samples.into(), &decoded_shape(&header), task)
    }

    fn weight(&self, series: usize) -> u64 {
        self.headers.get(series).map_or(0, Header::bytes)
    }
}

impl Source for NpzArchive {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        // The archive is only read, so a panic of another worker leaves it intact.
        let mut npz = self.npz.lock().unwrap_or_else(PoisonError::into_inner);
        let member: &npz::Member =
            npz.members().get(series).filter(|_| step == 0).ok_or_else(|| super::no_such_entry(series, step))?;
        let name = format!("{}: {}", self.info.name, member.name);
        let header = member.header.clone();
        let mut reserved = on_disk::reserve(header.bytes(), header.memory(), task);
        if let (Some(path), None, Some((at, checksum))) = (&self.path, &reserved, npz.stored_at(series)) {
            drop(npz);
            let part = on_disk::open(path, &name, layout(&header, at), Some(checksum))?;
            return raw(part, &stored_shape(&header), task);
        }
        let exceeded = |why: LimitExceeded| {
            Error::read(&*name, format!("{why}, or extract the .npy file, which rebin reads without loading it"))
        };
        let _archive = task.memory.reserve(self.memory).map_err(exceeded)?;
        let reserved = reserved.take().map_or_else(|| task.memory.reserve(header.memory()), Ok).map_err(exceeded)?;
        task.progress.expect(header.len + header.bytes());
        let watch = |bytes| {
            task.progress.add(bytes);
            task.cancel.check().map_err(io::Error::other)
        };
        let context = ReadContext { name: &name, path: None, task };
        match npz.read(series, watch) {
            Some(Ok(samples)) => {
                reserved.keep();
                raw(samples.into(), &decoded_shape(&header), task)
            }
            Some(Err(why)) => Err(context.error(why)),
            None => Err(super::no_such_entry(series, step)),
        }
    }
}

fn raw(part: Part, shape: &Shape, task: &Task) -> Result<Content, Error> {
    Ok(Content::Raw(Arc::new(Population::of_array(part, shape, task)?)))
}

/// Shape of the array in the file.
fn stored_shape(header: &Header) -> Shape {
    match header.memory_order {
        MemoryOrder::C => Shape::new(&header.shape, ElementOrder::C),
        // Mixed orders: positions count the numbers in the file.
        MemoryOrder::Fortran if header.has_arrays_in_records() => {
            Shape::new(&[header.elements().unwrap_or_default()], ElementOrder::C)
        }
        MemoryOrder::Fortran => Shape::new(&header.shape, ElementOrder::Fortran),
    }
}

/// Shape of the array in memory, where it is in C order.
fn decoded_shape(header: &Header) -> Shape {
    Shape::new(&header.shape, ElementOrder::C)
}

/// Layout of an array whose data starts at byte `at`. The order of dimensions does not affect a histogram.
fn layout(header: &Header, at: u64) -> Layout {
    let (len, dtype, order) = (header.elements().unwrap_or_default() as u64, header.dtype, header.order);
    match &header.field {
        Some(field) => Layout { at, coding: Coding::Field { len, dtype, order, field: field.clone() } },
        None => Layout::array(at, len, dtype, order),
    }
}

/// `float32 (1000, 64)`.
fn outline(header: &Header) -> String {
    format!("{} {}", header.dtype.name(), header.dims())
}
