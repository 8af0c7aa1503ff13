//! Every path from samples to counts, against exact rational arithmetic: all types, ranges near the ends of each type,
//! all numbers of bins.

use crate::npy::npy;
use crate::rational;
use half::f16;
use proptest::prelude::*;
use rebin::catalog::Content;
use rebin::document::{BinSpec, Policy, evaluate};
use rebin::engine::{MemoryLimit, Population, Task, count};
use rebin::hist::{self, Bins, DType, Histogram, Number, Range, Rounding, Samples};
use rebin::source::{self, Input};
use std::fs;

/// Seed of a number: an interesting one, or any bits.
#[derive(Debug, Clone, Copy)]
enum Seed {
    /// A share of the largest number of the type.
    Share(f64),
    /// A small number.
    Small(f64),
    Bits(u64),
}

fn seed() -> impl Strategy<Value = Seed> {
    prop_oneof![
        3 => prop::sample::select(vec![-1.0, -0.999, -0.75, -0.5, 0.0, 0.25, 0.5, 0.92, 0.999, 1.0]).prop_map(Seed::Share),
        2 => (-1.0..=1.0).prop_map(Seed::Share),
        2 => (-300i32..300).prop_map(|i| Seed::Small(f64::from(i) / 4.0)),
        2 => any::<u64>().prop_map(Seed::Bits),
    ]
}

/// Smallest and largest finite number of a type.
fn ends(dtype: DType) -> (Number, Number) {
    let float = |max: f64| (Number::Float(-max), Number::Float(max));
    let int = |min: i128, max: i128| (Number::Int(min), Number::Int(max));
    match dtype {
        DType::F16 => float(65504.0),
        DType::F32 => float(f32::MAX.into()),
        DType::F64 => float(f64::MAX),
        DType::Bool => int(0, 1),
        DType::I8 => int(i8::MIN.into(), i8::MAX.into()),
        DType::I16 => int(i16::MIN.into(), i16::MAX.into()),
        DType::I32 => int(i32::MIN.into(), i32::MAX.into()),
        DType::I64 => int(i64::MIN.into(), i64::MAX.into()),
        DType::U8 => int(0, u8::MAX.into()),
        DType::U16 => int(0, u16::MAX.into()),
        DType::U32 => int(0, u32::MAX.into()),
        DType::U64 => int(0, u64::MAX.into()),
    }
}

/// End of a range for samples of a type: a float, or for integer types an integer.
fn bound(dtype: DType, seed: Seed, whole: bool) -> Number {
    match (ends(dtype), seed) {
        ((_, Number::Float(max)), Seed::Share(share)) => Number::Float(share * max),
        ((_, Number::Float(_)), Seed::Small(x)) => Number::Float(x),
        ((_, Number::Float(_)), Seed::Bits(bits)) => Number::Float(match dtype {
            DType::F16 => f16::from_bits(bits as u16).to_f64(),
            DType::F32 => f32::from_bits(bits as u32).into(),
            _ => f64::from_bits(bits),
        }),
        ((Number::Int(min), Number::Int(max)), seed) => {
            let span = (max - min) as f64;
            let offset = match seed {
                Seed::Share(share) => (span * (share + 1.0) / 2.0) as i128,
                Seed::Small(x) => x as i128 - min,
                Seed::Bits(bits) => i128::from(bits) % (max - min + 1),
            };
            let exact = Number::Int(min + offset);
            if whole {
                exact
            } else {
                Number::Float(exact.as_f64() + if let Seed::Small(x) = seed { x.fract() } else { 0.0 })
            }
        }
        _ => unreachable!("both ends have the same kind"),
    }
}

