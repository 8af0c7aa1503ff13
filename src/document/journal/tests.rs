use super::*;
use crate::hist::{Bins, Numbers};
use crate::wandb;

fn writer() -> Writer {
    Writer { process: 4711, host: "node \"3\"".into() }
}

fn entry(state: State) -> JournalEntry {
    JournalEntry {
        source: "/runs/a \"b\"\n.json".into(),
        version: Some(Version { len: 12, modified: 1_700_000_000_123_456_789, ends: u32::MAX }),
        series: vec!["grad".into(), "w.é".into()],
        kind: SeriesKind::Histogram,
        step: 3,
        number: Some(-7),
        state,
    }
}

fn edited() -> UncertainHistogram {
    let edges = Edges::new([Number::Int(0), Number::Float(0.5), Number::Float(1e300)].into_iter().collect()).unwrap();
    let histogram = Histogram::new(edges, Numbers::ints([1 << 70, -3])).unwrap();
    UncertainHistogram { histogram, max_error: vec![0.0, f64::INFINITY], below: 0.1, above: 2.0 }
}

/// One entry of each kind.
fn entries() -> Vec<JournalEntry> {
    let of = |bins| State::of_source(BinSpec::new(bins));
    let range = Some(Range { lo: Number::Int(-1), hi: Number::Float(2.5) });
    let edges: Numbers = [Number::Int(0), Number::Float(1.5)].into_iter().collect();
    vec![
        entry(of(None)),
        JournalEntry {
            version: None,
            series: Vec::new(),
            number: None,
            kind: SeriesKind::Samples,
            ..entry(of(Some(Bins::Count(512))))
        },
        entry(State::of_source(BinSpec { bins: Some(Bins::Rule(Rule::Fd)), range })),
        entry(of(Some(Bins::Edges(edges)))),
        entry(State::of_edited(edited())),
        entry(State { spec: BinSpec { bins: Some(Bins::Count(7)), range }, edited: Some(Arc::new(edited())) }),
    ]
}

#[test]
fn what_is_written_is_read_as_it_was() {
    let (text, left_out) = encode(&writer(), &entries(), usize::MAX);
    assert_eq!(left_out, 0);
    let journal = Journal { writer: writer(), entries: entries(), problems: Vec::new() };
    assert_eq!(decode(text.as_bytes()), Ok(journal));
    assert_eq!(decode(encode(&writer(), &[], 0).0.as_bytes()).unwrap().entries, []);
}

#[test]
fn edited_histograms_stand_there_as_wandb_logs_them() {
    let (text, _) = encode(&writer(), &[entry(State::of_edited(edited()))], usize::MAX);
    let line = json::parse(text.lines().last().unwrap().as_bytes()).unwrap();
    let histogram = wandb::Histogram::from_json(&line.node.get("edited").unwrap().node, None).unwrap();
    assert_eq!(histogram.to_hist().unwrap(), edited().histogram);
}

#[test]
fn what_has_no_room_is_left_out_and_counted() {
    let (all, _) = encode(&writer(), &entries(), usize::MAX);
    let (text, left_out) = encode(&writer(), &entries(), all.len() - 1);
    assert_eq!((decode(text.as_bytes()).unwrap().entries.len(), left_out), (5, 1));
}

#[test]
fn every_torn_end_loses_one_entry_at_most_and_says_so() {
    let (text, _) = encode(&writer(), &entries(), usize::MAX);
    let first = text.find('\n').unwrap();
    for end in 0..text.len() {
        let torn = &text.as_bytes()[..end];
        let Ok(journal) = decode(torn) else {
            assert!(end < first, "the first line is whole");
            continue;
        };
        let lines = torn.split(|byte| *byte == b'\n').count().saturating_sub(2);
        let whole = journal.entries.len();
        assert!(whole == lines || whole == lines + 1, "at {end}");
        assert_eq!(journal.entries, entries()[..whole]);
        assert!(journal.problems.len() <= 1);
    }
}

#[test]
fn every_damage_is_told_and_nothing_is_believed() {
    let (text, _) = encode(&writer(), &[entry(State::of_edited(edited()))], usize::MAX);
    let damaged = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let journal = decode(text.replacen(from, to, 1).as_bytes()).unwrap();
        assert_eq!(journal.entries, []);
        journal.problems[0].to_string()
    };
    assert_eq!(damaged("\"kind\": \"histogram\"", "\"kind\": 3"), "line 2: `kind` is not what a journal has there");
    assert_eq!(damaged("\"series\"", "\"sexies\""), "line 2: `series` is missing");
    assert_eq!(damaged("\"lens\": \"logged\"", "\"lens\": 513"), "line 2: `lens` is not what a journal has there");
    assert!(damaged("\"lens\": \"logged\"", "\"lens\": [3, 1]").starts_with("line 2: "));
    assert!(damaged("\"range\": null", "\"range\": [2, 1]").contains("range"));
    assert!(damaged("[0, 0.5, 1e+300]", "[0, 0.5]").starts_with("line 2: "));
    assert!(damaged("[0.0, Infinity]", "[0.0, NaN]").contains("errors"));
    assert!(damaged("\"entry\": 3", "\"entry\": -3").contains("entry"));
    assert!(damaged("\"below\": 0.1", "\"below\": \"x\"").contains("below"));
    for none in ["", "{}", "[1, 2]", "{\"rebin\": 2, \"process\": 1, \"host\": \"a\"}", "PK\u{3}\u{4}"] {
        let error = decode(none.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("the first line is not that of a journal"), "{error}");
    }
}
