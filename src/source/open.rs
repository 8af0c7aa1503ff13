//! Opening of files and streams: detects the format and calls its decoder.

use super::decompress::{Decompressed, Ending, MultiGzip};
use super::detect::{FileKind, detect, detect_by_end};
use super::reading::{ReadContext, read_all, watched};
use super::{
    Source, Task, arrays, checkpoint, columnar, counts, distributed, folder, hdf5, onnx, run, runs, tensorboard, text,
    text_runs, trackio,
};
use crate::engine::MemoryLimit;
use crate::error::Error;
use crate::format::{DecodeError, Text, arrow, encoding};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

/// Bytes at the start of a file that determine its format.
const HEAD: u64 = 16 << 10;

/// Bytes at the end of a file that identify formats with a footer.
const TAIL: u64 = 8;

/// Maximum depth of nested compression.
const MAX_LAYERS: usize = 3;

pub(super) fn open_file(path: &Path, task: &Task) -> Result<Arc<dyn Source>, Error> {
    let name = path.to_string_lossy();
    let metadata = match path.metadata() {
        Ok(metadata) => metadata,
        Err(error) => {
            let no_file = || Err(Error::read(name.clone(), DecodeError::from(error)));
            return runs::open(path, task).unwrap_or_else(no_file);
        }
    };
    if metadata.is_dir() {
        return folder::open(path, task);
    }
    let file = File::open(path).map_err(|error| Error::read(name.clone(), DecodeError::from(error)))?;
    // Pipes and devices have no size and cannot be read again.
    let path = metadata.is_file().then_some(path);
    if path.is_some() {
        task.progress.set_total(metadata.len());
    }
    open_layer(ReadContext { name: &name, path, task }, Box::new(watched(file, task)), 0, &Ending::default())
}

pub(super) fn open_stream<'r>(name: &str, reader: Box<dyn Read + 'r>, task: &Task) -> Result<Arc<dyn Source>, Error> {
    open_layer(ReadContext { name, path: None, task }, Box::new(watched(reader, task)), 0, &Ending::default())
}

/// Largest segment of a stream, in bytes. Each is counted with a table of its own, which takes as long as some megabytes.
const SEGMENT: u64 = 64 << 20;

/// See [`super::open_in_segments`].
pub(super) fn open_in_segments(
    name: &str,
    mut reader: impl Read,
    task: &Task,
    each: &mut dyn FnMut(Arc<dyn Source>) -> Result<(), Error>,
) -> Result<(), Error> {
    let context = ReadContext { name, path: None, task };
    let mut head = Vec::new();
    let magic = arrow::CONTINUATION;
    reader.by_ref().take(magic.len() as u64).read_to_end(&mut head).map_err(|error| context.failed(error))?;
    let content = io::Cursor::new(head.clone()).chain(reader);
    if head != magic {
        return each(open_stream(name, Box::new(content), task)?);
    }
    // Opening a segment needs memory, too.
    let size = SEGMENT.min(task.memory.limit().0 / 16);
    let mut segments = arrow::Segments::new(watched(content, task), size as usize);
    let held = task.memory.reservation();
    while let Some(segment) = segments.next(&held).map_err(|why| context.error(why))? {
        // The memory that a segment reserves is free for the next one.
        let rest = MemoryLimit(task.memory.limit().0.saturating_sub(4 * size));
        let own = Task { memory: rest.into(), ..task.clone() };
        each(open_stream(name, Box::new(&segment[..]), &own)?)?;
    }
    Ok(())
}

