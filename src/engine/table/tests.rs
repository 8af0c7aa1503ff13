use crate::engine::{OutOfRange, Population, Task, count_all, quantiles};
use crate::error::Error;
use crate::hist::{Bins, Edges, MAX_BINS, Number, Range, Rule, Samples, histogram, uniform_edges};
use half::f16;
use proptest::prelude::*;

/// Two populations of the same samples: without and with a table.
fn both(samples: &Samples, range: Option<Range>) -> (Population, Population) {
    let (plain, prepared) = (Population::new(samples.clone()), Population::new(samples.clone()));
    prepared.tabulate(range, &Task::default()).unwrap();
    (plain, prepared)
}

/// Number of bin counts from 1 to 512 that the table knows. Checks that table, counting and numpy agree.
fn check(samples: &Samples, range: Option<Range>) -> usize {
    let (plain, prepared) = both(samples, range);
    let task = Task::default();
    let known = (1..=MAX_BINS).filter(|n| {
        let counted = count_all(&plain, &Bins::Count(*n), range, &task);
        let strict = histogram(samples, &Bins::Count(*n), range).map_err(Error::from);
        let numpys = counted.as_ref().map(|counted| &counted.0);
        assert_eq!(numpys, strict.as_ref(), "{n} bins of {samples:?} in {range:?}");
        let Some(looked_up) = prepared.lookup(*n, range) else {
            assert!(!prepared.knows(*n, range));
            return false;
        };
        assert_eq!(looked_up, counted, "{n} bins of {samples:?} in {range:?}");
        true
    });
    known.count()
}

/// Numbers from 0 to 1 by splitmix64.
fn uniform(seed: u64, n: usize) -> impl Iterator<Item = f64> {
    let mut state = seed;
    (0..n).map(move |_| {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2f64.powi(-53)
    })
}

fn normal(seed: u64, n: usize) -> impl Iterator<Item = f64> {
    uniform(seed, n)
        .zip(uniform(!seed, n))
        .map(|(u, v)| (-2.0 * (1.0 - u).ln()).sqrt() * (v * std::f64::consts::TAU).cos())
}

/// Values on the edges of some histograms, and the next floats on both sides.
fn ties() -> Vec<f64> {
    let grid = [7, 64, 100, 511, 512].into_iter().flat_map(|n| (0..=n).map(move |k| f64::from(k) / f64::from(n)));
    grid.flat_map(|x| [x.next_down(), x, x.next_up()]).filter(|x| (0.0..=1.0).contains(x)).collect()
}

#[test]
fn tables_equal_counting_for_every_number_of_bins() {
    let lots: [(&str, Vec<f64>); 9] = [
        ("uniform", uniform(1, 1000).collect()),
        ("normal", normal(2, 1000).collect()),
        ("lognormal", normal(3, 1000).map(|x| (2.0 * x).exp()).collect()),
        ("cauchy", uniform(4, 1000).map(|u| (std::f64::consts::PI * (u - 0.5)).tan()).collect()),
        ("ties", ties()),
        ("shifted ties", ties().iter().map(|x| x * 3.0 - 1.7).collect()),
        ("integers", uniform(5, 1000).map(|u| (u * 100.0).floor()).collect()),
        ("huge", vec![-1e308, -1e300, 0.0, 1e-300, 1e300, 7e307]),
        ("signed zeros", vec![-0.0, 0.0, -1.0, 1.0, 1e-310, -1e-310]),
    ];
    for (name, values) in lots {
        assert_eq!(check(&Samples::F64(values.clone()), None), MAX_BINS, "{name}");
        assert_eq!(check(&Samples::F64(values), Some(Range::floats(-0.3, 0.9))), MAX_BINS, "{name}");
    }
}

