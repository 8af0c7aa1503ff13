use super::*;

fn edges(at: &[f64]) -> Edges {
    Edges::from_f64(at.to_vec()).unwrap()
}

fn ints(at: &[f64], counts: &[i128]) -> Histogram {
    Histogram::new(edges(at), Numbers::ints(counts.iter().copied())).unwrap()
}

fn counts(rebinned: &UncertainHistogram) -> Vec<f64> {
    rebinned.histogram.counts().as_f64().to_vec()
}

#[test]
fn rebinning_onto_the_same_edges_changes_nothing() {
    let counts: Numbers = [Number::Int(3), Number::Float(0.1), Number::Int(-7)].into_iter().collect();
    let source = Histogram::new(edges(&[0.0, 1.0, 1.0, f64::INFINITY]), counts).unwrap();
    let rebinned = rebin(&source, source.edges(), Rounding::Integers);
    assert_eq!(rebinned.histogram, source);
    assert!(rebinned.exact());
}

#[test]
fn merged_bins_are_exact() {
    let rebinned =
        rebin(&ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 2, 3, 4]), &edges(&[0.0, 2.0, 4.0]), Rounding::Integers);
    assert_eq!(rebinned.histogram.counts(), &Numbers::ints([3, 7]));
    assert_eq!(rebinned.max_error, [0.0, 0.0]);
}

#[test]
fn cut_bins_are_shared_by_width_and_uncertain() {
    let source = ints(&[0.0, 4.0, 5.0], &[8, 1]);
    let rebinned = rebin(&source, &edges(&[0.0, 1.0, 5.0]), Rounding::Fractional);
    assert_eq!(counts(&rebinned), [2.0, 7.0]);
    assert_eq!(rebinned.max_error, [6.0, 6.0]);
}

#[test]
fn integer_counts_stay_integers_and_keep_their_total() {
    let source = ints(&[0.0, 3.0], &[10]);
    let rebinned = rebin(&source, &edges(&[0.0, 1.0, 2.0, 3.0]), Rounding::Integers);
    assert_eq!(rebinned.histogram.total(), Number::Int(10));
    let mut sorted = counts(&rebinned);
    sorted.sort_by(f64::total_cmp);
    assert_eq!(sorted, [3.0, 3.0, 4.0]);
    let fractional = rebin(&source, &edges(&[0.0, 1.0, 3.0]), Rounding::Fractional);
    assert!((counts(&fractional)[0] - 10.0 / 3.0).abs() < 1e-12);
}

#[test]
fn rounding_moves_no_count_across_a_shared_edge() {
    let ones = ints(&(0..=64).map(f64::from).collect::<Vec<_>>(), &[1; 64]);
    let halves: Vec<f64> = (0..=128).map(|k| f64::from(k) / 2.0).collect();
    let rebinned = rebin(&ones, &edges(&halves), Rounding::Integers);
    assert!(counts(&rebinned).chunks(2).all(|pair| pair[0] + pair[1] == 1.0));

    let fifths: Vec<f64> = (0..=10).map(|k| f64::from(k) / 5.0).collect();
    let rebinned = rebin(&ints(&[0.0, 1.0, 2.0], &[6, 4]), &edges(&fifths), Rounding::Integers);
    assert_eq!(counts(&rebinned)[..5].iter().sum::<f64>(), 6.0);

    // Without shared edges, equal shares are rounded evenly over the full width.
    let most: Vec<f64> = (0..=100).map(|k| 0.64 * f64::from(k)).collect();
    let rebinned = counts(&rebin(&ones, &edges(&most), Rounding::Integers));
    let mut below = 0.0;
    for (k, count) in rebinned.iter().enumerate() {
        below += count;
        assert!((below - most[k + 1]).abs() <= 0.5 + 1e-9, "{below} below {}", most[k + 1]);
    }
}

#[test]
fn integers_that_f64_cannot_represent_stay_exact() {
    let big = (1_i128 << 60) + 1;
    let rebinned = rebin(&ints(&[0.0, 1.0, 2.0], &[big, big]), &edges(&[0.0, 0.5, 2.0]), Rounding::Integers);
    assert_eq!(rebinned.histogram.total(), Number::Int(2 * big));
    let joined = rebin(&ints(&[0.0, 1.0, 2.0], &[big, 1]), &edges(&[0.0, 2.0]), Rounding::Integers);
    assert_eq!((joined.histogram.total(), joined.exact()), (Number::Int(big + 1), true));
}

#[test]
fn counts_outside_the_new_range_are_reported() {
    let rebinned = rebin(&ints(&[0.0, 1.0, 2.0, 3.0], &[4, 6, 2]), &edges(&[0.5, 2.0]), Rounding::Integers);
    assert_eq!((rebinned.below, counts(&rebinned), rebinned.above), (2.0, vec![8.0], 2.0));
    // At most 4 + 6, plus the 2 that may be on the closed right edge. At least 6.
    assert_eq!(rebinned.max_error, [4.0]);
}

#[test]
fn a_zero_width_bin_moves_as_one_to_the_bin_of_its_value() {
    let point = ints(&[1.0, 1.0], &[5]);
    let at = |new: &[f64]| {
        let rebinned = rebin(&point, &edges(new), Rounding::Integers);
        assert!(rebinned.exact());
        (rebinned.below, counts(&rebinned), rebinned.above)
    };
    assert_eq!(at(&[0.0, 1.0, 2.0]), (0.0, vec![0.0, 5.0], 0.0));
    assert_eq!(at(&[0.0, 0.5, 1.0]), (0.0, vec![0.0, 5.0], 0.0));
    assert_eq!(at(&[0.0, 1.0, 1.0]), (0.0, vec![0.0, 5.0], 0.0));
    assert_eq!(at(&[1.0, 1.0, 2.0]), (0.0, vec![0.0, 5.0], 0.0));
    assert_eq!(at(&[2.0, 3.0]), (5.0, vec![0.0], 0.0));
    assert_eq!(at(&[0.0, 0.5]), (0.0, vec![0.0], 5.0));
}

