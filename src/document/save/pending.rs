//! A file on its way into its place: a locked temporary file beside it.
//!
//! Its name follows from the target's, so that the next save of that target finds it if this one does not come to its
//! end. The lock, which ends with the process, tells a file that was left behind from one that is being written, and
//! keeps two programs from replacing the same file at once. Where the file system knows no locks nothing is swept, and
//! the next free name is taken.

#[cfg(test)]
use super::tests::faults::step;
use super::{Lost, Overwrite, attributes, folder};
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
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
pub(super) enum Refusal {
    /// It is there already.
    Exists,
    /// Another program has written it meanwhile.
    Changed,
    /// Another rebin is writing it.
    Busy,
    /// Nothing can be written.
    Io(io::Error),
}

impl From<io::Error> for Refusal {
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
    pub(super) fn beside(target: &Path) -> Result<Self, Refusal> {
        let old = found(target)?;
        // Nobody else reads on the way what only some may read in the end.
        let mode = if old.is_some() { 0o600 } else { 0o666 };
        let start: String = target.file_name().unwrap_or_default().to_string_lossy().chars().take(48).collect();
        for name in 0..NAMES {
            let path = folder(target).join(format!(".{start}.rebin-{name}.tmp"));
            if !is_free(&path)? {
                continue;
            }
            let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path);
            let file = file.map_err(|e| match e.kind() {
                ErrorKind::AlreadyExists => Refusal::Busy,
                _ => Refusal::Io(e),
            })?;
            step();
            // Whoever sweeps this very file away before it is locked is about to save.
            let locked = !matches!(file.try_lock(), Err(TryLockError::WouldBlock));
            if !locked || !is_at(&file, &path)? {
                return Err(Refusal::Busy);
            }
            step();
            let file = NamedTempFile::from_parts(file, TempPath::try_from_path(&path)?);
            return Ok(Self { target: target.to_owned(), file, old });
        }
        Err(io::Error::other(format!("remains of unfinished saves lie beside it (.{start}.rebin-*.tmp)")).into())
    }

    /// Writes these bytes and puts the file into its place.
    pub(super) fn commit(mut self, bytes: &[u8], overwrite: Overwrite) -> Result<Vec<Lost>, Refusal> {
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
        self.file.as_file().sync_all()?;
        step();
        let now = found(&self.target)?;
        let changed = now.as_ref().map(version) != self.old.as_ref().map(version);
        match overwrite {
            Overwrite::Refuse if now.is_some() => return Err(Refusal::Exists),
            Overwrite::IfStill(_) if changed => return Err(Refusal::Changed),
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
        // The name itself is on disk only with its folder; not every file system can be asked for that.
        let _ = File::open(folder(&self.target)).and_then(|folder| folder.sync_all());
        step();
        Ok(lost)
    }
}

/// Whether a temporary file of this name can be made, once what an unfinished save left there is swept away.
fn is_free(path: &Path) -> Result<bool, Refusal> {
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(e) => return Err(e.into()),
        Ok(there) if !there.is_file() => return Ok(false),
        Ok(_) => {}
    }
    let Ok(left) = OpenOptions::new().write(true).open(path) else { return Ok(false) };
    match left.try_lock() {
        Err(TryLockError::WouldBlock) => Err(Refusal::Busy),
        Err(TryLockError::Error(_)) => Ok(false),
        // Renamed or swept meanwhile; what this lock is held on may be the target itself.
        Ok(()) if !is_at(&left, path)? => Err(Refusal::Busy),
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
