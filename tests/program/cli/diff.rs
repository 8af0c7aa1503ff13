//! `rebin diff`: pairs of series, their distances, limits and exit status.

use super::room::{Room, npy};
use serde_json::{Value, json};
use std::fs;

fn floats(values: &[f64]) -> Vec<u8> {
    npy("<f8", &values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
}

fn array(room: &Room, name: &str, values: &[f64]) {
    fs::write(room.path(name), floats(values)).unwrap();
}

fn diff(room: &Room, arguments: &[&str]) -> Vec<Value> {
    let done = room.run(&[&["diff", "--json"], arguments].concat());
    assert_eq!((done.code, &*done.err), (0, ""));
    serde_json::from_str(&done.out).unwrap()
}

/// Key, step of A, step of B, and the side of a row.
fn names(rows: &[Value]) -> Vec<(String, Value, Value, Value)> {
    let side = |row: &Value, side: &str| row[side]["step"].clone();
    rows.iter()
        .map(|row| (row["key"].as_str().unwrap().into(), side(row, "a"), side(row, "b"), row["only"].clone()))
        .collect()
}

/// A log with histograms `w` and `v` in three steps, and `name` in each.
fn log(room: &Room, path: &str, name: &str, shift: usize) {
    let object = |n: usize| format!(r#"{{"_type": "histogram", "values": [{n}, 4, 1], "bins": [0, 1, 2, 3]}}"#);
    let line = |step: usize| {
        let (w, v) = (object(1 + step * shift), object(4));
        format!("{{\"_step\": {}, \"w\": {w}, \"v\": {v}, \"{name}\": {v}}}\n", step * 10)
    };
    room.write(path, &(0..3).map(line).collect::<String>());
}

#[test]
fn arrays_without_keys_are_paired_and_compared_exactly() {
    let room = Room::new();
    array(&room, "a.npy", &[0.0, 1.0, 2.0, 3.0]);
    array(&room, "b.npy", &[1.0, 2.0, 3.0, 5.0]);
    let rows = diff(&room, &["a.npy", "b.npy"]);
    let row = &rows[0];
    let expected = json!({
        "key": "", "a": {"source": "a.npy", "run": null, "step": null}, "b": {"source": "b.npy", "run": null, "step": null},
        "w1": 1.25, "ks": 0.25, "js": row["js"], "psi": row["psi"], "mean_delta": 1.25, "std_ratio": row["std_ratio"],
        "max_abs_diff": 2.0, "relative_l2": row["relative_l2"], "exact": true,
    });
    assert_eq!((rows.len(), row), (1, &expected));
    let close = |name: &str, x: f64| (row[name].as_f64().unwrap() - x).abs() < 1e-12;
    assert!(close("relative_l2", (7.0_f64 / 39.0).sqrt()) && close("std_ratio", (2.1875_f64 / 1.25).sqrt()), "{row}");

    let table = room.run(&["diff", "a.npy", "b.npy"]);
    let lines: Vec<Vec<&str>> = table.out.lines().map(|line| line.split_whitespace().collect()).collect();
    let head = ["key", "w1", "ks", "js", "psi", "mean_delta", "std_ratio", "max_abs_diff", "relative_l2"];
    assert_eq!(lines[0], head);
    assert_eq!((lines[1][0], lines[1][1], lines[1][2], lines[1][7]), ("\"\"", "1.25", "0.25", "2"));

    // Another shape has no differences of elements.
    array(&room, "short.npy", &[1.0, 2.0]);
    let row = &diff(&room, &["a.npy", "short.npy"])[0];
    assert_eq!((&row["max_abs_diff"], &row["relative_l2"], &row["exact"]), (&Value::Null, &Value::Null, &json!(true)));
}

#[test]
fn a_bare_array_pairs_with_the_only_selected_series() {
    let room = Room::new();
    array(&room, "w.npy", &[0.0, 1.0]);
    room.write("t.csv", "w,v\n0,5\n1,6\n");
    let rows = diff(&room, &["-k", "w", "w.npy", "t.csv"]);
    assert_eq!(
        (rows.len(), &rows[0]["key"], &rows[0]["w1"], &rows[0]["max_abs_diff"]),
        (1, &json!("w"), &json!(0.0), &json!(0.0))
    );
}

#[test]
fn a_key_that_neither_side_has_is_an_error() {
    let room = Room::new();
    array(&room, "a.npy", &[0.0, 1.0]);
    array(&room, "b.npy", &[0.0, 2.0]);
    let done = room.run(&["diff", "-k", "nope", "a.npy", "b.npy"]);
    let message = "rebin: neither a.npy nor b.npy has a series 'nope'\n";
    assert_eq!((done.code, &*done.out, &*done.err), (1, "", message));
    // Printed by `ls` for an array without a key.
    assert_eq!(room.run(&["diff", "-k", "\"\"", "a.npy", "b.npy"]).code, 0);
}

#[test]
fn series_are_not_on_one_side_only_if_the_other_cannot_be_read() {
    let room = Room::new();
    log(&room, "a.jsonl", "only_a", 0);
    for sides in [["a.jsonl", "missing.npy"], ["missing.npy", "a.jsonl"]] {
        let done = room.run(&[&["diff"], &sides[..]].concat());
        let message = "rebin: cannot read missing.npy: no such file or directory\n";
        assert_eq!((done.code, &*done.out, &*done.err), (1, "", message));
        assert_eq!(room.run(&[&["diff", "--json"], &sides[..]].concat()).out, "[]\n");
    }
}

#[test]
fn logged_histograms_have_bounds_and_are_sorted_by_distance() {
    let room = Room::new();
    log(&room, "a.jsonl", "only_a", 0);
    log(&room, "b.jsonl", "only_b", 9);
    let rows = diff(&room, &["a.jsonl", "b.jsonl"]);
    let twenty = json!(20);
    let expected = [
        ("w".into(), twenty.clone(), twenty.clone(), Value::Null),
        ("v".into(), twenty.clone(), twenty.clone(), Value::Null),
        ("only_a".into(), twenty.clone(), Value::Null, json!("a")),
        ("only_b".into(), Value::Null, twenty, json!("b")),
    ];
    assert_eq!(names(&rows), expected);
    assert_eq!((&rows[0]["exact"], &rows[0]["max_abs_diff"]), (&json!(false), &Value::Null));
    for name in ["w1", "ks", "js", "psi", "mean_delta", "std_ratio"] {
        let bounds: [f64; 2] = serde_json::from_value(rows[0]["bounds"][name].clone()).unwrap();
        let value = rows[0][name].as_f64().unwrap();
        assert!(bounds[0] <= value && value <= bounds[1], "{name}: {value} {bounds:?}");
    }
    assert!(rows[0]["bounds"].get("max_abs_diff").is_none());
    assert_eq!((rows[2].get("w1"), &rows[2]["b"]), (None, &Value::Null));

    let table = room.run(&["diff", "a.jsonl", "b.jsonl"]).out;
    let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
    assert_eq!((last[0], &last[last.len() - 3..]), ("only_b", &["only", "in", "B"][..]), "{table}");
    let by_name = diff(&room, &["--sort", "mean_delta", "-k", "[vw]", "a.jsonl", "b.jsonl"]);
    assert_eq!(by_name.iter().map(|row| row["key"].as_str().unwrap()).collect::<Vec<_>>(), ["w", "v"]);
}

#[test]
fn each_side_can_have_its_own_step() {
    let room = Room::new();
    log(&room, "a.jsonl", "x", 3);
    let steps = |arguments: &[&str]| {
        let rows = diff(&room, &[&["-k", "w"], arguments].concat());
        rows.iter().map(|row| (row["a"]["step"].clone(), row["b"]["step"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(steps(&["a.jsonl:0", "a.jsonl"]), [(json!(0), json!(20))]);
    assert_eq!(steps(&["-s", "10", "a.jsonl:first", "a.jsonl"]), [(json!(0), json!(10))]);
    let all = steps(&["-s", "all", "a.jsonl", "a.jsonl"]);
    assert_eq!(all, [0, 10, 20].map(|step| (json!(step), json!(step))));
    // A file whose name contains the colon wins.
    fs::rename(room.path("a.jsonl"), room.path("a.jsonl:10")).unwrap();
    assert_eq!(steps(&["a.jsonl:10", "a.jsonl:10:0"]), [(json!(20), json!(0))]);
    let missing = room.run(&["diff", "a.jsonl:10:7", "a.jsonl:10"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("step 7 does not exist"), "{}", missing.err);
}

#[test]
fn limits_fail_with_the_metric_and_the_series() {
    let room = Room::new();
    array(&room, "a.npy", &[0.0, 1.0, 2.0, 3.0]);
    array(&room, "b.npy", &[1.0, 2.0, 3.0, 5.0]);
    let run = |limits: &[&str], b: &str| {
        let limits: Vec<&str> = limits.iter().flat_map(|limit| ["--fail-above", *limit]).collect();
        let done = room.run(&[&["diff", "a.npy", b], &limits[..]].concat());
        (done.code, done.err)
    };
    assert_eq!(run(&["w1=1.25", "ks=0.3"], "b.npy"), (0, String::new()));
    let failed = run(&["w1=1.2", "ks=0.3", "max_abs_diff=1"], "b.npy");
    assert_eq!(failed, (1, "rebin: w1 is 1.25, above 1.2\nrebin: max_abs_diff is 2, above 1\n".into()));
    // A shift to lower values is a difference, too.
    array(&room, "low.npy", &[-9.0, -8.0, -7.0, -6.0]);
    assert_eq!(run(&["mean_delta=5"], "low.npy").0, 1);
    // What cannot be compared cannot pass.
    array(&room, "nan.npy", &[f64::NAN, 1.0, 2.0, 3.0]);
    assert_eq!(run(&["max_abs_diff=1"], "nan.npy"), (1, "rebin: max_abs_diff is inf, above 1\n".into()));
    array(&room, "short.npy", &[0.0, 1.0]);
    let unknown = "rebin: max_abs_diff is unknown, so it cannot be below 1\n";
    assert_eq!(run(&["max_abs_diff=1"], "short.npy"), (1, unknown.into()));
}

#[test]
fn limits_and_metrics_are_checked_before_any_file_is_read() {
    let room = Room::new();
    let cases = [
        (
            &["--fail-above", "ks"][..],
            "invalid value 'ks' for '--fail-above <METRIC=X>': expected METRIC=X, such as ks=0.1",
        ),
        (&["--fail-above", "kl=1"], "unknown metric 'kl'; expected one of w1, ks, js, psi, mean_delta, std_ratio"),
        (&["--fail-above", "ks=x"], "'x' is not a finite number"),
        (&["--sort", "mean"], "invalid value 'mean' for '--sort <METRIC>'"),
        (&["-s", "x"], "expected a step number, first, last or all"),
    ];
    for (options, message) in cases {
        let done = room.run(&[&["diff", "missing.npy", "other.npy"], options].concat());
        assert_eq!(
            (done.code, done.err.lines().count(), done.err.contains("missing.npy")),
            (2, 1, false),
            "{}",
            done.err
        );
        assert!(done.err.contains(message), "{}", done.err);
    }
    assert_eq!(room.run(&["diff", "a.npy"]).code, 2);
    let both = room.run(&["diff", "-", "-"]);
    assert_eq!((both.code, &*both.err), (2, "rebin: only one of A and B can be '-'; see rebin diff --help\n"));
}

#[test]
fn unreadable_files_and_sides_without_common_series_fail() {
    let room = Room::new();
    room.write("a.csv", "x\n1\n");
    room.write("b.csv", "y\n1\n2\n");
    room.write("c.csv", "x,z\n1,2\n2,3\n");
    let missing = room.run(&["diff", "a.csv", "gone.csv"]);
    assert_eq!(missing.code, 1);
    assert!(missing.err.starts_with("rebin: cannot read gone.csv: "), "{}", missing.err);
    let disjoint = room.run(&["diff", "--json", "a.csv", "b.csv"]);
    assert_eq!((disjoint.code, &*disjoint.err), (1, "rebin: a.csv and b.csv have no series in common\n"));
    let rows: Vec<Value> = serde_json::from_str(&disjoint.out).unwrap();
    assert_eq!(rows.iter().map(|row| row["only"].clone()).collect::<Vec<_>>(), ["a", "b"]);
    let absent = room.run(&["diff", "-k", "q", "a.csv", "c.csv"]);
    assert_eq!((absent.code, &*absent.err), (1, "rebin: neither a.csv nor c.csv has a series 'q'\n"));
    assert_eq!(diff(&room, &["a.csv", "c.csv"]).len(), 2);
}

#[test]
fn folders_pair_by_key_then_by_run_or_path() {
    let room = Room::new();
    for (folder, shift) in [("old", 0.0), ("new", 1.0)] {
        fs::create_dir_all(room.path(&format!("{folder}/sub"))).unwrap();
        array(&room, &format!("{folder}/w.npy"), &[shift, 1.0 + shift]);
        array(&room, &format!("{folder}/sub/w.npy"), &[10.0, 11.0 + shift]);
    }
    let sources = |rows: &[Value]| {
        let source = |row: &Value, side: &str| row[side]["source"].as_str().unwrap_or("-").to_owned();
        let mut all: Vec<String> =
            rows.iter().map(|row| format!("{} {}", source(row, "a"), source(row, "b"))).collect();
        all.sort();
        all
    };
    let rows = diff(&room, &["old", "new"]);
    assert_eq!(sources(&rows), ["old/sub/w.npy new/sub/w.npy", "old/w.npy new/w.npy"]);
    // One source is compared with each of several.
    let each = diff(&room, &["old/w.npy", "new"]);
    assert_eq!(sources(&each), ["old/w.npy new/sub/w.npy", "old/w.npy new/w.npy"]);
    // Shards may be distributed differently.
    for (file, text) in
        [("s/1.csv", "a,b\n1,2\n"), ("s/2.csv", "c\n3\n"), ("t/1.csv", "a\n1\n"), ("t/2.csv", "b,c\n2,3\n")]
    {
        fs::create_dir_all(room.path(file).parent().unwrap()).unwrap();
        room.write(file, text);
    }
    let shards = diff(&room, &["s", "t"]);
    let zero: Vec<&Value> = shards.iter().map(|row| &row["w1"]).collect();
    assert_eq!(zero, [&json!(0.0); 3]);
}
