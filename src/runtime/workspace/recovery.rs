//! Journaling of unsaved edits, and their recovery in a later session.

use super::Workspace;
use crate::app::{JournalUpdate, RecoverableSession, Unsaved};
use crate::document::journal::{JournalEntry, Version};
use crate::document::save::open_regular;
use crate::runtime::journals::{JournalMatches, Journals, conflict_notice};
use crate::source::Input;
use crc32fast::Hasher;
use std::collections::HashMap;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

/// Number of bytes at each end of a file that its checksum covers.
const END_SIZE: u64 = 4096;

impl Workspace {
    /// Journals unsaved changes, and removes recovered changes of settled sources. Returns a notice, if there is one.
    pub(super) fn write_journal(&self, update: &JournalUpdate) -> Option<String> {
        let entries = self.journal_entries(&update.changes);
        let names: Vec<String> = update.settled.iter().filter_map(|source| self.name(*source)).collect();
        let mut journals = self.journals();
        let journals = journals.as_mut()?;
        let notice = if update.replace { journals.update(entries) } else { journals.append(entries) };
        for name in names {
            journals.discard(&name);
        }
        notice
    }

    /// Journals the unsaved edits for the last time. Later journal effects have no effect.
    pub fn end(&self, unsaved: &[Unsaved]) {
        let entries = self.journal_entries(unsaved);
        if let Some(journals) = self.journals().as_mut() {
            journals.end(entries);
        }
    }

    /// Finds edits of a source that an interrupted session left, and checks whether the source has changed since.
    pub(super) fn recover(&self, index: usize) -> Option<RecoverableSession> {
        let (name, version) = (self.name(index)?, self.versions().get(&index).copied());
        let can_grow = self.source(index).ok()?.watched().is_some();
        let input = self.sources().get(index).map(|(input, _)| input.clone())?;
        let JournalMatches { entries, files, other, problems, damaged } = self.journals().as_mut()?.find(&name);
        let is_same = |entry: &JournalEntry| match (entry.version, version) {
            (Some(then), Some(now)) if can_grow && then.len < now.len => match &input {
                Input::Path(path) => checksum(path, then.len) == Some(then.ends),
                Input::Stdin | Input::Demo | Input::Pool(_) => false,
            },
            // The checksum covers small files completely, so a new modification time alone does not matter.
            (Some(then), Some(now)) if then.len == now.len && then.len <= 2 * END_SIZE => then.ends == now.ends,
            (then, now) => then == now,
        };
        let changed = !entries.iter().all(is_same);
        let notices = other.map(|other| conflict_notice(&other, &name)).into_iter().chain(problems).collect();
        let recoverable = RecoverableSession { entries, changed, damaged, files, notices };
        (recoverable != RecoverableSession::default()).then_some(recoverable)
    }

    fn journal_entries(&self, unsaved: &[Unsaved]) -> Vec<JournalEntry> {
        let versions = self.versions().clone();
        let mut names: HashMap<usize, Option<String>> = HashMap::new();
        let journal_entry = |unsaved: &Unsaved| {
            let Unsaved { series_id, series, kind, number, change } = unsaved.clone();
            let source = names.entry(series_id.source).or_insert_with(|| self.name(series_id.source)).clone()?;
            let version = versions.get(&series_id.source).copied();
            Some(JournalEntry { source, version, series, kind, step: number, change })
        };
        unsaved.iter().filter_map(journal_entry).collect()
    }

    /// Name that identifies a source, also in later sessions.
    fn name(&self, index: usize) -> Option<String> {
        // A clone, because a disk that does not respond must not keep the lock.
        let (input, source) = self.sources().get(index).cloned()?;
        Some(match &input {
            Input::Path(path) => path.canonicalize().unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned(),
            // Piped input is identified by its content.
            Input::Stdin => self
                .versions()
                .get(&index)
                .map_or_else(|| "- ".into(), |version| format!("- {} {:08x}", version.len, version.ends)),
            Input::Demo | Input::Pool(_) => source.info().name.clone(),
        })
    }

    fn journals(&self) -> MutexGuard<'_, Option<Journals>> {
        self.journals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn versions(&self) -> MutexGuard<'_, HashMap<usize, Version>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the version of a source's file as it is read.
    pub(super) fn remember_version(&self, source: usize, version: Option<Version>) {
        let mut versions = self.versions();
        match version {
            Some(version) => versions.insert(source, version),
            None => versions.remove(&source),
        };
    }
}

/// Length and checksum of the bytes that were read from a pipe.
#[derive(Clone, Default)]
pub(super) struct PipeFingerprint(Arc<Mutex<(u64, Hasher)>>);

/// A reader that updates a [`PipeFingerprint`].
pub(super) struct FingerprintReader<R> {
    reader: R,
    fingerprint: PipeFingerprint,
}

impl PipeFingerprint {
    /// Wraps a reader so that the bytes it returns are added to this fingerprint.
    pub(super) fn reader<R: Read>(&self, reader: R) -> FingerprintReader<R> {
        FingerprintReader { reader, fingerprint: self.clone() }
    }

    /// Version of the bytes that were read so far.
    pub(super) fn version(&self) -> Version {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Version { len: state.0, modified: 0, ends: state.1.clone().finalize() }
    }
}

impl<R: Read> Read for FingerprintReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buf)?;
        let mut state = self.fingerprint.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.0 += read as u64;
        state.1.update(buf.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Version of an input's file; `None` if the input is not a file.
pub(super) fn version(input: &Input) -> Option<Version> {
    match input {
        Input::Path(path) => version_of(path),
        Input::Stdin | Input::Demo | Input::Pool(_) => None,
    }
}

/// Version of a file; `None` if it cannot be read.
pub(super) fn version_of(path: &Path) -> Option<Version> {
    let file = path.metadata().ok().filter(Metadata::is_file)?;
    let since = file.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (len, modified) = (file.len(), i128::try_from(since.as_nanos()).unwrap_or(0));
    Some(Version { len, modified, ends: checksum(path, len)? })
}

/// Checksum of both ends of the first `len` bytes of a file.
fn checksum(path: &Path, len: u64) -> Option<u32> {
    let mut file = open_regular(path, OpenOptions::new().read(true)).ok()?;
    let mut bytes = Vec::new();
    (&file).take(END_SIZE.min(len)).read_to_end(&mut bytes).ok()?;
    file.seek(SeekFrom::Start(len.saturating_sub(END_SIZE))).ok()?;
    file.take(END_SIZE.min(len)).read_to_end(&mut bytes).ok()?;
    Some(crc32fast::hash(&bytes))
}
