//! Reading files and pipes: enough to know what they are, then the way that fits.

use super::detect::{Form, by_end, detect};
use super::gzip::Gzip;
use super::unpacked::{Ending, Unpacked};
use super::{Source, Task, arrays, checkpoint, columnar, folder, run, tensorboard, text};
use crate::engine::Reservation;
use crate::error::Error;
use crate::format::{DecodeError, Text, Watched, encoding};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// How much is looked at to know what something is.
const HEAD: u64 = 16 << 10;

/// What formats that are read from their end have there.
const TAIL: u64 = 8;

/// Text is read in pieces of this size.
const BLOCK: u64 = 1 << 20;

/// Archives in archives are followed this far.
const MAX_LAYERS: usize = 3;

/// Where bytes come from, in words for people and for reading them again.
#[derive(Clone, Copy)]
pub(super) struct ReadContext<'a> {
    /// As the user typed it.
    pub(super) name: &'a str,
    /// The file whose bytes these are, if they are a regular file's and as they stand there.
    pub(super) path: Option<&'a Path>,
    pub(super) task: &'a Task,
}

impl ReadContext<'_> {
    /// What went wrong, unless it is that the work was cancelled or ran out of the memory it may take.
    pub(super) fn failed(&self, why: impl Into<String>) -> Error {
        let Err(stopped) = self.go_on() else { return Error::read(self.name, why.into()) };
        stopped
    }

    /// Whether the work goes on.
    ///
    /// # Errors
    /// It was cancelled, or ran out of the memory it may take.
    pub(super) fn go_on(&self) -> Result<(), Error> {
        self.task.cancel.check()?;
        self.task.memory.check().map_err(|why| Error::read(self.name, why))
    }
}

pub(super) fn open_file(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let name = path.to_string_lossy();
    let metadata = path.metadata().map_err(|error| Error::read(name.clone(), DecodeError::from(error)))?;
    if metadata.is_dir() {
        return folder::open(path, task);
    }
    let file = File::open(path).map_err(|error| Error::read(name.clone(), DecodeError::from(error)))?;
    // Pipes and devices have no size and cannot be read again.
    let path = metadata.is_file().then_some(path);
    if path.is_some() {
        task.progress.set_total(metadata.len());
    }
    open_layer(ReadContext { name: &name, path, task }, Box::new(watched(file, task)), (0, &Ending::default()))
}

pub(super) fn open_stream<'r>(name: &str, reader: Box<dyn Read + 'r>, task: &Task) -> Result<Arc<dyn Source>, Error> {
    open_layer(ReadContext { name, path: None, task }, Box::new(watched(reader, task)), (0, &Ending::default()))
}