#[test]
fn tables_use_the_edges_of_each_data_type() {
    let f32s: Vec<f32> = normal(6, 1000).map(|x| x as f32 + 1e4).collect();
    let f16s: Vec<f16> = normal(7, 1000).map(|x| f16::from_f32(x as f32)).collect();
    let lots = [
        Samples::F32(f32s),
        Samples::F32(vec![f32::MIN / 2.0, f32::MAX / 2.0, 1.0, -1.0]),
        Samples::F16(f16s),
        Samples::Bool(vec![0, 1, 1]),
        Samples::I8((-128..=127).collect()),
        Samples::U8((0..=255).collect()),
        Samples::I64(vec![i64::MIN, -1, 0, 1, i64::MAX]),
        Samples::I64((0..1000).map(|i| (1 << 60) + i * 7).collect()),
        Samples::U64(vec![0, 1, 1 << 53, (1 << 53) + 1, u64::MAX]),
    ];
    for samples in lots {
        check(&samples, None);
        check(&samples, Some(Range::floats(-1.5, 2.25)));
        check(&samples, Some(Range { lo: Number::Int(-1), hi: Number::Int((1 << 60) + 4001) }));
    }
}

#[test]
fn ranges_of_a_few_rounding_steps_are_counted_or_rejected() {
    let steps = |base: f64, most: u64| {
        let values = uniform(8, 500).map(move |u| f64::from_bits(base.to_bits() + (u * most as f64) as u64));
        Samples::F64(values.collect())
    };
    // numpy's formula contradicts its own edges here for some numbers of bins.
    let subnormal = check(&steps(0.0, 1000), None);
    assert!(subnormal < MAX_BINS, "{subnormal}");
    for samples in [steps(1.0, 700), steps(1e15, 40), steps(1e15, 8), Samples::F64(vec![2.5; 9])] {
        check(&samples, None);
    }
    let error = both(&steps(1e15, 8), None).1.lookup(512, None).unwrap().unwrap_err();
    assert_eq!(error.to_string(), "Too many bins for data range. Cannot create 512 finite-sized bins.");
}

#[test]
fn out_of_range_samples_are_counted_by_side() {
    let values = vec![f64::NAN, f64::NEG_INFINITY, -3.0, -2.0, 0.0, 0.5, 1.0, 2.0, f64::INFINITY, f64::INFINITY];
    let range = Some(Range::floats(0.0, 1.0));
    let (_, prepared) = both(&Samples::F64(values), range);
    let (histogram, outside) = prepared.lookup(2, range).unwrap().unwrap();
    assert_eq!((histogram.counts().as_f64(), outside), (&[1.0, 2.0][..], OutOfRange { below: 2, above: 1 }));
}

#[test]
fn the_oldest_table_is_evicted() {
    let (_, prepared) = both(&Samples::F64(uniform(9, 100).collect()), None);
    let range = |i: i32| Some(Range::floats(0.0, 1.0 / f64::from(i)));
    for i in 1..=4 {
        prepared.tabulate(range(i), &Task::default()).unwrap();
    }
    assert!((1..=4).all(|i| prepared.knows(64, range(i))) && !prepared.knows(64, None));
}

#[test]
fn estimates_of_other_ranges_are_within_bounds() {
    let (_, prepared) = both(&Samples::F64(normal(10, 5000).collect()), None);
    for (lo, hi, n) in [(-0.31, 0.77, 40), (-9.0, 0.123, 7), (3.9, 50.0, 3)] {
        let edges = uniform_edges(lo, hi, n).unwrap();
        let guess = prepared.estimate(&edges).unwrap();
        let range = Some(Range::floats(lo, hi));
        let (exact, outside) = count_all(&prepared, &Bins::Count(n), range, &Task::default()).unwrap();
        for ((guess, error), exact) in guess.counts.iter().zip(&guess.max_error).zip(exact.counts().as_f64()) {
            assert!((guess - exact).abs() <= *error, "{guess} for {exact}, within {error}");
        }
        assert!((guess.below - outside.below as f64).abs() <= 8.0 && (guess.above - outside.above as f64).abs() <= 8.0);
    }
}

