//! Bins that are equally spaced on a logarithmic or symlog axis: edges and counts against numpy.

use super::hex_float::hex_float;
use proptest::prelude::*;
use rebin::document::{BinSpec, Certainty, Policy, evaluate};
use rebin::engine::{Population, Span, Task, count, count_all};
use rebin::hist::scale::Scale;
use rebin::hist::{Bins, Edges, Error, Histogram, Numbers, Range, Rounding, Rule, Samples, spaced_edges};
use serde_json::Value;

fn floats(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|x| hex_float(x.as_str().unwrap())).collect()
}

/// numpy's `power` and `expm1` round differently on some processors.
#[test]
fn edges_equal_numpys_to_a_few_last_bits_and_counts_equal_its_counts() {
    let golden: Value = serde_json::from_str(include_str!("../golden/spacing.json")).unwrap();
    let population = Population::new(Samples::F64(floats(&golden["values"])));
    for case in golden["cases"].as_array().unwrap() {
        let (scale, n) = (Scale::parse(case["spacing"].as_str().unwrap()).unwrap(), case["n"].as_u64().unwrap());
        let [lo, hi] = ["lo", "hi"].map(|end| hex_float(case[end].as_str().unwrap()));
        let expected = floats(&case["edges"]);
        let edges = spaced_edges(scale, lo, hi, n as usize).unwrap();
        for (found, expected) in edges.as_f64().iter().zip(&expected) {
            let tolerance =
                4.0 * f64::EPSILON * expected.abs().max(if scale == Scale::Symlog { hi * 1e-3 } else { 0.0 });
            assert!((found - expected).abs() <= tolerance, "{scale:?} {n} [{lo}, {hi}]: {found} {expected}");
        }
        assert_eq!((edges.as_f64().len(), edges.as_f64()[0], edges.as_f64()[n as usize]), (expected.len(), lo, hi));
        let counted = count(&population, &Bins::Edges(Numbers::floats(expected)), None, &Task::default()).unwrap();
        let counts: Vec<f64> = case["counts"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect();
        assert_eq!(counted.counts().as_f64(), counts, "{scale:?} {n} [{lo}, {hi}]");
    }
}

/// Counts by a search among the edges, as `numpy.histogram` does with explicit edges.
fn searched(values: &[f64], edges: &Edges) -> (Vec<f64>, u64, u64) {
    let (at, mut counts) = (edges.as_f64(), vec![0.0; edges.bins()]);
    let (lo, hi) = (at[0], at[edges.bins()]);
    for x in values.iter().filter(|x| (lo..=hi).contains(*x)) {
        counts[at.partition_point(|edge| edge <= x).min(edges.bins()) - 1] += 1.0;
    }
    let below = values.iter().filter(|x| x.is_finite() && **x < lo).count() as u64;
    (counts, below, values.iter().filter(|x| x.is_finite() && **x > hi).count() as u64)
}

/// Any finite number, and often zero, an integer or not a number.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-60.0..60.0_f64, any::<bool>()).prop_map(|(e, minus)| if minus { -e.exp() } else { e.exp() }),
        1 => Just(0.0),
        1 => (-9..9_i32).prop_map(f64::from),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
    ]
}

proptest! {
    #[test]
    fn spaced_bins_count_like_a_search_among_their_edges(
        values in prop_oneof![
            9 => prop::collection::vec(value(), 1..300),
            1 => (value(), 1..9_usize).prop_map(|(x, n)| vec![x; n]),
        ],
        n in 1_usize..=512,
        log in any::<bool>(),
        narrow in any::<bool>(),
        range in prop::option::of((-5.0..5.0_f64, 0.1..100.0_f64)),
    ) {
        let spacing = if log { Scale::Log } else { Scale::Symlog };
        let samples = if narrow {
            Samples::F32(values.iter().map(|x| *x as f32).collect())
        } else {
            Samples::F64(values.clone())
        };
        let values: Vec<f64> = if narrow { values.iter().map(|x| f64::from(*x as f32)).collect() } else { values };
        let span = Span { range: range.map(|(lo, width)| Range::floats(lo, lo + width)), spacing };
        match count_all(&Population::new(samples), &Bins::Count(n), span, &Task::default()) {
            Ok((histogram, outside)) => {
                let (counts, below, above) = searched(&values, histogram.edges());
                prop_assert_eq!(histogram.counts().as_f64(), counts);
                prop_assert_eq!((outside.below, outside.above), (below, above));
                let at = histogram.edges().as_f64();
                prop_assert_eq!(&spaced_edges(spacing, at[0], at[n], n).unwrap(), histogram.edges());
                if log {
                    let finite = || values.iter().copied().filter(|x| x.is_finite());
                    let smallest = finite().filter(|x| *x > 0.0).fold(f64::INFINITY, f64::min);
                    let lo = range.map(|(lo, _)| lo).filter(|lo| *lo > 0.0).unwrap_or(smallest);
                    let hi = range.map_or(finite().fold(0.0, f64::max), |(lo, width)| lo + width);
                    prop_assert_eq!((at[0], at[n]), if lo == hi { (lo / 2.0, hi * 2.0) } else { (lo, hi) });
                }
            }
            Err(error) => {
                let accepted = [Error::NotPositive.into(), Error::TooManyBins(n).into()];
                prop_assert!(accepted.contains(&error), "{}", error);
            }
        }
    }
}

