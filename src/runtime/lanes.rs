//! Lanes for jobs that write files: jobs of one lane run in order, and a stuck lane does not delay the others.
//!
//! A disk that does not respond, such as a lost network mount, blocks a thread for as long as it likes.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Maximum number of lanes that run at once. Further lanes wait.
const MAX_RUNNING: usize = 16;

/// Jobs that must run one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lane {
    /// Writes into the file of a source, and reloads of that source.
    Source(usize),
    /// Writes of a separate file.
    File(PathBuf),
}

/// A queue of jobs, and the threads that perform them.
pub(super) struct Lanes<J> {
    shared: Arc<Shared<J>>,
}

struct Shared<J> {
    state: Mutex<State<J>>,
    perform: Box<dyn Fn(J) + Send + Sync>,
}

struct State<J> {
    queue: VecDeque<(Lane, J)>,
    running: Vec<Lane>,
}

impl<J: Send + 'static> Lanes<J> {
    /// Creates lanes without threads. `perform` must not panic.
    pub(super) fn new(perform: impl Fn(J) + Send + Sync + 'static) -> Self {
        let state = Mutex::new(State { queue: VecDeque::new(), running: Vec::new() });
        Self { shared: Arc::new(Shared { state, perform: Box::new(perform) }) }
    }

    /// Performs a job after all earlier jobs of its lane.
    pub(super) fn submit(&self, lane: Lane, job: J) {
        self.shared.state().queue.push_back((lane, job));
        let Some((lane, job)) = self.shared.next() else { return };
        let shared = Arc::clone(&self.shared);
        thread::spawn(move || {
            super::panics::mark_background_thread();
            let mut next = Some((lane, job));
            while let Some((lane, job)) = next {
                (shared.perform)(job);
                shared.state().running.retain(|running| *running != lane);
                next = shared.next();
            }
        });
    }
}

impl<J> Shared<J> {
    // Poisoned locks are safe to use: jobs run without the lock.
    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first job whose lane is idle, and marks the lane as running.
    fn next(&self) -> Option<(Lane, J)> {
        let mut state = self.state();
        if state.running.len() >= MAX_RUNNING {
            return None;
        }
        let index = state.queue.iter().position(|(lane, _)| !state.running.contains(lane))?;
        let (lane, job) = state.queue.remove(index)?;
        state.running.push(lane.clone());
        Some((lane, job))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    /// Number of a job, and the gate that it waits for.
    type Job = (u32, Option<Receiver<()>>);

    /// Lanes whose jobs wait for their gate, and then report their number.
    fn lanes() -> (Lanes<Job>, Receiver<u32>) {
        let (sender, done) = channel();
        let perform = move |(number, gate): Job| {
            if let Some(gate) = gate {
                let _ = gate.recv();
            }
            let _ = sender.send(number);
        };
        (Lanes::new(perform), done)
    }

    fn file(name: &str) -> Lane {
        Lane::File(name.into())
    }

    #[test]
    fn a_stuck_save_delays_only_saves_of_the_same_file() {
        let (lanes, done) = lanes();
        let (disk, stuck) = channel();
        lanes.submit(file("stuck"), (1, Some(stuck)));
        lanes.submit(file("stuck"), (2, None));
        lanes.submit(file("other"), (3, None));
        lanes.submit(Lane::Source(0), (4, None));
        let mut others = [done.recv().unwrap(), done.recv().unwrap()];
        others.sort_unstable();
        assert_eq!(others, [3, 4]);
        assert!(done.recv_timeout(Duration::from_millis(50)).is_err());
        drop(disk);
        assert_eq!([done.recv().unwrap(), done.recv().unwrap()], [1, 2]);
    }

    #[test]
    fn the_number_of_threads_is_bounded_and_waiting_lanes_run_later() {
        let (lanes, done) = lanes();
        let disks: Vec<_> = (0..MAX_RUNNING as u32)
            .map(|number| {
                let (disk, stuck) = channel();
                lanes.submit(Lane::Source(number as usize), (number, Some(stuck)));
                disk
            })
            .collect();
        lanes.submit(file("waiting"), (99, None));
        assert!(done.recv_timeout(Duration::from_millis(50)).is_err());
        drop(disks);
        let mut all: Vec<u32> = (0..=MAX_RUNNING).map(|_| done.recv().unwrap()).collect();
        all.sort_unstable();
        assert_eq!(all.last(), Some(&99));
    }
}