#[test]
fn an_infinitely_wide_bin_moves_to_its_finite_end_and_is_uncertain() {
    let source = ints(&[f64::NEG_INFINITY, 0.0, 1.0, f64::INFINITY], &[3, 4, 5]);
    let rebinned = rebin(&source, &edges(&[-2.0, -1.0, 0.0, 1.0, 2.0]), Rounding::Integers);
    assert_eq!(counts(&rebinned), [0.0, 3.0, 4.0, 5.0]);
    assert_eq!(rebinned.max_error, [3.0, 3.0, 0.0, 5.0]);
    let open = rebin(&source, &edges(&[f64::NEG_INFINITY, 1.0, f64::INFINITY]), Rounding::Integers);
    assert_eq!((counts(&open), open.exact()), (vec![7.0, 5.0], true));
    let all = ints(&[f64::NEG_INFINITY, f64::INFINITY], &[2]);
    assert_eq!(counts(&rebin(&all, &edges(&[-1.0, 1.0]), Rounding::Integers)), [2.0]);
}

#[test]
fn the_widest_finite_bins_are_spread_without_overflow() {
    let source = ints(&[-f64::MAX, f64::MAX], &[4]);
    let rebinned = rebin(&source, &edges(&[-f64::MAX, 0.0, f64::MAX]), Rounding::Fractional);
    assert_eq!(counts(&rebinned), [2.0, 2.0]);
    let zoomed = rebin(&source, &edges(&[-1.0, 1.0]), Rounding::Fractional);
    assert_eq!((zoomed.below + zoomed.above, zoomed.max_error[0]), (4.0, 4.0));
}

#[test]
fn the_last_bin_is_uncertain_if_the_new_range_is_wider() {
    let rebinned = rebin(&ints(&[0.0, 1.0, 2.0], &[7, 3]), &edges(&[0.0, 1.0, 2.0, 3.0]), Rounding::Integers);
    assert_eq!(counts(&rebinned), [7.0, 3.0, 0.0]);
    assert_eq!(rebinned.max_error, [0.0, 3.0, 3.0]);
}

#[test]
fn negative_and_fractional_counts_keep_their_sum() {
    let source = Histogram::new(edges(&[0.0, 2.0, 3.0]), Numbers::floats(vec![-1.5, 0.25])).unwrap();
    let rebinned = rebin(&source, &edges(&[0.0, 1.0, 3.0]), Rounding::Integers);
    assert_eq!(counts(&rebinned), [-0.75, -0.5]);
    assert_eq!(rebinned.max_error, [0.75, 0.75]);
    let whole = rebin(&ints(&[0.0, 2.0], &[-3]), &edges(&[0.0, 1.0, 2.0]), Rounding::Integers);
    assert_eq!(whole.histogram.counts(), &Numbers::ints([-1, -2]));
}

#[test]
fn without_bins_everything_is_outside() {
    let source = ints(&[0.0, 1.0, 2.0], &[1, 2]);
    let none = rebin(&source, &edges(&[]), Rounding::Integers);
    assert_eq!((none.histogram.bins(), none.below + none.above), (0, 3.0));
    let one = rebin(&source, &edges(&[1.0]), Rounding::Integers);
    assert_eq!((one.histogram.bins(), one.below, one.above), (0, 1.0, 2.0));
}

#[test]
fn non_finite_counts_affect_only_the_bins_they_reach() {
    let counts: Numbers =
        [Number::Int(5), Number::Float(f64::NAN), Number::Int(7), Number::Int(9)].into_iter().collect();
    let source = Histogram::new(edges(&[0.0, 1.0, 2.0, 3.0, 4.0]), counts).unwrap();
    let halves: Vec<f64> = (0..=8).map(|k| f64::from(k) / 2.0).collect();
    let rebinned = rebin(&source, &edges(&halves), Rounding::Integers);
    assert_eq!(
        format!("{:?}", rebin(&source, &edges(&halves), Rounding::Fractional).histogram.counts().as_f64()),
        "[2.5, 2.5, NaN, NaN, 3.5, 3.5, 4.5, 4.5]"
    );
    assert_eq!(rebinned.histogram.counts().as_f64()[4..].iter().sum::<f64>(), 16.0);
    assert_eq!(&rebinned.max_error[1..5], [3.0, f64::INFINITY, f64::INFINITY, 4.0]);
    let zoomed = rebin(&source, &edges(&[2.0, 4.0]), Rounding::Integers);
    assert_eq!((zoomed.below.is_nan(), zoomed.histogram.counts()), (true, &Numbers::ints([16])));
}

#[test]
fn old_errors_reach_every_bin_that_the_counts_may_reach() {
    let source = UncertainHistogram {
        max_error: vec![0.0, 2.0, 0.0],
        below: 1.0,
        ..UncertainHistogram::certain(ints(&[0.0, 1.0, 2.0, 3.0], &[4, 6, 2]))
    };
    let merged = source.rebin(&edges(&[0.0, 2.0, 3.0]), Rounding::Integers);
    assert_eq!((merged.max_error, merged.below), (vec![2.0, 0.0], 1.0));
    let cut = source.rebin(&edges(&[0.0, 0.5, 3.0]), Rounding::Integers);
    assert_eq!(cut.max_error, [2.0, 4.0]);
}
