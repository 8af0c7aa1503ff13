//! `.npy` files: no panic, no more memory than the input fills, and as many samples as the shape has elements.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::format::npy;

fuzz_target!(|bytes: &[u8]| {
    let mut input = bytes;
    if let Ok((header, samples)) = npy::read(&mut input) {
        assert_eq!(header.elements(), Ok(samples.len()));
        assert_eq!(header.dtype, samples.dtype());
        assert!(samples.len() <= bytes.len());
    }
});
