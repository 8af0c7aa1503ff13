//! `rebin show --json`: histograms with the largest error of each bin.

use super::room::Room;
use serde_json::{Value, json};

fn shown(room: &Room, arguments: &[&str]) -> Value {
    let done = room.run(&[&["show", "--json"], arguments].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

#[test]
fn redistributed_bins_have_bounds_and_samples_are_exact() {
    let room = Room::new();
    room.write("h.json", r#"{"_type": "histogram", "values": [4, 6, 8], "bins": [0, 1, 2, 4]}"#);
    room.write("x.csv", "x\n1\nnan\n2\n4\n");
    let logged = json!([{
        "source": "h.json", "run": null, "key": "", "step": null, "kind": "histogram", "certainty": "logged",
        "bins": [0, 1, 2, 4], "values": [4, 6, 8], "max_error": [0.0, 0.0, 0.0], "below": 0.0, "above": 0.0,
    }]);
    assert_eq!(shown(&room, &["h.json"]), logged);
    // The third bin is cut in the middle: its eight samples may all be on either side.
    let cut = &shown(&room, &["h.json", "--edges", "0,3,4"])[0];
    assert_eq!((&cut["certainty"], &cut["values"]), (&json!("approximate"), &json!([14, 4])));
    assert_eq!(cut["max_error"], json!([4.0, 4.0]));
    let samples = &shown(&room, &["x.csv", "-b", "2"])[0];
    assert_eq!((&samples["certainty"], &samples["values"]), (&json!("exact"), &json!([2, 1])));
    let counts = ["n", "nan", "posinf", "neginf", "missing"].map(|name| samples[name].as_u64().unwrap());
    assert_eq!((counts, &samples["max_error"]), ([3, 1, 0, 0, 0], &json!([0.0, 0.0])));
    let pool = shown(&room, &["--pool", "x.csv", "x.csv"]);
    assert!(pool.as_array().is_some_and(|all| all.len() == 1), "{pool}");
}

#[test]
fn without_a_readable_file_the_array_is_empty() {
    let room = Room::new();
    room.write("bad.json", "[1, 2");
    let done = room.run(&["show", "--json", "bad.json"]);
    assert_eq!((done.code, &*done.out), (1, "[]\n"));
}
