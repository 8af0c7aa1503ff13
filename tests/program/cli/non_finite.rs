//! NaN and infinities: omitted, located and counted, or refused like in numpy.

use super::room::Room;

#[test]
fn non_finite_samples_are_omitted_located_and_counted() {
    let room = Room::new();
    room.write("mixed.csv", "x\n1\nnan\ninf\n3\n\n-inf\noops\n9\n");
    let unranged = room.run(&["export", "mixed.csv", "-b", "2"]);
    assert_eq!(
        (unranged.code, &*unranged.out),
        (0, "{\"_type\": \"histogram\", \"values\": [2, 1], \"bins\": [1.0, 5.0, 9.0]}\n")
    );
    let located =
        "1 NaN (first: line 3, column 'x'), 1 +inf (first: line 4, column 'x'), 1 -inf (first: line 7, column 'x')";
    assert_eq!(unranged.err.lines().last().unwrap(), format!("rebin: x: excluded 3 of 6 values: {located}"));

    // numpy's error, for every command that would detect the range.
    for command in [&["export"][..], &["show"], &["count"]] {
        let refused = room.run(&[command, &["--nan", "error", "mixed.csv"]].concat());
        assert_eq!((refused.code, &*refused.out), (1, ""), "{command:?}");
        let last = refused.err.lines().last().unwrap();
        let why = "autodetected range of [nan, nan] is not finite; leave NaN and infinite values out with --nan omit";
        assert!(last.starts_with("rebin: mixed.csv: ") && last.ends_with(why), "{last}");
    }
    room.write("inf.csv", "x\n1\ninf\n3\n");
    let infinite = room.run(&["export", "--nan", "error", "inf.csv"]);
    assert!(
        infinite.code == 1 && infinite.err.contains("autodetected range of [1.0, inf] is not finite"),
        "{}",
        infinite.err
    );
    let ranged = room.run(&["export", "--nan", "error", "-b", "2", "--range", "0,4", "inf.csv"]);
    assert_eq!(ranged.out, "{\"_type\": \"histogram\", \"values\": [1, 1], \"bins\": [0.0, 2.0, 4.0]}\n");
    let usage = room.run(&["export", "--nan", "maybe", "missing.csv"]);
    assert!(usage.code == 2 && usage.err.contains("'maybe'"), "{}", usage.err);

    let ranged = room.run(&["export", "mixed.csv", "-b", "2", "--range", "0,4"]);
    assert_eq!(ranged.out, "{\"_type\": \"histogram\", \"values\": [1, 1], \"bins\": [0.0, 2.0, 4.0]}\n");
    let warnings: Vec<&str> = ranged.err.lines().collect();
    assert_eq!(warnings[1], format!("rebin: x: excluded 4 of 6 values: {located}, 1 out of range"));
    let skipped = "rebin: x: skipped 1 cell that is not a number; first: line 8, ";
    assert!(warnings[0].starts_with(skipped), "{}", warnings[0]);

    // numpy counts infinities between infinite edges.
    let infinite = room.run(&["export", "mixed.csv", "--edges", "-inf,2,inf"]);
    assert_eq!(infinite.out, "{\"_type\": \"histogram\", \"values\": [2, 3], \"bins\": [-Infinity, 2.0, Infinity]}\n");

    let shown = room.run(&["show", "mixed.csv", "--height", "8"]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.contains("n 3 ") && shown.out.contains("nan 1, first line 3, column 'x'"), "{}", shown.out);

    // The table of `ls` counts finite values. `total` in its JSON is the number of all values.
    let listed = room.run(&["ls", "mixed.csv"]).out;
    assert!(listed.lines().nth(1).unwrap().contains(" 1     -      3  "), "{listed}");
    let listed = room.run(&["ls", "--json", "mixed.csv"]).out;
    assert!(listed.contains(r#""total": 6, "min": 1.0, "max": 9.0, "nan": 1, "posinf": 1, "neginf": 1"#), "{listed}");
}

/// numpy makes no bins around a number whose neighbors are further away than one half.
#[test]
fn ranges_without_bins_are_refused_with_the_file_and_a_remedy() {
    let room = Room::new();
    room.write("large.csv", "x\n1e300\n1e300\n");
    let numpy = |n| format!("Too many bins for data range. Cannot create {n} finite-sized bins.");
    for (command, n, remedy) in [
        (&["export"][..], 64, "Use fewer bins (--bins) or another range (--range)"),
        (&["export", "-b", "1"], 1, "Use another range (--range)"),
        (&["export", "-b", "1", "--spacing", "symlog"], 1, "Use another range (--range)"),
        (&["count", "-o", "-"], 1, "Use another range (--range)"),
    ] {
        let refused = room.run(&[command, &["large.csv"]].concat());
        assert_eq!((refused.code, &*refused.out), (1, ""), "{command:?}");
        let name = if command[0] == "count" { "large.csv" } else { "large.csv: x" };
        assert_eq!(refused.err, format!("rebin: {name}: {} {remedy}\n", numpy(n)));
    }
    let widened = room.run(&["export", "-b", "1", "--spacing", "log", "large.csv"]);
    assert_eq!(widened.out, "{\"_type\": \"histogram\", \"values\": [2], \"bins\": [5e+299, 2e+300]}\n");
}
