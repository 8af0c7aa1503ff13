use super::*;
use crate::hist::MAX_BINS;

const INFINITY: f64 = f64::INFINITY;

fn of(edges: &[f64], counts: impl IntoIterator<Item = Number>) -> UncertainHistogram {
    let edges = Edges::from_f64(edges.to_vec()).unwrap();
    UncertainHistogram::certain(Histogram::new(edges, counts.into_iter().collect()).unwrap())
}

fn ints(edges: &[f64], counts: &[i128]) -> UncertainHistogram {
    of(edges, counts.iter().map(|count| Number::Int(*count)))
}

fn floats(edges: &[f64], counts: &[f64]) -> UncertainHistogram {
    of(edges, counts.iter().map(|count| Number::Float(*count)))
}

fn four() -> UncertainHistogram {
    ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 20, 300, 4])
}

fn bins(first: usize, last: usize) -> Span {
    Span { first, last }
}

#[track_caller]
fn done(change: &Change, to: &UncertainHistogram) -> EditOutcome {
    change.apply(to, Rounding::Integers).unwrap()
}

#[track_caller]
fn refusal(change: &Change, to: &UncertainHistogram) -> String {
    change.apply(to, Rounding::Integers).unwrap_err().to_string()
}

fn counts(of: &EditOutcome) -> &[f64] {
    of.histogram.histogram.counts().as_f64()
}

fn edges(of: &EditOutcome) -> &[f64] {
    of.histogram.histogram.edges().as_f64()
}

#[test]
fn set_counts_are_certain() {
    let estimated = UncertainHistogram { max_error: vec![1.0; 4], ..four() };
    let set = done(&Change::Set(bins(1, 2), Number::Float(-0.5)), &estimated);
    assert_eq!((counts(&set), &set.histogram.max_error[..]), (&[1.0, -0.5, -0.5, 4.0][..], &[1.0, 0.0, 0.0, 1.0][..]));
    assert_eq!(set.summary, "set bins 2–3 to -0.5");
    assert!(set.histogram.histogram.counts().is_int(3) && !set.histogram.histogram.counts().is_int(1));
    assert_eq!(
        refusal(&Change::Set(bins(0, 0), Number::Float(f64::NAN)), &four()),
        "a count must be a finite number, not nan"
    );
    assert_eq!(
        refusal(&Change::Set(bins(3, 4), Number::Int(1)), &four()),
        "bins 4–5 out of range: the histogram has 4 bins"
    );
}

#[test]
fn cleared_counts_keep_their_type() {
    let cleared = done(&Change::Clear(bins(1, 2)), &four());
    assert_eq!(cleared.histogram.histogram.counts(), &Numbers::ints([1, 0, 0, 4]));
    assert_eq!(cleared.summary, "cleared bins 2–3 (count 320)");
    let one = done(&Change::Clear(bins(0, 0)), &floats(&[0.0, 1.0], &[0.25]));
    assert_eq!(
        (one.histogram.histogram.counts().is_int(0), one.summary.as_str()),
        (false, "cleared bin 1 (count 0.25)")
    );
}

#[test]
fn scaling_counts_scales_their_errors() {
    let estimated = UncertainHistogram { max_error: vec![1.0; 4], ..four() };
    let half = done(&Change::Scale(bins(1, 3), Number::Float(-0.5)), &estimated);
    assert_eq!(half.histogram.histogram.counts(), &Numbers::ints([1, -10, -150, -2]));
    assert_eq!(
        (&half.histogram.max_error[..], half.summary.as_str()),
        (&[1.0, 0.5, 0.5, 0.5][..], "multiplied bins 2–4 by -0.5")
    );
    let why = "the numbers would become too large";
    assert_eq!(refusal(&Change::Scale(bins(0, 0), Number::Int(2)), &ints(&[0.0, 1.0], &[i128::MAX])), why);
    assert_eq!(
        refusal(&Change::Scale(bins(0, 0), Number::Float(INFINITY)), &four()),
        "the factor must be a finite number, not inf"
    );
}

