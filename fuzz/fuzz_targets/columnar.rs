//! Parquet and Arrow files and streams: each listed series loads with the listed kind, or is an error with a message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::{Content, SeriesKind};
use rebin::format::{arrow, parquet};
use rebin::source::{Task, open_reader};

fuzz_target!(|bytes: &[u8]| {
    if ![parquet::MAGIC, arrow::MAGIC, arrow::CONTINUATION].iter().any(|magic| bytes.starts_with(magic)) {
        return;
    }
    let task = Task::default();
    let Ok(source) = open_reader("-", bytes, &task) else { return };
    for (index, series) in source.info().series.iter().enumerate() {
        for step in 0..series.steps.len() {
            match source.load(index, step, &task) {
                Ok(Content::Logged(_)) => assert_eq!(series.kind, SeriesKind::Histogram),
                Ok(Content::Raw(_)) => assert_eq!(series.kind, SeriesKind::Samples),
                Err(why) => assert!(!why.to_string().is_empty()),
            }
        }
    }
});
