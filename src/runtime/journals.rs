//! Where unsaved changes are kept while the program runs, and found again after it broke off.
//!
//! One file a running program, replaced as a whole, there only while something is unsaved. It is locked for as long as
//! the program lives, however that ends: a journal that can be locked belongs to nobody any more. Where the file system
//! knows no locks every journal counts as such, which can do no harm: whoever wrote it writes it again.

#[cfg(test)]
mod tests;

use crate::document::journal::{Journal, JournalEntry, Writer, decode, encode};
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The largest journal that is written, in bytes.
const LARGEST: usize = 32 << 20;

/// The journals of one user.
#[derive(Debug)]
pub(super) struct Journals {
    folder: PathBuf,
    writer: Writer,
    /// This program's own.
    own: Option<Held>,
    /// Whom the user was told of, and of which source.
    told: BTreeSet<(String, String)>,
    /// Of which sources others were looked for, and what their journals were like then.
    known: BTreeSet<String>,
    seen: BTreeMap<PathBuf, SystemTime>,
    left: Vec<Left>,
    /// What went wrong when it was written last, which is said once.
    failed: Option<String>,
    ended: bool,
}

/// A journal that is locked.
#[derive(Debug)]
struct Held {
    path: PathBuf,
    _lock: File,
}

/// A journal of a program that is gone.
#[derive(Debug)]
struct Left {
    held: Held,
    journal: Journal,
}

/// What is kept for one source.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What was left of programs that are gone, the oldest first.
    pub(super) entries: Vec<JournalEntry>,
    /// Where that stands.
    pub(super) files: Vec<PathBuf>,
    /// A program that runs and has unsaved changes of it.
    pub(super) other: Option<Writer>,
    /// What could not be read.
    pub(super) problems: Vec<String>,
}

