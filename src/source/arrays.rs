//! `.npy` and `.npz` files.
//!
//! Opening reads the headers. Arrays are read on demand, but an array from a pipe at once.

use super::in_memory::InMemory;
use super::on_disk::{self, Coding, Layout};
use super::positioned_file::PositionedFile;
use super::reading::{ReadContext, read_all, watched};
use super::{Source, Task};
use crate::catalog::{Content, Series, SourceInfo};
use crate::engine::{ElementOrder, LimitExceeded, Part, Population, Shape};
use crate::error::Error;
use crate::format::npy::{self, Header, MemoryOrder};
use crate::format::npz::{self, Npz};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// `.npy` in a regular file.
struct NpyFile {
    info: Arc<SourceInfo>,
    path: PathBuf,
    header: Header,
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
    let header = Header::read(reader).map_err(|why| context.error(why))?;
    let title = format!("npy {}", outline(&header));
    let series = vec![Series::samples(Vec::new(), Vec::new())];
    let info = SourceInfo { name: context.name.to_owned(), title, series, ..SourceInfo::default() };
    let Some(path) = context.path else {
        let reserved = context.task.memory.reserve(header.memory()).map_err(|why| context.failed(why))?;
        let samples = npy::read_data(reader, &header).map_err(|why| context.error(why))?;
        reserved.keep();
        let mut source = InMemory::new(info, None);
        source.add_array(samples, &decoded_shape(&header), context.task)?;
        return Ok(Arc::new(source));
    };
    let metadata = path.metadata().map_err(|error| context.failed(error))?;
    header.fits(metadata.len()).map_err(|why| context.error(why))?;
    Ok(Arc::new(NpyFile { info: Arc::new(info), path: path.to_owned(), header }))
}

pub(super) fn open_npz(context: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let (mut memory, mut _reserved) = (0, None);
    let input: Box<dyn ReadSeek> = match context.path {
        Some(path) => Box::new(PositionedFile::open(path).map_err(|why| context.error(why))?.reader()),
        None => {
            let (bytes, reserved) = read_all(context, reader)?;
            (memory, _reserved) = (bytes.len() as u64, Some(reserved));
            Box::new(Cursor::new(bytes))
        }
    };
    let (npz, problems) = Npz::open(input, &context.task.memory).map_err(|why| context.error(why))?;
    let title = match npz.members() {
        [one] => format!("npz {}", outline(&one.header)),
        all => format!("npz, {} arrays", all.len()),
    };
    let series = npz.members().iter().map(|member| Series::samples(vec![member.name.clone()], Vec::new())).collect();
    let info = SourceInfo { name: context.name.to_owned(), title, series, problems, ..SourceInfo::default() };
    let path = context.path.map(Path::to_owned);
    Ok(Arc::new(NpzArchive { info: Arc::new(info), npz: Mutex::new(npz), path, memory }))
}

impl Source for NpyFile {
    fn info(&self) -> &Arc<SourceInfo> {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        if (series, step) != (0, 0) {
            return Err(super::no_such_entry(series, step));
        }
        let context = ReadContext { name: &self.info.name, path: None, task };
        let mut file = File::open(&self.path).map_err(|error| context.failed(error))?;
        let header = Header::read(&mut file).map_err(|why| context.error(why))?;
        let len = file.metadata().map_err(|error| context.failed(error))?.len();
        header.fits(len).map_err(|why| context.error(why))?;
        if header != self.header {
            return Err(context.error("the file was replaced by another array; open it again"));
        }
        let Some(reserved) = on_disk::reserve(header.bytes(), header.memory(), task) else {
            let part = on_disk::open(&self.path, &self.info.name, layout(&header, header.len), None)?;
            return raw(part, &stored_shape(&header), task);
        };
        task.progress.expect(header.bytes());
        let samples = npy::read_data(&mut watched(file, task), &header).map_err(|why| context.error(why))?;
        reserved.keep();
        raw(samples.into(), &decoded_shape(&header), task)
    }

    fn weight(&self, _: usize) -> u64 {
        self.header.bytes()
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
    let order = match header.memory_order {
        MemoryOrder::C => ElementOrder::C,
        MemoryOrder::Fortran => ElementOrder::Fortran,
    };
    Shape::new(&header.shape, order)
}

/// Shape of the array in memory, where it is in C order.
fn decoded_shape(header: &Header) -> Shape {
    Shape::new(&header.shape, ElementOrder::C)
}

/// Layout of an array whose data starts at byte `at`. The order of dimensions does not affect a histogram.
fn layout(header: &Header, at: u64) -> Layout {
    let len = header.elements().unwrap_or_default() as u64;
    Layout { at, len, dtype: header.dtype, coding: Coding::Npy(header.order) }
}

/// `float32 (1000, 64)`.
fn outline(header: &Header) -> String {
    format!("{} {}", header.dtype.name(), header.dims())
}
