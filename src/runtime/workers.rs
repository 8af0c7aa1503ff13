//! Worker threads, one for each kind of work, so that a long count does not keep a save waiting.
//!
//! In the lanes where only the newest answer matters, a new piece of work cancels the one before it.

use super::watch::{self, WatchEvent};
use super::{Event, Workspace};
use crate::app::{Effect, JobProgress, Message, Ticket, Unsaved};
use crate::error::Error;
use crate::source::{Input, Task};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is unsaved changes with every key, of which the disk need not hear each time.
const REST: Duration = Duration::from_millis(250);

thread_local! {
    static WORKER: Cell<bool> = const { Cell::new(false) };
}

/// From now on this thread does work: a panic in it is reported on the screen and does not end the program.
pub(super) fn work_here() {
    WORKER.set(true);
}

/// What is said of a panic in a thread that does work.
pub(super) fn sentence(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a fault of rebin's own broke this off: {}", text.unwrap_or("no reason was given"))
}

/// Whether this thread does work for a lane.
pub(super) fn is_worker() -> bool {
    WORKER.get()
}

/// A piece of work for a lane.
enum Job {
    Open(Input),
    Effect(Box<Effect>),
}

impl Job {
    /// The ticket of its answer, if it has one; opening has none.
    fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Effect(effect) => effect.ticket(),
            Self::Open(_) => None,
        }
    }
}

/// What a lane is doing, for cancelling and for progress.
#[derive(Debug, Clone)]
struct Running {
    ticket: Ticket,
    task: Task,
    since: Instant,
    /// Whether it has turned from reading to trying.
    tries: bool,
}

/// Whom lanes tell what they have done.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    pub(super) events: Sender<Event>,
    /// Whoever watches the sources.
    pub(super) stir: Sender<WatchEvent>,
}

/// Work, and what tells that it is not done.
type Queued = (Job, Task, Arc<()>);

type Slot = Arc<Mutex<Option<Running>>>;

struct Worker {
    jobs: Sender<Queued>,
    running: Slot,
    /// Every piece of work holds it until it is done.
    pending: Arc<()>,
    /// The work submitted last, which the next one makes void where only the newest matters.
    last: Mutex<Option<(Option<Ticket>, Task)>>,
    newest_only: bool,
}

/// All lanes.
pub(super) struct Workers {
    load: Worker,
    count: Worker,
    prepare: Worker,
    describe: Worker,
    trim: Worker,
    sweep: Worker,
    peek: Worker,
    save: Worker,
    keep: Worker,
    workspace: Arc<Workspace>,
}

impl Workers {
    /// Starts a thread for each lane, and one that watches what they opened.
    pub(super) fn start(workspace: Workspace, events: &Sender<Event>) -> Self {
        let (stir, stirs) = channel();
        let notify = stir.clone();
        // The thread that listens may be gone by now.
        let workspace = Arc::new(workspace.with_bell(move || _ = notify.send(WatchEvent::Changed)));
        let outbox = Outbox { events: events.clone(), stir };
        watch::start(&workspace, &outbox, stirs);
        let worker = |newest_only| Worker::start(&workspace, &outbox, newest_only);
        Self {
            load: worker(true),
            count: worker(true),
            prepare: worker(true),
            describe: worker(true),
            trim: worker(true),
            sweep: worker(true),
            peek: worker(false),
            save: worker(false),
            keep: worker(true),
            workspace,
        }
    }

    /// Opens an input behind all others that were asked for.
    pub(super) fn open(&self, input: Input) {
        self.load.submit(Job::Open(input), Task::default());
    }

    /// Hands work to its lane.
    pub(super) fn submit(&self, effect: Effect) {
        let worker = match &effect {
            Effect::Load { .. } => &self.load,
            Effect::Count { .. } => &self.count,
            Effect::BuildTable { .. } => &self.prepare,
            Effect::ComputeStatistics { .. } => &self.describe,
            Effect::FindQuantiles { .. } | Effect::LoadHistograms { .. } => &self.trim,
            Effect::LoadAllSteps { .. } => &self.sweep,
            Effect::LoadThumbnail(_) => &self.peek,
            Effect::JournalUnsaved { .. } => &self.keep,
            _ => &self.save,
        };
        worker.supersede();
        worker.submit(Job::Effect(Box::new(effect)), Task::default());
    }

