//! HDF5 files: no panic, no more memory than the limit, and each dataset has the length of its shape or is an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::Content;
use rebin::engine::MemoryLimit;
use rebin::format::hdf5::starts_like_file;
use rebin::source::{Task, open_reader};

fuzz_target!(|bytes: &[u8]| {
    if !starts_like_file(bytes) {
        return;
    }
    let task = || Task { memory: MemoryLimit(256 << 20).into(), ..Task::default() };
    let Ok(source) = open_reader("-", bytes, &task()) else { return };
    for index in 0..source.info().series.len() {
        match source.load(index, 0, &task()) {
            Ok(Content::Raw(_)) => {}
            Ok(Content::Logged(_)) => panic!("a dataset is not a histogram"),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
});
