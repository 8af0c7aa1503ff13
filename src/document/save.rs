//! Atomic saves: at every moment a file has either its old content or its new content.
//!
//! A replaced file keeps its mode, its owner and group as far as permissions allow, and its extended attributes, which
//! include access control lists. Anything that could not be kept is reported as [`Lost`]. Regular files are never written
//! in place: if rebin cannot create a file in the directory, it refuses to save.

mod attributes;
mod regular;
mod splice;
mod temp_file;
#[cfg(test)]
mod tests;

use crate::catalog::Stamp;
use crate::error::{Error, io_reason};
use regular::check_regular;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use temp_file::{SaveError, TempFile};

pub use attributes::Lost;
pub use regular::open_regular;
pub use splice::{Replacement, RewrittenFile, SpanChange, locate, original_text, replace};

/// Treatment of a file that already exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    Refuse,
    Allow,
    /// Overwrite only if the file still has the content that was read or written before.
    IfStill(Stamp),
}

/// Time at which a new file has to be on the disk itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flush {
    /// Before the save returns.
    Now,
    /// Left to the system. A file that replaces another one is flushed anyway.
    Later,
}

/// Writes a file, and returns what it could not keep of the file that it replaced.
///
/// Writes to the target of a symbolic link. Rejects named pipes, sockets, devices and directories without opening them.
///
/// # Errors
/// [`Error::Exists`] if the file exists and `overwrite` refuses that, [`Error::Changed`] if its content is not the expected
/// one, [`Error::Write`] with the remedy otherwise. The old file is then unchanged.
pub fn write_new(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Error> {
    write(path, bytes, overwrite, Flush::Now).map_err(|error| describe(path, error))
}

/// Writes one file of a batch that can be written again: like [`write_new`], but without waiting for the disk.
///
/// # Errors
/// Same as [`write_new`].
pub fn write_one_of_many(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Error> {
    write(path, bytes, overwrite, Flush::Later).map_err(|error| describe(path, error))
}

fn write(path: &Path, bytes: &[u8], overwrite: Overwrite, flush: Flush) -> Result<Vec<Lost>, SaveError> {
    // Before links are resolved: links in /proc may have targets without a path.
    check_regular(path)?;
    let target = target(path)?;
    if overwrite == Overwrite::Refuse && fs::metadata(&target).is_ok() {
        return Err(SaveError::Exists);
    }
    let temp = TempFile::create(&target)?;
    if let Overwrite::IfStill(stamp) = overwrite
        && read(&target).is_ok_and(|now| Stamp::of(&now) != stamp)
    {
        return Err(SaveError::Changed);
    }
    temp.commit(bytes, overwrite, flush)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path, OpenOptions::new().read(true))?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns an error if a path cannot be written because it does not name a regular file. It need not exist.
///
/// # Errors
/// [`Error::Write`] with the remedy.
pub fn check_target(path: &Path) -> Result<(), Error> {
    check_regular(path).map_err(|error| describe(path, error.into()))
}

/// Creates a directory and its missing parents.
///
/// # Errors
/// [`Error::Write`] with the remedy.
pub fn create_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| {
        let existing = path.ancestors().find(|parent| parent.symlink_metadata().is_ok());
        let existing = existing.unwrap_or(Path::new("."));
        let name = existing.display();
        let why = match error.kind() {
            _ if existing.is_file() => format!("{name} is not a directory"),
            ErrorKind::PermissionDenied => format!("no permission to create a directory in {name}"),
            ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space left on the disk".into(),
            ErrorKind::NotFound => format!("cannot create a directory in {name}"),
            _ => io_reason(&error),
        };
        Error::write_file(path, format!("{why}; choose another directory"))
    })
}

/// Resolves symbolic links. The target need not exist.
fn target(path: &Path) -> io::Result<PathBuf> {
    /// Limit of Linux.
    const MAX_LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(link) => target = parent(&target).join(link),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("symbolic link loop"))
}

/// The directory that a path is in.
fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Turns an error into a message with a remedy.
fn describe(path: &Path, error: SaveError) -> Error {
    let what = path.display().to_string();
    match error {
        SaveError::Exists => Error::Exists { what },
        SaveError::Changed => Error::Changed { what },
        SaveError::Busy => Error::write_file(path, "another rebin process is saving it; try again"),
        SaveError::Io(error) => Error::write_file(path, why(path, &error)),
    }
}

fn why(path: &Path, error: &io::Error) -> String {
    let target = target(path).unwrap_or_else(|_| path.to_owned());
    let directory = parent(&target);
    let name = directory.display();
    let exists = target.exists();
    match error.kind() {
        ErrorKind::NotFound if directory.is_dir() => {
            format!("cannot create files in {name}; save under another name")
        }
        ErrorKind::NotFound => format!("directory {name} does not exist; create it or save under another name"),
        ErrorKind::InvalidInput => format!("{error}; choose another name"),
        ErrorKind::IsADirectory => "it is a directory, not a regular file; choose another name".into(),
        ErrorKind::NotADirectory => format!("{name} is not a directory; save under another name"),
        ErrorKind::PermissionDenied if exists && open_regular(&target, OpenOptions::new().write(true)).is_err() => {
            "the file is write-protected; save under another name".into()
        }
        ErrorKind::PermissionDenied if exists => {
            format!("no permission to create the replacement in {name}; save under another name")
        }
        ErrorKind::PermissionDenied => format!("no permission to write in {name}; save under another name"),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only; save under another name".into(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "no space left on the disk; free some space and save again".into()
        }
        ErrorKind::FileTooLarge => "it exceeds the file size limit (ulimit -f); save in another directory".into(),
        ErrorKind::ResourceBusy => "it is a mount point, which cannot be replaced; save under another name".into(),
        ErrorKind::InvalidFilename => "the name is too long; choose another name".into(),
        _ => format!("{}; save under another name", io_reason(error)),
    }
}
