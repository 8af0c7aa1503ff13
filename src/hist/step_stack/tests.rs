use super::*;
use crate::hist::{Edges, Numbers};

fn histogram(edges: &[f64], counts: &[i128]) -> Histogram {
    let edges = Edges::from_f64(edges.to_vec()).unwrap();
    Histogram::new(edges, Numbers::ints(counts.iter().copied())).unwrap()
}

fn all(stack: &StepStack) -> Axis {
    Axis { view: stack.span().unwrap(), scale: Scale::Linear }
}

/// Grid of all steps.
fn grid(stack: &StepStack, columns: usize, rows: usize, normalization: Normalization) -> Grid {
    Grid { normalization, ..Grid::new(0..stack.len(), columns, rows, all(stack)) }
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
        let matrix = stack.matrix(&grid(&stack, 10, rows, Normalization::Counts));
        let sums: Vec<f64> = (0..3).map(|c| matrix.column(c).iter().map(|m| m.unwrap_or(0.0)).sum()).collect();
        assert!((sums[0] - 6.0).abs() < 1e-9 && sums[1] == 0.0 && (sums[2] - 4.0).abs() < 1e-9, "{rows}: {sums:?}");
        assert!(matrix.column(1).iter().all(Option::is_none));
    }
}

#[test]
fn columns_combine_steps_and_omit_none() {
    let stack = StepStack::new((0..10).map(|i| Some(histogram(&[0.0, 1.0], &[i]))).collect());
    let counts = grid(&stack, 4, 1, Normalization::Counts);
    let matrix = stack.matrix(&Grid { combine: Combine::Average, ..counts.clone() });
    assert_eq!(matrix.columns, [0..2, 2..5, 5..7, 7..10]);
    assert_eq!(matrix.cells, [0.5, 3.0, 5.5, 8.0].map(Some));
    assert_eq!(matrix.column_of(4), Some(1));
    assert_eq!(matrix.max, 8.0);
    assert_eq!(stack.matrix(&counts).cells, [1.0, 4.0, 6.0, 9.0].map(Some));
    let part = stack.matrix(&Grid { steps: 3..20, columns: 2, ..counts });
    assert_eq!((part.columns.as_slice(), part.steps()), ([3..6, 6..10].as_slice(), 3..10));
    assert_eq!([2, 3, 9, 10].map(|step| part.column_of(step)), [None, Some(0), Some(1), None]);
}

#[test]
fn one_unusual_step_among_thousands_is_in_its_cell() {
    let mut steps = vec![Some(histogram(&[0.0, 1.0, 2.0], &[1, 0])); 20_000];
    steps[7_777] = Some(histogram(&[0.0, 1.0, 2.0], &[0, 1]));
    let stack = StepStack::new(steps);
    let matrix = stack.matrix(&grid(&stack, 100, 2, Normalization::Step));
    let above: Vec<usize> = (0..100).filter(|column| matrix.column(*column)[1] == Some(1.0)).collect();
    assert_eq!((above, matrix.column_of(7_777)), (vec![38], Some(38)));
    assert_eq!(matrix.column(38)[0], Some(1.0));
}

#[test]
fn mass_outside_the_axis_is_reported_by_column_with_its_step() {
    let mut steps = vec![Some(histogram(&[0.0, 1.0], &[10])); 10];
    steps[4] = Some(histogram(&[-1.0, 1.0, 3.0], &[2, 2]));
    let stack = StepStack::new(steps);
    let axis = Axis { view: Segment { lo: 0.0, hi: 1.0 }, scale: Scale::Linear };
    for combine in [Combine::Largest, Combine::Average] {
        let matrix = stack.matrix(&Grid { combine, ..Grid::new(0..10, 5, 4, axis) });
        let Outside { below, above, step, .. } = matrix.outside[2];
        assert_eq!((below, above, step), (0.25, 0.5, Some(4)));
        let marked: Vec<bool> = matrix.outside.iter().map(|outside| outside.reaches(0.5)).collect();
        assert_eq!(marked, [false, false, true, false, false]);
    }
}

#[test]
fn colors_are_logarithmic_if_most_cells_would_be_dark() {
    let of = |counts: &[i128]| {
        let edges: Vec<f64> = (0..=counts.len()).map(|edge| edge as f64).collect();
        let stack = StepStack::new(vec![Some(histogram(&edges, counts))]);
        stack.matrix(&grid(&stack, 1, counts.len(), Normalization::Counts))
    };
    let (peaked, even) = (of(&[1000, 20, 20, 30, 0, 0]), of(&[1000, 200, 100, 30, 0, 0]));
    assert_eq!([&peaked, &even].map(|matrix| ColorScale::Auto.is_log(matrix)), [true, false]);
    for matrix in [&peaked, &even] {
        let next = ColorScale::Auto.next(matrix);
        assert_ne!(next.is_log(matrix), ColorScale::Auto.is_log(matrix));
        assert_eq!(next.next(matrix).next(matrix), ColorScale::Auto);
    }
}

#[test]
fn replacing_steps_updates_the_span() {
    let stack = StepStack::new(vec![Some(histogram(&[0.0, 1.0], &[1])), None]);
    let replaced = stack.with_replaced([(1, histogram(&[2.0, 3.0], &[4])), (7, histogram(&[0.0, 9.0], &[1]))]);
    assert_eq!((replaced.len(), replaced.span()), (2, Some(Segment { lo: 0.0, hi: 3.0 })));
    assert_eq!(replaced.matrix(&grid(&replaced, 2, 1, Normalization::Counts)).cells, [1.0, 4.0].map(Some));
    assert_eq!(stack.span(), Some(Segment { lo: 0.0, hi: 1.0 }));
}

#[test]
fn quantiles_of_a_column_interpolate_inside_rows() {
    let stack = StepStack::new(vec![Some(histogram(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1]))]);
    let matrix = stack.matrix(&grid(&stack, 1, 4, Normalization::Step));
    assert_eq!(matrix.quantile(0, 0.5), Some(0.5));
    assert_eq!(matrix.quantile(0, 0.125), Some(0.125));
    let empty = StepStack::new(vec![None]);
    let axis = Axis { view: Segment { lo: 0.0, hi: 1.0 }, scale: Scale::Linear };
    assert_eq!(empty.matrix(&Grid::new(0..1, 1, 4, axis)).quantile(0, 0.5), None);
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

#[test]
fn bands_fit_nearly_all_steps() {
    let mut steps = vec![Some(histogram(&[-10.0, -1.0, 0.0, 1.0, 10.0], &[1, 500, 500, 1])); 1000];
    steps[300] = Some(histogram(&[-500.0, 500.0], &[1000]));
    let bands = StepStack::new(steps).bands().unwrap();
    assert!((-1.0..-0.9).contains(&bands.lo) && (0.9..1.0).contains(&bands.hi), "{bands:?}");
    assert_eq!(StepStack::new(vec![None]).bands(), None);
}
