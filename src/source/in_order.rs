//! Work on many items on all cores, with results in the order of the items and one limit of the memory.

use crate::engine::{Budget, MemoryLimit};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Part of the memory limit that all threads share. The rest is for what the allocator keeps of the memory that they have
/// freed, while an item has the whole limit.
const SHARED: u64 = 4;

/// Outcome of the work on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    Done,
    /// It failed, perhaps because its share of the memory is too small.
    Failed,
    /// It cannot be repeated.
    Final,
}

/// Applies `work` to items on all cores, and passes the results to `take` in the order of the items.
///
/// Each thread gets a small share of the default memory limit. An item that fails or needs more is worked on again by the
/// calling thread with the whole limit, one item at a time. So all items together hardly need more memory than the largest.
///
/// Items are taken one at a time, so an iterator can search for the next ones while the first ones are worked on. `take` is
/// called with `None` whenever no result arrived for `patience`, if there is a limit to it. It ends the work with
/// [`ControlFlow::Break`].
pub fn in_order<I: Send, R: Send>(
    items: impl Iterator<Item = I> + Send,
    patience: Option<Duration>,
    work: impl Fn(&I, &Budget) -> (R, Attempt) + Sync,
    mut take: impl FnMut(Option<R>) -> ControlFlow<()>,
) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let jobs = items.size_hint().1.map_or(cores, |most| cores.min(most));
    let with_whole_limit = |item: &I| work(item, &Budget::default()).0;
    // Most programs open one file. It needs no threads.
    if jobs <= 1 {
        let mut results = items.map(|item| with_whole_limit(&item));
        let _ = results.try_for_each(|result| take(Some(result)));
        return;
    }
    let share = MemoryLimit(MemoryLimit::default().0 / SHARED / jobs as u64);
    let items = Mutex::new(items.enumerate());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (sender, results) = channel();
    let worker = |sender: Sender<(usize, Result<R, I>)>| {
        while let Some((at, item)) = next() {
            let budget = Budget::from(share);
            let (result, attempt) = work(&item, &budget);
            let is_final = attempt == Attempt::Final || (attempt == Attempt::Done && budget.check().is_ok());
            // The receiver ends the work.
            if sender.send((at, if is_final { Ok(result) } else { Err(item) })).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs {
            let sender = sender.clone();
            scope.spawn(|| worker(sender));
        }
        drop(sender);
        let results = results;
        let (mut early, mut expected) = (BTreeMap::new(), 0);
        loop {
            let result = match patience {
                Some(patience) => results.recv_timeout(patience),
                None => results.recv().map_err(RecvTimeoutError::from),
            };
            match result {
                Ok((at, result)) => _ = early.insert(at, result),
                Err(RecvTimeoutError::Timeout) => {
                    if take(None).is_break() {
                        return;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while let Some(result) = early.remove(&expected) {
                expected += 1;
                if take(Some(result.unwrap_or_else(|item| with_whole_limit(&item)))).is_break() {
                    return;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_arrive_in_order_and_each_once() {
        let (mut taken, runs) = (Vec::new(), AtomicUsize::new(0));
        let work = |n: &u64, _: &Budget| {
            runs.fetch_add(1, Ordering::Relaxed);
            // Makes some items slower than their successors.
            let result = (0..n % 7 * 1000).fold(*n, |sum, x| sum ^ (x & 1) ^ (x & 1));
            (result, if n % 10 == 3 { Attempt::Failed } else { Attempt::Done })
        };
        in_order((0..1000).filter(|_| true), Some(Duration::from_secs(1)), work, |result| {
            taken.extend(result);
            ControlFlow::Continue(())
        });
        assert_eq!(taken, (0..1000).collect::<Vec<_>>());
        let cores = thread::available_parallelism().map_or(1, usize::from);
        // Each failure is repeated once by the calling thread.
        assert_eq!(runs.into_inner(), if cores == 1 { 1000 } else { 1100 });
    }

    #[test]
    fn an_item_that_needs_more_than_its_share_gets_the_whole_limit() {
        let whole = MemoryLimit::default().0;
        let fits = |bytes: &u64, budget: &Budget| (budget.reserve(*bytes).is_ok(), Attempt::Done);
        let mut taken = Vec::new();
        in_order([1, whole / 2, 1, whole].into_iter(), None, fits, |result| {
            taken.extend(result);
            ControlFlow::Continue(())
        });
        assert_eq!(taken, [true; 4]);
    }

    #[test]
    fn only_one_item_at_a_time_has_the_whole_limit() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |_: &i32, budget: &Budget| {
            if let Ok(_held) = budget.reserve(MemoryLimit::default().0 / 2) {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::yield_now();
                now.fetch_sub(1, Ordering::SeqCst);
            }
            ((), Attempt::Done)
        };
        in_order(0..200, None, work, |_| ControlFlow::Continue(()));
        assert_eq!(most.into_inner(), 1);
    }

    #[test]
    fn what_cannot_be_repeated_is_not() {
        let runs = AtomicUsize::new(0);
        let work = |_: &i32, _: &Budget| (runs.fetch_add(1, Ordering::Relaxed), Attempt::Final);
        in_order(0..2, None, work, |_| ControlFlow::Continue(()));
        assert_eq!(runs.into_inner(), 2);
    }

    #[test]
    fn the_receiver_can_end_the_work() {
        let mut taken = 0;
        in_order(
            0..,
            None,
            |n: &u64, _: &Budget| (*n, Attempt::Done),
            |_| {
                taken += 1;
                if taken == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(taken, 5);
    }
}
