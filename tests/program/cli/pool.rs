//! Pools of files, and count files that are merged.

use super::room::{Room, arrow_stream};
use super::{floats, nearly_normal, values};
use std::fs;
use std::thread;

/// Writes the same samples to eight files and to one.
fn room() -> (Room, Vec<String>) {
    let (room, (samples, _)) = (Room::new(), nearly_normal());
    fs::write(room.path("all.npy"), floats(&samples)).unwrap();
    let parts = samples.chunks(samples.len() / 8).enumerate().map(|(i, part)| {
        let name = format!("{i}.npy");
        fs::write(room.path(&name), floats(part)).unwrap();
        name
    });
    let parts = parts.collect();
    (room, parts)
}

#[test]
fn a_pool_is_counted_like_one_array() {
    let (room, parts) = room();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    for bins in ["77", "scott", "fd"] {
        let pool = room.run(&[&["export", "-b", bins], &parts[..]].concat());
        assert_eq!((pool.code, &*pool.err), (0, ""));
        assert_eq!(pool.out, room.run(&["export", "-b", bins, "all.npy"]).out);
    }
    let shown = room.run(&[&["show", "--pool", "--height", "5"], &parts[..]].concat());
    assert!(shown.out.starts_with("8 files · 64 bins exact\n"), "{}", shown.out);
}

#[test]
fn files_without_the_series_are_reported() {
    let room = Room::new();
    room.write("a.csv", "loss,x\n1,2\n3,4\n");
    room.write("b.csv", "loss\n2.5\n");
    room.write("c.csv", "y\n1\n2\n");
    let shown = room.run(&["-k", "loss", "a.csv", "b.csv", "c.csv"]);
    assert_eq!(shown.code, 1);
    assert!(shown.out.starts_with("loss · 2 files · 64 bins exact\n") && shown.out.contains("n 3 "), "{}", shown.out);
    assert!(shown.err.starts_with("rebin: c.csv: no series 'loss'\n"), "{}", shown.err);
    assert!(shown.err.contains("int64 values are counted as float64"), "{}", shown.err);
    for command in ["export", "count"] {
        let done = room.run(&[command, "-k", "loss", "a.csv", "c.csv"]);
        assert_eq!((done.code, &*done.out), (1, ""));
        assert_eq!(done.err, "rebin: c.csv has no series 'loss'; available: 'y'\n");
    }
    let nowhere = room.run(&["show", "--pool", "-k", "z", "a.csv", "b.csv"]);
    assert_eq!((nowhere.code, &*nowhere.err), (1, "rebin: a.csv has no series 'z'; available: 'loss', 'x'\n"));
}

#[test]
fn a_pool_with_an_unreadable_file_is_an_error() {
    let room = Room::new();
    let complete = floats(&[1.0, 2.0, 3.0]);
    fs::write(room.path("a.npy"), &complete).unwrap();
    fs::write(room.path("cut.npy"), &complete[..complete.len() - 5]).unwrap();
    assert_eq!(room.run(&["count", "-o", "a.json", "a.npy"]).code, 0);
    let counts = fs::read_to_string(room.path("a.json")).unwrap();
    room.write("cut.json", &counts[..counts.len() / 2]);
    let commands: [&[&str]; 6] = [
        &["export", "-b", "2", "a.npy", "nope.npy"],
        &["export", "-b", "2", "a.npy", "cut.npy"],
        &["count", "a.npy", "cut.npy"],
        &["show", "--pool", "a.npy", "nope.npy"],
        &["show", "--pool", "a.npy", "cut.npy"],
        &["merge", "a.json", "cut.json"],
    ];
    for command in commands {
        let done = room.run(command);
        assert_eq!((done.code, &*done.out), (1, ""), "{command:?}");
        let named = format!("rebin: cannot read {}: ", command.last().unwrap());
        assert!(done.err.starts_with(&named) && done.err.lines().count() == 1, "{}", done.err);
    }
}

#[test]
fn samples_without_finite_bins_cannot_be_counted() {
    let room = Room::new();
    room.write("wide.json", &format!("[{}]", ["10000000000000000"; 5].join(", ")));
    fs::write(room.path("far.npy"), floats(&[1e17; 3])).unwrap();
    fs::write(room.path("near.npy"), floats(&[0.5; 3])).unwrap();
    for of in [&["wide.json"][..], &["far.npy"], &["--range=-1e308,1e308", "near.npy"]] {
        let done = room.run(&[&["count", "-o", "part.json"], of].concat());
        assert!(done.err.contains("Too many bins for data range. Cannot create 1 finite-sized bins."), "{}", done.err);
        assert!(done.code == 1 && !room.path("part.json").exists());
    }
}

