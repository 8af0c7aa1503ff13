use super::*;
use crate::engine::{Budget, ElementOrder, MemoryLimit, Shape};
use crate::hist::{Histogram, Samples, histogram};
use half::f16;

fn side(samples: Samples) -> Population {
    Population::new(samples)
}

fn compare(a: &Population, b: &Population, task: &Task) -> Comparison {
    distances(Side::Samples(a), Side::Samples(b), task).unwrap()
}

/// A task without memory for copies.
fn small_task() -> Task {
    Task { memory: Budget::from(MemoryLimit(1000)), ..Task::default() }
}

/// Deterministic values with zeros and a heavy tail.
fn values(n: u64, scale: f64) -> Vec<f64> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    };
    (0..n).map(|i| if i % 3 == 0 { 0.0 } else { scale * (next() + 0.1) / (next().abs() + 1e-3) }).collect()
}

fn all(found: &Distances) -> [Distance; 4] {
    [found.w1, found.ks, found.js, found.psi]
}

#[test]
fn samples_beyond_the_memory_budget_have_bounds_around_the_exact_distances() {
    let (a, b) = (values(20_000, 1.0), values(15_000, 1.7));
    let pairs = [
        (side(Samples::F64(a.clone())), side(Samples::F64(b.clone()))),
        (
            side(Samples::F32(a.iter().map(|x| *x as f32).collect())),
            side(Samples::F32(b.iter().map(|x| *x as f32).collect())),
        ),
        (
            side(Samples::F16(a.iter().map(|x| f16::from_f64(*x)).collect())),
            side(Samples::I16(b.iter().map(|x| *x as i16).collect())),
        ),
        (side(Samples::U8(b.iter().map(|x| *x as u8).collect())), side(Samples::F64(b))),
    ];
    for (a, b) in &pairs {
        let (exact, bounded) = (compare(a, b, &Task::default()), compare(a, b, &small_task()));
        assert!(exact.exact && !bounded.exact, "{:?}", a.dtype());
        assert_eq!((exact.mean_delta, exact.std_ratio), (bounded.mean_delta, bounded.std_ratio));
        for (exact, found) in all(&exact.distances).into_iter().zip(all(&bounded.distances)).take(3) {
            let slack = 1e-9 * found.hi.max(1.0);
            assert!(found.lo - slack <= exact.value && exact.value <= found.hi + slack, "{exact:?} {found:?}");
        }
        let (exact, found) = (exact.distances.w1, bounded.distances.w1);
        assert!((found.value / exact.value - 1.0).abs() < 0.1, "{exact:?} {found:?}");
        assert!(bounded.distances.ks.hi - bounded.distances.ks.lo < 0.1, "{:?}", bounded.distances.ks);
    }
}

#[test]
fn samples_and_their_bins_are_compared_with_bounds() {
    let (a, b) = (values(3000, 1.0), values(2000, 2.0));
    let bins = |values: &[f64], n| histogram(&Samples::F64(values.to_vec()), &Bins::Count(n), None).unwrap();
    let (x, y): (Histogram, Histogram) = (bins(&a, 300), bins(&b, 200));
    let (a, b) = (side(Samples::F64(a)), side(Samples::F64(b)));
    let exact = compare(&a, &b, &Task::default());
    let pairs =
        [(Side::Bins(&x), Side::Bins(&y)), (Side::Samples(&a), Side::Bins(&y)), (Side::Bins(&x), Side::Samples(&b))];
    for (left, right) in pairs {
        let found = distances(left, right, &Task::default()).unwrap();
        assert!(!found.exact && found.elementwise.is_none());
        let known = [exact.distances.w1, exact.distances.ks, exact.mean_delta, exact.std_ratio];
        let bounded = [found.distances.w1, found.distances.ks, found.mean_delta, found.std_ratio];
        for (exact, found) in known.into_iter().zip(bounded) {
            let slack = 1e-9 * found.hi.abs().max(1.0);
            assert!(found.lo - slack <= exact.value && exact.value <= found.hi + slack, "{exact:?} {found:?}");
        }
    }
}

#[test]
fn count_files_are_compared_with_bounds() {
    let (a, b) = (side(Samples::F64(values(3000, 1.0))), side(Samples::F64(values(2000, 1.5))));
    let counts = Population::from_counts(&a.mergeable_counts(None, &Task::default()).unwrap()).unwrap();
    let (exact, found) = (compare(&a, &b, &Task::default()), compare(&counts, &b, &Task::default()));
    assert!(!found.exact && found.elementwise.is_none());
    let (exact, found) = (exact.distances.ks, found.distances.ks);
    assert!(found.lo <= exact.value && exact.value <= found.hi, "{exact:?} {found:?}");
}

