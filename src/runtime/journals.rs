//! Journals of unsaved edits on disk, and recovery of those that interrupted sessions left.
//!
//! Each process has at most one journal, which exists only while it has unsaved edits, and which it replaces as a unit.
//! The process locks its journal until it ends, in any manner. A journal without a lock is therefore abandoned. On file
//! systems without locks every journal looks abandoned. That does no harm, because a live process writes its journal
//! again.

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

/// Maximum size of a journal, in bytes.
const MAX_SIZE: usize = 32 << 20;

/// The journals of one user.
#[derive(Debug)]
pub(super) struct Journals {
    directory: PathBuf,
    writer: Writer,
    /// Journal of this process.
    own: Option<LockedJournal>,
    /// Conflicts that the user was notified of: writer and source.
    notified: BTreeSet<(String, String)>,
    /// Sources with unsaved edits in this process.
    edited: BTreeSet<String>,
    /// Modification times of the journals that were checked for conflicts with `edited`.
    checked: BTreeMap<PathBuf, SystemTime>,
    abandoned: Vec<AbandonedJournal>,
    /// Message of the last failed write, to report each failure once.
    failure: Option<String>,
    ended: bool,
}

/// A journal file that this process has locked.
#[derive(Debug)]
struct LockedJournal {
    path: PathBuf,
    _lock: File,
}

/// A journal of a process that has ended.
#[derive(Debug)]
struct AbandonedJournal {
    file: LockedJournal,
    journal: Journal,
}

/// The journaled edits of one source.
#[derive(Debug, Default)]
pub(super) struct JournalMatches {
    /// Edits in abandoned journals, the oldest journal first.
    pub(super) entries: Vec<JournalEntry>,
    /// Files of these journals.
    pub(super) files: Vec<PathBuf>,
    /// A live process that has unsaved edits of the source.
    pub(super) other: Option<Writer>,
    /// Journals and lines that could not be read.
    pub(super) problems: Vec<String>,
}