#[test]
fn counts_with_non_finite_samples_keep_their_range() {
    let room = Room::new();
    fs::write(room.path("n.npy"), floats(&[-3.0, 0.5, f64::NAN, 0.5, 9.0])).unwrap();
    assert_eq!(room.run(&["count", "--range=-4,4", "-o", "n.json", "n.npy"]).code, 0);
    let counted = room.run(&["export", "-b", "4", "n.json"]);
    let expected = room.run(&["export", "-b", "4", "--range=-4,4", "n.npy"]);
    assert_eq!((counted.code, values(&counted.out), counted.out), (0, vec![1.0, 0.0, 2.0, 0.0], expected.out));
    assert_eq!(counted.err, "rebin: n.json: excluded 2 of 5 values: 1 NaN, 1 out of range\n");
    fs::write(room.path("m.npy"), floats(&[1.0, 2.0])).unwrap();
    let pooled = room.run(&["export", "-b", "2", "m.npy", "n.npy"]);
    assert!(pooled.err.ends_with("excluded 1 of 7 values: 1 NaN (first: n.npy: [2])\n"), "{}", pooled.err);
}

#[test]
fn merging_different_keys_is_reported() {
    let room = Room::new();
    room.write("a.csv", "loss,x\n1,2\n3,4\n");
    for key in ["loss", "x"] {
        assert_eq!(room.run(&["count", "--range=0,4", "-k", key, "-o", &format!("{key}.json"), "a.csv"]).code, 0);
    }
    let merged = room.run(&["merge", "-o", "sum.json", "loss.json", "x.json"]);
    let expected = "rebin: x.json: combined its series 'x' with 'loss' of loss.json\n";
    assert_eq!((merged.code, &*merged.err), (0, expected));
}

#[test]
fn no_file_is_counted_twice() {
    let room = Room::new();
    for (name, samples) in [("a", &[1.0, 2.0][..]), ("b", &[3.0]), ("none", &[])] {
        fs::write(room.path(&format!("{name}.npy")), floats(samples)).unwrap();
        let (part, samples) = (format!("part-{name}.json"), format!("{name}.npy"));
        assert_eq!(room.run(&["count", "--range=0,4", "-o", &part, &samples]).code, 0);
    }
    let parts = ["part-a.json", "part-b.json", "part-none.json"];
    let merge = |parts: &[&str]| room.run(&[&["merge", "--force", "-o", "part-all.json"], parts].concat());
    assert_eq!(merge(&parts).code, 0);
    let sum = fs::read(room.path("part-all.json")).unwrap();
    let again = merge(&["part-a.json", "./part-all.json", "part-b.json"]);
    let expected = "rebin: cannot write part-all.json: it is also an input (./part-all.json); remove it from the \
                inputs, or write another file\n";
    assert_eq!((again.code, &*again.err), (1, expected));
    let same = room.run(&["count", "--force", "-o", "a.npy", "a.npy"]);
    assert!(same.code == 1 && same.err.contains("cannot write a.npy: it is also an input (a.npy)"), "{}", same.err);
    fs::copy(room.path("part-b.json"), room.path("copy.json")).unwrap();
    for twice in ["copy.json", "./part-b.json"] {
        let twins = merge(&["part-a.json", "part-b.json", twice]);
        let expected =
            format!("rebin: part-b.json and {twice} count the same file or part, which would be added twice");
        assert!(twins.code == 1 && twins.err.starts_with(&expected), "{}", twins.err);
    }
    assert_eq!(fs::read(room.path("part-all.json")).unwrap(), sum);
    fs::copy(room.path("part-none.json"), room.path("none.json")).unwrap();
    assert_eq!(merge(&[&parts[..], &["none.json"]].concat()).code, 0);
    assert_eq!(fs::read(room.path("part-all.json")).unwrap(), sum);
}

