//! Histograms and steps in rows as each generation of W&B's writers encodes them, on generated rows.

use super::log_writer::wandb_log;
use super::protobuf::Message;
use rebin::engine::Budget;
use rebin::format::series::EntryKind;
use rebin::format::wandb_log::{Index, RunState};

const JSON: u64 = 16;

/// An item under one key.
fn flat(key: &str, json: &str) -> Message {
    Message::default().bytes(1, key).bytes(JSON, json)
}

/// An item under nested labels, with its value in the given field.
fn nested(labels: &[&str], field: u64, value: &str) -> Message {
    labels.iter().fold(Message::default(), |item, label| item.bytes(2, label)).bytes(field, value)
}

fn history(items: impl IntoIterator<Item = Message>) -> Message {
    items.into_iter().fold(Message::default(), |row, item| row.bytes(1, item))
}

fn at_step(row: Message, step: u64) -> Message {
    row.bytes(2, Message::default().varint(1, step))
}

/// A log with these history records.
fn log(rows: impl IntoIterator<Item = Message>) -> Vec<u8> {
    wandb_log(&rows.into_iter().map(|row| Message::default().bytes(2, row)).collect::<Vec<_>>(), 0)
}

fn index(file: &[u8]) -> Index {
    let mut index = Index::start(file, &Budget::default()).unwrap();
    assert_eq!(index.extend(file).unwrap(), file.len());
    index
}

/// Every entry as `path@step: JSON`.
fn entries(file: &[u8]) -> Vec<String> {
    let index = index(file);
    let mut all = Vec::new();
    for series in index.series() {
        for (row, step) in series.entries.iter().zip(&series.steps) {
            let bytes = &file[row.at as usize..][..row.len as usize];
            let text = match index.decode(*row, bytes, &series.path, &Budget::default()) {
                Ok(histogram) => format!("{:?} {:?}", histogram.values().as_f64(), histogram.bins().as_f64()),
                Err(why) => why.to_string(),
            };
            all.push(format!("{}@{step}: {text}", series.path.join("|")));
        }
    }
    all
}

