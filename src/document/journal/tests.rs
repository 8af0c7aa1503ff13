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
        index: 3,
        step: Some(-7),
        state,
    }
}

fn edited() -> UncertainHistogram {
    let edges = Edges::new([Number::Int(0), Number::Float(0.5), Number::Float(1e300)].into_iter().collect()).unwrap();
    let histogram = Histogram::new(edges, Numbers::ints([1 << 70, -3])).unwrap();
    UncertainHistogram { histogram, max_error: vec![0.0, f64::INFINITY], below: 0.1, above: 2.0 }
}

/// One entry for each kind of state.
fn entries() -> Vec<JournalEntry> {
    let of = |bins| State::of_source(BinSpec::new(bins));
    let range = Some(Range { lo: Number::Int(-1), hi: Number::Float(2.5) });
    let edges: Numbers = [Number::Int(0), Number::Float(1.5)].into_iter().collect();
    vec![
        entry(of(None)),
        JournalEntry {
            version: None,
            series: Vec::new(),
            step: None,
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
fn encoding_and_decoding_round_trips() {
    let (text, skipped) = encode(&writer(), &entries(), usize::MAX);
    assert_eq!(skipped, 0);
    let journal = Journal { writer: writer(), entries: entries(), problems: Vec::new() };
    assert_eq!(decode(text.as_bytes()), Ok(journal));
    assert_eq!(decode(encode(&writer(), &[], 0).0.as_bytes()).unwrap().entries, []);
}

#[test]
fn edited_histograms_are_written_as_wandb_logs_them() {
    let (text, _) = encode(&writer(), &[entry(State::of_edited(edited()))], usize::MAX);
    let line = json::parse(text.lines().last().unwrap().as_bytes()).unwrap();
    let histogram = wandb::Histogram::from_json(&line.node.get("edited").unwrap().node, None).unwrap();
    assert_eq!(histogram.to_hist().unwrap(), edited().histogram);
}

#[test]
fn entries_beyond_the_size_limit_are_counted() {
    let (all, _) = encode(&writer(), &entries(), usize::MAX);
    let (text, skipped) = encode(&writer(), &entries(), all.len() - 1);
    assert_eq!((decode(text.as_bytes()).unwrap().entries.len(), skipped), (5, 1));
}

#[test]
fn a_truncated_journal_loses_at_most_one_entry() {
    let (text, _) = encode(&writer(), &entries(), usize::MAX);
    let first_line = text.find('\n').unwrap();
    for end in 0..text.len() {
        let truncated = &text.as_bytes()[..end];
        let Ok(journal) = decode(truncated) else {
            assert!(end < first_line, "the first line is complete");
            continue;
        };
        let lines = truncated.split(|byte| *byte == b'\n').count().saturating_sub(2);
        let complete = journal.entries.len();
        assert!(complete == lines || complete == lines + 1, "cut at byte {end}");
        assert_eq!(journal.entries, entries()[..complete]);
        assert!(journal.problems.len() <= 1);
    }
}

#[test]
fn malformed_lines_are_reported_and_skipped() {
    let (text, _) = encode(&writer(), &[entry(State::of_edited(edited()))], usize::MAX);
    let problem = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let journal = decode(text.replacen(from, to, 1).as_bytes()).unwrap();
        assert_eq!(journal.entries, []);
        journal.problems[0].to_string()
    };
    assert_eq!(problem("\"kind\": \"histogram\"", "\"kind\": 3"), "line 2: `kind` is invalid");
    assert_eq!(problem("\"series\"", "\"seriez\""), "line 2: `series` is missing");
    assert_eq!(problem("\"bins\": \"logged\"", "\"bins\": 513"), "line 2: `bins` is invalid");
    assert!(problem("\"bins\": \"logged\"", "\"bins\": [3, 1]").starts_with("line 2: "));
    assert!(problem("\"range\": null", "\"range\": [2, 1]").contains("range"));
    assert!(problem("[0, 0.5, 1e+300]", "[0, 0.5]").starts_with("line 2: "));
    assert!(problem("[0.0, Infinity]", "[0.0, NaN]").contains("errors"));
    assert!(problem("\"entry\": 3", "\"entry\": -3").contains("entry"));
    assert!(problem("\"below\": 0.1", "\"below\": \"x\"").contains("below"));
    for malformed in ["", "{}", "[1, 2]", "{\"rebin\": 2, \"process\": 1, \"host\": \"a\"}", "PK\u{3}\u{4}"] {
        let error = decode(malformed.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("the first line does not identify a journal"), "{error}");
    }
}
