//! Values of other programs' model files: `expected.json` has what numpy computed from each tensor, after an independent
//! reader (onnx, h5py) confirmed the values.

use rebin::catalog::{Content, Series};
use rebin::engine::{MemoryLimit, Population, count};
use rebin::hist::{Bins, Samples};
use rebin::source::{self, Found, Input, Place, Places, Source, Task};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn folder(name: &str) -> PathBuf {
    Path::new("tests/samples").join(name)
}

fn open(path: &Path) -> Result<Arc<dyn Source>, String> {
    source::open(&Input::Path(path.to_owned()), &Task::default()).map_err(|why| why.to_string())
}

/// Records of a folder, by file.
fn expected(name: &str) -> BTreeMap<String, Vec<Value>> {
    let text = fs::read_to_string(folder(name).join("expected.json")).unwrap();
    let mut files = BTreeMap::<String, Vec<Value>>::new();
    for record in serde_json::from_str::<Vec<Value>>(&text).unwrap() {
        files.entry(record["file"].as_str().unwrap().to_owned()).or_default().push(record);
    }
    files
}

fn samples(source: &dyn Source, series: usize) -> Arc<Population> {
    match source.load(series, 0, &Task::default()) {
        Ok(Content::Raw(samples)) => samples,
        other => panic!("{other:?}"),
    }
}

/// Compares a series with a record; returns what differs.
fn differences(samples: &Population, record: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |name: &str, got: f64, tolerance: f64| {
        let expected = record[name].as_f64();
        let fits = match expected {
            Some(expected) => got == expected || (got - expected).abs() <= tolerance,
            None => !got.is_finite(),
        };
        if !fits {
            differences.push(format!("{name} {got} instead of {expected:?}"));
        }
    };
    let summary = samples.summary();
    let numbers = [("n", summary.n), ("nan", summary.nan), ("posinf", summary.posinf), ("neginf", summary.neginf)];
    for (name, n) in numbers {
        compare(name, n as f64, 0.0);
    }
    compare("min", summary.min, 0.0);
    compare("max", summary.max, 0.0);
    if summary.min.is_finite() {
        compare("zeros", summary.zeros as f64, 0.0);
        let stats = samples.stats(&Task::default()).unwrap();
        let scale = 1e-6 * summary.min.abs().max(summary.max.abs());
        compare("mean", stats.mean, scale);
        compare("std", stats.std, scale);
    }
    if let Some(counts) = record["counts"].as_array() {
        let counts: Vec<f64> = counts.iter().map(|n| n.as_f64().unwrap()).collect();
        let counted = count(samples, &Bins::Count(64), None, &Task::default()).unwrap();
        if counted.counts().as_f64() != counts {
            differences.push(format!("counts {:?} instead of {counts:?}", counted.counts()));
        }
    }
    differences
}

