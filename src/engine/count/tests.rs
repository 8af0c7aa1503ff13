use super::*;
use crate::hist::{Number, Numbers, Range, Samples};

fn population(values: &[f64]) -> Population {
    Population::new(Samples::F64(values.to_vec()))
}

fn counts(histogram: &Histogram) -> Vec<f64> {
    histogram.counts().as_f64().to_vec()
}

#[test]
fn nonfinite_samples_are_skipped() {
    let samples = population(&[f64::NAN, 1.0, 2.0, f64::INFINITY, 3.0, f64::NEG_INFINITY]);
    let histogram = count(&samples, &Bins::Count(2), None, &Task::default()).unwrap();
    assert_eq!((counts(&histogram), histogram.edges().as_f64()), (vec![1.0, 2.0], &[1.0, 2.0, 3.0][..]));
    let rule = Bins::Rule(Rule::Sturges);
    assert_eq!(count(&samples, &rule, None, &Task::default()).unwrap().bins(), 3);
}

#[test]
fn only_nonfinite_samples_count_like_no_samples() {
    let histogram = count(&population(&[f64::NAN]), &Bins::Count(2), None, &Task::default()).unwrap();
    assert_eq!((counts(&histogram), histogram.edges().as_f64()), (vec![0.0, 0.0], &[0.0, 0.5, 1.0][..]));
}

#[test]
fn extreme_integers_keep_their_exact_range() {
    let big = (1_i64 << 53) + 1;
    let samples = Samples::I64((0..1000).map(|i| big + i).collect());
    let strict = hist::histogram(&samples, &Bins::Count(10), None).unwrap();
    let population = Population::new(samples);
    assert_eq!(population.range().map(|r| r.lo), Some(Number::Int(big.into())));
    assert_eq!(count(&population, &Bins::Count(10), None, &Task::default()).unwrap(), strict);
}

#[test]
fn a_histogram_has_at_most_512_bins() {
    let samples = population(&[0.0, 1.0]);
    assert!(count(&samples, &Bins::Count(512), None, &Task::default()).is_ok());
    let error = count(&samples, &Bins::Count(513), None, &Task::default()).unwrap_err();
    assert_eq!(error.to_string(), "The maximum length of a histogram is 512");
    let edges = Bins::Edges((0..514).map(Number::Int).collect());
    assert!(count(&samples, &edges, None, &Task::default()).is_err());
    let mut far = vec![0.0; 40];
    far.extend([1.0; 40]);
    far.push(1e6);
    let fd = Bins::Rule(Rule::Fd);
    let error = count(&population(&far), &fd, None, &Task::default()).unwrap_err().to_string();
    assert_eq!(error, "fd asks for 2,163,375 bins; the maximum length of a histogram is 512");
}

#[test]
fn out_of_range_samples_are_counted_by_side() {
    let samples = population(&[-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, f64::NAN, f64::INFINITY]);
    let out_of_range = |bins, range| count_all(&samples, &bins, range, &Task::default()).unwrap().1;
    let range = Some(Range::floats(0.0, 1.0));
    assert_eq!(out_of_range(Bins::Count(2), range), OutOfRange { below: 1, above: 2 });
    assert_eq!(out_of_range(Bins::Count(3), None), OutOfRange::default());
    let edges = Bins::Edges(Numbers::floats(vec![0.25, f64::INFINITY]));
    assert_eq!(out_of_range(edges, None), OutOfRange { below: 2, above: 0 });
}

#[test]
fn counting_can_be_cancelled() {
    let task = Task::default();
    task.cancel.cancel();
    assert_eq!(count(&population(&[1.0]), &Bins::Count(2), None, &task), Err(Error::Cancelled));
}

#[test]
fn integers_too_large_for_floats_are_out_of_range_on_the_correct_side() {
    let big = 1_i64 << 53;
    let sides = |samples: Samples, range: Range| {
        let population = Population::new(samples);
        let range = Some(range);
        let counted = count_all(&population, &Bins::Count(4), range, &Task::default()).unwrap();
        population.tabulate(range, &Task::default()).unwrap();
        assert_eq!(population.lookup(4, range), Some(Ok(counted.clone())));
        (counted.1.below, counted.0.total(), counted.1.above)
    };
    let ints = |lo: i64, hi: i64| Range { lo: Number::Int(lo.into()), hi: Number::Int(hi.into()) };
    let values = || Samples::I64((-3..=46).map(|i| big + i).collect());
    assert_eq!(sides(values(), ints(big + 1, big + 41)), (4, Number::Int(41), 5));
    // Ranges that contain no number of the type.
    let bytes = || Samples::U8(vec![0, 7, 255]);
    assert_eq!(sides(bytes(), ints(300, 400)), (3, Number::Int(0), 0));
    assert_eq!(sides(bytes(), ints(-9, -1)), (0, Number::Int(0), 3));
    assert_eq!(sides(bytes(), Range::floats(7.1, 7.9)), (2, Number::Int(0), 1));
}
