//! Tables of several runs in text: CSV, TSV and lines of JSON.

use super::{logged, open};
use rebin::catalog::{Content, Steps};
use rebin::hist::Samples;
use rebin::source::{self, Input, Source, Task};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

fn histogram(count: usize) -> String {
    format!(r#"{{"_type": "histogram", "values": [{count}, 1, 0, 0, 4], "bins": [0, 1, 2, 3.5, 4, 5.25]}}"#)
}

/// A cell of a CSV with quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn runs(sources: &[Arc<dyn Source>]) -> Vec<String> {
    sources.iter().map(|source| source.info().run.as_ref().unwrap().name.clone()).collect()
}

fn steps(source: &dyn Source) -> Vec<i64> {
    match &source.info().series[0].steps {
        Steps::Known(steps) => steps.to_vec(),
        Steps::Unknown(n) => panic!("{n} entries without steps"),
    }
}

/// First count of each entry.
fn counts(source: &dyn Source) -> Vec<f64> {
    let entries = 0..source.info().series[0].steps.len();
    entries.map(|step| logged(source, 0, step).histogram.values().as_f64()[0]).collect()
}

fn samples(source: &dyn Source, key: &str) -> Vec<f64> {
    let index = source.info().series.iter().position(|series| series.key() == key).unwrap();
    let Content::Raw(population) = source.load(index, 0, &Task::default()).unwrap() else { panic!("histograms") };
    let samples = population.samples().unwrap();
    let Samples::F64(samples) = samples else { panic!("other numbers") };
    samples
}

fn keys(source: &dyn Source) -> Vec<String> {
    source.info().series.iter().map(|series| series.path.join("|")).collect()
}

#[test]
fn a_table_is_divided_into_runs_with_sorted_steps() {
    let folder = tempfile::tempdir().unwrap();
    let rows = [("b", 2, 22), ("a", 0, 10), ("b", 1, 21), ("a", 1, 11), ("b", 2, 23), ("", 9, 9)];
    for (name, delimiter) in [("t.csv", ","), ("t.tsv", "\t")] {
        let mut text = ["timestamp", "run_name", "step", "loss", "w"].join(delimiter) + "\n";
        for (run, step, count) in rows {
            let cells =
                ["2026-01-01T00:00:00", run, &step.to_string(), &format!("0.{count}"), &quoted(&histogram(count))];
            text += &(cells.join(delimiter) + "\n");
        }
        let path = folder.path().join(name);
        fs::write(&path, &text).unwrap();
        let sources = open(&path).unwrap();
        let [b, a] = sources.as_slice() else { panic!("{name}: {} sources", sources.len()) };
        assert_eq!(runs(&sources), ["b", "a"]);
        assert_eq!((steps(&**b), counts(&**b)), (vec![1, 2, 2], vec![21.0, 22.0, 23.0]));
        assert_eq!((steps(&**a), counts(&**a)), (vec![0, 1], vec![10.0, 11.0]));
        assert_eq!(samples(&**b, "loss"), [0.22, 0.21, 0.23]);
        assert_eq!(keys(&**b), ["w", "loss"]);
        let why = &b.info().series[0].problems[0].message;
        assert_eq!(why, "1 row repeats the step of an earlier one; rebin shows both");
        assert_eq!(
            b.info().problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>(),
            ["1 row without a run left out"]
        );
        let one = source::open(&Input::Path(path.join("a")), &Task::default()).unwrap();
        assert_eq!(one.info().title, if name == "t.csv" { "CSV run a · 2 rows" } else { "TSV run a · 2 rows" });
        let why = source::open(&Input::Path(path.clone()), &Task::default()).err().unwrap().to_string();
        assert!(why.contains("several runs; pass one of them"), "{why}");
        let piped = source::open_reader("-", text.as_bytes(), &Task::default()).unwrap();
        assert_eq!(keys(&*piped), ["b|w", "b|loss", "a|w", "a|loss"]);
    }
}

