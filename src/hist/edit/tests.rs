use super::*;

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
    of.estimate.histogram.counts().as_f64()
}

fn edges(of: &EditOutcome) -> &[f64] {
    of.estimate.histogram.edges().as_f64()
}

#[test]
fn counts_are_set_and_certain_then() {
    let doubtful = UncertainHistogram { max_error: vec![1.0; 4], ..four() };
    let set = done(&Change::Set(bins(1, 2), Number::Float(-0.5)), &doubtful);
    assert_eq!((counts(&set), &set.estimate.max_error[..]), (&[1.0, -0.5, -0.5, 4.0][..], &[1.0, 0.0, 0.0, 1.0][..]));
    assert_eq!(set.said, "set bins 2–3 to -0.5");
    assert!(set.estimate.histogram.counts().is_int(3) && !set.estimate.histogram.counts().is_int(1));
    assert_eq!(refusal(&Change::Set(bins(0, 0), Number::Float(f64::NAN)), &four()), "a count is a finite number");
    assert_eq!(refusal(&Change::Set(bins(3, 4), Number::Int(1)), &four()), "there are 4 bins");
}

#[test]
fn bins_are_cleared_in_their_kind() {
    let cleared = done(&Change::Clear(bins(1, 2)), &four());
    assert_eq!(cleared.estimate.histogram.counts(), &Numbers::ints([1, 0, 0, 4]));
    assert_eq!(cleared.said, "cleared bins 2–3 of 320");
    let one = done(&Change::Clear(bins(0, 0)), &floats(&[0.0, 1.0], &[0.25]));
    assert_eq!((one.estimate.histogram.counts().is_int(0), one.said.as_str()), (false, "cleared bin 1 of 0.25"));
}

#[test]
fn counts_are_multiplied_and_their_doubt_with_them() {
    let doubtful = UncertainHistogram { max_error: vec![1.0; 4], ..four() };
    let half = done(&Change::Scale(bins(1, 3), Number::Float(-0.5)), &doubtful);
    assert_eq!(half.estimate.histogram.counts(), &Numbers::ints([1, -10, -150, -2]));
    assert_eq!(
        (&half.estimate.max_error[..], half.said.as_str()),
        (&[1.0, 0.5, 0.5, 0.5][..], "multiplied bins 2–4 by -0.5")
    );
    let why = "the numbers would become too large";
    assert_eq!(refusal(&Change::Scale(bins(0, 0), Number::Int(2)), &ints(&[0.0, 1.0], &[i128::MAX])), why);
    assert_eq!(refusal(&Change::Scale(bins(0, 0), Number::Float(INFINITY)), &four()), "a factor is a finite number");
}

#[test]
fn counts_that_change_together_stay_of_one_kind() {
    let by = |factor, counts: &[Number]| {
        let edges: Vec<f64> = (0_u8..=3).map(f64::from).collect();
        done(&Change::Scale(bins(0, 1), factor), &of(&edges, counts.to_vec())).estimate.histogram.counts().clone()
    };
    let (int, float) = (Number::Int, Number::Float);
    assert_eq!(by(float(2.5), &[int(1), int(2), int(7)]), [float(2.5), float(5.0), int(7)].into_iter().collect());
    assert_eq!(by(float(2.5), &[int(4), int(2), int(7)]), Numbers::ints([10, 5, 7]));
    assert_eq!(by(int(2), &[int(1), float(0.5), int(7)]), [float(2.0), float(1.0), int(7)].into_iter().collect());
}

