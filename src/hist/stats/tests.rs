use super::*;
use crate::hist::{Edges, Numbers};

fn histogram(edges: &[f64], counts: &[f64]) -> Histogram {
    let counts = if counts.iter().all(|c| c.fract() == 0.0) {
        Numbers::ints(counts.iter().map(|c| *c as i128))
    } else {
        Numbers::floats(counts.to_vec())
    };
    Histogram::new(Edges::from_f64(edges.to_vec()).unwrap(), counts).unwrap()
}

#[test]
fn summarises_what_is_finite_and_counts_what_is_not() {
    let samples = Samples::F64(vec![1.0, f64::NAN, 0.0, -0.0, f64::INFINITY, 4.0, f64::NEG_INFINITY, 5.0]);
    let summary = Summary::of(&samples);
    assert_eq!((summary.n, summary.nan, summary.posinf, summary.neginf, summary.zeros), (8, 1, 1, 1, 2));
    assert_eq!((summary.min, summary.max, summary.mean), (0.0, 5.0, 2.0));
    // numpy.std([1, 0, -0, 4, 5])
    assert!((summary.std - 2.097_617_696_340_303).abs() < 1e-15);
}

#[test]
fn nothing_has_no_statistics() {
    for samples in [Samples::F32(vec![]), Samples::F32(vec![f32::NAN])] {
        let summary = Summary::of(&samples);
        assert!(summary.min.is_nan() && summary.mean.is_nan() && summary.std.is_nan());
        let stats = Stats::of_samples(&samples, &summary);
        assert!(stats.n == 0.0 && stats.quantiles.iter().all(|q| q.lo.is_nan()) && stats.zeros.0.is_nan());
    }
}

#[test]
fn huge_and_tiny_values_neither_overflow_nor_vanish() {
    let huge = Summary::of(&Samples::F64(vec![-f64::MAX, f64::MAX, f64::MAX, f64::MAX]));
    assert_eq!(huge.mean, f64::MAX / 2.0);
    assert!((huge.std / f64::MAX - 0.75_f64.sqrt()).abs() < 1e-15);
    let tiny = Summary::of(&Samples::F64(vec![-1e-250, 1e-250]));
    assert!((tiny.std / 1e-250 - 1.0).abs() < 1e-12);
    let constant = Summary::of(&Samples::F64(vec![0.1; 70_001]));
    assert_eq!((constant.mean, constant.std), (0.1, 0.0));
}

#[test]
fn large_offsets_lose_nothing() {
    let summary = Summary::of(&Samples::F64((0..100_000).map(|i| 1e9 + f64::from(i % 2)).collect()));
    assert_eq!((summary.mean, summary.std), (1e9 + 0.5, 0.5));
}

#[test]
fn quantiles_of_samples_are_numpys() {
    let samples = Samples::I64(vec![7, 1, 3, 100]);
    let stats = Stats::of_samples(&samples, &Summary::of(&samples));
    // numpy.percentile([1, 3, 7, 100], [1, 5, 25, 50, 75, 95, 99])
    let expected = [1.06, 1.3, 2.5, 5.0, 30.25, 86.05, 97.21];
    for (quantile, expected) in stats.quantiles.iter().zip(expected) {
        assert!((quantile.lo - expected).abs() < 1e-12 && quantile.lo == quantile.hi);
    }
}

#[test]
fn bins_bound_quantiles_and_zeros() {
    let stats = Stats::of_histogram(&histogram(&[-1.0, 0.0, 1.0, 2.0], &[10.0, 80.0, 10.0]));
    assert_eq!((stats.n, stats.mean, stats.exact), (100.0, 0.5, false));
    let median = stats.quantiles[3];
    assert_eq!((median.lo, median.hi), (0.0, 1.0));
    assert_eq!(stats.zeros, (0.0, 0.8));
    assert_eq!((stats.min, stats.max), (-1.0, 2.0));
}

#[test]
fn a_quantile_between_two_bins_reaches_into_both() {
    let stats = Stats::of_histogram(&histogram(&[0.0, 1.0, 5.0, 6.0], &[1.0, 0.0, 1.0]));
    assert_eq!((stats.quantiles[3].lo, stats.quantiles[3].hi), (0.0, 6.0));
}

#[test]
fn a_point_bin_at_zero_is_certainly_zero() {
    let stats = Stats::of_histogram(&histogram(&[0.0, 0.0], &[4.0]));
    assert_eq!(stats.zeros, (1.0, 1.0));
    assert_eq!((stats.mean, stats.std), (0.0, 0.0));
}

#[test]
fn odd_histograms_stay_sane() {
    let difference = Stats::of_histogram(&histogram(&[0.0, 1.0, 2.0], &[-1.0, 3.0]));
    assert_eq!((difference.n, difference.mean), (2.0, 2.0));
    assert!(difference.quantiles.iter().all(|q| q.lo.is_nan()) && difference.zeros.0.is_nan());
    assert!(Stats::of_histogram(&histogram(&[0.0, 1.0, 2.0], &[-1.0, 1.0])).mean.is_nan());
    assert!(Stats::of_histogram(&histogram(&[], &[])).mean.is_nan());
    let open = Stats::of_histogram(&histogram(&[f64::NEG_INFINITY, 0.0, f64::INFINITY], &[1.0, 1.0]));
    assert_eq!((open.mean, open.std), (0.0, 0.0));
    let wide = Stats::of_histogram(&histogram(&[-f64::MAX, 0.0, f64::MAX], &[1.0, 3.0]));
    assert!(wide.mean.is_finite() && wide.std.is_finite() && wide.mean > 0.0);
    let weights = Stats::of_histogram(&histogram(&[0.0, 1.0, 2.0], &[0.25, 0.5]));
    assert_eq!((weights.quantiles[3].lo, weights.quantiles[3].hi), (1.0, 2.0));
}
