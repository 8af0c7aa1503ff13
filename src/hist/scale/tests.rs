use super::*;
use crate::hist::{Edges, Numbers};
use proptest::prelude::*;

fn labels(ticks: &Ticks) -> Vec<&str> {
    ticks.at.iter().map(|(_, label)| label.as_str()).collect()
}

#[test]
fn ticks_are_round_and_labels_have_the_digits_of_the_spacing() {
    assert_eq!(labels(&ticks(-0.1, 0.2, 8)), ["-0.10", "-0.05", "0", "0.05", "0.10", "0.15", "0.20"]);
    assert_eq!(labels(&ticks(0.0, 612.0, 5)), ["0", "200", "400", "600"]);
    assert_eq!(labels(&ticks(0.0, 1.0, 5)), ["0", "0.25", "0.50", "0.75", "1.00"]);
    assert_eq!(labels(&ticks(0.0, 12_800.0, 4)), ["0", "5,000", "10,000"]);
    assert_eq!(labels(&ticks(-2.5, 2.5, 3)), ["-2", "0", "2"]);
}

#[test]
fn thousandths_never_read_as_zero() {
    assert_eq!(labels(&ticks(0.1, 0.103, 4)), ["0.100", "0.101", "0.102", "0.103"]);
    assert_eq!(labels(&ticks(-2e-7, 2e-7, 5)), ["-2e-7", "-1e-7", "0", "1e-7", "2e-7"]);
}

#[test]
fn labels_with_large_offsets_keep_every_digit_of_the_spacing() {
    let ticks = ticks(1e15, 1e15 + 8.0, 5);
    assert_eq!(ticks.at[1], (1e15 + 2.0, "1.000000000000002e15".into()));
    assert_eq!(ticks.at.len(), 5);
    assert_eq!(labels(&super::ticks(1e17, 1e17 + 16.0, 5)), ["1e17", "1.0000000000000002e17"]);
}

#[test]
fn extreme_ranges_have_ticks_and_invalid_ranges_have_none() {
    assert_eq!(labels(&ticks(0.0, 1e-300, 3)), ["0", "5e-301", "1e-300"]);
    assert_eq!(ticks(0.0, 5e-324, 5).at.last().map(|(x, _)| *x), Some(5e-324));
    assert_eq!(labels(&ticks(-1e308, 1e308, 5)), ["-1e308", "-5e307", "0", "5e307", "1e308"]);
    for (lo, hi) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::NAN), (f64::NEG_INFINITY, 0.0)] {
        for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
            assert_eq!(scale.ticks(lo, hi, 6), Ticks::default(), "{scale:?} {lo} {hi}");
        }
    }
}

#[test]
fn logarithmic_axes_have_ticks_at_decades() {
    assert_eq!(labels(&Scale::Log.ticks(1e-6, 1.0, 7)), ["1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1"]);
    assert_eq!(labels(&Scale::Log.ticks(1e-6, 1.0, 4)), ["1e-6", "1e-4", "1e-2", "1"]);
    assert_eq!(labels(&Scale::Log.ticks(1.0, 100.0, 9)), ["1", "2", "5", "10", "20", "50", "100"]);
    assert_eq!(labels(&Scale::Log.ticks(3.0, 4.0, 3)), ["3.0", "3.5", "4.0"], "less than two decades");
    assert_eq!(
        labels(&Scale::Symlog.ticks(-10.0, 10.0, 9)),
        ["-10", "-1", "-0.1", "-0.01", "0", "0.01", "0.1", "1", "10"]
    );
    assert_eq!(Scale::Log.ticks(0.0, 10.0, 5), Scale::Symlog.ticks(0.0, 10.0, 5));
}

#[test]
fn one_count_is_visible_next_to_a_million_and_zero_is_not() {
    let scale = CountScale::log(&[0.0, 1.0, 1e6]);
    assert_eq!(scale, CountScale::Log { unit: 1.0 });
    assert_eq!(scale.length(0.0), 0.0);
    assert!(scale.length(1.0) / scale.length(1e6) > 0.04);
    assert_eq!(scale.length(-5.0), -scale.length(5.0));
    assert_eq!(labels(&scale.ticks(0.0, 1e6, 5)), ["0", "1", "100", "10,000", "1,000,000"]);
    assert_eq!(labels(&scale.ticks(-20.0, 7.0, 9)), ["-20", "-10", "-5", "-2", "-1", "0", "1", "2", "5"]);
}

#[test]
fn fractional_heights_have_the_smallest_as_unit() {
    let scale = CountScale::log(&[0.0, 0.002, 0.5]);
    assert_eq!(scale, CountScale::Log { unit: 0.002 });
    assert!(scale.length(1e308).is_finite() && CountScale::Log { unit: 1e-300 }.length(1e300).is_finite());
}

#[test]
fn labels_are_never_cut_and_prefer_both_ends() {
    let starts = |marks: &[(usize, usize)], cells| -> Vec<(usize, usize)> {
        lay_out(marks, cells, 1).into_iter().map(|placed| (placed.tick, placed.start)).collect()
    };
    assert_eq!(starts(&[(0, 4), (10, 4), (19, 4)], 20), [(0, 0), (1, 8), (2, 16)]);
    assert_eq!(starts(&[(0, 6), (5, 6), (10, 6), (15, 6), (19, 6)], 20), [(0, 0), (2, 7), (4, 14)]);
    assert_eq!(starts(&[(0, 8), (9, 8)], 10), [(0, 0)], "no room for the second");
    assert_eq!(starts(&[(0, 30)], 20), [], "never cut");
    assert_eq!(starts(&[(25, 3)], 20), [], "off the row");
    assert_eq!(starts(&[], 0), []);
}

