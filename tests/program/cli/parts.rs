//! Count files as parts of a whole: names, repeated parts, incomplete streams, and many files.

use super::floats;
use super::room::{Room, arrow_stream};
use arrow_array::types::Int32Type;
use arrow_array::{DictionaryArray, Float64Array, Int32Array, RecordBatch};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use std::fs;
use std::sync::Arc;

/// Counts a stream of two values and a null as a part.
fn count(room: &Room, part: &str, output: &str) {
    let stream = arrow_stream(&[0.5, 1.5]);
    let done = room.run_on(&["count", "--range=0,4", "--part", part, "-o", output, "-"], &stream, &[]);
    assert_eq!((done.code, &*done.err), (0, ""));
}

#[test]
fn a_part_with_a_name_is_added_once() {
    let room = Room::new();
    count(&room, "7", "a.counts");
    count(&room, "8", "b.counts");
    count(&room, "7", "repeated.counts");
    assert_eq!(room.run(&["merge", "-o", "sum.counts", "a.counts", "b.counts"]).err, "");
    for first in ["a.counts", "sum.counts"] {
        let done = room.run(&["merge", "-o", "x.counts", first, "repeated.counts"]);
        let error = format!(
            "rebin: {first} and repeated.counts count the same file or part, which would be added twice; leave one out\n"
        );
        assert_eq!((done.code, done.err, room.path("x.counts").exists()), (1, error, false));
    }
    let again = room.run(&["count", "--part", "9", "-o", "x.counts", "a.counts"]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("cannot count a.counts as part 9: it has parts already"), "{}", again.err);
    assert_eq!(room.run(&["count", "--part", "", "-"]).code, 2, "an empty name is not a name");
}

#[test]
fn cells_without_a_value_are_counted_in_every_part() {
    let room = Room::new();
    count(&room, "0", "a.counts");
    count(&room, "1", "b.json");
    room.write("c.csv", "x\n1\n\noops\n3\n");
    let table = room.run(&["count", "--range=0,4", "-o", "c.counts", "c.csv"]);
    assert_eq!(table.code, 0, "{}", table.err);
    assert_eq!(room.run(&["merge", "-o", "sum.counts", "a.counts", "b.json"]).code, 0);
    for (file, missing, bad) in [("a.counts", 1, 0), ("sum.counts", 2, 0), ("c.counts", 0, 1)] {
        let stats = room.run(&["stats", "--json", file]).out;
        let cells = format!("\"missing\": {missing}, \"bad\": {bad}");
        assert!(stats.contains(&cells) || stats.contains(&cells.replace(": ", ":")), "{file}: {stats}");
    }
}

/// The range of the counts leaves out most values.
#[test]
fn quantiles_of_counts_are_estimates_with_bounds() {
    let room = Room::new();
    let values: Vec<String> = (0..100).chain(1000..1100).map(|i| format!("{i}.5")).collect();
    room.write("x.csv", &format!("x\n{}\n", values.join("\n")));
    assert_eq!(room.run(&["count", "--range=90,110", "-o", "x.counts", "x.csv"]).code, 0);
    let json = room.run(&["stats", "--json", "--quantile", "0.25", "--quantile", "0.75", "x.counts"]).out;
    let stats: serde_json::Value = serde_json::from_str(&json).unwrap();
    let bounds = &stats[0]["bounds"];
    assert_eq!(bounds["quantiles"], serde_json::json!({"0.25": [0.5, 90.0], "0.75": [110.0, 1099.5]}), "{json}");
    assert_eq!(bounds["mean"][0], stats[0]["mean"], "moments are exact");
    let table = room.run(&["stats", "x.counts"]).out;
    assert!(table.lines().nth(1).is_some_and(|row| row.contains("≈")), "{table}");
    let csv = room.run(&["stats", "--csv", "--quantile", "0.25", "x.counts"]).out;
    assert!(csv.trim_end().ends_with(",0.5,90.0"), "{csv}");
}

