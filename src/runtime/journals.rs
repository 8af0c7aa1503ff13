//! Journals of unsaved edits on disk, and recovery of those that interrupted sessions left.
//!
//! Each process has at most one journal, which exists only while it has unsaved edits. New edits are appended; after a save,
//! or once most of its lines no longer apply, it is replaced as a unit.
//! The process locks its journal until it ends, in any manner. A journal without a lock is therefore abandoned. On file
//! systems without locks every journal looks abandoned. That does no harm, because a live process writes its journal
//! again.

#[cfg(test)]
mod tests;

use crate::document::Change;
use crate::document::journal::{Journal, JournalEntry, Writer, decode, encode, line};
use crate::document::save::open_regular;
use crate::error::Error;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Maximum size of a journal, in bytes.
const MAX_SIZE: usize = 32 << 20;
/// Size below which a journal is not compacted, in bytes.
const MIN_COMPACT: usize = 1 << 16;

/// The journals of one user.
#[derive(Debug)]
pub(super) struct Journals {
    directory: PathBuf,
    writer: Writer,
    /// Journal of this process.
    own: Option<LockedJournal>,
    /// Entries of this process's journal.
    entries: Vec<JournalEntry>,
    /// Size of this process's journal in bytes; `None` if it must be written again.
    size: Option<usize>,
    /// Size after which the journal is compacted.
    compact_at: usize,
    /// Damaged journals that the user was notified of.
    reported: BTreeSet<PathBuf>,
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
    file: File,
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
    /// Some lines in `files` are damaged.
    pub(super) damaged: bool,
}

