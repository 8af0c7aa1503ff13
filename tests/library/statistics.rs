//! Statistics: of samples against `numpy` and `SciPy`, of bins against the samples that were counted in them.

use half::f16;
use proptest::prelude::*;
use rebin::engine::{Population, Task};
use rebin::hist::{self, Bins, Edges, Quantile, Samples, Segment, Stats};
use serde_json::Value;

/// Relative tolerance: both sides round.
const TOLERANCE: f64 = 1e-12;

#[test]
fn statistics_equal_those_of_numpy_and_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/statistics.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    let mut checked = 0;
    for case in cases {
        let population = Population::new(samples(case));
        let probabilities: Vec<f64> = pairs(&case["quantiles"]).iter().map(|(p, _)| *p).collect();
        let stats = population.stats_at(&probabilities, &Task::default()).unwrap();
        let summary = population.summary();
        let counts = [("n", summary.finite()), ("nan", summary.nan), ("zeros", summary.zeros)];
        for (name, found) in [&counts[..], &[("posinf", summary.posinf), ("neginf", summary.neginf)]].concat() {
            assert_eq!(Some(found), case[name].as_u64(), "{} {name}", case["name"]);
        }
        let found = [
            ("mean", stats.mean),
            ("std", stats.std),
            ("skewness", stats.skewness),
            ("kurtosis", stats.kurtosis),
            ("min", stats.min),
            ("max", stats.max),
            ("mean_abs", stats.mean_abs),
            ("l2", stats.l2),
        ];
        for (name, found) in found {
            // Deviations that are as small as the rounding of the mean have no exact shape.
            let rough =
                case["name"] == "nearly constant" || (case["name"] == "offset" && !["min", "max"].contains(&name));
            let tolerance = if rough { 1e-5 } else { TOLERANCE };
            if case["name"] == "empty" {
                continue;
            }
            checked += 1;
            // Sums are rounded relative to their largest terms.
            let size =
                if ["skewness", "kurtosis"].contains(&name) { 1.0 } else { stats.max.abs().max(stats.min.abs()) };
            assert!(
                is_close(found, case[name].as_f64(), tolerance, size),
                "{} {name}: {found}, not {}",
                case["name"],
                case[name]
            );
        }
        for (quantile, (p, expected)) in stats.quantiles.iter().zip(pairs(&case["quantiles"])) {
            checked += 1;
            assert!(
                quantile.lo == expected && quantile.hi == expected,
                "{} quantile {p}: {}, not {expected}",
                case["name"],
                quantile.lo
            );
        }
    }
    assert_eq!((cases.len(), checked), (19, 18 * 20));
}

fn pairs(quantiles: &Value) -> Vec<(f64, f64)> {
    let pairs = quantiles.as_array().into_iter().flatten();
    pairs.map(|pair| (pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap())).collect()
}

/// Compares with a tolerance relative to the larger of the expected value and `size`.
fn is_close(found: f64, expected: Option<f64>, tolerance: f64, size: f64) -> bool {
    let Some(expected) = expected else { return !found.is_finite() };
    (found - expected).abs() <= tolerance * expected.abs().max(size)
}

fn samples(case: &Value) -> Samples {
    let value = |value: &Value| value.as_str().map_or(f64::NAN, |text| text.parse().unwrap());
    let values: Vec<f64> = case["values"].as_array().unwrap().iter().map(value).collect();
    match case["dtype"].as_str().unwrap() {
        "float64" => Samples::F64(values),
        "float32" => Samples::F32(values.iter().map(|x| *x as f32).collect()),
        "float16" => Samples::F16(values.iter().map(|x| f16::from_f64(*x)).collect()),
        "int64" => Samples::I64(values.iter().map(|x| *x as i64).collect()),
        "uint8" => Samples::U8(values.iter().map(|x| *x as u8).collect()),
        "bool" => Samples::Bool(values.iter().map(|x| *x as u8).collect()),
        other => panic!("unknown type {other}"),
    }
}

/// Samples that share values with the edges, and far outliers.
fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![4 => -6.0..6.0, 2 => (-6_i32..6).prop_map(f64::from), 1 => -1e3..1e3];
    prop::collection::vec(value, 1..80)
}

