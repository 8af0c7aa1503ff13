use super::*;
use crate::engine::{OutOfRange, Stream, count_all};
use crate::hist::{Bins, Histogram, Number, Numbers, Rule, each};
use half::f16;
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Stream that fails after a number of reads.
#[derive(Debug)]
struct FakeStream {
    samples: Samples,
    /// Number of reads left.
    reads: AtomicU64,
}

impl Stream for FakeStream {
    fn dtype(&self) -> DType {
        self.samples.dtype()
    }

    fn len(&self) -> u64 {
        self.samples.len() as u64
    }

    fn read(&self, from: u64, n: usize, block: &mut Samples) -> Result<(), Error> {
        let left = self.reads.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map_err(|_| Error::read("a.npy", "the disk is gone"))?;
        *block = slice(&self.samples, from as usize, from as usize + n);
        Ok(())
    }
}

fn slice(samples: &Samples, from: usize, to: usize) -> Samples {
    let mut slice = Samples::empty(samples.dtype());
    each!(samples, values => extend(&mut slice, &values[from..to]));
    slice
}

fn extend<T: Element>(into: &mut Samples, values: &[T]) {
    T::vec(into).unwrap().extend(values);
}

fn streamed(samples: Samples, reads: u64) -> Part {
    Part::Stream(Arc::new(FakeStream { samples, reads: AtomicU64::new(reads) }))
}

/// Splits samples at some positions. Every other part is a stream.
fn in_parts(samples: &Samples, cuts: &[usize]) -> Population {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (samples.len() + 1)).collect();
    cuts.extend([0, samples.len()]);
    cuts.sort_unstable();
    let parts = cuts.windows(2).enumerate().map(|(i, cut)| {
        let part = slice(samples, cut[0], cut[1]);
        if i % 2 == 0 { streamed(part, u64::MAX) } else { part.into() }
    });
    Population::of(parts.collect(), &Task::default()).unwrap()
}

type Counted = Result<(Histogram, OutOfRange), Error>;

/// All results that a population can compute.
fn results(population: &Population) -> (Summary, Option<Range>, Vec<Counted>, Stats) {
    let task = Task::default();
    let ranges = [None, Some(Range::floats(-0.5, 0.75)), Some(Range { lo: Number::Int(-1), hi: Number::Int(3) })];
    let rules = Rule::ALL.into_iter().filter(|rule| *rule != Rule::Stone).map(Bins::Rule);
    let edges = Bins::Edges(Numbers::floats(vec![f64::NEG_INFINITY, -0.25, 0.0, 0.5, 2.0]));
    let bins: Vec<Bins> = [Bins::Count(1), Bins::Count(64), Bins::Count(512), edges].into_iter().chain(rules).collect();
    let count = |range| {
        let counted = bins.iter().map(|bins| count_all(population, &bins.clone(), range, &task));
        counted.collect::<Vec<Counted>>()
    };
    let mut counted: Vec<Counted> = ranges.into_iter().flat_map(count).collect();
    population.tabulate(ranges[1], &task).unwrap();
    counted.extend([3, 511].iter().filter_map(|n| population.lookup(*n, ranges[1])));
    (*population.summary(), population.range(), counted, population.stats(&task).unwrap())
}

fn agree(samples: &Samples, cuts: &[usize]) {
    let parts = in_parts(samples, cuts);
    let whole = Population::new(samples.clone());
    // Compared as debug text, since NaN differs from itself.
    assert_eq!(
        format!("{:?}", results(&parts)),
        format!("{:?}", results(&whole)),
        "{} at {cuts:?}",
        samples.dtype().name()
    );
    assert_eq!(format!("{:?}", parts.samples()), format!("{:?}", Ok::<_, Error>(samples)));
}

/// Unsorted values for several blocks.
fn wild(n: i32) -> impl Iterator<Item = f64> {
    (0..n).map(|i| f64::from(i.wrapping_mul(i).wrapping_mul(7919) % 20_011) / 10_007.0)
}

