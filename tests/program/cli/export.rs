//! `rebin export`: all formats, one file and many.

use super::room::{Room, npy};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Two series. The second one lacks the last step.
const RUN: &str = r#"{"_step": 0, "grad/w": {"_type": "histogram", "values": [1, 2], "bins": [0, 1, 2]}, "act": {"_type": "histogram", "values": [3], "bins": [0.5, 1.5]}}
{"_step": 10, "grad/w": {"_type": "histogram", "values": [2, 2.5], "bins": [0, 1, 2]}, "act": {"_type": "histogram", "values": [4], "bins": [0.5, 1.5]}}
{"_step": 20, "grad/w": {"_type": "histogram", "values": [3, 2], "bins": [0, 1, 2]}}
"#;

fn room() -> Room {
    let room = Room::new();
    room.write("run.jsonl", RUN);
    room
}

/// Returns the relative paths of all files in a directory.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// Returns the axes and the storage of a histogram of UHI.
fn uhi(text: &str) -> (serde_json::Value, serde_json::Value) {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    (value["axes"].clone(), value["storage"].clone())
}

#[test]
fn files_are_overwritten_only_with_force() {
    let room = Room::new();
    room.write("a.txt", "1\n2\n");
    room.write("keep.json", "precious");
    let existing = room.run(&["export", "a.txt", "-o", "keep"]);
    assert_eq!(existing.code, 1);
    assert_eq!(existing.err, "rebin: cannot write keep.json: file exists; choose another name or pass --force\n");
    assert_eq!(fs::read_to_string(room.path("keep.json")).unwrap(), "precious");
    assert_eq!(room.run(&["export", "a.txt", "-b", "1", "-o", "keep", "--force"]).code, 0);
    let text = fs::read_to_string(room.path("keep.json")).unwrap();
    assert_eq!(text, r#"{"_type": "histogram", "values": [2], "bins": [1.0, 2.0]}"#);
}

#[test]
fn a_histogram_of_uhi_is_exported_with_its_flow_bins_and_variances() {
    let room = Room::new();
    let sample = include_str!("../../samples/stores/uhi/named_wicker.json");
    room.write("named.json", sample);
    let all: serde_json::Value = serde_json::from_str(sample).unwrap();
    for key in ["regular", "regular_weight", "variable", "circular", "boolean", "negative", "regular_overflow_only"] {
        let done = room.run(&["export", "-k", key, "named.json", "--format", "uhi", "-o", "out"]);
        assert_eq!((done.code, &*done.out), (0, ""), "{key}: {}", done.err);
        let (axes, storage) = uhi(&fs::read_to_string(room.path("out.uhi.json")).unwrap());
        let original = &all[key];
        for name in ["type", "lower", "upper", "bins", "edges", "underflow", "overflow", "circular"] {
            assert_eq!(axes[0].get(name), original["axes"][0].get(name), "{key}: {name}");
        }
        assert_eq!(storage, original["storage"], "{key}");
        fs::remove_file(room.path("out.uhi.json")).unwrap();
    }
    // Merged bins add their variances.
    let edges = ["export", "-k", "regular_weight", "named.json", "--edges=-2,-1.25,2.5", "-o", "merged.uhi.json"];
    assert_eq!(room.run(&edges).code, 0);
    let (_, storage) = uhi(&fs::read_to_string(room.path("merged.uhi.json")).unwrap());
    let sum = |name: &str, range: std::ops::Range<usize>| -> f64 {
        let all = all["regular_weight"]["storage"][name].as_array().unwrap();
        all[range].iter().map(|x| x.as_f64().unwrap()).sum()
    };
    for name in ["values", "variances"] {
        for (index, range) in [0..1, 1..6, 6..31, 31..32].into_iter().enumerate() {
            let (exported, expected) = (storage[name][index].as_f64().unwrap(), sum(name, range));
            assert!((exported - expected).abs() <= 1e-12 * expected, "{name} {index}: {exported} {expected}");
        }
    }
}

#[test]
fn the_extension_determines_the_format() {
    let room = room();
    let starts = [
        ("h.csv", "left,right,count\n0,1,3\n"),
        ("h.svg", "<svg xmlns="),
        ("h.md", "### grad/w · step 20\n\n```text\n"),
        ("h.txt", "grad/w · step 20\n2 bins as logged · total 5\n\n"),
        ("h.py", "# grad/w · step 20\nimport json\n"),
        ("h.json", r#"{"_type": "histogram", "values": [3, 2], "bins": [0, 1, 2]}"#),
        ("h.uhi.json", r#"{"uhi_schema": 1, "writer_info": {"rebin""#),
    ];
    for (name, start) in starts {
        let done = room.run(&["export", "-k", "grad/w", "run.jsonl", "-o", name]);
        assert_eq!((done.code, &*done.out, &*done.err), (0, "", ""), "{name}");
        let text = fs::read_to_string(room.path(name)).unwrap();
        assert!(text.starts_with(start), "{text}");
    }
    assert_eq!(room.run(&["export", "-k", "grad/w", "run.jsonl", "-o", "h.png"]).code, 0);
    let png = fs::read(room.path("h.png")).unwrap();
    // The size in a PNG's header: 1600 × 1000.
    assert!(png.starts_with(b"\x89PNG") && png[16..24] == [0, 0, 6, 64, 0, 0, 3, 232], "{:?}", &png[..24]);
    let piped = room.run(&["export", "-k", "grad/w", "run.jsonl", "--format", "svg", "--width", "300", "--log"]);
    assert!(piped.out.contains(r#"width="300""#) && piped.out.contains("count, log scale") && piped.err.is_empty());
}

#[test]
fn over_steps_exports_one_picture() {
    let room = room();
    let done = room.run(&["export", "--over-steps", "-k", "grad/w", "run.jsonl"]);
    assert!(done.out.starts_with("<svg") && done.out.contains("3 steps") && done.err.is_empty(), "{}", done.err);
    let done = room.run(&["export", "--over-steps", "-o", "{key}.{step}.png", "run.jsonl"]);
    assert_eq!((done.code, &*done.err), (0, "rebin: wrote 2 files, grad-w.all.png … act.all.png\n"));
    let csv = room.run(&["export", "--over-steps", "-k", "act", "run.jsonl", "--format", "csv"]);
    assert!(csv.code == 2 && csv.err.contains("use --format svg or png, not csv"), "{}", csv.err);
}

#[test]
fn appearance_options_apply_only_to_charts() {
    let room = room();
    for look in [&["--log"][..], &["--width", "9"], &["--normalize", "density"], &["--values", "log"], &["--ascii"]] {
        let done = room.run(&[&["export", "-k", "act", "run.jsonl"], look].concat());
        assert!(done.code == 2 && done.err.contains("apply only to pictures and text charts"), "{look:?} {}", done.err);
    }
    let done = room.run(&["export", "-k", "act", "run.jsonl", "--format", "txt", "--ascii", "--height", "5"]);
    assert!(done.out.is_ascii() || done.out.starts_with("act · step 10\n"), "{}", done.out);
    let density = room.run(&["export", "-k", "grad/w", "-s", "0", "run.jsonl", "--format", "csv", "--density"]);
    assert!(density.out.starts_with("left,right,density\n0,1,0.3333"), "{}", density.out);
}

#[test]
fn the_csv_table_of_redistributed_bins_has_their_largest_errors() {
    let room = room();
    let cut = |more: &[&str]| {
        let table = ["export", "-k", "grad/w", "-s", "0", "-b", "3", "run.jsonl", "--format", "csv"];
        room.run(&[&table[..], more].concat()).out
    };
    let rows =
        "0.0,0.6666666666666666,1,1.0\n0.6666666666666666,1.3333333333333333,1,2.0\n1.3333333333333333,2.0,1,1.0\n";
    assert_eq!(cut(&[]), format!("left,right,count,max_error\n{rows}"));
    // The three samples may all be in the second bin, or none of them.
    let density = cut(&["--density"]);
    assert!(density.contains("\n0.6666666666666666,1.3333333333333333,0.5,1.0000000000000002\n"), "{density}");
}

#[test]
fn a_pattern_writes_many_files_and_overwrites_none() {
    let room = room();
    let every = ["export", "-s", "all", "-o", "out/{key}.{step}", "run.jsonl"];
    let done = room.run(&every);
    assert_eq!(done.err, "rebin: wrote 5 files, out/grad-w.0.json … out/act.10.json\n");
    let names = ["act.0.json", "act.10.json", "grad-w.0.json", "grad-w.10.json", "grad-w.20.json"];
    assert_eq!((done.code, &files(&room.path("out"))[..]), (0, &names.map(String::from)[..]));
    let written = fs::read_to_string(room.path("out/grad-w.10.json")).unwrap();
    assert_eq!(written, r#"{"_type": "histogram", "values": [2, 2.5], "bins": [0, 1, 2]}"#);

    fs::remove_file(room.path("out/grad-w.0.json")).unwrap();
    fs::write(room.path("out/act.0.json"), "precious").unwrap();
    let existing = room.run(&every);
    assert!(existing.err.contains("cannot write out/grad-w.10.json and 3 more: file exists"), "{}", existing.err);
    assert_eq!((existing.code, room.path("out/grad-w.0.json").exists()), (1, false));
    assert_eq!(fs::read_to_string(room.path("out/act.0.json")).unwrap(), "precious");
    assert_eq!(room.run(&[&every[..], &["--force"]].concat()).code, 0);
    assert!(fs::read_to_string(room.path("out/act.0.json")).unwrap().contains("[3]"));

    let images = room.run(&["export", "-k", "g*", "-s", "all", "-o", "p/{step}/{key}", "--format", "svg", "run.jsonl"]);
    assert_eq!(
        (images.code, files(&room.path("p"))),
        (0, ["0/grad-w.svg", "10/grad-w.svg", "20/grad-w.svg"].map(String::from).to_vec())
    );
}

#[test]
fn a_step_that_was_logged_twice_gets_two_files() {
    let room = room();
    let row = |step: u8, count: u8| {
        format!("{{\"_step\":{step},\"w\":{{\"_type\":\"histogram\",\"values\":[{count}],\"bins\":[0,1]}}}}\n")
    };
    fs::write(room.path("again.jsonl"), [row(1, 5), row(2, 6), row(2, 7)].concat()).unwrap();
    assert_eq!(room.run(&["export", "-s", "all", "-o", "a/{step}", "again.jsonl"]).code, 0);
    assert_eq!(files(&room.path("a")), ["1.json", "2-2.json", "2.json"]);
    assert!(fs::read_to_string(room.path("a/2-2.json")).unwrap().contains("[7]"));
}

#[test]
fn clashing_file_names_are_rejected() {
    let room = room();
    let steps = room.run(&["export", "-s", "all", "-k", "act", "-o", "{key}", "run.jsonl"]);
    assert!(
        steps.err.contains("act step 0 and act step 10 would both be written to act.json; add {step}"),
        "{}",
        steps.err
    );
    let keys = room.run(&["export", "-o", "{step}", "-s", "0", "run.jsonl"]);
    assert!(keys.err.contains("grad/w step 0 and act step 0 would both be written to 0.json"), "{}", keys.err);
    assert!(keys.err.contains("add {key} to NAME"), "{}", keys.err);
    assert!([steps, keys].iter().all(|done| done.code == 1));
    let single = room.run(&["export", "-s", "all", "-k", "act", "-o", "act", "run.jsonl"]);
    assert!(
        single.code == 1 && single.err.contains("act has 2 steps; use a pattern for the file names"),
        "{}",
        single.err
    );
    assert_eq!(files(&room.path(".")), ["run.jsonl"]);
}

#[test]
fn series_with_equal_file_names_are_numbered() {
    let room = Room::new();
    let one = |count: u8| format!(r#"{{"_type": "histogram", "values": [{count}], "bins": [0, 1]}}"#);
    room.write("alike.json", &format!(r#"{{"a/b": {}, "a-b": {}, "a b": {}}}"#, one(1), one(2), one(3)));
    let done = room.run(&["export", "-o", "cc/{key}", "alike.json"]);
    assert_eq!(
        (done.code, files(&room.path("cc"))),
        (0, ["a-b.json", "a-b~2.json", "a-b~3.json"].map(String::from).to_vec())
    );
    assert!(done.err.contains("renamed to avoid clashes: a-b as a-b~2, a b as a-b~3"), "{}", done.err);
    assert!(fs::read_to_string(room.path("cc/a-b~2.json")).unwrap().contains("[2]"));
}

#[test]
fn a_directory_as_name_receives_the_files() {
    let room = room();
    fs::create_dir(room.path("od")).unwrap();
    assert_eq!(room.run(&["export", "-k", "act", "-o", "od/", "run.jsonl"]).err, "rebin: wrote od/act.json\n");
    assert_eq!(room.run(&["export", "--format", "csv", "-o", "od", "run.jsonl"]).code, 0);
    assert_eq!(room.run(&["export", "-s", "all", "-k", "act", "--format", "svg", "-o", "new/", "run.jsonl"]).code, 0);
    assert_eq!(files(&room.path("od")), ["act.csv", "act.json", "grad-w.csv"]);
    assert_eq!(files(&room.path("new")), ["act.0.svg", "act.10.svg"]);
}

#[test]
fn names_get_the_extension_of_the_format_except_devices() {
    let room = room();
    let csv = room.run(&["export", "-k", "act", "--format", "csv", "-o", "foo", "run.jsonl"]);
    assert_eq!((csv.code, &*csv.err, room.path("foo.csv").exists()), (0, "rebin: wrote foo.csv\n", true));
    let device = room.run(&["export", "-k", "act", "--format", "csv", "-o", "/dev/stdout", "run.jsonl"]);
    assert_eq!((device.code, &*device.out), (0, "left,right,count\n0.5,1.5,4\n"));
    let device = room.run(&["export", "-k", "act", "--format", "csv", "-o", "/dev/null", "run.jsonl"]);
    assert_eq!((device.code, &*device.out), (0, ""));
}

#[test]
fn streams_that_the_shell_opens_are_written_directly() {
    let room = room();
    let shell = |script: &str| {
        let script = script.replace("rebin", &format!("'{}'", env!("CARGO_BIN_EXE_rebin")));
        let done = Command::new("bash").args(["-c", &script]).current_dir(room.path(".")).output().unwrap();
        assert!(done.status.success(), "{script}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let csv = "left,right,count\n0.5,1.5,4\n";
    let export = "rebin export -k act --format csv run.jsonl";
    assert_eq!(shell(&format!("echo first > out; {export} -o /dev/stdout >> out; cat out")), format!("first\n{csv}"));
    assert_eq!(shell(&format!("ln -s /dev/stdout link; {export} -o link | cat")), csv);
    assert_eq!(shell(&format!("{export} -o >(cat > piped); sleep 0.5; cat piped")), csv);
}

#[test]
fn named_pipes_sockets_and_devices_are_rejected_before_anything_blocks() {
    let room = room();
    room.write("x.csv", "x\n1\n2\n");
    assert!(Command::new("mkfifo").arg(room.path("pipe")).status().unwrap().success());
    std::os::unix::fs::symlink("pipe", room.path("link")).unwrap();
    let runs: [&[&str]; 4] = [
        &["export", "-k", "act", "-o", "pipe", "--force", "run.jsonl"],
        &["export", "-k", "act", "-o", "link", "run.jsonl"],
        &["count", "-o", "pipe", "x.csv"],
        &["count", "-o", "pipe", "--force", "x.csv"],
    ];
    for run in runs {
        let done = room.run(run);
        assert_eq!(done.code, 1, "{run:?}");
        assert!(done.err.ends_with("it is a named pipe, not a regular file; choose another name\n"), "{}", done.err);
    }
    assert!(room.path("pipe").symlink_metadata().unwrap().file_type().is_fifo());
}

#[test]
fn impossible_names_are_rejected() {
    let room = room();
    let export = |name: &str| {
        let done = room.run(&["export", "-k", "act", "-o", name, "run.jsonl"]);
        (done.code, done.err)
    };
    let (code, error) = export("{foo}.json");
    assert!(code == 2 && error.contains("unknown placeholder {foo} in NAME; use {run}, {key} or {step}"), "{error}");
    let (code, error) = export("run.jsonl/{key}.csv");
    assert!(code == 1 && error.contains("cannot write run.jsonl: run.jsonl is not a directory; choose"), "{error}");
    let (code, error) = export("/proc/x.json");
    assert!(code == 1 && error.contains("cannot create files in /proc; save under another name"), "{error}");
    assert_eq!(files(&room.path(".")), ["run.jsonl"]);
}

#[test]
fn file_names_stay_in_the_directory_of_the_pattern() {
    let room = Room::new();
    let one = r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#;
    room.write(
        "evil.json",
        &format!(
            r#"{{"../../up": {one}, "..": {one}, "/etc/x": {one}, "a\u0000b\u001b[2J": {one}, "c:\\d*?": {one}}}"#
        ),
    );
    let done = room.run(&["export", "-o", "out/{key}.csv", "evil.json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let names = ["a-b--2J.csv", "c--d.csv", "etc-x.csv", "histogram.csv", "up.csv"];
    assert_eq!(files(&room.path("out")), names);
    assert_eq!(files(&room.path(".")).len(), 6);
}

#[test]
fn errors_of_one_series_do_not_stop_the_others() {
    let room = Room::new();
    room.write(
        "some.json",
        r#"{"a": {"_type": "histogram", "values": [1], "bins": [0, 1]}, "b": {"_type": "histogram", "values": [1, 1], "bins": [2, 1, 0]}}"#,
    );
    let done = room.run(&["export", "-o", "{key}.svg", "some.json"]);
    assert_eq!((done.code, room.path("a.svg").exists(), room.path("b.svg").exists()), (1, true, false));
    assert!(done.err.starts_with("rebin: some.json: b: `bins` must increase monotonically"), "{}", done.err);
    let missing = self::room().run(&["export", "-s", "20", "-o", "{key}", "run.jsonl"]);
    assert_eq!(missing.code, 1);
    assert!(
        missing.err.contains("act: step 20 does not exist") && missing.err.contains("wrote grad-w.json"),
        "{}",
        missing.err
    );
}

#[test]
fn an_interrupt_leaves_only_complete_files() {
    let room = Room::new();
    let steps = (0..500)
        .map(|step| format!(r#"{{"_step": {step}, "w": {{"_type": "histogram", "values": [1], "bins": [0, 1]}}}}"#));
    room.write("run.jsonl", &steps.collect::<Vec<_>>().join("\n"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_rebin"));
    command.args(["export", "-s", "all", "-o", "out/{step}.png", "run.jsonl"]).current_dir(room.path("."));
    let child = command.env_clear().stderr(Stdio::piped()).spawn().unwrap();
    while !room.path("out/0.png").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let done = child.wait_with_output().unwrap();
    let (code, stderr) = (done.status.code(), String::from_utf8_lossy(&done.stderr));
    let written = files(&room.path("out"));
    assert!(stderr.contains(&format!("cancelled; wrote {} of 500 files", written.len())), "{stderr}");
    assert!(code == Some(130) && (1..500).contains(&written.len()), "{code:?} {written:?}");
    for name in written {
        let png = fs::read(room.path("out").join(&name)).unwrap();
        assert!(!name.contains("tmp") && png.ends_with(b"IEND\xaeB`\x82"), "{name}");
    }
}

/// Returns true if Python with numpy is installed.
fn has_numpy() -> bool {
    let tried = Command::new("python3").args(["-c", "import numpy"]).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

#[test]
fn an_exported_script_builds_the_same_histogram() {
    if !has_numpy() {
        println!("skipped: python3 with numpy is not installed");
        return;
    }
    let room = Room::new();
    let doubles: Vec<u8> = (0..300).flat_map(|i| f64::from(i * i % 97).sqrt().to_le_bytes()).collect();
    fs::write(room.path("a.npy"), npy("<f8", &doubles)).unwrap();
    let unusual = [
        r#"{"_type": "histogram", "values": [1, 2.5, NaN, -3], "bins": [-Infinity, 0, 0.1, 1e-07, Infinity]}"#,
        r#"{"_type": "histogram", "values": [9007199254740993, 18446744073709551615], "bins": [-1, 0, 1]}"#,
        r#"{"_type": "histogram", "values": [1, 100000000000000000000000], "bins": [1.0, 2.0, 3.0]}"#,
        r#"{"_type": "histogram", "values": [], "bins": [1.5]}"#,
    ];
    for (index, text) in unusual.iter().enumerate() {
        room.write(&format!("{index}.json"), text);
    }
    for source in ["a.npy", "0.json", "1.json", "2.json", "3.json"] {
        let json = room.run(&["export", source]);
        let script = room.run(&["export", source, "--format", "py"]);
        room.write("script.py", &script.out);
        let ran = Command::new("python3").arg(room.path("script.py")).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert_eq!((&*out, json.code), (&*json.out, 0), "{source}: {err}");
    }
}

/// The texts of an SVG picture.
fn texts(svg: &str) -> Vec<String> {
    let texts = svg.split("</text>").filter_map(|part| part.rsplit_once('>').map(|(_, text)| text.to_owned()));
    texts.filter(|text| !text.trim().is_empty()).collect()
}

fn has(svg: &str, wanted: &[&str]) {
    let texts = texts(svg);
    for text in wanted {
        assert!(texts.iter().any(|found| found == text), "{text} is not in {texts:?}");
    }
}

/// Annoyance 32.
#[test]
fn bands_ridges_and_panels_are_pictures() {
    let room = Room::new();
    let object = |n: usize| format!(r#"{{"_type": "histogram", "values": [{n}, 4, 1], "bins": [0, 1, 2, 3]}}"#);
    let line = |step: usize| format!("{{\"_step\": {}, \"w\": {}, \"v\": {}}}\n", step * 10, object(step), object(4));
    room.write("run.jsonl", &(0..4).map(line).collect::<String>());
    room.write("other.csv", "w\n1\n2\n");
    let export = |arguments: &[&str]| {
        let done = room.run(&[&["export"], arguments].concat());
        assert_eq!(done.code, 0, "{}", done.err);
        done.out
    };
    has(&export(&["--over-steps=bands", "-k", "w", "run.jsonl"]), &["w", "median", "87 %", "step", "value"]);
    has(&export(&["--over-steps=ridges", "-k", "w", "run.jsonl"]), &["w", "0", "10", "30"]);
    has(&export(&["--over-steps", "-k", "w", "run.jsonl"]), &["w", "% of a step"]);
    let names = ["--title", "A b", "--xlabel", "x y", "--ylabel", "-z"];
    for picture in ["--over-steps=bands", "--over-steps=ridges", "--over-steps=heatmap", "--format=svg"] {
        has(&export(&[&[picture, "-k", "w", "run.jsonl"], &names[..]].concat()), &["A b", "x y", "-z"]);
    }
    let panels = export(&["--side-by-side", "run.jsonl", "other.csv", "-k", "*", "--title", "All"]);
    has(&panels, &["All", "run · v · step 30", "run · w · step 30", "other · w"]);
    room.run(&["export", "--side-by-side", "-o", "grid.png", "run.jsonl"]);
    assert!(fs::read(room.path("grid.png")).unwrap().starts_with(b"\x89PNG"));
    let again = room.run(&["export", "--side-by-side", "-o", "grid.png", "run.jsonl"]);
    assert_eq!((again.code, again.err.contains("file exists")), (1, true), "{}", again.err);
    for invalid in
        [&["--over-steps=lines"][..], &["--side-by-side", "--format", "csv"], &["--title", "x", "--format", "json"]]
    {
        let done = room.run(&[&["export", "missing.csv"], invalid].concat());
        assert_eq!((done.code, done.err.contains("missing.csv")), (2, false), "{}", done.err);
    }
}
