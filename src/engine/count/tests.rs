use super::*;
use crate::hist::{Number, Numbers, Rule, Samples};

fn population(values: &[f64]) -> Population {
    Population::new(Samples::F64(values.to_vec()))
}

fn bins(n: i64) -> Binning {
    Binning { bins: Bins::Count(n), range: None }
}

fn counts(histogram: &Histogram) -> Vec<f64> {
    histogram.counts().as_f64().to_vec()
}

#[test]
fn leaves_out_what_is_not_finite() {
    let samples = population(&[f64::NAN, 1.0, 2.0, f64::INFINITY, 3.0, f64::NEG_INFINITY]);
    let histogram = count(&samples, &bins(2), &Cancel::default()).unwrap();
    assert_eq!((counts(&histogram), histogram.edges().as_f64()), (vec![1.0, 2.0], &[1.0, 2.0, 3.0][..]));
    let rule = Binning { bins: Bins::Rule(Rule::Sturges), range: None };
    assert_eq!(count(&samples, &rule, &Cancel::default()).unwrap().bins(), 3);
}

#[test]
fn nothing_finite_is_counted_like_nothing() {
    let histogram = count(&population(&[f64::NAN]), &bins(2), &Cancel::default()).unwrap();
    assert_eq!((counts(&histogram), histogram.edges().as_f64()), (vec![0.0, 0.0], &[0.0, 0.5, 1.0][..]));
}

#[test]
fn extreme_integers_keep_their_exact_range() {
    let big = (1_i64 << 53) + 1;
    let samples = Samples::I64((0..1000).map(|i| big + i).collect());
    let strict = hist::histogram(&samples, &Bins::Count(10), None).unwrap();
    let population = Population::new(samples);
    assert_eq!(population.range().map(|r| r.lo), Some(Number::Int(big.into())));
    assert_eq!(count(&population, &bins(10), &Cancel::default()).unwrap(), strict);
}

#[test]
fn a_histogram_has_at_most_512_bins() {
    let samples = population(&[0.0, 1.0]);
    assert!(count(&samples, &bins(512), &Cancel::default()).is_ok());
    let error = count(&samples, &bins(513), &Cancel::default()).unwrap_err();
    assert_eq!(error.to_string(), "The maximum length of a histogram is 512");
    let edges = Bins::Edges((0..514).map(Number::Int).collect());
    assert!(edges_for(&samples, &Binning { bins: edges, range: None }).is_err());
    let mut far = vec![0.0; 40];
    far.extend([1.0; 40]);
    far.push(1e6);
    let fd = Binning { bins: Bins::Rule(Rule::Fd), range: None };
    let error = edges_for(&population(&far), &fd).unwrap_err().to_string();
    assert_eq!(error, "fd asks for 2,163,375 bins; the maximum length of a histogram is 512");
}

#[test]
fn tells_what_lies_outside() {
    let samples = population(&[-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, f64::NAN, f64::INFINITY]);
    let outside_of = |binning: Binning| {
        let histogram = count(&samples, &binning, &Cancel::default()).unwrap();
        outside(&samples, &histogram, &Cancel::default()).unwrap()
    };
    let range = Some(Range::floats(0.0, 1.0));
    assert_eq!(outside_of(Binning { bins: Bins::Count(2), range }), Outside { below: 1, above: 2 });
    assert_eq!(outside_of(bins(3)), Outside::default());
    let edges = Bins::Edges(Numbers::floats(vec![0.25, f64::INFINITY]));
    assert_eq!(outside_of(Binning { bins: edges, range: None }), Outside { below: 2, above: 0 });
}

#[test]
fn stops_when_asked() {
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(count(&population(&[1.0]), &bins(2), &cancel), Err(Error::Cancelled));
}