#[test]
fn a_stream_without_its_end_is_refused() {
    let room = Room::new();
    let stream = arrow_stream(&[0.5, 1.5]);
    let count = |bytes: &[u8]| room.run_on(&["count", "--range=0,4", "-"], bytes, &[]);
    assert_eq!(count(&stream).code, 0);
    for length in (0..stream.len()).step_by(37) {
        let done = count(&stream[..length]);
        assert_eq!((done.code, &*done.out, done.err.lines().count()), (1, "", 1), "{length}: {}", done.err);
    }
    let killed = count(&stream[..stream.len() - 8]);
    assert!(killed.err.contains("the stream has no end marker, so values may be missing"), "{}", killed.err);
    let two = count(&stream.repeat(2));
    assert!(two.code == 1 && two.err.contains("bytes follow the end of the stream"), "{}", two.err);
}

/// Writes batches of numbers in dictionaries. Each dictionary replaces the one before.
fn stream_of_dictionaries(batches: &[[f64; 2]], options: IpcWriteOptions) -> Vec<u8> {
    let batch = |values: &[f64; 2]| {
        let (keys, values) = (Int32Array::from(vec![0, 1, 0]), Arc::new(Float64Array::from(values.to_vec())));
        let column = DictionaryArray::<Int32Type>::new(keys, values);
        RecordBatch::try_from_iter([("x", Arc::new(column) as _)]).unwrap()
    };
    let schema = batch(&batches[0]).schema();
    let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
    for values in batches {
        writer.write(&batch(values)).unwrap();
    }
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn dictionaries_that_replace_each_other_are_counted_in_segments() {
    let room = Room::new();
    let batches: Vec<[f64; 2]> = (0..60).map(|i| [f64::from(i) / 16.0, 2.0]).collect();
    let all: Vec<f64> = batches.iter().flat_map(|[a, b]| [*a, *b, *a]).collect();
    fs::write(room.path("all.npy"), floats(&all)).unwrap();
    let expected = room.run(&["export", "-b", "64", "--range=0,4", "all.npy"]).out;
    let options = IpcWriteOptions::default();
    let compressed = options.clone().try_with_compression(Some(CompressionType::ZSTD)).unwrap();
    for (options, memory) in [(options.clone(), "600K"), (options, "1G"), (compressed, "1G")] {
        let stream = stream_of_dictionaries(&batches, options);
        let arguments = ["count", "--range=0,4", "--memory", memory, "--force", "-o", "x.counts", "-"];
        let done = room.run_on(&arguments, &stream, &[]);
        assert_eq!((done.code, &*done.err), (0, ""), "{memory}");
        assert_eq!(room.run(&["export", "-b", "64", "x.counts"]).out, expected, "{memory}");
    }
}

#[test]
fn a_directory_of_parts_is_merged_and_a_broken_part_is_named() {
    let room = Room::new();
    fs::create_dir(room.path("parts")).unwrap();
    let all: Vec<f64> = (0..300).map(|i| f64::from(i % 37) / 10.0).collect();
    fs::write(room.path("all.npy"), floats(&all)).unwrap();
    for (i, values) in all.chunks(25).enumerate() {
        let name = format!("parts/{i}.{}", if i % 2 == 0 { "counts" } else { "json" });
        let stream = arrow_stream(values);
        let done = room.run_on(&["count", "--range=0,4", "--part", &i.to_string(), "-o", &name, "-"], &stream, &[]);
        assert_eq!((done.code, &*done.err), (0, ""));
    }
    assert_eq!(room.run(&["merge", "-o", "sum.counts", "parts"]).err, "");
    let expected = room.run(&["export", "-b", "40", "--range=0,4", "all.npy"]).out;
    assert_eq!(room.run(&["export", "-b", "40", "sum.counts"]).out, expected);
    let whole = fs::read(room.path("parts/4.counts")).unwrap();
    for (broken, error) in [
        (&whole[..whole.len() / 2], "rebin: cannot read parts/4.counts: unexpected end of file; it is truncated"),
        (&[][..], "rebin: cannot read parts/4.counts: the input is empty"),
    ] {
        fs::write(room.path("parts/4.counts"), broken).unwrap();
        let done = room.run(&["merge", "-o", "x.counts", "parts"]);
        assert!(done.code == 1 && done.err.starts_with(error), "{}", done.err);
        assert!(!room.path("x.counts").exists());
    }
}
