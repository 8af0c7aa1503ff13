//! Laws of counting and rebinning, on adversarial data of every type.

use half::f16;
use proptest::prelude::*;
use rebin::engine::{Population, Task, count, count_all};
use rebin::hist::{self, Bins, Edges, Histogram, Number, Numbers, Range, Rounding, Rule, Samples, rebin};

/// Finite floats of every magnitude. Many are equal, or lie on edges of each other's bins.
fn float() -> BoxedStrategy<f64> {
    prop_oneof![
        4 => (-20i32..20).prop_map(|i| f64::from(i) / 4.0),
        4 => -1.0..1.0,
        1 => (0u32..50).prop_map(|i| f64::from(i) * 5e-324),
        1 => prop::num::f64::NORMAL,
        1 => prop::sample::select(vec![0.0, -0.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 1e16 + 2.0]),
    ]
    .boxed()
}

/// Floats of every magnitude, with NaN and infinities.
fn any_float() -> BoxedStrategy<f64> {
    prop_oneof![
        20 => float(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
    .boxed()
}

/// Samples of every type.
fn samples(float: BoxedStrategy<f64>) -> impl Strategy<Value = Samples> {
    let floats = prop::collection::vec(float, 0..80);
    macro_rules! ints {
        ($t:ty, $variant:ident) => {
            prop::collection::vec(prop_oneof![any::<$t>(), 0..100 as $t], 0..80).prop_map(Samples::$variant).boxed()
        };
    }
    prop_oneof![
        4 => floats.clone().prop_map(Samples::F64),
        4 => floats.clone().prop_map(|v| Samples::F32(v.into_iter().map(|x| x as f32).collect())),
        4 => floats.prop_map(|v| Samples::F16(v.into_iter().map(f16::from_f64).collect())),
        8 => prop_oneof![
            ints!(i8, I8), ints!(i16, I16), ints!(i32, I32), ints!(i64, I64),
            ints!(u8, U8), ints!(u16, U16), ints!(u32, U32), ints!(u64, U64),
        ],
        1 => prop::collection::vec(0u8..2, 0..80).prop_map(Samples::Bool),
    ]
}

fn range() -> impl Strategy<Value = Option<Range>> {
    let pair = (float(), float()).prop_map(|(a, b)| Range::floats(a.min(b), a.max(b)));
    let ints = (-50i128..50, 0i128..60).prop_map(|(lo, n)| Range { lo: Number::Int(lo), hi: Number::Int(lo + n) });
    prop_oneof![2 => Just(None), 1 => pair.prop_map(Some), 1 => ints.prop_map(Some)]
}

fn bins() -> impl Strategy<Value = Bins> {
    let edges = prop::collection::vec(float(), 0..20).prop_map(|mut at| {
        at.sort_by(f64::total_cmp);
        Bins::Edges(Numbers::floats(at))
    });
    prop_oneof![
        3 => (0_usize..70).prop_map(Bins::Count),
        1 => Just(Bins::Count(512)),
        1 => edges,
        2 => prop::sample::select(Rule::ALL.to_vec()).prop_map(Bins::Rule),
    ]
}

/// Edges on a coarse grid, so that they often coincide, with bins of zero width and infinite ends.
fn edges() -> impl Strategy<Value = Edges> {
    (prop::collection::vec(-12i32..=12, 2..14), 0u8..8).prop_map(|(mut at, open)| {
        at.sort_unstable();
        let mut at: Vec<f64> = at.into_iter().map(|i| f64::from(i) / 2.0).collect();
        let last = at.len() - 1;
        if open == 1 {
            at[0] = f64::NEG_INFINITY;
        }
        if open <= 1 {
            at[last] = f64::INFINITY;
        }
        Edges::from_f64(at).unwrap()
    })
}

fn mass(rebinned: &hist::UncertainHistogram) -> f64 {
    rebinned.below + rebinned.histogram.counts().as_f64().iter().sum::<f64>() + rebinned.above
}

fn total(histogram: &Histogram) -> f64 {
    histogram.total().as_f64()
}

fn finite(samples: &Samples) -> Samples {
    match samples {
        Samples::F64(v) => Samples::F64(v.iter().copied().filter(|x| x.is_finite()).collect()),
        Samples::F32(v) => Samples::F32(v.iter().copied().filter(|x| x.is_finite()).collect()),
        Samples::F16(v) => Samples::F16(v.iter().copied().filter(|x| x.is_finite()).collect()),
        integers => integers.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn without_a_range_every_value_is_counted_once(samples in samples(float()), n in 1_usize..70) {
        if let Ok(histogram) = hist::histogram(&samples, &Bins::Count(n), None) {
            prop_assert_eq!(histogram.total(), Number::Int(samples.len() as i128));
        }
    }

    #[test]
    fn uniform_edges_increase_from_end_to_end(samples in samples(float()), n in 1_usize..70, range in range()) {
        if let Ok(histogram) = hist::histogram(&samples, &Bins::Count(n), range) {
            prop_assert_eq!(histogram.bins(), n);
            prop_assert!(histogram.edges().as_f64().windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    fn the_engine_counts_finite_values_as_numpy_does(samples in samples(any_float()), bins in bins(), range in range()) {
        let strict = hist::histogram(&finite(&samples), &bins, range);
        let counted = count(&Population::new(samples), &bins, range, &Task::default());
        match (strict, counted) {
            (Ok(strict), Ok(counted)) => prop_assert_eq!(strict, counted),
            (Ok(strict), Err(error)) => prop_assert!(strict.bins() > 512, "{}", error),
            (Err(error), Ok(_)) => prop_assert!(false, "{}", error),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn counts_inside_and_outside_the_range_add_up_to_all_values(samples in samples(any_float()), bins in bins(), range in range()) {
        let population = Population::new(samples);
        if let Ok((histogram, outside)) = count_all(&population, &bins, range, &Task::default()) {
            let everything = outside.below + outside.above + total(&histogram) as u64;
            prop_assert_eq!(everything, population.summary().finite());
        }
    }

    #[test]
    fn rules_fail_only_on_non_finite_data_or_too_many_bins(samples in samples(any_float()), rule in prop::sample::select(Rule::ALL.to_vec()), range in range()) {
        match hist::rule_bins(&samples, rule, range) {
            Ok(bins) => prop_assert!(bins >= 1),
            Err(hist::Error::DataNotFinite(..)) => prop_assert!(range.is_none() && finite(&samples).len() < samples.len()),
            // The edges of a histogram over such a range would not be finite either.
            Err(hist::Error::RangeTooWide { largest }) => {
                let range = range.map(|range| (range.lo.as_f64(), range.hi.as_f64()));
                prop_assert!(range.is_some_and(|(lo, hi)| lo < -largest || hi > largest || !(hi - lo).is_finite()));
            }
            Err(error) => prop_assert!(matches!(error, hist::Error::TooManyBins(_)), "{}", error),
        }
    }

    #[test]
    fn statistics_lie_within_the_data(samples in samples(any_float())) {
        let population = Population::new(samples);
        let summary = *population.summary();
        prop_assume!(summary.finite() > 0);
        let stats = population.stats(&Task::default()).unwrap();
        prop_assert!(summary.min <= stats.mean && stats.mean <= summary.max);
        prop_assert!(stats.std >= 0.0 && stats.std.is_finite());
        let quantiles = stats.quantiles;
        prop_assert!(quantiles.iter().all(|q| summary.min <= q.lo && q.hi <= summary.max));
        prop_assert!(quantiles.windows(2).all(|pair| pair[0].lo <= pair[1].lo));
    }

    #[test]
    fn bins_bound_the_quantiles_of_their_samples(values in prop::collection::vec(-6.0..6.0, 1..60), edges in edges()) {
        let values: Vec<f64> = values.into_iter().filter(|x| edges.find(*x).is_some()).collect();
        prop_assume!(!values.is_empty());
        let samples = Samples::F64(values);
        let exact = Population::new(samples.clone()).stats(&Task::default()).unwrap();
        let histogram = hist::histogram(&samples, &Bins::Edges(edges.numbers().clone()), None).unwrap();
        for (bound, exact) in hist::Stats::of_histogram(&histogram).quantiles.iter().zip(exact.quantiles) {
            prop_assert!(bound.lo <= exact.lo && exact.lo <= bound.hi, "{:?} {:?}", bound, exact);
        }
    }

    #[test]
    fn rebinning_keeps_the_exact_sum_of_integers(
        old in edges(), new in edges(), seed in prop::collection::vec(-1000i128..1_000_000_000_000, 14),
    ) {
        let counts = Numbers::ints(seed.into_iter().take(old.bins()));
        let source = Histogram::new(old, counts).unwrap();
        let rebinned = rebin(&source, &new, Rounding::Integers);
        prop_assert!(rebinned.histogram.counts().all_ints());
        prop_assert_eq!(mass(&rebinned), total(&source));
    }

    #[test]
    fn rebinning_keeps_the_sum_of_fractions_within_rounding(
        old in edges(), new in edges(), seed in prop::collection::vec(-1e3..1e6, 14),
    ) {
        let counts = Numbers::floats(seed.into_iter().take(old.bins()).collect());
        let source = Histogram::new(old, counts).unwrap();
        let rebinned = rebin(&source, &new, Rounding::Fractional);
        prop_assert!((mass(&rebinned) - total(&source)).abs() <= 1e-6);
    }

    #[test]
    fn rebinning_onto_the_same_edges_changes_nothing(old in edges(), seed in prop::collection::vec(any::<f64>(), 14)) {
        let counts = Numbers::floats(seed.into_iter().take(old.bins()).collect());
        let source = Histogram::new(old.clone(), counts).unwrap();
        let rebinned = rebin(&source, &old, Rounding::Integers);
        prop_assert_eq!(&rebinned.histogram, &source);
        prop_assert!(rebinned.exact());
    }

    #[test]
    fn the_true_counts_lie_within_the_maximum_error(
        values in prop::collection::vec(prop_oneof![-7.0..7.0, (-14i32..14).prop_map(|i| f64::from(i) / 2.0)], 0..60),
        old in edges(), new in edges(), integers in any::<bool>(),
    ) {
        // Rebinning cannot know values outside the old bins.
        let inside = Samples::F64(values.into_iter().filter(|x| old.find(*x).is_some()).collect());
        let binned = |edges: &Edges| hist::histogram(&inside, &Bins::Edges(edges.numbers().clone()), None).unwrap();
        let rounding = if integers { Rounding::Integers } else { Rounding::Fractional };
        let rebinned = rebin(&binned(&old), &new, rounding);
        let direct = binned(&new);
        let pairs = rebinned.histogram.counts().as_f64().iter().zip(direct.counts().as_f64());
        for ((estimate, truth), error) in pairs.zip(&rebinned.max_error) {
            prop_assert!((estimate - truth).abs() <= error + 1e-9, "{} for {} ± {}", estimate, truth, error);
        }
    }
}
