//! Opening of inputs and folders, and the search for new files in folders that are open.

use super::Workspace;
use super::recovery::{self, PipeFingerprint};
use crate::app::{Effect, Message};
use crate::catalog::SourceInfo;
use crate::document::journal::Version;
use crate::engine::Budget;
use crate::error::Error;
use crate::runtime::panics;
use crate::source::{self, Attempt, Finder, Found, Input, Place, Places, SearchedFolder, Source, Task, in_order};
use crate::text::plural;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Time between two batches of sources. The list of the model is updated for each.
const INTERVAL: Duration = Duration::from_millis(60);
/// Maximum time between two batches.
const MAX_DELAY: Duration = Duration::from_millis(400);
/// A batch ends early if it is a larger share of the open sources than one in this number.
const SHARE: usize = 4;

/// Folders that were searched, and the inputs in them.
#[derive(Debug, Default)]
pub(super) struct Searched {
    folders: Vec<PathBuf>,
    /// Directories below them in which new sources may appear.
    directories: Vec<PathBuf>,
    /// Inputs that were opened, and the states of those that were not.
    tried: HashMap<PathBuf, Option<FileState>>,
}

/// State of a file, or of the files in a folder, that could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct FileState {
    bytes: u64,
    modified: Option<SystemTime>,
}

impl FileState {
    fn of(path: &Path) -> Self {
        let in_folder = fs::read_dir(path).into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok());
        path.metadata().into_iter().chain(in_folder).fold(Self::default(), |state, file| Self {
            bytes: state.bytes + file.len(),
            modified: state.modified.max(file.modified().ok()),
        })
    }
}

/// Input that was opened by a worker.
struct Opened {
    input: Input,
    source: Result<Arc<dyn Source>, Error>,
    version: Option<Version>,
    /// True if a folder contains it.
    in_folder: bool,
}

impl Opened {
    /// Returns true for a file in a folder without data, which is left out.
    fn is_empty(&self) -> bool {
        let is_empty = |source: &Arc<dyn Source>| {
            let info = source.info();
            info.series.is_empty() && info.problems.is_empty() && !info.growing
        };
        self.in_folder && self.source.as_ref().is_ok_and(is_empty)
    }
}

enum Event {
    Opened(Box<Opened>),
    Searched(SearchedFolder),
}

/// Sources that were opened, until the model is notified.
struct Batch<'s> {
    results: Vec<Result<Arc<SourceInfo>, Error>>,
    /// Number of results that the model does not know to expect.
    unexpected: usize,
    /// Number of sources that were opened before.
    before: usize,
    last: Option<Instant>,
    send: &'s mut dyn FnMut(Message) -> ControlFlow<()>,
}

impl Batch<'_> {
    fn push(&mut self, result: Result<Arc<SourceInfo>, Error>, in_folder: bool) -> ControlFlow<()> {
        self.results.push(result);
        self.unexpected += usize::from(in_folder);
        self.send_if_due()
    }

    fn send_if_due(&mut self) -> ControlFlow<()> {
        let elapsed = self.last.map_or(INTERVAL, |last| last.elapsed());
        let is_share = self.results.len() * SHARE >= self.before || elapsed >= MAX_DELAY;
        // The first source is shown at once.
        if self.before == 0 || (elapsed >= INTERVAL && is_share) { self.send() } else { ControlFlow::Continue(()) }
    }

    fn send(&mut self) -> ControlFlow<()> {
        if self.results.is_empty() {
            return ControlFlow::Continue(());
        }
        self.last = Some(Instant::now());
        self.before += self.results.len();
        let (results, found) = (std::mem::take(&mut self.results), std::mem::take(&mut self.unexpected));
        if found > 0 {
            (self.send)(Message::Found(found))?;
        }
        (self.send)(Message::Opened(results))
    }
}

impl Workspace {
    /// Opens an input. Sources that open are numbered in order.
    pub fn open(&self, input: &Input, task: &Task) -> Message {
        let opened = self.read(input.clone(), false, task);
        Message::Opened(vec![self.add(opened)])
    }

