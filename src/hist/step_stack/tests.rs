use super::*;
use crate::hist::{Edges, Numbers};

fn histogram(edges: &[f64], counts: &[i128]) -> Histogram {
    let edges = Edges::from_f64(edges.to_vec()).unwrap();
    Histogram::new(edges, Numbers::ints(counts.iter().copied())).unwrap()
}

fn all(stack: &StepStack) -> Axis {
    Axis { view: stack.span().unwrap(), scale: Scale::Linear }
}

#[test]
fn mass_is_kept_for_any_number_of_rows() {
    let stack = StepStack::new(vec![
        Some(histogram(&[0.0, 1.0, 3.0], &[4, 2])),
        None,
        Some(histogram(&[1.0, 1.0, 5.0], &[3, 1])),
    ]);
    assert_eq!(stack.span(), Some(Segment { lo: 0.0, hi: 5.0 }));
    for rows in 1..40 {
        let matrix = stack.matrix(10, rows, all(&stack), Normalization::Counts);
        let sums: Vec<f64> = (0..3).map(|c| matrix.column(c).iter().map(|m| m.unwrap_or(0.0)).sum()).collect();
        assert!((sums[0] - 6.0).abs() < 1e-9 && sums[1] == 0.0 && (sums[2] - 4.0).abs() < 1e-9, "{rows}: {sums:?}");
        assert!(matrix.column(1).iter().all(Option::is_none));
    }
}

#[test]
fn columns_average_steps_and_omit_none() {
    let stack = StepStack::new((0..10).map(|i| Some(histogram(&[0.0, 1.0], &[i]))).collect());
    let matrix = stack.matrix(4, 1, all(&stack), Normalization::Counts);
    assert_eq!(matrix.columns, [0..2, 2..5, 5..7, 7..10]);
    assert_eq!(matrix.cells, [0.5, 3.0, 5.5, 8.0].map(Some));
    assert_eq!(matrix.column_of(4), Some(1));
    assert_eq!(matrix.max, 8.0);
}

#[test]
fn replacing_steps_updates_the_span() {
    let stack = StepStack::new(vec![Some(histogram(&[0.0, 1.0], &[1])), None]);
    let replaced = stack.with_replaced([(1, histogram(&[2.0, 3.0], &[4])), (7, histogram(&[0.0, 9.0], &[1]))]);
    assert_eq!((replaced.len(), replaced.span()), (2, Some(Segment { lo: 0.0, hi: 3.0 })));
    assert_eq!(replaced.matrix(2, 1, all(&replaced), Normalization::Counts).cells, [1.0, 4.0].map(Some));
    assert_eq!(stack.span(), Some(Segment { lo: 0.0, hi: 1.0 }));
}

#[test]
fn quantiles_of_a_column_interpolate_inside_rows() {
    let stack = StepStack::new(vec![Some(histogram(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1]))]);
    let matrix = stack.matrix(1, 4, all(&stack), Normalization::Step);
    assert_eq!(matrix.quantile(0, 0.5), Some(0.5));
    assert_eq!(matrix.quantile(0, 0.125), Some(0.125));
    let empty = StepStack::new(vec![None]);
    let axis = Axis { view: Segment { lo: 0.0, hi: 1.0 }, scale: Scale::Linear };
    assert_eq!(empty.matrix(1, 4, axis, Normalization::Step).quantile(0, 0.5), None);
}

#[test]
fn one_outlier_does_not_widen_the_core() {
    let mut steps = vec![Some(histogram(&[0.0, 0.5, 1.0], &[500, 500])); 9];
    steps.push(Some(histogram(&[0.0, 1.0, 999.0, 1000.0], &[999, 0, 1])));
    let stack = StepStack::new(steps);
    assert_eq!(stack.span(), Some(Segment { lo: 0.0, hi: 1000.0 }));
    assert!(stack.core().is_some_and(|core| core.lo == 0.0 && (1.0..1.1).contains(&core.hi)), "{:?}", stack.core());
    let near = StepStack::new(vec![Some(histogram(&[0.0, 1.0, 2.0], &[3, 1]))]);
    assert_eq!(near.core(), Some(Segment { lo: 0.0, hi: 2.0 }));
}

#[test]
fn buckets_that_reach_the_largest_float_do_not_widen_the_span() {
    let stack = StepStack::new(vec![Some(histogram(&[-f64::MAX, -1.0, 1.0, f64::MAX], &[1, 5, 1]))]);
    assert_eq!(stack.span(), Some(Segment { lo: -1.0, hi: 1.0 }));
}