#[test]
fn the_view_includes_unbounded_and_zero_width_bins() {
    let of = |edges: &[f64]| view(edges).map(|view| (view.lo, view.hi));
    assert_eq!(of(&[0.0, 1.0, 4.0]), Some((0.0, 4.0)));
    assert_eq!(of(&[f64::NEG_INFINITY, 0.0, 1.0, f64::INFINITY]), Some((-1.0, 2.0)));
    assert_eq!(of(&[3.0, 3.0]), Some((1.5, 4.5)));
    assert_eq!(of(&[f64::NEG_INFINITY, f64::INFINITY]), Some((-1.0, 1.0)));
    assert_eq!(of(&[1.0]), None);
    assert!(of(&[f64::MAX, f64::MAX]).is_some_and(|(lo, hi)| lo < hi && hi.is_finite()));
}

#[test]
fn the_fitted_view_ends_at_the_outermost_bins_with_counts() {
    let of = |edges: &[f64], counts: &[f64]| {
        let edges = Edges::from_f64(edges.to_vec()).unwrap();
        let histogram = Histogram::new(edges, Numbers::floats(counts.to_vec())).unwrap();
        fit(&histogram).map(|view| (view.lo, view.hi))
    };
    // Annoyance 20: the axis of all steps left three columns to a late step.
    assert_eq!(of(&[-9.0, -1.0, 0.0, 1.0, 9.0], &[0.0, 2.0, -3.0, 0.0]), Some((-1.0, 1.0)));
    assert_eq!(of(&[0.0, 1.0, 2.0], &[0.0, 0.0]), Some((0.0, 2.0)));
    assert_eq!(of(&[-f64::MAX, 0.0, 1.0, f64::MAX], &[0.0, 2.0, 0.0]), Some((0.0, 1.0)));
    assert_eq!(of(&[-f64::MAX, 0.0, 1.0, f64::MAX], &[2.0, 0.0, 0.0]), Some((0.0, 1.0)));
    assert_eq!(of(&[0.0, 3.0, 3.0, 9.0], &[0.0, 4.0, 0.0]), Some((1.5, 4.5)));
}

#[test]
fn positions_of_unusual_values_are_valid() {
    assert_eq!(Scale::Linear.position(3.0, 3.0, 3.0), 0.5);
    assert_eq!(Scale::Linear.position(f64::NAN, 0.0, 1.0), 0.0);
    assert_eq!(Scale::Linear.position(0.0, f64::MIN, f64::MAX), 0.5);
    assert_eq!(Scale::Log.position(f64::INFINITY, 1.0, 10.0), 1.0);
    assert_eq!(Scale::Symlog.position(0.0, -10.0, 10.0), 0.5);
    assert!((Scale::Log.position(1e15 + 4.0, 1e15, 1e15 + 8.0) - 0.5).abs() < 1e-9);
    assert_eq!(Scale::Linear.value(0.5, f64::MIN, f64::MAX), 0.0);
}

#[test]
fn ticks_over_all_floats_do_not_overflow() {
    for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
        for (lo, hi) in [(f64::MIN, f64::MAX), (f64::MAX.next_down(), f64::MAX), (-5e-324, f64::MAX)] {
            assert!(scale.ticks(lo, hi, 1).at.len() <= 1, "{scale:?}");
        }
    }
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        -10.0..10.0_f64,
        any::<f64>(),
        (1e15..1.1e15_f64).prop_map(f64::round),
        prop::sample::select(vec![0.0, 5e-324, f64::MAX, f64::MIN, f64::NAN, f64::INFINITY]),
    ]
}

proptest! {
    #[test]
    fn ticks_are_in_range_and_increase_with_distinct_labels(a in number(), b in number(), most in 0..20_usize) {
        for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
            let ticks = scale.ticks(a, b, most);
            prop_assert!(ticks.at.len() <= most);
            prop_assert!(ticks.at.iter().all(|(x, label)| a <= *x && *x <= b && !label.is_empty()));
            prop_assert!(ticks.at.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1), "{:?}", ticks);
        }
    }

    #[test]
    fn ordinary_ranges_have_at_least_two_ticks(a in -1e6..1e6_f64, width in 1e-3..1e9_f64) {
        for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
            prop_assert!(scale.ticks(a, a + width, 4).at.len() >= 2, "{:?}", scale);
        }
    }

    #[test]
    fn positions_increase_and_invert(a in number(), b in number(), p in 0.0..1.0_f64, q in 0.0..1.0_f64) {
        let (a, b) = (a.min(b), a.max(b));
        prop_assume!(a < b && a.is_finite() && b.is_finite());
        for scale in [Scale::Linear, Scale::Log, Scale::Symlog] {
            let (x, y) = (scale.value(p.min(q), a, b), scale.value(p.max(q), a, b));
            prop_assert!(a <= x && x <= y && y <= b, "{:?}: {} {}", scale, x, y);
            prop_assert!(scale.position(x, a, b) <= scale.position(y, a, b));
            // Within a few rounding steps at the magnitude of the ends.
            let back = scale.value(scale.position(x, a, b), a, b);
            let slack = (a.abs().max(b.abs()) * 1e-12).max(1e-307);
            prop_assert!((back - x).abs() <= slack, "{:?}: {} {}", scale, x, back);
        }
    }
}
