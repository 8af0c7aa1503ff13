//! Laws of edits and repairs: the sum of the counts, untouched bins, undo and redo.

use proptest::prelude::*;
use rebin::document::{BinSpec, Document, Edit, State};
use rebin::hist::edit::{Change, Combination, CountPolicy, Span, TrimPolicy};
use rebin::hist::{Bins, Edges, Histogram, Number, Rounding, UncertainHistogram};
use rebin::{json, wandb};
use std::sync::Arc;

/// Edges on a coarse grid, with bins of zero width and infinite ends. Counts of both types and signs.
fn histogram() -> impl Strategy<Value = Histogram> + Clone {
    let count = prop_oneof![
        6 => (-50_i128..1000).prop_map(Number::Int),
        1 => (-1e3..1e3).prop_map(Number::Float),
        1 => prop::sample::select(vec![Number::Int(i128::MAX), Number::Float(1e308), Number::Float(f64::NAN), Number::Float(f64::INFINITY)]),
    ];
    (prop::collection::vec((-12_i32..=12, count), 2..14), 0_u8..8).prop_map(|(mut pairs, open)| {
        pairs.sort_by_key(|pair| pair.0);
        let mut at: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.0) / 2.0).collect();
        let last = at.len() - 1;
        if open == 1 {
            (at[0], at[last]) = (f64::NEG_INFINITY, f64::INFINITY);
        }
        let counts = pairs.iter().skip(1).map(|pair| pair.1).collect();
        Histogram::new(Edges::from_f64(at).unwrap(), counts).unwrap()
    })
}

fn change() -> impl Strategy<Value = Change> {
    let span = (0_usize..13, 0_usize..4).prop_map(|(first, more)| Span { first, last: first + more });
    let number = prop_oneof![
        (-9_i128..9).prop_map(Number::Int),
        (-9.0..9.0).prop_map(Number::Float),
        prop::sample::select(vec![Number::Float(1e308), Number::Float(f64::NAN), Number::Int(i128::MAX)]),
    ];
    // The edges of the histograms are multiples of one half.
    let end = prop_oneof![-9.0..9.0, (-13_i32..13).prop_map(|n| f64::from(n) / 2.0)];
    let policy = prop::sample::select(vec![CountPolicy::KeepInBin, CountPolicy::Redistribute]);
    let outside = prop::sample::select(vec![TrimPolicy::Keep, TrimPolicy::Drop]);
    let how = prop::sample::select(vec![Combination::Add, Combination::Subtract, Combination::Average]);
    let other = histogram().prop_map(|histogram| Arc::new(UncertainHistogram::certain(histogram)));
    prop_oneof![
        (span.clone(), number.clone()).prop_map(|(span, number)| Change::Set(span, number)),
        span.clone().prop_map(Change::Clear),
        (span.clone(), number.clone()).prop_map(|(span, number)| Change::Scale(span, number)),
        span.clone().prop_map(Change::Merge),
        (span, 0_usize..60).prop_map(|(span, parts)| Change::Split(span, parts)),
        (0_usize..14, number.clone(), policy).prop_map(|(edge, to, counts)| Change::MoveEdge { edge, to, counts }),
        (end.clone(), end, outside.clone()).prop_map(|(lo, hi, outside)| Change::Trim { lo, hi, outside }),
        (-0.1..1.0, 0.0..1.1, outside).prop_map(|(lo, hi, outside)| Change::TrimQuantiles { lo, hi, outside }),
        number.clone().prop_map(Change::ScaleAxis),
        number.prop_map(Change::ShiftAxis),
        Just(Change::Normalize),
        Just(Change::Round),
        (0_usize..9).prop_map(Change::Smooth),
        (how, other.clone()).prop_map(|(how, other)| Change::Combine { how, other, name: "b".into() }),
        prop::collection::vec(other, 0..4).prop_map(|parts| Change::Sum { parts, name: "steps".into() }),
    ]
}

/// The sum of all counts, in the bins and out of range.
fn mass(estimate: &UncertainHistogram) -> f64 {
    estimate.histogram.counts().as_f64().iter().sum::<f64>() + estimate.below + estimate.above
}

fn keeps_mass(change: &Change) -> bool {
    use Change::{Merge, MoveEdge, ScaleAxis, ShiftAxis, Smooth, Split, Trim, TrimQuantiles};
    match change {
        Merge(_) | Split(..) | MoveEdge { .. } | ScaleAxis(_) | ShiftAxis(_) | Smooth(_) => true,
        Trim { outside, .. } | TrimQuantiles { outside, .. } => *outside == TrimPolicy::Keep,
        _ => false,
    }
}