    /// Opens everything in places on all cores, and sends messages about it. If nothing can be opened and `or_demo` is set,
    /// opens the demo. Ends when `send` breaks.
    pub fn open_all(
        &self,
        places: Vec<Place>,
        or_demo: bool,
        task: &Task,
        send: &mut dyn FnMut(Message) -> ControlFlow<()>,
    ) {
        let folders = places.iter().filter_map(|place| if let Place::Folder(path) = place { Some(path) } else { None });
        self.searched().folders.extend(folders.cloned());
        let flow = self.open_found(Places::new(places), or_demo, task, send);
        if flow.is_continue() && or_demo && self.sources().is_empty() {
            let demo = [Message::Found(1), self.open(&Input::Demo, task), Message::NothingFound];
            let _ = demo.into_iter().try_for_each(send);
        }
    }

    /// Searches the open folders again, and opens what is new in them. Files that cannot be opened are tried again when they
    /// have changed, and are not reported, since they may be incomplete.
    pub fn search_again(&self, task: &Task, send: &mut dyn FnMut(Message) -> ControlFlow<()>) {
        let folders = self.searched().folders.clone();
        let (mut new, mut directories) = (Vec::new(), Vec::new());
        for folder in folders {
            let mut finder = Finder::new(&folder);
            new.extend(finder.by_ref().filter(|input| self.is_new(input)).map(Place::Input));
            directories.extend(finder.into_searched());
        }
        self.searched().directories = directories;
        if new.is_empty() {
            return;
        }
        let mut only_opened = |message| match message {
            Message::Opened(results) => {
                let results: Vec<_> = results.into_iter().flatten().map(Ok).collect();
                if results.is_empty() {
                    return ControlFlow::Continue(());
                }
                send(Message::Found(results.len()))?;
                send(Message::Opened(results))
            }
            message => send(message),
        };
        let _ = self.open_found(Places::new(new), true, task, &mut only_opened);
    }

    /// Reloads the sources whose files have changed, and opens what is new in the open folders.
    pub fn reload(&self, task: &Task, send: &mut dyn FnMut(Message) -> ControlFlow<()>) {
        let sources = self.sources().len();
        let (mut reloaded, mut failed): (u64, Vec<Error>) = (0, Vec::new());
        for source in 0..sources {
            if self.is_current(source) {
                continue;
            }
            let Some(message) = self.perform(Effect::Reopen { source }, task) else { continue };
            match &message {
                Message::Reopened { result: Err(error), .. } => failed.push(error.clone()),
                _ => reloaded += 1,
            }
            if send(message).is_break() {
                return;
            }
        }
        self.search_again(task, send);
        let new = self.sources().len().saturating_sub(sources) as u64;
        let notice = match (reloaded, new) {
            (0, 0) => "nothing has changed".to_owned(),
            (reloaded, 0) => format!("reloaded {}", plural(reloaded, "source")),
            (reloaded, new) => format!("reloaded {}, opened {new} new", plural(reloaded, "source")),
        };
        // The message about one is shown already.
        let _ = send(match failed.as_slice() {
            [first, _, ..] => {
                Message::Notice(format!("{} cannot be reloaded; first: {first}", plural(failed.len() as u64, "source")))
            }
            _ => Message::Reloaded(notice),
        });
    }

    /// Returns true if the files of a source are certainly as they were read.
    fn is_current(&self, index: usize) -> bool {
        let Some((input, source)) = self.sources().get(index).cloned() else { return true };
        match recovery::version(&input) {
            _ if source.is_current() => true,
            // Pipes and the demo cannot be read again.
            None => !matches!(input, Input::Path(_)),
            now => now == self.versions().get(&index).copied(),
        }
    }

    /// Returns true if something may be logged to a source or appear in a folder.
    pub(in crate::runtime) fn can_grow(&self) -> bool {
        !self.searched().folders.is_empty() || self.sources().iter().any(|(_, source)| source.info().growing)
    }

    /// Directories in which new sources may appear.
    pub(in crate::runtime) fn searched_directories(&self) -> Vec<PathBuf> {
        self.searched().directories.clone()
    }