#[test]
fn counts_that_change_together_keep_one_type() {
    let by = |factor, counts: &[Number]| {
        let edges: Vec<f64> = (0_u8..=3).map(f64::from).collect();
        done(&Change::Scale(bins(0, 1), factor), &of(&edges, counts.to_vec())).histogram.histogram.counts().clone()
    };
    let (int, float) = (Number::Int, Number::Float);
    assert_eq!(by(float(2.5), &[int(1), int(2), int(7)]), [float(2.5), float(5.0), int(7)].into_iter().collect());
    assert_eq!(by(float(2.5), &[int(4), int(2), int(7)]), Numbers::ints([10, 5, 7]));
    assert_eq!(by(int(2), &[int(1), float(0.5), int(7)]), [float(2.0), float(1.0), int(7)].into_iter().collect());
}

#[test]
fn edges_keep_one_type() {
    let edges_after = |change: &Change, at: Numbers| {
        let counts = Numbers::ints(vec![6; at.len() - 1]);
        let histogram = Histogram::new(Edges::new(at).unwrap(), counts).unwrap();
        done(change, &UncertainHistogram::certain(histogram)).histogram.histogram.edges().numbers().clone()
    };
    let ints = || Numbers::ints([0, 1, 2, 4]);
    let floats = |at: &[f64]| Numbers::floats(at.to_vec());
    let (int, float) = (Number::Int, Number::Float);
    let edge = |edge, to| Change::MoveEdge { edge, to, counts: CountPolicy::KeepInBin };
    let trim = |lo, hi| Change::Trim { lo, hi, outside: TrimPolicy::Keep };

    // Integers that join floats become floats.
    assert_eq!(edges_after(&Change::ShiftAxis(int(1000)), floats(&[0.0, 1.0])), floats(&[1000.0, 1001.0]));
    assert_eq!(edges_after(&Change::ScaleAxis(int(2)), floats(&[0.0, 0.5])), floats(&[0.0, 1.0]));
    assert_eq!(edges_after(&edge(1, int(10)), floats(&[0.0, 3.5])), floats(&[0.0, 10.0]));
    assert_eq!(edges_after(&edge(0, int(-7)), floats(&[0.0, 0.5])), floats(&[-7.0, 0.5]));
    // Integers with integers stay integers.
    assert_eq!(edges_after(&Change::ShiftAxis(int(-1)), ints()), Numbers::ints([-1, 0, 1, 3]));
    assert_eq!(edges_after(&Change::ScaleAxis(int(2)), ints()), Numbers::ints([0, 2, 4, 8]));
    assert_eq!(edges_after(&edge(3, int(9)), ints()), Numbers::ints([0, 1, 2, 9]));
    assert_eq!(edges_after(&Change::Merge(bins(0, 1)), ints()), Numbers::ints([0, 2, 4]));
    assert_eq!(edges_after(&trim(1.0, 9.0), ints()), Numbers::ints([1, 2, 4]));
    // One float turns all into floats.
    assert_eq!(edges_after(&Change::ScaleAxis(float(0.5)), ints()), floats(&[0.0, 0.5, 1.0, 2.0]));
    assert_eq!(edges_after(&Change::ScaleAxis(float(0.5)), Numbers::ints([0, 2])), floats(&[0.0, 1.0]));
    assert_eq!(edges_after(&Change::ShiftAxis(float(0.5)), ints()), floats(&[0.5, 1.5, 2.5, 4.5]));
    assert_eq!(edges_after(&edge(1, float(0.5)), ints()), floats(&[0.0, 0.5, 2.0, 4.0]));
    assert_eq!(edges_after(&Change::Split(bins(2, 2), 2), ints()), floats(&[0.0, 1.0, 2.0, 3.0, 4.0]));
    assert_eq!(edges_after(&trim(0.5, 9.0), ints()), floats(&[0.5, 1.0, 2.0, 4.0]));
    let mixed = [int(0), float(0.5), int(1)].into_iter().collect();
    assert_eq!(edges_after(&Change::Merge(bins(0, 1)), mixed), floats(&[0.0, 1.0]));
}