/// Bins that an edit must not change: their indices before and after it.
fn untouched(change: &Change, before: &UncertainHistogram, after: &UncertainHistogram) -> Vec<(usize, usize)> {
    let (old, new) = (before.histogram.edges(), after.histogram.edges());
    let outside = |span: &Span, bin: &usize| !(span.first..=span.last).contains(bin);
    let moved = |span: &Span, bin: usize| if bin < span.first { bin } else { bin + new.bins() - old.bins() };
    let all = 0..old.bins();
    match change {
        Change::Set(span, _) | Change::Clear(span) | Change::Scale(span, _) | Change::Split(span, _) => {
            all.filter(|bin| outside(span, bin)).map(|bin| (bin, moved(span, bin))).collect()
        }
        Change::Merge(span) => {
            let fewer = span.last - span.first;
            let bins = all.filter(|bin| outside(span, bin));
            bins.map(|bin| (bin, if bin < span.first { bin } else { bin - fewer })).collect()
        }
        Change::MoveEdge { counts: CountPolicy::KeepInBin, .. } | Change::ScaleAxis(_) | Change::ShiftAxis(_) => {
            all.map(|bin| (bin, bin)).collect()
        }
        Change::MoveEdge { edge, .. } => {
            let touched = |bin: &usize| bin == edge || bin + 1 == *edge;
            // The count of a bin of zero width moves to the bin of its value.
            let point = all.clone().filter(touched).any(|bin| old.bin(bin).is_some_and(|bin| bin.lo == bin.hi));
            all.filter(|bin| !point && !touched(bin)).map(|bin| (bin, bin)).collect()
        }
        Change::Trim { .. } => {
            let wide = all.filter(|bin| old.bin(*bin).is_some_and(|bin| bin.lo < bin.hi));
            let same = |bin: usize| Some((bin, (0..new.bins()).find(|at| new.bin(*at) == old.bin(bin))?));
            wide.filter_map(same).collect()
        }
        _ => Vec::new(),
    }
}

/// The JSON of a number, or of something else in its place in a broken file. Most are small, so that many are in order.
fn json_number(negative: bool) -> impl Strategy<Value = String> {
    let special =
        ["NaN", "Infinity", "-Infinity", "null", "1e20", "-1e20", "1e308", "-1.7976931348623157e308", "\"x\"", "[]"];
    prop_oneof![
        6 => (if negative { -9 } else { 0 }..9_i32).prop_map(|n| n.to_string()),
        2 => (-9.0..9.0).prop_map(|x| format!("{x:?}")),
        1 => (-9..9_i32).prop_map(|n| format!("\"{n}\"")),
        1 => prop::sample::select(special.to_vec()).prop_map(str::to_owned),
    ]
}