fn array(values: &[f64], lengths: &[usize], order: ElementOrder) -> Population {
    Population::of_array(Samples::F64(values.to_vec()).into(), &Shape::new(lengths, order), &Task::default()).unwrap()
}

#[test]
fn arrays_of_one_shape_are_compared_element_by_element() {
    let c = array(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[2, 3], ElementOrder::C);
    // The same matrix, stored by columns.
    let fortran = array(&[1.0, 4.0, 2.0, 5.0, 3.0, 6.5], &[2, 3], ElementOrder::Fortran);
    let expected = Elementwise { max_abs_diff: 0.5, relative_l2: 0.5 / 97.25_f64.sqrt() };
    let found = compare(&c, &fortran, &Task::default()).elementwise.unwrap();
    assert!((found.relative_l2 - expected.relative_l2).abs() < 1e-15 && found.max_abs_diff == 0.5, "{found:?}");
    let back = compare(&fortran, &c, &Task::default()).elementwise.unwrap();
    assert!((back.relative_l2 - 0.5 / 91_f64.sqrt()).abs() < 1e-15 && back.max_abs_diff == 0.5, "{back:?}");
    assert_eq!(compare(&fortran, &fortran, &Task::default()).elementwise.unwrap().max_abs_diff, 0.0);

    for lengths in [&[3, 2][..], &[6], &[1, 2, 3]] {
        assert_eq!(compare(&c, &array(&[0.0; 6], lengths, ElementOrder::C), &Task::default()).elementwise, None);
    }
    let list = side(Samples::I64(vec![1, 2, 3]));
    let one = compare(&list, &array(&[1.0, 2.0, 5.0], &[3], ElementOrder::C), &Task::default()).elementwise.unwrap();
    assert_eq!(one.max_abs_diff, 2.0);
}

#[test]
fn gaps_and_counts_have_no_positions_to_compare() {
    let whole = side(Samples::F64(vec![1.0, 2.0]));
    let with_gap = side(Samples::F64(vec![1.0, 2.0])).with_gaps(1, 0, Vec::new());
    assert_eq!(compare(&whole, &with_gap, &Task::default()).elementwise, None);
    let counts = Population::from_counts(&whole.mergeable_counts(None, &Task::default()).unwrap()).unwrap();
    assert_eq!(compare(&counts, &counts, &Task::default()).elementwise, None);
}

#[test]
fn elements_that_are_not_finite_differ_infinitely_unless_they_are_equal() {
    let of = |a: [f64; 3], b: [f64; 3]| {
        let (a, b) = (side(Samples::F64(a.to_vec())), side(Samples::F64(b.to_vec())));
        let found = compare(&a, &b, &Task::default()).elementwise.unwrap();
        (found.max_abs_diff, found.relative_l2)
    };
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    assert_eq!(of([nan, inf, 1.0], [nan, inf, 1.0]), (0.0, 0.0));
    assert_eq!(of([nan, inf, 1.0], [nan, inf, 2.0]), (1.0, 0.5));
    assert_eq!(of([nan, 0.0, 1.0], [3.0, 0.0, 1.0]).0, inf);
    assert_eq!(of([inf, 0.0, 1.0], [-inf, 0.0, 1.0]).0, inf);
    assert_eq!(of([0.0; 3], [0.0; 3]), (0.0, 0.0));
    assert_eq!(of([1.0, 0.0, 0.0], [0.0; 3]), (1.0, inf));
    assert_eq!(of([3e200, 0.0, 0.0], [1e200, 0.0, 0.0]), (2e200, 2.0));
    assert_eq!(of([3e-200, 0.0, 0.0], [1e-200, 0.0, 0.0]), (2e-200, 2.0));
}

#[test]
fn sides_without_finite_values_have_no_distances() {
    for task in [Task::default(), small_task()] {
        let found = compare(&side(Samples::F64(vec![f64::NAN])), &side(Samples::F64(values(5000, 1.0))), &task);
        assert!(all(&found.distances).iter().all(|distance| distance.value.is_nan()));
        assert!(found.mean_delta.value.is_nan());
    }
}

#[test]
fn a_comparison_can_be_cancelled() {
    let samples = side(Samples::F64(values(5000, 1.0)));
    let task = Task::default();
    task.cancel.cancel();
    assert!(matches!(distances(Side::Samples(&samples), Side::Samples(&samples), &task), Err(Error::Cancelled)));
}