#[test]
fn merged_bins_keep_their_mass() {
    let merged = done(&Change::Merge(bins(1, 2)), &four());
    assert_eq!(merged.histogram.histogram.counts(), &Numbers::ints([1, 320, 4]));
    assert_eq!((edges(&merged), merged.histogram.exact()), (&[0.0, 1.0, 3.0, 4.0][..], true));
    assert_eq!(merged.summary, "merged bins 2–3 into one of 320");
    let estimated = UncertainHistogram { max_error: vec![1.0, 2.0, 4.0, 8.0], ..four() };
    assert_eq!(done(&Change::Merge(bins(0, 3)), &estimated).histogram.max_error, [15.0]);
    assert_eq!(refusal(&Change::Merge(bins(1, 1)), &four()), "select two or more bins to merge (v)");
    // A float elsewhere does not affect integer counts.
    let mixed = of(&[0.0, 1.0, 2.0, 3.0], [Number::Int(1), Number::Int(2), Number::Float(0.5)]);
    assert_eq!(done(&Change::Merge(bins(0, 1)), &mixed).histogram.histogram.counts().get(0), Some(Number::Int(3)));
}

#[test]
fn split_bins_are_even_and_uncertain() {
    let split = done(&Change::Split(bins(1, 1), 3), &four());
    assert_eq!(counts(&split), [1.0, 7.0, 6.0, 7.0, 300.0, 4.0]);
    assert_eq!(&edges(&split)[..2], [0.0, 1.0]);
    assert!((edges(&split)[2] - 4.0 / 3.0).abs() < 1e-15);
    assert_eq!(
        (split.histogram.max_error[0], split.histogram.max_error[1], split.histogram.max_error[4]),
        (0.0, 13.0, 0.0)
    );
    assert_eq!(split.summary, "split bin 2 into 3");
    assert_eq!(done(&Change::Split(bins(0, 3), 128), &four()).histogram.histogram.bins(), 512);
    let why = |parts| format!("cannot split into {parts}; choose 2 to 128 (a histogram can have {MAX_BINS} bins)");
    assert_eq!(refusal(&Change::Split(bins(0, 3), 129), &four()), why(129));
    assert_eq!(refusal(&Change::Split(bins(0, 3), 1), &four()), why(1));
    let point = ints(&[0.0, 1.0, 1.0], &[3, 5]);
    assert_eq!(refusal(&Change::Split(bins(0, 1), 2), &point), "bin 2 is too narrow to split into 2");
    let open = ints(&[0.0, INFINITY], &[3]);
    assert_eq!(refusal(&Change::Split(bins(0, 0), 2), &open), "bin 1 is infinitely wide and cannot be split");
}

#[test]
fn a_moved_edge_keeps_or_redistributes_counts() {
    let edge = |edge, to, counts| Change::MoveEdge { edge, to: Number::Float(to), counts };
    let stay = done(&edge(1, 0.5, CountPolicy::KeepInBin), &four());
    assert_eq!((counts(&stay), stay.histogram.exact()), (&[1.0, 20.0, 300.0, 4.0][..], true));
    assert_eq!(stay.summary, "moved edge 2 from 1 to 0.5; counts stay in their bins");
    let spread = done(&edge(2, 1.5, CountPolicy::Redistribute), &four());
    assert_eq!((counts(&spread), edges(&spread)[2]), (&[1.0, 10.0, 310.0, 4.0][..], 1.5));
    assert_eq!(spread.histogram.max_error, [0.0, 10.0, 10.0, 0.0]);
    let cut = done(&edge(4, 3.5, CountPolicy::Redistribute), &four());
    assert_eq!((counts(&cut)[3], cut.histogram.above), (2.0, 2.0));
    assert!(cut.summary.ends_with("; redistributed counts; out of range: 2 above"), "{}", cut.summary);
    assert!(done(&edge(0, -5.0, CountPolicy::Redistribute), &four()).histogram.exact());
    assert_eq!(refusal(&edge(1, 2.0, CountPolicy::KeepInBin), &four()), "edge 2 must stay between 0 and 2");
    assert_eq!(refusal(&edge(0, 1.0, CountPolicy::KeepInBin), &four()), "the first edge must stay below 1");
    assert_eq!(refusal(&edge(4, 3.0, CountPolicy::KeepInBin), &four()), "the last edge must stay above 3");
    assert_eq!(
        refusal(&edge(4, INFINITY, CountPolicy::KeepInBin), &four()),
        "an edge must be a finite number, not inf"
    );
    assert_eq!(refusal(&edge(5, 9.0, CountPolicy::KeepInBin), &four()), "edge 6 does not exist");
}