#[test]
fn edges_stay_of_one_kind() {
    let kinds = |change: &Change, at: Numbers| {
        let counts = Numbers::ints(vec![6; at.len() - 1]);
        let histogram = Histogram::new(Edges::new(at).unwrap(), counts).unwrap();
        done(change, &UncertainHistogram::certain(histogram)).estimate.histogram.edges().numbers().clone()
    };
    let ints = || Numbers::ints([0, 1, 2, 4]);
    let floats = |at: &[f64]| Numbers::floats(at.to_vec());
    let (int, float) = (Number::Int, Number::Float);
    let edge = |edge, to| Change::MoveEdge { edge, to, counts: CountPolicy::Stay };
    let trim = |lo, hi| Change::Trim { lo, hi, outside: TrimPolicy::Count };

    // Integers typed into floats become floats, whatever is typed.
    assert_eq!(kinds(&Change::ShiftAxis(int(1000)), floats(&[0.0, 1.0])), floats(&[1000.0, 1001.0]));
    assert_eq!(kinds(&Change::ScaleAxis(int(2)), floats(&[0.0, 0.5])), floats(&[0.0, 1.0]));
    assert_eq!(kinds(&edge(1, int(10)), floats(&[0.0, 3.5])), floats(&[0.0, 10.0]));
    assert_eq!(kinds(&edge(0, int(-7)), floats(&[0.0, 0.5])), floats(&[-7.0, 0.5]));
    // Integers stay what they are under integers.
    assert_eq!(kinds(&Change::ShiftAxis(int(-1)), ints()), Numbers::ints([-1, 0, 1, 3]));
    assert_eq!(kinds(&Change::ScaleAxis(int(2)), ints()), Numbers::ints([0, 2, 4, 8]));
    assert_eq!(kinds(&edge(3, int(9)), ints()), Numbers::ints([0, 1, 2, 9]));
    assert_eq!(kinds(&Change::Merge(bins(0, 1)), ints()), Numbers::ints([0, 2, 4]));
    assert_eq!(kinds(&trim(1.0, 9.0), ints()), Numbers::ints([1, 2, 4]));
    // One float makes floats of all.
    assert_eq!(kinds(&Change::ScaleAxis(float(0.5)), ints()), floats(&[0.0, 0.5, 1.0, 2.0]));
    assert_eq!(kinds(&Change::ScaleAxis(float(0.5)), Numbers::ints([0, 2])), floats(&[0.0, 1.0]));
    assert_eq!(kinds(&Change::ShiftAxis(float(0.5)), ints()), floats(&[0.5, 1.5, 2.5, 4.5]));
    assert_eq!(kinds(&edge(1, float(0.5)), ints()), floats(&[0.0, 0.5, 2.0, 4.0]));
    assert_eq!(kinds(&Change::Split(bins(2, 2), 2), ints()), floats(&[0.0, 1.0, 2.0, 3.0, 4.0]));
    assert_eq!(kinds(&trim(0.5, 9.0), ints()), floats(&[0.5, 1.0, 2.0, 4.0]));
    let mixed = [int(0), float(0.5), int(1)].into_iter().collect();
    assert_eq!(kinds(&Change::Merge(bins(0, 1)), mixed), floats(&[0.0, 1.0]));
}

#[test]
fn bins_are_merged_and_keep_their_mass() {
    let merged = done(&Change::Merge(bins(1, 2)), &four());
    assert_eq!(merged.estimate.histogram.counts(), &Numbers::ints([1, 320, 4]));
    assert_eq!((edges(&merged), merged.estimate.exact()), (&[0.0, 1.0, 3.0, 4.0][..], true));
    assert_eq!(merged.said, "merged bins 2–3 into one of 320");
    let doubtful = UncertainHistogram { max_error: vec![1.0, 2.0, 4.0, 8.0], ..four() };
    assert_eq!(done(&Change::Merge(bins(0, 3)), &doubtful).estimate.max_error, [15.0]);
    assert_eq!(refusal(&Change::Merge(bins(1, 1)), &four()), "two bins or more can be merged: select them (v)");
    // Bins of integers do not lose their kind to a float elsewhere.
    let mixed = of(&[0.0, 1.0, 2.0, 3.0], [Number::Int(1), Number::Int(2), Number::Float(0.5)]);
    assert_eq!(done(&Change::Merge(bins(0, 1)), &mixed).estimate.histogram.counts().get(0), Some(Number::Int(3)));
}

