//! The binary as scripts use it: output, error messages, exit status.

mod check;
mod diff;
mod export;
mod memory;
mod messages;
mod non_finite;
mod parts;
mod pool;
mod room;
mod runs;
mod show_json;
mod spacing;
mod stats;

use room::{Room, npy};
use serde_json::Value;
use std::fs;

/// Returns 20,000 nearly normal samples, and numpy's counts of them in 512 bins.
fn nearly_normal() -> (Vec<f64>, String) {
    // Python writes NaN and Infinity, which JSON does not have.
    let json = include_str!("../golden/golden_numpy.json").replace("NaN", "null").replace("-Infinity", "null");
    let json = json.replace("Infinity", "null");
    let golden: Value = serde_json::from_str(&json).unwrap();
    let vector = golden["vectors"].as_array().unwrap().iter().find(|vector| vector["name"] == "bins_512").unwrap();
    let list =
        |name: &str| vector[name].as_array().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    // The edges are strings with Python's digits.
    let (counts, edges) = (list("counts"), list("edges").replace('"', ""));
    let expected = format!(r#"{{"_type": "histogram", "values": [{counts}], "bins": [{edges}]}}"#);
    // The vector's recipe: sums of twelve uniform numbers from splitmix64 with seed 1.
    let mut state: u64 = 1;
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 * 2_f64.powi(-53)
    };
    let samples = (0..20_000).map(|_| (0..12).fold(0.0, |sum, _| sum + uniform()) - 6.0).collect();
    (samples, expected)
}

fn floats(values: &[f64]) -> Vec<u8> {
    npy("<f8", &values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())
}

fn values(json: &str) -> Vec<f64> {
    let json: Value = serde_json::from_str(json).unwrap();
    json["values"].as_array().unwrap().iter().map(|count| count.as_f64().unwrap()).collect()
}

#[test]
fn exporting_and_rebinning_keeps_the_total() {
    let room = Room::new();
    let (samples, expected) = nearly_normal();
    fs::write(room.path("weights.npy"), floats(&samples)).unwrap();

    let done = room.run(&["export", "-b", "512", "-o", "weights", "weights.npy"]);
    assert_eq!((done.code, &*done.out, &*done.err), (0, "", "rebin: wrote weights.json\n"));
    assert_eq!(fs::read_to_string(room.path("weights.json")).unwrap(), expected);

    let again = room.run(&["export", "weights.json"]);
    assert_eq!((again.code, again.out), (0, expected + "\n"));

    let fifty = room.run(&["export", "-b", "50", "weights.json"]);
    let counts = values(&fifty.out);
    assert_eq!((counts.len(), counts.iter().sum::<f64>()), (50, 20_000.0));
    assert_eq!(fifty.err.lines().count(), 1);
    assert!(fifty.err.contains("approximate: redistributed from 512 logged bins"), "{}", fifty.err);

    // 256 bins are pairs of 512 bins, so none is cut.
    let half = room.run(&["export", "-b", "256", "weights.json"]);
    assert_eq!((values(&half.out).iter().sum::<f64>(), &*half.err), (20_000.0, ""));
}

