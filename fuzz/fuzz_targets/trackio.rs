//! Databases of Trackio: no panic, and each listed histogram loads or is an error with a message.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::source::{self, Task};
use std::io::Write as _;

fuzz_target!(|bytes: &[u8]| {
    let mut file = tempfile::NamedTempFile::with_suffix(".db").expect("a temporary file");
    file.write_all(b"SQLite format 3\0")
        .and_then(|()| file.write_all(bytes.get(16..).unwrap_or_default()))
        .expect("a write");
    let task = Task::default();
    for input in source::expand(file.path()).0 {
        let Ok(source) = source::open(&input, &task) else { continue };
        if let Err(why) = source.scalars(None, &task) {
            assert!(!why.to_string().is_empty());
        }
        for (index, series) in source.info().series.iter().enumerate() {
            for step in 0..series.steps.len() {
                if let Err(why) = source.load(index, step, &task) {
                    assert!(!why.to_string().is_empty());
                }
            }
        }
    }
});
