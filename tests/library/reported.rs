//! Files from public reports: each is read as other programs mean it, or named with a reason.

use rebin::catalog::{Content, SeriesKind, SourceInfo};
use rebin::engine::Population;
use rebin::hist::Samples;
use rebin::source::{self, Input, Source, Task};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/reported").join(name)
}

fn open(name: &str) -> Arc<dyn Source> {
    source::open(&Input::Path(sample(name)), &Task::default()).unwrap()
}

fn open_text(name: &str, text: impl AsRef<[u8]>) -> Arc<dyn Source> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    source::open(&Input::Path(path), &Task::default()).unwrap()
}

fn population(source: &dyn Source, series: usize) -> Arc<Population> {
    match source.load(series, 0, &Task::default()).unwrap() {
        Content::Raw(population) => population,
        Content::Logged(logged) => panic!("{logged:?}"),
    }
}

fn samples_of(source: &dyn Source, series: usize) -> Samples {
    population(source, series).samples().unwrap()
}

fn problems(info: &SourceInfo) -> Vec<String> {
    let of_series = info.series.iter().flat_map(|series| &series.problems);
    info.problems.iter().chain(of_series).map(ToString::to_string).collect()
}

/// `(counts, edges)` of an entry.
fn bins(source: &dyn Source, series: usize, step: usize) -> (Vec<f64>, Vec<f64>) {
    match source.load(series, step, &Task::default()).unwrap() {
        Content::Logged(logged) => {
            (logged.histogram.values().as_f64().to_vec(), logged.histogram.bins().as_f64().to_vec())
        }
        Content::Raw(_) => panic!("raw samples"),
    }
}

fn keys(source: &dyn Source) -> Vec<String> {
    source.info().series.iter().map(|series| series.path.join("/")).collect()
}

#[test]
fn errors_of_spreadsheets_are_cells_and_not_comments() {
    let source = open("excel_na_first_column.csv");
    assert_eq!(
        (population(&*source, 0).samples().unwrap(), population(&*source, 0).missing()),
        (Samples::I64(vec![1, 3]), 2)
    );
    assert_eq!(samples_of(&*source, 1), Samples::I64(vec![2, 5, 7, 11]));
    assert_eq!(problems(source.info()), [""; 0]);
    let source = open("excel_na_one_column.csv");
    assert_eq!((samples_of(&*source, 0), population(&*source, 0).missing()), (Samples::I64(vec![1, 2, 4]), 1));
    // Also with quotes, comments with a quote, other delimiters, and at the end of a blank-separated row.
    let quoted = open_text("q.csv", "x,y\n\"1\",2\n#N/A,5\n# a,\"comment\n#REF!,\"7\"\n4,#NAME?\n");
    assert_eq!((samples_of(&*quoted, 0), population(&*quoted, 0).missing()), (Samples::I64(vec![1, 4]), 2));
    assert_eq!(samples_of(&*quoted, 1), Samples::I64(vec![2, 5, 7]));
    let tabs = open_text("t.tsv", "x\ty\n#VALUE!\t5\n3\t7\n");
    assert_eq!(samples_of(&*tabs, 1), Samples::I64(vec![5, 7]));
    let blanks = open_text("b.txt", "x y\n1 #N/A # why\n1.#INF 2\n#N/A 3\n# comment\n4 5\n");
    assert_eq!(samples_of(&*blanks, 0), Samples::F64(vec![1.0, f64::INFINITY, 4.0]));
    assert_eq!((samples_of(&*blanks, 1), population(&*blanks, 1).missing()), (Samples::I64(vec![2, 3, 5]), 1));
}

#[test]
fn nan_of_c_runtimes_is_nan_and_a_rounded_infinity_is_named() {
    let source = open("nan_ind.csv");
    let Samples::F64(y) = samples_of(&*source, 1) else { panic!() };
    assert_eq!(y.iter().filter(|x| x.is_nan()).count(), 4);
    assert_eq!(y.iter().filter(|x| !x.is_nan()).copied().collect::<Vec<_>>(), [1.5, f64::NEG_INFINITY]);
    let why = "line 8, column 'y': \"1.#J\" is an infinity or NaN, shortened by the program that wrote it";
    assert_eq!(problems(source.info()), [why]);
}

