//! Worker threads, one for each kind of job, so that a long count does not delay a save.
//!
//! Some workers need only the newest result. There, a new job cancels the previous one. Threads start with their first job.

use super::event::{Event, Outbox, WatchEvent};
use super::lanes::{Lane, Lanes};
use super::searcher::Searcher;
use super::watch::Watch;
use super::worker::{QueuedJob, RunningJob, RunningSlot, Worker, lock, perform, running};
use super::{Workspace, panics};
use crate::app::{Effect, JobProgress, JournalUpdate, Message, SaveTo, Ticket, Unsaved};
use crate::source::{Place, Task};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Pause after each journal write, since every key can be an edit. Edits during the pause are written together.
const JOURNAL_PAUSE: Duration = Duration::from_millis(50);
/// Maximum time to wait for the last journal write, whose disk may not respond.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// All workers.
pub(super) struct Workers {
    /// The opening of all inputs.
    opening: RunningSlot,
    load: Worker,
    count: Worker,
    table: Worker,
    others: Worker,
    distances: Worker,
    changes: Worker,
    run_steps: Worker,
    statistics: Worker,
    histograms: Worker,
    all_steps: Worker,
    thumbnails: Worker,
    rows: Worker,
    step_statistics: Worker,
    completions: Worker,
    recovery: Worker,
    journal: Sender<JournalUpdate>,
    /// The queue of the journal, until its thread is started.
    idle_journal: Mutex<Option<Receiver<JournalUpdate>>>,
    saves: Lanes<QueuedJob>,
    search: Searcher,
    watch: Arc<Watch>,
    outbox: Outbox,
    workspace: Arc<Workspace>,
}

impl Workers {
    /// Creates all workers without threads.
    pub(super) fn new(workspace: Workspace, main_loop: &Sender<Event>) -> Self {
        let (watcher, watch_events) = channel();
        let notify = watcher.clone();
        // The watcher thread may have ended.
        let workspace = Arc::new(workspace.with_notify(move || _ = notify.send(WatchEvent::Changed)));
        let outbox = Outbox { main_loop: main_loop.clone(), watcher };
        let worker = |newest_only| Worker::new(&workspace, &outbox, newest_only);
        let saves = {
            let (workspace, outbox) = (Arc::clone(&workspace), outbox.clone());
            Lanes::new(move |job| {
                // The main loop may have ended.
                let _ = perform(&workspace, job, &outbox, &RunningSlot::default());
            })
        };
        let (journal, idle_journal) = channel();
        Self {
            opening: RunningSlot::default(),
            load: worker(true),
            count: worker(true),
            table: worker(true),
            others: worker(true),
            distances: worker(true),
            changes: worker(true),
            run_steps: worker(true),
            statistics: worker(true),
            histograms: worker(true),
            all_steps: worker(true),
            thumbnails: worker(false),
            rows: worker(true),
            step_statistics: worker(true),
            completions: worker(true),
            recovery: worker(false),
            journal,
            idle_journal: Mutex::new(Some(idle_journal)),
            saves,
            search: Searcher::new(&workspace, &outbox),
            watch: Arc::new(Watch::new(&workspace, &outbox, watch_events)),
            outbox: outbox.clone(),
            workspace,
        }
    }

    /// Opens everything in places in the background. Opens the demo if nothing can be opened and `or_demo` is set.
    pub(super) fn open(&self, places: Vec<Place>, or_demo: bool) {
        let task = Task::default();
        *lock(&self.opening) = Some(RunningJob::new(Ticket::OPENING, &task));
        let (workspace, outbox) = (Arc::clone(&self.workspace), self.outbox.clone());
        let (slot, watch) = (Arc::clone(&self.opening), Arc::clone(&self.watch));
        std::thread::spawn(move || {
            panics::mark_background_thread();
            let mut send = |message| outbox.send(message);
            let open = AssertUnwindSafe(|| workspace.open_all(places, or_demo, &task, &mut send));
            if let Err(panic) = catch_unwind(open) {
                let _ = outbox.send(Message::Notice(panics::describe(&*panic)));
            }
            *lock(&slot) = None;
            // Last, so that its work does not delay the first picture.
            watch.start();
        });
    }

