//! Regular files, the only targets of a save. Opening a named pipe or a device could block forever.

use rustix::fs::OFlags;
use std::fs::{self, File, FileType, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Opens a regular file, also through symbolic links.
///
/// Does not wait for the other end of a named pipe, even if the path becomes one in the meantime.
///
/// # Errors
/// [`ErrorKind::InvalidInput`] if the path names anything but a regular file; otherwise as [`OpenOptions::open`].
pub fn open_regular(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    // Opening a device can have effects, so its type is checked first.
    check_regular(path)?;
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let opened = options.custom_flags(flags).open(path);
    let file = opened.or_else(|error| check_regular(path).and(Err(error)))?;
    match irregular(file.metadata()?.file_type()) {
        Some(kind) => Err(not_regular(kind)),
        None => Ok(file),
    }
}

/// Returns [`ErrorKind::InvalidInput`] if the path exists and does not name a regular file.
pub(super) fn check_regular(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(at) => irregular(at.file_type()).map_or(Ok(()), |kind| Err(not_regular(kind))),
        Err(_) => Ok(()),
    }
}

fn not_regular(kind: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("it is {kind}, not a regular file"))
}

/// Names a file type; `None` for a regular file.
fn irregular(of: FileType) -> Option<&'static str> {
    Some(match of {
        _ if of.is_file() => return None,
        _ if of.is_dir() => "a directory",
        _ if of.is_fifo() => "a named pipe",
        _ if of.is_socket() => "a socket",
        _ => "a device",
    })
}