#[test]
fn equal_counts_of_different_files_merge_and_each_file_only_once() {
    let room = Room::new();
    for (name, value) in [("zeros-1", 0.0), ("zeros-2", 0.0), ("nan-1", f64::NAN), ("nan-2", f64::NAN)] {
        fs::write(room.path(&format!("{name}.npy")), floats(&[value; 3])).unwrap();
        let (part, samples) = (format!("{name}.json"), format!("{name}.npy"));
        assert_eq!(room.run(&["count", "--range=-1,1", "-o", &part, &samples]).code, 0);
    }
    let merge = |parts: &[&str]| room.run(&[&["merge", "--force", "-o", "sum.json"], parts].concat());
    let done = merge(&["zeros-1.json", "zeros-2.json", "nan-1.json", "nan-2.json"]);
    assert_eq!((done.code, &*done.err), (0, ""));
    assert!(fs::read_to_string(room.path("sum.json")).unwrap().contains("\"n\": 12, \"nan\": 6"));
    fs::rename(room.path("sum.json"), room.path("all.json")).unwrap();
    // The sum knows its parts. The same file is recognized even if it was counted again.
    assert_eq!(room.run(&["count", "--range=-1,1", "-o", "again.json", "zeros-1.npy"]).code, 0);
    for (one, other) in [("zeros-1.json", "again.json"), ("all.json", "nan-2.json")] {
        let done = merge(&[one, other]);
        let expected = format!("rebin: {one} and {other} count the same file or part, which would be added twice");
        assert!(done.code == 1 && done.err.starts_with(&expected), "{}", done.err);
    }
    // Count files of earlier versions do not name their parts.
    for name in ["zeros-1.json", "zeros-2.json"] {
        let text = fs::read_to_string(room.path(name)).unwrap();
        let (before, after) = text.split_once("\"parts\": [").unwrap();
        let (_, after) = after.split_once("], ").unwrap();
        room.write(name, &format!("{before}{after}"));
    }
    let done = merge(&["zeros-1.json", "zeros-2.json"]);
    assert!(done.code == 1 && done.err.contains("contain identical counts"), "{}", done.err);
    assert_eq!(merge(&["zeros-1.json", "nan-1.json"]).code, 0);
}

#[test]
fn counts_that_do_not_match_are_rejected_with_their_files() {
    let (room, parts) = room();
    let part = |name: &str, typed: &[&str]| {
        assert_eq!(room.run(&[&["count", "-o", name], typed].concat()).code, 0);
        fs::read_to_string(room.path(name)).unwrap()
    };
    let text = part("a.json", &["--range=-4,4", &parts[0]]);
    part("b.json", &["--range=-4.0,4", &parts[1]]);
    part("wide.json", &["--range=-5,4", &parts[1]]);
    // The same range, once as integers and once as floats.
    assert_eq!(room.run(&["merge", "-o", "sum.json", "a.json", "b.json"]).code, 0);
    let done = room.run(&["merge", "a.json", "b.json", "wide.json"]);
    let expected =
        "rebin: a.json was counted over [-4, 4] and wide.json over [-5, 4]; count both with the same --range LO,HI\n";
    assert_eq!((done.code, &*done.err), (1, expected));

    let most = text.replacen(&format!("\"n\": {}", 2500), &format!("\"n\": {}", u64::MAX), 1);
    let outside = text.find("\"below\": ").unwrap() + 9;
    assert!(text[outside..].starts_with("0, "));
    let most = most.replacen("\"below\": 0", &format!("\"below\": {}", u64::MAX - 2500), 1);
    let lowest = most.find("\"ends\": [").unwrap() + 9;
    let most = format!("{}-9{}", &most[..lowest], &most[lowest + most[lowest..].find(',').unwrap()..]);
    room.write("most.json", &most);
    let done = room.run(&["merge", "-o", "x.json", "most.json", "b.json"]);
    let expected = "rebin: adding b.json exceeds the maximum of 18446744073709551615 values\n";
    assert_eq!((done.code, &*done.err), (1, expected));

    for change in ["\"mean\": ", "\"std\": "] {
        room.write("bad.json", &text.replacen(change, &format!("{change}-80, \"was\": "), 1));
        let done = room.run(&["merge", "a.json", "bad.json"]);
        let expected = "rebin: cannot read bad.json: `mean` or `std` is inconsistent with `ends`";
        assert!(done.code == 1 && done.err.starts_with(expected), "{}", done.err);
    }
}