#[test]
fn bins_are_split_evenly_and_their_parts_are_in_doubt() {
    let split = done(&Change::Split(bins(1, 1), 3), &four());
    assert_eq!(counts(&split), [1.0, 7.0, 6.0, 7.0, 300.0, 4.0]);
    assert_eq!(&edges(&split)[..2], [0.0, 1.0]);
    assert!((edges(&split)[2] - 4.0 / 3.0).abs() < 1e-15);
    assert_eq!(
        (split.estimate.max_error[0], split.estimate.max_error[1], split.estimate.max_error[4]),
        (0.0, 13.0, 0.0)
    );
    assert_eq!(split.said, "split bin 2 into 3");
    assert_eq!(done(&Change::Split(bins(0, 3), 128), &four()).estimate.histogram.bins(), 512);
    let why = "a bin is split into 2 to 128 here, as there are at most 512 bins";
    assert_eq!(refusal(&Change::Split(bins(0, 3), 129), &four()), why);
    assert_eq!(refusal(&Change::Split(bins(0, 3), 1), &four()), why);
    let point = ints(&[0.0, 1.0, 1.0], &[3, 5]);
    assert_eq!(refusal(&Change::Split(bins(0, 1), 2), &point), "bin 2 is too narrow to be split into 2");
    let open = ints(&[0.0, INFINITY], &[3]);
    assert_eq!(refusal(&Change::Split(bins(0, 0), 2), &open), "bin 1 is infinitely wide to be split into 2");
}

#[test]
fn an_edge_moves_with_its_counts_or_through_them() {
    let edge = |edge, to, counts| Change::MoveEdge { edge, to: Number::Float(to), counts };
    let stay = done(&edge(1, 0.5, CountPolicy::Stay), &four());
    assert_eq!((counts(&stay), stay.estimate.exact()), (&[1.0, 20.0, 300.0, 4.0][..], true));
    assert_eq!(stay.said, "moved edge 2 from 1 to 0.5, counts stayed with their bins");
    let spread = done(&edge(2, 1.5, CountPolicy::Spread), &four());
    assert_eq!((counts(&spread), edges(&spread)[2]), (&[1.0, 10.0, 310.0, 4.0][..], 1.5));
    assert_eq!(spread.estimate.max_error, [0.0, 10.0, 10.0, 0.0]);
    let cut = done(&edge(4, 3.5, CountPolicy::Spread), &four());
    assert_eq!((counts(&cut)[3], cut.estimate.above), (2.0, 2.0));
    assert!(cut.said.ends_with("counts were spread anew; 2 above lie outside"), "{}", cut.said);
    assert!(done(&edge(0, -5.0, CountPolicy::Spread), &four()).estimate.exact());
    assert_eq!(refusal(&edge(1, 2.0, CountPolicy::Stay), &four()), "this edge stays between its neighbours, 0 and 2");
    assert_eq!(refusal(&edge(0, 1.0, CountPolicy::Stay), &four()), "the first edge stays below 1");
    assert_eq!(refusal(&edge(4, 3.0, CountPolicy::Stay), &four()), "the last edge stays above 3");
    assert_eq!(refusal(&edge(4, INFINITY, CountPolicy::Stay), &four()), "an edge is a finite number");
    assert_eq!(refusal(&edge(5, 9.0, CountPolicy::Stay), &four()), "there is no edge 6");
}

#[test]
fn what_is_trimmed_away_is_told_or_dropped() {
    let trim = |lo, hi, outside| Change::Trim { lo, hi, outside };
    let trimmed = done(&trim(1.0, 3.0, TrimPolicy::Count), &four());
    assert_eq!((counts(&trimmed), edges(&trimmed)), (&[20.0, 300.0][..], &[1.0, 2.0, 3.0][..]));
    assert_eq!((trimmed.estimate.below, trimmed.estimate.above), (1.0, 4.0));
    assert_eq!(trimmed.said, "trimmed to [1, 3]; 1 below and 4 above lie outside");
    let dropped = done(&trim(-9.0, 3.0, TrimPolicy::Drop), &four());
    assert_eq!((dropped.estimate.below, dropped.estimate.above), (0.0, 0.0));
    assert_eq!(dropped.said, "trimmed to [-9, 3]; 4 above were dropped");
    let cut = done(&trim(0.0, 2.5, TrimPolicy::Count), &four());
    assert_eq!((counts(&cut), cut.estimate.max_error[2]), (&[1.0, 20.0, 150.0][..], 150.0));
    assert_eq!(refusal(&trim(5.0, 9.0, TrimPolicy::Count), &four()), "the range [5, 9] holds no bin");
    assert_eq!(refusal(&trim(-5.0, 9.0, TrimPolicy::Count), &four()), "there is nothing outside of [-5, 9]");
    assert!(refusal(&trim(f64::NAN, 9.0, TrimPolicy::Count), &four()).contains("from a smaller number"));
}