/// Samples of a type from numbers and their neighbours.
fn samples(dtype: DType, at: &[(f64, i8)], seeds: &[Seed]) -> Samples {
    let floats = || {
        let seeds = seeds.iter().map(|seed| bound(dtype, *seed, false).as_f64());
        at.iter().map(|(x, _)| *x).chain(seeds)
    };
    let steps = || at.iter().map(|(_, step)| *step).chain(std::iter::repeat(0));
    macro_rules! ints {
        ($t:ty, $variant:ident) => {{
            let near = at.iter().map(|(x, step)| (*x as $t).saturating_add(*step as $t));
            let any = seeds.iter().map(|seed| match bound(dtype, *seed, true) {
                Number::Int(i) => i.clamp(<$t>::MIN.into(), <$t>::MAX.into()) as $t,
                Number::Float(_) => unreachable!("the bound is whole"),
            });
            Samples::$variant(near.chain(any).collect())
        }};
    }
    match dtype {
        DType::F64 => Samples::F64(floats().zip(steps()).map(|(x, step)| shifted(x, step)).collect()),
        DType::F32 => {
            let shifted = |(x, step): (f64, i8)| match step {
                1.. => (x as f32).next_up(),
                0 => x as f32,
                _ => (x as f32).next_down(),
            };
            Samples::F32(floats().zip(steps()).map(shifted).collect())
        }
        DType::F16 => {
            let shifted = |(x, step): (f64, i8)| {
                let bits = f16::from_f64(x).to_bits();
                f16::from_bits(bits.wrapping_add_signed(step.signum().into()))
            };
            Samples::F16(floats().zip(steps()).map(shifted).collect())
        }
        DType::Bool => Samples::Bool(at.iter().map(|(x, _)| u8::from(*x > 0.0)).collect()),
        DType::I8 => ints!(i8, I8),
        DType::I16 => ints!(i16, I16),
        DType::I32 => ints!(i32, I32),
        DType::I64 => ints!(i64, I64),
        DType::U8 => ints!(u8, U8),
        DType::U16 => ints!(u16, U16),
        DType::U32 => ints!(u32, U32),
        DType::U64 => ints!(u64, U64),
    }
}

fn shifted(x: f64, step: i8) -> f64 {
    match step {
        1.. => x.next_up(),
        0 => x,
        _ => x.next_down(),
    }
}

/// The samples as numbers, and as the bytes of a `.npy` file.
fn stored(samples: &Samples) -> (Vec<Number>, Vec<u8>) {
    macro_rules! stored {
        ($values:expr, $descr:expr, $number:expr) => {{
            let bytes: Vec<u8> = $values.iter().flat_map(|x| x.to_le_bytes()).collect();
            let shape = format!("({},)", $values.len());
            ($values.iter().map($number).collect(), npy($descr, &shape, &bytes))
        }};
    }
    match samples {
        Samples::Bool(v) => stored!(v, "|b1", |x| Number::Int((*x).into())),
        Samples::I8(v) => stored!(v, "|i1", |x| Number::Int((*x).into())),
        Samples::I16(v) => stored!(v, "<i2", |x| Number::Int((*x).into())),
        Samples::I32(v) => stored!(v, "<i4", |x| Number::Int((*x).into())),
        Samples::I64(v) => stored!(v, "<i8", |x| Number::Int((*x).into())),
        Samples::U8(v) => stored!(v, "|u1", |x| Number::Int((*x).into())),
        Samples::U16(v) => stored!(v, "<u2", |x| Number::Int((*x).into())),
        Samples::U32(v) => stored!(v, "<u4", |x| Number::Int((*x).into())),
        Samples::U64(v) => stored!(v, "<u8", |x| Number::Int((*x).into())),
        Samples::F16(v) => stored!(v, "<f2", |x| Number::Float((*x).into())),
        Samples::F32(v) => stored!(v, "<f4", |x| Number::Float((*x).into())),
        Samples::F64(v) => stored!(v, "<f8", |x| Number::Float(*x)),
    }
}

/// Edges and counts of a histogram as plain numbers.
fn plain(histogram: &Histogram) -> (Vec<f64>, Vec<u64>) {
    let counts = histogram.counts().as_f64().iter().map(|count| *count as u64).collect();
    (histogram.edges().as_f64().to_vec(), counts)
}

