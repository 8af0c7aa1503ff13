//! Scalars of runs: of W&B logs, of event files and of JSON lines.

use super::log_writer::{event, event_record, tagged_histogram, two_buckets, wandb_log};
use super::protobuf::Message;
use rebin::catalog::Scalars;
use rebin::source::{Input, Task, open};
use std::fs;

/// Writes a file and reads its scalars.
fn scalars(name: &str, content: impl AsRef<[u8]>, wanted: Option<&str>) -> Scalars {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let source = open(&Input::Path(path), &Task::default()).unwrap();
    source.scalars(wanted, &Task::default()).unwrap()
}

/// A history record with these values and a histogram.
fn row(step: u64, values: &[(&[&str], &str)]) -> Message {
    let item = |path: &[&str], json: &str| {
        path.iter().fold(Message::default(), |message, label| message.bytes(2, label)).bytes(16, json)
    };
    let histogram: [(&[&str], &str); 3] =
        [(&["w", "_type"], "\"histogram\""), (&["w", "bins"], "[0,1]"), (&["w", "values"], "[5]")];
    let items = values.iter().chain(&histogram).map(|(path, json)| item(path, json));
    let history = items.fold(Message::default(), |history, item| history.bytes(1, item));
    Message::default().bytes(2, history.bytes(2, Message::default().varint(1, step)))
}

#[test]
fn a_wandb_log_has_the_loss_and_other_numbers() {
    let rows = [
        row(0, &[(&["train", "loss"], "2.5"), (&["lr"], "0.1"), (&["_runtime"], "3"), (&["note"], "\"x\"")]),
        row(7, &[(&["train", "loss"], "NaN"), (&["lr"], "1e-3")]),
        row(9, &[(&["lr"], "0.5")]),
    ];
    let log = wandb_log(&rows, 0);
    let found = scalars("run-a.wandb", &log, None);
    assert_eq!((found.name.as_str(), found.names), ("train/loss", vec!["lr".to_owned(), "train/loss".to_owned()]));
    assert_eq!((found.points.len(), found.points[0]), (2, (0, 2.5)));
    assert!(found.points[1].0 == 7 && found.points[1].1.is_nan());
    assert_eq!(scalars("run-a.wandb", &log, Some("lr")).points, [(0, 0.1), (7, 1e-3), (9, 0.5)]);
}

#[test]
fn event_files_have_simple_values_and_tensors_with_one_number() {
    let summary = |value: Message| Message::default().bytes(1, value);
    let simple = |step: u64, x: f32| {
        let value = [&[0x15][..], &x.to_le_bytes()].concat();
        let value = [Message::default().bytes(1, "loss").as_ref(), &value].concat();
        event_record(event(step).bytes(5, Message::default().bytes(1, value)))
    };
    let tensor = Message::default().varint(1, 1).bytes(2, Message::default()).bytes(4, 0.25_f32.to_le_bytes());
    let tensor = summary(Message::default().bytes(1, "acc").bytes(8, tensor));
    let file = [
        simple(1, 4.0),
        simple(2, 3.5),
        event_record(event(3).bytes(5, tensor)),
        event_record(event(3).bytes(5, tagged_histogram("w", two_buckets()))),
    ]
    .concat();
    let name = "events.out.tfevents.1.host";
    let found = scalars(name, &file, None);
    assert_eq!((found.name.as_str(), found.points), ("loss", vec![(1, 4.0), (2, 3.5)]));
    assert_eq!(found.names, ["acc", "loss"]);
    assert_eq!(scalars(name, &file, Some("acc")).points, [(3, 0.25)]);
}

#[test]
fn json_lines_of_a_run_have_scalars_and_other_files_have_none() {
    let histogram = r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#;
    let lines: Vec<String> = (0..3)
        .map(|step| format!(r#"{{"_step": {step}, "val": {{"loss": {step}.5}}, "_runtime": 1, "w": {histogram}}}"#))
        .collect();
    let found = scalars("history.jsonl", lines.join("\n"), None);
    assert_eq!((found.name.as_str(), found.points.len(), found.points[1]), ("val/loss", 3, (1, 1.5)));
    assert_eq!(found.names, ["val/loss"]);
    assert_eq!(scalars("numbers.json", "[1, 2]", None), Scalars::default());
}
