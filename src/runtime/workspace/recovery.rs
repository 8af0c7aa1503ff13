//! Which unsaved changes belong to which source, in this session and in those before.

use super::Workspace;
use crate::app::{RecoverableSession, Unsaved};
use crate::document::journal::{JournalEntry, Version};
use crate::runtime::journals::{Found, Journals, told_of};
use crate::source::Input;
use crc32fast::Hasher;
use std::collections::{BTreeSet, HashMap};
use std::fs::{File, Metadata};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

/// How much of each end of a file is looked at.
const END: u64 = 4096;

impl Workspace {
    /// Keeps what is unsaved, and forgets what was left before of sources that are settled.
    pub(super) fn keep(&self, unsaved: &[Unsaved], settled: &BTreeSet<usize>) -> Option<String> {
        let entries = self.entries(unsaved);
        let names: Vec<String> = settled.iter().filter_map(|source| self.name(*source)).collect();
        let mut journals = self.journals();
        let journals = journals.as_mut()?;
        let told = journals.keep(&entries);
        for name in names {
            journals.settle(&name);
        }
        told
    }

    /// Keeps what is unsaved for the last time: what is still asked for after that is void.
    pub fn end(&self, unsaved: &[Unsaved]) {
        let entries = self.entries(unsaved);
        if let Some(journals) = self.journals().as_mut() {
            journals.end(&entries);
        }
    }

    /// What a session that broke off has left of a source, and whether the source is what it was.
    pub(super) fn recover(&self, index: usize) -> Option<RecoverableSession> {
        let (name, version) = (self.name(index)?, self.versions().get(&index).copied());
        let grows = self.source(index).ok()?.watched().is_some();
        let input = self.sources().get(index).map(|(input, _)| input.clone())?;
        let Found { entries, files, other, problems } = self.journals().as_mut()?.find(&name);
        let is_same = |entry: &JournalEntry| match (entry.version, version) {
            (Some(then), Some(now)) if grows && then.len < now.len => match &input {
                Input::Path(path) => ends(path, then.len) == Some(then.ends),
                Input::Stdin | Input::Demo | Input::Pool(_) => false,
            },
            // The ends are all there is of it: it may have been copied or touched.
            (Some(then), Some(now)) if then.len == now.len && then.len <= 2 * END => then.ends == now.ends,
            (then, now) => then == now,
        };
        let changed = !entries.iter().all(is_same);
        let told = other.map(|other| told_of(&other, &name)).into_iter().chain(problems).collect();
        let recoverable = RecoverableSession { entries, changed, files, told };
        (recoverable != RecoverableSession::default()).then_some(recoverable)
    }

    fn entries(&self, unsaved: &[Unsaved]) -> Vec<JournalEntry> {
        let versions = self.versions().clone();
        let entry = |unsaved: &Unsaved| {
            let Unsaved { entry, series, kind, number, state } = unsaved.clone();
            let (source, version) = (self.name(entry.source)?, versions.get(&entry.source).copied());
            Some(JournalEntry { source, version, series, kind, step: entry.step, number, state })
        };
        unsaved.iter().filter_map(entry).collect()
    }

    /// What tells a source from all others, in later sessions too.
    fn name(&self, index: usize) -> Option<String> {
        let sources = self.sources();
        let (input, source) = sources.get(index)?;
        Some(match input {
            Input::Path(path) => path.canonicalize().unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned(),
            // What comes through a pipe may be anything, and is known by its content alone.
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

    fn versions(&self) -> MutexGuard<'_, HashMap<usize, Version>> {
        self.versions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what the file of a source is like as it is read.
    pub(super) fn remember(&self, source: usize, version: Option<Version>) {
        let mut versions = self.versions();
        match version {
            Some(version) => versions.insert(source, version),
            None => versions.remove(&source),
        };
    }
}

/// What has come through a pipe.
#[derive(Clone, Default)]
pub(super) struct Inflow(Arc<Mutex<(u64, Hasher)>>);

/// A pipe of which it is noted what comes through it.
pub(super) struct Noted<R> {
    reader: R,
    inflow: Inflow,
}

impl Inflow {
    pub(super) fn of<R: Read>(&self, reader: R) -> Noted<R> {
        Noted { reader, inflow: self.clone() }
    }

    /// So far.
    pub(super) fn version(&self) -> Version {
        let now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Version { len: now.0, modified: 0, ends: now.1.clone().finalize() }
    }
}

impl<R: Read> Read for Noted<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let got = self.reader.read(room)?;
        let mut now = self.inflow.0.lock().unwrap_or_else(PoisonError::into_inner);
        now.0 += got as u64;
        now.1.update(room.get(..got).unwrap_or_default());
        Ok(got)
    }
}

/// What an input's file is like, if it has one.
pub(super) fn version(input: &Input) -> Option<Version> {
    match input {
        Input::Path(path) => version_of(path),
        Input::Stdin | Input::Demo | Input::Pool(_) => None,
    }
}

pub(super) fn version_of(path: &Path) -> Option<Version> {
    let file = path.metadata().ok().filter(Metadata::is_file)?;
    let since = file.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (len, modified) = (file.len(), i128::try_from(since.as_nanos()).unwrap_or(0));
    Some(Version { len, modified, ends: ends(path, len)? })
}

/// A checksum of the first and the last bytes of so many.
fn ends(path: &Path, len: u64) -> Option<u32> {
    let mut file = File::open(path).ok()?;
    let mut bytes = Vec::new();
    (&file).take(END.min(len)).read_to_end(&mut bytes).ok()?;
    file.seek(SeekFrom::Start(len.saturating_sub(END))).ok()?;
    file.take(END.min(len)).read_to_end(&mut bytes).ok()?;
    Some(crc32fast::hash(&bytes))
}
