//! Notices that open logs have grown: where the system says so, and by looking now and then, since network file systems
//! say nothing.

use super::workers::Outbox;
use super::{Event, Workspace};
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

/// How long writes are gathered before they are read.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// How often it is looked whether a log has grown that nothing was heard of.
const LOOK: Duration = Duration::from_secs(5);
/// Reading takes at most one part in so many of the time.
const REST: u32 = 4;

/// A reason to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WatchEvent {
    /// One more source is open, and the model knows it.
    Opened,
    /// Something changed where a log is, or a source was read again.
    Changed,
}

/// Watches on a thread of its own. While no open source can grow, it sleeps.
pub(super) fn start(workspace: &Arc<Workspace>, outbox: &Outbox, stirs: Receiver<WatchEvent>) {
    let (workspace, outbox) = (Arc::clone(workspace), outbox.clone());
    thread::spawn(move || {
        super::workers::work_here();
        let mut folders = Folders::new(&outbox.stir);
        let mut opened = 0;
        loop {
            let logs = workspace.watched();
            let first = match folders.watch(&logs) {
                // What was written before the system tells about it is looked for at once.
                true => Err(RecvTimeoutError::Timeout),
                false if logs.is_empty() => stirs.recv().map_err(RecvTimeoutError::from),
                false => stirs.recv_timeout(LOOK),
            };
            match first {
                Ok(stir) => opened += usize::from(stir == WatchEvent::Opened),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if !logs.is_empty() || first == Ok(WatchEvent::Changed) {
                thread::sleep(DEBOUNCE);
            }
            opened += stirs.try_iter().filter(|stir| *stir == WatchEvent::Opened).count();
            let begun = Instant::now();
            let grown = catch_unwind(AssertUnwindSafe(|| workspace.refresh(opened, &Task::default())));
            let grown = grown.unwrap_or_else(|panic| vec![Message::Notice(super::workers::sentence(&*panic))]);
            for message in grown {
                if outbox.events.send(Event::Message(Box::new(message))).is_err() {
                    return;
                }
            }
            thread::sleep(begun.elapsed() * REST);
        }
    });
}

/// The folders that the system tells about.
struct Folders {
    /// `None` where the system cannot tell.
    notifier: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    fn new(stir: &Sender<WatchEvent>) -> Self {
        let stir = stir.clone();
        let notifier = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Opening a file is an event too: reading a log would be a reason to read it.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // The thread may be gone by now.
                let _ = stir.send(WatchEvent::Changed);
            }
        });
        Self { notifier: notifier.ok(), watched: BTreeSet::new() }
    }

    /// Watches where these files and folders are, and nothing else; says whether some of it was not watched before. What
    /// cannot be watched is looked at all the same.
    fn watch(&mut self, logs: &[PathBuf]) -> bool {
        let wanted: BTreeSet<_> = logs.iter().map(|log| folder(log).to_owned()).collect();
        if let Some(notifier) = &mut self.notifier {
            for gone in self.watched.difference(&wanted) {
                let _ = notifier.unwatch(gone);
            }
            for new in wanted.difference(&self.watched) {
                let _ = notifier.watch(new, RecursiveMode::NonRecursive);
            }
        }
        let before = std::mem::replace(&mut self.watched, wanted);
        !self.watched.is_subset(&before)
    }
}

/// A folder itself, or the one a file is in: a file that is replaced is another one under the same name.
fn folder(log: &Path) -> &Path {
    match log.parent() {
        _ if log.is_dir() => log,
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