    /// Reloads what has changed in all sources, and searches the open folders for new ones.
    fn reload(&self) {
        let (workspace, outbox) = (Arc::clone(&self.workspace), self.outbox.clone());
        std::thread::spawn(move || {
            panics::mark_background_thread();
            let reload = AssertUnwindSafe(|| workspace.reload(&Task::default(), &mut |message| outbox.send(message)));
            if let Err(panic) = catch_unwind(reload) {
                let _ = outbox.send(Message::Notice(panics::describe(&*panic)));
            }
        });
    }

    /// Submits an effect to its worker.
    pub(super) fn submit(&self, effect: Effect) {
        let effect = match effect {
            Effect::Journal(update) => {
                if let Some(queue) = lock(&self.idle_journal).take() {
                    start_journal(&self.workspace, &self.outbox.main_loop, queue);
                }
                // The thread only ends together with the main loop.
                let _ = self.journal.send(update);
                return;
            }
            Effect::Reload => return self.reload(),
            effect @ Effect::Search { .. } => return self.search.submit(effect),
            effect => effect,
        };
        if let Some(lane) = lane(&effect) {
            return self.saves.submit(lane, QueuedJob { effect, task: Task::default(), pending: Arc::default() });
        }
        let worker = match &effect {
            Effect::Load { .. } => &self.load,
            Effect::Count { .. } => &self.count,
            Effect::BuildTable { .. } => &self.table,
            Effect::CountOthers { .. } => &self.others,
            Effect::MeasureDistances { .. } => &self.distances,
            Effect::MeasureChanges { .. } => &self.changes,
            Effect::LoadRunSteps { .. } => &self.run_steps,
            Effect::ComputeStatistics { .. } => &self.statistics,
            Effect::FindQuantiles { .. }
            | Effect::FindValues { .. }
            | Effect::ApplyRule { .. }
            | Effect::LoadHistograms { .. } => &self.histograms,
            Effect::LoadAllSteps { .. } => &self.all_steps,
            Effect::LoadThumbnail(_) => &self.thumbnails,
            Effect::LoadRows { .. } => &self.rows,
            Effect::LoadStepStatistics { .. } | Effect::LoadScalars { .. } => &self.step_statistics,
            Effect::Complete { .. } => &self.completions,
            _ => &self.recovery,
        };
        worker.submit(effect);
    }

    /// Cancels the opening, load, count, comparison, quantile, statistics or table job with this ticket, whether it runs or
    /// waits.
    pub(super) fn cancel(&self, ticket: Ticket) {
        if ticket == Ticket::SEARCH {
            return self.search.stop();
        }
        if let Some(opening) = running(&self.opening).filter(|opening| opening.ticket == ticket) {
            opening.task.cancel.cancel();
        }
        let without_progress = [&self.changes, &self.run_steps];
        for worker in self.with_progress().iter().chain(&without_progress) {
            worker.cancel(ticket);
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
        lock(&self.opening).is_some() || self.with_progress().iter().any(|worker| worker.is_busy())
    }

    /// Workers whose progress is shown.
    fn with_progress(&self) -> [&Worker; 8] {
        [
            &self.count,
            &self.load,
            &self.histograms,
            &self.rows,
            &self.step_statistics,
            &self.others,
            &self.distances,
            &self.statistics,
        ]
    }

    /// Progress of the count, else of the load, the opening, the quantiles, the table, the comparison or the statistics.
    pub(super) fn progress(&self) -> Option<JobProgress> {
        let first = self.count.running().or_else(|| self.load.running()).or_else(|| running(&self.opening));
        let running = first.or_else(|| self.with_progress().iter().find_map(|worker| worker.running()))?;
        let (done, total) = running.task.progress.get();
        let seconds = running.since.elapsed().as_secs_f64();
        Some(JobProgress { ticket: running.ticket, done, total, seconds, searching: running.searching })
    }
}

/// Starts the thread that writes the journal. An edit after a pause is written at once, and later ones in batches.
fn start_journal(workspace: &Arc<Workspace>, main_loop: &Sender<Event>, queue: Receiver<JournalUpdate>) {
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
