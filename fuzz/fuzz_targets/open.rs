//! Arbitrary bytes from a pipe: no panic, and each listed series loads with the listed kind, or is an error with a message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::{Content, SeriesKind};
use rebin::source::{Task, open_reader};

fuzz_target!(|bytes: &[u8]| {
    let task = Task::default();
    let Ok(source) = open_reader("-", bytes, &task) else { return };
    for (index, series) in source.info().series.iter().enumerate() {
        assert!(!series.steps.is_empty());
        for step in 0..series.steps.len() {
            match source.load(index, step, &task) {
                Ok(Content::Logged(_)) => assert_eq!(series.kind, SeriesKind::Histogram),
                Ok(Content::Raw(_)) => assert_eq!(series.kind, SeriesKind::Samples),
                Err(why) => assert!(!why.to_string().is_empty()),
            }
        }
        assert!(source.load(index, series.steps.len(), &task).is_err());
    }
});
