//! PyTorch checkpoints against values that numpy computed, and damaged and hostile ones.

use super::{open, population};
use rebin::catalog::{Content, Series};
use rebin::engine::{Budget, MemoryLimit, Part, Population};
use rebin::hist::{Bins, Samples, histogram};
use rebin::source::{self, Input, Source, Task};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/samples/torch")
}

/// Expected series and errors, by file.
fn expected() -> BTreeMap<String, Vec<Value>> {
    let text = fs::read(folder().join("expected.json")).unwrap();
    let records: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let mut files: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for record in records {
        files.entry(record["file"].as_str().unwrap().to_owned()).or_default().push(record);
    }
    files
}

fn try_open(file: &str) -> Result<Arc<dyn Source>, String> {
    source::open(&Input::Path(folder().join(file)), &Task::default()).map_err(|why| why.to_string())
}

fn is(record: &Value, flag: &str) -> bool {
    record[flag] == true
}

/// Returns the series whose labels, joined, are or end with those of a record.
fn find(source: &dyn Source, record: &Value) -> Option<usize> {
    let (key, series) = (record["key"].as_str().unwrap(), &source.info().series);
    let exact = series.iter().position(|one| one.key() == key);
    let suffix = || series.iter().position(|one| is(record, "any_prefix") && one.key().ends_with(key));
    exact.or_else(suffix).or_else(|| is(record, "any_key").then_some(0))
}

