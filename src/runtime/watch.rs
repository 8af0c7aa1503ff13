//! Detection of growing logs and of new files, through file system events and by polling. Network file systems send no
//! events.

use super::event::{Outbox, WatchEvent};
use super::worker::lock;
use super::{Workspace, panics};
use crate::app::Message;
use crate::source::Task;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Time to collect further writes before a log is read.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// Time between polls.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Minimum pause after a read, as a multiple of the read's duration.
const PAUSE_FACTOR: u32 = 4;
/// Minimum pause after a search without events, as a multiple of its duration.
const SEARCH_PAUSE_FACTOR: u32 = 50;
/// Maximum number of directories with events. A system allows a user some thousands; the others are polled.
const MAX_WATCHED: usize = 2048;

/// The watcher thread, which is started once something can grow.
pub(super) struct Watch {
    workspace: Arc<Workspace>,
    outbox: Outbox,
    /// The queue, until the thread is started.
    idle: Mutex<Option<Receiver<WatchEvent>>>,
}

impl Watch {
    pub(super) fn new(workspace: &Arc<Workspace>, outbox: &Outbox, events: Receiver<WatchEvent>) -> Self {
        Self { workspace: Arc::clone(workspace), outbox: outbox.clone(), idle: Mutex::new(Some(events)) }
    }

    /// Starts the thread if it does not run and something can grow.
    pub(super) fn start(&self) {
        if !self.workspace.can_grow() {
            return;
        }
        if let Some(events) = lock(&self.idle).take() {
            let (workspace, outbox) = (Arc::clone(&self.workspace), self.outbox.clone());
            thread::spawn(move || run(&workspace, &outbox, &events));
        }
    }
}

fn run(workspace: &Workspace, outbox: &Outbox, events: &Receiver<WatchEvent>) {
    panics::mark_background_thread();
    let mut watched = WatchedDirectories::new(&outbox.watcher);
    let mut opened = 0;
    let mut next_search = Instant::now();
    loop {
        // Directories for new files come first, since each of the logs is polled anyway.
        let directories: Vec<PathBuf> = workspace
            .searched_directories()
            .into_iter()
            .chain(workspace.watched().iter().map(|log| directory(log)))
            .collect();
        let first = match watched.update(&directories) {
            // A log may have grown before its directory was watched.
            true => Err(RecvTimeoutError::Timeout),
            false if directories.is_empty() => events.recv().map_err(RecvTimeoutError::from),
            false => events.recv_timeout(POLL_INTERVAL),
        };
        match first {
            Ok(WatchEvent::Opened(sources)) => opened += sources,
            Ok(WatchEvent::Changed) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if !directories.is_empty() || first == Ok(WatchEvent::Changed) {
            thread::sleep(DEBOUNCE);
        }
        let mut has_changed = first == Ok(WatchEvent::Changed);
        for event in events.try_iter() {
            match event {
                WatchEvent::Opened(sources) => opened += sources,
                WatchEvent::Changed => has_changed = true,
            }
        }
        let start = Instant::now();
        let refresh = AssertUnwindSafe(|| workspace.refresh(opened, &Task::default()));
        let messages = catch_unwind(refresh).unwrap_or_else(|panic| vec![Message::Notice(panics::describe(&*panic))]);
        if messages.into_iter().try_for_each(|message| outbox.send(message)).is_break() {
            return;
        }
        thread::sleep(start.elapsed() * PAUSE_FACTOR);
        // An event may be a new file. Without events, a search is due from time to time.
        if has_changed || Instant::now() >= next_search {
            let start = Instant::now();
            if search(workspace, outbox).is_break() {
                return;
            }
            let took = start.elapsed();
            thread::sleep(took * PAUSE_FACTOR);
            next_search = Instant::now() + POLL_INTERVAL.max(took * SEARCH_PAUSE_FACTOR);
        }
    }
}

/// Opens what is new in the open folders.
fn search(workspace: &Workspace, outbox: &Outbox) -> ControlFlow<()> {
    let mut flow = ControlFlow::Continue(());
    let mut send = |message| {
        flow = outbox.send(message);
        flow
    };
    let search = AssertUnwindSafe(|| workspace.search_again(&Task::default(), &mut send));
    if let Err(panic) = catch_unwind(search) {
        return outbox.send(Message::Notice(panics::describe(&*panic)));
    }
    flow
}

/// Directories for which the system sends events.
struct WatchedDirectories {
    /// `None` if the system cannot send events.
    notifier: Option<RecommendedWatcher>,
    paths: BTreeSet<PathBuf>,
}

impl WatchedDirectories {
    fn new(watcher: &Sender<WatchEvent>) -> Self {
        let watcher = watcher.clone();
        let notifier = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading a log causes access events, which must not cause another read.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // The watcher thread may have ended.
                let _ = watcher.send(WatchEvent::Changed);
            }
        });
        Self { notifier: notifier.ok(), paths: BTreeSet::new() }
    }

    /// Watches exactly the first of these directories. Returns true if some were not watched before.
    ///
    /// Directories that the system cannot watch are still polled.
    fn update(&mut self, directories: &[PathBuf]) -> bool {
        let mut paths = BTreeSet::new();
        for path in directories {
            if paths.len() == MAX_WATCHED {
                break;
            }
            paths.insert(path.clone());
        }
        if let Some(notifier) = &mut self.notifier {
            for old in self.paths.difference(&paths) {
                let _ = notifier.unwatch(old);
            }
            for new in paths.difference(&self.paths) {
                let _ = notifier.watch(new, RecursiveMode::NonRecursive);
            }
        }
        let before = std::mem::replace(&mut self.paths, paths);
        !self.paths.is_subset(&before)
    }
}

/// The directory to watch for a log: the log itself, or its parent, because a file may be replaced by renaming.
fn directory(log: &Path) -> PathBuf {
    match log.parent() {
        _ if log.is_dir() => log.to_owned(),
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