#[test]
fn eight_processes_count_the_same_as_one() {
    let (room, parts) = room();
    thread::scope(|scope| {
        for part in &parts {
            let room = &room;
            scope.spawn(move || {
                let done = room.run(&["count", "--range", "-4,4", "-o", &format!("{part}.json"), part]);
                assert_eq!((done.code, &*done.err), (0, ""));
            });
        }
    });
    let counts: Vec<String> = parts.iter().map(|part| format!("{part}.json")).collect();
    let counts: Vec<&str> = counts.iter().map(String::as_str).collect();
    assert_eq!(room.run(&[&["merge", "-o", "sum.json"], &counts[..]].concat()).code, 0);
    for bins in ["1", "64", "501"] {
        let merged = room.run(&["export", "-b", bins, "sum.json"]);
        assert_eq!(merged.out, room.run(&["export", "-b", bins, "--range", "-4,4", "all.npy"]).out);
        assert_eq!(merged.out, room.run(&[&["export", "-b", bins], &counts[..]].concat()).out);
    }
    // Edges that the count file contains.
    for edges in [&["--edges=-4,0,4"][..], &["--edges=-4,-1,2,4"], &["-b", "3", "--range=-9,9"]] {
        let merged = room.run(&[&["export", "sum.json"], edges].concat());
        let expected = room.run(&[&["export", "all.npy"], edges].concat());
        assert_eq!((merged.code, &merged.out, &merged.err), (0, &expected.out, &expected.err));
    }
    let merged = room.run(&["export", "-b", "8", "--range=-1,1", "sum.json"]);
    assert_eq!(merged.out, room.run(&["export", "-b", "8", "--range=-1,1", "all.npy"]).out);
    assert!(merged.err.contains("exact except for the last bin"), "{}", merged.err);
    // Other edges yield estimates within bounds.
    let near = room.run(&["export", "-b", "5", "--range", "-1.03,1.01", "sum.json"]);
    assert!(near.code == 0 && near.err.contains("approximate"), "{}", near.err);
    let shown = room.run(&[&["merge"], &counts[..]].concat());
    assert!(shown.out.contains("n 20,000 ") && shown.out.contains("p50 ["), "{}", shown.out);

    let existing = room.run(&[&["merge", "-o", "sum.json"], &counts[..]].concat());
    assert!(existing.code == 1 && existing.err.contains("file exists"), "{}", existing.err);
    assert_eq!(room.run(&["count", "-o", "wide.json", "0.npy"]).code, 0);
    let ranges = room.run(&["merge", "-o", "x.json", counts[1], "wide.json"]);
    assert!(ranges.code == 1 && ranges.err.contains("count both with the same --range LO,HI"), "{}", ranges.err);
    let incomplete = room.run(&["merge", "-o", "x.json", counts[1], "nowhere.json"]);
    assert!(incomplete.code == 1 && incomplete.err.contains("nowhere.json") && !room.path("x.json").exists());
}

#[test]
fn the_memory_limit_is_respected() {
    let (room, _) = room();
    room.write("a.csv", &"1.5\n".repeat(2000));
    let done = room.run(&["export", "--memory", "1K", "a.csv"]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("more than the 1.0 KiB memory limit") && done.err.contains("--memory"), "{}", done.err);
    // Parsed in chunks, so the text does not count.
    room.write("array.json", &format!("[{}1]", "1.5, ".repeat(400_000)));
    room.write("column.txt", &"1.5\n".repeat(400_000));
    for large in ["array.json", "column.txt"] {
        assert_eq!(room.run(&["export", "--memory", "8M", large]).code, 0);
        let done = room.run(&["export", "--memory", "3M", large]);
        assert!(done.code == 1 && done.err.contains("more than the 3.0 MiB memory limit"), "{}", done.err);
    }
    // Arrays are read from the file without copying them.
    let within = room.run(&["export", "--memory", "1K", "all.npy"]);
    assert_eq!((within.code, within.out), (0, room.run(&["export", "all.npy"]).out));
    let stone = room.run(&["export", "--memory", "1K", "-b", "stone", "all.npy"]);
    assert!(stone.err.contains("stone sorts all values") && stone.err.contains("--memory"), "{}", stone.err);
    assert_eq!(room.run(&["export", "--memory", "much", "all.npy"]).code, 2);
}

