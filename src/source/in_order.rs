//! Work on many items on all cores, with results in the order of the items.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Applies `work` to items on all cores, and passes the results to `take` in the order of the items.
///
/// Items are taken one at a time, so an iterator can search for the next ones while the first ones are worked on. `take` is
/// called with `None` if no result arrived for a while. It ends the work with [`ControlFlow::Break`].
pub fn in_order<I: Send, R: Send>(
    items: impl Iterator<Item = I> + Send,
    patience: Duration,
    work: impl Fn(I) -> R + Sync,
    mut take: impl FnMut(Option<R>) -> ControlFlow<()>,
) {
    let mut items = items;
    // Most programs open one file. It needs no threads.
    if items.size_hint().1 == Some(1) {
        let _ = items.next().map(|item| take(Some(work(item))));
        return;
    }
    let items = Mutex::new(items.enumerate());
    let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let (sender, results) = channel();
    let worker = |sender: std::sync::mpsc::Sender<(usize, R)>| {
        while let Some((at, item)) = next() {
            // The receiver ends the work.
            if sender.send((at, work(item))).is_err() {
                return;
            }
        }
    };
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(|| worker(sender));
        }
        drop(sender);
        let results = results;
        let (mut early, mut expected) = (BTreeMap::new(), 0);
        loop {
            match results.recv_timeout(patience) {
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
                if take(Some(result)).is_break() {
                    return;
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_arrive_in_order_and_each_once() {
        let mut taken = Vec::new();
        in_order(
            0..1000,
            Duration::from_secs(1),
            |n: u64| {
                // Makes some items slower than their successors.
                (0..n % 7 * 1000).fold(n, |sum, x| sum ^ (x & 1) ^ (x & 1))
            },
            |result| {
                taken.extend(result);
                ControlFlow::Continue(())
            },
        );
        assert_eq!(taken, (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn the_receiver_can_end_the_work() {
        let mut taken = 0;
        in_order(
            0..,
            Duration::from_secs(1),
            |n: u64| n,
            |_| {
                taken += 1;
                if taken == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(taken, 5);
    }
}