#[test]
fn edges_of_the_table_are_counted_exactly() {
    let near: Vec<f64> = normal(12, 5000).map(|x| (x * 64.0).round() / 64.0).collect();
    let lots = [
        Samples::F64(normal(12, 5000).collect()),
        Samples::F64(near.clone()),
        Samples::F32(near.iter().map(|x| *x as f32).collect()),
        Samples::I64(near.iter().map(|x| (x * 3.0) as i64).collect()),
        Samples::U8(near.iter().map(|x| (x * 3.0) as u8).collect()),
        Samples::F64(vec![f64::NAN, -3.0, 5.0, f64::INFINITY]),
    ];
    let task = Task::default();
    let mut ties = 0;
    for samples in lots {
        let whole = Population::new(samples);
        let counted = whole.mergeable_counts(Some(Range::floats(-4.0, 4.0)), &task).unwrap();
        let counted = Population::from_counts(&counted).unwrap();
        let edges = [
            &[-4.0, 0.0, 4.0][..],
            &[-1.0, -0.5, 0.25, 1.0],
            &[-9.0, 0.0],
            &[-0.5, 9.0],
            &[1.0, 2.0, 3.0],
            &[0.5, 1.5],
        ];
        for edges in edges {
            let edges = Edges::from_f64(edges.to_vec()).unwrap();
            let estimate = counted.estimate(&edges).unwrap();
            let bins = Bins::Edges(edges.numbers().clone());
            let (exact, outside) = count_all(&whole, &bins, None, &task).unwrap();
            let (last, inner) = estimate.max_error.split_last().unwrap();
            assert!(inner.iter().all(|error| *error == 0.0), "{edges:?} {estimate:?}");
            let exact = exact.counts().as_f64();
            assert_eq!(estimate.counts[..inner.len()], exact[..inner.len()]);
            let (min, max) = (estimate.counts[inner.len()], estimate.counts[inner.len()] + last);
            assert!((min..=max).contains(&exact[inner.len()]), "{edges:?} {estimate:?} {exact:?}");
            // The table knows only the total of the samples below its range.
            assert!(edges.as_f64()[0] < -4.0 || estimate.below == outside.below as f64);
            ties += usize::from(*last > 0.0);
        }
    }
    assert!((1..12).contains(&ties), "{ties}");
}

#[test]
fn merged_counts_equal_counting_at_once() {
    let values: Vec<f64> = normal(11, 3000).chain([f64::NAN, f64::INFINITY]).collect();
    let range = Some(Range::floats(-2.0, 3.5));
    let task = Task::default();
    let counts =
        |values: &[f64]| Population::new(Samples::F64(values.to_vec())).mergeable_counts(range, &task).unwrap();
    let mut sum = counts(&[]);
    values.chunks(700).for_each(|part| sum.merge(&counts(part)).unwrap());
    let merged = Population::from_counts(&sum).unwrap();
    let whole = Population::new(Samples::F64(values));
    for n in [1, 64, 511, 512] {
        let bins = Bins::Count(n);
        let expected = count_all(&whole, &bins, range, &task);
        assert_eq!(count_all(&merged, &bins, range, &task), expected);
        assert_eq!(count_all(&merged, &bins, None, &task), expected);
    }
    let (stats, exact) = (merged.stats(&task).unwrap(), whole.stats(&task).unwrap());
    assert_eq!((merged.summary(), merged.range()), (whole.summary(), whole.range()));
    assert!((stats.mean - exact.mean).abs() < 1e-12 && (stats.std - exact.std).abs() < 1e-12);
    for (bounds, exact) in stats.quantiles.iter().zip(&exact.quantiles) {
        assert!(bounds.lo <= exact.lo && exact.lo <= bounds.hi, "{bounds:?} {exact:?}");
    }
    let rule = Bins::Rule(Rule::Fd);
    let error = count_all(&merged, &rule, None, &task).unwrap_err().to_string();
    assert!(error.starts_with("only counts for 1–512 bins over [-2.0, 3.5] are available"), "{error}");
    assert!(quantiles(&merged, &[0.5], &task).is_err() && merged.samples().is_err());
    let other = Population::new(Samples::F64(vec![1.0])).mergeable_counts(None, &task).unwrap();
    let error = sum.merge(&other).unwrap_err().to_string();
    assert!(error.contains("over [-2.0, 3.5] and another part over [0.5, 1.5]; count both"), "{error}");
    let narrow = Population::new(Samples::F32(vec![1.0])).mergeable_counts(range, &task).unwrap();
    assert!(sum.merge(&narrow).unwrap_err().to_string().contains("as float64 and another part as float32"));
}