#[test]
fn trimmed_counts_are_kept_or_dropped() {
    let trim = |lo, hi, outside| Change::Trim { lo, hi, outside };
    let trimmed = done(&trim(1.0, 3.0, TrimPolicy::Keep), &four());
    assert_eq!((counts(&trimmed), edges(&trimmed)), (&[20.0, 300.0][..], &[1.0, 2.0, 3.0][..]));
    assert_eq!((trimmed.histogram.below, trimmed.histogram.above), (1.0, 4.0));
    assert_eq!(trimmed.summary, "trimmed to [1, 3]; out of range: 1 below and 4 above");
    let dropped = done(&trim(-9.0, 3.0, TrimPolicy::Drop), &four());
    assert_eq!((dropped.histogram.below, dropped.histogram.above), (0.0, 0.0));
    assert_eq!(dropped.summary, "trimmed to [-9, 3]; discarded 4 above");
    let cut = done(&trim(0.0, 2.5, TrimPolicy::Keep), &four());
    assert_eq!((counts(&cut), cut.histogram.max_error[2]), (&[1.0, 20.0, 150.0][..], 150.0));
    assert_eq!(refusal(&trim(5.0, 9.0, TrimPolicy::Keep), &four()), "no bin overlaps the range [5, 9]");
    assert_eq!(refusal(&trim(-5.0, 9.0, TrimPolicy::Keep), &four()), "all bins are already inside [-5, 9]");
    assert!(refusal(&trim(f64::NAN, 9.0, TrimPolicy::Keep), &four()).starts_with("invalid range [nan, 9]"));
}

#[test]
fn trimming_to_quantiles_cuts_at_their_values() {
    let trim = |lo, hi| Change::TrimQuantiles { lo, hi, outside: TrimPolicy::Drop };
    let even = ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[5, 5, 5, 5]);
    let trimmed = done(&trim(0.25, 0.75), &even);
    assert_eq!((counts(&trimmed), edges(&trimmed)), (&[5.0, 5.0][..], &[1.0, 2.0, 3.0][..]));
    assert!(trimmed.summary.ends_with("(quantiles 0.25 to 0.75)"), "{}", trimmed.summary);
    assert!(refusal(&trim(0.5, 0.5), &even).starts_with("expected two quantiles between 0 and 1"));
    assert_eq!(refusal(&trim(0.0, 0.5), &ints(&[0.0, 1.0], &[0])), "an empty histogram has no quantiles");
}

#[test]
fn the_axis_can_be_scaled_and_shifted_unless_bins_lose_their_width() {
    let scaled = done(&Change::ScaleAxis(Number::Float(0.5)), &four());
    assert_eq!((edges(&scaled), counts(&scaled)), (&[0.0, 0.5, 1.0, 1.5, 2.0][..], &[1.0, 20.0, 300.0, 4.0][..]));
    for factor in [0.0, -1.0, f64::NAN, INFINITY] {
        let why = refusal(&Change::ScaleAxis(Number::Float(factor)), &four());
        assert_eq!(why, format!("the factor must be a positive number, not {}", short_value(factor)));
    }
    let shifted = done(&Change::ShiftAxis(Number::Int(-1)), &four());
    assert_eq!(
        (edges(&shifted), shifted.summary.as_str()),
        (&[-1.0, 0.0, 1.0, 2.0, 3.0][..], "added -1 to all values")
    );
    let why = "4 bins would become too narrow for floating point";
    assert_eq!(refusal(&Change::ShiftAxis(Number::Float(1e300)), &four()), why);
    assert_eq!(
        refusal(&Change::ScaleAxis(Number::Float(5e-324)), &ints(&[0.0, 0.25], &[1])).as_str(),
        "1 bin would become too narrow for floating point"
    );
    assert_eq!(refusal(&Change::ScaleAxis(Number::Float(1e308)), &four()), "the numbers would become too large");
    // Unbounded ends stay unbounded.
    let open = ints(&[f64::NEG_INFINITY, 0.0, INFINITY], &[1, 2]);
    assert_eq!(edges(&done(&Change::ShiftAxis(Number::Float(2.5)), &open)), [f64::NEG_INFINITY, 2.5, INFINITY]);
    let single_edge = of(&[1.0], []);
    assert_eq!(edges(&done(&Change::ScaleAxis(Number::Int(3)), &single_edge)), [3.0]);
}