#[test]
fn quantiles_say_where_to_trim() {
    let trim = |lo, hi| Change::TrimQuantiles { lo, hi, outside: TrimPolicy::Drop };
    let even = ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[5, 5, 5, 5]);
    let trimmed = done(&trim(0.25, 0.75), &even);
    assert_eq!((counts(&trimmed), edges(&trimmed)), (&[5.0, 5.0][..], &[1.0, 2.0, 3.0][..]));
    assert!(trimmed.said.ends_with("(quantiles 0.25 to 0.75)"), "{}", trimmed.said);
    assert!(refusal(&trim(0.5, 0.5), &even).starts_with("two quantiles between 0 and 1"));
    assert_eq!(refusal(&trim(0.0, 0.5), &ints(&[0.0, 1.0], &[0])), "nothing has no quantiles");
}

#[test]
fn the_axis_is_multiplied_and_shifted_while_bins_keep_their_widths() {
    let scaled = done(&Change::ScaleAxis(Number::Float(0.5)), &four());
    assert_eq!((edges(&scaled), counts(&scaled)), (&[0.0, 0.5, 1.0, 1.5, 2.0][..], &[1.0, 20.0, 300.0, 4.0][..]));
    let why = "values can be multiplied by a positive number";
    for factor in [0.0, -1.0, f64::NAN, INFINITY] {
        assert_eq!(refusal(&Change::ScaleAxis(Number::Float(factor)), &four()), why);
    }
    let shifted = done(&Change::ShiftAxis(Number::Int(-1)), &four());
    assert_eq!((edges(&shifted), shifted.said.as_str()), (&[-1.0, 0.0, 1.0, 2.0, 3.0][..], "added -1 to all values"));
    let why = "4 bins would lose the width that numbers can tell";
    assert_eq!(refusal(&Change::ShiftAxis(Number::Float(1e300)), &four()), why);
    assert_eq!(
        refusal(&Change::ScaleAxis(Number::Float(5e-324)), &ints(&[0.0, 0.25], &[1])).as_str(),
        "1 bin would lose the width that numbers can tell"
    );
    assert_eq!(refusal(&Change::ScaleAxis(Number::Float(1e308)), &four()), "the numbers would become too large");
    // Open ends stay open.
    let open = ints(&[f64::NEG_INFINITY, 0.0, INFINITY], &[1, 2]);
    assert_eq!(edges(&done(&Change::ShiftAxis(Number::Float(2.5)), &open)), [f64::NEG_INFINITY, 2.5, INFINITY]);
    let whole = of(&[1.0], []);
    assert_eq!(edges(&done(&Change::ScaleAxis(Number::Int(3)), &whole)), [3.0]);
}

