//! safetensors files: no panic, no more memory than the input fills, and each tensor is inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Budget;
use rebin::format::safetensors::Header;

fuzz_target!(|bytes: &[u8]| {
    let Ok(header) = Header::read(&mut &bytes[..], bytes.len() as u64, &Budget::default()) else { return };
    for tensor in header.tensors {
        let samples = tensor.read(&bytes, &Budget::default(), |_| Ok(()));
        assert_eq!(samples.expect("the header was checked against the file length").len() as u64, tensor.len());
    }
});
