//! Times counting and rebinning. `side_by_side.py` compares rebin with other programs.

#![expect(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rebin::engine::{Population, Task, count};
use rebin::hist::{Bins, Edges, Histogram, Numbers, Rounding, Samples, histogram, rebin, uniform_edges};
use std::hint::black_box;

const SAMPLES: usize = 1_000_000;

/// Bell-shaped values, the same in every run.
fn values() -> Vec<f64> {
    let mut state = 1_u64;
    let mut unit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..SAMPLES).map(|_| (0..12).map(|_| unit()).sum::<f64>() - 6.0).collect()
}

fn counting(criterion: &mut Criterion) {
    let wide = Samples::F64(values());
    let narrow = Samples::F32(values().into_iter().map(|x| x as f32).collect());
    let mut group = criterion.benchmark_group("count 1e6 into 64 bins");
    group.throughput(Throughput::Elements(SAMPLES as u64));
    for samples in [wide, narrow] {
        let name = samples.dtype().name();
        group.bench_function(format!("{name}, strict"), |bencher| {
            bencher.iter(|| histogram(black_box(&samples), &Bins::Count(64), None).unwrap());
        });
        group.bench_function(format!("{name}, summary"), |bencher| {
            bencher.iter_with_large_drop(|| Population::new(black_box(samples.clone())));
        });
        let population = Population::new(samples);
        let bins = Bins::Count(64);
        group.bench_function(format!("{name}, population"), |bencher| {
            bencher.iter(|| count(black_box(&population), &bins, None, &Task::default()).unwrap());
        });
    }
}

/// Times building the table of all histograms, and lookups in it. `REBIN_SAMPLES` changes the number of samples.
fn tables(criterion: &mut Criterion) {
    let size = std::env::var("REBIN_SAMPLES").map_or(SAMPLES, |n| n.parse().unwrap());
    let values: Vec<f64> = values().into_iter().cycle().take(size).collect();
    let samples = Samples::F64(values);
    let mut group = criterion.benchmark_group(format!("tables of {size}"));
    group.sample_size(10).bench_function("build", |bencher| {
        let fresh = || Population::new(samples.clone());
        let build = |population: Population| {
            population.prepare(None, &Task::default()).unwrap();
            population
        };
        bencher.iter_batched(fresh, build, BatchSize::PerIteration);
    });
    let population = Population::new(samples);
    population.prepare(None, &Task::default()).unwrap();
    group.bench_function("look up 64 bins again", |bencher| bencher.iter(|| population.lookup(black_box(64), None)));
    let mut n = 0;
    group.bench_function("look up a different number of bins", |bencher| {
        bencher.iter(|| {
            n = n % 512 + 1;
            population.lookup(n, None)
        });
    });
}

fn rebinning(criterion: &mut Criterion) {
    let counts = Numbers::ints((0..512).map(|i| i * 37 % 1000));
    let source = Histogram::new(uniform_edges(-3.0, 3.0, 512).unwrap(), counts).unwrap();
    let all: Vec<Edges> = (1..=512).map(|n| uniform_edges(-3.0, 3.0, n).unwrap()).collect();
    criterion.bench_function("rebin 512 to 50", |bencher| {
        bencher.iter(|| rebin(black_box(&source), &all[49], Rounding::Integers));
    });
    criterion.bench_function("rebin 512 to each of 1 to 512", |bencher| {
        bencher.iter(|| {
            for edges in &all {
                black_box(rebin(black_box(&source), edges, Rounding::Integers));
            }
        });
    });
}

criterion_group!(benches, counting, tables, rebinning);
criterion_main!(benches);