#[test]
fn pointers_of_git_lfs_have_a_remedy_in_every_format() {
    let refused = |path: PathBuf| source::open(&Input::Path(path), &Task::default()).err().unwrap().to_string();
    let pointer = fs::read(sample("lfs/model-00001-of-00002.safetensors")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.npy", "a.csv", "a.json", "a.parquet", "a.wandb", "a.bin", "a.safetensors", "a.jsonl.gz"] {
        let path = folder.path().join(name);
        fs::write(&path, &pointer).unwrap();
        assert!(
            refused(path.clone()).ends_with("Git LFS pointer, not the data itself; run `git lfs pull` to download it")
        );
        fs::remove_file(path).unwrap();
    }
    for path in ["lfs", "lfs/model.safetensors.index.json", "lfs/model-00002-of-00002.safetensors"] {
        assert!(refused(sample(path)).contains("run `git lfs pull`"), "{path}");
    }
    let run = folder.path().join("offline-run-1");
    fs::create_dir(&run).unwrap();
    fs::write(run.join("run-1.wandb"), &pointer).unwrap();
    assert!(refused(run).contains("run `git lfs pull`"));
    let events = folder.path().join("events");
    fs::create_dir(&events).unwrap();
    fs::write(events.join("events.out.tfevents.1.host"), &pointer).unwrap();
    assert!(refused(events).contains("run `git lfs pull`"));
}

#[test]
fn a_download_of_tensorboards_histograms_is_a_series() {
    let source = open("tb_hist.json");
    assert_eq!(source.info().series[0].kind, SeriesKind::Histogram);
    assert_eq!(source.info().series[0].steps.number(1), Some(1));
    assert_eq!(bins(&*source, 0, 0), (vec![3.0, 5.0], vec![-1.0, 0.0, 1.0]));
    assert_eq!(bins(&*source, 0, 1), (vec![4.0, 6.0], vec![-1.0, 0.0, 2.0]));
}

#[test]
fn short_lists_in_a_wandb_log_are_samples_with_a_step_for_each_row() {
    let source = open("wandb_lists.wandb");
    assert_eq!(keys(&*source), ["arr33", "list", "arr10"]);
    let info = &source.info().series[1];
    assert_eq!((info.kind, info.steps.len(), info.steps.number(3)), (SeriesKind::Samples, 4, Some(3)));
    let Content::Raw(list) = source.load(1, 3, &Task::default()).unwrap() else { panic!() };
    assert_eq!(list.samples().unwrap(), Samples::F64(vec![3.0, 4.0, 5.0, 6.0, 7.0]));
}

#[test]
fn strings_with_numbers_are_numbers() {
    let source = open("string_numbers.jsonl");
    assert_eq!(keys(&*source), ["epoch", "update", "loss", "nll_loss", "ppl", "wps"]);
    assert_eq!(samples_of(&*source, 2), Samples::F64(vec![9.25, 8.5, 8.125]));
}

#[test]
fn values_outside_the_buckets_of_an_event_are_counted() {
    let source = open("beyond_1e20.tfevents");
    assert_eq!(problems(source.info()), ["byte 40: step 0 of 'h': 2 of 5 values are not in any bucket"]);
}

#[test]
fn points_between_thousands_are_read_where_commas_are_decimal() {
    let source = open("decimal_commas_thousands.csv");
    assert_eq!(samples_of(&*source, 0), Samples::I64(vec![1024, 2048, 999]));
    assert_eq!(samples_of(&*source, 1), Samples::F64(vec![0.5, 0.25, 0.75]));
    let why = "line 2, column 'tokens': \"1.024\" is read as 1024; other columns have decimal commas";
    assert_eq!(problems(source.info()), [why]);
    let certain = open_text("c.csv", "n;x\n1.024.000;1.024,5\n2.048;0,5\n");
    assert_eq!(samples_of(&*certain, 0), Samples::I64(vec![1_024_000, 2048]));
    assert_eq!(samples_of(&*certain, 1), Samples::F64(vec![1024.5, 0.5]));
    assert_eq!(problems(certain.info()), [""; 0]);
    let points = open_text("p.csv", "n;x\n1.024;0.5\n2.048;0.25\n");
    assert_eq!(samples_of(&*points, 0), Samples::F64(vec![1.024, 2.048]));
    let quoted = open_text("q.csv", "n,x\n\"1,024\",\"1,234.5\"\n\"2,048\",0.25\n");
    assert_eq!(samples_of(&*quoted, 0), Samples::I64(vec![1024, 2048]));
    assert_eq!(samples_of(&*quoted, 1), Samples::F64(vec![1234.5, 0.25]));
    let swiss = open_text("s.csv", "n,x\n1'024,1\u{a0}024.5\n999,0.5\n");
    assert_eq!(samples_of(&*swiss, 0), Samples::I64(vec![1024, 999]));
    assert_eq!(samples_of(&*swiss, 1), Samples::F64(vec![1024.5, 0.5]));
}

