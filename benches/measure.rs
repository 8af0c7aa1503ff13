//! Prints how long counting takes, for `side_by_side.py` in this folder: `measure FILE.npy [REPEATS]` writes a line of
//! name and nanoseconds for each thing measured, the best of all repeats.

#![expect(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a program for the person who measures")]

use rebin::catalog::Content;
use rebin::engine::{Population, Task, count};
use rebin::hist::{Bins, MAX_BINS, Samples};
use rebin::source::{self, Input};
use std::hint::black_box;
use std::time::Instant;

/// What was measured, in order, and the best time of each.
#[derive(Default)]
struct Best(Vec<(&'static str, u128)>);

impl Best {
    fn time<T>(&mut self, name: &'static str, task: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = black_box(task());
        let took = began.elapsed().as_nanos();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, best)) => *best = took.min(*best),
            None => self.0.push((name, took)),
        }
        result
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a .npy file");
    let repeats = arguments.next().map_or(5, |n| n.parse().expect("a number of repeats"));
    let mut best = Best::default();
    for _ in 0..repeats {
        let samples = best.time("load and summarise", || load(&path));
        measure(samples, &mut best);
    }
    for (name, nanoseconds) in best.0 {
        println!("{name}\t{nanoseconds}");
    }
}

fn load(path: &str) -> Samples {
    let source = source::open(&Input::Path(path.into()), &Task::default()).expect("a file that can be read");
    match source.load(0, 0, &Task::default()).expect("an array") {
        Content::Raw(population) => population.samples().expect("samples"),
        Content::Logged(_) => panic!("{path} holds no samples"),
    }
}

fn measure(samples: Samples, best: &mut Best) {
    let (bins, task) = (Bins::Count(64), Task::default());
    let population = best.time("summary", || Population::new(samples));
    best.time("direct pass", || count(&population, &bins, None, &task)).expect("64 bins");
    best.time("table", || population.prepare(None, &task)).expect("a table");
    best.time("lookup, first", || population.lookup(64, None));
    best.time("lookups of all 512", || (1..=MAX_BINS).map(|n| population.lookup(n, None)).collect::<Vec<_>>());
    best.time("statistics", || population.stats(&task)).expect("statistics");
}