#[test]
fn non_finite_counts_spread_only_within_their_bins() {
    let text = |of: &EditOutcome| format!("{:?}", counts(of));
    let nan = |rest: &[i128]| {
        let counts = [Number::Int(5), Number::Float(f64::NAN)].into_iter().chain(rest.iter().map(|i| Number::Int(*i)));
        of(&(0..rest.len() as u32 + 3).map(f64::from).collect::<Vec<_>>(), counts)
    };
    let split = done(&Change::Split(bins(1, 1), 2), &nan(&[7, 8, 9]));
    assert_eq!(text(&split), "[5.0, NaN, NaN, 7.0, 8.0, 9.0]");
    assert_eq!(split.histogram.histogram.counts().get(3), Some(Number::Int(7)));
    let trim = |lo, hi| Change::Trim { lo, hi, outside: TrimPolicy::Keep };
    assert_eq!(text(&done(&trim(2.0, 4.0), &nan(&[7, 8, 9]))), "[7.0, 8.0]");
    assert_eq!(text(&done(&trim(0.0, 2.5), &nan(&[7, 8]))), "[5.0, NaN, 4.0]");
    let edge = |edge, to| Change::MoveEdge { edge, to: Number::Float(to), counts: CountPolicy::Redistribute };
    assert_eq!(text(&done(&edge(3, 3.5), &nan(&[7, 8]))), "[5.0, NaN, 11.0, 4.0]");
    let met = done(&edge(2, 1.5), &nan(&[7, 8]));
    assert_eq!(text(&met), "[5.0, NaN, NaN, 8.0]");
    assert!(met.summary.ends_with("; redistributed counts; the count of bin 3 is not finite"), "{}", met.summary);
    assert_eq!(met.histogram.max_error, [0.0, INFINITY, INFINITY, 0.0]);
    let infinite = floats(&[0.0, 1.0, 2.0, 3.0], &[INFINITY, 1.0, 2.0]);
    assert_eq!(counts(&done(&Change::Split(bins(1, 1), 2), &infinite)), [INFINITY, 0.5, 0.5, 2.0]);
}

#[test]
fn zero_width_bins_keep_their_counts_if_other_bins_change() {
    let point = ints(&[0.0, 1.0, 1.0, 2.0, 3.0], &[3, 5, 4, 8]);
    assert_eq!(counts(&done(&Change::Split(bins(3, 3), 2), &point)), [3.0, 5.0, 4.0, 4.0, 4.0]);
    let edge = Change::MoveEdge { edge: 4, to: Number::Float(2.5), counts: CountPolicy::Redistribute };
    assert_eq!(counts(&done(&edge, &point)), [3.0, 5.0, 4.0, 4.0]);
    let trim = Change::Trim { lo: 0.5, hi: 2.0, outside: TrimPolicy::Drop };
    assert_eq!(counts(&done(&trim, &point))[1..], [5.0, 4.0]);
}

#[test]
fn trimming_an_unbounded_bin_reports_a_guess() {
    let open = ints(&[f64::NEG_INFINITY, 2.0, 4.0, INFINITY], &[2, 3, 4]);
    let trim = |lo, hi| done(&Change::Trim { lo, hi, outside: TrimPolicy::Drop }, &open);
    let (low, high) = (trim(0.0, 1.5), trim(3.0, 10.0));
    assert_eq!(low.summary, "trimmed to [0, 1.5]; discarded 9 above; guessed the position of 2 in an unbounded bin");
    assert_eq!((counts(&low), &low.histogram.max_error[..]), (&[0.0][..], &[2.0][..]));
    assert!(high.summary.ends_with("; guessed the position of 4 in an unbounded bin"), "{}", high.summary);
    assert_eq!((counts(&high)[1], high.histogram.max_error[1]), (4.0, 4.0));
    assert_eq!(trim(2.0, 4.0).summary, "trimmed to [2, 4]; discarded 2 below and 4 above");
}

#[test]
fn edits_that_change_nothing_are_refused() {
    let why = "this changes nothing";
    let edge = |counts| Change::MoveEdge { edge: 1, to: Number::Float(1.0), counts };
    for change in [
        Change::Set(bins(1, 1), Number::Int(20)),
        Change::Scale(bins(0, 3), Number::Int(1)),
        Change::ShiftAxis(Number::Int(0)),
        edge(CountPolicy::KeepInBin),
        edge(CountPolicy::Redistribute),
    ] {
        assert_eq!(refusal(&change, &four()), why);
    }
    assert_eq!(refusal(&Change::Clear(bins(0, 0)), &ints(&[0.0, 1.0], &[0])), why);
    assert_eq!(done(&Change::Set(bins(1, 1), Number::Float(20.0)), &four()).summary, "set bin 2 to 20");
}

