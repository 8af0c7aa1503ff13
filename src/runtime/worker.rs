//! A worker: one thread for one kind of job, started with its first job.

use super::event::Outbox;
use super::{Workspace, panics};
use crate::app::{Effect, Message, Ticket};
use crate::error::Error;
use crate::source::Task;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// A job in the queue of a worker.
pub(super) struct QueuedJob {
    pub(super) effect: Effect,
    pub(super) task: Task,
    /// Dropped when the job ends.
    pub(super) pending: Arc<()>,
}

/// The job that a worker runs, for cancellation and progress.
#[derive(Debug, Clone)]
pub(super) struct RunningJob {
    pub(super) ticket: Ticket,
    pub(super) task: Task,
    /// Start of the job, or of its search.
    pub(super) since: Instant,
    /// True once the progress counts search attempts instead of bytes.
    pub(super) searching: bool,
}

pub(super) type RunningSlot = Arc<Mutex<Option<RunningJob>>>;

/// The job that was submitted last.
struct LastJob {
    ticket: Option<Ticket>,
    task: Task,
}

pub(super) struct Worker {
    jobs: Sender<QueuedJob>,
    /// The queue, until the thread is started.
    idle: Mutex<Option<Receiver<QueuedJob>>>,
    workspace: Arc<Workspace>,
    outbox: Outbox,
    running: RunningSlot,
    /// Shared with all jobs that are queued or running.
    pending: Arc<()>,
    last: Mutex<Option<LastJob>>,
    /// A new job cancels the previous one.
    newest_only: bool,
}

impl RunningJob {
    pub(super) fn new(ticket: Ticket, task: &Task) -> Self {
        Self { ticket, task: task.clone(), since: Instant::now(), searching: false }
    }
}

impl Worker {
    /// Creates a worker without a thread.
    pub(super) fn new(workspace: &Arc<Workspace>, outbox: &Outbox, newest_only: bool) -> Self {
        let (jobs, queue) = channel();
        Self {
            jobs,
            idle: Mutex::new(Some(queue)),
            workspace: Arc::clone(workspace),
            outbox: outbox.clone(),
            running: RunningSlot::default(),
            pending: Arc::default(),
            last: Mutex::default(),
            newest_only,
        }
    }

    /// Submits a job. If only the newest job matters, cancels the previous one.
    pub(super) fn submit(&self, effect: Effect) {
        let task = Task::default();
        let new = LastJob { ticket: effect.ticket(), task: task.clone() };
        let previous = lock(&self.last).replace(new);
        if let (true, Some(previous)) = (self.newest_only, previous) {
            previous.task.cancel.cancel();
        }
        // A worker only ends together with the main loop.
        let _ = self.jobs.send(QueuedJob { effect, task, pending: Arc::clone(&self.pending) });
        if let Some(queue) = lock(&self.idle).take() {
            let (workspace, outbox, slot) =
                (Arc::clone(&self.workspace), self.outbox.clone(), Arc::clone(&self.running));
            thread::spawn(move || run(&workspace, &queue, &outbox, &slot));
        }
    }

    /// Cancels the job with this ticket, whether it runs or waits.
    pub(super) fn cancel(&self, ticket: Ticket) {
        if let Some(running) = self.running().filter(|running| running.ticket == ticket) {
            running.task.cancel.cancel();
        }
        if let Some(last) = lock(&self.last).as_ref().filter(|last| last.ticket == Some(ticket)) {
            last.task.cancel.cancel();
        }
    }

    /// Returns true if a job runs or waits.
    pub(super) fn is_busy(&self) -> bool {
        Arc::strong_count(&self.pending) > 1
    }

    pub(super) fn running(&self) -> Option<RunningJob> {
        running(&self.running)
    }
}

/// Returns the running job. The time left is computed from the rate, which changes when a search starts.
pub(super) fn running(slot: &RunningSlot) -> Option<RunningJob> {
    let mut running = lock(slot);
    let switched = running.as_mut().filter(|running| running.task.progress.searching() != running.searching);
    if let Some(running) = switched {
        (running.since, running.searching) = (Instant::now(), true);
    }
    running.clone()
}

/// Locks a value that is only replaced as a whole, so that a panic cannot leave it inconsistent.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs the jobs of one worker until the main loop ends. A panic becomes a message.
fn run(workspace: &Workspace, queue: &Receiver<QueuedJob>, outbox: &Outbox, slot: &RunningSlot) {
    panics::mark_background_thread();
    for job in queue {
        if perform(workspace, job, outbox, slot).is_none() {
            return;
        }
    }
}

/// Runs a job and sends its result. Returns `None` once the main loop has ended.
pub(super) fn perform(workspace: &Workspace, job: QueuedJob, outbox: &Outbox, slot: &RunningSlot) -> Option<()> {
    let QueuedJob { effect, task, pending: _pending } = job;
    let Some(message) = run_job(workspace, effect, &task, slot) else { return Some(()) };
    outbox.send(message).is_continue().then_some(())
}

fn run_job(workspace: &Workspace, effect: Effect, task: &Task, slot: &RunningSlot) -> Option<Message> {
    let ticket = effect.ticket();
    if task.cancel.is_cancelled() {
        return ticket.map(|ticket| Message::Failed { ticket, error: Error::Cancelled });
    }
    *lock(slot) = ticket.map(|ticket| RunningJob::new(ticket, task));
    let result = catch_unwind(AssertUnwindSafe(|| workspace.perform(effect, task)));
    *lock(slot) = None;
    result.unwrap_or_else(|panic| {
        let text = panics::describe(&*panic);
        Some(match ticket {
            Some(ticket) => Message::Failed { ticket, error: Error::Value(text) },
            None => Message::Notice(text),
        })
    })
}