#[test]
fn tables_without_runs_steps_or_histograms_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let cell = quoted(&histogram(1));
    for text in [
        format!("run,loss,w\na,1,{cell}\nb,2,{cell}\n"),
        format!("step,loss,w\n0,1,{cell}\n1,2,{cell}\n"),
        "run,step,loss\na,0,1\nb,0,2\n".to_owned(),
        "run,step,note,loss\na,0,histogram,1\nb,0,histogram,2\n".to_owned(),
    ] {
        let path = folder.path().join("t.csv");
        fs::write(&path, &text).unwrap();
        let sources = open(&path).unwrap();
        assert!(sources.len() == 1 && sources[0].info().run.is_none(), "{text}");
    }
}

fn line(run: &str, step: usize, count: usize) -> String {
    format!(
        "{{\"run\": \"{run}\", \"step\": {step}, \"w\": {}, \"train\": {{\"loss\": 0.{count}}}}}\n",
        histogram(count)
    )
}

#[test]
fn lines_are_divided_into_runs_that_grow() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    fs::write(&path, line("a", 0, 10) + &line("b", 0, 20) + &line("a", 1, 11)).unwrap();
    let sources = open(&path).unwrap();
    assert_eq!(runs(&sources), ["a", "b"]);
    let [a, b] = sources.as_slice() else { panic!("two runs") };
    assert_eq!(
        (steps(&**a), counts(&**a), keys(&**a)),
        (vec![0, 1], vec![10.0, 11.0], vec!["w".into(), "train|loss".into()])
    );
    let scalars = b.scalars(None, &Task::default()).unwrap();
    assert_eq!((scalars.name.as_str(), scalars.points), ("train/loss", vec![(0, 0.2)]));
    assert!(logged(&**a, 0, 0).origin.is_none(), "a save cannot replace a row");
    let mut file = fs::File::options().append(true).open(&path).unwrap();
    let more = line("a", 2, 12) + &line("c", 0, 30);
    file.write_all(more.as_bytes()).unwrap();
    let more = a.refresh(&Task::default()).unwrap().unwrap();
    assert!(more.info().continues(a.info()));
    assert_eq!((steps(&*more), samples(&*more, "train.loss")), (vec![0, 1, 2], vec![0.1, 0.11, 0.12]));
    assert!(b.refresh(&Task::default()).unwrap().is_none(), "nothing new in this run");
    assert_eq!(runs(&open(&path).unwrap()), ["a", "b", "c"]);
}

#[test]
fn lines_of_one_run_stay_editable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    fs::write(&path, line("a", 0, 10) + &line("a", 1, 11)).unwrap();
    let sources = open(&path).unwrap();
    assert!(sources.len() == 1 && logged(&*sources[0], 0, 1).origin.is_some());
}

/// Seconds to open all runs and load a histogram and the numbers of each.
fn seconds(path: &Path) -> f64 {
    let start = Instant::now();
    for source in open(path).unwrap() {
        assert_eq!(samples(&*source, "loss").len(), 4);
        assert_eq!(counts(&*source).len(), 4);
    }
    start.elapsed().as_secs_f64()
}

#[test]
fn the_cost_of_many_runs_is_linear() {
    let folder = tempfile::tempdir().unwrap();
    let write = |runs: usize| {
        let path = folder.path().join(format!("{runs}.csv"));
        let mut text = "run,step,loss,w\n".to_owned();
        for step in 0..4 {
            for run in 0..runs {
                writeln!(text, "run-{run},{step},0.5,{}", quoted(&histogram(run))).unwrap();
            }
        }
        fs::write(&path, text).unwrap();
        path
    };
    let (few, many) = (write(200), write(2000));
    let ratios = (0..3).map(|_| seconds(&many) / seconds(&few));
    let ratio = ratios.fold(f64::INFINITY, f64::min);
    assert!(ratio < 25.0, "10 times as many runs take {ratio:.1} times as long");
}