    fn open_found(
        &self,
        places: Places,
        may_be_empty: bool,
        task: &Task,
        send: &mut dyn FnMut(Message) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let before = self.sources().len();
        let mut batch = Batch { results: Vec::new(), unexpected: 0, before, last: None, send };
        let is_single = places.size_hint().1 == Some(1);
        let read = |input: &Input, in_folder, memory: &Budget| {
            // A pipe cannot be read twice, so it always has the whole limit.
            let is_pipe = *input == Input::Stdin;
            let memory = if is_pipe { Budget::default() } else { memory.clone() };
            let own = Task { cancel: task.cancel.clone(), memory, ..Task::default() };
            // Only a single file reports its progress.
            let opened = self.read(input.clone(), in_folder, if is_single { task } else { &own });
            let attempt = match &opened.source {
                _ if is_pipe => Attempt::Final,
                Ok(_) => Attempt::Done,
                Err(_) => Attempt::Failed,
            };
            (Event::Opened(Box::new(opened)), attempt)
        };
        let work = |found: &Found, memory: &Budget| match found {
            Found::Named(input) => read(input, false, memory),
            Found::InFolder(input) => read(input, true, memory),
            Found::Searched(folder) => (Event::Searched(folder.clone()), Attempt::Final),
        };
        let mut flow = ControlFlow::Continue(());
        let mut empty = Vec::new();
        in_order(places, Some(INTERVAL), work, |event| {
            flow = match event {
                None => batch.send_if_due(),
                Some(Event::Opened(opened)) if opened.is_empty() => {
                    self.remember(&opened.input, false);
                    empty.push(opened.input.name());
                    ControlFlow::Continue(())
                }
                Some(Event::Opened(opened)) => {
                    let in_folder = opened.in_folder;
                    batch.push(self.add(*opened), in_folder)
                }
                Some(Event::Searched(folder)) => {
                    let mut searched = self.searched();
                    searched.directories.extend_from_slice(&folder.directories);
                    if !searched.folders.contains(&folder.path) {
                        searched.folders.push(folder.path.clone());
                    }
                    drop(searched);
                    report_search(folder, &std::mem::take(&mut empty), may_be_empty, &mut batch)
                }
            };
            flow
        });
        flow?;
        batch.send()
    }

    /// Reads an input. A panic is an error.
    fn read(&self, input: Input, in_folder: bool, task: &Task) -> Opened {
        let version = recovery::version(&input);
        let fingerprint = PipeFingerprint::default();
        let open = || match (&input, self.notify.clone()) {
            (Input::Stdin, Some(notify)) => {
                source::open_pipe("-", fingerprint.reader(io::stdin()), Box::new(move || notify()), task)
            }
            (Input::Stdin, None) => source::open_reader("-", fingerprint.reader(io::stdin()), task),
            (input, _) => task.cancel.check().and_then(|()| source::open(input, task)),
        };
        let source = catch_unwind(AssertUnwindSafe(open));
        let source = source.unwrap_or_else(|panic| Err(Error::Value(panics::describe(&*panic))));
        let version = version.or_else(|| (input == Input::Stdin).then(|| fingerprint.version()));
        Opened { input, source, version, in_folder }
    }

    /// Adds an opened source.
    fn add(&self, opened: Opened) -> Result<Arc<SourceInfo>, Error> {
        let Opened { input, source, version, .. } = opened;
        self.remember(&input, source.is_ok());
        let source = source?;
        let info = Arc::clone(source.info());
        let mut sources = self.sources();
        self.remember_version(sources.len(), version);
        sources.push((input, source));
        Ok(info)
    }

    /// Returns true if an input in a folder is not open, and did not fail to open in its present state.
    fn is_new(&self, input: &Input) -> bool {
        let Input::Path(path) = input else { return false };
        match self.searched().tried.get(path) {
            Some(Some(state)) => *state != FileState::of(path),
            Some(None) => false,
            None => true,
        }
    }

    /// Remembers that an input was opened, or in which state it was not.
    fn remember(&self, input: &Input, is_open: bool) {
        if let Input::Path(path) = input {
            let state = (!is_open).then(|| FileState::of(path));
            self.searched().tried.insert(path.clone(), state);
        }
    }

    fn searched(&self) -> MutexGuard<'_, Searched> {
        self.searched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends what the search in a folder has left out. A folder that the user named must not be empty.
fn report_search(
    folder: SearchedFolder,
    empty: &[String],
    may_be_empty: bool,
    batch: &mut Batch<'_>,
) -> ControlFlow<()> {
    let SearchedFolder { path, inputs, mut notices, .. } = folder;
    if let Some((first, more)) = empty.split_first() {
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        notices.push(format!("left out {first}{more} (no histograms or numbers)"));
    }
    if inputs == empty.len() && !may_be_empty {
        let details = if notices.is_empty() { String::new() } else { format!(": {}", notices.join("; ")) };
        let why = format!("the directory contains nothing to open{details}");
        batch.push(Err(Error::read(path.display().to_string(), why)), true)?;
        notices.clear();
    }
    batch.send()?;
    (batch.send)(Message::FolderSearched(notices))
}
