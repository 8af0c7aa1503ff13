//! Pipes: rows are shown as they arrive, until the pipe is closed.

use super::history;
use rebin::catalog::{Content, SeriesKind};
use rebin::source::{Source, Task, open, open_pipe};
use std::io::{PipeWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Every entry of every series with its step, and all samples, sorted by key.
fn all(source: &dyn Source) -> Vec<String> {
    let mut all = Vec::new();
    for (i, series) in source.info().series.iter().enumerate() {
        for step in 0..series.steps.len() {
            let content = match source.load(i, step, &Task::default()).unwrap() {
                Content::Logged(logged) => logged.histogram.to_json(),
                Content::Raw(population) => format!("{:?} {}", population.samples(), population.missing()),
            };
            all.push(format!("{} {:?} {:?} {content}", series.key(), series.kind, series.steps.number(step)));
        }
    }
    all.sort();
    all
}

/// Opens a pipe with these first bytes. Returns its writer, the receiver of notifications about new data, and the source.
fn pipe(first: &[u8]) -> (PipeWriter, Receiver<()>, Arc<dyn Source>) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let (sender, notices) = channel();
    writer.write_all(first).unwrap();
    let source = open_pipe("-", reader, Box::new(move || _ = sender.send(())), &Task::default()).unwrap();
    (writer, notices, source)
}

/// Refreshes the source with each notification until it fulfills the condition.
fn until(
    mut source: Arc<dyn Source>,
    notices: &Receiver<()>,
    fulfilled: impl Fn(&dyn Source) -> bool,
) -> Arc<dyn Source> {
    while !fulfilled(&*source) {
        notices.recv_timeout(Duration::from_secs(30)).unwrap();
        source = source.refresh(&Task::default()).unwrap().unwrap_or(source);
    }
    source
}

#[test]
fn rows_appear_as_they_arrive() {
    let row = |step: usize| history(step as u64 + 1)[history(step as u64).len()..].to_vec();
    let (mut writer, notices, source) = pipe(&row(0));
    assert!(source.info().growing);
    let steps = |source: &dyn Source| source.info().series.first().map_or(0, |series| series.steps.len());
    assert_eq!(steps(&*source), 1);
    let half = row(1);
    writer.write_all(&half[..20]).unwrap();
    writer.flush().unwrap();
    notices.recv_timeout(Duration::from_secs(30)).unwrap();
    let source = source.refresh(&Task::default()).unwrap().unwrap();
    assert_eq!((steps(&*source), source.info().problems.len()), (1, 0), "half a row is not read yet");
    writer.write_all(&half[20..]).unwrap();
    let source = until(source, &notices, |source| steps(source) == 2);
    assert_eq!(source.info().title, "JSONL, 2 rows");
    // The last row does not end with a newline.
    writer.write_all(row(2).strip_suffix(b"\n").unwrap()).unwrap();
    drop(writer);
    let source = until(source, &notices, |source| !source.info().growing);
    assert_eq!((steps(&*source), source.info().problems.len()), (3, 0));
}

#[test]
fn a_pipe_in_chunks_equals_the_file() {
    for name in ["edgecase.leet.jsonl", "legacy_0.9.7/wandb-history.jsonl"] {
        let path = Path::new("tests/samples/wandb").join(name);
        let text = std::fs::read(&path).unwrap();
        let whole = open(&rebin::source::Input::Path(path), &Task::default()).unwrap();
        let lines: Vec<_> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let (mut writer, notices, mut source) = pipe(lines[0]);
        for lines in lines[1..].chunks(7) {
            writer.write_all(&lines.concat()).unwrap();
            source = until(source, &notices, |_| true);
        }
        drop(writer);
        let source = until(source, &notices, |source| !source.info().growing);
        assert_eq!(all(&*source), all(&*whole), "{name}");
        assert!(source.info().series.iter().any(|series| series.kind == SeriesKind::Histogram), "{name}");
    }
}

#[test]
fn input_other_than_rows_is_read_to_its_end() {
    for (text, title) in [
        (&b"{\"a\":\n [1, 2, 3]}"[..], "JSON"),
        (b"{\"_type\": \"histogram\", \"values\": [1], \"bins\": [0, 1]}\n", "histogram, 1 bin"),
        (b"x,y\n1,2\n", "CSV, 2 columns, 1 row"),
    ] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(text).unwrap();
        drop(writer);
        let source = open_pipe("-", reader, Box::new(|| {}), &Task::default()).unwrap();
        assert_eq!((&*source.info().title, source.info().growing), (title, false));
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(writer);
    let error = open_pipe("-", reader, Box::new(|| {}), &Task::default()).err().unwrap();
    assert_eq!(error.to_string(), "cannot read -: the input is empty");
}
