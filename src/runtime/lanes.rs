//! Worker threads, one for each kind of work, so that a long count does not keep a save waiting.
//!
//! In the lanes where only the newest answer matters, a new piece of work cancels the one before it.

use super::watch::{self, Stir};
use super::{Event, World};
use crate::app::{Effect, Message, Progress, Ticket, Unsaved};
use crate::error::Error;
use crate::source::{Input, Work};
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
    work: Work,
    since: Instant,
    /// Whether it has turned from reading to trying.
    tries: bool,
}

/// Whom lanes tell what they have done.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    pub(super) events: Sender<Event>,
    /// Whoever watches the sources.
    pub(super) stir: Sender<Stir>,
}

/// Work, and what tells that it is not done.
type Queued = (Job, Work, Arc<()>);

type Slot = Arc<Mutex<Option<Running>>>;

struct Lane {
    jobs: Sender<Queued>,
    running: Slot,
    /// Every piece of work holds it until it is done.
    pending: Arc<()>,
    /// The work submitted last, which the next one makes void where only the newest matters.
    last: Mutex<Option<(Option<Ticket>, Work)>>,
    newest_only: bool,
}

/// All lanes.
pub(super) struct Lanes {
    load: Lane,
    count: Lane,
    prepare: Lane,
    describe: Lane,
    trim: Lane,
    sweep: Lane,
    peek: Lane,
    save: Lane,
    keep: Lane,
    world: Arc<World>,
}

impl Lanes {
    /// Starts a thread for each lane, and one that watches what they opened.
    pub(super) fn start(world: World, events: &Sender<Event>) -> Self {
        let (stir, stirs) = channel();
        let bell = stir.clone();
        // The thread that listens may be gone by now.
        let world = Arc::new(world.with_bell(move || _ = bell.send(Stir::Changed)));
        let answers = Answers { events: events.clone(), stir };
        watch::start(&world, &answers, stirs);
        let lane = |newest_only| Lane::start(&world, &answers, newest_only);
        Self {
            load: lane(true),
            count: lane(true),
            prepare: lane(true),
            describe: lane(true),
            trim: lane(true),
            sweep: lane(true),
            peek: lane(false),
            save: lane(false),
            keep: lane(true),
            world,
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
            Effect::Describe { .. } => &self.describe,
            Effect::Trim { .. } | Effect::Gather { .. } => &self.trim,
            Effect::Sweep { .. } => &self.sweep,
            Effect::Peek(_) => &self.peek,
            Effect::Keep { .. } => &self.keep,
            _ => &self.save,
        };
        lane.supersede();
        lane.submit(Job::Effect(Box::new(effect)), Work::default());
    }

    /// Stops the load, count or description with this ticket, whether it is under way or waiting.
    pub(super) fn cancel(&self, ticket: Ticket) {
        for lane in [&self.load, &self.count, &self.describe] {
            if let Some(running) = lane.running().filter(|running| running.ticket == ticket) {
                running.work.cancel.cancel();
            }
            let last = lane.last.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, work)) = last.as_ref().filter(|(last, _)| *last == Some(ticket)) {
                work.cancel.cancel();
            }
        }
    }

    /// Keeps what is unsaved for the last time.
    pub(super) fn end(&self, unsaved: &[Unsaved]) {
        self.world.end(unsaved);
    }

    /// Whether there is something under way, or waiting for its thread, of which it is told how far it is.
    pub(super) fn busy(&self) -> bool {
        [&self.load, &self.count, &self.describe].iter().any(|lane| Arc::strong_count(&lane.pending) > 1)
    }

    /// How far the count, or else the load, or else the description, is.
    pub(super) fn progress(&self) -> Option<Progress> {
        let running = self.count.running().or_else(|| self.load.running()).or_else(|| self.describe.running())?;
        let (done, total) = running.work.progress.get();
        let seconds = running.since.elapsed().as_secs_f64();
        Some(Progress { ticket: running.ticket, done, total, seconds, tries: running.tries })
    }
}

impl Lane {
    fn start(world: &Arc<World>, answers: &Answers, newest_only: bool) -> Self {
        let (jobs, queue) = channel();
        let running = Slot::default();
        let (world, answers, slot) = (Arc::clone(world), answers.clone(), Arc::clone(&running));
        std::thread::spawn(move || serve(&world, &queue, &answers, &slot));
        Self { jobs, running, pending: Arc::default(), last: Mutex::default(), newest_only }
    }

    fn submit(&self, job: Job, work: Work) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // Opening is not made void by what comes after it.
        *last = matches!(job, Job::Effect(_)).then(|| (job.ticket(), work.clone()));
        // A lane that is gone takes no work; the loop ends with it.
        let _ = self.jobs.send((job, work, Arc::clone(&self.pending)));
    }

    fn supersede(&self) {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some((_, work))) = (self.newest_only, &*last) {
            work.cancel.cancel();
        }
    }

    fn running(&self) -> Option<Running> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let turned = running.as_mut().filter(|running| running.work.progress.tries() != running.tries);
        if let Some(running) = turned {
            // Its rate is another from here on.
            (running.since, running.tries) = (Instant::now(), true);
        }
        running.clone()
    }
}

/// A lane's thread: one job after the other. A panic in one becomes a message.
fn serve(world: &World, queue: &Receiver<Queued>, answers: &Answers, slot: &Slot) {
    work_here();
    for (job, work, _pending) in queue {
        let ticket = job.ticket();
        let message = if work.cancel.asked() {
            ticket.map(|ticket| Message::Failed { ticket, error: Error::Cancelled })
        } else {
            let opens = matches!(job, Job::Open(_));
            let keeps = matches!(&job, Job::Effect(effect) if matches!(**effect, Effect::Keep { .. }));
            let put = |running| *slot.lock().unwrap_or_else(PoisonError::into_inner) = running;
            put(Some(Running {
                ticket: ticket.unwrap_or(Ticket::OPENING),
                work: work.clone(),
                since: Instant::now(),
                tries: false,
            }));
            let done = catch_unwind(AssertUnwindSafe(|| match job {
                Job::Open(input) => Some(world.open(&input, &work)),
                Job::Effect(effect) => world.perform(*effect, &work),
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
