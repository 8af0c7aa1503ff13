//! Writing files so that at any moment the old content or the new one is there, never a part, whatever happens.
//!
//! Kept of a file that is replaced: mode, owner and group as far as they may be given, extended attributes and with them
//! access control lists. What could not be kept is [told](Lost). Files are never written in place: where no new file can
//! be put beside the old one, saving is refused.

mod attributes;
mod splice;
mod temp_file;
#[cfg(test)]
mod tests;

use crate::catalog::Stamp;
use crate::error::Error;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use temp_file::{Pending, SaveError};

pub use attributes::Lost;
pub use splice::{Put, Replaced, Rewritten, first_text, follow, replace};

/// What to do when there is such a file already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    Refuse,
    Allow,
    /// Only while it is what was read or written before.
    IfStill(Stamp),
}

/// When what was written has to be on the disk itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flush {
    /// Before the writing counts as done.
    Now,
    /// Whenever the system likes; what replaces another file is flushed all the same.
    Later,
}

/// Writes a file, new or in place of another, and says what of that could not be kept. A symbolic link stays one: its
/// target is written. Terminals and pipes are written to as they are.
///
/// # Errors
/// [`Error::Exists`] for a file that must not be overwritten, [`Error::Changed`] for one that is another by now;
/// otherwise what forbids the writing, with the remedy. What was there before is untouched.
pub fn write_new(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Error> {
    put(path, bytes, overwrite, Flush::Now).map_err(|refusal| refused(path, refusal))
}

/// The same for one of many files that can be made again: a new one is whole at any moment, but it is left to the system
/// when it is on the disk itself.
///
/// # Errors
/// As [`write_new`].
pub fn write_one_of_many(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Error> {
    put(path, bytes, overwrite, Flush::Later).map_err(|refusal| refused(path, refusal))
}

fn put(path: &Path, bytes: &[u8], overwrite: Overwrite, flush: Flush) -> Result<Vec<Lost>, SaveError> {
    // As they are named: behind the links of /proc there may be nothing that has a name.
    if fs::metadata(path).is_ok_and(|at| at.file_type().is_char_device() || at.file_type().is_fifo()) {
        OpenOptions::new().write(true).open(path)?.write_all(bytes)?;
        return Ok(Vec::new());
    }
    let target = target(path)?;
    match fs::metadata(&target) {
        Ok(old) if !old.is_file() => return Err(io::Error::from(ErrorKind::IsADirectory).into()),
        Ok(_) if overwrite == Overwrite::Refuse => return Err(SaveError::Exists),
        _ => {}
    }
    let pending = Pending::beside(&target)?;
    if let Overwrite::IfStill(stamp) = overwrite
        && fs::read(&target).is_ok_and(|now| Stamp::of(&now) != stamp)
    {
        return Err(SaveError::Changed);
    }
    pending.commit(bytes, overwrite, flush)
}

/// Makes a folder, and those around it.
///
/// # Errors
/// What forbids it, with the remedy.
pub fn make_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| {
        let there = folder.ancestors().find(|there| there.symlink_metadata().is_ok());
        let there = there.unwrap_or(Path::new("."));
        let name = there.display();
        let why = match error.kind() {
            _ if there.is_file() => format!("{name} is a file and no folder"),
            ErrorKind::PermissionDenied => format!("no permission to make a folder in {name}"),
            ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space is left".into(),
            ErrorKind::NotFound => format!("{name} takes no new folder"),
            _ => error.to_string(),
        };
        Error::write_file(folder, format!("{why}; choose another folder"))
    })
}

/// The file behind symbolic links, which need not exist.
fn target(path: &Path) -> io::Result<PathBuf> {
    /// As many links as Linux follows.
    const LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        match fs::read_link(&target) {
            Ok(link) => target = folder(&target).join(link),
            Err(_) => return Ok(target),
        }
    }
    Err(io::Error::other("it is a symbolic link that leads round in a circle"))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A sentence on what forbids the writing, and what can be done.
fn refused(path: &Path, refusal: SaveError) -> Error {
    let what = path.display().to_string();
    match refusal {
        SaveError::Exists => Error::Exists { what },
        SaveError::Changed => Error::Changed { what },
        SaveError::Busy => Error::write_file(path, "another rebin is writing it at this moment; save again"),
        SaveError::Io(error) => Error::write_file(path, why(path, &error)),
    }
}

fn why(path: &Path, error: &io::Error) -> String {
    let target = target(path).unwrap_or_else(|_| path.to_owned());
    let folder = folder(&target).display();
    let exists = target.exists();
    match error.kind() {
        ErrorKind::NotFound if self::folder(&target).is_dir() => {
            format!("{folder} takes no new file; save under another name")
        }
        ErrorKind::NotFound => format!("there is no folder {folder}; create it or save under another name"),
        ErrorKind::IsADirectory => "it is not a file; choose another name".into(),
        ErrorKind::NotADirectory => format!("{folder} is not a folder; save under another name"),
        ErrorKind::PermissionDenied if exists && OpenOptions::new().write(true).open(&target).is_err() => {
            "the file is write-protected; save under another name".into()
        }
        ErrorKind::PermissionDenied if exists => {
            format!("{folder} takes no new file to put in its place; save under another name")
        }
        ErrorKind::PermissionDenied => format!("no permission to write in {folder}; save under another name"),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only; save under another name".into(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space is left; make some and save again".into(),
        ErrorKind::FileTooLarge => "a file may not be that large here (ulimit -f); save in another folder".into(),
        ErrorKind::ResourceBusy => "a file with a mount of its own cannot be replaced; save under another name".into(),
        ErrorKind::InvalidFilename => "the name is too long; choose another".into(),
        _ => format!("{error}; save under another name"),
    }
}
