use super::*;
use crate::hist::{Edges, Element, Numbers};
use fearless_simd::{Level, dispatch};
use half::f16;

fn scan<T: Element>(values: &[T]) -> Scan<T> {
    dispatch!(Level::new(), simd => Scan::of(simd, values))
}

fn histogram(edges: &[f64], counts: &[f64]) -> Histogram {
    let counts = if counts.iter().all(|c| c.fract() == 0.0) {
        Numbers::ints(counts.iter().map(|c| *c as i128))
    } else {
        Numbers::floats(counts.to_vec())
    };
    Histogram::new(Edges::from_f64(edges.to_vec()).unwrap(), counts).unwrap()
}

#[test]
fn merged_blocks_count_non_finite_values_and_find_the_finite_range() {
    let values = [1.0, f64::NAN, 0.0, -0.0, f64::INFINITY, 4.0, f64::NEG_INFINITY, 5.0, 3.0];
    for split in 0..=values.len() {
        let (a, b) = values.split_at(split);
        let summary = scan(a).merge(scan(b)).summary();
        assert_eq!((summary.n, summary.nan, summary.posinf, summary.neginf, summary.zeros), (9, 1, 1, 1, 2));
        assert_eq!((summary.min, summary.max), (0.0, 5.0), "{split}");
    }
    assert!(scan(&[f32::NAN]).summary().min.is_nan() && scan::<i64>(&[]).summary().max.is_nan());
}

#[test]
fn results_do_not_depend_on_the_instruction_set() {
    let values: Vec<f64> = (0..1003).map(|i| (f64::from(i) * 0.618_033_988_749_895).fract() * 3.0 - 1.0).collect();
    let floats: Vec<f32> = values.iter().map(|x| *x as f32).collect();
    let halves: Vec<f16> = values.iter().map(|x| f16::from_f64(*x)).collect();
    let ints: Vec<i64> = values.iter().map(|x| (x * 1e18) as i64).collect();
    let large: Vec<u64> = ints.iter().map(|i| i.unsigned_abs() * 9).collect();
    same_at_all_levels(&values);
    same_at_all_levels(&floats);
    same_at_all_levels(&halves);
    same_at_all_levels(&ints);
    same_at_all_levels(&large);
}

/// Compares the best instruction set with the one that every processor has.
fn same_at_all_levels<T: Element>(values: &[T]) {
    let of = |level| dispatch!(level, simd => (Scan::of(simd, values), Moments::of(simd, values, (-1e19, 1e19))));
    let ((best, moments), (baseline, expected)) = (of(Level::new()), of(Level::baseline()));
    assert_eq!((best.summary(), best.range(), moments), (baseline.summary(), baseline.range(), expected));
    let smallest = values.iter().map(|x| x.to_f64()).fold(f64::INFINITY, f64::min);
    assert_eq!((best.summary().n, best.summary().min), (1003, smallest));
}

#[test]
fn bins_give_bounds_on_quantiles_and_zeros() {
    let stats = Stats::of_histogram(&histogram(&[-1.0, 0.0, 1.0, 2.0], &[10.0, 80.0, 10.0]));
    assert_eq!((stats.n, stats.mean, stats.exact), (100.0, 0.5, false));
    let median = stats.quantiles[3];
    assert_eq!((median.lo, median.hi), (0.0, 1.0));
    assert_eq!(stats.zeros, (0.0, 0.8));
    assert_eq!((stats.min, stats.max), (-1.0, 2.0));
}

#[test]
fn a_quantile_between_two_bins_is_bounded_by_both() {
    let stats = Stats::of_histogram(&histogram(&[0.0, 1.0, 5.0, 6.0], &[1.0, 0.0, 1.0]));
    assert_eq!((stats.quantiles[3].lo, stats.quantiles[3].hi), (0.0, 6.0));
}

#[test]
fn a_zero_width_bin_at_zero_contains_only_zeros() {
    let stats = Stats::of_histogram(&histogram(&[0.0, 0.0], &[4.0]));
    assert_eq!(stats.zeros, (1.0, 1.0));
    assert_eq!((stats.mean, stats.std), (0.0, 0.0));
}

#[test]
fn unusual_histograms_give_finite_statistics_or_nan() {
    let difference = Stats::of_histogram(&histogram(&[0.0, 1.0, 2.0], &[-1.0, 3.0]));
    assert_eq!((difference.n, difference.mean), (2.0, 2.0));
    assert!(difference.quantiles.iter().all(|q| q.lo.is_nan()) && difference.zeros.0.is_nan());
    assert!(Stats::of_histogram(&histogram(&[0.0, 1.0, 2.0], &[-1.0, 1.0])).mean.is_nan());
    assert!(Stats::of_histogram(&histogram(&[], &[])).mean.is_nan());
    let open = Stats::of_histogram(&histogram(&[f64::NEG_INFINITY, 0.0, f64::INFINITY], &[1.0, 1.0]));
    assert!(open.mean.is_nan() && open.std.is_nan(), "an unbounded bin has no center");
    let wide = Stats::of_histogram(&histogram(&[-f64::MAX, 0.0, f64::MAX], &[1.0, 3.0]));
    assert!(wide.mean.is_finite() && wide.std.is_finite() && wide.mean > 0.0);
    let weights = Stats::of_histogram(&histogram(&[0.0, 1.0, 2.0], &[0.25, 0.5]));
    assert_eq!((weights.quantiles[3].lo, weights.quantiles[3].hi), (1.0, 2.0));
}