impl Journals {
    /// In this folder, which is made when something is to be kept.
    pub(super) fn new(folder: PathBuf) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let writer = Writer { process: std::process::id(), host };
        let (told, known, seen) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Self { folder, writer, own: None, told, known, seen, left: Vec::new(), failed: None, ended: false }
    }

    /// What programs that are gone have left of a source. It stays until it is [settled](Self::settle).
    pub(super) fn find(&mut self, source: &str) -> Found {
        let mut found = Found::default();
        for path in self.listed() {
            match Self::read(&path) {
                Ok(Some((lock, journal))) => {
                    let of_source = journal.entries.iter().any(|entry| entry.source == source);
                    let mut damage = journal.problems.iter().map(|problem| format!("{}: {problem}", path.display()));
                    found.problems.extend(damage.by_ref().filter(|_| of_source));
                    match lock.filter(|lock| of_source && !is_locked_by_another(&lock.try_lock())) {
                        Some(lock) => self.left.push(Left { held: Held { path, _lock: lock }, journal }),
                        None if of_source => found.other = Some(journal.writer),
                        None => {}
                    }
                }
                Ok(None) => {}
                Err(error) => found.problems.push(error.to_string()),
            }
        }
        for left in &self.left {
            let entries = left.journal.entries.iter().filter(|entry| entry.source == source);
            let before = found.entries.len();
            found.entries.extend(entries.cloned());
            if found.entries.len() > before {
                found.files.push(left.held.path.clone());
            }
        }
        found
    }

    /// All journals but those that this program holds, by age. What a write that broke off has left is swept away.
    fn listed(&self) -> Vec<PathBuf> {
        let held = self.own.iter().chain(self.left.iter().map(|left| &left.held));
        let held: BTreeSet<&Path> = held.map(|held| held.path.as_path()).collect();
        let mut listed = Vec::new();
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("jsonl") if !held.contains(path.as_path()) => listed.push((modified, path)),
                Some("tmp") if OpenOptions::new().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok()) => {
                    let _ = fs::remove_file(path);
                }
                _ => {}
            }
        }
        listed.sort();
        listed.into_iter().map(|(_, path)| path).collect()
    }

    /// A journal, with its lock if its writer is gone; nothing if it went meanwhile.
    fn read(path: &Path) -> Result<Option<(Option<File>, Journal)>, Error> {
        let failed = |why: String| Error::read_file(path, format!("{why}; what it keeps cannot be offered"));
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|e| failed(e.to_string()))?,
        };
        // Shared, so that programs that look at the same time do not take each other for the writer.
        let alive = is_locked_by_another(&file.try_lock_shared());
        // A journal is replaced as a whole: what was opened may be the one before, which nobody locks any more.
        let version = |at: io::Result<fs::Metadata>| at.map(|at| (at.dev(), at.ino())).ok();
        if version(file.metadata()) != version(fs::metadata(path)) {
            return Ok(None);
        }
        let mut text = Vec::new();
        let most = LARGEST as u64 + 1;
        (&file).take(most).read_to_end(&mut text).map_err(|e| failed(e.to_string()))?;
        if text.len() > LARGEST {
            return Err(failed("it is larger than any that rebin writes".into()));
        }
        let journal = decode(&text).map_err(|e| failed(e.to_string()))?;
        Ok(Some(((!alive).then_some(file), journal)))
    }

    /// Keeps these changes instead of those before. What there is to say is a sentence.
    pub(super) fn keep(&mut self, entries: &[JournalEntry]) -> Option<String> {
        if self.ended {
            return None;
        }
        let sources: BTreeSet<String> = entries.iter().map(|entry| entry.source.clone()).collect();
        if !sources.is_subset(&self.known) {
            self.seen.clear();
        }
        self.known = sources;
        let failed = match self.write(entries) {
            Ok(0) => None,
            Ok(n) => Some(format!("{n} unsaved changes are too large to be kept beside; save them")),
            Err(e) => Some(format!("unsaved changes cannot be kept in {}: {e}; save often", self.folder.display())),
        };
        if failed.is_some() && failed != self.failed {
            self.failed.clone_from(&failed);
            return failed;
        }
        self.failed = failed;
        self.also_changed()
    }

    /// A sentence if another program that runs has unsaved changes of a source that this one has some of, and nothing was
    /// said of it so far.
    fn also_changed(&mut self) -> Option<String> {
        if self.known.is_empty() {
            return None;
        }
        for path in self.listed() {
            // What is as it was needs not be read again.
            let Ok(modified) = fs::metadata(&path).and_then(|at| at.modified()) else { continue };
            if self.seen.insert(path.clone(), modified) == Some(modified) {
                continue;
            }
            let Ok(Some((None, journal))) = Self::read(&path) else { continue };
            let mut both = journal.entries.iter().map(|entry| &entry.source).filter(|of| self.known.contains(*of));
            let writer = journal.writer.to_string();
            let news = both.find(|of| self.told.insert((writer.clone(), (*of).clone())));
            if let Some(source) = news {
                return Some(told_of(&journal.writer, source));
            }
        }
        None
    }

    /// Returns how many did not fit.
    fn write(&mut self, entries: &[JournalEntry]) -> io::Result<usize> {
        if entries.is_empty() {
            return match self.own.take().map(|own| fs::remove_file(own.path)) {
                Some(Err(e)) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(0),
            };
        }
        let (text, left_out) = encode(&self.writer, entries, LARGEST);
        let path = self.own.as_ref().map(|own| own.path.clone());
        self.own = Some(self.put(path, &text)?);
        Ok(left_out)
    }

    /// Writes a journal, new or in place of another, so that it is whole at any moment.
    fn put(&self, path: Option<PathBuf>, text: &str) -> io::Result<Held> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let prefix = format!("{}-", self.writer.process);
        let mut file = tempfile::Builder::new().prefix(&prefix).suffix(".tmp").tempfile_in(&self.folder)?;
        // Where there are no locks it is written all the same.
        let _ = file.as_file().try_lock();
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        let path = path.unwrap_or_else(|| file.path().with_extension("jsonl"));
        let lock = file.persist(&path).map_err(|e| e.error)?;
        let _ = File::open(&self.folder).and_then(|folder| folder.sync_all());
        Ok(Held { path, _lock: lock })
    }

    /// What was left of a source is not needed any more.
    pub(super) fn settle(&mut self, source: &str) {
        for mut left in std::mem::take(&mut self.left) {
            let before = left.journal.entries.len();
            left.journal.entries.retain(|entry| entry.source != source);
            if left.journal.entries.is_empty() {
                let _ = fs::remove_file(left.held.path);
                continue;
            }
            if left.journal.entries.len() < before {
                let (text, _) = encode(&left.journal.writer, &left.journal.entries, LARGEST);
                match self.put(Some(left.held.path.clone()), &text) {
                    Ok(held) => left.held = held,
                    // It stays as it was, and is offered once more.
                    Err(_) => continue,
                }
            }
            self.left.push(left);
        }
    }

    /// Keeps what is still unsaved, for the last time; what comes later is void.
    pub(super) fn end(&mut self, entries: &[JournalEntry]) {
        self.keep(entries);
        self.ended = true;
    }
}

fn is_locked_by_another(locked: &Result<(), TryLockError>) -> bool {
    matches!(locked, Err(TryLockError::WouldBlock))
}

/// That two programs change the same source.
pub(super) fn told_of(other: &Writer, source: &str) -> String {
    let file = || Path::new(source).file_name().map_or_else(|| source.into(), |name| name.to_string_lossy());
    let name = if source.starts_with("- ") { "standard input".into() } else { file() };
    format!("another rebin ({other}) has unsaved changes of {name} too: whoever saves second is asked first")
}
