//! safetensors files: no panic, no more memory than the input fills, and each tensor is inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Budget;
use rebin::format::safetensors::{Header, read_data};

fuzz_target!(|bytes: &[u8]| {
    let Ok(header) = Header::read(&mut &bytes[..], bytes.len() as u64, &Budget::default()) else { return };
    for tensor in header.tensors {
        let data = &bytes[tensor.bytes.start as usize..tensor.bytes.end as usize];
        let samples = read_data(&mut &data[..], &tensor).expect("the header was checked against the file length");
        assert_eq!(samples.len(), tensor.shape.iter().product::<usize>());
    }
});
