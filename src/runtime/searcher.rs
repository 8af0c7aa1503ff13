//! The thread that searches sources for what needs attention, one after another.

use super::event::Outbox;
use super::worker::lock;
use super::{Workspace, panics};
use crate::app::{Effect, Message};
use crate::source::Task;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// Request for a search, with the task that it runs as.
type Job = (Effect, Task);

/// The thread, which is started with the first search.
pub(super) struct Searcher {
    jobs: Sender<Job>,
    /// The queue, until the thread is started.
    idle: Mutex<Option<Receiver<Job>>>,
    workspace: Arc<Workspace>,
    outbox: Outbox,
    /// Stops all searches that were submitted since the last stop.
    task: Mutex<Task>,
}

impl Searcher {
    pub(super) fn new(workspace: &Arc<Workspace>, outbox: &Outbox) -> Self {
        let (jobs, queue) = channel();
        Self {
            jobs,
            idle: Mutex::new(Some(queue)),
            workspace: Arc::clone(workspace),
            outbox: outbox.clone(),
            task: Mutex::default(),
        }
    }

    pub(super) fn submit(&self, effect: Effect) {
        let cancel = lock(&self.task).cancel.clone();
        // The thread only ends together with the main loop.
        let _ = self.jobs.send((effect, Task { cancel, ..Task::default() }));
        if let Some(queue) = lock(&self.idle).take() {
            let (workspace, outbox) = (Arc::clone(&self.workspace), self.outbox.clone());
            std::thread::spawn(move || run(&workspace, &queue, &outbox));
        }
    }

    /// Stops the running search and those that wait.
    pub(super) fn stop(&self) {
        std::mem::take(&mut *lock(&self.task)).cancel.cancel();
    }
}

fn run(workspace: &Workspace, queue: &Receiver<Job>, outbox: &Outbox) {
    panics::mark_background_thread();
    for (effect, task) in queue {
        let Effect::Search { source, restart, limits } = effect else { continue };
        let mut send = |message| outbox.send(message);
        let search = AssertUnwindSafe(|| workspace.search(source, restart, limits, &task, &mut send));
        let message = catch_unwind(search).unwrap_or_else(|panic| Message::Notice(panics::describe(&*panic)));
        if outbox.send(message) != ControlFlow::Continue(()) {
            return;
        }
    }
}
