//! Output files of commands: regular files, and streams that are already open, such as `/dev/stdout`.

use crate::document::save::{self, Lost, Overwrite, write_new, write_one_of_many};
use crate::error::{Error, io_reason};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Limit of Linux for the number of links in a path.
const MAX_LINKS: usize = 40;

/// An open stream that a path names.
enum Stream {
    Stdout,
    Stderr,
    /// Another descriptor, such as a process substitution of the shell, or a device such as `/dev/null`.
    Other,
}

/// Returns true if the path names an open descriptor or a character device. Existing content is never at risk there.
pub(super) fn is_stream(path: &Path) -> bool {
    stream(path).is_some()
}

/// Returns an error if the path names anything but a stream or a regular file. The file need not exist.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    if is_stream(path) { Ok(()) } else { save::check_target(path) }
}

/// Writes an output file, or to a stream.
pub(super) fn write(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Error> {
    match stream(path) {
        Some(stream) => write_stream(path, &stream, bytes),
        None => write_new(path, bytes, overwrite),
    }
}

/// Writes one file of a batch. See [`write_one_of_many`].
pub(super) fn write_in_batch(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Error> {
    match stream(path) {
        Some(stream) => write_stream(path, &stream, bytes),
        None => write_one_of_many(path, bytes, overwrite),
    }
}

fn stream(path: &Path) -> Option<Stream> {
    if let Some(descriptor) = descriptor(path) {
        return match descriptor {
            1 => Some(Stream::Stdout),
            2 => Some(Stream::Stderr),
            // The shell may have opened it for a regular file, which is replaced like any other.
            _ => fs::metadata(path).is_ok_and(|at| !at.is_file() && !at.is_dir()).then_some(Stream::Other),
        };
    }
    fs::metadata(path).is_ok_and(|at| at.file_type().is_char_device()).then_some(Stream::Other)
}

/// Returns the number of the open descriptor that a path names, directly or through links.
fn descriptor(path: &Path) -> Option<u32> {
    let mut path: PathBuf = path.to_owned();
    for _ in 0..MAX_LINKS {
        let parent = path.parent()?;
        if ["/dev/fd", "/proc/self/fd"].iter().any(|folder| parent == Path::new(folder)) {
            return path.file_name()?.to_str()?.parse().ok();
        }
        path = parent.join(fs::read_link(&path).ok()?);
    }
    None
}

fn write_stream(path: &Path, stream: &Stream, bytes: &[u8]) -> Result<Vec<Lost>, Error> {
    let written = match stream {
        Stream::Stdout => {
            let mut out = io::stdout().lock();
            out.write_all(bytes).and_then(|()| out.flush())
        }
        Stream::Stderr => io::stderr().write_all(bytes),
        Stream::Other => open(path).and_then(|mut file| file.write_all(bytes)),
    };
    written.map(|()| Vec::new()).map_err(|error| Error::write_file(path, io_reason(&error)))
}

/// Opens a stream. Only writing waits for its reader, not opening.
fn open(path: &Path) -> io::Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().write(true).custom_flags(flags).open(path)?;
    fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}