#[test]
fn quantiles_of_counts_have_bounds_inside_and_outside_of_the_range() {
    let task = Task::default();
    let probabilities: Vec<f64> = (0..=1000).map(|i| f64::from(i) / 1000.0).collect();
    let counted = |samples: Samples, range| {
        let whole = Population::new(samples);
        let counts = Population::from_counts(&whole.mergeable_counts(range, &task).unwrap()).unwrap();
        (counts.quantiles(&probabilities, &task).unwrap(), whole.quantiles(&probabilities, &task).unwrap())
    };
    let lots = [
        normal(5, 3000).collect(),
        (0..500).map(f64::from).chain((0..200).map(|i| 500.0 + f64::from(i) / 10.0)).chain([1e6, 1e7]).collect(),
        vec![500.5],
    ];
    for values in lots {
        for range in [Some(Range::floats(500.0, 520.0)), Some(Range::floats(-0.5, 1.0)), None] {
            let (bounds, exact) = counted(Samples::F64(values.clone()), range);
            for (bounds, exact) in bounds.iter().zip(&exact) {
                assert!(bounds.lo <= exact.lo && exact.lo <= bounds.hi, "{range:?} {bounds:?} {exact:?}");
            }
            assert!(bounds.is_sorted_by(|a, b| a.lo <= b.lo && a.hi <= b.hi), "{range:?}");
        }
    }
    let integers = Samples::I16(normal(5, 3000).map(|x| (x * 20.0) as i16).collect());
    let (bounds, exact) = counted(integers, None);
    assert_eq!(bounds, exact, "only one integer is between two edges");
    let (none, _) = counted(Samples::F64(vec![f64::NAN]), None);
    assert!(none.iter().all(|q| q.lo.is_nan() && q.hi.is_nan()));
}

#[test]
fn tabulating_can_be_cancelled() {
    let (plain, _) = both(&Samples::F64(vec![0.0, 1.0]), None);
    let task = Task::default();
    task.cancel.cancel();
    assert!(plain.tabulate(None, &task).is_err() && !plain.knows(1, None));
}

/// Random values, many of them on edges.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let grid = (1..=512_u32, 0..=512_u32).prop_map(|(n, k)| f64::from(k) / f64::from(n));
    let near = (grid, -2..=2_i64).prop_map(|(x, by)| f64::from_bits((x.to_bits() as i64 + by).max(0) as u64));
    let one = prop_oneof![near, -1e3..1e3, any::<f64>().prop_filter("finite", |x| x.is_finite()), Just(-0.0)];
    (prop::collection::vec(one, 1..40), prop_oneof![Just(0.0), Just(1e15), -1e6..1e6])
        .prop_map(|(values, offset)| values.into_iter().map(|x| x + offset).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn tables_equal_counting_for_any_samples(values in values(), ends in prop::option::of((-2.0..1.0, 1.0..3.0))) {
        let range = ends.map(|(lo, hi)| Range::floats(lo, hi));
        check(&Samples::F64(values.clone()), range);
        check(&Samples::F32(values.iter().map(|x| *x as f32).filter(|x| x.is_finite()).collect()), range);
        check(&Samples::I64(values.iter().map(|x| *x as i64).collect()), range);
    }
}
