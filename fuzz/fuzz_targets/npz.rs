//! `.npz` archives: no panic, and each listed array matches its header or is an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rebin::engine::Budget;
use rebin::format::npz::Npz;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let Ok((mut archive, _)) = Npz::open(Cursor::new(bytes), &Budget::default()) else { return };
    let headers: Vec<_> = archive.members().iter().map(|member| member.header.clone()).collect();
    for (index, header) in headers.iter().enumerate() {
        if let Some(Ok(samples)) = archive.read(index, |_| Ok(())) {
            assert_eq!(header.elements(), Ok(samples.len()));
        }
    }
    assert!(archive.read(headers.len(), |_| Ok(())).is_none());
});
