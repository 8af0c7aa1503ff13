use super::*;
use crate::document::{BinSpec, Document, Edit, NewChanges, Replay, State};
use crate::hist::scale::Scale;
use crate::hist::{Bins, Edges, Histogram, Number, Numbers, Range, Rule, UncertainHistogram};
use crate::wandb;
use proptest::prelude::*;
use std::sync::Arc;

fn writer() -> Writer {
    Writer { process: 4711, host: "node \"3\"".into() }
}

fn entry(state: State) -> JournalEntry {
    JournalEntry {
        source: "/runs/a \"b\"\n.json".into(),
        version: Some(Version { len: 12, modified: 1_700_000_000_123_456_789, ends: u32::MAX }),
        series: vec!["grad".into(), "w.é".into()],
        kind: SeriesKind::Histogram,
        step: Some(-7),
        change: Change::Edit { position: 1, name: "merged bins \"4\"–6".into(), index: 3, state },
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
        entry(State::of_source(BinSpec { bins: Some(Bins::Rule(Rule::Fd)), range, spacing: Scale::Symlog })),
        entry(of(Some(Bins::Edges(edges)))),
        entry(State::of_edited(edited())),
        entry(State {
            spec: BinSpec { bins: Some(Bins::Count(7)), range, ..BinSpec::AS_STORED },
            edited: Some(Arc::new(edited())),
        }),
        JournalEntry { step: None, change: Change::Position(0), ..entry(of(None)) },
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
    assert_eq!((decode(text.as_bytes()).unwrap().entries.len(), skipped), (6, 1));
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

/// Writes a line with its right checksum.
fn checked(line: &str) -> String {
    let (content, _) = line.rsplit_once(CHECKSUM).unwrap();
    format!("{content}{CHECKSUM}{}}}\n", crc32fast::hash(content.as_bytes()))
}

#[test]
fn malformed_lines_are_reported_and_skipped() {
    let (text, _) = encode(&writer(), &[entry(State::of_edited(edited()))], usize::MAX);
    let (first, second) = text.split_once('\n').unwrap();
    let problem = |from: &str, to: &str| {
        assert!(second.contains(from), "{from}");
        let text = format!("{first}\n{}", checked(&second.replacen(from, to, 1)));
        let journal = decode(text.as_bytes()).unwrap();
        assert_eq!(journal.entries, []);
        journal.problems[0].to_string()
    };
    assert_eq!(problem("\"kind\": \"histogram\"", "\"kind\": 3"), "line 2: `kind` is invalid");
    assert_eq!(problem("\"series\"", "\"seriez\""), "line 2: `series` is missing");
    assert_eq!(problem("\"position\": 1", "\"position\": 0"), "line 2: `position` is invalid");
    assert_eq!(problem("\"bins\": \"logged\"", "\"bins\": 513"), "line 2: `bins` is invalid");
    assert!(problem("\"bins\": \"logged\"", "\"bins\": [3, 1]").starts_with("line 2: "));
    assert!(problem("\"range\": null", "\"range\": [2, 1]").contains("range"));
    assert!(problem("[0, 0.5, 1e+300]", "[0, 0.5]").starts_with("line 2: "));
    assert!(problem("[0.0, Infinity]", "[0.0, NaN]").contains("errors"));
    assert!(problem("\"entry\": 3", "\"entry\": -3").contains("entry"));
    assert!(problem("\"below\": 0.1", "\"below\": \"x\"").contains("below"));
    let newer = checked(&first.replace("\"rebin\": 2", "\"rebin\": 3"));
    for malformed in ["", "{}", "[1, 2]", &newer, "PK\u{3}\u{4}"] {
        let error = decode(malformed.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("the first line does not identify a journal"), "{error}");
    }
}

#[test]
fn damaged_and_missing_lines_are_found_and_the_others_are_read() {
    let (text, _) = encode(&writer(), &entries(), usize::MAX);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let decoded = |lines: &[&str]| {
        let journal = decode(lines.concat().as_bytes()).unwrap();
        (journal.entries, journal.problems.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let without = |index: usize| {
        let mut entries = entries();
        entries.remove(index);
        entries
    };
    let changed = lines[3].replace("-1", "-2");
    let half = format!("{}\n", &lines[3][..lines[3].len() / 2]);
    for damaged in [changed.as_str(), half.as_str()] {
        let mut all = lines.clone();
        all[3] = damaged;
        assert_eq!(decoded(&all), (without(2), vec!["line 4: the line is damaged".to_owned()]));
    }
    let mut all = lines.clone();
    all.remove(3);
    assert_eq!(decoded(&all), (without(2), vec!["line 4: 1 line missing before this line".to_owned()]));
    let mut all = lines.clone();
    all.insert(4, lines[3]);
    assert_eq!(decoded(&all), (entries(), vec!["line 5: the line repeats line 4 of the journal".to_owned()]));
    assert_eq!(decoded(&lines[1..]).0, entries(), "the first line is missing");
}

#[test]
fn journals_without_checksums_are_still_read() {
    let text = "{\"rebin\": 1, \"process\": 7, \"host\": \"node3\"}\n{\"source\": \"a\", \"version\": null, \"series\": \
                [\"w\"], \"kind\": \"histogram\", \"entry\": 2, \"step\": null, \"bins\": 5, \"range\": null, \"edited\": null}\n";
    let journal = decode(text.as_bytes()).unwrap();
    assert_eq!((journal.writer.process, journal.problems.len()), (7, 0));
    let state = State::of_source(BinSpec::count(5));
    let change = Change::Edit { position: 1, name: "restored unsaved changes".into(), index: 2, state };
    assert_eq!(journal.entries[0].change, change);
}

/// One action of a user on a document with three entries.
#[derive(Debug, Clone)]
enum Step {
    Bins(usize, usize),
    Edit(usize, u8),
    Undo,
    Redo,
    GoTo(usize),
    Save(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3_usize, 1..9_usize).prop_map(|(index, bins)| Step::Bins(index, bins)),
        (0..3_usize, any::<u8>()).prop_map(|(index, count)| Step::Edit(index, count)),
        Just(Step::Undo),
        Just(Step::Redo),
        (0..6_usize).prop_map(Step::GoTo),
        (0..3_usize).prop_map(Step::Save),
    ]
}

fn perform(document: &mut Document, step: &Step) {
    match step {
        Step::Bins(index, bins) => _ = document.apply(*index, Edit::Bins(Some(Bins::Count(*bins)))),
        Step::Edit(index, count) => {
            let edges = Edges::new(Numbers::floats(vec![0.0, 1.0])).unwrap();
            let histogram = Histogram::new(edges, Numbers::ints([i128::from(*count)])).unwrap();
            let state = State::of_edited(UncertainHistogram::certain(histogram));
            document.apply(*index, Edit::State(state, format!("set {count}")));
        }
        Step::Undo => _ = document.undo(),
        Step::Redo => _ = document.redo(),
        Step::GoTo(position) => _ = document.go_to((*position).min(document.history().edits().count())),
        Step::Save(index) => document.mark_saved(*index, document.state(*index)),
    }
}

/// Journals a document as the runtime does, and returns the text.
fn journaled(steps: &[Step]) -> (Document, String) {
    let mut document = Document::new(BinSpec::AS_STORED);
    let mut changes = Vec::new();
    for step in steps {
        perform(&mut document, step);
        match document.take_changes() {
            Some(NewChanges::Later(later)) => changes.extend(later),
            Some(NewChanges::All) => changes = document.all_changes(),
            None => {}
        }
    }
    let of = |change| JournalEntry { change, step: None, ..entry(State::of_source(BinSpec::AS_STORED)) };
    let entries: Vec<JournalEntry> = changes.into_iter().map(of).collect();
    (document, encode(&writer(), &entries, usize::MAX).0)
}

fn restored(text: &[u8]) -> Document {
    let mut document = Document::new(BinSpec::AS_STORED);
    let mut replay = Replay::new(&document);
    for JournalEntry { change, .. } in decode(text).map(|journal| journal.entries).unwrap_or_default() {
        let index = if let Change::Edit { index, .. } = change { Some(index) } else { None };
        replay.apply(&mut document, &change, index);
    }
    document
}

proptest! {
    #[test]
    fn restoring_a_journal_gives_the_same_states_and_the_same_history(
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let (mut document, text) = journaled(&steps);
        let mut restored = restored(text.as_bytes());
        for index in document.unsaved() {
            prop_assert_eq!(restored.state(index), document.state(index));
        }
        let saves = steps.iter().any(|step| matches!(step, Step::Save(_)));
        if !saves {
            let names = |document: &Document| -> Vec<String> {
                document.history().edits().map(|edit| format!("{} {}", edit.name, edit.index)).collect()
            };
            prop_assert_eq!(names(&restored), names(&document));
            prop_assert_eq!(restored.history().position(), document.history().position());
            loop {
                for index in 0..3 {
                    prop_assert_eq!(restored.state(index), document.state(index));
                }
                if document.undo().is_none() {
                    break;
                }
                restored.undo();
            }
        }
    }

    #[test]
    fn damage_is_reported_and_never_restores_another_value(
        steps in prop::collection::vec(step(), 1..20),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<bool>(),
    ) {
        let (_, text) = journaled(&steps);
        let mut damaged = text.clone().into_bytes();
        let at = at.index(damaged.len());
        if cut { damaged.truncate(at) } else { damaged[at] = byte }
        let intact = decode(text.as_bytes()).unwrap().entries;
        if let Ok(journal) = decode(&damaged) {
            let mut intact = intact.iter();
            for entry in &journal.entries {
                prop_assert!(intact.any(|other| other == entry), "{:?} was never journaled", entry);
            }
            let complete = damaged == text.as_bytes() || text.as_bytes().starts_with(&damaged);
            prop_assert!(complete || !journal.problems.is_empty());
        }
        restored(&damaged);
    }
}