#[test]
fn data_frames_are_columns() {
    let source = open("pandas_columns.json");
    assert_eq!(samples_of(&*source, 0), Samples::F64(vec![2.0, 1.5, 1.0]));
    assert_eq!((samples_of(&*source, 1), population(&*source, 1).missing()), (Samples::F64(vec![2.1, 1.6]), 1));
}

#[test]
fn repeated_names_of_columns_are_numbered() {
    let source = open("duplicate_names.parquet");
    assert_eq!(keys(&*source), ["x", "x.1"]);
    assert_eq!(samples_of(&*source, 1).len(), 2);
}

#[test]
fn run_ends_and_list_views_are_read_and_texts_are_reported() {
    let source = open("run_end_list_view.arrow");
    assert_eq!(keys(&*source), ["ree", "lvw", "dict"]);
    assert_eq!(samples_of(&*source, 0), Samples::F64(vec![1.5, 1.5, 2.5, 2.5]));
    assert_eq!(samples_of(&*source, 1).len(), 3);
    assert_eq!(problems(source.info()), ["file: skipped column sv (text)"]);
}

#[test]
fn metadata_of_a_checkpoint_may_be_null() {
    assert_eq!(samples_of(&*open("meta_null.safetensors"), 0).len(), 3);
}

#[test]
fn numbers_may_end_with_the_unit_of_their_heading() {
    let source = open("units.csv");
    assert_eq!(keys(&*source), ["utilization.gpu [%]", "memory.used [MiB]", "power.draw [W]"]);
    assert_eq!(samples_of(&*source, 1), Samples::I64(vec![1024, 20480, 20481]));
    assert_eq!((samples_of(&*source, 2), population(&*source, 2).missing()), (Samples::F64(vec![55.3, 250.1]), 1));
    let other = open_text("u.csv", "n, memory.used [MiB]\n1, 512 MiB\n2, 1 GiB\n3, 7\n");
    assert_eq!(samples_of(&*other, 1), Samples::I64(vec![512, 7]));
    let why = "line 3, column 'memory.used [MiB]': \"1 GiB\" is not a number in the unit of its heading, MiB";
    assert_eq!(problems(other.info()), [why]);
}

#[test]
fn values_one_after_another_are_records() {
    assert_eq!(samples_of(&*open("concatenated.json"), 0), Samples::I64(vec![1, 2, 3]));
}

#[test]
fn histograms_in_cells_are_a_series_with_the_steps_of_their_rows() {
    let source = open("hist_json.csv");
    assert_eq!(keys(&*source), ["g", "0", "loss"]);
    assert_eq!(source.info().series[0].steps.number(2), Some(2));
    assert_eq!(bins(&*source, 0, 2), (vec![1.0, 2.0, 3.0], vec![0.0, 1.0, 2.0, 5.0]));
    let repr = "step\tg\n3\t{'_type': 'histogram', 'values': [1, 2], 'bins': [0.0, 1.0, 2.0]}\n4\t\n5\tbroken\n";
    let source = open_text("r.tsv", repr);
    assert_eq!((keys(&*source), source.info().series[0].steps.len()), (vec!["g".to_owned(), "step".to_owned()], 1));
    assert_eq!(bins(&*source, 0, 0), (vec![1.0, 2.0], vec![0.0, 1.0, 2.0]));
}

#[test]
fn control_characters_may_separate_fields() {
    let source = open("control_a.csv");
    assert_eq!(
        (samples_of(&*source, 0), samples_of(&*source, 1)),
        (Samples::I64(vec![1, 3, 5]), Samples::I64(vec![2, 4, 6]))
    );
    for separator in ['\u{1f}', '\u{1e}', '\u{1d}', '|', '\t'] {
        let source = open_text("x", format!("a{separator}b\n1{separator}\\N\n3{separator}4\n"));
        assert_eq!(
            (samples_of(&*source, 0), samples_of(&*source, 1)),
            (Samples::I64(vec![1, 3]), Samples::I64(vec![4]))
        );
    }
}
