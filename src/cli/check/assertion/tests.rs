use super::*;
use crate::hist::{Edges, Histogram, Numbers, Samples};

fn samples(values: &[f64]) -> Measured {
    let population = engine::Population::new(Samples::F64(values.to_vec()));
    let stats = population.entry_stats(&[0.5, 0.99], &Task::default()).unwrap();
    Measured { stats, drift: None }
}

fn bins(edges: &[f64], counts: &[i128]) -> Measured {
    let edges = Edges::from_f64(edges.to_vec()).unwrap();
    let histogram = Histogram::new(edges, Numbers::ints(counts.iter().copied())).unwrap();
    Measured { stats: EntryStats::of_histogram(&histogram, &[0.5, 0.99]), drift: None }
}

fn fails(text: &str, measured: &Measured) -> bool {
    text.parse::<Assertion>().unwrap().fails(0, measured).is_some()
}

#[test]
fn comparisons_of_samples_are_exact() {
    let some = samples(&[1.0, 2.0, 3.0, 4.0, f64::NAN]);
    for text in [
        "n == 4",
        "nan == 1",
        "nan + posinf < 2",
        "mean == 2.5 && p50 == 2.5",
        "max - min <= 3",
        "-max == -4",
        "abs(min - 2) == 1",
        "sqrt(max) == 2",
        "l2 ^ 2 > 29.9",
        "!(mean > 1e1)",
        "zeros / n < .01 || n == 0",
        "(mean + 1) * 2 == 7",
        "2 - 1 - 1 == 0 && 8 / 4 / 2 == 1",
        "1 - 2 + 3 == 2",
    ] {
        assert!(!fails(text, &some), "{text}");
    }
    for text in ["nan == 0", "max < 4", "mean > 2.5 || p50 != 2.5", "n > 3 && n < 4"] {
        assert!(fails(text, &some), "{text}");
    }
    // A comparison with an undefined number does not hold.
    assert!(fails("mean < 5", &samples(&[f64::NAN])) && fails("mean >= 5", &samples(&[])));
}

#[test]
fn assertions_about_bins_fail_only_if_they_are_certainly_false() {
    let some = bins(&[0.0, 1.0, 2.0, 4.0], &[1, 2, 1]);
    // The mean is between 1.0 and 2.25.
    for text in ["mean < 1.1", "mean > 2.2", "mean == 1.5", "max < 2.5", "nan == 0", "abs(mean - 2) < 0.1"] {
        assert!(!fails(text, &some), "{text}");
    }
    for text in ["mean < 1", "mean > 2.25", "max < 2", "n != 4", "p50 > 2.5", "mean - 3 > 0", "-mean > 0"] {
        assert!(fails(text, &some), "{text}");
    }
    let (finding, bounds) = "mean > 3".parse::<Assertion>().unwrap().fails(5, &some).unwrap();
    assert_eq!((finding.index, finding.limit, bounds), (5, 3.0, Some((1.0, 2.25))));
    assert_eq!(finding.message(), "mean > 3 does not hold: mean is 1.625 (1 to 2.25)");
}

#[test]
fn a_single_comparison_has_a_value_and_a_limit_even_in_parentheses() {
    let some = samples(&[1.0, 2.0, 3.0]);
    let sides = |text: &str| {
        let (finding, bounds) = text.parse::<Assertion>().unwrap().fails(0, &some).unwrap();
        assert_eq!(bounds, None, "{text}");
        (finding.value, finding.limit)
    };
    for text in ["mean + 1 < n - 1", "( (mean + 1) < (n - 1) )", "mean + 1 <= 2 && 1 < 0 || n > 9 || !(n < 9)"] {
        let (value, limit) = sides(text);
        let is_single = !text.contains("||");
        assert_eq!((value == 3.0, limit == 2.0, value.is_nan()), (is_single, is_single, !is_single), "{text}");
    }
    // The sides keep their order, although > is the inverse of <.
    assert_eq!(sides("mean > 5"), (2.0, 5.0));
    assert_eq!(sides("mean >= 5"), (2.0, 5.0));
    assert_eq!(sides("mean != 2"), (2.0, 2.0));
}

#[test]
fn a_failure_names_each_variable_once_in_the_order_of_the_text() {
    let assertion: Assertion = " p99 < 1 && mean > p99 || n == p99.0 ".parse().unwrap();
    let (finding, _) = assertion.fails(0, &samples(&[1.0, 2.0, 3.0, 4.0])).unwrap();
    let expected =
        "p99 < 1 && mean > p99 || n == p99.0 does not hold: p99 is 3.97000, mean is 2.5, n is 4, p99.0 is 3.97000";
    assert_eq!(finding.message(), expected);
}
