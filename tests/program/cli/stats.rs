//! `rebin stats`: one row per series and step.

use super::room::{Room, npy};
use serde_json::{Value, json};
use std::fs;

fn stats(room: &Room, arguments: &[&str]) -> Value {
    let done = room.run(&[&["stats", "--json"], arguments].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

#[test]
fn samples_have_exact_statistics_and_bins_have_bounds() {
    let room = Room::new();
    room.write("h.json", r#"{"_type": "histogram", "values": [4, 4], "bins": [0, 1, 2]}"#);
    room.write("x.csv", "x,y\n1,1\nnan,1\n0,1\n3,1\n,1\ninf,1\n-4,1\nabc,1\n");
    let found = stats(&room, &["--quantile", "0.5", "--quantile", "0", "-k", "x", "x.csv"]);
    let expected = json!([{
        "source": "x.csv", "run": null, "key": "x", "step": null, "kind": "samples", "n": 4, "nan": 1, "posinf": 1,
        "neginf": 0, "missing": 1, "bad": 1, "zeros": 1, "mean": 0.0, "std": 6.5_f64.sqrt(),
        "skewness": found[0]["skewness"], "kurtosis": found[0]["kurtosis"], "min": -4, "max": 3, "mean_abs": 2.0,
        "l2": 26_f64.sqrt(), "quantiles": {"0.5": 0.5, "0": -4.0},
    }]);
    let close = |name: &str, x: f64| (found[0][name].as_f64().unwrap() - x).abs() < 1e-12;
    assert!(close("skewness", -9.0 / 6.5_f64.powf(1.5)) && close("kurtosis", 84.5 / 6.5_f64.powi(2) - 3.0), "{found}");
    for (name, value) in expected[0].as_object().unwrap() {
        let same = found[0][name].as_f64().zip(value.as_f64()).map_or(&found[0][name] == value, |(a, b)| a == b);
        assert!(same, "{name}: {} is not {value}", found[0][name]);
    }

    let bins = &stats(&room, &["--quantile", "0.25", "h.json"])[0];
    assert_eq!((&bins["n"], &bins["nan"], &bins["zeros"]), (&json!(8), &Value::Null, &Value::Null));
    assert_eq!((&bins["mean"], &bins["std"]), (&json!(1.0), &json!(0.5)));
    let bounds = json!({"mean": [0.5, 1.5], "std": [0.0, 1.0], "min": [0.0, 1.0], "max": [1.0, 2.0], "zeros": [0, 4]});
    for (name, value) in bounds.as_object().unwrap() {
        assert_eq!(&bins["bounds"][name], value, "{name}");
    }
    assert_eq!(
        (&bins["quantiles"], &bins["bounds"]["quantiles"]),
        (&json!({"0.25": 0.5}), &json!({"0.25": [0.0, 1.0]}))
    );
    // Nothing bounds the shape, because all values may be equal.
    assert_eq!(bins["bounds"]["skewness"], json!([null, null]));
}

#[test]
fn every_step_of_every_selected_series_has_a_row() {
    let room = Room::new();
    let object = |n: usize| format!(r#"{{"_type": "histogram", "values": [{n}, 1], "bins": [0, 1, 2]}}"#);
    let line =
        |step: usize| format!("{{\"_step\": {}, \"a,\\\"x\": {}, \"b\": {}}}\n", step * 10, object(step), object(9));
    room.write("run.jsonl", &(1..=3).map(line).collect::<String>());
    let steps = |found: &Value| -> Vec<(String, i64)> {
        let row = |row: &Value| (row["key"].as_str().unwrap().to_owned(), row["step"].as_i64().unwrap());
        found.as_array().unwrap().iter().map(row).collect()
    };
    let all = stats(&room, &["-s", "all", "-k", "b", "run.jsonl"]);
    assert_eq!(steps(&all), [10, 20, 30].map(|step| ("b".to_owned(), step)));
    assert_eq!(steps(&stats(&room, &["run.jsonl"])), [("a,\"x".to_owned(), 30), ("b".to_owned(), 30)]);

    let csv = room.run(&["stats", "--csv", "-s", "all", "run.jsonl"]);
    let lines: Vec<&str> = csv.out.lines().collect();
    assert_eq!((csv.code, lines.len()), (0, 7));
    assert!(lines[0].starts_with("source,run,key,step,kind,n,nan,") && lines[0].contains(",q0.999,mean_lo,mean_hi,"));
    assert!(lines[1].starts_with(r#""run.jsonl",,"a,""x",10,"histogram",2,,,,,,"#), "{}", lines[1]);
    let columns = lines[0].split(',').count();
    assert_eq!(lines[4].split(',').count(), columns, "{}", lines[4]);

    let missing = room.run(&["stats", "-s", "7", "run.jsonl"]);
    assert_eq!((missing.code, missing.out.lines().count()), (1, 0));
    assert!(missing.err.contains("step 7 does not exist"), "{}", missing.err);
}

#[test]
fn the_table_shows_only_known_digits() {
    let room = Room::new();
    room.write("h.json", r#"{"_type": "histogram", "values": [4, 4], "bins": [0, 1, 2]}"#);
    let values: Vec<u8> = (0..1000).map(|i| f64::from(i) / 999.0).flat_map(f64::to_le_bytes).collect();
    fs::write(room.path("line.npy"), npy("<f8", &values)).unwrap();
    let out = room.run(&["stats", "h.json", "line.npy"]).out;
    let lines: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..8], ["source", "key", "step", "n", "nan", "inf", "zeros", "mean"]);
    let bins = "h.json \"\" - 8 - - 0.0–50.0 % ≈ 1 ≈ 1 - - ≈ 0 ≈ 0 ≈ 1 ≈ 2 ≈ 2";
    assert_eq!(lines[1].join(" "), bins);
    let samples = "line.npy \"\" - 1,000 0 0 0.1 % 0.5 0.2890 0 -1.2000 0 0.01 0.5 0.99 1";
    assert_eq!(lines[2].join(" "), samples);
}

#[test]
fn invalid_quantiles_and_formats_are_usage_errors() {
    let room = Room::new();
    for arguments in [&["--quantile", "1.5"][..], &["--quantile", "x"], &["--quantile=-1"], &["--json", "--csv"]] {
        let done = room.run(&[&["stats"], arguments, &["missing.npy"]].concat());
        assert_eq!((done.code, done.err.contains("missing.npy")), (2, false), "{}", done.err);
    }
}