/// A prepared table and a count that reads all samples give the same.
#[test]
fn large_samples_are_looked_up_with_equal_counts() {
    let values: Vec<f64> =
        (0..120_001).map(|i| (f64::from(i % 977) / 40.0 - 12.0).exp() * f64::from(i % 7 - 2)).collect();
    let (plain, prepared) =
        (Population::new(Samples::F64(values.clone())), Population::new(Samples::F64(values.clone())));
    for spacing in [Scale::Symlog, Scale::Log] {
        let span = Span { range: None, spacing };
        prepared.prepare(span, &Task::default()).unwrap();
        for n in [1, 2, 3, 64, 100, 511, 512] {
            assert!(prepared.knows(n, span) && !plain.knows(n, span));
            let exact = count_all(&plain, &Bins::Count(n), span, &Task::default()).unwrap();
            assert_eq!(prepared.lookup(n, span).unwrap().unwrap(), exact);
            let (counts, below, above) = searched(&values, exact.0.edges());
            assert_eq!((exact.0.counts().as_f64(), exact.1.below, exact.1.above), (&counts[..], below, above));
        }
    }
    assert!(!prepared.knows(64, None), "linear bins have a table of their own");
}

/// On a logarithmic axis, the range of a single positive value is halved and doubled.
#[test]
fn the_range_of_a_single_positive_value_is_halved_and_doubled() {
    let bin = |samples: Samples, span: Span, prepared: bool| {
        let population = Population::new(samples);
        if prepared {
            population.prepare(span, &Task::default()).unwrap();
            assert!(population.knows(1, span));
        }
        let (histogram, outside) = count_all(&population, &Bins::Count(1), span, &Task::default()).unwrap();
        let edges = histogram.edges().as_f64();
        ((edges[0], edges[1]), histogram.counts().as_f64()[0], outside.below)
    };
    let log = Span { range: None, spacing: Scale::Log };
    for x in [0.25, 0.5, 4.0] {
        let edges = (x / 2.0, x * 2.0);
        assert_eq!(bin(Samples::F64(vec![x; 7]), log, false), (edges, 7.0, 0));
        assert_eq!(bin(Samples::F64(vec![x; 120_001]), log, true), (edges, 120_001.0, 0));
        assert_eq!(bin(Samples::F32(vec![-1.0, x as f32, 0.0, f32::NAN]), log, false), (edges, 1.0, 2));
        let given = Span { range: Some(Range::floats(x, x)), ..log };
        assert_eq!(bin(Samples::F64(vec![0.0, x]), given, false), (edges, 1.0, 1));
    }
    assert_eq!(bin(Samples::I64(vec![-3, 4]), log, false), ((2.0, 8.0), 1.0, 1));
}

/// A rule is applied to the values on the axis: logarithms of a lognormal distribution are normal.
#[test]
fn rules_are_applied_to_the_values_on_the_axis() {
    let normal: Vec<f64> = (0..5000).map(|i| (f64::from(i) / 2500.0 - 1.0).atanh().clamp(-4.0, 4.0)).collect();
    let values: Vec<f64> = normal.iter().map(|x| 10_f64.powf(*x)).collect();
    let span = Span { range: None, spacing: Scale::Log };
    for rule in [Rule::Fd, Rule::Scott, Rule::Sturges, Rule::Doane, Rule::Sqrt, Rule::Stone] {
        let bins = |values: &[f64], span: Span| {
            count(&Population::new(Samples::F64(values.to_vec())), &Bins::Rule(rule), span, &Task::default())
                .unwrap()
                .bins()
        };
        let (on_axis, of_logarithms) = (bins(&values, span), bins(&normal, Span::default()));
        assert!(on_axis.abs_diff(of_logarithms) <= 1, "{}: {on_axis} {of_logarithms}", rule.name());
    }
}

#[test]
fn logged_bins_are_redistributed_over_positive_bins() {
    let edges = Edges::from_f64(vec![-1.0, 0.0, 1.0, 10.0, 100.0]).unwrap();
    let logged = Histogram::new(edges, Numbers::ints([5, 4, 3, 2])).unwrap();
    let text = rebin::wandb::Histogram::from_hist(&logged).unwrap();
    let content = rebin::catalog::Content::Logged(rebin::catalog::Logged { histogram: text.into(), origin: None });
    let policy = Policy { rounding: Rounding::Integers, cap_rules: false };
    let spec = |bins, range| BinSpec { bins, range, spacing: Scale::Log };
    let shown = evaluate(&content, &spec(Some(Bins::Count(2)), None), policy, &Task::default()).unwrap();
    assert_eq!(shown.histogram.edges().as_f64(), [1.0, 10.0, 100.0]);
    assert_eq!((shown.histogram.counts().as_f64(), shown.below), (&[3.0, 2.0][..], 9.0));
    assert!(matches!(shown.certainty, Certainty::Merged { from: 4, .. }));
    let cut = evaluate(&content, &spec(Some(Bins::Count(4)), None), policy, &Task::default()).unwrap();
    assert!(matches!(cut.certainty, Certainty::Approximate { .. }));
    // As many bins as are logged, and a range that starts at a positive edge.
    let all = evaluate(&content, &spec(None, Some(Range::floats(-5.0, 10.0))), policy, &Task::default()).unwrap();
    assert_eq!((all.histogram.bins(), all.histogram.edges().span().unwrap().lo), (4, 1.0));
    let negative = evaluate(&content, &spec(None, Some(Range::floats(-5.0, -1.0))), policy, &Task::default());
    assert_eq!(negative, Err(Error::NotPositive.into()));
}