#[test]
fn counts_that_are_no_numbers_spread_no_further_than_their_bins_reach() {
    let text = |of: &EditOutcome| format!("{:?}", counts(of));
    let nan = |rest: &[i128]| {
        let counts = [Number::Int(5), Number::Float(f64::NAN)].into_iter().chain(rest.iter().map(|i| Number::Int(*i)));
        of(&(0..rest.len() as u32 + 3).map(f64::from).collect::<Vec<_>>(), counts)
    };
    let split = done(&Change::Split(bins(1, 1), 2), &nan(&[7, 8, 9]));
    assert_eq!(text(&split), "[5.0, NaN, NaN, 7.0, 8.0, 9.0]");
    assert_eq!(split.estimate.histogram.counts().get(3), Some(Number::Int(7)));
    let trim = |lo, hi| Change::Trim { lo, hi, outside: TrimPolicy::Count };
    assert_eq!(text(&done(&trim(2.0, 4.0), &nan(&[7, 8, 9]))), "[7.0, 8.0]");
    assert_eq!(text(&done(&trim(0.0, 2.5), &nan(&[7, 8]))), "[5.0, NaN, 4.0]");
    let edge = |edge, to| Change::MoveEdge { edge, to: Number::Float(to), counts: CountPolicy::Spread };
    assert_eq!(text(&done(&edge(3, 3.5), &nan(&[7, 8]))), "[5.0, NaN, 11.0, 4.0]");
    let met = done(&edge(2, 1.5), &nan(&[7, 8]));
    assert_eq!(text(&met), "[5.0, NaN, NaN, 8.0]");
    assert!(met.said.ends_with("counts were spread anew; bin 3 becomes no finite number"), "{}", met.said);
    assert_eq!(met.estimate.max_error, [0.0, INFINITY, INFINITY, 0.0]);
    let endless = floats(&[0.0, 1.0, 2.0, 3.0], &[INFINITY, 1.0, 2.0]);
    assert_eq!(counts(&done(&Change::Split(bins(1, 1), 2), &endless)), [INFINITY, 0.5, 0.5, 2.0]);
}

#[test]
fn bins_without_width_keep_what_they_hold_wherever_else_is_edited() {
    let point = ints(&[0.0, 1.0, 1.0, 2.0, 3.0], &[3, 5, 4, 8]);
    assert_eq!(counts(&done(&Change::Split(bins(3, 3), 2), &point)), [3.0, 5.0, 4.0, 4.0, 4.0]);
    let edge = Change::MoveEdge { edge: 4, to: Number::Float(2.5), counts: CountPolicy::Spread };
    assert_eq!(counts(&done(&edge, &point)), [3.0, 5.0, 4.0, 4.0]);
    let trim = Change::Trim { lo: 0.5, hi: 2.0, outside: TrimPolicy::Drop };
    assert_eq!(counts(&done(&trim, &point))[1..], [5.0, 4.0]);
}

#[test]
fn a_range_that_cuts_a_bin_without_end_says_that_it_guesses() {
    let open = ints(&[f64::NEG_INFINITY, 2.0, 4.0, INFINITY], &[2, 3, 4]);
    let trim = |lo, hi| done(&Change::Trim { lo, hi, outside: TrimPolicy::Drop }, &open);
    let (low, high) = (trim(0.0, 1.5), trim(3.0, 10.0));
    assert_eq!(low.said, "trimmed to [0, 1.5]; 9 above were dropped; where the 2 of an open bin lie is a guess");
    assert_eq!((counts(&low), &low.estimate.max_error[..]), (&[0.0][..], &[2.0][..]));
    assert!(high.said.ends_with("; where the 4 of an open bin lie is a guess"), "{}", high.said);
    assert_eq!((counts(&high)[1], high.estimate.max_error[1]), (4.0, 4.0));
    assert_eq!(trim(2.0, 4.0).said, "trimmed to [2, 4]; 2 below and 4 above were dropped");
}

#[test]
fn what_changes_nothing_is_refused() {
    let why = "this changes nothing";
    let edge = |counts| Change::MoveEdge { edge: 1, to: Number::Float(1.0), counts };
    for change in [
        Change::Set(bins(1, 1), Number::Int(20)),
        Change::Scale(bins(0, 3), Number::Int(1)),
        Change::ShiftAxis(Number::Int(0)),
        edge(CountPolicy::Stay),
        edge(CountPolicy::Spread),
    ] {
        assert_eq!(refusal(&change, &four()), why);
    }
    assert_eq!(refusal(&Change::Clear(bins(0, 0)), &ints(&[0.0, 1.0], &[0])), why);
    assert_eq!(done(&Change::Set(bins(1, 1), Number::Float(20.0)), &four()).said, "set bin 2 to 20");
}

