//! The search for what needs attention: one pass over a source in the background.

use super::Workspace;
use crate::app::Message;
use crate::app::findings::{SearchResult, SearchState};
use crate::catalog::SourceInfo;
use crate::error::Error;
use crate::findings::Limits;
use crate::source::{Scan, Task};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Maximum number of bytes of samples to read for a series in the background, and for all series of a source.
const MOST: (u64, u64) = (64 << 20, 1 << 30);
/// Time between two messages about a running search.
const INTERVAL: Duration = Duration::from_millis(250);
/// Minimum time between two messages, as a multiple of the time that the first takes.
const PAUSE_FACTOR: u32 = 20;

/// Searches that ended or were stopped, with the description of the source that they saw.
pub(super) type Searches = Mutex<HashMap<usize, (Arc<SourceInfo>, Scan)>>;

impl Workspace {
    /// Searches a source and returns the results. Sends results so far until `send` breaks.
    pub(in crate::runtime) fn search(
        &self,
        index: usize,
        restart: bool,
        limits: Limits,
        task: &Task,
        send: &mut dyn FnMut(Message) -> ControlFlow<()>,
    ) -> Message {
        let Ok(source) = self.source(index) else {
            return Message::Searched { source: index, result: ended(SearchResult::default()) };
        };
        let info = Arc::clone(source.info());
        let known = self.searches().remove(&index).filter(|(before, _)| !restart && info.continues(before));
        let mut scan = known.map_or_else(|| Scan::new(limits).with_most(MOST.0, MOST.1), |(_, scan)| scan);
        let (mut last, mut pause) = (Instant::now(), INTERVAL);
        let result = source.scan(&mut scan, task, &mut |scan| {
            if last.elapsed() < pause {
                return;
            }
            let start = Instant::now();
            let result = SearchResult { progress: task.progress.get(), ..result_of(scan, &info) };
            if send(Message::Searched { source: index, result }).is_break() {
                task.cancel.cancel();
            }
            (last, pause) = (Instant::now(), INTERVAL.max(start.elapsed() * PAUSE_FACTOR));
        });
        let found = result_of(&scan, &info);
        let stopped = result == Err(Error::Cancelled);
        // Others never continue.
        if stopped || info.growing {
            self.searches().insert(index, (info, scan));
        }
        let result = if stopped { SearchResult { state: SearchState::Stopped, ..found } } else { ended(found) };
        Message::Searched { source: index, result }
    }

    fn searches(&self) -> std::sync::MutexGuard<'_, HashMap<usize, (Arc<SourceInfo>, Scan)>> {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended(result: SearchResult) -> SearchResult {
    SearchResult { state: SearchState::Ended, ..result }
}

fn result_of(scan: &Scan, info: &SourceInfo) -> SearchResult {
    SearchResult { found: scan.findings(info), skipped: scan.skipped(), ..SearchResult::default() }
}
