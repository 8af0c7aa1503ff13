//! Distances: of samples against `numpy` and `SciPy`, of bins against the samples that were counted in them.

use proptest::prelude::*;
use rebin::engine::{Population, Side, Task, distances};
use rebin::hist::{self, Bins, Distance, Distances, Distribution, Histogram, Samples};
use serde_json::Value;

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn named(distances: &Distances) -> [(&'static str, Distance); 4] {
    [("w1", distances.w1), ("ks", distances.ks), ("js", distances.js), ("psi", distances.psi)]
}

#[test]
fn distances_of_samples_equal_those_of_numpy_and_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/distances.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let values = |name: &str| sorted(case[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect());
        let (a, b) = (values("a"), values("b"));
        let found = Distances::new(Distribution::Samples(&a), Distribution::Samples(&b));
        for (name, Distance { value, lo, hi }) in named(&found) {
            let expected = case[name].as_f64().unwrap();
            assert!(
                (value - expected).abs() <= 1e-12 * expected.max(1.0),
                "{} {name}: {value}, not {expected}",
                case["name"]
            );
            assert!((lo - value).abs() <= 1e-12 && (hi - value).abs() <= 1e-12, "{} {name}: {lo} {hi}", case["name"]);
        }
    }
}

#[test]
fn comparisons_of_arrays_equal_those_of_numpy_and_scipy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/distances.json")).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let samples = |name: &str| {
            let values = case[name].as_array().unwrap().iter().map(|x| x.as_f64().unwrap());
            Population::new(Samples::F64(values.collect()))
        };
        let (a, b) = (samples("a"), samples("b"));
        let found = distances(Side::Samples(&a), Side::Samples(&b), &Task::default()).unwrap();
        assert!(found.exact);
        let elementwise = found.elementwise.map(|all| [all.max_abs_diff, all.relative_l2]);
        let [max_abs_diff, relative_l2] = elementwise.unwrap_or([f64::NAN; 2]);
        let [w1, ks, js, psi] = named(&found.distances).map(|(_, distance)| distance.value);
        let values = [
            ("w1", w1),
            ("ks", ks),
            ("js", js),
            ("psi", psi),
            ("mean_delta", found.mean_delta.value),
            ("std_ratio", found.std_ratio.value),
            ("max_abs_diff", max_abs_diff),
            ("relative_l2", relative_l2),
        ];
        for (name, value) in values {
            let Some(expected) = case[name].as_f64() else {
                assert!(!value.is_finite(), "{} {name}: {value}", case["name"]);
                continue;
            };
            let error = (value - expected).abs();
            assert!(error <= 1e-12 * expected.abs().max(1.0), "{} {name}: {value}, not {expected}", case["name"]);
        }
    }
}

#[test]
fn empty_distributions_have_no_distances() {
    let none = Distances::new(Distribution::Samples(&[]), Distribution::Samples(&[1.0]));
    assert!(named(&none).iter().all(|(_, distance)| distance.value.is_nan()));
    let edges = hist::Edges::from_f64(vec![0.0, 1.0]).unwrap();
    for counts in [vec![0], vec![-1]] {
        let histogram = Histogram::new(edges.clone(), hist::Numbers::ints(counts)).unwrap();
        let none = Distances::new(Distribution::Bins(&histogram), Distribution::Samples(&[1.0]));
        assert!(none.w1.value.is_nan() && none.psi.value.is_nan());
    }
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![4 => -6.0..6.0, 2 => (-6_i32..6).prop_map(f64::from), 1 => -100.0..100.0];
    prop::collection::vec(value, 1..60).prop_map(sorted)
}

proptest! {
    #[test]
    fn bins_bound_the_distances_of_their_samples(a in values(), b in values(), bins in 1_usize..40, more in 1_usize..9) {
        let bin = |values: &[f64], bins| hist::histogram(&Samples::F64(values.to_vec()), &Bins::Count(bins), None).ok();
        let (Some(x), Some(y)) = (bin(&a, bins), bin(&b, bins + more)) else { return Ok(()) };
        let exact = Distances::new(Distribution::Samples(&a), Distribution::Samples(&b));
        let sides = [
            (Distribution::Bins(&x), Distribution::Bins(&y)),
            (Distribution::Samples(&a), Distribution::Bins(&y)),
            (Distribution::Bins(&x), Distribution::Samples(&b)),
        ];
        for (left, right) in sides {
            let found = Distances::new(left, right);
            let pairs = named(&exact).into_iter().zip(named(&found)).take(2);
            for ((name, exact), (_, Distance { value, lo, hi })) in pairs {
                let slack = 1e-9 * hi.abs().max(1.0);
                prop_assert!(lo - slack <= exact.value && exact.value <= hi + slack, "{} {} {} {}", name, lo, exact.value, hi);
                prop_assert!(lo - slack <= value && value <= hi + slack, "{} {} {} {}", name, lo, value, hi);
            }
        }
    }

    #[test]
    fn distances_are_symmetric_and_zero_only_for_equal_distributions(a in values(), b in values()) {
        let (x, y) = (Distribution::Samples(&a), Distribution::Samples(&b));
        let (there, back, same) = (Distances::new(x, y), Distances::new(y, x), Distances::new(x, x));
        let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
        prop_assert!(close(there.w1.value, back.w1.value) && close(there.ks.value, back.ks.value));
        prop_assert!(close(there.js.value, back.js.value));
        prop_assert!(named(&same).iter().all(|(_, distance)| distance.value == 0.0));
        prop_assert!((there.ks.value == 0.0) == (there.w1.value == 0.0));
    }
}