impl Journals {
    /// Uses this directory, and creates it when the first journal is written.
    pub(super) fn new(directory: PathBuf) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            directory,
            writer: Writer { process: std::process::id(), host },
            own: None,
            entries: Vec::new(),
            size: None,
            compact_at: MIN_COMPACT,
            reported: BTreeSet::new(),
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
                    let concerns = journal.entries.iter().any(|entry| entry.source == source);
                    // A damaged line may be of any source.
                    if !journal.problems.is_empty() && lock.is_some() && self.reported.insert(path.clone()) {
                        matches.problems.push(damage_notice(&path, &journal));
                    }
                    if !concerns {
                        continue;
                    }
                    match lock.filter(|lock| !is_locked_by_another(&lock.try_lock())) {
                        Some(lock) => {
                            self.abandoned.push(AbandonedJournal { file: LockedJournal { path, file: lock }, journal });
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
                matches.damaged |= !journal.problems.is_empty();
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
                Some("tmp")
                    if open_regular(&path, OpenOptions::new().write(true))
                        .is_ok_and(|file| file.try_lock().is_ok()) =>
                {
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
        let file = match open_regular(path, OpenOptions::new().read(true).write(true)) {
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
    pub(super) fn update(&mut self, entries: Vec<JournalEntry>) -> Option<String> {
        (self.entries, self.size) = (entries, None);
        self.write_entries(0)
    }

    /// Appends to this process's journal. Returns a notice like [`Journals::update`].
    pub(super) fn append(&mut self, entries: Vec<JournalEntry>) -> Option<String> {
        let written = self.entries.len();
        self.entries.extend(entries);
        self.write_entries(written)
    }

    /// Writes the entries that follow the first `written`.
    fn write_entries(&mut self, written: usize) -> Option<String> {
        if self.ended {
            return None;
        }
        let sources: BTreeSet<String> = self.entries.iter().map(|entry| entry.source.clone()).collect();
        if !sources.is_subset(&self.edited) {
            self.checked.clear();
        }
        self.edited = sources;
        let failure = match self.write(written) {
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

    /// Writes this process's journal, or removes it if it has no entries. Returns the number of entries that did not fit.
    fn write(&mut self, written: usize) -> io::Result<usize> {
        if self.entries.is_empty() {
            self.size = None;
            return match self.own.take().map(|own| fs::remove_file(own.path)) {
                Some(Err(e)) if e.kind() != io::ErrorKind::NotFound => Err(e),
                _ => Ok(0),
            };
        }
        // Taken, so that a failed write is followed by a complete one.
        if let (Some(size), Some(own)) = (self.size.take(), &mut self.own) {
            // The first line of the file describes the writer, and lines are counted from 1.
            let lines = self.entries.iter().zip(2..).skip(written).map(|(entry, number)| line(number, entry));
            let text: String = lines.collect();
            if size + text.len() <= self.compact_at.min(MAX_SIZE) {
                own.file.write_all(text.as_bytes())?;
                own.file.sync_data()?;
                self.size = Some(size + text.len());
                return Ok(0);
            }
        }
        self.entries = compacted(std::mem::take(&mut self.entries));
        let (mut text, mut skipped) = encode(&self.writer, &self.entries, MAX_SIZE);
        if skipped > 0 {
            // The history does not fit, but the latest states may.
            (text, skipped) = encode(&self.writer, &latest(&self.entries), MAX_SIZE);
        } else {
            self.size = Some(text.len());
        }
        self.compact_at = (2 * text.len()).max(MIN_COMPACT);
        let path = self.own.as_ref().map(|own| own.path.clone());
        match self.write_file(path, &text) {
            Ok(own) => self.own = Some(own),
            Err(error) => {
                self.size = None;
                return Err(error);
            }
        }
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
        Ok(LockedJournal { path, file: lock })
    }

    /// Removes the edits of a source from the abandoned journals, once they were restored or discarded.
    pub(super) fn discard(&mut self, source: &str) {
        for mut abandoned in std::mem::take(&mut self.abandoned) {
            let before = abandoned.journal.entries.len();
            abandoned.journal.entries.retain(|entry| entry.source != source);
            if abandoned.journal.entries.is_empty() {
                let path = &abandoned.file.path;
                let is_intact = abandoned.journal.problems.is_empty();
                // The damaged lines may still be of use to someone.
                let _ = if is_intact { fs::remove_file(path) } else { fs::rename(path, kept_path(path)) };
                continue;
            }
            // A damaged journal stays as it is until all of its entries are settled.
            if abandoned.journal.entries.len() < before && abandoned.journal.problems.is_empty() {
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
    pub(super) fn end(&mut self, entries: Vec<JournalEntry>) {
        self.update(entries);
        self.ended = true;
    }
}

/// Removes edits that a later edit discarded, and moves that a later change supersedes.
fn compacted(entries: Vec<JournalEntry>) -> Vec<JournalEntry> {
    /// Source and labels of a series.
    type Name = (String, Vec<String>);
    let mut series: BTreeMap<Name, Vec<(usize, JournalEntry)>> = BTreeMap::new();
    for (order, entry) in entries.into_iter().enumerate() {
        let kept = series.entry((entry.source.clone(), entry.series.clone())).or_default();
        kept.pop_if(|(_, last)| matches!(last.change, Change::Position(_)));
        if let Change::Edit { position, .. } = entry.change {
            kept.truncate(position.saturating_sub(1));
        }
        kept.push((order, entry));
    }
    let mut kept: Vec<_> = series.into_values().flatten().collect();
    kept.sort_by_key(|(order, _)| *order);
    kept.into_iter().map(|(_, entry)| entry).collect()
}

/// Reduces compacted entries to the latest state of each edited entry, without its history.
fn latest(entries: &[JournalEntry]) -> Vec<JournalEntry> {
    let mut series: BTreeMap<(&str, &[String]), Vec<&JournalEntry>> = BTreeMap::new();
    for entry in entries {
        let edits = series.entry((&entry.source, &entry.series)).or_default();
        match entry.change {
            Change::Edit { .. } => edits.push(entry),
            Change::Position(position) => edits.truncate(position),
        }
    }
    series.into_values().flat_map(|edits| states(&edits)).collect()
}

fn states(edits: &[&JournalEntry]) -> Vec<JournalEntry> {
    let mut states: BTreeMap<usize, &JournalEntry> = BTreeMap::new();
    for entry in edits {
        if let Change::Edit { index, .. } = entry.change {
            states.insert(index, entry);
        }
    }
    let mut states: Vec<JournalEntry> = states.into_values().cloned().collect();
    for (at, entry) in (1..).zip(&mut states) {
        if let Change::Edit { position, .. } = &mut entry.change {
            *position = at;
        }
    }
    states
}

/// Path under which a damaged journal is kept once its intact edits were restored or discarded.
fn kept_path(path: &Path) -> PathBuf {
    path.with_extension("damaged")
}

fn damage_notice(path: &Path, journal: &Journal) -> String {
    let problems: Vec<String> = journal.problems.iter().take(3).map(ToString::to_string).collect();
    let more = journal.problems.len() - problems.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let kept = kept_path(path);
    let kept = kept.file_name().unwrap_or_default().to_string_lossy();
    format!(
        "some unsaved edits in {} are damaged ({}{more}); the intact ones can be restored, and the file is kept as {kept}",
        path.display(),
        problems.join(", ")
    )
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