/// Opens content inside `layer` layers of compression. `ending` records how the compressed data ends.
fn open_layer<'r>(
    context: ReadContext,
    mut reader: Box<dyn Read + 'r>,
    layer: usize,
    ending: &Ending,
) -> Result<Arc<dyn Source>, Error> {
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head).map_err(|error| context.failed(error))?;
    let kind = match (detect(context.name, &head), context.path) {
        (kind @ FileKind::Unsupported { .. }, Some(path)) => {
            detect_by_end(kind, &tail(path).map_err(|error| context.failed(error))?)
        }
        (kind, _) => kind,
    };
    let mut content = io::Cursor::new(head).chain(reader);
    match kind {
        FileKind::Empty => Err(context.error("the input is empty")),
        FileKind::Unsupported { why, remedy } => Err(context.error(format!("{why}; {remedy}"))),
        FileKind::WandbLog | FileKind::EventFile => match context.path {
            Some(path) if kind == FileKind::WandbLog => run::open(path, context.task),
            Some(path) => tensorboard::open(path, context.task),
            None => {
                Err(context.error("logs cannot be read from a pipe or a compressed file; pass the log file itself"))
            }
        },
        FileKind::Sqlite => match context.path {
            Some(path) => trackio::open(path, context.task),
            None => {
                Err(context.error("databases cannot be read from a pipe or a compressed file; pass the file itself"))
            }
        },
        FileKind::Npy => arrays::open_npy(context, &mut content),
        FileKind::Parquet => columnar::open(columnar::Format::Parquet, context, &mut content),
        FileKind::Arrow => columnar::open(columnar::Format::Arrow, context, &mut content),
        FileKind::Zip => arrays::open_zip(context, &mut content),
        FileKind::Safetensors | FileKind::Torch | FileKind::Gguf => checkpoint::open(context, &mut content),
        FileKind::Distributed => match context.path.and_then(Path::parent) {
            Some(folder) if folder == Path::new("") => distributed::open(Path::new("."), context.task),
            Some(folder) => distributed::open(folder, context.task),
            None => Err(context.error("this is the metadata of a distributed checkpoint; open its directory")),
        },
        FileKind::Hdf5 => hdf5::open(context, &mut content),
        FileKind::Keras => hdf5::open_keras(context, &mut content),
        FileKind::Onnx => onnx::open(context, &mut content),
        FileKind::Counts => counts::open(context, &mut content),
        FileKind::Gzip | FileKind::Zstd if layer >= MAX_LAYERS => {
            Err(context.error("nested compression is too deep; decompress the file first"))
        }
        FileKind::Gzip | FileKind::Zstd => {
            let inner: Box<dyn Read> = match kind {
                FileKind::Gzip => Box::new(Decompressed::new(MultiGzip::new(content, ending.clone()), ending.clone())),
                _ => {
                    let mut decoder = zstd::Decoder::new(content).map_err(|error| context.failed(error))?;
                    // The decoder allocates the window that the data requests.
                    let window = (context.task.memory.limit().0 / 2).checked_ilog2().unwrap_or(0);
                    decoder.window_log_max(window.clamp(10, 27)).map_err(|error| context.failed(error))?;
                    Box::new(Decompressed::new(decoder, ending.clone()))
                }
            };
            open_layer(ReadContext { path: None, ..context }, inner, layer + 1, ending)
        }
        FileKind::Json | FileKind::Table => {
            if let Some(path) = context.path
                && let Some(run) = text_runs::open(context, path)?
            {
                return Ok(run);
            }
            if let Some(path) = context.path
                && let Some(source) = open_in_chunks(context, path, kind)?
            {
                return Ok(source);
            }
            let (mut bytes, _reserved) = read_all(context, &mut content)?;
            let problems = ending.problems(&mut bytes, kind == FileKind::Table);
            match kind {
                FileKind::Json => text::open_json(context, &bytes, problems),
                _ => text::open_table(context, &bytes, problems),
            }
        }
        FileKind::Utf16 => {
            let (bytes, reserved) = read_all(context, &mut content)?;
            // A character of two bytes needs up to three bytes in UTF-8.
            reserved.grow(bytes.len() as u64 / 2 * 3).map_err(|why| context.failed(why))?;
            let (utf8, problems) = encoding::decode(&bytes);
            // Offsets in the UTF-8 text differ from offsets in the file, so nothing can be saved in place.
            let context = ReadContext { path: None, ..context };
            match detect(context.name, &utf8) {
                FileKind::Json => text::open_json(context, &utf8, problems),
                FileKind::Empty => Err(context.error("the input is empty")),
                _ => text::open_table(context, &utf8, problems),
            }
        }
    }
}

/// Opens a large text file of numbers in chunks, without reading all of its text into memory. `None` for other files.
fn open_in_chunks(context: ReadContext, path: &Path, kind: FileKind) -> Result<Option<Arc<dyn Source>>, Error> {
    let file = File::open(path).map_err(|error| context.failed(error))?;
    let len = file.metadata().map_err(|error| context.failed(error))?.len();
    context.task.progress.expect_rest(len);
    let text = FileText { file, len, task: context.task };
    let opened = match kind {
        FileKind::Json => text::open_array(context, &text),
        _ => text::open_table_in_parts(context, &text),
    }?;
    if opened.is_none() {
        context.task.progress.expect_rest(len);
    }
    Ok(opened)
}

/// Text of a file, read at any position by several threads.
struct FileText<'t> {
    file: File,
    len: u64,
    task: &'t Task,
}

impl Text for FileText<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> Result<usize, DecodeError> {
        let mut got = 0;
        while let Some(rest) = buffer.get_mut(got..).filter(|rest| !rest.is_empty()) {
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

/// Reads the last bytes of a file.
fn tail(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let len = file.metadata()?.len();
    file.seek(SeekFrom::Start(len.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}
