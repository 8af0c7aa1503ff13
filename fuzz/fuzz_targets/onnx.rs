//! ONNX models: no panic, no more memory than the input fills, and each tensor has the length of its shape.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::Content;
use rebin::engine::Budget;
use rebin::format::onnx::{Data, Model, starts_like_model};
use rebin::source::{Task, open_reader};
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let Ok(model) = Model::read(Cursor::new(bytes), bytes.len() as u64, &Budget::default()) else { return };
    for tensor in &model.tensors {
        if let Data::At(at) = tensor.data {
            let size = (tensor.len * tensor.kind.bits()).div_ceil(8);
            assert!(at + size <= bytes.len() as u64);
        }
    }
    if !starts_like_model(bytes) {
        return;
    }
    let task = Task::default();
    let Ok(source) = open_reader("-", bytes, &task) else { return };
    for index in 0..source.info().series.len() {
        match source.load(index, 0, &task) {
            Ok(Content::Raw(_)) => {}
            Ok(Content::Logged(_)) => panic!("a tensor is not a histogram"),
            Err(why) => assert!(!why.to_string().is_empty()),
        }
    }
});