impl Journals {
    /// Uses this directory, and creates it when the first journal is written.
    pub(super) fn new(directory: PathBuf) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            directory,
            writer: Writer { process: std::process::id(), host },
            own: None,
            notified: BTreeSet::new(),
            edited: BTreeSet::new(),
            checked: BTreeMap::new(),
            abandoned: Vec::new(),
            failure: None,
            ended: false,
        }
    }

    /// Finds the edits of a source in all journals of other processes. They stay on disk until they are
    /// [discarded](Self::discard).
    pub(super) fn find(&mut self, source: &str) -> JournalMatches {
        let mut matches = JournalMatches::default();
        for path in self.other_journals() {
            match Self::read(&path) {
                Ok(Some((lock, journal))) => {
                    if !journal.entries.iter().any(|entry| entry.source == source) {
                        continue;
                    }
                    let problem = |problem| format!("{}: {problem}", path.display());
                    matches.problems.extend(journal.problems.iter().map(problem));
                    match lock.filter(|lock| !is_locked_by_another(&lock.try_lock())) {
                        Some(lock) => {
                            self.abandoned
                                .push(AbandonedJournal { file: LockedJournal { path, _lock: lock }, journal });
                        }
                        None => matches.other = Some(journal.writer),
                    }
                }
                Ok(None) => {}
                Err(error) => matches.problems.push(error.to_string()),
            }
        }
        for AbandonedJournal { file, journal } in &self.abandoned {
            let entries = journal.entries.iter().filter(|entry| entry.source == source);
            let before = matches.entries.len();
            matches.entries.extend(entries.cloned());
            if matches.entries.len() > before {
                matches.files.push(file.path.clone());
            }
        }
        matches
    }

    /// Lists all journals that this process has not locked, by age. Removes the files of interrupted writes.
    fn other_journals(&self) -> Vec<PathBuf> {
        let locked = self.own.iter().chain(self.abandoned.iter().map(|abandoned| &abandoned.file));
        let locked: BTreeSet<&Path> = locked.map(|journal| journal.path.as_path()).collect();
        let mut listed = Vec::new();
        for entry in fs::read_dir(&self.directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let modified = entry.metadata().and_then(|metadata| metadata.modified()).ok();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("jsonl") if !locked.contains(path.as_path()) => listed.push((modified, path)),
                Some("tmp") if OpenOptions::new().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok()) => {
                    let _ = fs::remove_file(path);
                }
                _ => {}
            }
        }
        listed.sort();
        listed.into_iter().map(|(_, path)| path).collect()
    }

    /// Reads a journal. Also returns its file, to lock it, if no process has locked it.
    ///
    /// Returns `None` if the journal was removed or replaced in the meantime.
    fn read(path: &Path) -> Result<Option<(Option<File>, Journal)>, Error> {
        let failed = |why: String| Error::read_file(path, format!("{why}; its edits cannot be recovered"));
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(|e| failed(e.to_string()))?,
        };
        // A shared lock, so that two reading processes do not mistake each other for the writer.
        let is_live = is_locked_by_another(&file.try_lock_shared());
        // The writer replaces the file, so this may be a previous version, which no process has locked.
        let identity = |at: io::Result<fs::Metadata>| at.map(|at| (at.dev(), at.ino())).ok();
        if identity(file.metadata()) != identity(fs::metadata(path)) {
            return Ok(None);
        }
        let mut text = Vec::new();
        (&file).take(MAX_SIZE as u64 + 1).read_to_end(&mut text).map_err(|e| failed(e.to_string()))?;
        if text.len() > MAX_SIZE {
            return Err(failed(format!("it exceeds {} MiB", MAX_SIZE >> 20)));
        }
        let journal = decode(&text).map_err(|e| failed(e.to_string()))?;
        Ok(Some(((!is_live).then_some(file), journal)))
    }

    /// Replaces the content of this process's journal. Returns a notice about a failed write, or about a conflict with
    /// another process.
    pub(super) fn update(&mut self, entries: &[JournalEntry]) -> Option<String> {
        if self.ended {
            return None;
        }
        let sources: BTreeSet<String> = entries.iter().map(|entry| entry.source.clone()).collect();
        if !sources.is_subset(&self.edited) {
            self.checked.clear();
        }
        self.edited = sources;
        let failure = match self.write(entries) {
            Ok(0) => None,
            Ok(n) => Some(format!("{n} unsaved edits are too large for crash recovery; save them")),
            Err(e) => {
                let directory = self.directory.display();
                Some(format!("cannot write unsaved edits to {directory}: {e}; they will be lost in a crash"))
            }
        };
        if failure.is_some() && failure != self.failure {
            self.failure.clone_from(&failure);
            return failure;
        }
        self.failure = failure;
        self.new_conflict()
    }

    /// Returns a notice if another live process has unsaved edits of a source that this process has edited, too. Reports
    /// each conflict once.
    fn new_conflict(&mut self) -> Option<String> {
        if self.edited.is_empty() {
            return None;
        }
        for path in self.other_journals() {
            // Skip journals that have not changed since the last check.
            let Ok(modified) = fs::metadata(&path).and_then(|at| at.modified()) else { continue };
            if self.checked.insert(path.clone(), modified) == Some(modified) {
                continue;
            }
            let Ok(Some((None, journal))) = Self::read(&path) else { continue };
            let writer = journal.writer.to_string();
            let mut shared =
                journal.entries.iter().map(|entry| &entry.source).filter(|name| self.edited.contains(*name));
            let new = shared.find(|name| self.notified.insert((writer.clone(), (*name).clone())));
            if let Some(source) = new {
                return Some(conflict_notice(&journal.writer, source));
            }
        }
        None
    }

    /// Writes this process's journal, or removes it if `entries` is empty. Returns the number of entries that did not
    /// fit.
    fn write(&mut self, entries: &[JournalEntry]) -> io::Result<usize> {
        if entries.is_empty() {
            return match self.own.take().map(|own| fs::remove_file(own.path)) {
                Some(Err(e)) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(0),
            };
        }
        let (text, skipped) = encode(&self.writer, entries, MAX_SIZE);
        let path = self.own.as_ref().map(|own| own.path.clone());
        self.own = Some(self.write_file(path, &text)?);
        Ok(skipped)
    }

    /// Writes and locks a journal file atomically, under a new name or in place of another journal.
    fn write_file(&self, path: Option<PathBuf>, text: &str) -> io::Result<LockedJournal> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let prefix = format!("{}-", self.writer.process);
        let mut file = tempfile::Builder::new().prefix(&prefix).suffix(".tmp").tempfile_in(&self.directory)?;
        // Fails on file systems without locks, where a journal is written nonetheless.
        let _ = file.as_file().try_lock();
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        let path = path.unwrap_or_else(|| file.path().with_extension("jsonl"));
        let lock = file.persist(&path).map_err(|e| e.error)?;
        let _ = File::open(&self.directory).and_then(|directory| directory.sync_all());
        Ok(LockedJournal { path, _lock: lock })
    }

    /// Removes the edits of a source from the abandoned journals, once they were restored or discarded.
    pub(super) fn discard(&mut self, source: &str) {
        for mut abandoned in std::mem::take(&mut self.abandoned) {
            let before = abandoned.journal.entries.len();
            abandoned.journal.entries.retain(|entry| entry.source != source);
            if abandoned.journal.entries.is_empty() {
                let _ = fs::remove_file(abandoned.file.path);
                continue;
            }
            if abandoned.journal.entries.len() < before {
                let (text, _) = encode(&abandoned.journal.writer, &abandoned.journal.entries, MAX_SIZE);
                match self.write_file(Some(abandoned.file.path.clone()), &text) {
                    Ok(file) => abandoned.file = file,
                    // The old file stays, and its edits are offered again.
                    Err(_) => continue,
                }
            }
            self.abandoned.push(abandoned);
        }
    }

    /// Writes the journal for the last time. Later updates have no effect.
    pub(super) fn end(&mut self, entries: &[JournalEntry]) {
        self.update(entries);
        self.ended = true;
    }
}

fn is_locked_by_another(locked: &Result<(), TryLockError>) -> bool {
    matches!(locked, Err(TryLockError::WouldBlock))
}

/// Returns the notice that another process has unsaved edits of a source.
pub(super) fn conflict_notice(other: &Writer, source: &str) -> String {
    let file = || Path::new(source).file_name().map_or_else(|| source.into(), |name| name.to_string_lossy());
    let name = if source.starts_with("- ") { "standard input".into() } else { file() };
    format!("another rebin ({other}) also has unsaved edits of {name}; rebin asks before one save overwrites the other")
}
