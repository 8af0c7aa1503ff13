use super::*;
use crate::hist::scale::Scale;
use crate::hist::{Bins, Number, Numbers, Range, Rule};

fn key(source: &str) -> ViewKey {
    ViewKey { source: source.into(), series: vec!["grad\n".into(), "w\"1".into()] }
}

fn bins(bins: Bins) -> SeriesView {
    let range = Range { lo: Number::Int(0), hi: Number::Float(0.1) };
    SeriesView { spec: Some(BinSpec { bins: Some(bins), range: Some(range), spacing: Scale::Log }), scales: None }
}

#[test]
fn views_are_read_as_they_were_written() {
    let scales = Scales { values: Scale::Symlog, log_counts: true, measure: Measure::Density };
    let all = [
        (key("/a"), bins(Bins::Rule(Rule::Fd))),
        (key("/b"), SeriesView { scales: Some(scales), ..bins(Bins::Edges(Numbers::floats(vec![0.0, 0.5, 2.0]))) }),
        (key("/c\u{202e}"), SeriesView { spec: None, scales: Some(scales) }),
        (key("/d"), SeriesView { spec: Some(BinSpec::AS_STORED), scales: None }),
    ];
    let mut views = Views::default();
    for (key, view) in &all {
        views.set(key.clone(), view.clone());
    }
    let text = views.encode();
    assert_eq!(text.lines().count(), 4);
    let read = Views::decode(text.as_bytes());
    for (key, view) in &all {
        assert_eq!(read.get(key), Some(view));
    }
    assert_eq!(read.encode(), text);
}

#[test]
fn damaged_lines_and_defaults_are_left_out() {
    let mut views = Views::default();
    views.set(key("/a"), bins(Bins::Count(3)));
    views.set(key("/b"), bins(Bins::Count(4)));
    views.set(key("/a"), SeriesView::default());
    let text = views.encode();
    assert_eq!(Views::decode(text.as_bytes()).get(&key("/a")), None);
    for (good, bad) in [("4", "513"), ("4", "\"x\""), ("[0,", "[7,"), ("}", ""), ("\"series\"", "\"serie\"")] {
        assert!(text.contains(good), "{text}");
        assert_eq!(Views::decode(text.replacen(good, bad, 1).as_bytes()).all.len(), 0, "{bad}");
    }
}

#[test]
fn the_oldest_views_are_dropped() {
    let mut views = Views::default();
    for at in 0..MAX_SERIES + 5 {
        views.set(key(&format!("/{at}")), bins(Bins::Count(3)));
    }
    views.set(key("/3"), bins(Bins::Count(9)));
    views.set(key("/long"), bins(Bins::Edges(Numbers::floats((0..2000).map(f64::from).collect()))));
    let read = Views::decode(views.encode().as_bytes());
    assert!(read.all.len() < MAX_SERIES && read.get(&key("/0")).is_none() && read.get(&key("/long")).is_none());
    assert_eq!(read.get(&key("/3")), Some(&bins(Bins::Count(9))));
}