#[test]
fn integers_are_told_with_all_their_digits() {
    let wide = ints(&[0.0, 1.0, 2.0], &[9_007_199_254_740_993, 4]);
    let said = |change: &Change| done(change, &wide).said;
    let set = Change::Set(bins(1, 1), Number::Int(9_007_199_254_740_993));
    assert_eq!(said(&set), "set bin 2 to 9,007,199,254,740,993");
    assert_eq!(said(&Change::Merge(bins(0, 1))), "merged bins 1–2 into one of 9,007,199,254,740,997");
    assert_eq!(said(&Change::Clear(bins(0, 0))), "cleared bin 1 of 9,007,199,254,740,993");
}

#[test]
fn counts_sum_to_one() {
    let one = done(&Change::Normalise, &UncertainHistogram { below: 5.0, ..ints(&[0.0, 1.0, 2.0], &[1, 3]) });
    assert_eq!((counts(&one), one.estimate.below, one.estimate.exact()), (&[0.25, 0.75][..], 1.25, true));
    assert_eq!(one.said, "divided all counts by 4, they sum to one");
    let doubtful = UncertainHistogram { max_error: vec![1.0, 0.0], ..ints(&[0.0, 1.0, 2.0], &[1, 3]) };
    // One of 4 may be 0 of 3 or 2 of 5.
    assert!(done(&Change::Normalise, &doubtful).estimate.max_error[0] >= 0.25);
    let why = "counts that sum to 0 cannot sum to one";
    assert_eq!(refusal(&Change::Normalise, &ints(&[0.0, 1.0, 2.0], &[-3, 3])), why);
    assert!(refusal(&Change::Normalise, &floats(&[0.0, 1.0], &[INFINITY])).contains("inf"));
}

#[test]
fn counts_are_rounded_and_keep_their_total() {
    let thirds = done(&Change::Round, &floats(&[0.0, 1.0, 2.0, 3.0], &[10.0 / 3.0, 10.0 / 3.0, 10.0 / 3.0]));
    assert_eq!(thirds.estimate.histogram.counts(), &Numbers::ints([4, 3, 3]));
    assert_eq!(thirds.said, "rounded 3 counts to whole numbers");
    let negative = done(&Change::Round, &floats(&[0.0, 1.0, 2.0], &[-1.5, 2.25]));
    assert_eq!(negative.estimate.histogram.counts(), &Numbers::ints([-1, 2]));
    let wide = of(&[0.0, 1.0, 2.0], [Number::Int((1 << 60) + 1), Number::Float(0.75)]);
    assert_eq!(done(&Change::Round, &wide).estimate.histogram.counts(), &Numbers::ints([(1 << 60) + 1, 1]));
    assert_eq!(refusal(&Change::Round, &four()), "all counts are whole numbers already");
    assert_eq!(refusal(&Change::Round, &floats(&[0.0, 1.0], &[f64::NAN])), "a count of nan cannot be rounded");
}

#[test]
fn smoothing_spreads_counts_over_their_neighbours() {
    let spike = ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[0, 9, 0, 0]);
    let smooth = done(&Change::Smooth(3), &spike);
    assert_eq!(smooth.estimate.histogram.counts(), &Numbers::ints([3, 3, 3, 0]));
    assert_eq!(counts(&done(&Change::Smooth(2), &spike)), [2.25, 4.5, 2.25, 0.0]);
    let end = ints(&[0.0, 1.0, 2.0, 3.0], &[9, 0, 0]);
    assert_eq!(counts(&done(&Change::Smooth(3), &end)), [6.0, 3.0, 0.0]);
    assert_eq!(refusal(&Change::Smooth(1), &spike), "counts are smoothed over 2 to 4 bins");
    assert_eq!(refusal(&Change::Smooth(5), &spike), "counts are smoothed over 2 to 4 bins");
}

