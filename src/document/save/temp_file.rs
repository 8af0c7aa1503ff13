//! A file on its way into its place: a locked temporary file beside it.
//!
//! Its name follows from the target's, so that the next save of that target finds it if this one does not come to its
//! end. The lock, which ends with the process, tells a file that was left behind from one that is being written, and
//! keeps two programs from replacing the same file at once. Where the file system knows no locks nothing is swept, and
//! the next free name is taken.

#[cfg(test)]
use super::tests::faults::step;
use super::{Flush, Lost, Overwrite, attributes, folder};
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, PersistError, TempPath};

/// As many names as are tried where those before are taken by who knows whom.
const NAMES: usize = 64;

/// A point where the tests end the process.
#[cfg(not(test))]
const fn step() {}

/// Why a file was not written.
#[derive(Debug)]
pub(super) enum SaveError {
    /// It is there already.
    Exists,
    /// Another program has written it meanwhile.
    Changed,
    /// Another rebin is writing it.
    Busy,
    /// Nothing can be written.
    Io(io::Error),
}

impl From<io::Error> for SaveError {
    fn from(error: io::Error) -> Self {
        if error.kind() == ErrorKind::AlreadyExists { Self::Exists } else { Self::Io(error) }
    }
}

/// It goes when it is dropped.
#[derive(Debug)]
pub(super) struct Pending {
    target: PathBuf,
    file: NamedTempFile,
    /// What stood at the target when this began.
    old: Option<Metadata>,
}

impl Pending {
    /// Begins to write a file anew; from here on no other rebin does.
    pub(super) fn beside(target: &Path) -> Result<Self, SaveError> {
        let old = found(target)?;
        // Nobody else reads on the way what only some may read in the end.
        let mode = if old.is_some() { 0o600 } else { 0o666 };
        let start: String = target.file_name().unwrap_or_default().to_string_lossy().chars().take(48).collect();
        for name in 0..NAMES {
            let path = folder(target).join(format!(".{start}.rebin-{name}.tmp"));
            if !is_free(&path)? {
                continue;
            }
            // Once it is in its place, others may append to it too.
            let file = OpenOptions::new().append(true).create_new(true).mode(mode).open(&path);
            let file = file.map_err(|e| match e.kind() {
                ErrorKind::AlreadyExists => SaveError::Busy,
                _ => SaveError::Io(e),
            })?;
            step();
            // Whoever sweeps this very file away before it is locked is about to save.
            let locked = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            if !locked || !is_at(&file, &path)? {
                return Err(SaveError::Busy);
            }
            step();
            let file = NamedTempFile::from_parts(file, TempPath::try_from_path(&path)?);
            return Ok(Self { target: target.to_owned(), file, old });
        }
        Err(io::Error::other(format!("remains of unfinished saves lie beside it (.{start}.rebin-*.tmp)")).into())
    }

    /// Writes these bytes and puts the file into its place.
    pub(super) fn commit(mut self, bytes: &[u8], overwrite: Overwrite, flush: Flush) -> Result<Vec<Lost>, SaveError> {
        let lost = self.fill(bytes, flush)?;
        let now = found(&self.target)?;
        let changed = now.as_ref().map(version) != self.old.as_ref().map(version);
        match overwrite {
            Overwrite::Refuse if now.is_some() => return Err(SaveError::Exists),
            Overwrite::IfStill(_) if changed => return Err(SaveError::Changed),
            _ => {}
        }
        // Not every file system can rename without replacing; where one cannot, the look before must do.
        let put = if overwrite == Overwrite::Refuse {
            let retry = |e: PersistError| match e.error.kind() {
                ErrorKind::AlreadyExists => Err(e),
                _ => e.file.persist(&self.target),
            };
            self.file.persist_noclobber(&self.target).or_else(retry)
        } else {
            self.file.persist(&self.target)
        };
        put.map_err(|e| e.error)?;
        step();
        sync_name(&self.target, flush);
        step();
        Ok(lost)
    }