#[test]
fn summaries_show_all_digits_of_integers() {
    let wide = ints(&[0.0, 1.0, 2.0], &[9_007_199_254_740_993, 4]);
    let summary = |change: &Change| done(change, &wide).summary;
    let set = Change::Set(bins(1, 1), Number::Int(9_007_199_254_740_993));
    assert_eq!(summary(&set), "set bin 2 to 9,007,199,254,740,993");
    assert_eq!(summary(&Change::Merge(bins(0, 1))), "merged bins 1–2 into one of 9,007,199,254,740,997");
    assert_eq!(summary(&Change::Clear(bins(0, 0))), "cleared bin 1 (count 9,007,199,254,740,993)");
}

#[test]
fn normalized_counts_sum_to_one() {
    let one = done(&Change::Normalize, &UncertainHistogram { below: 5.0, ..ints(&[0.0, 1.0, 2.0], &[1, 3]) });
    assert_eq!((counts(&one), one.histogram.below, one.histogram.exact()), (&[0.25, 0.75][..], 1.25, true));
    assert_eq!(one.summary, "divided all counts by 4; they now sum to 1");
    let estimated = UncertainHistogram { max_error: vec![1.0, 0.0], ..ints(&[0.0, 1.0, 2.0], &[1, 3]) };
    // 1 of 4 may be 0 of 3 or 2 of 5.
    assert!(done(&Change::Normalize, &estimated).histogram.max_error[0] >= 0.25);
    let why = "counts that sum to 0 cannot be normalized";
    assert_eq!(refusal(&Change::Normalize, &ints(&[0.0, 1.0, 2.0], &[-3, 3])), why);
    assert!(refusal(&Change::Normalize, &floats(&[0.0, 1.0], &[INFINITY])).contains("inf"));
}

#[test]
fn rounded_counts_keep_their_total() {
    let thirds = done(&Change::Round, &floats(&[0.0, 1.0, 2.0, 3.0], &[10.0 / 3.0, 10.0 / 3.0, 10.0 / 3.0]));
    assert_eq!(thirds.histogram.histogram.counts(), &Numbers::ints([4, 3, 3]));
    assert_eq!(thirds.summary, "rounded 3 counts to whole numbers");
    let negative = done(&Change::Round, &floats(&[0.0, 1.0, 2.0], &[-1.5, 2.25]));
    assert_eq!(negative.histogram.histogram.counts(), &Numbers::ints([-1, 2]));
    let wide = of(&[0.0, 1.0, 2.0], [Number::Int((1 << 60) + 1), Number::Float(0.75)]);
    assert_eq!(done(&Change::Round, &wide).histogram.histogram.counts(), &Numbers::ints([(1 << 60) + 1, 1]));
    assert_eq!(refusal(&Change::Round, &four()), "all counts are already whole numbers");
    assert_eq!(refusal(&Change::Round, &floats(&[0.0, 1.0], &[f64::NAN])), "cannot round a count of nan");
}

#[test]
fn smoothing_spreads_counts_over_their_neighbours() {
    let spike = ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0, 9, 0, 0]);
    let smooth = done(&Change::Smooth(3), &spike);
    assert_eq!(smooth.histogram.histogram.counts(), &Numbers::ints([3, 3, 3, 0]));
    assert_eq!(counts(&done(&Change::Smooth(2), &spike)), [2.25, 4.5, 2.25, 0.0]);
    let end = ints(&[0.0, 1.0, 2.0, 3.0], &[9, 0, 0]);
    assert_eq!(counts(&done(&Change::Smooth(3), &end)), [6.0, 3.0, 0.0]);
    assert_eq!(refusal(&Change::Smooth(1), &spike), "cannot smooth over 1 bin; choose 2 to 4");
    assert_eq!(refusal(&Change::Smooth(5), &spike), "cannot smooth over 5 bins; choose 2 to 4");
}

