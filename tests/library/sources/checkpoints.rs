//! Checkpoints: one safetensors file, or several that form one tree of tensors.

use super::{open, population, why};
use rebin::catalog::Series;
use rebin::engine::{Part, Population};
use rebin::hist::Samples;
use rebin::source::{self, Input, Source, Task};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

/// A safetensors file with these byte tensors.
fn shard(tensors: &[(&str, &[u8])]) -> Vec<u8> {
    let mut at = 0;
    let entries = tensors.iter().map(|(name, values)| {
        let from = at;
        at += values.len();
        format!(r#""{name}": {{"dtype": "U8", "shape": [{}], "data_offsets": [{from}, {at}]}}"#, values.len())
    });
    let header = format!("{{{}}}", entries.collect::<Vec<_>>().join(", "));
    let data: Vec<u8> = tensors.iter().flat_map(|(_, values)| values.to_vec()).collect();
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

fn keys(source: &dyn Source) -> Vec<String> {
    source.info().series.iter().map(Series::key).collect()
}

fn problems(source: &dyn Source) -> Vec<String> {
    source.info().problems.iter().map(ToString::to_string).collect()
}

fn write(folder: &Path, name: &str, tensors: &[(&str, &[u8])]) {
    fs::write(folder.join(name), shard(tensors)).unwrap();
}

const INDEX: &str = r#"{"metadata": {"total_size": 4}, "weight_map": {
    "m.0.w": "m-1.safetensors", "m.0.gone": "m-1.safetensors", "m.1.w": "m-2.safetensors",
    "m.2.w": "m-3.safetensors", "m.3.w": "../m-4.safetensors"}}"#;

#[test]
fn tensor_names_are_a_tree_with_numbers_in_numeric_order() {
    let bytes = shard(&[("h.10.w", &[1]), ("h.9.w", &[2]), ("b", &[3])]);
    let piped = super::from_bytes(&bytes);
    assert_eq!(keys(&*piped), ["b", "h.9.w", "h.10.w"]);
    assert_eq!(piped.info().series[1].path[..], ["h", "9", "w"]);
    assert_eq!(population(&*piped, 2).samples().unwrap(), Samples::U8(vec![1]));
    assert!(why(&bytes[..bytes.len() - 1]).contains("truncated"));
}

#[test]
fn an_index_opens_its_files_as_one_and_reports_missing_tensors() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "m-1.safetensors", &[("m.0.w", &[1, 2])]);
    write(folder.path(), "m-2.safetensors", &[("m.1.w", &[3]), ("x", &[4])]);
    fs::write(folder.path().join("model.safetensors.index.json"), INDEX).unwrap();
    let (inputs, _) = source::expand(folder.path());
    assert_eq!(inputs, [Input::Path(folder.path().join("model.safetensors.index.json"))]);
    for source in [open(folder.path()), source::open(&inputs[0], &Task::default()).unwrap()] {
        assert_eq!(keys(&*source), ["m.0.w", "m.1.w", "x"]);
        assert_eq!(source.info().title, "safetensors, 2 files, 3 tensors");
        assert_eq!(population(&*source, 1).samples().unwrap(), Samples::U8(vec![3]));
        assert_eq!(
            problems(&*source),
            [
                "../m-4.safetensors: the path leaves the directory of the index; missing tensors: \"m.3.w\"",
                "m-1.safetensors: missing tensors: \"m.0.gone\"",
                "m-3.safetensors: no such file or directory; missing tensors: \"m.2.w\"",
            ]
        );
    }
    assert!(why(INDEX.as_bytes()).contains("pass the index file itself"));
    fs::remove_file(folder.path().join("m-1.safetensors")).unwrap();
    fs::remove_file(folder.path().join("m-2.safetensors")).unwrap();
    let error = source::open(&inputs[0], &Task::default()).err().unwrap().to_string();
    assert!(error.contains("no file of the checkpoint can be read"), "{error}");
}