#[test]
fn keys_and_globs_select_the_same_series_in_a_pool() {
    let room = Room::new();
    room.write("a.csv", "grad/w,grad/b,a\u{7}b\n1,2,7\n3,4,8\n");
    room.write("b.csv", "grad/w,grad/b,a\u{7}b\n5,6,9\n");
    room.write("c.csv", "grad/w,other\n5,6\n");
    let shown = room.run(&["show", "--pool", "-k", "grad/*", "--height", "4", "a.csv", "b.csv"]);
    assert_eq!((shown.code, &*shown.err), (0, ""));
    assert!(shown.out.contains("grad/w · 64 bins") && shown.out.contains("grad/b · 64 bins"), "{}", shown.out);
    let one = room.run(&["export", "-b", "2", "-k", "*w", "a.csv", "b.csv"]);
    assert_eq!(one.out, "{\"_type\": \"histogram\", \"values\": [1, 2], \"bins\": [1.0, 3.0, 5.0]}\n");
    for (key, same) in [("[\"grad/w\"]", "grad/w"), ("a\u{2407}b", "a\u{7}b"), ("*/b", "grad/b")] {
        let found = room.run(&["export", "-b", "2", "-k", key, "a.csv", "b.csv"]);
        let plain = room.run(&["export", "-b", "2", "-k", same, "a.csv", "b.csv"]);
        assert_eq!((found.code, found.out), (0, plain.out), "{key}: {}", found.err);
    }
    let several = room.run(&["export", "-k", "grad/*", "a.csv", "b.csv"]);
    assert!(several.code == 1 && several.err.contains("'grad/*' matches 2 series in"), "{}", several.err);
    let incomplete = room.run(&["count", "-k", "grad/*", "a.csv", "c.csv"]);
    assert_eq!((incomplete.code, &*incomplete.err), (1, "rebin: c.csv has no series 'grad/b'\n"));
    let shown = room.run(&["show", "--pool", "-k", "grad/*", "a.csv", "c.csv"]);
    assert!(shown.code == 1 && shown.err.contains("c.csv: no series 'grad/b'"), "{}", shown.err);
}

#[test]
fn counts_of_different_integer_types_merge_if_numpy_keeps_integers() {
    let room = Room::new();
    let array = |descr: &str, n: usize, data: Vec<u8>| {
        let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({n},), }}\n");
        [b"\x93NUMPY\x01\0", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes(), &data].concat()
    };
    let values = |n: i32| (0..n).map(move |i| i * i % 200);
    let small: Vec<u8> = values(300).flat_map(|i| (i as u8).to_le_bytes()).collect();
    let middle: Vec<u8> = values(500).flat_map(|i| (i - 100).to_le_bytes()).collect();
    let large: Vec<u8> = values(700).flat_map(|i| (i64::from(i) - 50).to_le_bytes()).collect();
    let float: Vec<u8> = values(10).flat_map(|i| (i as f32).to_le_bytes()).collect();
    for (name, descr, n, data) in
        [("a", "|u1", 300, small), ("b", "<i4", 500, middle), ("c", "<i8", 700, large), ("f", "<f4", 10, float)]
    {
        fs::write(room.path(&format!("{name}.npy")), array(descr, n, data)).unwrap();
        let (input, output) = (format!("{name}.npy"), format!("{name}.json"));
        assert_eq!(room.run(&["count", "--range", "-40,120", "-o", &output, &input]).code, 0);
    }
    assert_eq!(room.run(&["merge", "-o", "sum.json", "a.json", "b.json", "c.json"]).err, "");
    for bins in ["7", "64", "511"] {
        let summed = room.run(&["export", "-b", bins, "sum.json"]);
        let expected = room.run(&["export", "-b", bins, "--range", "-40,120", "a.npy", "b.npy", "c.npy"]);
        assert_eq!((summed.code, summed.out), (0, expected.out));
    }
    let done = room.run(&["merge", "-o", "no.json", "c.json", "f.json"]);
    assert!(done.err.contains("float32, which have different edges"), "{}", done.err);
}

