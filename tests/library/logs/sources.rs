//! Logs as sources: files, directories, and files that grow.

use super::log_writer::{wandb_log, wandb_row};
use super::protobuf::Message;
use super::{bytes, file};
use rebin::catalog::{Content, SeriesKind, Steps};
use rebin::source::{Input, Source, Task, expand, open};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

fn source(path: impl AsRef<Path>) -> Arc<dyn Source> {
    open(&Input::Path(path.as_ref().to_owned()), &Task::default()).unwrap_or_else(|why| panic!("{why}"))
}

/// One line per series: its key, the number of entries, and the bins and the total of the last entry.
fn listing(source: &dyn Source) -> Vec<String> {
    let series = source.info().series.iter().enumerate();
    series
        .map(|(i, series)| {
            let last = series.steps.len() - 1;
            let Content::Logged(logged) = source.load(i, last, &Task::default()).unwrap() else { panic!("not logged") };
            let histogram = logged.histogram.to_hist().unwrap();
            let total = histogram.total().as_f64();
            format!("{} x{} {} bins, {total}", series.key(), series.steps.len(), histogram.bins())
        })
        .collect()
}

#[test]
fn a_run_is_opened_from_its_log_or_its_directory() {
    let log = source(file("samples/wandb/online01/run-online01.wandb"));
    let folder = source(file("samples/wandb/online01"));
    assert_eq!(log.info().title, "W&B run online01 · project histo · finished · lr=0.1");
    assert_eq!(log.info().series, folder.info().series);
    let mut lines = listing(&*folder);
    lines.sort();
    assert_eq!(lines, ["arr x20 32 bins, 50", "layer1.grad x20 4 bins, 50", "w x20 10 bins, 300"]);
}

/// Every entry of every series of histograms, sorted.
fn entries(source: &dyn Source) -> Vec<String> {
    let mut all = Vec::new();
    for (i, series) in
        source.info().series.iter().enumerate().filter(|(_, series)| series.kind == SeriesKind::Histogram)
    {
        for step in 0..series.steps.len() {
            let Content::Logged(logged) = source.load(i, step, &Task::default()).unwrap() else { panic!("not logged") };
            let number = series.steps.number(step);
            all.push(format!("{} at {number:?}: {}", series.key(), logged.histogram.to_json()));
        }
    }
    all.sort();
    all
}

#[test]
fn records_printed_by_leet_equal_the_run() {
    let run = entries(&*source(file("samples/wandb/edgecase.wandb")));
    let text = file("samples/wandb/edgecase.leet.jsonl");
    assert_eq!(entries(&*source(&text)), run);
    let pipe = rebin::source::open_reader("-", fs::File::open(&text).unwrap(), &Task::default()).unwrap();
    assert_eq!(entries(&*pipe), run);
    assert_eq!(run.len(), 13);
    let Content::Logged(logged) = source(&text).load(0, 0, &Task::default()).unwrap() else { panic!("not logged") };
    assert_eq!(logged.origin, None, "its members are not in one JSON object");
}

#[test]
fn without_a_log_a_run_is_read_from_its_history_or_summary() {
    let old = source(file("samples/wandb/legacy_0.9.7"));
    let weights = old.info().series.iter().find(|series| series.path[..] == ["weights"]).unwrap();
    assert_eq!(weights.steps.len(), 60);

    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    fs::write(folder.path().join("files/wandb-summary.json"), bytes("samples/wandb/online01/files/wandb-summary.json"))
        .unwrap();
    let keys: Vec<_> = source(folder.path()).info().series.iter().map(rebin::catalog::Series::key).collect();
    assert!(keys.contains(&"layer1.grad".to_owned()), "{keys:?}");
}

#[test]
fn a_damaged_run_has_its_intact_series_and_located_problems() {
    let run = source(file("samples/wandb/bad_flip_payload.wandb"));
    let problems: Vec<_> = run.info().problems.iter().map(ToString::to_string).collect();
    assert!(problems[0].starts_with("byte 69837: "), "{problems:?}");
    assert_eq!(listing(&*run).len(), 3);
    assert_eq!(run.info().title, "W&B run clean run · project histo · running or crashed · lr=0.001");
}

#[test]
fn a_run_synced_with_tensorboard_names_the_files_with_its_histograms() {
    let run = source(file("samples/wandb/tbsync01.wandb"));
    let problem = run.info().problems.last().unwrap().to_string();
    assert!(problem.starts_with("file: the histograms are in TensorBoard event files; open "), "{problem}");
}

#[test]
fn an_error_names_the_file_and_the_reason() {
    let path = file("samples/wandb/bad_magic.wandb");
    let why = open(&Input::Path(path.clone()), &Task::default()).err().unwrap().to_string();
    assert_eq!(why, format!("cannot read {}: damaged W&B log header", path.display()));
}

#[test]
fn event_files_in_one_directory_are_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let whole = bytes("samples/tb/tf1_layout.tfevents");
    for name in ["events.out.tfevents.2.host", "events.out.tfevents.1.host", "events.out.tfevents.3.host.profile-empty"]
    {
        fs::write(folder.path().join(name), &whole).unwrap();
    }
    fs::write(folder.path().join("tfevents.4"), "not one").unwrap();
    fs::write(folder.path().join("tfevents.txt"), "not named by a writer").unwrap();
    let log = source(folder.path());
    let name = folder.path().canonicalize().unwrap().file_name().unwrap().display().to_string();
    assert_eq!(log.info().title, format!("TensorBoard log {name} · 2 files"));
    let weights = log.info().series.iter().find(|series| series.path[..] == ["tf1/w"]).unwrap();
    assert_eq!(weights.steps.len(), 40);
    let problems: Vec<_> = log.info().problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("tfevents.4"), "{problems:?}");
    assert_eq!(listing(&*log).len(), log.info().series.len());
    assert!(log.refresh(&Task::default()).unwrap().is_none());
}