#[test]
fn invalid_entries_of_an_index_are_reported_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "m-1.safetensors", &[("a", &[1, 2])]);
    let path = folder.path().join("model.safetensors.index.json");
    let opened = |map: &str| {
        fs::write(&path, format!(r#"{{"metadata": {{"total_size": 2}}, "weight_map": {map}}}"#)).unwrap();
        source::open(&Input::Path(path.clone()), &Task::default())
    };
    let source = opened(r#"{"a": "m-1.safetensors", "b": 7, "c": "/etc/passwd", "d": "notes.txt"}"#).unwrap();
    assert_eq!(keys(&*source), ["a"]);
    assert_eq!(
        problems(&*source),
        [
            "b: the index lists no file for this tensor",
            "/etc/passwd: the path leaves the directory of the index; missing tensors: \"c\"",
            "notes.txt: the file name ends neither in .safetensors nor in .bin; missing tensors: \"d\"",
        ]
    );
    let empty = opened("{}").unwrap();
    assert_eq!((empty.info().title.as_str(), keys(&*empty).len()), ("safetensors, 0 files, 0 tensors", 0));
    assert_eq!(problems(&*empty), ["weight_map: lists no tensors"]);
    let error = opened(r#"{"b": 7}"#).err().unwrap().to_string();
    assert!(error.contains("can be read; b: the index lists no file"), "{error}");

    let logged = br#"{"weight_map": {"_type": "histogram", "values": [1], "bins": [0, 1]}}"#;
    assert_eq!(keys(&*super::from_bytes(logged)), ["weight_map"], "a histogram may have this name");
}

#[test]
fn files_without_an_index_are_one_tree_and_missing_parts_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["m-00001-of-00004.safetensors", "m-00003-of-00004.safetensors"];
    write(folder.path(), names[0], &[("w", &[1])]);
    write(folder.path(), names[1], &[("b", &[2])]);
    let source = open(folder.path());
    assert_eq!(keys(&*source), ["b", "w"]);
    assert_eq!(
        problems(&*source),
        [2, 4].map(|n| format!("m-0000{n}-of-00004.safetensors: this file of the checkpoint is missing"))
    );

    write(folder.path(), "other.safetensors", &[("w", &[9])]);
    fs::write(folder.path().join("torn.safetensors"), b"\x10").unwrap();
    let source = open(folder.path());
    assert_eq!(
        keys(&*source),
        ["m-00001-of-00004.w", "m-00003-of-00004.b", "other.w"],
        "file names make the keys unique"
    );
    assert!(problems(&*source)[0].starts_with("torn.safetensors: truncated safetensors header"));
}

#[test]
fn a_file_of_a_hundred_gigabytes_opens_without_being_read() {
    const SIZE: u64 = 100 << 30;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.safetensors");
    let header = format!(
        r#"{{"big": {{"dtype": "BF16", "shape": [{}], "data_offsets": [0, {SIZE}]}},
            "end": {{"dtype": "U8", "shape": [3], "data_offsets": [{SIZE}, {}]}}}}"#,
        SIZE / 2,
        SIZE + 3
    );
    let mut file = File::create(&path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    // A sparse file, which uses no space on the disk.
    file.set_len(8 + header.len() as u64 + SIZE + 3).unwrap();
    let task = Task::default();
    let source = source::open(&Input::Path(path.clone()), &task).unwrap();
    assert!(task.progress.get().0 < 1 << 20, "{:?}", task.progress.get());
    assert_eq!(keys(&*source), ["big", "end"]);
    assert_eq!(population(&*source, 1).samples().unwrap(), Samples::U8(vec![0; 3]));
    let stopped = Task::default();
    stopped.cancel.cancel();
    assert_eq!(source.load(0, 0, &stopped).unwrap_err(), rebin::Error::Cancelled);

    file.set_len(SIZE).unwrap();
    let error = source.load(1, 0, &Task::default()).unwrap_err().to_string();
    assert!(error.ends_with("the file changed after it was opened; open it again"), "{error}");
    fs::remove_file(&path).unwrap();
    let error = source.load(1, 0, &Task::default()).unwrap_err().to_string();
    assert!(error.ends_with("no such file or directory"), "{error}");
}

#[test]
fn large_tensors_are_streamed_from_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let data: Vec<u8> = (0..17_u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (dtype, shape, series) in [("BF16", data.len() / 2, 1), ("C64", data.len() / 8, 2)] {
        let header =
            format!(r#"{{"t": {{"dtype": "{dtype}", "shape": [{shape}], "data_offsets": [0, {}]}}}}"#, data.len());
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
        let path = folder.path().join("large.safetensors");
        fs::write(&path, &bytes).unwrap();
        let (large, piped) = (open(&path), super::from_bytes(&bytes));
        assert_eq!(large.info().series.len(), series);
        for series in 0..series {
            let (streamed, read) = (population(&*large, series), population(&*piped, series));
            assert!(matches!(streamed.parts(), [Part::Stream(_)]) && matches!(read.parts(), [Part::Memory(_)]));
            let bits = |population: &Population| format!("{:?}", population.summary());
            assert_eq!((bits(&streamed), streamed.len()), (bits(&read), shape as u64), "{dtype}");
        }
    }
}