#[test]
fn all_generations_of_writers_are_read_alike() {
    let histogram = r#"{"_type": "histogram", "values": [1, 2], "bins": [0.0, 1.0, NaN]}"#;
    let python = flat("a.b", &format!(r#"{{"c/d": {histogram}}}"#));
    let early_core = nested(&["a.b", "c/d"], JSON, r#"{"bins":[0,1,NaN],"values":[1,2],"_type":"histogram"}"#);
    let core = [
        nested(&["a.b", "c/d", "bins"], JSON, "[0,1,NaN]"),
        nested(&["loss"], JSON, "0.5"),
        nested(&["a.b", "c/d", "_type"], JSON, "\"histogram\""),
        nested(&["a.b", "c/d", "values"], JSON, "[1,2]"),
    ];
    let typed = [
        nested(&["a.b", "c/d", "_type"], 7, "histogram"),
        nested(&["a.b", "c/d", "values"], 8, "[1,2]"),
        nested(&["a.b", "c/d", "bins"], 8, "[0,1,NaN]"),
    ];
    let rows = [history([python]), history([early_core]), history(core), history(typed)];
    let file = log((0..).zip(rows).map(|(step, row)| at_step(row, step)));
    let expected: Vec<_> = (0..4).map(|step| format!("a.b|c/d@{step}: [1.0, 2.0] [0.0, 1.0, NaN]")).collect();
    assert_eq!(entries(&file), expected);
}

#[test]
fn lists_of_histograms_are_series_by_position() {
    let list =
        r#"[{"bins":[1,1],"_type":"histogram","values":[1]}, 7, {"x": {"_type":"histogram","bins":[1],"values":[]}}]"#;
    let file = log([at_step(history([nested(&["list"], JSON, list)]), 3)]);
    assert_eq!(entries(&file), ["list|0@3: [1.0] [1.0, 1.0]", "list|2|x@3: [] [1.0]"]);
}

#[test]
fn the_step_comes_from_the_row_or_an_item_or_is_unknown() {
    let histogram = || flat("w", r#"{"_type": "histogram", "values": [], "bins": [1]}"#);
    let steps = |row: Message| {
        let index = index(&log([row]));
        (index.series()[0].steps[0], index.series()[0].stepless)
    };
    assert_eq!(steps(at_step(history([histogram(), flat("_step", "9")]), 4)), (4, false));
    // proto3 omits zeros: a step message without a number is step 0.
    assert_eq!(steps(history([histogram(), flat("_step", "9")]).bytes(2, "")), (0, false));
    assert_eq!(steps(history([histogram(), flat("_step", "9")])), (9, false));
    assert_eq!(steps(history([histogram(), flat("_step", "1e+06")])), (1_000_000, false));
    let zigzag = Message::default().bytes(1, "_step").varint(5, 13);
    assert_eq!(steps(history([zigzag, histogram()])), (-7, false));
    assert_eq!(steps(history([histogram()])), (0, true));
}

#[test]
fn rows_synced_from_event_files_keep_the_step_of_the_events() {
    let histogram = || flat("train/w", r#"{"_type": "histogram", "values": [], "bins": [1]}"#);
    let row = at_step(history([histogram(), flat("train/global_step", "500")]), 4);
    let tensorboard = Message::default().bytes(9, Message::default().bytes(1, "logs/train"));
    let exit = Message::default().bytes(18, Message::default().varint(1, 3));
    let synced = wandb_log(&[tensorboard, Message::default().bytes(2, row.clone()), exit], 0);
    assert_eq!(index(&synced).series()[0].steps, [500]);
    assert_eq!(index(&synced).run().state, RunState::Failed(3));
    assert_eq!(index(&log([row])).series()[0].steps, [4]);
}

#[test]
fn invalid_entries_are_reported_when_they_are_read() {
    let rows = [
        history([nested(&["w", "_type"], JSON, "\"histogram\""), nested(&["w", "values"], JSON, "[1]")]),
        history([flat("w", r#"{"_type": "histogram", "values": [1], "bins": [0"#)]),
        history([flat("w", r#"{"_type": "histogram", "values": [1], "bins": [0]}"#)]),
        history([flat("w", r#"{"_type": "table-file", "note": "histogram"}"#)]),
    ];
    let file = log((0..).zip(rows).map(|(step, row)| at_step(row, step)));
    insta::assert_snapshot!(entries(&file).join("\n"), @"
    w@0: `bins` is missing
    w@1: invalid JSON: line 1, column 49, in bins: expected `,` or `]`, found the end of the text
    w@2: len(bins) must be len(histogram) + 1
    ");
}

#[test]
fn duplicate_histograms_in_a_row_are_one_entry_and_broken_records_are_skipped() {
    let histogram = |count| flat("w", &format!(r#"{{"_type": "histogram", "values": [{count}], "bins": [0, 1]}}"#));
    let mut records = vec![Message::default().bytes(2, at_step(history([histogram(1), histogram(2)]), 5))];
    records.push(Message::default().bytes(2, "\u{1}\u{1}\u{1}"));
    records.push(Message::default().bytes(17, "\u{a}\u{7f}"));
    let file = wandb_log(&records, 0);
    assert_eq!(entries(&file), ["w@5: [2.0] [0.0, 1.0]"]);
    let problems: Vec<_> = index(&file).problems().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @"
    byte 7: two histograms of this row have the same key; rebin reads the last one
    byte 142: cannot read this record: malformed history
    byte 154: cannot read this record: failed to decode Protobuf message: Run.id: buffer underflow
    ");
}

#[test]
fn flipped_bits_in_a_real_log_are_reported_without_a_panic() {
    let original = super::bytes("samples/wandb/edgecase.wandb");
    for at in (7..original.len()).step_by(13) {
        let mut file = original.clone();
        file[at] ^= 0x10;
        let mut index = Index::start(&file, &Budget::default()).unwrap();
        let used = index.extend(&file).unwrap();
        index.end(&file[used..]);
        assert!(!index.problems().is_empty(), "byte {at}");
        for series in index.series() {
            for row in &series.entries {
                let bytes = &file[row.at as usize..][..row.len as usize];
                let decoded = match series.kind {
                    EntryKind::Histogram => index.decode(*row, bytes, &series.path, &Budget::default()).is_ok(),
                    EntryKind::List => index.decode_list(*row, bytes, &series.path, &Budget::default()).is_ok(),
                };
                assert!(decoded, "byte {at}");
            }
        }
    }
}

#[test]
fn histograms_found_only_in_the_summary_are_listed_without_entries() {
    let hist = r#"{"_type":"histogram","values":[1],"bins":[0,1]}"#;
    let summary = |items: Vec<Message>| Message::default().bytes(3, history(items));
    let row = Message::default().bytes(2, at_step(history([flat("w", hist)]), 0));
    let removal = Message::default().bytes(3, Message::default().bytes(2, flat("gone", "")));
    let first = summary(vec![flat("w", hist), flat("gone", hist), nested(&["a", "b"], JSON, hist)]);
    let last = summary(vec![nested(&["final", "_type"], JSON, "\"histogram\""), flat("loss", "0.1")]);
    let file = wandb_log(&[first, row, last, removal], 0);
    assert_eq!(entries(&file).len(), 1);
    assert_eq!(index(&file).only_in_summary(), ["a.b", "final"]);
}
