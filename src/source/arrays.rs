//! `.npy` and `.npz`: headers are read when opened, data when they are asked for (at once where they cannot be read
//! twice, as from a pipe).

use super::in_memory::Decoded;
use super::input::{ReadContext, read_all, watched};
use super::on_disk::{self, Coding, Layout};
use super::positioned_file::Opened;
use super::{Source, Task};
use crate::catalog::{Content, Series, SeriesKind, SourceInfo, Steps};
use crate::engine::{LimitExceeded, Part, Population};
use crate::error::Error;
use crate::format::column::Column;
use crate::format::npy::{self, Header};
use crate::format::npz::Npz;
use crate::format::{DecodeError, npz};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A `.npy` in a regular file.
struct NpyFile {
    info: SourceInfo,
    path: PathBuf,
    header: Header,
}

/// A `.npz`, wherever it is.
struct Archive {
    info: SourceInfo,
    npz: Mutex<Npz<Box<dyn ReadSeek>>>,
    /// The file, if it is one.
    path: Option<PathBuf>,
    /// Bytes of memory that it takes itself.
    memory: u64,
}

trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

pub(super) fn open_npy(origin: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let header = Header::read(reader).map_err(|why| origin.failed(why))?;
    let title = format!("npy {}", outline(&header));
    let info =
        SourceInfo { name: origin.name.to_owned(), title, series: vec![series(Vec::new())], ..SourceInfo::default() };
    let Some(path) = origin.path else {
        let held = origin.task.memory.hold(header.memory()).map_err(|why| origin.failed(DecodeError::from(why)))?;
        let samples = npy::read_data(reader, &header).map_err(|why| origin.failed(why))?;
        held.keep();
        let mut source = Decoded::new(info, None);
        source.add_column(Column { path: Vec::new(), samples, missing: 0, bad: 0, problems: Vec::new() });
        return Ok(Arc::new(source));
    };
    let metadata = path.metadata().map_err(|error| origin.failed(DecodeError::from(error)))?;
    header.fits(metadata.len()).map_err(|why| origin.failed(why))?;
    Ok(Arc::new(NpyFile { info, path: path.to_owned(), header }))
}

pub(super) fn open_npz(origin: ReadContext, reader: &mut impl Read) -> Result<Arc<dyn Source>, Error> {
    let (mut memory, mut _held) = (0, None);
    let input: Box<dyn ReadSeek> = match origin.path {
        Some(path) => Box::new(Opened::new(path).map_err(|why| origin.failed(why))?.reader()),
        None => {
            let (bytes, held) = read_all(origin, reader)?;
            (memory, _held) = (bytes.len() as u64, Some(held));
            Box::new(Cursor::new(bytes))
        }
    };
    let (npz, problems) = Npz::open(input).map_err(|why| origin.failed(why))?;
    let title = match npz.members() {
        [one] => format!("npz {}", outline(&one.header)),
        all => format!("npz, {} arrays", all.len()),
    };
    let series = npz.members().iter().map(|member| series(vec![member.name.clone()])).collect();
    let info = SourceInfo { name: origin.name.to_owned(), title, series, problems, ..SourceInfo::default() };
    let path = origin.path.map(Path::to_owned);
    Ok(Arc::new(Archive { info, npz: Mutex::new(npz), path, memory }))
}

impl Source for NpyFile {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        if (series, step) != (0, 0) {
            return Err(super::nothing_there(series, step));
        }
        let origin = ReadContext { name: &self.info.name, path: None, task };
        let mut file = File::open(&self.path).map_err(|error| origin.failed(DecodeError::from(error)))?;
        let header = Header::read(&mut file).map_err(|why| origin.failed(why))?;
        let len = file.metadata().map_err(|error| origin.failed(DecodeError::from(error)))?.len();
        header.fits(len).map_err(|why| origin.failed(why))?;
        if header != self.header {
            return Err(origin.failed("it was replaced by another array since it was opened; open it again"));
        }
        let room = on_disk::room(header.bytes(), header.memory(), task);
        let Some(held) = room else {
            return raw(on_disk::open(&self.path, &self.info.name, in_file(&header, header.len), None)?, task);
        };
        task.progress.expect(header.bytes());
        let samples = npy::read_data(&mut watched(file, task), &header).map_err(|why| origin.failed(why))?;
        held.keep();
        raw(samples.into(), task)
    }

    fn weight(&self, _: usize) -> u64 {
        self.header.bytes()
    }
}

impl Source for Archive {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn load(&self, series: usize, step: usize, task: &Task) -> Result<Content, Error> {
        // An archive is only read; a panic of another worker leaves nothing half done in it.
        let mut npz = self.npz.lock().unwrap_or_else(PoisonError::into_inner);
        let member: &npz::Member =
            npz.members().get(series).filter(|_| step == 0).ok_or_else(|| super::nothing_there(series, step))?;
        let name = format!("{}: {}", self.info.name, member.name);
        let header = member.header.clone();
        let mut room = on_disk::room(header.bytes(), header.memory(), task);
        if let (Some(path), None, Some((at, checksum))) = (&self.path, &room, npz.stored_at(series)) {
            drop(npz);
            return raw(on_disk::open(path, &name, in_file(&header, at), Some(checksum))?, task);
        }
        let unpack = |why| {
            let why: LimitExceeded = why;
            Error::read(&*name, format!("{why}, or unpack it and open the .npy, which is read where it stands"))
        };
        let _archive = task.memory.hold(self.memory).map_err(unpack)?;
        let held = room.take().map_or_else(|| task.memory.hold(header.memory()), Ok).map_err(unpack)?;
        task.progress.expect(header.len + header.bytes());
        let watch = |bytes| {
            task.progress.add(bytes);
            task.cancel.check().map_err(io::Error::other)
        };
        let origin = ReadContext { name: &name, path: None, task };
        match npz.read(series, watch) {
            Some(Ok(samples)) => {
                held.keep();
                raw(samples.into(), task)
            }
            Some(Err(why)) => Err(origin.failed(why)),
            None => Err(super::nothing_there(series, step)),
        }
    }
}

fn raw(part: Part, task: &Task) -> Result<Content, Error> {
    Ok(Content::Raw(Arc::new(Population::of(vec![part], task)?)))
}

/// Where the data of an array stand that begin at a byte. In which order the dimensions are makes no difference to a
/// histogram.
fn in_file(header: &Header, at: u64) -> Layout {
    let len = header.elements().unwrap_or_default() as u64;
    Layout { at, len, dtype: header.dtype, coding: Coding::Npy(header.order) }
}

fn series(path: Vec<String>) -> Series {
    Series { path, kind: SeriesKind::Samples, steps: Steps::Unknown(1), problems: Vec::new() }
}

/// `float32 (1000, 64)`.
fn outline(header: &Header) -> String {
    format!("{} {}", header.dtype.name(), header.dims())
}
