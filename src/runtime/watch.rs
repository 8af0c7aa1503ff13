//! Detection of growing logs, through file system events and by polling. Network file systems send no events.

use super::event::{Event, Outbox, WatchEvent};
use super::{Workspace, panics};
use crate::app::Message;
use crate::source::Task;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// Time to collect further writes before a log is read.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// Time between polls.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Minimum pause after a read, as a multiple of the read's duration.
const PAUSE_FACTOR: u32 = 4;

/// Starts the watcher thread. It sleeps while no open source can grow.
pub(super) fn start(workspace: &Arc<Workspace>, outbox: &Outbox, events: Receiver<WatchEvent>) {
    let (workspace, outbox) = (Arc::clone(workspace), outbox.clone());
    thread::spawn(move || {
        panics::mark_background_thread();
        let mut watched = WatchedDirectories::new(&outbox.watcher);
        let mut opened = 0;
        loop {
            let logs = workspace.watched();
            let first = match watched.update(&logs) {
                // A log may have grown before its directory was watched.
                true => Err(RecvTimeoutError::Timeout),
                false if logs.is_empty() => events.recv().map_err(RecvTimeoutError::from),
                false => events.recv_timeout(POLL_INTERVAL),
            };
            match first {
                Ok(event) => opened += usize::from(event == WatchEvent::Opened),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if !logs.is_empty() || first == Ok(WatchEvent::Changed) {
                thread::sleep(DEBOUNCE);
            }
            opened += events.try_iter().filter(|event| *event == WatchEvent::Opened).count();
            let start = Instant::now();
            let grown = catch_unwind(AssertUnwindSafe(|| workspace.refresh(opened, &Task::default())));
            let messages = grown.unwrap_or_else(|panic| vec![Message::Notice(panics::describe(&*panic))]);
            for message in messages {
                if outbox.main_loop.send(Event::message(message)).is_err() {
                    return;
                }
            }
            thread::sleep(start.elapsed() * PAUSE_FACTOR);
        }
    });
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

    /// Watches exactly the directories of these logs. Returns true if some were not watched before.
    ///
    /// Directories that the system cannot watch are still polled.
    fn update(&mut self, logs: &[PathBuf]) -> bool {
        let paths: BTreeSet<_> = logs.iter().map(|log| directory(log).to_owned()).collect();
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
fn directory(log: &Path) -> &Path {
    match log.parent() {
        _ if log.is_dir() => log,
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