    /// Stops the load, count or description with this ticket, whether it is under way or waiting.
    pub(super) fn cancel(&self, ticket: Ticket) {
        for worker in [&self.load, &self.count, &self.describe] {
            if let Some(running) = worker.running().filter(|running| running.ticket == ticket) {
                running.task.cancel.cancel();
            }
            let last = worker.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, task)) = last.as_ref().filter(|(last, _)| *last == Some(ticket)) {
                task.cancel.cancel();
            }
        }
    }

    /// Keeps what is unsaved for the last time.
    pub(super) fn end(&self, unsaved: &[Unsaved]) {
        self.workspace.end(unsaved);
    }

    /// Whether there is something under way, or waiting for its thread, of which it is told how far it is.
    pub(super) fn busy(&self) -> bool {
        [&self.load, &self.count, &self.describe].iter().any(|worker| Arc::strong_count(&worker.pending) > 1)
    }

    /// How far the count, or else the load, or else the description, is.
    pub(super) fn progress(&self) -> Option<JobProgress> {
        let running = self.count.running().or_else(|| self.load.running()).or_else(|| self.describe.running())?;
        let (done, total) = running.task.progress.get();
        let seconds = running.since.elapsed().as_secs_f64();
        Some(JobProgress { ticket: running.ticket, done, total, seconds, tries: running.tries })
    }
}

impl Worker {
    fn start(workspace: &Arc<Workspace>, outbox: &Outbox, newest_only: bool) -> Self {
        let (jobs, queue) = channel();
        let running = Slot::default();
        let (workspace, outbox, slot) = (Arc::clone(workspace), outbox.clone(), Arc::clone(&running));
        std::thread::spawn(move || serve(&workspace, &queue, &outbox, &slot));
        Self { jobs, running, pending: Arc::default(), last: Mutex::default(), newest_only }
    }

    fn submit(&self, job: Job, task: Task) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Opening is not made void by what comes after it.
        *last = matches!(job, Job::Effect(_)).then(|| (job.ticket(), task.clone()));
        // A lane that is gone takes no work; the loop ends with it.
        let _ = self.jobs.send((job, task, Arc::clone(&self.pending)));
    }

    fn supersede(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some((_, task))) = (self.newest_only, &*last) {
            task.cancel.cancel();
        }
    }

    fn running(&self) -> Option<Running> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let turned = running.as_mut().filter(|running| running.task.progress.tries() != running.tries);
        if let Some(running) = turned {
            // Its rate is another from here on.
            (running.since, running.tries) = (Instant::now(), true);
        }
        running.clone()
    }
}

/// A lane's thread: one job after the other. A panic in one becomes a message.
fn serve(workspace: &Workspace, queue: &Receiver<Queued>, outbox: &Outbox, slot: &Slot) {
    work_here();
    for (job, task, _pending) in queue {
        let ticket = job.ticket();
        let message = if task.cancel.asked() {
            ticket.map(|ticket| Message::Failed { ticket, error: Error::Cancelled })
        } else {
            let opens = matches!(job, Job::Open(_));
            let keeps = matches!(&job, Job::Effect(effect) if matches!(**effect, Effect::JournalUnsaved { .. }));
            let put = |running| *slot.lock().unwrap_or_else(PoisonError::into_inner) = running;
            put(Some(Running {
                ticket: ticket.unwrap_or(Ticket::OPENING),
                task: task.clone(),
                since: Instant::now(),
                tries: false,
            }));
            let done = catch_unwind(AssertUnwindSafe(|| match job {
                Job::Open(input) => Some(workspace.open(&input, &task)),
                Job::Effect(effect) => workspace.perform(*effect, &task),
            }));
            put(None);
            if keeps {
                std::thread::sleep(REST);
            }
            done.unwrap_or_else(|panic| {
                let sentence = sentence(&*panic);
                Some(match ticket {
                    Some(ticket) => Message::Failed { ticket, error: Error::Value(sentence) },
                    None if opens => Message::Opened(Err(Error::Value(sentence))),
                    None => Message::Notice(sentence),
                })
            })
        };
        let Some(message) = message else { continue };
        let stir = match &message {
            Message::Opened(Ok(_)) => Some(WatchEvent::Opened),
            Message::Reopened { .. } => Some(WatchEvent::Changed),
            _ => None,
        };
        if outbox.events.send(Event::Message(Box::new(message))).is_err() {
            return;
        }
        // Behind the message: nobody hears of growth before the source is known.
        if let Some(stir) = stir {
            let _ = outbox.stir.send(stir);
        }
    }
}