#[test]
fn histograms_of_the_same_bins_are_combined_exactly() {
    let other = Arc::new(UncertainHistogram { above: 3.0, ..ints(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1]) });
    let with = |how| done(&Change::Combine { how, other: other.clone(), name: "grad step 10".into() }, &four());
    let (added, taken, mean) = (with(How::Add), with(How::Subtract), with(How::Average));
    assert_eq!(added.estimate.histogram.counts(), &Numbers::ints([2, 21, 301, 5]));
    assert_eq!((added.estimate.above, added.estimate.exact()), (3.0, true));
    assert_eq!((counts(&taken), taken.estimate.above), (&[0.0, 19.0, 299.0, 3.0][..], -3.0));
    assert_eq!(mean.estimate.histogram.counts(), &Numbers::floats(vec![1.0, 10.5, 150.5, 2.5]));
    let said = [added.said, taken.said, mean.said];
    assert_eq!(said, ["added grad step 10", "subtracted grad step 10", "averaged with grad step 10"]);
}

#[test]
fn histograms_of_other_bins_meet_on_bins_for_both() {
    let add = |to: &UncertainHistogram, other| {
        Change::Combine { how: How::Add, other: Arc::new(other), name: "b".into() }.apply(to, Rounding::Integers)
    };
    // Inside of it: its own bins. What is in the other's closed last bin may sit on its end.
    let inner = add(&four(), ints(&[1.0, 1.5, 2.0], &[5, 5])).unwrap();
    assert_eq!(
        (counts(&inner), &inner.estimate.max_error[..]),
        (&[1.0, 30.0, 300.0, 4.0][..], &[0.0, 5.0, 5.0, 0.0][..])
    );
    // Around it: the other's.
    let around = add(&four(), ints(&[-2.0, 2.0, 6.0], &[1, 2])).unwrap();
    assert_eq!((counts(&around), around.said.as_str()), (&[22.0, 306.0][..], "added b, on bins for both"));
    // Beside it: as many as the finer has, over both, and nothing is lost.
    let beside = add(&four(), ints(&[2.0, 7.0, 12.0], &[50, 50])).unwrap();
    assert_eq!(
        (edges(&beside), beside.estimate.histogram.total()),
        (&[0.0, 3.0, 6.0, 9.0, 12.0][..], Number::Int(425))
    );
    assert!(!beside.estimate.exact());
    assert_eq!(beside.said, "added b, on bins for both, counts spread anew and rounded");
    let open = add(&ints(&[f64::NEG_INFINITY, 1.0], &[1]), ints(&[0.0, INFINITY], &[1])).unwrap_err().to_string();
    assert_eq!(open, "bins that reach to infinity on different sides have no common edges");
    assert!(add(&four(), ints(&[], &[])).is_err());
}

#[test]
fn averages_are_not_rounded() {
    let other = Arc::new(ints(&[0.0, 1.0, 2.0, 3.0], &[1, 2, 3]));
    let to = ints(&[0.0, 0.5, 3.0], &[1, 1]);
    let with = |how| done(&Change::Combine { how, other: other.clone(), name: "a".into() }, &to);
    let mean = with(How::Average);
    assert_eq!((counts(&mean), mean.said.as_str()), (&[0.75, 3.25][..], "averaged with a, counts spread anew"));
    let sum = with(How::Add);
    assert_eq!((counts(&sum), sum.said.as_str()), (&[2.0, 6.0][..], "added a, counts spread anew and rounded"));
}

#[test]
fn steps_are_added_up_each_spread_once() {
    let sum = |parts: Vec<UncertainHistogram>| {
        let parts = parts.into_iter().map(Arc::new).collect();
        Change::Sum { parts, name: "steps 0–20".into() }.apply(&four(), Rounding::Integers)
    };
    let same = sum(vec![four(), four(), four()]).unwrap();
    assert_eq!(same.estimate.histogram.counts(), &Numbers::ints([3, 60, 900, 12]));
    assert_eq!((same.said.as_str(), same.estimate.exact()), ("added up steps 0–20", true));
    let apart = sum(vec![ints(&[0.0, 1.0], &[3]), ints(&[1.0, 2.0], &[4]), ints(&[5.0, 6.0], &[5])]).unwrap();
    assert_eq!(apart.estimate.histogram.total(), Number::Int(12));
    assert!(sum(Vec::new()).is_err());
}