#[test]
fn histograms_with_equal_bins_are_combined_exactly() {
    let other = Arc::new(UncertainHistogram { above: 3.0, ..ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1]) });
    let with = |how| done(&Change::Combine { how, other: other.clone(), name: "grad step 10".into() }, &four());
    let (added, taken, mean) = (with(Combination::Add), with(Combination::Subtract), with(Combination::Average));
    assert_eq!(added.histogram.histogram.counts(), &Numbers::ints([2, 21, 301, 5]));
    assert_eq!((added.histogram.above, added.histogram.exact()), (3.0, true));
    assert_eq!((counts(&taken), taken.histogram.above), (&[0.0, 19.0, 299.0, 3.0][..], -3.0));
    assert_eq!(mean.histogram.histogram.counts(), &Numbers::floats(vec![1.0, 10.5, 150.5, 2.5]));
    let summaries = [added.summary, taken.summary, mean.summary];
    assert_eq!(summaries, ["added grad step 10", "subtracted grad step 10", "averaged with grad step 10"]);
}

#[test]
fn histograms_with_different_bins_are_combined_on_common_bins() {
    let add = |to: &UncertainHistogram, other| {
        Change::Combine { how: Combination::Add, other: Arc::new(other), name: "b".into() }
            .apply(to, Rounding::Integers)
    };
    // The other is inside: keeps its own bins. Counts of the other's closed last bin may be on its end.
    let inner = add(&four(), ints(&[1.0, 1.5, 2.0], &[5, 5])).unwrap();
    assert_eq!(
        (counts(&inner), &inner.histogram.max_error[..]),
        (&[1.0, 30.0, 300.0, 4.0][..], &[0.0, 5.0, 5.0, 0.0][..])
    );
    // The other is wider: uses the other's bins.
    let around = add(&four(), ints(&[-2.0, 2.0, 6.0], &[1, 2])).unwrap();
    assert_eq!((counts(&around), around.summary.as_str()), (&[22.0, 306.0][..], "added b, on common bins"));
    // They overlap partly: uses as many bins as the finer one, over both, and loses nothing.
    let partly = add(&four(), ints(&[2.0, 7.0, 12.0], &[50, 50])).unwrap();
    assert_eq!(
        (edges(&partly), partly.histogram.histogram.total()),
        (&[0.0, 3.0, 6.0, 9.0, 12.0][..], Number::Int(425))
    );
    assert!(!partly.histogram.exact());
    assert_eq!(partly.summary, "added b, on common bins, counts redistributed and rounded");
    let open = add(&ints(&[f64::NEG_INFINITY, 1.0], &[1]), ints(&[0.0, INFINITY], &[1])).unwrap_err().to_string();
    assert_eq!(open, "histograms that are unbounded on different sides have no common bins");
    assert!(add(&four(), ints(&[], &[])).is_err());
}

#[test]
fn averages_are_not_rounded() {
    let other = Arc::new(ints(&[0.0, 1.0, 2.0, 3.0], &[1, 2, 3]));
    let to = ints(&[0.0, 0.5, 3.0], &[1, 1]);
    let with = |how| done(&Change::Combine { how, other: other.clone(), name: "a".into() }, &to);
    let mean = with(Combination::Average);
    assert_eq!((counts(&mean), mean.summary.as_str()), (&[0.75, 3.25][..], "averaged with a, counts redistributed"));
    let sum = with(Combination::Add);
    assert_eq!((counts(&sum), sum.summary.as_str()), (&[2.0, 6.0][..], "added a, counts redistributed and rounded"));
}

#[test]
fn a_sum_redistributes_each_histogram_once() {
    let sum = |parts: Vec<UncertainHistogram>| {
        let parts = parts.into_iter().map(Arc::new).collect();
        Change::Sum { parts, name: "steps 0–20".into() }.apply(&four(), Rounding::Integers)
    };
    let same = sum(vec![four(), four(), four()]).unwrap();
    assert_eq!(same.histogram.histogram.counts(), &Numbers::ints([3, 60, 900, 12]));
    assert_eq!((same.summary.as_str(), same.histogram.exact()), ("added up steps 0–20", true));
    let apart = sum(vec![ints(&[0.0, 1.0], &[3]), ints(&[1.0, 2.0], &[4]), ints(&[5.0, 6.0], &[5])]).unwrap();
    assert_eq!(apart.histogram.histogram.total(), Number::Int(12));
    assert!(sum(Vec::new()).is_err());
}