#[test]
fn merge_accepts_only_count_files() {
    let room = Room::new();
    fs::write(room.path("a.npy"), floats(&[1.0, 2.0])).unwrap();
    room.write("h.json", r#"{"_type": "histogram", "values": [1], "bins": [0, 1]}"#);
    assert_eq!(room.run(&["count", "--range=0,4", "-o", "part.json", "a.npy"]).code, 0);
    let samples = "rebin: cannot merge a.npy: it contains samples; merge files that rebin count wrote\n";
    let logged = "rebin: cannot merge h.json: it contains a logged histogram; merge files that rebin count wrote\n";
    let cases: [(&[&str], &str); 5] = [
        (&["a.npy"], samples),
        (&["a.npy", "a.npy"], samples),
        (&["part.json", "a.npy"], samples),
        (&["h.json"], logged),
        (&["part.json", "h.json"], logged),
    ];
    for (files, error) in cases {
        for output in [&[][..], &["-o", "sum.json"]] {
            let done = room.run(&[&["merge"], output, files].concat());
            assert_eq!((done.code, &*done.out, &*done.err), (1, "", error), "{output:?} {files:?}");
        }
    }
    for output in [&[][..], &["-o", "sum.json"]] {
        let done = room.run_with(&[&["merge"], output, &["-"]].concat(), "1\n2\n", &[]);
        let error = "rebin: cannot merge -: it contains samples; merge files that rebin count wrote\n";
        assert_eq!((done.code, &*done.out, &*done.err), (1, "", error), "{output:?}");
    }
    assert!(!room.path("sum.json").exists());
    assert_eq!(room.run(&["merge", "part.json"]).code, 0);
}

#[test]
fn an_arrow_stream_is_counted_without_holding_it() {
    let (room, (samples, _)) = (Room::new(), nearly_normal());
    fs::write(room.path("all.npy"), floats(&samples)).unwrap();
    let stream = arrow_stream(&samples);
    let count = |input: &[u8], more: &[&str]| {
        room.run_on(&[&["count", "-k", "loss", "--range=-3,3", "--force", "-o"], more, &["-"]].concat(), input, &[])
    };
    let whole = count(&stream, &["a.counts"]);
    assert_eq!((whole.code, &*whole.err), (0, ""));
    // The stream has 160 kB; with this limit, its segments have a quarter of that.
    let small = count(&stream, &["b.counts", "--memory", "600K"]);
    assert_eq!((small.code, &*small.err), (0, ""));
    let expected = room.run(&["export", "-b", "77", "--range=-3,3", "all.npy"]).out;
    for name in ["a.counts", "b.counts"] {
        assert_eq!(room.run(&["export", "-b", "77", name]).out, expected, "{name}");
    }
    let cut = count(&stream[..stream.len() / 2], &["cut.counts"]);
    assert_eq!((cut.code, room.path("cut.counts").exists()), (1, false), "a part without some of its values is wrong");
    assert!(cut.err.contains("the stream ends in the middle of a message"), "{}", cut.err);
    let nothing = count(&arrow_stream(&[]), &["none.counts"]);
    assert_eq!((nothing.code, &*nothing.err), (0, ""), "a partition may be empty");
    assert_eq!(room.run(&["merge", "-o", "sum.counts", "a.counts", "none.counts"]).code, 0);
    assert_eq!(room.run(&["export", "-b", "77", "sum.counts"]).out, expected);
    let text = room.run_on(&["count", "--range=-3,3", "-"], b"0.5\n1.5\n", &[]);
    assert!(text.code == 0 && text.out.contains("\"n\": 2,"), "{}", text.out);
}

#[test]
fn both_forms_of_count_files_merge_and_the_binary_one_is_small() {
    let (room, parts) = room();
    for (part, name) in parts.iter().zip(["0.counts", "1.json", "2.counts"]) {
        assert_eq!(room.run(&["count", "--range=-4,4", "-o", name, part]).code, 0);
    }
    let size = |name: &str| fs::metadata(room.path(name)).unwrap().len();
    assert!(3 * size("0.counts") < size("1.json"), "{} {}", size("0.counts"), size("1.json"));
    let files = ["0.counts", "1.json", "2.counts"];
    assert_eq!(room.run(&[&["merge", "-o", "sum.counts"], &files[..]].concat()).code, 0);
    let samples: Vec<&str> = parts.iter().take(3).map(String::as_str).collect();
    let expected = room.run(&[&["export", "-b", "64", "--range=-4,4"], &samples[..]].concat()).out;
    assert_eq!(room.run(&["export", "-b", "64", "sum.counts"]).out, expected);
    let json = room.run(&["merge", "-o", "-", "sum.counts"]);
    assert!(json.out.starts_with("{\"_type\": \"rebin-partial\""), "{}", json.out);
    let twice = room.run(&["merge", "-o", "x.counts", "sum.counts", "2.counts"]);
    assert!(twice.code == 1 && twice.err.contains("count the same file or part"), "{}", twice.err);
    let whole = fs::read(room.path("0.counts")).unwrap();
    fs::write(room.path("cut.counts"), &whole[..whole.len() / 2]).unwrap();
    let cut = room.run(&["merge", "-o", "x.counts", "1.json", "cut.counts"]);
    assert_eq!((cut.code, room.path("x.counts").exists()), (1, false));
    assert!(cut.err.starts_with("rebin: cannot read cut.counts: ") && cut.err.lines().count() == 1, "{}", cut.err);
}
