//! Times counting, for `side_by_side.py`.
//!
//! Usage: `measure FILE.npy [REPEATS]`. Prints the name and the minimum time in nanoseconds of each measurement.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark prints results and fails by panicking"
)]

use rebin::catalog::Content;
use rebin::engine::{Population, Task, count};
use rebin::hist::{Bins, MAX_BINS, Samples};
use rebin::source::{self, Input};
use std::hint::black_box;
use std::time::Instant;

/// Name and minimum time of each measurement, in the order of the first run.
#[derive(Default)]
struct Best(Vec<(&'static str, u128)>);

impl Best {
    fn time<T>(&mut self, name: &'static str, task: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = black_box(task());
        let took = start.elapsed().as_nanos();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, best)) => *best = took.min(*best),
            None => self.0.push((name, took)),
        }
        result
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("usage: measure FILE.npy [REPEATS]");
    let repeats = arguments.next().map_or(5, |n| n.parse().expect("REPEATS is a number"));
    let mut best = Best::default();
    for _ in 0..repeats {
        let samples = best.time("load and summarize", || load(&path));
        measure(samples, &mut best);
    }
    for (name, nanoseconds) in best.0 {
        println!("{name}\t{nanoseconds}");
    }
}

fn load(path: &str) -> Samples {
    let source = source::open(&Input::Path(path.into()), &Task::default()).expect("the file is readable");
    match source.load(0, 0, &Task::default()).expect("the file contains an array") {
        Content::Raw(population) => population.samples().expect("the samples fit into memory"),
        Content::Logged(_) => panic!("{path} does not contain samples"),
    }
}

fn measure(samples: Samples, best: &mut Best) {
    let (bins, task) = (Bins::Count(64), Task::default());
    let population = best.time("summary", || Population::new(samples));
    best.time("direct pass", || count(&population, &bins, None, &task)).expect("count 64 bins");
    best.time("table", || population.prepare(None, &task)).expect("build the table");
    best.time("lookup, first", || population.lookup(64, None));
    best.time("lookups of all 512", || (1..=MAX_BINS).map(|n| population.lookup(n, None)).collect::<Vec<_>>());
    best.time("statistics", || population.stats(&task)).expect("compute statistics");
}