/// Compares every tensor of the files in a folder. Those that are left out must be named in a problem.
fn compare(name: &str) -> usize {
    let mut compared = 0;
    for (file, records) in expected(name) {
        let path = folder(name).join(&file);
        let source = open(&if path.exists() { path } else { folder(name).join(format!("{file}.gz")) }).unwrap();
        let info = source.info();
        for record in records {
            let path: Vec<&str> =
                record["path"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
            let key = path.join(".");
            if record["left_out"].is_string() {
                let named = info.problems.iter().any(|problem| problem.to_string().starts_with(&key));
                assert!(named, "{file}: {key} is not named: {:?}", info.problems);
                continue;
            }
            let series = info.series.iter().position(|series| series.key() == key);
            let series = series.unwrap_or_else(|| panic!("{file}: no {key}: {:?}", info.problems));
            let differences = differences(&samples(&*source, series), &record);
            assert!(differences.is_empty(), "{file}: {key}: {differences:?}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn onnx_models_have_the_values_that_numpy_has() {
    assert_eq!(compare("onnx"), 54);
}

#[test]
fn damaged_onnx_models_are_errors_in_one_sentence() {
    for name in ["bad_wire_zephyr", "bad_length_jackdaw", "bad_text_vesper", "bad_cut_thicket"] {
        let path = folder("onnx").join(name).with_extension("onnx");
        let why = open(&path).err().unwrap();
        let start = format!("cannot read {}: not a complete ONNX model: damaged or truncated protobuf", path.display());
        assert!(why.starts_with(&start) && why.lines().count() == 1, "{why}");
    }
}

#[test]
fn external_data_is_read_only_below_the_folder_of_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model/weights.onnx");
    fs::create_dir_all(folder.path().join("model/sub")).unwrap();
    fs::copy(self::folder("onnx").join("external_ursa.onnx"), &model).unwrap();
    let data = folder.path().join("model/external_ursa.onnx.data");
    let outside = folder.path().join("outside.data");
    fs::copy(self::folder("onnx").join("external_ursa.onnx.data"), &outside).unwrap();
    let opened = || {
        let source = open(&model).unwrap();
        (source.info().series.len(), source.info().problems.first().map(ToString::to_string).unwrap_or_default())
    };
    let (series, problem) = opened();
    assert_eq!(series, 1, "only the tensor inside the model");
    assert!(problem.ends_with("which cannot be opened: no such file or directory"), "{problem}");
    std::os::unix::fs::symlink(&outside, &data).unwrap();
    let (series, problem) = opened();
    assert!(series == 1 && problem.ends_with("which links to a file outside of the folder of the model"), "{problem}");
    // In a hub cache, both the model and its data are links into one folder.
    let blobs = folder.path().join("blobs");
    fs::create_dir(&blobs).unwrap();
    for (from, to) in [(&model, "a"), (&outside, "b")] {
        fs::rename(from, blobs.join(to)).unwrap();
    }
    fs::remove_file(&data).unwrap();
    std::os::unix::fs::symlink("../blobs/a", &model).unwrap();
    std::os::unix::fs::symlink("../blobs/b", &data).unwrap();
    assert_eq!(opened(), (4, String::new()));
    // A file that changes after it was opened is an error, and no panic.
    let source = open(&model).unwrap();
    fs::write(blobs.join("b"), "short").unwrap();
    let why = source.load(0, 0, &Task::default()).unwrap_err().to_string();
    assert!(why.ends_with("the file changed after it was opened; open it again"), "{why}");
}

#[test]
fn models_are_read_from_pipes_without_their_external_data() {
    let bytes = fs::read(folder("onnx").join("external_ursa.onnx")).unwrap();
    let source = source::open_reader("-", &bytes[..], &Task::default()).unwrap();
    assert_eq!(source.info().title, "ONNX, 1 tensor");
    assert_eq!(samples(&*source, 0).len(), 7);
    assert!(source.info().problems[0].to_string().contains("can only be read if the model is an uncompressed file"));
}

#[test]
fn hdf5_files_have_the_values_that_numpy_has() {
    assert_eq!(compare("hdf5"), 122);
}

#[test]
fn damaged_hdf5_files_are_errors_or_name_what_is_missing() {
    let mut refused = 0;
    for entry in fs::read_dir(folder("hdf5")).unwrap() {
        let path = entry.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("bad_") {
            continue;
        }
        let source = match open(&path) {
            Ok(source) => source,
            Err(why) => {
                assert_eq!(why.lines().count(), 1, "{why}");
                refused += 1;
                continue;
            }
        };
        let load = |series| source.load(series, 0, &Task::default()).map_err(|why| why.to_string());
        let failed = (0..source.info().series.len()).filter_map(|series| load(series).err()).count();
        let is_named = failed > 0 || !source.info().problems.is_empty();
        // A group that contains itself is not damage: it is shown once.
        let is_readable = path.to_string_lossy().contains("bad_symbol_cycle");
        assert!(is_named || is_readable, "{path:?}: {:?}", source.info().title);
    }
    assert!(refused >= 3, "{refused}");
}

#[test]
fn links_of_hdf5_files_stay_in_the_file_and_may_form_cycles() {
    let source = open(&folder("hdf5").join("links_umber.h5")).unwrap();
    let info = source.info();
    assert_eq!(info.series.iter().map(Series::key).collect::<Vec<_>>(), ["a.values"]);
    let problems: Vec<_> = info.problems.iter().map(ToString::to_string).collect();
    assert!(problems.iter().any(|problem| problem.contains("a link to the file \"linked_willow.h5\"")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("etc/passwd")), "{problems:?}");
}

#[test]
fn a_dataset_of_one_large_chunk_is_read_at_once_or_exceeds_the_limit() {
    let source = open(&folder("hdf5").join("big_chunk_cinder.h5.gz")).unwrap();
    let load = |limit: u64| {
        let task = Task { memory: MemoryLimit(limit).into(), ..Task::default() };
        source.load(1, 0, &task).map_err(|why| why.to_string())
    };
    let Content::Raw(zeros) = load(1 << 30).unwrap() else { panic!() };
    assert_eq!((zeros.summary().n, zeros.summary().zeros), (30_000_000, 30_000_000));
    let why = load(200 << 20).unwrap_err();
    assert!(why.contains("zeros: needs more than the 200.0 MiB memory limit"), "{why}");
}

#[test]
fn gguf_models_have_the_values_of_the_gguf_package() {
    assert_eq!(compare("gguf"), 66);
}

#[test]
fn a_shard_of_gguf_opens_its_whole_model() {
    let folder = tempfile::tempdir().unwrap();
    let shard = |number: u32| folder.path().join(format!("model-Q4-0000{number}-of-00002.gguf"));
    let shards = [1, 2].map(|n| self::folder("gguf").join(format!("shards_cedar-0000{n}-of-00002.gguf")));
    fs::copy(&shards[0], shard(1)).unwrap();
    fs::copy(&shards[1], shard(2)).unwrap();
    fs::copy(self::folder("gguf").join("v2_cypress.gguf"), folder.path().join("other.gguf")).unwrap();
    let keys = |source: &dyn Source| source.info().series.iter().map(Series::key).collect::<Vec<_>>();
    for path in [shard(1), shard(2)] {
        let source = open(&path).unwrap();
        assert_eq!(source.info().title, "GGUF, 2 files, 5 tensors");
        assert_eq!(keys(&*source), [0, 1, 2, 3, 4].map(|n| format!("blk.{n}.ffn.weight")));
        assert!(source.info().problems.is_empty());
    }
    // In a folder, each model is one input, and so it is if all its shards are named.
    let inputs = [shard(1), folder.path().join("other.gguf")].map(Input::Path);
    assert_eq!(source::expand(folder.path()).0, inputs);
    let places = [shard(1), shard(2), folder.path().join("other.gguf")].map(Input::Path).map(Place::Input);
    let found: Vec<Found> = Places::new(places.to_vec()).collect();
    assert_eq!(found, inputs.map(Found::Named));
    // A shard that is missing or damaged is a problem.
    fs::write(shard(2), b"GGUF").unwrap();
    let problem = |source: &dyn Source| source.info().problems[0].to_string();
    let why = problem(&*open(&shard(1)).unwrap());
    assert!(why.starts_with("model-Q4-00002-of-00002.gguf: truncated GGUF header"), "{why}");
    fs::remove_file(shard(2)).unwrap();
    let source = open(&shard(1)).unwrap();
    assert_eq!(keys(&*source).len(), 3);
    assert_eq!(problem(&*source), "model-Q4-00002-of-00002.gguf: this file of the checkpoint is missing");
}

#[test]
fn a_group_of_too_many_links_is_named() {
    let source = open(&folder("resizable").join("many.h5.gz")).unwrap();
    let keys: Vec<String> = source.info().series.iter().map(Series::key).collect();
    let problems: Vec<String> = source.info().problems.iter().map(ToString::to_string).collect();
    assert_eq!(keys, ["x"]);
    assert!(problems.len() == 1 && problems[0].starts_with("many: "), "{problems:?}");
    assert!(problems[0].contains("more than half a megabyte is not supported"), "{problems:?}");
}

/// The index of their chunks has an entry for each chunk of the largest shape.
#[test]
fn datasets_that_are_smaller_than_their_largest_shape_have_their_values() {
    let source = open(&folder("resizable").join("resizable.h5")).unwrap();
    let text = fs::read_to_string(folder("resizable").join("resizable.json")).unwrap();
    let records: Vec<Value> = serde_json::from_str(&text).unwrap();
    let keys: Vec<String> = source.info().series.iter().map(Series::key).collect();
    assert_eq!(records.len(), keys.len());
    for record in records {
        let series = keys.iter().position(|key| record["key"] == key.as_str()).unwrap();
        let expected: Vec<f32> =
            record["values"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
        let found = samples(&*source, series).samples().unwrap();
        assert_eq!(found, Samples::F32(expected), "{}", record["key"]);
    }
}