    /// Puts this text in the place of a file, with whatever was appended to that since it was read. Returns the text that
    /// was there then; what others have appended since stands behind it.
    ///
    /// Between the last look and the renaming nothing is lost to a program that opens the file for each line: what it
    /// wrote to the old file is copied behind. One that keeps the file open goes on writing to the old one.
    pub(super) fn commit_growing(
        mut self,
        mut text: Vec<u8>,
        mut growing: Growing,
    ) -> Result<(Vec<u8>, Vec<Lost>), SaveError> {
        let mut lost = self.fill(&text, Flush::Now)?;
        if !growing.is_intact(&self.target)? {
            return Err(SaveError::Changed);
        }
        let more = growing.more()?;
        self.file.write_all(&more)?;
        text.extend(more);
        step();
        let mut file = self.file.persist(&self.target).map_err(|e| e.error)?;
        step();
        // From here on others append to the new file, before this or behind it.
        match growing.more() {
            Ok(late) if file.write_all(&late).is_ok() => {}
            // What was to be saved is saved.
            _ => lost.push(Lost::Appended),
        }
        let _ = file.sync_all();
        sync_name(&self.target, Flush::Now);
        step();
        Ok((text, lost))
    }

    /// Writes these bytes into the file beside the target, and makes it like the one that it is to replace.
    fn fill(&mut self, bytes: &[u8], flush: Flush) -> Result<Vec<Lost>, SaveError> {
        if self.old.is_some() {
            // Renaming would also replace a file that is write-protected.
            OpenOptions::new().write(true).open(&self.target)?;
        }
        let (first, second) = bytes.split_at(bytes.len() / 2);
        self.file.write_all(first)?;
        step();
        self.file.write_all(second)?;
        step();
        let lost = match &self.old {
            Some(old) => attributes::keep(&self.target, old, self.file.as_file())?,
            None => Vec::new(),
        };
        step();
        // What it replaces is gone afterwards: it has to be on the disk by then.
        if flush == Flush::Now || self.old.is_some() {
            self.file.as_file().sync_all()?;
        }
        step();
        Ok(lost)
    }
}

/// A file that is about to be replaced, to which others may append meanwhile.
#[derive(Debug)]
pub(super) struct Growing {
    /// Stands behind what was read.
    file: File,
    begun: Metadata,
    text: Vec<u8>,
}

impl Growing {
    /// Reads what there is.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let begun = file.metadata()?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(Self { file, begun, text })
    }

    /// What was there when it was opened.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }

    /// Whether the file of that name is still this one, and begins with what was read.
    fn is_intact(&self, path: &Path) -> io::Result<bool> {
        let Some(now) = found(path)? else { return Ok(false) };
        if version(&now) == version(&self.begun) && now.len() == self.text.len() as u64 {
            return Ok(true);
        }
        if !is_at(&self.file, path)? || now.len() < self.text.len() as u64 {
            return Ok(false);
        }
        let mut again = File::open(path)?;
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

    /// What stands behind everything that was read so far.
    fn more(&mut self) -> io::Result<Vec<u8>> {
        let mut more = Vec::new();
        self.file.read_to_end(&mut more)?;
        Ok(more)
    }
}

/// The name itself is on disk only with its folder; not every file system can be asked for that.
fn sync_name(path: &Path, flush: Flush) {
    if flush == Flush::Now {
        let _ = File::open(folder(path)).and_then(|folder| folder.sync_all());
    }
}

/// Whether a temporary file of this name can be made, once what an unfinished save left there is swept away.
fn is_free(path: &Path) -> Result<bool, SaveError> {
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e.into()),
        Ok(there) if !there.is_file() => return Ok(false),
        Ok(_) => {}
    }
    let Ok(left) = OpenOptions::new().write(true).open(path) else { return Ok(false) };
    match left.try_lock() {
        Err(TryLockError::WouldBlock) => Err(SaveError::Busy),
        Err(TryLockError::Error(_)) => Ok(false),
        // Renamed or swept meanwhile; what this lock is held on may be the target itself.
        Ok(()) if !is_at(&left, path)? => Err(SaveError::Busy),
        Ok(()) => Ok(fs::remove_file(path).is_ok()),
    }
}

fn found(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

/// Whether an open file still has this name.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let file = file.metadata()?;
    Ok(found(path)?.is_some_and(|there| (there.dev(), there.ino()) == (file.dev(), file.ino())))
}

/// What a file has another of once someone has written it.
fn version(file: &Metadata) -> (u64, u64, u64, i64, i64) {
    (file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec())
}