/// The JSON of edges in any order, increasing or decreasing. A few have more bins than a histogram may have.
fn json_edges() -> impl Strategy<Value = Vec<String>> {
    let size = prop_oneof![9 => 0_usize..9, 1 => 500_usize..1100];
    (size.prop_flat_map(|n| prop::collection::vec(json_number(true), n)), 0_u8..3).prop_map(|(mut edges, order)| {
        let value = |text: &String| text.trim_matches('"').parse().unwrap_or(f64::NAN);
        if order > 0 {
            edges.sort_by(|a, b| f64::total_cmp(&value(a), &value(b)));
        }
        if order == 2 {
            edges.reverse();
        }
        edges
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_keep_untouched_bins_and_the_sum_of_counts(start in histogram(), changes in prop::collection::vec(change(), 1..8)) {
        let mut now = UncertainHistogram::certain(start);
        for change in changes {
            let Ok(edited) = change.apply(&now, Rounding::Integers) else { continue };
            let (before, after) = (&now, &edited.histogram);
            prop_assert_eq!(after.max_error.len(), after.histogram.bins());
            prop_assert!(after.histogram.bins() <= 512 && !edited.summary.is_empty());
            for (old, new) in untouched(&change, before, after) {
                let bins = [(before, old), (after, new)].map(|(of, bin)| (of.histogram.counts().get(bin), of.max_error[bin]));
                prop_assert!(bins[0] == bins[1], "{change:?} changes bin {old} of {before:?}: {bins:?}");
            }
            let finite = |of: &UncertainHistogram| mass(of).is_finite();
            let sums: f64 = before.histogram.counts().as_f64().iter().map(|x| x.abs()).sum();
            if finite(before) && sums < 1e15 {
                if keeps_mass(&change) {
                    prop_assert!((mass(after) - mass(before)).abs() <= 1e-9 * (1.0 + sums), "{change:?} of {before:?}");
                }
                if change == Change::Round {
                    prop_assert!((mass(after) - mass(before)).abs() <= 0.5 + 1e-9 * sums, "{before:?}");
                    prop_assert!(after.histogram.counts().all_ints());
                }
                if change == Change::Normalize {
                    let sum: f64 = after.histogram.counts().as_f64().iter().sum();
                    prop_assert!((sum - 1.0).abs() < 1e-6 * (1.0 + sums), "{before:?}");
                }
            }
            now = edited.histogram;
        }
    }

    #[test]
    fn integer_counts_stay_integers_with_an_exact_sum(counts in prop::collection::vec(0_i128..1_000_000, 8), changes in prop::collection::vec(change(), 1..6)) {
        let edges = Edges::from_f64((0_u32..9).map(f64::from).collect()).unwrap();
        let mut now = UncertainHistogram::certain(Histogram::new(edges, counts.into_iter().map(Number::Int).collect()).unwrap());
        let is_exact = |change: &Change| keeps_mass(change) && !matches!(change, Change::Smooth(_));
        for change in changes.into_iter().filter(is_exact) {
            if let Ok(edited) = change.apply(&now, Rounding::Integers) {
                prop_assert!(edited.histogram.histogram.counts().all_ints(), "{change:?}");
                prop_assert_eq!(mass(&edited.histogram), mass(&now), "{:?}", change);
                now = edited.histogram;
            }
        }
    }

    #[test]
    fn every_sequence_of_edits_can_be_undone_and_redone(start in histogram(), edits in prop::collection::vec((0_usize..3, change(), 0_u8..6), 0..20)) {
        let text = |document: &Document, step: usize| {
            let edited = document.state(step).edited.map_or_else(|| start.clone(), |edited| edited.histogram.clone());
            wandb::Histogram::from_hist(&edited).map(|histogram| histogram.to_json())
        };
        let mut document = Document::new(BinSpec::AS_STORED);
        let mut states = vec![[0, 1, 2].map(|step| document.state(step))];
        for (step, change, kind) in edits {
            let now = document.state(step).edited.map_or_else(|| UncertainHistogram::certain(start.clone()), |edited| UncertainHistogram::clone(&edited));
            let edit = match kind {
                0 => Edit::Bins(Some(Bins::Count(step + 3))),
                1 => Edit::State(State::of_source(document.base().clone()), "original".into()),
                _ => match change.apply(&now, Rounding::Integers) {
                    Ok(edited) => Edit::State(State::of_edited(edited.histogram), edited.summary),
                    Err(_) => continue,
                },
            };
            if document.apply(step, edit) {
                states.push([0, 1, 2].map(|step| document.state(step)));
            }
        }
        let last = states.len() - 1;
        let first = text(&Document::new(BinSpec::AS_STORED), 0);
        for (undone, expected) in states.iter().rev().skip(1).enumerate() {
            prop_assert!(document.undo().is_some());
            prop_assert_eq!(&[0, 1, 2].map(|step| document.state(step)), expected);
            prop_assert_eq!(document.history().position(), last - undone - 1);
        }
        prop_assert!(document.undo().is_none() && document.unsaved().is_empty());
        for step in 0..3 {
            prop_assert_eq!(text(&document, step), first.clone());
        }
        for expected in &states[1..] {
            prop_assert!(document.redo().is_some());
            prop_assert_eq!(&[0, 1, 2].map(|step| document.state(step)), expected);
        }
        prop_assert!(document.redo().is_none());
    }

    #[test]
    fn repaired_histograms_are_valid_and_keep_every_good_count(
        edges in json_edges(),
        counts in prop::collection::vec(json_number(false), 0..9),
        matching in any::<bool>(),
    ) {
        let mut counts = counts;
        if matching && !counts.is_empty() {
            counts = counts.iter().cycle().take(edges.len().saturating_sub(1)).cloned().collect();
        }
        let text = format!(r#"{{"_type": "histogram", "values": [{}], "bins": [{}]}}"#, counts.join(", "), edges.join(", "));
        let node = json::parse(text.as_bytes()).unwrap().node;
        let read = wandb::Histogram::from_json(&node, None);
        let read = read.unwrap_or_else(|why| wandb::Histogram::from_malformed(&node, &why).unwrap());
        let Some(wandb::Repair { histogram, .. }) = read.repair() else { return Ok(()) };
        let repaired = wandb::Histogram::from_hist(&histogram).unwrap();
        prop_assert!(repaired.to_hist().is_ok() && histogram.bins() <= 512);
        prop_assert_eq!(repaired.repair(), None, "{} became {}", text, repaired.to_json());
        let good = read.values().as_f64().iter().filter(|x| x.is_finite() && **x >= 0.0).sum::<f64>();
        let counts = histogram.counts().as_f64();
        prop_assert!(counts.iter().all(|x| x.is_finite() && *x >= 0.0), "{}", repaired.to_json());
        let sum: f64 = counts.iter().sum();
        prop_assert!(!good.is_finite() || (sum - good).abs() <= 1e-9 * good, "{} became {}", text, repaired.to_json());
    }
}
