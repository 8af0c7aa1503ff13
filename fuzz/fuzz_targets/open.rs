//! Any bytes from a pipe: no panic, and whatever is listed loads as what it is said to be, or says why not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::{Content, Kind};
use rebin::source::{Task, open_reader};

fuzz_target!(|bytes: &[u8]| {
    let task = Task::default();
    let Ok(source) = open_reader("-", bytes, &task) else { return };
    for (index, series) in source.info().series.iter().enumerate() {
        assert!(!series.steps.is_empty());
        for step in 0..series.steps.len() {
            match source.load(index, step, &task) {
                Ok(Content::Logged(_)) => assert_eq!(series.kind, Kind::Histogram),
                Ok(Content::Raw(_)) => assert_eq!(series.kind, Kind::Samples),
                Err(why) => assert!(!why.to_string().is_empty()),
            }
        }
        assert!(source.load(index, series.steps.len(), &task).is_err());
    }
});
