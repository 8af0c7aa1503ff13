//! `rebin check`: findings, assertions and exit status.

use super::room::{Room, npy};
use crate::log_writer::{event, event_record, tagged_histogram, wandb_log};
use crate::protobuf::Message;
use serde_json::{Value, json};
use std::fs;

/// A W&B log with one histogram per step under `grad`, as logged in three items or in one object.
fn log(counts: &[[i64; 4]], in_one: bool) -> Vec<u8> {
    let rows = counts.iter().enumerate().map(|(step, counts)| {
        let edges = "[-2,-1,0,1,2.5]";
        let item = |label: &str, json: &str| Message::default().bytes(2, "grad").bytes(2, label).bytes(16, json);
        let history = if in_one {
            let json = format!(r#"{{"_type": "histogram", "values": {counts:?}, "bins": {edges}}}"#);
            Message::default().bytes(1, Message::default().bytes(1, "grad").bytes(16, json))
        } else {
            Message::default()
                .bytes(1, item("_type", "\"histogram\""))
                .bytes(1, item("values", &format!("{counts:?}")))
                .bytes(1, item("bins", edges))
        };
        Message::default().bytes(2, history.bytes(2, Message::default().varint(1, 10 * step as u64)))
    });
    wandb_log(&rows.collect::<Vec<_>>(), 0)
}

fn put(room: &Room, name: &str, bytes: impl AsRef<[u8]>) {
    fs::write(room.path(name), bytes).unwrap();
}

fn check(room: &Room, code: i32, arguments: &[&str]) -> Value {
    let done = room.run(&[&["check", "--json"], arguments].concat());
    assert_eq!(done.code, code, "{} {}", done.out, done.err);
    serde_json::from_str(&done.out).unwrap()
}

#[test]
fn a_log_is_checked_in_one_pass_over_both_forms() {
    let room = Room::new();
    let mut steps = vec![[10, 20, 20, 10]; 9];
    for in_one in [false, true] {
        put(&room, "run.wandb", log(&steps, in_one));
        assert_eq!(check(&room, 0, &["run.wandb"]), json!([]));
    }
    (steps[6], steps[7], steps[8]) = ([10, 20, 20, 8], [10, 20, 20, 7], [10, 20, 20, 8]);
    for in_one in [false, true] {
        put(&room, "run.wandb", log(&steps, in_one));
        let expected = json!([{
            "source": "run.wandb", "run": null, "key": "grad", "step": 60, "kind": "count-changed", "value": 58,
            "limit": 60, "message": "58 values, 2 fewer than before; NaN may be left out (at 3 steps)"
        }]);
        let mut found = check(&room, 1, &["run.wandb"]);
        found[0]["run"] = Value::Null;
        assert_eq!(found, expected);
    }
    let text = room.run(&["check", "run.wandb"]);
    assert_eq!(text.code, 1);
    assert!(text.out.contains("grad, step 60 count-changed: 58 values, 2 fewer than before"), "{}", text.out);
    assert_eq!(text.out.lines().count(), 1);
}

#[test]
fn entries_in_rare_forms_and_malformed_ones_are_checked_like_others() {
    let room = Room::new();
    let mut steps = vec![[10, 20, 20, 10]; 5];
    steps[3] = [-1, 20, 20, 10];
    // A difference has negative counts, and no rule applies to it.
    put(&room, "run.wandb", log(&steps, false));
    assert_eq!(check(&room, 0, &["run.wandb"]), json!([]));
    let packed = |values: &str| {
        let bins = r#""packedBins": {"min": 0, "size": 1, "count": 2}"#;
        format!(r#"{{"h": {{"_type": "histogram", "values": {values}, {bins}}}}}"#)
    };
    let lines: Vec<String> = ["[3, 4]", "[4, 3]", "[4, 3]", "[4, 4]", "[4, 5]", "[4]"].map(packed).to_vec();
    put(&room, "rows.jsonl", lines.join("\n"));
    let found = check(&room, 1, &["rows.jsonl"]);
    let kinds: Vec<_> = found.as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["count-changed", "unreadable"], "{found}");
}

#[test]
fn nan_is_located_and_zeros_and_equal_values_are_found() {
    let room = Room::new();
    room.write("x.csv", "a,b,name\n1,0,p\nnan,0,q\n3,0,r\ninf,0,s\n");
    let found = check(&room, 1, &["x.csv"]);
    let short: Vec<_> =
        found.as_array().unwrap().iter().map(|one| (&one["key"], &one["kind"], &one["value"])).collect();
    assert_eq!(
        short,
        [
            (&json!("a"), &json!("nan"), &json!(1)),
            (&json!("a"), &json!("inf"), &json!(1)),
            (&json!("b"), &json!("all-zero"), &json!(0))
        ]
    );
    assert_eq!(found[0]["message"], "1 NaN; the first is at line 3, column 'a'");
    // The text column is not damage.
    assert_eq!(check(&room, 1, &["-k", "b", "x.csv", "--assert", "zeros == n"]).as_array().unwrap().len(), 1);
}

#[test]
fn buckets_that_do_not_add_up_are_a_finding_and_not_a_second_problem() {
    let room = Room::new();
    let histogram = Message::default()
        .double(1, 0.5)
        .double(2, 2.0)
        .double(3, 12.0)
        .double(4, 9.0)
        .doubles(6, &[0.0, 1.0, 3.0])
        .doubles(7, &[0.0, 4.0, 6.0]);
    let event = event(7).bytes(5, tagged_histogram("h", histogram));
    put(&room, "events.out.tfevents.1.x", event_record(event));
    let found = check(&room, 1, &["events.out.tfevents.1.x"]);
    let one = &found[0];
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    assert_eq!(
        (&one["kind"], &one["value"], &one["limit"], &one["step"]),
        (&json!("unaccounted"), &json!(10), &json!(12), &json!(7))
    );
}

#[test]
fn assertions_concern_the_selected_steps_and_bins_have_bounds() {
    let room = Room::new();
    let mut steps = vec![[10, 20, 20, 10]; 4];
    steps[3] = [0, 0, 30, 30];
    put(&room, "run.wandb", log(&steps, false));
    let step = |arguments: &[&str]| {
        let found = check(&room, 1, arguments);
        found.as_array().unwrap().iter().map(|one| one["step"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(step(&["--assert", "mean < 0.2", "run.wandb"]), [json!(30)]);
    assert_eq!(step(&["-s", "all", "--assert", "n < 60", "run.wandb"]), [0, 10, 20, 30].map(|step| json!(step)));
    assert_eq!(step(&["-s", "all", "--assert", "drift.w1 == 0", "run.wandb"]), [json!(30)]);
    check(&room, 0, &["-s", "all", "--assert", "mean < 1.5 && nan == 0", "run.wandb"]);
    let found = check(&room, 1, &["--assert", "mean < 0.2", "run.wandb"]);
    assert_eq!((&found[0]["kind"], &found[0]["limit"]), (&json!("assertion"), &json!(0.2)));
    assert_eq!(found[0]["bounds"], json!([0.5, 1.75]));
}

#[test]
fn invalid_expressions_are_usage_errors_before_any_file_is_read() {
    let room = Room::new();
    let nested = format!("{}1 < 2", "(".repeat(900));
    for (expression, why) in [
        ("p99", "compare it"),
        ("nonsense < 3", "unknown name 'nonsense'"),
        ("mean <", "expected a number, a name or '(' at the end"),
        ("0 < mean < 1", "'0 < mean' is a comparison, not a number; join comparisons with && or ||"),
        (&nested, "100 nested parentheses, signs and powers is the maximum"),
    ] {
        let done = room.run(&["check", "--assert", expression, "missing.npy"]);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{expression}");
        assert!(done.err.contains(why) && !done.err.contains("missing.npy"), "{}", done.err);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
}

#[test]
fn sources_that_cannot_be_read_are_findings() {
    let room = Room::new();
    put(&room, "bad.npy", b"\x93NUMPY");
    put(&room, "good.npy", npy("<f8", &[1.0_f64, 2.0].map(f64::to_le_bytes).concat()));
    let found = check(&room, 1, &["bad.npy", "good.npy", "missing.npy"]);
    let all: Vec<_> = found.as_array().unwrap().iter().map(|one| (&one["source"], &one["kind"], &one["key"])).collect();
    assert_eq!(
        all,
        [
            (&json!("bad.npy"), &json!("unreadable"), &Value::Null),
            (&json!("missing.npy"), &json!("unreadable"), &Value::Null)
        ]
    );
    assert_eq!(check(&room, 0, &["good.npy"]), json!([]));
}