#[test]
fn names_get_the_same_suffix_as_in_wandb() {
    let cases = [
        ("name", "none", "name.json"),
        ("name.json", "none", "name.json"),
        ("nojson", "none", "nojson"),
        ("name.HISTOGRAM.JSON", "none", "name.HISTOGRAM.JSON.json"),
        ("other", "histogram", "other.histogram.json"),
        ("other.json", "histogram", "other.json.histogram.json"),
        ("x.histogram.json", "histogram", "x.histogram.json"),
        ("xhistogram.json", "histogram", "xhistogram.json"),
    ];
    for (name, artifact_type, written) in cases {
        let room = Room::new();
        room.write("h.txt", "1\n2\n3\n");
        let done = room.run(&["export", "-b", "2", "h.txt", "-o", name, "--artifact-type", artifact_type]);
        assert_eq!(done.code, 0, "{}", done.err);
        let text = fs::read_to_string(room.path(written)).unwrap();
        assert_eq!(text, r#"{"_type": "histogram", "values": [1, 2], "bins": [1.0, 2.0, 3.0]}"#);
    }
}

#[test]
fn bins_equal_numpys() {
    let room = Room::new();
    let ints: Vec<u8> = (0..10_i64).flat_map(i64::to_le_bytes).collect();
    fs::write(room.path("i.npy"), npy("<i8", &ints)).unwrap();
    let cases: [(&[&str], &str); 6] = [
        (&["-b", "2"], r#"{"_type": "histogram", "values": [5, 5], "bins": [0.0, 4.5, 9.0]}"#),
        (&["--edges", "0,5,9"], r#"{"_type": "histogram", "values": [5, 5], "bins": [0, 5, 9]}"#),
        (&["--edges", "-1,5.5"], r#"{"_type": "histogram", "values": [6], "bins": [-1.0, 5.5]}"#),
        (&["-b", "2", "--range", "-1,9"], r#"{"_type": "histogram", "values": [4, 6], "bins": [-1.0, 4.0, 9.0]}"#),
        (
            &["-b", "sturges", "--range", "0,8.0"],
            r#"{"_type": "histogram", "values": [2, 2, 1, 2, 2], "bins": [0.0, 1.6, 3.2, 4.800000000000001, 6.4, 8.0]}"#,
        ),
        (
            &["-b", "2", "--density"],
            r#"{"_type": "histogram", "values": [0.11111111111111112, 0.11111111111111112], "bins": [0.0, 4.5, 9.0]}"#,
        ),
    ];
    for (options, expected) in cases {
        let done = room.run(&[&["export", "i.npy"], options].concat());
        assert_eq!((done.code, done.out.trim_end()), (0, expected), "{options:?} {}", done.err);
    }
    let table = room.run(&["export", "i.npy", "-b", "2", "--format", "csv"]);
    assert_eq!(table.out, "left,right,count\n0.0,4.5,5\n4.5,9.0,5\n");
    assert_eq!(room.run(&["export", "i.npy", "-o", "t.csv"]).code, 0);
    assert!(fs::read_to_string(room.path("t.csv")).unwrap().starts_with("left,right,count\n0.0,0.140625,1\n"));
}

#[test]
fn usage_errors_exit_with_2_before_any_file_is_read() {
    let room = Room::new();
    let rules = "a rule (auto, fd, scott, doane, rice, stone, sturges, sqrt)";
    let bins = |value: &str| format!("invalid value '{value}' for '--bins <N>': expected 1 to 512, or {rules}");
    let range = |value: &str, why: &str| format!("invalid value '{value}' for '--range <LO,HI>': {why}");
    let edges = |value: &str, why: &str| format!("invalid value '{value}' for '--edges <E0,E1,…>': {why}");
    let many = (0..514).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    let cases: [(&[&str], String); 21] = [
        (&["-b", "0"], bins("0")),
        (&["-b", "-2"], bins("-2")),
        (&["--bins=-2"], bins("-2")),
        (&["-b", "513"], bins("513")),
        (&["-b", "900"], bins("900")),
        (&["-b", "2.5"], bins("2.5")),
        (&["-b", "ten"], bins("ten")),
        (&["--range", "1"], range("1", "expected two numbers, such as -1,2.5")),
        (&["--range", "0,x"], range("0,x", "'x' is not a number")),
        (&["--range", "3,1"], range("3,1", "LO must not be greater than HI")),
        (&["--range", "-1,-2"], range("-1,-2", "LO must not be greater than HI")),
        (&["--range", "nan,1"], range("nan,1", "a range cannot contain NaN")),
        (&["--range", "inf,inf"], range("inf,inf", "the range must be finite")),
        (&["--edges", "1"], edges("1", "expected at least 2 edges")),
        (&["--edges", "3,1"], edges("3,1", "edges must not decrease")),
        (&["--edges", "-1,-2"], edges("-1,-2", "edges must not decrease")),
        (&["--edges", "0,nan"], edges("0,nan", "an edge cannot be NaN")),
        (&["--edges", "0,inf,inf"], edges("0,inf,inf", "only the first and the last edge can be infinite")),
        (&["--edges", &many], edges(&many, "513 bins exceed the maximum of 512")),
        (&["-s", "next"], "invalid value 'next' for '--step <N>': expected a step number, first, last or all".into()),
        (&["--range", "0,1", "--edges", "0,1"], "the argument '--range <LO,HI>' cannot be used with".into()),
    ];
    for command in ["show", "export"] {
        for (options, error) in &cases {
            let done = room.run(&[&[command, "missing.npy", "missing.json"], *options].concat());
            assert_eq!((done.code, &*done.out), (2, ""), "{command} {options:?}");
            assert!(done.err.starts_with(&format!("rebin: {error}")), "{options:?}: {}", done.err);
            assert!(done.err.ends_with(&format!("; see rebin {command} --help\n")), "{}", done.err);
            assert_eq!(done.err.lines().count(), 1, "{}", done.err);
        }
    }
    for range in ["2,1", "0,inf", "nan,1"] {
        let done = room.run(&["count", "--range", range, "missing.npy"]);
        assert!(done.code == 2 && done.err.contains(&format!("'{range}' for '--range <LO,HI>'")), "{}", done.err);
    }
    assert_eq!(room.run(&["show", "missing.npy"]).code, 1);
}

#[test]
fn conditions_of_the_data_exit_with_1_and_the_message_of_numpy_or_wandb() {
    let room = Room::new();
    let heavy_tailed: Vec<f64> = (1..4000).map(|i| 1.0 / f64::from(i)).collect();
    fs::write(room.path("wild.npy"), floats(&heavy_tailed)).unwrap();
    fs::write(room.path("far.npy"), floats(&[1e17; 3])).unwrap();
    room.write("logged.json", r#"{"_type": "histogram", "values": [1, 2], "bins": [0, 1, 2]}"#);
    let cases: [(&[&str], &str); 4] = [
        (&["wild.npy", "-b", "fd"], "fd asks for 11,912 bins; the maximum length of a histogram is 512"),
        (&["wild.npy", "--range", "0,inf"], "supplied range of [0, inf] is not finite"),
        (&["far.npy"], "Too many bins for data range. Cannot create 64 finite-sized bins."),
        (&["logged.json", "--range", "7,9"], "the range [7, 9] contains no bin"),
    ];
    for (options, error) in cases {
        let done = room.run(&[&["export"], options].concat());
        assert_eq!((done.code, &*done.out), (1, ""), "{options:?}");
        assert!(done.err.starts_with(&format!("rebin: {}: {error}", options[0])), "{options:?}: {}", done.err);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
    // numpy widens an empty range by 0.5 on either side.
    let empty = room.run(&["export", "wild.npy", "-b", "2", "--range", "1,1"]);
    assert!(empty.code == 0 && empty.out.contains("[0.5, 1.0, 1.5]"), "{} {}", empty.out, empty.err);
    assert_eq!(room.run(&["show", "logged.json", "--range", "1,inf"]).code, 0);
}

#[test]
fn only_edges_of_a_file_can_be_repaired() {
    let room = Room::new();
    room.write("broken.json", r#"{"_type": "histogram", "values": [1, 2], "bins": [0, 2, 1]}"#);
    let broken = room.run(&["show", "broken.json"]);
    let remedy = "`bins` must increase monotonically, when an array; open it in rebin and press r to repair it\n";
    assert!(broken.code == 1 && broken.err.ends_with(remedy), "{}", broken.err);
    let typed = room.run(&["show", "broken.json", "--edges", "3,1"]);
    assert!(typed.code == 2 && !typed.err.contains("repair"), "{}", typed.err);
}

#[test]
fn series_are_selected_by_key_and_steps_by_number() {
    let room = Room::new();
    let listed = room.run(&["export", "logs.jsonl"]);
    assert_eq!((listed.code, &*listed.err), (1, "rebin: cannot read logs.jsonl: no such file or directory\n"));
    let row = |step: u32, n: u32| {
        format!(
            r#"{{"_step": {step}, "a/w": {{"_type": "histogram", "values": [{n}], "bins": [0, 1]}}, "a/b": {{"_type": "histogram", "values": [7], "bins": [0, 1]}}}}"#
        )
    };
    room.write("logs.jsonl", &format!("{}\n{}\n{}\n", row(0, 1), row(10, 2), row(20, 3)));
    let several = room.run(&["export", "logs.jsonl"]);
    assert_eq!(several.code, 1);
    assert_eq!(several.err, "rebin: logs.jsonl contains 2 series; choose one with --key: 'a/w', 'a/b'\n");
    for (step, count) in [("first", 1), ("10", 2), ("last", 3)] {
        let done = room.run(&["export", "logs.jsonl", "-k", "*w", "-s", step]);
        let expected = format!("{{\"_type\": \"histogram\", \"values\": [{count}], \"bins\": [0, 1]}}\n");
        assert_eq!((done.code, done.out, &*done.err), (0, expected, ""));
    }
    let missing = room.run(&["export", "logs.jsonl", "-k", "a/w", "-s", "11"]);
    assert_eq!(
        (missing.code, &*missing.err),
        (1, "rebin: logs.jsonl: a/w: step 11 does not exist; steps range from 0 to 20\n")
    );
    let unknown = room.run(&["show", "logs.jsonl", "-k", "c"]);
    assert_eq!((unknown.code, &*unknown.err), (1, "rebin: logs.jsonl has no series 'c'; available: 'a/w', 'a/b'\n"));
    let all = room.run(&["show", "logs.jsonl", "--height", "8"]);
    let titles: Vec<&str> = all.out.lines().filter(|line| line.contains('·')).collect();
    assert_eq!(titles, ["a/w · step 20 · 3 of 3 · 1 bin logged", "a/b · step 20 · 3 of 3 · 1 bin logged"]);
}

#[test]
fn series_with_the_same_key_are_selected_by_labels() {
    let room = Room::new();
    let logged = |n: u32| format!(r#"{{"_type": "histogram", "values": [{n}], "bins": [0, 1]}}"#);
    room.write("h.json", &format!(r#"{{"a.b": {}, "a": {{"b": {}}}, "c": {}}}"#, logged(1), logged(2), logged(3)));
    let several = room.run(&["export", "h.json", "-k", "a.b"]);
    let expected = r#"rebin: 'a.b' matches 2 series in h.json; choose one: '["a.b"]', '["a","b"]'"#;
    assert_eq!((several.code, several.err.trim_end()), (1, expected));
    for (labels, n) in [(r#"["a.b"]"#, 1), (r#"["a","b"]"#, 2), (r#"[ "a", "\u0062" ]"#, 2), (r#"["c"]"#, 3)] {
        let done = room.run(&["export", "h.json", "-k", labels]);
        assert_eq!((done.code, done.out, &*done.err), (0, logged(n) + "\n", ""), "{labels}");
    }
    let unknown = room.run(&["export", "h.json", "-k", r#"["b"]"#]);
    assert!(unknown.err.ends_with(
        r#"has no series '["b"]'; available: '["a.b"]', '["a","b"]', 'c'
"#
    ));
    let table = room.run(&["ls", "h.json"]).out;
    assert!(table.contains(r#"  ["a","b"]  histogram "#) && table.contains("  c "), "{table}");
}

#[test]
fn a_directory_stands_for_the_logs_in_it() {
    let room = Room::new();
    let logged = r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#;
    fs::create_dir(room.path("runs")).unwrap();
    room.write("runs/a.histogram.json", logged);
    assert_eq!(room.run(&["export", "runs"]).out, format!("{logged}\n"));
    room.write("runs/b.histogram.json", logged);
    let several = room.run(&["export", "runs"]);
    let expected = "rebin: runs contains several sources; choose one: runs/a.histogram.json, runs/b.histogram.json; or add \
                    {run} to NAME to export each\n";
    assert_eq!((several.code, &*several.err), (1, expected));
    assert_eq!(room.run(&["ls", "runs"]).out.lines().count(), 3);
    fs::rename(room.path("runs"), room.path("wandb")).unwrap();
    let found = room.run(&["ls"]).out;
    assert!(found.lines().nth(2).unwrap().starts_with("wandb/b.histogram.json"), "{found}");
    assert!(Room::new().run(&["ls"]).out.lines().nth(1).unwrap().starts_with("demo "));
}

#[test]
fn ls_lists_readable_sources_and_reports_the_others() {
    let room = Room::new();
    room.write("logged.json", r#"{"g": {"_type": "histogram", "values": [1, 2], "bins": [-0.5, 0, 2.5]}}"#);
    room.write("ragged.csv", "a,b\n1,2\nx\n3,nan\n");
    let done = room.run(&["ls", "--json", "logged.json", "nothing", "ragged.csv"]);
    assert_eq!(done.code, 1);
    insta::assert_snapshot!("ls_json", done.out);
    insta::assert_snapshot!("ls_json_errors", done.err);
    let json: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 4);
    let table = room.run(&["ls", "logged.json", "ragged.csv"]);
    assert_eq!(table.code, 0, "a source with problems is readable");
    insta::assert_snapshot!("ls", table.out);
    assert_eq!(room.run(&["ls", "--json", "nothing"]).out, "[]\n");
}

#[test]
fn each_damaged_file_causes_one_error_line() {
    let room = Room::new();
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/raw");
    let bad = fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path());
    // These are readable: the footer of Parquet and Arrow files decides, a page without a checksum can have any byte,
    // and the last of two tensors with one name counts.
    let readable =
        ["arrow_bad_magic.arrow", "pq_bad_magic.parquet", "pq_bad_page.parquet", "st_bad_dupkey.safetensors"];
    let bad: Vec<_> = bad
        .filter(|path| path.to_string_lossy().contains("_bad_") && !readable.iter().any(|name| path.ends_with(name)))
        .collect();
    assert!(bad.len() > 8);
    for path in bad {
        for command in ["ls", "show", "export"] {
            let done = room.run(&[command, &path.to_string_lossy()]);
            assert_eq!((done.code, done.err.lines().count()), (1, 1), "{command} {}: {}", path.display(), done.err);
            assert!(done.err.starts_with(&format!("rebin: cannot read {}: ", path.display())), "{}", done.err);
            assert!(!done.err.contains("panicked"));
        }
    }
}

#[test]
fn control_characters_from_files_are_made_visible() {
    let room = Room::new();
    room.write("evil.csv", "\u{1b}[31mred,b\n1,2\n3,4\n");
    for arguments in [&["ls", "evil.csv"][..], &["show", "evil.csv"], &["export", "evil.csv"]] {
        let done = room.run(arguments);
        assert!(!done.out.contains('\u{1b}') && !done.err.contains('\u{1b}'), "{arguments:?}");
        assert!((done.out + &done.err).contains("␛[31mred"));
    }
    // A printed key is a valid argument.
    assert_eq!(room.run(&["export", "evil.csv", "-k", "␛[31mred"]).code, 0);
    assert_eq!(room.run(&["show", "\u{1b}[31m"]).err, "rebin: cannot read ␛[31m: no such file or directory\n");
}

#[test]
fn stdin_is_a_source() {
    let room = Room::new();
    let piped = room.run_with(&["export", "-b", "2", "-"], "1\n2\n3\n", &[]);
    assert_eq!(piped.out, "{\"_type\": \"histogram\", \"values\": [1, 2], \"bins\": [1.0, 2.0, 3.0]}\n");
    let listed = room.run_with(&["ls", "-"], "1\n2\n3\n", &[]);
    assert!(listed.out.lines().nth(1).unwrap().starts_with("-  "), "{}", listed.out);
    // Without a terminal, the UI command is `show`.
    let shown = room.run_with(&["-"], "1\n2\n3\n", &[]);
    assert_eq!((shown.code, shown.out.lines().next()), (0, Some("- · 64 bins exact")));
}

#[test]
fn a_closed_pipe_is_success() {
    let room = Room::new();
    room.write("x.csv", "a\n1\n");
    for arguments in [&["ls"][..], &["show"], &["man"], &["completions", "bash"], &["--help"]] {
        let done = room.run_into_nothing(arguments);
        assert_eq!((done.code, &*done.err), (0, ""), "{arguments:?}");
    }
}

#[test]
fn charts_look_as_in_the_ui() {
    let room = Room::new();
    let (samples, _) = nearly_normal();
    fs::write(room.path("weights.npy"), floats(&samples)).unwrap();
    let size = ["show", "weights.npy", "--width", "72", "--height", "16"];
    let plain = room.run(&size);
    insta::assert_snapshot!("show", plain.out);
    insta::assert_snapshot!("show_ascii", room.run(&[&size[..], &["--ascii", "-b", "10"]].concat()).out);
    room.write("logged.json", r#"{"g": {"_type": "histogram", "values": [1, 2, 5, 2], "bins": [0, 1, 2, 3, 4]}}"#);
    insta::assert_snapshot!("show_rebinned", room.run(&["show", "logged.json", "-b", "3", "--height", "12"]).out);
    let lines: Vec<&str> = plain.out.lines().collect();
    assert_eq!(lines.len(), 16);
    assert!(lines.iter().all(|line| line.chars().count() <= 72));

    assert!(!plain.out.contains('\u{1b}'));
    let colored = [&size[..], &["--color", "always"]].concat();
    for environment in [&[][..], &[("NO_COLOR", "1")], &[("TERM", "dumb")]] {
        let colored = room.run_with(&colored, "", environment);
        assert!(colored.out.contains("\u{1b}[0;"), "--color always overrides the environment");
        let last = |line: &'_ str| line.rfind('\u{1b}').is_none_or(|at| line[at..].starts_with("\u{1b}[0m"));
        assert!(colored.out.lines().all(last), "every line ends with a reset");
    }
    let ascii = room.run_with(&size, "", &[("LC_ALL", "POSIX")]);
    assert!(ascii.out.is_ascii(), "{}", ascii.out);
    room.write("names.json", "{\"größe\\u001b/重み\": [1, 2]}");
    let names = room.run(&["show", "names.json", "--ascii", "--height", "8"]).out;
    assert!(names.is_ascii() && names.starts_with("gr??e?/? ?  - 64 bins exact\n"), "{names}");
    room.write("zero.json", r#"{"_type": "histogram", "values": [0, 0], "bins": [0, 1, 2]}"#);
    let zero = room.run(&["show", "zero.json", "--height", "8"]).out;
    assert!(zero.contains("mean –   std –") && zero.contains("p99 –   zeros –"), "{zero}");
    let tiny = room.run(&["show", "weights.npy", "--width", "1", "--height", "1"]);
    assert_eq!(tiny.code, 0);
}

#[test]
fn user_settings_apply_to_headless_commands() {
    let room = Room::new();
    room.write("a.txt", "1\n2\n3\n");
    fs::create_dir_all(room.path("config/rebin")).unwrap();
    room.write("config/rebin/config.toml", "bins = 2\nartifact-type = \"histogram\"\nrounding = \"up\"\n");
    let done = room.run(&["export", "a.txt", "-o", "a"]);
    assert_eq!(done.code, 0);
    assert!(
        done.err.contains("config.toml: line 3: rounding = \"up\": expected \"integers\" or \"fractional\""),
        "{}",
        done.err
    );
    let text = fs::read_to_string(room.path("a.histogram.json")).unwrap();
    assert_eq!(values(&text).len(), 64, "the default number of bins does not depend on settings");
}

#[test]
fn help_and_man_page_are_current() {
    let room = Room::new();
    for (name, arguments) in [
        ("help", &["-h"][..]),
        ("help_show", &["show", "-h"]),
        ("help_export", &["export", "-h"]),
        ("help_export_long", &["export", "--help"]),
        ("help_ls", &["ls", "-h"]),
        ("help_count", &["count", "-h"]),
        ("help_merge", &["merge", "-h"]),
    ] {
        let done = room.run(arguments);
        assert_eq!((done.code, &*done.err), (0, ""));
        insta::assert_snapshot!(name, done.out);
    }
    let long = room.run(&["--help"]).out;
    let manual = room.run(&["man"]).out;
    for keys in ["use this many bins", "one bin fewer", "undo"] {
        assert!(long.contains(keys) && manual.contains(keys), "{keys}");
    }
    assert!(manual.starts_with(".ie") && manual.contains(".SH REBIN EXPORT\n.SS SYNOPSIS\n"));
    for section in ["KEYS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES"] {
        assert!(manual.contains(&format!(".SH {section}\n")), "{section}");
    }
    assert!(room.run(&["completions", "zsh"]).out.starts_with("#compdef rebin"));
    assert!(manual.contains(concat!("\"rebin ", env!("CARGO_PKG_VERSION"), "\"")), "the page names no target");
    let version = room.run(&["--version"]).out;
    assert!(version.starts_with(concat!("rebin ", env!("CARGO_PKG_VERSION"), " (", env!("REBIN_TARGET"))), "{version}");
    for invalid in [&["show", "--bin", "3"][..], &["export"], &["export", "a", "--format", "gif"], &["completions"]] {
        let done = room.run(invalid);
        assert_eq!((done.code, &*done.out, done.err.lines().count()), (2, "", 1), "{invalid:?}: {}", done.err);
    }
}

#[test]
fn histograms_above_512_bins_are_exported_with_512() {
    let room = Room::new();
    let file = format!("{}/tests/samples/tb/tensorboardx_raw.tfevents", env!("CARGO_MANIFEST_DIR"));
    fs::copy(file, room.path("raw.tfevents")).unwrap();
    let key = ["-k", "raw/1000bins", "raw.tfevents"];
    let listed = room.run(&["ls", "--json", "raw.tfevents"]);
    assert!(listed.out.contains(r#""bins": 1000, "total": 20000,"#), "{}", listed.out);
    assert!(room.run(&[&["show"][..], &key].concat()).out.contains("1,000 bins"));
    let done = room.run(&[&["export"][..], &key].concat());
    assert_eq!(done.err, "rebin: raw/1000bins: reduced 1,000 logged bins to 512\n");
    let golden: Value = serde_json::from_str(&fs::read_to_string("tests/golden/tb_wandbcore.json").unwrap()).unwrap();
    let written: Value = serde_json::from_str(&done.out).unwrap();
    let floats = |of: &Value| -> Vec<f64> { of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    for name in ["values", "bins"] {
        let expected = &golden["tensorboardx_raw/raw/1000bins"][0][name];
        assert_eq!(floats(&written[name]), floats(expected), "{name}");
    }
    let density = room.run(&[&["export", "--density", "--format", "csv"][..], &key].concat());
    assert_eq!((density.code, density.out.lines().count()), (0, 513));
}

#[test]
fn small_values_of_a_heavy_tailed_array_keep_their_digits() {
    let room = Room::new();
    fs::write(room.path("tail.npy"), floats(&[0.001_234, 0.01, 0.5, 3.0, 1e6])).unwrap();
    let shown = room.run(&["show", "--width", "200", "tail.npy"]);
    assert!(shown.out.contains("min 0.001234 "), "{}", shown.out);
}

#[test]
fn printed_keys_and_names_with_a_dash_are_valid_arguments() {
    let room = Room::new();
    room.write("n.txt", "1\n2\n3\n");
    assert!(room.run(&["ls", "n.txt"]).out.contains("\"\""));
    let named = room.run(&["export", "-k", "\"\"", "-b", "2", "-o", "-x.json", "n.txt"]);
    assert_eq!((named.code, room.path("-x.json").exists()), (0, true), "{}", named.err);
    let usage = room.run(&["export", "--bin", "3", "n.txt"]);
    assert!(usage.code == 2 && usage.err.ends_with("see rebin export --help\n"), "{}", usage.err);
}

#[test]
fn an_empty_source_lists_no_series() {
    let room = Room::new();
    let listed = room.run_with(&["ls", "--json", "-"], "{}", &[]);
    assert_eq!((listed.code, &*listed.out), (0, "[]\n"));
    let shown = room.run_with(&["show", "-"], "{}", &[]);
    assert_eq!((shown.code, &*shown.err), (1, "rebin: cannot read -: it contains no histograms or numbers\n"));
}

#[test]
fn a_chart_has_the_requested_height() {
    let room = Room::new();
    room.write("n.txt", "1\n2\n3\n");
    for height in [3, 4, 5, 8, 20] {
        let done = room.run(&["show", "n.txt", "--height", &height.to_string()]);
        assert_eq!((done.code, done.out.lines().count()), (0, height), "{}", done.out);
        assert_eq!(done.out.contains("64 bins"), height > 3, "{}", done.out);
        assert!(done.out.contains('█'), "{}", done.out);
    }
}

#[test]
fn text_columns_and_text_files_are_reported() {
    let room = Room::new();
    room.write("t.csv", "a,b\n1,\"1,234\"\n2,\"5,678\"\n");
    let listed = room.run(&["ls", "--json", "t.csv"]);
    assert!(listed.err.contains("line 2, column 'b': skipped column 'b': \"1,234\" is not a number"), "{}", listed.err);
    room.write("bars.txt", "a|b\n1|2\n3|4\n");
    assert_eq!(room.run(&["ls", "bars.txt"]).out.lines().count(), 3);
    room.write(
        "config.yaml",
        "model:\n  name: resnet\n  width: 5\ndata:\n  path: /x/y\n  shuffle: true\n  split: train\n",
    );
    let text = room.run(&["ls", "config.yaml"]);
    assert!(text.code == 1 && text.err.contains("text without a column of numbers"), "{}", text.err);
}

#[test]
fn terminal_controls_in_keys_never_reach_the_output() {
    let room = Room::new();
    let key = "a\u{9b}31m\u{9d}0;t\u{9c}\u{202e}b\u{200b}\u{7f}\u{e0001}";
    let histogram = r#"{"_type": "histogram", "values": [1, 2], "bins": [0, 1, 2]}"#;
    room.write("run.jsonl", &format!("{{\"_step\": 0, \"{key}\": {histogram}, \"{key}2\": [1, 2]}}\n"));
    let runs: [&[&str]; 6] = [
        &["ls", "--json", "run.jsonl"],
        &["ls", "run.jsonl"],
        &["show", "-k", key, "run.jsonl"],
        &["show", "-k", "no\u{9b}such\u{202e}key", "run.jsonl", "no\u{9b}file"],
        &["export", "-k", key, "--format", "md", "run.jsonl"],
        &["count", "-k", &format!("{key}2"), "run.jsonl"],
    ];
    for run in runs {
        let done = room.run(run);
        let is_raw = |c: &char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{200b}' | '\u{202e}' | '\u{e0001}');
        assert!(!done.out.chars().chain(done.err.chars()).any(|c| is_raw(&c)), "{run:?}: {} {}", done.out, done.err);
    }
    let listed: Value = serde_json::from_str(&room.run(&["ls", "--json", "run.jsonl"]).out).unwrap();
    assert_eq!(listed[0]["key"], key);
}

#[test]
fn an_unknown_first_word_is_neither_a_command_nor_a_file() {
    let room = Room::new();
    let similar = room.run(&["stat", "--ascii"]);
    assert_eq!((similar.code, &*similar.err), (2, "rebin: no command or file 'stat'; did you mean 'stats'?\n"));
    let other = room.run(&["qqqq", "missing.npy"]);
    assert_eq!((other.code, &*other.err), (2, "rebin: no command or file 'qqqq'; see rebin --help\n"));
    // A name with an extension or a folder can only be a file.
    for name in ["stat.npy", "./stat"] {
        let missing = room.run(&[name]);
        assert_eq!(missing.code, 1);
        assert!(missing.err.starts_with(&format!("rebin: cannot read {name}: ")), "{}", missing.err);
    }
    room.write("stat", "1\n2\n");
    assert_eq!(room.run(&["stat"]).code, 0);
}

#[test]
fn ls_filters_and_sorts() {
    let room = Room::new();
    room.write("a.csv", "x10,x2,y\n1,5,1\n2,6,nan\n,7,nan\n");
    room.write("b.csv", "z\n9\n");
    let keys = |arguments: &[&str]| -> Vec<String> {
        let done = room.run(&[&["ls", "--json", "a.csv", "b.csv"], arguments].concat());
        assert_eq!((done.code, &*done.err), (0, ""));
        let rows: Vec<Value> = serde_json::from_str(&done.out).unwrap();
        rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&["-k", "x*"]), ["x10", "x2"]);
    assert_eq!(keys(&["-k", "z"]), ["z"]);
    assert_eq!(keys(&["--sort", "key"]), ["x2", "x10", "y", "z"]);
    assert_eq!(keys(&["--sort", "max"]), ["z", "x2", "x10", "y"]);
    assert_eq!(keys(&["--sort", "nan"])[0], "y");
    assert_eq!(keys(&["--sort", "source", "-k", "[yz]"]), ["y", "z"]);
    let table = room.run(&["ls", "--sort", "total", "a.csv", "b.csv"]);
    assert_eq!(table.out.lines().count(), 5, "{}", table.out);
    let none = room.run(&["ls", "-k", "q", "a.csv", "b.csv"]);
    assert_eq!((none.code, &*none.out, &*none.err), (1, "", "rebin: no source has a series 'q'\n"));
    let unknown = room.run(&["ls", "--sort", "size", "missing.csv"]);
    assert_eq!((unknown.code, unknown.err.contains("missing.csv")), (2, false), "{}", unknown.err);
}
