//! `--spacing` of `show` and `export`.

use super::room::Room;

#[test]
fn bins_are_spaced_on_an_axis() {
    let room = Room::new();
    room.write("a.csv", "x\n0\n1\n5\n10\n100\n1000\n");
    let text = room.run(&["show", "--json", "--bins", "3", "--spacing", "log", "a.csv"]).out;
    assert!(text.contains(r#""bins": [1.0, 10.0, 100.0, 1000.0], "values": [2, 1, 2]"#), "{text}");
    assert!(text.contains(r#""below": 1"#), "{text}");
    let csv = room.run(&["export", "--format", "csv", "--bins", "2", "--spacing", "symlog", "a.csv"]);
    assert!(csv.code == 0 && csv.out.starts_with("left,right,count\n0.0,"), "{}", csv.out);
}

/// Detected before any file is read.
#[test]
fn logarithmic_bins_need_a_positive_range() {
    let room = Room::new();
    for command in ["show", "export"] {
        let refused = room.run(&[command, "--spacing", "log", "--range=-1,2", "missing.csv"]);
        assert_eq!(refused.code, 2, "{}", refused.err);
        let words = "--spacing log needs a range above zero, not [-1, 2]; use --spacing symlog";
        assert!(refused.err.contains(words), "{}", refused.err);
    }
    room.write("a.csv", "x\n-1\n-5\n");
    let failed = room.run(&["show", "--spacing", "log", "a.csv"]);
    assert_eq!(failed.code, 1);
    assert!(failed.err.contains("logarithmic bins need values above zero; use symlog spacing"), "{}", failed.err);
}
