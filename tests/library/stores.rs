//! Files of trackers and libraries, compared with what their own readers read from them.
//!
//! `expected.json` in each folder has one record for each series, or for each file that is an error.

use rebin::catalog::{Content, Logged, Steps};
use rebin::document::{BinSpec, Policy, evaluate};
use rebin::engine::count;
use rebin::hist::{Bins, Rounding};
use rebin::source::{self, Source, Task};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

mod run_tables;
mod structured;
mod trackio;

const FOLDER: &str = "tests/samples/stores";

fn records(folder: &str) -> Vec<Value> {
    let text = fs::read_to_string(Path::new(FOLDER).join(folder).join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Opens everything in a file: one source, or one for each run.
fn open(path: &Path) -> Result<Vec<Arc<dyn Source>>, String> {
    let inputs = source::expand(path).0;
    inputs.iter().map(|input| source::open(input, &Task::default()).map_err(|error| error.to_string())).collect()
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|x| x.as_str().unwrap().to_owned()).collect()
}

/// Finds the series of a record. The first label may be the name of a run.
fn find(sources: &[Arc<dyn Source>], record: &Value) -> Option<(Arc<dyn Source>, usize)> {
    let path = strings(&record["path"]);
    let run = record["run_name"].as_str();
    let path = if run.is_some() { &path[1..] } else { &path[..] };
    let is_run = |source: &Arc<dyn Source>| match (run, &source.info().run) {
        (Some(name), Some(run)) => {
            run.name == name && record["run_id"].as_str().is_none_or(|id| run.id.as_deref().is_none_or(|own| own == id))
        }
        (run, own) => run.is_some() == own.is_some(),
    };
    let source = sources.iter().find(|source| is_run(source))?;
    let index = source.info().series.iter().position(|series| *series.path == *path)?;
    Some((Arc::clone(source), index))
}

fn logged(source: &dyn Source, series: usize, step: usize) -> Logged {
    match source.load(series, step, &Task::default()).unwrap() {
        Content::Logged(logged) => logged,
        Content::Raw(_) => panic!("samples"),
    }
}

fn check_histogram(source: &dyn Source, index: usize, record: &Value) {
    let at = format!("{} {}", record["file"], record["key"]);
    let series = &source.info().series[index];
    let steps: Vec<Option<i64>> = record["steps"].as_array().unwrap().iter().map(Value::as_i64).collect();
    match &series.steps {
        Steps::Known(numbers) => {
            assert_eq!(numbers.iter().map(|step| Some(*step)).collect::<Vec<_>>(), steps, "{at}");
        }
        Steps::Unknown(n) => assert_eq!((steps.len(), steps[0]), (*n, None), "{at}"),
    }
    for (end, step) in [("first", 0), ("last", steps.len() - 1)] {
        let Some(counts) = record.get(format!("{end}_counts")) else { continue };
        let histogram = logged(source, index, step).histogram;
        assert_eq!(histogram.values().as_f64(), floats(counts), "{at}");
        assert_eq!(histogram.bins().as_f64(), floats(&record[format!("{end}_edges")]), "{at}");
    }
    if record.get("below").is_some() || record.get("labels").is_some() {
        let content = source.load(index, 0, &Task::default()).unwrap();
        let policy = Policy { rounding: Rounding::Integers, cap_rules: false };
        let shown = evaluate(&content, &BinSpec::AS_STORED, policy, &Task::default()).unwrap();
        let outside = ["below", "above"].map(|side| record[side].as_f64().unwrap_or(0.0));
        assert_eq!([shown.below, shown.above], outside, "{at}");
        let histogram = logged(source, index, 0).histogram;
        let labels = histogram.supplement().unwrap().categories.as_ref().map(rebin::hist::Categories::names);
        assert_eq!(labels, record.get("labels").map(strings), "{at}");
    }
}

fn check_samples(source: &dyn Source, index: usize, record: &Value) {
    let at = format!("{} {}", record["file"], record["key"]);
    let Content::Raw(population) = source.load(index, 0, &Task::default()).unwrap() else { panic!("{at}") };
    let summary = population.summary();
    assert_eq!(population.len(), record["n"].as_u64().unwrap(), "{at}");
    assert_eq!(summary.nan, record["nan"].as_u64().unwrap(), "{at}");
    assert_eq!(summary.zeros, record["zeros"].as_u64().unwrap(), "{at}");
    let range = population.range().map(|range| [range.lo.as_f64(), range.hi.as_f64()]);
    assert_eq!(range, record["min"].as_f64().zip(record["max"].as_f64()).map(<[f64; 2]>::from), "{at}");
    // Floats of other types are counted between edges of their own type.
    let is_f64 = !matches!(record["dtype"].as_str(), Some("float16" | "float32"));
    if record["hist64"].is_array() && is_f64 {
        let counted = count(&population, &Bins::Count(64), None, &Task::default()).unwrap();
        assert_eq!(counted.counts().as_f64(), floats(&record["hist64"]), "{at}");
    }
}

/// Compares every record of a folder. Returns the files and the series that were compared.
fn check(folder: &str) -> (usize, usize) {
    let records = records(folder);
    let files: BTreeSet<&str> = records.iter().map(|record| record["file"].as_str().unwrap()).collect();
    let mut series = 0;
    for file in &files {
        let path = PathBuf::from(FOLDER).join(folder).join(file);
        let opened = open(&path);
        for record in records.iter().filter(|record| record["file"] == *file) {
            let kind = record["kind"].as_str().unwrap_or_default();
            let Ok(sources) = &opened else {
                assert!(kind.is_empty(), "{file}: {:?}", opened.as_ref().err());
                let why = opened.as_ref().err().unwrap();
                assert!(!why.contains('\n'), "{why}");
                continue;
            };
            assert!(record.get("error").is_none(), "{file}: should be an error");
            if kind.is_empty() {
                let has = record.get("path").is_some() && find(sources, record).is_some();
                assert!(!has, "{file}: {} should be left out", record["key"]);
                continue;
            }
            let Some((source, index)) = find(sources, record) else { panic!("{file}: no series {}", record["key"]) };
            series += 1;
            if kind == "histogram" {
                check_histogram(&*source, index, record);
            } else {
                check_samples(&*source, index, record);
            }
        }
    }
    (files.len(), series)
}

#[test]
fn histograms_of_uhi_have_the_counts_flow_bins_and_categories_of_hist() {
    assert_eq!(check("uhi"), (16, 25));
}

#[test]
fn weights_of_uhi_keep_their_variances() {
    let path = Path::new(FOLDER).join("uhi/named_wicker.json");
    let source = open(&path).unwrap().remove(0);
    let index = source.info().series.iter().position(|series| series.key() == "regular_weight").unwrap();
    let histogram = logged(&*source, index, 0);
    assert_eq!(histogram.origin, None, "a save would lose the variances");
    let document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let all = floats(&document["regular_weight"]["storage"]["variances"]);
    let variances = histogram.histogram.supplement().unwrap().variances.clone().unwrap();
    assert_eq!((variances.below, variances.bins.as_slice(), variances.above), (all[0], &all[1..31], all[31]));
}

#[test]
fn histograms_of_uhi_with_several_axes_are_named() {
    let source = open(&Path::new(FOLDER).join("uhi/many_dims_walnut.json")).unwrap().remove(0);
    let problems: Vec<String> = source.info().problems.iter().map(ToString::to_string).collect();
    assert_eq!(source.info().series.len(), 1);
    assert!(
        problems[0].ends_with("two: the histogram has 2 axes; rebin shows histograms with one axis"),
        "{problems:?}"
    );
}