/// Opens what is in so many layers of compression, and tells how those ended.
fn open_layer<'r>(
    origin: ReadContext,
    mut reader: Box<dyn Read + 'r>,
    (layer, ending): (usize, &Ending),
) -> Result<Arc<dyn Source>, Error> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head).map_err(|error| origin.failed(DecodeError::from(error)))?;
    let form = match (detect(origin.name, &head), origin.path) {
        (form @ Form::Foreign { .. }, Some(path)) => {
            by_end(form, &tail(path).map_err(|error| origin.failed(DecodeError::from(error)))?)
        }
        (form, _) => form,
    };
    let mut whole = io::Cursor::new(head).chain(reader);
    match form {
        Form::Empty => Err(origin.failed("it is empty")),
        Form::Foreign { what, remedy } => {
            let yet = if what.starts_with("not") { "" } else { ", which rebin cannot read yet" };
            Err(origin.failed(format!("it is {what}{yet}; {remedy}")))
        }
        Form::Run | Form::Events => match origin.path {
            Some(path) if form == Form::Run => run::open(path, origin.task),
            Some(path) => tensorboard::open(path, origin.task),
            None => Err(origin.failed("it is a log, which must be a plain file; name the file itself")),
        },
        Form::Npy => arrays::open_npy(origin, &mut whole),
        Form::Parquet => columnar::open(columnar::Format::Parquet, origin, &mut whole),
        Form::Arrow => columnar::open(columnar::Format::Arrow, origin, &mut whole),
        Form::Zip => arrays::open_npz(origin, &mut whole),
        Form::Safetensors => checkpoint::open(origin, &mut whole),
        Form::Gzip | Form::Zstd if layer >= MAX_LAYERS => {
            Err(origin.failed("it is compressed again and again; unpack it first"))
        }
        Form::Gzip | Form::Zstd => {
            let inner: Box<dyn Read> = match form {
                Form::Gzip => Box::new(Unpacked::new(Gzip::new(whole, ending.clone()), ending.clone())),
                _ => {
                    let decoder = zstd::Decoder::new(whole).map_err(|error| origin.failed(DecodeError::from(error)))?;
                    Box::new(Unpacked::new(decoder, ending.clone()))
                }
            };
            open_layer(ReadContext { path: None, ..origin }, inner, (layer + 1, ending))
        }
        Form::Json | Form::Table => {
            if let Some(path) = origin.path
                && let Some(source) = open_in_pieces(origin, path, form)?
            {
                return Ok(source);
            }
            let (mut bytes, _held) = read_all(origin, &mut whole)?;
            let problems = ending.problems(&mut bytes, form == Form::Table);
            match form {
                Form::Json => text::open_json(origin, &bytes, problems),
                _ => text::open_table(origin, &bytes, problems),
            }
        }
        Form::Utf16 => {
            let (bytes, held) = read_all(origin, &mut whole)?;
            // Characters of two bytes take up to three in UTF-8.
            held.grow(bytes.len() as u64 / 2 * 3).map_err(|why| origin.failed(DecodeError::from(why)))?;
            let (utf8, problems) = encoding::decode(&bytes);
            // Offsets in the UTF-8 are none in the file, so nothing can be written back in place.
            let origin = ReadContext { path: None, ..origin };
            match detect(origin.name, &utf8) {
                Form::Json => text::open_json(origin, &utf8, problems),
                Form::Empty => Err(origin.failed("it is empty")),
                _ => text::open_table(origin, &utf8, problems),
            }
        }
    }
}

/// Opens a large file of nothing but numbers without having all of its text in memory.
fn open_in_pieces(origin: ReadContext, path: &Path, form: Form) -> Result<Option<Arc<dyn Source>>, Error> {
    let failed = |error| origin.failed(DecodeError::from(error));
    let file = File::open(path).map_err(failed)?;
    let len = file.metadata().map_err(failed)?.len();
    run::expect_more(len, origin.task);
    let text = Pieces { file, len, task: origin.task };
    let opened = match form {
        Form::Json => text::open_array(origin, &text),
        _ => text::open_parts(origin, &text),
    }?;
    if opened.is_none() {
        run::expect_more(len, origin.task);
    }
    Ok(opened)
}

/// A file that is read from several threads.
struct Pieces<'w> {
    file: File,
    len: u64,
    task: &'w Task,
}

impl Text for Pieces<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, at: u64, room: &mut [u8]) -> Result<usize, DecodeError> {
        let mut got = 0;
        while let Some(rest) = room.get_mut(got..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, at + got as u64) {
                Ok(0) => break,
                Ok(more) => got += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.task.progress.add(got as u64);
        Ok(got)
    }
}

/// The last bytes of a file, or all of a shorter one.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads to the end; memory grows with what comes, and is held by the work as long as what is returned with it.
pub(super) fn read_all(origin: ReadContext, reader: &mut impl Read) -> Result<(Vec<u8>, Reservation), Error> {
    let mut bytes = Vec::new();
    let held = origin.task.memory.hold(0).map_err(|why| origin.failed(DecodeError::from(why)))?;
    loop {
        // Doubling by hand, so that too large a file is an error instead of an abort.
        if bytes.capacity() - bytes.len() < BLOCK as usize {
            bytes.try_reserve(BLOCK as usize).map_err(|_| origin.failed("it does not fit in memory"))?;
        }
        let got = reader
            .by_ref()
            .take(BLOCK)
            .read_to_end(&mut bytes)
            .map_err(|error| origin.failed(DecodeError::from(error)))?;
        held.grow(got as u64).map_err(|why| origin.failed(DecodeError::from(why)))?;
        if got == 0 {
            return Ok((bytes, held));
        }
    }
}

/// Input that counts its bytes as progress and stops when it is asked to.
pub(super) fn watched<R: Read>(reader: R, task: &Task) -> impl Read + use<R> {
    let task = task.clone();
    Watched::new(reader, move |bytes| {
        task.progress.add(bytes);
        task.cancel.check().map_err(io::Error::other)
    })
}
