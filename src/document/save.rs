//! Writing files so that at any moment the old content or the new one is there, never a part.
//!
//! Not kept, since a renamed file takes the place of the old one: hard links, access control lists, extended attributes.

mod splice;
#[cfg(test)]
mod tests;

use crate::error::Error;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile};

pub use splice::{Replaced, replace};

/// What to do when there is such a file already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    Refuse,
    Allow,
}

/// Writes a file, new or in place of another whose mode and owner it takes. A symbolic link stays one: its target is
/// written. Terminals and pipes are written to as they are.
///
/// # Errors
/// [`Error::Exists`] for a file that must not be overwritten; otherwise what forbids the writing, with the remedy. What
/// was there before is untouched.
pub fn write_new(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<(), Error> {
    let old = match fs::metadata(path) {
        Ok(old) => Some(old),
        Err(e) if e.kind() == ErrorKind::NotFound => None,
        Err(e) => return Err(Error::write_file(path, why(&e, path))),
    };
    let failed = |e: io::Error| match e.kind() {
        ErrorKind::AlreadyExists => Error::Exists { what: path.display().to_string() },
        _ => Error::write_file(path, why(&e, path)),
    };
    match &old {
        Some(old) if old.file_type().is_char_device() || old.file_type().is_fifo() => {
            OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes)).map_err(failed)
        }
        Some(old) if !old.is_file() => Err(Error::write_file(path, "it is not a file; choose another name")),
        Some(_) if overwrite == Overwrite::Refuse => Err(failed(ErrorKind::AlreadyExists.into())),
        Some(_) | None => swap(&target(path), bytes, old.as_ref()).map_err(failed),
    }
}

/// Puts a complete temporary file in the place of `target`.
fn swap(target: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    let folder = folder(target);
    let mut file = match old {
        // Renaming would also replace a file that is write-protected.
        Some(_) => OpenOptions::new().write(true).open(target).and_then(|_| temporary(folder, 0o600))?,
        None => temporary(folder, 0o666)?,
    };
    file.write_all(bytes)?;
    if let Some(old) = old {
        // Only root may give files away; for anyone else the group is kept if it is one of theirs.
        let _ = fchown(file.as_file(), Some(old.uid()), Some(old.gid()))
            .or_else(|_| fchown(file.as_file(), None, Some(old.gid())));
        file.as_file().set_permissions(old.permissions())?;
    }
    file.as_file().sync_all()?;
    if old.is_some() { file.persist(target) } else { file.persist_noclobber(target) }.map_err(|e| e.error)?;
    // The name itself is on disk only with its folder; not every file system can be asked for that.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// A hidden file with this mode, less what the process masks.
fn temporary(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    Builder::new().prefix(".rebin-").suffix(".tmp").permissions(Permissions::from_mode(mode)).tempfile_in(folder)
}

/// The file behind symbolic links, which need not exist.
fn target(path: &Path) -> PathBuf {
    /// As many links as Linux follows.
    const LINKS: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        let Ok(link) = fs::read_link(&target) else { break };
        target = folder(&target).join(link);
    }
    target
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A sentence on what forbids the writing, and what can be done.
fn why(error: &io::Error, path: &Path) -> String {
    let target = target(path);
    let folder = folder(&target).display();
    match error.kind() {
        ErrorKind::NotFound => format!("there is no folder {folder}; create it or save under another name"),
        ErrorKind::NotADirectory => format!("{folder} is not a folder; save under another name"),
        ErrorKind::PermissionDenied if target.exists() && OpenOptions::new().write(true).open(&target).is_err() => {
            "the file is write-protected; save under another name".into()
        }
        ErrorKind::PermissionDenied => format!("no permission to write in {folder}; save under another name"),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only; save under another name".into(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "no space is left; make some and save again".into(),
        ErrorKind::InvalidFilename => "the name is too long; choose another".into(),
        _ => format!("{error}; save under another name"),
    }
}
