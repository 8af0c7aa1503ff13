//! Worker threads, one for each kind of work, so that a long count does not keep a save waiting.
//!
//! In the lanes where only the newest answer matters, a new piece of work cancels the one before it.

use super::watch::{self, Stir};
use super::{Event, World};
use crate::app::{Effect, Message, Progress, Ticket};
use crate::source::{Input, Work};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

thread_local! {
    static WORKER: Cell<bool> = const { Cell::new(false) };
}

/// From now on this thread does work: a panic in it is reported on the screen and does not end the program.
pub(super) fn work_here() {
    WORKER.set(true);
}

/// What is said of a panic in a thread that does work.
pub(super) fn failed() -> Message {
    Message::Notice("this should not have happened: a piece of work failed inside rebin".into())
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

/// What a lane is doing, for cancelling and for progress.
#[derive(Debug, Clone)]
struct Running {
    ticket: Ticket,
    work: Work,
    since: Instant,
}

/// Whom lanes tell what they have done.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    pub(super) events: Sender<Event>,
    /// Whoever watches the sources.
    pub(super) stir: Sender<Stir>,
}

type Slot = Arc<Mutex<Option<Running>>>;

struct Lane {
    jobs: Sender<(Job, Work)>,
    running: Slot,
    /// The work submitted last, which the next one makes void where only the newest matters.
    last: Mutex<Option<Work>>,
    newest_only: bool,
}

/// All lanes.
pub(super) struct Lanes {
    load: Lane,
    count: Lane,
    prepare: Lane,
    describe: Lane,
    sweep: Lane,
    peek: Lane,
    save: Lane,
}

impl Lanes {
    /// Starts a thread for each lane, and one that watches what they opened.
    pub(super) fn start(events: &Sender<Event>) -> Self {
        let world = Arc::new(World::default());
        let (stir, stirs) = channel();
        let answers = Answers { events: events.clone(), stir };
        watch::start(&world, &answers, stirs);
        let lane = |newest_only| Lane::start(&world, &answers, newest_only);
        Self {
            load: lane(true),
            count: lane(true),
            prepare: lane(true),
            describe: lane(true),
            sweep: lane(true),
            peek: lane(false),
            save: lane(false),
        }
    }

    /// Opens an input behind all others that were asked for.
    pub(super) fn open(&self, input: Input) {
        self.load.submit(Job::Open(input), Work::default());
    }

    /// Hands work to its lane.
    pub(super) fn submit(&self, effect: Effect) {
        let lane = match &effect {
            Effect::Load { .. } => &self.load,
            Effect::Look { .. } => &self.count,
            Effect::Prepare { .. } => &self.prepare,
            Effect::Describe { .. } | Effect::Trim { .. } => &self.describe,
            Effect::Sweep { .. } => &self.sweep,
            Effect::Peek(_) => &self.peek,
            _ => &self.save,
        };
        lane.supersede();
        lane.submit(Job::Effect(Box::new(effect)), Work::default());
    }

    /// Stops the work with this ticket, wherever it is.
    pub(super) fn cancel(&self, ticket: Ticket) {
        for lane in [&self.load, &self.count, &self.describe] {
            if let Some(running) = lane.running().filter(|running| running.ticket == ticket) {
                running.work.cancel.cancel();
            }
        }
    }

    /// Whether a load or a count is under way.
    pub(super) fn busy(&self) -> bool {
        self.load.running().is_some() || self.count.running().is_some()
    }

    /// How far the count, or else the load, is.
    pub(super) fn progress(&self) -> Option<Progress> {
        let running = self.count.running().or_else(|| self.load.running())?;
        let (done, total) = running.work.progress.get();
        Some(Progress { ticket: running.ticket, done, total, seconds: running.since.elapsed().as_secs_f64() })
    }
}

impl Lane {
    fn start(world: &Arc<World>, answers: &Answers, newest_only: bool) -> Self {
        let (jobs, queue) = channel();
        let running = Slot::default();
        let (world, answers, slot) = (Arc::clone(world), answers.clone(), Arc::clone(&running));
        std::thread::spawn(move || serve(&world, &queue, &answers, &slot));
        Self { jobs, running, last: Mutex::default(), newest_only }
    }

    fn submit(&self, job: Job, work: Work) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Opening is not made void by what comes after it.
        *last = matches!(job, Job::Effect(_)).then(|| work.clone());
        // A lane that is gone takes no work; the loop ends with it.
        let _ = self.jobs.send((job, work));
    }

    fn supersede(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some(work)) = (self.newest_only, &*last) {
            work.cancel.cancel();
        }
    }

    fn running(&self) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A lane's thread: one job after the other. A panic in one becomes a notice.
fn serve(world: &World, queue: &Receiver<(Job, Work)>, answers: &Answers, slot: &Slot) {
    work_here();
    for (job, work) in queue {
        if work.cancel.asked() {
            continue;
        }
        let ticket = match &job {
            Job::Effect(effect) => effect.ticket(),
            Job::Open(_) => None,
        };
        let put = |running| *slot.lock().unwrap_or_else(PoisonError::into_inner) = running;
        put(Some(Running { ticket: ticket.unwrap_or(Ticket::OPENING), work: work.clone(), since: Instant::now() }));
        let done = catch_unwind(AssertUnwindSafe(|| match job {
            Job::Open(input) => Some(world.open(&input, &work)),
            Job::Effect(effect) => world.perform(*effect, &work),
        }));
        put(None);
        let message = match done {
            Ok(message) => message,
            Err(_) => Some(failed()),
        };
        let Some(message) = message else { continue };
        let stir = match &message {
            Message::Opened(Ok(_)) => Some(Stir::Opened),
            Message::Reopened { .. } => Some(Stir::Changed),
            _ => None,
        };
        if answers.events.send(Event::Message(Box::new(message))).is_err() {
            return;
        }
        // Behind the message: nobody hears of growth before the source is known.
        if let Some(stir) = stir {
            let _ = answers.stir.send(stir);
        }
    }
}
