//! GGUF models: no panic, no more memory than the input fills, and each tensor is inside the file and has the length of its
//! shape.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::catalog::Content;
use rebin::engine::Budget;
use rebin::format::gguf::{Header, MAGIC};
use rebin::format::tensor::Data;
use rebin::source::{Task, open_reader};

fuzz_target!(|bytes: &[u8]| {
    if !bytes.starts_with(MAGIC) {
        return;
    }
    let Ok(header) = Header::read(&mut &bytes[..], bytes.len() as u64, &Budget::default()) else { return };
    for tensor in &header.tensors {
        let (Data::At(at) | Data::Blocks(at, _)) = tensor.data else { panic!("the data is not in the file") };
        assert!(at + tensor.bytes() <= bytes.len() as u64);
    }
    let task = Task::default();
    let source = open_reader("-", bytes, &task).expect("a readable header opens");
    assert_eq!(source.info().series.len(), header.tensors.len());
    for index in 0..header.tensors.len() {
        match source.load(index, 0, &task) {
            Ok(Content::Raw(samples)) => assert!(header.tensors.iter().any(|tensor| tensor.len() == samples.len())),
            Ok(Content::Logged(_)) => panic!("a tensor is not a histogram"),
            Err(why) => panic!("{why}"),
        }
    }
});