#[test]
fn nested_directories_are_separate_sources() {
    let root = tempfile::tempdir().unwrap();
    let put = |name: &str, sample: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes(sample)).unwrap();
    };
    put("wandb/run-2-b/run-b.wandb", "samples/wandb/tbl.wandb");
    put("wandb/run-2-b/files/media/old.wandb", "samples/wandb/tbl.wandb");
    put("wandb/offline-run-1-a/run-a.wandb", "samples/wandb/tbl.wandb");
    put("tb/train/events.out.tfevents.1", "samples/tb/tf1_layout.tfevents");
    put("tb/events.out.tfevents.1", "samples/tb/tf1_layout.tfevents");
    put("loose.wandb", "samples/wandb/tbl.wandb");
    put("other.wandb", "samples/wandb/tbl.wandb");
    let below = |folder: &Path| -> Vec<String> {
        let found = expand(folder).0.into_iter().map(|input| match input {
            Input::Path(path) => path.strip_prefix(root.path()).unwrap().display().to_string(),
            other => panic!("{other:?}"),
        });
        found.collect()
    };
    assert_eq!(
        below(root.path()),
        ["loose.wandb", "other.wandb", "tb", "tb/train", "wandb/offline-run-1-a", "wandb/run-2-b"]
    );
    assert_eq!(below(&root.path().join("wandb/run-2-b")), ["wandb/run-2-b"]);
}

#[test]
fn a_growing_run_is_read_incrementally() {
    let steps = |source: &dyn Source| {
        source
            .info()
            .series
            .iter()
            .flat_map(|s| match &s.steps {
                Steps::Known(steps) => steps.to_vec(),
                Steps::Unknown(n) => panic!("{n} entries without steps"),
            })
            .collect::<Vec<_>>()
    };
    let whole = wandb_log(&(0..3000).map(wandb_row).collect::<Vec<_>>(), 0);
    let log = tempfile::NamedTempFile::with_suffix(".wandb").unwrap();
    let mut run = None::<Arc<dyn Source>>;
    let mut written = 0;
    // Cuts inside chunks, records and blocks, and one that adds nothing.
    for end in [7, 50, 40_000, 140_001, 140_002, 140_002, whole.len()] {
        log.as_file().write_all(&whole[written..end]).unwrap();
        let grew = end > written;
        written = end;
        run = Some(match run {
            None => source(log.path()),
            Some(old) => {
                let new = old.refresh(&Task::default()).unwrap();
                assert_eq!(new.is_some(), grew);
                new.unwrap_or(old)
            }
        });
        let found = run.as_ref().map(|run| steps(&**run)).unwrap_or_default();
        assert_eq!(found, (0..found.len() as i64).collect::<Vec<_>>(), "at {end}");
    }
    let run = run.unwrap();
    assert_eq!((steps(&*run).len(), run.info().problems.len()), (3000, 0));
}

#[test]
fn growing_event_files_are_read_incrementally_and_new_ones_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let whole = bytes("samples/tb/tf1_layout.tfevents");
    let first = folder.path().join("events.out.tfevents.1");
    fs::write(&first, &whole[..9000]).unwrap();
    let old = source(folder.path());
    assert_eq!(old.info().problems.len(), 1, "{:?}", old.info().problems);
    assert!(old.refresh(&Task::default()).unwrap().is_none());
    fs::write(&first, &whole).unwrap();
    fs::write(folder.path().join("events.out.tfevents.2"), &whole).unwrap();
    let new = old.refresh(&Task::default()).unwrap().unwrap();
    assert_eq!(new.info().problems, []);
    assert_eq!(new.info().series[0].steps.len(), 40);
    assert!(new.refresh(&Task::default()).unwrap().is_none());
}

#[test]
fn a_broken_histogram_in_a_log_can_be_repaired() {
    let row = |step: u64, values: &str, bins: &str| {
        let json = format!(r#"{{"_type": "histogram", "values": {values}, "bins": {bins}}}"#);
        let item = Message::default().bytes(1, "w").bytes(16, json);
        Message::default().bytes(2, Message::default().bytes(1, item).bytes(2, Message::default().varint(1, step)))
    };
    let rows = [
        row(0, "[10, 20, 30]", "[3, 2, 1, 0]"),
        row(1, "[10, 20, 30]", "[3, 2, 1]"),
        row(2, r#"[1, null, "3"]"#, "[0, 1, 2, 3]"),
        row(3, "[]", "[1, 2]"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run-x.wandb");
    fs::write(&path, wandb_log(&rows, 0)).unwrap();
    let source = source(&path);
    let repaired = |step| {
        let Content::Logged(logged) = source.load(0, step, &Task::default())? else { panic!("not logged") };
        assert!(logged.origin.is_none() && logged.histogram.to_hist().is_err());
        let repair = logged.histogram.repair().expect("a repair").histogram;
        Ok::<_, rebin::Error>((repair.counts().as_f64().to_vec(), repair.edges().as_f64().to_vec()))
    };
    let up = vec![0.0, 1.0, 2.0, 3.0];
    assert_eq!(repaired(0).unwrap(), (vec![30.0, 20.0, 10.0], up.clone()));
    assert_eq!(repaired(1).unwrap(), (vec![30.0, 20.0, 10.0], up.clone()));
    assert_eq!(repaired(2).unwrap(), (vec![1.0, 0.0, 3.0], up));
    let none = repaired(3).unwrap_err().to_string();
    assert!(none.ends_with("under 'w': len(bins) must be len(histogram) + 1"), "{none}");
}
