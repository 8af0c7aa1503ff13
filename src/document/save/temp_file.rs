//! A locked temporary file that replaces its target by renaming.
//!
//! The name follows from the target's name, so that the next save of that target finds and removes a file that an
//! interrupted save left. The lock ends with the process. It distinguishes such files from those of a running save, and
//! keeps two processes from replacing the same file at once. On file systems without locks nothing is removed, and the
//! next free name is used.

use super::regular::{check_regular, open_regular};
#[cfg(test)]
use super::tests::faults::step;
use super::{Flush, Lost, Overwrite, attributes, parent};
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, PersistError, TempPath};

/// Number of temporary names that are tried.
const MAX_NAMES: usize = 64;

/// A point at which tests kill the process.
#[cfg(not(test))]
const fn step() {}

/// Reasons for not writing a file.
#[derive(Debug)]
pub(super) enum SaveError {
    /// The file already exists.
    Exists,
    /// Another program has written the file in the meantime.
    Changed,
    /// Another rebin process is saving the file.
    Busy,
    /// Creating or writing a file failed.
    Io(io::Error),
}

impl From<io::Error> for SaveError {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::AlreadyExists { Self::Exists } else { Self::Io(error) }
    }
}

/// A temporary file for one target. Dropping it deletes the file.
#[derive(Debug)]
pub(super) struct TempFile {
    target: PathBuf,
    file: NamedTempFile,
    /// Metadata of the target at the start of the save.
    old: Option<Metadata>,
}

impl TempFile {
    /// Creates and locks the temporary file. Until it is dropped, no other rebin process can save the target.
    pub(super) fn create(target: &Path) -> Result<Self, SaveError> {
        let old = metadata(target)?;
        // The target may be private. Its mode is set once the file is complete.
        let mode = if old.is_some() { 0o600 } else { 0o666 };
        let start: String = target.file_name().unwrap_or_default().to_string_lossy().chars().take(48).collect();
        for number in 0..MAX_NAMES {
            let path = parent(target).join(format!(".{start}.rebin-{number}.tmp"));
            if !is_free(&path)? {
                continue;
            }
            // Append mode, because other programs may append as soon as the file is in place.
            let file = OpenOptions::new().append(true).create_new(true).mode(mode).open(&path);
            let file = file.map_err(|e| match e.kind() {
                ErrorKind::AlreadyExists => SaveError::Busy,
                _ => SaveError::Io(e),
            })?;
            step();
            // Another process may remove this file before it is locked, as the first step of its own save.
            let locked = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            if !locked || !is_at(&file, &path)? {
                return Err(SaveError::Busy);
            }
            step();
            let file = NamedTempFile::from_parts(file, TempPath::try_from_path(&path)?);
            return Ok(Self { target: target.to_owned(), file, old });
        }
        let why = format!("temporary files of interrupted saves are in the way; delete .{start}.rebin-*.tmp");
        Err(io::Error::other(why).into())
    }

    /// Writes `bytes` and renames the file to its target.
    pub(super) fn commit(mut self, bytes: &[u8], overwrite: Overwrite, flush: Flush) -> Result<Vec<Lost>, SaveError> {
        let lost = self.fill(bytes, flush)?;
        // The target may have become a named pipe or a device, which must not be replaced.
        check_regular(&self.target)?;
        let now = metadata(&self.target)?;
        let changed = now.as_ref().map(version) != self.old.as_ref().map(version);
        match overwrite {
            Overwrite::Refuse if now.is_some() => return Err(SaveError::Exists),
            Overwrite::IfStill(_) if changed => return Err(SaveError::Changed),
            _ => {}
        }
        // Some file systems cannot rename without replacing. The check above has to do there.
        let renamed = if overwrite == Overwrite::Refuse {
            let retry = |e: PersistError| match e.error.kind() {
                ErrorKind::AlreadyExists => Err(e),
                _ => e.file.persist(&self.target),
            };
            self.file.persist_noclobber(&self.target).or_else(retry)
        } else {
            self.file.persist(&self.target)
        };
        renamed.map_err(|e| e.error)?;
        step();
        sync_directory(&self.target, flush);
        step();
        Ok(lost)
    }

