use super::*;
use crate::hist::{Number, Numbers, Samples};
use std::sync::Arc;

const POLICY: Policy = Policy { rounding: Rounding::Integers, cap_rules: true };

fn base() -> Histogram {
    let edges = Edges::from_f64(vec![0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
    Histogram::new(edges, Numbers::ints([1, 2, 3, 4])).unwrap()
}

fn evaluated(bins: Option<Bins>, range: Option<(f64, f64)>) -> EvaluatedHistogram {
    let range = range.map(|(lo, hi)| Range { lo: Number::Float(lo), hi: Number::Float(hi) });
    evaluate_bins(
        &UncertainHistogram::certain(base()),
        Basis::Logged,
        &BinSpec { bins, range, ..BinSpec::AS_STORED },
        POLICY,
    )
    .unwrap()
}

#[test]
fn logged_bins_have_a_certainty() {
    assert_eq!(evaluated(None, None).certainty, Certainty::Logged);
    let zoomed = evaluated(None, Some((1.0, 3.0)));
    assert_eq!((zoomed.certainty, zoomed.below, zoomed.above), (Certainty::Logged, 1.0, 4.0));
    assert_eq!(zoomed.histogram.counts(), &Numbers::ints([2, 3]));
    assert_eq!(evaluated(Some(Bins::Count(2)), None).certainty, Certainty::Merged { from: 4, of: Basis::Logged });
    let cut = evaluated(Some(Bins::Count(3)), None);
    assert!(matches!(cut.certainty, Certainty::Approximate { from: 4, .. }));
    assert_eq!(cut.histogram.total(), Number::Int(10));
    assert!(matches!(evaluated(None, Some((0.5, 3.0))).certainty, Certainty::Approximate { .. }));
}

#[test]
fn a_rule_above_512_bins_is_capped_or_rejected() {
    let many = Histogram::new(Edges::from_f64(vec![0.0, 1.0]).unwrap(), Numbers::ints([1 << 40])).unwrap();
    let many = UncertainHistogram::certain(many);
    let spec = BinSpec::new(Some(Bins::Rule(Rule::Sqrt)));
    let capped = evaluate_edited(&many, &spec, POLICY).unwrap();
    assert_eq!(capped.histogram.bins(), MAX_BINS);
    assert!(capped.notice.is_some_and(|notice| notice.starts_with("sqrt asks for 1,048,576 bins")));
    assert!(evaluate_edited(&many, &spec, Policy { cap_rules: false, ..POLICY }).is_err());
}

#[test]
fn a_range_without_bins_is_rejected() {
    let why = |lo, hi| {
        let spec = BinSpec { range: Some(Range::floats(lo, hi)), ..BinSpec::AS_STORED };
        evaluate_edited(&UncertainHistogram::certain(base()), &spec, POLICY).unwrap_err().to_string()
    };
    assert_eq!(why(7.0, 9.0), "the range [7, 9] contains no bin");
    assert_eq!(why(3.0, 1.0), "max must be larger than min in range parameter.");
    assert_eq!(why(f64::NAN, 1.0), "supplied range of [nan, 1.0] is not finite");
    let above = evaluated(None, Some((2.0, f64::INFINITY)));
    assert_eq!(above.histogram.counts(), &Numbers::ints([3, 4]));
}

#[test]
fn edited_bins_have_a_certainty() {
    let mut edited = UncertainHistogram { below: 5.0, ..UncertainHistogram::certain(base()) };
    let evaluate = |edited: &UncertainHistogram, bins, range| {
        evaluate_edited(edited, &BinSpec { bins, range, ..BinSpec::AS_STORED }, POLICY).unwrap()
    };
    let zoom = |lo, hi| Some(Range::floats(lo, hi));
    let as_edited = evaluate(&edited, None, None);
    assert_eq!((as_edited.certainty, as_edited.below), (Certainty::Edited { max_error: vec![0.0; 4] }, 5.0));
    let inner = evaluate(&edited, None, zoom(1.0, 3.0));
    assert_eq!((inner.certainty, inner.below), (Certainty::Edited { max_error: vec![0.0; 2] }, 6.0));
    let merged = Certainty::Merged { from: 4, of: Basis::Edited };
    assert_eq!(evaluate(&edited, Some(Bins::Count(2)), None).certainty, merged);
    edited.max_error[0] = 1.0;
    let uncertain = evaluate(&edited, Some(Bins::Count(2)), None).certainty;
    assert_eq!(uncertain, Certainty::Approximate { from: 4, of: Basis::Edited, max_error: vec![1.0, 0.0] });
    assert_eq!(evaluate(&edited, None, None).certainty.max_error(), Some(&[1.0, 0.0, 0.0, 0.0][..]));
}

#[test]
fn the_interface_draws_samples_whose_range_overflows_their_type() {
    let halves = [-6e4, -1.0, 1.0, 6e4].map(half::f16::from_f64);
    let content = Content::Raw(Arc::new(Population::new(Samples::F16(halves.to_vec()))));
    let spec = BinSpec::count(4);
    let shown = |cap_rules| {
        let policy = Policy { rounding: Rounding::Integers, cap_rules };
        evaluate(&content, &spec, policy, &Task::default()).map(|shown| shown.histogram)
    };
    let histogram = shown(true).unwrap();
    assert_eq!(histogram.edges().as_f64(), [-60_000.0, -30_000.0, 0.0, 30_000.0, 60_000.0]);
    assert_eq!(histogram.counts().as_f64(), [1.0, 1.0, 1.0, 1.0]);
    assert_eq!(shown(false), Err(hist::Error::TooManyBins(4).into()));
}