/// Counts the samples on every path and compares with the reference. Returns true if the reference has counts for each
/// number of bins.
fn check(samples: &Samples, ends: (Number, Number), bin_counts: &[usize]) -> bool {
    let (numbers, file) = stored(samples);
    let (range, task) = (Some(Range { lo: ends.0, hi: ends.1 }), Task::default());
    let little = Task { memory: MemoryLimit(1).into(), ..Task::default() };
    let policy = Policy { rounding: Rounding::Integers, cap_rules: true };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    fs::write(&path, file).unwrap();
    let source = source::open(&Input::Path(path), &little).unwrap();
    let content = source.load(0, 0, &little).unwrap();
    let Content::Raw(streamed) = &content else { unreachable!("an array has samples") };
    let population = Population::new(samples.clone());
    let merged = population.mergeable_counts(range, &task).and_then(|counts| Population::from_counts(&counts)).ok();
    let mut all = true;
    for n in bin_counts {
        let expected = rational::histogram(&numbers, samples.dtype(), ends, *n);
        let compare = |path: &str, counted: Option<Histogram>| {
            assert_eq!(counted.as_ref().map(plain), expected, "{path}: {samples:?} in {n} bins over {ends:?}");
        };
        let bins = Bins::Count(*n);
        compare("strict", hist::histogram(samples, &bins, range).ok());
        compare("direct", count(&population, &bins, range, &task).ok());
        compare("streamed", count(streamed, &bins, range, &little).ok());
        let spec = BinSpec { bins: Some(bins.clone()), range, ..BinSpec::AS_STORED };
        compare("shown", evaluate(&content, &spec, policy, &task).ok().map(|shown| shown.histogram));
        match merged.as_ref().and_then(|merged| merged.lookup(*n, range)) {
            Some(found) => compare("table", found.ok().map(|(histogram, _)| histogram)),
            // The table leaves out numbers of bins for which numpy contradicts its own edges.
            None => assert!(merged.as_ref().is_none_or(|merged| count(merged, &bins, range, &task).is_err())),
        }
        all &= expected.is_some();
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn every_path_counts_like_exact_arithmetic(
        dtype in prop::sample::select(DType::ALL.to_vec()),
        ends in (seed(), seed(), any::<bool>()),
        n in 1_usize..=512, few in 1_usize..20,
        near in prop::collection::vec((0.0..=1.0, -1i8..=1), 0..20),
        on in prop::collection::vec((0_usize..=512, -1i8..=1), 0..20),
        any in prop::collection::vec(seed(), 0..20),
    ) {
        let (a, b) = (bound(dtype, ends.0, ends.2), bound(dtype, ends.1, ends.2));
        let (lo, hi) = if a.as_f64() <= b.as_f64() { (a, b) } else { (b, a) };
        prop_assume!(lo.as_f64() < hi.as_f64() && (hi.as_f64() - lo.as_f64()).is_finite());
        let at = |share: f64| lo.as_f64() * (1.0 - share) + hi.as_f64() * share;
        let near = near.into_iter().map(|(share, step)| (at(share), step));
        let on = on.into_iter().map(|(k, step)| (at((k % (few + 1)) as f64 / few as f64), step));
        let samples = samples(dtype, &near.chain(on).collect::<Vec<_>>(), &any);
        check(&samples, (lo, hi), &[few, n]);
    }
}

#[test]
fn ranges_wider_than_the_largest_number_of_the_type_are_counted() {
    let floats = |values: &[f64]| values.iter().map(|x| f16::from_f64(*x)).collect();
    let halves = Samples::F16(floats(&[-4e4, -1.0, 1.0, 1e4, 2e4, 4e4, 5e4, -5e4, 65504.0, -65504.0]));
    let singles = Samples::F32(vec![-3e38, -1e38, -1.0, 0.0, 1.0, 1e38, 2.9e38, 3.4e38, f32::MAX, f32::MIN]);
    let float = |x: f64| (Number::Float(-x), Number::Float(x));
    let many: Vec<usize> = (1..=64).chain([100, 511, 512]).collect();
    assert!(check(&halves, float(50_000.0), &many) && check(&halves, float(65_504.0), &many));
    assert!(check(&singles, float(3e38), &many) && check(&singles, float(f32::MAX.into()), &many));
    assert!(!check(&halves, float(66_000.0), &[8]) && !check(&singles, float(3.5e38), &[8]));
}