#[test]
fn parts_and_streams_give_the_results_of_one_array() {
    let n = 1603;
    let cuts = [1, 256, 258, 900, 900, 1550];
    agree(&Samples::F64(wild(n).collect()), &cuts);
    let holes = wild(n).enumerate().map(|(i, x)| if i % 5 == 0 { [f64::NAN, f64::INFINITY][i % 2] } else { x });
    agree(&Samples::F64(holes.collect()), &cuts);
    agree(&Samples::F32(wild(n).map(|x| x as f32).collect()), &cuts);
    agree(&Samples::F16(wild(n).map(|x| f16::from_f32(x as f32)).collect()), &cuts);
    agree(&Samples::I64(wild(n).map(|x| (x * 1e6) as i64 + (1 << 60)).collect()), &cuts);
    agree(&Samples::U8(wild(n).map(|x| (x * 100.0) as u8).collect()), &cuts);
    agree(&Samples::Bool(wild(n).map(|x| u8::from(x > 0.0)).collect()), &cuts);
}

#[test]
fn parts_of_several_types_are_promoted_like_numpy() {
    let parts = |parts: Vec<Samples>| {
        let population = Population::of(parts.into_iter().map(Part::from).collect(), &Task::default()).unwrap();
        population.samples().unwrap()
    };
    let bytes = || Samples::U8(vec![0, 255]);
    assert_eq!(parts(vec![bytes(), Samples::I8(vec![-1])]), Samples::I16(vec![0, 255, -1]));
    assert_eq!(parts(vec![Samples::Bool(vec![1]), bytes()]), Samples::U8(vec![1, 0, 255]));
    assert_eq!(parts(vec![bytes(), Samples::F32(vec![0.1])]), Samples::F32(vec![0.0, 255.0, 0.1]));
    // Integers that are not exact as float64 are rounded like numpy does.
    let rounded = parts(vec![Samples::I64(vec![(1 << 53) + 1]), Samples::U64(vec![u64::MAX])]);
    assert_eq!(rounded, Samples::F64(vec![9_007_199_254_740_992.0, 18_446_744_073_709_551_616.0]));
    assert_eq!(parts(vec![]), Samples::F64(vec![]));
}

#[test]
fn a_failing_stream_is_an_error() {
    let samples = || Samples::F64(wild(1603).collect());
    let gone = Err("cannot read a.npy: the disk is gone".to_owned());
    let broken = Population::of(vec![streamed(samples(), 1)], &Task::default());
    assert_eq!(broken.map(|_| ()).map_err(|error| error.to_string()), gone);
    let population = Population::of(vec![streamed(samples(), 3)], &Task::default()).unwrap();
    let counted = count_all(&population, &Bins::Count(4), None, &Task::default());
    assert_eq!(counted.map(|_| ()).map_err(|error| error.to_string()), gone);
    assert!(population.stats(&Task::default()).is_err() && population.tabulate(None, &Task::default()).is_err());
}

#[test]
fn progress_is_in_bytes() {
    let task = Task::default();
    let population = Population::of(vec![Samples::F32(vec![0.5; 1000]).into()], &task).unwrap();
    assert_eq!(task.progress.get(), (4000, 4000));
    count_all(&population, &Bins::Rule(Rule::Scott), None, &task).unwrap();
    let (done, total) = task.progress.get();
    assert!(done == total && done > 8000, "{done} of {total}");
}

#[test]
fn sorting_respects_the_memory_limit() {
    let population = Population::new(Samples::F64(wild(1000).collect()));
    let stone = Bins::Rule(Rule::Stone);
    let task = Task { memory: crate::engine::MemoryLimit(7999).into(), ..Task::default() };
    let refused = count_all(&population, &stone, None, &task).unwrap_err().to_string();
    assert!(
        refused.starts_with("stone sorts all values, which needs 7.8 KiB of memory; raise the 7.8 KiB limit"),
        "{refused}"
    );
    assert!(
        count_all(&population, &stone, None, &Task { memory: crate::engine::MemoryLimit(8000).into(), ..task }).is_ok()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn results_do_not_depend_on_the_split(
        n in 1..2000, scale in -3.0..3.0, cuts in prop::collection::vec(any::<usize>(), 0..5), whole in any::<bool>(),
    ) {
        let values = wild(n).map(|x| x * scale);
        let samples = if whole {
            Samples::I32(values.map(|x| (x * 50.0) as i32).collect())
        } else {
            Samples::F64(values.collect())
        };
        agree(&samples, &cuts);
    }
}