proptest! {
    #[test]
    fn bins_bound_every_statistic_of_their_samples(values in values(), bins in 1_usize..40, scale in -200..200_i32) {
        let unit = 10_f64.powi(scale);
        let values: Vec<f64> = values.into_iter().map(|x| x * unit).collect();
        let samples = Samples::F64(values);
        let exact = Population::new(samples.clone()).stats(&Task::default()).unwrap();
        // Values that are too close together have no bins.
        let Ok(histogram) = hist::histogram(&samples, &Bins::Count(bins), None) else { return Ok(()) };
        let stats = Stats::of_histogram(&histogram);
        let bounds = stats.bounds.as_deref().unwrap();
        let all = [
            ("mean", bounds.mean, stats.mean, exact.mean),
            ("std", bounds.std, stats.std, exact.std),
            ("skewness", bounds.skewness, stats.skewness, exact.skewness),
            ("kurtosis", bounds.kurtosis, stats.kurtosis, exact.kurtosis),
            ("min", bounds.min, stats.min, exact.min),
            ("max", bounds.max, stats.max, exact.max),
            ("mean_abs", bounds.mean_abs, stats.mean_abs, exact.mean_abs),
            ("l2", bounds.l2, stats.l2, exact.l2),
        ];
        for (name, Segment { lo, hi }, estimate, exact) in all {
            let slack = 1e-9 * lo.abs().max(hi.abs()).max(unit * 1e-6);
            let slack = if slack.is_finite() { slack } else { 0.0 };
            for x in [estimate, exact] {
                prop_assert!(x.is_nan() || (lo - slack <= x && x <= hi + slack), "{} {} not in [{}, {}]", name, x, lo, hi);
            }
        }
        let within = |bound: &Quantile, exact: &Quantile| bound.lo <= exact.lo && exact.lo <= bound.hi;
        prop_assert!(stats.quantiles.iter().zip(&exact.quantiles).all(|(bound, exact)| within(bound, exact)));
    }

    #[test]
    fn merged_moments_equal_those_of_all_values(a in values(), b in values()) {
        let stats = |values: Vec<f64>| Population::new(Samples::F64(values)).stats(&Task::default()).unwrap();
        let both = stats([a.clone(), b.clone()].concat());
        let parts = rebin::engine::Part::Memory(Samples::F64(a).into());
        let other = rebin::engine::Part::Memory(Samples::F64(b).into());
        let merged = Population::of(vec![parts, other], &Task::default()).unwrap().stats(&Task::default()).unwrap();
        let close = |x: f64, y: f64| x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= 1e-9 * x.abs().max(1e-3);
        prop_assert!(close(both.skewness, merged.skewness) && close(both.kurtosis, merged.kurtosis));
        prop_assert!(close(both.mean_abs, merged.mean_abs) && close(both.l2, merged.l2));
    }
}

/// The standard deviation of four values in [0, 1) and four in [1, 2) is at most 1 (at 0 and 2), and can be 0 (all at 1).
#[test]
fn bounds_of_the_deviation_are_tight() {
    let edges = Edges::from_f64(vec![0.0, 1.0, 2.0]).unwrap();
    let histogram = hist::Histogram::new(edges, hist::Numbers::ints([4, 4])).unwrap();
    let bounds = *Stats::of_histogram(&histogram).bounds.unwrap();
    assert_eq!(bounds.std, Segment { lo: 0.0, hi: 1.0 });
    assert_eq!((bounds.mean, bounds.mean_abs), (Segment { lo: 0.5, hi: 1.5 }, Segment { lo: 0.5, hi: 1.5 }));
    assert!((bounds.l2.lo - 2.0).abs() < 1e-15 && (bounds.l2.hi - 20_f64.sqrt()).abs() < 1e-15, "{:?}", bounds.l2);
    assert_eq!(bounds.skewness.hi, f64::INFINITY);
    // The bounds allow fractional counts: the largest deviation divides the wide bin between its ends.
    let edges = Edges::from_f64(vec![-2.0, -1.0, 3.0]).unwrap();
    let histogram = hist::Histogram::new(edges, hist::Numbers::ints([1, 2])).unwrap();
    let bounds = *Stats::of_histogram(&histogram).bounds.unwrap();
    let largest = (50.0_f64 / 9.0).sqrt();
    assert!(bounds.std.lo == 0.0 && (largest..largest * 1.02).contains(&bounds.std.hi), "{:?}", bounds.std);
}