fn floats(samples: &Samples) -> Vec<f64> {
    match samples {
        Samples::Bool(v) | Samples::U8(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::I8(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::I16(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::I32(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::U16(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::U32(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::F16(v) => v.iter().map(|x| x.to_f64()).collect(),
        Samples::F32(v) => v.iter().map(|x| f64::from(*x)).collect(),
        Samples::F64(v) => v.clone(),
        Samples::I64(v) => v.iter().map(|x| *x as f64).collect(),
        Samples::U64(v) => v.iter().map(|x| *x as f64).collect(),
    }
}

fn is_close(found: f64, expected: &Value) -> bool {
    expected
        .as_f64()
        .is_none_or(|expected| (found - expected).abs() <= 1e-9 * (1.0 + expected.abs()) || found == expected)
}

/// Compares samples with a record: numbers of each kind, statistics, and counts in 64 bins.
fn compare(population: &Population, record: &Value) -> Vec<String> {
    let summary = population.summary();
    let mut wrong = Vec::new();
    for (name, found) in
        [("n", population.len()), ("nan", summary.nan), ("posinf", summary.posinf), ("neginf", summary.neginf)]
    {
        if Some(found) != record[name].as_u64() {
            wrong.push(format!("{name} {found}, not {}", record[name]));
        }
    }
    let stats = population.stats(&Task::default()).unwrap();
    for (name, found) in [("min", summary.min), ("max", summary.max), ("mean", stats.mean), ("std", stats.std)] {
        if !is_close(found, &record[name]) {
            wrong.push(format!("{name} {found}, not {}", record[name]));
        }
    }
    let finite: Vec<f64> = floats(&population.samples().unwrap()).into_iter().filter(|x| x.is_finite()).collect();
    let counts = histogram(&Samples::F64(finite), &Bins::Count(64), None).map(|h| h.counts().as_f64().to_vec());
    if let Some(expected) = record["hist64"].as_array() {
        let expected: Vec<f64> = expected.iter().filter_map(Value::as_f64).collect();
        if counts.as_ref() != Ok(&expected) {
            wrong.push(format!("{counts:?}, not {expected:?}"));
        }
    }
    wrong
}

/// Compares one file with its records.
fn check(file: &str, records: &[Value]) -> Vec<String> {
    let must_fail = records.iter().any(|record| is(record, "error") || is(record, "no_series"));
    let may_fail = must_fail || records.iter().any(|record| is(record, "error_or_partial") || is(record, "or_refused"));
    let source = match try_open(file) {
        Err(why) if may_fail && !why.contains('\n') => return Vec::new(),
        Err(why) => return vec![why],
        Ok(_) if must_fail => return vec!["should be an error".to_owned()],
        Ok(source) => source,
    };
    let mut wrong = Vec::new();
    let keys: Vec<String> = source.info().series.iter().map(Series::key).collect();
    for record in records {
        if is(record, "left_out") {
            let key = record["key"].as_str().unwrap_or_else(|| record["path"][0].as_str().unwrap());
            let is_named = source.info().problems.iter().any(|problem| problem.to_string().starts_with(key));
            if keys.iter().any(|other| other == key) || !(is_named || is(record, "optional")) {
                wrong.push(format!("{key} should be left out"));
            }
        } else if record["kind"] == "samples" {
            match find(&*source, record) {
                Some(series) => wrong.extend(compare(&population(&*source, series), record)),
                None => wrong.push(format!("no series {}", record["key"])),
            }
        } else if is(record, "index") {
            let mut expected: Vec<&str> = record["keys"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let mut found = keys.clone();
            expected.sort_unstable();
            found.sort_unstable();
            if found != expected {
                wrong.push(format!("{found:?}, not {expected:?}"));
            }
        }
    }
    wrong
}

#[test]
fn values_and_counts_of_every_sample_equal_numpys() {
    let files = expected();
    let wrong: Vec<String> = files
        .iter()
        .flat_map(|(file, records)| check(file, records).into_iter().map(move |why| format!("{file}: {why}")))
        .collect();
    assert!(files.len() > 100 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Tensors that exceed the memory limit are read from the file whenever they are counted.
#[test]
fn streamed_tensors_have_the_values_and_positions_of_tensors_in_memory() {
    let mut streams = 0;
    for (file, records) in expected() {
        if records.iter().any(|record| is(record, "error")) {
            continue;
        }
        let Ok(source) = try_open(&file) else { continue };
        for series in 0..source.info().series.len() {
            let name = format!("{file}: {}", source.info().series[series].key());
            let task = Task { memory: Budget::from(MemoryLimit(0)), ..Task::default() };
            let streamed = match source.load(series, 0, &task) {
                Ok(Content::Raw(streamed)) => streamed,
                Err(why) if why.to_string().contains("memory limit") => continue,
                other => panic!("{name}: {other:?}"),
            };
            let whole = population(&*source, series);
            streams += streamed.parts().iter().filter(|part| matches!(part, Part::Stream(_))).count();
            assert_eq!(streamed.first_non_finite(), whole.first_non_finite(), "{name}");
            assert_eq!(format!("{:?}", streamed.summary()), format!("{:?}", whole.summary()), "{name}");
            let sorted = |population: &Population| {
                let mut values = floats(&population.samples().unwrap());
                values.sort_by(f64::total_cmp);
                values.into_iter().map(f64::to_bits).collect::<Vec<_>>()
            };
            assert_eq!(sorted(&streamed), sorted(&whole), "{name}");
        }
    }
    assert!(streams > 100, "{streams}");
}

#[test]
fn piped_checkpoints_have_the_values_of_files() {
    for (file, records) in expected() {
        let path = folder().join(&file);
        let is_alone = path.is_file()
            && path.extension().is_some_and(|end| end != "json")
            && !records.iter().any(|record| is(record, "error"));
        if let (true, Ok(source)) = (is_alone, try_open(&file)) {
            let piped = super::from_bytes(&fs::read(path).unwrap());
            assert_eq!(source.info().series, piped.info().series, "{file}");
            for series in 0..source.info().series.len() {
                let values = |source: &dyn Source| floats(&population(source, series).samples().unwrap());
                let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
                assert_eq!(bits(values(&*source)), bits(values(&*piped)), "{file}");
            }
        }
    }
}

#[test]
fn elements_of_views_are_in_the_order_of_the_tensor() {
    let source = open(&folder().join("views_newt.pt"));
    let values = |key: &str| {
        let series = source.info().series.iter().position(|series| series.key() == key).unwrap();
        floats(&population(&*source, series).samples().unwrap())
    };
    let (base, transposed) = (values("base"), values("transposed"));
    let expected: Vec<f64> =
        (0..29).flat_map(|column| (0..41).map(move |row| row * 29 + column)).map(|i| base[i]).collect();
    assert_eq!(transposed, expected);
}

#[test]
fn a_folder_opens_its_checkpoints_and_leaves_others_out() {
    let (inputs, notices) = source::expand(&folder().join("hf_poppy"));
    let names: Vec<String> = inputs.iter().map(|input| input.name().rsplit('/').next().unwrap().to_owned()).collect();
    assert_eq!(names, ["optimizer.pt", "optimizer_sgd.pt", "pytorch_model.bin", "rng_state.pth"]);
    assert_eq!(notices, ["left out scheduler.pt, training_args.bin (checkpoints without tensors)"]);
    let sharded = folder().join("hf_sharded_clover");
    let (inputs, _) = source::expand(&sharded);
    assert_eq!(inputs, [Input::Path(sharded.join("pytorch_model.bin.index.json"))]);
    assert_eq!(open(&sharded).info().title, "PyTorch, 2 files, 8 tensors");
    let distributed = folder().join("dcp_raven");
    assert_eq!(source::expand(&distributed).0, [Input::Path(distributed.clone())]);
    assert_eq!(open(&distributed.join(".metadata")).info().series.len(), 4);
    let piece = try_open("dcp_raven/__0_0.distcp").err().unwrap();
    assert!(piece.ends_with("pieces of a distributed checkpoint; open its directory, or the file .metadata in it"));
}

/// The cache of Hugging Face's hub has links from its snapshots to its blobs.
#[test]
fn a_cache_of_the_hub_is_opened_once() {
    let cache = tempfile::tempdir().unwrap();
    let model = cache.path().join("models--org--name");
    let (blobs, snapshot) = (model.join("blobs"), model.join("snapshots/0123abcd"));
    fs::create_dir_all(&blobs).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    for (number, file) in fs::read_dir(folder().join("hf_sharded_clover")).unwrap().enumerate() {
        let (file, blob) = (file.unwrap(), blobs.join(format!("{number:064x}")));
        fs::copy(file.path(), &blob).unwrap();
        std::os::unix::fs::symlink(&blob, snapshot.join(file.file_name())).unwrap();
    }
    let (inputs, notices) = source::expand(cache.path());
    assert_eq!(inputs, [Input::Path(snapshot.join("pytorch_model.bin.index.json"))]);
    assert!(notices.is_empty(), "{notices:?}");
    assert_eq!(open(&model).info().series.len(), 8);
}

#[test]
fn files_that_would_run_programs_are_reported() {
    for (file, function) in [
        ("bad_os_system_tansy.pt", "os.system"),
        ("bad_posix_system_willow.pt", "posix.system"),
        ("bad_eval_sable.pt", "__builtin__.eval"),
        ("bad_subprocess_dapple.pt", "subprocess.check_output"),
        ("bad_runpy_vesper.pt", "runpy._run_code"),
        ("bad_stack_global_reed.pt", "os.system"),
        ("bad_inst_moss.pt", "os.system"),
        ("bad_obj_bramble.pt", "os.system"),
    ] {
        let problems: Vec<String> =
            open(&folder().join(file)).info().problems.iter().map(ToString::to_string).collect();
        let expected = format!("loading this file in Python would call {function}; do not trust it");
        assert!(problems.iter().any(|problem| problem.ends_with(&expected)), "{file}: {problems:?}");
    }
}

/// Keys and values that torch has, and names of parameters where the file determines them.
#[test]
fn states_of_optimizers_have_the_names_of_their_parameters() {
    let folder = folder().with_file_name("checkpoints");
    let records: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut files: BTreeMap<&str, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for record in &records {
        let values = record["values"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        files.entry(record["file"].as_str().unwrap()).or_default().insert(record["key"].as_str().unwrap(), values);
    }
    assert_eq!(files.len(), 15);
    for (file, expected) in files {
        let source = open(&folder.join(file));
        let keys: Vec<String> = source.info().series.iter().map(Series::key).collect();
        for (key, values) in &expected {
            let series = keys.iter().position(|found| found == key);
            let series = series.unwrap_or_else(|| panic!("{file}: no {key} in {keys:?}"));
            assert_eq!(&floats(&population(&*source, series).samples().unwrap()), values, "{file}: {key}");
        }
        if file != "jagged.pt" {
            assert_eq!(keys.len(), expected.len(), "{file}: {keys:?}");
        }
    }
}
