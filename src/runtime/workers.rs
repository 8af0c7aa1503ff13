//! Worker threads, one for each kind of job, so that a long count does not delay a save.
//!
//! Some workers need only the newest result. There, a new job cancels the previous one.

use super::event::{Event, Outbox, WatchEvent};
use super::lanes::{Lane, Lanes};
use super::{Workspace, panics, watch};
use crate::app::{Effect, JobProgress, JournalUpdate, Message, SaveTo, Ticket, Unsaved};
use crate::error::Error;
use crate::source::{Input, Task};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Pause after each journal write, since every key can be an edit. Edits during the pause are written together.
const JOURNAL_PAUSE: Duration = Duration::from_millis(50);
/// Maximum time to wait for the last journal write, whose disk may not respond.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// A job for a worker.
enum Job {
    Open(Input),
    Effect(Box<Effect>),
}

impl Job {
    /// Ticket of the result; `None` if the job has none.
    fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Effect(effect) => effect.ticket(),
            Self::Open(_) => None,
        }
    }
}

/// A job in the queue of a worker.
struct QueuedJob {
    job: Job,
    task: Task,
    /// Dropped when the job ends.
    pending: Arc<()>,
}

/// The job that a worker runs, for cancellation and progress.
#[derive(Debug, Clone)]
struct RunningJob {
    ticket: Ticket,
    task: Task,
    /// Start of the job, or of its search.
    since: Instant,
    /// True once the progress counts search attempts instead of bytes.
    searching: bool,
}

type RunningSlot = Arc<Mutex<Option<RunningJob>>>;

/// The job that was submitted last.
struct LastJob {
    ticket: Option<Ticket>,
    task: Task,
}

struct Worker {
    jobs: Sender<QueuedJob>,
    running: RunningSlot,
    /// Shared with all jobs that are queued or running.
    pending: Arc<()>,
    last: Mutex<Option<LastJob>>,
    /// A new job cancels the previous one.
    newest_only: bool,
}

/// All workers.
pub(super) struct Workers {
    open: Worker,
    load: Worker,
    count: Worker,
    table: Worker,
    statistics: Worker,
    histograms: Worker,
    all_steps: Worker,
    thumbnails: Worker,
    completions: Worker,
    recovery: Worker,
    journal: Sender<JournalUpdate>,
    saves: Lanes<QueuedJob>,
    workspace: Arc<Workspace>,
}

impl Workers {
    /// Starts all workers, and the thread that watches the opened sources.
    pub(super) fn start(workspace: Workspace, main_loop: &Sender<Event>) -> Self {
        let (watcher, watch_events) = channel();
        let notify = watcher.clone();
        // The watcher thread may have ended.
        let workspace = Arc::new(workspace.with_notify(move || _ = notify.send(WatchEvent::Changed)));
        let outbox = Outbox { main_loop: main_loop.clone(), watcher };
        watch::start(&workspace, &outbox, watch_events);
        let worker = |newest_only| Worker::start(&workspace, &outbox, newest_only);
        let saves = {
            let (workspace, outbox) = (Arc::clone(&workspace), outbox.clone());
            Lanes::new(move |job| {
                // The main loop may have ended.
                let _ = perform(&workspace, job, &outbox, &RunningSlot::default());
            })
        };
        Self {
            open: worker(false),
            load: worker(true),
            count: worker(true),
            table: worker(true),
            statistics: worker(true),
            histograms: worker(true),
            all_steps: worker(true),
            thumbnails: worker(false),
            completions: worker(true),
            recovery: worker(false),
            journal: start_journal(&workspace, main_loop),
            saves,
            workspace,
        }
    }

    /// Opens an input once all inputs before it are open.
    pub(super) fn open(&self, input: Input) {
        self.open.submit(Job::Open(input), Task::default());
    }

    /// Submits an effect to its worker.
    pub(super) fn submit(&self, effect: Effect) {
        let effect = match effect {
            // The thread only ends together with the main loop.
            Effect::Journal(update) => {
                let _ = self.journal.send(update);
                return;
            }
            effect => effect,
        };
        if let Some(lane) = lane(&effect) {
            let job = Job::Effect(Box::new(effect));
            return self.saves.submit(lane, QueuedJob { job, task: Task::default(), pending: Arc::default() });
        }
        let worker = match &effect {
            Effect::Load { .. } => &self.load,
            Effect::Count { .. } => &self.count,
            Effect::BuildTable { .. } => &self.table,
            Effect::ComputeStatistics { .. } => &self.statistics,
            Effect::FindQuantiles { .. } | Effect::LoadHistograms { .. } => &self.histograms,
            Effect::LoadAllSteps { .. } => &self.all_steps,
            Effect::LoadThumbnail(_) => &self.thumbnails,
            Effect::Complete { .. } => &self.completions,
            _ => &self.recovery,
        };
        worker.cancel_superseded();
        worker.submit(Job::Effect(Box::new(effect)), Task::default());
    }

    /// Cancels the load, count or statistics job with this ticket, whether it runs or waits.
    pub(super) fn cancel(&self, ticket: Ticket) {
        for worker in [&self.open, &self.load, &self.count, &self.statistics] {
            if let Some(running) = worker.running().filter(|running| running.ticket == ticket) {
                running.task.cancel.cancel();
            }
            let last = worker.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(last) = last.as_ref().filter(|last| last.ticket == Some(ticket)) {
                last.task.cancel.cancel();
            }
        }
    }

    /// Writes the journal for the last time, and then something else. Gives up if the disk does not respond.
    pub(super) fn end(&self, unsaved: Vec<Unsaved>, then: impl FnOnce() + Send + 'static) {
        let (workspace, (sender, done)) = (Arc::clone(&self.workspace), channel());
        std::thread::spawn(move || {
            workspace.end(&unsaved);
            then();
            // The receiver may have given up.
            let _ = sender.send(());
        });
        let _ = done.recv_timeout(END_PATIENCE);
    }