    /// Replaces a file with `text`, followed by any text that was appended to the file since it was read.
    ///
    /// Returns the text at the time of the replacement. Text that other programs append later follows it.
    ///
    /// A program that opens the file for each line loses nothing: lines that it writes to the old file up to the rename
    /// are copied. A program that keeps the file open continues to write to the old file.
    pub(super) fn commit_growing(
        mut self,
        mut text: Vec<u8>,
        mut growing: GrowingFile,
    ) -> Result<(Vec<u8>, Vec<Lost>), SaveError> {
        let mut lost = self.fill(&text, Flush::Now)?;
        if !growing.is_intact(&self.target)? {
            return Err(SaveError::Changed);
        }
        let appended = growing.read_appended()?;
        self.file.write_all(&appended)?;
        text.extend(appended);
        step();
        let mut file = self.file.persist(&self.target).map_err(|e| e.error)?;
        step();
        // Other programs now append to the new file, before or after these lines.
        match growing.read_appended() {
            Ok(late) if file.write_all(&late).is_ok() => {}
            // The histograms are saved, so this is not an error.
            _ => lost.push(Lost::Appended),
        }
        let _ = file.sync_all();
        sync_directory(&self.target, Flush::Now);
        step();
        Ok((text, lost))
    }

    /// Writes `bytes` to the temporary file and copies the attributes of the target.
    fn fill(&mut self, bytes: &[u8], flush: Flush) -> Result<Vec<Lost>, SaveError> {
        if self.old.is_some() {
            // Renaming would replace even a write-protected file.
            open_regular(&self.target, OpenOptions::new().write(true))?;
        }
        let (first, second) = bytes.split_at(bytes.len() / 2);
        self.file.write_all(first)?;
        step();
        self.file.write_all(second)?;
        step();
        let lost = match &self.old {
            Some(old) => attributes::copy(&self.target, old, self.file.as_file())?,
            None => Vec::new(),
        };
        step();
        // The rename destroys the old content, so the new content must be on the disk before it.
        if flush == Flush::Now || self.old.is_some() {
            self.file.as_file().sync_all()?;
        }
        step();
        Ok(lost)
    }
}

/// A file that is about to be replaced while other programs may append to it.
#[derive(Debug)]
pub(super) struct GrowingFile {
    /// Positioned after the text that was read.
    file: File,
    opened: Metadata,
    text: Vec<u8>,
}

impl GrowingFile {
    /// Opens the file and reads it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = open_regular(path, OpenOptions::new().read(true))?;
        let opened = file.metadata()?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(Self { file, opened, text })
    }

    /// The content at the time of opening.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// Returns true if the path still names this file, and the file still begins with the text that was read.
    fn is_intact(&self, path: &Path) -> io::Result<bool> {
        let Some(now) = metadata(path)? else { return Ok(false) };
        if version(&now) == version(&self.opened) && now.len() == self.text.len() as u64 {
            return Ok(true);
        }
        if !is_at(&self.file, path)? || now.len() < self.text.len() as u64 {
            return Ok(false);
        }
        let mut again = open_regular(path, OpenOptions::new().read(true))?;
        let mut block = vec![0; 1 << 16];
        for read in self.text.chunks(block.len()) {
            let block = &mut block[..read.len()];
            again.read_exact(block)?;
            if block != read {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads text that was appended since the last read.
    fn read_appended(&mut self) -> io::Result<Vec<u8>> {
        let mut appended = Vec::new();
        self.file.read_to_end(&mut appended)?;
        Ok(appended)
    }
}

/// Flushes the directory entry of a file. Not every file system supports this.
fn sync_directory(path: &Path, flush: Flush) {
    if flush == Flush::Now {
        let _ = File::open(parent(path)).and_then(|directory| directory.sync_all());
    }
}

/// Returns true if a temporary file of this name can be created. Removes the file of an interrupted save.
fn is_free(path: &Path) -> Result<bool, SaveError> {
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e.into()),
        Ok(existing) if !existing.is_file() => return Ok(false),
        Ok(_) => {}
    }
    let Ok(existing) = open_regular(path, OpenOptions::new().write(true)) else { return Ok(false) };
    match existing.try_lock() {
        Err(TryLockError::WouldBlock) => Err(SaveError::Busy),
        Err(TryLockError::Error(_)) => Ok(false),
        // Renamed or removed in the meantime. The locked file may be the target itself.
        Ok(()) if !is_at(&existing, path)? => Err(SaveError::Busy),
        Ok(()) => Ok(fs::remove_file(path).is_ok()),
    }
}

/// Returns `None` if the file does not exist.
fn metadata(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        metadata => metadata.map(Some),
    }
}

/// Returns true if the path names this open file.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let file = file.metadata()?;
    Ok(metadata(path)?.is_some_and(|at| (at.dev(), at.ino()) == (file.dev(), file.ino())))
}

/// Values that differ once a file was replaced or written.
fn version(file: &Metadata) -> (u64, u64, u64, i64, i64) {
    (file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec())
}
