//! `.npy` files: no panic, no more memory than the input fills, and as many samples as the shape has elements.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::format::npy;

fuzz_target!(|bytes: &[u8]| {
    let mut input = bytes;
    let headers = match npy::Headers::read(&mut input) {
        Ok(npy::Headers::Plain(header)) => vec![header],
        Ok(npy::Headers::Structured { fields, .. }) => fields.into_iter().map(|field| field.header).collect(),
        Err(_) => return,
    };
    for header in headers {
        if let Ok(samples) = npy::read_data(&mut { input }, &header) {
            assert_eq!(header.elements(), Ok(samples.len()));
            assert_eq!(header.dtype, samples.dtype());
            assert!(samples.len() <= bytes.len());
        }
    }
});