    /// Returns true if a job with progress runs or waits.
    pub(super) fn is_busy(&self) -> bool {
        [&self.open, &self.load, &self.count, &self.statistics]
            .iter()
            .any(|worker| Arc::strong_count(&worker.pending) > 1)
    }

    /// Progress of the count, else of the load, else of the opening, else of the statistics.
    pub(super) fn progress(&self) -> Option<JobProgress> {
        let running =
            [&self.count, &self.load, &self.open, &self.statistics].iter().find_map(|worker| worker.running())?;
        let (done, total) = running.task.progress.get();
        let seconds = running.since.elapsed().as_secs_f64();
        Some(JobProgress { ticket: running.ticket, done, total, seconds, searching: running.searching })
    }
}

impl Worker {
    fn start(workspace: &Arc<Workspace>, outbox: &Outbox, newest_only: bool) -> Self {
        let (jobs, queue) = channel();
        let running = RunningSlot::default();
        let (workspace, outbox, slot) = (Arc::clone(workspace), outbox.clone(), Arc::clone(&running));
        std::thread::spawn(move || run(&workspace, &queue, &outbox, &slot));
        Self { jobs, running, pending: Arc::default(), last: Mutex::default(), newest_only }
    }

    fn submit(&self, job: Job, task: Task) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // No later job cancels the opening of an input.
        *last = matches!(job, Job::Effect(_)).then(|| LastJob { ticket: job.ticket(), task: task.clone() });
        // A worker only ends together with the main loop.
        let _ = self.jobs.send(QueuedJob { job, task, pending: Arc::clone(&self.pending) });
    }

    fn cancel_superseded(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some(last)) = (self.newest_only, &*last) {
            last.task.cancel.cancel();
        }
    }

    fn running(&self) -> Option<RunningJob> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let switched = running.as_mut().filter(|running| running.task.progress.searching() != running.searching);
        if let Some(running) = switched {
            // The time left is computed from the rate, which changes here.
            (running.since, running.searching) = (Instant::now(), true);
        }
        running.clone()
    }
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
fn perform(workspace: &Workspace, job: QueuedJob, outbox: &Outbox, slot: &RunningSlot) -> Option<()> {
    let QueuedJob { job, task, pending: _pending } = job;
    let Some(message) = run_job(workspace, job, &task, slot) else { return Some(()) };
    let event = match &message {
        Message::Opened(results) if results.iter().any(Result::is_ok) => Some(WatchEvent::Opened),
        Message::Reopened { .. } => Some(WatchEvent::Changed),
        _ => None,
    };
    outbox.main_loop.send(Event::message(message)).ok()?;
    // After the message, so that the model knows a source before it grows.
    if let Some(event) = event {
        let _ = outbox.watcher.send(event);
    }
    Some(())
}

/// Starts the thread that writes the journal. An edit after a pause is written at once, and later ones in batches.
fn start_journal(workspace: &Arc<Workspace>, main_loop: &Sender<Event>) -> Sender<JournalUpdate> {
    let (sender, queue) = channel::<JournalUpdate>();
    let (workspace, main_loop) = (Arc::clone(workspace), main_loop.clone());
    std::thread::spawn(move || {
        panics::mark_background_thread();
        while let Ok(first) = queue.recv() {
            let update = queue.try_iter().fold(first, JournalUpdate::followed_by);
            let perform = || workspace.perform(Effect::Journal(update), &Task::default());
            let result = catch_unwind(AssertUnwindSafe(perform));
            let message = result.unwrap_or_else(|panic| Some(Message::Notice(panics::describe(&*panic))));
            if message.is_some_and(|message| main_loop.send(Event::message(message)).is_err()) {
                return;
            }
            std::thread::sleep(JOURNAL_PAUSE);
        }
    });
    sender
}

/// Lane of an effect that writes a file, or that must wait for such writes.
fn lane(effect: &Effect) -> Option<Lane> {
    match effect {
        Effect::Save { pending, .. } => pending.first().map(|save| match &save.to {
            SaveTo::InPlace { .. } | SaveTo::Restore { .. } => Lane::Source(save.entry.source),
            SaveTo::NewFile { path, .. } | SaveTo::SavedFile { path, .. } => Lane::File(path.clone()),
        }),
        Effect::Export { pending, .. } => Some(Lane::File(pending.path.clone())),
        Effect::Reopen { source } => Some(Lane::Source(*source)),
        _ => None,
    }
}

fn run_job(workspace: &Workspace, job: Job, task: &Task, slot: &RunningSlot) -> Option<Message> {
    let ticket = job.ticket();
    if task.cancel.is_cancelled() {
        return ticket.map(|ticket| Message::Failed { ticket, error: Error::Cancelled });
    }
    let is_open = matches!(job, Job::Open(_));
    let set_running = |running| *slot.lock().unwrap_or_else(PoisonError::into_inner) = running;
    set_running(Some(RunningJob {
        ticket: ticket.unwrap_or(Ticket::OPENING),
        task: task.clone(),
        since: Instant::now(),
        searching: false,
    }));
    let result = catch_unwind(AssertUnwindSafe(|| match job {
        Job::Open(input) => Some(workspace.open(&input, task)),
        Job::Effect(effect) => workspace.perform(*effect, task),
    }));
    set_running(None);
    result.unwrap_or_else(|panic| {
        let text = panics::describe(&*panic);
        Some(match ticket {
            Some(ticket) => Message::Failed { ticket, error: Error::Value(text) },
            None if is_open => Message::Opened(vec![Err(Error::Value(text))]),
            None => Message::Notice(text),
        })
    })
}
