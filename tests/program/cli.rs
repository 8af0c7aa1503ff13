//! The program as scripts use it: the real binary, its output, its exit codes.

mod export;
mod memory;
mod pool;
mod room;

use room::{Room, npy};
use serde_json::Value;
use std::fs;

/// Twenty thousand numbers that are nearly normal, and what numpy counts in 512 bins of them.
fn nearly_normal() -> (Vec<f64>, String) {
    // Python writes numbers that JSON does not have.
    let json = include_str!("../golden/golden_numpy.json").replace("NaN", "null").replace("-Infinity", "null");
    let json = json.replace("Infinity", "null");
    let golden: Value = serde_json::from_str(&json).unwrap();
    let vector = golden["vectors"].as_array().unwrap().iter().find(|vector| vector["name"] == "bins_512").unwrap();
    let list =
        |name: &str| vector[name].as_array().unwrap().iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    // The edges are texts, as Python writes them.
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
fn from_samples_to_512_bins_to_50_and_nothing_is_lost() {
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
    assert!(fifty.err.contains("approximate, redistributed from 512 logged bins"), "{}", fifty.err);

    // 512 bins fall together to 256 without cutting one.
    let half = room.run(&["export", "-b", "256", "weights.json"]);
    assert_eq!((values(&half.out).iter().sum::<f64>(), &*half.err), (20_000.0, ""));
}

#[test]
fn names_get_the_suffix_that_wandb_gives_them() {
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
fn a_file_is_overwritten_only_by_force() {
    let room = Room::new();
    room.write("a.txt", "1\n2\n");
    room.write("keep.json", "precious");
    let refused = room.run(&["export", "a.txt", "-o", "keep"]);
    assert_eq!(refused.code, 1);
    assert_eq!(
        refused.err,
        "rebin: cannot write keep.json: it exists already; choose another name or ask to overwrite it (--force)\n"
    );
    assert_eq!(fs::read_to_string(room.path("keep.json")).unwrap(), "precious");
    assert_eq!(room.run(&["export", "a.txt", "-b", "1", "-o", "keep", "--force"]).code, 0);
    let text = fs::read_to_string(room.path("keep.json")).unwrap();
    assert_eq!(text, r#"{"_type": "histogram", "values": [2], "bins": [1.0, 2.0]}"#);
}

#[test]
fn bins_are_what_numpy_makes_of_them() {
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
fn what_no_histogram_can_have_is_refused_in_the_words_of_numpy_and_wandb() {
    let room = Room::new();
    let wild: Vec<f64> = (1..4000).map(|i| 1.0 / f64::from(i)).collect();
    fs::write(room.path("wild.npy"), floats(&wild)).unwrap();
    room.write("logged.json", r#"{"_type": "histogram", "values": [1, 2], "bins": [0, 1, 2]}"#);
    let list = |n: u32| (0..n).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    room.write("many.json", &format!("[[{}], [{}]]", list(600), list(601)));
    let cases: [(&[&str], i32, &str); 13] = [
        (&["wild.npy", "-b", "0"], 1, "`bins` must be positive, when an integer"),
        (&["wild.npy", "-b", "-2"], 1, "`bins` must be positive, when an integer"),
        (&["wild.npy", "-b", "513"], 1, "The maximum length of a histogram is 512"),
        (&["logged.json", "-b", "0"], 1, "`bins` must be positive, when an integer"),
        (&["many.json", "-b", "513"], 1, "The maximum length of a histogram is 512"),
        (&["logged.json", "-b", "513"], 1, "The maximum length of a histogram is 512"),
        (&["wild.npy", "-b", "fd"], 1, "fd asks for 11,912 bins; the maximum length of a histogram is 512"),
        (&["wild.npy", "--edges", "1,0"], 1, "`bins` must increase monotonically, when an array"),
        (&["wild.npy", "--range", "2,1"], 1, "max must be larger than min in range parameter."),
        (&["wild.npy", "--range", "0,inf"], 1, "supplied range of [0, inf] is not finite"),
        (
            &["wild.npy", "-b", "ten"],
            2,
            "invalid value 'ten' for '--bins <N>': 'ten' is not a valid estimator for `bins` (auto, ",
        ),
        (
            &["wild.npy", "-b", "2.5"],
            2,
            "invalid value '2.5' for '--bins <N>': `bins` must be an integer, a string, or an array",
        ),
        (&["wild.npy", "--range", "1"], 2, "invalid value '1' for '--range <LO,HI>'"),
    ];
    for (options, code, words) in cases {
        let done = room.run(&[&["export"], options].concat());
        assert_eq!((done.code, &*done.out), (code, ""), "{options:?}");
        let file = if code == 1 { format!("{}: ", options[0]) } else { String::new() };
        assert!(done.err.starts_with(&format!("rebin: {file}{words}")), "{options:?}: {}", done.err);
        assert_eq!(done.err.lines().count(), 1, "{}", done.err);
    }
}

#[test]
fn numbers_that_are_not_finite_need_a_range_and_are_counted_on_the_side() {
    let room = Room::new();
    room.write("odd.csv", "x\n1\nnan\ninf\n3\n\n-inf\noops\n9\n");
    let refused = room.run(&["export", "odd.csv"]);
    assert_eq!((refused.code, &*refused.out), (1, ""));
    let last = refused.err.lines().last().unwrap();
    let words =
        "rebin: odd.csv: x: autodetected range of [nan, nan] is not finite; leave NaN and inf out with --range LO,HI";
    assert_eq!(last, words);

    let ranged = room.run(&["export", "odd.csv", "-b", "2", "--range", "0,4"]);
    assert_eq!(ranged.out, "{\"_type\": \"histogram\", \"values\": [1, 1], \"bins\": [0.0, 2.0, 4.0]}\n");
    let notes: Vec<&str> = ranged.err.lines().collect();
    assert_eq!(notes[1], "rebin: x: of 6 values in no bin: 1 NaN, 1 +inf, 1 -inf, 1 outside the range");
    assert!(notes[0].starts_with("rebin: x: left out cells: ") && notes[0].contains("1 not numbers"), "{}", notes[0]);

    // numpy counts infinities between infinite edges.
    let endless = room.run(&["export", "odd.csv", "--edges", "-inf,2,inf"]);
    assert_eq!(endless.out, "{\"_type\": \"histogram\", \"values\": [2, 3], \"bins\": [-Infinity, 2.0, Infinity]}\n");

    let shown = room.run(&["show", "odd.csv", "--height", "8"]);
    assert_eq!(shown.code, 0);
    assert!(shown.out.contains("nan 1   +inf 1   -inf 1"), "{}", shown.out);
}

#[test]
fn several_series_need_a_key_and_several_steps_have_numbers() {
    let room = Room::new();
    let listed = room.run(&["export", "logs.jsonl"]);
    assert_eq!((listed.code, &*listed.err), (1, "rebin: cannot read logs.jsonl: there is no such file\n"));
    let row = |step: u32, n: u32| {
        format!(
            r#"{{"_step": {step}, "a/w": {{"_type": "histogram", "values": [{n}], "bins": [0, 1]}}, "a/b": {{"_type": "histogram", "values": [7], "bins": [0, 1]}}}}"#
        )
    };
    room.write("logs.jsonl", &format!("{}\n{}\n{}\n", row(0, 1), row(10, 2), row(20, 3)));
    let several = room.run(&["export", "logs.jsonl"]);
    assert_eq!(several.code, 1);
    assert_eq!(several.err, "rebin: logs.jsonl holds 2 series; choose one with --key KEY: 'a/w', 'a/b'\n");
    for (step, count) in [("first", 1), ("10", 2), ("last", 3)] {
        let done = room.run(&["export", "logs.jsonl", "-k", "*w", "-s", step]);
        let expected = format!("{{\"_type\": \"histogram\", \"values\": [{count}], \"bins\": [0, 1]}}\n");
        assert_eq!((done.code, done.out, &*done.err), (0, expected, ""));
    }
    let missing = room.run(&["export", "logs.jsonl", "-k", "a/w", "-s", "11"]);
    assert_eq!(
        (missing.code, &*missing.err),
        (1, "rebin: logs.jsonl: a/w: there is no step 11; they are from 0 to 20\n")
    );
    let unknown = room.run(&["show", "logs.jsonl", "-k", "c"]);
    assert_eq!((unknown.code, &*unknown.err), (1, "rebin: logs.jsonl has no series 'c'; it holds 'a/w', 'a/b'\n"));
    let all = room.run(&["show", "logs.jsonl", "--height", "8"]);
    let titles: Vec<&str> = all.out.lines().filter(|line| line.contains('·')).collect();
    assert_eq!(titles, ["a/w · step 20 · 3 of 3 · 1 bin logged", "a/b · step 20 · 3 of 3 · 1 bin logged"]);
}

#[test]
fn series_of_the_same_key_are_told_apart_by_their_labels() {
    let room = Room::new();
    let logged = |n: u32| format!(r#"{{"_type": "histogram", "values": [{n}], "bins": [0, 1]}}"#);
    room.write("h.json", &format!(r#"{{"a.b": {}, "a": {{"b": {}}}, "c": {}}}"#, logged(1), logged(2), logged(3)));
    let several = room.run(&["export", "h.json", "-k", "a.b"]);
    let words = r#"rebin: 'a.b' stands for 2 series of h.json; choose one: '["a.b"]', '["a","b"]'"#;
    assert_eq!((several.code, several.err.trim_end()), (1, words));
    for (labels, n) in [(r#"["a.b"]"#, 1), (r#"["a","b"]"#, 2), (r#"[ "a", "\u0062" ]"#, 2), (r#"["c"]"#, 3)] {
        let done = room.run(&["export", "h.json", "-k", labels]);
        assert_eq!((done.code, done.out, &*done.err), (0, logged(n) + "\n", ""), "{labels}");
    }
    let unknown = room.run(&["export", "h.json", "-k", r#"["b"]"#]);
    assert!(unknown.err.ends_with(
        r#"has no series '["b"]'; it holds '["a.b"]', '["a","b"]', 'c'
"#
    ));
    let table = room.run(&["ls", "h.json"]).out;
    assert!(table.contains(r#"  ["a","b"]  histogram "#) && table.contains("  c "), "{table}");
}

#[test]
fn a_folder_is_what_is_logged_in_it() {
    let room = Room::new();
    let logged = r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#;
    fs::create_dir(room.path("runs")).unwrap();
    room.write("runs/a.histogram.json", logged);
    assert_eq!(room.run(&["export", "runs"]).out, format!("{logged}\n"));
    room.write("runs/b.histogram.json", logged);
    let several = room.run(&["export", "runs"]);
    let words = "rebin: runs holds several sources; choose one: runs/a.histogram.json, runs/b.histogram.json\n";
    assert_eq!((several.code, &*several.err), (1, words));
    assert_eq!(room.run(&["ls", "runs"]).out.lines().count(), 3);
    fs::rename(room.path("runs"), room.path("wandb")).unwrap();
    let found = room.run(&["ls"]).out;
    assert!(found.lines().nth(2).unwrap().starts_with("wandb/b.histogram.json"), "{found}");
    assert!(Room::new().run(&["ls"]).out.lines().nth(1).unwrap().starts_with("demo "));
}

#[test]
fn ls_lists_what_can_be_read_and_says_what_cannot() {
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
    assert_eq!(table.code, 0, "problems alone are no failure");
    insta::assert_snapshot!("ls", table.out);
    assert_eq!(room.run(&["ls", "--json", "nothing"]).out, "[]\n");
}

#[test]
fn damaged_files_are_one_line_each() {
    let room = Room::new();
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/samples/raw");
    let bad = fs::read_dir(samples).unwrap().map(|entry| entry.unwrap().path());
    // What stands at the end of Parquet and Arrow files decides; a byte of a page without a checksum tells nothing; of
    // two tensors of one name the last counts.
    let sound = ["arrow_bad_magic.arrow", "pq_bad_magic.parquet", "pq_bad_page.parquet", "st_bad_dupkey.safetensors"];
    let bad: Vec<_> = bad
        .filter(|path| path.to_string_lossy().contains("_bad_") && !sound.iter().any(|name| path.ends_with(name)))
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
fn what_a_file_says_is_shown_and_not_sent() {
    let room = Room::new();
    room.write("evil.csv", "\u{1b}[31mred,b\n1,2\n3,4\n");
    for arguments in [&["ls", "evil.csv"][..], &["show", "evil.csv"], &["export", "evil.csv"]] {
        let done = room.run(arguments);
        assert!(!done.out.contains('\u{1b}') && !done.err.contains('\u{1b}'), "{arguments:?}");
        assert!((done.out + &done.err).contains("␛[31mred"));
    }
    // What is printed can be typed.
    assert_eq!(room.run(&["export", "evil.csv", "-k", "␛[31mred"]).code, 0);
    assert_eq!(room.run(&["show", "\u{1b}[31m"]).err, "rebin: cannot read ␛[31m: there is no such file\n");
}

#[test]
fn standard_input_is_a_source() {
    let room = Room::new();
    let piped = room.run_with(&["export", "-b", "2", "-"], "1\n2\n3\n", &[]);
    assert_eq!(piped.out, "{\"_type\": \"histogram\", \"values\": [1, 2], \"bins\": [1.0, 2.0, 3.0]}\n");
    let listed = room.run_with(&["ls", "-"], "1\n2\n3\n", &[]);
    assert!(listed.out.lines().nth(1).unwrap().starts_with("-  "), "{}", listed.out);
    // Without a terminal the interface is `show`.
    let shown = room.run_with(&["-"], "1\n2\n3\n", &[]);
    assert_eq!((shown.code, shown.out.lines().next()), (0, Some("- · 64 bins exact")));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let room = Room::new();
    for arguments in [&["ls"][..], &["show"], &["man"], &["completions", "bash"], &["--help"]] {
        let done = room.run_into_nothing(arguments);
        assert_eq!((done.code, &*done.err), (0, ""), "{arguments:?}");
    }
}

#[test]
fn charts_look_as_in_the_interface() {
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
        assert!(colored.out.contains("\u{1b}[0;"), "what is asked for is done");
        let last = |line: &'_ str| line.rfind('\u{1b}').is_none_or(|at| line[at..].starts_with("\u{1b}[0m"));
        assert!(colored.out.lines().all(last), "every line ends as it began");
    }
    let ascii = room.run_with(&size, "", &[("LC_ALL", "POSIX")]);
    assert!(ascii.out.is_ascii(), "{}", ascii.out);
    room.write("names.json", "{\"größe\\u001b/重み\": [1, 2]}");
    let names = room.run(&["show", "names.json", "--ascii", "--height", "8"]).out;
    assert!(names.is_ascii() && names.starts_with("gr??e?/? ?  - 64 bins exact\n"), "{names}");
    room.write("zero.json", r#"{"_type": "histogram", "values": [0, 0], "bins": [0, 1, 2]}"#);
    let zero = room.run(&["show", "zero.json", "--height", "8"]).out;
    assert!(zero.contains("mean –   std –") && zero.contains("p99 –   zeros –   below"), "{zero}");
    let tiny = room.run(&["show", "weights.npy", "--width", "1", "--height", "1"]);
    assert_eq!(tiny.code, 0);
}

#[test]
fn settings_of_the_user_hold_without_the_interface_too() {
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
    assert_eq!(values(&text).len(), 64, "scripts depend on how many bins there are");
}

#[test]
fn help_says_all_that_can_be_typed() {
    let room = Room::new();
    for (name, arguments) in [
        ("help", &["-h"][..]),
        ("help_show", &["show", "-h"]),
        ("help_export", &["export", "-h"]),
        ("help_ls", &["ls", "-h"]),
    ] {
        let done = room.run(arguments);
        assert_eq!((done.code, &*done.err), (0, ""));
        insta::assert_snapshot!(name, done.out);
    }
    let long = room.run(&["--help"]).out;
    let manual = room.run(&["man"]).out;
    for keys in ["exactly so many bins", "one bin fewer", "undo"] {
        assert!(long.contains(keys) && manual.contains(keys), "{keys}");
    }
    assert!(manual.starts_with(".ie") && manual.contains(".SH REBIN EXPORT\n.SS SYNOPSIS\n"));
    assert!(room.run(&["completions", "zsh"]).out.starts_with("#compdef rebin"));
    assert_eq!(room.run(&["--version"]).out, format!("rebin {}\n", env!("CARGO_PKG_VERSION")));
    for mistake in [&["show", "--bin", "3"][..], &["export"], &["export", "a", "--format", "gif"], &["completions"]] {
        let done = room.run(mistake);
        assert_eq!((done.code, &*done.out, done.err.lines().count()), (2, "", 1), "{mistake:?}: {}", done.err);
    }
}

#[test]
fn more_bins_than_a_histogram_may_have_are_listed_and_shown_and_written_as_512() {
    let room = Room::new();
    let file = format!("{}/tests/samples/tb/tensorboardx_raw.tfevents", env!("CARGO_MANIFEST_DIR"));
    fs::copy(file, room.path("raw.tfevents")).unwrap();
    let key = ["-k", "raw/1000bins", "raw.tfevents"];
    let listed = room.run(&["ls", "--json", "raw.tfevents"]);
    assert!(listed.out.contains(r#""bins": 1000, "total": 20000,"#), "{}", listed.out);
    assert!(room.run(&[&["show"][..], &key].concat()).out.contains("1,000 bins"));
    let done = room.run(&[&["export"][..], &key].concat());
    assert_eq!(done.err, "rebin: raw/1000bins: 1,000 logged bins are written as 512\n");
    let golden: Value = serde_json::from_str(&fs::read_to_string("tests/golden/tb_wandbcore.json").unwrap()).unwrap();
    let written: Value = serde_json::from_str(&done.out).unwrap();
    let floats = |of: &Value| -> Vec<f64> { of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    for name in ["values", "bins"] {
        let wanted = &golden["tensorboardx_raw/raw/1000bins"][0][name];
        assert_eq!(floats(&written[name]), floats(wanted), "{name}");
    }
    let density = room.run(&[&["export", "--density", "--format", "csv"][..], &key].concat());
    assert_eq!((density.code, density.out.lines().count()), (0, 513));
}

#[test]
fn small_values_beside_a_heavy_tail_keep_their_digits() {
    let room = Room::new();
    fs::write(room.path("tail.npy"), floats(&[0.001_234, 0.01, 0.5, 3.0, 1e6])).unwrap();
    let shown = room.run(&["show", "--width", "200", "tail.npy"]);
    assert!(shown.out.contains("min 0.001234 "), "{}", shown.out);
}

#[test]
fn what_is_typed_is_taken_as_it_is_printed() {
    let room = Room::new();
    room.write("n.txt", "1\n2\n3\n");
    assert!(room.run(&["ls", "n.txt"]).out.contains("\"\""));
    let named = room.run(&["export", "-k", "\"\"", "-b", "2", "-o", "-x.json", "n.txt"]);
    assert_eq!((named.code, room.path("-x.json").exists()), (0, true), "{}", named.err);
    let usage = room.run(&["export", "--bin", "3", "n.txt"]);
    assert!(usage.code == 2 && usage.err.ends_with("see rebin export --help\n"), "{}", usage.err);
}

#[test]
fn a_source_with_nothing_in_it_is_listed_as_nothing() {
    let room = Room::new();
    let listed = room.run_with(&["ls", "--json", "-"], "{}", &[]);
    assert_eq!((listed.code, &*listed.out), (0, "[]\n"));
    let shown = room.run_with(&["show", "-"], "{}", &[]);
    assert_eq!((shown.code, &*shown.err), (1, "rebin: cannot read -: it holds no histogram and no numbers\n"));
}

#[test]
fn a_chart_is_as_high_as_was_asked() {
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
fn columns_that_are_no_numbers_and_texts_that_are_no_tables_are_told() {
    let room = Room::new();
    room.write("t.csv", "a,b\n1,\"1,234\"\n2,\"5,678\"\n");
    let listed = room.run(&["ls", "--json", "t.csv"]);
    assert!(
        listed.err.contains("line 2, column 'b': the column 'b' is left out: \"1,234\" is not a number"),
        "{}",
        listed.err
    );
    room.write("bars.txt", "a|b\n1|2\n3|4\n");
    assert_eq!(room.run(&["ls", "bars.txt"]).out.lines().count(), 3);
    room.write(
        "config.yaml",
        "model:\n  name: resnet\n  width: 5\ndata:\n  path: /x/y\n  shuffle: true\n  split: train\n",
    );
    let refused = room.run(&["ls", "config.yaml"]);
    assert!(refused.code == 1 && refused.err.contains("text without a column of numbers"), "{}", refused.err);
}
