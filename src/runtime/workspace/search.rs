//! The search for what needs attention: one pass over a source in the background.

use super::Workspace;
use crate::app::Message;
use crate::app::findings::{SearchResult, SearchState};
use crate::catalog::SourceInfo;
use crate::error::Error;
use crate::findings::Limits;
use crate::source::{Scan, Task};
use std::collections::{BTreeSet, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum number of bytes of samples to read for a series in the background, and for all series of a source.
const MOST: (u64, u64) = (64 << 20, 1 << 30);
/// Time between two messages about a running search.
const INTERVAL: Duration = Duration::from_millis(250);
/// Minimum time between two messages, as a multiple of the time that the first takes.
const PAUSE_FACTOR: u32 = 20;

/// Maximum number of series in searches that can be continued, of sources that may grow and of those that did. The state of
/// the rules for a series takes about 1 kB.
const MOST_KEPT: (usize, usize) = (10_000, 100_000);

/// Searches that ended or were stopped. Only these can be continued when their source has grown; others start again.
#[derive(Debug)]
pub(super) struct Searches {
    /// Sources that were searched once. Most runs that seem unfinished have crashed and never grow.
    once: Latest,
    again: Latest,
    seen: BTreeSet<usize>,
}

/// Searches with a limited number of series, the latest last.
#[derive(Debug)]
struct Latest {
    kept: VecDeque<Kept>,
    /// Number of series in all of them.
    series: usize,
    most: usize,
}

#[derive(Debug)]
struct Kept {
    source: usize,
    /// The description of the source that the search saw.
    info: Arc<SourceInfo>,
    scan: Scan,
}

impl Default for Searches {
    fn default() -> Self {
        let latest = |most| Latest { kept: VecDeque::new(), series: 0, most };
        Self { once: latest(MOST_KEPT.0), again: latest(MOST_KEPT.1), seen: BTreeSet::new() }
    }
}

impl Searches {
    fn take(&mut self, source: usize) -> Option<Kept> {
        self.again.take(source).or_else(|| self.once.take(source))
    }

    fn keep(&mut self, latest: Kept) {
        let kept = if self.seen.insert(latest.source) { &mut self.once } else { &mut self.again };
        kept.add(latest);
    }
}

impl Latest {
    fn take(&mut self, source: usize) -> Option<Kept> {
        let at = self.kept.iter().position(|kept| kept.source == source)?;
        let kept = self.kept.remove(at)?;
        self.series -= kept.info.series.len();
        Some(kept)
    }

    fn add(&mut self, latest: Kept) {
        self.series += latest.info.series.len();
        self.kept.push_back(latest);
        while self.series > self.most && self.kept.len() > 1 {
            let oldest = self.kept.pop_front();
            self.series -= oldest.map_or(0, |oldest| oldest.info.series.len());
        }
    }
}

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
        let known = self.searches().take(index).filter(|kept| !restart && info.continues(&kept.info));
        let mut scan = known.map_or_else(|| Scan::new(limits).with_most(MOST.0, MOST.1), |kept| kept.scan);
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
            self.searches().keep(Kept { source: index, info, scan });
        }
        let result = if stopped { SearchResult { state: SearchState::Stopped, ..found } } else { ended(found) };
        Message::Searched { source: index, result }
    }

    fn searches(&self) -> MutexGuard<'_, Searches> {
        self.searches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended(result: SearchResult) -> SearchResult {
    SearchResult { state: SearchState::Ended, ..result }
}

fn result_of(scan: &Scan, info: &SourceInfo) -> SearchResult {
    SearchResult { found: scan.findings(info), skipped: scan.skipped(), ..SearchResult::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Series, SeriesKind, Steps};

    #[test]
    fn the_latest_searches_are_kept() {
        let mut searches = Searches::default();
        let series =
            Series { path: [].into(), kind: SeriesKind::Histogram, steps: Steps::Unknown(0), problems: Vec::new() };
        let kept = |source, n| {
            let info = SourceInfo { series: vec![series.clone(); n], ..SourceInfo::default() };
            Kept { source, info: Arc::new(info), scan: Scan::default() }
        };
        let sources = |latest: &Latest| latest.kept.iter().map(|kept| kept.source).collect::<Vec<_>>();
        let most = MOST_KEPT.0;
        (0..5).for_each(|source| searches.keep(kept(source, most / 4)));
        assert_eq!(sources(&searches.once), [1, 2, 3, 4]);
        assert!(searches.take(0).is_none() && searches.take(2).is_some());
        assert_eq!(searches.once.series, most / 4 * 3);
        searches.keep(kept(9, 2 * most));
        assert_eq!(sources(&searches.once), [9], "a large one alone");
        // Sources that were searched before have grown.
        (0..5).for_each(|source| searches.keep(kept(source, most)));
        assert_eq!((sources(&searches.once), sources(&searches.again)), (vec![9], vec![0, 1, 2, 3, 4]));
        assert!(searches.take(0).is_some(), "more of them are kept");
    }
}
